"""Ops on the layout of arrays: make, reshape, join, index, broadcast."""

import math
import operator
from functools import reduce
from typing import Any

import numpy as np

from daskflow.arrays import as_constant
from daskflow.errors import DTypeError, ShapeError
from daskflow.graph import Tensor
from daskflow.opdef import no_gradient
from daskflow.ops.define import FLOATS, args, axes_of, given_dtype, given_shape, op
from daskflow.spec import as_dtype, full_shape, merge, shape_text

__all__ = [
    "concat",
    "expand_dims",
    "fill",
    "one_hot",
    "ones",
    "ones_like",
    "placeholder_with_default",
    "range",
    "reshape",
    "squeeze",
    "stack",
    "transpose",
    "zeros",
    "zeros_like",
]

FLOAT32 = np.dtype(np.float32)
INT32 = np.dtype(np.int32)

_MADE = [args(shape=(2, 3), dtype=FLOAT32), args(shape=(), dtype=INT32)]


def like_shape(x, like, *inputs, **attrs):
    return like.shape


def one_shape(x, like):
    return x.shape == like.shape


# Make


@op(shape=given_shape, dtype=given_dtype, examples=_MADE)
def zeros(*, shape, dtype=FLOAT32):
    """Zeros in `shape`."""
    return np.zeros(shape, dtype)


@op(shape=given_shape, dtype=given_dtype, examples=_MADE)
def ones(*, shape, dtype=FLOAT32):
    """Ones in `shape`."""
    return np.ones(shape, dtype)


def same_shape(x, **attrs):
    return x.shape


def made_like(function):
    def written(x, dtype):
        return f"np.{function}({x.shape}, {in_numpy(dtype or x.dtype)})"

    return written


def kept_dtype(x, dtype):
    return x.dtype if dtype is None else dtype


_LIKE = [args((2, 3), dtype=None), args((), dtype=INT32), args((0, 2), dtype=None)]


@op(
    shape=same_shape,
    dtype=kept_dtype,
    grad=no_gradient,
    examples=_LIKE,
    written=made_like("zeros"),
)
def zeros_like(x, /, dtype=None):
    """Zeros in the shape of `x`, and in its dtype unless another is given."""
    return np.zeros_like(x, dtype, order="C")


@op(
    shape=same_shape,
    dtype=kept_dtype,
    grad=no_gradient,
    examples=_LIKE,
    written=made_like("ones"),
)
def ones_like(x, /, dtype=None):
    """Ones in the shape of `x`, and in its dtype unless another is given."""
    return np.ones_like(x, dtype, order="C")


def filled_shape(value, dims):
    if value.shape not in ((), None):
        raise ShapeError(f"needs a single value, got shape {shape_text(value.shape)}")
    return dims


@op(
    label="Fill",
    gaps=True,
    broadcasts=lambda value, dims: True,
    name="fill",
    shape=filled_shape,
    unranked=True,
    grad=lambda g, y, value, dims: sum_like(g, value),
    examples=[args((), dims=(2, 3)), args((), dims=()), args((), dims=(0, 2))],
)
def filled(value, /, dims):
    """One `value` all over the shape `dims`."""
    return np.broadcast_to(value, dims)


def fill(dims: Any, value: Any, name: str | None = None) -> Tensor:
    """One `value` all over the shape `dims`."""
    return filled(value, full_shape(dims), name=name)


def hot_shape(indices, depth, axis, **attrs):
    if depth < 0:
        raise ShapeError(f"needs a depth that is not negative, got {depth}")
    [i] = axes_of(axis, len(indices.shape) + 1)
    return (*indices.shape[:i], depth, *indices.shape[i:])


def hot_dtype(indices, on_value, off_value, dtype, **attrs):
    return as_constant((on_value, off_value)).dtype if dtype is None else dtype


_HOT = {"on_value": 1.0, "off_value": 0.0, "dtype": None}


