"""What several test files need: clusters, schedulers by name, ops from functions."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from functools import partial
from pathlib import Path
from random import randrange
from typing import Any

import pytest
from dask.multiprocessing import get as get_in_processes
from dask.multiprocessing import get_context
from distributed import Client, LocalCluster
from hypothesis import settings

from daskflow import Operation

settings.register_profile("busy", deadline=None)  # of the machine, not of the code
settings.load_profile("busy")

collect_ignore = ["oracle/record.py", "programs/record.py"]  # they need TensorFlow


def pytest_addoption(parser: pytest.Parser) -> None:
    chaos = parser.getgroup("chaos", "tests that hurt a cluster")
    chaos.addoption("--chaos-rounds", type=int, default=1, help="of each of them")
    chaos.addoption("--chaos-seed", type=int, default=randrange(10**6))


@pytest.fixture(scope="session")
def client() -> Iterator[Client]:
    """A cluster of two processes, one for all tests that need one."""
    with (
        LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address="127.0.0.1:0"
        ) as cluster,
        Client(cluster, set_as_default=False) as client,
    ):
        yield client


class Launched:
    """A scheduler and workers as processes of their own, with logs to read.

    `settings` are Dask's, `"scheduler.allowed-failures"` for one.
    """

    def __init__(self, folder: Path, settings: dict[str, str] | None = None) -> None:
        self.folder = folder
        names = {
            "DASK_DISTRIBUTED__" + k.upper().replace(".", "__").replace("-", "_"): v
            for k, v in (settings or {}).items()
        }
        self.environment = {**os.environ, **names}
        self.started: list[subprocess.Popen[bytes]] = []

    def scheduler(self, *options: str, main: str = "") -> str:
        """Start one on a loopback port, and give its address."""
        file = self.folder / f"scheduler{len(self.started)}.json"
        self._start(
            "scheduler.log",
            *(("-c", main) if main else ("-m", "dask", "scheduler")),
            *("--host", "127.0.0.1", "--dashboard-address", "127.0.0.1:0"),
            *("--scheduler-file", str(file)),
            *(options if "--port" in options else ("--port", "0", *options)),
        )
        self.address = str(wait_for(lambda: json.loads(file.read_text())["address"]))
        return self.address

    def worker(self, *options: str) -> None:
        """Start a worker, or several with `--nworkers`, of one thread each."""
        name = f"worker{len(self.started)}"
        self._start(
            f"{name}.log",
            *("-m", "dask", "worker", self.address, "--no-dashboard"),
            *("--nthreads", "1", "--name", name, *options),
        )

    def _start(self, log: str, *command: str) -> None:
        with (self.folder / log).open("ab") as errors:
            process = subprocess.Popen(
                [sys.executable, *command],
                cwd=self.folder,
                env=self.environment,
                stdout=errors,
                stderr=errors,
            )
        self.started.append(process)

    def kill(self, place: int) -> None:
        """SIGKILL for the process that was started at that place."""
        self.started[place].kill()
        self.started[place].wait()

    def close(self) -> None:
        """End what still runs, workers before their scheduler."""
        for process in reversed(self.started):
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def wait_for(condition: Callable[[], Any], seconds: float = 60.0) -> Any:
    """What `condition` gives as soon as that is something, and not an error."""
    end = time.monotonic() + seconds
    while True:
        try:
            if value := condition():
                return value
        except Exception:
            if time.monotonic() > end:
                raise
        assert time.monotonic() < end, f"it did not happen in {seconds} seconds"
        time.sleep(0.05)


@pytest.fixture(scope="session")
def launched(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Any]:
    """`with launched(settings) as cluster:` ends every process that it starts."""

    def launched(settings: dict[str, str] | None = None) -> Any:
        return closing(Launched(tmp_path_factory.mktemp("cluster"), settings))

    return launched


@pytest.fixture(scope="session")
def processes() -> Iterator[Any]:
    """Dask's multiprocessing `get` with one pool for all tests that need one."""
    with ProcessPoolExecutor(2, mp_context=get_context()) as pool:
        yield partial(get_in_processes, pool=pool)


@pytest.fixture
def scheduler_named(request: pytest.FixtureRequest) -> Callable[[str], Any]:
    """What a `Session` takes for `"sync"`, `"threads"`, `"processes"`, `"cluster"`."""
    fixtures = {"processes": "processes", "cluster": "client"}

    def scheduler(name: str) -> Any:
        return request.getfixturevalue(fixtures[name]) if name in fixtures else name

    return scheduler


@pytest.fixture(scope="session")
def op_of() -> Callable[..., Any]:
    """`op_of(function)(*nodes)` is an operation of a class that computes `function`.

    The class is made in a function, so that it goes to other processes by value.
    """

    def operation_class(function: Callable[..., Any]) -> Callable[..., Any]:
        class custom(Operation):  # ops have names like functions
            def __init__(self, *nodes: Any) -> None:
                super().__init__(nodes)

            def compute(self, *values: Any) -> Any:
                return function(*values)

        return custom

    return operation_class


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if {"client", "launched"} & {*getattr(item, "fixturenames", ())}:
            item.add_marker(pytest.mark.slow)
