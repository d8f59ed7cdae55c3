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
    """The bits that both ints have.

    >>> df.bitwise.bitwise_and([0b1100], [0b1010]).eval()  # 0b1000
    array([8], dtype=int32)
    """
    return np.bitwise_and(x, y)


@elementwise(label="BitwiseOr", ufunc=np.bitwise_or, **_BITWISE)
def bitwise_or(x, y):
    """The bits that one of the ints has, or both.

    >>> df.bitwise.bitwise_or([0b1100], [0b1010]).eval()  # 0b1110
    array([14], dtype=int32)
    """
    return np.bitwise_or(x, y)


@elementwise(label="BitwiseXor", ufunc=np.bitwise_xor, **_BITWISE)
def bitwise_xor(x, y):
    """The bits that one of the ints has, but not both.

    >>> df.bitwise.bitwise_xor([0b1100], [0b1010]).eval()  # 0b0110
    array([6], dtype=int32)
    """
    return np.bitwise_xor(x, y)


@elementwise(label="LeftShift", ufunc=np.left_shift, **_BITWISE)
def left_shift(x, y):
    """The bits of `x` moved up by `y` places; those that leave at the top are lost.

    >>> df.bitwise.left_shift([1, 5], 2).eval()
    array([ 4, 20], dtype=int32)
    """
    return np.left_shift(x, y)


@elementwise(label="RightShift", ufunc=np.right_shift, **_BITWISE)
def right_shift(x, y):
    """The bits of `x` moved down by `y` places; the sign stays.

    >>> df.bitwise.right_shift([20, -20], 2).eval()
    array([ 5, -5], dtype=int32)
    """
    return np.right_shift(x, y)


@elementwise(
    label="Invert",
    ufunc=np.invert,
    kinds="iu",
    grad=no_gradient,
    examples=[args(np.array([5, 0, -1])), args(np.zeros((0, 2), int))],
)
def invert(x):
    """The bits that the int `x` has not.

    >>> df.bitwise.invert(np.array([0, 5], np.uint8)).eval()
    array([255, 250], dtype=uint8)
    >>> df.bitwise.invert([0, 5]).eval()
    array([-1, -6], dtype=int32)
    """
    return np.invert(x)
