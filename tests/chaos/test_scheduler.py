"""The scheduler dies and another takes its address: a training goes on."""

from random import Random
from typing import Any

import pytest

from daskflow import Session
from tests.chaos.cluster import Cluster
from tests.chaos.training import Loop, Training

pytestmark = pytest.mark.chaos


def test_the_scheduler_dies_in_the_middle_of_a_run(
    cluster: Cluster, session: Session, training: Training, dice: Random, report: Any
) -> None:
    with Loop(training, session, cluster.address, seconds=0.1) as loop:
        loop.advance(dice.randrange(5))
        cluster.any_busy(dice)
        cluster.kill_scheduler()
        loop.advance(10)
    report(cluster, loop)


def test_the_scheduler_dies_between_runs(
    cluster: Cluster, session: Session, training: Training, dice: Random, report: Any
) -> None:
    with Loop(training, session, cluster.address) as loop:
        with loop.between_runs():
            cluster.kill_scheduler()
        loop.advance(10)
    report(cluster, loop)


def test_the_scheduler_dies_between_runs_and_is_back_before_the_next(
    cluster: Cluster, session: Session, training: Training, dice: Random, report: Any
) -> None:
    with Loop(training, session, cluster.address) as loop:
        with loop.between_runs():
            cluster.kill_scheduler()
            cluster.wait_for_workers()
        loop.advance(dice.randrange(5, 10))
    report(cluster, loop)
