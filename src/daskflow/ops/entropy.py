"""Losses: how far predictions, as logits, are from their labels."""

import math
from typing import Any

import numpy as np

from daskflow.defaults import name_scope
from daskflow.errors import DTypeError, GraphError, ShapeError
from daskflow.graph import Tensor
from daskflow.opdef import NONZERO, OPS
from daskflow.ops.array import expand_dims, sum_like, zeros_like
from daskflow.ops.define import args, either, elementwise, op, reduced_shape
from daskflow.ops.functions import log1p
from daskflow.ops.math import (
    abs,
    add,
    cast,
    exp,
    greater_equal,
    less_equal,
    log,
    logical_and,
    select,
    stop_gradient,
    subtract,
)
from daskflow.ops.nn import (
    FLOAT32,
    log_softmax,
    proportions_grad,
    relu,
    sigmoid,
    softmax,
)
from daskflow.spec import Spec, broadcast, merge, shape_text
from daskflow.values import as_tensor

__all__ = [
    "log_poisson_loss",
    "sigmoid_cross_entropy_with_logits",
    "softmax_cross_entropy_with_logits",
    "softmax_cross_entropy_with_logits_v2",
    "sparse_softmax_cross_entropy_with_logits",
    "weighted_cross_entropy_with_logits",
]

FLOAT16 = np.dtype(np.float16)

# One of many classes


def summed_shape(labels, logits, axis):
    return reduced_shape(Spec(None, broadcast(labels.shape, logits.shape)), axis=axis)


def entropy_grad(g, y, labels, logits, axis):
    g = expand_dims(g, axis)
    return (
        sum_like(-g * log_softmax(logits, axis), labels),
        sum_like(g * (softmax(logits, axis) - labels), logits),
    )


_LABELS = np.array([[0.2, 0.5, 0.3], [0.0, 1.0, 0.0]])


@op(
    label="softmax_cross_entropy_with_logits",
    shape=summed_shape,
    kinds="f",
    grad=entropy_grad,
    examples=[
        args(_LABELS, (2, 3), axis=-1),
        args(_LABELS.T, (3, 2), axis=0),
        args(_LABELS[:1], (2, 3), axis=-1),
        args(_LABELS[0], (3,), axis=0),
        args((0, 3), (0, 3), axis=-1),
        args(_LABELS, np.array([[1e3, 0.0, -1e3], [0.0, 900.0, 0.0]]), axis=1),
    ],
)
def softmax_cross_entropy(labels, logits, /, axis):
    """Minus the sum along `axis` of `labels` times the logarithms of the softmax."""
    return -np.sum(labels * OPS["log_softmax"].kernel(logits, axis), axis)


def picked_shape(labels, logits):
    if not logits.shape:
        raise ShapeError("needs logits of rank 1 or more, got a single number")
    if len(labels.shape) != len(logits.shape) - 1:
        raise ShapeError(
            f"needs a label for each row of logits, got {shape_text(labels.shape)} for "
            f"{shape_text(logits.shape)}"
        )
    return merge(labels.shape, logits.shape[:-1])


def check_labels(labels, logits):
    """Raise `ValueError` unless there is a class for each label."""
    classes = logits.shape[-1]
    if np.size(labels) and not 0 <= np.min(labels) <= np.max(labels) < classes:
        raise ValueError(
            f"needs labels with 0 <= label < {classes}, got {np.min(labels)} to "
            f"{np.max(labels)}"
        )


_SPARSE = [
    args(np.array([2, 0]), (2, 3)),
    args(np.array(1), (2,)),
    args(np.array([[1, 0], [0, 2]]), (2, 2, 3)),
    args(np.zeros(0, np.int32), (0, 3)),
    args(np.array([1, 0]), np.array([[1e3, 0.0, -1e3], [0.0, 900.0, 0.0]])),
]


@op(
    label="SparseSoftmaxCrossEntropyWithLogits",
    agree=(1, 2),
    shape=picked_shape,
    kinds="f",
    grad=lambda g, y, labels, logits: (
        None,
        expand_dims(g, -1) * softmax_less_label(labels, logits),
    ),
    examples=_SPARSE,
)
def sparse_softmax_cross_entropy(labels, logits):
    """Minus the logarithm of the softmax of the class that is the label."""
    picked_shape(labels, logits)
    check_labels(labels, logits)
    places = np.expand_dims(labels, -1)
    logs = OPS["log_softmax"].kernel(logits, -1)
    return -np.take_along_axis(logs, places, -1)[..., 0]


