"""Activations, and what else layers of a network are made of."""

from typing import Any, NamedTuple

import numpy as np

from daskflow.defaults import name_scope
from daskflow.errors import GraphError, ShapeError
from daskflow.graph import Operators, Tensor
from daskflow.opdef import NONZERO, OPS, no_gradient
from daskflow.ops.array import reshape, shaped_like, zeros_like
from daskflow.ops.define import (
    FLOATS,
    NUMBERS,
    args,
    axes_of,
    either,
    elementwise,
    filled_in,
    op,
    several,
    with_holes,
    without_holes,
)
from daskflow.ops.joining import concat
from daskflow.ops.linalg import matmul
from daskflow.ops.math import (
    ORDERED,
    abs,
    cast,
    exp,
    greater,
    less,
    maximum,
    select,
    square,
)
from daskflow.ops.ordering import put_along
from daskflow.ops.random import generator, seeds_in
from daskflow.ops.reduce import reduce_sum
from daskflow.spec import Spec, merge, shape_text
from daskflow.values import as_tensor, run_number

__all__ = [
    "bias_add",
    "crelu",
    "dropout",
    "elu",
    "in_top_k",
    "l2_loss",
    "leaky_relu",
    "log_sigmoid",
    "log_softmax",
    "relu",
    "relu6",
    "relu_layer",
    "selu",
    "sigmoid",
    "softmax",
    "softplus",
    "softsign",
    "swish",
    "tanh",
    "top_k",
    "xw_plus_b",
    "zero_fraction",
]

FLOAT32 = np.dtype(np.float32)
INT32 = np.dtype(np.int32)

# Activations


def sigmoid_in_numpy(x):
    if x.dtype == np.float16:
        return None
    if x.shape == ():
        return "(1 / (1 + np.exp(-1.0 * {0})))"
    powers = "np.exp({y} := np.multiply(-1.0, {0}), {y})"
    return f"np.divide(1, np.add(1, {powers}, {{y}}), {{y}})"


@elementwise(
    label="Sigmoid",
    kinds="f",
    grad=lambda g, y, x: g * y * (1 - y),
    written=sigmoid_in_numpy,
)
def sigmoid(x, out=None):
    """`1 / (1 + exp(-x))`, between 0 and 1.

    >>> df.sigmoid([-2.0, 0.0, 2.0]).eval().round(3)
    array([0.119, 0.5  , 0.881], dtype=float32)
    """
    if np.result_type(x) == np.float16:  # it would overflow where there is a value
        return np.add(sigmoid_of(np.float32(x)), 0, out, dtype=np.float16)
    return sigmoid_of(x, out)


def sigmoid_of(x, out=None):
    y = np.multiply(-1.0, x, out)
    into = y if np.ndim(y) else None
    y = np.add(1, np.exp(y, into), into)  # of infinity it ends as the right 0
    return np.divide(1, y, into)


@elementwise(
    label="Tanh", ufunc=np.tanh, kinds=FLOATS, grad=lambda g, y, x: g * (1 - square(y))
)
def tanh(x):
    """Hyperbolic tangent of `x`, between -1 and 1.

    >>> df.tanh([-1.0, 0.0, 1.0]).eval().round(3)
    array([-0.762,  0.   ,  0.762], dtype=float32)
    """
    return np.tanh(x)


@elementwise(
    label="Relu",
    kinds=ORDERED,
    domain=NONZERO,
    grad=lambda g, y, x: relu_grad(g, y),
    written=lambda x: "np.maximum({0}, 0)",
)
def relu(features, out=None):
    """`features` where they are positive, else 0; its gradient at 0 is 0.

    >>> df.nn.relu([-1.0, 0.0, 2.0]).eval()
    array([0., 0., 2.], dtype=float32)
    """
    return np.maximum(features, 0, out=out)


@elementwise(
    label="ReluGrad",
    kinds=ORDERED,
    domain=NONZERO,
    grad=lambda h, _, g, y: (relu_grad(h, y), zeros_like(y)),
)
def relu_grad(g, y, out=None):
    """`g` where `y` is positive, else 0."""
    return where_true(g, np.greater(y, 0), out)


