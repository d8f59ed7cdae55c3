"""The ops, by family; importing this enters all of them in `OPS`."""

from daskflow.ops import (
    array,
    conv,
    entropy,
    gathering,
    indexing,
    joining,
    linalg,
    making,
    math,
    nn,
    norm,
    pool,
    random,
    reduce,
    state,
)

__all__ = [
    "array",
    "conv",
    "entropy",
    "gathering",
    "indexing",
    "joining",
    "linalg",
    "making",
    "math",
    "nn",
    "norm",
    "pool",
    "random",
    "reduce",
    "state",
]
