"""Workers that run out of memory: a training neither fails nor notices."""

import os
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from distributed import Client

from daskflow import Session
from tests.chaos.cluster import Cluster, ask, wait_until
from tests.chaos.training import Loop, Training

pytestmark = pytest.mark.chaos

LIMIT = 250  # MiB of a worker; it starts with about 70
MIB = 2**20


@pytest.fixture(scope="module")
def shared_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Workers with little memory."""
    with Cluster(tmp_path_factory.mktemp("cluster")) as cluster:
        for _ in range(2):
            cluster.add_worker(memory=LIMIT * MIB)
        yield cluster


def spilled(address: str) -> float:
    """MiB that the workers have put on disk."""

    def total(dask_scheduler: Any) -> int:
        workers = dask_scheduler.workers.values()
        return sum(w.metrics["spilled_bytes"]["disk"] for w in workers if w.metrics)

    return float(ask(address, total) / MIB)


def test_a_neighbour_fills_the_memory_until_workers_spill(
    cluster: Cluster, session: Session, training: Training, dice: Random, report: Any
) -> None:
    sizes = [dice.randrange(5, 15) for _ in range(40)]
    with (
        Loop(training, session, cluster.address) as loop,
        Client(cluster.address, set_as_default=False) as neighbour,
    ):
        heap = [neighbour.submit(os.urandom, n * MIB, pure=False) for n in sizes]
        wait_until(lambda: spilled(cluster.address) > 100, "hundred MiB on disk")
        most = spilled(cluster.address)
        loop.advance(20)
        del heap
    report(f"{most:.0f} MiB on disk", loop)


def test_a_task_of_too_much_memory_makes_a_nanny_start_another_worker(
    cluster: Cluster, session: Session, marks: Path, tmp_path: Path, report: Any
) -> None:
    appetite = tmp_path / "appetite"

    def eats(x: Any, seconds: float) -> Any:
        with suppress(FileNotFoundError):
            appetite.unlink()
            meal = np.ones(2 * LIMIT * MIB, np.int8)
            time.sleep(meal[:30].sum())  # until the nanny comes
        time.sleep(seconds)  # this is the work
        return x

    before = cluster.running()
    with Loop(Training(marks, eats), session, cluster.address) as loop:
        appetite.touch()
        loop.advance(10)
        cluster.wait_for_workers()
    restarted = {*cluster.running().values()} - {*before.values()}
    assert len(restarted) == 1
    report(f"{len(restarted)} restarts by a nanny", loop)
