"""Changes to parts of a variable, which numbers of rows or whole indices name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from daskflow.buffers import empty
from daskflow.errors import DTypeError, OutOfRangeError, ShapeError
from daskflow.graph import Stored, Tensor, apply, graph_of
from daskflow.opdef import OPS
from daskflow.ops.array import expand_dims
from daskflow.ops.define import NUMBERS, op
from daskflow.ops.gathering import check_ints, checked
from daskflow.ops.math import subtract
from daskflow.ops.slices import IndexedSlices
from daskflow.spec import merge, shape_text
from daskflow.values import as_tensor

__all__ = [
    "batch_scatter_update",
    "count_up_to",
    "scatter_add",
    "scatter_div",
    "scatter_max",
    "scatter_min",
    "scatter_mul",
    "scatter_nd_add",
    "scatter_nd_sub",
    "scatter_nd_update",
    "scatter_sub",
    "scatter_update",
]


def _replace(array, index, updates):
    array[index] = updates


def _divide(array, index, updates):
    if array.dtype.kind in "fc":
        np.divide.at(array, index, updates)
        return
    if not np.all(updates):
        raise ValueError("ints are divided by zero")
    signs = np.sign(array)
    np.multiply.at(signs, index, np.sign(updates))
    np.abs(array, out=array)
    np.floor_divide.at(array, index, np.abs(updates))  # towards zero
    array *= signs


CHANGES: dict[str, Callable[[Any, Any, Any], None]] = {
    "update": _replace,
    "add": np.add.at,
    "sub": np.subtract.at,
    "mul": np.multiply.at,
    "div": _divide,
    "min": np.minimum.at,
    "max": np.maximum.at,
}
"""Kind of change -> what makes it in an array, in place, at an index."""

# What `by` says of the indices: each is the number of a row; or a last axis holds all
# parts of an index; or that, but the axes before it are those of the variable, too.
ROW, INDEX, BATCH = "row", "index", "batch"


def _places(indices, shape, by):
    """The shape of all the places, and that of what stands at each of them."""
    if by == ROW:
        if not shape:
            raise ShapeError("expected a variable with rows, got a single number")
        return indices, shape[1:]
    if not indices:
        raise ShapeError("indices need a last axis, for the parts of an index")
    depth = indices[-1]
    given = len(indices) - 2 if by == BATCH else 0
    if depth is None:
        return None
    if depth + given > len(shape):
        raise ShapeError(
            f"indices {shape_text(indices)} have {depth} parts each, too many for a "
            f"variable {shape_text(shape)}"
        )
    return indices[:-1], shape[depth + given :]


def _scattered_shape(variable, updates, indices, by):
    check_ints(indices)
    if None in (variable.shape, updates.shape, indices.shape):
        return variable.shape
    parts = _places(indices.shape, variable.shape, by)
    if parts and (updates.shape or by != ROW):
        merge(parts[0] + parts[1], updates.shape)
    return variable.shape


def _index(indices, shape, by):
    """What NumPy indexes an array of that shape by."""
    if by == ROW:
        return (checked(indices, shape[0]),)
    parts = tuple(np.moveaxis(indices, -1, 0))
    if by == BATCH:
        parts = (*np.ogrid[tuple(map(slice, indices.shape[:-1]))][:-1], *parts)
    return tuple(map(checked, parts, shape))


def _define(kind: str) -> None:
    change = CHANGES[kind]

    @op(
        label=f"Scatter{kind.capitalize()}",
        name=f"scatter_{kind}",
        role="update",
        shape=_scattered_shape,
        agree=(0, 2),
        kinds="" if kind == "update" else NUMBERS,
        unranked=True,
    )
    def scattered(variable, updates, indices, /, by):
        """A variable's new value: changed where `indices` point, by `updates`."""
        places, row = _places(indices.shape, variable.shape, by)
        if np.ndim(updates) or by != ROW:
            merge(places + row, np.shape(updates))
        value = empty(variable.shape, variable.dtype)
        value[...] = variable
        change(value, _index(indices, variable.shape, by), updates)
        return value


for _kind in CHANGES:
    _define(_kind)


def scatter(
    kind: str, ref: Any, indices: Any, updates: Any, name: str | None, by: str = ROW
) -> Tensor:
    """The tensor that changes the variable `ref` and gives its new value."""
    if not isinstance(ref, Stored):
        raise DTypeError(f"only a variable can be changed, got {ref!r}")
    defined = OPS[f"scatter_{kind}"]
    label = defined.label if by == ROW else f"ScatterNd{kind.capitalize()}"
    values = (ref.tensor, updates, indices)
    return apply(defined, values, {"by": by}, name or label)


