"""The names of `tf.contrib.layers`: layers with other defaults, and regularizers."""

from __future__ import annotations

import numbers
from collections.abc import Callable, Iterable
from functools import partial
from math import prod, sqrt
from typing import Any

from daskflow import layers
from daskflow.contrib.framework import add_arg_scope
from daskflow.defaults import (
    add_to_collection,
    add_to_collections,
    control_dependencies,
    get_collection,
)
from daskflow.defaults import scope as opened
from daskflow.errors import GraphError
from daskflow.graph import Tensor
from daskflow.keys import GraphKeys
from daskflow.layers.named import ZEROS
from daskflow.missing import tell_missing
from daskflow.ops import nn
from daskflow.ops.array import reshape, squeeze
from daskflow.ops.making import one_hot
from daskflow.ops.math import abs, add_n, identity, multiply
from daskflow.ops.nn import l2_loss
from daskflow.ops.random import random_uniform, truncated_normal
from daskflow.ops.reduce import reduce_sum
from daskflow.ops.scopes import variable_scope
from daskflow.ops.state import Variable
from daskflow.values import as_tensor

__all__ = [
    "apply_regularization",
    "avg_pool2d",
    "batch_norm",
    "conv2d",
    "convolution2d",
    "dropout",
    "flatten",
    "fully_connected",
    "l1_l2_regularizer",
    "l1_regularizer",
    "l2_regularizer",
    "linear",
    "max_pool2d",
    "one_hot_encoding",
    "relu",
    "relu6",
    "sum_regularizer",
    "variance_scaling_initializer",
    "xavier_initializer",
    "xavier_initializer_conv2d",
]

tell_missing(__name__)

# Initializers


def variance_scaling_initializer(
    factor: float = 2.0,
    mode: str = "FAN_IN",
    uniform: bool = False,
    seed: int | None = None,
    dtype: Any = "float32",
) -> Callable[..., Tensor]:
    """Draws with a variance of `factor / n`, where n depends on the shape.

    It is the number of inputs of a unit (`mode` "FAN_IN"), of its outputs ("FAN_OUT"),
    or their mean ("FAN_AVG"). The draws are uniform, or else normal and cut off at two
    deviations.

    >>> initializer = df.contrib.layers.variance_scaling_initializer(factor=1.0)
    >>> deviation = df.math.reduce_std(initializer([100, 50]))
    >>> session.run(deviation).round(1)
    np.float32(0.1)
    """
    count = {
        "FAN_IN": lambda inputs, outputs: inputs,
        "FAN_OUT": lambda inputs, outputs: outputs,
        "FAN_AVG": lambda inputs, outputs: (inputs + outputs) / 2.0,
    }.get(mode)
    if count is None:
        raise GraphError(f"mode is 'FAN_IN', 'FAN_OUT' or 'FAN_AVG', got {mode!r}")

    def initializer(
        shape: Any, dtype: Any = dtype, partition_info: Any = None
    ) -> Tensor:
        lengths = [int(n) for n in shape]
        around = prod(lengths[:-2])
        inputs = lengths[-2] if len(lengths) > 1 else (lengths or [1])[-1]
        outputs = (lengths or [1])[-1]
        n = count(float(inputs * around), float(outputs * around))
        if uniform:
            limit = sqrt(3.0 * factor / n)
            return random_uniform(lengths, -limit, limit, dtype, seed=seed)
        deviation = sqrt(1.3 * factor / n)
        return truncated_normal(lengths, 0.0, deviation, dtype, seed=seed)

    return initializer


def xavier_initializer(
    uniform: bool = True, seed: int | None = None, dtype: Any = "float32"
) -> Callable[..., Tensor]:
    """Draws whose spread keeps signals level (Glorot and Bengio, AISTATS 2010).

    >>> draws = session.run(df.contrib.layers.xavier_initializer()([3, 3]))
    >>> draws.shape, bool(np.all(np.abs(draws) <= np.sqrt(6 / (3 + 3))))
    ((3, 3), True)
    """
    return variance_scaling_initializer(1.0, "FAN_AVG", uniform, seed, dtype)


xavier_initializer_conv2d = xavier_initializer
XAVIER = xavier_initializer()

# Regularizers


