"""The versions of variables that a session has, and how it gets lost ones back."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from daskflow.remote import Remote

SHARE = 20.0
"""A snapshot is taken at the soonest after so many times what the last one took."""

SOONEST = 1.0
"""Seconds between snapshots, at the least."""

LOGGED = 1 << 28
"""Bytes of feeds in the log that call for a snapshot at once."""


class State(NamedTuple):
    """Variable -> its value after a number of commits: a read-only array, or `Remote`.

    A state is never changed; a commit makes the next one.
    """

    commits: int
    values: Mapping[str, Any]

    def after(self, versions: Mapping[str, Any]) -> State:
        """The state that one more commit leaves."""
        return State(self.commits + 1, {**self.values, **versions})

    @property
    def remote(self) -> dict[str, Remote]:
        """The values that are on workers alone."""
        return {id: v for id, v in self.values.items() if isinstance(v, Remote)}


Redo = Callable[[State, float | None], State]
"""Makes one commit again, in time: the state before it in, the state after it out."""


class History:
    """A snapshot, a state whose values are all here, and the commits since.

    Made again from the snapshot in their order, the commits give the present state, to
    the bit. Where no value is on workers alone there is nothing to remember.
    """

    def __init__(self) -> None:
        self.snapshot: State | None = None
        self._log: list[tuple[Redo, int]] = []
        self._bytes = 0
        self._taken = time.monotonic()
        self._pause = SOONEST

    def __len__(self) -> int:
        return len(self._log)

    def add(self, before: State, after: State, redo: Redo, size: int) -> None:
        """Note a commit, which holds `size` bytes of feeds."""
        if self.snapshot is None:
            if not after.remote:
                return
            self.snapshot = before
        # What was noted, and interrupted before it was stored, never was.
        self._drop(slice(before.commits - self.snapshot.commits, None))
        self._log.append((redo, size))
        self._bytes += size

    @property
    def is_due(self) -> bool:
        """Whether it is time for another snapshot."""
        since = time.monotonic() - self._taken
        return bool(self._log) and (since > self._pause or self._bytes > LOGGED)

    def cut(self, snapshot: State, began: float) -> None:
        """Forget the commits up to a `snapshot` that was begun at that time."""
        assert self.snapshot is not None
        made = snapshot.commits - self.snapshot.commits
        self.snapshot = snapshot
        self._drop(slice(made))
        self._taken = time.monotonic()
        self._pause = max(SOONEST, SHARE * (self._taken - began))

    def again(self, state: State, deadline: float | None = None) -> State:
        """The present `state` once more, by way of the commits since the snapshot."""
        assert self.snapshot is not None
        made, again = state.commits - self.snapshot.commits, self.snapshot
        for redo, _ in self._log[:made]:
            again = redo(again, deadline)
        return again

    def _drop(self, commits: slice) -> None:
        self._bytes -= sum(size for _, size in self._log[commits])
        del self._log[commits]
