"""Where everything of a diagram goes: layers of vertices, boxes around scopes.

The way is that of K. Sugiyama, S. Tagawa and M. Toda, "Methods for visual understanding
of hierarchical system structures", IEEE Transactions on Systems, Man and Cybernetics
11(2), 1981: layers, then an order within them by barycentres, then coordinates. Layers
are those of the longest path, with a bound on their width as in E. G. Coffman and
R. L. Graham, "Optimal scheduling for two-processor systems", Acta Informatica 1, 1972.
Boxes are kept together as in G. Sander, "Graph layout through the VCG tool", Graph
Drawing 1994: they have one order in all layers that they share.

Here order and coordinates are one thing: everything in a box, a vertex, another box or
the lane of a long edge, is a rectangle over some layers, which wants to be where its
neighbours are in the mean and may not overlap another one.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple
from unicodedata import east_asian_width

import numpy as np

from daskflow.pictures.diagram import Diagram, Edge, Vertex

LABEL, NOTE = 12.0, 10.0
"""Sizes of the two kinds of text; a letter is 0.6 times as wide."""

LONGEST = 32
"""Letters of a name that are shown."""

LINE, BAR = 15.0, 6.0  # the heights of a line of text, and of the bar below
MARGIN, HEADER, PADDING = 12.0, 20.0, 10.0
ACROSS, DOWN, STEM = 18.0, 34.0, 13.0
LANE = 4.0
SWEEPS = 12


class Rect(NamedTuple):
    """A rectangle: its upper left corner, width and height."""

    x: float
    y: float
    width: float
    height: float


Point = tuple[float, float]


class Line(NamedTuple):
    """An edge as Bezier curves: a point, and three more for each curve."""

    edge: Edge
    points: tuple[Point, ...]


class Text(NamedTuple):
    """The shape of what leaves a vertex: the left end of a line on half its height."""

    x: float
    y: float
    text: str


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the parts of a diagram are."""

    width: float
    height: float
    vertices: Mapping[str, Rect]
    boxes: Mapping[str, Rect]
    lines: tuple[Line, ...]
    texts: tuple[Text, ...]


def layout_of(diagram: Diagram) -> Layout:
    """The plain layout, which needs no program but this one."""
    return _Layered(diagram).layout()


# Sizes


def size_of(vertex: Vertex) -> tuple[float, float]:
    """The width and the height that the texts of a vertex need."""
    width = max(
        text_width(shortened(vertex.label), LABEL), text_width(vertex.note, NOTE)
    )
    if vertex.kind == "constant":
        return text_width(shortened(vertex.label), NOTE) + 12, LINE + 2
    lines = LINE * (2 if vertex.note else 1)
    return max(width + 18, 40.0), lines + 8 + (BAR if vertex.seconds else 0)


def shortened(text: str) -> str:
    """A text without its middle, where it is long."""
    if len(text) <= LONGEST:
        return text
    return f"{text[: LONGEST // 2 - 1]}…{text[-LONGEST // 2 :]}"


def text_width(text: str, size: float) -> float:
    """The width of a text in a font whose letters are all of one width."""
    if text.isascii():
        return len(text) * size * 0.602
    wide = sum(2 if east_asian_width(c) in "WF" else 1 for c in text)
    return wide * size * 0.602


def shapes_out_of(diagram: Diagram) -> dict[str, str]:
    """What is written below each vertex: the shapes on the edges that leave it."""
    labels: dict[str, dict[str, None]] = {}
    for edge in diagram.edges:
        if edge.label:
            labels.setdefault(edge.source, {})[shortened(edge.label)] = None
    return {
        id: " ".join([*texts][:2]) + (" …" if len(texts) > 2 else "")
        for id, texts in labels.items()
    }


# Layers


def layers_of(diagram: Diagram) -> tuple[dict[str, int], set[Edge]]:
    """The layer of each vertex, and the edges that are on a cycle and point upwards.

    An edge leads to a later layer. A vertex moves down to the first that needs it where
    that makes the edges shorter.
    """
    after: dict[str, list[str]] = {id: [] for id in diagram.vertices}
    for edge in diagram.edges:
        after[edge.source].append(edge.target)
    order, backward = _topological(after)
    turned = {e for e in diagram.edges if (e.source, e.target) in backward}
    before: dict[str, list[str]] = {id: [] for id in diagram.vertices}
    after = {id: [] for id in diagram.vertices}
    for edge in diagram.edges:
        ends = edge.source, edge.target
        source, target = ends[::-1] if edge in turned else ends
        before[target].append(source)
        after[source].append(target)
    most = max(8, math.ceil(1.5 * math.sqrt(len(order))))
    layers: dict[str, int] = {}
    taken: dict[int, int] = {}

    def put(id: str, layer: int, step: int) -> None:
        while taken.get(layer, 0) >= most:
            layer += step
        layers[id] = layer
        taken[layer] = taken.get(layer, 0) + 1

    for id in order:
        put(id, max((layers[b] for b in before[id]), default=-1) + 1, 1)
    for id in reversed(order):
        lowest = min((layers[a] for a in after[id]), default=0) - 1
        # What only leads here comes along, so its edges get no longer.
        staying = sum(bool(before[b] or len(after[b]) > 1) for b in before[id])
        if staying <= len(after[id]) and lowest > layers[id]:
            taken[layers[id]] -= 1
            put(id, lowest, -1)
    rows = {layer: i for i, layer in enumerate(sorted({*layers.values()}))}
    return {id: rows[layer] for id, layer in layers.items()}, turned


