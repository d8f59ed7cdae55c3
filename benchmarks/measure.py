"""Medians of interleaved runs, and tables of them."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from statistics import median

Function = Callable[[], object]

Timer = Callable[[int], float]
"""Takes a number of calls and gives the seconds that one of them took."""


TURN = 0.002
"""Seconds: what is shorter is called so often that it takes them."""


def seconds(function: Function, calls: int = 1) -> float:
    """How long one call takes."""
    start = time.perf_counter()
    for _ in range(calls):
        function()
    return (time.perf_counter() - start) / calls


def medians(
    *functions: Function, duration: float = 2.0, fewest: int = 7
) -> list[float]:
    """The median time of a call of each function."""
    timers = [partial(seconds, function) for function in functions]
    return interleaved(timers, [timer(1) for timer in timers], duration, fewest)


def interleaved(
    timers: Sequence[Timer],
    first: Sequence[float],
    duration: float = 2.0,
    fewest: int = 7,
) -> list[float]:
    """The median time by each timer, of which `first` is a rough idea.

    They take turns, so that whatever else the machine does meets all of them alike:
    their ratio says more than their times. What is short is called often in a turn.
    """
    calls = list(map(_calls, timers, first))
    times: list[list[float]] = [[] for _ in timers]
    gc.collect()
    end = time.perf_counter() + duration
    while len(times[0]) < fewest or time.perf_counter() < end:
        for taken, timer, count in zip(times, timers, calls, strict=True):
            taken.append(timer(count))
    return [median(taken) for taken in times]


def _calls(timer: Timer, first: float) -> int:
    """How many calls make a turn; a first one takes longer than those after it."""
    calls = max(1, round(TURN / first))
    return calls if calls == 1 else max(calls, round(TURN / timer(calls)))


def time_text(duration: float) -> str:
    """Three digits and a unit: `1.23 ms`."""
    for unit, name in [(1.0, "s"), (1e-3, "ms")]:
        if duration >= unit:
            return f"{duration / unit:.3g} {name}"
    return f"{duration / 1e-6:.3g} µs"


def ratio_text(duration: float, reference: float) -> str:
    """How many times the reference: `2.5 x`."""
    return f"{duration / reference:.3g} x"


def table_text(title: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Rows below a head: the first column to the left, the others to the right."""
    lines = [head, *rows]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    text = [title]
    for first, *others in lines:
        cells = [first.ljust(widths[0])]
        cells += [c.rjust(w) for c, w in zip(others, widths[1:], strict=True)]
        text.append("  " + "  ".join(cells))
    return "\n".join(text)
