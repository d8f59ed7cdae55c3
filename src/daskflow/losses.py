"""Losses: what a model is to make small, weighted, reduced and collected."""

from __future__ import annotations

from typing import Any

from daskflow.defaults import add_to_collection, get_collection
from daskflow.defaults import scope as opened
from daskflow.errors import GraphError
from daskflow.graph import Tensor
from daskflow.keys import GraphKeys
from daskflow.missing import tell_missing
from daskflow.ops.array import rank as rank_of
from daskflow.ops.entropy import (
    sigmoid_cross_entropy_with_logits,
    softmax_cross_entropy_with_logits_v2,
    sparse_softmax_cross_entropy_with_logits,
)
from daskflow.ops.making import range as counting
from daskflow.ops.math import (
    abs,
    add_n,
    cast,
    div_no_nan,
    log,
    maximum,
    minimum,
    not_equal,
    select,
    square,
    squared_difference,
    stop_gradient,
)
from daskflow.ops.nn import relu
from daskflow.ops.reduce import reduce_sum, reduced_count
from daskflow.ops.weights import broadcast_weights, without_last_axis
from daskflow.values import as_tensor, constant

__all__ = [
    "Reduction",
    "absolute_difference",
    "add_loss",
    "compute_weighted_loss",
    "cosine_distance",
    "get_losses",
    "get_regularization_loss",
    "get_regularization_losses",
    "get_total_loss",
    "hinge_loss",
    "huber_loss",
    "log_loss",
    "mean_pairwise_squared_error",
    "mean_squared_error",
    "sigmoid_cross_entropy",
    "softmax_cross_entropy",
    "sparse_softmax_cross_entropy",
]

tell_missing(__name__)


class Reduction:
    """What becomes of the weighted losses of the elements.

    They stay (`NONE`) or are summed up (`SUM`), and the sum may be divided: by the sum
    of the weights (`MEAN`), by the number of elements (`SUM_OVER_BATCH_SIZE`), or by
    the number of those whose weight is not zero (`SUM_BY_NONZERO_WEIGHTS`).

    >>> losses, weights = [1.0, 2.0, 6.0], [2.0, 2.0, 0.0]
    >>> for how in df.losses.Reduction.all()[:5]:
    ...     loss = df.losses.compute_weighted_loss(losses, weights, reduction=how)
    ...     print(how, loss.eval())
    none [2. 4. 0.]
    weighted_sum 6.0
    weighted_mean 1.5
    weighted_sum_over_batch_size 2.0
    weighted_sum_by_nonzero_weights 3.0
    """

    NONE = "none"
    SUM = "weighted_sum"
    MEAN = "weighted_mean"
    SUM_OVER_BATCH_SIZE = "weighted_sum_over_batch_size"
    SUM_BY_NONZERO_WEIGHTS = "weighted_sum_by_nonzero_weights"
    SUM_OVER_NONZERO_WEIGHTS = SUM_BY_NONZERO_WEIGHTS

    @classmethod
    def all(cls) -> tuple[str, ...]:
        """All of them.

        >>> df.losses.Reduction.all()[:3]
        ('none', 'weighted_sum', 'weighted_mean')
        """
        return (
            cls.NONE,
            cls.SUM,
            cls.MEAN,
            cls.SUM_OVER_BATCH_SIZE,
            cls.SUM_OVER_NONZERO_WEIGHTS,
            cls.SUM_BY_NONZERO_WEIGHTS,
        )

    @classmethod
    def validate(cls, key: str) -> None:
        """Raise a `GraphError` (a ValueError) if `key` is none of them.

        >>> df.losses.Reduction.validate("median")
        Traceback (most recent call last):
            ...
        daskflow.errors.GraphError: a Reduction is one of ..., got 'median'
        """
        if key not in cls.all():
            raise GraphError(f"a Reduction is one of {cls.all()}, got {key!r}")


