"""Ops that gather what stands at indices and scatter values to them."""

import math
from typing import Any

import numpy as np

from daskflow.errors import DTypeError, GraphError, ShapeError
from daskflow.graph import Tensor
from daskflow.opdef import no_gradient
from daskflow.ops.array import NO_INPUTS, reshape, shape, zeros_like
from daskflow.ops.define import (
    NUMBERS,
    args,
    axes_of,
    common_dtype,
    filled_in,
    op,
    several,
    with_holes,
    without_holes,
)
from daskflow.ops.indexing import rank_known
from daskflow.ops.joining import concat, whole
from daskflow.ops.known import is_full, known_value
from daskflow.ops.slices import IndexedSlices
from daskflow.spec import Spec, merge, spec_of
from daskflow.values import as_tensor

__all__ = [
    "batch_gather",
    "dynamic_partition",
    "dynamic_stitch",
    "gather",
    "gather_nd",
    "scatter_nd",
    "tensor_scatter_add",
    "tensor_scatter_nd_add",
    "tensor_scatter_nd_sub",
    "tensor_scatter_nd_update",
    "tensor_scatter_sub",
    "tensor_scatter_update",
]

# Rows and elements


def checked(indices, n, what="an axis"):
    """`indices`, none of which is outside of `0 <= index < n`."""
    indices = np.asarray(indices)
    if indices.size and not (indices.min() >= 0 and indices.max() < n):
        wrong = indices.min() if indices.min() < 0 else indices.max()
        raise ValueError(f"index {wrong} is outside of {what} of length {n}")
    return indices


def check_ints(indices):
    if indices.dtype is not None and indices.dtype.kind not in "iu":
        raise DTypeError(f"needs indices that are ints, got {indices.dtype}")


def gathered_shape(params, indices, axis, batch_dims):
    check_ints(indices)
    if params.shape is None or indices.shape is None:
        return None
    [i] = axes_of(axis, len(params.shape))
    batch_dims = batch_rank(batch_dims, indices.shape)
    if batch_dims > i:
        raise ShapeError(f"needs batch_dims <= axis, got {batch_dims} and {axis}")
    batch = merge(params.shape[:batch_dims], indices.shape[:batch_dims]) or ()
    middle = params.shape[batch_dims:i]
    return (*batch, *middle, *indices.shape[batch_dims:], *params.shape[i + 1 :])


def batch_rank(batch_dims, shape):
    """`batch_dims`, counted from the front."""
    if not -len(shape) <= batch_dims <= len(shape):
        raise ShapeError(
            f"indices of rank {len(shape)} have no {batch_dims} batch_dims"
        )
    return batch_dims + len(shape) if batch_dims < 0 else batch_dims


def gather_grad(g, y, params, indices, axis, batch_dims):
    if axis == batch_dims == 0:
        return rows_at(g, params, indices), None
    return put_rows(g, params, indices, axis, batch_dims), None


@op(
    label="GatherV2",
    name="gather",
    shape=gathered_shape,
    unranked=True,
    agree=(0, 1),
    grad=gather_grad,
    examples=[
        args((4, 2), np.array([3, 0, 3]), axis=0, batch_dims=0),
        args((4,), np.array(2), axis=0, batch_dims=0),
        args((2, 3), np.array([[1, 1], [0, 2]]), axis=-1, batch_dims=0),
        args((2, 3), np.zeros(0, np.int64), axis=1, batch_dims=0),
        args((2, 3, 2), np.array([[2, 0], [1, 1]]), axis=1, batch_dims=1),
        args((2, 2, 3), np.array([[2], [1]]), axis=2, batch_dims=1),
    ],
)
def gathered(params, indices, /, axis, batch_dims):
    """The parts of `params` along `axis` that have these `indices`."""
    [i] = axes_of(axis, np.ndim(params))
    checked(indices, np.shape(params)[i])
    batch_dims = batch_rank(batch_dims, np.shape(indices))
    if not batch_dims:
        return np.take(params, indices, axis)
    rows = np.moveaxis(params, i, batch_dims)
    found = rows[(*batch_index(np.shape(indices), batch_dims), indices)]
    return np.ascontiguousarray(between(found, i, batch_dims, np.ndim(indices)))


