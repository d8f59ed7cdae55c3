"""Activations."""

import numpy as np

from daskflow.opdef import NONZERO
from daskflow.ops.define import FLOATS, args, axes_of, elementwise, op
from daskflow.ops.math import ORDERED, greater, select, square
from daskflow.ops.reduce import reduce_sum

__all__ = ["relu", "sigmoid", "softmax", "tanh"]


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
    """`1 / (1 + exp(-x))`, between 0 and 1."""
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
    """Hyperbolic tangent of `x`, between -1 and 1."""
    return np.tanh(x)


@elementwise(
    label="Relu",
    kinds=ORDERED,
    domain=NONZERO,
    grad=lambda g, y, x: select(greater(y, 0), g, 0),
    written=lambda x: "np.maximum({0}, 0)",
)
def relu(x, out=None):
    """`x` where it is positive, else 0; its gradient at 0 is 0."""
    return np.maximum(x, 0, out=out)


def along_axis(x, axis):
    if x.shape is not None:
        axes_of(axis, len(x.shape))
    return x.shape


def softmax_in_numpy(x, axis):
    if 0 in x.shape:
        return None
    along = f"axis={axis}, keepdims=True"
    lower = f"np.subtract({{0}}, np.maximum.reduce({{0}}, {along}))"
    powers = f"np.exp({{y}} := {lower}, {{y}})"
    return f"np.divide({powers}, np.add.reduce({{y}}, {along}), {{y}})"


@op(
    label="Softmax",
    shape=along_axis,
    written=softmax_in_numpy,
    unranked=True,
    kinds="f",
    grad=lambda g, y, x, axis: y * (g - reduce_sum(g * y, axis, keepdims=True)),
    examples=[
        args((3,), axis=-1),
        args((2, 3), axis=-1),
        args((2, 3, 4), axis=1),
        args((2, 0), axis=-1),
        args((0, 2), axis=-1),
        args(np.array([[1000.0, 0.0, -1000.0]]), axis=-1),
    ],
)
def softmax(x, /, axis=-1):
    """`exp(x)` in proportion to its sum along `axis`: positive, and 1 in all."""
    if 0 in np.shape(x):
        return x
    powers = x - np.maximum.reduce(x, axis=axis, keepdims=True)
    np.exp(powers, out=powers)  # at most 1
    return powers / np.add.reduce(powers, axis=axis, keepdims=True)
