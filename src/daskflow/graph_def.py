"""Graphs as data: `GraphDef`, written from a graph, and read into one again.

The bytes of one are a zip of JSON and `.npy` members; nothing in it is ever pickled.
"""

from __future__ import annotations

import io
import json
import os
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile

import numpy as np
from numpy.lib import format as npy

from daskflow.arrays import described, sealed
from daskflow.checkpoint import replacing
from daskflow.errors import DTypeError, GraphError, UnknownNameError
from daskflow.graph import (
    CONSTANT,
    GRAPH_WRITERS,
    HAS_VALUE,
    PLACEHOLDER,
    RUN_NUMBER,
    Graph,
    Operation,
    Tensor,
    get_default_graph,
    user_line,
)
from daskflow.opdef import OPS, OpDef
from daskflow.ops.state import VARIABLE, Variable
from daskflow.spec import STRING, DType, Spec
from daskflow.values import as_tensor, has_value, run_number

__all__ = ["GraphDef", "NodeDef", "import_graph_def", "write_graph"]

FORMAT = "daskflow graph 1"

SMALL = 1_024
"""Bytes of an array that stands among the settings; a larger one is a member."""


@dataclass
class NodeDef:
    """One operation as data.

    An `input` is `"a"`, the first output of the operation `a`, `"a:1"`, the second one,
    or `"^a"`, a control input. `op` is its type and `kernel` the name of its op in
    daskflow, `attr` has its settings.

    >>> x = df.placeholder(df.float32, name="x")
    >>> y = df.reduce_sum(x, axis=0, name="y")
    >>> node = y.graph.as_graph_def().node[-1]
    >>> node.name, node.op, node.input, node.attr["axis"]
    ('y', 'Sum', ['x'], 0)
    """

    name: str
    op: str
    input: list[str] = field(default_factory=list)
    device: str = ""
    attr: dict[str, Any] = field(default_factory=dict)
    kernel: str = ""


@dataclass
class VariableDef:
    """A variable as data: the names of what it consists of."""

    variable: str
    initial_value: str
    initializer: str
    reading: str
    trainable: bool

    def parts(self) -> Iterator[str]:
        """The names of its operations."""
        for name in (self.variable, self.initial_value, self.initializer, self.reading):
            yield name.partition(":")[0]


@dataclass
class GraphDef:
    """A graph as data: its operations in an order in which they can be built.

    >>> y = df.exp(df.placeholder(df.float32, name="x"), name="y")
    >>> graph_def = y.graph.as_graph_def()
    >>> [(node.name, node.op, node.input) for node in graph_def.node]
    [('x', 'Placeholder', []), ('y', 'Exp', ['x'])]
    >>> df.GraphDef.FromString(graph_def.SerializeToString()) == graph_def
    True
    """

    node: list[NodeDef] = field(default_factory=list)
    variables: list[VariableDef] = field(default_factory=list)

    def SerializeToString(self) -> bytes:  # noqa: N802  # as protobuf has it
        """It as bytes, which `ParseFromString` reads."""
        return packed(self.document)

    def ParseFromString(self, serialized: bytes) -> int:  # noqa: N802
        """Become what was serialized, and give the number of bytes."""
        document, decode = unpacked(serialized)
        self.CopyFrom(self.read(document, decode))
        return len(serialized)

    @classmethod
    def FromString(cls, serialized: bytes) -> GraphDef:  # noqa: N802
        """What was serialized."""
        graph_def = cls()
        graph_def.ParseFromString(serialized)
        return graph_def

    def CopyFrom(self, other: GraphDef) -> None:  # noqa: N802
        """Become a copy of `other`."""
        self.node = [replace(n, input=[*n.input], attr={**n.attr}) for n in other.node]
        self.variables = list(map(replace, other.variables))

    def ByteSize(self) -> int:  # noqa: N802
        """How many bytes it takes serialized."""
        return len(self.SerializeToString())

    def document(self, encode: Callable[[str, Any], Any]) -> dict[str, Any]:
        """It as JSON has it, if `encode` makes settings so."""
        nodes = [vars(n) | {"attr": encode(n.name, n.attr)} for n in self.node]
        return {"node": nodes, "variables": list(map(vars, self.variables))}

    @classmethod
    def read(cls, document: Any, decode: Callable[[Any], Any]) -> GraphDef:
        """What `document` gave."""
        nodes = [NodeDef(**n | {"attr": decode(n["attr"])}) for n in document["node"]]
        return cls(nodes, [VariableDef(**v) for v in document["variables"]])


# From a graph to data


