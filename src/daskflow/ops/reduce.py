"""Reductions: what many elements along some axes come to."""

import math
from typing import Any

import numpy as np

from daskflow.errors import ShapeError
from daskflow.opdef import no_gradient
from daskflow.ops.array import in_numpy, ones_like
from daskflow.ops.define import (
    FLOATS,
    NUMBERS,
    args,
    axes_of,
    op,
    reduced_shape,
    reduction,
)
from daskflow.ops.math import ORDERED, equal, select

__all__ = [
    "argmax",
    "argmin",
    "reduce_max",
    "reduce_mean",
    "reduce_min",
    "reduce_prod",
    "reduce_sum",
]

# Sums and means


def reduced_in_numpy(function):
    def written(x, axis, keepdims, **attrs):
        if 0 in x.shape or x.dtype.kind not in FLOATS:
            return None
        return f"np.{function}.reduce({{0}}, axis={axis}, keepdims={keepdims})"

    return written


@reduction(
    label="Sum",
    kinds=NUMBERS,
    grad=lambda g, y, x, axis, keepdims, dtype=None: spread(g, x, axis, keepdims),
    written=reduced_in_numpy("add"),
)
def reduce_sum(x, /, axis, keepdims, dtype=None):
    """The sum along `axis`, in the dtype of `x`; all axes unless given."""
    return np.sum(x, axis, dtype, keepdims=keepdims)


def mean_grad(g, y, x, axis, keepdims, dtype=None):
    return spread(g / reduced_count(x, axis), x, axis, keepdims)


def mean_in_numpy(x, axis, keepdims, dtype=None):
    if x.dtype.kind not in FLOATS:
        return None
    total = f"np.add.reduce({{0}}, axis={axis}, keepdims={keepdims})"
    return f"np.true_divide({total}, {elements(x.shape, axis)})"


@reduction(label="Mean", kinds=NUMBERS, grad=mean_grad, written=mean_in_numpy)
def reduce_mean(x, /, axis, keepdims, dtype=None):
    """The mean along `axis`, in the dtype of `x`: that of ints drops its fraction."""
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


@op(
    shape=lambda x, axis: (),
    unranked=True,
    grad=no_gradient,
    examples=[args((2, 3), axis=None), args((2, 3), axis=(-1,)), args((), axis=None)],
    written=lambda x, axis: f"{in_numpy(x.dtype)}.type({elements(x.shape, axis)})",
)
def reduced_count(x, /, axis):
    """The number of elements reduced to one, in the dtype of `x`."""
    return np.result_type(x).type(count_of(x, axis))


@op(
    gaps=True,
    shape=lambda g, like, axis, keepdims: like.shape,
    unranked=True,
    agree=(0, 1),
    grad=lambda h, y, g, like, axis, keepdims: (reduce_sum(h, axis, keepdims), None),
    broadcasts=lambda g, like, axis, keepdims: keepdims or g.shape == (),
    examples=[
        args((), (2, 3), axis=None, keepdims=False),
        args((3,), (2, 3), axis=0, keepdims=False),
        args((2, 1), (2, 3), axis=-1, keepdims=True),
        args((3,), (2, 3, 4), axis=(0, -1), keepdims=False),
        args((3,), (3,), axis=(), keepdims=False),
        args((3,), (0, 3), axis=0, keepdims=False),
    ],
)
def spread(g, like, /, axis, keepdims):
    """`g` at each of the elements of `like` that were reduced along `axis`."""
    if not keepdims:
        g = np.expand_dims(g, axes_of(axis, np.ndim(like)))
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
def reduce_max(x, /, axis, keepdims):
    """The largest along `axis`; of nothing, the lowest that the dtype has."""
    start = {"initial": limits(x)[0]} if 0 in np.shape(x) else {}
    return np.max(x, axis, keepdims=keepdims, **start)


@reduction(
    label="Min", kinds=ORDERED, grad=extreme_grad, written=reduced_in_numpy("minimum")
)
def reduce_min(x, /, axis, keepdims):
    """The smallest along `axis`; of nothing, the highest that the dtype has."""
    start = {"initial": limits(x)[1]} if 0 in np.shape(x) else {}
    return np.min(x, axis, keepdims=keepdims, **start)


def limits(x):
    """The lowest and the highest value of the dtype of `x`."""
    dtype = np.result_type(x)
    if dtype.kind == "f":
        return -np.inf, np.inf
    return np.iinfo(dtype).min, np.iinfo(dtype).max


def index_shape(x, axis):
    if isinstance(axis, tuple) or axis is None:
        raise ShapeError(f"needs one axis, got {axis}")
    if x.shape is not None and x.shape[axes_of(axis, len(x.shape))[0]] == 0:
        raise ShapeError(f"needs elements along axis {axis}, got {x}")
    return reduced_shape(x, axis)


_INDEXED: dict[str, Any] = {
    "shape": index_shape,
    "dtype": np.dtype(np.int64),
    "unranked": True,
    "kinds": "b" + ORDERED,
    "grad": no_gradient,
    "examples": [
        args((3,), axis=0),
        args((2, 3), axis=1),
        args((2, 3, 4), axis=-2),
        args(np.array([1, 7, 7]), axis=0),
        args((0, 3), axis=1),
    ],
}


@op(label="ArgMax", **_INDEXED)
def argmax(x, /, axis=0):
    """The index of the largest along `axis`, the first of equals; NaN never is."""
    return np.argmax(without_nan(x, -np.inf), axis)


@op(label="ArgMin", **_INDEXED)
def argmin(x, /, axis=0):
    """The index of the smallest along `axis`, the first of equals; NaN never is."""
    return np.argmin(without_nan(x, np.inf), axis)


def without_nan(x, substitute):
    if np.result_type(x).kind != "f":
        return x
    return np.where(np.isnan(x), substitute, x)


# Products


@reduction(
    label="Prod",
    kinds=NUMBERS,
    grad=lambda g, y, x, axis, keepdims, dtype=None: (
        spread(g, x, axis, keepdims) * product_grad(x, axis=axis)
    ),
)
def reduce_prod(x, /, axis, keepdims, dtype=None):
    """The product along `axis`, in the dtype of `x`; all axes unless given."""
    return np.prod(x, axis, dtype, keepdims=keepdims)


def product_grad_grad(g, y, x, *along, axis):
    # The derivative along several directions does not depend on their order, and
    # `g` is one more of them: it comes behind the others, or in the place of one.
    return (
        product_grad(x, *along, g, axis=axis),
        *[
            product_grad(x, *along[:i], g, *along[i + 1 :], axis=axis)
            for i, _ in enumerate(along)
        ],
    )


@op(
    gaps=True,
    shape=lambda x, *along, axis: x.shape,
    unranked=True,
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
    ],
)
def product_grad(x, /, *along, axis):
    """At each element the product of the others along `axis`; no zero is divided by.

    With more inputs, the derivative of the product along these directions in turn,
    and at each element.
    """
    axes = axes_of(axis, np.ndim(x))
    front = tuple(range(len(axes)))

    def flat(value):
        moved = np.moveaxis(value, axes, front)
        return np.reshape(moved, (count_of(x, axis), *np.shape(moved)[len(axes) :]))

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
