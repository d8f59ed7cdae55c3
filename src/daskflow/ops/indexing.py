"""Ops that index arrays: slices, elements, rows; and those that put them back."""

import operator
from typing import Any

import numpy as np

from daskflow.errors import DTypeError, GraphError, ShapeError
from daskflow.graph import Operators, Tensor, split_index
from daskflow.opdef import no_gradient
from daskflow.ops.array import like_shape
from daskflow.ops.define import (
    args,
    axes_of,
    filled_in,
    has_holes,
    op,
    with_holes,
    without_holes,
)
from daskflow.spec import merge
from daskflow.values import as_tensor

__all__ = [
    "boolean_mask",
    "slice",
    "strided_slice",
    "unravel_index",
]

_EVERYTHING = (None, None, None)
_slice = slice
INT32 = np.dtype(np.int32)

# With []


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
    return np.broadcast_to(0, n)[_slice(*part)].shape


def numpy_index(index, holes):
    """`index` as NumPy takes it, with `holes` in the place of each `"#"`."""
    values = map(operator.index, holes)

    def entry(part):
        if isinstance(part, tuple):
            return _slice(*map(entry, part))
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


def strided_slice(
    input_: Any,
    begin: Any,
    end: Any,
    strides: Any = None,
    begin_mask: int = 0,
    end_mask: int = 0,
    ellipsis_mask: int = 0,
    new_axis_mask: int = 0,
    shrink_axis_mask: int = 0,
    var: Any = None,
    name: str | None = None,
) -> Tensor:
    """`input_[begin:end:strides]`, with an entry for each of the first axes.

    A bit in a mask says that the entry in its place is left out (`begin_mask`,
    `end_mask`), `...`, a new axis, or the one index `begin`.

    >>> df.strided_slice([1, 2, 3, 4, 5], [1], [5], [2]).eval()
    array([2, 4], dtype=int32)
    >>> df.strided_slice([[1, 2], [3, 4]], [0, 1], [2, 2], shrink_axis_mask=0b10).eval()
    array([2, 4], dtype=int32)
    """
    if var is not None:
        raise GraphError("strided_slice assigns to no variable: var must be None")
    starts, stops = entries(begin), entries(end)
    steps = [1] * len(starts) if strides is None else entries(strides)
    key: list[Any] = []
    for i, (start, stop, step) in enumerate(zip(starts, stops, steps, strict=True)):
        bit = 1 << i
        if ellipsis_mask & bit:
            key.append(Ellipsis)
        elif new_axis_mask & bit:
            key.append(None)
        elif shrink_axis_mask & bit:
            key.append(start)
        else:
            start, stop = (
                None if mask & bit else n
                for mask, n in ((begin_mask, start), (end_mask, stop))
            )
            key.append(_slice(start, stop, step))
    index, tensors = split_index(tuple(key))
    return getitem(input_, *tensors, index=index, name=name or "StridedSlice")


def entries(value):
    """The entries of a list of ints, or of a tensor of as many as is known."""
    setting, holes = with_holes(value)
    if setting == "#":
        raise ShapeError(f"needs to know how many ints are in {value!r}")
    if isinstance(value, Operators):
        return [value[i] if n == "#" else n for i, n in enumerate(setting)]
    given = iter(holes)
    return [next(given) if n == "#" else n for n in setting]


# Slices


def sliced_shape(x, *holes, window):
    begin, size = without_holes(window, ()) if has_holes(window) else window
    if x.shape is None:
        return (None,) * len(begin)
    if not len(begin) == len(size) == len(x.shape):
        raise ShapeError(f"needs a begin and a size for each axis of {x}")
    return tuple(map(sliced_length, x.shape, begin, size))


def sliced_length(n, start, length):
    if length == -1:
        return None if None in (n, start) else n - start
    if None not in (n, start, length) and not 0 <= start <= start + length <= n:
        raise ShapeError(f"an axis of {n} has no {length} from {start} on")
    return length


def window_index(shape, window):
    """The index of a window: where it begins and its size, -1 for all that is left."""
    begin, size = window
    index = []
    for n, start, length in zip(shape, begin, size, strict=True):
        stop = n if length == -1 else start + length
        if not 0 <= start <= stop <= n:
            raise ValueError(f"an axis of {n} has no {length} from {start} on")
        index.append(_slice(start, stop))
    return tuple(index)


@op(
    label="Slice",
    name="slice",
    gaps=True,
    shape=sliced_shape,
    unranked=True,
    agree=(0, 1),
    grad=lambda g, y, x, *holes, window: (
        sliced_grad(g, x, *holes, window=window),
        *no_gradient(g, y, *holes),
    ),
    examples=[
        args((3, 4), window=((1, 0), (2, 3))),
        args((3, 4), window=((0, 1), (0, -1))),
        args((), window=((), ())),
        args((3,), np.array(1), window=(("#",), (2,))),
        args((2, 3), np.array([[0, 1], [1, -1]]), window=(("#", 1), ("#", "#"))),
    ],
)
def sliced(x, /, *holes, window):
    """The part of `x` in a `window`: where it begins on each axis, and its size."""
    return x[window_index(np.shape(x), filled_in(window, holes))]


