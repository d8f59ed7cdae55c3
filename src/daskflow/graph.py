"""The graph that users build: `Graph`, its `Operation`s and their `Tensor`s."""

from __future__ import annotations

import linecache
import re
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from os.path import dirname, sep
from types import CodeType, FrameType
from typing import TYPE_CHECKING, Any, Generic, NoReturn, TypeVar, overload
from weakref import WeakKeyDictionary

import numpy as np
from dask.base import DaskMethodsMixin, get_annotations
from dask.threaded import get as threaded_get

from daskflow.annotations import Annotations, annotations_of, as_dask_has_it
from daskflow.arrays import as_constant, described
from daskflow.drawings import graph_diagram
from daskflow.errors import (
    DTypeError,
    FinalizedError,
    GraphError,
    NoSessionError,
    ShapeError,
    SymbolicAttributeError,
    SymbolicTensorError,
    UnknownNameError,
)
from daskflow.graph_collections import Collections
from daskflow.notebook import graph_html, operation_html, tensor_html
from daskflow.opdef import OPS, OpDef, unknown
from daskflow.pictures import Picture, picture_of
from daskflow.spec import (
    ArrayDType,
    Dimension,
    DType,
    Spec,
    TensorShape,
    as_shape,
    merge,
)

T = TypeVar("T")


