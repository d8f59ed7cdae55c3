"""Initializers: what makes the first value of a variable from its shape."""

from __future__ import annotations

import inspect
import math
from abc import ABC, abstractmethod
from typing import Any

import numpy as np

from daskflow.errors import DTypeError, GraphError, ShapeError
from daskflow.graph import Tensor
from daskflow.ops.array import FLOAT32, ones, reshape, zeros
from daskflow.ops.random import (
    orthogonal_matrix,
    random_normal,
    random_uniform,
    truncated_normal,
)
from daskflow.spec import DType, as_dtype, full_shape
from daskflow.values import constant

__all__ = [
    "constant_initializer",
    "glorot_normal_initializer",
    "glorot_uniform_initializer",
    "ones_initializer",
    "orthogonal_initializer",
    "random_normal_initializer",
    "random_uniform_initializer",
    "truncated_normal_initializer",
    "uniform_unit_scaling_initializer",
    "variance_scaling_initializer",
    "zeros_initializer",
]


class Initializer(ABC):
    """Makes a tensor of a shape: the first value of a variable.

    `dtype` is that of the tensors it makes, unless a call gives another.
    """

    dtype: Any

    def __call__(
        self, shape: Any, dtype: Any = None, partition_info: Any = None
    ) -> Tensor:
        """A tensor of that shape."""
        return self._make(shape, self.dtype if dtype is None else as_dtype(dtype))

    @abstractmethod
    def _make(self, shape: Any, dtype: Any) -> Tensor:
        """A tensor of that shape and dtype."""

    def get_config(self) -> dict[str, Any]:
        """The arguments that make another one like it."""
        names = inspect.signature(type(self).__init__).parameters
        config = {name: getattr(self, name) for name in names if name != "self"}
        return {k: DType(v).name if k == "dtype" else v for k, v in config.items()}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Initializer:
        """One from what `get_config` gave."""
        return cls(**config)


class zeros_initializer(Initializer):
    """Zeros.

    >>> df.zeros_initializer()([2, 3]).eval()
    array([[0., 0., 0.],
           [0., 0., 0.]], dtype=float32)
    """

    def __init__(self, dtype: Any = FLOAT32) -> None:
        self.dtype = as_dtype(dtype)

    def _make(self, shape: Any, dtype: Any) -> Tensor:
        return zeros(shape, dtype)


class ones_initializer(Initializer):
    """Ones.

    >>> df.get_variable("scale", [3], initializer=df.ones_initializer()).eval()
    array([1., 1., 1.], dtype=float32)
    """

    def __init__(self, dtype: Any = FLOAT32) -> None:
        self.dtype = as_dtype(dtype)

    def _make(self, shape: Any, dtype: Any) -> Tensor:
        return ones(shape, dtype)


class constant_initializer(Initializer):
    """The elements of `value` in any shape; the last one again where they are too few.

    With `verify_shape`, only in a shape that `value` has.

    >>> df.constant_initializer([1.0, 2.0])([2, 2]).eval()
    array([[1., 2.],
           [2., 2.]], dtype=float32)
    """

    def __init__(
        self, value: Any = 0, dtype: Any = FLOAT32, verify_shape: bool = False
    ) -> None:
        if not (np.isscalar(value) or isinstance(value, list | tuple | np.ndarray)):
            raise DTypeError(f"expected a number, list or array, got {value!r}")
        self.value = value
        self.dtype = as_dtype(dtype)
        self.verify_shape = verify_shape

    def __call__(
        self,
        shape: Any,
        dtype: Any = None,
        partition_info: Any = None,
        verify_shape: bool | None = None,
    ) -> Tensor:
        """A tensor of that shape."""
        known = self.dtype if dtype is None else dtype
        verify = self.verify_shape if verify_shape is None else verify_shape
        return constant(self.value, known, shape, verify_shape=verify)

    def _make(self, shape: Any, dtype: Any) -> Tensor:
        return constant(self.value, dtype, shape)


class random_normal_initializer(Initializer):
    """Draws from a normal distribution.

    >>> draws = df.random_normal_initializer(10.0, 2.0, seed=1)([100, 100]).eval()
    >>> draws.mean().round(1), draws.std().round(1)
    (np.float32(10.0), np.float32(2.0))
    """

    def __init__(
        self,
        mean: Any = 0.0,
        stddev: Any = 1.0,
        seed: int | None = None,
        dtype: Any = FLOAT32,
    ) -> None:
        self.mean, self.stddev = mean, stddev
        self.seed = seed
        self.dtype = float_dtype(dtype)

    def _make(self, shape: Any, dtype: Any) -> Tensor:
        return random_normal(shape, self.mean, self.stddev, dtype, self.seed)


class truncated_normal_initializer(random_normal_initializer):
    """Draws from a normal distribution, none further than two `stddev` from `mean`.

    >>> draws = df.truncated_normal_initializer(10.0, 2.0, seed=1)([100, 100]).eval()
    >>> draws.mean().round(1), draws.min().round(1), draws.max().round(1)
    (np.float32(10.0), np.float32(6.0), np.float32(14.0))
    """

    def _make(self, shape: Any, dtype: Any) -> Tensor:
        return truncated_normal(shape, self.mean, self.stddev, dtype, self.seed)