def rows_at(g, params, indices):
    """`g` as rows of a tensor of zeros like `params`, at `indices`."""
    lengths = params.spec.shape
    if lengths is None or None in lengths:
        dense: Any = shape(params)
        rows = reshape(g, concat([[-1], dense[1:]], 0))
    else:
        dense, rows = list(lengths), reshape(g, [-1, *lengths[1:]])
    if lengths is not None:
        rows.set_shape([indices.shape.num_elements(), *lengths[1:]])
    return IndexedSlices(rows, reshape(indices, [-1]), dense)


def batch_index(shape, batch_dims):
    """Indices that give each entry its own place along the first axes."""
    return tuple(np.indices(shape, sparse=True)[:batch_dims])


def between(found, axis, batch_dims, rank):
    """`found` with the axes that stood before `axis` in front of those of indices."""
    count = axis - batch_dims
    return np.moveaxis(
        found, range(rank, rank + count), range(batch_dims, batch_dims + count)
    )


@op(
    shape=lambda g, params, indices, **attrs: params.shape,
    unranked=True,
    agree=(0, 2),
    grad=lambda h, y, g, params, indices, axis, batch_dims: (
        gathered(h, indices, axis, batch_dims),
        None,
        None,
    ),
    examples=[
        args((3, 2), (4, 2), np.array([3, 0, 3]), axis=0, batch_dims=0),
        args((2, 2, 2), (2, 3), np.array([[1, 1], [0, 2]]), axis=-1, batch_dims=0),
        args((2, 2, 2), (2, 3, 2), np.array([[2, 0], [1, 1]]), axis=1, batch_dims=1),
        args((2, 2, 1), (2, 2, 3), np.array([[2], [1]]), axis=2, batch_dims=1),
        args((0, 2), (4, 2), np.zeros(0, np.int64), axis=0, batch_dims=0),
    ],
)
def put_rows(g, params, indices, /, axis, batch_dims):
    """Zeros in the shape of `params`, to which `g` is added where it was gathered."""
    shape, rank = np.shape(params), np.ndim(indices)
    [i] = axes_of(axis, len(shape))
    batch_dims = batch_rank(batch_dims, np.shape(indices))
    count = i - batch_dims
    rows = np.moveaxis(
        g, range(batch_dims, batch_dims + count), range(rank, rank + count)
    )
    moved = (*shape[:batch_dims], shape[i], *shape[batch_dims:i], *shape[i + 1 :])
    places = (*batch_index(np.shape(indices), batch_dims), indices)
    flat = flat_index(places, moved[: batch_dims + 1], np.shape(indices))
    total = sums_of_rows(flat, rows, moved, batch_dims + 1)
    return np.ascontiguousarray(np.moveaxis(total, batch_dims, i))


def flat_index(places, shape, of_shape):
    """Indices along several axes as indices into those axes laid out as one."""
    if not places:
        return np.zeros(of_shape, np.intp)
    wide = np.broadcast_arrays(*places)
    return np.reshape(np.ravel_multi_index(wide, shape), of_shape)


def sums_of_rows(indices, rows, shape, depth):
    """An array of that shape: at each index into its first `depth` axes, laid out as
    one, the sum of the `rows` that have it.
    """
    # NumPy adds many times faster at single elements of a flat array than at rows.
    width = math.prod(shape[depth:])
    places = np.add.outer(np.ravel(indices) * width, np.arange(width))
    result = np.zeros(math.prod(shape), rows.dtype)
    np.add.at(result, np.ravel(places), np.ravel(rows))
    return np.reshape(result, shape)


