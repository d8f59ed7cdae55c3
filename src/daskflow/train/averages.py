"""`ExponentialMovingAverage`: averages of variables over the steps of a training."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from daskflow.defaults import name_scope
from daskflow.errors import DTypeError
from daskflow.graph import Operation, Tensor
from daskflow.keys import GraphKeys
from daskflow.ops.array import zeros
from daskflow.ops.math import cast, minimum
from daskflow.ops.state import (
    Variable,
    assign,
    assign_add,
    assign_sub,
    global_variables,
    group,
    moving_average_variables,
    trainable_variables,
)
from daskflow.spec import DType
from daskflow.train.slots import make_slot, make_zeros_slot
from daskflow.values import as_tensor


class ExponentialMovingAverage:
    """Averages of variables in which a step counts `decay` times as much as the next.

    With `num_updates`, the number of steps so far, the decay is at most
    `(1 + num_updates) / (10 + num_updates)`: early averages follow faster. The average
    of a variable starts from its initial value, that of a tensor from zero, and with
    `zero_debias` is divided by what the zero makes it too small.

    >>> w = df.Variable(1.0, name="w")
    >>> averages = df.train.ExponentialMovingAverage(0.5)
    >>> with df.control_dependencies([w.assign_add(2.0)]):
    ...     update = averages.apply([w])
    >>> session.run(update)
    >>> session.run([w, averages.average(w)])
    [np.float32(3.0), np.float32(2.0)]
    """

    def __init__(
        self,
        decay: Any,
        num_updates: Any = None,
        zero_debias: bool = False,
        name: str = "ExponentialMovingAverage",
    ) -> None:
        self._decay = decay
        self._num_updates = num_updates
        self._zero_debias = zero_debias
        self._name = name
        self._averages: dict[Any, Variable] = {}
        self._biased: dict[Variable, tuple[Variable, Variable]] = {}

    @property
    def name(self) -> str:
        """The name that averages end in."""
        return self._name

    def apply(self, var_list: Iterable[Any] | None = None) -> Operation:
        """The operation that brings the averages up to date.

        They are made for the variables or tensors in `var_list`, all trainable
        variables unless given. `DTypeError` for those of other dtypes than floats.

        >>> w = df.Variable(4.0)
        >>> averages = df.train.ExponentialMovingAverage(0.75)
        >>> step = df.train.GradientDescentOptimizer(0.25).minimize(w * w)
        >>> with df.control_dependencies([step]):
        ...     update = averages.apply()
        >>> session.run(update)
        >>> session.run([w, averages.average(w)])
        [np.float32(2.0), np.float32(3.5)]
        """
        averaged = list(trainable_variables() if var_list is None else var_list)
        for value in averaged:
            with value.graph.control_dependencies(None):
                self._make_average(value)
        with name_scope(self._name, values=averaged) as scope:
            decay = as_tensor(self._decay, name="decay")
            if self._num_updates is not None:
                count = cast(self._num_updates, "float32")
                decay = minimum(decay, (1.0 + count) / (10.0 + count))
            updates = [self._updated(value, 1 - decay) for value in averaged]
            return group(*updates, name=scope)

    def average(self, var: Any) -> Variable | None:
        """The variable that holds the average of `var`; None if there is none.

        >>> w, other = df.Variable(4.0, name="w"), df.Variable(1.0)
        >>> averages = df.train.ExponentialMovingAverage(0.5)
        >>> update = averages.apply([w])
        >>> averages.average(w).name, averages.average(other)
        ('w/ExponentialMovingAverage:0', None)
        """
        return self._averages.get(var)

    def average_name(self, var: Any) -> str:
        """The name that the average of `var` has, or would have.

        >>> w = df.Variable(1.0, name="w")
        >>> df.train.ExponentialMovingAverage(0.5).average_name(w)
        'w/ExponentialMovingAverage'
        """
        if var in self._averages:
            return self._averages[var].op.name
        name: str = var.graph.unique_name(f"{var.op.name}/{self._name}", False)
        return name

    def variables_to_restore(
        self, moving_avg_variables: Iterable[Variable] | None = None
    ) -> dict[str, Variable]:
        """Names in a checkpoint and variables, for a `Saver`: averages become values.

        That is so for `moving_avg_variables`, all trainable and all averaged ones
        unless given; other variables have their own name.

        >>> w = df.Variable(1.0, name="w")
        >>> count = df.Variable(0, name="count", trainable=False)
        >>> averages = df.train.ExponentialMovingAverage(0.5)
        >>> found = averages.variables_to_restore()
        >>> {name: variable.name for name, variable in found.items()}
        {'w/ExponentialMovingAverage': 'w:0', 'count': 'count:0'}
        """
        if moving_avg_variables is None:
            moving_avg_variables = trainable_variables() + moving_average_variables()
        found = {self.average_name(v): v for v in moving_avg_variables}
        renamed = set(found.values())
        for variable in global_variables():
            if variable not in renamed:
                found.setdefault(variable.op.name, variable)
        return found

    def _make_average(self, value: Any) -> None:
        if value.dtype not in (DType("float16"), DType("float32"), DType("float64")):
            raise DTypeError(
                f"The variables must be half, float, or double: {value.name}"
            )
        if value in self._averages:
            return
        if isinstance(value, Variable):
            initial = value.initialized_value()
            average = make_slot(value, self._name, initializer=initial)
            value.graph.add_to_collection(GraphKeys.MOVING_AVERAGE_VARIABLES, value)
        else:
            average = make_zeros_slot(value, self._name)
            if self._zero_debias:
                self._biased[average] = (
                    make_zeros_slot(average, "biased"),
                    make_slot(
                        average,
                        "local_step",
                        shape=[],
                        dtype=average.dtype,
                        initializer=zeros,
                    ),
                )
        self._averages[value] = average

    def _updated(self, value: Any, fresh: Tensor) -> Tensor:
        """What brings the average of `value` up to date."""
        average = self._averages[value]
        fresh = cast(fresh, average.dtype)
        if average not in self._biased:
            return assign_sub(average, (average - value) * fresh)
        biased, steps = self._biased[average]
        total = assign_sub(biased, (biased - value) * fresh)
        return assign(average, total / (1 - (1 - fresh) ** assign_add(steps, 1.0)))
