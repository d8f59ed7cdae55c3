"""Whole programs give under daskflow what they were recorded to give under TensorFlow.

Each is written as its author would have written it; only the import line is missing,
since the library is the argument of its `main`.
"""

import json
from importlib import import_module
from pathlib import Path
from typing import Any

import dask
import numpy as np
import pytest

import daskflow as df
from tests.programs.running import EXPECTED, PROGRAMS, written

RECORDED = json.loads(EXPECTED.read_text())

# How far a result may be off, in parts of its largest element: single precision after
# some training, double precision, and the average of a few hundred draws.
SINGLE, DOUBLE, ABOUT = 1e-4, 1e-9, 0.1

IN_DOUBLE_PRECISION = {"gaussian_process", "kalman_filter", "pagerank"}


@pytest.mark.parametrize("name", PROGRAMS)
def test_it_gives_what_it_gives_under_tensorflow(
    name: str,
    daskflow_scheduler: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)  # where it writes its checkpoints and events
    with dask.config.set(scheduler=daskflow_scheduler):
        given = written(import_module(f"tests.programs.{name}").main(df))
    assert given.keys() == RECORDED[name].keys()
    rtol = DOUBLE if name in IN_DOUBLE_PRECISION else SINGLE
    for key, wanted in RECORDED[name].items():
        compare(given[key], wanted, ABOUT if key.startswith("about") else rtol, key)


def compare(given: Any, wanted: Any, rtol: float, where: str) -> None:
    """Assert that two results agree: numbers to a tolerance, all else exactly."""
    if isinstance(wanted, dict) and wanted.keys() == {"dtype", "array"}:
        assert given["dtype"] == wanted["dtype"], where
        a, b = np.array(given["array"]), np.array(wanted["array"])
        atol = rtol * np.max(np.abs(b), initial=0.0) if b.dtype.kind == "f" else 0.0
        np.testing.assert_allclose(a, b, rtol=0.0, atol=atol, err_msg=where)
    elif isinstance(wanted, dict):
        assert given.keys() == wanted.keys(), where
        for key, part in wanted.items():
            compare(given[key], part, rtol, f"{where}, {key}")
    elif isinstance(wanted, list):
        assert len(given) == len(wanted), where
        for i, (a, b) in enumerate(zip(given, wanted, strict=True)):
            compare(a, b, rtol, f"{where}, {i}")
    else:
        assert given == wanted, where