def where_true(x, mask, out=None):
    """`x` where `mask` is true, else 0.

    The bits of the elements are multiplied, as ints, by 0 or 1. So no element is asked
    for its own branch, as `np.where` does: on values of either sign that takes ten
    times as long.
    """
    bits = f"i{x.dtype.itemsize}"
    if out is None:
        return np.multiply(x.view(bits), mask).view(x.dtype)
    np.multiply(x.view(bits), mask, out.view(bits))
    return out


def relu6_grad(g, y, x):
    return select(less(y, 6), relu_grad(g, y), 0)


@elementwise(label="Relu6", kinds=ORDERED, domain=NONZERO, grad=relu6_grad)
def relu6(features, out=None):
    """`features` no lower than 0 and no higher than 6.

    >>> df.nn.relu6([-1.0, 2.0, 8.0]).eval()
    array([0., 2., 6.], dtype=float32)
    """
    return np.minimum(np.maximum(features, 0, out=out), 6, out=out)


@elementwise(
    label="Elu",
    kinds="f",
    domain=NONZERO,
    grad=lambda g, y, x: g * select(less(y, 0), y + 1, 1),
)
def elu(features):
    """Where `features` are negative `exp(features) - 1`, else as they are.

    >>> df.nn.elu([-100.0, -1.0, 2.0]).eval().round(3)
    array([-1.   , -0.632,  2.   ], dtype=float32)
    """
    return np.where(features < 0, np.expm1(np.minimum(features, 0)), features)


# So the activations of many layers keep the mean 0 and the variance 1 (Klambauer et
# al., "Self-normalizing neural networks", 2017, section 2).
SCALE = 1.0507009873554804934193349852946
ALPHA = 1.6732632423543772848170429916717


@elementwise(
    label="Selu",
    kinds="f",
    domain=NONZERO,
    grad=lambda g, y, x: g * select(less(y, 0), y + SCALE * ALPHA, SCALE),
)
def selu(features):
    """The scaled `elu`, which keeps means and variances of many layers alike.

    >>> df.nn.selu([-100.0, 0.0, 1.0]).eval().round(3)
    array([-1.758,  0.   ,  1.051], dtype=float32)
    """
    below = ALPHA * np.expm1(np.minimum(features, 0))
    return SCALE * np.where(features < 0, below, features)


@elementwise(
    label="LeakyRelu",
    name="leaky_relu",
    kinds="f",
    domain=NONZERO,
    grad=lambda g, y, x, alpha: select(greater(x, 0), g, alpha * g),
    examples=[args((2, 3), alpha=0.2), args((), alpha=0.0), args((0, 2), alpha=1.5)],
)
def leaking(features, /, alpha):
    """`features` where they are positive, else `alpha` times them."""
    return np.where(features > 0, features, alpha * features)


def leaky_relu(features: Any, alpha: Any = 0.2, name: str | None = None) -> Tensor:
    """`features` where they are positive, else `alpha` times them; ints as float32.

    >>> df.nn.leaky_relu([-10.0, 5.0]).eval()
    array([-2.,  5.], dtype=float32)
    """
    x = as_tensor(features)
    if x.spec.dtype is not None and x.spec.dtype.kind in "iu":
        x = cast(x, FLOAT32)
    if isinstance(alpha, Operators):
        with name_scope(name, "LeakyRelu") as scope:
            return maximum(x, alpha * x, name=scope)
    return leaking(x, alpha=float(alpha), name=name)


def crelu(features: Any, name: str | None = None, axis: int = -1) -> Tensor:
    """`relu` of `features` and of their opposites, one behind the other on `axis`.

    The last axis, which gets twice as long, unless given.

    >>> df.nn.crelu([-1.0, 2.0]).eval()
    array([0., 2., 1., 0.], dtype=float32)
    """
    with name_scope(name, "CRelu") as scope:
        x = as_tensor(features)
        return relu(concat([x, -x], axis), name=scope)


@elementwise(label="Softplus", kinds="f", grad=lambda g, y, x: g * sigmoid(x))
def softplus(features):
    """`log(1 + exp(features))`, a smooth `relu`.

    >>> df.nn.softplus([-5.0, 0.0, 5.0]).eval().round(3)
    array([0.007, 0.693, 5.007], dtype=float32)
    """
    return np.maximum(features, 0) + np.log1p(np.exp(-np.abs(features)))


