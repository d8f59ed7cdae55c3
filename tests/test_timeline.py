"""Traces of runs as data and as Chrome shows them."""

import os
import threading
from typing import Any

import dask
import numpy as np
import pytest

import daskflow as df
from daskflow.run_metadata import StepStats
from daskflow.timeline import Timeline
from daskflow.tracing import NodeTime, RunTrace, TaskTime, Transfer
from tests.trace_events import checked, inside, lanes

ONE, TWO = "tcp://host:1", "tcp://host:2"

TRACE = RunTrace(
    [
        NodeTime("b", "matmul", ONE, 12, 2.5, 2.75),
        NodeTime("a", "add", ONE, 11, 2.0, 2.5),
        NodeTime("c", "add", TWO, 11, 2.6, 2.7),
    ],
    [
        TaskTime("Session.run()", "process 1", 1, 1.5, 3.0),
        TaskTime("a", ONE, 11, 1.9, 2.5, 800, ("x",)),
        TaskTime("b", ONE, 12, 2.5, 2.8, 8, ("a",)),
        TaskTime("c", TWO, 11, 2.6, 2.75, 16, ("a", "w")),
    ],
    [
        Transfer("feeds and variables", "process 1", "scheduler", 1.5, 1.6, 80),
        Transfer("a", ONE, TWO, 2.51, 2.55, 800),
        Transfer("w", ONE, TWO, 2.52, 2.59, 160),
    ],
)


def stats_of(trace: RunTrace) -> StepStats:
    metadata = df.RunMetadata()
    metadata.fill(trace)
    return metadata.step_stats


def events_of(trace: RunTrace, **settings: bool) -> list[dict[str, Any]]:
    return checked(Timeline(stats_of(trace)).generate_chrome_trace_format(**settings))


def test_nodes_become_statistics_by_device_in_order() -> None:
    metadata = df.RunMetadata()
    assert metadata.step_stats.dev_stats == []
    metadata.fill(RunTrace([NodeTime("old", "add", ONE, 1, 1.0, 2.0)]))
    metadata.fill(TRACE)  # in place of that
    assert metadata.step_stats.tasks == TRACE.tasks
    assert metadata.step_stats.tasks is not TRACE.tasks  # it may get more of them
    first, second = metadata.step_stats.dev_stats
    assert (first.device, second.device) == (ONE, TWO)
    a, b = first.node_stats
    assert (a.node_name, b.node_name) == ("a", "b")
    assert (a.all_start_micros, a.all_end_rel_micros) == (2_000_000, 500_000)
    assert (a.op_start_rel_micros, a.op_end_rel_micros) == (0, 500_000)
    assert (b.thread_id, b.timeline_label) == (12, "b = matmul()")


def test_a_trace_has_a_lane_for_each_thread_and_for_what_is_sent() -> None:
    found = lanes(events_of(TRACE))
    names = {place: [e["name"] for e in events] for place, events in found.items()}
    assert names == {
        ("process 1", "thread 1"): ["Session.run()"],
        ("scheduler", "transfers"): ["feeds and variables"],
        (ONE, "thread 11"): ["a", "add"],
        (ONE, "thread 12"): ["b", "matmul"],
        (TWO, "thread 11"): ["c", "add"],
        (TWO, "transfers"): ["a"],
        (TWO, "transfers 2"): ["w"],  # it overlaps with the other one
    }
    task, node = found[ONE, "thread 12"]
    assert (node["ts"], node["dur"]) == (2_500_000, 250_000)
    assert node["args"] == {"name": "b", "op": "matmul"}
    assert task["args"] == {"bytes": 8}
    [sent] = found[TWO, "transfers"]
    assert sent["args"] == {"bytes": 800, "from": ONE}


def test_the_process_of_the_session_comes_first_and_transfers_last() -> None:
    ranks: dict[tuple[int, int], list[Any]] = {}
    for e in events_of(TRACE):
        if e["ph"] == "M":
            ranks.setdefault((e["pid"], e["tid"]), []).append(e["args"])
    names = [*ranks.values()]
    texts = [(p["name"], t["name"]) for p, _, t, _ in names]
    assert texts[0] == ("process 1", "thread 1")
    assert texts[-3:] == [(TWO, "thread 11"), (TWO, "transfers"), (TWO, "transfers 2")]
    assert [t["sort_index"] for _, _, _, t in names] == list(range(5, 12))


