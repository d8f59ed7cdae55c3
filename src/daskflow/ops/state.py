"""Variables, what assigns to them, and what only orders: `group` and `no_op`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NoReturn

import numpy as np

from daskflow.arrays import as_constant
from daskflow.errors import DTypeError, GraphError, ShapeError
from daskflow.graph import (
    Consumers,
    Graph,
    Operation,
    Stored,
    Tensor,
    apply,
    as_tensor,
    build,
    default_session,
    get_default_graph,
    graph_of,
)
from daskflow.opdef import OPS, OpDef
from daskflow.ops.define import op
from daskflow.spec import DType, Spec, TensorShape, broadcast, merge, spec_of

__all__ = [
    "Variable",
    "assign",
    "assign_add",
    "assign_sub",
    "global_variables",
    "global_variables_initializer",
    "group",
    "no_op",
    "trainable_variables",
    "variables_initializer",
]


def _kept(spec: Spec) -> Spec:
    return spec


VARIABLE = OpDef("Variable", _kept, _kept, role="variable")


@op(name="read", role="read", shape=lambda variable: variable.shape,
    unranked=True, grad=lambda g, y, variable: g)  # fmt: skip
def _read(variable):
    """The value of a variable where this stands in the run."""
    return variable


def _stored(value, spec):
    """`value` in the dtype and shape that a variable keeps."""
    given = spec_of(value)
    if given == spec:
        return value
    if not spec.admits(given.shape):
        raise ShapeError(f"the variable holds {spec}, got {given}")
    if spec.dtype is None or given.dtype == spec.dtype:
        return value
    if not np.can_cast(value.dtype, spec.dtype, "same_kind"):
        raise DTypeError(f"the variable holds {spec}, got {given}; cast() the value")
    return np.asarray(value, spec.dtype)


def _assigned_shape(variable, value, spec):
    return value.shape if spec.shape is None else merge(spec.shape, value.shape)


@op(label="Assign", name="assign", role="assign", shape=_assigned_shape, unranked=True)
def _assign(*values, spec):
    """A variable's new value, which depends on none that it had."""
    return _stored(values[-1], spec)


def _changed_shape(variable, delta, spec):
    return broadcast(variable.shape, delta.shape)


def _changed_in_numpy(function):
    def written(variable, delta, spec):
        fits = variable == spec and delta.dtype == spec.dtype
        if not fits or broadcast(variable.shape, delta.shape) != spec.shape:
            return None
        return f"np.{function}({{0}}, {{1}})"

    return written


@op(
    label="AssignAdd",
    name="assign_add",
    role="update",
    shape=_changed_shape,
    unranked=True,
    written=_changed_in_numpy("add"),
)
def _assign_add(variable, delta, /, spec):
    """A variable's new value, larger by `delta`."""
    return _stored(np.add(variable, delta), spec)


@op(
    label="AssignSub",
    name="assign_sub",
    role="update",
    shape=_changed_shape,
    unranked=True,
    written=_changed_in_numpy("subtract"),
)
def _assign_sub(variable, delta, /, spec):
    """A variable's new value, smaller by `delta`."""
    return _stored(np.subtract(variable, delta), spec)


@op(label="NoOp", name="no_op", valued=False)
def _no_op():
    """Nothing; only its control inputs matter."""


