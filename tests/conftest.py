"""What several test files need: a cluster, schedulers by name, ops from functions."""

from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from random import randrange
from typing import Any

import pytest
from dask.multiprocessing import get as get_in_processes
from dask.multiprocessing import get_context
from distributed import Client, LocalCluster

from daskflow import Operation


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
        if "client" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.slow)
