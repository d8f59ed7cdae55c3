"""The optimizers: one rule each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from daskflow.errors import GraphError
from daskflow.graph import Operation, Tensor
from daskflow.ops.array import ones_like
from daskflow.ops.gathering import gather
from daskflow.ops.making import fill
from daskflow.ops.math import abs as absolute
from daskflow.ops.math import cast, maximum, power, sign, sqrt, square
from daskflow.ops.scatter import scatter_add, scatter_sub, scatter_update
from daskflow.ops.slices import IndexedSlices
from daskflow.ops.state import Variable, assign, assign_sub, group
from daskflow.train.optimizer import Optimizer
from daskflow.values import as_tensor, constant


class GradientDescentOptimizer(Optimizer):
    """Gradient descent: each step moves a variable by `-learning_rate * gradient`.

    Settings of optimizers are numbers, tensors or functions without arguments that give
    one. A Python number is rounded to float32 first, as TensorFlow does.

    >>> w = df.Variable(4.0)
    >>> step = df.train.GradientDescentOptimizer(0.25).minimize(w * w)
    >>> for _ in range(2):
    ...     session.run(step)
    ...     session.run(w)
    np.float32(2.0)
    np.float32(1.0)
    """

    def __init__(
        self,
        learning_rate: Any,
        use_locking: bool = False,
        name: str = "GradientDescent",
    ) -> None:
        super().__init__(use_locking, name)
        self._learning_rate = learning_rate

    def _prepare(self) -> None:
        self._learning_rate_tensor = _tensor(self, self._learning_rate, "learning_rate")

    def _apply_dense(self, grad: Tensor, var: Variable) -> Any:
        return assign_sub(var, cast(self._learning_rate_tensor, var.dtype) * grad).op

    def _apply_sparse_duplicate_indices(
        self, grad: IndexedSlices, var: Variable
    ) -> Any:
        rate = cast(self._learning_rate_tensor, var.dtype)
        return scatter_sub(var, grad.indices, rate * grad.values).op


class ByElement(Optimizer):
    """An optimizer that moves each element by a rule that sees that element alone.

    So its rule serves for rows as well. `_rule(grad, var, *slots)` takes values, and
    gives what to subtract from `var` and the new values of the slots. Where it `sets`
    the variable, it gives its new value instead.
    """

    _kept: Sequence[str] = ()
    """The names of the slots, in the order that the rule has them in."""
    _sets = False

    def _rule(self, grad: Tensor, var: Tensor, *slots: Tensor) -> Sequence[Tensor]:
        raise NotImplementedError

    def _slots_of(self, var: Variable) -> list[Variable]:
        return [self._slots[name][var] for name in self._kept]

    def _apply_dense(self, grad: Tensor, var: Variable) -> Any:
        slots = self._slots_of(var)
        values = [variable.value() for variable in (var, *slots)]
        moved, *states = self._rule(grad, *values)
        move = assign if self._sets else assign_sub
        return group(move(var, moved), *map(assign, slots, states))

    def _apply_sparse(self, grad: IndexedSlices, var: Variable) -> Any:
        slots, places = self._slots_of(var), grad.indices
        rows = [gather(variable, places) for variable in (var, *slots)]
        moved, *states = self._rule(grad.values, *rows)
        move = scatter_update if self._sets else scatter_sub
        pairs = zip(slots, states, strict=True)
        return group(
            move(var, places, moved),
            *[scatter_update(slot, places, state) for slot, state in pairs],
        )


class MomentumOptimizer(ByElement):
    """Gradient descent along a sum of gradients that decays by `momentum` in each step.

    That is `total = momentum * total + gradient` and `w -= learning_rate * total`; the
    slot `momentum` holds the sum. With `use_nesterov` the step looks ahead, as in I.
    Sutskever et al., "On the importance of initialization and momentum in deep
    learning" (ICML 2013). Of `IndexedSlices` only the rows that are there move.

    >>> w = df.Variable(4.0)
    >>> step = df.train.MomentumOptimizer(0.25, momentum=0.5).minimize(w * w)
    >>> for _ in range(2):
    ...     session.run(step)
    ...     session.run(w)
    np.float32(2.0)
    np.float32(0.0)
    """

    _kept = ("momentum",)

    def __init__(
        self,
        learning_rate: Any,
        momentum: Any,
        use_locking: bool = False,
        name: str = "Momentum",
        use_nesterov: bool = False,
    ) -> None:
        super().__init__(use_locking, name)
        self._learning_rate = learning_rate
        self._momentum = momentum
        self._use_nesterov = use_nesterov

    def _create_slots(self, var_list: Sequence[Variable]) -> None:
        for var in var_list:
            self._zeros_slot(var, "momentum", self._name)

    def _prepare(self) -> None:
        self._learning_rate_tensor = _tensor(self, self._learning_rate, "learning_rate")
        self._momentum_tensor = _tensor(self, self._momentum, "momentum")

    def _rule(self, grad: Tensor, var: Tensor, *slots: Tensor) -> Sequence[Tensor]:
        rate = cast(self._learning_rate_tensor, var.dtype)
        momentum = cast(self._momentum_tensor, var.dtype)
        total = slots[0] * momentum + grad
        if self._use_nesterov:
            return grad * rate + total * (momentum * rate), total
        return total * rate, total


class AdagradOptimizer(ByElement):
    """Adagrad: each element's rate falls with the squares of its gradients so far.

    That is `total += gradient ** 2` and `w -= learning_rate * gradient / sqrt(total)`.
    J. Duchi, E. Hazan, Y. Singer, "Adaptive subgradient methods for online learning and
    stochastic optimization", JMLR 12 (2011). The slot `accumulator` holds the sum of
    squares and starts at `initial_accumulator_value`.

    >>> w = df.Variable([0.0, 0.0])
    >>> loss = df.reduce_sum(w * [100.0, 1.0])
    >>> session.run(df.train.AdagradOptimizer(0.1).minimize(loss))
    >>> session.run(w).round(3)
    array([-0.1  , -0.095], dtype=float32)
    """

    _kept = ("accumulator",)

    def __init__(
        self,
        learning_rate: Any,
        initial_accumulator_value: float = 0.1,
        use_locking: bool = False,
        name: str = "Adagrad",
    ) -> None:
        _positive(initial_accumulator_value=initial_accumulator_value)
        super().__init__(use_locking, name)
        self._learning_rate = learning_rate
        self._initial_accumulator_value = initial_accumulator_value

    def _create_slots(self, var_list: Sequence[Variable]) -> None:
        for var in var_list:
            initial = self._initial_accumulator_value
            _filled_slot(self, var, initial, "accumulator", self._name)

    def _prepare(self) -> None:
        self._learning_rate_tensor = _tensor(self, self._learning_rate, "learning_rate")

    def _rule(self, grad: Tensor, var: Tensor, *slots: Tensor) -> Sequence[Tensor]:
        rate = cast(self._learning_rate_tensor, var.dtype)
        squares = slots[0] + square(grad)
        return grad * rate / sqrt(squares), squares


class AdagradDAOptimizer(ByElement):
    """Adagrad with dual averaging, for sparse linear models: see `AdagradOptimizer`.

    A variable is set from the sum of all its gradients so far and `global_step`:
    without penalties `w = -learning_rate * total / sqrt(total_of_squares)`. It is zero
    where the mean gradient does not reach `l1_regularization_strength`.

    >>> w = df.Variable([1.0, 1.0])
    >>> steps = df.train.create_global_step()
    >>> optimizer = df.train.AdagradDAOptimizer(
    ...     0.1, steps, l1_regularization_strength=0.5
    ... )
    >>> session.run(optimizer.minimize(df.reduce_sum(w * [2.0, 0.25]), steps))
    >>> session.run(w).round(4)
    array([-0.0741,  0.    ], dtype=float32)
    """

    _kept = ("gradient_accumulator", "gradient_squared_accumulator")
    _sets = True

    def __init__(
        self,
        learning_rate: Any,
        global_step: Any,
        initial_gradient_squared_accumulator_value: float = 0.1,
        l1_regularization_strength: float = 0.0,
        l2_regularization_strength: float = 0.0,
        use_locking: bool = False,
        name: str = "AdagradDA",
    ) -> None:
        _positive(
            initial_gradient_squared_accumulator_value=(
                initial_gradient_squared_accumulator_value
            )
        )
        super().__init__(use_locking, name)
        self._learning_rate = learning_rate
        self._global_step = global_step
        self._initial = initial_gradient_squared_accumulator_value
        self._l1 = _rounded(l1_regularization_strength)
        self._l2 = _rounded(l2_regularization_strength)

    def _create_slots(self, var_list: Sequence[Variable]) -> None:
        total, squares = self._kept
        for var in var_list:
            self._zeros_slot(var, total, self._name)
            _filled_slot(self, var, self._initial, squares, self._name)

    def _prepare(self) -> None:
        self._learning_rate_tensor = _tensor(self, self._learning_rate, "learning_rate")
        self._steps = as_tensor(self._global_step) + 1

    def _rule(self, grad: Tensor, var: Tensor, *slots: Tensor) -> Sequence[Tensor]:
        rate = cast(self._learning_rate_tensor, var.dtype)
        steps = cast(self._steps, var.dtype)
        total, squares = slots[0] + grad, slots[1] + square(grad)
        beyond = _shrunk(total, self._l1 * steps)
        value = (0 - rate * beyond) / (self._l2 * steps * rate + sqrt(squares))
        return value, total, squares


class AdadeltaOptimizer(ByElement):
    """Adadelta: steps as large as the decaying mean of earlier ones, squared.

    That is `step = sqrt(accum_update + epsilon) / sqrt(accum + epsilon) * gradient` and
    `w -= learning_rate * step`, where the slots `accum` and `accum_update` hold the
    means of squares of gradients and of steps, which decay by `rho`. M. D. Zeiler,
    "ADADELTA: an adaptive learning rate method" (2012), algorithm 1.

    >>> w = df.Variable([0.0, 0.0])
    >>> loss = df.reduce_sum(w * [100.0, 1.0])
    >>> optimizer = df.train.AdadeltaOptimizer(learning_rate=1.0, epsilon=1e-6)
    >>> session.run(optimizer.minimize(loss))
    >>> session.run(w).round(4)
    array([-0.0045, -0.0045], dtype=float32)
    """

    _kept = ("accum", "accum_update")

    def __init__(
        self,
        learning_rate: Any = 0.001,
        rho: Any = 0.95,
        epsilon: Any = 1e-8,
        use_locking: bool = False,
        name: str = "Adadelta",
    ) -> None:
        super().__init__(use_locking, name)
        self._lr = learning_rate
        self._rho = rho
        self._epsilon = epsilon

    def _create_slots(self, var_list: Sequence[Variable]) -> None:
        for var in var_list:
            for slot in self._kept:
                self._zeros_slot(var, slot, self._name)

    def _prepare(self) -> None:
        self._lr_t = _tensor(self, self._lr, "lr")
        self._rho_t = _tensor(self, self._rho, "rho")
        self._epsilon_t = _tensor(self, self._epsilon, "epsilon")

    def _rule(self, grad: Tensor, var: Tensor, *slots: Tensor) -> Sequence[Tensor]:
        rate = cast(self._lr_t, var.dtype)
        rho = cast(self._rho_t, var.dtype)
        epsilon = cast(self._epsilon_t, var.dtype)
        mean, mean_step = slots
        mean = mean * rho + square(grad) * (1 - rho)
        step = sqrt(mean_step + epsilon) / sqrt(mean + epsilon) * grad
        return step * rate, mean, mean_step * rho + square(step) * (1 - rho)


class RMSPropOptimizer(ByElement):
    """RMSProp: gradients are divided by the root of the decaying mean of their squares.

    That is `rms += (1 - decay) * (gradient ** 2 - rms)`, `step = momentum * step +
    learning_rate * gradient / sqrt(rms + epsilon)` and `w -= step`. T. Tieleman and G.
    Hinton, lecture 6.5 of "Neural networks for machine learning" (2012); where
    `centered`, by an estimate of their spread, as in A. Graves, "Generating sequences
    with recurrent neural networks" (2013). The slots are `rms`, which starts at one,
    `momentum`, and `mg`, the mean of the gradients. Of `IndexedSlices` only the rows
    that are there move.

    >>> w = df.Variable([0.0, 0.0])
    >>> step = df.train.RMSPropOptimizer(0.1).minimize(df.reduce_sum(w * [100.0, 1.0]))
    >>> session.run(step)
    >>> session.run(w).round(3)
    array([-0.316, -0.1  ], dtype=float32)
    """

    def __init__(
        self,
        learning_rate: Any,
        decay: Any = 0.9,
        momentum: Any = 0.0,
        epsilon: Any = 1e-10,
        use_locking: bool = False,
        centered: bool = False,
        name: str = "RMSProp",
    ) -> None:
        super().__init__(use_locking, name)
        self._learning_rate = learning_rate
        self._decay = decay
        self._momentum = momentum
        self._epsilon = epsilon
        self._centered = centered
        self._kept = ("rms", "mg", "momentum") if centered else ("rms", "momentum")

    def _create_slots(self, var_list: Sequence[Variable]) -> None:
        for var in var_list:
            _filled_slot(self, var, 1.0, "rms", self._name)
            for slot in self._kept[1:]:
                self._zeros_slot(var, slot, self._name)

    def _prepare(self) -> None:
        self._learning_rate_tensor = _tensor(self, self._learning_rate, "learning_rate")
        self._decay_tensor = _tensor(self, self._decay, "decay")
        self._momentum_tensor = _tensor(self, self._momentum, "momentum")
        self._epsilon_tensor = _tensor(self, self._epsilon, "epsilon")

    def _rule(self, grad: Tensor, var: Tensor, *slots: Tensor) -> Sequence[Tensor]:
        rate = cast(self._learning_rate_tensor, var.dtype)
        fresh = 1 - cast(self._decay_tensor, var.dtype)
        momentum = cast(self._momentum_tensor, var.dtype)
        epsilon = cast(self._epsilon_tensor, var.dtype)
        mean_square, *mean, last = slots
        mean_square = mean_square + (square(grad) - mean_square) * fresh
        mean = [m + (grad - m) * fresh for m in mean]
        spread = mean_square - square(mean[0]) if mean else mean_square
        step = last * momentum + grad * rate / sqrt(spread + epsilon)
        return step, mean_square, *mean, step


class AdamOptimizer(Optimizer):
    """Adam: steps along a decaying mean of gradients, over the root of that of squares.

    In step `t` that is `w -= rate * m / (sqrt(v) + epsilon)` with `rate = learning_rate
    * sqrt(1 - beta2**t) / (1 - beta1**t)`; the slots `m` and `v` hold the means, which
    decay by `beta1` and `beta2`. D. P. Kingma and J. L. Ba, "Adam: a method for
    stochastic optimization" (ICLR 2015), in the form before its section 2.1: the
    correction of bias is in the rate, and `epsilon` is added to the root as it is.
    Given `IndexedSlices`, rows that are not there move on along their `m`.

    >>> w = df.Variable([0.0, 0.0])
    >>> step = df.train.AdamOptimizer(0.1).minimize(df.reduce_sum(w * [100.0, 1.0]))
    >>> session.run(step)
    >>> session.run(w).round(4)
    array([-0.1, -0.1], dtype=float32)
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta1: Any = 0.9,
        beta2: Any = 0.999,
        epsilon: Any = 1e-8,
        use_locking: bool = False,
        name: str = "Adam",
    ) -> None:
        super().__init__(use_locking, name)
        self._lr = learning_rate
        self._beta1 = beta1
        self._beta2 = beta2
        self._epsilon = epsilon

    def _create_slots(self, var_list: Sequence[Variable]) -> None:
        first = min(var_list, key=lambda var: var.name)
        for name, beta in [("beta1_power", self._beta1), ("beta2_power", self._beta2)]:
            self._create_non_slot_variable(self._call_if_callable(beta), name, first)
        for var in var_list:
            self._zeros_slot(var, "m", self._name)
            self._zeros_slot(var, "v", self._name)

    def _prepare(self) -> None:
        self._lr_t = _tensor(self, self._lr, "learning_rate")
        self._beta1_t = _tensor(self, self._beta1, "beta1")
        self._beta2_t = _tensor(self, self._beta2, "beta2")
        self._epsilon_t = _tensor(self, self._epsilon, "epsilon")

    def _get_beta_accumulators(self) -> tuple[Any, Any]:
        """The variables that hold `beta1` and `beta2` to the power of the step."""
        return (
            self._get_non_slot_variable("beta1_power"),
            self._get_non_slot_variable("beta2_power"),
        )

    def _settings(self, var: Variable) -> list[Tensor]:
        """The rate with the correction of bias, `1 - beta1`, `1 - beta2`, epsilon."""
        power1, power2 = self._get_beta_accumulators()
        beta1, beta2, rate, epsilon, power1, power2 = [
            cast(setting, var.dtype)
            for setting in (
                self._beta1_t,
                self._beta2_t,
                self._lr_t,
                self._epsilon_t,
                power1,
                power2,
            )
        ]
        return [rate * sqrt(1 - power2) / (1 - power1), 1 - beta1, 1 - beta2, epsilon]

    def _apply_dense(self, grad: Tensor, var: Variable) -> Any:
        rate, fresh1, fresh2, epsilon = self._settings(var)
        slots = self._slots["m"][var], self._slots["v"][var]
        m, v = [slot.value() for slot in slots]
        m = m + (grad - m) * fresh1
        v = v + (square(grad) - v) * fresh2
        move = assign_sub(var, m * rate / (sqrt(v) + epsilon))
        return group(move, *map(assign, slots, (m, v)))

    def _apply_sparse(self, grad: IndexedSlices, var: Variable) -> Any:
        rate, fresh1, fresh2, epsilon = self._settings(var)
        m, v = [
            _decayed(self._slots[slot][var], 1 - fresh, grad.like(part * fresh))
            for slot, fresh, part in [
                ("m", fresh1, grad.values),
                ("v", fresh2, square(grad.values)),
            ]
        ]
        return group(m, v, assign_sub(var, m * rate / (sqrt(v) + epsilon)))

    def _finish(self, update_ops: Sequence[Any], name_scope: str) -> Operation:
        power1, power2 = self._get_beta_accumulators()
        with power1.graph.control_dependencies(update_ops):
            last = [
                power1.assign(power1 * self._beta1_t),
                power2.assign(power2 * self._beta2_t),
            ]
        return group(*update_ops, *last, name=name_scope)