@op(
    shape=hot_shape,
    dtype=hot_dtype,
    grad=no_gradient,
    kinds="iu",
    examples=[
        args(np.array([0, 2, -1, 5]), depth=3, axis=-1, **_HOT),
        args(np.array([[0, 1]]), depth=2, axis=0, **_HOT),
        args(np.array([[0, 1]]), depth=2, axis=-2, on_value=5, off_value=1, dtype=None),
        args(np.array(1), depth=2, axis=0, on_value=1, off_value=0, dtype=FLOAT32),
    ],
)
def one_hot(indices, /, depth, on_value=1.0, off_value=0.0, axis=-1, dtype=None):
    """`on_value` where the new `axis`, `depth` long, has that index, else `off_value`.

    An index outside of `0 <= index < depth` is nowhere on. The values say the dtype
    unless it is given: float32, as they are.
    """
    rank = np.ndim(indices)
    [i] = axes_of(axis, rank + 1)
    classes = np.reshape(np.arange(depth), (depth,) + (1,) * (rank - i))
    hot = np.equal(np.expand_dims(indices, i), classes)
    dtype = hot_dtype(indices, on_value, off_value, dtype)
    return np.where(hot, dtype.type(on_value), dtype.type(off_value))


def placeholder_shape(x, shape):
    merge(x.shape, shape)
    return shape


@op(
    label="PlaceholderWithDefault",
    name="placeholder_with_default",
    shape=placeholder_shape,
    unranked=True,
    grad=lambda g, y, x, shape: g,
    examples=[args((2, 3), shape=(None, 3)), args((2,), shape=None)],
)
def placeholder_with_default(x, /, shape):
    """`x`, unless a run is fed another value of that `shape`, None where free."""
    return x


def progression_shape(start, limit, delta, dtype):
    if delta == 0:
        raise ShapeError("needs a delta other than 0")
    if (limit - start) * delta < 0:
        raise ShapeError(f"never gets from {start} to {limit} in steps of {delta}")
    return (math.ceil((limit - start) / delta),)


@op(
    name="range",
    shape=progression_shape,
    dtype=given_dtype,
    examples=[
        args(start=0, limit=3, delta=1, dtype=INT32),
        args(start=5, limit=0, delta=-2, dtype=INT32),
        args(start=0.0, limit=1.0, delta=0.3, dtype=FLOAT32),
        args(start=3, limit=3, delta=1, dtype=INT32),
    ],
)
def progression(*, start, limit, delta, dtype):
    """Numbers from `start` on, `delta` apart, before `limit`."""
    return np.arange(start, limit, delta, dtype=dtype)


def range(  # it hides Python's own in this module, which counts with enumerate()
    start: Any,
    limit: Any = None,
    delta: Any = 1,
    dtype: Any = None,
    name: str | None = None,
) -> Tensor:
    """Numbers from `start` on, `delta` apart, before `limit`; from 0 to a lone `start`.

    >>> range(3), range(3, 4, 0.5)
    (<Tensor 'range:0' int32 [3]>, <Tensor 'range_1:0' float32 [2]>)
    """
    start, limit = (0, start) if limit is None else (start, limit)
    numbers = as_constant((start, limit, delta), as_dtype(dtype))
    start, limit, delta = numbers.tolist()
    return progression(
        start=start, limit=limit, delta=delta, dtype=numbers.dtype, name=name
    )


# Reshape


def reshaped_shape(x, shape):
    if shape is None or shape.count(None) > 1:
        raise ShapeError(f"needs at most one unknown axis, got {shape_text(shape)}")
    if x.shape is None or None in x.shape:
        return shape
    known = math.prod(n for n in shape if n is not None)
    size = math.prod(x.shape)
    rest = size // known if known else 0
    if size != known * (rest if None in shape else 1):
        raise ShapeError(f"{size} elements do not fill {shape_text(shape)}")
    return tuple(rest if n is None else n for n in shape)


@op(
    label="Reshape",
    shape=reshaped_shape,
    unranked=True,
    grad=lambda g, y, x, shape: reshape_like(g, x),
    forwards=lambda x, shape: x.shape == shape,
    examples=[
        args((2, 3), shape=(3, 2)),
        args((2, 3, 2), shape=(None, 4)),
        args((1,), shape=()),
        args((), shape=(1, 1)),
        args((0, 3), shape=(None, 3)),
    ],
)
def reshape(x, /, shape):
    """The elements of `x` in another `shape`; -1 stands for what is left over."""
    return np.reshape(x, tuple(-1 if n is None else n for n in shape))


@op(
    forwards=one_shape,
    shape=like_shape,
    unranked=True,
    agree=(0, 1),
    grad=lambda g, y, x, like: (reshape_like(g, x), None),
    examples=[args((2, 3), (3, 2)), args((1,), ()), args((0, 2), (2, 0))],
)
def reshape_like(x, like):
    """The elements of `x` in the shape of `like`."""
    return np.reshape(x, np.shape(like))