@op(
    agree=(1, 2),
    shape=lambda labels, logits: logits.shape,
    kinds="f",
    grad=lambda g, y, labels, logits: (
        None,
        proportions_grad(g, softmax(logits), logits, -1),
    ),
    examples=_SPARSE,
)
def softmax_less_label(labels, logits):
    """The softmax of `logits`, less 1 for the class that is the label."""
    check_labels(labels, logits)
    result = np.array(OPS["softmax"].kernel(logits, -1))
    places = np.expand_dims(labels, -1)
    less = np.take_along_axis(result, places, -1) - 1
    np.put_along_axis(result, places, less, -1)
    return result


def softmax_cross_entropy_with_logits_v2(
    labels: Any,
    logits: Any,
    axis: int | None = None,
    name: str | None = None,
    dim: int | None = None,
) -> Tensor:
    """Cross-entropy of the softmax of `logits` and `labels`, both `[..., classes]`.

    Each row of `labels` holds the probabilities of the classes, which add up to 1: the
    gradient takes that for granted. The classes lie along the last axis, or `axis`.

    >>> df.nn.softmax_cross_entropy_with_logits_v2(
    ...     labels=[[0.0, 1.0], [0.5, 0.5]], logits=[[0.0, 2.0], [0.0, 2.0]]
    ... ).eval().round(3)
    array([0.127, 1.127], dtype=float32)
    """
    axis = either(axis=axis, dim=dim)
    axis = -1 if axis is None else axis
    x, p = as_tensor(logits), as_tensor(labels)
    if x.spec.dtype == FLOAT16:
        with name_scope(name, "softmax_cross_entropy_with_logits") as scope:
            wide = softmax_cross_entropy_with_logits_v2(p, cast(x, FLOAT32), axis)
            return cast(wide, FLOAT16, name=scope)
    if x.spec.dtype is not None and p.spec.dtype != x.spec.dtype:
        p = cast(p, x.spec.dtype)
    return softmax_cross_entropy(p, x, axis=axis, name=name)


def softmax_cross_entropy_with_logits(
    _sentinel: Any = None,
    labels: Any = None,
    logits: Any = None,
    dim: int = -1,
    name: str | None = None,
    axis: int | None = None,
) -> Tensor:
    """`softmax_cross_entropy_with_logits_v2`, but no gradient flows to `labels`.

    >>> labels, logits = df.constant([[0.0, 1.0]]), df.constant([[0.0, 2.0]])
    >>> loss = df.nn.softmax_cross_entropy_with_logits(labels=labels, logits=logits)
    >>> loss.eval().round(3), df.gradients(loss, labels)
    (array([0.127], dtype=float32), [None])
    """
    check_call(
        "softmax_cross_entropy_with_logits", _sentinel, labels=labels, logits=logits
    )
    return softmax_cross_entropy_with_logits_v2(
        stop_gradient(labels),
        logits,
        dim if axis is None else axis,
        name or "softmax_cross_entropy_with_logits_sg",
    )


def sparse_softmax_cross_entropy_with_logits(
    _sentinel: Any = None,
    labels: Any = None,
    logits: Any = None,
    name: str | None = None,
) -> Tensor:
    """Cross-entropy of the softmax of `logits` `[..., classes]` and the `labels`.

    Each of the `labels`, ints with one axis less, is the one class that is right; a
    label that is no class fails in a run.

    >>> df.nn.sparse_softmax_cross_entropy_with_logits(
    ...     labels=[1, 0], logits=[[0.0, 2.0], [0.0, 2.0]]
    ... ).eval().round(3)
    array([0.127, 2.127], dtype=float32)
    """
    check_call(
        "sparse_softmax_cross_entropy_with_logits",
        _sentinel,
        labels=labels,
        logits=logits,
    )
    x, classes = as_tensor(logits), as_tensor(labels)
    if classes.spec.dtype is not None and classes.spec.dtype.kind not in "iu":
        raise DTypeError(f"needs ints for labels, got {classes.spec}")
    if x.spec.dtype == FLOAT16:
        with name_scope(name, "SparseSoftmaxCrossEntropyWithLogits") as scope:
            wide = sparse_softmax_cross_entropy(classes, cast(x, FLOAT32))
            return cast(wide, FLOAT16, name=scope)
    return sparse_softmax_cross_entropy(classes, x, name=name)


