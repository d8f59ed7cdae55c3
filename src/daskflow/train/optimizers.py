"""Optimizers: from a loss to the operation that makes one step."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from daskflow.errors import GradientError
from daskflow.gradients import gradients
from daskflow.graph import Operation, Tensor, as_tensor
from daskflow.ops.math import cast
from daskflow.ops.state import Variable, assign_add, assign_sub, group

GradsAndVars = Iterable[tuple[Tensor | None, Variable]]


class GradientDescentOptimizer:
    """Gradient descent: each step moves a variable by `-learning_rate * gradient`.

    `learning_rate` is a number or a scalar tensor; a Python number is rounded to
    float32 first, as TensorFlow does.

    >>> import daskflow as df
    >>> with df.Graph().as_default(), df.Session("sync") as session:
    ...     w = df.Variable(4.0)
    ...     step = GradientDescentOptimizer(0.25).minimize(w * w)
    ...     session.run(step)
    ...     session.run(w)
    np.float32(2.0)
    """

    def __init__(self, learning_rate: Any, name: str = "GradientDescent") -> None:
        self._learning_rate = learning_rate
        self._name = name

    def minimize(
        self,
        loss: Any,
        global_step: Variable | None = None,
        var_list: Sequence[Variable] | None = None,
        name: str | None = None,
    ) -> Operation:
        """An operation that makes one step to a smaller `loss`.

        It changes the variables in `var_list`, all trainable ones unless given, and
        adds one to `global_step`.
        """
        return self.apply_gradients(
            self.compute_gradients(loss, var_list), global_step, name
        )

    def compute_gradients(
        self,
        loss: Any,
        var_list: Sequence[Variable] | None = None,
        grad_loss: Any = None,
    ) -> list[tuple[Tensor | None, Variable]]:
        """The gradient of `loss` with respect to each variable, with the variable."""
        loss = as_tensor(loss)
        if var_list is None:
            var_list = [v for v in loss.graph.variables if v.trainable]
        if not var_list:
            raise GradientError("there is no variable to optimize")
        weights = None if grad_loss is None else [grad_loss]
        return list(
            zip(gradients([loss], list(var_list), weights), var_list, strict=True)
        )

    def apply_gradients(
        self,
        grads_and_vars: GradsAndVars,
        global_step: Variable | None = None,
        name: str | None = None,
    ) -> Operation:
        """An operation that moves each variable against its gradient."""
        pairs = [(g, variable) for g, variable in grads_and_vars if g is not None]
        if not pairs:
            raise GradientError(
                "no gradient for any variable: the loss depends on none of them, or "
                "only through ints, which have no gradient"
            )
        graph = pairs[0][1].graph
        with graph.as_default(), graph.name_scope(name or self._name) as scope:
            rate = as_tensor(self._learning_rate, name="learning_rate")
            moves = [
                assign_sub(variable, cast(rate, variable.dtype) * g)
                for g, variable in pairs
            ]
            if global_step is not None:
                moves.append(assign_add(global_step, 1))
            return group(*moves, name=scope)