def _decayed(slot: Variable, decay: Tensor, added: IndexedSlices) -> Tensor:
    """What assigns `slot * decay`, and adds rows to that."""
    decayed = assign(slot, slot * decay)
    with slot.graph.control_dependencies([decayed]):
        return scatter_add(slot, added.indices, added.values)


class FtrlOptimizer(ByElement):
    """FTRL-Proximal, for models of which most weights should be zero.

    That is `accum += gradient ** 2`, `linear += gradient - (root - last_root) /
    learning_rate * w` and `w = -shrunk / (root / learning_rate + 2 * l2)`: `root` is
    `accum ** -learning_rate_power`, and `shrunk` is `linear`, nearer to zero by `l1`.
    H. B. McMahan et al., "Ad click prediction: a view from the trenches" (KDD 2013).
    `l2_shrinkage_regularization_strength` adds the gradient of a penalty on the weights
    to their gradient, but not to the sum. The slots are `accum`, which starts at
    `initial_accumulator_value`, and `linear`.

    >>> w = df.Variable([0.0, 0.0])
    >>> optimizer = df.train.FtrlOptimizer(0.1, l1_regularization_strength=1.0)
    >>> session.run(optimizer.minimize(df.reduce_sum(w * [10.0, 0.5])))
    >>> session.run(w).round(3)
    array([-0.09,  0.  ], dtype=float32)
    """

    _kept = ("accum", "linear")
    _sets = True

    def __init__(
        self,
        learning_rate: Any,
        learning_rate_power: float = -0.5,
        initial_accumulator_value: float = 0.1,
        l1_regularization_strength: float = 0.0,
        l2_regularization_strength: float = 0.0,
        use_locking: bool = False,
        name: str = "Ftrl",
        accum_name: str | None = None,
        linear_name: str | None = None,
        l2_shrinkage_regularization_strength: float = 0.0,
    ) -> None:
        super().__init__(use_locking, name)
        if learning_rate_power > 0.0:
            raise GraphError(
                f"learning_rate_power is 0 or less, got {learning_rate_power}"
            )
        _not_negative(
            initial_accumulator_value=initial_accumulator_value,
            l1_regularization_strength=l1_regularization_strength,
            l2_regularization_strength=l2_regularization_strength,
            l2_shrinkage_regularization_strength=l2_shrinkage_regularization_strength,
        )
        self._learning_rate = learning_rate
        self._power = -_rounded(learning_rate_power)
        self._initial_accumulator_value = initial_accumulator_value
        self._l1 = _rounded(l1_regularization_strength)
        self._l2 = _rounded(l2_regularization_strength)
        self._shrinkage = _rounded(l2_shrinkage_regularization_strength)
        self._accum_name = accum_name
        self._linear_name = linear_name

    def _create_slots(self, var_list: Sequence[Variable]) -> None:
        for var in var_list:
            initial = self._initial_accumulator_value
            _filled_slot(self, var, initial, "accum", self._accum_name or self._name)
            self._zeros_slot(var, "linear", self._linear_name or self._name)

    def _prepare(self) -> None:
        self._learning_rate_tensor = _tensor(self, self._learning_rate, "learning_rate")

    def _rule(self, grad: Tensor, var: Tensor, *slots: Tensor) -> Sequence[Tensor]:
        rate = cast(self._learning_rate_tensor, var.dtype)
        accum, linear = slots
        new_accum = accum + square(grad)
        before, now = self._powered(accum), self._powered(new_accum)
        pull = grad + 2 * self._shrinkage * var if self._shrinkage else grad
        linear = linear + pull - (now - before) / rate * var
        value = (0 - _shrunk(linear, self._l1)) / (now / rate + 2 * self._l2)
        return value, new_accum, linear

    def _powered(self, accum: Tensor) -> Any:
        return sqrt(accum) if self._power == 0.5 else power(accum, self._power)


