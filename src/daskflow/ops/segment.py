"""Sums and other reductions over segments, and counts."""

from typing import Any

import numpy as np

from daskflow.defaults import scope
from daskflow.errors import ShapeError
from daskflow.graph import Tensor
from daskflow.opdef import no_gradient
from daskflow.ops.array import ones_like
from daskflow.ops.define import (
    NUMBERS,
    args,
    filled_in,
    given_dtype,
    op,
    with_holes,
    without_holes,
)
from daskflow.ops.math import ORDERED, cast, equal, maximum, mirrored, select, sqrt
from daskflow.values import as_tensor

__all__ = [
    "bincount",
    "confusion_matrix",
    "histogram_fixed_width",
    "segment_max",
    "segment_mean",
    "segment_min",
    "segment_prod",
    "segment_sum",
    "sparse_segment_mean",
    "sparse_segment_sum",
    "unsorted_segment_max",
    "unsorted_segment_mean",
    "unsorted_segment_min",
    "unsorted_segment_prod",
    "unsorted_segment_sqrt_n",
    "unsorted_segment_sum",
]

INT32 = np.dtype(np.int32)

# Rows by their numbers


def picked_shape(x, ids):
    if x.shape is None or ids.shape is None:
        return None
    return (*ids.shape, *x.shape[1:])


@op(
    shape=picked_shape,
    unranked=True,
    agree=(0, 1),
    grad=lambda g, y, x, ids: (added_rows(g, ids, x), None),
    examples=[
        args((3,), np.array([2, 0, 2])),
        args((3, 2), np.array([[0, -1], [1, 1]])),
        args((0, 2), np.array([-1])),
    ],
)
def picked_rows(x, ids):
    """The rows of `x` of these numbers, zeros for a negative one."""
    is_row = np.reshape(ids >= 0, np.shape(ids) + (1,) * (np.ndim(x) - 1))
    if not np.size(x):
        return np.zeros((*np.shape(ids), *np.shape(x)[1:]), np.result_type(x))
    return np.where(is_row, x[np.maximum(ids, 0)], np.zeros((), np.result_type(x)))


@op(
    shape=lambda rows, ids, like: like.shape,
    unranked=True,
    agree=(0, 1),
    grad=lambda h, y, rows, ids, like: (picked_rows(h, ids), None, None),
    examples=[
        args((3,), np.array([2, 0, 2]), (3,)),
        args((2, 2, 2), np.array([[0, -1], [1, 1]]), (3, 2)),
    ],
)
def added_rows(rows, ids, like):
    """Zeros as `like`, and in them the sums of the `rows` of each number."""
    return reduced_rows(np.add, rows, ids, len(like), 0)


def reduced_rows(function, rows, ids, count, start):
    """What `function` makes of the rows of each number, and of `start`."""
    shape = np.shape(ids)
    if np.shape(rows)[: len(shape)] != shape:
        raise ValueError(f"needs an id for each row of {np.shape(rows)}, got {shape}")
    rest = np.shape(rows)[len(shape) :]
    rows, ids = np.reshape(rows, (np.size(ids), *rest)), np.reshape(ids, -1)
    if np.any(ids >= count):
        raise ValueError(f"an id is not below {count}, the number of segments")
    reduced = np.full((count, *rest), start, np.result_type(rows))
    function.at(reduced, ids[ids >= 0], rows[ids >= 0])
    return reduced


# Segments


def segment_shape(data, ids):
    if ids.shape is not None and len(ids.shape) != 1:
        raise ShapeError(f"needs a vector of ids, got {ids}")
    if data.shape == ():
        raise ShapeError("needs rows, got a single number")
    return None if data.shape is None else (None, *data.shape[1:])


def reduced_segments(function, data, ids, start):
    """The same over rows in the order of their ids, where no id means 0."""
    if np.any(np.diff(ids) < 0) or np.any(ids < 0):
        raise ValueError("the ids of segments need to be sorted, and not negative")
    count = int(ids[-1]) + 1 if len(ids) else 0
    reduced = reduced_rows(function, data, ids, count, start)
    is_used = np.zeros(count, bool)
    is_used[ids] = True
    reduced[~is_used] = 0 if function is not np.multiply else 1
    return reduced


