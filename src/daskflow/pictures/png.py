"""A laid out diagram as PNG, drawn with NumPy: nothing else has to be installed.

Everything is drawn by its distance to each pixel, which gives smooth edges.
"""

from __future__ import annotations

import math
import struct
import zlib
from collections.abc import Callable, Iterator, Sequence
from functools import cache, partial
from itertools import pairwise
from typing import Any

import numpy as np

from daskflow.pictures.diagram import Diagram, Vertex
from daskflow.pictures.font import HEIGHT, strokes_of
from daskflow.pictures.layout import (
    LABEL,
    LINE,
    NOTE,
    Layout,
    Line,
    Point,
    Rect,
    shortened,
    text_width,
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

SCALE = 2.0
"""Pixels for a unit of the layout, as screens of today have them."""

LARGEST = 40e6
"""Pixels of a picture; one that would have more is drawn smaller."""

Array = np.ndarray[Any, Any]


def png_of(diagram: Diagram, layout: Layout) -> bytes:
    """The picture as the contents of a file."""
    width, height = size_of(diagram, layout)
    scale = min(SCALE, math.sqrt(LARGEST / (width * height)))
    canvas = _Canvas(math.ceil(width * scale), math.ceil(height * scale), scale)
    depths = depths_of(diagram)
    for box, depth in depths.items():
        canvas.rect(layout.boxes[box], 6, box_fill(depth), FRAME)
    for line in layout.lines:
        _line(canvas, line)
    for box, depth in depths.items():
        _title(canvas, box_title(box, diagram.boxes[box]), depth, layout.boxes[box])
    for x, y, text in layout.texts:
        canvas.text(x, y, text, NOTE, PALE)
    most = slowest(diagram)
    for id, rect in layout.vertices.items():
        _vertex(canvas, diagram.vertices[id], rect, most)
    y = layout.height + CAPTION / 2 - 4
    canvas.text(MARGIN, y, diagram.caption, NOTE, PALE)
    return encoded(canvas.pixels)


def encoded(pixels: Array) -> bytes:
    """Red, green and blue bytes as PNG (ISO/IEC 15948)."""
    height, width, _ = pixels.shape
    rows = np.concatenate(
        [np.zeros((height, 1), np.uint8), pixels.reshape(height, -1)], axis=1
    )
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = (
        (b"IHDR", header),
        (b"IDAT", zlib.compress(rows.tobytes(), 6)),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data))
        + kind
        + data
        + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )


def _title(canvas: _Canvas, title: str, depth: int, rect: Rect) -> None:
    canvas.rect(ground_of(title, rect), 0, box_fill(depth), box_fill(depth))
    canvas.text(rect.x + 8, rect.y + 10, title, NOTE, PALE)


def _line(canvas: _Canvas, line: Line) -> None:
    points = flattened(line.points)
    for part in dashes(points, 4, 3) if line.edge.is_control else [points]:
        canvas.path(part, EDGE)
    canvas.triangle(arrow(line.points), EDGE)


def _vertex(canvas: _Canvas, vertex: Vertex, rect: Rect, most: float) -> None:
    fill, stroke = colours_of(vertex)
    rounded = rect.height / 2 if vertex.kind == "placeholder" else 5
    if vertex.count > 1:
        canvas.rect(rect._replace(x=rect.x + 4, y=rect.y + 4), 5, fill, stroke)
    canvas.rect(rect, rounded, fill, stroke, 2.5 if vertex.marked else 1.0)
    bar = bar_of(vertex, rect, most)
    if bar is not None:
        canvas.rect(bar, 0, stroke, stroke)
    x, y = rect.x + rect.width / 2, rect.y
    name = shortened(vertex.label)
    if vertex.kind == "constant":
        canvas.text(x, y + rect.height / 2, name, NOTE, PALE, is_centred=True)
        return
    canvas.text(x, y + 4 + LINE / 2, name, LABEL, INK, is_centred=True)
    canvas.text(x, y + 3 + LINE * 1.5, vertex.note, NOTE, PALE, is_centred=True)