def gather(
    params: Any,
    indices: Any,
    validate_indices: Any = None,
    name: str | None = None,
    axis: Any = None,
    batch_dims: int = 0,
) -> Tensor:
    """The parts of `params` along `axis` that have these `indices`.

    The axes of `indices` stand where `axis` was; that is the first one behind the
    `batch_dims` unless given. Along those, each part of `params` is taken by its own
    part of `indices`. An index outside of `0 <= index < length` fails the run.

    >>> params = [[1, 2], [3, 4], [5, 6]]
    >>> df.gather(params, [2, 0]).eval()
    array([[5, 6],
           [1, 2]], dtype=int32)
    >>> df.gather(params, [1], axis=1).eval()
    array([[2],
           [4],
           [6]], dtype=int32)
    >>> df.gather(params, [0, 1, 1], batch_dims=1).eval()
    array([1, 4, 6], dtype=int32)
    """
    axis = batch_dims if axis is None else axis
    return gathered(params, indices, axis, batch_dims, name=name)


def batch_gather(params: Any, indices: Any, name: str | None = None) -> Tensor:
    """The parts of `params` along the last axis of `indices`, all others a batch.

    >>> df.batch_gather([[1, 2, 3], [4, 5, 6]], [[2, 0], [1, 1]]).eval()
    array([[3, 1],
           [5, 5]], dtype=int32)
    """
    return gather(params, indices, name=name, batch_dims=rank_known(indices) - 1)


def elements_shape(params, indices, batch_dims):
    check_ints(indices)
    if params.shape is None or indices.shape is None or indices.shape[-1:] == (None,):
        return None
    return (
        *indices.shape[:-1],
        *params.shape[
            batch_dims + index_depth(params.shape, indices.shape, batch_dims) :
        ],
    )


def index_depth(shape, indices, batch_dims):
    """How many axes an index into that shape goes through, behind the batch."""
    if len(indices) < batch_dims + 1:
        raise ShapeError(f"indices of rank {len(indices)} need one more axis")
    depth = indices[-1]
    if depth > len(shape) - batch_dims:
        raise ShapeError(
            f"{depth} indices are too many for a value of rank {len(shape)}"
        )
    return depth


@op(
    label="GatherNd",
    name="gather_nd",
    shape=elements_shape,
    unranked=True,
    agree=(0, 1),
    grad=lambda g, y, params, indices, batch_dims: (
        put_elements(g, params, indices, batch_dims),
        None,
    ),
    examples=[
        args((2, 3), np.array([[0, 1], [1, 2], [0, 1]]), batch_dims=0),
        args((2, 3), np.array([[1], [0]]), batch_dims=0),
        args((3,), np.array([2]), batch_dims=0),
        args((2, 3), np.zeros((2, 0), np.int64), batch_dims=0),
        args((2, 3), np.array([[1], [0]]), batch_dims=1),
    ],
)
def elements_at(params, indices, /, batch_dims):
    """The element, or the part, of `params` at each index in the last axis."""
    places = places_in(np.shape(params), indices, batch_dims)
    if not places:
        return np.broadcast_to(params, np.shape(indices)[:-1] + np.shape(params)).copy()
    return params[places]


def places_in(shape, indices, batch_dims):
    """What `indices` with an index in each of their last axes are to NumPy."""
    depth = index_depth(shape, np.shape(indices), batch_dims)
    lengths = shape[batch_dims : batch_dims + depth]
    columns = np.moveaxis(np.asarray(indices), -1, 0)
    places = tuple(map(checked, columns, lengths))
    return (*batch_index(np.shape(indices)[:-1], batch_dims), *places)


