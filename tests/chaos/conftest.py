"""What the chaos tests share: dice, a cluster to hurt, a session on it, figures."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from random import Random

import dask
import pytest

from daskflow import Session
from tests.chaos.cluster import KEPT, Cluster
from tests.chaos.training import Training

FIGURES = pytest.StashKey[list[str]]()
WORKERS = 3
LIMIT = 90.0  # seconds for a run: more than Dask needs to notice anything


IN_BOTH = {"test_twenty_kills_of_workers", "test_the_scheduler_dies_between_runs"}
"""What a single round tries with weights in the session, too."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    rounds = metafunc.config.getoption("--chaos-rounds")
    if "open_session" in metafunc.fixturenames:
        everything = rounds > 1 or metafunc.function.__name__ in IN_BOTH
        places = ["on-workers", "in-session"][: 1 + everything]
        metafunc.parametrize("open_session", places, indirect=True)
    if "dice" in metafunc.fixturenames:
        metafunc.parametrize("dice", range(rounds), indirect=True)


@pytest.fixture
def dice(request: pytest.FixtureRequest) -> Random:
    """All chance in a test: the same for the same seed, test and round."""
    seed = request.config.getoption("--chaos-seed")
    return Random(f"{seed} {request.node.name}")


@pytest.fixture(autouse=True)
def short_logs() -> Iterator[None]:
    """Dask's clients keep as few messages as the cluster's processes."""
    with dask.config.set({"distributed.admin.low-level-log-length": KEPT}):
        yield


@pytest.fixture(scope="session")
def shared_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A cluster of processes of the size that every test leaves it in."""
    with Cluster(tmp_path_factory.mktemp("cluster")) as cluster:
        for _ in range(WORKERS):
            cluster.add_worker()
        yield cluster


@pytest.fixture
def cluster(shared_cluster: Cluster) -> Cluster:
    """A cluster that nobody has hurt yet."""
    shared_cluster.wait_for_workers()
    shared_cluster.hurts.clear()
    return shared_cluster


@pytest.fixture
def open_session(request: pytest.FixtureRequest) -> Callable[..., Session]:
    """A session at an address; its weights are here, or on the workers alone."""
    large = {"in-session": 1 << 20, "on-workers": 1 << 12}[request.param]
    return partial(Session, keep_on_workers=large, timeout=LIMIT)


@pytest.fixture
def session(
    open_session: Callable[[str], Session], cluster: Cluster
) -> Iterator[Session]:
    """A session on the cluster."""
    with open_session(cluster.address) as session:
        yield session


@pytest.fixture
def marks(tmp_path: Path) -> Path:
    """The file in which each task leaves a mark."""
    return tmp_path / "marks"


@pytest.fixture
def training(marks: Path) -> Training:
    """A training on the test's graph."""
    return Training(marks)


@pytest.fixture
def report(request: pytest.FixtureRequest) -> Callable[..., None]:
    """Adds a line about this test to the end of pytest's output."""
    figures = request.config.stash.setdefault(FIGURES, [])

    def add(*parts: object) -> None:
        figures.append(": ".join(map(str, (request.node.name, *parts))))

    return add


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    if FIGURES in config.stash:
        seed = config.getoption("--chaos-seed")
        terminalreporter.section(f"chaos, --chaos-seed={seed}")
        for line in config.stash[FIGURES]:
            terminalreporter.write_line(line)
