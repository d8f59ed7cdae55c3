"""Runs on a cluster: what stays there, and what is done when it gets lost."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence, Set
from functools import partial
from itertools import count
from typing import Any, NamedTuple

import numpy as np
from dask.task_spec import Task, TaskRef

from daskflow.arrays import version_of
from daskflow.costs import Tuning
from daskflow.emit import emit, result_of
from daskflow.monitor import Monitor
from daskflow.plan import Plan
from daskflow.program import Program
from daskflow.remote import Remote, Sent, lasts, picked
from daskflow.schedulers import Connection, abandon
from daskflow.state import History, Redo, State
from daskflow.traced import Traced

OLDEST = 1_000
"""Runs after which a version comes back and is sent anew.

The scheduler forgets what it came of, a worker does so only at its end: 10 KB a run.
"""

RECONNECT = 60.0
"""Seconds in which a lost scheduler has to answer again."""


class Flight(NamedTuple):
    """A run that has been started, and the versions that it will leave on workers."""

    tuning: Tuning | Traced
    program: Program
    given: Mapping[str, Any]  # what it was started with lives as long as it does
    picks: Mapping[str, tuple[str, ...]]  # step -> what is gathered of it
    values: list[Any]
    held: Mapping[str, Any]  # step -> the future of all of it
    versions: Mapping[str, Remote]

    def abandon(self) -> None:
        """Keep it from going on."""
        abandon([*self.values, *self.held.values()])


class Cluster:
    """A session's side of a cluster.

    A value of `large` bytes or more goes to a worker once, and the versions that runs
    make of it stay there; each is in one place. When it gets lost, the commits since
    the last snapshot are made again.
    """

    def __init__(
        self, connection: Connection, token: str, large: int, dashboard: bool
    ) -> None:
        self._connection = connection
        self.monitor = Monitor(connection, token, dashboard)
        self._large = large
        self._token = token
        self._sent = Sent(connection.put)
        self.restorations = 0
        self._history = History()
        self._lock = threading.RLock()  # of the history
        self._snapshots = threading.Lock()  # one is taken at a time
        self._fetches = count()
        self._restoring = 0  # the thread that makes runs again

    # Runs

    def submit(
        self,
        tuning: Tuning | Traced,
        given: Mapping[str, Any],
        attempt: str,
        seen: Set[str],
        stays: Set[str] = frozenset(),
        deadline: float | None = None,
    ) -> Flight:
        """Start a run of which the user sees the values of `seen`.

        What it makes of the variables `stays` remains on workers whatever its size.
        """
        self.monitor.begins(tuning, given)
        began, put = time.time(), self._sent.nbytes
        program = tuning.program
        needed = {id for step in program.steps for id in step.needs}
        given = {id: value for id, value in given.items() if id in needed}
        passing = _passing(tuning.plan, given)
        given = {id: self._placed(v, id in stays, deadline) for id, v in given.items()}
        sources = {i: given[i] for i in passing if type(given[i]) is Remote}
        age = 1 + max([source.age for source in sources.values()], default=0)
        kept = {*tuning.stored}
        if not stays:
            flowing = _flowing(program, sources.keys()) if age < OLDEST else set()
            large = {i for i, s in tuning.stored.items() if s.nbytes >= self._large}
            kept = large & flowing
        tasks = emit(program, given, self._token, attempt, bind=True, kept=kept)
        here = seen | ({*tuning.plan.updates.values()} - kept)
        keys: dict[str, Any] = {}  # step -> its key, where the result stays there
        picks: dict[str, tuple[str, ...]] = {}
        gathered = []
        for step in program.steps:
            picked = tuple([id for id in step.wanted if id in here])
            whole = picked == step.wanted and kept.isdisjoint(picked)
            if picked or tuning.is_timed:
                picks[step.id] = picked
                gathered.append(result_of(tasks, step, None if whole else picked))
            if step.wanted and not whole:
                keys[step.id] = tasks.key(step.id)
        every = [*gathered, *keys.values()]
        futures = self._connection.submit(tasks, every) if every else []
        if isinstance(tuning, Traced):
            address = f"scheduler {self._connection.client.scheduler.address}"
            tuning.note_sent(given, began, address, self._sent.nbytes - put)
        held = dict(zip(keys, futures[len(gathered) :], strict=True))
        versions = {
            id: Remote.of(tuning.stored[id], held[step.id], step.results.index(id), age)
            for step in program.steps
            for id in kept & {*step.wanted}
        }
        values = futures[: len(gathered)]
        return Flight(tuning, program, given, picks, values, held, versions)

    def collect(
        self, flight: Flight, deadline: float | None
    ) -> dict[str, tuple[Any, ...]]:
        """What each step gives that is wanted, and readings where they are asked for.

        What nobody sees is None.
        """
        held = list(flight.held.values())
        values = self._connection.collect(flight.values, held, deadline)
        done: dict[str, tuple[Any, ...]] = {}
        found = dict(zip(flight.picks, values, strict=True))
        for step in flight.program.steps:
            *results, readings = found.get(step.id, ((),))
            picked = dict(zip(flight.picks.get(step.id, ()), results, strict=True))
            done[step.id] = (*map(picked.get, step.wanted), readings)
        self.monitor.ended(flight.tuning, self._restoring == threading.get_ident())
        return done

    def _placed(self, value: Any, stays: bool, deadline: float | None) -> Any:
        """The value, or what stands for it on a worker if it is large or `stays`."""
        if isinstance(value, np.ndarray) and (stays or value.nbytes >= self._large):
            return self._sent.remote(value, deadline)
        return value

    def fetched(
        self, values: Sequence[Any], deadline: float | None = None
    ) -> list[Any]:
        """The values, those from workers included."""
        remote = [value for value in values if isinstance(value, Remote)]
        if not remote:
            return list(values)
        tasks = {}
        for value in remote:
            key = ("variable:fetched", self._token, str(next(self._fetches)))
            reference = TaskRef(value.future.key)
            if value.index is None:
                tasks[key] = Task(key, version_of, reference)
            else:
                tasks[key] = Task(key, picked, reference, value.index)
        arrays = self._connection.run(tasks, list(tasks), deadline)
        here = iter(map(version_of, arrays))
        return [next(here) if isinstance(v, Remote) else v for v in values]

    # What is lost

    def answers(self, deadline: float | None) -> bool:
        """Whether the scheduler answers in time."""
        limit = time.monotonic() + RECONNECT
        return self._connection.wait(
            limit if deadline is None else min(limit, deadline)
        )

    def restored(self, state: State, deadline: float | None) -> State:
        """The present state, made again as far as values were on workers alone."""
        with self._lock:
            self._sent.forget()
            self._restoring = threading.get_ident()
            try:
                again = self._history.again(state, deadline) if state.remote else state
            finally:
                self._restoring = 0
            self.restorations += 1
            self.monitor.restored()
            return again

    def note(
        self,
        redo: Callable[..., State],
        arguments: tuple[Any, Collection[Any], int],
        before: State,
        after: State,
    ) -> None:
        """Remember a commit that is about to be stored.

        `redo(*arguments, before, deadline)` makes it again.
        """
        prepared, feeds, run = arguments
        self.monitor.stored({id: after.values[id] for id in prepared.updates})
        replaced = [v for id, v in before.values.items() if after.values[id] is not v]
        # The scheduler forgets a version and what it was made of as soon as what was
        # sent first is let go: nothing grows with the number of steps.
        self._sent.forget(replaced)
        if not after.remote and self._history.snapshot is None:
            return
        mine = list(map(own, feeds))
        copies = [m for m, feed in zip(mine, feeds, strict=True) if m is not feed]
        again = partial(redo, prepared, mine, run)
        with self._lock:
            due = self._history.is_due
            self._history.add(before, after, again, sum(c.nbytes for c in copies))
        if due and self._snapshots.acquire(blocking=False):
            threading.Thread(target=self._snapshot, args=(before,), daemon=True).start()

    def settled(self, state: State, deadline: float | None) -> State:
        """The state with all values here that are not large."""
        small = {id: v for id, v in state.remote.items() if v.nbytes < self._large}
        arrays = self.fetched(list(small.values()), deadline)
        values = {**state.values, **dict(zip(small, arrays, strict=True))}
        settled = State(state.commits, values)
        if not settled.remote:
            with self._lock:
                self._history = History()
        return settled

    def note_loaded(self, redo: Redo, before: State, after: State) -> None:
        """Remember values that were stored without a run."""
        known = before.values
        new = {id: v for id, v in after.values.items() if known.get(id) is not v}
        self.monitor.stored(new)
        with self._lock:
            self._history.add(before, after, redo, 0)

    def _snapshot(self, state: State) -> None:
        """Fetch what is on workers alone; the session goes on meanwhile."""
        began = time.monotonic()
        try:
            remote = state.remote
            arrays = self.fetched(list(remote.values()))
            values = {**state.values, **dict(zip(remote, arrays, strict=True))}
            with self._lock:
                self._history.cut(State(state.commits, values), began)
        except Exception:  # it got lost, or the session was closed: the next will do
            pass
        finally:
            self._snapshots.release()

    def close(self, state: State) -> None:
        """Let go of all that the session has on workers."""
        self.monitor.close()
        self._history = History()
        self._sent.forget()
        for remote in state.remote.values():
            remote.future.release()


def _passing(plan: Plan, given: Mapping[str, Any]) -> Set[str]:
    """The inputs that no worker has any more after a run and its commit."""
    replaced = plan.updates.keys() & {*plan.inputs_from("variable")}
    return {id for id, value in given.items() if id in replaced or not lasts(value)}


def _flowing(program: Program, passing: Set[str]) -> Set[str]:
    """What is wanted of steps that depend on something passing.

    Only that may stay on a worker: of anything else the scheduler would keep the whole
    past, for as long as what it was made of is there.
    """
    flowing = {*passing}
    wanted: set[str] = set()
    for step in program.steps:
        if not flowing.isdisjoint(step.needs):
            flowing.add(step.id)
            wanted.update(step.wanted)
    return wanted


def is_old(state: State) -> bool:
    """Whether a value has come of so many runs that it has to come back."""
    return any(value.age + 1 >= OLDEST for value in state.remote.values())


def own(feed: Any) -> Any:
    """A feed that nobody else can change."""
    array = np.asarray(feed)
    return feed if array is feed and lasts(array) else np.array(array)