def graph_def_of(
    graph: Graph,
    from_version: int | None = None,
    add_shapes: bool = False,
    is_complete: bool = True,
) -> GraphDef:
    """The operations of a graph, those from the number `from_version` on.

    With `add_shapes` each has its static shapes as the attr `_output_shapes`.
    `GraphError` for an operation of a user's class and a function of Python: such code
    is no data; unless it is not to be `is_complete`, to be looked at only.
    """
    operations = graph.get_operations()[from_version or 0 :]
    if is_complete:
        for op in operations:
            _check_known(op)
    nodes = [_node(op, add_shapes) for op in operations]
    names = {node.name for node in nodes}
    variables = [_variable_def(v) for v in graph.variables if isinstance(v, Variable)]
    return GraphDef(nodes, [v for v in variables if names.issuperset(v.parts())])


GRAPH_WRITERS.append(graph_def_of)


def _check_known(op: Operation) -> None:
    if type(op) is not Operation or _op_named(op._op.name) is not op._op:
        raise GraphError(
            f"{op._name!r} ({op._op.name}) cannot be exported: what it computes is "
            "code of the program, not data; build this part again after an import"
        )


def _node(op: Operation, add_shapes: bool) -> NodeDef:
    attrs = dict(op._attrs)
    if add_shapes:
        attrs["_output_shapes"] = [t.spec.shape for t in op._outputs]
    inputs = [t.op._name if t.index == 0 else t.name for t in op._inputs]
    inputs += [f"^{c._name}" for c in op._control_inputs]
    kind, device = op._op.label or op._op.name, op._graph._devices.get(op._name, "")
    return NodeDef(op._name, kind, inputs, device, attrs, op._op.name)


_OF_GRAPHS = {
    op.name: op for op in (CONSTANT, PLACEHOLDER, VARIABLE, RUN_NUMBER, HAS_VALUE)
}


def _op_named(name: str) -> OpDef | None:
    return OPS.get(name) or _OF_GRAPHS.get(name)


def _variable_def(variable: Variable) -> VariableDef:
    return VariableDef(
        variable.op.name,
        variable.initial_value.name,
        variable.initializer._name,
        variable._reading.name,
        variable.trainable,
    )


# From data to a graph


def import_graph_def(
    graph_def: GraphDef,
    input_map: Mapping[str, Any] | None = None,
    return_elements: Iterable[str] | None = None,
    name: str | None = None,
    op_dict: Any = None,
    producer_op_list: Any = None,
) -> list[Tensor | Operation] | None:
    """Build what `graph_def` describes, in the default graph under the scope `name`.

    The scope is `"import"` unless given, none where it is `""`; a name that is taken
    gets a number. `input_map` gives, for
    names of tensors in it, what to use instead, and `"^a"` stands for the control input
    `a`. The tensors and operations that `return_elements` names are returned. Variables
    in it start as they did; so a session restores or initializes them as its own.
    `op_dict` and `producer_op_list` are TensorFlow's, and nothing follows from them.

    >>> y = df.exp(df.placeholder(df.float32, name="x"), name="y")
    >>> graph_def = y.graph.as_graph_def()
    >>> [again] = df.import_graph_def(graph_def, {"x": 0.0}, ["y:0"], name="copy")
    >>> again.name, session.run(again)
    ('copy/y:0', np.float32(1.0))
    """
    scope = "import" if name is None else name
    imported = Import.of(graph_def, input_map, scope)
    if return_elements is None:
        return None
    return [imported.element(name) for name in return_elements]


def _full(name: str) -> str:
    """The whole name of an input: `"a:0"` for `"a"`."""
    return name if ":" in name or name.startswith("^") else f"{name}:0"


