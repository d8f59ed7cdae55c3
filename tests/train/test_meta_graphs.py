"""A graph beside its checkpoint, and a program that begins from both."""

import os
import subprocess
import sys

import numpy as np
import pytest

import daskflow as df
from daskflow.errors import DTypeError, GraphError, NotFoundError
from daskflow.train.meta_graph import MetaGraphDef

AGAIN = """
import sys
import numpy as np
import daskflow as df

saver = df.train.import_meta_graph(sys.argv[1] + ".meta")
graph = df.get_default_graph()
with df.Session("sync") as session:
    saver.restore(session, sys.argv[1])
    step, loss = df.get_collection("mine")
    feeds = {"x:0": np.arange(6.0).reshape(2, 3)}
    values = [session.run([loss, step], feeds)[0] for _ in range(3)]
    values += [session.run(v) for v in df.trainable_variables()]
np.savez(sys.argv[1] + ".npz", *values)
"""


def model():
    x = df.placeholder(df.float32, [None, 3], name="x")
    initial = df.random_normal_initializer(seed=1)
    w = df.get_variable("w", [3, 2], initializer=initial)
    noise = df.random_normal([2])
    loss = df.reduce_mean(df.square(df.matmul(x, w) + noise), name="loss")
    step = df.train.AdamOptimizer(0.01).minimize(loss)
    df.add_to_collection("mine", step)
    df.add_to_collection("mine", loss)
    df.add_to_collection("loss", loss)
    df.add_to_collection("rate", 0.01)
    return x, w, loss, step


def test_a_program_goes_on_from_a_checkpoint_alone(tmp_path, session):
    x, w, loss, step = model()
    feeds = {x: np.arange(6.0).reshape(2, 3)}
    session.run(step, feeds)
    prefix = df.train.Saver().save(session, str(tmp_path / "m"))
    wanted = [session.run([loss, step], feeds)[0] for _ in range(3)]
    wanted.append(session.run(w))
    subprocess.run([sys.executable, "-c", AGAIN, prefix], check=True, timeout=60)
    with np.load(prefix + ".npz") as found:
        for a, b in zip(wanted, found.values(), strict=True):
            np.testing.assert_array_equal(a, b, strict=True)


def test_collections_are_what_they_were(tmp_path, caplog):
    _, w, _, step = model()
    df.add_to_collection("mixed", b"bytes")
    df.add_to_collection("mixed", None)
    df.add_to_collection("mixed", object())
    df.add_to_collection(("not", "a text"), 1)
    variables = [v.name for v in df.global_variables()]
    path = tmp_path / "m.meta"
    meta_graph = df.train.export_meta_graph(path)
    assert MetaGraphDef.read(path) == meta_graph
    assert "'mixed' is exported without" in caplog.text
    kept = df.train.export_meta_graph(collection_list=["loss"])
    assert kept.collections == {"loss": [("tensor", "loss:0")]}
    read = MetaGraphDef()
    read.ParseFromString(meta_graph.SerializeToString())
    with df.Graph().as_default() as graph:
        saver = df.train.import_meta_graph(read, import_scope="part")
        assert [v.name for v in df.global_variables()] == [
            f"part/{name}" for name in variables
        ]
        assert [v.name for v in df.trainable_variables()] == ["part/w:0"]
        names = [element.name for element in df.get_collection("mine")]
        assert names == [f"part/{step.name}", "part/loss:0"]
        assert df.get_collection("loss")[0].name == "part/loss:0"
        assert df.get_collection("rate") == [0.01]
        assert df.get_collection("mixed") == [b"bytes", None]
        assert isinstance(saver, df.train.Saver)
        assert w.graph is not graph


def test_a_saver_is_what_it_was(tmp_path, session):
    a, b = df.Variable(1.0, name="a"), df.Variable(2.0, name="b")
    saver = df.train.Saver({"other": a}, max_to_keep=2, pad_step_number=True)
    path = tmp_path / "m.meta"
    saver.export_meta_graph(path, as_text=True)
    prefix = saver.save(session, str(tmp_path / "m"), write_meta_graph=False)
    with df.Graph().as_default(), df.Session("sync") as other:
        again = df.train.import_meta_graph(path)
        [a, b] = df.global_variables()
        other.run([a.assign(7.0), b.assign(8.0)])
        again.restore(other, prefix)
        assert other.run([a, b]) == [1.0, 8.0]
        prefixes = [again.save(other, str(tmp_path / "n"), i) for i in range(3)]
        assert prefixes[-1].endswith("n-00000002")
        assert again.last_checkpoints == prefixes[1:]
    # A graph goes with its checkpoint.
    assert sorted(f for f in os.listdir(tmp_path) if f.startswith("n")) == [
        "n-00000001.index", "n-00000001.meta", "n-00000002.index", "n-00000002.meta"
    ]  # fmt: skip


def test_a_checkpoint_is_saved_without_what_is_code(tmp_path, session, caplog):
    w = df.Variable(1.0, name="w")
    df.py_func(lambda x: x, [w], df.float32)
    saver = df.train.Saver()
    prefix = saver.save(session, str(tmp_path / "m"))
    assert sorted(os.listdir(tmp_path)) == ["checkpoint", "m.index"]
    assert "no " + prefix + ".meta is written: 'PyFunc'" in caplog.text
    with pytest.raises(GraphError, match="'PyFunc' .*cannot be exported"):
        saver.export_meta_graph()
    with pytest.raises(GraphError, match="'PyFunc' .*cannot be exported"):
        df.train.export_meta_graph(tmp_path / "m.meta")


def test_devices_stay_or_go():
    with df.device("/gpu:0"):
        df.constant(1.0, name="a")
    assert df.train.export_meta_graph(clear_devices=True).graph_def.node[0].device == ""
    meta_graph = df.train.export_meta_graph()
    for clear, device in [(False, "/device:GPU:0"), (True, "")]:
        with df.Graph().as_default() as graph:
            assert df.train.import_meta_graph(meta_graph, clear_devices=clear) is None
            assert graph.get_operation_by_name("a").device == device


def test_parts_of_an_import_can_be_given_and_returned(session):
    x = df.placeholder(df.float32, name="x")
    df.exp(x, name="y")
    meta_graph = df.train.export_meta_graph(graph=x.graph)
    saver, [y] = df.train.import_meta_graph(
        meta_graph,
        import_scope="part",
        input_map={"x:0": df.constant(0.0)},
        return_elements=["y:0"],
    )
    assert saver is None
    assert session.run(y) == 1


def test_what_is_no_meta_graph_is_refused(tmp_path):
    with pytest.raises(NotFoundError, match="no meta graph"):
        df.train.import_meta_graph(tmp_path / "none.meta")
    with pytest.raises(DTypeError, match="expected a MetaGraphDef or a path, got 3"):
        df.train.import_meta_graph(3)
    path = df.train.write_graph(df.get_default_graph(), tmp_path, "graph.pb", False)
    with pytest.raises(GraphError, match="expected a meta graph, got a graph alone"):
        df.train.import_meta_graph(path)
    with pytest.raises(GraphError, match="takes no \\['other'\\]"):
        df.train.import_meta_graph(MetaGraphDef(), other=1)
    with pytest.raises(GraphError, match="as a whole"):
        df.train.export_meta_graph(export_scope="a")
