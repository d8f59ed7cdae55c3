"""Times as a bar chart, an SVG drawn by hand."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from math import log10

from benchmarks.measure import ratio_text

COLOURS = {
    "daskflow": "#dd6b20",
    "Dask get": "#2563eb",
    "Dask delayed": "#93c5fd",
    "Dask get, by hand": "#1e3a8a",
    "TensorFlow 1": "#7b8794",
    "JAX": "#2f855a",
    "PyTensor": "#9ae6b4",
    "PyTorch": "#b794f4",
}
STYLE = (
    'text { font-family: system-ui, "Segoe UI", "DejaVu Sans", sans-serif; '
    "font-size: 11px; fill: #1f2933; } "
    ".head { font-weight: 600; } .note { fill: #52606d; } "
    ".grid { stroke: #cbd2d9; } .one { stroke: #1f2933; stroke-width: 1.5; }"
)
LEFT, WIDTH, BAR, GAP = 390, 480, 11, 10
LOW, HIGH = -2.0, 4.0
"""The powers of ten at both ends of the axis."""


def chart(cases: Mapping[str, Mapping[str, float]]) -> str:
    """Bars of how many times NumPy's time each side takes, on a logarithmic axis."""
    shapes: list[str] = []
    y = 60.0
    for title, times in cases.items():
        shown = {
            side: t / times["NumPy"] for side, t in times.items() if side != "NumPy"
        }
        middle = y + BAR * len(shown) / 2 + 4
        shapes.append(_text(LEFT - 12, middle, title, "head", "end"))
        for side, ratio in shown.items():
            shapes += _bar(y, side, ratio)
            y += BAR
        y += GAP
    grid = [
        f'<path class="{"grid" if power else "one"}" d="M{_x(power)} 48 V{y:.0f}"/>'
        + _text(_x(power), 42, f"{10.0**power:g} x", "note", "middle")
        for power in range(int(LOW), int(HIGH) + 1)
    ]
    keys = [
        f'<rect x="{14 + 118 * i}" y="8" width="10" height="10" fill="{colour}"/>'
        + _text(28 + 118 * i, 17, side)
        for i, (side, colour) in enumerate(COLOURS.items())
    ]
    size = f'width="960" height="{y:.0f}"'
    title = "How many times NumPy's time each library takes"
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img">',
            f"<title>{title}</title><style>{STYLE}</style>",
            f'<rect {size} rx="12" fill="#fff"/>',
            *keys,
            *grid,
            *shapes,
            "</svg>\n",
        ]
    )


def _bar(y: float, side: str, ratio: float) -> list[str]:
    """From NumPy's time to the left if it takes less, to the right if more."""
    ends = sorted((_x(0.0), _x(min(max(log10(ratio), LOW), HIGH))))
    place = f'x="{ends[0]}" y="{y:.0f}" width="{ends[1] - ends[0]:.1f}"'
    return [
        f'<rect {place} height="{BAR - 2}" fill="{COLOURS[side]}"/>',
        _text(ends[1] + 4, y + BAR - 3, ratio_text(ratio, 1.0), "note"),
    ]


def _x(power: float) -> float:
    return round(LEFT + 20 + WIDTH * (power - LOW) / (HIGH - LOW), 1)


def _text(x: float, y: float, text: str, kind: str = "", anchor: str = "start") -> str:
    place = f'x="{x:g}" y="{y:g}" text-anchor="{anchor}"'
    return f'<text class="{kind}" {place}>{escape(text)}</text>'