def scatter_update(
    ref: Any,
    indices: Any,
    updates: Any,
    use_locking: bool = True,
    name: str | None = None,
) -> Tensor:
    """Replace the rows of the variable `ref` at `indices` by `updates`.

    `updates` has the shape of `indices` and then that of a row, or is one number for
    all. The tensor gives the new value of the variable. Of several updates to one row
    the last one stays. `indices` that are not in `[0, rows)` fail in the run:
    `InvalidArgumentError`. A run is a transaction, so `use_locking` changes nothing.

    >>> w = df.Variable([1.0, 2.0, 3.0])
    >>> df.scatter_update(w, [2, 0], [10.0, 20.0]).eval()
    array([20.,  2., 10.], dtype=float32)
    >>> w.eval()
    array([20.,  2., 10.], dtype=float32)
    """
    return scatter("update", ref, indices, updates, name)


def scatter_add(
    ref: Any,
    indices: Any,
    updates: Any,
    use_locking: bool = False,
    name: str | None = None,
) -> Tensor:
    """Add `updates` to the rows of `ref` at `indices`; all of them where they repeat.

    See `scatter_update`.

    >>> w = df.Variable([[1.0, 2.0], [3.0, 4.0]])
    >>> df.scatter_add(w, [1, 1], [[10.0, 10.0], [5.0, 5.0]]).eval()
    array([[ 1.,  2.],
           [18., 19.]], dtype=float32)
    """
    return scatter("add", ref, indices, updates, name)


def scatter_sub(
    ref: Any,
    indices: Any,
    updates: Any,
    use_locking: bool = False,
    name: str | None = None,
) -> Tensor:
    """Subtract `updates` from the rows of `ref` at `indices`; see `scatter_update`.

    >>> w = df.Variable([10.0, 20.0, 30.0])
    >>> df.scatter_sub(w, [2, 0], [1.0, 2.0]).eval()
    array([ 8., 20., 29.], dtype=float32)
    """
    return scatter("sub", ref, indices, updates, name)


def scatter_mul(
    ref: Any,
    indices: Any,
    updates: Any,
    use_locking: bool = False,
    name: str | None = None,
) -> Tensor:
    """Multiply the rows of `ref` at `indices` by `updates`; see `scatter_update`.

    >>> w = df.Variable([10.0, 20.0, 30.0])
    >>> df.scatter_mul(w, [0, 0], [2.0, 3.0]).eval()
    array([60., 20., 30.], dtype=float32)
    """
    return scatter("mul", ref, indices, updates, name)


def scatter_div(
    ref: Any,
    indices: Any,
    updates: Any,
    use_locking: bool = False,
    name: str | None = None,
) -> Tensor:
    """Divide the rows of `ref` at `indices` by `updates`; see `scatter_update`.

    >>> w = df.Variable([10.0, 20.0, 30.0])
    >>> df.scatter_div(w, [2, 0], [4.0, 5.0]).eval()
    array([ 2. , 20. ,  7.5], dtype=float32)
    """
    return scatter("div", ref, indices, updates, name)


def scatter_min(
    ref: Any,
    indices: Any,
    updates: Any,
    use_locking: bool = False,
    name: str | None = None,
) -> Tensor:
    """Keep of the rows of `ref` at `indices` what is less, else `updates`.

    See `scatter_update`.

    >>> w = df.Variable([10.0, 20.0, 30.0])
    >>> df.scatter_min(w, [0, 2], [25.0, 25.0]).eval()
    array([10., 20., 25.], dtype=float32)
    """
    return scatter("min", ref, indices, updates, name)


def scatter_max(
    ref: Any,
    indices: Any,
    updates: Any,
    use_locking: bool = False,
    name: str | None = None,
) -> Tensor:
    """Keep of the rows of `ref` at `indices` what is greater, else `updates`.

    See `scatter_update`.

    >>> w = df.Variable([10.0, 20.0, 30.0])
    >>> df.scatter_max(w, [0, 2], [25.0, 25.0]).eval()
    array([25., 20., 30.], dtype=float32)
    """
    return scatter("max", ref, indices, updates, name)


def scatter_nd_update(
    ref: Any,
    indices: Any,
    updates: Any,
    use_locking: bool = True,
    name: str | None = None,
) -> Tensor:
    """Replace parts of the variable `ref` by `updates`.

    The last axis of `indices` holds the parts of one index, into the first axes of
    `ref`; `updates` has the shape of the other axes of `indices` and then that of what
    stands at one index. See `scatter_update`.

    >>> w = df.Variable([[1.0, 2.0], [3.0, 4.0]])
    >>> df.scatter_nd_update(w, [[0, 1], [1, 0]], [10.0, 20.0]).eval()
    array([[ 1., 10.],
           [20.,  4.]], dtype=float32)
    """
    return scatter("update", ref, indices, updates, name, INDEX)


def scatter_nd_add(
    ref: Any,
    indices: Any,
    updates: Any,
    use_locking: bool = False,
    name: str | None = None,
) -> Tensor:
    """Add `updates` to parts of the variable `ref`; see `scatter_nd_update`.

    >>> w = df.Variable([[1.0, 2.0], [3.0, 4.0]])
    >>> df.scatter_nd_add(w, [[0, 1], [0, 1]], [10.0, 20.0]).eval()
    array([[ 1., 32.],
           [ 3.,  4.]], dtype=float32)
    """
    return scatter("add", ref, indices, updates, name, INDEX)


