"""Layers that convolve."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from daskflow.errors import GraphError, ShapeError
from daskflow.graph import Tensor
from daskflow.layers.base import InputSpec, Layer
from daskflow.layers.dense import add_bias, check_floats, data_format_named
from daskflow.layers.functions import function_of
from daskflow.layers.named import ZEROS, activation_named
from daskflow.layers.windows import FORMATS, lengths, padding_named
from daskflow.ops import conv
from daskflow.ops.array import expand_dims, squeeze
from daskflow.ops.array import shape as shape_of
from daskflow.ops.nn import bias_add
from daskflow.spec import TensorShape


class _Convolution(Layer):
    """A convolution over `rank` axes, with `filters` results at each place."""

    rank: ClassVar[int]

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        data_format: str = "channels_last",
        dilation_rate: Any = 1,
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
        self.filters = int(filters)
        self.kernel_size = lengths("kernel_size", kernel_size, self.rank)
        self.strides = lengths("strides", strides, self.rank)
        self.padding = padding_named(padding)
        self.data_format = data_format_named(data_format)
        self.dilation_rate = lengths("dilation_rate", dilation_rate, self.rank)
        if max(self.strides) > 1 and max(self.dilation_rate) > 1:
            raise GraphError(
                "strides and dilation_rate cannot both be more than 1, got "
                f"{self.strides} and {self.dilation_rate}"
            )
        self.activation = activation_named(activation)
        self.use_bias = use_bias
        self.kernel_initializer = kernel_initializer
        self.bias_initializer = bias_initializer
        self.kernel_regularizer = kernel_regularizer
        self.bias_regularizer = bias_regularizer
        self.kernel_constraint = kernel_constraint
        self.bias_constraint = bias_constraint
        self.input_spec = InputSpec(ndim=self.rank + 2)

    def build(self, input_shape: Any) -> None:
        """Make the kernel and the bias."""
        self.kernel = self.add_variable(
            "kernel",
            self._kernel_shape(self._channels(input_shape)),
            initializer=self.kernel_initializer,
            regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
        )
        self.bias = add_bias(self, self.filters)
        self.built = True

    def _kernel_shape(self, channels: int) -> list[int]:
        return [*self.kernel_size, channels, self.filters]

    def _channels(self, input_shape: Any) -> int:
        """The number of channels of the inputs, which they have from here on."""
        check_floats(self)
        shape = TensorShape(input_shape)
        axis = 1 if self.data_format == "channels_first" else -1
        channels: int | None = shape[axis].value if shape.rank is not None else None
        if channels is None:
            raise ShapeError(
                "the channel dimension of the inputs should be defined, found None on "
                f"axis {axis} of {shape}"
            )
        self.input_spec = InputSpec(ndim=self.rank + 2, axes={axis: channels})
        return channels

    def call(self, inputs: Any) -> Tensor:
        """The convolution of `inputs`."""
        return self._finished(self._convolved(inputs))

    def _convolved(self, inputs: Any) -> Any:
        return conv.convolution(
            inputs,
            self.kernel,
            self.padding.upper(),
            self.strides,
            self.dilation_rate,
            data_format=FORMATS[self.data_format][self.rank],
        )

    def _finished(self, outputs: Any) -> Tensor:
        """With the bias and the activation."""
        if self.bias is not None:
            outputs = bias_add(outputs, self.bias, FORMATS[self.data_format][self.rank])
        return outputs if self.activation is None else self.activation(outputs)


class Conv1D(_Convolution):
    """A convolution of `[n, steps, channels]`; the kernel `[size, channels, filters]`.

    `data_format` is "channels_last" or "channels_first", and then the channels are the
    axis behind the first. Initializers and regularizers are those of `Dense`.

    >>> x = df.constant([[[1.0], [2.0], [3.0], [4.0]]])
    >>> layer = df.layers.Conv1D(filters=1, kernel_size=2, kernel_initializer="ones")
    >>> layer(x).eval().ravel()
    array([3., 5., 7.], dtype=float32)
    """

    rank = 1


class Conv2D(_Convolution):
    """A convolution of images, `[n, height, width, channels]`.

    The kernel has the shape `[height, width, channels, filters]`. `data_format` is
    "channels_last" or "channels_first", and then the channels are the axis behind the
    first. Initializers and regularizers are those of `Dense`.

    >>> layer = df.layers.Conv2D(filters=1, kernel_size=2, kernel_initializer="ones")
    >>> layer(df.ones([1, 3, 3, 1])).eval()[0, :, :, 0]
    array([[4., 4.],
           [4., 4.]], dtype=float32)
    >>> [v.shape.as_list() for v in layer.variables]
    [[2, 2, 1, 1], [1]]
    """

    rank = 2


class Conv3D(_Convolution):
    """A convolution of volumes, `[n, depth, height, width, channels]`.

    The kernel has the shape `[depth, height, width, channels, filters]`; for the rest
    see `Conv2D`.

    >>> layer = df.layers.Conv3D(filters=1, kernel_size=2, kernel_initializer="ones")
    >>> layer(df.ones([1, 2, 2, 3, 1])).eval().ravel()
    array([8., 8.], dtype=float32)
    """

    rank = 3


# Transposed


class _Transposed(_Convolution):
    transposed: ClassVar[Callable[..., Tensor]]

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        data_format: str = "channels_last",
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
            filters,
            kernel_size,
            strides,
            padding,
            data_format,
            1,
            activation,
            use_bias,
            kernel_initializer,
            bias_initializer,
            kernel_regularizer,
            bias_regularizer,
            activity_regularizer,
            kernel_constraint,
            bias_constraint,
            trainable,
            name,
            **kwargs,
        )

    def _kernel_shape(self, channels: int) -> list[int]:
        return [*self.kernel_size, self.filters, channels]

    def _convolved(self, inputs: Any) -> Any:
        return type(self).transposed(
            inputs,
            self.kernel,
            self._output_shape(inputs),
            self.strides,
            self.padding.upper(),
            FORMATS[self.data_format][self.rank],
        )

    def _output_shape(self, inputs: Tensor) -> list[Any]:
        first = 2 if self.data_format == "channels_first" else 1
        known = inputs.shape.as_list()
        shape = [shape_of(inputs)[i] if n is None else n for i, n in enumerate(known)]
        for i, (size, stride) in enumerate(
            zip(self.kernel_size, self.strides, strict=True)
        ):
            more = max(size - stride, 0) if self.padding == "valid" else 0
            shape[first + i] = shape[first + i] * stride + more
        shape[1 if first == 2 else -1] = self.filters
        return shape


class Conv2DTranspose(_Transposed):
    """The transpose of a convolution of images: `strides` times as high and wide.

    With "valid" padding they grow by what the kernel stands over as well. The kernel
    has the shape `[height, width, filters, channels]`; for the rest see `Conv2D`.

    >>> x = df.constant([[[[1.0], [2.0]]]])
    >>> layer = df.layers.Conv2DTranspose(1, 2, strides=2, kernel_initializer="ones")
    >>> layer(x).eval()[0, :, :, 0]
    array([[1., 1., 2., 2.],
           [1., 1., 2., 2.]], dtype=float32)
    """

    rank = 2
    transposed = conv.conv2d_transpose


class Conv3DTranspose(_Transposed):
    """The transpose of a convolution of volumes; see `Conv2DTranspose`.

    >>> layer = df.layers.Conv3DTranspose(8, kernel_size=3, strides=2)
    >>> layer(df.ones([1, 4, 4, 4, 2])).shape
    TensorShape([1, 9, 9, 9, 8])
    """

    rank = 3
    transposed = conv.conv3d_transpose


# Separable


class _Separable(_Convolution):
    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        data_format: str = "channels_last",
        dilation_rate: Any = 1,
        depth_multiplier: int = 1,
        activation: Any = None,
        use_bias: bool = True,
        depthwise_initializer: Any = None,
        pointwise_initializer: Any = None,
        bias_initializer: Any = ZEROS,
        depthwise_regularizer: Any = None,
        pointwise_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        depthwise_constraint: Any = None,
        pointwise_constraint: Any = None,
        bias_constraint: Any = None,
        trainable: bool = True,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            filters,
            kernel_size,
            strides,
            padding,
            data_format,
            dilation_rate,
            activation,
            use_bias,
            None,
            bias_initializer,
            None,
            bias_regularizer,
            activity_regularizer,
            None,
            bias_constraint,
            trainable,
            name,
            **kwargs,
        )
        self.depth_multiplier = depth_multiplier
        self.depthwise_initializer = depthwise_initializer
        self.pointwise_initializer = pointwise_initializer
        self.depthwise_regularizer = depthwise_regularizer
        self.pointwise_regularizer = pointwise_regularizer
        self.depthwise_constraint = depthwise_constraint
        self.pointwise_constraint = pointwise_constraint

    def build(self, input_shape: Any) -> None:
        """Make both kernels and the bias."""
        channels = self._channels(input_shape)
        self.depthwise_kernel = self.add_variable(
            "depthwise_kernel",
            [*self.kernel_size, channels, self.depth_multiplier],
            initializer=self.depthwise_initializer,
            regularizer=self.depthwise_regularizer,
            constraint=self.depthwise_constraint,
        )
        self.pointwise_kernel = self.add_variable(
            "pointwise_kernel",
            [1] * self.rank + [channels * self.depth_multiplier, self.filters],
            initializer=self.pointwise_initializer,
            regularizer=self.pointwise_regularizer,
            constraint=self.pointwise_constraint,
        )
        self.bias = add_bias(self, self.filters)
        self.built = True


class SeparableConv1D(_Separable):
    """A convolution of each channel of `[n, steps, channels]`, and then a mixture.

    The kernels have the shapes `[size, channels, depth_multiplier]` and
    `[1, channels * depth_multiplier, filters]`.

    >>> x = df.constant([[[1.0, 10.0], [2.0, 20.0], [3.0, 30.0]]])
    >>> layer = df.layers.SeparableConv1D(
    ...     1, 2, depthwise_initializer="ones", pointwise_initializer="ones"
    ... )
    >>> layer(x).eval().ravel()
    array([33., 55.], dtype=float32)
    """

    rank = 1

    def _convolved(self, inputs: Any) -> Any:
        axis = 2 if self.data_format == "channels_first" else 1
        outputs = conv.separable_conv2d(
            expand_dims(inputs, axis),
            expand_dims(self.depthwise_kernel, 0),
            expand_dims(self.pointwise_kernel, 0),
            self.strides * 2,
            self.padding.upper(),
            (1, *self.dilation_rate),
            data_format=FORMATS[self.data_format][2],
        )
        return squeeze(outputs, [axis])


class SeparableConv2D(_Separable):
    """A convolution of each channel of images, and then a mixture of the channels.

    The kernels have the shapes `[height, width, channels, depth_multiplier]` and
    `[1, 1, channels * depth_multiplier, filters]`.

    >>> x = df.ones([1, 5, 5, 8])
    >>> layer, full = df.layers.SeparableConv2D(16, 3), df.layers.Conv2D(16, 3)
    >>> layer(x).shape == full(x).shape
    True
    >>> layer.count_params(), full.count_params()
    (216, 1168)
    """

    rank = 2

    def _convolved(self, inputs: Any) -> Any:
        return conv.separable_conv2d(
            inputs,
            self.depthwise_kernel,
            self.pointwise_kernel,
            self.strides,
            self.padding.upper(),
            self.dilation_rate,
            data_format=FORMATS[self.data_format][2],
        )


conv1d = function_of(
    Conv1D,
    """
    >>> x = df.constant([[[1.0], [2.0], [3.0], [4.0]]])
    >>> y = df.layers.conv1d(x, 1, 2, strides=2, kernel_initializer="ones")
    >>> y.eval().ravel()
    array([3., 7.], dtype=float32)
    """,
)
conv2d = function_of(
    Conv2D,
    """
    >>> x = df.ones([1, 3, 3, 1])
    >>> y = df.layers.conv2d(x, 1, 3, padding="same", kernel_initializer="ones")
    >>> y.eval()[0, :, :, 0]
    array([[4., 6., 4.],
           [6., 9., 6.],
           [4., 6., 4.]], dtype=float32)
    """,
)
conv3d = function_of(
    Conv3D,
    """
    >>> x = df.placeholder(df.float32, [None, 8, 8, 8, 1])
    >>> df.layers.conv3d(x, filters=4, kernel_size=3).shape
    TensorShape([None, 6, 6, 6, 4])
    """,
)
conv2d_transpose = function_of(
    Conv2DTranspose,
    """
    >>> x = df.placeholder(df.float32, [None, 7, 7, 16])
    >>> df.layers.conv2d_transpose(x, 8, 3, strides=2, padding="same").shape
    TensorShape([None, 14, 14, 8])
    """,
)
conv3d_transpose = function_of(
    Conv3DTranspose,
    """
    >>> x = df.placeholder(df.float32, [None, 4, 4, 4, 2])
    >>> df.layers.conv3d_transpose(x, 8, 3, strides=2, padding="same").shape
    TensorShape([None, 8, 8, 8, 8])
    """,
)
separable_conv1d = function_of(
    SeparableConv1D,
    """
    >>> x = df.ones([1, 10, 2])
    >>> df.layers.separable_conv1d(x, 4, 3, depth_multiplier=2, name="mixed").shape
    TensorShape([1, 8, 4])
    >>> for v in df.trainable_variables():
    ...     print(v.op.name, v.shape)
    mixed/depthwise_kernel (3, 2, 2)
    mixed/pointwise_kernel (1, 4, 4)
    mixed/bias (4,)
    """,
)
separable_conv2d = function_of(
    SeparableConv2D,
    """
    >>> x = df.ones([1, 3, 3, 2])
    >>> y = df.layers.separable_conv2d(
    ...     x, 1, 2, depthwise_initializer="ones", pointwise_initializer="ones"
    ... )
    >>> y.eval()[0, :, :, 0]
    array([[8., 8.],
           [8., 8.]], dtype=float32)
    """,
)