class Variable(Stored):
    """A value that a session keeps between runs.

    `initial_value` is a number, list or array, a tensor, or a function that gives one.
    Without a `dtype` arrays keep theirs; Python's floats become float32, its ints
    int32. It needs no initializer run: a session initializes it on first use, and
    running its `initializer` does so again.

    A variable stands for its value wherever a tensor does. Within one run that is
    the value from the start of the run, unless the reading is placed after an
    assignment by `control_dependencies`.

    >>> import daskflow as df
    >>> with df.Graph().as_default(), df.Session("sync") as session:
    ...     w = df.Variable([[1.0, 2.0]], name="w")
    ...     _ = session.run(w.assign_add([[1.0, 1.0]]))
    ...     session.run(w)
    array([[2., 3.]], dtype=float32)
    """

    __slots__ = ("_reading", "initial_value", "trainable")

    def __init__(
        self,
        initial_value: Any = None,
        trainable: bool = True,
        *,
        dtype: Any = None,
        name: str | None = None,
    ) -> None:
        if initial_value is None:
            raise GraphError("a Variable needs an initial value")
        graph = graph_of((initial_value,))
        with graph.control_dependencies(None):
            full = graph.unique_name(name or "Variable")
            with graph.name_scope(f"{full}/"):
                if callable(initial_value):
                    initial_value = initial_value()
                initial = as_tensor(initial_value, dtype, "initial_value")
                self.tensor = apply(VARIABLE, (), {"spec": initial.spec}, f"{full}/")
                self.initial_value = initial
                self.initializer = assign(self, initial, name="Assign").op
                self._reading = self._read("read")
        self.trainable = trainable
        graph.variables.append(self)

    def _read(self, name: str | None = None) -> Tensor:
        return apply(OPS["read"], (self.tensor,), name=name)

    def value(self) -> Tensor:
        """A tensor that reads it: after the control dependencies now in force."""
        return self._read() if self.graph.has_control_dependencies else self._reading

    def read_value(self) -> Tensor:
        """A tensor of its own that reads it."""
        return self._read()

    def initialized_value(self) -> Tensor:
        """Its value; kept for TensorFlow programs, since a first use initializes."""
        return self.value()

    def assign(self, value: Any, name: str | None = None) -> Tensor:
        """A tensor that stores `value` and gives it."""
        return assign(self, value, name)

    def assign_add(self, delta: Any, name: str | None = None) -> Tensor:
        """A tensor that adds `delta` to what is stored and gives the sum."""
        return assign_add(self, delta, name)

    def assign_sub(self, delta: Any, name: str | None = None) -> Tensor:
        """A tensor that subtracts `delta` from what is stored and gives the rest."""
        return assign_sub(self, delta, name)

    def load(self, value: Any, session: Any = None) -> None:
        """Store a value in `session` or else the default session, without a run."""
        array = as_constant(value, self.tensor.spec.dtype)
        (session or default_session()).load({self: array})

    def eval(self, session: Any = None) -> Any:
        """Its value in `session` or else the default session."""
        return (session or default_session()).run(self)

    @property
    def op(self) -> Operation:
        """The operation that stands for where it is kept."""
        return self.tensor.op

    @property
    def graph(self) -> Graph:
        """The graph that it belongs to."""
        return self.tensor.graph

    @property
    def name(self) -> str:
        """Its name, `"Variable:0"`."""
        return self.tensor.name

    @property
    def dtype(self) -> DType | None:
        """The dtype that it keeps."""
        return self.tensor.dtype

    @property
    def shape(self) -> TensorShape:
        """Its static shape."""
        return self.tensor.shape

    def get_shape(self) -> TensorShape:
        """Its static shape."""
        return self.shape

    @property
    def consumers(self) -> Consumers:
        """The nodes that take its value as an input; called, the operations."""
        reads = [op for op in Consumers([self.tensor])() if op.type == "read"]
        return Consumers([op.output for op in reads])

    def __repr__(self) -> str:
        return f"<Variable {self.name!r} {self.tensor.spec}>"

    def __reduce__(self) -> NoReturn:
        raise TypeError(f"{self!r} belongs to its graph and cannot be pickled")


def assign(ref: Any, value: Any, name: str | None = None) -> Tensor:
    """A tensor that stores `value` in the variable `ref` and gives it."""
    return _assignment("assign", ref, value, name)


def assign_add(ref: Any, value: Any, name: str | None = None) -> Tensor:
    """A tensor that adds `value` to the variable `ref` and gives the sum."""
    return _assignment("assign_add", ref, value, name)


def assign_sub(ref: Any, value: Any, name: str | None = None) -> Tensor:
    """A tensor that subtracts `value` from the variable `ref` and gives the rest."""
    return _assignment("assign_sub", ref, value, name)


def _assignment(kind: str, ref: Any, value: Any, name: str | None) -> Tensor:
    if not isinstance(ref, Variable):
        raise DTypeError(f"{kind} needs a Variable, got {ref!r}")
    return apply(OPS[kind], (ref.tensor, value), {"spec": ref.tensor.spec}, name)


def no_op(name: str | None = None) -> Operation:
    """An operation that does nothing, once its control inputs have run."""
    return build(OPS["no_op"], (), name=name)


def group(*inputs: Any, name: str | None = None) -> Operation:
    """An operation that runs all of `inputs` (tensors, operations, variables)."""
    graph = graph_of(inputs)
    with graph.as_default(), graph.control_dependencies(inputs):
        return no_op(name or "group_deps")


def global_variables() -> list[Variable]:
    """The variables of the default graph."""
    return [v for v in get_default_graph().variables if isinstance(v, Variable)]


def trainable_variables() -> list[Variable]:
    """The variables of the default graph that an optimizer may change."""
    return [v for v in global_variables() if v.trainable]


def variables_initializer(
    var_list: Iterable[Variable], name: str = "init"
) -> Operation:
    """An operation that initializes these variables, again if they have been."""
    return group(*[v.initializer for v in var_list], name=name)


def global_variables_initializer() -> Operation:
    """An operation that initializes every variable of the default graph."""
    return variables_initializer(global_variables())
