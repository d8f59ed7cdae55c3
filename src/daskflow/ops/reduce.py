"""Reductions: what many elements along some axes come to."""

import math
from typing import Any

import numpy as np

from daskflow.defaults import scope
from daskflow.errors import DTypeError, ShapeError
from daskflow.graph import Tensor
from daskflow.opdef import NONZERO, no_gradient
from daskflow.ops.array import in_numpy, ones_like
from daskflow.ops.define import (
    FLOATS,
    NUMBERS,
    args,
    axes_of,
    axis_with_holes,
    either,
    filled_in,
    given_dtype,
    has_holes,
    op,
    reduced_shape,
    reduction,
)
from daskflow.ops.math import (
    BOOL,
    ORDERED,
    abs,
    cast,
    equal,
    exp,
    mirrored,
    not_equal,
    select,
    sqrt,
    square,
    stop_gradient,
)
from daskflow.spec import STRING
from daskflow.values import as_tensor

__all__ = [
    "arg_max",
    "arg_min",
    "argmax",
    "argmin",
    "count_nonzero",
    "reduce_all",
    "reduce_any",
    "reduce_logsumexp",
    "reduce_max",
    "reduce_mean",
    "reduce_min",
    "reduce_prod",
    "reduce_sum",
]

INT64 = np.dtype(np.int64)

# Sums and means


def reduced_in_numpy(function):
    def written(x, *holes, axis, keepdims, **attrs):
        if holes or 0 in x.shape or x.dtype.kind not in FLOATS:
            return None
        return f"np.{function}.reduce({{0}}, axis={axis}, keepdims={keepdims})"

    return written


@reduction(
    label="Sum",
    kinds=NUMBERS,
    grad=lambda g, y, x, axis, keepdims, dtype=None: spread(g, x, axis, keepdims),
    written=reduced_in_numpy("add"),
)
def reduce_sum(x, /, *holes, axis, keepdims, dtype=None):
    """The sum along `axis`, in the dtype of the tensor; all axes unless given.

    `axis` is an int, several, or a tensor of ints; with `keepdims` those axes stay,
    with the length 1. So it is with every reduction.

    >>> x = [[1, 2, 3], [4, 5, 6]]
    >>> df.reduce_sum(x).eval(), df.reduce_sum(x, axis=0).eval()
    (np.int32(21), array([5, 7, 9], dtype=int32))
    >>> df.reduce_sum(x, axis=1, keepdims=True).eval()
    array([[ 6],
           [15]], dtype=int32)
    """
    return np.sum(x, filled_in(axis, holes), dtype, keepdims=keepdims)


def mean_grad(g, y, x, axis, keepdims, dtype=None):
    return spread(g / reduced_count(x, axis), x, axis, keepdims)


def mean_in_numpy(x, *holes, axis, keepdims, dtype=None):
    if holes or x.dtype.kind not in FLOATS:
        return None
    total = f"np.add.reduce({{0}}, axis={axis}, keepdims={keepdims})"
    return f"np.true_divide({total}, {elements(x.shape, axis)})"


@reduction(label="Mean", kinds=NUMBERS, grad=mean_grad, written=mean_in_numpy)
def reduce_mean(x, /, *holes, axis, keepdims, dtype=None):
    """The mean along `axis`, in the dtype of the tensor: ints drop their fraction.

    All axes unless given; the mean of nothing is NaN.

    >>> df.reduce_mean([[1.0, 2.0], [3.0, 4.0]], axis=1).eval()
    array([1.5, 3.5], dtype=float32)
    >>> df.reduce_mean([1, 2]).eval()
    np.int32(1)
    """
    axis = filled_in(axis, holes)
    total = np.sum(x, axis, keepdims=keepdims)
    count = count_of(x, axis)
    if dtype is None or dtype.kind not in "iu":
        return np.true_divide(total, count)
    return np.floor_divide(total - np.fmod(total, count), count).astype(dtype)


def count_of(x, axis):
    """The number of elements that are reduced to one."""
    return elements(np.shape(x), axis)


def elements(shape, axis):
    return math.prod(shape[i] for i in axes_of(axis, len(shape)))


def reduced_count(x, axis):
    """The number of elements of a tensor reduced to one, in its dtype."""
    axis, holes = axis_with_holes(axis)
    return counted(x, *holes, axis=axis)


def count_in_numpy(x, *holes, axis):
    if holes:
        return None
    return f"{in_numpy(x.dtype)}.type({elements(x.shape, axis)})"