@elementwise(
    label="Softsign",
    kinds="f",
    domain=NONZERO,
    grad=lambda g, y, x: g / square(1 + abs(x)),
)
def softsign(features):
    """`features / (1 + |features|)`, between -1 and 1.

    >>> df.nn.softsign([-3.0, 0.0, 1.0]).eval()
    array([-0.75,  0.  ,  0.5 ], dtype=float32)
    """
    return features / (1 + np.abs(features))


@elementwise(label="LogSigmoid", kinds="f", grad=lambda g, y, x: g * sigmoid(-x))
def log_sigmoid(x):
    """The logarithm of `sigmoid(x)`.

    >>> df.log_sigmoid([-100.0, 0.0]).eval().round(3)
    array([-100.   ,   -0.693], dtype=float32)
    """
    return np.minimum(x, 0) - np.log1p(np.exp(-np.abs(x)))


def swish_grad(g, y, x):
    s = sigmoid(x)
    return g * (s + y * (1 - s))


@elementwise(label="IdentityN", kinds="f", grad=swish_grad)
def swish(features):
    """`features * sigmoid(features)`.

    >>> df.nn.swish([-5.0, 0.0, 5.0]).eval().round(3)
    array([-0.033,  0.   ,  4.967], dtype=float32)
    """
    return features * OPS["sigmoid"].kernel(features)


def along_axis(x, axis):
    if x.shape is not None:
        axes_of(axis, len(x.shape))
    return x.shape


def proportions_grad(g, y, x, axis):
    return y * (g - reduce_sum(g * y, axis, keepdims=True))


def softmax_in_numpy(x, axis):
    if 0 in x.shape:
        return None
    along = f"axis={axis}, keepdims=True"
    lower = f"np.subtract({{0}}, np.maximum.reduce({{0}}, {along}))"
    powers = f"np.exp({{y}} := {lower}, {{y}})"
    return f"np.divide({powers}, np.add.reduce({{y}}, {along}), {{y}})"


@op(
    label="Softmax",
    name="softmax",
    shape=along_axis,
    written=softmax_in_numpy,
    unranked=True,
    kinds="f",
    grad=lambda g, y, x, axis: proportions_grad(g, y, x, axis),
    examples=[
        args((3,), axis=-1),
        args((2, 3), axis=-1),
        args((2, 3, 4), axis=1),
        args((2, 0), axis=-1),
        args((0, 2), axis=-1),
        args(np.array([[1000.0, 0.0, -1000.0]]), axis=-1),
    ],
)
def proportions(x, /, axis):
    """`exp(x)` in proportion to its sum along `axis`: positive, and 1 in all."""
    if 0 in np.shape(x):
        return x
    powers = x - np.maximum.reduce(x, axis=axis, keepdims=True)
    np.exp(powers, out=powers)  # at most 1
    return powers / np.add.reduce(powers, axis=axis, keepdims=True)


@op(
    label="LogSoftmax",
    name="log_softmax",
    shape=along_axis,
    unranked=True,
    kinds="f",
    grad=lambda g, y, x, axis: g - exp(y) * reduce_sum(g, axis, keepdims=True),
    examples=[
        args((3,), axis=-1),
        args((2, 3, 4), axis=1),
        args((2, 0), axis=-1),
        args(np.array([[1000.0, 0.0, -1000.0]]), axis=-1),
    ],
)
def log_proportions(x, /, axis):
    """The logarithm of `softmax(x)`."""
    if 0 in np.shape(x):
        return x
    lower = x - np.maximum.reduce(x, axis=axis, keepdims=True)
    return lower - np.log(np.add.reduce(np.exp(lower), axis=axis, keepdims=True))


def softmax(
    logits: Any, axis: int | None = None, name: str | None = None, dim: Any = None
) -> Tensor:
    """`exp(logits)` in proportion to its sum along `axis`: positive, and 1 in all.

    The last axis unless another is given.

    >>> df.nn.softmax([[0.0, 0.0], [0.0, 2.0]]).eval().round(3)
    array([[0.5  , 0.5  ],
           [0.119, 0.881]], dtype=float32)
    >>> df.nn.softmax([[0.0, 0.0], [0.0, 2.0]], axis=0).eval().round(3)
    array([[0.5  , 0.119],
           [0.5  , 0.881]], dtype=float32)
    """
    axis = either(axis=axis, dim=dim)
    return proportions(logits, axis=-1 if axis is None else axis, name=name)