class Import:
    """A graph on its way in: its operations by the names that they have in the data."""

    def __init__(self, graph: Graph, given: Mapping[str, Any]) -> None:
        self.graph = graph
        self.operations: dict[str, Operation] = {}
        self.variables: dict[str, Variable] = {}
        self.given = given

    @classmethod
    def of(
        cls, graph_def: GraphDef, input_map: Mapping[str, Any] | None, scope: str
    ) -> Import:
        """All of `graph_def`, built in the default graph."""
        if not isinstance(graph_def, GraphDef):
            raise DTypeError(f"expected a GraphDef, got {described(graph_def)}")
        graph = get_default_graph()
        given = {_full(key): value for key, value in (input_map or {}).items()}
        imported = cls(graph, given)
        with graph.name_scope(scope):
            for node in graph_def.node:
                imported.add(node)
            imported.check_given(graph_def)
            for variable in graph_def.variables:
                imported.add_variable(variable)
        return imported

    def add(self, node: NodeDef) -> None:
        op = _op_named(node.kernel)
        if op is None:
            raise UnknownNameError(
                f"{node.name!r} is of the op {node.kernel or node.op!r}, which is not "
                "defined here; import the module that defines it first"
            )
        if op.role in ("run", "known"):
            self.operations[node.name] = self._source(node, op)
            return
        inputs = tuple([self.input(n) for n in node.input if not n.startswith("^")])
        control = tuple([self.control(n) for n in node.input if n.startswith("^")])
        attrs = {k: v for k, v in node.attr.items() if k != "_output_shapes"}
        specs = op.infer(*[t.spec for t in inputs], **attrs)
        with self.graph._lock:
            full = self.graph.unique_name(node.name)
            operation: Operation = object.__new__(Operation)
            line = user_line(operation)
            operation._fill(self.graph, op, inputs, attrs, specs, full, line, control)
            if node.device:
                self.graph._devices[full] = node.device
            if op.role == "placeholder":
                self.graph.placeholders.append(operation._outputs[0])
        self.operations[node.name] = operation

    def _source(self, node: NodeDef, op: OpDef) -> Operation:
        """What the session says of each run, which a graph has once."""
        if op.role == "run":
            return run_number(self.graph).op
        return has_value(self.input(node.name.removesuffix(HAS_VALUE.name))).op

    def input(self, name: str) -> Tensor:
        """The tensor that a name in the data stands for."""
        full = _full(name)
        if full in self.given:
            return as_tensor(self.given[full])
        operation, _, index = full.partition(":")
        outputs = self._operation(operation)._outputs
        if not index.isdigit() or int(index) >= len(outputs):
            raise UnknownNameError(
                f"{operation!r} has no output {index!r} in this graph"
            )
        return outputs[int(index)]

    def control(self, name: str) -> Operation:
        """The operation that a control input in the data stands for."""
        if name in self.given:
            given = self.given[name]
            return given if isinstance(given, Operation) else as_tensor(given).op
        return self._operation(name.removeprefix("^"))

    def element(self, name: str) -> Tensor | Operation:
        """The tensor or operation of that name in the data."""
        return self.input(name) if ":" in name else self._operation(name)

    def _operation(self, name: str) -> Operation:
        if name not in self.operations:
            raise UnknownNameError(
                f"there is no {name!r} in the imported graph, or only later in it"
            )
        return self.operations[name]

    def check_given(self, graph_def: GraphDef) -> None:
        """Raise `GraphError` for what `input_map` names that nothing takes."""
        taken = {_full(name) for node in graph_def.node for name in node.input}
        unused = sorted(self.given.keys() - taken)
        if unused:
            raise GraphError(f"input_map has {unused}, which nothing imported takes")

    def add_variable(self, known: VariableDef) -> None:
        """The variable whose operations have been added."""
        variable: Variable = object.__new__(Variable)
        variable.tensor = self.input(known.variable)
        variable.initial_value = self.input(known.initial_value)
        variable.initializer = self._operation(known.initializer)
        variable._reading = self.input(known.reading)
        variable.constraint = None
        variable.trainable = known.trainable
        self.graph.variables.append(variable)
        self.variables[known.variable] = variable


# Data in a file


def write_graph(
    graph_or_graph_def: Graph | GraphDef,
    logdir: str | os.PathLike[str],
    name: str,
    as_text: bool = True,
) -> str:
    """Write a graph to the file `name` in the directory `logdir`, and give its path.

    The directory is made if there is none. `GraphDef.ParseFromString` reads the bytes
    of the file, be it text or not.

    >>> import os, tempfile
    >>> y = df.exp(df.placeholder(df.float32, name="x"), name="y")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = df.train.write_graph(y.graph, folder, "graph.pbtxt")
    ...     with open(path, "rb") as file:
    ...         graph_def = df.GraphDef.FromString(file.read())
    >>> os.path.basename(path), [node.name for node in graph_def.node]
    ('graph.pbtxt', ['x', 'y'])
    """
    graph_def = graph_or_graph_def
    if isinstance(graph_def, Graph):
        graph_def = graph_def_of(graph_def)
    os.makedirs(logdir, exist_ok=True)
    path = os.path.join(logdir, name)
    with replacing(path) as file:
        file.write(packed(graph_def.document, as_text))
    return path


def packed(
    document: Callable[[Callable[[str, Any], Any]], Any], as_text: bool = False
) -> bytes:
    """What `document` gives, as bytes; it gets a function that makes settings plain.

    Arrays that are not small are members of their own in a zip; in text all of them are
    base64 in the JSON.
    """
    arrays: list[bytes] = []

    def encode(name: str, value: Any) -> Any:
        return _plain(value, arrays, name)

    content = {"format": FORMAT, **document(encode)}
    if as_text:
        content["arrays"] = [b64encode(array).decode() for array in arrays]
        return json.dumps(content, indent=1).encode()
    file = io.BytesIO()
    with ZipFile(file, "w") as archive:
        archive.writestr("graph.json", json.dumps(content), ZIP_DEFLATED)
        for i, array in enumerate(arrays):
            archive.writestr(f"{i}.npy", array)
    return file.getvalue()


