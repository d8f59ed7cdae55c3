"""Rows of a tensor of which most are zero: the gradient of what was only gathered."""

from __future__ import annotations

from typing import Any, NamedTuple, NoReturn

import numpy as np

from daskflow.errors import DTypeError, GraphError
from daskflow.graph import (
    Composite,
    Consumers,
    Graph,
    Operation,
    Tensor,
    as_tensor,
)
from daskflow.opdef import no_gradient
from daskflow.ops.define import (
    args,
    filled_in,
    op,
    with_holes,
    without_holes,
)
from daskflow.spec import DType, TensorShape

__all__ = ["IndexedSlices", "IndexedSlicesValue"]


class IndexedSlicesValue(NamedTuple):
    """What fetching `IndexedSlices` gives."""

    values: Any
    indices: Any
    dense_shape: Any


class IndexedSlices(Composite):
    """Rows `values[i]` at the places `indices[i]` of a tensor of zeros.

    Rows of one place add up. It is the gradient with respect to what an op gathers
    rows from; where an op takes a tensor, it stands for the dense one, of
    `dense_shape`.

    >>> import daskflow as df
    >>> with df.Graph().as_default(), df.Session("sync") as session:
    ...     rows = IndexedSlices([[1.0], [2.0], [4.0]], [0, 2, 0], [3, 1])
    ...     session.run(df.convert_to_tensor(rows))
    array([[5.],
           [0.],
           [2.]], dtype=float32)
    """

    __slots__ = ("dense_shape", "indices", "values")

    def __init__(self, values: Any, indices: Any, dense_shape: Any = None) -> None:
        self.values = as_tensor(values)
        self.indices = as_tensor(indices)
        self.dense_shape = None if dense_shape is None else as_tensor(dense_shape)

    @property
    def parts(self) -> IndexedSlicesValue:
        """The tensors that it is made of; `dense_shape` may be None."""
        return IndexedSlicesValue(self.values, self.indices, self.dense_shape)

    def dense(self, name: str | None = None) -> Tensor:
        """The tensor that it stands for; `GraphError` without a `dense_shape`."""
        if self.dense_shape is None:
            raise GraphError(
                f"{self!r} stands for a tensor only if it has a dense_shape"
            )
        shape, holes = with_holes(self.dense_shape)
        return rows_in_zeros(self.values, self.indices, *holes, shape=shape, name=name)

    def like(self, values: Any) -> IndexedSlices:
        """Other `values` at the same places."""
        return IndexedSlices(values, self.indices, self.dense_shape)

    @property
    def dtype(self) -> DType | None:
        """The dtype of the values."""
        return self.values.dtype

    @property
    def shape(self) -> TensorShape:
        """The static shape of the dense tensor."""
        if self.dense_shape is None:
            return TensorShape(None)
        shape, holes = with_holes(self.dense_shape)
        return TensorShape(without_holes(shape, [hole.spec for hole in holes]))

    @property
    def name(self) -> str:
        """The name of the values."""
        return self.values.name

    @property
    def op(self) -> Operation:
        """The operation that gives the values."""
        return self.values.op

    @property
    def graph(self) -> Graph:
        """The graph that it belongs to."""
        return self.values.graph

    @property
    def device(self) -> str:
        """Nowhere in particular: a scheduler places each run anew."""
        return ""

    def consumers(self) -> list[Operation]:
        """The operations that take one of its tensors."""
        return Consumers([t for t in self.parts if t is not None])()

    def __neg__(self) -> IndexedSlices:  # type: ignore[override]  # as rows, too
        return self.like(-self.values)

    def __repr__(self) -> str:
        return (
            f"<IndexedSlices {self.values.name!r} {self.values.spec} "
            f"at {self.indices.name!r}>"
        )

    def __reduce__(self) -> NoReturn:
        raise TypeError(f"{self!r} belongs to its graph and cannot be pickled")