class random_uniform_initializer(Initializer):
    """Draws from `minval <= x < maxval`, all equally likely; ints need a `maxval`.

    >>> draws = df.random_uniform_initializer(-2.0, 2.0, seed=1)([100, 100]).eval()
    >>> draws.min().round(1), draws.max().round(1)
    (np.float32(-2.0), np.float32(2.0))
    """

    def __init__(
        self,
        minval: Any = 0,
        maxval: Any = None,
        seed: int | None = None,
        dtype: Any = FLOAT32,
    ) -> None:
        self.minval, self.maxval = minval, maxval
        self.seed = seed
        self.dtype = as_dtype(dtype)

    def _make(self, shape: Any, dtype: Any) -> Tensor:
        return random_uniform(shape, self.minval, self.maxval, dtype, self.seed)


class uniform_unit_scaling_initializer(Initializer):
    """Uniform draws that keep the scale of what is multiplied by them.

    They lie within `factor * sqrt(3 / n)` of 0, where `n` is the number of inputs: the
    product of all lengths but the last.

    >>> draws = df.uniform_unit_scaling_initializer(seed=1)([300, 50]).eval()
    >>> draws.min().round(2), draws.max().round(2)  # sqrt(3 / 300) is 0.1
    (np.float32(-0.1), np.float32(0.1))
    """

    def __init__(
        self, factor: float = 1.0, seed: int | None = None, dtype: Any = FLOAT32
    ) -> None:
        self.factor = factor
        self.seed = seed
        self.dtype = float_dtype(dtype)

    def _make(self, shape: Any, dtype: Any) -> Tensor:
        count = max(1, math.prod(full_shape(shape)[:-1]))
        limit = self.factor * math.sqrt(3 / count)
        return random_uniform(shape, -limit, limit, dtype, self.seed)


class variance_scaling_initializer(Initializer):
    """Draws whose variance is `scale / n`.

    `n` is the number of inputs of a unit with the `mode` "fan_in", that of its outputs
    with "fan_out", and their mean with "fan_avg". The `distribution` is "uniform",
    "untruncated_normal" or "truncated_normal", which "normal" means too (Glorot and
    Bengio, AISTATS 2010; He et al., ICCV 2015).

    >>> make = df.variance_scaling_initializer(3.0, "fan_out", "uniform", seed=1)
    >>> (50 * make([300, 50]).eval().var()).round(1)
    np.float32(3.0)
    """

    def __init__(
        self,
        scale: float = 1.0,
        mode: str = "fan_in",
        distribution: str = "truncated_normal",
        seed: int | None = None,
        dtype: Any = FLOAT32,
    ) -> None:
        if scale <= 0:
            raise GraphError(f"scale must be positive, got {scale}")
        if mode not in _FANS:
            raise GraphError(f"mode is one of {', '.join(_FANS)}, not {mode!r}")
        if distribution.lower() not in _DRAWN:
            names = ", ".join(_DRAWN)
            raise GraphError(f"distribution is one of {names}, not {distribution!r}")
        self.scale, self.mode = scale, mode
        self.distribution = distribution.lower()
        self.seed = seed
        self.dtype = float_dtype(dtype)

    def _make(self, shape: Any, dtype: Any) -> Tensor:
        count = _FANS[self.mode](*fans(full_shape(shape)))
        stddev = math.sqrt(self.scale / max(1.0, count))
        return _DRAWN[self.distribution](shape, stddev, dtype, self.seed)


_FANS = {
    "fan_in": lambda inputs, outputs: inputs,
    "fan_out": lambda inputs, outputs: outputs,
    "fan_avg": lambda inputs, outputs: (inputs + outputs) / 2,
}

STDDEV_WITHIN_TWO = 0.87962566103423978
"""The standard deviation of a standard normal draw that is no further than 2 from 0."""


def _truncated(shape: Any, stddev: float, dtype: Any, seed: int | None) -> Tensor:
    return truncated_normal(shape, 0.0, stddev / STDDEV_WITHIN_TWO, dtype, seed)


def _untruncated(shape: Any, stddev: float, dtype: Any, seed: int | None) -> Tensor:
    return random_normal(shape, 0.0, stddev, dtype, seed)


def _uniform(shape: Any, stddev: float, dtype: Any, seed: int | None) -> Tensor:
    limit = math.sqrt(3.0) * stddev
    return random_uniform(shape, -limit, limit, dtype, seed)


_DRAWN = {
    "normal": _truncated,
    "truncated_normal": _truncated,
    "untruncated_normal": _untruncated,
    "uniform": _uniform,
}


def fans(shape: tuple[int, ...]) -> tuple[float, float]:
    """How many inputs and outputs a unit has with weights of that shape.

    >>> fans((3, 5)), fans((2, 2, 3, 5))
    ((3, 5), (12, 20))
    """
    if len(shape) < 2:
        [n] = shape or (1,)
        return n, n
    field = math.prod(shape[:-2])
    return shape[-2] * field, shape[-1] * field


