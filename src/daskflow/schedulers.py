"""What a session is told of a scheduler, as a Dask `get`."""

from __future__ import annotations

import socket
import sys
import time
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
from ipaddress import ip_address
from operator import attrgetter
from threading import Lock, Thread
from typing import Any, TypeVar
from urllib.parse import urlsplit

import dask.config
from dask.base import get_scheduler, named_schedulers
from dask.multiprocessing import get_context, initialize_worker_process
from dask.system import CPU_COUNT

from daskflow.errors import SecurityWarning, SessionError, UnavailableError
from daskflow.placement import placed

T = TypeVar("T")
Get = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Scheduler:
    """`get(tasks, keys)`, the connection to a cluster if there is one, how to close it.

    A `local` one runs tasks in this process, and does not pickle them.
    """

    get: Get
    local: bool = False
    workers: Callable[[], int] = lambda: CPU_COUNT
    has_callbacks: bool = False
    connection: Connection | None = None
    close: Callable[[], None] = lambda: None

    def __str__(self) -> str:
        if self.connection is not None:
            return f"cluster, {self.connection.client.scheduler.address}"
        where = "this process" if self.local else "processes"
        return f"{where}, {self.workers()} at a time"

    @property
    def client(self) -> Any:
        """The client of the cluster, None where there is no cluster."""
        return None if self.connection is None else self.connection.client

    @property
    def quiet_get(self) -> Get | None:
        """`get`, unseen by Dask's callbacks; None where the user would see it."""
        if self.has_callbacks:
            return partial(self.get, callbacks=())
        return self.get if self.connection is not None else None


def open_scheduler(scheduler: Any = None, security: Any = None) -> Scheduler:
    """The scheduler meant by what Dask users already say.

    - None: Dask's configuration or its active client, else threads;
    - `"threads"`, `"processes"`: a pool of the session's own;
    - `"sync"` and every other name that Dask knows;
    - the address of a Dask scheduler, a `Client` or a cluster object;
    - any function `get(tasks, keys)`.

    A `tls://` address takes Dask's `Security` as `security`, unless Dask's
    configuration has the certificates.
    """
    name = scheduler.strip("'\"") if isinstance(scheduler, str) else ""
    if "://" in name:
        return _connected(name, security)
    if security is not None:
        raise SessionError(
            "security goes with an address such as 'tls://host:8786', "
            f"got {scheduler!r}"
        )
    if isinstance(scheduler, str):
        return _named(name)
    if scheduler is None:
        return _configured()
    if hasattr(scheduler, "scheduler_info") and hasattr(scheduler, "get"):
        return _on(Connection(scheduler))
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
        return _on(Connection(client))
    get = get or named_schedulers["threads"]
    known = get in named_schedulers.values()
    return _local(get) if known else Scheduler(get)  # one's own may run tasks anywhere


def _local(get: Get) -> Scheduler:
    if get not in _NEW_POOL:
        return Scheduler(get, local=True, workers=lambda: 1, has_callbacks=True)
    pool = _Pool(_NEW_POOL[get])
    local = get is not named_schedulers["processes"]
    mine = partial(pool.get, get)
    return Scheduler(mine, local, _workers, has_callbacks=True, close=pool.close)


def _named(name: str) -> Scheduler:
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