# Lines


def flattened(points: Sequence[Point]) -> list[Point]:
    """Points along Bezier curves, close enough to look like them."""
    path = [points[0]]
    for i in range(1, len(points) - 2, 3):
        p = np.array(points[i - 1 : i + 3])
        length = np.hypot(*np.diff(p, axis=0).T).sum()
        if length == 0:
            continue
        is_straight = np.ptp(p[:, 0]) < 0.01
        count = 1 if is_straight else max(2, min(int(length / 3), 60))
        t = np.linspace(0, 1, count + 1)[1:, None]
        curve = (
            (1 - t) ** 3 * p[0]
            + 3 * t * (1 - t) ** 2 * p[1]
            + 3 * t**2 * (1 - t) * p[2]
            + t**3 * p[3]
        )
        path += [(float(x), float(y)) for x, y in curve]
    return path


def dashes(points: Sequence[Point], on: float, off: float) -> Iterator[list[Point]]:
    """The parts of a path that are drawn where it is dashed."""
    part, left, is_on = [points[0]], on, True
    for end in points[1:]:
        start = part[-1]
        length = math.dist(start, end)
        while length > left:
            start = (
                start[0] + (end[0] - start[0]) * left / length,
                start[1] + (end[1] - start[1]) * left / length,
            )
            if is_on:
                yield [*part, start]
            is_on = not is_on
            part, left = [start], on if is_on else off
            length = math.dist(start, end)
        left -= length
        part = [*part, end] if is_on else [end]
    if is_on and len(part) > 1:
        yield part