def l1_regularizer(scale: float, scope: str | None = None) -> Callable[[Any], Any]:
    """The function `scale * sum(abs(weights))`; it gives None if `scale` is 0.

    >>> df.contrib.layers.l1_regularizer(0.5)([1.0, -3.0]).eval()
    np.float32(2.0)
    """
    _check_scale(scale)

    def l1(weights: Any) -> Any:
        with opened(scope, "l1_regularizer", weights) as name:
            return multiply(scale, reduce_sum(abs(as_tensor(weights))), name=name)

    return l1 if scale else _nothing


def l2_regularizer(scale: float, scope: str | None = None) -> Callable[[Any], Any]:
    """The function `scale * nn.l2_loss(weights)`; it gives None if `scale` is 0.

    >>> df.contrib.layers.l2_regularizer(0.5)([3.0, 4.0]).eval()
    np.float32(6.25)
    """
    _check_scale(scale)

    def l2(weights: Any) -> Any:
        with opened(scope, "l2_regularizer", weights) as name:
            return multiply(scale, l2_loss(as_tensor(weights)), name=name)

    return l2 if scale else _nothing


def l1_l2_regularizer(
    scale_l1: float = 1.0, scale_l2: float = 1.0, scope: str | None = None
) -> Callable[[Any], Any]:
    """The sum of `l1_regularizer` and `l2_regularizer`.

    >>> df.contrib.layers.l1_l2_regularizer(1.0, 0.5)([3.0, 4.0]).eval()
    np.float32(13.25)
    """
    regularizers = [l1_regularizer(scale_l1), l2_regularizer(scale_l2)]
    return sum_regularizer(regularizers, scope or "l1_l2_regularizer")


def sum_regularizer(
    regularizer_list: Iterable[Callable[[Any], Any] | None], scope: str | None = None
) -> Any:
    """The sum of several regularizers; None if there are none.

    >>> layers = df.contrib.layers
    >>> both = layers.sum_regularizer(
    ...     [layers.l1_regularizer(1.0), layers.l2_regularizer(0.5)]
    ... )
    >>> both([3.0, 4.0]).eval()
    np.float32(13.25)
    """
    regularizers = [r for r in regularizer_list if r is not None]

    def total(weights: Any) -> Any:
        with opened(scope, "sum_regularizer", weights) as name:
            given = [regularizer(weights) for regularizer in regularizers]
            losses = [loss for loss in given if loss is not None]
            return add_n(losses, name=name) if losses else None

    return total if regularizers else None


def _check_scale(scale: Any) -> None:
    if isinstance(scale, numbers.Integral):
        raise GraphError(f"scale is a float, got {scale}")
    if isinstance(scale, numbers.Real) and scale < 0.0:
        raise GraphError(f"scale is not negative, got {scale}")


def _nothing(weights: Any) -> None:
    return None


def apply_regularization(
    regularizer: Callable[[Any], Any], weights_list: Iterable[Any] | None = None
) -> Tensor:
    """The sum of what `regularizer` gives for each of the weights.

    They are those in the collection `WEIGHTS` unless given. The sum enters
    `REGULARIZATION_LOSSES`.

    >>> v, w = df.Variable([1.0, -3.0]), df.Variable([2.0])
    >>> penalty = df.contrib.layers.l1_regularizer(0.5)
    >>> df.contrib.layers.apply_regularization(penalty, [v, w]).eval()
    np.float32(3.0)
    >>> df.losses.get_regularization_loss().eval()
    np.float32(3.0)
    """
    weights = list(weights_list or get_collection(GraphKeys.WEIGHTS))
    if not weights:
        raise GraphError("there are no weights to regularize")
    with opened(None, "get_regularization_penalty", *weights) as name:
        given = [regularizer(w) for w in weights]
        penalties = [as_tensor(0.0 if loss is None else loss) for loss in given]
        total = add_n(penalties, name=name)
    add_to_collection(GraphKeys.REGULARIZATION_LOSSES, total)
    return total


# Layers


def _model_getter(names: dict[str, str]) -> Callable[..., Variable]:
    """A getter that has other names for a layer's variables, and notes them."""

    def get(getter: Callable[..., Variable], name: str, **settings: Any) -> Variable:
        scope, _, last = name.rpartition("/")
        last = names.get(last, last)
        name = f"{scope}/{last}" if scope else last
        collections = settings.pop("collections", None)
        if collections is None:
            collections = [GraphKeys.GLOBAL_VARIABLES]
        if GraphKeys.MODEL_VARIABLES not in collections:
            collections = [*collections, GraphKeys.MODEL_VARIABLES]
        return getter(name, collections=collections, **settings)

    return get


