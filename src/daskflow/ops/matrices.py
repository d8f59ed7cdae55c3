"""Diagonals, bands and other parts of matrices."""

import math
from typing import Any

import numpy as np

from daskflow.defaults import scope
from daskflow.errors import ShapeError
from daskflow.graph import Operators, Tensor
from daskflow.opdef import no_gradient
from daskflow.ops.array import matrix_transpose, zeros_like
from daskflow.ops.define import (
    args,
    filled_in,
    given_dtype,
    op,
    with_holes,
    without_holes,
)
from daskflow.ops.joining import concat, stack
from daskflow.ops.math import conj
from daskflow.ops.reduce import reduce_sum
from daskflow.spec import merge, shape_text, spec_of

__all__ = [
    "cross",
    "diag",
    "diag_part",
    "eye",
    "matrix_band_part",
    "matrix_diag",
    "matrix_diag_part",
    "matrix_set_diag",
    "trace",
]

FLOAT32 = np.dtype(np.float32)


def eye(
    num_rows: Any,
    num_columns: Any = None,
    batch_shape: Any = None,
    dtype: Any = FLOAT32,
    name: str | None = None,
) -> Tensor:
    """The unit matrix: ones on the diagonal, else zeros; one for each of a batch.

    >>> df.eye(2, 3).eval()
    array([[1., 0., 0.],
           [0., 1., 0.]], dtype=float32)
    """
    sides = [num_rows, num_rows if num_columns is None else num_columns]
    if isinstance(batch_shape, Operators):
        shape, holes = with_holes(concat([batch_shape, stack(sides)], 0))
    else:
        shape, holes = with_holes([*(batch_shape or ()), *sides])
    return unit_matrix(*holes, shape=shape, dtype=dtype, name=name or "eye")


@op(
    name="eye",
    shape=lambda *holes, shape, dtype: without_holes(shape, holes),
    unranked=True,
    dtype=given_dtype,
    agree=(0, 0),
    grad=no_gradient,
    examples=[
        args(shape=(2, 3), dtype=FLOAT32),
        args(shape=(2, 0, 0), dtype=FLOAT32),
        args(np.array([2, 1, 2]), shape="#", dtype=FLOAT32),
        args(np.array(2), shape=("#", 1), dtype=FLOAT32),
    ],
)
def unit_matrix(*holes, shape, dtype):
    """Ones on the diagonal of each matrix of a batch."""
    shape = filled_in(shape, holes)
    return np.array(np.broadcast_to(np.eye(*shape[-2:], dtype=dtype), shape))


# Diagonals


def diagonal_length(shape, k):
    """How long the `k`th diagonal of matrices of that shape is."""
    *_, n, m = shape
    if None in (n, m):
        return None
    if not -max(n, 1) < k < max(m, 1):
        raise ShapeError(f"matrices {shape_text(shape)} have no diagonal {k}")
    return min(n + min(k, 0), m - max(k, 0))


def on_diagonal(x, k):
    """The index of the `k`th diagonal of the matrices `x`."""
    i = np.arange(diagonal_length(np.shape(x), k))
    return (..., i + max(-k, 0), i + max(k, 0))


def matrix_diag(
    diagonal: Any,
    name: str = "diag",
    k: int = 0,
    num_rows: int = -1,
    num_cols: int = -1,
    padding_value: Any = 0,
) -> Tensor:
    """Matrices with these rows on their `k`th diagonal, `padding_value` elsewhere.

    `k` counts from the main diagonal upwards. They are square, and no larger than the
    diagonal asks for, unless `num_rows` or `num_cols` says more.

    >>> df.matrix_diag([[1, 2], [3, 4]]).eval()[1]
    array([[3, 0],
           [0, 4]], dtype=int32)
    >>> df.matrix_diag([1, 2], k=1, padding_value=9).eval()
    array([[9, 1, 9],
           [9, 9, 2],
           [9, 9, 9]], dtype=int32)
    """
    return diagonal_matrix(
        diagonal,
        k=k,
        rows=num_rows,
        columns=num_cols,
        padding=padding_value,
        name=name,
    )


def diagonal_matrix_shape(diagonal, k, rows, columns, padding):
    if not diagonal.shape:
        raise ShapeError("needs at least a vector, got a single number")
    *batch, length = diagonal.shape
    if length is None:
        return (*batch, *[None if n == -1 else n for n in (rows, columns)])
    least = [length + max(-k, 0), length + max(k, 0)]
    if rows == columns == -1:  # it is square
        least = [max(least)] * 2
    given = zip((rows, columns), least, strict=True)
    shape = tuple(m if n == -1 else n for n, m in given)
    if diagonal_length(shape, k) != length:
        raise ShapeError(
            f"{length} numbers are not the diagonal {k} of matrices {shape_text(shape)}"
        )
    return (*batch, *shape)