class glorot_uniform_initializer(variance_scaling_initializer):
    """Uniform draws whose variance is 1 over the mean of inputs and outputs.

    >>> draws = df.glorot_uniform_initializer(seed=1)([300, 100]).eval()
    >>> (200 * draws.var()).round(1), draws.max().round(2)  # sqrt(3 / 200) is 0.12
    (np.float32(1.0), np.float32(0.12))
    """

    def __init__(self, seed: int | None = None, dtype: Any = FLOAT32) -> None:
        super().__init__(1.0, "fan_avg", "uniform", seed, dtype)


class glorot_normal_initializer(variance_scaling_initializer):
    """Truncated normal draws, their variance 1 over the mean of inputs and outputs.

    >>> draws = df.glorot_normal_initializer(seed=1)([300, 100]).eval()
    >>> (200 * draws.var()).round(1)  # 200 is the mean of 300 and 100
    np.float32(1.0)
    """

    def __init__(self, seed: int | None = None, dtype: Any = FLOAT32) -> None:
        super().__init__(1.0, "fan_avg", "truncated_normal", seed, dtype)


class orthogonal_initializer(Initializer):
    """A random orthogonal matrix times `gain`.

    A shape of more than two axes is that of a matrix with the last axis for its
    columns. Columns are orthonormal, or rows if there are fewer of those.

    >>> w = df.orthogonal_initializer(seed=1)([5, 3]).eval()
    >>> np.allclose(w.T @ w, np.eye(3), atol=1e-6)
    True
    """

    def __init__(
        self, gain: float = 1.0, seed: int | None = None, dtype: Any = FLOAT32
    ) -> None:
        self.gain = gain
        self.seed = seed
        self.dtype = float_dtype(dtype)

    def _make(self, shape: Any, dtype: Any) -> Tensor:
        lengths = full_shape(shape)
        if len(lengths) < 2:
            raise ShapeError(f"needs a shape of at least two axes, got {list(lengths)}")
        rows, columns = math.prod(lengths[:-1]), lengths[-1]
        matrix = orthogonal_matrix(rows, columns, dtype, self.seed)
        return self.gain * reshape(matrix, lengths)


class identity_initializer(Initializer):
    """The identity matrix times `gain`.

    >>> df.initializers.identity(gain=2.0)([2, 3]).eval()
    array([[2., 0., 0.],
           [0., 2., 0.]], dtype=float32)
    """

    def __init__(self, gain: float = 1.0, dtype: Any = FLOAT32) -> None:
        self.gain = gain
        self.dtype = float_dtype(dtype)

    def _make(self, shape: Any, dtype: Any) -> Tensor:
        lengths = full_shape(shape)
        if len(lengths) != 2:
            raise ShapeError(f"needs the shape of a matrix, got {list(lengths)}")
        return constant(np.eye(*lengths, dtype=dtype) * dtype.type(self.gain))


def he_normal(seed: int | None = None) -> variance_scaling_initializer:
    """Truncated normal draws whose variance is 2 over the number of inputs.

    >>> (300 * df.initializers.he_normal(seed=1)([300, 50]).eval().var()).round(1)
    np.float32(2.0)
    """
    return variance_scaling_initializer(2.0, "fan_in", "truncated_normal", seed)


def he_uniform(seed: int | None = None) -> variance_scaling_initializer:
    """Uniform draws whose variance is 2 over the number of inputs.

    >>> draws = df.initializers.he_uniform(seed=1)([300, 50]).eval()
    >>> (300 * draws.var()).round(1), draws.max().round(2)  # sqrt(6 / 300) is 0.14
    (np.float32(2.0), np.float32(0.14))
    """
    return variance_scaling_initializer(2.0, "fan_in", "uniform", seed)


def lecun_normal(seed: int | None = None) -> variance_scaling_initializer:
    """Truncated normal draws whose variance is 1 over the number of inputs.

    >>> (300 * df.initializers.lecun_normal(seed=1)([300, 50]).eval().var()).round(1)
    np.float32(1.0)
    """
    return variance_scaling_initializer(1.0, "fan_in", "truncated_normal", seed)


def lecun_uniform(seed: int | None = None) -> variance_scaling_initializer:
    """Uniform draws whose variance is 1 over the number of inputs.

    >>> draws = df.initializers.lecun_uniform(seed=1)([300, 50]).eval()
    >>> (300 * draws.var()).round(1), draws.max().round(2)  # sqrt(3 / 300) is 0.1
    (np.float32(1.0), np.float32(0.1))
    """
    return variance_scaling_initializer(1.0, "fan_in", "uniform", seed)


def float_dtype(dtype: Any) -> Any:
    """The dtype, which is one of floats."""
    known = as_dtype(dtype)
    if known is None or known.kind != "f":
        raise GraphError(f"expected a dtype of floats, got {dtype}")
    return known