def _collected(collections: Any, *values: Any) -> None:
    if collections:
        for value in values:
            add_to_collections(collections, value)


def _collect_variables(collections: Any, **variables: Any) -> None:
    """Enter variables into collections, which may be given for each name."""
    for name, variable in variables.items():
        is_each = isinstance(collections, dict)
        if variable is not None:
            _collected(collections.get(name) if is_each else collections, variable)


def _finished(
    outputs: Tensor,
    normalizer_fn: Callable[..., Any] | None,
    normalizer_params: dict[str, Any] | None,
    activation_fn: Callable[[Any], Any] | None,
    outputs_collections: Any,
) -> Tensor:
    """What a layer computed, normalized and activated."""
    if normalizer_fn is not None:
        outputs = normalizer_fn(outputs, **(normalizer_params or {}))
    if activation_fn is not None:
        outputs = activation_fn(outputs)
    _collected(outputs_collections, outputs)
    return outputs


def _applied(
    layer: Any, inputs: Any, variables_collections: Any, *finish: Any
) -> Tensor:
    """What a layer with weights gives for `inputs`, finished; both are collected."""
    outputs = layer(inputs)
    _collect_variables(variables_collections, weights=layer.kernel, biases=layer.bias)
    return _finished(outputs, *finish)


@add_arg_scope
def fully_connected(
    inputs: Any,
    num_outputs: int,
    activation_fn: Any = nn.relu,
    normalizer_fn: Any = None,
    normalizer_params: dict[str, Any] | None = None,
    weights_initializer: Any = XAVIER,
    weights_regularizer: Any = None,
    biases_initializer: Any = ZEROS,
    biases_regularizer: Any = None,
    reuse: Any = None,
    variables_collections: Any = None,
    outputs_collections: Any = None,
    trainable: bool = True,
    scope: Any = None,
) -> Tensor:
    """`activation_fn(inputs @ weights + biases)`, ReLU unless said otherwise.

    With a `normalizer_fn`, `batch_norm` for instance, there are no biases.

    >>> ones = df.ones_initializer()
    >>> x = [[1.0, 2.0], [-1.0, -2.0]]
    >>> df.contrib.layers.fully_connected(x, 1, weights_initializer=ones).eval()
    array([[3.],
           [0.]], dtype=float32)
    >>> [v.op.name for v in df.trainable_variables()]
    ['fully_connected/weights', 'fully_connected/biases']
    """
    getter = _model_getter({"kernel": "weights", "bias": "biases"})
    default = "fully_connected"
    with variable_scope(
        scope, default, [inputs], reuse=reuse, custom_getter=getter
    ) as opened_scope:
        layer = layers.Dense(
            num_outputs,
            use_bias=normalizer_fn is None and biases_initializer is not None,
            kernel_initializer=weights_initializer,
            bias_initializer=biases_initializer,
            kernel_regularizer=weights_regularizer,
            bias_regularizer=biases_regularizer,
            trainable=trainable,
            name=opened_scope.name,
            _scope=opened_scope,
            _reuse=reuse,
        )
        return _applied(
            layer,
            inputs,
            variables_collections,
            normalizer_fn,
            normalizer_params,
            activation_fn,
            outputs_collections,
        )


linear = partial(fully_connected, activation_fn=None)
relu = partial(fully_connected, activation_fn=nn.relu)
relu6 = partial(fully_connected, activation_fn=nn.relu6)