class ProximalGradientDescentOptimizer(ByElement):
    """Gradient descent, and after each step as near to zero as the penalties pull.

    That is `z = w - learning_rate * gradient`, nearer to zero by `learning_rate * l1`
    and then divided by `1 + learning_rate * l2`. J. Duchi and Y. Singer, "Efficient
    learning using forward-backward splitting" (NIPS 2009).

    >>> w = df.Variable([1.0, 0.375])
    >>> optimizer = df.train.ProximalGradientDescentOptimizer(
    ...     0.25, l1_regularization_strength=1.0
    ... )
    >>> session.run(optimizer.minimize(df.reduce_sum(w)))
    >>> session.run(w)
    array([0.5, 0. ], dtype=float32)
    """

    _sets = True

    def __init__(
        self,
        learning_rate: Any,
        l1_regularization_strength: float = 0.0,
        l2_regularization_strength: float = 0.0,
        use_locking: bool = False,
        name: str = "ProximalGradientDescent",
    ) -> None:
        super().__init__(use_locking, name)
        self._learning_rate = learning_rate
        self._l1 = _rounded(l1_regularization_strength)
        self._l2 = _rounded(l2_regularization_strength)

    def _prepare(self) -> None:
        self._learning_rate_tensor = _tensor(self, self._learning_rate, "learning_rate")

    def _rule(self, grad: Tensor, var: Tensor, *slots: Tensor) -> Sequence[Tensor]:
        rate = cast(self._learning_rate_tensor, var.dtype)
        return (_pulled(var - rate * grad, rate, self._l1, self._l2),)


