"""What a session says of a plan: a diagram, and which task computes what of it."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from dataclasses import astuple
from functools import lru_cache
from threading import Lock
from typing import Any, NamedTuple

from daskflow.pictures.diagram import Diagram, Edge, Vertex
from daskflow.pictures.layout import layout_of
from daskflow.pictures.svg import FIT, svg_of

Shares = Mapping[str, Mapping[int, float]]
"""Task -> places of the vertices that it computes -> their part of its time."""


class Described(NamedTuple):
    """A plan as the page knows it."""

    diagram: Diagram
    tasks: Shares


def packed(diagram: Diagram, tasks: Shares) -> bytes:
    """A plan for its way to the scheduler, where it stays packed until it is seen."""
    vertices = [astuple(vertex) for vertex in diagram.vertices.values()]
    edges = [astuple(edge) for edge in diagram.edges]
    parts = [vertices, edges, diagram.boxes, diagram.caption, tasks]
    return zlib.compress(json.dumps(parts, separators=(",", ":")).encode(), 1)


@lru_cache(maxsize=4)
def unpacked(plan: bytes) -> Described:
    """What was packed."""
    parts = json.loads(zlib.decompress(plan))
    vertices, edges, boxes, caption, tasks = parts
    by_id = {row[0]: Vertex(*row) for row in vertices}
    diagram = Diagram(by_id, tuple(Edge(*row) for row in edges), boxes, caption)
    shares = {
        task: {int(place): part for place, part in parts.items()}
        for task, parts in tasks.items()
    }
    return Described(diagram, shares)


_drawing = Lock()  # those who look at one plan wait for one layout


def picture(plan: bytes) -> dict[str, Any]:
    """A plan as SVG, and where in it each vertex is; it takes a second or two."""
    with _drawing:
        return _picture(plan)


@lru_cache(maxsize=8)
def _picture(plan: bytes) -> dict[str, Any]:
    diagram = unpacked(plan).diagram
    layout = layout_of(diagram)
    places = [layout.vertices[id] for id in diagram.vertices]
    names = [(id, vertex.title) for id, vertex in diagram.vertices.items()]
    svg = svg_of(diagram, layout).replace(FIT, "", 1)  # the page's policy has no styles
    return {"svg": svg, "places": places, "names": names}
