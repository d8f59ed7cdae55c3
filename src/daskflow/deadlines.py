"""Limits of time: when a run is late, and how long it waits for its turn."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

from daskflow.errors import DeadlineExceededError


def is_over(deadline: float | None) -> bool:
    """Whether it is later than this, by `time.monotonic`; never where it is None."""
    return deadline is not None and monotonic() >= deadline


def late() -> DeadlineExceededError:
    """The error of a run that took too long."""
    return DeadlineExceededError(
        None,
        None,
        "the run took longer than its timeout; no variable has changed, and the "
        "session can be used again",
    )


@contextmanager
def turn(lock: threading.RLock, deadline: float | None) -> Iterator[None]:
    """Hold the lock, or raise `DeadlineExceededError`."""
    left = -1.0 if deadline is None else deadline - monotonic()
    limit = left if deadline is None else min(max(left, 0.0), threading.TIMEOUT_MAX)
    if not lock.acquire(timeout=limit):
        raise late()
    try:
        yield
    finally:
        lock.release()