class ProximalAdagradOptimizer(AdagradOptimizer):
    """Adagrad, and after each step as near to zero as the penalties pull.

    See `AdagradOptimizer` and `ProximalGradientDescentOptimizer`.

    >>> w = df.Variable([1.0, 0.1875])
    >>> optimizer = df.train.ProximalAdagradOptimizer(
    ...     0.25, initial_accumulator_value=3.0, l1_regularization_strength=1.0
    ... )
    >>> session.run(optimizer.minimize(df.reduce_sum(w)))
    >>> session.run(w)
    array([0.75, 0.  ], dtype=float32)
    """

    _sets = True

    def __init__(
        self,
        learning_rate: Any,
        initial_accumulator_value: float = 0.1,
        l1_regularization_strength: float = 0.0,
        l2_regularization_strength: float = 0.0,
        use_locking: bool = False,
        name: str = "ProximalAdagrad",
    ) -> None:
        super().__init__(learning_rate, initial_accumulator_value, use_locking, name)
        self._l1 = _rounded(l1_regularization_strength)
        self._l2 = _rounded(l2_regularization_strength)

    def _rule(self, grad: Tensor, var: Tensor, *slots: Tensor) -> Sequence[Tensor]:
        squares = slots[0] + square(grad)
        rate = cast(self._learning_rate_tensor, var.dtype) / sqrt(squares)
        return _pulled(var - grad * rate, rate, self._l1, self._l2), squares


