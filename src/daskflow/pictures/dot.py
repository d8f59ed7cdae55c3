"""A diagram in the DOT language, and where Graphviz puts its parts."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from typing import Any

from daskflow.pictures.diagram import Diagram, Edge, Vertex
from daskflow.pictures.layout import (
    MARGIN,
    NOTE,
    Layout,
    Line,
    Point,
    Rect,
    Text,
    shortened,
    size_of,
    text_width,
)
from daskflow.pictures.look import FRAME, PALE, box_fill, box_title, colours_of

PATIENCE = 20.0
"""Seconds that Graphviz may take; then the plain layout does."""

POINTS = 72.0  # to an inch, in which DOT has the sizes of nodes


def dot_of(diagram: Diagram) -> str:
    """The diagram in the DOT language."""
    numbers = {id: i for i, id in enumerate(diagram.vertices)}
    lines = [
        "digraph {",
        f'graph [newrank=true fontname="monospace" fontcolor="{PALE}"]',
        f"graph [fontsize={NOTE:g}]",
        'node [shape=box style="rounded,filled" fixedsize=true fontname="monospace"]',
        f'edge [fontname="monospace" fontsize={NOTE:g} arrowsize=0.6]',
        *_inside("", diagram, numbers),
        *(_edge(i, e, numbers) for i, e in enumerate(diagram.edges)),
        "}",
    ]
    return "\n".join(lines) + "\n"


def _inside(box: str, diagram: Diagram, numbers: dict[str, int]) -> Iterator[str]:
    """What is in a box, with the boxes in it."""
    for id, vertex in diagram.vertices.items():
        if vertex.box == box:
            yield _node(numbers[id], vertex)
    for i, (inner, outer) in enumerate(diagram.boxes.items()):
        if outer == box:
            depth = len([*diagram.around(inner)])
            title = _quoted(box_title(inner, outer))
            yield f"subgraph cluster_{i} {{"
            yield f'label={title} labeljust=l style="rounded,filled"'
            yield f'fillcolor="{box_fill(depth)}" color="{FRAME}"'
            yield from _inside(inner, diagram, numbers)
            yield "}"


def _node(number: int, vertex: Vertex) -> str:
    width, height = size_of(vertex)
    fill, stroke = colours_of(vertex)
    label = _quoted("\n".join(t for t in (shortened(vertex.label), vertex.note) if t))
    return (
        f"n{number} [label={label} tooltip={_quoted(vertex.title or vertex.id)} "
        f"width={width / POINTS:.4f} height={height / POINTS:.4f} "
        f'fontsize={NOTE:g} fillcolor="{fill}" color="{stroke}"]'
    )


def _edge(number: int, edge: Edge, numbers: dict[str, int]) -> str:
    style = " style=dashed" if edge.is_control else ""
    return (
        f"n{numbers[edge.source]} -> n{numbers[edge.target]} "
        f"[id=e{number} label={_quoted(shortened(edge.label))}{style}]"
    )


def _quoted(text: str) -> str:
    """A text as DOT has it; a backslash there would begin an escape."""
    text = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{text}"'


def graphviz_layout(diagram: Diagram) -> Layout | None:
    """The layout of the program `dot`; None without it, or where that fails."""
    program = shutil.which("dot")
    if program is None or not diagram.vertices:
        return None
    try:
        run = subprocess.run(
            [program, "-Tjson0"],
            input=dot_of(diagram).encode(),
            capture_output=True,
            timeout=PATIENCE,
            check=True,
        )
        return _read(diagram, json.loads(run.stdout))
    except (OSError, subprocess.SubprocessError, ValueError, LookupError, TypeError):
        return None


def _read(diagram: Diagram, placed: dict[str, Any]) -> Layout:
    """The layout from what Graphviz says; there, y points upwards."""
    _, _, width, height = _numbers(placed["bb"])

    def at(x: float, y: float) -> Point:
        return x + MARGIN, height - y + MARGIN

    objects = {o["name"]: o for o in placed["objects"]}
    vertices = {}
    for i, (id, vertex) in enumerate(diagram.vertices.items()):
        x, y = at(*_numbers(objects[f"n{i}"]["pos"]))
        w, h = size_of(vertex)
        vertices[id] = Rect(x - w / 2, y - h / 2, w, h)
    boxes = {}
    for i, box in enumerate(diagram.boxes):
        x0, y0, x1, y1 = _numbers(objects[f"cluster_{i}"]["bb"])
        boxes[box] = Rect(*at(x0, y1), x1 - x0, y1 - y0)
    drawn = {edge["id"]: edge for edge in placed.get("edges", ())}
    lines, texts = [], []
    for i, edge in enumerate(diagram.edges):
        found = drawn[f"e{i}"]
        lines.append(Line(edge, _spline(found["pos"], at)))
        if edge.label:
            x, y = at(*_numbers(found["lp"]))
            text = shortened(edge.label)
            texts.append(Text(x - text_width(text, NOTE) / 2, y, text))
    size = width + 2 * MARGIN, height + 2 * MARGIN
    return Layout(*size, vertices, boxes, tuple(lines), tuple(texts))


def _spline(text: str, at: Any) -> tuple[Point, ...]:
    """Bezier curves, and a straight one to the tip of the arrow."""
    tip, *points = [at(*_numbers(part.removeprefix("e,"))) for part in text.split()]
    return (*points, points[-1], tip, tip)


def _numbers(text: str) -> Sequence[float]:
    return [float(number) for number in text.split(",")]
