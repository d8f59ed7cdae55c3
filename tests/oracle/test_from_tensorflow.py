"""docs/from-tensorflow.md says what is there; that takes what TensorFlow takes."""

import inspect
import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.oracle.from_tensorflow import PAGE, page, there
from tests.oracle.harness import HERE


def test_the_page_for_users_of_tensorflow_is_up_to_date() -> None:
    advice = "run python -m tests.oracle.from_tensorflow"
    assert PAGE.read_text() == page(), advice


LATER = {
    "": {
        "layout",
        "bad_indices_policy",
        "align",
        "sparse_gradient",
        "index_type",
        "exponential_avg_factor",
        "use_own_namescope_for_non_slot_vars",
        "allow_last_axis_squeeze",
        "optional",
    },
    "lin_space": {"axis"},
    "linspace": {"axis"},
    "layers.InputSpec": {"name"},
    "linalg.matmul": {"output_type", "grad_a", "grad_b"},
    "matmul": {"output_type", "grad_a", "grad_b"},
    "numpy_function": {"stateful"},
    "train.FtrlOptimizer": {"beta"},
    "nn.swish": {"beta"},
}
"""Parameters that came after TensorFlow 1.15, of all functions or of one."""

OWN = {
    "DType": "NumPy's dtypes have no number",
    "InteractiveSession": "as Session",
    "Session": "its first argument is the scheduler",
    "Tensor": "nobody makes one by hand",
}
"""What takes other parameters than TensorFlow's, and why."""


def parameters_of(value: Any) -> list[str] | None:
    try:
        return list(inspect.signature(value).parameters)
    except (TypeError, ValueError):
        return None


def callables() -> Iterator[Any]:
    for path, names in json.loads((HERE / "public_names.json").read_text()).items():
        for name, wanted in names.items():
            full = f"{path}.{name}" if path else name
            ours = getattr(there(path), name, None)
            if ours is not None and wanted is not None and full not in OWN:
                yield pytest.param(full, ours, wanted, id=full)


@pytest.mark.parametrize(("name", "ours", "wanted"), list(callables()))
def test_parameters_have_tensorflows_names_in_tensorflows_order(
    name: str, ours: Any, wanted: list[str]
) -> None:
    given = parameters_of(ours)
    if given is None or {"args", "kwargs", "settings"} & {*given, *wanted}:
        return
    given = [p for p in given if p != "_sentinel"]
    later = LATER[""] | LATER.get(name, set())
    wanted = [p for p in wanted if p not in later]
    assert given[: len(wanted)] == wanted