_ROWS = [
    ((4,), [0, 0, 1, 2]),
    ((3, 2), [0, 2, 2]),
    ((0, 2), np.zeros(0, int)),
]
_SEGMENTS: dict[str, Any] = {
    "shape": segment_shape,
    "unranked": True,
    "agree": (0, 1),
    "examples": [args(shape, np.array(ids)) for shape, ids in _ROWS],
}


def of_data(grad):
    """The gradient of data that is reduced by ids, and what reduces it likewise."""

    def of_all(g, y, data, ids, *holes, **attrs):
        reduce = REDUCED[bool(attrs)]
        alike = {name: bind(f, ids, holes, attrs) for name, f in reduce.items()}
        return (grad(g, y, data, ids, **alike), *[None for _ in (ids, *holes)])

    return of_all


def bind(function, ids, holes, attrs):
    return lambda data: function(data, ids, *holes, **attrs)


def extreme_grad(g, y, data, ids, sum, prod):
    chosen = equal(data, picked_rows(y, ids))
    hits = sum(select(chosen, ones_like(data), 0))
    return select(chosen, picked_rows(g / hits, ids), 0)


def mean_grad(g, y, data, ids, sum, prod):
    return picked_rows(g / maximum(sum(ones_like(data)), 1), ids)


def prod_grad(g, y, data, ids, sum, prod):
    # The product of the others: of all but the zero, where there is one, and else of
    # all over this one. Where there are two zeros it is 0.
    is_zero = equal(data, 0)
    zeros = sum(select(is_zero, ones_like(data), 0))
    others = select(is_zero, 1, data)
    alone = picked_rows(select(equal(zeros, 1), prod(others), 0), ids)
    shared = picked_rows(select(equal(zeros, 0), prod(others), 0), ids) / others
    return picked_rows(g, ids) * mirrored(select(is_zero, alone, shared))


@op(
    label="SegmentSum",
    kinds=NUMBERS,
    grad=lambda g, y, data, ids: (picked_rows(g, ids), None),
    **_SEGMENTS,
)
def segment_sum(data, segment_ids):
    """The sums of rows with the same id; the ids are sorted, and a missing one has 0.

    >>> rows = [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]
    >>> df.segment_sum(rows, [0, 0, 2]).eval()
    array([[4., 6.],
           [0., 0.],
           [5., 6.]], dtype=float32)
    """
    return reduced_segments(np.add, data, segment_ids, 0)


@op(label="SegmentMean", kinds=NUMBERS, grad=of_data(mean_grad), **_SEGMENTS)
def segment_mean(data, segment_ids):
    """The means of rows with the same id; the ids are sorted, and a missing one has 0.

    The mean of ints drops its fraction.

    >>> df.segment_mean([1.0, 3.0, 5.0], [0, 0, 2]).eval()
    array([2., 0., 5.], dtype=float32)
    """
    sums = reduced_segments(np.add, data, segment_ids, 0)
    counts = np.maximum(np.bincount(segment_ids, minlength=len(sums)), 1)
    counts = np.reshape(counts, (len(sums),) + (1,) * (np.ndim(data) - 1))
    return np.true_divide(sums, counts.astype(np.result_type(data))).astype(data.dtype)


@op(label="SegmentProd", kinds=NUMBERS, grad=of_data(prod_grad), **_SEGMENTS)
def segment_prod(data, segment_ids):
    """The products of rows with the same id; sorted ids, a missing one has 1.

    >>> df.segment_prod([2.0, 3.0, 5.0], [0, 0, 2]).eval()
    array([6., 1., 5.], dtype=float32)
    """
    return reduced_segments(np.multiply, data, segment_ids, 1)


