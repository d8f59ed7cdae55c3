"""Layers that take the largest or the mean of each window."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from daskflow.graph import Tensor
from daskflow.layers.base import InputSpec, Layer
from daskflow.layers.dense import data_format_named
from daskflow.layers.functions import function_of
from daskflow.layers.windows import FORMATS, lengths, padding_named
from daskflow.ops import pool


class _Pooling(Layer):
    rank: ClassVar[int]
    pooled: ClassVar[Callable[..., Tensor]]

    def __init__(
        self,
        pool_size: Any,
        strides: Any,
        padding: str = "valid",
        data_format: str = "channels_last",
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(name=name, **kwargs)
        strides = pool_size if strides is None else strides
        self.pool_size = lengths("pool_size", pool_size, self.rank)
        self.strides = lengths("strides", strides, self.rank)
        self.padding = padding_named(padding)
        self.data_format = data_format_named(data_format)
        self.input_spec = InputSpec(ndim=self.rank + 2)

    def call(self, inputs: Any) -> Tensor:
        """Each window's largest element, or its mean."""
        return type(self).pooled(
            inputs,
            self.pool_size,
            self.strides,
            self.padding.upper(),
            FORMATS[self.data_format][self.rank],
        )


class MaxPooling1D(_Pooling):
    """The largest of each window of `pool_size` steps of `[n, steps, channels]`.

    >>> x = df.constant([[[1.0], [3.0], [2.0], [0.0]]])
    >>> df.layers.MaxPooling1D(pool_size=2, strides=2)(x).eval().ravel()
    array([3., 2.], dtype=float32)
    """

    rank = 1
    pooled = pool.max_pool1d


class MaxPooling2D(_Pooling):
    """The largest of each window of images `[n, height, width, channels]`.

    >>> x = df.reshape(df.range(16.0), [1, 4, 4, 1])
    >>> df.layers.MaxPooling2D(pool_size=2, strides=2)(x).eval()[0, :, :, 0]
    array([[ 5.,  7.],
           [13., 15.]], dtype=float32)
    """

    rank = 2
    pooled = pool.max_pool


class MaxPooling3D(_Pooling):
    """The largest of each window of `[n, depth, height, width, channels]`.

    >>> x = df.reshape(df.range(16.0), [1, 2, 2, 4, 1])
    >>> df.layers.MaxPooling3D(pool_size=2, strides=2)(x).eval().ravel()
    array([13., 15.], dtype=float32)
    """

    rank = 3
    pooled = pool.max_pool3d


class AveragePooling1D(_Pooling):
    """The mean of each window of `pool_size` steps of `[n, steps, channels]`.

    >>> x = df.constant([[[1.0], [3.0], [2.0], [0.0]]])
    >>> df.layers.AveragePooling1D(pool_size=2, strides=2)(x).eval().ravel()
    array([2., 1.], dtype=float32)
    """

    rank = 1
    pooled = pool.avg_pool1d


class AveragePooling2D(_Pooling):
    """The mean of each window of images `[n, height, width, channels]`.

    >>> x = df.reshape(df.range(16.0), [1, 4, 4, 1])
    >>> df.layers.AveragePooling2D(pool_size=2, strides=2)(x).eval()[0, :, :, 0]
    array([[ 2.5,  4.5],
           [10.5, 12.5]], dtype=float32)
    """

    rank = 2
    pooled = pool.avg_pool


class AveragePooling3D(_Pooling):
    """The mean of each window of `[n, depth, height, width, channels]`.

    >>> x = df.reshape(df.range(16.0), [1, 2, 2, 4, 1])
    >>> df.layers.AveragePooling3D(pool_size=2, strides=2)(x).eval().ravel()
    array([6.5, 8.5], dtype=float32)
    """

    rank = 3
    pooled = pool.avg_pool3d


max_pooling1d = function_of(
    MaxPooling1D,
    """
    >>> x = df.constant([[[1.0], [3.0], [2.0], [0.0]]])
    >>> df.layers.max_pooling1d(x, pool_size=2, strides=1).eval().ravel()
    array([3., 3., 2.], dtype=float32)
    """,
    shared=False,
)
max_pooling2d = function_of(
    MaxPooling2D,
    """
    >>> x = df.reshape(df.range(9.0), [1, 3, 3, 1])
    >>> df.layers.max_pooling2d(x, 2, 2, padding="same").eval()[0, :, :, 0]
    array([[4., 5.],
           [7., 8.]], dtype=float32)
    """,
    shared=False,
)
max_pooling3d = function_of(
    MaxPooling3D,
    """
    >>> x = df.placeholder(df.float32, [None, 8, 8, 8, 1])
    >>> df.layers.max_pooling3d(x, pool_size=2, strides=2).shape
    TensorShape([None, 4, 4, 4, 1])
    """,
    shared=False,
)
average_pooling1d = function_of(
    AveragePooling1D,
    """
    >>> x = df.constant([[[1.0], [3.0], [2.0], [0.0]]])
    >>> df.layers.average_pooling1d(x, pool_size=2, strides=1).eval().ravel()
    array([2. , 2.5, 1. ], dtype=float32)
    """,
    shared=False,
)
average_pooling2d = function_of(
    AveragePooling2D,
    """
    >>> x = df.reshape(df.range(9.0), [1, 3, 3, 1])
    >>> df.layers.average_pooling2d(x, 2, 2, padding="same").eval()[0, :, :, 0]
    array([[2. , 3.5],
           [6.5, 8. ]], dtype=float32)
    """,
    shared=False,
)
average_pooling3d = function_of(
    AveragePooling3D,
    """
    >>> x = df.placeholder(df.float32, [None, 8, 8, 8, 1])
    >>> df.layers.average_pooling3d(x, pool_size=2, strides=2).shape
    TensorShape([None, 4, 4, 4, 1])
    """,
    shared=False,
)