class Connection:
    """A client of a cluster, and another one when it has given its scheduler up.

    Only a client of the session's own can be replaced; `reopen` makes the next one.
    """

    def __init__(self, client: Any, reopen: Callable[[], Any] | None = None) -> None:
        self.client = client
        self._reopen = reopen
        self._opening = Lock()

    def get(self, tasks: Mapping[Any, Any], keys: Sequence[Any]) -> list[Any]:
        """The values of `keys`."""
        return self.run(tasks, keys)

    def run(
        self,
        tasks: Mapping[Any, Any],
        keys: Sequence[Any],
        deadline: float | None = None,
    ) -> list[Any]:
        """The values of `keys`; `TimeoutError` at the `deadline`, of `monotonic`."""
        return self.collect(self.submit(tasks, keys), [], deadline) if keys else []

    def submit(self, tasks: Mapping[Any, Any], keys: Sequence[Any]) -> list[Any]:
        """Futures of `keys`, which the cluster's workers compute from now on."""
        client = self._live()
        placed_tasks = placed(tasks, client)
        futures: list[Any] = client.get(placed_tasks, list(keys), sync=False)
        try:
            # What is sent on a lost connection waits for the next, for ever if none
            # comes. What is on its way when one is lost fails by itself.
            self._live()
        except BaseException:
            abandon(futures)
            raise
        return futures

    def collect(
        self, futures: list[Any], kept: list[Any], deadline: float | None = None
    ) -> list[Any]:
        """The values of `futures`, once what is `kept` has been computed as well."""
        every = [*futures, *kept]
        if not every:
            return []
        client = every[0].client
        done = False
        try:
            values: list[Any] = client.sync(_values, client, futures, kept, deadline)
            done = True
        except Exception as error:
            if _lacked_memory(client, error):
                raise MemoryError("its worker was over its memory limit") from error
            raise
        finally:
            abandon(futures if done else every)
        return values

    def put(self, array: Any, deadline: float | None = None) -> Any:
        """A future of an array that is sent to a worker, by way of the scheduler.

        Raises `TimeoutError` at the `deadline`, `ConnectionError` if the worker leaves
        while it is on its way.
        """
        client = self._live()
        limit = None if deadline is None else max(deadline - time.monotonic(), 0.0)
        try:
            [future] = client.sync(
                client._scatter, [array], hash=False, callback_timeout=limit
            )
        except KeyError as error:  # how a scheduler says it
            raise ConnectionError("the worker it was sent to has left") from error
        return future

    def wait(self, deadline: float) -> bool:
        """Whether there is a connection before the `deadline`."""
        while time.monotonic() < deadline:
            try:
                self._live()
            except OSError:
                time.sleep(0.05)
            else:
                return True
        return False

    def threads(self) -> int:
        """How many tasks the cluster runs at once; a run will say if none answers."""
        if self.client.status != "running":  # it would wait half a minute to say so
            return 1
        try:
            return sum(self.client.nthreads().values()) or 1
        except Exception:
            return 1

    def close(self) -> None:
        """Close the session's own client."""
        with self._opening:  # or a run in another thread might open the next one
            reopen, self._reopen = self._reopen, None
        if reopen is not None:
            self.client.close()

    def _live(self) -> Any:
        """The client, if it has a connection."""
        with self._opening:
            if self.client.status == "closed":
                if self._reopen is None:
                    raise SessionError(
                        "the session's Client is closed; open a session on another "
                        "one. Variables can still be read here"
                    )
                self.client = self._reopen()
        if self.client.status != "running":
            raise ConnectionError(
                "the connection to the scheduler is lost; the client is trying to "
                "get it back"
            )
        return self.client


async def _values(
    client: Any, futures: list[Any], kept: list[Any], deadline: float | None
) -> list[Any]:
    """What `futures` stand for, once those of `kept` are done as well."""
    import asyncio  # local schedulers do without, and it is slow to import

    limit = None if deadline is None else deadline - time.monotonic()
    async with asyncio.timeout(limit):
        values: list[Any] = await client._gather(futures)
        for future in kept:
            await future._state.wait()
            if future.status != "finished":
                await future._result()  # raises what it failed with
        return values


def abandon(futures: list[Any]) -> None:
    """Keep what is under way from going on: the scheduler drops what nobody wants.

    To cancel is no use. The scheduler fails, and drops all that the client has, if a
    task that is cancelled has dependents that nobody wants.
    """
    for future in futures:
        future.release()