def log_softmax(
    logits: Any, axis: int | None = None, name: str | None = None, dim: Any = None
) -> Tensor:
    """The logarithm of `softmax`, exact far out as well.

    >>> df.nn.log_softmax([0.0, 0.0, -100.0]).eval().round(3)
    array([  -0.693,   -0.693, -100.693], dtype=float32)
    """
    axis = either(axis=axis, dim=dim)
    return log_proportions(logits, axis=-1 if axis is None else axis, name=name)


# Layers


@elementwise(
    label="BiasAdd",
    name="bias_add",
    ufunc=np.add,
    kinds=NUMBERS,
    grad=lambda g, y, value, bias: (g, g),
)
def biased(value, bias):
    """`value + bias`."""
    return np.add(value, bias)


def bias_add(
    value: Any, bias: Any, data_format: str | None = None, name: str | None = None
) -> Tensor:
    """`value` with a number added to each channel, from the vector `bias`.

    The channels are the last axis; with the `data_format` `"NCHW"`, the second.

    >>> df.nn.bias_add([[1.0, 2.0], [3.0, 4.0]], [10.0, 20.0]).eval()
    array([[11., 22.],
           [13., 24.]], dtype=float32)
    """
    if data_format not in (*CHANNELS_LAST, *CHANNELS_FIRST):
        raise GraphError(
            f"data_format is 'NHWC', 'NCHW' or one alike, got {data_format!r}"
        )
    leading = data_format in CHANNELS_FIRST
    x = as_tensor(value)
    b = as_tensor(bias, x.dtype)
    shape, length = x.spec.shape, b.spec.shape
    if shape is not None and len(shape) < 2:
        raise ShapeError(f"needs a value of rank 2 or more, got {shape_text(shape)}")
    if length is not None and len(length) != 1:
        raise ShapeError(f"needs a vector for a bias, got {shape_text(length)}")
    if shape is not None and length is not None:
        merge((shape[1 if leading else -1],), length)
    if leading:
        if shape is None:
            raise ShapeError(f"needs a value whose rank is known for {data_format!r}")
        b = reshape(b, [-1] + [1] * (len(shape) - 2))
    return biased(x, b, name=name)


CHANNELS_LAST = (None, "NHWC", "NWC", "NDHWC", "N...C")
CHANNELS_FIRST = ("NCHW", "NCW", "NCDHW", "NC...")


def xw_plus_b(x: Any, weights: Any, biases: Any, name: str | None = None) -> Tensor:
    """`matmul(x, weights) + biases`.

    >>> df.nn.xw_plus_b([[1.0, 2.0]], [[1.0, -1.0], [1.0, -1.0]], [10.0, 1.0]).eval()
    array([[13., -2.]], dtype=float32)
    """
    with name_scope(name, "xw_plus_b") as scope:
        return bias_add(matmul(x, weights), biases, name=scope)


def relu_layer(x: Any, weights: Any, biases: Any, name: str | None = None) -> Tensor:
    """`relu(matmul(x, weights) + biases)`.

    >>> df.nn.relu_layer([[1.0, 2.0]], [[1.0, -1.0], [1.0, -1.0]], [10.0, 1.0]).eval()
    array([[13.,  0.]], dtype=float32)
    """
    with name_scope(name, "relu_layer") as scope:
        return relu(xw_plus_b(x, weights, biases), name=scope)


@op(
    label="L2Loss",
    shape=lambda t: (),
    unranked=True,
    kinds="f",
    grad=lambda g, y, t: g * t,
    examples=[args((2, 3)), args(()), args((0, 2))],
)
def l2_loss(t):
    """Half of the sum of the squares of `t`.

    >>> df.nn.l2_loss([3.0, 4.0]).eval()
    np.float32(12.5)
    """
    flat = np.ravel(t)
    return np.sum(np.square(flat)) / 2


