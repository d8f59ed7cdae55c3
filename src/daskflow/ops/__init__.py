"""The ops, by family; importing this enters all of them in `OPS`."""

from daskflow.ops import (
    array,
    gathering,
    indexing,
    joining,
    linalg,
    making,
    math,
    nn,
    random,
    reduce,
    state,
)

__all__ = [
    "array",
    "gathering",
    "indexing",
    "joining",
    "linalg",
    "making",
    "math",
    "nn",
    "random",
    "reduce",
    "state",
]
