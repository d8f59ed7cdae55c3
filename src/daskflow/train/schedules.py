"""Schedules: learning rates that change with the number of steps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from math import pi
from typing import Any, NamedTuple

from daskflow.defaults import name_scope
from daskflow.errors import GraphError
from daskflow.graph import Tensor
from daskflow.ops.functions import ceil, cos, floor
from daskflow.ops.math import (
    cast,
    equal,
    exp,
    identity,
    less_equal,
    log,
    maximum,
    minimum,
    negative,
    sqrt,
    where,
)
from daskflow.ops.math import power as raised
from daskflow.ops.random import random_normal
from daskflow.values import as_tensor


def exponential_decay(
    learning_rate: Any,
    global_step: Any,
    decay_steps: Any,
    decay_rate: Any,
    staircase: bool = False,
    name: str | None = None,
) -> Tensor:
    """`learning_rate * decay_rate ** (global_step / decay_steps)`.

    With `staircase` the quotient is rounded down, so that the rate falls once in
    `decay_steps`. Schedules compute in the dtype of `learning_rate`, float32 for a
    Python number; the other numbers may be tensors as well. `GraphError` (a ValueError)
    without a `global_step`.

    >>> step = df.placeholder(df.int64, [])
    >>> rate = df.train.exponential_decay(1.0, step, 10, 0.5)
    >>> [float(rate.eval({step: n})) for n in (0, 10, 20)]
    [1.0, 0.5, 0.25]
    """
    with _schedule(name, "ExponentialDecay", learning_rate, global_step) as at:
        base = at.number(decay_rate)
        return at.result(at.rate * raised(base, at.passed(decay_steps, staircase)))


def natural_exp_decay(
    learning_rate: Any,
    global_step: Any,
    decay_steps: Any,
    decay_rate: Any,
    staircase: bool = False,
    name: str | None = None,
) -> Tensor:
    """`learning_rate * exp(-decay_rate * global_step / decay_steps)`.

    See `exponential_decay`.

    >>> step = df.placeholder(df.int64, [])
    >>> rate = df.train.natural_exp_decay(1.0, step, 10, 0.5)
    >>> [round(float(rate.eval({step: n})), 4) for n in (0, 10, 20)]
    [1.0, 0.6065, 0.3679]
    """
    base = exp(negative(decay_rate))
    return exponential_decay(
        learning_rate, global_step, decay_steps, base, staircase, name
    )


def inverse_time_decay(
    learning_rate: Any,
    global_step: Any,
    decay_steps: Any,
    decay_rate: Any,
    staircase: bool = False,
    name: str | None = None,
) -> Tensor:
    """`learning_rate / (1 + decay_rate * global_step / decay_steps)`.

    See `exponential_decay`.

    >>> step = df.placeholder(df.int64, [])
    >>> rate = df.train.inverse_time_decay(1.0, step, 10, 1.0)
    >>> [float(rate.eval({step: n})) for n in (0, 10, 30)]
    [1.0, 0.5, 0.25]
    """
    with _schedule(name, "InverseTimeDecay", learning_rate, global_step) as at:
        passed = at.passed(decay_steps, staircase)
        return at.result(at.rate / (1 + at.number(decay_rate) * passed))


def piecewise_constant(
    x: Any, boundaries: Sequence[Any], values: Sequence[Any], name: str | None = None
) -> Tensor:
    """`values[0]` while `x <= boundaries[0]`, then `values[1]`, and so on.

    There is one value more than there are boundaries; those have the dtype of `x`.

    >>> step = df.placeholder(df.int64, [])
    >>> rate = df.train.piecewise_constant(step, [2, 4], [1.0, 0.5, 0.25])
    >>> [float(rate.eval({step: n})) for n in (0, 2, 3, 4, 5)]
    [1.0, 1.0, 0.5, 0.5, 0.25]
    """
    if len(boundaries) != len(values) - 1:
        raise GraphError(
            "The length of boundaries should be 1 less than the length of values, got "
            f"{len(boundaries)} and {len(values)}"
        )
    with name_scope(name, "PiecewiseConstant") as scope:
        x = as_tensor(x)
        ends = [_boundary(end, x) for end in boundaries]
        rates = [as_tensor(value) for value in values]
        if len({rate.dtype for rate in rates}) > 1:
            raise GraphError(
                "Values must have elements all with the same dtype, got "
                f"{[str(rate.dtype) for rate in rates]}"
            )
        chosen = rates[-1]
        for end, rate in zip(ends[::-1], rates[-2::-1], strict=True):
            chosen = where(less_equal(x, end), rate, chosen)
        named: Tensor = identity(chosen, name=scope)
        return named


piecewise_constant_decay = piecewise_constant


def polynomial_decay(
    learning_rate: Any,
    global_step: Any,
    decay_steps: Any,
    end_learning_rate: Any = 0.0001,
    power: Any = 1.0,
    cycle: bool = False,
    name: str | None = None,
) -> Tensor:
    """From `learning_rate` to `end_learning_rate` in `decay_steps`.

    What is left of the difference is `(1 - global_step / decay_steps) ** power`. After
    that it stays there; with `cycle` the time to the end becomes the least multiple of
    `decay_steps` that is not over. See `exponential_decay`.

    >>> step = df.placeholder(df.int64, [])
    >>> rate = df.train.polynomial_decay(1.0, step, 10, 0.0, power=2.0)
    >>> [float(rate.eval({step: n})) for n in (0, 5, 10, 15)]
    [1.0, 0.25, 0.0, 0.0]
    >>> again = df.train.polynomial_decay(1.0, step, 10, 0.0, cycle=True)
    >>> [float(again.eval({step: n})) for n in (0, 5, 10, 15)]
    [1.0, 0.5, 0.0, 0.25]
    """
    with _schedule(name, "PolynomialDecay", learning_rate, global_step) as at:
        passed = at.passed_of(decay_steps)
        if cycle:
            passed = at.passed(decay_steps)
            passed = passed / maximum(ceil(passed), 1.0)
        end = at.number(end_learning_rate)
        left = raised(1 - passed, at.number(power))
        return at.result((at.rate - end) * left + end)


def cosine_decay(
    learning_rate: Any,
    global_step: Any,
    decay_steps: Any,
    alpha: Any = 0.0,
    name: str | None = None,
) -> Tensor:
    """From `learning_rate` to `alpha` times that, along half a wave of a cosine.

    That is `learning_rate * ((1 - alpha) * wave + alpha)`, where the wave is `(1 +
    cos(pi * global_step / decay_steps)) / 2`, and zero after `decay_steps`. I.
    Loshchilov and F. Hutter, "SGDR: stochastic gradient descent with warm restarts"
    (ICLR 2017), equation 5. See `exponential_decay`.

    >>> step = df.placeholder(df.int64, [])
    >>> rate = df.train.cosine_decay(1.0, step, 10, alpha=0.1)
    >>> [round(float(rate.eval({step: n})), 4) for n in (0, 5, 10, 20)]
    [1.0, 0.55, 0.1, 0.1]
    """
    with _schedule(name, "CosineDecay", learning_rate, global_step) as at:
        wave = _wave(at.passed_of(decay_steps))
        return at.result(at.rate * ((1 - alpha) * wave + alpha))


def cosine_decay_restarts(
    learning_rate: Any,
    global_step: Any,
    first_decay_steps: Any,
    t_mul: Any = 2.0,
    m_mul: Any = 1.0,
    alpha: Any = 0.0,
    name: str | None = None,
) -> Tensor:
    """`cosine_decay` over and over: `t_mul` times as long, from `m_mul` times as high.

    See `cosine_decay`.

    >>> step = df.placeholder(df.int64, [])
    >>> rate = df.train.cosine_decay_restarts(1.0, step, 10, t_mul=2.0, m_mul=0.5)
    >>> [round(float(rate.eval({step: n})), 4) for n in (0, 5, 10, 20)]
    [1.0, 0.5, 0.5, 0.25]
    """
    with _schedule(name, "SGDRDecay", learning_rate, global_step) as at:
        passed = at.passed(first_decay_steps)
        longer, higher = at.number(t_mul), at.number(m_mul)
        alike = equal(longer, 1)
        # Periods of 1, t, t**2, ... add up to (1 - t**n) / (1 - t).
        count = floor(
            where(alike, passed, log(1 - passed * (1 - longer)) / log(longer))
        )
        period = raised(longer, count)
        begun = where(alike, count, (1 - period) / (1 - longer))
        wave = raised(higher, count) * _wave((passed - begun) / period)
        return at.result(at.rate * ((1 - alpha) * wave + alpha))


def linear_cosine_decay(
    learning_rate: Any,
    global_step: Any,
    decay_steps: Any,
    num_periods: Any = 0.5,
    alpha: Any = 0.0,
    beta: Any = 0.001,
    name: str | None = None,
) -> Tensor:
    """`learning_rate * ((alpha + line) * wave + beta)`.

    The line falls from one to zero in `decay_steps`, in which the wave of a cosine,
    between one and zero, has `num_periods`. I. Bello et al., "Neural optimizer search
    with reinforcement learning" (ICML 2017). See `exponential_decay`.

    >>> step = df.placeholder(df.int64, [])
    >>> rate = df.train.linear_cosine_decay(1.0, step, 10)
    >>> [round(float(rate.eval({step: n})), 4) for n in (0, 5, 10)]
    [1.001, 0.251, 0.001]
    """
    with _schedule(name, "LinearCosineDecay", learning_rate, global_step) as at:
        passed = at.passed_of(decay_steps)
        wave = _wave(passed * (2 * at.number(num_periods)))
        factor = (at.number(alpha) + (1 - passed)) * wave + at.number(beta)
        return at.result(at.rate * factor)


def noisy_linear_cosine_decay(
    learning_rate: Any,
    global_step: Any,
    decay_steps: Any,
    initial_variance: Any = 1.0,
    variance_decay: Any = 0.55,
    num_periods: Any = 0.5,
    alpha: Any = 0.0,
    beta: Any = 0.001,
    name: str | None = None,
) -> Tensor:
    """`linear_cosine_decay` whose line has noise.

    That has the variance `initial_variance / (1 + global_step) ** variance_decay`.

    >>> step = df.placeholder(df.int64, [])
    >>> rate = df.train.noisy_linear_cosine_decay(1.0, step, 10)
    >>> bool(rate.eval({step: 5}) == rate.eval({step: 5}))
    False
    >>> round(float(rate.eval({step: 10})), 4)
    0.001
    """
    with _schedule(name, "NoisyLinearCosineDecay", learning_rate, global_step) as at:
        passed = at.passed_of(decay_steps)
        step = minimum(at.step, at.number(decay_steps))
        fall = raised(1 + step, at.number(variance_decay))
        variance = at.number(initial_variance) / fall
        noise = random_normal([], dtype=at.rate.dtype) * sqrt(variance)
        wave = _wave(passed * (2 * at.number(num_periods)))
        factor = (at.number(alpha) + (1 - passed) + noise) * wave + at.number(beta)
        return at.result(at.rate * factor)


# What schedules are made of


class _Schedule(NamedTuple):
    """The rate that a schedule starts from, and the step in the same dtype."""

    rate: Tensor
    step: Tensor
    scope: str

    def number(self, value: Any) -> Any:
        """A setting in that dtype."""
        return cast(value, self.rate.dtype)

    def passed(self, decay_steps: Any, whole: bool = False) -> Any:
        """How often `decay_steps` have passed; only `whole` ones if asked for."""
        passed = self.step / self.number(decay_steps)
        return floor(passed) if whole else passed

    def passed_of(self, decay_steps: Any) -> Any:
        """Which part of `decay_steps` has passed; one after that."""
        steps = self.number(decay_steps)
        return minimum(self.step, steps) / steps

    def result(self, rate: Tensor) -> Tensor:
        """The `rate` under the name of the schedule."""
        named: Tensor = identity(rate, name=self.scope)
        return named


@contextmanager
def _schedule(
    name: str | None, default_name: str, learning_rate: Any, global_step: Any
) -> Iterator[_Schedule]:
    if global_step is None:
        raise GraphError("global_step is required: it says what the rate is now")
    with name_scope(name, default_name, [learning_rate, global_step]) as scope:
        rate = as_tensor(learning_rate, name="initial_learning_rate")
        yield _Schedule(rate, cast(global_step, rate.dtype), scope)


def _wave(passed: Tensor) -> Any:
    """Half a wave of a cosine, from one to zero."""
    return 0.5 * (1 + cos(pi * passed))


def _boundary(end: Any, x: Tensor) -> Tensor:
    """The end of an interval in the dtype of `x`."""
    boundary = as_tensor(end)
    if boundary.dtype == x.dtype:
        return boundary
    if boundary.dtype == "int32" and x.dtype == "int64":
        widened: Tensor = cast(boundary, x.dtype)
        return widened
    raise GraphError(
        f"Boundaries ({boundary.dtype}) must have the same dtype as x ({x.dtype})."
    )
