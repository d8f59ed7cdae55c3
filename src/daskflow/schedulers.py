"""What a session is told of a scheduler, as a Dask `get`."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import (
    BrokenExecutor,
    Executor,
    Future,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
)
from concurrent.futures import wait as wait_for
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

import dask.config
from dask.base import get_scheduler, named_schedulers
from dask.multiprocessing import get_context, initialize_worker_process
from dask.system import CPU_COUNT

from daskflow.errors import SessionError, UnavailableError

T = TypeVar("T")
Get = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Scheduler:
    """`get(tasks, keys)`, the client of a cluster if there is one, how to close it.

    A `local` one runs tasks in this process, and does not pickle them.
    """

    get: Get
    local: bool = False
    workers: Callable[[], int] = lambda: CPU_COUNT
    has_callbacks: bool = False
    client: Any = None
    close: Callable[[], None] = lambda: None

    @property
    def quiet_get(self) -> Get | None:
        """`get`, unseen by Dask's callbacks; None where the user would see it."""
        if self.has_callbacks:
            return partial(self.get, callbacks=())
        return self.get if self.client is not None else None


def open_scheduler(scheduler: Any = None) -> Scheduler:
    """The scheduler meant by what Dask users already say.

    - None: Dask's configuration or its active client, else threads;
    - `"threads"`, `"processes"`: a pool of the session's own;
    - `"sync"` and every other name that Dask knows;
    - the address of a Dask scheduler, a `Client` or a cluster object;
    - any function `get(tasks, keys)`.
    """
    if isinstance(scheduler, str):
        return _named(scheduler.strip("'\""))
    if scheduler is None:
        return _configured()
    if hasattr(scheduler, "scheduler_info") and hasattr(scheduler, "get"):
        return _of_client(scheduler)
    if hasattr(scheduler, "scheduler_address"):
        return _connected(scheduler)
    if callable(scheduler) or isinstance(scheduler, Executor):
        return Scheduler(get_scheduler(scheduler=scheduler))
    raise SessionError(f"{_WANTED}, got {scheduler!r}")


_WANTED = (
    "a scheduler is a name such as 'threads', 'sync' or 'processes', an address such "
    "as 'tcp://host:8786', a Client, a cluster, or a get function"
)


def _configured() -> Scheduler:
    """What Dask would use by itself."""
    # Looking for an active client imports distributed; where nobody has, none is.
    active = dask.config.get("scheduler", None) or "distributed" in sys.modules
    get = get_scheduler() if active else None
    client = getattr(get, "__self__", None)
    if client is not None:
        return _of_client(client)
    return _local(get or named_schedulers["threads"])


def _local(get: Get) -> Scheduler:
    if get not in _NEW_POOL:
        return Scheduler(get, local=True, workers=lambda: 1, has_callbacks=True)
    pool = _Pool(_NEW_POOL[get])
    local = get is not named_schedulers["processes"]
    mine = partial(pool.get, get)
    return Scheduler(mine, local, _workers, has_callbacks=True, close=pool.close)


def _named(name: str) -> Scheduler:
    if "://" in name:
        return _connected(name)
    if name.lower() not in named_schedulers:
        raise SessionError(f"{_WANTED}, got {name!r}")
    return _local(named_schedulers[name.lower()])


def _threads() -> Executor:
    return ThreadPoolExecutor(_workers(), thread_name_prefix="daskflow")


def _processes() -> Executor:
    return ProcessPoolExecutor(
        _workers(),
        mp_context=get_context(),
        initializer=initialize_worker_process,
    )


def _workers() -> int:
    return int(dask.config.get("num_workers", None) or CPU_COUNT)


_NEW_POOL: dict[Get, Callable[[], Executor]] = {
    named_schedulers["threads"]: _threads,
    named_schedulers["processes"]: _processes,
}


class _Pool:
    """A session's own pool, and another one after a worker process has died."""

    def __init__(self, new: Callable[[], Executor]) -> None:
        self._new = new
        self._pool = new()

    def get(
        self, get: Get, tasks: Mapping[Any, Any], keys: Sequence[Any], **kwargs: Any
    ) -> Any:
        pool = self._pool
        run = _Submitted(pool)
        try:
            return get(tasks, keys, pool=run, **kwargs)
        except BaseException as error:
            # Dask raises at the first error and leaves the other tasks running.
            run.cancel()
            if isinstance(error, BrokenExecutor) and self._pool is pool:
                self._pool = self._new()
            raise

    def close(self) -> None:
        self._pool.shutdown(cancel_futures=True)


class _Submitted(Executor):
    """A pool that knows which tasks of one run are not done yet."""

    def __init__(self, pool: Executor) -> None:
        self._pool = pool
        self._max_workers: int = pool._max_workers  # type: ignore[attr-defined]
        self._open: set[Future[Any]] = set()

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        future = self._pool.submit(fn, *args, **kwargs)
        self._open.add(future)
        future.add_done_callback(self._open.discard)
        return future

    def cancel(self) -> None:
        """Cancel what has not begun and wait for what has."""
        wait_for([future for future in list(self._open) if not future.cancel()])


def _of_client(client: Any, close: Callable[[], None] = lambda: None) -> Scheduler:
    if client.asynchronous:
        raise SessionError("a session needs a Client with asynchronous=False")
    # Values travel with the tasks, on purpose: that survives the loss of a worker.
    warnings.filterwarnings("ignore", "Sending large graph", UserWarning)
    threads = partial(_threads_on, client)
    return Scheduler(client.get, workers=threads, client=client, close=close)


def _threads_on(client: Any) -> int:
    """How many tasks a cluster runs at once; a run will say if it cannot be reached."""
    try:
        return sum(client.nthreads().values()) or 1
    except Exception:
        return 1


def _connected(address: Any) -> Scheduler:
    from distributed import Client  # costs a second: only who has a cluster pays

    try:
        client = Client(address, set_as_default=False)
    except (OSError, ValueError) as error:
        raise UnavailableError(
            None,
            None,
            f"no Dask scheduler answers at {address}: {error}; start one with "
            "`dask scheduler`, or check the address",
        ) from error
    return _of_client(client, client.close)
