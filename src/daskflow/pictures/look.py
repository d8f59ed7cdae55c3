"""The colours and small shapes that pictures have, in SVG and PNG alike.

A picture has a light ground of its own, so that it looks the same on a light page, a
dark one, and in a file.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from daskflow.pictures.diagram import Diagram, Kind, Vertex
from daskflow.pictures.layout import (
    NOTE,
    Layout,
    Point,
    Rect,
    shortened,
    text_width,
)

BACKGROUND, FRAME, INK, PALE, EDGE = (
    "#ffffff",
    "#cbd2d9",
    "#1f2933",
    "#52606d",
    "#7b8794",
)

CAPTION = 22.0  # the height of the line below
MARGIN = 12.0  # what is left free on both sides of it

KINDS: dict[Kind, tuple[str, str]] = {
    "op": ("#dbeafe", "#2563eb"),
    "placeholder": ("#d9f2e3", "#2f855a"),
    "variable": ("#fde8d0", "#c05621"),
    "constant": ("#f5f7fa", "#9aa5b1"),
    "assign": ("#fffaf0", "#c05621"),
    "scope": ("#ebe4fb", "#6b46c1"),
}
"""Fill and stroke of a vertex that is in no group."""

GROUPS = (
    ("#dbeafe", "#2563eb"),
    ("#fce4ec", "#c2185b"),
    ("#e0f2f1", "#00796b"),
    ("#f3e5f5", "#7b1fa2"),
    ("#fff8d6", "#997000"),
    ("#e1f5fe", "#0277bd"),
    ("#fbe9e7", "#bf360c"),
    ("#ecefd9", "#5d6b1a"),
)


def size_of(diagram: Diagram, layout: Layout) -> tuple[float, float]:
    """Width and height of the picture, which has a place for the whole caption."""
    if not diagram.caption:
        return layout.width, layout.height
    caption = text_width(diagram.caption, NOTE) + 2 * MARGIN
    return max(layout.width, caption), layout.height + CAPTION


def colours_of(vertex: Vertex) -> tuple[str, str]:
    """Fill and stroke."""
    if vertex.group is None:
        return KINDS[vertex.kind]
    return GROUPS[vertex.group % len(GROUPS)]


def box_fill(depth: int) -> str:
    """The deeper a box, the darker."""
    grey = max(250 - 6 * depth, 214)
    return f"#{grey - 2:02x}{grey:02x}{min(grey + 3, 255):02x}"


def depths_of(diagram: Diagram) -> dict[str, int]:
    """How deep each box is, those around others first."""
    depths = {box: sum(1 for _ in diagram.around(box)) for box in diagram.boxes}
    return dict(sorted(depths.items(), key=lambda item: item[1]))


def box_title(name: str, outer: str) -> str:
    """The name of a box as it stands in it."""
    return shortened(name.removeprefix(f"{outer}/"))


def ground_of(title: str, rect: Rect) -> Rect:
    """What lies below the title of a box."""
    return Rect(rect.x + 6, rect.y + 3, text_width(title, NOTE) + 4, 14.0)


def slowest(diagram: Diagram) -> float:
    """The time of the vertex that takes longest."""
    return max((v.seconds or 0.0 for v in diagram.vertices.values()), default=0.0)


def bar_of(vertex: Vertex, rect: Rect, most: float) -> Rect | None:
    """The bar at the bottom of a vertex that says what part of the longest time."""
    if not vertex.seconds or not most:
        return None
    width = (rect.width - 12) * vertex.seconds / most
    return Rect(rect.x + 6, rect.y + rect.height - 7, max(width, 1.0), 3.0)


def arrow(points: Sequence[Point]) -> tuple[Point, Point, Point]:
    """The tip of an arrow at the end of a line."""
    (x, y) = points[-1]
    back = next((p for p in reversed(points) if p != (x, y)), (x, y - 1))
    length = math.hypot(x - back[0], y - back[1])
    dx, dy = (x - back[0]) / length, (y - back[1]) / length
    left = x - 6 * dx + 2.6 * dy, y - 6 * dy - 2.6 * dx
    right = x - 6 * dx - 2.6 * dy, y - 6 * dy + 2.6 * dx
    return (x, y), left, right
