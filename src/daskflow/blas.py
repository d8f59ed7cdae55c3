"""One BLAS thread while a task runs, so that cores never change the bits."""

from __future__ import annotations

import threading
from functools import cache
from typing import Any

from threadpoolctl import ThreadpoolController

# The number of BLAS threads belongs to the process, and tasks come and go in several
# threads at once: the first one in sets it, the last one out sets it back.
_lock = threading.Lock()
_tasks = 0
_counts: list[int] = []


class OneThread:
    """A context in which BLAS keeps to one thread, in every thread of the process."""

    def __enter__(self) -> None:
        global _tasks
        with _lock:
            if not _tasks:
                _counts[:] = [library.get_num_threads() for library in _libraries()]
                _set([1] * len(_counts))
            _tasks += 1

    def __exit__(self, *exception: object) -> None:
        global _tasks
        with _lock:
            _tasks -= 1
            if not _tasks:
                _set(_counts)


@cache
def _libraries() -> list[Any]:
    controllers = ThreadpoolController().select(user_api="blas").lib_controllers
    return list(controllers)


def _set(counts: list[int]) -> None:
    for library, count in zip(_libraries(), counts, strict=True):
        if library.get_num_threads() == count:
            continue
        # threadpoolctl listens to one thread only until that one gives the control
        # back. Here the lock sees to it that threads do not disagree.
        give_back = getattr(library, "clear_controlling_thread", _nothing)
        give_back(force=True)
        library.set_num_threads(count)
        give_back(force=True)


def _nothing(force: bool) -> None:
    """What an older threadpoolctl needs to be told."""


ONE_THREAD = OneThread()
