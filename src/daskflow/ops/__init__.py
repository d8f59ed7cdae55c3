"""The ops, by family; importing this enters all of them in `OPS`."""

from daskflow.ops import array, linalg, math, nn, random, reduce, state

__all__ = ["array", "linalg", "math", "nn", "random", "reduce", "state"]
