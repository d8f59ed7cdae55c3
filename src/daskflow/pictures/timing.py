"""When and where things ran, as bars over a line of time, in SVG."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from daskflow.pictures.diagram import time_text
from daskflow.pictures.layout import MARGIN, NOTE, Rect, shortened, text_width
from daskflow.pictures.look import BACKGROUND, EDGE, FRAME, GROUPS, INK, PALE
from daskflow.pictures.svg import opened, safe, text_at, where

MOST = 300
"""Bars that are drawn: the longest ones, where there are more."""

WIDTH, ROW = 720.0, 40.0
TITLE, BAR = 16.0, 18.0  # the heights of the two lines of a row
INSET = 2.5  # of bars from the edge of a frame
FILLING = "#eef1f4"


class Bar(NamedTuple):
    """Something that took its time, in seconds from a common start.

    A `frame` is drawn around the bars that it has inside.
    """

    name: str
    start: float
    end: float
    frame: bool = False


def timing_svg(rows: Mapping[str, Sequence[Bar]]) -> str:
    """A row for each place, with the bars of what ran there."""
    return "\n".join(_parts(rows)) + "\n"


def _parts(rows: Mapping[str, Sequence[Bar]]) -> Iterator[str]:
    bars = [bar for row in rows.values() for bar in row]
    begin = min((bar.start for bar in bars), default=0.0)
    span = max((bar.end for bar in bars), default=0.0) - begin
    unit = (WIDTH - 2 * MARGIN) / (span or 1.0)
    drawn = {id(b) for b in sorted(bars, key=lambda b: b.start - b.end)[:MOST]}
    height = 2 * MARGIN + ROW * len(rows) + NOTE
    yield opened(WIDTH, height)
    yield f'<rect width="100%" height="100%" rx="8" fill="{BACKGROUND}"/>'
    y = MARGIN
    for place, row in rows.items():
        yield text_at(MARGIN, y + TITLE / 2, place, NOTE, PALE, "start")
        line = Rect(MARGIN, y + TITLE, WIDTH - 2 * MARGIN, BAR)
        yield f'<rect {where(line)} fill="none" stroke="{FRAME}"/>'
        for bar in sorted(row, key=lambda bar: not bar.frame):
            if id(bar) in drawn:
                x, width = MARGIN + (bar.start - begin) * unit, bar.end - bar.start
                inset = 0.0 if bar.frame else INSET
                box = y + TITLE + inset, max(width * unit, 0.5), BAR - 2 * inset
                yield from _bar(bar, Rect(x, *box))
        y += ROW
    yield text_at(WIDTH - MARGIN, y + NOTE / 2, time_text(span), NOTE, PALE, "end")
    yield "</svg>"


def _bar(bar: Bar, rect: Rect) -> Iterator[str]:
    fill, stroke = GROUPS[sum(map(ord, bar.name)) % len(GROUPS)]
    if bar.frame:
        fill, stroke = FILLING, EDGE
    title = f"{bar.name}: {time_text(bar.end - bar.start)}"
    yield f"<g><title>{safe(title)}</title>"
    yield f'<rect {where(rect)} fill="{fill}" stroke="{stroke}" stroke-width="0.5"/>'
    name = shortened(bar.name)
    if not bar.frame and text_width(name, NOTE) + 4 < rect.width:
        middle = rect.x + rect.width / 2, rect.y + rect.height / 2
        yield text_at(*middle, name, NOTE, INK)
    yield "</g>"
