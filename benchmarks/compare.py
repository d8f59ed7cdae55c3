"""daskflow beside NumPy, plain Dask and other libraries, all of them taking turns.

    python -m benchmarks compare --peers tensorflow,jax,pytensor,torch --write

`--peers` makes an environment for each library named, once, in `.bench/`. `--write`
puts the tables into `docs/benchmarks.md` and a chart beside it. Groups of cases can be
named.
"""

from __future__ import annotations

import argparse
import os
import platform
import shlex
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version

from threadpoolctl import threadpool_limits

import daskflow as df
from benchmarks.cases import CASES, Case
from benchmarks.chart import chart
from benchmarks.measure import interleaved, ratio_text, table_text, time_text
from benchmarks.others import Others
from benchmarks.peers import PEERS, ROOT, Peer, PeerError

PAGE = ROOT / "docs" / "benchmarks.md"
QUIET, PATIENCE = 0.15, 30.0
"""A case is measured again while others take more cores, for so many seconds."""

BEGIN, END = "<!-- measured -->\n", "<!-- end of what was measured -->\n"


@dataclass(frozen=True)
class Result:
    """The median of each side of a case, or why it has none."""

    case: Case
    times: Mapping[str, float]
    failures: Mapping[str, str]
    others: float

    def cell(self, side: str) -> str:
        """The time of a side, and how many times that of the first one it is."""
        if side not in self.times:
            return self.failures.get(side, "")
        first, *_ = self.times
        text = time_text(self.times[side])
        if side == first or not self.is_one_thing:
            return text
        return f"{text} ({ratio_text(self.times[side], self.times[first])})"

    @property
    def is_one_thing(self) -> bool:
        """Whether the sides do the same, so that a ratio says something."""
        return "build" not in self.times

    def verdicts(self) -> Iterator[tuple[str, str, str]]:
        """Each bar, what was measured against it, and whether it is met."""
        for bar in self.case.bars:
            taken = self.times[bar.side]
            if not bar.against:
                yield bar.text, time_text(taken), _met(taken <= bar.limit)
                continue
            ratio = taken / min(self.times[name] for name in bar.against)
            text = f"{ratio:.3g} x" if bar.limit > 1 else f"{1 / ratio:.3g} x as fast"
            yield bar.text, text, _met(ratio <= bar.limit)


def _met(is_met: bool) -> str:
    return "yes" if is_met else "**no**"


def measured(case: Case, peers: Iterable[Peer]) -> Result:
    """The medians of all sides that can do it, of the quietest of a few rounds."""
    with ExitStack() as stack, df.Graph().as_default():
        sides = case.sides(stack, *case.arguments)
        for peer in peers:
            timer = peer.timer(case.sides.__name__, case.arguments)
            if timer is not None:
                sides[peer.title] = timer
        first, failures = {}, {}
        for name, timer in sides.items():
            try:
                first[name] = timer(1)
            except PeerError as error:
                failures[name] = str(error)
        timers = [sides[name] for name in first]
        results: list[Result] = []
        end = time.monotonic() + PATIENCE
        while not results or (results[-1].others > QUIET and time.monotonic() < end):
            others = Others()
            times = interleaved(timers, list(first.values()), fewest=case.fewest)
            named = {n: t / case.per for n, t in zip(first, times, strict=True)}
            results.append(Result(case, named, failures, others.cores()))
    return min(results, key=lambda result: result.others)


# As text

Table = tuple[Sequence[str], list[Sequence[str]]]
"""The head and the rows."""


def table_of(results: Sequence[Result]) -> Table:
    """A row per case, a column per side."""
    sides = dict.fromkeys(s for r in results for s in [*r.times, *r.failures])
    rows = [[r.case.title, *map(r.cell, sides), f"{r.others:.2f}"] for r in results]
    return ["", *sides, "others"], rows


def bars_of(results: Mapping[str, Sequence[Result]]) -> Table:
    """A row per bar."""
    head = ["", "bar", "measured", "met", "others"]
    return head, [
        [f"{group}: {result.case.title}", *verdict, f"{result.others:.2f}"]
        for group, some in results.items()
        for result in some
        for verdict in result.verdicts()
    ]


def markdown(table: Table) -> str:
    """A table as Markdown."""
    head, rows = table
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines) + "\n"


def write(results: Mapping[str, Sequence[Result]], machine: str) -> None:
    """Put what was measured into the page, and the chart beside it."""
    parts = [machine, "## Bars\n", markdown(bars_of(results))]
    for group, some in results.items():
        parts += [f"## {group}\n", markdown(table_of(some))]
    before, rest = PAGE.read_text().split(BEGIN)
    _, after = rest.split(END)
    PAGE.write_text(before + BEGIN + "\n" + "\n".join(parts) + "\n" + END + after)
    ratios = {
        f"{group}: {result.case.title}": result.times
        for group, some in results.items()
        for result in some
        if "NumPy" in result.times
    }
    PAGE.with_suffix(".svg").write_text(chart(ratios))


def machine_text(peers: Iterable[Peer]) -> str:
    """Where and how this was measured."""
    names = ("numpy", "dask", "distributed")
    versions = [f"{name} {version(name)}" for name in names]
    versions += [f"{peer.name} {peer.version}" for peer in peers]
    return (
        f"{date.today()}, {os.cpu_count()} cores ({platform.machine()}, "
        f"{platform.system()}), Python {platform.python_version()}, "
        f"{', '.join(versions)}:\n\n"
        f"    python -m benchmarks {shlex.join(sys.argv[1:])}\n"
    )


def opened(names: Iterable[str], stack: ExitStack) -> list[Peer]:
    """The peers that could be installed."""
    peers = []
    for name in names:
        try:
            peers.append(peer := Peer(name))
        except PeerError as error:
            print(f"without {name}: {error}", flush=True)
        else:
            stack.callback(peer.close)
    return peers


def main(arguments: Sequence[str]) -> None:
    """Measure what is named, or all there is."""
    parser = argparse.ArgumentParser("python -m benchmarks compare")
    parser.add_argument("groups", nargs="*", help=f"of {', '.join(CASES)}; else all")
    parser.add_argument("--peers", default="", help=f"of {','.join(PEERS)}")
    parser.add_argument("--write", action="store_true", help=f"into docs/{PAGE.name}")
    options = parser.parse_args(arguments)
    names = [name for name in options.peers.split(",") if name]
    unknown = {*names} - {*PEERS} | {*options.groups} - {*CASES}
    if unknown:
        parser.error(f"there is no {', '.join(sorted(unknown))}")
    results: dict[str, list[Result]] = {}
    with ExitStack() as stack, threadpool_limits(1, "blas"):
        peers = opened(names, stack)
        for group in options.groups or CASES:
            results[group] = [measured(case, peers) for case in CASES[group]]
            print(table_text(group, *table_of(results[group])), "\n", flush=True)
        print(table_text("Bars", *bars_of(results)))
        if options.write:
            write(results, machine_text(peers))
