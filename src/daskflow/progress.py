"""How far a stream of runs has come: tqdm's bar, or a line on a terminal."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, suppress
from time import monotonic
from typing import Any, TextIO

PAUSE = 0.1
"""Seconds that a line stays as it is."""


def followed(
    results: Generator[Any], total: int | None, losses: Callable[[], int]
) -> Iterator[Any]:
    """The same results; of how many there are so far, and how quickly, it tells.

    It is tqdm that does, where that can be imported; else a line, if stderr is a
    terminal. So it is where a cluster has lost something, which has been restored.
    """
    before = losses()
    with closing(results), closing(_bar(total)) as bar:
        for result in results:
            if losses() > before:
                bar.set_postfix_str(f"restored {losses() - before}", refresh=False)
            bar.update()
            yield result


def _bar(total: int | None) -> Any:
    if sys.stderr is None:  # as in a program without a console
        return Line(total, None)
    try:
        tqdm = importlib.import_module("tqdm.auto").tqdm
    except ImportError:
        return Line(total, _terminal(sys.stderr))
    return tqdm(total=total, unit="run")


def _terminal(file: Any) -> TextIO | None:
    """The file, if it is open and a terminal."""
    with suppress(AttributeError, ValueError):
        return file if file.isatty() else None
    return None


class Line:
    """What tqdm's bar has of methods, as one line of plain text."""

    def __init__(self, total: int | None, file: TextIO | None) -> None:
        self._total = total
        self._file = file
        self._began = monotonic()
        self._next = 0.0
        self._count = 0
        self._note = ""
        self._width = 0

    def update(self) -> None:
        """One more is there."""
        self._count += 1
        if monotonic() >= self._next:
            self._show()

    def set_postfix_str(self, text: str, refresh: bool) -> None:
        """Say this too."""
        self._note = f", {text}"

    def close(self) -> None:
        """Leave the line as it is at the end."""
        self._show("\n")

    def _show(self, end: str = "") -> None:
        if self._file is None:
            return
        now = monotonic()
        self._next = now + PAUSE
        of = "" if self._total is None else f"/{self._total}"
        rate = self._count / max(now - self._began, 1e-9)
        text = f"{self._count}{of} runs, {rate:.3g} runs/s{self._note}"
        try:
            print(f"\r{text:{self._width}}", end=end, file=self._file, flush=True)
        except (OSError, ValueError):  # it was closed; the results come all the same
            self._file = None
        self._width = len(text)
