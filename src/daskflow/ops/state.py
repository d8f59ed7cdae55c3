"""Variables, what assigns to them, and what only orders: `group` and `no_op`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NoReturn

import numpy as np

from daskflow.arrays import as_constant
from daskflow.defaults import get_collection
from daskflow.errors import DTypeError, GraphError, ShapeError
from daskflow.graph import (
    Consumers,
    Graph,
    Operation,
    Tensor,
    apply,
    build,
    default_session,
    graph_of,
)
from daskflow.keys import GraphKeys
from daskflow.opdef import OPS, OpDef, no_gradient
from daskflow.ops.define import args, op
from daskflow.ops.scatter import Changeable
from daskflow.ops.slices import on_rows
from daskflow.spec import (
    STRING,
    DType,
    Spec,
    TensorShape,
    as_shape,
    broadcast,
    merge,
    spec_of,
)
from daskflow.values import as_tensor, has_value

__all__ = [
    "Variable",
    "all_variables",
    "assign",
    "assign_add",
    "assign_sub",
    "global_variables",
    "global_variables_initializer",
    "group",
    "initialize_all_tables",
    "initialize_all_variables",
    "initialize_local_variables",
    "initialize_variables",
    "is_variable_initialized",
    "local_variables",
    "local_variables_initializer",
    "model_variables",
    "moving_average_variables",
    "no_op",
    "report_uninitialized_variables",
    "tables_initializer",
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
    changed = broadcast(variable.shape, delta.shape)
    return changed if variable.shape is None else merge(variable.shape, changed)


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
    elementwise=True,
    written=_changed_in_numpy("add"),
)
def _assign_add(variable, delta, /, spec, out=None):
    """A variable's new value, larger by `delta`."""
    changed = np.add(variable, delta, out=out)
    return _stored(changed, spec) if out is None else changed


@op(
    label="AssignSub",
    name="assign_sub",
    role="update",
    shape=_changed_shape,
    unranked=True,
    elementwise=True,
    written=_changed_in_numpy("subtract"),
)
def _assign_sub(variable, delta, /, spec, out=None):
    """A variable's new value, smaller by `delta`."""
    changed = np.subtract(variable, delta, out=out)
    return _stored(changed, spec) if out is None else changed


@op(label="NoOp", name="no_op", valued=False)
def _no_op():
    """Nothing; only its control inputs matter."""


def _kept_spec(initial: Tensor, validate_shape: bool, shape: Any) -> Spec:
    """What a variable of this initial value may hold."""
    if not validate_shape:
        return Spec(initial.spec.dtype, as_shape(shape))
    return Spec(initial.spec.dtype, merge(initial.spec.shape, as_shape(shape)))


