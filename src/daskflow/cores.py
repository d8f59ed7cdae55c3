"""Pieces of one task side by side on the cores of this process."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from threading import TIMEOUT_MAX, Lock, Thread
from typing import TypeVar

import numpy as np
from dask.system import CPU_COUNT

T = TypeVar("T")

CORES = int(CPU_COUNT)


class _Busy:
    """How many threads are in a `side_by_side`: on their own account, and to help."""

    def __init__(self) -> None:
        self.callers = self.helpers = 0
        self.lock = Lock()

    @property
    def free(self) -> int:
        """Cores that are left."""
        return CORES - self.callers - self.helpers


_busy = _Busy()


def side_by_side(piece: Callable[[int], None], count: int) -> None:
    """`piece(0)` to `piece(count - 1)`, in this thread and on cores that are free.

    All have ended when it returns, or raises the error of one. Where tasks do this at
    the same time, each keeps to its own thread: more threads than cores only take the
    cache from each other.
    """
    pieces = iter(range(count))
    with _busy.lock:
        _busy.callers += 1
        helpers = max(0, min(count - 1, _busy.free))
        _busy.helpers += helpers
    helping = [_pool().submit(_help, piece, pieces) for _ in range(helpers)]
    try:
        for i in pieces:
            piece(i)
    finally:
        for _ in pieces:  # after an error nobody begins another one
            pass
        errors = [helper.exception() for helper in helping]
        with _busy.lock:
            _busy.callers -= 1
    for error in errors:
        if error is not None:
            raise error


def _help(piece: Callable[[int], None], pieces: Iterator[int]) -> None:
    """Take pieces until there are none, or a task needs the core."""
    try:
        with np.errstate(all="ignore"):
            for i in pieces:
                piece(i)
                if _busy.free < 0:
                    break
    except BaseException:
        for _ in pieces:
            pass
        raise
    finally:
        with _busy.lock:
            _busy.helpers -= 1


def in_time(function: Callable[[], T], deadline: float) -> T:
    """What `function` gives, or `TimeoutError` at the `deadline` (`time.monotonic`).

    Nothing stops a thread, so what has begun goes on by itself and counts for nothing.
    """
    outcome: Future[T] = Future()

    def work() -> None:
        try:
            outcome.set_result(function())
        except BaseException as error:
            outcome.set_exception(error)

    Thread(target=work, name="daskflow-in-time", daemon=True).start()
    return outcome.result(min(deadline - time.monotonic(), TIMEOUT_MAX))


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(CORES, thread_name_prefix="daskflow-piece")


def _forget() -> None:  # pragma: no cover - runs in forked processes only
    """A forked process has none of these threads."""
    global _busy
    _busy = _Busy()
    _pool.cache_clear()


os.register_at_fork(after_in_child=_forget)
