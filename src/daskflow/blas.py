"""One BLAS thread while a task runs, so that cores never change the bits."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import cache
from types import TracebackType

from threadpoolctl import ThreadpoolController

# The number of BLAS threads belongs to the process, and tasks come and go in several
# threads at once: the first one in sets it, the last one out sets it back.
_lock = threading.Lock()
_tasks = 0
_restore: list[tuple[Callable[[int], None], int]] = []


@cache
def _libraries() -> list[tuple[Callable[[], int], Callable[[int], None]]]:
    blas = ThreadpoolController().select(user_api="blas")
    return [(lib.get_num_threads, lib.set_num_threads) for lib in blas.lib_controllers]


class OneThread:
    """A context in which BLAS keeps to one thread, in every thread of the process."""

    def __enter__(self) -> None:
        global _tasks
        with _lock:
            if not _tasks:
                _restore[:] = [(put, get()) for get, put in _libraries()]
                for put, count in _restore:
                    if count != 1:
                        put(1)
            _tasks += 1

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        global _tasks
        with _lock:
            _tasks -= 1
            if not _tasks:
                for put, count in _restore:
                    if count != 1:
                        put(count)


ONE_THREAD = OneThread()
