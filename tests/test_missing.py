"""What is said of a name that daskflow does not have."""

import copy
import subprocess
import sys

import pytest

import daskflow as df
from daskflow.missing import NAMESPACES


def test_a_missing_name_is_named_with_its_namespace():
    with pytest.raises(AttributeError, match="no 'nothing'; see docs/from-tensorflow"):
        df.nothing  # noqa: B018
    with pytest.raises(AttributeError, match="daskflow has no 'nn.nothing'"):
        df.nn.nothing  # noqa: B018
    with pytest.raises(AttributeError, match="daskflow has no 'train.nothing'"):
        df.train.nothing  # noqa: B018


@pytest.mark.parametrize("name", NAMESPACES)
def test_of_a_missing_namespace_the_name_in_it_is_told(name):
    with pytest.raises(AttributeError, match=f"daskflow has no '{name}.slim'"):
        getattr(df, name).slim  # noqa: B018


def test_a_missing_namespace_can_be_copied():
    with pytest.raises(AttributeError, match="daskflow has no 'keras.slim'"):
        copy.copy(df.keras).slim  # noqa: B018


def test_a_program_may_ask_what_is_there():
    assert hasattr(df, "matmul")
    assert not hasattr(df, "nothing")
    assert not hasattr(df.nn, "nothing")
    assert not hasattr(df.contrib, "slim")
    assert getattr(df, "nothing", None) is None


def test_namespaces_that_few_programs_use_are_imported_when_they_are_used() -> None:
    code = """
import sys, daskflow as df
assert not {f"daskflow.{name}" for name in df._LATER} & sys.modules.keys()
for name in df._LATER:
    assert name in dir(df) and name in df.__all__, name
    assert getattr(df, name) is sys.modules[f"daskflow.{name}"]
    assert name in vars(df)  # the next time it is quick
import daskflow.compat.v1 as tf
assert tf is df
from daskflow.contrib.layers import xavier_initializer
"""
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("module", ["asyncio", "distributed", "bokeh", "numpy.random"])
def test_what_is_slow_and_rarely_used_is_not_imported(module: str) -> None:
    code = f"import sys, daskflow; sys.exit({module!r} in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