class Graph(Collections):
    """A growing list of operations, each made from earlier ones.

    Operations are only ever added, and take earlier ones as inputs, so the order in
    which they were made is a topological order and a cycle cannot exist.

    >>> graph = df.Graph()
    >>> with graph.as_default():
    ...     total = df.add(1.0, 2.0, name="total")
    >>> graph.get_operations()
    [<Operation 'total/x' Const>, <Operation 'total/y' Const>, <Operation 'total' add>]
    >>> df.Session("sync", graph).run(total)
    np.float32(3.0)
    """

    def __init__(self) -> None:
        super().__init__()
        self.seed: int | None = None
        self.placeholders: list[Tensor] = []
        self.variables: list[Stored] = []
        self.shared_variables: dict[str, Stored] = {}
        """What `get_variable` has made, by name."""
        self.mutations = 0
        """How often what was built has changed since: what a kept plan depends on."""
        self._operations: list[Operation] = []
        self._by_name: dict[str, Operation] = {}
        self._names: dict[str, int] = {}
        self._annotations: dict[str, Annotations] = {}  # of the few that have some
        self._consumers: dict[int, list[Operation]] = {}
        self._indexed = 0
        self._sources: dict[str, Tensor] = {}
        self._devices: dict[str, str] = {}
        self._finalized = False
        self._scopes = _Scopes()

    def as_default(self) -> _DefaultGraph:
        """Make this the default graph: for a `with` block, or from here on.

        >>> graph = df.Graph()
        >>> with graph.as_default():
        ...     x = df.placeholder(name="x")
        >>> x.graph is graph
        True
        """
        return _DefaultGraph(self)

    # What is in the graph

    @property
    def operations(self) -> list[Node]:
        """What computes: every node but placeholders, constants and variables' own.

        >>> x = df.placeholder(df.float32, name="x")
        >>> y = df.exp(x + 1.0)
        >>> df.get_default_graph().operations
        [<Tensor 'add:0' float32 any shape>, <Tensor 'Exp:0' float32 any shape>]
        """
        initializers = {v.initializer for v in self.variables}
        return [
            op.node
            for op in self._operations
            if op._op.role in ("compute", "assign", "update") and op not in initializers
        ]

    def get_operations(self) -> list[Operation]:
        """Every operation, in the order they were made.

        >>> x = df.placeholder(df.float32, name="x")
        >>> y = x + 1.0
        >>> [operation.name for operation in df.get_default_graph().get_operations()]
        ['x', 'add/y', 'add']
        """
        return list(self._operations)

    def get_operation_by_name(self, name: str) -> Operation:
        """The operation of that name; `UnknownNameError` (a KeyError) if none is.

        >>> y = df.add(1.0, 2.0, name="total")
        >>> df.get_default_graph().get_operation_by_name("total")
        <Operation 'total' add>
        """
        if not isinstance(name, str):
            raise DTypeError(f"an operation's name is a str, got {type(name).__name__}")
        try:
            return self._by_name[name]
        except KeyError:
            raise UnknownNameError(
                f"no operation named {name!r} in this graph"
            ) from None

    def get_tensor_by_name(self, name: str) -> Tensor:
        """The tensor of that name, such as `"add_1:0"`.

        >>> x = df.placeholder(df.float32, [2], name="x")
        >>> df.get_default_graph().get_tensor_by_name("x:0")
        <Tensor 'x:0' float32 [2]>
        """
        if not isinstance(name, str):
            raise DTypeError(f"a tensor's name is a str, got {type(name).__name__}")
        operation, colon, index = name.partition(":")
        if not colon or not index.isdigit():
            raise GraphError(
                f"a tensor's name is '<operation>:<output>', got {name!r}; "
                f"{operation + ':0'!r} is the first output"
            )
        outputs = self.get_operation_by_name(operation)._outputs
        if int(index) >= len(outputs):
            raise UnknownNameError(
                f"no tensor named {name!r}: {operation!r} has {len(outputs)} output(s)"
            )
        return outputs[int(index)]

    def as_graph_element(self, value: Any) -> Tensor | Operation:
        """The tensor or operation of this graph that `value` or a name stands for.

        >>> x = df.placeholder(df.float32, [2], name="x")
        >>> graph = df.get_default_graph()
        >>> graph.as_graph_element("x:0"), graph.as_graph_element("x")
        (<Tensor 'x:0' float32 [2]>, <Operation 'x' Placeholder>)
        """
        if isinstance(value, bytes):
            value = value.decode()
        if isinstance(value, str):
            find = self.get_tensor_by_name if ":" in value else self._by_name_or_error
            return find(value)
        element = value if isinstance(value, Operation) else _stored(value)
        if element is None:
            raise DTypeError(
                "expected a tensor, operation, variable or name, "
                f"got type {type(value).__name__}"
            )
        if element.graph is not self:
            raise GraphError(f"{element.name!r} is in another graph")
        return element

    def _by_name_or_error(self, name: str) -> Operation:
        return self.get_operation_by_name(name)

    def consumers_of(self, tensor: Tensor) -> list[Operation]:
        """The operations that take `tensor` as an input.

        >>> x = df.placeholder(df.float32)
        >>> y, z = df.exp(x), df.exp(2.0 * x)
        >>> df.get_default_graph().consumers_of(x)
        [<Operation 'Exp' exp>, <Operation 'mul' multiply>]
        """
        with self._lock:
            for op in self._operations[self._indexed :]:
                for t in dict.fromkeys(op._inputs):
                    self._consumers.setdefault(id(t), []).append(op)
            self._indexed = len(self._operations)
            return list(self._consumers.get(id(tensor), ()))

    # To look at

    def as_graph_def(
        self, from_version: int | None = None, add_shapes: bool = False
    ) -> Any:
        """The graph as data, a `GraphDef`; see `graph_def_of`.

        >>> c = df.constant(1.0, name="one")
        >>> [node.name for node in df.get_default_graph().as_graph_def().node]
        ['one']
        """
        return GRAPH_WRITERS[0](self, from_version, add_shapes)

    def visualize(self, filename: str | None = None) -> Picture:
        """Draw the operations; with a `filename`, to a `.svg`, `.png` or `.dot` file.

        A notebook shows the picture. Where there are more than 200 operations, name
        scopes are drawn as one each.

        >>> y = df.exp(df.placeholder(df.float32, name="x"), name="y")
        >>> df.get_default_graph().visualize()
        <Picture of 2 nodes and 1 edges>
        """
        return picture_of(graph_diagram(self._operations), filename)

    def _repr_html_(self) -> str:
        return graph_html(self)

    # What goes into the graph

    def finalize(self) -> None:
        """Refuse every further operation with `FinalizedError`.

        >>> df.get_default_graph().finalize()
        >>> df.constant(1.0)
        Traceback (most recent call last):
            ...
        daskflow.errors.FinalizedError: the graph is finalized and takes no more ...
        """
        self._finalized = True

    @property
    def finalized(self) -> bool:
        """Whether it refuses further operations."""
        return self._finalized

    @contextmanager
    def device(self, device_name_or_function: Any) -> Iterator[None]:
        """Note the device that a program asks for; it decides nothing.

        Operations say it as their `device`. Which worker of a cluster runs a node is
        said by `dask.annotate`.

        >>> with df.get_default_graph().device("/gpu:0"):
        ...     x = df.constant(1.0)
        >>> x.device
        '/device:GPU:0'
        """
        scopes = self._scopes
        outer = scopes.device
        scopes.device = _device(device_name_or_function, outer)
        try:
            yield
        finally:
            scopes.device = outer

    def get_name_scope(self) -> str:
        """The scope in force, without the slash at its end.

        >>> graph = df.get_default_graph()
        >>> with graph.name_scope("train"), graph.name_scope("step"):
        ...     graph.get_name_scope()
        'train/step'
        """
        return self._scopes.name.rstrip("/")

    @contextmanager
    def name_scope(self, name: str | None) -> Iterator[str]:
        """Prefix the names of what is made inside with `name/`.

        >>> graph = df.get_default_graph()
        >>> with graph.name_scope("layer") as scope:
        ...     x = df.constant(1.0, name="x")
        >>> scope, x.name
        ('layer/', 'layer/x:0')
        >>> with graph.name_scope("layer") as scope:
        ...     scope
        'layer_1/'
        """
        scopes = self._scopes
        outer = scopes.name
        scopes.name = self._opened_scope(name)
        try:
            yield scopes.name
        finally:
            scopes.name = outer

    def _opened_scope(self, name: str | None) -> str:
        if not name:
            return ""
        if name.endswith("/"):
            return name
        return self.unique_name(name) + "/"

    @contextmanager
    def control_dependencies(
        self, control_inputs: Iterable[Any] | None
    ) -> Iterator[None]:
        """Run what is made inside after `control_inputs`; None clears what is set.

        >>> w = df.Variable(1.0)
        >>> with w.graph.control_dependencies([w.assign_add(1.0)]):
        ...     after = df.identity(w)
        >>> after.eval()
        np.float32(2.0)
        """
        scopes = self._scopes
        outer = scopes.control
        if control_inputs is None:
            scopes.control = ()
        else:
            added = tuple(_operation(self.as_graph_element(c)) for c in control_inputs)
            scopes.control = tuple(dict.fromkeys(outer + added))
        try:
            yield
        finally:
            scopes.control = outer

    @property
    def has_control_dependencies(self) -> bool:
        """Whether a `control_dependencies` block is open in this thread.

        >>> graph = df.get_default_graph()
        >>> with graph.control_dependencies([df.no_op()]):
        ...     graph.has_control_dependencies
        True
        >>> graph.has_control_dependencies
        False
        """
        return bool(self._scopes.control)

    def unique_name(self, name: str, mark_as_used: bool = True) -> str:
        """`name` in the current scope, with a number behind it if it is taken.

        Case does not tell two names apart, and scopes and operations share one set.
        A scope as `name_scope` gives it (`"train/"`) names one operation after itself.

        >>> graph = df.get_default_graph()
        >>> graph.unique_name("weights"), graph.unique_name("weights")
        ('weights', 'weights_1')
        """
        literal = name.endswith("/")
        pattern = _NAME if self._scopes.name else _ROOT_NAME
        if not pattern.fullmatch(name):
            raise GraphError(
                f"{name!r} is not a valid name, which has only letters, digits and "
                "any of _ . - / > \\, and starts with a letter, a digit or a dot"
            )
        full = name[:-1] if literal else self._scopes.name + name
        with self._lock:
            key = full.lower()
            if literal and full not in self._by_name:
                self._names.setdefault(key, 1)
                return full
            first = count = self._names.get(key, 0)
            while count and f"{key}_{count}" in self._names:
                count += 1
            if mark_as_used:
                self._names[key] = count + 1
                if first:
                    self._names[f"{key}_{count}"] = 1
            return f"{full}_{count}" if first else full

    def _enter(self, operation: Operation) -> None:
        """Enter an operation that is complete but for its number."""
        self._refuse_if_finalized(operation._name)
        object.__setattr__(operation, "_id", len(self._operations))
        self._by_name[operation._name] = operation
        self._operations.append(operation)

    def _refuse_if_finalized(self, name: str) -> None:
        if self._finalized:
            raise FinalizedError(
                "the graph is finalized and takes no more operations, such as "
                f"{name!r}; build everything before the first run"
            )

    def __reduce__(self) -> NoReturn:
        raise TypeError("a graph cannot be pickled, and no task ever carries one")


