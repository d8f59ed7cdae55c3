"""Moments, and values brought to given ones."""

from functools import reduce
from typing import Any, NamedTuple

import numpy as np

from daskflow.defaults import name_scope
from daskflow.errors import GraphError, ShapeError
from daskflow.graph import Tensor
from daskflow.ops.array import ones_like, reshape, squeeze
from daskflow.ops.define import args, either, op, several
from daskflow.ops.math import (
    add,
    cast,
    identity,
    maximum,
    multiply,
    power,
    sqrt,
    square,
    stop_gradient,
    subtract,
)
from daskflow.ops.reduce import reduce_mean, reduce_sum, reduced_count
from daskflow.ops.windows import channels_lead
from daskflow.spec import Spec, merge
from daskflow.values import as_tensor

__all__ = [
    "batch_norm_with_global_normalization",
    "batch_normalization",
    "fused_batch_norm",
    "local_response_normalization",
    "lrn",
    "moments",
    "normalize_moments",
    "sufficient_statistics",
    "weighted_moments",
]

FLOAT16, FLOAT32 = np.dtype(np.float16), np.dtype(np.float32)

# Moments


def moments(
    x: Any,
    axes: Any,
    shift: Any = None,
    name: str | None = None,
    keep_dims: bool | None = None,
    keepdims: bool | None = None,
) -> tuple[Tensor, Tensor]:
    """The mean and the variance of `x` along `axes`; `shift` has no effect.

    Those of float16 are computed in float32.

    >>> x = [[1.0, 3.0], [5.0, 7.0]]
    >>> session.run(df.nn.moments(x, [0]))
    (array([3., 5.], dtype=float32), array([4., 4.], dtype=float32))
    >>> session.run(df.nn.moments(x, [0, 1]))
    (np.float32(4.0), np.float32(5.0))
    """
    keepdims = bool(either(keepdims=keepdims, keep_dims=keep_dims))
    with name_scope(name, "moments"):
        x = as_tensor(x)
        y = cast(x, FLOAT32) if x.spec.dtype == FLOAT16 else x
        axes = axes_setting(axes)
        mean = reduce_mean(y, axes, keepdims=True)
        deviation = square(y - stop_gradient(mean))
        variance = reduce_mean(deviation, axes, keepdims=keepdims, name="variance")
        mean = mean if keepdims else squeeze(mean, axes, name="mean")
        return as_given(mean, x), as_given(variance, x)


def axes_setting(axes):
    return tuple(axes) if isinstance(axes, list | np.ndarray) else axes


def as_given(y, x):
    """`y` in the dtype of `x`, from which it was computed in a wider one."""
    return cast(y, FLOAT16) if x.spec.dtype == FLOAT16 else y


def weighted_moments(
    x: Any,
    axes: Any,
    frequency_weights: Any,
    name: str | None = None,
    keep_dims: bool | None = None,
    keepdims: bool | None = None,
) -> tuple[Tensor, Tensor]:
    """The mean and the variance of `x` along `axes`, each element so many times.

    >>> session.run(df.nn.weighted_moments([1.0, 5.0], [0], [3.0, 1.0]))
    (np.float32(2.0), np.float32(3.0))
    """
    keepdims = bool(either(keepdims=keepdims, keep_dims=keep_dims))
    with name_scope(name, "weighted_moments"):
        x = as_tensor(x)
        y = cast(x, FLOAT32) if x.spec.dtype == FLOAT16 else x
        axes = axes_setting(axes)
        weights = as_tensor(frequency_weights)
        if y.spec.dtype is not None and weights.spec.dtype != y.spec.dtype:
            weights = cast(weights, y.spec.dtype)
        weights = weights * ones_like(y)
        total = reduce_sum(weights, axes, keepdims=True)
        mean = reduce_sum(weights * y, axes, keepdims=True) / total
        variance = reduce_sum(weights * square(y - mean), axes, keepdims=True) / total
        if not keepdims:
            mean = squeeze(mean, axes, name="mean")
            variance = squeeze(variance, axes, name="variance")
        return as_given(mean, x), as_given(variance, x)


def sufficient_statistics(
    x: Any,
    axes: Any,
    shift: Any = None,
    keep_dims: bool | None = None,
    name: str | None = None,
    keepdims: bool | None = None,
) -> tuple[Tensor, Tensor, Tensor, Tensor | None]:
    """How many elements of `x` lie along `axes`, their sum, that of their squares.

    Both sums are of what is left when a `shift` is taken off, which comes last.

    >>> session.run(df.nn.sufficient_statistics([1.0, 3.0], [0])[:3])
    (np.float32(2.0), np.float32(4.0), np.float32(10.0))
    """
    keepdims = bool(either(keepdims=keepdims, keep_dims=keep_dims))
    with name_scope(name, "sufficient_statistics"):
        x = as_tensor(x)
        axes = axes_setting(axes)
        count = reduced_count(x, axis=axes)
        off = None if shift is None else as_tensor(shift, x.dtype)
        y = x if off is None else x - off
        mean_ss = reduce_sum(y, axes, keepdims=keepdims, name="mean_ss")
        var_ss = reduce_sum(square(y), axes, keepdims=keepdims, name="var_ss")
        return count, mean_ss, var_ss, off