def unpacked(serialized: bytes) -> tuple[Any, Callable[[Any], Any]]:
    """A document, and a function that makes its plain settings what they were."""
    try:
        content, array = _members(serialized)
        if content["format"] != FORMAT:
            raise ValueError(f"its format is {content['format']!r}")
    except (BadZipFile, KeyError, TypeError, ValueError) as error:
        raise GraphError(
            f"expected the bytes of a graph of daskflow, got others: {error}"
        ) from None
    return content, lambda plain: _setting(plain, array)


def _members(serialized: bytes) -> tuple[Any, Callable[[int], bytes]]:
    if serialized[:1] == b"{":
        content = json.loads(serialized)
        return content, lambda i: b64decode(content["arrays"][i])
    archive = ZipFile(io.BytesIO(serialized))
    return json.loads(archive.read("graph.json")), lambda i: archive.read(f"{i}.npy")


def _plain(value: Any, arrays: list[bytes], name: str) -> Any:
    """A setting as JSON has it; what JSON has not is `{kind: ...}`."""
    if isinstance(value, np.ndarray | np.generic):
        return _plain_array(value, arrays)
    if value is None or isinstance(value, bool | int | float | str):
        return value
    for kind, (cls, plain, _) in _KINDS.items():
        if isinstance(value, cls):
            parts = plain(value)
            if kind in ("tuple", "dict"):
                return {kind: [_plain(part, arrays, name) for part in parts]}
            return {kind: parts}
    if isinstance(value, list):
        return [_plain(part, arrays, name) for part in value]
    raise GraphError(
        f"{name!r} cannot be exported: one of its settings is {described(value)}, "
        "which is code or an object of the program"
    )


def _plain_array(value: Any, arrays: list[bytes]) -> Any:
    array = np.asarray(value)
    if array.dtype == STRING:
        texts = [b64encode(text).decode() for text in array.flat]
        return {"texts": [list(array.shape), texts]}
    kind = "number" if isinstance(value, np.generic) else "array"
    if array.nbytes <= SMALL and array.flags.c_contiguous:
        data = b64encode(array.tobytes()).decode()
        return {kind: [array.dtype.str, list(array.shape), data]}
    file = io.BytesIO()
    npy.write_array(file, array, (1, 0), allow_pickle=False)
    arrays.append(file.getvalue())
    return {kind: len(arrays) - 1}


def _setting(plain: Any, array: Callable[[int], bytes]) -> Any:
    """The setting that is so written."""
    if isinstance(plain, list):
        return [_setting(part, array) for part in plain]
    if not isinstance(plain, dict):
        return plain
    [(kind, value)] = plain.items()
    if kind in ("array", "number"):
        read = _read_array(value, array)
        return read[()] if kind == "number" else sealed(read)
    if kind == "texts":
        shape, texts = value
        return sealed(_texts(map(b64decode, texts), shape))
    parts = _setting(value, array) if kind in ("tuple", "dict") else value
    return _KINDS[kind][2](parts)


def _read_array(value: Any, array: Callable[[int], bytes]) -> Any:
    if isinstance(value, int):
        return npy.read_array(io.BytesIO(array(value)), allow_pickle=False)
    dtype, shape, data = value
    return np.frombuffer(b64decode(data), dtype).reshape(shape)


def _texts(texts: Iterable[bytes], shape: Sequence[int]) -> Any:
    values = list(texts)
    result = np.empty(len(values), object)
    result[:] = values
    return result.reshape(shape)


def _spec(parts: Any) -> Spec:
    dtype, shape = parts
    known = None if dtype is None else DType(dtype).dtype
    return Spec(known, None if shape is None else tuple(shape))


_KINDS: dict[str, tuple[Any, Callable[[Any], Any], Callable[[Any], Any]]] = {
    "spec": (
        Spec,
        lambda s: (s.dtype and DType(s.dtype).name, s.shape),
        _spec,
    ),
    "tuple": (tuple, list, tuple),
    "dict": (dict, lambda d: list(d.items()), lambda pairs: dict(map(tuple, pairs))),
    "dtype": (np.dtype, lambda d: DType(d).name, lambda name: DType(name).dtype),
    "bytes": (bytes, lambda b: b64encode(b).decode(), b64decode),
    "complex": (complex, lambda c: [c.real, c.imag], lambda parts: complex(*parts)),
    "ellipsis": (type(...), lambda _: True, lambda _: ...),
    "slice": (
        slice,
        lambda s: [s.start, s.stop, s.step],
        lambda parts: slice(*parts),
    ),
}
"""Classes that settings have: to JSON, and from there."""
