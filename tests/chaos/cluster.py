"""A Dask cluster of processes that a test may hurt, and that gets up again."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import astuple, dataclass
from itertools import count
from operator import le, sub
from pathlib import Path
from random import Random
from threading import Event, Lock, Thread
from typing import Any

import psutil
from distributed.core import rpc
from distributed.protocol.pickle import dumps

SECONDS = 60  # what has not happened by then never will
KEPT = 10  # messages that Dask keeps for its developers; 1000 would hide a leak of ours
CLOSING = 15  # to end in good order
GLANCE = 0.02  # between two looks at what may have changed


@dataclass(slots=True)
class Program:
    """A command, and the process that runs it now, first of a session of its own."""

    command: Sequence[str]
    process: subprocess.Popen[bytes]


class Cluster:
    """A scheduler and workers under nannies, each started again when it exits.

    They listen on `host` alone; `settings` are Dask's, as environment variables. What
    each of them says is in `folder`, in a file of its name.
    """

    def __init__(
        self, folder: Path, host: str = "127.0.0.1", **settings: object
    ) -> None:
        with socket.create_server((host, 0)) as free:
            port = free.getsockname()[1]
        self.address = f"tcp://{host}:{port}"
        self.hurts: Counter[str] = Counter()
        self._folder, self._host = folder, host
        settings = {"DASK_DISTRIBUTED__ADMIN__LOW_LEVEL_LOG_LENGTH": KEPT} | settings
        self._environ = os.environ | {k: str(v) for k, v in settings.items()}
        self._names = (f"worker-{i}" for i in count(1))
        self._programs: dict[str, Program] = {}
        self._started: list[int] = []
        self._changing = Lock()
        self._closing = Event()
        self._add("scheduler", _dask("scheduler", f"--host={host}", f"--port={port}"))
        self._supervisor = Thread(target=self._supervise, daemon=True)
        self._supervisor.start()

    def __enter__(self) -> Cluster:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def __str__(self) -> str:
        return ", ".join(f"{n} {what}" for what, n in self.hurts.items())

    # Workers

    def add_worker(
        self, host: str | None = None, memory: object = 0, within: Sequence[str] = ()
    ) -> str:
        """Start another worker, by the command `within`, and give its name.

        `memory` is the limit at which its nanny restarts it; 0 is none.
        """
        name = next(self._names)
        options = {
            "host": host or self._host,
            "memory-limit": memory,
            "name": name,
            "nthreads": 1,
            "local-directory": self._folder,
            "death-timeout": SECONDS,
        }
        words = [f"--{option}={value}" for option, value in options.items()]
        command = _dask("worker", self.address, "--nanny", *words)
        self._add(name, (*within, *command))
        return name

    def running(self) -> dict[str, int]:
        """The workers that the scheduler takes for running, and their processes."""

        def pids(dask_scheduler: Any) -> dict[str, int]:
            workers = dask_scheduler.workers.values()
            return {w.name: w.pid for w in workers if w.status.name == "running"}

        return dict(ask(self.address, pids) or {})

    def busy(self) -> list[str]:
        """The workers that have a task now."""

        def names(dask_scheduler: Any) -> list[str]:
            return [w.name for w in dask_scheduler.workers.values() if w.processing]

        return sorted(ask(self.address, names) or [])

    def any_running(self, dice: Random) -> str:
        """A worker that is running now."""
        names = wait_until(lambda: sorted(self.running()), "running worker")
        return str(dice.choice(names))

    def any_busy(self, dice: Random) -> str:
        """A worker that has a task now."""
        return str(dice.choice(wait_until(self.busy, "busy worker")))

    def wait_for_workers(self) -> None:
        """Wait until all of them run."""
        missing = {*self._programs} - {"scheduler"}
        wait_until(lambda: missing <= {*self.running()}, f"all of {sorted(missing)}")

    # What hurts

    def kill_worker(self, name: str) -> None:
        """`kill -9` the worker process; its nanny starts another one."""
        pid = self._pid(name)
        os.kill(pid, signal.SIGKILL)
        self.hurts["kills"] += 1
        wait_until(lambda: self.running().get(name) != pid, f"notice of {name}'s death")

    def kill_scheduler(self) -> None:
        """`kill -9` the scheduler; another one starts at the same address."""
        process = self._programs["scheduler"].process
        process.kill()
        process.wait()
        self.hurts["scheduler kills"] += 1

    @contextmanager
    def stopped(self, name: str) -> Iterator[None]:
        """A worker process that neither works nor answers nor dies."""
        pid = self._pid(name)
        os.kill(pid, signal.SIGSTOP)
        self.hurts["stops"] += 1
        try:
            yield
        finally:
            os.kill(pid, signal.SIGCONT)

    def retire_worker(self, name: str) -> None:
        """Have the scheduler take leave of a worker, for good."""

        async def retire(dask_scheduler: Any) -> bool:
            await dask_scheduler.retire_workers(names=[name], close_workers=True)
            return True

        program = self._forget(name)
        wait_until(lambda: ask(self.address, retire), f"scheduler to retire {name}")
        program.process.wait(SECONDS)
        self.hurts["retirements"] += 1

    def remove_worker(self, name: str) -> None:
        """`kill -9` a worker and its nanny, for good."""
        program = self._forget(name)
        os.killpg(program.process.pid, signal.SIGKILL)
        program.process.wait(SECONDS)
        self.hurts["removals"] += 1

    def _pid(self, name: str) -> int:
        return int(wait_until(lambda: self.running().get(name), f"running {name}"))

    # Programs, and the one that watches over them

    def _add(self, name: str, command: Sequence[str]) -> None:
        with self._changing:
            self._start(name, command)

    def _forget(self, name: str) -> Program:
        with self._changing:
            return self._programs.pop(name)

    def _start(self, name: str, command: Sequence[str]) -> None:
        with (self._folder / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                command,
                stdout=log,
                stderr=log,
                env=self._environ,
                start_new_session=True,
            )
        self._programs[name] = Program(command, process)
        self._started.append(process.pid)

    def _supervise(self) -> None:
        """Start again what has exited, as Docker's `restart: always` does."""
        while not self._closing.wait(GLANCE):
            with self._changing:
                for name, program in list(self._programs.items()):
                    if program.process.poll() is not None:
                        self._start(name, program.command)

    def close(self) -> None:
        """End all of it, and see that neither process nor scratch is left behind."""
        self._closing.set()
        self._supervisor.join()
        scheduler = self._forget("scheduler")
        workers = list(self._programs.values())
        for programs in (workers, [scheduler]):  # else both ask a worker to close
            for program in programs:
                program.process.terminate()
            for program in programs:
                with suppress(subprocess.TimeoutExpired):
                    program.process.wait(CLOSING)
        patience = time.monotonic() + CLOSING
        while self._left() and time.monotonic() < patience:
            time.sleep(GLANCE)
        left = [(process.pid, process.cmdline()) for process in self._left()]
        for pid, _ in left:
            os.kill(pid, signal.SIGKILL)
        assert not left, f"left behind: {left}"
        scratch = list(self._folder.glob("dask-scratch-space/*/"))
        assert not scratch, f"left behind: {scratch}"

    def _left(self) -> list[psutil.Process]:
        """What lives in the sessions of all processes that were ever started."""
        found = []
        for process in psutil.process_iter():
            with suppress(psutil.NoSuchProcess, ProcessLookupError):
                ours = os.getsid(process.pid) in self._started
                if ours and process.status() != psutil.STATUS_ZOMBIE:
                    found.append(process)
        return found