# What the rules have in common


def _tensor(optimizer: Optimizer, setting: Any, name: str) -> Tensor:
    return as_tensor(optimizer._call_if_callable(setting), name=name)


def _rounded(setting: float) -> float:
    return float(np.float32(setting))


def _filled_slot(
    optimizer: Optimizer, var: Variable, value: float, slot_name: str, op_name: str
) -> Variable:
    """A slot of `value` in the shape of `var`."""
    if not var.shape.is_fully_defined():
        filled = ones_like(var.initialized_value()) * value
        return optimizer._get_or_make_slot(var, filled, slot_name, op_name)

    def initial(shape: Any, dtype: Any) -> Any:
        return fill(shape, constant(value, dtype))

    return optimizer._get_or_make_slot_with_initializer(
        var, initial, var.shape, var.dtype, slot_name, op_name
    )


def _shrunk(x: Tensor, by: Any) -> Any:
    """`x`, nearer to zero by `by`, and no further than that."""
    return sign(x) * maximum(absolute(x) - by, 0.0)


def _pulled(x: Tensor, rate: Tensor, l1: float, l2: float) -> Any:
    """The least of `|y - x|**2 / 2 + rate * (l1 * |y| + l2 * y**2 / 2)`, in `y`."""
    return _shrunk(x, rate * l1) / (1 + l2 * rate)


def _positive(**settings: float) -> None:
    for name, value in settings.items():
        if value <= 0.0:
            raise GraphError(f"{name} must be positive: {value}")


def _not_negative(**settings: float) -> None:
    for name, value in settings.items():
        if value < 0.0:
            raise GraphError(f"{name} {value} needs to be positive or zero")