def normalize_moments(
    counts: Any, mean_ss: Any, variance_ss: Any, shift: Any, name: str | None = None
) -> tuple[Tensor, Tensor]:
    """The mean and the variance, from what `sufficient_statistics` gives.

    >>> count, total, squares, shift = df.nn.sufficient_statistics([1.0, 3.0], [0])
    >>> session.run(df.nn.normalize_moments(count, total, squares, shift))
    (np.float32(2.0), np.float32(1.0))
    """
    with name_scope(name, "normalize"):
        mean_ss, variance_ss = as_tensor(mean_ss), as_tensor(variance_ss)
        left = mean_ss / counts
        mean = identity(left, name="mean") if shift is None else left + shift
        variance = subtract(variance_ss / counts, square(left), name="variance")
        return mean, variance


# Normalization


def batch_normalization(
    x: Any,
    mean: Any,
    variance: Any,
    offset: Any,
    scale: Any,
    variance_epsilon: Any,
    name: str | None = None,
) -> Tensor:
    """`(x - mean) / sqrt(variance + variance_epsilon) * scale + offset`.

    An `offset` or a `scale` that is None is left out. All of them broadcast to `x`.

    >>> df.nn.batch_normalization([1.0, 3.0], 2.0, 4.0, None, None, 0.0).eval()
    array([-0.5,  0.5], dtype=float32)
    >>> df.nn.batch_normalization([1.0, 3.0], 2.0, 4.0, 10.0, 6.0, 0.0).eval()
    array([ 7., 13.], dtype=float32)
    """
    with name_scope(name, "batchnorm") as scope:
        x = as_tensor(x)
        factor = 1 / sqrt(as_tensor(variance, x.dtype) + variance_epsilon)
        if scale is not None:
            factor = factor * scale
        rest = -mean * factor if offset is None else offset - mean * factor
        return add(x * factor, rest, name=scope)


def batch_norm_with_global_normalization(
    t: Any = None,
    m: Any = None,
    v: Any = None,
    beta: Any = None,
    gamma: Any = None,
    variance_epsilon: Any = None,
    scale_after_normalization: bool | None = None,
    name: str | None = None,
    input: Any = None,
    mean: Any = None,
    variance: Any = None,
) -> Tensor:
    """`batch_normalization`, by the older names; `gamma` only if it is to scale.

    >>> df.nn.batch_norm_with_global_normalization(
    ...     [[[[1.0], [3.0]]]], [2.0], [4.0], [10.0], [6.0], 0.0, True
    ... ).eval()
    array([[[[ 7.],
             [13.]]]], dtype=float32)
    """
    return batch_normalization(
        either(input=input, t=t),
        either(mean=mean, m=m),
        either(variance=variance, v=v),
        beta,
        gamma if scale_after_normalization else None,
        variance_epsilon,
        name,
    )


def normalized_specs(x, scale, offset, epsilon, leading):
    channels = None if x.shape is None else x.shape[1 if leading else -1]
    vector = merge(merge(scale.shape, offset.shape), (channels,))
    return [Spec(x.dtype, x.shape), Spec(x.dtype, vector), Spec(x.dtype, vector)]


def all_but_channels(rank, leading):
    """The axes but that of the channels."""
    return tuple(i for i in range(rank) if i != (1 if leading else rank - 1))


def normalized_grad(g, y, x, scale, offset, epsilon, leading):
    """The gradients by way of `y`, and of the mean and the variance if they have some.

    With n elements to a channel and `z` the normalized `x`, that of `x` is
    `scale / deviation * (g - sum(g) / n - z * sum(g * z) / n)` (Ioffe and Szegedy,
    "Batch normalization", 2015, section 3).
    """
    axes = all_but_channels(x.shape.rank, leading)
    shape = channels_shape(x.shape.rank, leading)
    n = reduced_count(x, axis=axes)
    mean = reshape(y[1], shape)
    variance = reshape(y[2] * (maximum(n - 1, 1) / n), shape)
    deviation = sqrt(variance + epsilon)
    centered = x - mean
    by_scale = by_offset = None
    parts = []
    if g[0] is not None:
        by_offset = reduce_sum(g[0], axes)
        by_scale = reduce_sum(g[0] * centered, axes) / reshape(deviation, [-1])
        slope = reshape(by_scale, shape) / (deviation * n)
        rest = reshape(by_offset, shape) / n + centered * slope
        parts.append(reshape(scale, shape) / deviation * (g[0] - rest))
    if g[1] is not None:
        parts.append(ones_like(x) * (reshape(g[1], shape) / n))
    if g[2] is not None:
        parts.append(reshape(g[2], shape) * (2 * centered / maximum(n - 1, 1)))
    return reduce(add, parts), by_scale, by_offset


def channels_shape(rank, leading):
    """The shape in which a vector of channels meets a value of that rank."""
    return (-1,) + (1,) * (rank - 2) if leading else (-1,)