def compute_weighted_loss(
    losses: Any,
    weights: Any = 1.0,
    scope: str | None = None,
    loss_collection: str | None = GraphKeys.LOSSES,
    reduction: str = Reduction.SUM_BY_NONZERO_WEIGHTS,
) -> Tensor:
    """`losses * weights`, reduced, in the dtype of `losses`; enters `loss_collection`.

    `weights` are a number, or a tensor of the rank of `losses` whose axes are as long
    as theirs or 1: one loss of a weight of zero counts as not there. The sum and its
    divisor are float32, and nothing divided by nothing is 0. The other losses here
    take `weights`, `scope` (the name), `loss_collection` and `reduction` likewise.

    >>> loss = df.losses.compute_weighted_loss([1.0, 2.0, 6.0], [1.0, 1.0, 0.0])
    >>> loss.eval()
    np.float32(1.5)
    """
    Reduction.validate(reduction)
    with opened(scope, "weighted_loss", losses, weights):
        losses = as_tensor(losses)
        weights = cast(as_tensor(weights), "float32")
        values = cast(losses, "float32")
        weighted = values * _broadcastable(weights, values)
        loss = cast(_reduced(weighted, values, weights, reduction), losses.dtype)
        add_loss(loss, loss_collection)
        return loss


def _broadcastable(weights: Tensor, values: Tensor) -> Tensor:
    """`weights` for an elementwise op with `values`."""
    return weights if weights.shape.rank == 0 else broadcast_weights(weights, values)


def _reduced(weighted: Tensor, values: Tensor, weights: Tensor, reduction: str) -> Any:
    if reduction == Reduction.NONE:
        return weighted
    total = reduce_sum(weighted)
    if reduction == Reduction.SUM:
        return total
    if reduction == Reduction.MEAN:
        count = _sum_of(weights, values)
    elif reduction == Reduction.SUM_OVER_BATCH_SIZE:
        count = reduced_count(values, None)
    else:
        count = _sum_of(_present(weights), values)
    return div_no_nan(total, count, name="value")


def _present(weights: Tensor) -> Tensor:
    """1 for each weight that is not zero, else 0."""
    return cast(not_equal(weights, 0.0), "float32")


def _sum_of(weights: Tensor, values: Tensor, axis: Any = None) -> Tensor:
    """The sum of the weights of `values`, along `axis`."""
    if weights.shape.rank == 0:
        return weights * reduced_count(values, axis)
    return reduce_sum(broadcast_weights(weights, values), axis, axis is not None)


def _both(labels: Any, predictions: Any, dtype: Any = "float32") -> tuple[Any, Any]:
    """Both as tensors of one dtype, and of shapes that may be one."""
    labels, predictions = _given(labels=labels, predictions=predictions)
    labels, predictions = cast(labels, dtype), cast(predictions, dtype)
    predictions.shape.assert_is_compatible_with(labels.shape)
    return labels, predictions


def _given(**values: Any) -> tuple[Tensor, ...]:
    for name, value in values.items():
        if value is None:
            raise GraphError(f"{name} must not be None")
    return tuple(as_tensor(value) for value in values.values())


def absolute_difference(
    labels: Any,
    predictions: Any,
    weights: Any = 1.0,
    scope: str | None = None,
    loss_collection: str | None = GraphKeys.LOSSES,
    reduction: str = Reduction.SUM_BY_NONZERO_WEIGHTS,
) -> Tensor:
    """The loss `abs(predictions - labels)`.

    >>> df.losses.absolute_difference([1.0, 2.0], [1.0, 4.0]).eval()
    np.float32(1.0)
    """
    with opened(scope, "absolute_difference", predictions, labels, weights) as name:
        labels, predictions = _both(labels, predictions)
        losses = abs(predictions - labels)
        return compute_weighted_loss(losses, weights, name, loss_collection, reduction)


def cosine_distance(
    labels: Any,
    predictions: Any,
    axis: int | None = None,
    weights: Any = 1.0,
    scope: str | None = None,
    loss_collection: str | None = GraphKeys.LOSSES,
    reduction: str = Reduction.SUM_BY_NONZERO_WEIGHTS,
    dim: int | None = None,
) -> Tensor:
    """The loss `1 - sum(labels * predictions)` along `axis`, which keeps length 1.

    Both are taken to be of length 1 along it already. `dim` is an old name of `axis`.

    >>> labels = [[1.0, 0.0], [0.0, 1.0]]
    >>> predictions = [[1.0, 0.0], [1.0, 0.0]]
    >>> df.losses.cosine_distance(labels, predictions, axis=1).eval()
    np.float32(0.5)
    """
    if axis is not None and dim is not None:
        raise GraphError("give axis or dim, its old name, but not both")
    axis = dim if axis is None else axis
    if axis is None:
        raise GraphError("cosine_distance needs an axis")
    with opened(scope, "cosine_distance_loss", predictions, labels, weights) as name:
        labels, predictions = _both(labels, predictions)
        losses = 1 - reduce_sum(labels * predictions, axis, keepdims=True)
        return compute_weighted_loss(losses, weights, name, loss_collection, reduction)


