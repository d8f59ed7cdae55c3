"""Runs one after the other, the later ones under way before the first has ended."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterable, Iterator, Mapping
from concurrent.futures import CancelledError
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from daskflow.cluster import Flight, is_old, own
from daskflow.deadlines import turn
from daskflow.errors import DaskflowError, OpError
from daskflow.failures import RETRIES, LostError
from daskflow.prepared import Prepared
from daskflow.state import State
from daskflow.task import RUNNING


@dataclass(slots=True)
class Item:
    """A run of the stream: what it starts from, and what it will leave."""

    prepared: Prepared
    feeds: list[Any]
    run: int
    before: State
    after: State
    flight: Flight


class Stream:
    """The results of one run for each of `feeds`, in order, on a cluster.

    A run is submitted with the versions that the run before it will have left, all of
    them on workers. It is committed when its result is taken. Where another run has
    committed in between, or something was lost, those under way are started again.
    """

    def __init__(
        self,
        session: Any,
        fetches: Any,
        feeds: Iterable[Mapping[Any, Any] | None],
        in_flight: int,
        timeout: float | None,
    ) -> None:
        self._session = session
        self._fetches = fetches
        self._coming = iter(feeds)
        self._in_flight = in_flight
        self._timeout = timeout
        self._items: deque[Item] = deque()

    def results(self) -> Generator[Any]:
        """The results, each after its commit."""
        try:
            while True:
                try:
                    feed = next(self._coming)
                except StopIteration:
                    break
                except Exception:  # in its place, behind the results before it
                    yield from self._landed()
                    raise
                yield from self._with(feed)
            yield from self._landed()
        finally:
            self._stop()

    def _with(self, feed: Mapping[Any, Any] | None) -> Iterator[Any]:
        """Start one more run, and give the results that have to come before."""
        session = self._session
        yield from self._landed(self._in_flight - 1)
        prepared, item = None, None
        try:
            prepared = session._prepare(self._fetches, feed)
            given: Iterable[Any] = (feed or {}).values()
            if prepared.request.nested:
                given = prepared.request.flat(given)
            feeds = [own(value) for value in given]
            if prepared.reads(session._state):
                item = self._started(prepared, feeds)
        except Exception:  # that of this run, if it is not lost: then it is tried below
            yield from self._landed()
        if item is not None:
            self._items.append(item)
            return
        yield from self._landed()
        yield session.run(self._fetches, feed, timeout=self._timeout)

    def _started(self, prepared: Prepared, feeds: list[Any]) -> Item | None:
        session = self._session
        before = self._items[-1].after if self._items else session._state
        if is_old(before):
            return None
        run = session._next_run() if prepared.numbers else 0
        try:
            item = self._begun(prepared, feeds, run, before)
        except BaseException:
            session._give_back(run)
            raise
        if item is None and run:
            session._give_back(run)
        return item

    def _begun(
        self, prepared: Prepared, feeds: list[Any], run: int, before: State
    ) -> Item | None:
        """A run under way; None if what it leaves is not known by now."""
        session = self._session
        if session._closed or RUNNING.user_code:
            session._refuse()
        inputs = prepared.inputs(prepared.request.read(feeds), before, run)
        given = prepared.given(inputs)
        tuning = session._tuning(prepared, inputs)
        plan = tuning.plan
        known = {**plan.values, **given}
        if not {*plan.updates.values()} <= known.keys() | tuning.stored.keys():
            return None
        with session._failures(tuning.program, None):
            attempt, stays = str(next(session._attempts)), frozenset(plan.updates)
            seen = prepared.seen(plan)
            flight = session._cluster.submit(tuning, given, attempt, seen, stays)
        versions = {
            variable: flight.versions[id] if id in flight.versions else known[id]
            for variable, id in plan.updates.items()
        }
        after = before.after(versions) if versions else before
        return Item(prepared, feeds, run, before, after, flight)

    def _landed(self, most: int = 0) -> Iterator[Any]:
        """The results of the first runs under way, until `most` of them are left."""
        while len(self._items) > most:
            yield self._first()

    def _first(self) -> Any:
        """The result of the first run that is under way, which is committed."""
        session = self._session
        cluster, deadline = session._cluster, session._deadline(self._timeout)
        for _ in range(RETRIES):
            try:
                with turn(session._writing, deadline):
                    return self._committed(deadline)
            except LostError as another:
                lost = another
                if not cluster.answers(deadline):
                    break
                with turn(session._writing, deadline), suppress(LostError):
                    if cluster.restorations == lost.restorations:  # not by others
                        session._state = cluster.restored(session._state, deadline)
        raise session._given_up(lost, deadline) from lost.__cause__

    def _committed(self, deadline: float | None) -> Any:
        session, item = self._session, self._items[0]
        if item.prepared.updates and session._state is not item.before:
            self._begin_again()
            item = self._items[0]
        prepared, state = item.prepared, item.before
        inputs = prepared.inputs(prepared.request.read(item.feeds), state, item.run)
        given = prepared.given(inputs)
        try:
            with session._failures(item.flight.program, deadline):
                values = session._collected(item.flight, given, deadline)
        except OpError as error:
            session._locate(error, prepared.plan, given)
            raise
        result = prepared.request.rebuild(values[: len(prepared.plan.fetches)])
        if prepared.updates:
            how = prepared, item.feeds, item.run
            session._cluster.note(session._redo, how, state, item.after)
            session._state = item.after
        self._items.popleft()
        return result

    def _begin_again(self) -> None:
        """Start the runs under way anew, from the present state."""
        state = self._session._state
        for i, item in enumerate(self._items):
            item.flight.abandon()
            again = self._begun(item.prepared, item.feeds, item.run, state)
            assert again is not None
            self._items[i], state = again, again.after

    def _stop(self) -> None:
        """Nothing after what has been taken happens."""
        for item in reversed(self._items):
            item.flight.abandon()
            if item.run:
                self._session._give_back(item.run)
        self._items.clear()
        self._settle()

    def _settle(self) -> None:
        """Have the small variables here again; the next run does it, if this fails."""
        session = self._session
        deadline = session._deadline(self._timeout)
        with session._writing, suppress(OSError, CancelledError, DaskflowError):
            if not session._closed:
                session._state = session._cluster.settled(session._state, deadline)