def _topological(
    after: Mapping[str, list[str]],
) -> tuple[list[str], set[tuple[str, str]]]:
    """An order by depth-first search, and the pairs that lead back in it."""
    order: list[str] = []
    backward: set[tuple[str, str]] = set()
    state: dict[str, int] = {}  # 1: on the way, 2: done
    for root in after:
        if root in state:
            continue
        state[root] = 1
        path = [(root, iter(after[root]))]
        while path:
            id, targets = path[-1]
            for target in targets:
                if target not in state:
                    state[target] = 1
                    path.append((target, iter(after[target])))
                    break
                if state[target] == 1:
                    backward.add((id, target))
            else:
                state[id] = 2
                order.append(id)
                path.pop()
    return order[::-1], backward


# Positions


@dataclass(slots=True, eq=False)
class _Item:
    """A rectangle over the layers `top` to `bottom`, with its middle at `x`."""

    top: int
    bottom: int
    width: float
    x: float = 0.0
    wish: float = 0.0


@dataclass(slots=True, eq=False)
class _Box(_Item):
    """A box with its items; the whole picture is one too."""

    items: tuple[_Item, ...] = ()
    begins: int = 0  # boxes with the same top, one in the other, this one included
    ends: int = 0
    least: float = 0.0


class _Layered:
    """The layout in the making."""

    def __init__(self, diagram: Diagram) -> None:
        self.diagram = diagram
        self.layers, self.turned = layers_of(diagram)
        self.shapes = shapes_out_of(diagram)
        with_shapes = {self.layers[id] for id in self.shapes}
        count = max(self.layers.values(), default=0) + 1
        self.stems = [STEM if i in with_shapes else 0.0 for i in range(count)]
        self.sizes = {id: size_of(v) for id, v in diagram.vertices.items()}
        self.items = {id: self._item(id) for id in diagram.vertices}
        self.lanes = self._lanes()
        self.boxes = self._boxes()
        self.neighbours = self._neighbours()
        self._place()

    def _item(self, id: str) -> _Item:
        layer = self.layers[id]
        shape = text_width(self.shapes.get(id, ""), NOTE)
        width = max(self.sizes[id][0], 2 * shape + 8)
        return _Item(layer, layer, width + ACROSS)

    def _ends(self, edge: Edge) -> tuple[str, str]:
        """The upper and the lower end of an edge."""
        if edge in self.turned:
            return edge.target, edge.source
        return edge.source, edge.target

    # Lanes: long edges out of one vertex go down together

    def _lanes(self) -> dict[tuple[str, bool], _Item]:
        """A lane for each vertex that others need which are not in the next layer."""
        last: dict[tuple[str, bool], int] = {}
        self.lane_box: dict[tuple[str, bool], str] = {}
        for edge in self.diagram.edges:
            upper, lower = self._ends(edge)
            if self.layers[lower] == self.layers[upper] + 1:
                continue
            key = self._lane_key(edge)
            last[key] = max(last.get(key, 0), self.layers[lower] - 1)
            box = self.lane_box.get(key, self.diagram.vertices[upper].box)
            self.lane_box[key] = self._common(box, self.diagram.vertices[lower].box)
        return {
            key: _Item(self.layers[key[0]] + 1, bottom, LANE + ACROSS / 2)
            for key, bottom in last.items()
        }

    def _lane_key(self, edge: Edge) -> tuple[str, bool]:
        return self._ends(edge)[0], edge.is_control

    def _common(self, box: str, other: str) -> str:
        """The innermost box around two."""
        around = {*self.diagram.around(other)}
        return next((b for b in self.diagram.around(box) if b in around), "")

    # Boxes

    def _boxes(self) -> dict[str, _Box]:
        """The boxes by name, each before the ones around it."""
        contents: dict[str, list[_Item]] = {
            box: [] for box in ("", *self.diagram.boxes)
        }
        for id, item in self.items.items():
            contents[self.diagram.vertices[id].box].append(item)
        for key, lane in self.lanes.items():
            contents[self.lane_box[key]].append(lane)
        boxes: dict[str, _Box] = {}
        for name in sorted(self.diagram.boxes, key=lambda box: -box.count("/")):
            box = boxes[name] = self._box(name, contents[name])
            contents[self.diagram.boxes[name]].append(box)
        boxes[""] = self._box("", contents[""])
        return boxes

    def _box(self, name: str, items: list[_Item]) -> _Box:
        top = min((item.top for item in items), default=0)
        bottom = max((item.bottom for item in items), default=0)
        inner = [item for item in items if isinstance(item, _Box)]
        begins = 1 + max((b.begins for b in inner if b.top == top), default=0)
        ends = 1 + max((b.ends for b in inner if b.bottom == bottom), default=0)
        title = name.removeprefix(f"{self.diagram.boxes.get(name)}/")
        least = text_width(shortened(title), NOTE) + 2 * PADDING
        return _Box(top, bottom, 0.0, 0.0, 0.0, tuple(items), begins, ends, least)

    # Coordinates across

    def _neighbours(self) -> list[tuple[_Item, list[_Item]]]:
        """What each vertex and each lane wants to be near to."""
        near: dict[int, tuple[_Item, list[_Item]]] = {
            id(item): (item, [])
            for item in (*self.items.values(), *self.lanes.values())
        }

        def join(a: _Item, b: _Item) -> None:
            near[id(a)][1].append(b)
            near[id(b)][1].append(a)

        for key, lane in self.lanes.items():
            join(self.items[key[0]], lane)
        for edge in self.diagram.edges:
            upper, lower = self._ends(edge)
            if self.layers[lower] > self.layers[upper] + 1:
                join(self.lanes[self._lane_key(edge)], self.items[lower])
            else:
                join(self.items[upper], self.items[lower])
        return [*near.values()]

    def _place(self) -> None:
        """Move everything to where its neighbours are, until that settles."""
        whole, count = self.boxes[""], len(self.stems)
        for i, item in enumerate(self.items.values()):
            item.wish = float(i)
        _arrange(whole, count)
        ways = sorted(self.neighbours, key=lambda way: way[0].top)
        for sweep in range(SWEEPS):
            for item, _ in ways:
                item.wish = item.x
            for item, near in ways[:: 1 if sweep % 2 else -1]:
                if near:
                    item.wish = sum(other.wish for other in near) / len(near)
            _arrange(whole, count)

    # Coordinates down, and everything together

    def layout(self) -> Layout:
        """The rectangles and lines, with the margin around them."""
        tops, heights = self._rows()
        whole = self.boxes[""]
        shift = MARGIN - min((i.x - i.width / 2 for i in whole.items), default=0.0)
        vertices = {}
        for id, item in self.items.items():
            width, height = self.sizes[id]
            y = tops[item.top] + (heights[item.top] - height) / 2
            vertices[id] = Rect(item.x + shift - width / 2, y, width, height)
        boxes = {
            name: self._rect(box, shift, tops, heights)
            for name, box in self.boxes.items()
            if name
        }
        lines = tuple(self._lines(vertices, shift, tops, heights))
        texts = tuple(
            Text(
                vertices[id].x + vertices[id].width / 2 + 4,
                vertices[id].y + vertices[id].height + STEM / 2,
                text,
            )
            for id, text in self.shapes.items()
        )
        right = max((i.x + i.width / 2 for i in whole.items), default=0.0)
        ends = max(b.ends for b in self.boxes.values() if b.bottom == whole.bottom)
        height = tops[-1] + heights[-1] + (ends - 1) * PADDING + MARGIN
        return Layout(right + shift + MARGIN, height, vertices, boxes, lines, texts)

    def _rows(self) -> tuple[list[float], list[float]]:
        """Where each layer begins, and how high it is."""
        count = len(self.stems)
        heights = [0.0] * count
        for id, item in self.items.items():
            heights[item.top] = max(heights[item.top], self.sizes[id][1])
        begins, ends = [0] * count, [0] * count
        for name, box in self.boxes.items():
            if name:
                begins[box.top] = max(begins[box.top], box.begins)
                ends[box.bottom] = max(ends[box.bottom], box.ends)
        tops: list[float] = []
        y = MARGIN
        for layer in range(count):
            y += begins[layer] * HEADER
            tops.append(y)
            y += heights[layer] + self.stems[layer] + ends[layer] * PADDING + DOWN
        return tops, heights

    def _rect(
        self, box: _Box, shift: float, tops: list[float], heights: list[float]
    ) -> Rect:
        y = tops[box.top] - box.begins * HEADER
        end = tops[box.bottom] + heights[box.bottom] + self.stems[box.bottom]
        end += box.ends * PADDING
        width = box.width - ACROSS
        return Rect(box.x + shift - width / 2, y, width, end - y)

    def _lines(
        self,
        vertices: Mapping[str, Rect],
        shift: float,
        tops: list[float],
        heights: list[float],
    ) -> Iterable[Line]:
        """Each edge, from the foot of a vertex to the head of another."""
        arrivals: dict[str, list[tuple[float, int]]] = {}
        for i, edge in enumerate(self.diagram.edges):
            upper, lower = self._ends(edge)
            near = self.items[upper]
            if self.layers[lower] > self.layers[upper] + 1:
                near = self.lanes[self._lane_key(edge)]
            arrivals.setdefault(lower, []).append((near.x, i))
        ports = {
            i: x
            for id, into in arrivals.items()
            for (_, i), x in zip(
                sorted(into), _ports(vertices[id], len(into)), strict=True
            )
        }
        feet = [t + h + s for t, h, s in zip(tops, heights, self.stems, strict=True)]
        for i, edge in enumerate(self.diagram.edges):
            upper, lower = self._ends(edge)
            a, b = vertices[upper], vertices[lower]
            start = a.x + a.width / 2
            points = [(start, a.y + a.height)]
            _straight(points, feet[self.layers[upper]])
            if self.layers[lower] > self.layers[upper] + 1:
                lane = self.lanes[self._lane_key(edge)]
                _bend(points, lane.x + shift, tops[lane.top])
                _straight(points, feet[self.layers[lower] - 1])
            _bend(points, ports[i], tops[self.layers[lower]])
            _straight(points, b.y)
            turned = edge in self.turned
            yield Line(edge, tuple(points[::-1] if turned else points))