def scatter_nd_sub(
    ref: Any,
    indices: Any,
    updates: Any,
    use_locking: bool = False,
    name: str | None = None,
) -> Tensor:
    """Subtract `updates` from parts of the variable `ref`; see `scatter_nd_update`.

    >>> w = df.Variable([[1.0, 2.0], [3.0, 4.0]])
    >>> df.scatter_nd_sub(w, [[1]], [[10.0, 20.0]]).eval()
    array([[  1.,   2.],
           [ -7., -16.]], dtype=float32)
    """
    return scatter("sub", ref, indices, updates, name, INDEX)


def batch_scatter_update(
    ref: Any,
    indices: Any,
    updates: Any,
    use_locking: bool = True,
    name: str | None = None,
) -> Tensor:
    """Replace rows of `ref` by `updates`, in each of the batches that it is made of.

    All but the last axis of `indices` are axes of `ref` too; the last one numbers rows
    of the batch.

    >>> w = df.Variable([[1.0, 2.0], [3.0, 4.0]])
    >>> df.batch_scatter_update(w, [[1], [0]], [[20.0], [30.0]]).eval()
    array([[ 1., 20.],
           [30.,  4.]], dtype=float32)
    """
    indices = expand_dims(as_tensor(indices), -1)
    return scatter("update", ref, indices, updates, name, BATCH)


# Counting


@op(
    name="count_up_to",
    role="update",
    agree=(0, 1),
    kinds="iu",
    shape=lambda variable, limit: variable.shape,
)
def _counted(variable, /, limit):
    """A variable's new value, larger by 1; it may not be over `limit`."""
    if variable >= limit:
        raise OutOfRangeError(None, None, f"reached the limit of {limit}")
    return variable + variable.dtype.type(1)


def count_up_to(ref: Any, limit: int, name: str | None = None) -> Tensor:
    """Add 1 to the int variable `ref`, and give what it was before.

    Where that has reached `limit`, the run fails with `OutOfRangeError`.

    >>> step = df.Variable(0)
    >>> count = df.count_up_to(step, 2)
    >>> count.eval(), count.eval()
    (np.int32(0), np.int32(1))
    >>> count.eval()
    Traceback (most recent call last):
    ...
    daskflow.errors.OutOfRangeError: ...
    """
    if not isinstance(ref, Stored):
        raise DTypeError(f"only a variable can be changed, got {ref!r}")
    with graph_of((ref,)).name_scope(name or "CountUpTo") as scope:
        after = apply(OPS["count_up_to"], (ref.tensor,), {"limit": int(limit)}, "next")
        return subtract(after, 1, name=scope)


# The same as methods


def _by_slices(kind: str) -> Callable[..., Tensor]:
    def method(
        self: Changeable,
        sparse_delta: IndexedSlices,
        use_locking: bool = False,
        name: str | None = None,
    ) -> Tensor:
        delta = _slices(sparse_delta)
        return scatter(kind, self, delta.indices, delta.values, name)

    method.__doc__ = f"See `daskflow.scatter_{kind}`; `IndexedSlices` give the rows."
    return method


def _by_index(kind: str) -> Callable[..., Tensor]:
    def method(
        self: Changeable, indices: Any, updates: Any, name: str | None = None
    ) -> Tensor:
        return scatter(kind, self, indices, updates, name, INDEX)

    method.__doc__ = f"See `daskflow.scatter_nd_{kind}`."
    return method


def _slices(value: Any) -> IndexedSlices:
    if not isinstance(value, IndexedSlices):
        raise DTypeError(f"expected IndexedSlices, got {value!r}")
    return value


class Changeable(Stored):
    """What a variable has for methods to change a part of it."""

    __slots__ = ()

    scatter_add = _by_slices("add")
    scatter_div = _by_slices("div")
    scatter_max = _by_slices("max")
    scatter_min = _by_slices("min")
    scatter_mul = _by_slices("mul")
    scatter_sub = _by_slices("sub")
    scatter_update = _by_slices("update")
    scatter_nd_add = _by_index("add")
    scatter_nd_sub = _by_index("sub")
    scatter_nd_update = _by_index("update")

    def batch_scatter_update(
        self,
        sparse_delta: IndexedSlices,
        use_locking: bool = False,
        name: str | None = None,
    ) -> Tensor:
        """See `daskflow.batch_scatter_update`; `IndexedSlices` give the rows."""
        delta = _slices(sparse_delta)
        return batch_scatter_update(self, delta.indices, delta.values, name=name)

    def count_up_to(self, limit: int) -> Tensor:
        """See `daskflow.count_up_to`."""
        return count_up_to(self, limit)