@op(label="SegmentMax", kinds=ORDERED, grad=of_data(extreme_grad), **_SEGMENTS)
def segment_max(data, segment_ids):
    """The largest of rows with the same id; sorted ids, a missing one has 0.

    >>> df.segment_max([1.0, 3.0, -5.0], [0, 0, 2]).eval()
    array([ 3.,  0., -5.], dtype=float32)
    """
    return reduced_segments(np.maximum, data, segment_ids, limits(data)[0])


@op(label="SegmentMin", kinds=ORDERED, grad=of_data(extreme_grad), **_SEGMENTS)
def segment_min(data, segment_ids):
    """The smallest of rows with the same id; sorted ids, a missing one has 0.

    >>> df.segment_min([1.0, 3.0, 5.0], [0, 0, 2]).eval()
    array([1., 0., 5.], dtype=float32)
    """
    return reduced_segments(np.minimum, data, segment_ids, limits(data)[1])


def limits(x):
    """The lowest and the highest finite value of the dtype of `x`."""
    dtype = np.result_type(x)
    found = np.finfo(dtype) if dtype.kind == "f" else np.iinfo(dtype)
    return found.min, found.max


# Segments in any order


def unsorted_shape(data, ids, *holes, count):
    if data.shape is None or ids.shape is None:
        return None
    prefix = data.shape[: len(ids.shape)]
    if len(ids.shape) > len(data.shape) or any(
        None not in (n, m) and n != m for n, m in zip(prefix, ids.shape, strict=True)
    ):
        raise ShapeError(f"needs an id for each row of {data}, got {ids}")
    [n] = without_holes((count,), holes)
    return (n, *data.shape[len(ids.shape) :])


_UNSORTED: dict[str, Any] = {
    "shape": unsorted_shape,
    "unranked": True,
    "agree": (0, 1),
    "examples": [
        args((4,), np.array([2, 0, -1, 2]), count=3),
        args((2, 2, 3), np.array([[0, 1], [1, 1]]), count=2),
        args((3, 2), np.array([0, 0, 1]), np.array(4), count="#"),
        args((0, 2), np.zeros(0, int), count=1),
    ],
}


def unsorted(operation, data, segment_ids, num_segments, name):
    count, holes = with_holes(num_segments)
    return operation(data, segment_ids, *holes, count=count, name=name)


def unsorted_segment_sum(
    data: Any, segment_ids: Any, num_segments: Any, name: str | None = None
) -> Tensor:
    """The sums of rows with the same id, in any order; a negative id is left out.

    >>> df.unsorted_segment_sum([1, 2, 3, 4], [2, 0, 2, -1], 3).eval()
    array([2, 0, 4], dtype=int32)
    """
    return unsorted(unsorted_sum, data, segment_ids, num_segments, name)


def unsorted_segment_prod(
    data: Any, segment_ids: Any, num_segments: Any, name: str | None = None
) -> Tensor:
    """The products of rows with the same id, in any order; of none it is 1.

    >>> df.unsorted_segment_prod([2, 3, 5], [2, 0, 2], 3).eval()
    array([ 3,  1, 10], dtype=int32)
    """
    return unsorted(unsorted_prod, data, segment_ids, num_segments, name)


def unsorted_segment_max(
    data: Any, segment_ids: Any, num_segments: Any, name: str | None = None
) -> Tensor:
    """The largest of rows with the same id; of none, the lowest that there is.

    >>> df.unsorted_segment_max([1, 2, 3], [1, 0, 1], 2).eval()
    array([2, 3], dtype=int32)
    >>> df.unsorted_segment_max([1, 2, 3], [1, 0, 1], 3).eval()[2]
    np.int32(-2147483648)
    """
    return unsorted(unsorted_max, data, segment_ids, num_segments, name)


def unsorted_segment_min(
    data: Any, segment_ids: Any, num_segments: Any, name: str | None = None
) -> Tensor:
    """The smallest of rows with the same id; of none, the highest that there is.

    >>> df.unsorted_segment_min([1, 2, 3], [1, 0, 1], 2).eval()
    array([2, 1], dtype=int32)
    >>> df.unsorted_segment_min([1, 2, 3], [1, 0, 1], 3).eval()[2]
    np.int32(2147483647)
    """
    return unsorted(unsorted_min, data, segment_ids, num_segments, name)