def _arrange(box: _Box, count: int) -> None:
    """Place what is in a box near to where it wants to be, without overlaps.

    The box gets no wider than its contents need in this order: each item stays between
    where it is if all are pushed to the left, and where it is if all are pushed to the
    right. Within that, two ways of giving way are tried, and the mean of both taken.
    """
    for item in box.items:
        if isinstance(item, _Box):
            _arrange(item, count)
            item.wish = item.x
    if not box.items:
        return
    items = sorted(box.items, key=lambda item: (item.wish, item.x))
    firsts = _pushed(items, [0.0] * len(items), count)
    width = max(x + i.width / 2 for x, i in zip(firsts, items, strict=True))
    lasts = _pulled(items, [width] * len(items), width, count)
    middle = sum(i.wish for i in items) / len(items)
    left = middle - width / 2
    wishes = [
        min(max(item.wish - left, first), last)
        for item, first, last in zip(items, firsts, lasts, strict=True)
    ]
    right_of = _pushed(items, wishes, count)
    left_of = _pulled(items, wishes, width, count)
    for item, a, b in zip(items, right_of, left_of, strict=True):
        _move(item, left + (a + b) / 2)
    box.x = middle
    box.width = max(width, box.least) + ACROSS


def _pushed(items: list[_Item], wishes: list[float], count: int) -> list[float]:
    """Where items are that each stand to the right of those before it."""
    frontier = np.zeros(count)
    places = []
    for item, wish in zip(items, wishes, strict=True):
        layers = frontier[item.top : item.bottom + 1]
        x = max(wish, float(layers.max()) + item.width / 2)
        layers[:] = x + item.width / 2
        places.append(x)
    return places


def _pulled(
    items: list[_Item], wishes: list[float], width: float, count: int
) -> list[float]:
    """The same from right to left, beginning at `width`."""
    mirrored = [width - wish for wish in reversed(wishes)]
    places = _pushed(items[::-1], mirrored, count)
    return [width - x for x in reversed(places)]


def _move(item: _Item, x: float) -> None:
    """Move an item, and what is in it."""
    by = x - item.x
    item.x = x
    if isinstance(item, _Box) and by:
        for inner in item.items:
            _move(inner, inner.x + by)


def _ports(rect: Rect, count: int) -> list[float]:
    """Where so many edges arrive at the head of a vertex."""
    step = min(12.0, 0.7 * rect.width / count)
    left = rect.x + rect.width / 2 - step * (count - 1) / 2
    return [left + i * step for i in range(count)]


def _straight(points: list[Point], y: float) -> None:
    """Go straight down to `y`."""
    x, start = points[-1]
    if y > start:
        points += [(x, start), (x, y), (x, y)]


def _bend(points: list[Point], x: float, y: float) -> None:
    """Go down to a point in a curve that begins and ends straight down."""
    start = points[-1]
    middle = (start[1] + y) / 2
    points += [(start[0], middle), (x, middle), (x, y)]
