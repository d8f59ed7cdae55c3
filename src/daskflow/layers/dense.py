"""Layers that join every input with every unit, drop units, or flatten."""

from __future__ import annotations

from math import prod
from typing import Any

from daskflow.errors import DTypeError, GraphError, ShapeError
from daskflow.graph import Tensor
from daskflow.layers.base import InputSpec, Layer, flag_of
from daskflow.layers.functions import function_of
from daskflow.layers.named import ZEROS, activation_named
from daskflow.ops.array import expand_dims, reshape, transpose
from daskflow.ops.array import shape as shape_of
from daskflow.ops.linalg import matmul
from daskflow.ops.math import identity, select
from daskflow.ops.nn import bias_add
from daskflow.ops.nn import dropout as dropped
from daskflow.ops.products import tensordot
from daskflow.spec import TensorShape


class Dense(Layer):
    """`activation(inputs @ kernel + bias)`, along the last axis of the inputs.

    The `kernel` has the shape `[inputs, units]`. `kernel_initializer` is the scope's
    unless given; what regularizers give enters `REGULARIZATION_LOSSES`, that of
    `activity_regularizer` divided by the length of the first axis.

    >>> layer = df.layers.Dense(2, kernel_initializer="ones", name="hidden")
    >>> layer(df.constant([[1.0, 2.0]])).eval()
    array([[3., 3.]], dtype=float32)
    >>> [(v.name, v.shape.as_list()) for v in layer.variables]
    [('hidden/kernel:0', [2, 2]), ('hidden/bias:0', [2])]
    """

    def __init__(
        self,
        units: int,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = None,
        bias_initializer: Any = ZEROS,
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        trainable: bool = True,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            trainable, name, activity_regularizer=activity_regularizer, **kwargs
        )
        self.units = int(units)
        if self.units < 0:
            raise GraphError(f"units is the number of results, got {units}")
        self.activation = activation_named(activation)
        self.use_bias = use_bias
        self.kernel_initializer = kernel_initializer
        self.bias_initializer = bias_initializer
        self.kernel_regularizer = kernel_regularizer
        self.bias_regularizer = bias_regularizer
        self.kernel_constraint = kernel_constraint
        self.bias_constraint = bias_constraint
        self.input_spec = InputSpec(min_ndim=2)

    def build(self, input_shape: Any) -> None:
        """Make the kernel and the bias."""
        check_floats(self)
        shape = TensorShape(input_shape)
        last = shape[-1].value if shape.rank is not None else None
        if last is None:
            raise ShapeError(
                "the last dimension of the inputs of a dense layer should be defined, "
                f"found None in {shape}"
            )
        self.input_spec = InputSpec(min_ndim=2, axes={-1: last})
        self.kernel = self.add_variable(
            "kernel",
            [last, self.units],
            initializer=self.kernel_initializer,
            regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
        )
        self.bias = add_bias(self, self.units)
        self.built = True

    def call(self, inputs: Any) -> Tensor:
        """The units for `inputs`."""
        rank = inputs.shape.rank
        if rank == 2:
            outputs = matmul(inputs, self.kernel)
        else:
            outputs = tensordot(inputs, self.kernel, [[rank - 1], [0]])
        if self.bias is not None:
            outputs = bias_add(outputs, self.bias)
        return outputs if self.activation is None else self.activation(outputs)


def check_floats(layer: Layer) -> None:
    """Raise a `DTypeError` if the variables of the layer would not be floats."""
    if layer.dtype is not None and not (
        layer.dtype.is_floating or layer.dtype.is_complex
    ):
        raise DTypeError(f"{layer.name} takes floats, got {layer.dtype.name}")


def add_bias(layer: Any, length: int) -> Any:
    """The variable of the layer that is added to what it computes, or None."""
    if not layer.use_bias:
        return None
    return layer.add_variable(
        "bias",
        [length],
        initializer=layer.bias_initializer,
        regularizer=layer.bias_regularizer,
        constraint=layer.bias_constraint,
    )


