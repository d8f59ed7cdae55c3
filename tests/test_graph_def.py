"""Graphs as data, and what is built from them again."""

import json
from functools import partial
from itertools import chain

import numpy as np
import pytest

import daskflow as df
from daskflow.arrays import same_bits
from daskflow.errors import DTypeError, GraphError, UnknownNameError
from daskflow.graph_def import packed, unpacked
from daskflow.opdef import OPS
from daskflow.spec import STRING, Spec


def test_nodes_say_how_they_are_connected():
    a, b = df.constant(1.0, name="a"), df.placeholder(df.float32, [None, 2], name="b")
    with df.device("/gpu:0"), df.control_dependencies([a]):
        c = df.add(a, b, name="c")
    [_, d] = df.py_func(lambda x: [x, x], [c], [df.float32] * 2)
    df.negative(d, name="e")
    with pytest.raises(GraphError, match="'PyFunc'.*cannot be exported.*code"):
        a.graph.as_graph_def()
    nodes = df.Graph.as_graph_def
    with df.Graph().as_default() as graph:
        a, b = (
            df.constant(1.0, name="a"),
            df.placeholder(df.float32, [None, 2], name="b"),
        )
        with df.device("/gpu:0"), df.control_dependencies([a]):
            df.add(a, b, name="c")
        first, second = nodes(graph), nodes(graph, from_version=2, add_shapes=True)
    assert [(n.name, n.op, n.input, n.device) for n in first.node] == [
        ("a", "Const", [], ""),
        ("b", "Placeholder", [], ""),
        ("c", "Add", ["a", "b", "^a"], "/device:GPU:0"),
    ]
    [c] = second.node
    assert c.attr["_output_shapes"] == [(None, 2)]


def exported(graph, as_text=False):
    """A graph as bytes, and from there as data."""
    data = packed(graph.as_graph_def().document, as_text)
    return df.GraphDef.FromString(data)


@pytest.mark.parametrize("as_text", [False, True])
def test_a_graph_that_was_imported_gives_the_same_bits(as_text, session):
    x = df.placeholder(df.float32, [None, 3], name="x")
    w = df.Variable(df.random_normal([3, 2], seed=3), name="w")
    n = df.Variable(0, trainable=False, name="n")
    with df.control_dependencies([n.assign_add(1)]):
        y = df.matmul(x, w) + df.random_normal([2])
    parts = [y[:, -1:], df.one_hot(n, 4), df.concat([y, y], 1), df.cast(y, df.int32)]
    text = df.Print(df.constant(["a", "b"]), [])
    fetches = [*parts, text, df.is_variable_initialized(w)]
    feeds = {x: np.arange(6.0).reshape(2, 3)}
    wanted = [session.run(fetches, feeds) for _ in range(2)]
    names = [t.name for t in fetches]
    graph_def = exported(df.get_default_graph(), as_text)
    with df.Graph().as_default() as graph, df.Session("sync") as other:
        found = df.import_graph_def(graph_def, name="", return_elements=names)
        assert [t.name for t in found] == names
        assert [v.name for v in graph.variables] == ["w:0", "n:0"]
        assert [v.trainable for v in graph.variables] == [True, False]
        again = [other.run(found, {"x:0": feeds[x]}) for _ in range(2)]
    for a, b in zip(chain(*wanted), chain(*again), strict=True):
        assert same_bits(a, b)


def test_an_imported_part_is_wired_to_what_is_given(session):
    with df.Graph().as_default() as graph:
        x = df.placeholder(df.float32, name="x")
        with df.control_dependencies([df.no_op(name="before")]):
            df.exp(x, name="y")
    graph_def = graph.as_graph_def()
    mine, other = df.constant(0.0), df.no_op(name="mine")
    y, operation = df.import_graph_def(
        graph_def, {"x": mine, "^before": other}, ["y:0", "y"], name="part"
    )
    assert operation is y.op
    assert y.name == "part/y:0"
    assert y.op.control_inputs == (other,)
    assert session.run(y) == 1
    w = df.Variable(2.0)
    [z] = df.import_graph_def(graph_def, {"x:0": w, "^before": mine}, ["y:0"])
    assert z.name == "import/y:0"
    [z] = df.import_graph_def(graph_def, {"x:0": w}, ["y:0"])
    assert z.name == "import_1/y:0"
    assert session.run(z) == np.exp(np.float32(2))
    assert df.import_graph_def(graph_def) is None
    names = [df.import_graph_def(graph_def, None, ["y:0"], "")[0].name for _ in "ab"]
    assert names == ["y:0", "y_1:0"]


