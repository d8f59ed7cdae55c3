"""The table of ops: what is in it, and how an op is found again elsewhere."""

import importlib
import pickle
import sys

import numpy as np
import pytest

from daskflow.errors import GraphError
from daskflow.opdef import OPS, OpDef, register, unknown


@pytest.fixture
def table():
    """The table, which is as it was after the test."""
    kept = dict(OPS)
    yield OPS
    OPS.clear()
    OPS.update(kept)


def kernel_in(module):
    def kernel(x):
        return x

    kernel.__module__ = module
    return kernel


def test_an_op_is_shown_by_its_name():
    assert repr(OPS["matmul"]) == "<op matmul>"


def test_a_name_belongs_to_one_module(table):
    first = register(OpDef("taken", kernel_in("first"), unknown))
    with pytest.raises(GraphError, match="'taken' is already defined in first"):
        register(OpDef("taken", kernel_in("second"), unknown))
    assert table["taken"] is first
    again = register(OpDef("taken", kernel_in("first"), unknown))  # a cell run again
    assert table["taken"] is again


def test_an_op_of_the_table_travels_by_name():
    for name in ("matmul", "exp", "reduce_sum"):
        assert pickle.loads(pickle.dumps(OPS[name])) is OPS[name]


def test_an_op_is_found_where_its_module_is_not_imported_yet(
    table, tmp_path, monkeypatch
):
    (tmp_path / "far_away.py").write_text(
        "from daskflow.opdef import OpDef, register, unknown\n"
        "def kernel(x):\n"
        "    return x + 1\n"
        "far = register(OpDef('far', kernel, unknown))\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    text = pickle.dumps(importlib.import_module("far_away").far)
    del table["far"], sys.modules["far_away"]
    assert pickle.loads(text).kernel(np.float64(1)) == 2.0
    assert "far" in table