def hinge_loss(
    labels: Any,
    logits: Any,
    weights: Any = 1.0,
    scope: str | None = None,
    loss_collection: str | None = GraphKeys.LOSSES,
    reduction: str = Reduction.SUM_BY_NONZERO_WEIGHTS,
) -> Tensor:
    """The loss `max(0, 1 - sign * logits)`, whose sign is -1 for labels 0, 1 for 1.

    >>> labels, logits = [1.0, 1.0, 0.0], [2.0, 0.5, 0.5]
    >>> df.losses.hinge_loss(labels, logits, reduction="none").eval()
    array([0. , 0.5, 1.5], dtype=float32)
    """
    _given(labels=labels, logits=logits)
    with opened(scope, "hinge_loss", logits, labels, weights) as name:
        labels, logits = _both(labels, logits)
        losses = relu(1 - (2 * labels - 1) * logits)
        return compute_weighted_loss(losses, weights, name, loss_collection, reduction)


def huber_loss(
    labels: Any,
    predictions: Any,
    weights: Any = 1.0,
    delta: float = 1.0,
    scope: str | None = None,
    loss_collection: str | None = GraphKeys.LOSSES,
    reduction: str = Reduction.SUM_BY_NONZERO_WEIGHTS,
) -> Tensor:
    """The loss `error ** 2 / 2` of errors up to `delta`, and linear beyond.

    (P. J. Huber, Robust estimation of a location parameter, 1964.)

    >>> labels, predictions = [0.0, 0.0], [0.5, 3.0]
    >>> df.losses.huber_loss(labels, predictions, reduction="none").eval()
    array([0.125, 2.5  ], dtype=float32)
    """
    with opened(scope, "huber_loss", predictions, labels, weights) as name:
        labels, predictions = _both(labels, predictions)
        error = abs(predictions - labels)
        quadratic = minimum(error, delta)
        losses = 0.5 * quadratic * quadratic + delta * (error - quadratic)
        return compute_weighted_loss(losses, weights, name, loss_collection, reduction)


def log_loss(
    labels: Any,
    predictions: Any,
    weights: Any = 1.0,
    epsilon: float = 1e-7,
    scope: str | None = None,
    loss_collection: str | None = GraphKeys.LOSSES,
    reduction: str = Reduction.SUM_BY_NONZERO_WEIGHTS,
) -> Tensor:
    """The loss `-labels * log(predictions) - (1 - labels) * log(1 - predictions)`.

    `epsilon` is added to what a logarithm is taken of.

    >>> labels, predictions = [0.0, 1.0], [0.5, 0.25]
    >>> df.losses.log_loss(labels, predictions, reduction="none").eval().round(4)
    array([0.6931, 1.3863], dtype=float32)
    """
    with opened(scope, "log_loss", predictions, labels, weights) as name:
        labels, predictions = _both(labels, predictions)
        of_ones = labels * log(predictions + epsilon)
        of_zeros = (1 - labels) * log(1 - predictions + epsilon)
        losses = -of_ones - of_zeros
        return compute_weighted_loss(losses, weights, name, loss_collection, reduction)