_NAME = re.compile(r"[A-Za-z0-9_.\\/>-]+")
_ROOT_NAME = re.compile(r"[A-Za-z0-9.][A-Za-z0-9_.\\/>-]*")


def _plain(name: str) -> str:
    """The name of a class as that of a node: `"Scale"` for `_Scale`."""
    return re.sub(r"[^A-Za-z0-9_]", "_", name).lstrip("_") or "Operation"


class _Scopes(threading.local):
    """What is in force where a thread builds."""

    name = ""
    device = ""
    control: tuple[Operation, ...] = ()
    variable: Any = None

    def __init__(self) -> None:
        self.counts: dict[str, int] = {}
        """How often each variable scope was opened; ops/scopes.py keeps both."""


def _device(asked: Any, outer: str) -> str:
    """`"/device:GPU:0"` for what programs write: `"/gpu:0"`, `"gpu"`, a function."""
    if asked is None or callable(asked):
        return outer
    name = str(asked)
    short = re.fullmatch(r"/?(cpu|gpu):(\d+|\*)", name, re.IGNORECASE)
    return f"/device:{short[1].upper()}:{short[2]}" if short else name


_OPERATOR_LABELS = {
    "add": "add",
    "subtract": "sub",
    "multiply": "mul",
    "divide": "truediv",
    "floor_divide": "floordiv",
    "mod": "mod",
    "power": "pow",
    "matmul": "matmul",
    "logical_and": "and",
    "logical_or": "or",
    "logical_xor": "xor",
}
"""What TensorFlow calls a node that an operator of Python's has made."""

_Binary = Callable[[Any, Any], "Tensor"]

OPERATORS: dict[str, Callable[..., Tensor]] = {}
"""What builds an operator that is more than the op of its name."""


def _operator(name: str) -> tuple[_Binary, _Binary]:
    """The methods of a binary operator: for the left operand, and for the right."""
    label = _OPERATOR_LABELS.get(name)

    def left(self: Any, other: Any) -> Tensor:
        if name in OPERATORS:
            return OPERATORS[name](self, other, name=label)
        return apply(OPS[name], (self, other), name=label)

    def right(self: Any, other: Any) -> Tensor:
        if name in OPERATORS:
            return OPERATORS[name](other, self, name=label)
        return apply(OPS[name], (other, self), name=label)

    return left, right


class Operators:
    """What Python's operators mean on whatever stands for a tensor."""

    __slots__ = ()

    __add__, __radd__ = _operator("add")
    __sub__, __rsub__ = _operator("subtract")
    __mul__, __rmul__ = _operator("multiply")
    __truediv__, __rtruediv__ = _operator("divide")
    __floordiv__, __rfloordiv__ = _operator("floor_divide")
    __mod__, __rmod__ = _operator("mod")
    __pow__, __rpow__ = _operator("power")
    __matmul__, __rmatmul__ = _operator("matmul")
    __and__, __rand__ = _operator("logical_and")
    __or__, __ror__ = _operator("logical_or")
    __xor__, __rxor__ = _operator("logical_xor")
    __lt__, __gt__ = _operator("less")[0], _operator("greater")[0]
    __le__, __ge__ = _operator("less_equal")[0], _operator("greater_equal")[0]

    def __neg__(self) -> Tensor:
        return apply(OPS["negative"], (self,))

    def __abs__(self) -> Tensor:
        return apply(OPS["abs"], (self,))

    def __invert__(self) -> Tensor:
        return apply(OPS["logical_not"], (self,))

    def __getitem__(self, key: Any) -> Tensor:
        if _is_mask(key):
            return apply(OPS["boolean_mask"], (self, key), {"axis": 0})
        index, tensors = split_index(key)
        return apply(OPS["getitem"], (self, *tensors), {"index": index})

    def __bool__(self) -> NoReturn:
        self._only_a_run_knows("truth", "use where() to choose between tensors")

    if not TYPE_CHECKING:  # for which these would be there

        def __len__(self) -> NoReturn:
            self._only_a_run_knows("length", "see its .shape")

        def __iter__(self) -> NoReturn:
            self._only_a_run_knows("elements", "index it with [] instead")

        def __float__(self) -> NoReturn:
            self._only_a_run_knows("value", "fetch it with Session.run")

        def __format__(self, spec: str) -> str:
            if spec:
                self._only_a_run_knows("value", "fetch it with Session.run")
            return str(self)

        def __array__(self, *args: Any, **kwargs: Any) -> NoReturn:
            self._only_a_run_knows("value", "fetch it with Session.run")

        __int__ = __float__

    def __array_ufunc__(
        self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any
    ) -> Tensor:
        """`array + tensor`, `np.exp(tensor)`: the op of that name, if there is one."""
        op = OPS.get(_UFUNC_OPS.get(ufunc.__name__, ufunc.__name__))
        if op is None or method != "__call__" or kwargs or ufunc.nin != len(op.params):
            self._only_a_run_knows("value", f"numpy.{ufunc.__name__} needs an array")
        return apply(op, inputs, name=_OPERATOR_LABELS.get(op.name))

    def __array_function__(
        self, function: Callable[..., Any], types: Any, args: Any, kwargs: Any
    ) -> NoReturn:
        self._only_a_run_knows(
            "value", f"use daskflow's op instead of numpy.{function.__name__}"
        )

    def _only_a_run_knows(self, what: str, advice: str) -> NoReturn:
        raise SymbolicTensorError(f"{self!r} has no {what} until a run; {advice}")


_UFUNC_OPS = {
    "absolute": "abs",
    "arccos": "acos",
    "arccosh": "acosh",
    "arcsin": "asin",
    "arcsinh": "asinh",
    "arctan": "atan",
    "arctan2": "atan2",
    "arctanh": "atanh",
    "bitwise_and": "logical_and",
    "bitwise_or": "logical_or",
    "bitwise_xor": "logical_xor",
    "conjugate": "conj",
    "invert": "logical_not",
    "isfinite": "is_finite",
    "isinf": "is_inf",
    "isnan": "is_nan",
    "remainder": "mod",
}


