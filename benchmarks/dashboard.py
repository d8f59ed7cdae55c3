"""What the page on Dask's dashboard costs the scheduler: with it and without it."""

from __future__ import annotations

import os
import time
import timeit
from collections.abc import Callable
from contextlib import ExitStack
from statistics import median
from typing import Any

import numpy as np
from dask.task_spec import Task
from distributed import Client
from distributed.deploy import SubprocessCluster

import daskflow as df
from benchmarks.measure import table_text, time_text
from daskflow.dashboard import Dashboard

TURNS = 7

WIDE, TASKS = 500, 2_000

PURE = "pure Dask"


def table() -> str:
    """The processor time of two schedulers, one with the page, that take turns."""
    # Measured first: clients have threads, which would get in its way.
    ours, others = per_task(("add", "token", "7")), per_task("plain-0123456789-7")
    with ExitStack() as stack:
        clusters = [
            stack.enter_context(
                SubprocessCluster(n_workers=2, worker_kwargs={"nthreads": 1})
            )
            for _ in range(2)
        ]
        clients = [
            stack.enter_context(Client(cluster, set_as_default=False))
            for cluster in clusters
        ]
        work = [cases(stack, c, i == 1) for i, c in enumerate(clients)]
        rows = []
        for name, (_, count) in work[0].items():
            without, with_page = alternating(clients, [case[name][0] for case in work])
            share = (others if name == PURE else ours) * count / without
            cells = [time_text(t / count) for t in (without, with_page)]
            rows.append(
                (name, *cells, f"{with_page / without - 1:+.1%}", f"{share:.2%}")
            )
    return table_text(
        "a scheduler's processor time per task (the first: per step), median of "
        f"{TURNS} turns",
        ("", "without", "with", "more", "transition alone"),
        rows,
    )


def cases(
    stack: ExitStack, client: Client, dashboard: bool
) -> dict[str, tuple[Callable[[], Any], int]]:
    """What is run in a turn, and how many tasks that is."""
    with df.Graph().as_default() as graph:
        x = df.placeholder(df.float32, [])
        w = df.Variable(np.ones((64, 64), np.float32))
        step = w.assign_sub(0.01 * df.matmul(w, w) * x)
        ends = [df.sin(x + float(i)) for i in range(WIDE // 2)]
        total = df.add_n(ends)
    grouped = stack.enter_context(df.Session(client, graph, dashboard=dashboard))
    single = stack.enter_context(
        df.Session(client, graph, dashboard=dashboard, grouping=False)
    )

    def plain() -> None:
        run = os.urandom(8).hex()
        keys = [f"plain-{run}-{i}" for i in range(TASKS)]
        client.get({key: Task(key, abs, -1) for key in keys}, keys)

    def steps() -> None:
        for _ in range(50):
            grouped.run(step.op, {x: 1.0})

    return {
        "50 training steps": (steps, 50),
        "a wide graph": (lambda: single.run(total, {x: 1.0}), WIDE),
        PURE: (plain, TASKS),
    }


def alternating(
    clients: list[Client], functions: list[Callable[[], Any]]
) -> list[float]:
    """The median processor time that each scheduler takes for its function."""
    times: list[list[float]] = [[] for _ in clients]
    for turn in range(TURNS + 2):
        for taken, client, function in zip(times, clients, functions, strict=True):
            start = client.run_on_scheduler(time.process_time)
            function()
            spent = client.run_on_scheduler(time.process_time) - start
            if turn >= 2:  # the first turns measure and group
                taken.append(spent)
    return list(map(median, times))


def per_task(key: Any) -> float:
    """Seconds that the plugin takes for all that happens to a task of that key."""
    dashboard = Dashboard()
    counts = dict.fromkeys(("runs", "commits", "replays", "replayed"), 0)
    told = {**counts, "variables": [], "plans": [], "ran": [], "closed": False}
    dashboard.open(_Nothing())
    dashboard.hear("token", "client", told)
    spans = [{"action": "compute", "start": 1.0, "stop": 2.0}]
    moved = dashboard.transition

    def one() -> None:
        moved(key, "released", "waiting", stimulus_id="s")
        moved(key, "waiting", "processing", stimulus_id="s", worker="w")
        moved(
            *(key, "processing", "memory"),
            stimulus_id="s",
            worker="w",
            startstops=spans,
        )
        moved(key, "memory", "released", stimulus_id="s")
        moved(key, "released", "forgotten", stimulus_id="s")

    return min(timeit.repeat(one, number=10_000, repeat=5)) / 10_000


class _Nothing:
    """As much of a scheduler as the plugin needs to open."""

    class http_application:  # noqa: N801 - the scheduler's name for it
        @staticmethod
        def add_handlers(*arguments: Any) -> None: ...

    def __init__(self) -> None:
        self.handlers: dict[str, Any] = {}
        self.clients: dict[str, Any] = {}
