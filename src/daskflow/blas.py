"""Matrix products whose bits depend on their operands alone, not on the cores."""

from __future__ import annotations

import os
import threading
from functools import cache
from typing import Any

import numpy as np
from threadpoolctl import ThreadpoolController

from daskflow.buffers import empty
from daskflow.cores import side_by_side

SMALL = 8_192
"""Multiply-adds: BLAS uses one thread for fewer, whatever it has been told."""

BLOCK = 1 << 23
"""Multiply-adds: a product is split into blocks of at least so many."""


matmul = np.matmul
"""For a task that keeps BLAS to one thread, and operands that share no memory."""


def multiply(a: Any, b: Any) -> Any:
    """`a @ b`, computed by one BLAS thread per block.

    BLAS rounds differently with another number of threads, so it gets one. A product
    that is worth several cores is split by a rule that depends on its shape alone,
    and its blocks run side by side: cores change the time, never the bits.
    """
    if type(a) is not np.ndarray or type(b) is not np.ndarray:
        return np.matmul(a, b)
    # NumPy has another routine, which rounds otherwise, for an array times its own
    # transpose; and whether the two share memory depends on where they were computed.
    if a is not b and not (a.base is b.base is None) and np.may_share_memory(a, b):
        b = np.copy(b, order="K")
    work = a.size * (b.shape[-1] if b.ndim > 1 else 1)
    if work <= SMALL:
        return np.matmul(a, b)
    with ONE_THREAD:
        if a.ndim == b.ndim == 2 and work >= 2 * BLOCK:
            return _in_blocks(a, b, work)
        return np.matmul(a, b)


def _in_blocks(a: Any, b: Any, work: int) -> Any:
    n, m = a.shape[0], b.shape[1]
    by_rows = n >= m
    count = min(work // BLOCK, max(n, m) // 256, 16)
    if count < 2:
        return np.matmul(a, b)
    count = 1 << (count.bit_length() - 1)
    result = empty((n, m), np.result_type(a, b))
    edges = [max(n, m) * i // count for i in range(count + 1)]

    def block(i: int) -> None:
        part = slice(edges[i], edges[i + 1])
        if by_rows:
            np.matmul(a[part], b, out=result[part])
        else:
            result[:, part] = np.matmul(a, b[:, part])

    side_by_side(block, count)
    return result


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
            counts = [library.get_num_threads() for library in _libraries()]
            if not _tasks:
                _counts[:] = counts
            _tasks += 1
            if any(count != 1 for count in counts):  # perhaps set by somebody else
                _set([1] * len(counts))

    def __exit__(self, *exception: object) -> None:
        global _tasks
        with _lock:
            _tasks -= 1
            if not _tasks and any(count != 1 for count in _counts):
                _set(_counts)


@cache
def _libraries() -> list[Any]:
    controllers = ThreadpoolController().select(user_api="blas").lib_controllers
    return list(controllers)


def _set(counts: list[int]) -> None:
    for library, count in zip(_libraries(), counts, strict=True):
        # threadpoolctl may listen to one thread of the process only. Here the lock
        # sees to it that threads do not disagree.
        put = getattr(library, "_real_set_num_threads", library.set_num_threads)
        put(count)


ONE_THREAD = OneThread()


def _forget() -> None:  # pragma: no cover - runs in forked processes only
    """A forked process starts with no task in BLAS."""
    global _lock, _tasks
    _lock, _tasks = threading.Lock(), 0


os.register_at_fork(after_in_child=_forget)
