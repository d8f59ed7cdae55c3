"""What every side computes and on what: NumPy only, since each peer imports it."""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]

RATE = 0.01
"""The learning rate of a training step."""


def affine() -> tuple[Array, Array, Array]:
    """A, x and b of z = Ax + b."""
    return np.array([[1.0, 0.0], [0.0, -1.0]]), np.array([1.0, 2.0]), np.ones(2)


def example(batch: int, inputs: int, hidden: int, classes: int) -> tuple[Array, ...]:
    """Points, their classes as one-hot rows, and weights to begin with."""
    rng = np.random.default_rng(0)
    return (
        rng.normal(size=(batch, inputs)),
        np.eye(classes)[rng.integers(classes, size=batch)],
        rng.normal(size=(inputs, hidden)) / np.sqrt(inputs),
        np.zeros(hidden),
        rng.normal(size=(hidden, classes)) / np.sqrt(hidden),
        np.zeros(classes),
    )


def branch_inputs(kind: str, count: int) -> list[tuple[Array, ...]]:
    """What each of `count` branches starts from."""
    rng = np.random.default_rng(0)
    if kind == "product":
        square = (1_500, 1_500)
        return [
            (rng.random(square, np.float32), rng.random(square, np.float32))
            for _ in range(count)
        ]
    size = 4_000_000 if kind == "ufuncs" else 2_000_000
    return [(rng.random(size),) for _ in range(count)]


def long_input() -> Array:
    """What the twelve ufuncs start from."""
    return np.random.default_rng(0).random(10_000_000)


def ten(m: Any, x: Any) -> Any:
    """Ten cheap ufuncs, with the functions of the module `m`."""
    y = m.maximum(x * 1.5 + 0.5, 0.7) - x
    y = -m.minimum(m.abs(y * y), 10.0)
    return (y + x) * 0.25


def twelve(m: Any, x: Any) -> Any:
    """Twelve cheap ufuncs, with the functions of the module `m`."""
    return m.maximum(ten(m, x), x) - 0.5
