"""The expressions of this folder give what TensorFlow was recorded to give for them."""

import json
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest

import daskflow as df
from daskflow import Session
from tests.oracle.harness import HERE, expressions, outcome

RECORDED: dict[str, Any] = {}
for path in sorted(HERE.glob("*.txt")):
    recorded = json.loads(path.with_suffix(".json").read_text())
    missing = [line for line in expressions(path) if line not in recorded]
    if missing:
        raise ValueError(f"record {path.stem} anew, it lacks {missing}")
    RECORDED |= {f"{path.stem}: {k}": (k, recorded[k]) for k in expressions(path)}

# pytest has a number for a text that is long, and `-k` would not find its family.
every = pytest.mark.parametrize("name", RECORDED, ids=[name[:80] for name in RECORDED])

TOLERANCE = {"float16": 2e-3, "float32": 2e-5, "complex64": 2e-5}


@every
def test_it_gives_what_tensorflow_gives(name: str, daskflow_scheduler: Any) -> None:
    expression, wanted = RECORDED[name]
    with np.errstate(all="ignore"):
        given = outcome(df, expression, partial(Session, daskflow_scheduler))
    compare(given, wanted)


@every
def test_it_does_so_node_by_node(name: str) -> None:
    expression, wanted = RECORDED[name]
    with np.errstate(all="ignore"):
        given = outcome(df, expression, partial(Session, "sync", grouping=False))
    compare(given, wanted)


def compare(given: dict[str, Any], wanted: dict[str, Any]) -> None:
    """Assert that two outcomes agree; names are compared up to the first slash."""
    if "raises" in wanted:
        assert "raises" in given, f"it gave {given}, not {wanted['raises']}"
        # What is sure to fail may be found out at once.
        assert (given["when"], wanted["when"]) != ("run", "build")
        assert wanted["raises"][0] in given["raises"] or (
            wanted["when"] == "build"
            and {"ValueError", "TypeError"} & {*given["raises"]} & {*wanted["raises"]}
        )
        return
    assert "raises" not in given, given
    assert given.keys() == wanted.keys()
    for key, value in wanted.items():
        COMPARED.get(key, same)(given[key], value)
    if "value" in wanted:
        close(given, wanted)


def close(given: dict[str, Any], wanted: dict[str, Any]) -> None:
    """Assert that the values agree, as far as the dtype goes."""
    rtol = TOLERANCE.get(wanted["of_dtype"], 1e-10)
    a, b = np.array(given["value"]), np.array(wanted["value"])
    np.testing.assert_allclose(a, b, rtol=rtol, atol=rtol / 10)


def same(given: Any, wanted: Any) -> None:
    """Assert that they are equal."""
    assert given == wanted


def nests(given: Any, wanted: Any) -> None:
    """Assert that two nests of outcomes agree."""
    if isinstance(wanted, dict):
        assert given.keys() == wanted.keys()
        given, wanted = list(given.values()), list(wanted.values())
    assert len(given) == len(wanted)
    for a, b in zip(given, wanted, strict=True):
        compare(a, b)


def names(given: str, wanted: str) -> None:
    """Assert that two names agree in what the user named, or the op was."""
    if "/" in wanted:
        assert given.partition("/")[0].partition(":")[0] == wanted.partition("/")[0]
    else:
        assert given == wanted


COMPARED: dict[str, Callable[[Any, Any], None]] = {
    "list": nests,
    "dict": nests,
    "slices": nests,
    "name": names,
    "value": lambda given, wanted: None,
}