class Tensor(Operators, DaskMethodsMixin):
    """One output of an operation: a value that a run will give.

    Tensors compare and hash by identity. A tensor is also a Dask collection:
    `dask.compute(tensor)` computes it from the default session's variables as they
    are now, and never changes them.

    >>> x = df.placeholder(df.float32, [None, 2], name="x")
    >>> y = df.reduce_sum(x, axis=1)
    >>> y
    <Tensor 'Sum:0' float32 [?]>
    >>> y.eval({x: [[1.0, 2.0], [3.0, 4.0]]})
    array([3., 7.], dtype=float32)
    """

    __slots__ = ("index", "op", "spec")

    def __init__(self, op: Operation, index: int, spec: Spec) -> None:
        self.op = op
        self.index = index
        self.spec = spec

    @property
    def id(self) -> str:
        """Its key in a plan: the operation's name, unless that gives several.

        >>> values, indices = df.nn.top_k([3.0, 1.0, 2.0], k=2, name="best")
        >>> indices.id, df.constant(1.0, name="one").id
        ('best:1', 'one')
        """
        name = self.op._name
        return f"{name}:{self.index}" if self.op._op.several else name

    @property
    def name(self) -> str:
        """The operation's name and the output's number, `"add_1:0"`.

        >>> values, indices = df.nn.top_k([3.0, 1.0, 2.0], k=2, name="best")
        >>> values.name, indices.name
        ('best:0', 'best:1')
        """
        return f"{self.op._name}:{self.index}"

    @property
    def graph(self) -> Graph:
        """The graph that it belongs to."""
        return self.op._graph

    @property
    def dtype(self) -> DType | None:
        """The static dtype, None where unknown.

        >>> df.constant([1, 2]).dtype
        tf.int32
        """
        return None if self.spec.dtype is None else DType(self.spec.dtype)

    @property
    def shape(self) -> TensorShape:
        """The static shape.

        >>> df.placeholder(df.float32, [None, 2]).shape
        TensorShape([None, 2])
        """
        return TensorShape(self.spec.shape)

    @property
    def device(self) -> str:
        """The device that the program asked for; it decides nothing.

        >>> with df.device("/gpu:0"):
        ...     x = df.constant(1.0)
        >>> x.device
        '/device:GPU:0'
        """
        return self.op._graph._devices.get(self.op._name, "")

    @property
    def value_index(self) -> int:
        """The number of the output that it is.

        >>> values, indices = df.nn.top_k([3.0, 1.0, 2.0], k=2)
        >>> values.value_index, indices.value_index
        (0, 1)
        """
        return self.index

    def get_shape(self) -> TensorShape:
        """The static shape.

        >>> df.placeholder(df.float32, [None, 2]).get_shape().as_list()
        [None, 2]
        """
        return self.shape

    def set_shape(self, shape: Any) -> None:
        """Add what is known of the shape; `ShapeError` if it contradicts.

        >>> x = df.placeholder(df.float32, [None, 2])
        >>> x.set_shape([3, None])
        >>> x.shape
        TensorShape([3, 2])
        """
        graph = self.graph
        with graph._lock:  # what is kept may take feeds of other shapes
            self.spec = Spec(self.spec.dtype, merge(self.spec.shape, as_shape(shape)))
            graph.mutations += 1

    @property
    def input_nodes(self) -> list[Node]:
        """The nodes that its operation was given.

        >>> w = df.Variable(2.0, name="w")
        >>> x = df.placeholder(df.float32, name="x")
        >>> (w * x).input_nodes == [w, x]
        True
        """
        return self.op.input_nodes

    @property
    def consumers(self) -> Consumers:
        """The nodes that take it as an input; called, the operations that do.

        >>> x = df.placeholder(df.float32)
        >>> y = df.exp(x)
        >>> x.consumers == [y]
        True
        >>> x.consumers() == [y.op]
        True
        """
        return Consumers([self])

    def eval(
        self, feed_dict: Mapping[Any, Any] | None = None, session: Any = None
    ) -> Any:
        """Its value, computed in `session` or else the default session.

        >>> x = df.placeholder(df.float32)
        >>> (x + x).eval({x: 3.0})
        np.float32(6.0)
        """
        return (session or default_session()).run(self, feed_dict)

    if not TYPE_CHECKING:  # which knows what is there

        def __getattr__(self, name: str) -> NoReturn:
            if hasattr(np.ndarray, name):
                raise SymbolicAttributeError(
                    f"{self!r} is no array and has no .{name}; use daskflow's ops, "
                    "or fetch its value with Session.run"
                )
            raise AttributeError(f"a Tensor has no attribute {name!r}")

    def __repr__(self) -> str:
        return f"<Tensor {self.name!r} {self.spec}>"

    def _repr_html_(self) -> str:
        return tensor_html(self)

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            f"{self!r} belongs to its graph and cannot be pickled; a compute method "
            "gets the values of its inputs as arguments"
        )

    # Dask's collection protocol

    if TYPE_CHECKING:  # Dask's own say nothing of types

        def compute(self, **kwargs: Any) -> Any: ...
        def persist(self, **kwargs: Any) -> Any: ...
        def visualize(self, *args: Any, **kwargs: Any) -> Any: ...

    def __dask_graph__(self) -> Any:
        snapshot = _snapshot(self)
        CURRENT.snapshots[self] = snapshot.without_tasks()
        return snapshot.tasks

    def __dask_keys__(self) -> Any:
        return self._last_snapshot().keys

    def __dask_tokenize__(self) -> Any:
        return _snapshot(self).keys

    def __dask_postcompute__(self) -> tuple[Any, tuple[()]]:
        return _only, ()

    def __dask_postpersist__(self) -> tuple[Any, tuple[Any, ...]]:
        return self._last_snapshot().rebuild, ()

    def _last_snapshot(self) -> Any:
        # Dask asks for the tasks and then for their keys: both must be of one moment.
        return CURRENT.snapshots.get(self) or _snapshot(self)

    __dask_scheduler__ = staticmethod(threaded_get)
    __dask_optimize__ = None


def _only(results: Sequence[T]) -> T:
    return results[0]


class Consumers(list["Node"]):
    """The nodes that take one of some tensors as an input.

    TensorFlow spells this `x.consumers()`, and means operations; that works too.
    """

    def __init__(self, tensors: Iterable[Tensor]) -> None:
        self._operations = [op for t in tensors for op in t.graph.consumers_of(t)]
        super().__init__(op.node for op in self._operations)

    def __call__(self) -> list[Operation]:
        """The operations themselves."""
        return list(self._operations)


