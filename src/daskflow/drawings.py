"""Diagrams of what users build: a graph, and what is next to one of its operations."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from daskflow.opdef import Role
from daskflow.pictures.diagram import Diagram, Edge, Kind, Vertex
from daskflow.spec import Spec, shape_text

KINDS: dict[Role, Kind] = {
    "constant": "constant",
    "placeholder": "placeholder",
    "variable": "variable",
    "assign": "assign",
    "update": "assign",
}


def graph_diagram(operations: Iterable[Any], marked: Any = None) -> Diagram:
    """Operations as they were built; a variable with its reading and initializer.

    What lies in the name scope of a variable is drawn as the variable.
    """
    operations = list(operations)
    variables = {op._name for op in operations if op._op.role == "variable"}
    home = {op: _home(op._name, variables) for op in operations}
    vertices = [
        Vertex(
            op._name,
            op._op.label or op._op.name,
            KINDS.get(op._op.role, "op"),
            title=title_of(op),
            marked=op is marked,
        )
        for op in operations
        if home[op] == op._name
    ]
    edges = [edge for op in operations for edge in _edges(op, home)]
    return Diagram.of(vertices, edges)


def _home(name: str, variables: set[str]) -> str:
    """The variable that an operation is a part of, or its own name."""
    outer = name
    while outer:
        if outer in variables:
            return outer
        outer = outer.rpartition("/")[0]
    return name


def _edges(op: Any, home: dict[Any, str]) -> Iterable[Edge]:
    for t in op._inputs:
        if t.op in home:
            title = f"{t.name} {t.spec}"
            yield Edge(home[t.op], home[op], shape_label(t.spec), title)
    for before in op._control_inputs:
        if before in home:
            yield Edge(home[before], home[op], is_control=True)


def title_of(op: Any) -> str:
    """All that is known of an operation, in two lines."""
    specs = ", ".join(str(t.spec) for t in op._outputs)
    return f"{op._name} = {op._op.name}(): {specs or 'no value'}"


def shape_label(spec: Spec) -> str:
    """The shape as it stands on an edge; nothing where that is unknown."""
    return "" if spec.shape is None else shape_text(spec.shape)
