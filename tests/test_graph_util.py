"""Parts of graphs, and graphs with constants for variables."""

import numpy as np
import pytest

import daskflow as df
from daskflow.errors import GraphError, UnknownNameError


def names(graph_def):
    return [node.name for node in graph_def.node]


def test_a_part_has_what_its_ends_need():
    a, b = df.constant(1.0, name="a"), df.Variable(2.0, name="b")
    with df.control_dependencies([df.no_op(name="first")]):
        c = df.identity(a, name="c")
    df.add(c, b, name="d")
    graph_def = df.get_default_graph().as_graph_def()
    part = df.graph_util.extract_sub_graph(graph_def, ["c"])
    assert names(part) == ["a", "first", "c"]
    assert part.variables == []
    with_variable = df.graph_util.extract_sub_graph(graph_def, ["d", "b/Assign"])
    assert [v.variable for v in with_variable.variables] == ["b"]
    with pytest.raises(UnknownNameError, match="no node 'x'"):
        df.graph_util.extract_sub_graph(graph_def, ["x"])
    with pytest.raises(GraphError, match="list of names"):
        df.graph_util.extract_sub_graph(graph_def, "a")


def test_a_frozen_graph_needs_no_variables(session):
    x = df.placeholder(df.float32, [None, 2], name="x")
    w = df.Variable([[1.0], [2.0]], name="w")
    b = df.Variable([3.0], name="b")
    y = df.add(df.matmul(x, w), b, name="y")
    session.run(w.assign_add([[1.0], [1.0]]))
    graph_def = y.graph.as_graph_def()
    freeze = df.graph_util.convert_variables_to_constants
    frozen = freeze(session, graph_def, ["y"])
    part = freeze(session, graph_def, ["y", "b/Assign"], ["w"])
    same = freeze(session, graph_def, ["y", "b/Assign"], variable_names_blacklist=["b"])
    assert part == same
    assert frozen.variables == []
    assert {n.op for n in frozen.node} == {
        "Placeholder", "Const", "Identity", "MatMul", "Add"
    }  # fmt: skip
    for graph_def, count in [(frozen, 0), (part, 1)]:
        with df.Graph().as_default() as graph, df.Session("sync") as other:
            [y] = df.import_graph_def(graph_def, return_elements=["y:0"])
            assert len(graph.variables) == count
            assert other.run(y, {"import/x:0": [[1, 1]]}).tolist() == [[8.0]]


def test_what_changes_a_variable_cannot_be_frozen(session):
    w = df.Variable(1.0, name="w")
    df.identity(w.assign_add(1.0), name="y")
    graph_def = w.graph.as_graph_def()
    with pytest.raises(GraphError, match="AssignAdd.*changes the variable 'w'"):
        df.graph_util.convert_variables_to_constants(session, graph_def, ["y"])


def test_nodes_that_only_forward_can_be_left_out():
    a = df.constant([1.0, 2.0], name="a")
    b = df.identity(a, name="b")
    c = df.check_numerics(b, "finite", name="c")
    with df.control_dependencies([c]):
        d = df.identity(c, name="d")
    df.exp(d, name="e")
    with df.control_dependencies([d]):
        df.identity(a, name="f")
    graph_def = df.get_default_graph().as_graph_def()
    shorter = df.graph_util.remove_training_nodes(graph_def)
    assert [(n.name, n.input) for n in shorter.node] == [
        ("a", []),
        ("d", ["a", "^a"]),
        ("e", ["d"]),
        ("f", ["a", "^d"]),
    ]
    kept = df.graph_util.remove_training_nodes(graph_def, ["b"])
    assert names(kept) == ["a", "b", "d", "e", "f"]
    with df.Graph().as_default(), df.Session("sync") as session:
        [e] = df.import_graph_def(shorter, return_elements=["e:0"])
        np.testing.assert_allclose(session.run(e), np.exp([1, 2]), rtol=1e-6)
