"""Runs one after the other, the later ones under way before the first has ended."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from daskflow.cluster import Flight, is_old, own
from daskflow.prepared import Prepared
from daskflow.state import State


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
            item: Item | None = session._fly(prepared, feeds, run, before)
        except BaseException:
            session._give_back(run)
            raise
        if item is None and run:
            session._give_back(run)
        return item

    def _landed(self, most: int = 0) -> Iterator[Any]:
        """The results of the first runs under way, until `most` of them are left."""
        while len(self._items) > most:
            yield self._session._landed(self._items, self._timeout)

    def _stop(self) -> None:
        """Nothing after what has been taken happens."""
        for item in reversed(self._items):
            item.flight.abandon()
            if item.run:
                self._session._give_back(item.run)
        self._items.clear()
        self._session._settle(self._timeout)