@op(
    name="reduced_count",
    shape=lambda x, *holes, axis: (),
    unranked=True,
    agree=(0, 1),
    grad=no_gradient,
    examples=[
        args((2, 3), axis=None),
        args((2, 3), axis=(-1,)),
        args((), axis=None),
        args((2, 3), np.array(1), axis="#"),
    ],
    written=count_in_numpy,
)
def counted(x, /, *holes, axis):
    """The number of elements reduced to one, in the dtype of `x`."""
    return np.result_type(x).type(count_of(x, filled_in(axis, holes)))


def spread(g, like, axis, keepdims):
    """`g` at each of the elements of `like` that were reduced along `axis`."""
    axis, holes = axis_with_holes(axis)
    return spread_along(g, like, *holes, axis=axis, keepdims=keepdims)


def spread_grad(h, y, g, like, *holes, axis, keepdims):
    part = reduce_sum(h, holes[0] if holes else axis, keepdims)
    return (part, None, *[None for _ in holes])


@op(
    name="spread",
    gaps=True,
    shape=lambda g, like, *holes, axis, keepdims: like.shape,
    unranked=True,
    agree=(0, 1),
    grad=spread_grad,
    broadcasts=lambda g, like, *holes, axis, keepdims: keepdims or g.shape == (),
    examples=[
        args((), (2, 3), axis=None, keepdims=False),
        args((3,), (2, 3), axis=0, keepdims=False),
        args((2, 1), (2, 3), axis=-1, keepdims=True),
        args((3,), (2, 3, 4), axis=(0, -1), keepdims=False),
        args((3,), (3,), axis=(), keepdims=False),
        args((3,), (0, 3), axis=0, keepdims=False),
        args((3,), (2, 3), np.array([0]), axis="#", keepdims=False),
    ],
)
def spread_along(g, like, /, *holes, axis, keepdims):
    """`g` at each of the elements of `like` that were reduced along `axis`."""
    if not keepdims:
        g = np.expand_dims(g, axes_of(filled_in(axis, holes), np.ndim(like)))
    return np.broadcast_to(g, np.shape(like))


# Extremes


def extreme_grad(g, y, x, axis, keepdims):
    """`g` at the element that was chosen, in equal parts where there are several."""
    chosen = equal(x, spread(y, x, axis, keepdims))
    hits = select(chosen, ones_like(x), 0)
    return hits * spread(g / reduce_sum(hits, axis, keepdims), x, axis, keepdims)


@reduction(
    label="Max", kinds=ORDERED, grad=extreme_grad, written=reduced_in_numpy("maximum")
)
def reduce_max(x, /, *holes, axis, keepdims):
    """The largest along `axis`; of nothing, the lowest that the dtype has.

    All axes unless given.

    >>> df.reduce_max([[1, 2, 3], [4, 5, 6]], axis=0).eval()
    array([4, 5, 6], dtype=int32)
    >>> df.reduce_max([[1, 2, 3], [4, 5, 6]]).eval()
    np.int32(6)
    """
    start = {"initial": limits(x)[0]} if 0 in np.shape(x) else {}
    return np.max(x, filled_in(axis, holes), keepdims=keepdims, **start)


@reduction(
    label="Min", kinds=ORDERED, grad=extreme_grad, written=reduced_in_numpy("minimum")
)
def reduce_min(x, /, *holes, axis, keepdims):
    """The smallest along `axis`; of nothing, the highest that the dtype has.

    All axes unless given.

    >>> df.reduce_min([[1, 2, 3], [4, 5, 6]], axis=1).eval()
    array([1, 4], dtype=int32)
    """
    start = {"initial": limits(x)[1]} if 0 in np.shape(x) else {}
    return np.min(x, filled_in(axis, holes), keepdims=keepdims, **start)


def limits(x):
    """The lowest and the highest value of the dtype of `x`."""
    dtype = np.result_type(x)
    if dtype.kind == "f":
        return -np.inf, np.inf
    return np.iinfo(dtype).min, np.iinfo(dtype).max


def reduce_index(x, axis, dimension, output_type, name, op):
    along = either(axis=axis, dimension=dimension)
    axis, holes = axis_with_holes(0 if along is None else along)
    return op(x, *holes, axis=axis, dtype=output_type, name=name)