class public(Generic[T]):
    """An attribute that a user's class may set to something of its own.

    Reading it gives what the graph knows; what an instance stores under the same
    name (`self.inputs = ...`) hides that from the class, never from the graph.
    """

    def __init__(self, get: Callable[[Any], T]) -> None:
        self._get = get
        self.__doc__ = get.__doc__

    @overload
    def __get__(self, instance: None, owner: type) -> public[T]: ...
    @overload
    def __get__(self, instance: Any, owner: type | None = None) -> T: ...
    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        return self if instance is None else self._get(instance)


class Operation(Operators):
    """A node of the graph; derive from it to make an op of your own.

    A derived class passes its input nodes to `__init__` and computes with NumPy. An
    instance stands for its value: it may be an input, an operand, a fetch. `compute`
    should depend on nothing but its arguments and on attributes of the instance: it
    runs on a copy that carries these alone, maybe on another machine.

    >>> class double(Operation):
    ...     def __init__(self, x):
    ...         super().__init__([x])
    ...     def compute(self, x_value):
    ...         return 2 * x_value
    ...     def gradient(self, grad):
    ...         return 2 * grad
    >>> x = df.placeholder(df.float32)
    >>> y = double(x)
    >>> session.run([y, df.gradients(y, x)], {x: 3.0})
    [np.float32(6.0), [np.float32(2.0)]]
    >>> y.name, y.type, y.input_nodes == [x]
    ('double', 'double', True)
    """

    __slots__ = (
        "__weakref__",
        "_attrs",
        "_control_inputs",
        "_detached",
        "_graph",
        "_id",
        "_inputs",
        "_made_at",
        "_name",
        "_op",
        "_outputs",
    )

    _attrs: dict[str, Any]
    _class_op: OpDef
    _control_inputs: tuple[Operation, ...]
    _detached: OpDef
    _graph: Graph
    _id: int
    _inputs: tuple[Tensor, ...]
    _made_at: tuple[CodeType, int]
    _name: str
    _op: OpDef
    _outputs: tuple[Tensor, ...]

    def __init__(
        self, input_nodes: Iterable[Any] = (), name: str | None = None
    ) -> None:
        cls = type(self)
        if cls.compute is Operation.compute:
            raise TypeError(
                f"{cls.__name__} defines no compute method; derive a class from "
                "Operation and define compute(self, *values)"
            )
        if cls.__eq__ is not object.__eq__:
            raise TypeError(
                f"{cls.__name__} redefines ==, but nodes compare by identity; "
                "a dataclass needs eq=False"
            )
        if isinstance(input_nodes, Operators):
            raise TypeError(
                f"{cls.__name__} must give super().__init__ a list of its input "
                f"nodes, [{input_nodes!r}] for one"
            )
        values = tuple(input_nodes)
        self._build(graph_of(values), cls._class_op, values, {}, name)

    def _build(
        self,
        graph: Graph,
        op: OpDef,
        values: tuple[Any, ...],
        attrs: dict[str, Any],
        name: str | None,
    ) -> None:
        """Check everything, then enter the graph: all of it or nothing."""
        try:
            operands = _operands(op, values, graph)
            specs = op.infer(*[operand.spec for operand in operands], **attrs)
        except (ShapeError, DTypeError) as error:
            given = ", ".join(_described(v) for v in values)
            raise type(error)(f"{name or op.name}({given}): {error}") from None
        name = name or op.label or op.name
        asked = get_annotations()
        annotations = annotations_of(asked, name) if asked else ()
        with graph._lock:
            graph._refuse_if_finalized(name)
            name = graph.unique_name(name)
            made_at = user_line(self)
            inputs = [
                operand.tensor(graph, f"{name}/{_param(op, i)}", made_at)
                if isinstance(operand, _Constant)
                else operand
                for i, operand in enumerate(operands)
            ]
            if annotations:
                graph._annotations[name] = annotations
            if graph._scopes.device:
                graph._devices[name] = graph._scopes.device
            control = graph._scopes.control
            self._fill(graph, op, tuple(inputs), attrs, specs, name, made_at, control)

    def _fill(
        self,
        graph: Graph,
        op: OpDef,
        inputs: tuple[Tensor, ...],
        attrs: dict[str, Any],
        specs: Spec | Sequence[Spec],
        name: str,
        made_at: tuple[CodeType, int],
        control_inputs: tuple[Operation, ...] = (),
    ) -> None:
        if not op.valued:
            outputs: tuple[Tensor, ...] = ()
        elif isinstance(specs, Spec):
            outputs = (Tensor(self, 0, specs),)
        else:
            outputs = tuple(Tensor(self, i, spec) for i, spec in enumerate(specs))
        put = object.__setattr__  # a user's class may have a say on its attributes
        put(self, "_graph", graph)
        put(self, "_op", op)
        put(self, "_inputs", inputs)
        put(self, "_attrs", attrs)
        put(self, "_name", name)
        put(self, "_control_inputs", control_inputs)
        put(self, "_made_at", made_at)
        put(self, "_outputs", outputs)
        graph._enter(self)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        label = None if _ROOT_NAME.fullmatch(cls.__name__) else _plain(cls.__name__)
        cls._class_op = OpDef(
            cls.__name__, cls.compute, unknown, agree=(0, 0), pure=False, label=label
        )
        cls.__setattr__ = _telling(cls.__setattr__)  # type: ignore[method-assign]
        cls.__delattr__ = _telling(cls.__delattr__)  # type: ignore[method-assign]

    @public
    def graph(self) -> Graph:
        """The graph that it belongs to."""
        return self._graph

    @public
    def name(self) -> str:
        """Its unique name."""
        return self._name

    @public
    def type(self) -> str:
        """The kind of operation it is: the name that such ones have by default."""
        return self._op.label or self._op.name

    @public
    def device(self) -> str:
        """The device that the program asked for; it decides nothing."""
        return self._graph._devices.get(self._name, "")

    @public
    def inputs(self) -> tuple[Tensor, ...]:
        """The tensors that it takes."""
        return self._inputs

    @public
    def outputs(self) -> tuple[Tensor, ...]:
        """The tensors that it gives."""
        return self._outputs

    @public
    def output(self) -> Tensor:
        """Its only output."""
        return only_output(self)

    @public
    def control_inputs(self) -> tuple[Operation, ...]:
        """The operations that run before it without being inputs."""
        return self._control_inputs

    @public
    def attrs(self) -> Mapping[str, Any]:
        """Its fixed settings, such as `axis`."""
        return dict(self._attrs)

    @public
    def annotations(self) -> Mapping[str, Any]:
        """What `dask.annotate` said when it was built: how a cluster runs it."""
        return as_dask_has_it(self._graph._annotations.get(self._name, ()))

    @public
    def input_nodes(self) -> list[Node]:
        """The nodes that it was given: tensors, variables, operations of a class."""
        return [_node(t) for t in self._inputs]

    @public
    def consumers(self) -> Consumers:
        """The nodes that take its output as an input; called, the operations."""
        return Consumers(self._outputs)

    @public
    def made_at(self) -> str:
        """The line of the user's program that made it, `"train.py:12: y = exp(x)"`."""
        code, instruction = self._made_at
        line = next(
            (n for start, end, n in code.co_lines() if start <= instruction < end), None
        )
        text = linecache.getline(code.co_filename, line or 0).strip()
        return f"{code.co_filename}:{line}" + (f": {text}" if text else "")

    def compute(self, *values: Any) -> Any:
        """Its value for these values of its inputs, as NumPy computes it.

        >>> y = df.sqrt(df.placeholder(df.float32))
        >>> y.op.compute(np.array([1.0, 4.0]))
        array([1., 2.])
        """
        return self._op.kernel(*values, **self._attrs)

    def run(
        self, feed_dict: Mapping[Any, Any] | None = None, session: Any = None
    ) -> None:
        """Run it, in `session` or else the default session.

        >>> w = df.Variable(1.0)
        >>> w.assign_add(2.0).op.run()
        >>> w.eval()
        np.float32(3.0)
        """
        (session or default_session()).run(self, feed_dict)

    @property
    def node(self) -> Node:
        """What stands for it in a user's program: itself, a variable or a tensor.

        >>> w = df.Variable(1.0)
        >>> y = w + 1.0
        >>> y.op.node is y
        True
        """
        return _node(self._outputs[0]) if self._outputs else self

    def shipped_op(self) -> OpDef:
        """Its op as a task carries it, without the graph.

        For a user's class that is the `compute` of copies of the instance, which carry
        what it has stored now; setting an attribute makes another op.
        """
        if type(self) is Operation:
            return self._op
        with self._graph._lock:
            if not hasattr(self, "_detached"):
                op = OpDef(self._op.name, Detached.of(self), unknown, pure=False)
                object.__setattr__(self, "_detached", op)
            return self._detached

    if not TYPE_CHECKING:  # which knows what is there

        def __getattr__(self, name: str) -> NoReturn:
            cls = type(self).__name__
            if hasattr(Operation, name):
                raise AttributeError(
                    f"this {cls!r} is in no graph: __init__ must call "
                    "super().__init__(input_nodes) first, and compute sees no graph"
                )
            raise AttributeError(
                f"{cls!r} has no attribute {name!r} (inside compute, the values of the "
                "input nodes are the arguments; nodes are not there)"
            )

    def __repr__(self) -> str:
        if hasattr(self, "_graph"):
            return f"<Operation {self._name!r} {self._op.name}>"
        return f"<{type(self).__name__}, a copy for a task>"

    def _repr_html_(self) -> str:
        return operation_html(self)

    def __reduce_ex__(self, protocol: Any) -> Any:
        if hasattr(self, "_graph"):
            raise TypeError(
                f"{self!r} belongs to its graph and cannot be pickled; a compute "
                "method gets the values of its inputs as arguments"
            )
        return super().__reduce_ex__(protocol)