def unsorted_segment_mean(
    data: Any, segment_ids: Any, num_segments: Any, name: str | None = None
) -> Tensor:
    """The means of rows with the same id, in any order; of none it is 0.

    >>> df.unsorted_segment_mean([1.0, 2.0, 3.0], [2, 0, 2], 3).eval()
    array([2., 0., 2.], dtype=float32)
    """
    data = as_tensor(data)
    with scope(name, "UnsortedSegmentMean", data):
        sums = unsorted_segment_sum(data, segment_ids, num_segments)
        counts = unsorted_segment_sum(ones_like(data), segment_ids, num_segments)
        return sums / maximum(counts, 1)


def unsorted_segment_sqrt_n(
    data: Any, segment_ids: Any, num_segments: Any, name: str | None = None
) -> Tensor:
    """The sums of rows with the same id over the root of their number.

    >>> df.unsorted_segment_sqrt_n([1.0, 2.0, 3.0, 4.0, 5.0], [1, 1, 1, 1, 0], 2).eval()
    array([5., 5.], dtype=float32)
    """
    data = as_tensor(data)
    with scope(name, "UnsortedSegmentSqrtN", data):
        sums = unsorted_segment_sum(data, segment_ids, num_segments)
        counts = unsorted_segment_sum(ones_like(data), segment_ids, num_segments)
        return sums / sqrt(maximum(counts, 1))


@op(
    name="unsorted_segment_sum",
    label="UnsortedSegmentSum",
    kinds=NUMBERS,
    grad=lambda g, y, data, ids, *holes, count: (
        picked_rows(g, ids),
        *[None for _ in (ids, *holes)],
    ),
    **_UNSORTED,
)
def unsorted_sum(data, segment_ids, /, *holes, count):
    """The sums of rows with the same id."""
    [count] = filled_in((count,), holes)
    return reduced_rows(np.add, data, segment_ids, count, 0)


@op(
    name="unsorted_segment_prod",
    label="UnsortedSegmentProd",
    kinds=NUMBERS,
    grad=of_data(prod_grad),
    **_UNSORTED,
)
def unsorted_prod(data, segment_ids, /, *holes, count):
    """The products of rows with the same id."""
    [count] = filled_in((count,), holes)
    return reduced_rows(np.multiply, data, segment_ids, count, 1)


@op(
    name="unsorted_segment_max",
    label="UnsortedSegmentMax",
    kinds=ORDERED,
    grad=of_data(extreme_grad),
    **_UNSORTED,
)
def unsorted_max(data, segment_ids, /, *holes, count):
    """The largest of rows with the same id."""
    [count] = filled_in((count,), holes)
    return reduced_rows(np.maximum, data, segment_ids, count, limits(data)[0])


@op(
    name="unsorted_segment_min",
    label="UnsortedSegmentMin",
    kinds=ORDERED,
    grad=of_data(extreme_grad),
    **_UNSORTED,
)
def unsorted_min(data, segment_ids, /, *holes, count):
    """The smallest of rows with the same id."""
    [count] = filled_in((count,), holes)
    return reduced_rows(np.minimum, data, segment_ids, count, limits(data)[1])


REDUCED = {
    False: {"sum": segment_sum, "prod": segment_prod},
    True: {"sum": unsorted_sum, "prod": unsorted_prod},
}
"""Whether a reduction is of unsorted segments: what a gradient needs of its like."""

# Of rows that are gathered


def gathered_segments(data, indices, ids, count, reductions, name, label):
    """The segments of picked rows: as many as the last id says, or `count` of them."""
    rows = picked_rows(data, indices)
    reduce, reduce_to = reductions
    if count is None:
        return reduce(rows, ids, name=name or label)
    return reduce_to(rows, ids, count, name or f"{label}WithNumSegments")