class Variable(Changeable):
    """A value that a session keeps between runs.

    `initial_value` is a number, list or array, a tensor, or a function that gives one.
    Without a `dtype` arrays keep theirs; Python's floats become float32, its ints
    int32. It needs no initializer run: a session initializes it on first use, and
    running its `initializer` does so again. Without `validate_shape` it may be given
    values of any shape.

    It enters the graph's `collections`, `GLOBAL_VARIABLES` unless given, and
    `TRAINABLE_VARIABLES` too unless it is not `trainable`. Arguments of TensorFlow's
    that say where and how a variable is kept are taken and decide nothing.

    A variable stands for its value wherever a tensor does. Within one run that is
    the value from the start of the run, unless the reading is placed after an
    assignment by `control_dependencies`.

    >>> w = df.Variable([[1.0, 2.0]], name="w")
    >>> w.assign_add([[1.0, 1.0]]).eval()
    array([[2., 3.]], dtype=float32)
    >>> w.eval(), (w * 10.0).eval()
    (array([[2., 3.]], dtype=float32), array([[20., 30.]], dtype=float32))
    """

    __slots__ = ("_reading", "constraint", "initial_value", "trainable")

    def __init__(
        self,
        initial_value: Any = None,
        trainable: bool | None = None,
        collections: Iterable[str] | None = None,
        validate_shape: bool = True,
        caching_device: Any = None,
        name: str | None = None,
        variable_def: None = None,
        dtype: Any = None,
        expected_shape: Any = None,
        import_scope: None = None,
        constraint: Callable[[Any], Any] | None = None,
        use_resource: bool | None = None,
        synchronization: Any = None,
        aggregation: Any = None,
        shape: Any = None,
    ) -> None:
        if initial_value is None:
            raise GraphError("a Variable needs an initial value")
        if isinstance(collections, str):
            raise GraphError(f"collections is a list of names, got {collections!r}")
        graph = graph_of((initial_value,))
        with graph.as_default(), graph.control_dependencies(None):
            full = graph.unique_name(name or "Variable")
            with graph.name_scope(f"{full}/"):
                if callable(initial_value):
                    initial_value = initial_value()
                initial = as_tensor(initial_value, dtype, "initial_value")
                kept = _kept_spec(initial, validate_shape, shape or expected_shape)
                self.tensor = apply(VARIABLE, (), {"spec": kept}, f"{full}/")
                self.initial_value = initial
                self.initializer = assign(self, initial, name="Assign").op
                self._reading = self._read("read")
        self.constraint = constraint
        self.trainable = trainable is not False
        graph.variables.append(self)
        names = [GraphKeys.GLOBAL_VARIABLES] if collections is None else [*collections]
        if self.trainable:
            names.append(GraphKeys.TRAINABLE_VARIABLES)
        graph.add_to_collections(names, self)

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

    def is_initialized(self) -> Tensor:
        """Whether a session has a value of it when a run starts."""
        return is_variable_initialized(self)

    def set_shape(self, shape: Any) -> None:
        """Add what is known of the shape; `ShapeError` if it contradicts."""
        self.tensor.set_shape(shape)
        self._reading.set_shape(shape)

    def assign(
        self,
        value: Any,
        use_locking: bool = False,
        name: str | None = None,
        read_value: bool = True,
    ) -> Any:
        """A tensor that stores `value` and gives it; or without it the operation."""
        return _given(assign(self, value, name=name), read_value)

    def assign_add(
        self,
        delta: Any,
        use_locking: bool = False,
        name: str | None = None,
        read_value: bool = True,
    ) -> Any:
        """A tensor that adds `delta` to what is stored and gives the sum."""
        return _given(assign_add(self, delta, name=name), read_value)

    def assign_sub(
        self,
        delta: Any,
        use_locking: bool = False,
        name: str | None = None,
        read_value: bool = True,
    ) -> Any:
        """A tensor that subtracts `delta` from what is stored and gives the rest."""
        return _given(assign_sub(self, delta, name=name), read_value)

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
    def device(self) -> str:
        """The device that the program asked for; it decides nothing."""
        return self.tensor.device

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


def assign(
    ref: Any,
    value: Any,
    validate_shape: bool | None = None,
    use_locking: bool | None = None,
    name: str | None = None,
) -> Tensor:
    """A tensor that stores `value` in the variable `ref` and gives it.

    With `validate_shape=False` it may be of any shape. A run is a transaction, so
    `use_locking` changes nothing, here and elsewhere.

    >>> w = df.Variable([1.0, 2.0])
    >>> df.assign(w, [3.0, 4.0]).eval()
    array([3., 4.], dtype=float32)
    >>> w.eval()
    array([3., 4.], dtype=float32)
    """
    return _assignment("assign", ref, value, name, validate_shape is not False)


def assign_add(
    ref: Any, value: Any, use_locking: bool | None = None, name: str | None = None
) -> Tensor:
    """A tensor that adds `value` to the variable `ref` and gives the sum.

    >>> step = df.Variable(0)
    >>> one_more = df.assign_add(step, 1)
    >>> one_more.eval(), one_more.eval()
    (np.int32(1), np.int32(2))
    """
    return _assignment("assign_add", ref, value, name)


def assign_sub(
    ref: Any, value: Any, use_locking: bool | None = None, name: str | None = None
) -> Tensor:
    """A tensor that subtracts `value` from the variable `ref` and gives the rest.

    >>> w = df.Variable([1.0, 2.0])
    >>> df.assign_sub(w, [0.5, 0.5]).eval()
    array([0.5, 1.5], dtype=float32)
    """
    return _assignment("assign_sub", ref, value, name)


