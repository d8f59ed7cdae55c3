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
    """The largest of each window of `pool_size` steps of `[n, steps, channels]`."""

    rank = 1
    pooled = pool.max_pool1d


class MaxPooling2D(_Pooling):
    """The largest of each window of images `[n, height, width, channels]`."""

    rank = 2
    pooled = pool.max_pool


class MaxPooling3D(_Pooling):
    """The largest of each window of `[n, depth, height, width, channels]`."""

    rank = 3
    pooled = pool.max_pool3d


class AveragePooling1D(_Pooling):
    """The mean of each window of `pool_size` steps of `[n, steps, channels]`."""

    rank = 1
    pooled = pool.avg_pool1d


class AveragePooling2D(_Pooling):
    """The mean of each window of images `[n, height, width, channels]`."""

    rank = 2
    pooled = pool.avg_pool


class AveragePooling3D(_Pooling):
    """The mean of each window of `[n, depth, height, width, channels]`."""

    rank = 3
    pooled = pool.avg_pool3d


max_pooling1d = function_of(MaxPooling1D, shared=False)
max_pooling2d = function_of(MaxPooling2D, shared=False)
max_pooling3d = function_of(MaxPooling3D, shared=False)
average_pooling1d = function_of(AveragePooling1D, shared=False)
average_pooling2d = function_of(AveragePooling2D, shared=False)
average_pooling3d = function_of(AveragePooling3D, shared=False)
