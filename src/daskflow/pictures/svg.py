"""A laid out diagram as SVG, written by hand: no script, no style sheet, no fonts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape

from daskflow.pictures.diagram import Diagram, Vertex
from daskflow.pictures.layout import (
    LABEL,
    LINE,
    NOTE,
    Layout,
    Line,
    Rect,
    shortened,
)
from daskflow.pictures.look import (
    BACKGROUND,
    CAPTION,
    EDGE,
    FRAME,
    INK,
    MARGIN,
    PALE,
    arrow,
    bar_of,
    box_fill,
    box_title,
    colours_of,
    depths_of,
    ground_of,
    size_of,
    slowest,
)

FIT = ' style="max-width:100%;height:auto"'
"""What lets a page shrink the picture to its width."""

FONT = "ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace"


def svg_of(diagram: Diagram, layout: Layout) -> str:
    """The picture as a text that can stand in a page, too."""
    return "\n".join(_parts(diagram, layout)) + "\n"


def _parts(diagram: Diagram, layout: Layout) -> Iterator[str]:
    yield opened(*size_of(diagram, layout))
    yield f'<rect width="100%" height="100%" rx="8" fill="{BACKGROUND}"/>'
    depths = depths_of(diagram)
    for box, depth in depths.items():
        yield _box(layout.boxes[box], depth)
    for line in layout.lines:
        yield from _line(line)
    for box, depth in depths.items():
        yield from _title(box, diagram.boxes[box], depth, layout.boxes[box])
    for x, y, text in layout.texts:
        yield text_at(x, y, text, NOTE, PALE, "start")
    most = slowest(diagram)
    for id, rect in layout.vertices.items():
        yield from _vertex(diagram.vertices[id], rect, most)
    if diagram.caption:
        y = layout.height + CAPTION / 2 - 4
        yield text_at(MARGIN, y, diagram.caption, NOTE, PALE, "start")
    yield "</svg>"


def opened(width: float, height: float) -> str:
    """The beginning of a picture of that size."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" '
        f'height="{height:.0f}" viewBox="0 0 {width:.0f} {height:.0f}"{FIT} '
        f'font-family="{FONT}" font-size="{LABEL:g}" text-anchor="middle">'
    )


def _box(rect: Rect, depth: int) -> str:
    return f'<rect {where(rect)} rx="6" fill="{box_fill(depth)}" stroke="{FRAME}"/>'


def _title(name: str, outer: str, depth: int, rect: Rect) -> Iterator[str]:
    """The name of a box, on a ground of its own: edges may pass below it."""
    title = box_title(name, outer)
    ground = ground_of(title, rect)
    yield f"<g><title>{safe(name)}</title>"
    yield f'<rect {where(ground)} fill="{box_fill(depth)}"/>'
    yield text_at(rect.x + 8, rect.y + 10, title, NOTE, PALE, "start") + "</g>"


def _line(line: Line) -> Iterator[str]:
    (x, y), *rest = line.points
    path = f"M{x:.1f} {y:.1f}C" + " ".join(f"{x:.1f} {y:.1f}" for x, y in rest)
    dashes = ' stroke-dasharray="4 3"' if line.edge.is_control else ""
    title = line.edge.title or f"{line.edge.source} before {line.edge.target}"
    tip = " ".join(f"{x:.1f},{y:.1f}" for x, y in arrow(line.points))
    yield (
        f'<g><title>{safe(title)}</title><path d="{path}" fill="none" '
        f'stroke="{EDGE}"{dashes}/><polygon points="{tip}" fill="{EDGE}"/></g>'
    )


def _vertex(vertex: Vertex, rect: Rect, most: float) -> Iterator[str]:
    fill, stroke = colours_of(vertex)
    x, y = rect.x + rect.width / 2, rect.y
    rounded = rect.height / 2 if vertex.kind == "placeholder" else 5
    weight = ' stroke-width="2.5"' if vertex.marked else ""
    yield f"<g><title>{safe(vertex.title or vertex.id)}</title>"
    frame = f'fill="{fill}" stroke="{stroke}"{weight}'
    if vertex.count > 1:
        behind = rect._replace(x=rect.x + 4, y=rect.y + 4)
        yield f'<rect {where(behind)} rx="5" {frame}/>'
    yield f'<rect {where(rect)} rx="{rounded:g}" {frame}/>'
    bar = bar_of(vertex, rect, most)
    if bar is not None:
        yield f'<rect {where(bar)} fill="{stroke}"/>'
    name = shortened(vertex.label)
    if vertex.kind == "constant":
        yield text_at(x, y + rect.height / 2, name, NOTE, PALE)
    else:
        yield text_at(x, y + 4 + LINE / 2, name, LABEL, INK)
        if vertex.note:
            yield text_at(x, y + 4 + LINE * 1.5 - 1, vertex.note, NOTE, PALE)
    yield "</g>"


def text_at(
    x: float, y: float, text: str, size: float, colour: str, anchor: str = ""
) -> str:
    """A text, with `y` in the middle of its letters."""
    start = f' text-anchor="{anchor}"' if anchor else ""
    scale = "" if size == LABEL else f' font-size="{size:g}"'
    return (
        f'<text x="{x:.1f}" y="{y + size * 0.35:.1f}"{scale}{start} '
        f'fill="{colour}">{safe(text)}</text>'
    )


def where(rect: Rect) -> str:
    """A rectangle as attributes."""
    return (
        f'x="{rect.x:.1f}" y="{rect.y:.1f}" width="{rect.width:.1f}" '
        f'height="{rect.height:.1f}"'
    )


def safe(text: str) -> str:
    """A text as it may stand in XML and HTML; U+FFFD for what may not."""
    return escape(_FORBIDDEN.sub("\ufffd", text))


_FORBIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]"
)
