"""Training on a cluster of two processes: a step, a stream of steps, snapshots."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from statistics import median
from typing import Any

import numpy as np
from distributed import Client, LocalCluster

import daskflow as df
from benchmarks.measure import ratio_text, table_text, time_text
from daskflow import state

STEPS = 60


def table() -> str:
    """A step of 100 ops on 1 MB of variables, beside one task that does nothing."""
    with (
        LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address="127.0.0.1:0"
        ) as cluster,
        Client(cluster, set_as_default=False) as client,
        df.Graph().as_default(),
    ):
        x, step = hundred_ops()

        def submit() -> None:
            client.submit(abs, -1, key=os.urandom(8).hex()).result()

        with df.Session(client) as session:
            for _ in range(20):
                session.run(step, {x: 1.0})
            single, run = paired(submit, lambda: session.run(step, {x: 1.0}))
            streamed = per_step(session.stream(step, feeds(x, 4 * STEPS)))
        rows = [
            ("one submit", single),
            ("one run", run),
            ("one of a stream", streamed),
        ]
        kept = with_snapshots(client)
    text = table_text(
        "100 ops on 1 MB of variables, two worker processes",
        ("", "time", "ratio"),
        [(name, time_text(t), ratio_text(t, single)) for name, t in rows],
    )
    return f"{text}\n\nsnapshots take {kept:.1%} of a loop of 50 ms steps"


def hundred_ops() -> tuple[df.Tensor, Any]:
    """Operations on a row, and a matrix of 1 MB that is moved by their result."""
    x = df.placeholder(df.float32, [])
    w = df.Variable(np.ones((512, 512), np.float32))
    y = w[0] * x
    for _ in range(48):
        y = df.tanh(y) + x
    return x, [df.reduce_mean(y), w.assign_add(y).op]


def feeds(x: df.Tensor, count: int) -> Iterator[dict[Any, Any]]:
    """As many feeds."""
    return ({x: 1.0} for _ in range(count))


def paired(*functions: Callable[[], Any]) -> list[float]:
    """The median time of each; they take turns."""
    times: list[list[float]] = [[] for _ in functions]
    for _ in range(STEPS):
        for taken, function in zip(times, functions, strict=True):
            start = time.perf_counter()
            function()
            taken.append(time.perf_counter() - start)
    return [median(taken) for taken in times]


def per_step(results: Iterator[Any]) -> float:
    """The mean time between two results, after the first few."""
    for _ in range(STEPS):
        next(results)
    start = time.perf_counter()
    count = sum(1 for _ in results)
    return (time.perf_counter() - start) / count


def with_snapshots(client: Client) -> float:
    """How much longer a loop of 50 ms steps on 10 MB takes because of snapshots."""
    x = df.placeholder(df.float32, [])
    w = df.Variable(np.ones(2_500_000, np.float32))

    class Paused(df.Operation):
        def __init__(self, value: Any) -> None:
            super().__init__([value])

        def compute(self, value: Any) -> Any:
            time.sleep(0.05)
            return value

    step = w.assign_add(Paused(x) * df.ones_like(w)).op
    means = []
    for soonest in (state.SOONEST, float("inf")) * 2:
        with df.Session(client) as session:
            for _ in range(5):
                session.run(step, {x: 1.0})
            assert session._cluster is not None
            session._cluster._history._pause = soonest
            start = time.perf_counter()
            for _ in range(100):
                session.run(step, {x: 1.0})
            means.append((time.perf_counter() - start) / 100)
    return min(means[::2]) / min(means[1::2]) - 1.0