def _on(connection: Connection) -> Scheduler:
    if connection.client.asynchronous:
        raise SessionError("a session needs a Client with asynchronous=False")
    # Values travel with the tasks, on purpose: that survives the loss of a worker.
    warnings.filterwarnings("ignore", "Sending large graph", UserWarning)
    return Scheduler(
        connection.get,
        workers=connection.threads,
        connection=connection,
        close=connection.close,
    )


def _lacked_memory(client: Any, error: Exception) -> bool:
    """Whether a worker was killed by its nanny for its memory."""
    worker = getattr(error, "last_worker", None)
    if worker is None:
        return False
    for _ in range(10):  # the nanny says so by itself, perhaps a moment later
        events = client.get_events("worker-restart-memory")
        if any(event["worker"] == worker.address for _, event in events):
            return True
        time.sleep(0.05)
    return False


def _connected(address: Any, security: Any = None) -> Scheduler:
    """The cluster at an address, or a cluster object."""
    _warn_if_plain(getattr(address, "scheduler_address", address))
    reopen = partial(_client, address, security)
    return _on(Connection(reopen(), reopen))


def _client(address: Any, security: Any) -> Any:
    # Costs a second: only who has a cluster pays.
    from distributed import Client, Security
    from distributed.comm import registry

    encrypted = str(address).startswith(("tls://", "wss://"))
    if security is not None and not encrypted:
        raise SessionError(
            f"security needs an address that begins with tls://, got {address!r}, "
            "which would take no notice of it"
        )
    try:
        # A Client would find these too, and then never let the program end.
        if isinstance(address, str):
            registry.get_backend(address.partition("://")[0])
        if encrypted and not dask.config.get("distributed.client.security-loader"):
            security = security or Security()  # as Dask's configuration has it
            if security.get_connection_args("client")["ssl_context"] is None:
                raise ValueError("there are no certificates")
        required = dask.config.get("distributed.comm.require-encryption")
        if required and str(address).startswith("tcp://"):
            raise ValueError("Dask's configuration asks for a tls:// address")
        return Client(address, set_as_default=False, security=security)
    except Exception as error:
        raise UnavailableError(
            None,
            None,
            f"no Dask scheduler answers at {address}: {type(error).__name__}: {error}; "
            + (_CERTIFICATES if encrypted else _START),
        ) from error


_START = "start one with `dask scheduler`, or check the address"
_CERTIFICATES = (
    "it takes the certificates of its own authority, "
    "Session(address, security=Security(tls_ca_file=..., tls_client_cert=..., "
    "tls_client_key=...))"
)

_warned: set[str] = set()
"""Hosts of which this process has been warned."""


def _warn_if_plain(address: str) -> None:
    """Warn once of a connection that others may listen to, or make too."""
    host = urlsplit(address).hostname
    plain = address.startswith(("tcp://", "ws://"))
    if not plain or host is None or host in _warned or _is_loopback(host):
        return
    warnings.warn(
        f"{address} is not encrypted and lets everybody in: whoever reaches a Dask "
        "scheduler can run any code on it and its workers, and read what they work on. "
        "Use tls:// (see docs/security.md); where you trust the whole network, "
        'warnings.filterwarnings("ignore", category=daskflow.errors.SecurityWarning)',
        SecurityWarning,
        stacklevel=5,  # where the session is made
    )
    _warned.add(host)


def _is_loopback(host: str) -> bool:
    """Whether all addresses of a host are of this machine alone, as far as known."""
    found: list[Any] = []
    look_up = Thread(target=lambda: found.extend(_addresses(host)), daemon=True)
    look_up.start()
    look_up.join(1.0)  # a name server may keep its answer for much longer
    return bool(found) and all(map(attrgetter("is_loopback"), found))


def _addresses(host: str) -> list[Any]:
    try:
        return [ip_address(place[0]) for *_, place in socket.getaddrinfo(host, None)]
    except OSError:
        return []
