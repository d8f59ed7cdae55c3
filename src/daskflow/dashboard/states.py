"""What the nodes of a plan do, from what becomes of its tasks."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from daskflow.dashboard.plans import Described, unpacked

BUSIEST = 12
"""Nodes that are listed by their time."""

WAITING = frozenset({"waiting", "queued", "no-worker"})


@dataclass(slots=True)
class Total:
    """What all tasks of one name came to, and how the last one ended."""

    runs: int = 0
    seconds: float = 0.0
    erred: int = 0
    lost: int = 0
    last: str = ""


@dataclass(frozen=True, slots=True)
class Look:
    """What the page is told at one time: `told`, and the states of a plan's nodes.

    They come of the tasks that are there, `live`, and of the `totals` by task.
    """

    told: dict[str, Any]
    plan: bytes | None = None
    live: Sequence[tuple[Any, str]] = ()
    totals: Mapping[str, Total] = field(default_factory=dict)

    def data(self) -> dict[str, Any]:
        """All of it, for JSON."""
        if self.plan is None:
            return self.told
        plan = unpacked(self.plan)
        states = self.states(plan)
        busiest = _busiest(states, [*plan.diagram.vertices])
        return {**self.told, "states": states, "busiest": busiest}

    def states(self, plan: Described) -> list[list[Any]]:
        """For each vertex its state, how many tasks are what, runs and seconds.

        They are waiting, processing, in memory, have erred, were lost.
        """
        live: list[dict[str, int]] = [{} for _ in plan.diagram.vertices]
        for key, state in self.live:
            for place in plan.tasks.get(key[0], ()):
                kind = "waiting" if state in WAITING else state
                live[place][kind] = live[place].get(kind, 0) + 1
        sums = [Total() for _ in live]
        last: list[set[str]] = [set() for _ in live]
        for name, total in self.totals.items():
            for place, part in plan.tasks.get(name, {}).items():
                sums[place].runs += total.runs
                sums[place].seconds += total.seconds * part
                sums[place].erred += total.erred
                sums[place].lost += total.lost
                last[place].add(total.last)
        return [
            [
                _state(here, ends),
                *[here.get(state, 0) for state in ("waiting", "processing", "memory")],
                *(whole.erred, whole.lost, whole.runs, whole.seconds),
            ]
            for here, ends, whole in zip(live, last, sums, strict=True)
        ]


def _state(live: Mapping[str, int], last: Collection[str]) -> str:
    """The state that says most about tasks of which these are there or ended so."""
    if "erred" in live or "erred" in last:
        return "erred"
    if "lost" in last:
        return "lost"
    for state in ("processing", "waiting", "memory"):
        if state in live:
            return state
    return "done" if "memory" in last else ""


def _busiest(states: Sequence[Sequence[Any]], ids: Sequence[str]) -> list[list[Any]]:
    """The vertices that have taken most time, with their seconds and runs."""
    rows = [[ids[i], row[-1], row[-2]] for i, row in enumerate(states) if row[-1]]
    return sorted(rows, key=lambda row: -row[1])[:BUSIEST]