def argmax(
    input: Any,
    axis: Any = None,
    name: str | None = None,
    dimension: Any = None,
    output_type: Any = INT64,
) -> Tensor:
    """The index of the largest along `axis`, the first of equals; NaN never is.

    The first axis unless given; an int64 unless `output_type` is another.

    >>> df.argmax([[1, 9, 5], [7, 2, 7]], axis=1).eval()
    array([1, 0])
    >>> df.argmax([[1, 9, 5], [7, 2, 7]]).eval()
    array([1, 0, 1])
    """
    return reduce_index(input, axis, dimension, output_type, name, index_of_largest)


def argmin(
    input: Any,
    axis: Any = None,
    name: str | None = None,
    dimension: Any = None,
    output_type: Any = INT64,
) -> Tensor:
    """The index of the smallest along `axis`, the first of equals; NaN never is.

    The first axis unless given; an int64 unless `output_type` is another.

    >>> df.argmin([[1, 9, 5], [7, 2, 7]], axis=1).eval()
    array([0, 1])
    """
    return reduce_index(input, axis, dimension, output_type, name, index_of_smallest)


def arg_max(
    input: Any, dimension: Any, output_type: Any = INT64, name: str | None = None
) -> Tensor:
    """`argmax` under its first name.

    >>> df.arg_max([[1, 9, 5], [7, 2, 7]], 1).eval()
    array([1, 0])
    """
    return argmax(input, dimension, name, output_type=output_type)


def arg_min(
    input: Any, dimension: Any, output_type: Any = INT64, name: str | None = None
) -> Tensor:
    """`argmin` under its first name.

    >>> df.arg_min([[1, 9, 5], [7, 2, 7]], 1).eval()
    array([0, 1])
    """
    return argmin(input, dimension, name, output_type=output_type)


def index_shape(x, *holes, axis, dtype):
    if holes:
        return None if x.shape is None else (None,) * (len(x.shape) - 1)
    if isinstance(axis, tuple):
        raise ShapeError(f"needs one axis, got {list(axis)}")
    if x.shape is not None and x.shape[axes_of(axis, len(x.shape))[0]] == 0:
        raise ShapeError(f"needs elements along axis {axis}, got {x}")
    return reduced_shape(x, axis=axis)


_INDEXED: dict[str, Any] = {
    "shape": index_shape,
    "dtype": given_dtype,
    "unranked": True,
    "agree": (0, 1),
    "kinds": "b" + ORDERED,
    "grad": no_gradient,
    "examples": [
        args((3,), axis=0, dtype=INT64),
        args((2, 3), axis=1, dtype=np.dtype(np.int32)),
        args((2, 3, 4), axis=-2, dtype=INT64),
        args(np.array([1, 7, 7]), axis=0, dtype=INT64),
        args((0, 3), axis=1, dtype=INT64),
        args((2, 3), np.array(1), axis="#", dtype=INT64),
    ],
}


@op(name="argmax", label="ArgMax", **_INDEXED)
def index_of_largest(x, /, *holes, axis, dtype):
    """The index of the largest along `axis`, the first of equals; NaN never is."""
    index = np.argmax(without_nan(x, -np.inf), filled_in(axis, holes))
    return index.astype(dtype, copy=False)


@op(name="argmin", label="ArgMin", **_INDEXED)
def index_of_smallest(x, /, *holes, axis, dtype):
    """The index of the smallest along `axis`, the first of equals; NaN never is."""
    index = np.argmin(without_nan(x, np.inf), filled_in(axis, holes))
    return index.astype(dtype, copy=False)


def without_nan(x, substitute):
    if np.result_type(x).kind != "f":
        return x
    return np.where(np.isnan(x), substitute, x)


# Truth


@reduction(label="All", kinds="b", grad=no_gradient)
def reduce_all(x, /, *holes, axis, keepdims):
    """Whether all along `axis` are true; all axes unless given.

    >>> df.reduce_all([[True, True], [False, True]], axis=0).eval()
    array([False,  True])
    """
    return np.all(x, filled_in(axis, holes), keepdims=keepdims)


@reduction(label="Any", kinds="b", grad=no_gradient)
def reduce_any(x, /, *holes, axis, keepdims):
    """Whether one along `axis` is true, or several; all axes unless given.

    >>> df.reduce_any([[False, False], [False, True]], axis=0).eval()
    array([False,  True])
    """
    return np.any(x, filled_in(axis, holes), keepdims=keepdims)