def test_what_does_not_fit_is_refused():
    x = df.placeholder(df.float32, name="x")
    df.exp(x, name="y")
    graph_def = x.graph.as_graph_def()
    with pytest.raises(GraphError, match=r"input_map has \['z:0'\]"):
        df.import_graph_def(graph_def, {"z": x})
    with pytest.raises(UnknownNameError, match="no 'z' in the imported graph"):
        df.import_graph_def(graph_def, return_elements=["z"])
    with pytest.raises(UnknownNameError, match="'y' has no output '3'"):
        df.import_graph_def(graph_def, return_elements=["y:3"])
    with pytest.raises(DTypeError, match="expected a GraphDef, got 'g'"):
        df.import_graph_def("g")
    graph_def.node[1].kernel = "unheard"
    with pytest.raises(UnknownNameError, match="of the op 'unheard', which is not"):
        df.import_graph_def(graph_def)
    for data in (b"", b"nothing", b'{"format": "another"}', b"[1]"):
        with pytest.raises(GraphError, match="expected the bytes of a graph"):
            df.GraphDef.FromString(data)


def test_an_operation_of_a_class_is_code(op_of):
    op_of(lambda x: x)(df.constant(1.0))
    with pytest.raises(GraphError, match="'custom' .custom. cannot be exported"):
        df.get_default_graph().as_graph_def()


SETTINGS = {
    "plain": [None, True, 1, 2.5, "text", float("inf"), [1, [2]]],
    "tuple": (1, (None, ..., slice(1, None, 2)), b"\x00\xff", 1 + 2j),
    "dict": {"a": (1,), 3: None},
    "dtypes": [np.dtype("float16"), STRING],
    "specs": [Spec(), Spec(np.dtype("int32"), (None, 3)), Spec(STRING, ())],
    "numbers": [np.float32(0.1), np.int64(3), np.float64(0.1), np.bool_(True)],
}


@pytest.mark.parametrize("as_text", [False, True])
@pytest.mark.parametrize("kind", SETTINGS)
def test_settings_are_what_they_were(kind, as_text):
    data = packed(lambda encode: {"it": encode("", SETTINGS[kind])}, as_text)
    document, decode = unpacked(data)
    found = decode(document["it"])
    assert found == SETTINGS[kind]
    assert repr(found) == repr(SETTINGS[kind])  # types, too


@pytest.mark.parametrize("as_text", [False, True])
def test_arrays_are_what_they_were_and_read_only(as_text):
    arrays = [
        np.arange(6.0).reshape(2, 3),
        np.zeros((0, 2), np.float16),
        np.array(3),
        np.array([[b"a", b"\xff"]], object),
        np.asfortranarray(np.arange(6).reshape(2, 3)),
        np.arange(300.0) + 1j,
    ]
    document, decode = unpacked(
        packed(lambda encode: {"it": encode("", arrays)}, as_text)
    )
    for array, found in zip(arrays, decode(document["it"]), strict=True):
        assert same_bits(array, found)
        assert not found.flags.writeable


def test_the_settings_of_every_op_are_data():
    for op in OPS.values():
        for example in op.examples:
            document, decode = unpacked(packed(partial(settings_of, example)))
            assert repr(decode(document["attr"])) == repr(example.attrs), op


def settings_of(example, encode):
    return {"attr": encode("", example.attrs)}


def test_a_setting_that_is_code_is_refused():
    with pytest.raises(GraphError, match="'here' cannot be exported.*ufunc 'sin'"):
        packed(lambda encode: {"it": encode("here", {"f": np.sin, "g": print})})


def test_graphs_are_written_as_bytes_or_text(tmp_path):
    x = df.placeholder(df.float32, name="x")
    df.add(x, [1.0, 2.0], name="y")
    folder = str(tmp_path / "new")
    text = df.train.write_graph(x.graph, folder, "graph.pbtxt")
    data = df.train.write_graph(x.graph.as_graph_def(), folder, "graph.pb", False)
    assert text == folder + "/graph.pbtxt"
    with open(text) as file:
        assert json.load(file)["node"][0]["name"] == "x"
    for path in (text, data):
        graph_def = df.GraphDef()
        with df.gfile.GFile(path, "rb") as file:
            assert graph_def.ParseFromString(file.read()) > 100
        assert [n.name for n in graph_def.node] == ["x", "y/y", "y"]
        assert graph_def.ByteSize() == len(graph_def.SerializeToString())


def test_a_session_gives_its_graph_with_shapes(session):
    df.placeholder(df.float32, [None, 2], name="x")
    [node] = session.graph_def.node
    assert node.attr["_output_shapes"] == [(None, 2)]


def test_a_copy_is_a_copy():
    df.exp(df.constant(1.0), name="y")
    graph_def, copy = df.get_default_graph().as_graph_def(), df.GraphDef()
    copy.CopyFrom(graph_def)
    assert copy == graph_def
    copy.node[1].input[0] = "other"
    copy.node[0].attr["value"] = None
    assert graph_def.node[1].input == ["Const"]
    assert graph_def.node[0].attr["value"] == 1
