"""The ops, by family; importing this enters all of them in `OPS`."""

from daskflow.ops import (
    array,
    blocks,
    gathering,
    indexing,
    initializers,
    joining,
    linalg,
    making,
    math,
    nn,
    ordering,
    random,
    rearranging,
    reduce,
    state,
    strings,
)

__all__ = [
    "array",
    "blocks",
    "gathering",
    "indexing",
    "initializers",
    "joining",
    "linalg",
    "making",
    "math",
    "nn",
    "ordering",
    "random",
    "rearranging",
    "reduce",
    "state",
    "strings",
]
