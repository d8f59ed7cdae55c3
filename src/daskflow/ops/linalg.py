"""Matrix products."""

import math
from typing import Any

import numpy as np

from daskflow.blas import BLOCK, SMALL, multiply
from daskflow.defaults import scope
from daskflow.errors import GraphError, ShapeError
from daskflow.graph import Tensor
from daskflow.ops.array import expand_dims, matrix_transpose, squeeze, sum_to_shape
from daskflow.ops.define import NUMBERS, args, op
from daskflow.ops.math import conj, mirrored
from daskflow.spec import broadcast, shape_text

__all__ = ["matmul"]


def matmul(
    a: Any,
    b: Any,
    transpose_a: bool = False,
    transpose_b: bool = False,
    adjoint_a: bool = False,
    adjoint_b: bool = False,
    a_is_sparse: bool = False,
    b_is_sparse: bool = False,
    name: str | None = None,
) -> Tensor:
    """Matrix product, `[..., n, k] @ [..., k, m] -> [..., n, m]`.

    The axes before the last two are broadcast. `transpose_a` and `transpose_b` swap
    the last two axes first, `adjoint_a` and `adjoint_b` take the conjugate as well.
    Unlike TensorFlow's it takes vectors: one counts as a row on the left and as a
    column on the right, and loses that axis in the result. That many elements are 0
    (`a_is_sparse`, `b_is_sparse`) makes no difference.

    >>> df.matmul([[1.0, 2.0], [3.0, 4.0]], [[10.0], [1.0]]).eval()
    array([[12.],
           [34.]], dtype=float32)
    >>> df.matmul(df.ones([5, 2, 3]), df.ones([4, 3]), transpose_b=True).shape
    TensorShape([5, 2, 4])
    """
    a = turned(a, transpose_a, adjoint_a)
    return product(a, turned(b, transpose_b, adjoint_b), name=name)


def turned(x, transpose, adjoint):
    if transpose and adjoint:
        raise GraphError("a factor is transposed or its adjoint taken, not both")
    if not transpose and not adjoint:
        return x
    return matrix_transpose(conj(x) if adjoint else x)


def matvec(
    a: Any,
    b: Any,
    transpose_a: bool = False,
    adjoint_a: bool = False,
    a_is_sparse: bool = False,
    b_is_sparse: bool = False,
    name: str | None = None,
) -> Tensor:
    """A matrix times a vector, `[..., n, k] @ [..., k] -> [..., n]`.

    >>> df.linalg.matvec([[1.0, 2.0], [3.0, 4.0]], [10.0, 1.0]).eval()
    array([12., 34.], dtype=float32)
    """
    with scope(name, "MatVec", a, b):
        columns = expand_dims(b, -1)
        return squeeze(product(turned(a, transpose_a, adjoint_a), columns), -1)


# A product's gradients are products too. <g, a @ b> is linear in each of its three
# parts, and `product`, `matmul_grad_a` and `matmul_grad_b` are its derivatives with
# respect to them: so each is differentiated with the other two, for any ranks.

_FACTORS = [
    ((2, 3), (3, 4)),
    ((1, 3), (3, 1)),
    ((3,), (3, 2)),
    ((2, 3), (3,)),
    ((3,), (3,)),
    ((4, 2, 3), (3, 2)),
    ((2, 3), (4, 3, 2)),
    ((4, 1, 2, 3), (5, 3, 2)),
    ((4, 2, 3), (3,)),
    ((3,), (4, 3, 2)),
    ((0, 3), (3, 2)),
    ((2, 0), (0, 3)),
]
_PRODUCTS = [np.matmul(np.zeros(a), np.zeros(b)).shape for a, b in _FACTORS]


def product_shape(a, b):
    if not a.shape or not b.shape:
        raise ShapeError("needs vectors or matrices, got a single number")
    (*batch_a, n, k), (*batch_b, rows, m) = as_matrices(a.shape, b.shape)
    if None not in (k, rows) and k != rows:
        raise ShapeError(
            f"needs [n, k] @ [k, m], got {shape_text(a.shape)} @ {shape_text(b.shape)}"
        )
    row = () if len(a.shape) == 1 else (n,)
    column = () if len(b.shape) == 1 else (m,)
    batch = broadcast(tuple(batch_a), tuple(batch_b)) or ()
    return (*batch, *row, *column)


