"""Event files are what TensorBoard reads."""

import json
import re
import subprocess
import sys
from contextlib import contextmanager
from urllib.parse import urlencode
from urllib.request import urlopen

import numpy as np
import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

import daskflow as df
from daskflow.errors import DTypeError, GraphError
from daskflow.tracing import NodeTime, RunTrace
from tests.conftest import wait_for


def events_in(folder):
    all_of_them = dict.fromkeys(("tensors", "histograms"), 0)
    found = EventAccumulator(str(folder), all_of_them, purge_orphaned_data=False)
    return found.Reload()


def test_a_training_is_written_as_it_goes(tmp_path, session):
    x = df.placeholder(df.float32, [None])
    df.summary.scalar("loss", df.reduce_mean(x))
    df.summary.histogram("x", x)
    df.summary.image("image", df.zeros([1, 2, 3, 1]))
    df.summary.text("note", df.constant("hi"))
    merged = df.summary.merge_all()
    with df.summary.FileWriter(str(tmp_path / "new"), session.graph) as writer:
        assert writer.get_logdir() == str(tmp_path / "new")
        for step in range(3):
            writer.add_summary(session.run(merged, {x: [step, step]}), step)
    found = events_in(tmp_path / "new")
    losses = found.Scalars("loss")
    assert [(e.step, e.value) for e in losses] == [(0, 0.0), (1, 1.0), (2, 2.0)]
    assert [e.histogram_value.max for e in found.Histograms("x")] == [0, 1, 2]
    assert found.Images("image/image/0")[0].width == 3
    assert [e.tensor_proto.string_val[0] for e in found.Tensors("note")] == [b"hi"] * 3
    nodes = {node.name: node for node in found.Graph().node}
    assert nodes["loss"].op == "ScalarSummary"
    assert nodes["loss"].input == ["Mean"]
    shape = nodes["Placeholder"].attr["_output_shapes"].list.shape[0]
    assert [d.size for d in shape.dim] == [-1]


def test_a_graph_with_code_of_the_program_can_be_looked_at(tmp_path):
    x = df.placeholder(df.float32)
    with df.control_dependencies([df.no_op("first")]):
        df.py_func(lambda v: v, [x], df.float32, name="mine")
    with df.summary.FileWriter(tmp_path, df.get_default_graph()):
        pass
    nodes = {node.name: node for node in events_in(tmp_path).Graph().node}
    assert nodes["mine"].op == "PyFunc"
    assert nodes["mine"].input == ["Placeholder", "^first"]
    assert nodes["mine"].attr["_output_shapes"].list.shape[0].unknown_rank


def test_summaries_can_be_made_by_hand(tmp_path):
    writer = df.summary.FileWriter(tmp_path, filename_suffix=".mine")
    value = df.Summary.Value(tag="a", simple_value=0.0)
    writer.add_summary(df.Summary(value=[value]), np.int64(7))
    summary = df.summary.Summary()
    summary.value.add(tag="b", simple_value=2.5)
    writer.add_summary(summary)
    writer.add_event(df.summary.Event(wall_time=1.0, step=3, summary=summary))
    writer.add_session_log(df.summary.SessionLog(status=df.summary.SessionLog.START))
    writer.flush()
    assert [e.step for e in events_in(tmp_path).Scalars("a")] == [7]
    assert [e.step for e in events_in(tmp_path).Scalars("b")] == [0, 3]
    writer.close()
    [file] = tmp_path.iterdir()
    assert file.name.endswith(".mine")


def test_a_closed_writer_says_so_and_opens_another_file(tmp_path):
    writer = df.summary.FileWriter(tmp_path)
    writer.close()
    writer.close()
    summary = df.Summary()
    with pytest.warns(UserWarning, match="closed; reopen"):
        writer.add_summary(summary)
    writer.reopen()
    writer.reopen()
    writer.close()
    assert writer.flush() is None


UNCLOSED = """
import sys
import daskflow as df

writer = df.summary.FileWriter(sys.argv[1])
for step in range(50):
    value = df.Summary.Value(tag="a", simple_value=step)
    writer.add_summary(df.Summary(value=[value]), step)
"""


def test_a_program_need_not_close_its_writer(tmp_path):
    command = [sys.executable, "-c", UNCLOSED, tmp_path]
    subprocess.run(command, check=True, timeout=60)
    assert len(events_in(tmp_path).Scalars("a")) == 50


def test_a_trace_is_written_under_its_tag(tmp_path, session):
    x = df.placeholder(df.float32)
    options = df.RunOptions(trace_level=df.RunOptions.FULL_TRACE)
    metadata = df.RunMetadata()
    session.run(df.exp(x, name="mine"), {x: 1.0}, options, metadata)
    with df.summary.FileWriter(tmp_path) as writer:
        writer.add_run_metadata(metadata, "step 1", 1)
        with pytest.raises(GraphError, match="'step 1' names another run"):
            writer.add_run_metadata(metadata, "step 1")
    [device] = events_in(tmp_path).RunMetadata("step 1").step_stats.dev_stats
    assert device.node_stats[0].node_name == "mine"
    assert device.node_stats[0].all_start_micros > 1_500_000_000_000_000
    assert device.device.endswith("/device:CPU:0")  # or TensorBoard leaves it out


