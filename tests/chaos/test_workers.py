"""Workers die, stop, come and go: a training neither fails nor notices."""

import os
import signal
import time
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import pytest
from distributed import LocalCluster

import daskflow as df
from daskflow import Operation, Session, errors
from tests.chaos.cluster import Cluster, wait_until
from tests.chaos.training import Loop, Training

pytestmark = pytest.mark.chaos

BURSTS = [1, 2, 3, 1, 2, 3, 1, 2, 3, 2]
"""Twenty kills: one task may outlive three of them, at the fourth Dask gives up."""


def test_twenty_kills_of_workers(
    cluster: Cluster, session: Session, training: Training, dice: Random, report: Any
) -> None:
    with Loop(training, session, cluster.address) as loop:
        for burst in dice.sample(BURSTS, len(BURSTS)):
            for _ in range(burst):
                time.sleep(dice.uniform(0, 0.3))
                cluster.kill_worker(cluster.any_running(dice))
            loop.advance(2)
    report(cluster, loop)


def test_a_worker_stops_for_seconds(
    cluster: Cluster, session: Session, training: Training, dice: Random, report: Any
) -> None:
    with Loop(training, session, cluster.address) as loop:
        with cluster.stopped(cluster.any_busy(dice)):
            time.sleep(dice.uniform(2, 5))
        loop.advance(10)
    report(cluster, loop)


def test_workers_come_and_go(
    cluster: Cluster, session: Session, training: Training, dice: Random, report: Any
) -> None:
    with Loop(training, session, cluster.address) as loop:
        for leave in dice.sample([cluster.retire_worker, cluster.remove_worker] * 2, 4):
            cluster.add_worker()
            cluster.wait_for_workers()
            loop.advance(dice.randrange(5))
            leave(cluster.any_running(dice))
            loop.advance(3)
    report(cluster, loop)


def has(workers: Any, size: int) -> bool:
    return len(workers) == size


def test_a_cluster_that_adapts(
    open_session: Any, training: Training, dice: Random, tmp_path: Path, report: Any
) -> None:
    with LocalCluster(
        n_workers=1,
        threads_per_worker=1,
        dashboard_address="127.0.0.1:0",
        local_directory=str(tmp_path),
    ) as cluster:
        address, known = cluster.scheduler_address, cluster.scheduler.workers
        sizes = [3, 1, *dice.sample([1, 2, 3], 3)]
        with (
            open_session(address) as session,
            Loop(training, session, address) as loop,
        ):
            for size in sizes:
                cluster.adapt(minimum=size, maximum=size, interval="50 ms")
                wait_until(partial(has, known, size), f"cluster of {size}")
                loop.advance(dice.randrange(5))
    report(f"a cluster of {sizes}", loop)


def test_a_task_that_kills_its_worker_changes_nothing(
    cluster: Cluster, session: Session, training: Training, fatal: Any
) -> None:
    before = [training.step(session, number, 0.01) for number in range(3)]
    with df.control_dependencies([training.move]):
        dies = fatal(training.loss)
    with pytest.raises(errors.OpError, match="no variable has changed"):
        session.run(dies, training.feeds(3, 0.01))
    after = [training.step(session, number, 0.01) for number in range(3, 6)]
    assert before + after + training.state(session) == training.undisturbed(6)


def test_a_task_that_kills_its_worker_is_named(
    cluster: Cluster, session: Session, fatal: Any
) -> None:
    x = df.placeholder("float32", [], name="x")
    y = df.tanh(fatal(df.exp(x * 2.0))) + 1.0
    with pytest.raises(errors.OpError) as raised:
        session.run(y, {x: 1.0})
    assert "poison" in str(raised.value)


@pytest.fixture
def fatal() -> Any:
    """An operation that kills the process that computes it."""

    class poison(Operation):
        def __init__(self, x: Any) -> None:
            super().__init__([x])

        def compute(self, x: Any) -> Any:
            os.kill(os.getpid(), signal.SIGKILL)

    return poison