@op(
    name="matrix_diag",
    shape=diagonal_matrix_shape,
    grad=lambda g, y, diagonal, k, rows, columns, padding: matrix_diag_part(g, k=k),
    examples=[
        args((3,), k=0, rows=-1, columns=-1, padding=0),
        args((2, 3), k=1, rows=-1, columns=-1, padding=9),
        args((2,), k=-1, rows=3, columns=4, padding=0),
        args((2, 0), k=0, rows=-1, columns=-1, padding=0),
    ],
)
def diagonal_matrix(diagonal, /, k, rows, columns, padding):
    """Matrices with these rows on their `k`th diagonal."""
    shape = diagonal_matrix_shape(spec_of(diagonal), k, rows, columns, padding)
    matrix = np.full(shape, padding, np.result_type(diagonal))
    matrix[on_diagonal(matrix, k)] = diagonal
    return matrix


def matrix_diag_part(
    input: Any, name: str = "diag_part", k: int = 0, padding_value: Any = 0
) -> Tensor:
    """The `k`th diagonals of matrices, `[..., n, m] -> [..., length]`.

    >>> df.matrix_diag_part([[[1, 2], [3, 4]], [[5, 6], [7, 8]]]).eval()
    array([[1, 4],
           [5, 8]], dtype=int32)
    >>> df.matrix_diag_part([[1, 2, 3], [4, 5, 6]], k=1).eval()
    array([2, 6], dtype=int32)
    """
    return diagonals(input, k=k, name=name)


def matrix_shape(x):
    if len(x.shape) < 2:
        raise ShapeError(f"needs matrices, got {x}")
    return x.shape


def diagonals_shape(x, k):
    return (*matrix_shape(x)[:-2], diagonal_length(x.shape, k))


@op(
    name="matrix_diag_part",
    shape=diagonals_shape,
    grad=lambda g, y, x, k: matrix_set_diag(zeros_like(x), g, k=k),
    examples=[
        args((3, 3), k=0),
        args((2, 2, 3), k=1),
        args((3, 2), k=-2),
        args((0, 2), k=0),
    ],
)
def diagonals(x, /, k):
    """The `k`th diagonals of matrices."""
    return x[on_diagonal(x, k)]


def matrix_set_diag(
    input: Any, diagonal: Any, name: str = "set_diag", k: int = 0
) -> Tensor:
    """The matrices with other numbers on their `k`th diagonals.

    >>> df.matrix_set_diag([[1, 2], [3, 4]], [8, 9]).eval()
    array([[8, 2],
           [3, 9]], dtype=int32)
    """
    return with_diagonals(input, diagonal, k=k, name=name)


def set_diagonals_shape(x, diagonal, k):
    if x.shape is None:
        return None
    merge(diagonal.shape, diagonals_shape(x, k))
    return x.shape


@op(
    name="matrix_set_diag",
    shape=set_diagonals_shape,
    unranked=True,
    grad=lambda g, y, x, diagonal, k: (
        matrix_set_diag(g, zeros_like(diagonal), k=k),
        matrix_diag_part(g, k=k),
    ),
    examples=[
        args((3, 3), (3,), k=0),
        args((2, 2, 3), (2, 2), k=1),
        args((3, 2), (1,), k=-2),
        args((0, 2), (0,), k=0),
    ],
)
def with_diagonals(x, diagonal, /, k):
    """The matrices with other numbers on their `k`th diagonals."""
    changed = np.array(x)
    changed[on_diagonal(x, k)] = diagonal
    return changed


def matrix_band_part(
    input: Any, num_lower: Any, num_upper: Any, name: str | None = None
) -> Tensor:
    """The matrices with zeros outside of a band around the main diagonal.

    It has so many diagonals below and above that one; a negative number is all.

    >>> x = [[1, 2, 3], [4, 5, 6], [7, 8, 9]]
    >>> df.matrix_band_part(x, -1, 0).eval()
    array([[1, 0, 0],
           [4, 5, 0],
           [7, 8, 9]], dtype=int32)
    >>> df.matrix_band_part(x, 0, 1).eval()
    array([[1, 2, 0],
           [0, 5, 6],
           [0, 0, 9]], dtype=int32)
    """
    band, holes = with_holes([num_lower, num_upper])
    return banded(input, *holes, band=band, name=name)


