"""`Optimizer`: from a loss to the operation that makes one step."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

from daskflow.errors import DTypeError, GradientError, GraphError
from daskflow.gradients import gradients
from daskflow.graph import Graph, Operation, Operators, Tensor, get_default_graph
from daskflow.keys import GraphKeys
from daskflow.ops.array import shape, size
from daskflow.ops.joining import concat
from daskflow.ops.ordering import unique
from daskflow.ops.slices import IndexedSlices
from daskflow.ops.state import Variable, assign_add, group
from daskflow.spec import DType
from daskflow.train.slots import make_slot, make_zeros_slot
from daskflow.values import as_tensor

Gradient = Tensor | IndexedSlices
GradsAndVars = Iterable[tuple[Any, Variable]]


class Optimizer:
    """What all optimizers have in common; derive from it to make one of your own.

    A derived class defines `_apply_dense(grad, var)`: the operation that moves a
    variable against its gradient. It may define as well

    - `_apply_sparse(grad, var)`, the same for `IndexedSlices`, each row once;
    - `_create_slots(var_list)`, which makes variables beside those that it moves, with
      `_zeros_slot` or `_get_or_make_slot`, to be had from `get_slot`;
    - `_prepare()`, which makes tensors of the settings, once in a step;
    - `_finish(update_ops, name_scope)`, which makes one operation of all.

    >>> class SignDescent(df.train.Optimizer):
    ...     def __init__(self, learning_rate):
    ...         super().__init__(use_locking=False, name="SignDescent")
    ...         self._rate = learning_rate
    ...     def _apply_dense(self, grad, var):
    ...         return df.assign_sub(var, self._rate * df.sign(grad))
    >>> w = df.Variable([4.0, -3.0])
    >>> session.run(SignDescent(0.5).minimize(df.reduce_sum(w * w)))
    >>> session.run(w)
    array([ 3.5, -2.5], dtype=float32)
    """

    GATE_NONE = 0
    GATE_OP = 1
    GATE_GRAPH = 2

    def __init__(self, use_locking: bool, name: str) -> None:
        if not name:
            raise GraphError("an optimizer needs a name")
        self._use_locking = use_locking
        self._name = name
        self._slots: dict[str, dict[Variable, Variable]] = {}
        self._non_slots: dict[tuple[str, Graph], Variable] = {}

    # What programs call

    def get_name(self) -> str:
        """The name that it was given.

        >>> df.train.GradientDescentOptimizer(0.1).get_name()
        'GradientDescent'
        """
        return self._name

    def minimize(
        self,
        loss: Any,
        global_step: Variable | None = None,
        var_list: Any = None,
        gate_gradients: int = GATE_OP,
        aggregation_method: Any = None,
        colocate_gradients_with_ops: bool = False,
        name: str | None = None,
        grad_loss: Any = None,
    ) -> Operation:
        """The operation that makes one step to a smaller `loss`.

        It changes the variables in `var_list`, all trainable ones unless given, and
        adds one to `global_step`. All gradients are those from before the step. Raises
        `GradientError` (a ValueError) if there is no variable, or none that the loss
        depends on.

        >>> w, b = df.Variable(4.0), df.Variable(1.0)
        >>> steps = df.train.create_global_step()
        >>> optimizer = df.train.GradientDescentOptimizer(0.25)
        >>> session.run(optimizer.minimize(w * w + b, steps, var_list=[w]))
        >>> session.run([w, b, steps])
        [np.float32(2.0), np.float32(1.0), np.int64(1)]
        """
        grads_and_vars = self.compute_gradients(
            loss, var_list, gate_gradients, grad_loss=grad_loss
        )
        if all(g is None for g, _ in grads_and_vars):
            names = [variable.name for _, variable in grads_and_vars]
            raise GradientError(
                "No gradients provided for any variable: the loss "
                f"{as_tensor(loss).name!r} depends on none of {names}, or only through "
                "ints, which have no gradient"
            )
        return self.apply_gradients(grads_and_vars, global_step, name)

    def compute_gradients(
        self,
        loss: Any,
        var_list: Any = None,
        gate_gradients: int = GATE_OP,
        aggregation_method: Any = None,
        colocate_gradients_with_ops: bool = False,
        grad_loss: Any = None,
    ) -> list[tuple[Gradient | None, Variable]]:
        """The gradient of `loss` with respect to each variable, with the variable.

        It is None where the loss does not depend on the variable, and `IndexedSlices`
        where rows are gathered from it alone. A run is a transaction, in which all
        gradients are computed from the values at its start: `gate_gradients` decides
        nothing, nor do `aggregation_method` and `colocate_gradients_with_ops`.

        >>> w, b = df.Variable(4.0), df.Variable(1.0)
        >>> optimizer = df.train.GradientDescentOptimizer(0.25)
        >>> [(slope, variable), (nothing, _)] = optimizer.compute_gradients(w * w)
        >>> session.run(slope), variable is w, nothing
        (np.float32(8.0), True, None)
        """
        if gate_gradients not in (self.GATE_NONE, self.GATE_OP, self.GATE_GRAPH):
            raise GraphError(
                "gate_gradients must be one of: Optimizer.GATE_NONE, Optimizer.GATE_OP,"
                f" Optimizer.GATE_GRAPH. Not {gate_gradients!r}"
            )
        loss = as_tensor(loss() if callable(loss) else loss)
        self._assert_valid_dtypes([loss])
        if grad_loss is not None:
            grad_loss = [as_tensor(grad_loss, loss.dtype)]
        variables = _listed(var_list)
        if var_list is None:
            variables = loss.graph.get_collection(GraphKeys.TRAINABLE_VARIABLES)
        if not variables:
            raise GradientError("No variables to optimize.")
        parts = gradients([loss], variables, grad_loss)
        return list(zip(parts, variables, strict=True))

    def apply_gradients(
        self,
        grads_and_vars: GradsAndVars,
        global_step: Variable | None = None,
        name: str | None = None,
    ) -> Operation:
        """The operation that moves each variable against its gradient.

        It enters the collection `TRAIN_OP`.

        >>> w = df.Variable(4.0)
        >>> optimizer = df.train.GradientDescentOptimizer(0.25)
        >>> [(slope, variable)] = optimizer.compute_gradients(w * w)
        >>> clipped = df.clip_by_value(slope, -1.0, 1.0)
        >>> session.run(optimizer.apply_gradients([(clipped, variable)]))
        >>> session.run(w)
        np.float32(3.75)
        """
        pairs = [(_gradient(g), _moved(variable)) for g, variable in grads_and_vars]
        if not pairs:
            raise GradientError("No variables provided.")
        moved = [(g, variable) for g, variable in pairs if g is not None]
        if not moved:
            names = [variable.name for _, variable in pairs]
            raise GradientError(f"No gradients provided for any variable: {names}")
        graph = moved[0][1].graph
        with graph.as_default():
            with graph.control_dependencies(None):
                self._create_slots([variable for _, variable in moved])
            with graph.name_scope(name or self._name) as scope:
                step = self._step(moved, global_step, scope)
        collection = graph.get_collection_ref(GraphKeys.TRAIN_OP)
        if step not in collection:
            collection.append(step)
        return step

    def get_slot(self, var: Variable, name: str) -> Variable | None:
        """The variable of that name that it keeps for `var`; None if there is none.

        >>> w = df.Variable(4.0)
        >>> optimizer = df.train.MomentumOptimizer(0.25, momentum=0.5)
        >>> session.run(optimizer.minimize(w * w))
        >>> session.run(optimizer.get_slot(w, "momentum"))
        np.float32(8.0)
        """
        return self._slots.get(name, {}).get(var)

    def get_slot_names(self) -> list[str]:
        """The names of the variables that it keeps for each one that it moves.

        >>> w = df.Variable(4.0)
        >>> optimizer = df.train.AdamOptimizer()
        >>> step = optimizer.minimize(w * w)
        >>> optimizer.get_slot_names()
        ['m', 'v']
        """
        return sorted(self._slots)

    def variables(self) -> list[Variable]:
        """All variables that it keeps in the default graph, by name.

        >>> w = df.Variable(4.0, name="w")
        >>> optimizer = df.train.AdamOptimizer()
        >>> step = optimizer.minimize(w * w)
        >>> [variable.name for variable in optimizer.variables()]
        ['beta1_power:0', 'beta2_power:0', 'w/Adam:0', 'w/Adam_1:0']
        """
        graph = get_default_graph()
        kept = [slot for slots in self._slots.values() for slot in slots.values()]
        kept += self._non_slots.values()
        return sorted((v for v in kept if v.graph is graph), key=lambda v: v.name)

    # What derived classes define

    def _create_slots(self, var_list: Sequence[Variable]) -> None:
        """Make the variables that a step needs beside those that it moves."""

    def _prepare(self) -> None:
        """Make tensors of the settings."""

    def _apply_dense(self, grad: Tensor, var: Variable) -> Any:
        """What moves `var` against its gradient."""
        raise NotImplementedError(f"{type(self).__name__} defines no _apply_dense")

    def _apply_sparse_duplicate_indices(
        self, grad: IndexedSlices, var: Variable
    ) -> Any:
        """What moves `var` against rows, of which several may be for one place."""
        return self._apply_sparse(without_duplicates(grad), var)

    def _apply_sparse(self, grad: IndexedSlices, var: Variable) -> Any:
        """What moves `var` against rows, of which each is for a place of its own."""
        raise NotImplementedError(f"{type(self).__name__} defines no _apply_sparse")

    def _finish(self, update_ops: Sequence[Any], name_scope: str) -> Operation:
        """The operation of that name that does all of `update_ops`."""
        return group(*update_ops, name=name_scope)

    def _valid_dtypes(self) -> set[Any]:
        """The dtypes that a loss may be of."""
        return {DType("float16"), DType("float32"), DType("float64")}

    # What they are given to do it with

    def _call_if_callable(self, param: Any) -> Any:
        """A setting, or what it gives when it is called."""
        return param() if callable(param) else param

    def _slot_dict(self, slot_name: str) -> dict[Variable, Variable]:
        """The slots of that name, by the variables that they are for."""
        return self._slots.setdefault(slot_name, {})

    def _zeros_slot(self, var: Variable, slot_name: str, op_name: str) -> Variable:
        """A slot that starts from zeros in the shape of `var`."""
        return self._slot(var, slot_name, partial(make_zeros_slot, var, op_name))

    def _get_or_make_slot(
        self, var: Variable, val: Any, slot_name: str, op_name: str
    ) -> Variable:
        """A slot that starts from the value or tensor `val`."""
        make = partial(make_slot, var, op_name, initializer=as_tensor(val))
        return self._slot(var, slot_name, make)

    def _get_or_make_slot_with_initializer(
        self,
        var: Variable,
        initializer: Callable[..., Any],
        shape: Any,
        dtype: Any,
        slot_name: str,
        op_name: str,
    ) -> Variable:
        """A slot that starts from what `initializer` gives for `shape` and `dtype`."""
        settings = {"initializer": initializer, "shape": shape, "dtype": dtype}
        return self._slot(var, slot_name, partial(make_slot, var, op_name, **settings))

    def _slot(
        self, var: Variable, slot_name: str, make: Callable[[], Variable]
    ) -> Variable:
        slots = self._slot_dict(slot_name)
        if var not in slots:
            slots[var] = make()
        return slots[var]

    def _create_non_slot_variable(
        self, initial_value: Any, name: str, colocate_with: Any = None
    ) -> Variable:
        """A variable that is there once for all that it moves in a graph."""
        key = (
            name,
            get_default_graph() if colocate_with is None else colocate_with.graph,
        )
        if key not in self._non_slots:
            self._non_slots[key] = Variable(initial_value, name=name, trainable=False)
        return self._non_slots[key]

    def _get_non_slot_variable(
        self, name: str, graph: Graph | None = None
    ) -> Variable | None:
        return self._non_slots.get((name, graph or get_default_graph()))

    def _assert_valid_dtypes(self, tensors: Iterable[Any]) -> None:
        valid = self._valid_dtypes()
        for tensor in tensors:
            if tensor.dtype is not None and tensor.dtype not in valid:
                raise GraphError(
                    f"Invalid type {tensor.dtype!r} for {tensor.name}, expected one of "
                    f"{sorted(dtype.name for dtype in valid)}"
                )

    # One step

    def _step(
        self,
        moved: Sequence[tuple[Gradient, Variable]],
        global_step: Variable | None,
        scope: str,
    ) -> Operation:
        graph = moved[0][1].graph
        self._prepare()
        updates = []
        for g, variable in moved:
            with graph.name_scope(f"update_{variable.op.name}"):
                updates.append(self._update(g, variable))
        if global_step is None:
            return self._finish(updates, scope)
        with graph.control_dependencies([self._finish(updates, "update")]):
            return assign_add(global_step, 1, name=scope).op

    def _update(self, grad: Gradient, var: Variable) -> Any:
        if isinstance(grad, IndexedSlices):
            if var.constraint is not None:
                raise GraphError(
                    f"{var!r} has a constraint, which needs all of it at once: gather "
                    "rows from tf.identity of it"
                )
            return self._apply_sparse_duplicate_indices(grad, var)
        update = self._apply_dense(grad, var)
        if var.constraint is None:
            return update
        with var.graph.control_dependencies([update]):
            return var.assign(var.constraint(var))


def without_duplicates(slices: IndexedSlices) -> IndexedSlices:
    """The same tensor with each place once: the rows of one place added up."""
    places, numbers = unique(slices.indices)
    lengths = concat([[size(places)], shape(slices.values)[1:]], 0)
    sums = IndexedSlices(slices.values, numbers, lengths).dense()
    return IndexedSlices(sums, places, slices.dense_shape)


def _listed(var_list: Any) -> list[Any]:
    if isinstance(var_list, dict):
        return list(var_list.values())
    if isinstance(var_list, Operators) or not isinstance(var_list, Iterable):
        return [var_list]
    return list(var_list)


def _gradient(value: Any) -> Gradient | None:
    if value is None or isinstance(value, IndexedSlices):
        return value
    return as_tensor(value)


def _moved(variable: Any) -> Variable:
    if not isinstance(variable, Variable):
        raise DTypeError(f"an optimizer moves variables, got {variable!r}")
    return variable