def transposed_shape(x, perm):
    if perm is None:
        return None if x.shape is None else x.shape[::-1]
    rank = len(perm)
    axes = axes_of(perm, rank)
    if len(perm if x.shape is None else x.shape) != rank:
        raise ShapeError(f"needs each axis once, got perm {list(perm)} for {x}")
    return (None,) * rank if x.shape is None else tuple(x.shape[i] for i in axes)


def inverse(perm):
    if perm is None:
        return None
    axes = axes_of(perm, len(perm))
    return tuple(axes.index(i) for i, _ in enumerate(axes))


@op(
    gaps=True,
    shape=transposed_shape,
    unranked=True,
    grad=lambda g, y, x, perm: transpose(g, inverse(perm)),
    examples=[
        args((2, 3), perm=None),
        args((2, 3, 4), perm=(2, 0, 1)),
        args((2, 3, 4), perm=(0, -1, 1)),
        args((), perm=None),
        args((3,), perm=(0,)),
    ],
)
def transpose(x, /, perm=None):
    """`x` with its axes in the order of `perm`, backwards unless that is given."""
    return np.transpose(x, perm)


def matrix_transposed_shape(x):
    if len(x.shape) < 2:
        raise ShapeError(f"needs matrices, got {x}")
    return (*x.shape[:-2], x.shape[-1], x.shape[-2])


@op(
    gaps=True,
    shape=matrix_transposed_shape,
    grad=lambda g, y, x: matrix_transpose(g),
    examples=[args((2, 3)), args((4, 2, 3)), args((0, 2))],
)
def matrix_transpose(x):
    """`x` with its last two axes swapped."""
    return np.swapaxes(x, -1, -2)


def squeezed_shape(x, axis):
    if axis is None:
        return None if None in x.shape else tuple(n for n in x.shape if n != 1)
    dropped = axes_of(axis, len(x.shape))
    for i in dropped:
        if x.shape[i] not in (1, None):
            raise ShapeError(f"needs length 1 on axis {i}, got {shape_text(x.shape)}")
    return tuple(n for i, n in enumerate(x.shape) if i not in dropped)


@op(
    label="Squeeze",
    shape=squeezed_shape,
    grad=lambda g, y, x, axis: reshape_like(g, x),
    examples=[
        args((1, 3, 1), axis=None),
        args((1, 3, 1), axis=0),
        args((1, 3, 1), axis=(0, -1)),
        args((2, 3), axis=None),
        args((0, 1), axis=1),
    ],
)
def squeeze(x, /, axis=None):
    """`x` without its axes of length 1, or without those of them in `axis`."""
    return np.squeeze(x, axis)


def expanded_shape(x, axis):
    [i] = axes_of(axis, len(x.shape) + 1)
    return (*x.shape[:i], 1, *x.shape[i:])


@op(
    label="ExpandDims",
    shape=expanded_shape,
    grad=lambda g, y, x, axis: squeeze(g, axis),
    examples=[
        args((), axis=0),
        args((2, 3), axis=1),
        args((2, 3), axis=-1),
        args((0,), axis=0),
    ],
)
def expand_dims(x, /, axis):
    """`x` with a new axis of length 1 at `axis`."""
    return np.expand_dims(x, axis)


# Join


def concat_shape(*values, axis):
    if not values:
        raise ShapeError("needs at least one value")
    shapes = [value.shape for value in values]
    ranked = [shape for shape in shapes if shape is not None]
    if not ranked:
        return None
    [i] = axes_of(axis, len(ranked[0]))
    rest = merged(
        [tuple(None if j == i else n for j, n in enumerate(shape)) for shape in ranked]
    )
    lengths: list[Any] = [None if shape is None else shape[i] for shape in shapes]
    total = None if None in lengths else sum(lengths)
    return (*rest[:i], total, *rest[i + 1 :])


def merged(shapes):
    """The shape that all of these describe."""
    return reduce(merge, shapes, None)


@op(
    name="concat",
    shape=concat_shape,
    unranked=True,
    grad=lambda g, y, *values, axis: tuple(
        concat_grad(g, *values, axis=axis, i=i) for i, _ in enumerate(values)
    ),
    examples=[
        args((2, 3), (1, 3), axis=0),
        args((2, 1), (2, 0), (2, 3), axis=-1),
        args((2,), axis=0),
    ],
)
def concatenated(*values, axis):
    """`values` one behind the other along `axis`."""
    return np.concatenate(values, axis)


