"""A pytest plugin: a fresh graph for each test, and a session on any scheduler.

Installed with the package. Each test has a default graph of its own. The fixture
`session` is a session on that graph, under the scheduler that the command line names:
`pytest --daskflow-scheduler=sync,threads,processes,cluster` runs each test that asks
for it four times, the last one on a cluster of two processes. Without the option that
is `sync`, in the process of the test.

>>> def test_a_sum_is_twice_its_only_part(session):
...     x = df.placeholder(df.float32)
...     assert session.run(x + x, {x: 3.0}) == 6.0
>>> test_a_sum_is_twice_its_only_part(session)
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest

# This module is imported by every pytest where daskflow is installed, so it imports
# daskflow, Dask and its cluster only when a test uses them.


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--daskflow-scheduler`."""
    parser.getgroup("daskflow").addoption(
        "--daskflow-scheduler",
        default="sync",
        metavar="NAMES",
        help=f"schedulers of the `session` fixture, of {', '.join(_OPENED)}",
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run what uses a session under each scheduler asked for."""
    if "daskflow_scheduler" not in metafunc.fixturenames:
        return
    names = metafunc.config.getoption("--daskflow-scheduler").split(",")
    for name in names:
        if name not in _OPENED:
            raise pytest.UsageError(
                f"--daskflow-scheduler takes {', '.join(_OPENED)}, got {name!r}"
            )
    metafunc.parametrize("daskflow_scheduler", names, indirect=True, scope="session")


@contextmanager
def _named(name: str) -> Iterator[Any]:
    yield name


@contextmanager
def _processes() -> Iterator[Any]:
    # One pool for all tests: two interpreters take seconds to start.
    from concurrent.futures import ProcessPoolExecutor
    from functools import partial

    from dask.multiprocessing import get, get_context

    with ProcessPoolExecutor(2, mp_context=get_context()) as pool:
        yield partial(get, pool=pool)


@contextmanager
def _cluster() -> Iterator[Any]:
    from distributed import Client, LocalCluster

    with (
        LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address="127.0.0.1:0"
        ) as cluster,
        Client(cluster, set_as_default=False) as client,
    ):
        yield client


_OPENED: dict[str, Callable[[], AbstractContextManager[Any]]] = {
    "sync": lambda: _named("sync"),
    "threads": lambda: _named("threads"),
    "processes": _processes,
    "cluster": _cluster,
}


@pytest.fixture(scope="session")
def daskflow_scheduler(request: pytest.FixtureRequest) -> Iterator[Any]:
    """What a `Session` takes for the scheduler of this round of tests."""
    with _OPENED[request.param]() as scheduler:
        yield scheduler


@pytest.fixture(autouse=True)
def daskflow_graph() -> Iterator[Any]:
    """A fresh default graph, and no default session."""
    if "daskflow" not in sys.modules:
        yield None
        return
    from daskflow.graph import CURRENT, Graph

    outer = CURRENT.session
    with Graph().as_default() as graph:
        CURRENT.session = None
        yield graph
    CURRENT.session = outer


@pytest.fixture
def session(daskflow_graph: Any, daskflow_scheduler: Any) -> Iterator[Any]:
    """A session on the test's graph; it is the default session."""
    from daskflow.session import Session

    with Session(daskflow_scheduler) as session:
        yield session