@op(
    shape=like_shape,
    unranked=True,
    agree=(0, 2),
    grad=lambda h, y, g, x, *holes, window: (
        sliced(h, *holes, window=window),
        *no_gradient(h, y, x, *holes),
    ),
    examples=[args((2, 3), (3, 4), window=((1, 0), (2, 3)))],
)
def sliced_grad(g, x, /, *holes, window):
    """Zeros in the shape of `x`, but for `g` in the `window`."""
    result = np.zeros_like(x)
    result[window_index(np.shape(x), filled_in(window, holes))] = g
    return result


def slice(input_: Any, begin: Any, size: Any, name: str | None = None) -> Tensor:
    """The part of `input_` that begins at `begin` on each axis and is of that `size`.

    A size of -1 is all that is left of the axis.

    >>> df.slice([[1, 2, 3], [4, 5, 6]], [0, 1], [-1, 2]).eval()
    array([[2, 3],
           [5, 6]], dtype=int32)
    """
    both = [begin, size]
    if any(isinstance(part, Operators) for part in both):
        window, holes = with_holes(as_tensor(both))
    else:
        window, holes = with_holes(both)
    if window == "#":
        listed = [len(part) for part in both if isinstance(part, list | tuple)]
        window = (("#",) * (listed[0] if listed else rank_known(input_)),) * 2
    return sliced(input_, *holes, window=window, name=name)


def rank_known(value):
    """The rank of a value, which has to be known."""
    shape = as_tensor(value).spec.shape
    if shape is None:
        raise ShapeError(f"the rank of {value!r} has to be known: give it a shape")
    return len(shape)


# By masks


def masked_shape(x, mask, axis):
    if mask.dtype is not None and mask.dtype.kind != "b":
        raise DTypeError(f"needs a bool mask, got {mask.dtype}")
    if mask.shape == ():
        raise ShapeError("needs a mask with at least one axis")
    if x.shape is None or mask.shape is None:
        return None
    i = masked_axis(axis, len(x.shape))
    merge(x.shape[i : i + len(mask.shape)], mask.shape)
    return (*x.shape[:i], None, *x.shape[i + len(mask.shape) :])


def masked_axis(axis, rank):
    [i] = axes_of(axis, rank) if rank else [0]
    return i


def mask_index(x, mask, axis):
    return (*(_slice(None),) * masked_axis(axis, np.ndim(x)), mask)


@op(
    name="boolean_mask",
    shape=masked_shape,
    unranked=True,
    agree=(0, 1),
    grad=lambda g, y, x, mask, axis: (put_where(g, x, mask, axis), None),
    examples=[
        args((3,), np.array([True, False, True]), axis=0),
        args((2, 3), np.array([[True, False, True], [False, False, True]]), axis=0),
        args((2, 3), np.array([False, False]), axis=0),
        args((2, 3), np.array([True, False, True]), axis=1),
    ],
)
def masked(x, mask, /, axis):
    """The parts of `x` from `axis` on where `mask` is true."""
    return x[mask_index(x, mask, axis)]


@op(
    shape=lambda g, x, mask, axis: x.shape,
    unranked=True,
    agree=(0, 2),
    grad=lambda h, y, g, x, mask, axis: (masked(h, mask, axis), None, None),
    examples=[
        args((2,), (3,), np.array([True, False, True]), axis=0),
        args((2, 2), (2, 3), np.array([True, False, True]), axis=1),
    ],
)
def put_where(g, x, mask, /, axis):
    """Zeros in the shape of `x`, but for `g` where `mask` is true."""
    result = np.zeros_like(x)
    result[mask_index(x, mask, axis)] = g
    return result


def boolean_mask(
    tensor: Any, mask: Any, name: str = "boolean_mask", axis: int | None = None
) -> Tensor:
    """The parts of `tensor` where `mask`, over its axes from `axis` on, is true.

    >>> df.boolean_mask([[1, 2], [3, 4], [5, 6]], [True, False, True]).eval()
    array([[1, 2],
           [5, 6]], dtype=int32)
    >>> df.boolean_mask([[1, 2], [3, 4]], [[True, False], [True, True]]).eval()
    array([1, 3, 4], dtype=int32)
    """
    rank_known(mask)
    return masked(tensor, mask, 0 if axis is None else axis, name=name)


# Indices


def unraveled_shape(indices, dims):
    count = dims.shape[0] if dims.shape else None
    return None if indices.shape is None else (count, *indices.shape)


@op(
    label="UnravelIndex",
    shape=unraveled_shape,
    unranked=True,
    kinds="iu",
    grad=no_gradient,
    examples=[
        args(np.array([5, 3]), np.array([2, 3])),
        args(np.array(4), np.array([2, 3])),
    ],
)
def unravel_index(indices, dims):
    """What `indices` into an array laid out flat are on each axis of shape `dims`.

    >>> df.unravel_index([5, 1], [2, 3]).eval()  # (1, 2) and (0, 1)
    array([[1, 0],
           [2, 1]], dtype=int32)
    """
    found = np.unravel_index(indices, tuple(dims))
    return np.array(found, np.result_type(indices))