@several(
    label="FusedBatchNormV3",
    name="batch_norm",
    specs=normalized_specs,
    kinds="f",
    grad=normalized_grad,
    examples=[
        args((2, 3, 2, 2), (2,), (2,), epsilon=0.1, leading=False),
        args((2, 2, 1, 3), (2,), (2,), epsilon=0.1, leading=True),
    ],
)
def normalized(x, scale, offset, /, epsilon, leading):
    """`x` with the mean `offset` and the deviation `scale` in each channel.

    And the means and variances that it had; the variances are estimates for more
    values of which these are samples.
    """
    axes = all_but_channels(np.ndim(x), leading)
    shape = channels_shape(np.ndim(x), leading)
    mean = np.mean(x, axes, keepdims=True)
    centered = x - mean
    variance = np.mean(np.square(centered), axes, keepdims=True)
    n = np.size(x) // max(len(scale), 1)
    factor = np.reshape(scale, shape) / np.sqrt(variance + variance.dtype.type(epsilon))
    y = np.multiply(centered, factor, centered)
    y += np.reshape(offset, shape)
    sampled = variance * variance.dtype.type(n / max(n - 1, 1))
    return y, np.ravel(mean), np.ravel(sampled)


SMALLEST_EPSILON = 1.001e-5
"""TensorFlow takes no smaller one here."""


class FusedBatchNorm(NamedTuple):
    """What `fused_batch_norm` gives."""

    y: Tensor
    batch_mean: Tensor
    batch_var: Tensor


def fused_batch_norm(
    x: Any,
    scale: Any,
    offset: Any,
    mean: Any = None,
    variance: Any = None,
    epsilon: float = 0.001,
    data_format: str | None = "NHWC",
    is_training: bool = True,
    name: str | None = None,
) -> FusedBatchNorm:
    """`x` normalized in each channel, then times `scale`, plus `offset`.

    In training by the mean and the variance of the batch, which it gives too: the
    variance estimated from a sample, divided by n - 1. Else by the `mean` and the
    `variance` given. The channels are the last axis; with `"NCHW"`, the second.

    >>> x = df.reshape([1.0, 3.0, 5.0], [3, 1, 1, 1])
    >>> y, mean, variance = session.run(df.nn.fused_batch_norm(x, [1.0], [0.0]))
    >>> y.ravel().round(3)
    array([-1.225,  0.   ,  1.225], dtype=float32)
    >>> mean, variance
    (array([3.], dtype=float32), array([4.], dtype=float32))
    """
    x = as_tensor(x)
    rank = x.shape.rank
    if rank not in (4, 5):
        raise ShapeError(f"needs a value of rank 4 or 5, got {x.spec}")
    leading = channels_lead(data_format, rank - 2)
    epsilon = max(epsilon, SMALLEST_EPSILON)
    if is_training:
        made = normalized(x, scale, offset, epsilon=epsilon, leading=leading, name=name)
        return FusedBatchNorm(*made)
    if mean is None or variance is None:
        raise GraphError("needs a mean and a variance where it is not training")
    shape = channels_shape(rank, leading)
    mean, variance = as_tensor(mean, x.dtype), as_tensor(variance, x.dtype)
    y = batch_normalization(
        x,
        reshape(mean, shape),
        reshape(variance, shape),
        reshape(offset, shape),
        reshape(scale, shape),
        epsilon,
        name or "FusedBatchNormV3",
    )
    return FusedBatchNorm(y, identity(mean), identity(variance))


@op(
    shape=lambda x, radius: x.shape,
    unranked=True,
    kinds="f",
    grad=lambda g, y, x, radius: neighbours(g, radius=radius),
    examples=[args((2, 5), radius=1), args((4,), radius=0), args((2, 3), radius=7)],
)
def neighbours(x, /, radius):
    """Along the last axis the sum of each element and `radius` on both sides of it."""
    result = np.array(x)
    for i in range(1, min(radius, np.shape(x)[-1] - 1) + 1):
        result[..., i:] += x[..., :-i]
        result[..., :-i] += x[..., i:]
    return result


def local_response_normalization(
    input: Any,
    depth_radius: int = 5,
    bias: float = 1,
    alpha: float = 1,
    beta: float = 0.5,
    name: str | None = None,
) -> Tensor:
    """`input / (bias + alpha * sum(squares)) ** beta`, the squares of some channels.

    They are those at most `depth_radius` channels away (Krizhevsky et al., "ImageNet
    classification with deep convolutional neural networks", 2012, section 3.3).

    >>> x = [[[[1.0, 2.0, 3.0]]]]
    >>> df.nn.local_response_normalization(x, depth_radius=1, beta=1).eval().round(3)
    array([[[[0.167, 0.133, 0.214]]]], dtype=float32)
    """
    x = as_tensor(input)
    if x.shape.rank not in (4, None):
        raise ShapeError(f"needs a value of rank 4, got {x.spec}")
    with name_scope(name, "LRN") as scope:
        total = bias + alpha * neighbours(square(x), radius=depth_radius)
        return multiply(x, power(total, -beta), name=scope)


lrn = local_response_normalization