def test_arrows_go_from_task_to_task_by_way_of_what_was_sent() -> None:
    events = events_of(TRACE)
    places = {
        (e["pid"], e["tid"]): place
        for place, slices in lanes(events).items()
        for e in slices
    }
    ways: dict[int, list[Any]] = {}
    for e in events:
        if e["ph"] in "stf":
            place = places[e["pid"], e["tid"]]
            ways.setdefault(e["id"], []).append((e["ph"], *place, e["ts"]))
    assert [*ways.values()] == [
        [("s", ONE, "thread 11", 2_499_999), ("f", ONE, "thread 12", 2_500_000)],
        [
            ("s", ONE, "thread 11", 2_499_999),
            ("t", TWO, "transfers", 2_549_999),
            ("f", TWO, "thread 11", 2_600_000),
        ],
        [("s", TWO, "transfers 2", 2_589_999), ("f", TWO, "thread 11", 2_600_000)],
    ]
    assert not [e for e in events_of(TRACE, show_dataflow=False) if e["ph"] in "stf"]


def test_an_arrow_never_goes_back_in_time() -> None:
    early = TaskTime("late", TWO, 1, 1.0, 1.5, 8, ("a",))
    overlapping = TaskTime("soon", TWO, 2, 2.2, 2.4, 8, ("a",))
    arrows = [
        e
        for e in events_of(RunTrace([], [TRACE.tasks[1], early, overlapping]))
        if e["ph"] in "stf"
    ]
    assert [(e["ph"], e["ts"]) for e in arrows] == [("s", 2_200_000), ("f", 2_200_000)]


def test_counters_have_the_bytes_of_results_until_their_last_reader_ends() -> None:
    counted: dict[int, list[tuple[int, int]]] = {}
    for e in events_of(TRACE, show_memory=True):
        if e["ph"] == "C":
            steps = counted.setdefault(e["pid"], [])
            steps.append((e["ts"], e["args"]["bytes"]))
    assert [*counted.values()] == [
        [(2_500_000, 800), (2_800_000, 808), (2_800_000, 8), (3_000_000, 0)],
        [
            *[(2_550_000, 800), (2_590_000, 960)],
            *[(2_750_000, 976), (2_750_000, 816), (2_750_000, 16), (3_000_000, 0)],
        ],
    ]
    assert not [e for e in events_of(TRACE) if e["ph"] == "C"]


def test_a_label_of_another_form_is_the_nodes_name() -> None:
    stats = stats_of(RunTrace(TRACE.nodes[:1]))
    stats.dev_stats[0].node_stats[0].timeline_label = "mine"
    events = checked(df.timeline.Timeline(stats).generate_chrome_trace_format())
    assert [e["name"] for e in events if e["ph"] == "X"] == ["b"]


def test_an_empty_trace_is_one_too() -> None:
    text = Timeline(StepStats()).generate_chrome_trace_format(show_memory=True)
    assert checked(text) == []


@pytest.mark.parametrize("level", ["NO_TRACE", "FULL_TRACE"])
def test_a_run_is_traced_as_far_as_its_options_say(level: str, session: Any) -> None:
    x = df.placeholder(df.float32, [None])
    options = df.RunOptions(trace_level=getattr(df.RunOptions, level))
    metadata = df.RunMetadata()
    y = df.reduce_sum(df.exp(x, name="mine"))
    session.run(y, {x: [0.0]}, options=options, run_metadata=metadata)
    names = {n.node_name for d in metadata.step_stats.dev_stats for n in d.node_stats}
    assert names == (set() if level == "NO_TRACE" else {"mine", "Sum"})


def test_a_task_tells_the_bytes_of_all_that_it_gives(session: Any) -> None:
    parts = df.split(df.placeholder("float64", [6], name="x"), 3)
    metadata = df.RunMetadata()
    options = df.RunOptions(trace_level=df.RunOptions.FULL_TRACE)
    session.run([*parts, 2.0 * parts[0]], {"x:0": np.zeros(6)}, options, metadata)
    assert sum(task.nbytes for task in metadata.step_stats.tasks) >= 64