@add_arg_scope
def convolution2d(
    inputs: Any,
    num_outputs: int,
    kernel_size: Any,
    stride: Any = 1,
    padding: str = "SAME",
    data_format: str | None = None,
    rate: Any = 1,
    activation_fn: Any = nn.relu,
    normalizer_fn: Any = None,
    normalizer_params: dict[str, Any] | None = None,
    weights_initializer: Any = XAVIER,
    weights_regularizer: Any = None,
    biases_initializer: Any = ZEROS,
    biases_regularizer: Any = None,
    reuse: Any = None,
    variables_collections: Any = None,
    outputs_collections: Any = None,
    trainable: bool = True,
    scope: Any = None,
) -> Tensor:
    """A convolution of images, padded and with ReLU unless said otherwise.

    `data_format` is "NHWC", the default, or "NCHW". With a `normalizer_fn`,
    `batch_norm` for instance, there are no biases.

    >>> ones = df.ones_initializer()
    >>> x = df.ones([1, 3, 3, 1])
    >>> y = df.contrib.layers.conv2d(x, 1, kernel_size=3, weights_initializer=ones)
    >>> y.eval()[0, :, :, 0]
    array([[4., 6., 4.],
           [6., 9., 6.],
           [4., 6., 4.]], dtype=float32)
    """
    getter = _model_getter({"kernel": "weights", "bias": "biases"})
    with variable_scope(
        scope, "Conv", [inputs], reuse=reuse, custom_getter=getter
    ) as opened_scope:
        layer = layers.Conv2D(
            num_outputs,
            kernel_size,
            stride,
            padding,
            _channels(data_format),
            rate,
            use_bias=normalizer_fn is None and biases_initializer is not None,
            kernel_initializer=weights_initializer,
            bias_initializer=biases_initializer,
            kernel_regularizer=weights_regularizer,
            bias_regularizer=biases_regularizer,
            trainable=trainable,
            name=opened_scope.name,
            _scope=opened_scope,
            _reuse=reuse,
        )
        return _applied(
            layer,
            inputs,
            variables_collections,
            normalizer_fn,
            normalizer_params,
            activation_fn,
            outputs_collections,
        )


conv2d = convolution2d


def _channels(data_format: str | None) -> str:
    known = {None: "channels_last", "NHWC": "channels_last", "NCHW": "channels_first"}
    if data_format not in known:
        raise GraphError(f"data_format is 'NHWC' or 'NCHW', got {data_format!r}")
    return known[data_format]


@add_arg_scope
def max_pool2d(
    inputs: Any,
    kernel_size: Any,
    stride: Any = 2,
    padding: str = "VALID",
    data_format: str = "NHWC",
    outputs_collections: Any = None,
    scope: Any = None,
) -> Tensor:
    """The largest of each window of images, two apart unless said otherwise.

    >>> x = df.reshape(df.range(16.0), [1, 4, 4, 1])
    >>> df.contrib.layers.max_pool2d(x, kernel_size=2).eval()[0, :, :, 0]
    array([[ 5.,  7.],
           [13., 15.]], dtype=float32)
    """
    with opened(scope, "MaxPool2D", inputs) as name:
        layer = layers.MaxPooling2D(
            kernel_size, stride, padding, _channels(data_format), _scope=name
        )
        outputs: Tensor = layer(inputs)
        _collected(outputs_collections, outputs)
        return outputs


@add_arg_scope
def avg_pool2d(
    inputs: Any,
    kernel_size: Any,
    stride: Any = 2,
    padding: str = "VALID",
    data_format: str = "NHWC",
    outputs_collections: Any = None,
    scope: Any = None,
) -> Tensor:
    """The mean of each window of images, two apart unless said otherwise.

    >>> x = df.reshape(df.range(16.0), [1, 4, 4, 1])
    >>> df.contrib.layers.avg_pool2d(x, kernel_size=2).eval()[0, :, :, 0]
    array([[ 2.5,  4.5],
           [10.5, 12.5]], dtype=float32)
    """
    with opened(scope, "AvgPool2D", inputs) as name:
        layer = layers.AveragePooling2D(
            kernel_size, stride, padding, _channels(data_format), _scope=name
        )
        outputs: Tensor = layer(inputs)
        _collected(outputs_collections, outputs)
        return outputs


@add_arg_scope
def flatten(inputs: Any, outputs_collections: Any = None, scope: Any = None) -> Tensor:
    """All axes but the first as one.

    >>> df.contrib.layers.flatten(df.zeros([5, 2, 3])).shape
    TensorShape([5, 6])
    """
    with opened(scope, "Flatten", inputs):
        outputs = layers.flatten(inputs)
        _collected(outputs_collections, outputs)
        return outputs


@add_arg_scope
def dropout(
    inputs: Any,
    keep_prob: Any = 0.5,
    noise_shape: Any = None,
    is_training: Any = True,
    outputs_collections: Any = None,
    scope: Any = None,
    seed: int | None = None,
) -> Tensor:
    """In training all but a part of the inputs, `keep_prob`, becomes 0 at random.

    >>> x = df.ones([100])
    >>> np.unique(df.contrib.layers.dropout(x, keep_prob=0.25).eval())
    array([0., 4.], dtype=float32)
    >>> np.unique(df.contrib.layers.dropout(x, is_training=False).eval())
    array([1.], dtype=float32)
    """
    with variable_scope(scope, "Dropout", [inputs]) as opened_scope:
        layer = layers.Dropout(
            1 - keep_prob, noise_shape, seed, opened_scope.name, _scope=opened_scope
        )
        outputs: Tensor = layer(inputs, training=is_training)
        _collected(outputs_collections, outputs)
        return outputs


