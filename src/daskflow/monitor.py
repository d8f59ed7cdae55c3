"""What a session on a cluster tells the dashboard: its plans, and counts of runs."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from weakref import WeakKeyDictionary, WeakSet

from daskflow.costs import Tuning, specs_of
from daskflow.explain import tuned_diagram
from daskflow.pictures.diagram import folding
from daskflow.program import Program
from daskflow.schedulers import Connection
from daskflow.spec import shape_text, spec_of
from daskflow.traced import Traced

logger = logging.getLogger(__name__)

INTERVAL = 0.25
"""Seconds between two things that are told."""

LINGER = 8
"""Intervals without anything to tell after which the thread that tells ends."""

PATIENCE = 0.5
"""Seconds that closing a session waits for the last of it to be told, at most."""

MOST = 80
"""Vertices that the page shows, which is to be read at a glance; scopes are folded."""

PLANS = 16
"""Plans that can be told again, to a scheduler that has restarted."""

NUMBERS = int, float, complex
"""Types of inputs whose dtype is what the other inputs make of it."""

TITLE = 80
"""Letters of what a plan is called."""


@dataclass(slots=True)
class Seen:
    """A plan that has run: which program it had, and how it was described."""

    number: int
    program: Program | None = None
    given: Mapping[str, Any] = field(default_factory=dict)  # specs, mostly
    version: int = 0
    runs: int = 0
    last: float = 0.0  # when one of them ended
    told: tuple[Any, ...] = ()


class Monitor:
    """Counts a session's runs, and tells the dashboard of them from a thread.

    A run only counts; it never waits, and nothing that fails here fails a run. What is
    told are names, shapes, dtypes, times and numbers of runs. `page` is the address of
    the page as soon as it is there.
    """

    def __init__(self, connection: Connection, token: str, is_on: bool) -> None:
        self._connection = connection
        self._token = token
        self._is_on = is_on
        self.page: str | None = None
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._closing = threading.Event()
        self._is_due = False
        self._comm: Any = None  # the connection on which the page was asked for
        self._numbers = count()
        self._seen: WeakKeyDictionary[Tuning, Seen] = WeakKeyDictionary()
        self._plans: dict[int, Seen] = {}  # those that were described last
        self._new: WeakSet[Tuning] = WeakSet()
        self._unsent: set[int] = set()
        self._ran: set[int] = set()
        self._variables: dict[str, tuple[Any, Any, int]] = {}
        self._changed: set[str] = set()
        self._counts = dict.fromkeys(("runs", "commits", "replays", "replayed"), 0)
        self._tell()

    # What happens in the session

    def begins(self, tuning: Tuning | Traced, given: Mapping[str, Any]) -> None:
        """A run of this is about to be submitted."""
        if not self._is_on or isinstance(tuning, Traced):
            return
        seen = self._seen.get(tuning)
        if seen is not None and seen.program is tuning.program:
            return
        with self._lock:
            seen = self._seen.get(tuning)
            if seen is None:
                seen = self._seen[tuning] = Seen(next(self._numbers))
            seen.program = tuning.program
            # What is told needs no values, so none is held here.
            seen.given = {
                id: value if type(value) in NUMBERS else spec_of(value)
                for id, value in given.items()
            }
            self._new.add(tuning)
        self._tell()

    def ended(self, tuning: Tuning | Traced, is_replay: bool) -> None:
        """A run of this has given its values."""
        if not self._is_on:
            return
        with self._lock:
            self._counts["replayed" if is_replay else "runs"] += 1
            seen = None if isinstance(tuning, Traced) else self._seen.get(tuning)
            if seen is not None:
                seen.runs += 1
                seen.last = time.monotonic()
                self._ran.add(seen.number)
        self._tell()

    def stored(self, versions: Mapping[str, Any]) -> None:
        """A commit stores these versions of variables."""
        if not self._is_on:
            return
        with self._lock:
            self._counts["commits"] += 1
            for name, value in versions.items():
                *_, version = self._variables.get(name, (0,))
                self._variables[name] = value.dtype, value.shape, version + 1
            self._changed.update(versions)
        self._tell()

    def restored(self) -> None:
        """What was lost is there again."""
        with self._lock:
            self._counts["replays"] += 1
        self._tell()

    def close(self) -> None:
        """Tell the last of it, if that takes no more than a moment."""
        if self._is_on and self._connection.client.status == "running":
            self._closing.set()
            self._tell()
            thread = self._thread
            if thread is not None:
                thread.join(PATIENCE)
        self._is_on = False

    # What is told

    def _tell(self) -> None:
        """Have it told, soon."""
        if self._is_due or not self._is_on:
            return
        with self._lock:
            self._is_due = True
            if self._thread is None:
                thread = threading.Thread(
                    target=self._work, name="daskflow-dashboard", daemon=True
                )
                with suppress(RuntimeError):  # the program is about to end
                    thread.start()
                    self._thread = thread

    def _work(self) -> None:
        """Tell what there is; a session that does nothing has no thread."""
        idle = 0
        while True:
            with self._lock:
                is_due, self._is_due = self._is_due, False
                idle = 0 if is_due else idle + 1
                if idle > LINGER or (self._closing.is_set() and not is_due):
                    self._thread = None
                    return
            if is_due:
                try:
                    self._send(self._connection.client)
                except Exception as error:  # the next time perhaps
                    logger.debug("the dashboard was not told: %r", error)
            self._closing.wait(INTERVAL)

    def _send(self, client: Any) -> None:
        if client.status != "running":
            return
        if client.scheduler_comm is not self._comm:  # another one, or it has restarted
            self._comm = client.scheduler_comm
            self._install(client)
        if self.page is None:
            return
        self._describe()
        with self._lock:
            changed, unsent, ran = self._changed, self._unsent, self._ran
            self._changed, self._unsent, self._ran = set(), set(), set()
            told = self._told(changed, unsent, ran)
        try:
            client.sync(
                client.scheduler.daskflow,
                session=self._token,
                client=client.id,
                told=told,
            )
        except BaseException:
            with self._lock:
                self._changed |= changed
                self._unsent |= unsent
                self._ran |= ran
            raise

    def _install(self, client: Any) -> None:
        """Put the page on the scheduler, and be ready to tell it everything."""
        # It needs distributed, which only who has a cluster has loaded.
        from daskflow.dashboard import install

        self.page = None
        try:
            self.page = install(client)
        except Exception as error:
            logger.info("%s", error)
        with self._lock:
            self._changed = {*self._variables}
            self._unsent = self._ran = {*self._plans}

    def _describe(self) -> None:
        """Describe the plans that are new, or have new tasks."""
        while True:
            with self._lock:
                if not self._new:
                    return
                tuning = min(self._new, key=lambda t: self._seen[t].number)
                self._new.discard(tuning)
                seen = self._seen[tuning]
            told = description(tuning, seen.given)
            with self._lock:
                seen.version += 1
                seen.told = (seen.number, seen.version, *told)
                self._plans.pop(seen.number, None)
                self._plans[seen.number] = seen
                self._unsent.add(seen.number)
                self._ran.add(seen.number)
                while len(self._plans) > PLANS:
                    del self._plans[next(iter(self._plans))]

    def _told(
        self, changed: set[str], unsent: set[int], ran: set[int]
    ) -> dict[str, Any]:
        """The message: counts, and what is new."""
        variables = []
        for name in changed:
            dtype, shape, version = self._variables[name]
            variables.append((name, str(dtype), shape_text(shape), version))
        plans = [self._plans[n] for n in self._plans.keys() & ran]
        plans.sort(key=lambda seen: seen.last)  # so that it knows which ran last
        return {
            **self._counts,
            "variables": variables,
            "plans": [self._plans[n].told for n in self._plans.keys() & unsent],
            "ran": [(seen.number, seen.runs) for seen in plans],
            "closed": self._closing.is_set(),
        }


def description(tuning: Tuning, given: Mapping[str, Any]) -> tuple[Any, ...]:
    """What a plan is called, how many nodes and tasks it has, and the plan packed.

    It is for inputs like those `given`, or of such specs.
    """
    # It needs distributed, which only who has a cluster has loaded.
    from daskflow.dashboard.plans import packed

    plan, program, costs = tuning.plan, tuning.program, tuning.costs
    diagram, place = folding(tuned_diagram(tuning, specs_of(plan, given)), MOST)
    number = {id: i for i, id in enumerate(diagram.vertices)}
    tasks = {}
    for step in program.steps:
        total = sum(costs[id] for id in step.nodes)
        shares: dict[int, float] = {}
        for id in step.nodes:
            part = costs[id] / total if total else 1 / len(step.nodes)
            vertex = number[place[id]]
            shares[vertex] = shares.get(vertex, 0.0) + part
        tasks[step.id] = shares
    title = ", ".join(dict.fromkeys(plan.wanted))
    if len(title) > TITLE:
        title = f"{title[: TITLE - 1]}…"
    return title, len(plan.nodes), len(program.steps), packed(diagram, tasks)
