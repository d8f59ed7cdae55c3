"""Pieces of one task side by side on the cores of this process."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from threading import TIMEOUT_MAX, Thread
from typing import TypeVar

import numpy as np
from dask.system import CPU_COUNT

T = TypeVar("T")

CORES = int(CPU_COUNT)


def side_by_side(piece: Callable[[int], None], count: int) -> None:
    """`piece(0)` to `piece(count - 1)`, the first one in this thread.

    All have ended when it returns, or raises the error of one.
    """
    others = [_pool().submit(_quietly, piece, i) for i in range(1, count)]
    try:
        piece(0)
    finally:
        errors = [other.exception() for other in others]
    for error in errors:
        if error is not None:
            raise error


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


def _quietly(piece: Callable[[int], None], i: int) -> None:
    with np.errstate(all="ignore"):
        piece(i)


@cache
def _pool() -> ThreadPoolExecutor:
    # Workers outnumber cores: a piece waits for no piece of another task.
    return ThreadPoolExecutor(2 * CORES, thread_name_prefix="daskflow-piece")


os.register_at_fork(after_in_child=_pool.cache_clear)  # its threads are not there
