"""Ops that sort, and those that tell what is in an array and what is not."""

from typing import Any, NamedTuple

import numpy as np

from daskflow.errors import GraphError, ShapeError
from daskflow.graph import Tensor
from daskflow.opdef import no_gradient
from daskflow.ops.array import INT32, out_dtype, shaped_like
from daskflow.ops.define import (
    NUMBERS,
    args,
    axes_of,
    filled_in,
    given_dtype,
    op,
    several,
    without_holes,
)
from daskflow.spec import Spec, merge, shape_text

__all__ = [
    "argsort",
    "searchsorted",
    "setdiff1d",
    "sort",
    "unique",
    "unique_with_counts",
]

ORDERED = "iuf"

# Sort


def along(x, axis, **attrs):
    if x.shape is not None:
        axes_of(axis, len(x.shape))
    return x.shape


_SORTED = [
    args(np.array([[0.3, 0.1, 0.2], [0.5, 0.7, 0.6]]), axis=-1, descending=False),
    args(np.array([[0.3, 0.1], [0.5, 0.7]]), axis=0, descending=True),
    args((0, 2), axis=0, descending=False),
]


@op(
    name="sort",
    shape=along,
    unranked=True,
    kinds=ORDERED,
    grad=lambda g, y, x, axis, descending: shaped_like(
        x, put_along, g, ranks(x, axis, descending), axis=axis
    ),
    examples=_SORTED,
)
def in_order(x, /, axis, descending):
    """`x` sorted along `axis`."""
    values = np.sort(x, axis)
    return np.ascontiguousarray(np.flip(values, axis)) if descending else values


@op(
    name="argsort",
    shape=along,
    dtype=INT32,
    unranked=True,
    kinds=ORDERED,
    grad=no_gradient,
    examples=[*_SORTED, args(np.array([2, 1, 2, 1]), axis=0, descending=True)],
)
def ranks(x, /, axis, descending):
    """The indices that sort `x` along `axis`; those of equals in their order."""
    if not descending:
        return np.argsort(x, axis, kind="stable").astype(INT32)
    order = np.argsort(np.flip(x, axis), axis, kind="stable")
    last = np.shape(x)[axis] - 1
    return np.ascontiguousarray(last - np.flip(order, axis)).astype(INT32)


@op(
    shape=lambda g, indices, *holes, shape, axis: without_holes(shape, holes),
    unranked=True,
    agree=(0, 1),
    kinds=NUMBERS,
    grad=lambda h, y, g, indices, *holes, shape, axis: (
        take_along(h, indices, axis),
        *no_gradient(h, y, indices, *holes),
    ),
    examples=[
        args((2, 3), np.array([[2, 0, 1], [0, 1, 2]]), shape=(2, 3), axis=1),
        args((2, 2), np.array([[1, 2], [0, 1]]), shape=(2, 3), axis=-1),
        args((0,), np.zeros(0, np.int32), shape=(3,), axis=-1),
        args((1,), np.array([1]), np.array([3]), shape="#", axis=-1),
    ],
)
def put_along(g, indices, /, *holes, shape, axis):
    """Zeros in that `shape`, but for `g` at the `indices` along `axis`."""
    result = np.zeros(filled_in(shape, holes), np.result_type(g))
    np.put_along_axis(result, indices, g, axis)
    return result


@op(
    shape=lambda x, indices, axis: indices.shape,
    unranked=True,
    agree=(0, 1),
    kinds=NUMBERS,
    grad=lambda g, y, x, indices, axis: (
        shaped_like(x, put_along, g, indices, axis=axis),
        None,
    ),
    examples=[
        args((2, 3), np.array([[2, 0, 1], [0, 1, 2]]), axis=1),
        args((2, 3), np.array([[1, 2], [0, 1]]), axis=-1),
        args((3,), np.zeros(0, int), axis=-1),
    ],
)
def take_along(x, indices, /, axis):
    """What `x` has at the `indices` along `axis`, no two of which are the same."""
    return np.take_along_axis(x, indices, axis)