class _BatchNorm(layers.BatchNormalization):
    """Batch normalization that leaves it to others to collect its updates."""

    def add_update(self, updates: Any, inputs: Any = None) -> None:
        self._updates.append(updates)


@add_arg_scope
def batch_norm(
    inputs: Any,
    decay: Any = 0.999,
    center: bool = True,
    scale: bool = False,
    epsilon: float = 0.001,
    activation_fn: Any = None,
    param_initializers: dict[str, Any] | None = None,
    param_regularizers: dict[str, Any] | None = None,
    updates_collections: Any = GraphKeys.UPDATE_OPS,
    is_training: Any = True,
    reuse: Any = None,
    variables_collections: Any = None,
    outputs_collections: Any = None,
    trainable: bool = True,
    batch_weights: Any = None,
    fused: bool | None = None,
    data_format: str = "NHWC",
    zero_debias_moving_mean: bool = False,
    scope: Any = None,
    renorm: bool = False,
    renorm_clipping: Any = None,
    renorm_decay: float = 0.99,
    adjustment: Any = None,
) -> Tensor:
    """Inputs normalized in each channel; see `layers.BatchNormalization`.

    It is in training, and has no scale, unless said otherwise. What updates the moving
    mean and variance enters `updates_collections`; with None it runs before the result
    is there. Of rank 2 and 4 the moving variance nears the estimate with n - 1.

    >>> y = df.contrib.layers.batch_norm([[1.0], [3.0]], updates_collections=None)
    >>> y.eval().round(2)
    array([[-1.],
           [ 1.]], dtype=float32)
    >>> [v.op.name for v in df.global_variables()]
    ['BatchNorm/beta', 'BatchNorm/moving_mean', 'BatchNorm/moving_variance']
    """
    for what, given in {
        "batch_weights": batch_weights is not None,
        "zero_debias_moving_mean": zero_debias_moving_mean,
    }.items():
        if given:
            raise GraphError(f"batch_norm has no {what} here")
    made = {f"{k}_initializer": v for k, v in (param_initializers or {}).items()}
    punished = {f"{k}_regularizer": v for k, v in (param_regularizers or {}).items()}
    channels_first = _channels(data_format) == "channels_first"
    with variable_scope(
        scope, "BatchNorm", [inputs], reuse=reuse, custom_getter=_model_getter({})
    ) as opened_scope:
        inputs = as_tensor(inputs)
        is_matrix = inputs.shape.rank == 2 and fused is not False
        layer = _BatchNorm(
            3 if is_matrix else 1 if channels_first else -1,
            decay,
            epsilon,
            center,
            scale,
            **made,
            **punished,
            renorm=renorm,
            fused=fused,
            trainable=trainable,
            adjustment=adjustment,
            name=opened_scope.name,
            _scope=opened_scope,
            _reuse=reuse,
        )
        outputs = layer(
            reshape(inputs, [-1, 1, 1, inputs.shape[-1]]) if is_matrix else inputs,
            training=is_training,
        )
        if is_matrix:
            outputs = squeeze(outputs, [1, 2])
        updates = layer._updates
        if updates_collections is None:
            with control_dependencies(updates):
                outputs = identity(outputs)
        else:
            _collected(updates_collections, *updates)
        _collect_variables(
            variables_collections,
            beta=layer.beta,
            gamma=layer.gamma,
            moving_mean=layer.moving_mean,
            moving_variance=layer.moving_variance,
        )
        return _finished(outputs, None, None, activation_fn, outputs_collections)


@add_arg_scope
def one_hot_encoding(
    labels: Any,
    num_classes: int,
    on_value: float = 1.0,
    off_value: float = 0.0,
    outputs_collections: Any = None,
    scope: Any = None,
) -> Tensor:
    """`one_hot` of labels, floats.

    >>> df.contrib.layers.one_hot_encoding([1, 0], num_classes=3).eval()
    array([[0., 1., 0.],
           [1., 0., 0.]], dtype=float32)
    """
    with opened(scope, "OneHotEncoding", labels):
        outputs = one_hot(labels, num_classes, on_value, off_value)
        _collected(outputs_collections, outputs)
        return outputs