class Dropout(Layer):
    """In training a part of the inputs, `rate`, becomes 0; the rest grows to make up.

    `training`, an argument of the call, is a bool or a tensor of one.

    >>> layer = df.layers.Dropout(rate=0.5)
    >>> layer(df.constant([1.0, 2.0])).eval()
    array([1., 2.], dtype=float32)
    >>> np.unique(layer(df.ones([100]), training=True).eval())
    array([0., 2.], dtype=float32)
    """

    def __init__(
        self,
        rate: Any = 0.5,
        noise_shape: Any = None,
        seed: int | None = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(name=name, **kwargs)
        if isinstance(rate, int | float) and not 0 <= rate <= 1:
            raise GraphError(f"rate is between 0 and 1, got {rate}")
        self.rate = rate
        self.noise_shape = noise_shape
        self.seed = seed

    def call(self, inputs: Any, training: Any = False) -> Tensor:
        """The inputs, with some of them 0 in `training`."""
        flag = flag_of(training)
        if flag is False:
            return identity(inputs)
        outputs = dropped(
            inputs, noise_shape=self.noise_shape, seed=self.seed, rate=self.rate
        )
        return outputs if flag is True else select(flag, outputs, inputs)


class Flatten(Layer):
    """All axes but the first as one.

    >>> df.layers.Flatten()(df.zeros([5, 2, 3])).shape
    TensorShape([5, 6])
    """

    def __init__(self, data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.data_format = data_format_named(data_format)
        self.input_spec = InputSpec(min_ndim=1)

    def call(self, inputs: Any) -> Tensor:
        """The inputs, `[n, ...]`, as `[n, elements]`."""
        rank = inputs.shape.rank
        if self.data_format == "channels_first" and (rank or 0) > 2:
            inputs = transpose(inputs, [0, *range(2, rank), 1])
        if rank == 1:
            return expand_dims(inputs, 1)
        if rank is None:
            return reshape(inputs, [shape_of(inputs)[0], -1])
        first, *others = inputs.shape.as_list()
        if None not in others:
            return reshape(inputs, [-1 if first is None else first, prod(others)])
        return reshape(inputs, [shape_of(inputs)[0] if first is None else first, -1])


def data_format_named(data_format: str | None) -> str:
    """Where the channels are, the last axis unless given."""
    if data_format not in (None, "channels_first", "channels_last"):
        raise GraphError(
            f"data_format is 'channels_last' or 'channels_first', got {data_format!r}"
        )
    return data_format or "channels_last"


dense = function_of(
    Dense,
    """
    >>> x = df.placeholder(df.float32, [None, 2])
    >>> y = df.layers.dense(x, 3, df.nn.relu, kernel_initializer="ones")
    >>> y.eval({x: [[1.0, 2.0], [-1.0, -2.0]]})
    array([[3., 3., 3.],
           [0., 0., 0.]], dtype=float32)
    """,
)


def dropout(
    inputs: Any,
    rate: Any = 0.5,
    noise_shape: Any = None,
    seed: int | None = None,
    training: Any = False,
    name: str | None = None,
) -> Tensor:
    """What a new layer `Dropout(rate, noise_shape, seed)` gives in `training`.

    >>> training = df.placeholder_with_default(False, [])
    >>> y = df.layers.dropout(df.ones([100]), rate=0.75, training=training)
    >>> np.unique(session.run(y)), np.unique(session.run(y, {training: True}))
    (array([1.], dtype=float32), array([0., 4.], dtype=float32))
    """
    layer = Dropout(rate, noise_shape, seed, name)
    return layer(inputs, training=training)


def flatten(
    inputs: Any, name: str | None = None, data_format: str = "channels_last"
) -> Tensor:
    """All axes but the first as one: what a new layer `Flatten` gives.

    >>> df.layers.flatten(df.constant([[[1.0, 2.0], [3.0, 4.0]]])).eval()
    array([[1., 2., 3., 4.]], dtype=float32)
    """
    return Flatten(data_format, name=name)(inputs)