def sparse_segment_sum(
    data: Any,
    indices: Any,
    segment_ids: Any,
    name: str | None = None,
    num_segments: Any = None,
) -> Tensor:
    """The `segment_sum` of the rows of `data` that have these `indices`.

    >>> rows = [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]
    >>> df.sparse_segment_sum(rows, [0, 2, 1], [0, 0, 1]).eval()
    array([[6., 8.],
           [3., 4.]], dtype=float32)
    """
    reductions = segment_sum, unsorted_segment_sum
    label = "SparseSegmentSum"
    return gathered_segments(
        data, indices, segment_ids, num_segments, reductions, name, label
    )


def sparse_segment_mean(
    data: Any,
    indices: Any,
    segment_ids: Any,
    name: str | None = None,
    num_segments: Any = None,
) -> Tensor:
    """The `segment_mean` of the rows of `data` that have these `indices`.

    >>> rows = [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]
    >>> df.sparse_segment_mean(rows, [0, 2, 1], [0, 0, 1]).eval()
    array([[3., 4.],
           [3., 4.]], dtype=float32)
    """
    reductions = segment_mean, unsorted_segment_mean
    label = "SparseSegmentMean"
    return gathered_segments(
        data, indices, segment_ids, num_segments, reductions, name, label
    )


# Counts


def bincount(
    arr: Any,
    weights: Any = None,
    minlength: Any = None,
    maxlength: Any = None,
    dtype: Any = INT32,
) -> Tensor:
    """How often each of 0, 1, ... is in `arr`, or the sum of its `weights`.

    There are as many counts as the largest number asks for, at least `minlength` and
    at most `maxlength`: what is larger is not counted.

    >>> df.bincount([1, 3, 1]).eval()
    array([0, 2, 0, 1], dtype=int32)
    >>> df.bincount([1, 3, 1], weights=[0.5, 2.0, 0.25]).eval()
    array([0.  , 0.75, 0.  , 2.  ], dtype=float32)
    """
    given = [] if weights is None else [weights]
    dtype = as_tensor(weights).dtype if given else dtype
    attrs = {"minlength": minlength or 0, "maxlength": maxlength, "dtype": dtype}
    return counted(as_tensor(arr), *given, **attrs)


@op(
    name="bincount",
    shape=lambda *inputs, minlength, maxlength, dtype: (
        minlength if minlength == maxlength else None,
    ),
    unranked=True,
    dtype=given_dtype,
    agree=(0, 1),
    kinds="iu",
    grad=no_gradient,
    examples=[
        args(np.array([0, 2, 2]), minlength=3, maxlength=3, dtype=INT32),
        args(np.array([[1, 5]]), minlength=0, maxlength=3, dtype=INT32),
        args(
            np.array([0, 0]),
            np.array([0.5, 2.0]),
            minlength=0,
            maxlength=None,
            dtype=np.dtype("f8"),
        ),
        args(np.zeros(0, int), minlength=0, maxlength=0, dtype=INT32),
    ],
)
def counted(arr, /, *weights, minlength, maxlength, dtype):
    """How often each of 0, 1, ... is in `arr`."""
    if np.any(arr < 0):
        raise ValueError("needs numbers that are not negative")
    weight = np.ravel(weights[0]) if weights else None
    counts = np.bincount(np.ravel(arr), weight, minlength)
    return counts[:maxlength].astype(dtype)


def confusion_matrix(
    labels: Any,
    predictions: Any,
    num_classes: Any = None,
    dtype: Any = INT32,
    name: str | None = None,
    weights: Any = None,
) -> Tensor:
    """How often a label, by row, was predicted as a class, by column.

    There are `num_classes` of both, or as many as the largest of them asks for. An
    example counts as much as its weight says, if there are `weights`.

    >>> df.confusion_matrix(labels=[0, 1, 1], predictions=[0, 0, 1]).eval()
    array([[1, 0],
           [1, 1]], dtype=int32)
    """
    count, holes = (None, []) if num_classes is None else with_holes(num_classes)
    given = [] if weights is None else [cast(weights, dtype)]
    labels, predictions = cast(labels, np.int64), cast(predictions, np.int64)
    return pairs_counted(
        labels,
        predictions,
        *holes,
        *given,
        count=count,
        dtype=dtype,
        name=name or "confusion_matrix",
    )


