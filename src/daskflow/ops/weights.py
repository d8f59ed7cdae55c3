"""How weights, labels and predictions are brought to one shape."""

import numpy as np

from daskflow.errors import ShapeError
from daskflow.ops.array import (
    reshape_like,
    sum_like,
)
from daskflow.ops.define import args, op
from daskflow.spec import shape_text


def weighted_shape(weights, values):
    """The shape of `values`; a `ShapeError` if `weights` do not broadcast to it."""
    w, shape = weights.shape, values.shape
    if w is None or shape is None or w == ():
        return shape
    fits = [n in (None, 1, m) or m is None for n, m in zip(w, shape, strict=False)]
    if len(w) != len(shape) or not all(fits):
        raise ShapeError(
            "weights can not be broadcast to values: each axis of theirs is as long or "
            f"1, or they are a scalar; got weights {shape_text(w)} for values "
            f"{shape_text(shape)}"
        )
    return shape


@op(
    shape=weighted_shape,
    unranked=True,
    grad=lambda g, y, weights, values: (sum_like(g, weights), None),
    agree=(0, 1),
    gaps=True,
    examples=[args((), (2, 3)), args((2, 1), (2, 3)), args((0, 1), (0, 3))],
)
def broadcast_weights(weights, values):
    """`weights` in the shape of `values`: of a scalar, or along axes of length 1."""
    weighted_shape(weights, values)
    return np.broadcast_to(weights, np.shape(values))


def fitting_shape(x, like, more):
    if x.shape is None or like.shape is None:
        return None
    return x.shape[:-1] if is_wider(x.shape, like.shape, more) else x.shape


def is_wider(shape, like, more):
    """Whether a shape has one axis of length 1 too many at its end."""
    return len(shape) == len(like) + more + 1 and shape[-1] in (1, None)


@op(
    shape=fitting_shape,
    unranked=True,
    agree=(0, 1),
    grad=lambda g, y, x, like, more: (reshape_like(g, x), None),
    examples=[
        args((2, 1), (2,), more=0),
        args((2, 3), (2,), more=1),
        args((2, 3), (2, 3), more=0),
    ],
)
def without_last_axis(x, like, /, more):
    """`x` of at most the rank of `like` and `more`, by leaving out an axis of length 1.

    Anything else stays as it is.
    """
    return x[..., 0] if is_wider(np.shape(x), np.shape(like), more) else x


def ranked_shape(x, like):
    if x.shape is None or like.shape is None:
        return None
    missing = len(like.shape) - len(x.shape)
    if x.shape and missing == -1 and x.shape[-1] in (1, None):
        return x.shape[:-1]
    return (*x.shape, 1) if x.shape and missing == 1 else x.shape


@op(
    shape=ranked_shape,
    unranked=True,
    agree=(0, 1),
    grad=lambda g, y, x, like: (reshape_like(g, x), None),
    examples=[args((2, 1), (2,)), args((2,), (2, 3)), args((), (2,)), args((2,), (2,))],
)
def in_rank_of(x, like):
    """`x` with a last axis of length 1 more or less, if it then has the rank of `like`.

    Anything else, a scalar for instance, stays as it is.
    """
    return np.reshape(x, ranked_shape(x, like))