@op(
    shape=lambda g, params, indices, batch_dims: params.shape,
    unranked=True,
    agree=(0, 2),
    grad=lambda h, y, g, params, indices, batch_dims: (
        elements_at(h, indices, batch_dims),
        None,
        None,
    ),
    examples=[
        args((3,), (2, 3), np.array([[0, 1], [1, 2], [0, 1]]), batch_dims=0),
        args((2, 3), (2, 3), np.array([[1], [1]]), batch_dims=0),
        args((2, 2, 3), (2, 3), np.zeros((2, 0), np.int64), batch_dims=0),
        args((2,), (2, 3), np.array([[1], [0]]), batch_dims=1),
    ],
)
def put_elements(g, params, indices, /, batch_dims):
    """Zeros in the shape of `params`, to which `g` is added at the `indices`."""
    return put_together(indices, g, np.shape(params), batch_dims)


def put_together(indices, rows, shape, batch_dims=0):
    """An array of that shape, in which rows of one index are summed."""
    places = places_in(shape, indices, batch_dims)
    rows = np.asarray(rows)
    flat = flat_index(places, shape[: len(places)], np.shape(indices)[:-1])
    return sums_of_rows(flat, rows, shape, len(places))


def gather_nd(
    params: Any, indices: Any, name: str | None = None, batch_dims: int = 0
) -> Tensor:
    """The element, or part, of `params` at each index in the last axis of `indices`.

    An index outside of `params` fails the run.

    >>> params = [[1, 2], [3, 4]]
    >>> df.gather_nd(params, [[0, 1], [1, 1]]).eval()
    array([2, 4], dtype=int32)
    >>> df.gather_nd(params, [[1], [0]]).eval()
    array([[3, 4],
           [1, 2]], dtype=int32)
    """
    return elements_at(params, indices, batch_dims, name=name)


def check_updates(indices, updates, shape):
    """The shapes of rows that are written at indices into that shape."""
    check_ints(indices)
    if None in (indices.shape, updates.shape, shape) or None in indices.shape[-1:]:
        return
    depth = index_depth(shape, indices.shape, 0)
    merge(updates.shape, indices.shape[:-1] + shape[depth:])


def scattered_shape(indices, updates, *holes, shape):
    wanted = without_holes(shape, holes)
    check_updates(indices, updates, wanted)
    return wanted


@op(
    label="ScatterNd",
    name="scatter_nd",
    shape=scattered_shape,
    dtype=lambda indices, updates, *holes, shape: updates.dtype,
    unranked=True,
    agree=(1, 2),
    grad=lambda g, y, indices, updates, *holes, shape: (
        None,
        elements_at(g, indices, 0),
        *no_gradient(g, y, *holes),
    ),
    examples=[
        args(np.array([[3], [0], [3]]), (3,), shape=(4,)),
        args(np.array([[1], [1]]), (2, 3), shape=(2, 3)),
        args(np.array([[0, 1], [1, 2]]), (2,), np.array(3), shape=(2, "#")),
        args(np.zeros((0, 1), np.int64), (0,), shape=(2,)),
    ],
)
def scattered(indices, updates, /, *holes, shape):
    """Zeros in `shape`, to which `updates` are added at the `indices`."""
    lengths = filled_in(shape, holes)
    check_updates(spec_of(indices), spec_of(updates), lengths)
    return put_together(indices, updates, lengths)


def scatter_nd(
    indices: Any, updates: Any, shape: Any, name: str | None = None
) -> Tensor:
    """Zeros in `shape`, to which `updates` are added at the `indices`.

    The last axis of `indices` holds the parts of one index; where one is outside of
    the shape, the run fails.

    >>> df.scatter_nd([[3], [0], [3]], [1.0, 2.0, 3.0], [4]).eval()
    array([2., 0., 0., 4.], dtype=float32)
    """
    setting, holes = with_holes(shape)
    return scattered(indices, updates, *holes, shape=setting, name=name)


def updated_shape(tensor, updates, indices):
    check_updates(indices, updates, tensor.shape)
    return tensor.shape


_UPDATED = [
    args((4,), (2,), np.array([[3], [0]])),
    args((2, 3), (1, 3), np.array([[1]])),
    args((2, 3), (2, 1), np.array([[[0, 1]], [[1, 2]]])),
]
_ADDED = [*_UPDATED, args((4,), (2,), np.array([[3], [3]]))]


