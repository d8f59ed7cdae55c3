"""Norms, and values kept within limits or norms."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from daskflow.defaults import scope
from daskflow.errors import GraphError
from daskflow.graph import Tensor
from daskflow.ops.array import expand_dims, ones_like, squeeze, transpose
from daskflow.ops.decompositions import svd
from daskflow.ops.define import axes_of, either
from daskflow.ops.functions import is_finite, rsqrt
from daskflow.ops.joining import stack
from daskflow.ops.math import (
    abs,
    cast,
    conj,
    greater,
    identity,
    maximum,
    minimum,
    multiply,
    power,
    select,
    sqrt,
    square,
)
from daskflow.ops.reduce import reduce_max, reduce_sum, reduced_count
from daskflow.ops.slices import IndexedSlices, on_rows
from daskflow.spec import broadcast, merge
from daskflow.values import as_tensor

__all__ = [
    "clip_by_average_norm",
    "clip_by_global_norm",
    "clip_by_norm",
    "clip_by_value",
    "global_norm",
    "norm",
]

# Norms


def norm(
    tensor: Any,
    ord: Any = "euclidean",
    axis: Any = None,
    keepdims: bool | None = None,
    name: str | None = None,
    keep_dims: bool | None = None,
) -> Tensor:
    """The norm of vectors, or of matrices if `axis` is a pair of axes.

    `ord` is "euclidean", or a positive number `p` for `sum(abs(x) ** p) ** (1 / p)`,
    infinity for the largest absolute value. Of matrices it is "euclidean" or "fro"
    for the root of the sum of squares, 1 or infinity for the largest sum of a column
    or a row, or 2 for the largest singular value. Without an `axis` all the elements
    are one vector.

    >>> x = [[3.0, -4.0], [0.0, 12.0]]
    >>> df.norm(x).eval(), df.norm(x, ord=1).eval(), df.norm(x, ord=np.inf).eval()
    (np.float32(13.0), np.float32(19.0), np.float32(12.0))
    >>> df.norm(x, axis=1).eval()
    array([ 5., 12.], dtype=float32)
    >>> df.norm(x, ord=1, axis=[0, 1]).eval()
    np.float32(16.0)
    """
    keeps = bool(either(keepdims=keepdims, keep_dims=keep_dims))
    axis = tuple(axis) if isinstance(axis, list | np.ndarray) else axis
    of_matrices = isinstance(axis, tuple) and len(axis) == 2
    check_norm(ord, axis, of_matrices)
    x = as_tensor(tensor)
    with scope(name, "norm", x):
        result = norm_of(x, ord, axis, of_matrices)
        return result if keeps else squeeze(result, axis)


def check_norm(ord, axis, of_matrices):
    if isinstance(axis, tuple) and not 0 < len(axis) < 3:
        raise GraphError(f"norm() takes one axis or two, got {list(axis)}")
    if of_matrices and axis[0] == axis[1]:
        raise GraphError(f"norm() needs two axes that differ, got {list(axis)}")
    known = ("euclidean", "fro", 1, 2, np.inf) if of_matrices else ("euclidean",)
    if ord not in known and (
        of_matrices or isinstance(ord, str) or not np.isreal(ord) or not ord > 0
    ):
        what = "matrices" if of_matrices else "vectors"
        raise GraphError(f"norm() knows no {ord!r} of {what}; see its docstring")


def norm_of(x, ord, axis, of_matrices):
    """The norm, with the axes that are reduced kept."""
    if ord in ("euclidean", "fro") or (ord == 2 and not of_matrices):
        return sqrt(reduce_sum(x * conj(x), axis, keepdims=True))
    if ord == 2:
        return spectral_norm(x, axis)
    absolute = abs(x)
    if of_matrices:
        first, second = axis if ord == 1 else axis[::-1]
        return reduce_max(
            reduce_sum(absolute, first, keepdims=True), second, keepdims=True
        )
    if ord == np.inf:
        return reduce_max(absolute, axis, keepdims=True)
    if ord == 1:
        return reduce_sum(absolute, axis, keepdims=True)
    return power(reduce_sum(power(absolute, ord), axis, keepdims=True), 1.0 / ord)


def spectral_norm(x, axis):
    if x.shape.rank is None:
        raise GraphError("norm() with ord 2 needs to know the rank of its matrices")
    rank = x.shape.rank
    ahead = axes_of(axis, rank)
    order = [i for i, _ in enumerate(x.shape) if i not in ahead] + list(ahead)
    largest = reduce_max(svd(transpose(x, order), compute_uv=False), -1)
    for i in sorted(ahead):
        largest = expand_dims(largest, i)
    return largest


def normalize(
    tensor: Any, ord: Any = "euclidean", axis: Any = None, name: str | None = None
) -> tuple[Tensor, Tensor]:
    """`tensor` over its `norm`, and that norm with the axes it is along kept.

    >>> unit, length = df.linalg.normalize([[3.0, 4.0], [0.0, 2.0]], axis=1)
    >>> session.run((unit, length))
    (array([[0.6, 0.8],
           [0. , 1. ]], dtype=float32), array([[5.],
           [2.]], dtype=float32))
    """
    x = as_tensor(tensor)
    with scope(name, "normalize", x):
        length = norm(x, ord, axis, keepdims=True)
        return x / cast(length, x.dtype), length


def l2_normalize(
    x: Any,
    axis: Any = None,
    epsilon: float = 1e-12,
    name: str | None = None,
    dim: Any = None,
) -> Tensor:
    """`x` over the root of its sum of squares along `axis`, that of at least `epsilon`.

    All axes unless given.

    >>> df.nn.l2_normalize([[3.0, 4.0], [0.0, 2.0]], axis=1).eval()
    array([[0.6, 0.8],
           [0. , 1. ]], dtype=float32)
    >>> df.nn.l2_normalize([0.0, 0.0]).eval()
    array([0., 0.], dtype=float32)
    """
    axis = either(axis=axis, dim=dim)
    x = as_tensor(x)
    with scope(name, "l2_normalize", x) as full_name:
        squares = reduce_sum(square(x), axis, keepdims=True)
        return multiply(x, rsqrt(maximum(squares, epsilon)), name=full_name)


def global_norm(t_list: Any, name: str | None = None) -> Tensor:
    """The root of the sum of squares of all elements of these tensors.

    None among them counts as nothing.

    >>> df.global_norm([[3.0], None, [[4.0]]]).eval()
    np.float32(5.0)
    """
    values = [rows_of(t) for t in listed(t_list) if t is not None]
    if not values:
        raise GraphError("global_norm() needs at least one tensor in its list")
    with scope(name, "global_norm", *values):
        squares = stack([reduce_sum(square(abs(value))) for value in values])
        return sqrt(reduce_sum(squares), name="global_norm")


def rows_of(t):
    """The tensor, or the rows of `IndexedSlices`."""
    return t.values if isinstance(t, IndexedSlices) else as_tensor(t)


def listed(t_list):
    if isinstance(t_list, Sequence) and not isinstance(t_list, str):
        return list(t_list)
    raise TypeError(f"t_list is a list of tensors, got {t_list!r}")


# Values within limits


@on_rows
def clip_by_value(
    t: Any, clip_value_min: Any, clip_value_max: Any, name: str | None = None
) -> Tensor:
    """`t`, but `clip_value_min` where it is below and `clip_value_max` where above.

    The limits may be arrays that broadcast to the shape of `t`. Of `IndexedSlices` the
    rows that are there are clipped, here and by the others.

    >>> df.clip_by_value([-2.0, 0.5, 7.0], -1.0, 1.0).eval()
    array([-1. ,  0.5,  1. ], dtype=float32)
    """
    t = as_tensor(t)
    with scope(name, "clip_by_value", t) as full_name:
        low, high = (
            as_tensor(clip_value_min, t.dtype),
            as_tensor(clip_value_max, t.dtype),
        )
        merge(t.spec.shape, broadcast(t.spec.shape, low.spec.shape, high.spec.shape))
        return maximum(minimum(t, high), low, name=full_name)


@on_rows
def clip_by_norm(
    t: Any, clip_norm: Any, axes: Any = None, name: str | None = None
) -> Tensor:
    """`t`, made shorter where its norm along `axes` exceeds `clip_norm`.

    All axes unless given.

    >>> df.clip_by_norm([3.0, 4.0], 2.5).eval()
    array([1.5, 2. ], dtype=float32)
    >>> df.clip_by_norm([[3.0, 4.0], [0.0, 1.0]], 2.5, axes=[1]).eval()
    array([[1.5, 2. ],
           [0. , 1. ]], dtype=float32)
    """
    t = as_tensor(t)
    with scope(name, "clip_by_norm", t) as full_name:
        squares = reduce_sum(t * t, axes, keepdims=True)
        is_long = greater(squares, 0)
        safe = select(is_long, squares, ones_like(squares))
        length = select(is_long, sqrt(safe), squares)
        return identity(t * clip_norm / maximum(length, clip_norm), name=full_name)


def clip_by_average_norm(t: Any, clip_norm: Any, name: str | None = None) -> Tensor:
    """`t`, made shorter if its norm over its size exceeds `clip_norm`.

    >>> df.clip_by_average_norm([3.0, 4.0], 1.0).eval()  # 5 / 2 is above 1
    array([1.2, 1.6], dtype=float32)
    """
    t = as_tensor(t)
    with scope(name, "clip_by_average_norm", t) as full_name:
        limit = as_tensor(clip_norm, t.dtype)
        over_average = rsqrt(reduce_sum(t * t, None, True)) * reduced_count(t, None)
        scale = limit * minimum(over_average, 1 / limit)
        return identity(t * scale, name=full_name)


def clip_by_global_norm(
    t_list: Any, clip_norm: Any, use_norm: Any = None, name: str | None = None
) -> tuple[list[Any], Tensor]:
    """The tensors, all made shorter alike if their `global_norm` exceeds `clip_norm`.

    Gives the list, with None where it has it, and the norm as it was: `use_norm` if
    there is one. Where that is infinite or NaN, so are the tensors NaN.

    >>> clipped, norm = df.clip_by_global_norm([[3.0], [4.0]], 1.0)
    >>> session.run((clipped, norm))
    ([array([0.6], dtype=float32), array([0.8], dtype=float32)], np.float32(5.0))
    """
    given = listed(t_list)
    length = global_norm(given) if use_norm is None else as_tensor(use_norm)
    if not given:
        return [], length
    values = [None if t is None else rows_of(t) for t in given]
    with scope(name, "clip_by_global_norm", *[v for v in values if v is not None]):
        limit = as_tensor(clip_norm, length.dtype)
        scale = limit * minimum(1 / length, 1 / limit)
        scale = select(is_finite(length), scale, np.nan)
        clipped = [None if v is None else v * cast(scale, v.dtype) for v in values]
        pairs = zip(given, clipped, strict=True)
        return [
            t.like(rows) if isinstance(t, IndexedSlices) else rows for t, rows in pairs
        ], length