def concat(values: Any, axis: int, name: str | None = None) -> Tensor:
    """`values` one behind the other along `axis`."""
    return concatenated(*values, axis=axis, name=name)


@op(
    gaps=True,
    shape=lambda g, *values, axis, i: values[i].shape,
    unranked=True,
    grad=lambda h, y, g, *values, axis, i: (
        concat([h if j == i else zeros_like(v) for j, v in enumerate(values)], axis),
        *no_gradient(h, y, *values),
    ),
    examples=[
        args((3, 3), (2, 3), (1, 3), axis=0, i=1),
        args((2, 4), (2, 1), (2, 0), (2, 3), axis=-1, i=2),
    ],
)
def concat_grad(g, /, *values, axis, i):
    """The part of `g` that stands where `values[i]` does in their `concat`."""
    lengths = [np.shape(value)[axis] for value in values]
    start = sum(lengths[:i])
    index = [slice(None)] * np.ndim(g)
    index[axis] = slice(start, start + lengths[i])
    return g[tuple(index)]


def stack_shape(*values, axis):
    if not values:
        raise ShapeError("needs at least one value")
    shape = merged([value.shape for value in values])
    if shape is None:
        return None
    [i] = axes_of(axis, len(shape) + 1)
    return (*shape[:i], len(values), *shape[i:])


_EVERYTHING = (None, None, None)


def slot(i, axis):
    """The index that picks entry `i` of `axis`."""
    if axis >= 0:
        return (_EVERYTHING,) * axis + (i,)
    return (Ellipsis, i) + (_EVERYTHING,) * (-axis - 1)


@op(
    name="stack",
    shape=stack_shape,
    unranked=True,
    grad=lambda g, y, *values, axis: tuple(
        getitem(g, index=slot(i, axis)) for i, _ in enumerate(values)
    ),
    examples=[
        args((), (), axis=0),
        args((2, 3), (2, 3), (2, 3), axis=1),
        args((2, 3), (2, 3), axis=-1),
        args((0,), axis=-2),
    ],
)
def stacked(*values, axis):
    """`values`, all of one shape, side by side along a new `axis`."""
    return np.stack(values, axis)


def stack(values: Any, axis: int = 0, name: str | None = None) -> Tensor:
    """`values`, all of one shape, side by side along a new `axis`."""
    return stacked(*values, axis=axis, name=name)


# Index


def getitem_shape(x, *holes, index):
    for hole in holes:
        if hole.shape not in ((), None) or getattr(hole.dtype, "kind", "i") not in "iu":
            raise DTypeError(f"an index needs a single int, got {hole}")
    if x.shape is None:
        return None
    axes = iter(x.shape)
    parts = [
        (1,) if part is None else indexed_axis(next(axes), part)
        for part in with_all_axes(index, len(x.shape))
    ]
    return sum(parts, ())


def with_all_axes(index, rank):
    """`index` with a slice of its own for every axis that it leaves out."""
    taken = sum(part not in (None, Ellipsis) for part in index)
    if taken > rank or index.count(Ellipsis) > 1:
        raise ShapeError(f"cannot take {list(index)} of a value of rank {rank}")
    i = index.index(Ellipsis) if Ellipsis in index else len(index)
    return index[:i] + (_EVERYTHING,) * (rank - taken) + index[i + 1 :]


def indexed_axis(n, part):
    """What `part` leaves of an axis of length `n`: one axis, or none."""
    if part == "#":
        return ()
    if isinstance(part, int):
        if n is not None and not -n <= part < n:
            raise ShapeError(f"index {part} is outside of an axis of length {n}")
        return ()
    if part[2] == 0:
        raise ShapeError("a slice needs a step other than 0")
    if n is None or "#" in part:
        return (None,)
    return np.broadcast_to(0, n)[slice(*part)].shape


def numpy_index(index, holes):
    """`index` as NumPy takes it, with `holes` in the place of each `"#"`."""
    values = map(operator.index, holes)

    def entry(part):
        if isinstance(part, tuple):
            return slice(*map(entry, part))
        return next(values) if part == "#" else part

    return tuple(map(entry, index))


