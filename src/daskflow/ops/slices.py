"""Rows of a tensor of which most are zero: the gradient of what was only gathered."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, NamedTuple, NoReturn, TypeVar

from daskflow.errors import GraphError
from daskflow.graph import Composite, Consumers, Graph, Operation, Tensor, apply
from daskflow.opdef import OPS
from daskflow.ops.define import (
    with_holes,
    without_holes,
)
from daskflow.spec import DType, TensorShape
from daskflow.values import as_tensor

__all__ = ["IndexedSlices", "IndexedSlicesValue"]


class IndexedSlicesValue(NamedTuple):
    """What fetching `IndexedSlices` gives.

    >>> table = df.constant([[1.0], [2.0], [3.0]])
    >>> gradient = df.gradients(df.gather(table, [2, 0]), table)[0]
    >>> value = session.run(gradient)
    >>> value.indices
    array([2, 0], dtype=int32)
    >>> value.values, value.dense_shape
    (array([[1.],
           [1.]], dtype=float32), array([3, 1], dtype=int32))
    """

    values: Any
    indices: Any
    dense_shape: Any


class IndexedSlices(Composite):
    """Rows `values[i]` at the places `indices[i]` of a tensor of zeros.

    Rows of one place add up. It is the gradient with respect to what an op gathers
    rows from; where an op takes a tensor, it stands for the dense one, of
    `dense_shape`.

    >>> rows = df.IndexedSlices([[1.0], [2.0], [4.0]], [0, 2, 0], [3, 1])
    >>> df.convert_to_tensor(rows).eval()
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
        index = apply(OPS["expand_dims"], (self.indices,), {"axis": -1})
        values = (index, self.values, *holes)
        name = name or "UnsortedSegmentSum"  # as TensorFlow names it
        return apply(OPS["scatter_nd"], values, {"shape": shape}, name)

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


Function = TypeVar("Function", bound=Callable[..., Any])


def on_rows(function: Function) -> Function:
    """The same function, which given `IndexedSlices` first works on their rows."""
    first = next(iter(inspect.signature(function).parameters))

    @functools.wraps(function)
    def on_either(*args: Any, **kwargs: Any) -> Any:
        given = args[0] if args else kwargs.get(first)
        if not isinstance(given, IndexedSlices):
            return function(*args, **kwargs)
        kwargs.pop(first, None)
        return given.like(function(given.values, *args[1:], **kwargs))

    return on_either  # type: ignore[return-value]  # it takes what the function takes
