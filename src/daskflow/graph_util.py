"""The names of `tf.graph_util`: parts of graphs, frozen graphs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from daskflow.errors import GraphError, UnknownNameError
from daskflow.graph_def import GraphDef, NodeDef, import_graph_def
from daskflow.missing import tell_missing

__all__ = [
    "convert_variables_to_constants",
    "extract_sub_graph",
    "import_graph_def",
    "remove_training_nodes",
]

tell_missing(__name__)


def extract_sub_graph(graph_def: GraphDef, dest_nodes: Iterable[str]) -> GraphDef:
    """The nodes that those named `dest_nodes` need, and they themselves.

    >>> x = df.placeholder(df.float32, name="x")
    >>> y, z = df.exp(x, name="y"), df.sin(x, name="z")
    >>> part = df.graph_util.extract_sub_graph(x.graph.as_graph_def(), ["y"])
    >>> [node.name for node in part.node]
    ['x', 'y']
    """
    if isinstance(dest_nodes, str):
        raise GraphError(f"dest_nodes is a list of names, got {dest_nodes!r}")
    nodes = {node.name: node for node in graph_def.node}
    needed: set[str] = set()
    ahead = list(dest_nodes)
    while ahead:
        name = ahead.pop()
        if name not in nodes:
            raise UnknownNameError(f"there is no node {name!r} in the graph")
        if name not in needed:
            needed.add(name)
            ahead += map(_node_of, nodes[name].input)
    kept = [node for name, node in nodes.items() if name in needed]
    variables = [v for v in graph_def.variables if needed.issuperset(v.parts())]
    return GraphDef(kept, variables)


def _node_of(input_name: str) -> str:
    """The name of the node that an input comes from."""
    return input_name.removeprefix("^").partition(":")[0]


def convert_variables_to_constants(
    sess: Any,
    input_graph_def: GraphDef,
    output_node_names: Iterable[str],
    variable_names_whitelist: Iterable[str] | None = None,
    variable_names_blacklist: Iterable[str] | None = None,
) -> GraphDef:
    """What the outputs need, with constants for the values of variables in `sess`.

    Those of the whitelist become constants, all unless given, none of the blacklist.

    >>> w = df.Variable([2.0, 3.0], name="w")
    >>> y = df.exp(w, name="y")
    >>> frozen = df.graph_util.convert_variables_to_constants(
    ...     session, w.graph.as_graph_def(), ["y"]
    ... )
    >>> [(node.name, node.op) for node in frozen.node]
    [('w', 'Const'), ('w/read', 'Identity'), ('y', 'Exp')]
    """
    part = extract_sub_graph(input_graph_def, output_node_names)
    names = [n.name for n in part.node if n.kernel == "Variable"]
    if variable_names_whitelist is not None:
        names = [name for name in names if name in set(variable_names_whitelist)]
    names = [n for n in names if n not in set(variable_names_blacklist or ())]
    by_name = {v.op.name: v for v in sess.graph.variables}
    found = sess.versions([by_name[name] for name in names])[0]
    values = {variable.op.name: value for variable, value in found.items()}
    nodes = [_frozen(node, values) for node in part.node]
    return GraphDef(nodes, [v for v in part.variables if v.variable not in values])


def _frozen(node: NodeDef, values: Mapping[str, Any]) -> NodeDef:
    """A node that depends on no variable that has a value."""
    if node.name in values:
        attr = {"value": values[node.name]}
        return NodeDef(node.name, "Const", [], node.device, attr, "Const")
    if not node.input or _node_of(node.input[0]) not in values:
        return node
    if node.kernel == "read":
        return replace(node, op="Identity", kernel="identity")
    raise GraphError(
        f"{node.name!r} ({node.op}) changes the variable {node.input[0]!r}, which was "
        "to be a constant; choose outputs that need no such node, or put the variable "
        "on the blacklist"
    )


def remove_training_nodes(
    input_graph: GraphDef, protected_nodes: Iterable[str] | None = None
) -> GraphDef:
    """The graph without nodes that only forward a value, but for the protected ones.

    >>> x = df.placeholder(df.float32, name="x")
    >>> y = df.exp(df.identity(x, name="same"), name="y")
    >>> shorter = df.graph_util.remove_training_nodes(x.graph.as_graph_def())
    >>> [(node.name, node.input) for node in shorter.node]
    [('x', []), ('y', ['x'])]
    """
    protected = set(protected_nodes or ())
    forwarded: dict[str, str] = {}
    kept = []
    for node in input_graph.node:
        inputs = [forwarded.get(name, name) for name in node.input]
        forwards = node.kernel in ("identity", "CheckNumerics") and len(inputs) == 1
        if forwards and node.name not in protected:
            forwarded[node.name] = inputs[0]
        else:
            kept.append(replace(node, input=[_control(n, forwarded) for n in inputs]))
    names = {node.name for node in kept}
    variables = [v for v in input_graph.variables if names.issuperset(v.parts())]
    return GraphDef(kept, variables)


def _control(name: str, forwarded: Mapping[str, str]) -> str:
    """A control input on a node that forwards is one on what it forwards."""
    if not name.startswith("^") or name[1:] not in forwarded:
        return name
    return "^" + _node_of(forwarded[name[1:]])