def _telling(change: Callable[..., None]) -> Any:
    """`__setattr__` of a user's class, or `__delattr__`: it makes plans void."""

    def change_and_tell(self: Operation, name: str, *value: Any) -> None:
        if name in Operation.__slots__:
            raise AttributeError(
                f"{name!r} is an attribute of the graph's own; choose another name"
            )
        if not hasattr(self, "_graph"):
            change(self, name, *value)
            return
        with self._graph._lock:  # or a plan could go on with what was before
            change(self, name, *value)
            if hasattr(self, "_detached"):
                object.__delattr__(self, "_detached")
                self._graph.mutations += 1

    return change_and_tell


class Detached:
    """An instance of a user's class without its graph: what its class stored.

    Called, it computes with a fresh copy: what `compute` stores is gone after it, here
    as on another machine. Nodes that the class keeps stay behind.
    """

    def __init__(self, cls: type[Operation], attributes: dict[str, Any]) -> None:
        self._cls = cls
        self._attributes = attributes

    @classmethod
    def of(cls, operation: Operation) -> Detached:
        """The instance as it is now."""
        stored = _stored_attributes(operation).items()
        kept = {name: value for name, value in stored if not _holds_nodes(value)}
        return cls(type(operation), kept)

    def copy(self, **attributes: Any) -> Operation:
        """A fresh copy, with `attributes` beside those that were stored."""
        copy: Operation = object.__new__(self._cls)
        for name, value in (self._attributes | attributes).items():
            object.__setattr__(copy, name, value)
        return copy

    def __call__(self, *values: Any) -> Any:
        return self.copy().compute(*values)


def _stored_attributes(operation: Operation) -> dict[str, Any]:
    """What a user's class has stored on an instance, in its slots too."""
    slots = (
        name
        for cls in type(operation).__mro__
        if cls is not Operation and issubclass(cls, Operation)
        for name in vars(cls).get("__slots__", ())
    )
    in_slots = {n: getattr(operation, n) for n in slots if hasattr(operation, n)}
    return in_slots | getattr(operation, "__dict__", {})


def _holds_nodes(value: Any) -> bool:
    if isinstance(value, Operators | Graph):
        return True
    if isinstance(value, Mapping):
        return any(map(_holds_nodes, value.values()))
    return isinstance(value, list | tuple) and any(map(_holds_nodes, value))


def only_output(operation: Operation) -> Tensor:
    if len(operation._outputs) != 1:
        raise GraphError(
            f"{operation._name!r} has {len(operation._outputs)} outputs, "
            "so it does not stand for one value"
        )
    return operation._outputs[0]