def mean_pairwise_squared_error(
    labels: Any,
    predictions: Any,
    weights: Any = 1.0,
    scope: str | None = None,
    loss_collection: str | None = GraphKeys.LOSSES,
) -> Tensor:
    """The mean of `((p[i] - p[j]) - (l[i] - l[j])) ** 2` over pairs within a sample.

    `p` are the `predictions` for a sample and `l` its `labels`; the first axis counts
    samples. The sum over samples, each times its weight, is not divided by their
    number.

    >>> df.losses.mean_pairwise_squared_error([[0.0, 0.0]], [[1.0, 3.0]]).eval()
    np.float32(4.0)
    >>> df.losses.mean_pairwise_squared_error([[0.0, 0.0]], [[5.0, 5.0]]).eval()
    np.float32(0.0)
    """
    name = "mean_pairwise_squared_error"
    with opened(scope, name, predictions, labels, weights):
        labels, predictions = _both(labels, predictions)
        weights = cast(as_tensor(weights), "float32")
        errors = predictions - labels
        _broadcastable(weights, errors)
        axes = counting(1, rank_of(errors))
        n = _sum_of(_present(weights), errors, axes)
        squares = reduce_sum(square(errors), axes, keepdims=True)
        squared_sum = square(reduce_sum(errors, axes, keepdims=True))
        of_squares = 2 * div_no_nan(squares, maximum(n - 1, 0.0))
        of_sums = 2 * div_no_nan(squared_sum, maximum(n * (n - 1), 0.0))
        total = reduce_sum((of_squares - of_sums) * weights)
        loss = select(reduce_sum(n) > 0, total, 0.0, name="value")
        add_loss(loss, loss_collection)
        return loss


def mean_squared_error(
    labels: Any,
    predictions: Any,
    weights: Any = 1.0,
    scope: str | None = None,
    loss_collection: str | None = GraphKeys.LOSSES,
    reduction: str = Reduction.SUM_BY_NONZERO_WEIGHTS,
) -> Tensor:
    """The loss `(predictions - labels) ** 2`.

    >>> df.losses.mean_squared_error([1.0, 2.0], [1.0, 4.0]).eval()
    np.float32(2.0)
    """
    with opened(scope, "mean_squared_error", predictions, labels, weights) as name:
        labels, predictions = _both(labels, predictions)
        losses = squared_difference(predictions, labels)
        return compute_weighted_loss(losses, weights, name, loss_collection, reduction)


def sigmoid_cross_entropy(
    multi_class_labels: Any,
    logits: Any,
    weights: Any = 1.0,
    label_smoothing: float = 0,
    scope: str | None = None,
    loss_collection: str | None = GraphKeys.LOSSES,
    reduction: str = Reduction.SUM_BY_NONZERO_WEIGHTS,
) -> Tensor:
    """The loss `nn.sigmoid_cross_entropy_with_logits` of each label.

    `label_smoothing` draws the labels that far towards 1/2.

    >>> loss = df.losses.sigmoid_cross_entropy([[1.0, 0.0]], [[0.0, 0.0]])
    >>> loss.eval().round(4)
    np.float32(0.6931)
    """
    _given(multi_class_labels=multi_class_labels, logits=logits)
    operands = (logits, multi_class_labels, weights)
    with opened(scope, "sigmoid_cross_entropy_loss", *operands) as name:
        logits = as_tensor(logits)
        labels, logits = _both(multi_class_labels, logits, logits.dtype)
        if label_smoothing > 0:
            labels = labels * (1 - label_smoothing) + 0.5 * label_smoothing
        losses = sigmoid_cross_entropy_with_logits(
            labels=labels, logits=logits, name="xentropy"
        )
        return compute_weighted_loss(losses, weights, name, loss_collection, reduction)


def softmax_cross_entropy(
    onehot_labels: Any,
    logits: Any,
    weights: Any = 1.0,
    label_smoothing: float = 0,
    scope: str | None = None,
    loss_collection: str | None = GraphKeys.LOSSES,
    reduction: str = Reduction.SUM_BY_NONZERO_WEIGHTS,
) -> Tensor:
    """The loss `nn.softmax_cross_entropy_with_logits_v2` of each row.

    `label_smoothing` draws the labels that far towards `1 / classes`. No gradient
    flows into them.

    >>> loss = df.losses.softmax_cross_entropy([[0, 1, 0, 0]], [[0.0, 0.0, 0.0, 0.0]])
    >>> loss.eval().round(4)
    np.float32(1.3863)
    """
    _given(onehot_labels=onehot_labels, logits=logits)
    operands = (logits, onehot_labels, weights)
    with opened(scope, "softmax_cross_entropy_loss", *operands) as name:
        logits = as_tensor(logits)
        labels, logits = _both(onehot_labels, logits, logits.dtype)
        if label_smoothing > 0:
            share = label_smoothing / reduced_count(labels, -1)
            labels = labels * (1 - label_smoothing) + share
        losses = softmax_cross_entropy_with_logits_v2(
            labels=stop_gradient(labels), logits=logits, name="xentropy"
        )
        return compute_weighted_loss(losses, weights, name, loss_collection, reduction)


