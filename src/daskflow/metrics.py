"""Metrics: how good a model is over many runs, as a value and what adds a run to it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from daskflow.defaults import add_to_collections, scope
from daskflow.errors import GraphError
from daskflow.graph import Tensor
from daskflow.keys import GraphKeys
from daskflow.missing import tell_missing
from daskflow.ops.array import expand_dims, ones_like, reshape, zeros
from daskflow.ops.cumulative import cumsum
from daskflow.ops.making import range as counting
from daskflow.ops.math import (
    abs,
    cast,
    div_no_nan,
    divide,
    equal,
    identity,
    less,
    log,
    logical_and,
    logical_not,
    maximum,
    minimum,
    not_equal,
    select,
    sqrt,
    squared_difference,
    subtract,
)
from daskflow.ops.matrices import diag_part
from daskflow.ops.nn import top_k
from daskflow.ops.rankings import counts_in_top
from daskflow.ops.reduce import (
    argmin,
    reduce_any,
    reduce_mean,
    reduce_sum,
    reduced_count,
)
from daskflow.ops.scopes import variable_scope
from daskflow.ops.segment import confusion_matrix, unsorted_segment_sum
from daskflow.ops.state import Variable, assign_add
from daskflow.ops.thresholds import counts_at_thresholds
from daskflow.ops.weights import broadcast_weights, in_rank_of, without_last_axis
from daskflow.values import as_tensor

__all__ = [
    "accuracy",
    "auc",
    "average_precision_at_k",
    "false_negatives",
    "false_negatives_at_thresholds",
    "false_positives",
    "false_positives_at_thresholds",
    "mean",
    "mean_absolute_error",
    "mean_cosine_distance",
    "mean_iou",
    "mean_per_class_accuracy",
    "mean_relative_error",
    "mean_squared_error",
    "mean_tensor",
    "percentage_below",
    "precision",
    "precision_at_k",
    "precision_at_thresholds",
    "precision_at_top_k",
    "recall",
    "recall_at_k",
    "recall_at_thresholds",
    "recall_at_top_k",
    "root_mean_squared_error",
    "sensitivity_at_specificity",
    "sparse_average_precision_at_k",
    "sparse_precision_at_k",
    "specificity_at_sensitivity",
    "true_negatives",
    "true_negatives_at_thresholds",
    "true_positives",
    "true_positives_at_thresholds",
]

tell_missing(__name__)

Metric = tuple[Tensor, Tensor]
"""The value of a metric so far, and what adds this run to it and gives the new one."""

Collections = Iterable[str] | None
Count = tuple[Any, Tensor]
"""A variable or its value, and what adds this run to it and gives the sum."""


def _count(name: str, amount: Tensor, dtype: str = "float32") -> Count:
    """A count that begins with zeros, and to which each run adds `amount`."""
    variable = Variable(
        zeros(amount.shape, dtype),
        trainable=False,
        collections=[GraphKeys.LOCAL_VARIABLES, GraphKeys.METRIC_VARIABLES],
        name=name,
    )
    return variable, assign_add(variable, amount)


def _metric(
    compute: Callable[..., Tensor],
    counts: Sequence[Count],
    metrics_collections: Collections,
    updates_collections: Collections,
    names: tuple[str, str] = ("value", "update_op"),
) -> Metric:
    """The metric that `compute(*counts, name)` gives."""
    value = compute(*[variable for variable, _ in counts], name=names[0])
    update = compute(*[update for _, update in counts], name=names[1])
    return _collected((value, update), metrics_collections, updates_collections)


def _collected(metric: Metric, *collections: Collections) -> Metric:
    """The metric, whose value and update enter collections."""
    for names, tensor in zip(collections, metric, strict=True):
        if names:
            add_to_collections(names, tensor)
    return metric


def _mapped(
    compute: Callable[[Tensor], Tensor], metric: Metric, *collections: Collections
) -> Metric:
    """The metric that is a function of another."""
    value, update = metric
    return _collected((compute(value), compute(update)), *collections)


# Means


def mean(
    values: Any,
    weights: Any = None,
    metrics_collections: Collections = None,
    updates_collections: Collections = None,
    name: str | None = None,
) -> Metric:
    """The weighted mean of all `values` so far, float32.

    A metric is two tensors: its value, and what adds this run's values to it and gives
    what it is then. What it keeps are local variables, also in the collection
    `METRIC_VARIABLES`. `weights` are of the rank of `values` or 0, and each axis is as
    long or 1. The two tensors enter the collections that are given. So it is with the
    other metrics.

    >>> x = df.placeholder(df.float32, [None])
    >>> value, update = df.metrics.mean(x)
    >>> for batch in [1.0, 2.0], [6.0]:
    ...     session.run(update, {x: batch})
    np.float32(1.5)
    np.float32(3.0)
    >>> session.run(value)
    np.float32(3.0)
    """
    with variable_scope(name, "mean", _tensors(values, weights)):
        values = cast(as_tensor(values), "float32")
        if weights is None:
            amount = reduced_count(values, None)
        else:
            weights = _weights(weights, values)
            values = values * weights
            amount = reduce_sum(weights)
        counts = [_count("total", reduce_sum(values)), _count("count", amount)]
        return _metric(_ratio, counts, metrics_collections, updates_collections)


def _tensors(*values: Any) -> list[Any]:
    return [value for value in values if value is not None]


def _ratio(total: Any, count: Any, name: str | None = None) -> Tensor:
    return div_no_nan(total, maximum(count, 0.0), name=name)


def _weights(weights: Any, values: Tensor) -> Tensor:
    """The weights in the shape of `values`."""
    weights = in_rank_of(cast(as_tensor(weights), "float32"), values)
    return broadcast_weights(weights, values)


def mean_tensor(
    values: Any,
    weights: Any = None,
    metrics_collections: Collections = None,
    updates_collections: Collections = None,
    name: str | None = None,
) -> Metric:
    """The weighted mean of each element of `values` over the runs so far, float32.

    >>> x = df.placeholder(df.float32, [2])
    >>> value, update = df.metrics.mean_tensor(x)
    >>> for batch in [1.0, 10.0], [3.0, 30.0]:
    ...     session.run(update, {x: batch})
    array([ 1., 10.], dtype=float32)
    array([ 2., 20.], dtype=float32)
    """
    with variable_scope(name, "mean", _tensors(values, weights)):
        values = cast(as_tensor(values), "float32")
        amount = ones_like(values)
        if weights is not None:
            amount = _weights(weights, values)
            values = values * amount
        counts = [_count("total_tensor", values), _count("count_tensor", amount)]
        return _metric(_ratio, counts, metrics_collections, updates_collections)


def accuracy(
    labels: Any,
    predictions: Any,
    weights: Any = None,
    metrics_collections: Collections = None,
    updates_collections: Collections = None,
    name: str | None = None,
) -> Metric:
    """The share of `predictions` that are equal to their labels.

    >>> value, update = df.metrics.accuracy([1, 2, 3, 0], [1, 2, 0, 0])
    >>> session.run(update)
    np.float32(0.75)
    """
    labels, predictions = _both(labels, predictions)
    if labels.dtype != predictions.dtype:
        predictions = cast(predictions, labels.dtype)
    right = cast(equal(predictions, labels), "float32")
    collections = metrics_collections, updates_collections
    return mean(right, weights, *collections, name or "accuracy")


def _both(labels: Any, predictions: Any, dtype: Any = None) -> tuple[Tensor, Tensor]:
    """Both as tensors of one shape, and of `dtype` if that is given."""
    labels, predictions = as_tensor(labels), as_tensor(predictions)
    if dtype is not None:
        labels, predictions = cast(labels, dtype), cast(predictions, dtype)
    if labels.shape.rank != predictions.shape.rank or labels.shape.rank is None:
        labels, predictions = (
            without_last_axis(labels, predictions, 0),
            without_last_axis(predictions, labels, 0),
        )
    predictions.shape.assert_is_compatible_with(labels.shape)
    return labels, predictions


def mean_absolute_error(
    labels: Any,
    predictions: Any,
    weights: Any = None,
    metrics_collections: Collections = None,
    updates_collections: Collections = None,
    name: str | None = None,
) -> Metric:
    """The mean of `abs(predictions - labels)`.

    >>> value, update = df.metrics.mean_absolute_error([1.0, 2.0], [1.0, 5.0])
    >>> session.run(update)
    np.float32(1.5)
    """
    labels, predictions = _both(labels, predictions)
    errors = abs(predictions - labels)
    collections = metrics_collections, updates_collections
    return mean(errors, weights, *collections, name or "mean_absolute_error")


def mean_cosine_distance(
    labels: Any,
    predictions: Any,
    dim: int,
    weights: Any = None,
    metrics_collections: Collections = None,
    updates_collections: Collections = None,
    name: str | None = None,
) -> Metric:
    """The mean of `1 - sum(labels * predictions)` along `dim`.

    Both are taken to be of length 1 along it already.

    >>> labels, predictions = [[1.0, 0.0], [0.0, 1.0]], [[1.0, 0.0], [1.0, 0.0]]
    >>> value, update = df.metrics.mean_cosine_distance(labels, predictions, dim=1)
    >>> session.run(update)
    np.float32(0.5)
    """
    labels, predictions = _both(labels, predictions)
    similarity = reduce_sum(labels * predictions, [dim], keepdims=True)
    metric = mean(similarity, weights, name=name or "mean_cosine_distance")
    collections = metrics_collections, updates_collections
    return _mapped(lambda x: subtract(1.0, x), metric, *collections)


def mean_relative_error(
    labels: Any,
    predictions: Any,
    normalizer: Any,
    weights: Any = None,
    metrics_collections: Collections = None,
    updates_collections: Collections = None,
    name: str | None = None,
) -> Metric:
    """The mean of `abs(labels - predictions) / normalizer`, 0 where that is 0.

    >>> labels, predictions = [2.0, 4.0], [1.0, 5.0]
    >>> value, update = df.metrics.mean_relative_error(labels, predictions, labels)
    >>> session.run(update)
    np.float32(0.375)
    """
    labels, predictions = _both(labels, predictions)
    predictions, normalizer = _both(normalizer, predictions)[::-1]
    errors = div_no_nan(abs(labels - predictions), normalizer)
    collections = metrics_collections, updates_collections
    return mean(errors, weights, *collections, name or "mean_relative_error")


def mean_squared_error(
    labels: Any,
    predictions: Any,
    weights: Any = None,
    metrics_collections: Collections = None,
    updates_collections: Collections = None,
    name: str | None = None,
) -> Metric:
    """The mean of `(predictions - labels) ** 2`.

    >>> value, update = df.metrics.mean_squared_error([1.0, 2.0], [1.0, 4.0])
    >>> session.run(update)
    np.float32(2.0)
    """
    labels, predictions = _both(labels, predictions)
    errors = squared_difference(labels, predictions)
    collections = metrics_collections, updates_collections
    return mean(errors, weights, *collections, name or "mean_squared_error")


def root_mean_squared_error(
    labels: Any,
    predictions: Any,
    weights: Any = None,
    metrics_collections: Collections = None,
    updates_collections: Collections = None,
    name: str | None = None,
) -> Metric:
    """The root of the mean of `(predictions - labels) ** 2`.

    >>> value, update = df.metrics.root_mean_squared_error([1.0, 2.0], [3.0, 4.0])
    >>> session.run(update)
    np.float32(2.0)
    """
    name = name or "root_mean_squared_error"
    metric = mean_squared_error(labels, predictions, weights, name=name)
    return _mapped(sqrt, metric, metrics_collections, updates_collections)


def percentage_below(
    values: Any,
    threshold: Any,
    weights: Any = None,
    metrics_collections: Collections = None,
    updates_collections: Collections = None,
    name: str | None = None,
) -> Metric:
    """The share of `values` that are below `threshold`, between 0 and 1.

    >>> value, update = df.metrics.percentage_below([1.0, 2.0, 3.0, 4.0], 2.0)
    >>> session.run(update)
    np.float32(0.25)
    """
    below = cast(less(values, threshold), "float32")
    collections = metrics_collections, updates_collections
    return mean(below, weights, *collections, name or "percentage_below_threshold")


# Classes


def mean_iou(
    labels: Any,
    predictions: Any,
    num_classes: int,
    weights: Any = None,
    metrics_collections: Collections = None,
    updates_collections: Collections = None,
    name: str | None = None,
) -> Metric:
    """The mean over classes of `right / (right + wrongly so + wrongly not so)`.

    Classes of which there was neither a label nor a prediction do not count. The
    update gives the confusion matrix: float64 `[num_classes, num_classes]`, a row for
    each label.

    >>> labels, predictions = [0, 0, 1, 1], [0, 1, 1, 1]
    >>> value, update = df.metrics.mean_iou(labels, predictions, num_classes=3)
    >>> session.run(update)
    array([[1., 1., 0.],
           [0., 2., 0.],
           [0., 0., 0.]])
    >>> session.run(value).round(4)
    np.float32(0.5833)
    """
    operands = _tensors(predictions, labels, weights)
    with variable_scope(name, "mean_iou", operands):
        labels, predictions, weights = _classes(labels, predictions, weights)
        matrix = confusion_matrix(
            labels, predictions, num_classes, "float64", weights=weights
        )
        kept, update = _count("total_confusion_matrix", matrix, "float64")
        metric = (_mean_overlap(kept, "mean_iou"), update)
        return _collected(metric, metrics_collections, updates_collections)


def _classes(labels: Any, predictions: Any, weights: Any) -> tuple[Any, Any, Any]:
    """Vectors of labels and predictions as int64, and of weights or None."""
    labels, predictions = _both(labels, predictions, "int64")
    if weights is not None:
        weights = reshape(_weights(weights, predictions), [-1])
    return reshape(labels, [-1]), reshape(predictions, [-1]), weights


def _mean_overlap(matrix: Any, name: str) -> Tensor:
    by_label = cast(reduce_sum(matrix, 1), "float32")
    by_prediction = cast(reduce_sum(matrix, 0), "float32")
    right = cast(diag_part(matrix), "float32")
    union = by_label + by_prediction - right
    classes = reduce_sum(cast(not_equal(union, 0.0), "float32"))
    return div_no_nan(reduce_sum(div_no_nan(right, union)), classes, name=name)


def mean_per_class_accuracy(
    labels: Any,
    predictions: Any,
    num_classes: int,
    weights: Any = None,
    metrics_collections: Collections = None,
    updates_collections: Collections = None,
    name: str | None = None,
) -> Metric:
    """The mean over classes of the share of its labels that were predicted.

    The update gives that share for each class.

    >>> labels, predictions = [0, 0, 1, 1], [0, 1, 1, 1]
    >>> value, update = df.metrics.mean_per_class_accuracy(labels, predictions, 2)
    >>> session.run(update)
    array([0.5, 1. ], dtype=float32)
    >>> session.run(value)
    np.float32(0.75)
    """
    operands = _tensors(predictions, labels, weights)
    with variable_scope(name, "mean_accuracy", operands):
        labels, predictions, weights = _classes(labels, predictions, weights)
        right = cast(equal(labels, predictions), "float32")
        weights = ones_like(right) if weights is None else weights
        amounts = [
            unsorted_segment_sum(amount, labels, num_classes)
            for amount in (weights, right * weights)
        ]
        total, total_update = _count("total", amounts[0])
        count, count_update = _count("count", amounts[1])
        value = reduce_mean(_ratio(count, total), name="mean_accuracy")
        update = _ratio(count_update, total_update, name="update_op")
        return _collected((value, update), metrics_collections, updates_collections)


# Predictions that are true or false


def true_positives(
    labels: Any,
    predictions: Any,
    weights: Any = None,
    metrics_collections: Collections = None,
    updates_collections: Collections = None,
    name: str | None = None,
) -> Metric:
    """The number of labels that are true and were predicted so.

    Labels and predictions are bools, or what `cast` makes bools of.

    >>> value, update = df.metrics.true_positives([1, 1, 0, 0, 0], [1, 0, 0, 0, 1])
    >>> session.run(update)
    np.float32(1.0)
    """
    with variable_scope(name, "true_positives", _tensors(predictions, labels, weights)):
        labels, predictions = _both(labels, predictions, "bool")
        is_so = logical_and(labels, predictions)
        return _number(is_so, weights, metrics_collections, updates_collections)


def true_negatives(
    labels: Any,
    predictions: Any,
    weights: Any = None,
    metrics_collections: Collections = None,
    updates_collections: Collections = None,
    name: str | None = None,
) -> Metric:
    """The number of labels that are false and were predicted so.

    >>> value, update = df.metrics.true_negatives([1, 1, 0, 0, 0], [1, 0, 0, 0, 1])
    >>> session.run(update)
    np.float32(2.0)
    """
    with variable_scope(name, "true_negatives", _tensors(predictions, labels, weights)):
        labels, predictions = _both(labels, predictions, "bool")
        is_so = logical_and(logical_not(labels), logical_not(predictions))
        return _number(is_so, weights, metrics_collections, updates_collections)


def false_positives(
    labels: Any,
    predictions: Any,
    weights: Any = None,
    metrics_collections: Collections = None,
    updates_collections: Collections = None,
    name: str | None = None,
) -> Metric:
    """The number of labels that are false and were predicted true.

    >>> value, update = df.metrics.false_positives([1, 0, 0, 0], [1, 1, 1, 0])
    >>> session.run(update)
    np.float32(2.0)
    """
    with variable_scope(
        name, "false_positives", _tensors(predictions, labels, weights)
    ):
        labels, predictions = _both(labels, predictions, "bool")
        is_so = logical_and(logical_not(labels), predictions)
        return _number(is_so, weights, metrics_collections, updates_collections)


def false_negatives(
    labels: Any,
    predictions: Any,
    weights: Any = None,
    metrics_collections: Collections = None,
    updates_collections: Collections = None,
    name: str | None = None,
) -> Metric:
    """The number of labels that are true and were predicted false.

    >>> value, update = df.metrics.false_negatives([1, 1, 1, 0], [1, 0, 0, 1])
    >>> session.run(update)
    np.float32(2.0)
    """
    with variable_scope(
        name, "false_negatives", _tensors(predictions, labels, weights)
    ):
        labels, predictions = _both(labels, predictions, "bool")
        is_so = logical_and(labels, logical_not(predictions))
        return _number(is_so, weights, metrics_collections, updates_collections)


def _number(is_so: Tensor, weights: Any, *collections: Collections) -> Metric:
    """How often it is so, by weight."""
    amount = cast(is_so, "float32")
    if weights is not None:
        amount = amount * _weights(weights, amount)
    variable, update = _count("count", reduce_sum(amount))
    return _collected((identity(variable), update), *collections)


def precision(
    labels: Any,
    predictions: Any,
    weights: Any = None,
    metrics_collections: Collections = None,
    updates_collections: Collections = None,
    name: str | None = None,
) -> Metric:
    """The share of what was predicted true that is true; 0 if nothing was.

    >>> value, update = df.metrics.precision([1, 1, 0, 0], [1, 0, 0, 1])
    >>> session.run(update)
    np.float32(0.5)
    """
    with variable_scope(name, "precision", _tensors(predictions, labels, weights)):
        counts = [
            true_positives(labels, predictions, weights),
            false_positives(labels, predictions, weights),
        ]
        return _metric(_share, counts, metrics_collections, updates_collections)


def recall(
    labels: Any,
    predictions: Any,
    weights: Any = None,
    metrics_collections: Collections = None,
    updates_collections: Collections = None,
    name: str | None = None,
) -> Metric:
    """The share of what is true that was predicted so; 0 if nothing is.

    >>> value, update = df.metrics.recall([1, 1, 1, 1, 0], [1, 0, 0, 0, 0])
    >>> session.run(update)
    np.float32(0.25)
    """
    with variable_scope(name, "recall", _tensors(predictions, labels, weights)):
        counts = [
            true_positives(labels, predictions, weights),
            false_negatives(labels, predictions, weights),
        ]
        return _metric(_share, counts, metrics_collections, updates_collections)


def _share(part: Any, rest: Any, name: str | None = None) -> Tensor:
    return div_no_nan(part, part + rest, name=name)


# Predictions between 0 and 1, true above a threshold

KINDS = ("true_positives", "false_negatives", "true_negatives", "false_positives")


def _above(
    labels: Any,
    predictions: Any,
    thresholds: Any,
    weights: Any,
    kinds: Iterable[str] = KINDS,
) -> list[Count]:
    """A count of each of these kinds for every one of the thresholds."""
    labels, predictions = _both(cast(labels, "bool"), cast(predictions, "float32"))
    weights = 1.0 if weights is None else weights
    amounts = counts_at_thresholds(
        labels, predictions, _weights(weights, predictions), cast(thresholds, "float32")
    )
    named = dict(zip(KINDS, amounts, strict=True))
    return [_count(kind, named[kind]) for kind in kinds]


def true_positives_at_thresholds(
    labels: Any,
    predictions: Any,
    thresholds: Any,
    weights: Any = None,
    metrics_collections: Collections = None,
    updates_collections: Collections = None,
    name: str | None = None,
) -> Metric:
    """For each threshold, the number of true labels whose prediction is above it.

    Predictions are between 0 and 1, or a run raises `InvalidArgumentError`; here and
    in the metrics below.

    >>> labels, predictions = [1, 1, 0, 0], [0.9, 0.4, 0.6, 0.1]
    >>> value, update = df.metrics.true_positives_at_thresholds(
    ...     labels, predictions, thresholds=[0.2, 0.5, 0.8]
    ... )
    >>> session.run(update)
    array([2., 1., 1.], dtype=float32)
    """
    collections = metrics_collections, updates_collections
    operands = labels, predictions, thresholds, weights
    return _number_above("true_positives", name, operands, *collections)


def true_negatives_at_thresholds(
    labels: Any,
    predictions: Any,
    thresholds: Any,
    weights: Any = None,
    metrics_collections: Collections = None,
    updates_collections: Collections = None,
    name: str | None = None,
) -> Metric:
    """For each threshold, the number of false labels whose prediction is not above.

    >>> labels, predictions = [1, 1, 0, 0], [0.9, 0.4, 0.6, 0.1]
    >>> value, update = df.metrics.true_negatives_at_thresholds(
    ...     labels, predictions, thresholds=[0.2, 0.5, 0.8]
    ... )
    >>> session.run(update)
    array([1., 1., 2.], dtype=float32)
    """
    collections = metrics_collections, updates_collections
    operands = labels, predictions, thresholds, weights
    return _number_above("true_negatives", name, operands, *collections)


def false_positives_at_thresholds(
    labels: Any,
    predictions: Any,
    thresholds: Any,
    weights: Any = None,
    metrics_collections: Collections = None,
    updates_collections: Collections = None,
    name: str | None = None,
) -> Metric:
    """For each threshold, the number of false labels whose prediction is above it.

    >>> labels, predictions = [1, 1, 0, 0], [0.9, 0.4, 0.6, 0.1]
    >>> value, update = df.metrics.false_positives_at_thresholds(
    ...     labels, predictions, thresholds=[0.2, 0.5, 0.8]
    ... )
    >>> session.run(update)
    array([1., 1., 0.], dtype=float32)
    """
    collections = metrics_collections, updates_collections
    operands = labels, predictions, thresholds, weights
    return _number_above("false_positives", name, operands, *collections)


def false_negatives_at_thresholds(
    labels: Any,
    predictions: Any,
    thresholds: Any,
    weights: Any = None,
    metrics_collections: Collections = None,
    updates_collections: Collections = None,
    name: str | None = None,
) -> Metric:
    """For each threshold, the number of true labels whose prediction is not above.

    >>> labels, predictions = [1, 1, 0, 0], [0.9, 0.4, 0.6, 0.1]
    >>> value, update = df.metrics.false_negatives_at_thresholds(
    ...     labels, predictions, thresholds=[0.2, 0.5, 0.8]
    ... )
    >>> session.run(update)
    array([0., 1., 1.], dtype=float32)
    """
    collections = metrics_collections, updates_collections
    operands = labels, predictions, thresholds, weights
    return _number_above("false_negatives", name, operands, *collections)


def _number_above(
    kind: str,
    name: str | None,
    operands: tuple[Any, Any, Any, Any],
    *collections: Collections,
) -> Metric:
    with variable_scope(name, kind, _tensors(*operands)):
        [(variable, update)] = _above(*operands, kinds=[kind])
        return _collected((identity(variable), update), *collections)


def precision_at_thresholds(
    labels: Any,
    predictions: Any,
    thresholds: Any,
    weights: Any = None,
    metrics_collections: Collections = None,
    updates_collections: Collections = None,
    name: str | None = None,
) -> Metric:
    """For each threshold, the share of labels that are true of those above it.

    >>> labels, predictions = [1, 1, 0, 0], [0.9, 0.4, 0.6, 0.1]
    >>> value, update = df.metrics.precision_at_thresholds(
    ...     labels, predictions, thresholds=[0.2, 0.5, 0.8]
    ... )
    >>> session.run(update).round(4)
    array([0.6667, 0.5   , 1.    ], dtype=float32)
    """
    operands = _tensors(predictions, labels, weights)
    with variable_scope(name, "precision_at_thresholds", operands):
        kinds = ("true_positives", "false_positives")
        counts = _above(labels, predictions, thresholds, weights, kinds)
        collections = metrics_collections, updates_collections
        names = "precision_value", "precision_update_op"
        return _metric(_nearly_share, counts, *collections, names)


def recall_at_thresholds(
    labels: Any,
    predictions: Any,
    thresholds: Any,
    weights: Any = None,
    metrics_collections: Collections = None,
    updates_collections: Collections = None,
    name: str | None = None,
) -> Metric:
    """For each threshold, the share of true labels whose prediction is above it.

    >>> labels, predictions = [1, 1, 0, 0], [0.9, 0.4, 0.6, 0.1]
    >>> value, update = df.metrics.recall_at_thresholds(
    ...     labels, predictions, thresholds=[0.2, 0.5, 0.8]
    ... )
    >>> session.run(update).round(4)
    array([1. , 0.5, 0.5], dtype=float32)
    """
    operands = _tensors(predictions, labels, weights)
    with variable_scope(name, "recall_at_thresholds", operands):
        kinds = ("true_positives", "false_negatives")
        counts = _above(labels, predictions, thresholds, weights, kinds)
        collections = metrics_collections, updates_collections
        return _metric(
            _nearly_share, counts, *collections, ("recall_value", "recall_update_op")
        )


EPSILON = 1e-7
"""What keeps a share of nothing from being one of zero."""


def _nearly_share(part: Any, rest: Any, name: str | None = None) -> Tensor:
    return divide(part, part + rest + EPSILON, name=name)


def auc(
    labels: Any,
    predictions: Any,
    weights: Any = None,
    num_thresholds: int = 200,
    metrics_collections: Collections = None,
    updates_collections: Collections = None,
    curve: str = "ROC",
    name: str | None = None,
    summation_method: str = "trapezoidal",
    thresholds: Sequence[float] | None = None,
) -> Metric:
    """The area under a curve through `num_thresholds` points, evenly spaced in [0, 1].

    The `curve` is that of the true positive rate over the false positive rate
    ("ROC"), or of the precision over the recall ("PR"). Between its points it is taken
    to be straight ("trapezoidal"), as low as at the lower ("minoring") or as high as
    at the higher of both ("majoring"), or as is right for "PR"
    ("careful_interpolation": Davis and Goadrich, ICML 2006, section 4).
    `thresholds` between 0 and 1 may be given instead of their number.

    >>> labels, predictions = [0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]
    >>> value, update = df.metrics.auc(labels, predictions)
    >>> session.run(update).round(4)
    np.float32(0.75)
    """
    if curve not in ("ROC", "PR"):
        raise GraphError(f"curve is 'ROC' or 'PR', got {curve!r}")
    if summation_method not in HEIGHTS:
        wanted = ", ".join(HEIGHTS)
        raise GraphError(
            f"summation_method is one of {wanted}; got {summation_method!r}"
        )
    careful = curve == "PR" and summation_method == "careful_interpolation"

    def area(*counts: Any, name: str) -> Tensor:
        if careful:
            return _careful_area(*counts, name=name)
        x, y = CURVES[curve](*counts)
        height = HEIGHTS[summation_method](y[:-1], y[1:])
        return reduce_sum((x[:-1] - x[1:]) * height, name=name)

    with variable_scope(name, "auc", _tensors(labels, predictions, weights)):
        points = _thresholds(num_thresholds, thresholds)
        counts = _above(labels, predictions, points, weights)
        return _metric(area, counts, metrics_collections, updates_collections)


def _thresholds(number: int, inner: Sequence[float] | None = None) -> list[float]:
    """Thresholds from just below 0 to just above 1."""
    if inner is None:
        inner = np.linspace(0.0, 1.0, number)[1:-1].tolist()
    return [-EPSILON, *sorted(inner), 1 + EPSILON]


HEIGHTS: dict[str, Callable[[Any, Any], Any]] = {
    "trapezoidal": lambda a, b: (a + b) / 2.0,
    "careful_interpolation": lambda a, b: (a + b) / 2.0,
    "minoring": minimum,
    "majoring": maximum,
}
"""The height between two points of a curve, of their own."""


def _roc(tp: Any, fn: Any, tn: Any, fp: Any) -> tuple[Tensor, Tensor]:
    return fp / (fp + tn + 1e-6), (tp + 1e-6) / (tp + fn + 1e-6)


def _precision_over_recall(tp: Any, fn: Any, tn: Any, fp: Any) -> tuple[Tensor, Tensor]:
    return (tp + 1e-6) / (tp + fn + 1e-6), (tp + 1e-6) / (tp + fp + 1e-6)


CURVES = {"ROC": _roc, "PR": _precision_over_recall}
"""The points of a curve, from the counts at the thresholds."""


def _careful_area(tp: Any, fn: Any, tn: Any, fp: Any, *, name: str) -> Tensor:
    """Between two points the positives, right or not, grow along a straight line."""
    tp, all_true, positive = identity(tp), tp + fn, tp + fp
    gained = tp[:-1] - tp[1:]
    slope = div_no_nan(gained, maximum(positive[:-1] - positive[1:], 0.0))
    intercept = tp[1:] - slope * positive[1:]
    both = logical_and(positive[:-1] > 0, positive[1:] > 0)
    ratio = div_no_nan(positive[:-1], maximum(positive[1:], 0.0))
    ratio = select(both, ratio, ones_like(ratio))
    parts = slope * (gained + intercept * log(ratio))
    return reduce_sum(div_no_nan(parts, maximum(all_true[1:], 0.0)), name=name)


def sensitivity_at_specificity(
    labels: Any,
    predictions: Any,
    specificity: float,
    weights: Any = None,
    num_thresholds: int = 200,
    metrics_collections: Collections = None,
    updates_collections: Collections = None,
    name: str | None = None,
) -> Metric:
    """The true positive rate where the true negative rate is nearest `specificity`.

    >>> labels, predictions = [0, 0, 1, 1], [0.1, 0.6, 0.4, 0.8]
    >>> value, update = df.metrics.sensitivity_at_specificity(labels, predictions, 1.0)
    >>> session.run(update).round(4)
    np.float32(0.5)
    """
    _check_rate("specificity", specificity)

    def rate(tp: Any, fn: Any, tn: Any, fp: Any, name: str) -> Tensor:
        away = abs(_nearly_share(tn, fp) - specificity)
        nearest = argmin(away, 0)
        return _nearly_share(identity(tp)[nearest], identity(fn)[nearest], name)

    operands = _tensors(predictions, labels, weights)
    with variable_scope(name, "sensitivity_at_specificity", operands):
        counts = _above(labels, predictions, _thresholds(num_thresholds), weights)
        return _metric(rate, counts, metrics_collections, updates_collections)


def specificity_at_sensitivity(
    labels: Any,
    predictions: Any,
    sensitivity: float,
    weights: Any = None,
    num_thresholds: int = 200,
    metrics_collections: Collections = None,
    updates_collections: Collections = None,
    name: str | None = None,
) -> Metric:
    """The true negative rate where the true positive rate is nearest `sensitivity`.

    That is the highest of the thresholds where it is as near.

    >>> labels, predictions = [0, 0, 1, 1], [0.1, 0.6, 0.4, 0.8]
    >>> value, update = df.metrics.specificity_at_sensitivity(labels, predictions, 1.0)
    >>> session.run(update).round(4)
    np.float32(0.5)
    """
    _check_rate("sensitivity", sensitivity)

    def rate(tp: Any, fn: Any, tn: Any, fp: Any, name: str) -> Tensor:
        away = abs(_nearly_share(tp, fn) - sensitivity)
        nearest = len(points) - 1 - argmin(away[::-1], 0)
        return _nearly_share(identity(tn)[nearest], identity(fp)[nearest], name)

    operands = _tensors(predictions, labels, weights)
    with variable_scope(name, "specificity_at_sensitivity", operands):
        points = _thresholds(num_thresholds)
        counts = _above(labels, predictions, points, weights)
        return _metric(rate, counts, metrics_collections, updates_collections)


def _check_rate(name: str, value: float) -> None:
    if not 0 <= value <= 1:
        raise GraphError(f"{name} is between 0 and 1, got {value}")


# The k best predictions


def _in_top(labels: Any, top: Any, class_id: int | None, weights: Any) -> list[Tensor]:
    """The weights of what in `top` is a label, what is not, and of labels missed."""
    labels, top = cast(labels, "int64"), cast(top, "int64")
    if labels.shape.rank is not None and labels.shape.rank + 1 == top.shape.rank:
        labels = expand_dims(labels, -1)
    amounts = counts_in_top(labels, top, class_id=class_id)
    if weights is not None:
        by = broadcast_weights(cast(weights, "float64"), amounts[0])
        amounts = [amount * by for amount in amounts]
    return [reduce_sum(amount) for amount in amounts]


def _at_k(k: int | None, class_id: int | None) -> str:
    at = "_at_k" if k is None else f"_at_{k}"
    return at if class_id is None else f"{at}_class{class_id}"


def _share_in_top(
    kind: str,
    labels: Any,
    top: Any,
    k: int | None,
    class_id: int | None,
    weights: Any,
    collections: tuple[Collections, Collections],
    name: str | None,
) -> Metric:
    suffix = _at_k(k, class_id)
    operands = _tensors(top, labels, weights)
    with scope(name, kind + suffix, *operands) as full:
        right, wrong, missed = _in_top(labels, top, class_id, weights)
        counts = [_count(f"true_positive{suffix}", right, "float64")]
        if kind == "precision":
            counts.append(_count(f"false_positive{suffix}", wrong, "float64"))
        else:
            counts.append(_count(f"false_negative{suffix}", missed, "float64"))
        return _metric(_plain_share, counts, *collections, (full, "update"))


def _plain_share(part: Any, rest: Any, name: str) -> Tensor:
    return divide(part, part + rest, name=name)


def _best(predictions: Any, k: int) -> Tensor:
    """The indices of the `k` highest predictions of each row."""
    return top_k(predictions, k)[1]


def precision_at_top_k(
    labels: Any,
    predictions_idx: Any,
    k: int | None = None,
    class_id: int | None = None,
    weights: Any = None,
    metrics_collections: Collections = None,
    updates_collections: Collections = None,
    name: str | None = None,
) -> Metric:
    """The share of the classes in `predictions_idx` that are among the labels.

    Both have the classes of a row along their last axis; labels may be of a rank less.
    With a `class_id` only that class counts. float64; `k` is for the name.

    >>> labels, best = [[0, 1], [2, 3]], [[0, 1], [2, 0]]
    >>> value, update = df.metrics.precision_at_top_k(labels, best)
    >>> session.run(update)
    np.float64(0.75)
    """
    collections = metrics_collections, updates_collections
    operands = labels, predictions_idx, k, class_id, weights
    return _share_in_top("precision", *operands, collections, name)


def precision_at_k(
    labels: Any,
    predictions: Any,
    k: int,
    class_id: int | None = None,
    weights: Any = None,
    metrics_collections: Collections = None,
    updates_collections: Collections = None,
    name: str | None = None,
) -> Metric:
    """The share of the `k` classes with the highest predictions that are labels.

    `predictions` have a number for each class along the last axis.

    >>> labels, predictions = [[0], [2]], [[0.6, 0.3, 0.1], [0.5, 0.4, 0.1]]
    >>> value, update = df.metrics.precision_at_k(labels, predictions, k=2)
    >>> session.run(update)
    np.float64(0.25)
    """
    collections = metrics_collections, updates_collections
    operands = labels, _best(predictions, k), k, class_id, weights
    return _share_in_top("precision", *operands, collections, name)


def recall_at_top_k(
    labels: Any,
    predictions_idx: Any,
    k: int | None = None,
    class_id: int | None = None,
    weights: Any = None,
    metrics_collections: Collections = None,
    updates_collections: Collections = None,
    name: str | None = None,
) -> Metric:
    """The share of the labels that are among the classes in `predictions_idx`.

    >>> labels, best = [[0, 1], [2, 3]], [[0, 2], [1, 0]]
    >>> value, update = df.metrics.recall_at_top_k(labels, best)
    >>> session.run(update)
    np.float64(0.25)
    """
    collections = metrics_collections, updates_collections
    operands = labels, predictions_idx, k, class_id, weights
    return _share_in_top("recall", *operands, collections, name)


def recall_at_k(
    labels: Any,
    predictions: Any,
    k: int,
    class_id: int | None = None,
    weights: Any = None,
    metrics_collections: Collections = None,
    updates_collections: Collections = None,
    name: str | None = None,
) -> Metric:
    """The share of the labels that are among the `k` with the highest predictions.

    >>> labels, predictions = [[0], [2]], [[0.6, 0.3, 0.1], [0.5, 0.4, 0.1]]
    >>> value, update = df.metrics.recall_at_k(labels, predictions, k=2)
    >>> session.run(update)
    np.float64(0.5)
    """
    collections = metrics_collections, updates_collections
    operands = labels, _best(predictions, k), k, class_id, weights
    return _share_in_top("recall", *operands, collections, name)


def average_precision_at_k(
    labels: Any,
    predictions: Any,
    k: int,
    weights: Any = None,
    metrics_collections: Collections = None,
    updates_collections: Collections = None,
    name: str | None = None,
) -> Metric:
    """The mean over rows of the precision at each rank up to `k` that has a label.

    It is divided by the number of labels of a row, at most `k`. float64.

    >>> labels, predictions = [[0], [1]], [[0.6, 0.3, 0.1], [0.5, 0.4, 0.1]]
    >>> value, update = df.metrics.average_precision_at_k(labels, predictions, k=2)
    >>> session.run(update)
    np.float64(0.75)
    """
    operands = _tensors(predictions, labels, weights)
    with scope(name, f"average_precision_at_{k}", *operands) as full:
        labels, top = cast(labels, "int64"), cast(_best(predictions, k), "int64")
        if labels.shape.rank is not None and labels.shape.rank + 1 == top.shape.rank:
            labels = expand_dims(labels, -1)
        among = equal(expand_dims(top, -1), expand_dims(labels, -2))
        right = cast(reduce_any(among, -1), "float64")
        ranks = cast(counting(1, k + 1), "float64")
        precisions = right * cumsum(right, -1) / ranks
        possible = minimum(reduced_count(cast(labels, "float64"), -1), float(k))
        values = reduce_sum(precisions, -1) / possible
        amount = reduced_count(values, None)
        if weights is not None:
            by = broadcast_weights(cast(weights, "float64"), values)
            values, amount = values * by, reduce_sum(by)
        counts = [
            _count("total", reduce_sum(values), "float64"),
            _count("max", amount, "float64"),
        ]
        value = div_no_nan(counts[0][0], counts[1][0], name="mean")
        update = div_no_nan(counts[0][1], counts[1][1], name=full)
        return _collected((value, update), metrics_collections, updates_collections)


sparse_average_precision_at_k = average_precision_at_k
sparse_precision_at_k = precision_at_k