@op(
    name="matrix_band_part",
    label="MatrixBandPart",
    shape=lambda x, *holes, band: matrix_shape(x),
    agree=(0, 1),
    grad=lambda g, y, x, *holes, band: (
        banded(g, *holes, band=band),
        *[None for _ in holes],
    ),
    examples=[
        args((3, 4), band=(1, 0)),
        args((2, 3, 3), band=(-1, 1)),
        args((3, 2), np.array(0), band=("#", -1)),
        args((0, 2), band=(0, 0)),
    ],
)
def banded(x, /, *holes, band):
    """The matrices with zeros outside of a band around the main diagonal."""
    lower, upper = filled_in(band, holes)
    n, m = np.shape(x)[-2:]
    above = np.arange(m) - np.arange(n)[:, np.newaxis]
    inside = (lower < 0) | (-above <= lower)
    inside &= (upper < 0) | (above <= upper)
    return np.where(inside, x, np.zeros((), np.result_type(x)))


def diag_shape(diagonal):
    if not diagonal.shape:
        raise ShapeError("needs at least a vector, got a single number")
    return diagonal.shape * 2


@op(
    label="Diag",
    shape=diag_shape,
    grad=lambda g, y, x: diag_part(g),
    examples=[args((3,)), args((2, 3)), args((0,))],
)
def diag(diagonal):
    """Zeros but for `y[i, ..., k, i, ..., k] = diagonal[i, ..., k]`.

    >>> df.diag([1, 2, 3]).eval()
    array([[1, 0, 0],
           [0, 2, 0],
           [0, 0, 3]], dtype=int32)
    >>> df.diag([[1, 2], [3, 4]]).shape
    TensorShape([2, 2, 2, 2])
    """
    size = np.size(diagonal)
    matrix = np.zeros((size, size), np.result_type(diagonal))
    np.fill_diagonal(matrix, np.ravel(diagonal))
    return np.reshape(matrix, np.shape(diagonal) * 2)


def diag_part_shape(x):
    half, odd = divmod(len(x.shape), 2)
    if odd or not half:
        raise ShapeError(f"needs an even rank other than 0, got {x}")
    return merge(x.shape[:half], x.shape[half:])


@op(
    name="diag_part",
    label="DiagPart",
    shape=diag_part_shape,
    grad=lambda g, y, x: diag(g),
    examples=[args((3, 3)), args((2, 3, 2, 3)), args((0, 0))],
)
def tensor_diagonal(x):
    """The inverse of `diag`: `y[i, ..., k] = x[i, ..., k, i, ..., k]`."""
    half = np.shape(x)[: np.ndim(x) // 2]
    size = math.prod(half)
    return np.reshape(np.array(np.diagonal(np.reshape(x, (size, size)))), half)


def diag_part(input: Any, name: str | None = None) -> Tensor:
    """The inverse of `diag`: `y[i, ..., k] = input[i, ..., k, i, ..., k]`.

    >>> df.diag_part([[1, 2], [3, 4]]).eval()
    array([1, 4], dtype=int32)
    """
    return tensor_diagonal(input, name=name)


def trace(x: Any, name: str | None = None) -> Tensor:
    """The sum of the main diagonal of matrices, `[..., n, m] -> [...]`.

    >>> df.trace([[1, 2], [3, 4]]).eval()
    np.int32(5)
    """
    with scope(name, "Trace", x) as full_name:
        return reduce_sum(matrix_diag_part(x), -1, name=full_name)


def cross_shape(a, b):
    shape = merge(a.shape, b.shape)
    if not shape or shape[-1] not in (3, None):
        raise ShapeError(f"needs 3 numbers on the last axis, got {shape_text(shape)}")
    return shape


@op(
    label="Cross",
    shape=cross_shape,
    kinds="iuf",
    grad=lambda g, y, a, b: (cross(b, g), cross(g, a)),
    examples=[args((3,), (3,)), args((2, 3), (2, 3)), args((0, 3), (0, 3))],
)
def cross(a, b):
    """The cross product of vectors of 3 numbers, along the last axis.

    >>> df.cross([1, 0, 0], [0, 1, 0]).eval()
    array([0, 0, 1], dtype=int32)
    """
    return np.cross(a, b)


def adjoint(matrix: Any, name: str | None = None) -> Tensor:
    """The conjugate of the matrices with their last two axes swapped.

    >>> df.linalg.adjoint([[1 + 1j, 2 + 2j], [3j, 4j]]).eval()
    array([[1.-1.j, 0.-3.j],
           [2.-2.j, 0.-4.j]])
    """
    with scope(name, "adjoint", matrix):
        return matrix_transpose(conj(matrix))