def sort(
    values: Any, axis: int = -1, direction: str = "ASCENDING", name: str | None = None
) -> Tensor:
    """`values` sorted along `axis`; the `direction` may be "DESCENDING".

    >>> df.sort([30, 10, 20]).eval()
    array([10, 20, 30], dtype=int32)
    >>> df.sort([[3, 1], [2, 4]], axis=0, direction="DESCENDING").eval()
    array([[3, 4],
           [2, 1]], dtype=int32)
    """
    return in_order(values, axis, descends(direction), name=name)


def argsort(
    values: Any,
    axis: int = -1,
    direction: str = "ASCENDING",
    stable: bool = False,
    name: str | None = None,
) -> Tensor:
    """The indices that sort `values` along `axis`, int32; equals keep their order.

    >>> df.argsort([30, 10, 20]).eval()
    array([1, 2, 0], dtype=int32)
    >>> df.argsort([30, 10, 20], direction="DESCENDING").eval()
    array([0, 2, 1], dtype=int32)
    """
    return ranks(values, axis, descends(direction), name=name)


def descends(direction):
    if direction not in ("ASCENDING", "DESCENDING"):
        raise GraphError(f"direction is ASCENDING or DESCENDING, not {direction!r}")
    return direction == "DESCENDING"


def searched_shape(sorted_sequence, values, side, dtype):
    a, b = sorted_sequence.shape, values.shape
    if a is not None and b is not None and a[:-1] != b[:-1]:
        if len(a) != len(b):
            raise ShapeError(f"needs one rank, got {shape_text(a)}, {shape_text(b)}")
        merge(a[:-1], b[:-1])
    return b


@op(
    name="searchsorted",
    shape=searched_shape,
    dtype=given_dtype,
    unranked=True,
    agree=(0, 2),
    kinds=ORDERED,
    grad=no_gradient,
    examples=[
        args(np.array([1, 3, 5]), np.array([3, 0, 6]), side="left", dtype=INT32),
        args(np.array([[1, 3], [2, 4]]), np.full((2, 1), 3), side="right", dtype=INT32),
    ],
)
def places_in_order(sorted_sequence, values, /, side, dtype):
    """Where each of `values` belongs in the sorted row it goes with."""
    rows = np.reshape(sorted_sequence, (-1, np.shape(sorted_sequence)[-1]))
    wanted = np.reshape(values, (len(rows), np.shape(values)[-1]))
    found = [np.searchsorted(a, v, side) for a, v in zip(rows, wanted, strict=True)]
    return np.reshape(np.array(found, dtype), np.shape(values))


def searchsorted(
    sorted_sequence: Any,
    values: Any,
    side: str = "left",
    out_type: Any = INT32,
    name: str | None = None,
) -> Tensor:
    """Where each of `values` belongs in a sorted row, so that it stays sorted.

    That is before those that are equal, or behind them with the `side` "right". With
    more than one axis, each row of `values` is looked for in its own sorted row.

    >>> df.searchsorted([1, 3, 5], [0, 3, 6]).eval()
    array([0, 1, 3], dtype=int32)
    >>> df.searchsorted([1, 3, 5], [0, 3, 6], side="right").eval()
    array([0, 2, 3], dtype=int32)
    """
    if side not in ("left", "right"):
        raise GraphError(f"side is 'left' or 'right', not {side!r}")
    return places_in_order(
        sorted_sequence, values, side, out_dtype(out_type), name=name
    )


# What is in it


class Unique(NamedTuple):
    """What `unique` gives."""

    y: Tensor
    idx: Tensor


class UniqueWithCounts(NamedTuple):
    """What `unique_with_counts` gives."""

    y: Tensor
    idx: Tensor
    count: Tensor  # type: ignore[assignment]  # a tuple has such a method