def sparse_softmax_cross_entropy(
    labels: Any,
    logits: Any,
    weights: Any = 1.0,
    scope: str | None = None,
    loss_collection: str | None = GraphKeys.LOSSES,
    reduction: str = Reduction.SUM_BY_NONZERO_WEIGHTS,
) -> Tensor:
    """The loss `nn.sparse_softmax_cross_entropy_with_logits` of each row.

    A last axis of length 1 that `labels` or `weights` have too many is left out.

    >>> loss = df.losses.sparse_softmax_cross_entropy([1], [[0.0, 0.0, 0.0, 0.0]])
    >>> loss.eval().round(4)
    np.float32(1.3863)
    """
    labels, logits = _given(labels=labels, logits=logits)
    operands = (logits, labels, weights)
    with opened(scope, "sparse_softmax_cross_entropy_loss", *operands) as name:
        labels = without_last_axis(labels, logits, -1)
        weights = cast(as_tensor(weights), "float32")
        if weights.shape.rank != 0:
            weights = without_last_axis(weights, labels, 0)
        losses = sparse_softmax_cross_entropy_with_logits(
            labels=labels, logits=logits, name="xentropy"
        )
        return compute_weighted_loss(losses, weights, name, loss_collection, reduction)


# The losses of a graph


def add_loss(loss: Any, loss_collection: str | None = GraphKeys.LOSSES) -> None:
    """Enter a loss of one's own; nowhere if `loss_collection` is None.

    >>> w = df.Variable([3.0, 4.0])
    >>> df.losses.add_loss(df.nn.l2_loss(w))
    >>> df.losses.get_total_loss().eval()
    np.float32(12.5)
    """
    if loss_collection:
        add_to_collection(loss_collection, loss)


def get_losses(
    scope: str | None = None, loss_collection: str = GraphKeys.LOSSES
) -> list[Any]:
    """The losses in a collection; with a `scope`, those whose names begin so.

    >>> error = df.losses.mean_squared_error([1.0], [3.0], scope="error")
    >>> offset = df.losses.absolute_difference([0.0], [1.0], scope="offset")
    >>> df.losses.get_losses() == [error, offset]
    True
    >>> df.losses.get_losses("offset") == [offset]
    True
    """
    return get_collection(loss_collection, scope)


def get_regularization_losses(scope: str | None = None) -> list[Any]:
    """What the regularizers of variables gave.

    >>> penalty = df.contrib.layers.l2_regularizer(0.5)
    >>> w = df.get_variable("w", initializer=[3.0, 4.0], regularizer=penalty)
    >>> session.run(df.losses.get_regularization_losses())
    [np.float32(6.25)]
    """
    return get_collection(GraphKeys.REGULARIZATION_LOSSES, scope)


def get_regularization_loss(
    scope: str | None = None, name: str = "total_regularization_loss"
) -> Tensor:
    """The sum of what the regularizers gave, 0 if there are none.

    >>> penalty = df.contrib.layers.l1_regularizer(0.5)
    >>> v = df.get_variable("v", initializer=[3.0, -4.0], regularizer=penalty)
    >>> w = df.get_variable("w", initializer=[1.0], regularizer=penalty)
    >>> df.losses.get_regularization_loss().eval()
    np.float32(4.0)
    """
    losses = get_regularization_losses(scope)
    return add_n(losses, name=name) if losses else constant(0.0)


def get_total_loss(
    add_regularization_losses: bool = True,
    name: str = "total_loss",
    scope: str | None = None,
) -> Tensor:
    """The sum of all losses, those of regularizers included.

    >>> penalty = df.contrib.layers.l1_regularizer(0.5)
    >>> w = df.get_variable("w", initializer=[3.0, -4.0], regularizer=penalty)
    >>> error = df.losses.mean_squared_error([1.0], [3.0])
    >>> df.losses.get_total_loss().eval()
    np.float32(7.5)
    >>> df.losses.get_total_loss(add_regularization_losses=False).eval()
    np.float32(4.0)
    """
    losses = get_losses(scope)
    if add_regularization_losses:
        losses += get_regularization_losses(scope)
    return add_n(losses, name=name)