def count_nonzero(
    input_tensor: Any = None,
    axis: Any = None,
    keepdims: bool | None = None,
    dtype: Any = INT64,
    name: str | None = None,
    reduction_indices: Any = None,
    keep_dims: bool | None = None,
    input: Any = None,
) -> Tensor:
    """How many along `axis` are not 0; of texts, how many are not empty.

    All axes unless given; an int64 unless `dtype` is another.

    >>> df.count_nonzero([[0.0, 1.0], [2.0, 3.0]], axis=0).eval()
    array([1, 2])
    >>> df.count_nonzero(["", "a"]).eval()
    np.int64(1)
    """
    x = as_tensor(either(input_tensor=input_tensor, input=input))
    axis = either(axis=axis, reduction_indices=reduction_indices)
    keepdims = either(keepdims=keepdims, keep_dims=keep_dims)
    with scope(name, "count_nonzero", x):
        hits = not_equal(x, b"") if x.dtype == STRING else cast(x, BOOL)
        return reduce_sum(cast(hits, dtype), axis, keepdims)


# Norms and spreads


def logsumexp_grad(g, y, x, axis, keepdims):
    # The sum is 1 but for the rounding of `y`, no small part where that is large.
    parts = exp(x - spread(stop_gradient(y), x, axis, keepdims))
    return spread(g / reduce_sum(parts, axis, keepdims), x, axis, keepdims) * parts


@reduction(label="ReduceLogSumExp", kinds="f", grad=logsumexp_grad)
def reduce_logsumexp(x, /, *holes, axis, keepdims):
    """`log(sum(exp(x)))` along `axis`, without overflow; of nothing, -infinity.

    All axes unless given.

    >>> df.reduce_logsumexp([[0.0, 0.0], [100.0, 100.0]], axis=1).eval().round(3)
    array([  0.693, 100.693], dtype=float32)
    """
    axis = axes_of(filled_in(axis, holes), np.ndim(x))
    largest = np.max(x, axis, keepdims=True, initial=-np.inf)
    largest = np.where(np.isfinite(largest), largest, np.zeros_like(largest))
    total = np.log(np.sum(np.exp(x - largest), axis, keepdims=True)) + largest
    return total if keepdims else np.squeeze(total, axis)[()]


@reduction(
    label="EuclideanNorm",
    kinds=NUMBERS,
    grad=lambda g, y, x, axis, keepdims: x * spread(g / y, x, axis, keepdims),
    domain=NONZERO,
)
def euclidean_norm(x, /, *holes, axis, keepdims):
    """The root of the sum of squares along `axis`; all axes unless given."""
    squares = np.square(np.abs(x))
    total = np.sum(squares, filled_in(axis, holes), keepdims=keepdims)
    return np.sqrt(total).astype(np.result_type(x), copy=False)


def reduce_euclidean_norm(
    input_tensor: Any, axis: Any = None, keepdims: bool = False, name: str | None = None
) -> Tensor:
    """The root of the sum of squares along `axis`; all axes unless given.

    >>> df.math.reduce_euclidean_norm([[3.0, 4.0], [0.0, 2.0]], axis=1).eval()
    array([5., 2.], dtype=float32)
    """
    return euclidean_norm(input_tensor, axis, keepdims, name)


def reduce_variance(
    input_tensor: Any, axis: Any = None, keepdims: bool = False, name: str | None = None
) -> Tensor:
    """The mean square of the distances from the mean along `axis`; of floats.

    All axes unless given. Ints are a `DTypeError`, since their mean drops its fraction.

    >>> df.math.reduce_variance([[1.0, 3.0], [2.0, 8.0]], axis=1).eval()
    array([1., 9.], dtype=float32)
    """
    x = with_fractions(input_tensor)
    with scope(name, "reduce_variance", x):
        distances = x - reduce_mean(x, axis, keepdims=True)
        return reduce_mean(square(abs(distances)), axis, keepdims)


def reduce_std(
    input_tensor: Any, axis: Any = None, keepdims: bool = False, name: str | None = None
) -> Tensor:
    """The standard deviation along `axis`: the root of the `reduce_variance`.

    >>> df.math.reduce_std([[1.0, 3.0], [2.0, 8.0]], axis=1).eval()
    array([1., 3.], dtype=float32)
    """
    x = with_fractions(input_tensor)
    with scope(name, "reduce_std", x):
        return sqrt(reduce_variance(x, axis, keepdims))


def with_fractions(value):
    x = as_tensor(value)
    if x.spec.dtype is not None and x.spec.dtype.kind not in FLOATS:
        raise DTypeError(f"needs floats or complex numbers, got {x!r}; cast() it")
    return x


# Products


