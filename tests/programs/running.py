"""What a program of this folder gives: recorded under TensorFlow, and in the tests.

A program is a file with `main(tf)`, which returns a dict of named results: values,
names, static shapes, and nests of them. A name that begins with "about" is that of an
average over draws of random numbers, which two libraries draw differently.
"""

from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).parent
EXPECTED = HERE / "expected.json"

PROGRAMS = sorted(
    path.stem for path in HERE.glob("*.py") if "\ndef main(tf):\n" in path.read_text()
)


def written(result: Any) -> Any:
    """A result as JSON has it; arrays and NumPy's numbers with their dtype."""
    if isinstance(result, dict):
        return {name: written(part) for name, part in result.items()}
    if isinstance(result, list | tuple) and not _is_array(result):
        return [written(part) for part in result]
    if not isinstance(result, np.ndarray | np.generic | float | list | tuple):
        return result
    array = np.asarray(result)
    parts = np.stack([array.real, array.imag]) if array.dtype.kind == "c" else array
    if parts.dtype == np.float32:
        parts = parts.astype(str).astype(np.float64)  # with no more digits than it has
    return {"dtype": array.dtype.name, "array": parts.tolist()}


def _is_array(parts: Any) -> bool:
    """Whether they are numbers, or arrays of one shape."""
    numbers = all(isinstance(part, np.ndarray | np.generic | float) for part in parts)
    return numbers and len({np.shape(part) for part in parts}) == 1
