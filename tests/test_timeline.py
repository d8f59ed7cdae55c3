"""Traces of runs as data and as Chrome shows them."""

import json

import pytest

import daskflow as df
from daskflow.timeline import Timeline
from daskflow.tracing import NodeTime

ROWS = [
    NodeTime("b", "matmul", "tcp://host:1", 12, 2.5, 2.75),
    NodeTime("a", "add", "tcp://host:1", 11, 2.0, 2.5),
    NodeTime("c", "add", "tcp://host:2", 11, 2.25, 2.5),
]


def test_rows_become_statistics_by_device_in_order():
    metadata = df.RunMetadata()
    assert metadata.step_stats.dev_stats == []
    metadata.fill(ROWS)
    metadata.fill(iter(ROWS))  # in place of the first ones
    first, second = metadata.step_stats.dev_stats
    assert (first.device, second.device) == ("tcp://host:1", "tcp://host:2")
    a, b = first.node_stats
    assert (a.node_name, b.node_name) == ("a", "b")
    assert (a.all_start_micros, a.all_end_rel_micros) == (2_000_000, 500_000)
    assert (a.op_start_rel_micros, a.op_end_rel_micros) == (0, 500_000)
    assert (b.thread_id, b.timeline_label) == (12, "b = matmul()")


def test_a_trace_has_a_row_for_each_thread_of_each_device():
    metadata = df.RunMetadata()
    metadata.fill(ROWS)
    text = Timeline(metadata.step_stats).generate_chrome_trace_format()
    names, nodes = [], []
    for event in json.loads(text)["traceEvents"]:
        (names if event["ph"] == "M" else nodes).append(event)
    assert [e["args"]["name"] for e in names] == ["tcp://host:1", "tcp://host:2"]
    assert [(e["pid"], e["tid"], e["ts"], e["dur"]) for e in nodes] == [
        (0, 0, 2_000_000, 500_000),
        (0, 1, 2_500_000, 250_000),
        (1, 0, 2_250_000, 250_000),
    ]
    assert nodes[1]["name"] == "matmul"
    assert nodes[1]["args"] == {"name": "b", "op": "matmul"}


def test_a_label_of_another_form_is_the_nodes_name():
    metadata = df.RunMetadata()
    metadata.fill(ROWS[:1])
    metadata.step_stats.dev_stats[0].node_stats[0].timeline_label = "mine"
    text = df.timeline.Timeline(metadata.step_stats).generate_chrome_trace_format()
    assert json.loads(text)["traceEvents"][1]["name"] == "b"


@pytest.mark.parametrize("level", ["NO_TRACE", "FULL_TRACE"])
def test_a_run_is_traced_as_far_as_its_options_say(level, session):
    x = df.placeholder(df.float32, [None])
    options = df.RunOptions(trace_level=getattr(df.RunOptions, level))
    metadata = df.RunMetadata()
    y = df.reduce_sum(df.exp(x, name="mine"))
    session.run(y, {x: [0.0]}, options=options, run_metadata=metadata)
    names = {n.node_name for d in metadata.step_stats.dev_stats for n in d.node_stats}
    assert names == (set() if level == "NO_TRACE" else {"mine", "Sum"})
