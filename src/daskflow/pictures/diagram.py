"""What a picture shows, before anybody knows where: vertices, edges and boxes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

Kind = Literal["op", "placeholder", "variable", "constant", "assign", "scope"]


@dataclass(frozen=True, slots=True)
class Vertex:
    """A node as it is drawn.

    `box` is the innermost box that it is in, "" for none. `title` is all that is known
    of it. It may stand for a `count` of nodes, be in a `group` of nodes that run as one
    task, and take so many `seconds`. One that is `marked` is what is asked for.
    """

    id: str
    op: str
    kind: Kind = "op"
    box: str = ""
    title: str = ""
    count: int = 1
    group: int | None = None
    seconds: float | None = None
    marked: bool = False

    @property
    def label(self) -> str:
        """Its name, without that of the box around it."""
        return self.id.removeprefix(f"{self.box}/") if self.box else self.id

    @property
    def note(self) -> str:
        """What stands below its name: op and time, where the name does not say it."""
        if self.count > 1:
            what = f"{self.count:,} nodes"
        else:
            last = self.label.rpartition("/")[2].lower()
            what = "" if last.startswith(self.op.lower()) else self.op
        time = "" if self.seconds is None else time_text(self.seconds)
        return " · ".join(text for text in (what, time) if text)


@dataclass(frozen=True, slots=True)
class Edge:
    """From one vertex to another that takes its result, or only runs after it.

    `label` is what is known of the shape, `title` of all the rest.
    """

    source: str
    target: str
    label: str = ""
    title: str = ""
    is_control: bool = False


@dataclass(frozen=True)
class Diagram:
    """Vertices by id, edges between them, and boxes, each with the one around it."""

    vertices: Mapping[str, Vertex]
    edges: tuple[Edge, ...]
    boxes: Mapping[str, str] = field(default_factory=dict)
    caption: str = ""

    @classmethod
    def of(
        cls, vertices: Iterable[Vertex], edges: Iterable[Edge], caption: str = ""
    ) -> Diagram:
        """The diagram in which the boxes are the name scopes of the vertices."""
        by_id = {v.id: v for v in vertices}
        constants = {id for id, v in by_id.items() if v.kind == "constant"}
        boxes, home = boxes_of(by_id, constants)
        boxed = {id: replace(v, box=home[id]) for id, v in by_id.items()}
        kept = dict.fromkeys(e for e in edges if e.source != e.target)
        return cls(boxed, tuple(kept), boxes, caption)

    def around(self, box: str) -> Iterator[str]:
        """The box and those around it, from the inside; not the whole picture."""
        while box:
            yield box
            box = self.boxes[box]


def boxes_of(
    names: Collection[str], constants: Collection[str] = ()
) -> tuple[dict[str, str], dict[str, str]]:
    """The name scopes that are worth a box, and the innermost box of each name.

    A scope that holds a single thing is none, and neither is one whose `constants`
    only belong to the node of its name, as in `mul`, `mul/y`. Each box maps to the
    one around it.

    >>> boxes_of(["x", "a/b/y", "a/b/z", "mul", "mul/y"], {"mul/y"})
    ({'a/b': ''}, {'x': '', 'a/b/y': 'a/b', 'a/b/z': 'a/b', 'mul': '', 'mul/y': ''})
    """
    scopes = {s for name in names if name not in constants for s in _scopes(name)}
    inner = {name: name if name in scopes else _outer(name, scopes) for name in names}
    contents = Counter(inner.values())
    dropped = set()
    for scope in sorted(scopes, key=lambda s: -s.count("/")):
        outer = _outer(scope, scopes)
        if contents[scope] < 2:
            dropped.add(scope)
            contents[outer] += contents[scope]
        else:
            contents[outer] += 1
    kept = scopes - dropped
    home = {n: s if s in kept else _outer(s, kept) for n, s in inner.items()}
    return {scope: _outer(scope, kept) for scope in sorted(kept)}, home


def _scopes(name: str) -> Iterator[str]:
    """The scopes that a name is in, the outermost first."""
    end = name.find("/")
    while end >= 0:
        if end:
            yield name[:end]
        end = name.find("/", end + 1)


def _outer(name: str, scopes: Collection[str]) -> str:
    """The innermost of the scopes around a name."""
    while name:
        name = name.rpartition("/")[0]
        if name in scopes:
            return name
    return ""


def folded(diagram: Diagram, limit: int) -> Diagram:
    """The diagram with boxes folded into a vertex each, until few enough are left.

    The innermost boxes go first, and of these the fullest. Where all boxes together are
    not enough, vertices that are alike become one.
    """
    return folding(diagram, limit)[0]


def folding(diagram: Diagram, limit: int) -> tuple[Diagram, dict[str, str]]:
    """The same, and for each vertex of before the one that it is a part of now."""
    if len(diagram.vertices) <= limit:
        return diagram, {id: id for id in diagram.vertices}
    stands_for: dict[str, str] = {}
    contents: dict[str, list[str]] = {}
    for vertex in diagram.vertices.values():
        contents.setdefault(vertex.box, []).append(vertex.id)
    depth = {box: sum(1 for _ in diagram.around(box)) for box in diagram.boxes}
    left = len(diagram.vertices)
    boxes = dict(diagram.boxes)
    while boxes and left > limit:
        deepest = max(depth[box] for box in boxes)
        level = [box for box in boxes if depth[box] == deepest]
        for box in sorted(level, key=lambda b: (-len(contents.get(b, ())), b)):
            if left <= limit:
                break
            inside = contents.pop(box, [])
            name = f"{box}/"  # which no node is called
            stands_for.update(dict.fromkeys(inside, name))
            left -= len(inside) - 1
            contents.setdefault(boxes.pop(box), []).append(name)
    if left > limit:
        stands_for |= _alike(diagram, contents[""], left - limit)
    return _merged(diagram, stands_for, boxes)


def _alike(diagram: Diagram, ids: Sequence[str], surplus: int) -> dict[str, str]:
    """One vertex for those of an op, or of a scope but for its number.

    The most frequent go first, until so many vertices are gone; if that is not enough,
    all that are left become one.
    """
    kinds: dict[str, list[str]] = {}
    for id in ids:
        vertex = diagram.vertices.get(id)
        kind = re.sub(r"_?\d+$", "", id[:-1]) if vertex is None else vertex.op
        kinds.setdefault(f"{kind}*", []).append(id)
    stands_for: dict[str, str] = {}
    for kind, members in sorted(kinds.items(), key=lambda kind: -len(kind[1])):
        if surplus <= 0:
            return stands_for
        if len(members) > 1:
            stands_for |= dict.fromkeys(members, kind)
            surplus -= len(members) - 1
    if surplus <= 0:
        return stands_for
    others = [kind if len(ids) > 1 else ids[0] for kind, ids in kinds.items()]
    return stands_for | dict.fromkeys(others[-surplus - 1 :], "others*")


def _merged(
    diagram: Diagram, stands_for: Mapping[str, str], boxes: Mapping[str, str]
) -> tuple[Diagram, dict[str, str]]:
    """The diagram with each vertex as part of what stands for it in the end."""

    def last(id: str) -> str:
        while id in stands_for:
            id = stands_for[id]
        return id

    place = {id: last(id) for id in diagram.vertices}
    members: dict[str, list[Vertex]] = {}
    for id, vertex in diagram.vertices.items():
        members.setdefault(place[id], []).append(vertex)
    vertices = {
        id: diagram.vertices[id]
        if id in diagram.vertices
        else _sum_of(id, parts, diagram.boxes)
        for id, parts in members.items()
    }
    bundles: dict[tuple[str, str, bool], list[Edge]] = {}
    for edge in diagram.edges:
        key = place[edge.source], place[edge.target], edge.is_control
        if key[0] != key[1]:
            bundles.setdefault(key, []).append(edge)
    edges = tuple(_bundled(*key, bundle) for key, bundle in bundles.items())
    return Diagram(vertices, edges, boxes, diagram.caption), place


def _sum_of(id: str, parts: list[Vertex], boxes: Mapping[str, str]) -> Vertex:
    """One vertex for all these."""
    groups = {part.group for part in parts}
    times = [part.seconds for part in parts if part.seconds is not None]
    ops = Counter(part.op for part in parts).most_common(5)
    is_box = id.endswith("/")
    return Vertex(
        id,
        ops[0][0],
        "scope" if is_box else parts[0].kind,
        boxes[id[:-1]] if is_box else "",
        f"{id}: " + ", ".join(f"{count} {op}" for op, count in ops),
        sum(part.count for part in parts),
        groups.pop() if len(groups) == 1 else None,
        sum(times) if times else None,
        any(part.marked for part in parts),
    )


def _bundled(source: str, target: str, is_control: bool, edges: list[Edge]) -> Edge:
    """One edge for several between the same two vertices."""
    if len(edges) == 1:
        return replace(edges[0], source=source, target=target)
    labels = {edge.label for edge in edges}
    label = labels.pop() if len(labels) == 1 else ""
    return Edge(source, target, label, f"{len(edges)} edges", is_control)


def time_text(seconds: float) -> str:
    """Three digits at most, and a unit.

    >>> [time_text(t) for t in (3.25e-7, 1.2e-5, 0.0345, 90)]
    ['0.3 µs', '12 µs', '34.5 ms', '90 s']
    """
    for unit, size in (("s", 1.0), ("ms", 1e-3)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    micro = seconds * 1e6
    return f"{micro:.1f} µs" if micro < 10 else f"{micro:.0f} µs"