class ListDiff(NamedTuple):
    """What `setdiff1d` gives."""

    out: Tensor
    idx: Tensor


def unique_specs(x, dtype):
    check_vector(x)
    return [Spec(x.dtype, (None,)), Spec(dtype, x.shape or (None,))]


def check_vector(x):
    if x.shape is not None and len(x.shape) != 1:
        raise ShapeError(f"needs a vector, got {x}")


def found_once(x, dtype):
    """Each value of `x` once, in their first order; its place there, and how often."""
    x = np.asarray(x)
    _, first, inverse, counts = (
        np.unique(
            x,
            return_index=True,
            return_inverse=True,
            return_counts=True,
            equal_nan=False,
        )
        if x.size
        else (x, *[np.zeros(0, np.intp)] * 3)
    )
    order = np.argsort(first)
    places = np.empty_like(order)
    places[order] = np.arange(len(order))
    return x[first[order]], places[inverse].astype(dtype), counts[order].astype(dtype)


_VALUES = [
    args(np.array([3, 1, 3, 2, 1]), dtype=INT32),
    args(np.zeros(0, np.float32), dtype=INT32),
]


@several(
    label="Unique",
    name="unique",
    specs=unique_specs,
    grad=no_gradient,
    examples=_VALUES,
)
def once(x, /, dtype):
    """Each value of `x` once, and where each element's value stands there."""
    return found_once(x, dtype)[:2]


@several(
    label="UniqueWithCounts",
    name="unique_with_counts",
    specs=lambda x, dtype: [*unique_specs(x, dtype), Spec(dtype, (None,))],
    grad=no_gradient,
    examples=_VALUES,
)
def counted(x, /, dtype):
    """As `unique`, and how often each value is there."""
    return found_once(x, dtype)


def unique(x: Any, out_idx: Any = INT32, name: str | None = None) -> Unique:
    """Each value of a vector once, `y`, and `idx`, where `x` finds its values there.

    In the order in which they come first. `ShapeError` unless it is a vector.

    >>> y, idx = df.unique([7, 5, 7, 7])
    >>> session.run([y, idx])
    [array([7, 5], dtype=int32), array([0, 1, 0, 0], dtype=int32)]
    """
    return Unique(*once(x, out_dtype(out_idx), name=name))


def unique_with_counts(
    x: Any, out_idx: Any = INT32, name: str | None = None
) -> UniqueWithCounts:
    """As `unique`, and the `count` of each value.

    >>> y, idx, count = df.unique_with_counts([7, 5, 7, 7])
    >>> session.run([y, count])
    [array([7, 5], dtype=int32), array([3, 1], dtype=int32)]
    """
    return UniqueWithCounts(*counted(x, out_dtype(out_idx), name=name))


def difference_specs(x, y, dtype):
    check_vector(x)
    check_vector(y)
    return [Spec(x.dtype, (None,)), Spec(dtype, (None,))]


@several(
    label="ListDiff",
    name="setdiff1d",
    specs=difference_specs,
    agree=(0, 2),
    grad=no_gradient,
    examples=[args(np.array([3, 1, 2, 1]), np.array([1]), dtype=INT32)],
)
def difference(x, y, /, dtype):
    """The elements of `x` that are not in `y`, and where they stand."""
    kept = np.flatnonzero(~np.isin(x, y))
    return np.asarray(x)[kept], kept.astype(dtype)


def setdiff1d(
    x: Any, y: Any, index_dtype: Any = INT32, name: str | None = None
) -> ListDiff:
    """The elements of `x` that are not in `y`, `out`, and where they stand, `idx`.

    >>> session.run(df.setdiff1d([1, 2, 3, 4], [1, 3]))
    ListDiff(out=array([2, 4], dtype=int32), idx=array([1, 3], dtype=int32))
    """
    return ListDiff(*difference(x, y, out_dtype(index_dtype), name=name))
