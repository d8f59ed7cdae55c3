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
from daskflow.program import Program
from daskflow.remote import Remote, Sent, picked
from daskflow.schedulers import Connection, abandon
from daskflow.state import History, Redo, State

RECONNECT = 60.0
"""Seconds in which a lost scheduler has to answer again."""


class Flight(NamedTuple):
    """A run that has been started, and the versions that it will leave on workers."""

    tuning: Tuning
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

    def __init__(self, connection: Connection, token: str, large: int) -> None:
        self._connection = connection
        self._large = large
        self._token = token
        self._sent = Sent(connection.put)
        self._history = History()
        self._lock = threading.RLock()  # of the history
        self._snapshots = threading.Lock()  # one is taken at a time
        self._fetches = count()

    # Runs

    def submit(
        self,
        tuning: Tuning,
        given: Mapping[str, Any],
        attempt: str,
        seen: Set[str],
        stays: Set[str] = frozenset(),
    ) -> Flight:
        """Start a run of which the user sees the values of `seen`.

        What it makes of the variables `stays` remains on workers whatever its size.
        """
        program = tuning.program
        needed = {id for step in program.steps for id in step.needs}
        given = {
            id: self._placed(v, id in stays) for id, v in given.items() if id in needed
        }
        tasks = emit(program, given, self._token, attempt, bind=True)
        kept = {*tuning.stored}
        if not stays:
            large = {i for i, s in tuning.stored.items() if s.nbytes >= self._large}
            kept = large & _flowing(program, given)
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
        held = dict(zip(keys, futures[len(gathered) :], strict=True))
        versions = {
            id: Remote.of(tuning.stored[id], held[step.id], step.results.index(id))
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
        return done

    def _placed(self, value: Any, stays: bool) -> Any:
        """The value, or what stands for it on a worker if it is large or `stays`."""
        if isinstance(value, np.ndarray) and (stays or value.nbytes >= self._large):
            return self._sent.remote(value)
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
            key = ("fetch", self._token, str(next(self._fetches)))
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

    def restored(self, state: State) -> State:
        """The same state, made again as far as values were on workers alone."""
        with self._lock:
            self._sent.forget()
            if not state.remote:
                return state
            again = self._history.again()
            assert again is not None
            return again

    def note(
        self,
        redo: Callable[..., State],
        arguments: tuple[Any, Collection[Any], int],
        before: State,
        after: State,
    ) -> None:
        """Remember a commit, made again by `redo(*arguments, before)`."""
        replaced = [v for id, v in before.values.items() if after.values[id] is not v]
        # The scheduler forgets a version and what it was made of as soon as what was
        # sent first is let go: nothing grows with the number of steps.
        self._sent.forget(replaced)
        if not after.remote and self._history.snapshot is None:
            return
        prepared, feeds, run = arguments
        copies = [own(feed) for feed in feeds]
        size = sum(feed.nbytes for feed in copies if isinstance(feed, np.ndarray))
        again = partial(redo, prepared, copies, run)
        with self._lock:
            self._history.add(before, after, again, size)
            due = self._history.is_due
        if due and self._snapshots.acquire(blocking=False):
            threading.Thread(target=self._snapshot, args=(after,), daemon=True).start()

    def settled(self, state: State) -> State:
        """The state with all values here that are not large."""
        small = {id: v for id, v in state.remote.items() if v.nbytes < self._large}
        arrays = self.fetched(list(small.values()))
        values = {**state.values, **dict(zip(small, arrays, strict=True))}
        settled = State(state.commits, values)
        if not settled.remote:
            with self._lock:
                self._history = History()
        return settled

    def note_loaded(self, redo: Redo, before: State, after: State) -> None:
        """Remember values that were stored without a run."""
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
        except (
            Exception
        ):  # it got lost, or the session was closed: the next one will do
            pass
        finally:
            self._snapshots.release()


def _flowing(program: Program, given: Mapping[str, Any]) -> Set[str]:
    """What is wanted of steps that depend on what was sent, or on what came of that.

    Only that may stay on a worker: the scheduler keeps the whole past of anything else.
    """
    flowing = {id for id, value in given.items() if isinstance(value, Remote)}
    wanted: set[str] = set()
    for step in program.steps:
        if not flowing.isdisjoint(step.needs):
            flowing.add(step.id)
            wanted.update(step.wanted)
    return wanted


def own(feed: Any) -> Any:
    """A feed that nobody else can change."""
    if isinstance(feed, np.ndarray) and not feed.flags.writeable:
        return feed
    return np.array(feed) if isinstance(feed, np.ndarray | list | tuple) else feed