def update(**settings):
    return op(shape=updated_shape, unranked=True, agree=(0, 2), **settings)


@update(
    label="TensorScatterUpdate",
    grad=lambda g, y, tensor, updates, indices: (
        replaced(g, zeros_like(updates), indices),
        elements_at(g, indices, 0),
        None,
    ),
    examples=_UPDATED,
)
def replaced(tensor, updates, indices):
    """`tensor` with `updates` at the `indices`; of those of one index, the last."""
    result = np.array(tensor, order="C")
    result[places_in(np.shape(tensor), indices, 0) or ...] = updates
    return result


@update(
    label="TensorScatterAdd",
    kinds=NUMBERS,
    grad=lambda g, y, tensor, updates, indices: (g, elements_at(g, indices, 0), None),
    examples=_ADDED,
)
def raised(tensor, updates, indices):
    """`tensor`, to which `updates` are added at the `indices`."""
    return np.add(tensor, put_together(indices, updates, np.shape(tensor)))


@update(
    label="TensorScatterSub",
    kinds=NUMBERS,
    grad=lambda g, y, tensor, updates, indices: (g, -elements_at(g, indices, 0), None),
    examples=_ADDED,
)
def lowered(tensor, updates, indices):
    """`tensor`, from which `updates` are subtracted at the `indices`."""
    return np.subtract(tensor, put_together(indices, updates, np.shape(tensor)))


def tensor_scatter_nd_update(
    tensor: Any, indices: Any, updates: Any, name: str | None = None
) -> Tensor:
    """`tensor` with `updates` at the `indices`; of those of one index, the last.

    >>> df.tensor_scatter_nd_update([10, 20, 30], [[2], [0], [2]], [1, 2, 3]).eval()
    array([ 2, 20,  3], dtype=int32)
    """
    return replaced(tensor, updates, indices, name=name)


def tensor_scatter_nd_add(
    tensor: Any, indices: Any, updates: Any, name: str | None = None
) -> Tensor:
    """`tensor` plus `updates` at the `indices`; those of one index add up.

    >>> df.tensor_scatter_nd_add([10, 20, 30], [[2], [0], [2]], [1, 2, 3]).eval()
    array([12, 20, 34], dtype=int32)
    """
    return raised(tensor, updates, indices, name=name)


def tensor_scatter_nd_sub(
    tensor: Any, indices: Any, updates: Any, name: str | None = None
) -> Tensor:
    """`tensor` minus `updates` at the `indices`; those of one index add up.

    >>> df.tensor_scatter_nd_sub([10, 20, 30], [[2], [0], [2]], [1, 2, 3]).eval()
    array([ 8, 20, 26], dtype=int32)
    """
    return lowered(tensor, updates, indices, name=name)


tensor_scatter_update = tensor_scatter_nd_update
tensor_scatter_add = tensor_scatter_nd_add
tensor_scatter_sub = tensor_scatter_nd_sub


# Parts


def partition_specs(data, partitions, num_partitions):
    check_ints(partitions)
    if num_partitions < 1:
        raise ShapeError(f"needs at least one partition, got {num_partitions}")
    rest = None
    if data.shape is not None and partitions.shape is not None:
        merge(data.shape[: len(partitions.shape)], partitions.shape)
        rest = (None, *data.shape[len(partitions.shape) :])
    return [Spec(data.dtype, rest)] * num_partitions


@several(
    label="DynamicPartition",
    name="dynamic_partition",
    specs=partition_specs,
    agree=(0, 1),
    grad=lambda gs, ys, data, partitions, num_partitions: (
        put_parts(partitions, *whole(gs, ys)),
        None,
    ),
    examples=[
        args((4,), np.array([1, 0, 1, 1]), num_partitions=2),
        args((3, 2), np.array([2, 0, 2]), num_partitions=3),
        args((2, 2), np.array([[0, 1], [1, 1]]), num_partitions=2),
    ],
)
def partitioned(data, partitions, /, num_partitions):
    """The rows of `data` in each partition, whose number `partitions` gives."""
    checked(partitions, num_partitions, "partitions")
    return tuple(data[np.equal(partitions, i)] for i in range(num_partitions))