def _dask(role: str, *arguments: str) -> tuple[str, ...]:
    dashboard = ("--dashboard-address=127.0.0.1:0", "--no-dashboard")
    program = (sys.executable, "-m", f"distributed.cli.dask_{role}")
    return (*program, *arguments, *dashboard)


def wait_until(
    condition: Callable[[], Any], what: str, seconds: float = SECONDS
) -> Any:
    """The first true value of `condition`."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, f"no {what} within {seconds} s"
        time.sleep(GLANCE)
    return value


def ask(address: str, function: Callable[..., Any]) -> Any:
    """`function(dask_scheduler=...)` on the scheduler; None where none answers.

    A connection of its own, since no other can be relied upon here.
    """

    async def asked() -> Any:
        async with rpc(address, timeout=1) as scheduler:
            return await scheduler.run_function(function=dumps(function), wait=True)

    async def answered() -> Any:
        return await asyncio.wait_for(asked(), SECONDS)

    try:
        answer = asyncio.run(answered())
    except OSError:
        return None
    assert answer["status"] == "OK", answer
    return answer["result"]


@dataclass(frozen=True, slots=True)
class Footprint:
    """What a run takes up: MiB of each kind of process, tasks on the scheduler."""

    client: float
    scheduler: float
    workers: float
    tasks: int

    @classmethod
    def of(cls, address: str) -> Footprint:
        """As it is now; of all workers, the largest."""

        def counted(dask_scheduler: Any) -> Any:
            pids = [worker.pid for worker in dask_scheduler.workers.values()]
            return os.getpid(), pids, len(dask_scheduler.tasks)

        scheduler, workers, tasks = wait_until(
            lambda: ask(address, counted), "scheduler"
        )
        client, scheduler, *workers = map(resident, (os.getpid(), scheduler, *workers))
        return cls(client, scheduler, max(workers, default=0), tasks)

    def __sub__(self, before: Footprint) -> Footprint:
        return Footprint(*map(sub, astuple(self), astuple(before)))

    def within(self, bound: Footprint) -> bool:
        """Whether none of its parts is larger than that of `bound`."""
        return all(map(le, astuple(self), astuple(bound)))

    def __str__(self) -> str:
        return (
            f"{self.client:+.1f} MiB of client, {self.scheduler:+.1f} of scheduler, "
            f"{self.workers:+.1f} of a worker, {self.tasks:+} tasks"
        )


def resident(pid: int) -> float:
    """MiB of memory that a process has; 0 of one that is no more."""
    try:
        return float(psutil.Process(pid).memory_info().rss / 2**20)
    except psutil.NoSuchProcess:
        return 0.0
