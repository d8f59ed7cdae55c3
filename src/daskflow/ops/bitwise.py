"""Ints as rows of bits."""

from typing import Any

import numpy as np

from daskflow.opdef import no_gradient
from daskflow.ops.define import args, elementwise

__all__ = [
    "bitwise_and",
    "bitwise_or",
    "bitwise_xor",
    "invert",
    "left_shift",
    "right_shift",
]

_BITS = [5, 0, 255], [3, 2, 1]
_BITWISE: dict[str, Any] = {
    "kinds": "iu",
    "grad": no_gradient,
    "examples": [
        args(*[np.array(row) for row in _BITS]),
        args(np.array([[6], [1]]), np.array([1, 2])),
        args(np.zeros((0, 2), int), np.array(1)),
    ],
}


@elementwise(label="BitwiseAnd", ufunc=np.bitwise_and, **_BITWISE)
def bitwise_and(x, y):
    """The bits that both have."""
    return np.bitwise_and(x, y)


@elementwise(label="BitwiseOr", ufunc=np.bitwise_or, **_BITWISE)
def bitwise_or(x, y):
    """The bits that one of them has, or both."""
    return np.bitwise_or(x, y)


@elementwise(label="BitwiseXor", ufunc=np.bitwise_xor, **_BITWISE)
def bitwise_xor(x, y):
    """The bits that one of them has, but not both."""
    return np.bitwise_xor(x, y)


@elementwise(label="LeftShift", ufunc=np.left_shift, **_BITWISE)
def left_shift(x, y):
    """The bits of `x` moved up by `y` places; those that leave at the top are lost."""
    return np.left_shift(x, y)


@elementwise(label="RightShift", ufunc=np.right_shift, **_BITWISE)
def right_shift(x, y):
    """The bits of `x` moved down by `y` places; the sign stays."""
    return np.right_shift(x, y)


@elementwise(
    label="Invert",
    ufunc=np.invert,
    kinds="iu",
    grad=no_gradient,
    examples=[args(np.array([5, 0, -1])), args(np.zeros((0, 2), int))],
)
def invert(x):
    """The bits that `x` has not."""
    return np.invert(x)