def check_call(function: str, sentinel: Any, **named: Any) -> None:
    """Raise `GraphError` unless both are given, and by name: users mix them up."""
    if sentinel is not None:
        names = ", ".join(f"{name}=..." for name in named)
        raise GraphError(f"call {function} with named arguments: {names}")
    missing = [name for name, value in named.items() if value is None]
    if missing:
        raise GraphError(f"{function} needs {' and '.join(missing)}")


# Each of some classes by itself


@elementwise(
    label="logistic_loss",
    kinds="f",
    domain=NONZERO,
    grad=lambda g, y, labels, logits: (-g * logits, g * (sigmoid(logits) - labels)),
)
def sigmoid_cross_entropy(labels, logits):
    """`-labels * log(sigmoid(x)) - (1 - labels) * log(1 - sigmoid(x))`."""
    far = np.log1p(np.exp(-np.abs(logits)))
    return np.maximum(logits, 0) - logits * labels + far


def check_shapes(labels, logits):
    try:
        merge(labels.spec.shape, logits.spec.shape)
    except ShapeError:
        raise ShapeError(
            "labels and logits need one shape, got "
            f"{shape_text(labels.spec.shape)} and {shape_text(logits.spec.shape)}"
        ) from None


def sigmoid_cross_entropy_with_logits(
    _sentinel: Any = None,
    labels: Any = None,
    logits: Any = None,
    name: str | None = None,
) -> Tensor:
    """Cross-entropy of the sigmoid of `logits` and `labels`, element by element.

    Each of the `labels` is the probability of a class that excludes no other.

    >>> df.nn.sigmoid_cross_entropy_with_logits(
    ...     labels=[1.0, 1.0, 0.0], logits=[0.0, 2.0, 2.0]
    ... ).eval().round(3)
    array([0.693, 0.127, 2.127], dtype=float32)
    """
    check_call(
        "sigmoid_cross_entropy_with_logits", _sentinel, labels=labels, logits=logits
    )
    x = as_tensor(logits)
    p = as_tensor(labels, x.dtype)
    check_shapes(p, x)
    return sigmoid_cross_entropy(p, x, name=name)


def weighted_cross_entropy_with_logits(
    labels: Any = None,
    logits: Any = None,
    pos_weight: Any = None,
    name: str | None = None,
    targets: Any = None,
) -> Tensor:
    """`sigmoid_cross_entropy_with_logits` with the part of `labels` times `pos_weight`.

    `-labels * pos_weight * log(sigmoid(x)) - (1 - labels) * log(1 - sigmoid(x))`.

    >>> df.nn.weighted_cross_entropy_with_logits(
    ...     labels=[1.0, 0.0], logits=[0.0, 0.0], pos_weight=2.0
    ... ).eval().round(3)
    array([1.386, 0.693], dtype=float32)
    """
    labels = either(labels=labels, targets=targets)
    with name_scope(name, "logistic_loss") as scope:
        x = as_tensor(logits)
        p = as_tensor(labels, x.dtype)
        check_shapes(p, x)
        weight = 1 + (pos_weight - 1) * p
        # softplus(-x), in parts for the slopes that abs and relu have at 0.
        losses = log1p(exp(-abs(x))) + relu(-x)
        return add((1 - p) * x, weight * losses, name=scope)


def log_poisson_loss(
    targets: Any,
    log_input: Any,
    compute_full_loss: bool = False,
    name: str | None = None,
) -> Tensor:
    """Minus the log-likelihood of `targets`, drawn from Poisson distributions.

    `log_input` is the logarithm of their means. What depends on the targets alone is
    left out, unless `compute_full_loss`: then it is Stirling's approximation to the
    logarithm of their factorials, 0 for `0 <= target <= 1`.

    >>> df.nn.log_poisson_loss([2.0], [0.0]).eval()
    array([1.], dtype=float32)
    >>> df.nn.log_poisson_loss([2.0], [0.0], compute_full_loss=True).eval().round(3)
    array([1.652], dtype=float32)
    """
    with name_scope(name, "log_poisson_loss") as scope:
        x = as_tensor(log_input)
        z = as_tensor(targets, x.dtype)
        check_shapes(z, x)
        if not compute_full_loss:
            return subtract(exp(x), x * z, name=scope)
        is_small = logical_and(greater_equal(z, 0), less_equal(z, 1))
        rest = z * log(z) - z + 0.5 * log(2 * math.pi * z)
        return add(exp(x) - x * z, select(is_small, zeros_like(z), rest), name=scope)
