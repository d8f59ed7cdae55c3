"""A traced run tells when and where each node ran."""

import os
import threading
import time
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import daskflow as df
from daskflow import Session
from daskflow.cluster import Cluster
from daskflow.tracing import RunTrace

FULL = SimpleNamespace(trace_level=3, timeout_in_ms=0)


class Metadata:
    trace: RunTrace

    def fill(self, trace: RunTrace) -> None:
        self.trace = trace


class asleep(df.Operation):
    def __init__(self, x: Any) -> None:
        super().__init__([x])

    def compute(self, x: Any) -> Any:
        time.sleep(0.05)
        return x


@pytest.mark.parametrize("grouping", [True, False], ids=["grouped", "ungrouped"])
def test_each_node_is_told_once_in_an_order_in_which_they_ran(
    grouping: bool, daskflow_scheduler: Any
) -> None:
    x = df.placeholder("float64", [None], name="x")
    w = df.Variable([1.0, 2.0], dtype="float64", name="w")
    slow = asleep(df.exp(x * w, name="e"))
    y = df.add(slow, df.square(x, name="s"), name="y")
    stored = w.assign_add(y, name="stored")
    metadata = Metadata()
    with Session(daskflow_scheduler, grouping=grouping) as session:
        session.run(w)
        for _ in range(3):
            began = time.time()
            session.run([y, stored], {x: [1.0, 2.0]}, FULL, metadata)
            ended = time.time()
            rows = {row.name: row for row in metadata.trace.nodes}
            assert len(rows) == len(metadata.trace.nodes) == 6
            assert rows.keys() == {"mul", "e", "asleep", "s", "y", "stored"}
            assert rows["e"].op == "exp"
            ends = [rows[n].end for n in ("mul", "e", "asleep", "y", "stored")]
            assert ends == sorted(ends)
            assert all(began - 1 < r.start <= r.end < ended + 1 for r in rows.values())
            assert rows["asleep"].end - rows["asleep"].start >= 0.05
            assert rows["y"].end - rows["y"].start < 0.05


def test_a_traced_run_gives_and_stores_what_any_run_does(session: Session) -> None:
    w = df.Variable(df.random_normal([3]))
    step = w.assign_add(df.random_normal([3]))
    session.run(w)
    before = session.run(w)
    metadata = Metadata()
    after = session.run(step, None, FULL, metadata)
    assert metadata.trace.nodes
    assert not np.array_equal(before, after)
    np.testing.assert_array_equal(session.run(w), after)


def test_the_first_run_of_a_variable_can_be_traced(session: Session) -> None:
    w = df.Variable(df.random_normal([3]), name="w")
    metadata = Metadata()
    session.run(w, None, FULL, metadata)
    assert "random_normal" in {row.op for row in metadata.trace.nodes}


def test_rows_name_the_worker_and_the_thread(daskflow_scheduler: Any) -> None:
    y = df.exp(df.placeholder("float64", name="x"))
    metadata = Metadata()
    with Session(daskflow_scheduler) as session:
        session.run(y, {"x:0": 1.0}, FULL, metadata)
        [row] = metadata.trace.nodes
        client = session._scheduler.client
    if client is not None:
        assert row.worker in client.scheduler_info()["workers"]
    elif daskflow_scheduler == "sync":
        assert row.worker == f"process {os.getpid()}"
        assert row.thread == threading.get_native_id()


@pytest.mark.parametrize("level", [0, 3])
def test_a_run_is_traced_only_if_it_is_asked_for(level: int) -> None:
    y = df.exp(df.placeholder("float64", name="x"))
    metadata = Metadata()
    options = SimpleNamespace(trace_level=level, timeout_in_ms=0)
    with Session("sync") as session:
        session.run(y, {"x:0": 1.0}, options, metadata if level == 0 else None)
    assert not hasattr(metadata, "trace")


def test_options_may_limit_the_time_of_a_run() -> None:
    y = asleep(df.placeholder("float64", name="x"))
    options = SimpleNamespace(trace_level=0, timeout_in_ms=10)
    with (
        Session("threads") as session,
        pytest.raises(df.errors.DeadlineExceededError),
    ):
        session.run(y, {"x:0": 1.0}, options)


def test_what_cannot_hold_a_trace_is_refused_before_anything_is_stored() -> None:
    total = df.Variable(0.0)
    with Session("threads") as session:
        with pytest.raises(df.errors.DTypeError, match="is a RunMetadata, got"):
            session.run(total.assign_add(1.0), None, FULL, {})
        assert session.run(total) == 0.0


def test_a_run_without_tasks_is_told_as_a_run(session: Session) -> None:
    x = df.placeholder("float64")
    metadata = df.RunMetadata()
    session.run(x, {x: 1.0}, FULL, metadata)
    assert [task.name for task in metadata.step_stats.tasks] == ["Session.run()"]


def test_a_run_that_is_made_again_is_told_once(
    client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    y = df.exp(df.placeholder("float64", name="x"), name="y")
    metadata = df.RunMetadata()
    fetched, losses = Cluster.fetched, iter([True])

    def lost_once(self: Cluster, *arguments: Any) -> Any:
        if next(losses, False):
            raise OSError("lost")
        return fetched(self, *arguments)

    monkeypatch.setattr(Cluster, "fetched", lost_once)
    with Session(client) as session:
        assert session.run(y, {"x:0": 0.0}, FULL, metadata) == 1.0
    stats = metadata.step_stats
    assert [task.name for task in stats.tasks] == ["Session.run()", "y"]
    assert [transfer.name for transfer in stats.transfers] == ["feeds and variables"]
