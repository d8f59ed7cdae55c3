"""A worker whose cable is pulled: a training neither fails nor notices."""

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from random import Random
from typing import Any

import dask
import pytest

from daskflow import Session
from tests.chaos.cluster import Cluster, wait_until
from tests.chaos.training import Loop, Training

pytestmark = [
    pytest.mark.chaos,
    pytest.mark.filterwarnings("ignore::daskflow.errors.SecurityWarning"),
]

PATIENCE = 11  # seconds after which Dask gives a silent connection up; its least
FAR = "worker-2"
HERE, THERE = "198.18.77.1", "198.18.77.2"  # of a range kept for tests (RFC 2544)


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True, text=True)


class Cable:
    """A pair of network devices, the far end in a network namespace of its own."""

    def __init__(self) -> None:
        self.name = f"chaos{os.getpid()}"
        self.within = ("ip", "netns", "exec", self.name)

    def lay(self) -> None:
        """Make all of it or nothing."""
        with ExitStack() as undo:
            ip("netns", "add", self.name)
            undo.callback(ip, "netns", "delete", self.name)
            far = ("peer", "name", "far", "netns", self.name)
            ip("link", "add", self.name, "type", "veth", *far)
            undo.callback(ip, "link", "delete", self.name)
            ip("address", "add", f"{HERE}/30", "dev", self.name)
            ip("link", "set", self.name, "up")
            ip("-n", self.name, "address", "add", f"{THERE}/30", "dev", "far")
            for device in ("lo", "far"):
                ip("-n", self.name, "link", "set", device, "up")
            self.remove = undo.pop_all().close

    @contextmanager
    def pulled(self) -> Iterator[None]:
        """Nothing gets through."""
        ip("link", "set", self.name, "down")
        try:
            yield
        finally:
            ip("link", "set", self.name, "up")


@pytest.fixture(scope="module")
def cable() -> Iterator[Cable]:
    cable = Cable()
    try:
        cable.lay()
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"no network namespace here: {getattr(error, 'stderr', error)}")
    yield cable
    cable.remove()


@pytest.fixture(scope="module")
def shared_cluster(
    cable: Cable, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Cluster]:
    """A worker beside the scheduler, and one at the other end of the cable."""
    settings = {"DASK_DISTRIBUTED__COMM__TIMEOUTS__TCP": f"{PATIENCE}s"}
    with Cluster(tmp_path_factory.mktemp("cluster"), HERE, **settings) as cluster:
        cluster.add_worker()
        assert cluster.add_worker(THERE, within=cable.within) == FAR
        yield cluster


@pytest.fixture
def training(marks: Path) -> Training:
    """A training that would rather be at the far end."""
    with dask.annotate(workers=THERE, allow_other_workers=True):
        return Training(marks)


@pytest.mark.parametrize("seconds", [2, PATIENCE + 5])
def test_a_worker_is_cut_off_and_comes_back(
    seconds: int,
    cable: Cable,
    cluster: Cluster,
    session: Session,
    training: Training,
    dice: Random,
    report: Any,
) -> None:
    with Loop(training, session, cluster.address) as loop:
        loop.advance(dice.randrange(5))
        wait_until(lambda: FAR in cluster.busy(), "task at the far end")
        with cable.pulled():
            time.sleep(seconds)
            assert (FAR in cluster.running()) == (seconds < PATIENCE)
        loop.advance(10)
        cluster.wait_for_workers()
        loop.advance(10)
    report(f"cut off for {seconds} s", loop)