def without_duplicates(slices: IndexedSlices) -> IndexedSlices:
    """The same tensor with each place once: the rows of one place added up."""
    values = sum_by_place(slices.values, slices.indices)
    return IndexedSlices(values, places(slices.indices), slices.dense_shape)


# Rows by number


def check_places(indices, length):
    """Raise ValueError unless all of `indices` count from 0 to below `length`."""
    wrong = (indices < 0) | (indices >= length)
    if wrong.any():
        place = np.argwhere(wrong)[0].tolist()
        value = indices[tuple(place)]
        raise ValueError(f"indices{place} = {value} is not in [0, {length})")


def ints_only(indices):
    """Raise `DTypeError` unless indices of that spec can be used."""
    if indices.dtype is not None and indices.dtype.kind not in "iu":
        raise DTypeError(f"expected indices that are ints, got {indices}")


def rows_shape(values, indices, *holes, shape):
    ints_only(indices)
    return without_holes(shape, holes)


def rows_grad(g, y, values, indices, *holes, shape):
    return (gather_rows(g, indices), *[None] * (1 + len(holes)))


INT64 = np.dtype(np.int64)
PLACES = np.array([2, 0, 2])


@op(
    shape=rows_shape,
    grad=rows_grad,
    agree=(0, 1),
    unranked=True,
    examples=[
        args((3, 2), PLACES, shape=(4, 2)),
        args((3,), PLACES, shape=(3,)),
        args((0, 2), np.zeros(0, np.int32), shape=(2, 2)),
        args((3, 2, 2), PLACES, np.int32(4), shape=("#", 2, 2)),
    ],
)
def rows_in_zeros(values, indices, /, *holes, shape):
    """Zeros of `shape`, to whose rows at `indices` the `values` are added."""
    return added_up(values, indices, filled_in(shape, holes))


def added_up(values, indices, shape):
    dense = np.zeros(shape, values.dtype)
    check_places(indices, len(dense))
    np.add.at(dense, indices, values)
    return dense


def picked_shape(x, indices):
    return None if not x.shape else (*indices.shape, *x.shape[1:])


def picked_grad(g, y, x, indices):
    return rows_like(g, indices, x), None


@op(
    shape=picked_shape,
    grad=picked_grad,
    agree=(0, 1),
    examples=[args((4, 2), PLACES), args((3,), PLACES), args((2, 2), PLACES[:0])],
)
def gather_rows(x, indices):
    """The rows of `x` at `indices`."""
    check_places(indices, len(x))
    return x[indices]


def like_grad(g, y, values, indices, x):
    return gather_rows(g, indices), None, None


@op(
    shape=lambda values, indices, x: x.shape,
    grad=like_grad,
    agree=(0, 1),
    unranked=True,
    examples=[args((3, 2), PLACES, (4, 2)), args((0,), PLACES[:0], (2,))],
)
def rows_like(values, indices, x):
    """Zeros in the shape of `x`, to whose rows at `indices` the `values` are added."""
    return added_up(values, indices, np.shape(x))


def summed_shape(values, indices):
    return None if values.shape is None else (None, *values.shape[1:])


@op(
    shape=summed_shape,
    agree=(0, 1),
    examples=[args((3, 2), PLACES)],
    grad=lambda g, y, values, indices: (gather_rows(g, ranks(indices)), None),
)
def sum_by_place(values, indices):
    """The sums of the rows of each place, in the order of the places."""
    places, ranks = np.unique(indices, return_inverse=True)
    sums = np.zeros((len(places), *values.shape[1:]), values.dtype)
    np.add.at(sums, ranks, values)
    return sums


@op(shape=lambda indices: (None,), examples=[args(PLACES)], grad=no_gradient)
def places(indices):
    """Each of `indices` once, in ascending order."""
    return np.unique(indices)


@op(
    shape=lambda indices: indices.shape,
    examples=[args(PLACES)],
    dtype=INT64,
    grad=no_gradient,
)
def ranks(indices):
    """Where each of `indices` stands among `places`."""
    return np.unique(indices, return_inverse=True)[1]