class _Canvas:
    """Pixels to draw on, in the units of a layout."""

    def __init__(self, width: int, height: int, scale: float) -> None:
        self.pixels = np.empty((height, width, 3), np.uint8)
        self.pixels[:] = _rgb(BACKGROUND)
        self._scale = scale

    def rect(
        self, rect: Rect, rounded: float, fill: str, stroke: str, weight: float = 1.0
    ) -> None:
        """A rectangle with round corners and a frame."""
        x, y, width, height = (v * self._scale for v in rect)
        r, w = min(rounded, rect.height / 2) * self._scale, weight * self._scale
        cx, cy = x + width / 2, y + height / 2

        def distance(px: Array, py: Array) -> Array:
            dx = np.abs(px - cx) - width / 2 + r
            dy = np.abs(py - cy) - height / 2 + r
            outside = np.hypot(np.maximum(dx, 0), np.maximum(dy, 0))
            return outside + np.minimum(np.maximum(dx, dy), 0) - r

        left, top, right, bottom = x - w, y - w, x + width + w, y + height + w
        rim = min(r + 2 * w + 2, (bottom - top) / 2)
        upper, lower = math.floor(top + rim), math.ceil(bottom - rim)
        areas = [(left, top, right, upper), (left, lower, right, bottom)]
        if upper < lower:  # what is inside needs no distances
            begin, end = math.floor(left + rim), math.ceil(right - rim)
            areas += [(left, upper, begin, lower), (end, upper, right, lower)]
            self.pixels[max(upper, 0) : lower, max(begin, 0) : max(end, 0)] = _rgb(fill)
        for area in areas:
            self._draw(area, lambda px, py: -distance(px, py), fill)
            self._draw(area, lambda px, py: w / 2 - np.abs(distance(px, py)), stroke)

    def path(self, points: Sequence[Point], colour: str) -> None:
        """A line through points."""
        w = self._scale / 2
        for a, b in pairwise(points):
            (ax, ay), (bx, by) = ((x * self._scale, y * self._scale) for x, y in (a, b))
            area = min(ax, bx) - w, min(ay, by) - w, max(ax, bx) + w, max(ay, by) + w
            self._draw(area, partial(_within, w, (ax, ay, bx, by)), colour)

    def triangle(self, corners: Sequence[Point], colour: str) -> None:
        """A filled triangle, its corners in the order of a clock or against it."""
        points = np.array(corners) * self._scale

        def depth(px: Array, py: Array) -> Array:
            sides = []
            for (ax, ay), (bx, by) in zip(points, np.roll(points, -1, 0), strict=True):
                length = math.hypot(bx - ax, by - ay)
                sides.append(((bx - ax) * (py - ay) - (by - ay) * (px - ax)) / length)
            inside: Array = np.maximum(np.min(sides, axis=0), -np.max(sides, axis=0))
            return inside

        low, high = points.min(0), points.max(0)
        self._draw((*low, *high), depth, colour)

    def text(
        self,
        x: float,
        y: float,
        text: str,
        size: float,
        colour: str,
        *,
        is_centred: bool = False,
    ) -> None:
        """A text on half its height `y`, from `x` on or around it."""
        if is_centred:
            x -= text_width(text, size) / 2
        for letter in text:
            mask = _mask(letter, size * self._scale)
            left = round((x + size * 0.06) * self._scale) - 2
            top = round((y - size * 0.36) * self._scale) - 2
            self._blend(left, top, mask, colour)
            x += text_width(letter, size)

    def _draw(
        self,
        area: tuple[float, float, float, float],
        depth: Callable[[Array, Array], Array],
        colour: str,
    ) -> None:
        """Colour each pixel of an area by how far inside of a shape it is."""
        left, top = math.floor(area[0]) - 1, math.floor(area[1]) - 1
        right, bottom = math.ceil(area[2]) + 1, math.ceil(area[3]) + 1
        px = np.arange(left, right, dtype=np.float32)[None] + 0.5
        py = np.arange(top, bottom, dtype=np.float32)[:, None] + 0.5
        self._blend(left, top, np.clip(depth(px, py) + 0.5, 0, 1), colour)

    def _blend(self, left: int, top: int, mask: Array, colour: str) -> None:
        height, width = self.pixels.shape[:2]
        mask = mask[max(-top, 0) : height - top, max(-left, 0) : width - left, None]
        top, left = max(top, 0), max(left, 0)
        under = self.pixels[top : top + mask.shape[0], left : left + mask.shape[1]]
        mixed = under + (_rgb(colour) - under.astype(np.float32)) * mask
        under[:] = np.rint(mixed)


@cache
def _mask(letter: str, size: float) -> Array:
    """How much of each pixel a letter covers, with two pixels around it."""
    unit = size * 0.73 / HEIGHT
    weight = max(size * 0.042, 0.5)
    px = np.arange(math.ceil(4 * unit) + 5, dtype=np.float32)[None] - 1.5
    py = np.arange(math.ceil(8 * unit) + 5, dtype=np.float32)[:, None] - 1.5
    depth = np.full((py.size, px.size), -1.0, np.float32)
    for stroke in strokes_of(letter):
        for (ax, ay), (bx, by) in pairwise(stroke):
            ends = ax * unit, ay * unit, bx * unit, by * unit
            depth = np.maximum(depth, _within(weight, ends, px, py))
    mask: Array = np.clip(depth + 0.5, 0, 1)
    return mask


def _within(
    radius: float, ends: tuple[float, float, float, float], px: Array, py: Array
) -> Array:
    """How far points are inside of what is near to a line between two."""
    ax, ay, bx, by = ends
    dx, dy = bx - ax, by - ay
    square = dx * dx + dy * dy
    t = ((px - ax) * dx + (py - ay) * dy) / square if square else 0.0
    t = np.clip(t, 0, 1)
    depth: Array = radius - np.hypot(px - ax - t * dx, py - ay - t * dy)
    return depth


@cache
def _rgb(colour: str) -> Array:
    return np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)], np.float32)