@op(
    name="confusion_matrix",
    shape=lambda labels, predictions, *more, count, dtype: (
        ((None if count == "#" else count),) * 2
    ),
    unranked=True,
    dtype=given_dtype,
    agree=(0, 2),
    kinds="i",
    grad=no_gradient,
    examples=[
        args(np.array([0, 1, 1]), np.array([0, 1, 0]), count=2, dtype=INT32),
        args(
            np.array([0, 2]),
            np.array([1, 1]),
            np.array([0.5, 2.0]),
            count=3,
            dtype=np.dtype("f8"),
        ),
        args(np.array([0, 2]), np.array([1, 1]), np.array(4), count="#", dtype=INT32),
    ],
)
def pairs_counted(labels, predictions, /, *more, count, dtype):
    """How often each pair of a label and a prediction comes."""
    holes, weights = more[: count == "#"], more[count == "#" :]
    labels, predictions = squeezed_alike(labels, predictions)
    pairs = np.stack([labels.ravel(), predictions.ravel()])
    if np.any(pairs < 0):
        raise ValueError("labels and predictions must not be negative")
    if count is None:
        count = int(np.max(pairs, initial=-1)) + 1
    [count] = filled_in((count,), holes)
    if np.any(pairs >= count):
        raise ValueError(f"a label or prediction is not below {count}, the classes")
    matrix = np.zeros((count, count), dtype)
    np.add.at(matrix, tuple(pairs), np.ravel(weights[0]) if weights else 1)
    return matrix


def squeezed_alike(a, b):
    """Two arrays, of which the one with a last axis more, of length 1, loses it."""
    if np.ndim(a) - np.ndim(b) == 1:
        a = np.squeeze(a, -1)
    elif np.ndim(b) - np.ndim(a) == 1:
        b = np.squeeze(b, -1)
    return a, b


def histogram_fixed_width(
    values: Any,
    value_range: Any,
    nbins: Any = 100,
    dtype: Any = INT32,
    name: str | None = None,
) -> Tensor:
    """How many `values` lie in each of `nbins` equal parts of a range.

    What is below or above the range counts in the first or last part.

    >>> df.histogram_fixed_width([-1.0, 0.5, 1.5, 1.7, 9.0], [0.0, 3.0], nbins=3).eval()
    array([2, 2, 1], dtype=int32)
    """
    values = as_tensor(values)
    count, holes = with_holes(nbins)
    limits = as_tensor(value_range, values.dtype)
    return histogram(
        values,
        limits,
        *holes,
        count=count,
        dtype=dtype,
        name=name or "histogram_fixed_width",
    )


@op(
    name="histogram_fixed_width",
    shape=lambda values, value_range, *holes, count, dtype: (
        None if count == "#" else count,
    ),
    unranked=True,
    dtype=given_dtype,
    agree=(0, 2),
    kinds=ORDERED,
    grad=no_gradient,
    examples=[
        args((2, 3), np.array([0.0, 3.0]), count=4, dtype=INT32),
        args((0,), np.array([0.0, 3.0]), np.array(2), count="#", dtype=INT32),
    ],
)
def histogram(values, value_range, /, *holes, count, dtype):
    """How many values lie in each of `count` equal parts of a range."""
    [count] = filled_in((count,), holes)
    low, high = np.asarray(value_range, np.float64)
    if not low < high or count < 1:
        raise ValueError(
            f"needs at least one bin in a range, got {count}, {value_range}"
        )
    bins = np.floor((np.asarray(values, np.float64) - low) / (high - low) * count)
    bins = np.clip(np.ravel(bins), 0, count - 1).astype(np.intp)
    return np.bincount(bins, minlength=count).astype(dtype)