@pytest.mark.parametrize("grouping", [True, False], ids=["grouped", "ungrouped"])
def test_every_scheduler_gives_a_trace_of_one_form(
    grouping: bool, daskflow_scheduler: Any
) -> None:
    df.set_random_seed(1)
    x = df.placeholder("float64", [None, 20], name="x")
    w = df.Variable(np.ones([20, 5]), name="w")
    h = df.tanh(df.matmul(x, w))
    loss = df.reduce_mean(df.square(h - df.random_normal([5], dtype="float64")))
    step = df.train.MomentumOptimizer(0.1, 0.9).minimize(loss)
    metadata = df.RunMetadata()
    options = df.RunOptions(trace_level=df.RunOptions.FULL_TRACE)
    with df.Session(daskflow_scheduler, grouping=grouping) as session:
        for _ in range(3):
            session.run([loss, step], {x: np.ones([3, 20])}, options, metadata)
            timeline = Timeline(metadata.step_stats, session.graph)
            events = checked(timeline.generate_chrome_trace_format(show_memory=True))
        count = len(session.plan([loss, step], {x: np.ones([3, 20])}).nodes)
    found = lanes(events)
    mine = f"process {os.getpid()}", f"thread {threading.get_native_id()}"
    run = found[mine][0]
    assert run["name"] == "Session.run()"
    by_category: dict[str, list[Any]] = {"Task": [], "Op": [], "Transfer": []}
    for slices in found.values():
        for e in slices:
            by_category[e["cat"]].append(e)
            assert inside(e, run) or e["cat"] == "Transfer"
    tasks = [e for e in by_category["Task"] if e is not run]
    for node in by_category["Op"]:
        assert [t for t in tasks if t["tid"] == node["tid"] and inside(node, t)]
    assert len(tasks) == len({t["name"] for t in tasks})
    if not grouping:
        assert len(tasks) == len(by_category["Op"]) == count
        assert [e for e in events if e["ph"] == "s"]
    sent = [place for place in found if place[1].startswith("transfers")]
    on_cluster = hasattr(daskflow_scheduler, "scheduler_info")
    assert any(place[0].startswith("scheduler tcp://") for place in sent) == on_cluster


def test_on_a_cluster_what_comes_from_another_worker_is_told(client: Any) -> None:
    one, two = client.scheduler_info()["workers"]
    with dask.annotate(workers=[one]):
        x = df.placeholder("float64", [None], name="x")
        v = df.Variable(np.ones(30_000), name="v")
        there = df.exp(x, name="there")
        kept = v.assign_add(v * 2.0)
    with dask.annotate(workers=[two]):
        here = df.reduce_sum(df.square(there, name="here") + v)
    metadata = df.RunMetadata()
    options = df.RunOptions(trace_level=df.RunOptions.FULL_TRACE)
    feed, settings = {x: np.ones(30_000)}, {"keep_on_workers": 100_000}
    with df.Session(client, grouping=False, **settings) as session:
        for _ in range(2):
            session.run([here, kept.op], feed)
        session.run([here, kept.op], feed, options, metadata)
        tasks = {task.name: task for task in metadata.step_stats.tasks}
        sent, *came = metadata.step_stats.transfers
    assert sent.source == f"process {os.getpid()}"
    assert sent.nbytes == 240_000  # `x`; `v` was there
    found = {transfer.name: transfer for transfer in came}
    assert {"there", "v"} <= found.keys() <= {"there", "v", "x"}
    for transfer in found.values():
        assert transfer.nbytes >= 240_000
        assert {transfer.source, transfer.worker} == {one, two}
    arrived = found["there"]
    assert (arrived.source, arrived.worker) == (one, two)
    assert (tasks["there"].worker, tasks["here"].worker) == (one, two)
    assert arrived.end <= tasks["here"].start
    checked(Timeline(metadata.step_stats).generate_chrome_trace_format())
