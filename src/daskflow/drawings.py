"""Diagrams of graphs, of what is next to an operation, and of plans.

It stands below `graph.py`, so that a graph can show itself; so it takes operations and
plans without knowing their classes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from typing import Any

from daskflow.opdef import Role
from daskflow.pictures.diagram import Diagram, Edge, Kind, Vertex
from daskflow.spec import UNKNOWN, Spec, shape_text

NEAR = 8
"""Operations before one, and after it, that are drawn beside it."""

LEVELS = 2
"""Levels above an operation, and below it, in the tree around it."""

BRANCHES = 4
"""Inputs of an operation that the tree shows; of the others it gives the number."""

KINDS: dict[Role, Kind] = {
    "constant": "constant",
    "placeholder": "placeholder",
    "variable": "variable",
    "assign": "assign",
    "update": "assign",
}


def graph_diagram(operations: Iterable[Any]) -> Diagram:
    """Operations as they were built; a variable with its reading and initializer.

    What lies in the name scope of a variable is drawn as the variable.
    """
    operations = list(operations)
    variables = {op._name for op in operations if op._op.role == "variable"}
    home = {op: _home(op._name, variables) for op in operations}
    vertices = [_vertex(op) for op in operations if home[op] == op._name]
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


def _edges(op: Any, home: Mapping[Any, str]) -> Iterator[Edge]:
    for t in op._inputs:
        if t.op in home:
            title = f"{t.name} {t.spec}"
            yield Edge(home[t.op], home[op], shape_label(t.spec), title)
    for before in op._control_inputs:
        if before in home:
            yield Edge(home[before], home[op], is_control=True)


def near_diagram(op: Any) -> Diagram:
    """An operation with those that it takes from, and those that take from it."""
    before = dict.fromkeys([*(t.op for t in op._inputs), *op._control_inputs])
    after = dict.fromkeys(c for t in op._outputs for c in op._graph.consumers_of(t))
    shown = dict.fromkeys([*[*before][:NEAR], op, *[*after][:NEAR]])
    names = {other: other._name for other in shown}
    edges = [
        e for o in shown for e in _edges(o, names) if op._name in (e.source, e.target)
    ]
    vertices = [_vertex(other, marked=other is op) for other in shown]
    for others, is_before in ((before, True), (after, False)):
        if len(others) > NEAR:
            more = f"{len(others) - NEAR} more"
            id = f"{more} {'before' if is_before else 'after'}"
            vertices.append(Vertex(id, more, "constant"))
            edges.append(Edge(id, op._name) if is_before else Edge(op._name, id))
    return Diagram({v.id: v for v in vertices}, tuple(dict.fromkeys(edges)))


def near_tree(op: Any, needed: Set[str], specs: Mapping[str, Spec], mark: str) -> str:
    """An operation with what it takes from below it, and what takes from it above.

    Of those above it are in the tree which the run needs. A line has a name, dtype and
    shape (by tensor id in `specs`, where the run knows more than the graph does) and,
    where the name does not say it, the kind of operation; `mark` stands behind `op`.
    """
    path = [op]
    for _ in range(LEVELS):
        after = (c for t in path[-1]._outputs for c in op._graph.consumers_of(t))
        top = next((c for c in after if c._name in needed and c not in path), None)
        path += [] if top is None else [top]
    rows = list(_rows(path[-1], path, LEVELS, {op}))
    width = max(len(name) for name, *_ in rows)
    return "\n".join(
        f"{name:{width}}  {_known(o, specs)}{mark if o is op else ''}".rstrip()
        for name, o in rows
    )


def _rows(
    op: Any, path: Sequence[Any], levels: int, shown: set[Any], lead: str = ""
) -> Iterator[tuple[str, Any]]:
    """Each line of the tree below `op`: the name behind its branch, and whose it is."""
    yield lead + op._name, op
    is_above = op in path[1:]
    if not levels or (op in shown and op not in path):
        return
    shown.add(op)
    stem = lead.replace("├─", "│ ").replace("└─", "  ")
    inputs = list(dict.fromkeys(t.op for t in op._inputs))
    most = {*inputs[:BRANCHES], *path}
    kept = [other for other in inputs if other in most]
    more = len(inputs) - len(kept)
    for other in kept:
        branch = "├─ " if more or other is not kept[-1] else "└─ "
        below = LEVELS if other in path else 0 if is_above else levels - 1
        yield from _rows(other, path, below, shown, stem + branch)
    if more:
        yield f"{stem}└─ and {more} more", None


def _known(op: Any, specs: Mapping[str, Spec]) -> str:
    """Dtype and shape of what an operation gives, and its kind."""
    if op is None:
        return ""
    known = []
    for t in op._outputs:
        run, built = specs.get(t.id, UNKNOWN), t.spec
        shape = built.shape if run.shape is None else run.shape
        known.append(str(Spec(run.dtype or built.dtype, shape)))
    kind = type_of(op)
    named = op._name.rpartition("/")[2].lower().startswith(kind.lower())
    return ", ".join(known) + ("" if named else f"  ({kind})")


def _vertex(op: Any, *, marked: bool = False) -> Vertex:
    kind = KINDS.get(op._op.role, "op")
    return Vertex(op._name, type_of(op), kind, title=title_of(op), marked=marked)


def type_of(op: Any) -> str:
    """The kind of operation it is, as TensorFlow calls it."""
    name: str = op._op.label or op._op.name
    return name


def title_of(op: Any) -> str:
    """What is known of an operation."""
    specs = ", ".join(str(t.spec) for t in op._outputs)
    return f"{op._name} = {op._op.name}(): {specs or 'no value'}"


def shape_label(spec: Spec) -> str:
    """The shape as it stands on an edge; nothing where that is unknown."""
    return "" if spec.shape is None else shape_text(spec.shape)


SOURCES: Mapping[str, tuple[str, Kind]] = {
    "feed": ("fed", "placeholder"),
    "variable": ("variable", "variable"),
    "run": ("number of the run", "constant"),
    "known": ("whether it has a value", "constant"),
}
"""What the inputs of a plan are, and how they are drawn."""


def plan_diagram(
    plan: Any,
    specs: Mapping[str, Spec] | None = None,
    groups: Sequence[Sequence[str]] = (),
    costs: Mapping[str, float] | None = None,
    caption: str = "",
) -> Diagram:
    """The nodes of a plan with what they start from.

    What is fetched or stored is marked. `groups` of nodes have a colour each; `costs`
    are the seconds that nodes take.
    """
    specs, costs = specs or {}, costs or {}
    group_of = {id: i for i, group in enumerate(groups) for id in group}
    wanted = {*plan.wanted}
    taken = {id for n in plan.nodes.values() for id in (*n.inputs, *n.after)} | wanted
    stored = {id: variable for variable, id in plan.updates.items()}

    def vertex(id: str, op: str, kind: Kind) -> Vertex:
        title = f"{id} = {op}: {specs.get(id, UNKNOWN)}"
        if id in stored:
            title += f", stored in {stored[id]}"
        group, seconds = group_of.get(id), costs.get(id)
        marked = id in wanted
        return Vertex(
            id, op, kind, title=title, group=group, seconds=seconds, marked=marked
        )

    vertices = [
        vertex(id, *SOURCES[source])
        for id, source in plan.inputs.items()
        if id in taken
    ]
    vertices += [
        vertex(id, "constant", "constant") for id in plan.values if id in taken
    ]
    vertices += [
        vertex(id, node.op.label or node.op.name, KINDS.get(node.op.role, "op"))
        for id, node in plan.nodes.items()
    ]
    edges = []
    for id, node in plan.nodes.items():
        for needed in node.inputs:
            spec = specs.get(needed, UNKNOWN)
            edges.append(Edge(needed, id, shape_label(spec), f"{needed} {spec}"))
        edges += [Edge(before, id, is_control=True) for before in node.after]
    return Diagram.of(vertices, edges, caption)