def test_a_node_of_no_microsecond_has_run_all_the_same(tmp_path):
    metadata = df.RunMetadata()
    node = NodeTime("brief", "exp", "process 1", 1, 5.0, 5.0)
    metadata.fill(RunTrace([node]))
    with df.summary.FileWriter(tmp_path) as writer:
        writer.add_run_metadata(metadata, "brief")
    [device] = events_in(tmp_path).RunMetadata("brief").step_stats.dev_stats
    assert device.node_stats[0].all_end_rel_micros == 1


@contextmanager
def tensorboard(folder, log):
    """A real TensorBoard for that folder; gives a function that asks it."""
    command = [sys.executable, "-m", "tensorboard.main", "--logdir", str(folder)]
    where = ["--host", "127.0.0.1", "--port", "0"]
    with log.open("wb") as out:
        process = subprocess.Popen([*command, *where], stdout=out, stderr=out)
    try:
        url = wait_for(lambda: re.search(r"http://127\.0\.0\.1:\d+/", log.read_text()))[
            0
        ]

        def ask(page, **query):
            with urlopen(f"{url}data/{page}?{urlencode(query)}", timeout=20) as answer:
                return answer.read().decode()

        wait_for(lambda: "." in json.loads(ask("runs")))
        yield ask
    finally:
        process.terminate()
        process.wait(20)


@pytest.mark.slow
def test_tensorboard_shows_the_graph_and_when_its_nodes_ran(tmp_path):
    x = df.placeholder(df.float32, [None, 2], name="x")
    with df.name_scope("layer"):
        y = df.exp(df.matmul(x, df.ones([2, 3]), name="product"), name="y")
    options = df.RunOptions(trace_level=df.RunOptions.FULL_TRACE)
    metadata = df.RunMetadata()
    with (
        df.Session("sync") as session,
        df.summary.FileWriter(tmp_path / "logs", session.graph) as writer,
    ):
        session.run(y, {x: [[1.0, 2.0]]}, options, metadata)
        writer.add_run_metadata(metadata, "step 1", 1)
    with tensorboard(tmp_path / "logs", tmp_path / "log") as ask:
        info = json.loads(ask("plugin/graphs/info"))["."]
        assert info["run_graph"]
        assert info["tags"]["step 1"]["profile"]
        graph = ask("plugin/graphs/graph", run=".", conceptual="false")
        assert re.findall(r'name: "(layer/\w+)"', graph)[-2:] == [
            "layer/product",
            "layer/y",
        ]
        run = ask("plugin/graphs/run_metadata", run=".", tag="step 1")
    assert re.findall(r'node_name: "(.*)"', run) == ["layer/product", "layer/y"]


def test_a_graph_as_data_is_written_too(tmp_path):
    x = df.placeholder(df.float32, name="x")
    df.exp(x, name="y")
    graph_def = x.graph.as_graph_def()
    with df.summary.FileWriter(tmp_path / "a", graph_def=graph_def):
        pass
    with df.summary.FileWriter(tmp_path / "b") as writer:
        writer.add_meta_graph(df.train.export_meta_graph())
    for folder in "ab":
        nodes = events_in(tmp_path / folder).Graph().node
        assert [node.name for node in nodes] == ["x", "y"]
    with (
        df.summary.FileWriter(tmp_path / "c") as writer,
        pytest.raises(DTypeError, match="expected a Graph"),
    ):
        writer.add_graph("graph")


def test_there_is_one_writer_for_a_directory(tmp_path):
    cache = df.summary.FileWriterCache
    writer = cache.get(str(tmp_path))
    assert cache.get(tmp_path) is writer
    cache.clear()
    again = cache.get(tmp_path)
    assert again is not writer
    cache.clear()


def test_a_program_goes_on_without_tensorboard(tmp_path, session, monkeypatch):
    for name in [n for n in sys.modules if n.partition(".")[0] == "tensorboard"]:
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.warns(UserWarning, match=r"pip install 'daskflow\[tensorboard\]'"):
        writer = df.summary.FileWriter(tmp_path / "none", session.graph)
    data = session.run(df.summary.merge([df.summary.scalar("a", 1.0)]))
    writer.add_summary(data, 1)
    writer.add_run_metadata(df.RunMetadata(), "a")
    writer.add_session_log(None)
    writer.add_event(None)
    writer.close()
    assert not any((tmp_path / "none").iterdir())
    with pytest.raises(AttributeError, match=r"'daskflow\[tensorboard\]'"):
        _ = df.Summary