@op(
    label="zero_fraction",
    shape=lambda value: (),
    dtype=FLOAT32,
    unranked=True,
    grad=no_gradient,
    examples=[args(np.array([0.0, 1.0, 0.0])), args(()), args(np.array([[0, 2]]))],
)
def zero_fraction(value):
    """The fraction of `value` that is 0, a float32.

    >>> df.nn.zero_fraction([0.0, 1.0, 0.0, 2.0]).eval()
    np.float32(0.5)
    """
    zeros = np.size(value) - np.count_nonzero(value)
    return np.float32(zeros) / np.float32(np.size(value))


_RUN = np.array(3)


@op(
    label="dropout",
    name="dropout",
    agree=(0, 2),
    shape=lambda x, *others, **attrs: x.shape,
    unranked=True,
    kinds="f",
    grad=lambda g, y, x, rate, run, *holes, shape, seeds: (
        dropped(g, rate, run, *holes, shape=shape, seeds=seeds),
        reduce_sum(g * y) / (1 - rate),
        *no_gradient(g, y, run, *holes),
    ),
    examples=[
        args((4, 3), np.array(0.3), _RUN, shape=None, seeds=(0, -4)),
        args((4, 3), np.array(0.0), _RUN, shape=(4, 1), seeds=(0, -4)),
        args((4, 3), np.array(0.5), _RUN, np.array(4), shape=("#", 3), seeds=(0, 1)),
        args((0, 3), np.array(0.5), _RUN, shape=None, seeds=(0, 1)),
    ],
)
def dropped(x, rate, run, /, *holes, shape, seeds):
    """`x` with a part of it, `rate`, set to 0 at random, and the rest scaled up."""
    wanted = filled_in(shape, holes) or (None,) * np.ndim(x)
    noise = [n if k is None else k for n, k in zip(np.shape(x), wanted, strict=True)]
    kept = generator(run, seeds).random(noise, np.float32) >= rate
    return x * np.where(kept, 1 / (1 - rate), 0).astype(np.result_type(x))


def dropout(
    x: Any,
    keep_prob: Any = None,
    noise_shape: Any = None,
    seed: int | None = None,
    name: str | None = None,
    rate: Any = None,
) -> Tensor:
    """`x` with a part of it, `rate`, set to 0 at random in each run.

    The rest is divided by `1 - rate`, which is `keep_prob`. Where `noise_shape` is 1,
    the elements along that axis are kept or set to 0 together. For the `seed` see
    `random_uniform`.

    >>> x = df.nn.dropout(df.ones([8]), rate=0.5, seed=1)
    >>> x.eval()
    array([2., 0., 2., 0., 0., 2., 0., 2.], dtype=float32)
    >>> x.eval()
    array([2., 2., 0., 2., 0., 0., 2., 0.], dtype=float32)
    """
    if keep_prob is not None:
        if rate is not None:
            raise GraphError("takes rate or keep_prob, which is 1 - rate, but not both")
        rate = 1 - keep_prob
    if rate is None:
        raise GraphError("needs a rate")
    x = as_tensor(x)
    if x.spec.dtype is not None and x.spec.dtype.kind != "f":
        raise GraphError(f"needs floats to scale, got {x.spec}; cast() them")
    if not isinstance(rate, Operators):
        if not 0 <= rate < 1:
            raise GraphError(f"needs a rate with 0 <= rate < 1, got {rate}")
        if rate == 0:
            return x
    shape, holes = (None, []) if noise_shape is None else with_holes(noise_shape)
    graph = x.graph
    seeds = seeds_in(graph, seed)
    return dropped(
        x, rate, run_number(graph), *holes, shape=shape, seeds=seeds, name=name
    )


# The largest


class TopKV2(NamedTuple):
    """What `top_k` gives."""

    values: Tensor
    indices: Tensor


def top_specs(x, *holes, k):
    k = without_holes(k, holes)
    k = None if isinstance(k, tuple) else k
    if x.shape is None:
        return [Spec(x.dtype), Spec(INT32)]
    if not x.shape:
        raise ShapeError("needs a vector or more, got a single number")
    *rest, n = x.shape
    if None not in (n, k) and not 0 <= k <= n:
        raise ShapeError(f"needs 0 <= k <= {n}, the length of the last axis, got {k}")
    return [Spec(x.dtype, (*rest, k)), Spec(INT32, (*rest, k))]