@op(
    shape=lambda partitions, *parts: (
        None
        if partitions.shape is None or parts[0].shape is None
        else partitions.shape + parts[0].shape[1:]
    ),
    unranked=True,
    dtype=lambda partitions, *parts: parts[0].dtype,
    agree=(1, None),
    grad=lambda h, y, partitions, *parts: (
        None,
        *partitioned(h, partitions, num_partitions=len(parts)),
    ),
    examples=[args(np.array([1, 0, 1, 1]), (1, 2), (3, 2))],
)
def put_parts(partitions, /, *parts):
    """The rows that are partitioned into `parts`, where they stood."""
    shape = np.shape(partitions) + np.shape(parts[0])[1:]
    result = np.empty(shape, np.result_type(parts[0]))
    for i, part in enumerate(parts):
        result[np.equal(partitions, i)] = part
    return result


def dynamic_partition(
    data: Any, partitions: Any, num_partitions: int, name: str | None = None
) -> list[Tensor]:
    """The rows of `data` in each of the partitions, whose number `partitions` gives.

    A list of `num_partitions` tensors; a number outside of that fails the run.

    >>> session.run(df.dynamic_partition([10, 20, 30, 40], [0, 1, 0, 0], 2))
    [array([10, 30, 40], dtype=int32), array([20], dtype=int32)]
    """
    return partitioned(data, partitions, num_partitions, name=name)


def stitched_shape(*inputs, length):
    indices, data = halved(inputs)
    rest = None
    for index, part in zip(indices, data, strict=True):
        check_ints(index)
        if index.shape is not None and part.shape is not None:
            merge(part.shape[: len(index.shape)], index.shape)
            rest = merge(rest, part.shape[len(index.shape) :])
    return None if rest is None else (length, *rest)


def halved(inputs):
    return inputs[: len(inputs) // 2], inputs[len(inputs) // 2 :]


def stitched_grad(g, y, *inputs, length):
    indices, _ = halved(inputs)
    return (*no_gradient(g, y, *indices), *[gather(g, index) for index in indices])


@op(
    label="DynamicStitch",
    name="dynamic_stitch",
    shape=stitched_shape,
    dtype=lambda *inputs, length: common_dtype(halved(inputs)[1]),
    unranked=True,
    agree=NO_INPUTS,
    grad=stitched_grad,
    examples=[
        args(np.array([2, 0]), np.array(1), (2, 3), (3,), length=3),
        args(np.array([[0, 1], [3, 2]]), (2, 2), length=None),
    ],
)
def stitched(*inputs, length):
    """The rows of the second half of `inputs`, each at its index in the first."""
    indices, data = halved(inputs)
    length = highest(indices) + 1
    rest = np.shape(data[0])[np.ndim(indices[0]) :]
    result = np.zeros((length, *rest), np.result_type(data[0]))
    for index, part in zip(indices, data, strict=True):
        result[checked(index, length)] = part
    return result


def highest(indices):
    return max((np.max(index) for index in indices if np.size(index)), default=-1)


def dynamic_stitch(indices: Any, data: Any, name: str | None = None) -> Tensor:
    """The rows of all `data`, each at its index; of those of one index, the last.

    >>> df.dynamic_stitch([[2, 0], 1], [[3.0, 1.0], 2.0]).eval()
    array([1., 2., 3.], dtype=float32)
    """
    if len(indices) != len(data) or not len(data):
        raise GraphError(
            f"needs as many indices as data, got {len(indices)}, {len(data)}"
        )
    known = [known_value(as_tensor(index)) for index in indices]
    length = int(highest(known)) + 1 if is_full(tuple(known)) else None
    return stitched(*indices, *data, length=length, name=name)