def _assignment(
    kind: str, ref: Any, value: Any, name: str | None, validate_shape: bool = True
) -> Tensor:
    tensor = _variable(ref, kind).tensor
    kept: Spec = tensor.op._attrs["spec"]
    spec = kept if validate_shape else Spec(kept.dtype)
    return apply(OPS[kind], (tensor, value), {"spec": spec}, name)


def _given(assigned: Tensor, read_value: bool) -> Tensor | Operation:
    return assigned if read_value else assigned.op


def no_op(name: str | None = None) -> Operation:
    """An operation that does nothing, once its control inputs have run.

    >>> step = df.Variable(0)
    >>> with df.control_dependencies([step.assign_add(1)]):
    ...     train = df.no_op("train")
    >>> train.run()
    >>> step.eval()
    np.int32(1)
    """
    return build(OPS["no_op"], (), name=name)


def group(*inputs: Any, name: str | None = None) -> Operation:
    """An operation that runs all of `inputs`: tensors, operations, variables, nests.

    >>> a, b = df.Variable(1), df.Variable(2)
    >>> df.group(a.assign_add(10), b.assign_add(10)).run()
    >>> session.run([a, b])
    [np.int32(11), np.int32(12)]
    """
    parts = tuple(_flat(inputs))
    graph = graph_of(parts)
    with graph.as_default(), graph.control_dependencies(parts):
        return no_op(name or "group_deps")


def _flat(values: Iterable[Any]) -> Iterator[Any]:
    for value in values:
        if isinstance(value, list | tuple | dict):
            yield from _flat(value.values() if isinstance(value, dict) else value)
        elif value is not None:
            yield value


def tuple_of(
    tensors: Iterable[Any],
    name: str | None = None,
    control_inputs: Iterable[Any] | None = None,
) -> list[Tensor | None]:
    """The same tensors, none of which is there before all of them are.

    `control_inputs` are operations that have run by then as well; a None stays one.

    >>> step = df.Variable(0)
    >>> x, y = df.tuple([df.constant(1.0), None], control_inputs=[step.assign_add(1)])
    >>> x.eval(), y, step.eval()
    (np.float32(1.0), None, np.int32(1))
    """
    tensors = list(tensors)
    given = tuple(t for t in tensors if t is not None)
    graph = graph_of(given)
    with graph.as_default(), graph.name_scope(name or "tuple"):
        together = group(*given, *(control_inputs or ()))
        with graph.control_dependencies([together]):
            return [None if t is None else _gated(t) for t in tensors]


@on_rows
def _gated(tensor: Any) -> Tensor:
    return apply(OPS["identity"], (tensor,), name="tuple")


# The variables of a graph


def global_variables(scope: str | None = None) -> list[Variable]:
    """The variables of the default graph, but for the local ones.

    With a `scope`, a regular expression, those whose names begin so; the same holds
    for the functions below.

    >>> w, b = df.Variable(0.0, name="w"), df.Variable(0.0, name="b")
    >>> [v.name for v in df.global_variables()]
    ['w:0', 'b:0']
    >>> [v.name for v in df.global_variables("b")]
    ['b:0']
    """
    return get_collection(GraphKeys.GLOBAL_VARIABLES, scope)


def local_variables(scope: str | None = None) -> list[Variable]:
    """The variables of the default graph that no checkpoint has: those of metrics.

    >>> w = df.Variable(0.0, name="w")
    >>> seen = df.get_local_variable("seen", initializer=0)
    >>> [v.name for v in df.local_variables()]
    ['seen:0']
    """
    return get_collection(GraphKeys.LOCAL_VARIABLES, scope)


def model_variables(scope: str | None = None) -> list[Variable]:
    """The variables of the default graph in the collection of that name.

    >>> keys = [df.GraphKeys.GLOBAL_VARIABLES, df.GraphKeys.MODEL_VARIABLES]
    >>> w = df.Variable(0.0, name="w", collections=keys)
    >>> [v.name for v in df.model_variables()]
    ['w:0']
    """
    return get_collection(GraphKeys.MODEL_VARIABLES, scope)


def moving_average_variables(scope: str | None = None) -> list[Variable]:
    """The variables of the default graph that have a moving average.

    >>> w = df.Variable(0.0, name="w")
    >>> update = df.train.ExponentialMovingAverage(0.9).apply([w])
    >>> [v.name for v in df.moving_average_variables()]
    ['w:0']
    """
    return get_collection(GraphKeys.MOVING_AVERAGE_VARIABLES, scope)