@several(
    label="TopKV2",
    name="top_k",
    specs=top_specs,
    kinds=ORDERED,
    agree=(0, 1),
    grad=lambda g, y, x, *holes, k: (
        None if g[0] is None else shaped_like(x, put_along, g[0], y[1], axis=-1),
        *[None for _ in holes],
    ),
    examples=[
        args(np.array([[1.0, 3.0, 2.0], [5.0, 5.0, 4.0]]), k=2),
        args(np.array([3, 1, 3]), k=3),
        args((2, 0), k=0),
        args(np.array([3.0, 1.0]), np.array(1), k="#"),
    ],
)
def largest(x, /, *holes, k):
    """The `k` largest along the last axis, the largest first, and their indices."""
    k = filled_in(k, holes)
    n = np.shape(x)[-1]
    if not 0 <= k <= n:
        raise ValueError(f"needs 0 <= k <= {n}, the length of the last axis, got {k}")
    backwards = np.argsort(x[..., ::-1], -1, "stable")[..., ::-1]
    indices = (n - 1 - backwards[..., :k]).astype(np.int32)
    return np.take_along_axis(x, indices, -1), indices


def top_k(
    input: Any, k: Any = 1, sorted: bool = True, name: str | None = None
) -> TopKV2:
    """The `k` largest along the last axis, the largest first, and their indices.

    `[..., n] -> [..., k], [..., k]`, the indices int32. Of equal ones the first comes
    first.

    >>> values, indices = df.nn.top_k([[1.0, 9.0, 5.0], [4.0, 4.0, 2.0]], k=2)
    >>> session.run([values, indices])
    [array([[9., 5.],
           [4., 4.]], dtype=float32), array([[1, 2],
           [0, 1]], dtype=int32)]
    """
    setting, holes = with_holes(k)
    return TopKV2(*largest(input, *holes, k=setting, name=name))


def in_top_shape(predictions, targets, *holes, k):
    if len(predictions.shape) != 2 or len(targets.shape) != 1:
        raise ShapeError(
            "needs a matrix of predictions and a vector of targets, got "
            f"{shape_text(predictions.shape)} and {shape_text(targets.shape)}"
        )
    return merge(predictions.shape[:1], targets.shape)


@op(
    label="in_top_k",
    name="in_top_k",
    agree=(0, 1),
    shape=in_top_shape,
    dtype=np.dtype(np.bool_),
    kinds="f",
    grad=no_gradient,
    examples=[
        args(np.array([[1.0, 3.0, 2.0], [5.0, 5.0, 4.0]]), np.array([2, 0]), k=1),
        args(np.array([[1.0, np.nan], [5.0, 5.0]]), np.array([0, 2]), k=2),
        args(np.array([[1.0, 2.0]]), np.array([0]), np.array(2), k="#"),
    ],
)
def are_in_top(predictions, targets, /, *holes, k):
    """Whether fewer than `k` of a row of `predictions` are larger than its target."""
    n = predictions.shape[1]
    rows = np.arange(len(targets))
    within = (targets >= 0) & (targets < n)
    if not n:
        return within
    wanted = predictions[rows, np.where(within, targets, 0)][:, None]
    larger = np.count_nonzero(predictions > wanted, 1)
    finite = np.isfinite(predictions).all(1)
    return within & finite & (larger < filled_in(k, holes))


def in_top_k(predictions: Any, targets: Any, k: Any, name: str | None = None) -> Tensor:
    """Whether each of `targets`, a class, is among the `k` with the best predictions.

    `predictions` are `[batch, classes]` and `targets` `[batch]`. Classes with equal
    predictions are all in. Where a row of `predictions` is not finite, or its target is
    no class, it is False.

    >>> df.nn.in_top_k([[0.1, 0.7, 0.2], [0.5, 0.3, 0.2]], [2, 2], 2).eval()
    array([ True, False])
    """
    setting, holes = with_holes(k)
    return are_in_top(predictions, targets, *holes, k=setting, name=name)