def as_matrices(a, b):
    """The shapes of both factors, with the axis that a vector leaves out."""
    return (1, *a) if len(a) == 1 else a, (*b, 1) if len(b) == 1 else b


def product_work(a, b):
    """The multiply-adds, of which BLAS does more than one in an elementary step."""
    return 0.4 * product_size(a, b)


def product_size(a, b):
    return math.prod(a.shape) * (b.shape[-1] if len(b.shape) > 1 else 1)


@op(
    label="MatMul",
    name="matmul",
    shape=product_shape,
    ufunc=multiply,
    work=product_work,
    product=True,
    written=lambda a, b: product_in_numpy(a, b, "{0}", "{1}"),
    kinds=NUMBERS,
    grad=lambda g, y, a, b: (
        matmul_grad_a(g, mirrored(b), a),
        matmul_grad_b(g, mirrored(a), b),
    ),
    examples=[args(a, b) for a, b in _FACTORS],
)
def product(a, b):
    """Matrix product, where a vector counts as a row or column as in NumPy."""
    return multiply(a, b)


@op(
    shape=lambda g, b, a: a.shape,
    work=lambda g, b, a: product_work(a, b),
    product=True,
    written=lambda g, b, a: (
        of_matrices(g, b, a) and product_in_numpy(a, b, "{0}", "{1}.T")
    ),
    unranked=True,
    grad=lambda h, y, g, b, a: (
        product(h, mirrored(b)),
        matmul_grad_b(mirrored(g), h, b),
        None,
    ),
    examples=[args(g, b, a) for g, (a, b) in zip(_PRODUCTS, _FACTORS, strict=True)],
)
def matmul_grad_a(g, b, a):
    """The gradient of `a` in `a @ b`, in the shape of `a`: `g @ bᵀ`."""
    column = np.expand_dims(b, -1) if np.ndim(b) == 1 else b
    rows = multiply(with_matrix_axes(g, a, b), np.swapaxes(column, -1, -2))
    return sum_to_shape(rows, np.shape(a))


@op(
    shape=lambda g, a, b: b.shape,
    work=lambda g, a, b: product_work(a, b),
    product=True,
    written=lambda g, a, b: (
        of_matrices(g, b, a) and product_in_numpy(a, b, "{1}.T", "{0}")
    ),
    unranked=True,
    grad=lambda h, y, g, a, b: (
        product(mirrored(a), h),
        matmul_grad_a(mirrored(g), h, a),
        None,
    ),
    examples=[args(g, a, b) for g, (a, b) in zip(_PRODUCTS, _FACTORS, strict=True)],
)
def matmul_grad_b(g, a, b):
    """The gradient of `b` in `a @ b`, in the shape of `b`: `aᵀ @ g`."""
    row = np.expand_dims(a, 0) if np.ndim(a) == 1 else a
    columns = multiply(np.swapaxes(row, -1, -2), with_matrix_axes(g, a, b))
    if np.ndim(b) == 1:
        columns = np.squeeze(columns, -1)
    return sum_to_shape(columns, np.shape(b))


def of_matrices(*specs):
    return all(len(spec.shape) == 2 for spec in specs) or None


def product_in_numpy(a, b, left, right):
    """A call of NumPy; of one that keeps to one thread of BLAS, if it is not small."""
    work = product_size(a, b)
    if work >= 2 * BLOCK:
        return None
    return f"{'np' if work <= SMALL else 'blas'}.matmul({left}, {right})"


def with_matrix_axes(g, a, b):
    """`g` with the axes that it lacks where `a` or `b` is a vector."""
    if np.ndim(b) == 1:
        g = np.expand_dims(g, -1)
    return np.expand_dims(g, -2) if np.ndim(a) == 1 else g