class Stored(Operators):
    """What the graph knows of a variable; `ops.state.Variable` derives from it.

    `tensor` is where its value is kept: feeding or fetching the variable means this
    tensor. `value()` is a reading of it: what an operation gets as its input.
    """

    __slots__ = ("initializer", "tensor")

    tensor: Tensor
    initializer: Operation

    def value(self) -> Tensor:
        """A tensor that reads the variable."""
        raise NotImplementedError


class Composite(Operators):
    """Several tensors that stand for one value; `ops.slices` has such a class.

    Fetching it gives the values of its `parts` in their namedtuple, where a part but
    the first may be None; an operation gets `dense()` as its input.
    """

    __slots__ = ()

    @property
    def parts(self) -> tuple[Tensor | None, ...]:
        """The tensors, in a namedtuple."""
        raise NotImplementedError

    @property
    def graph(self) -> Graph:
        """The graph that it belongs to."""
        raise NotImplementedError

    def dense(self) -> Tensor:
        """A tensor of the value that it stands for."""
        raise NotImplementedError


Node = Tensor | Operation | Stored
"""What stands for a node of the graph in a user's program."""


def _node(tensor: Tensor) -> Node:
    """What the user calls the operation behind `tensor`."""
    op = tensor.op
    if op._op.role in ("variable", "read"):
        origin = op if op._op.role == "variable" else op._inputs[0].op
        return next(v for v in tensor.graph.variables if v.tensor.op is origin)
    return tensor if type(op) is Operation else op


# From what users write to an operation


def build(
    op: OpDef,
    values: tuple[Any, ...],
    attrs: dict[str, Any] | None = None,
    name: str | None = None,
) -> Operation:
    """A new operation on `values`, in their graph or else the default graph."""
    operation = object.__new__(Operation)
    operation._build(graph_of(values), op, values, attrs or {}, name)
    return operation


def apply(
    op: OpDef,
    values: tuple[Any, ...],
    attrs: dict[str, Any] | None = None,
    name: str | None = None,
) -> Tensor:
    """The output of a new operation on `values`."""
    return build(op, values, attrs, name)._outputs[0]


def standing_for(value: Any) -> Tensor | None:
    """The tensor that an operand stands for; None if it is a value."""
    if isinstance(value, Tensor):
        return value
    if isinstance(value, Stored):
        return value.value()
    if isinstance(value, Operation):
        return only_output(value)
    return value.dense() if isinstance(value, Composite) else None


def packed(value: Any, name: str | None = None) -> Any:
    """`value`, but one tensor for a list with tensors in it."""
    if not isinstance(value, list | tuple) or next(_nodes_in(value), None) is None:
        return value
    return apply(OPS["stack"], tuple(value), {"axis": 0}, name or "packed")


def _nodes_in(values: Iterable[Any]) -> Iterator[Any]:
    """What stands for a tensor among `values` and in the lists among them."""
    for value in values:
        if isinstance(value, Operators):
            yield value
        elif isinstance(value, list | tuple):
            yield from _nodes_in(value)


def _stored(value: Any) -> Tensor | None:
    """The tensor that feeding, fetching or waiting for `value` means."""
    if isinstance(value, Stored):
        return value.tensor
    return value.parts[0] if isinstance(value, Composite) else standing_for(value)


def _operation(element: Tensor | Operation) -> Operation:
    return element if isinstance(element, Operation) else element.op


def graph_of(values: tuple[Any, ...]) -> Graph:
    for value in values:
        if type(value) is Tensor:  # the usual case, and the quickest to tell
            return value.op._graph
    for value in _nodes_in(values):
        if isinstance(value, Tensor | Operation):
            return value._graph if isinstance(value, Operation) else value.op._graph
        if isinstance(value, Stored):
            return value.tensor.op._graph
        if isinstance(value, Composite):
            return value.graph
    return get_default_graph()


def _operands(
    op: OpDef, values: tuple[Any, ...], graph: Graph
) -> list[Tensor | _Constant]:
    tensors = [
        value if type(value) is Tensor else standing_for(packed(value))
        for value in values
    ]
    for tensor in tensors:
        if tensor is not None and tensor.op._graph is not graph:
            raise GraphError(
                f"cannot build {op.name}: its inputs {_described(tensors[0])} and "
                f"{_described(tensor)} are in different graphs"
            )
    dtype = _agreed_dtype(op, tensors)
    operands: list[Any] = tensors
    if None in tensors:
        operands, dtype = _with_constants(op, values, tensors, dtype)
    if op.kinds and dtype is not None and dtype.kind not in op.kinds:
        raise DTypeError(
            f"takes {' or '.join(_KINDS[kind] for kind in op.kinds)}, "
            f"got {dtype}; cast() its input"
        )
    return operands


def _with_constants(
    op: OpDef,
    values: tuple[Any, ...],
    tensors: list[Tensor | None],
    dtype: ArrayDType | None,
) -> tuple[list[Tensor | _Constant], ArrayDType | None]:
    """The operands, constants where there is no tensor, and the dtype they agree on."""
    agreeing = range(len(values))[slice(*op.agree)]
    operands: list[Tensor | _Constant] = []
    for i, (value, tensor) in enumerate(zip(values, tensors, strict=True)):
        if tensor is not None:
            operands.append(tensor)
        elif i not in agreeing:
            operands.append(_Constant(value, None))
        elif (
            dtype is None
            and type(value) in _NUMBERS
            and any(t is not None for t in tensors[slice(*op.agree)])
        ):
            operands.append(_Number(value))
        else:
            constant = _Constant(value, dtype)
            dtype = constant.spec.dtype
            operands.append(constant)
    return operands, dtype


_NUMBERS = (int, float, complex, bool)
_KINDS = {
    "b": "bool",
    "i": "int",
    "u": "unsigned int",
    "f": "float",
    "c": "complex",
    "O": "string",
}


def _agreed_dtype(op: OpDef, tensors: list[Tensor | None]) -> ArrayDType | None:
    agreed = None
    for tensor in tensors[slice(*op.agree)]:
        if tensor is None or tensor.spec.dtype is None:
            continue
        if agreed is None:
            agreed = tensor.spec.dtype
        elif agreed != tensor.spec.dtype:
            raise DTypeError(
                f"its inputs need one dtype, got {agreed} and {tensor.spec.dtype}; "
                "cast() one of them"
            )
    return agreed


