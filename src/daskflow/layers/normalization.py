"""Batch normalization."""

from __future__ import annotations

from typing import Any

from daskflow.errors import GraphError, ShapeError
from daskflow.graph import Tensor
from daskflow.layers.base import InputSpec, Layer, flag_of
from daskflow.layers.named import ONES, ZEROS
from daskflow.ops.array import reshape
from daskflow.ops.math import cast, maximum, select
from daskflow.ops.norm import batch_normalization as normalized
from daskflow.ops.norm import moments
from daskflow.ops.reduce import reduced_count
from daskflow.ops.state import assign_sub
from daskflow.spec import TensorShape

SMALLEST_EPSILON = 1.001e-5
"""TensorFlow takes no smaller one for images."""


class BatchNormalization(Layer):
    """Inputs normalized along `axis`, then times `gamma`, plus `beta`.

    In `training`, an argument of the call that is a bool or a tensor of one, by the
    mean and the variance of the batch, towards which `moving_mean` and
    `moving_variance` move by a part of `1 - momentum` when the operations in the
    collection `UPDATE_OPS` are run; else by these two (Ioffe and Szegedy, "Batch
    normalization", ICML 2015). Of images, values of rank 4, the variance that the
    moving one nears is the estimate with n - 1.

    >>> layer = df.layers.BatchNormalization(momentum=0.5)
    >>> y = layer(df.constant([[1.0], [3.0]]), training=True)
    >>> session.run(y).round(2).ravel()
    array([-1.,  1.], dtype=float32)
    >>> _ = session.run(layer.updates)
    >>> session.run([layer.moving_mean, layer.moving_variance])
    [array([1.], dtype=float32), array([1.], dtype=float32)]
    """

    def __init__(
        self,
        axis: Any = -1,
        momentum: Any = 0.99,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = ZEROS,
        gamma_initializer: Any = ONES,
        moving_mean_initializer: Any = ZEROS,
        moving_variance_initializer: Any = ONES,
        beta_regularizer: Any = None,
        gamma_regularizer: Any = None,
        beta_constraint: Any = None,
        gamma_constraint: Any = None,
        renorm: bool = False,
        renorm_clipping: Any = None,
        renorm_momentum: float = 0.99,
        fused: bool | None = None,
        trainable: bool = True,
        virtual_batch_size: int | None = None,
        adjustment: Any = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(trainable, name, **kwargs)
        for what, given in {
            "renorm": renorm,
            "virtual_batch_size": virtual_batch_size,
            "adjustment": adjustment,
        }.items():
            if given:
                raise GraphError(f"batch normalization has no {what} here")
        self.axis = list(axis) if isinstance(axis, list | tuple) else [axis]
        self.momentum = momentum
        self.epsilon = epsilon
        self.center = center
        self.scale = scale
        self.beta_initializer = beta_initializer
        self.gamma_initializer = gamma_initializer
        self.moving_mean_initializer = moving_mean_initializer
        self.moving_variance_initializer = moving_variance_initializer
        self.beta_regularizer = beta_regularizer
        self.gamma_regularizer = gamma_regularizer
        self.beta_constraint = beta_constraint
        self.gamma_constraint = gamma_constraint
        self.fused = fused

    def build(self, input_shape: Any) -> None:
        """Make scale and offset, and the moving mean and variance."""
        shape = TensorShape(input_shape)
        if shape.rank is None:
            raise ShapeError("batch normalization needs inputs whose rank is known")
        if any(not -shape.rank <= i < shape.rank for i in self.axis):
            raise ShapeError(f"axis {self.axis} is not one of inputs {shape}")
        self.axis = [i % shape.rank for i in self.axis]
        lengths = [shape[i].value for i in self.axis]
        if None in lengths:
            raise ShapeError(f"inputs have no defined length on {self.axis}: {shape}")
        self.input_spec = InputSpec(
            ndim=shape.rank, axes=dict(zip(self.axis, lengths, strict=True))
        )
        images = shape.rank == 4 and self.axis in ([1], [3])
        self.fused = images and self.fused is not False
        if self.dtype is not None and self.dtype.size < 4:
            dtype: Any = "float32"
        else:
            dtype = self.dtype
        self.gamma = self.beta = None
        if self.scale:
            self.gamma = self.add_variable(
                "gamma",
                lengths,
                dtype,
                self.gamma_initializer,
                self.gamma_regularizer,
                constraint=self.gamma_constraint,
            )
        if self.center:
            self.beta = self.add_variable(
                "beta",
                lengths,
                dtype,
                self.beta_initializer,
                self.beta_regularizer,
                constraint=self.beta_constraint,
            )
        self.moving_mean = self.add_variable(
            "moving_mean", lengths, dtype, self.moving_mean_initializer, trainable=False
        )
        self.moving_variance = self.add_variable(
            "moving_variance",
            lengths,
            dtype,
            self.moving_variance_initializer,
            trainable=False,
        )
        self.built = True

    def call(self, inputs: Any, training: Any = False) -> Tensor:
        """The inputs, normalized."""
        x = cast(inputs, self.moving_mean.dtype)
        mean, variance = self._moments(x, training)
        epsilon = max(self.epsilon, SMALLEST_EPSILON) if self.fused else self.epsilon
        y = normalized(
            x,
            self._along(mean, x),
            self._along(variance, x),
            self._along(self.beta, x),
            self._along(self.gamma, x),
            epsilon,
        )
        return cast(y, inputs.dtype)

    def _moments(self, inputs: Any, training: Any) -> tuple[Any, Any]:
        """The mean and the variance to normalize by; the moving ones are to follow."""
        flag = flag_of(training)
        if flag is False:
            return self.moving_mean, self.moving_variance
        others = [i for i in range(inputs.shape.rank) if i not in self.axis]
        mean, variance = moments(inputs, others)
        sampled = variance
        if self.fused:
            n = reduced_count(inputs, others)
            sampled = variance * (n / maximum(n - 1, 1))
        self._follow(self.moving_mean, mean, flag)
        self._follow(self.moving_variance, sampled, flag)
        if flag is True:
            return mean, variance
        return (
            select(flag, mean, self.moving_mean),
            select(flag, variance, self.moving_variance),
        )

    def _follow(self, moving: Any, value: Any, flag: Any) -> None:
        """Move a variable towards `value`, unless the flag is false."""
        step = (moving - value) * (1 - self.momentum)
        if flag is not True:
            step = select(flag, step, 0.0)
        self.add_update(assign_sub(moving, step, name="AssignMovingAvg").op)

    def _along(self, value: Any, inputs: Any) -> Any:
        """A vector in a shape that broadcasts to the inputs."""
        rank = inputs.shape.rank
        if value is None or self.axis == [rank - 1]:
            return value
        lengths = value.shape.as_list()
        shape = [1] * rank
        for i, n in zip(self.axis, lengths, strict=True):
            shape[i] = n
        return reshape(value, shape)


def batch_normalization(
    inputs: Any,
    axis: Any = -1,
    momentum: Any = 0.99,
    epsilon: float = 1e-3,
    center: bool = True,
    scale: bool = True,
    beta_initializer: Any = ZEROS,
    gamma_initializer: Any = ONES,
    moving_mean_initializer: Any = ZEROS,
    moving_variance_initializer: Any = ONES,
    beta_regularizer: Any = None,
    gamma_regularizer: Any = None,
    beta_constraint: Any = None,
    gamma_constraint: Any = None,
    training: Any = False,
    trainable: bool = True,
    name: str | None = None,
    reuse: Any = None,
    renorm: bool = False,
    renorm_clipping: Any = None,
    renorm_momentum: float = 0.99,
    fused: bool | None = None,
    virtual_batch_size: int | None = None,
    adjustment: Any = None,
) -> Tensor:
    """What a new layer, `BatchNormalization(...)`, gives for `inputs` in `training`.

    Run what is in the collection `UPDATE_OPS` along with each training step:

    >>> x = df.placeholder(df.float32, [None, 1])
    >>> y = df.layers.batch_normalization(x, momentum=0.5, training=True, name="norm")
    >>> updates = df.get_collection(df.GraphKeys.UPDATE_OPS)
    >>> with df.control_dependencies(updates):
    ...     step = df.identity(y)
    >>> session.run(step, {x: [[1.0], [3.0]]}).round(2).ravel()
    array([-1.,  1.], dtype=float32)
    >>> moving = [v for v in df.global_variables() if "moving" in v.name]
    >>> session.run(moving)
    [array([1.], dtype=float32), array([1.], dtype=float32)]
    """
    layer = BatchNormalization(
        axis,
        momentum,
        epsilon,
        center,
        scale,
        beta_initializer,
        gamma_initializer,
        moving_mean_initializer,
        moving_variance_initializer,
        beta_regularizer,
        gamma_regularizer,
        beta_constraint,
        gamma_constraint,
        renorm,
        renorm_clipping,
        renorm_momentum,
        fused,
        trainable,
        virtual_batch_size,
        adjustment,
        name,
        _reuse=reuse,
        _scope=name,
    )
    return layer(inputs, training=training)