def trainable_variables(scope: str | None = None) -> list[Variable]:
    """The variables of the default graph that an optimizer may change.

    >>> w = df.Variable(0.0, name="w")
    >>> step = df.Variable(0, trainable=False, name="step")
    >>> [v.name for v in df.trainable_variables()]
    ['w:0']
    """
    return get_collection(GraphKeys.TRAINABLE_VARIABLES, scope)


def variables_initializer(
    var_list: Iterable[Variable], name: str = "init"
) -> Operation:
    """An operation that initializes these variables, again if they have been.

    >>> a, b = df.Variable(1), df.Variable(2)
    >>> a.load(10), b.load(20)
    (None, None)
    >>> df.variables_initializer([a]).run()
    >>> session.run([a, b])
    [np.int32(1), np.int32(20)]
    """
    return group(*[v.initializer for v in var_list], name=name)


def global_variables_initializer() -> Operation:
    """An operation that initializes every global variable of the default graph.

    >>> w = df.Variable([1.0, 2.0])
    >>> init = df.global_variables_initializer()
    >>> w.load([5.0, 5.0])
    >>> init.run()
    >>> w.eval()
    array([1., 2.], dtype=float32)
    """
    return variables_initializer(global_variables())


def local_variables_initializer() -> Operation:
    """An operation that initializes every local variable of the default graph.

    >>> seen = df.get_local_variable("seen", initializer=0)
    >>> seen.assign_add(3).eval()
    np.int32(3)
    >>> df.local_variables_initializer().run()
    >>> seen.eval()
    np.int32(0)
    """
    return variables_initializer(local_variables())


def is_variable_initialized(variable: Variable) -> Tensor:
    """Whether a session has a value of `variable` when a run starts.

    A variable that is read before gets its initial value then, so this tells only what
    was stored in it before the run: by a first use, an initializer, an assignment.

    >>> w = df.Variable(1.0)
    >>> known = df.is_variable_initialized(w)
    >>> known.eval(), w.eval(), known.eval()
    (np.False_, np.float32(1.0), np.True_)
    """
    known = has_value(_variable(variable, "is_variable_initialized").tensor)
    return apply(OPS["identity"], (known,), name="IsVariableInitialized")


@op(
    shape=lambda *known, names: (None,),
    dtype=STRING,
    agree=(0, 0),
    examples=[
        args(np.array(True), np.array(False), names=("a", "b")),
        args(names=()),
    ],
    grad=no_gradient,
)
def names_where_false(*known, names):
    """Those of `names` of which the input in the same place is false."""
    pairs = zip(names, known, strict=True)
    return np.array([name.encode() for name, is_true in pairs if not is_true], object)


def report_uninitialized_variables(
    var_list: Iterable[Variable] | None = None,
    name: str = "report_uninitialized_variables",
) -> Tensor:
    """The names of the variables that have no value when a run starts, as texts `[n]`.

    Of `var_list`, or else of all global and local variables of the default graph.

    >>> a, b = df.Variable(1, name="a"), df.Variable(2, name="b")
    >>> a.load(1)
    >>> df.report_uninitialized_variables().eval()
    array([b'b'], dtype=object)
    """
    if var_list is None:
        var_list = [*global_variables(), *local_variables()]
    variables = [_variable(v, "report_uninitialized_variables") for v in var_list]
    known = [has_value(v.tensor) for v in variables]
    names = [v.op.name for v in variables]
    return names_where_false(*known, names=names, name=name)


def _variable(value: Any, wanted_by: str) -> Variable:
    if not isinstance(value, Variable):
        raise DTypeError(f"{wanted_by} needs a Variable, got {value!r}")
    return value


def tables_initializer(name: str = "init_all_tables") -> Operation:
    """An operation that does nothing: there are no lookup tables.

    >>> df.tables_initializer().run()
    """
    return no_op(name)


# What they were called before TensorFlow 1.0

all_variables = global_variables
initialize_all_tables = tables_initializer
initialize_all_variables = global_variables_initializer
initialize_local_variables = local_variables_initializer
initialize_variables = variables_initializer