def _described(value: Any) -> str:
    if isinstance(value, Tensor):
        return f"{value.name!r} {value.spec}"
    tensor = _stored(value)
    if tensor is not None:
        return _described(tensor)
    return described(value)


def _param(op: OpDef, i: int) -> str:
    if i < len(op.params):
        return op.params[i]
    return f"{op.params[-1] if op.params else 'input'}_{i}"


class _Constant:
    """A value on its way to become a constant, once its op is known to be right."""

    __slots__ = ("spec", "value")

    def __init__(self, value: Any, dtype: ArrayDType | None) -> None:
        self.value = as_constant(value, dtype)
        self.spec = Spec(self.value.dtype, self.value.shape)

    def tensor(self, graph: Graph, name: str, made_at: tuple[CodeType, int]) -> Tensor:
        operation = object.__new__(Operation)
        attrs = {"value": self.value}
        operation._fill(graph, CONSTANT, (), attrs, self.spec, name, made_at)
        return operation._outputs[0]


class _Number(_Constant):
    """A Python number that meets a tensor of unknown dtype: NumPy will decide."""

    __slots__ = ()

    def __init__(self, value: Any) -> None:
        self.value = value
        self.spec = Spec(None, ())


# The ops that values enter a graph by


def _given(*, value: Any) -> Any:
    return value


def _constant_spec(*, value: Any) -> Spec:
    return Spec(value.dtype, value.shape)


def _not_fed(**attrs: Any) -> NoReturn:
    raise AssertionError("a placeholder is fed before a run starts")


def _declared(*, dtype: ArrayDType | None, shape: Any) -> Spec:
    return Spec(dtype, shape)


def _a_number() -> Spec:
    return Spec(np.dtype(np.int64), ())


def _a_truth() -> Spec:
    return Spec(np.dtype(np.bool_), ())


CONSTANT = OpDef("Const", _given, _constant_spec, role="constant")
PLACEHOLDER = OpDef("Placeholder", _not_fed, _declared, role="placeholder")
RUN_NUMBER = OpDef("run_number", _not_fed, _a_number, role="run")
HAS_VALUE = OpDef("?", _not_fed, _a_truth, role="known")


# What `[]` means


def _is_mask(key: Any) -> bool:
    """Whether a key chooses elements by bools."""
    spec = key.spec if isinstance(key, Tensor) else key
    return getattr(spec, "dtype", None) == np.dtype(bool) and spec.shape != ()


def split_index(key: Any) -> tuple[tuple[Any, ...], list[Any]]:
    """An index as a hashable pattern, and the tensors that belong in its holes.

    A slice becomes `(start, stop, step)` and a tensor the hole `"#"`:

    >>> split_index((0, slice(1, None), ...))
    ((0, (1, None, None), Ellipsis), [])
    """
    tensors: list[Any] = []

    def entry(part: Any) -> Any:
        if part is None or part is Ellipsis:
            return part
        if isinstance(part, slice):
            return tuple(bound(b) for b in (part.start, part.stop, part.step))
        return bound(part)

    def bound(part: Any) -> Any:
        if part is None or (isinstance(part, int) and not isinstance(part, bool)):
            return part
        if isinstance(part, np.integer | Dimension):
            return int(part)
        if isinstance(part, Operators):
            tensors.append(part)
            return "#"
        raise DTypeError(
            "index a tensor with ints, slices, ..., None or tensors of one int, "
            f"got {_described(part)}"
        )

    parts = key if isinstance(key, tuple) else (key,)
    return tuple(map(entry, parts)), tensors


# What is current in this thread


class _Current(threading.local):
    graph: Graph | None = None
    session: Any = None

    def __init__(self) -> None:
        self.snapshots: WeakKeyDictionary[Tensor, Any] = WeakKeyDictionary()


CURRENT = _Current()


def get_default_graph() -> Graph:
    """The graph that new operations enter, unless their inputs are in another.

    >>> x = df.constant(1.0)
    >>> x.graph is df.get_default_graph()
    True
    """
    if CURRENT.graph is None:
        CURRENT.graph = Graph()
    return CURRENT.graph


def reset_default_graph() -> None:
    """Make a new, empty graph the default graph.

    >>> x = df.constant(1.0)
    >>> df.reset_default_graph()
    >>> df.get_default_graph().get_operations()
    []
    """
    CURRENT.graph = Graph()


class _DefaultGraph:
    """The graph is the default from now on; at the end of a `with`, no longer."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._outer = CURRENT.graph
        CURRENT.graph = graph

    def __enter__(self) -> Graph:
        CURRENT.graph = self._graph
        return self._graph

    def __exit__(self, *exception: object) -> None:
        CURRENT.graph = self._outer


def get_default_session() -> Any:
    """The session that `tensor.eval()` uses; None if there is none in this thread.

    >>> with df.Session("sync") as mine:
    ...     df.get_default_session() is mine
    True
    """
    return CURRENT.session


def default_session() -> Any:
    """The same; `NoSessionError` (a ValueError) if there is none."""
    if CURRENT.session is None:
        raise NoSessionError(
            "no default session in this thread; use `with Session():`, an "
            "InteractiveSession, or pass session="
        )
    return CURRENT.session


GRAPH_WRITERS: list[Callable[..., Any]] = []
"""Writes a graph as data; graph_def.py, which knows variables, enters it."""

SESSION_OPENERS: list[Callable[[Graph], Any]] = []
"""Opens a session on a graph where none is the default one; session.py enters it."""


def _snapshot(tensor: Tensor) -> Any:
    session = CURRENT.session
    if session is None or session.graph is not tensor.graph:
        session = SESSION_OPENERS[0](tensor.graph)
    return session.snapshot(tensor)


_PACKAGE = dirname(__file__) + sep


def user_line(operation: Operation) -> tuple[CodeType, int]:
    """Where a user's program makes `operation`: code and instruction.

    That is the nearest frame outside this package and the operation's own class.
    """
    frame = sys._getframe(2)
    while frame.f_back and (
        frame.f_code.co_filename.startswith(_PACKAGE) or _initializes(frame, operation)
    ):
        frame = frame.f_back
    return frame.f_code, frame.f_lasti


def _initializes(frame: FrameType, operation: Operation) -> bool:
    if type(operation) is Operation or frame.f_code.co_name != "__init__":
        return False
    return any(value is operation for value in frame.f_locals.values())