@reduction(
    label="Prod",
    kinds=NUMBERS,
    grad=lambda g, y, x, axis, keepdims, dtype=None: (
        spread(g, x, axis, keepdims) * mirrored(others_product(x, axis))
    ),
)
def reduce_prod(x, /, *holes, axis, keepdims, dtype=None):
    """The product along `axis`, in the dtype of the tensor; all axes unless given.

    >>> df.reduce_prod([[1, 2, 3], [4, 5, 6]], axis=1).eval()
    array([  6, 120], dtype=int32)
    """
    return np.prod(x, filled_in(axis, holes), dtype, keepdims=keepdims)


def others_product(x, axis):
    """At each element the product of the others along `axis`."""
    axis, holes = axis_with_holes(axis)
    return product_grad(x, *holes, axis=axis)


def product_grad_grad(g, y, x, *more, axis):
    # The derivative along several directions does not depend on their order, and
    # `g` is one more of them: it comes behind the others, or in the place of one.
    n = int(has_holes(axis))
    holes, along = more[:n], more[n:]
    return (
        product_grad(x, *holes, *along, g, axis=axis),
        *[None for _ in holes],
        *[
            product_grad(x, *holes, *along[:i], g, *along[i + 1 :], axis=axis)
            for i, _ in enumerate(along)
        ],
    )


@op(
    gaps=True,
    shape=lambda x, *more, axis: x.shape,
    unranked=True,
    agree=(0, 1),
    kinds=FLOATS,
    grad=product_grad_grad,
    examples=[
        args((4,), axis=None),
        args((2, 3), axis=0),
        args((2, 3, 5), axis=(0, -1)),
        args(np.array([0.0, 2.0, 3.0]), axis=0),
        args(np.array([0.0, 2.0, 0.0, 3.0, 0.0]), axis=0),
        args(np.array([[0.0, 2.0], [0.5, 0.0]]), (2, 2), axis=None),
        args((5,), (5,), axis=None),
        args((3, 2), (3, 2), (3, 2), axis=0),
        args((3,), axis=()),
        args((), axis=None),
        args((0, 3), axis=0),
        args((2, 0), (2, 0), axis=None),
        args((2, 3), np.array(0), (2, 3), axis="#"),
    ],
)
def product_grad(x, /, *more, axis):
    """At each element the product of the others along `axis`; no zero is divided by.

    With more inputs, behind the holes of `axis`, the derivative of the product along
    these directions in turn, and at each element.
    """
    n = int(has_holes(axis))
    axis, along = filled_in(axis, more[:n]), more[n:]
    axes = axes_of(axis, np.ndim(x))
    front = tuple(range(len(axes)))

    def flat(value):
        moved = np.moveaxis(value, axes, front)
        rows = np.reshape(moved, (count_of(x, axis), *np.shape(moved)[len(axes) :]))
        return rows.astype(np.result_type(x), copy=False)

    terms = {0: flat(x), **{1 << i: flat(v) for i, v in enumerate(along)}}
    result = others(terms).get((1 << len(along)) - 1)
    if result is None:  # more directions than elements to move along them
        return np.zeros_like(x)
    shape = np.shape(np.moveaxis(x, axes, front))
    return np.moveaxis(np.reshape(result, shape), front, axes)


# Derivatives along directions u, v, ... are the terms of a calculation with numbers
# `x + u e1 + v e2 + ...` where every e squares to zero. Such a number is a dict: the
# bits of a key say which of the e's its term has.


def times(a, b):
    """The product of two such numbers."""
    product: dict[int, Any] = {}
    for s, p in a.items():
        for t, q in b.items():
            if not s & t:
                product[s | t] = product.get(s | t, 0) + p * q
    return product


def others(x):
    """For each of the numbers along the first axis, the product of all others.

    Outside of a pair is what is outside of its half, times the other one of the pair.
    """
    count = len(x[0])
    if count <= 1:
        return {0: np.ones_like(x[0])}
    even = {s: term[0::2] for s, term in x.items()}
    odd = {s: padded(term[1::2], len(even[s]), s == 0) for s, term in x.items()}
    outside = others(times(even, odd))
    by_even, by_odd = times(outside, odd), times(outside, even)
    return {s: interleaved(by_even[s], by_odd[s])[:count] for s in by_even}


def padded(x, length, value):
    """`x` with one `value` behind it if it is shorter than `length`."""
    if len(x) == length:
        return x
    return np.concatenate([x, np.full_like(x[:1], value)])


def interleaved(a, b):
    """`a[0], b[0], a[1], b[1], ...`."""
    return np.reshape(np.stack([a, b], 1), (2 * len(a), *np.shape(a)[1:]))