_INDEXED = [
    ((3,), (0,)),
    ((3,), (-1,)),
    ((3, 4), (1,)),
    ((3, 4), ((1, None, None), (None, None, 2))),
    ((3, 4), (_EVERYTHING, (None, None, -1))),
    ((3, 4), (Ellipsis, None, 1)),
    ((2, 3, 4), (0, Ellipsis, (-2, 9, None))),
    ((2, 3), (None, 1, None, 2)),
    ((), (Ellipsis,)),
    ((3,), ((2, 1, None),)),
    ((0, 2), (_EVERYTHING, 1)),
]


@op(
    label="strided_slice",
    gaps=True,
    shape=getitem_shape,
    unranked=True,
    agree=(0, 1),
    grad=lambda g, y, x, *holes, index: (
        getitem_grad(g, x, *holes, index=index),
        *no_gradient(g, y, *holes),
    ),
    examples=[
        *[args(shape, index=index) for shape, index in _INDEXED],
        args((3, 4), np.array(2), index=("#",)),
        args((3, 4), np.array(1), np.array(-1), index=(("#", None, None), "#")),
    ],
)
def getitem(x, /, *holes, index):
    """`x[index]`; each `"#"` in the index is one of `holes`, and a tuple a slice."""
    return x[numpy_index(index, holes)]


@op(
    shape=like_shape,
    unranked=True,
    agree=(0, 1),
    grad=lambda h, y, g, x, *holes, index: (
        getitem(h, *holes, index=index),
        *no_gradient(h, y, x, *holes),
    ),
    examples=[
        args((), (3,), index=(-1,)),
        args((2, 2), (3, 4), index=((1, None, None), (None, None, 2))),
        args((4,), (3, 4), np.array(2), index=("#",)),
        args((0,), (3,), index=((2, 1, None),)),
    ],
)
def getitem_grad(g, x, /, *holes, index):
    """Zeros in the shape of `x`, but for `g` where `x[index]` is."""
    result = np.zeros_like(x, np.result_type(g))
    result[numpy_index(index, holes)] = g
    return result


# Broadcast


@op(
    forwards=one_shape,
    gaps=True,
    shape=like_shape,
    unranked=True,
    agree=(0, 1),
    grad=lambda g, y, x, like: (sum_like(g, x), None),
    broadcasts=lambda x, like: True,
    examples=[
        args((3,), (2, 3)),
        args((2, 1), (2, 3)),
        args((), (2,)),
        args((1,), (0,)),
    ],
)
def broadcast_like(x, like):
    """`x` repeated to the shape of `like`."""
    return np.broadcast_to(x, np.shape(like))


@op(
    forwards=one_shape,
    shape=like_shape,
    unranked=True,
    agree=(0, 1),
    grad=lambda g, y, x, like: (broadcast_like(g, x), None),
    written=lambda x, like: sum_in_numpy(x, like.shape),
    examples=[
        args((2, 3), (3,)),
        args((2, 3), (2, 1)),
        args((2, 3), ()),
        args((4, 2, 3), (1, 3)),
        args((2, 3), (2, 3)),
        args((0,), (1,)),
    ],
)
def sum_like(x, like):
    """The sum of what broadcasting to the shape of `x` makes of each one in `like`."""
    return sum_to_shape(x, np.shape(like))


def sum_to_shape(x, shape):
    """`x` summed over the axes along which `shape` would be repeated."""
    full = np.shape(x)
    if full == shape:
        return x
    if np.broadcast_shapes(full, shape) != full:
        raise ValueError(f"{shape} does not broadcast to {full}")
    repeated = repeated_axes(full, shape)
    return np.reshape(np.sum(x, repeated, np.result_type(x)), shape)


def repeated_axes(full, shape):
    """The axes of `full` that broadcasting from `shape` to it repeats or adds."""
    added = len(full) - len(shape)
    lengths = zip(full, (1,) * added + shape, strict=True)
    return tuple(
        i for i, (n, m) in enumerate(lengths) if i < added or (m == 1 and n != 1)
    )


def sum_in_numpy(x, shape):
    added = len(x.shape) - len(shape)
    if added < 1 or x.shape[added:] != shape or x.dtype.kind not in FLOATS:
        return None
    axes = repeated_axes(x.shape, shape)
    return f"np.add.reduce({{0}}, axis={axes[0] if len(axes) == 1 else axes})"


def in_numpy(dtype):
    """The dtype as it is written in a program."""
    return f"np.dtype({dtype.str!r})"
