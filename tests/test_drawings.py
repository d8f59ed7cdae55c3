"""Which diagram a graph, an operation and a plan are."""

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import daskflow as df
from daskflow.drawings import (
    BRANCHES,
    NEAR,
    graph_diagram,
    near_diagram,
    near_tree,
    plan_diagram,
)
from daskflow.pictures import Picture
from daskflow.pictures.diagram import Diagram
from daskflow.spec import Spec


@pytest.fixture(autouse=True)
def graph() -> Any:
    with df.Graph().as_default() as graph:
        yield graph


def edges(diagram: Diagram) -> list[tuple[str, ...]]:
    return [
        (e.source, "->" if not e.is_control else "..>", e.target, e.label)
        for e in diagram.edges
    ]


def test_a_graph_is_drawn_as_it_was_built(graph: df.Graph) -> None:
    x = df.placeholder(df.float32, [None, 2], name="x")
    with df.name_scope("inner"):
        y = df.exp(x, name="y")
        with df.control_dependencies([y]):
            df.multiply(x, 3.0, name="z")
    diagram = graph_diagram(graph.get_operations())
    assert {id: v.kind for id, v in diagram.vertices.items()} == {
        "x": "placeholder",
        "inner/y": "op",
        "inner/z/y": "constant",
        "inner/z": "op",
    }
    assert edges(diagram) == [
        ("x", "->", "inner/y", "[?, 2]"),
        ("x", "->", "inner/z", "[?, 2]"),
        ("inner/z/y", "->", "inner/z", "[]"),
        ("inner/y", "..>", "inner/z", ""),
    ]
    assert diagram.boxes == {"inner": ""}
    assert diagram.vertices["inner/z"].title == "inner/z = multiply(): float32 [?, 2]"


def test_a_variable_is_one_vertex_with_its_reading_and_initializer(
    graph: df.Graph,
) -> None:
    w = df.Variable([1.0, 2.0], name="w")
    step = w.assign_add(w * w, name="step")
    diagram = graph_diagram(graph.get_operations())
    assert [*diagram.vertices] == ["w", "mul", "step"]
    assert ("mul", "->", "step", "[2]") in edges(diagram)
    assert diagram.vertices["step"].kind == "assign"
    assert step.op.name == "step"


def test_an_operation_is_drawn_with_what_is_next_to_it() -> None:
    x = df.placeholder(df.float32, [], name="x")
    y = df.exp(x, name="y")
    for i in range(NEAR + 3):
        df.log(y, name=f"z{i}")
    df.sqrt(x, name="elsewhere")
    diagram = near_diagram(y.op)
    names = ["x", "y", *[f"z{i}" for i in range(NEAR)], "3 more after"]
    assert [*diagram.vertices] == names
    assert [id for id, v in diagram.vertices.items() if v.marked] == ["y"]
    assert [e.target for e in diagram.edges] == ["y", *names[2:]]


def test_a_plan_is_drawn_with_what_it_starts_from_and_what_it_stores() -> None:
    x = df.placeholder(df.float32, [None], name="x")
    w = df.Variable(2.0, name="w")
    y = df.multiply(df.multiply(x, 3.0, name="three"), w, name="y")
    step = w.assign_add(df.reduce_sum(y, name="s"), name="step")
    with df.Session("sync") as session:
        session.run(w)
        plan = session.plan([y, step])
    diagram = plan_diagram(plan)
    kinds = {id: v.kind for id, v in diagram.vertices.items()}
    assert kinds == {
        "x": "placeholder",
        "w": "variable",
        "three/y": "constant",
        "three": "op",
        "y": "op",
        "s": "op",
        "step": "assign",
    }
    marked = [id for id, v in diagram.vertices.items() if v.marked]
    assert marked == ["y", "step"]
    assert diagram.vertices["step"].title.endswith("stored in w")
    assert ("w", "->", "y", "") in edges(diagram)


def vertices(picture: Picture) -> dict[str, Any]:
    return dict(picture.diagram.vertices)


def test_a_session_draws_tasks_times_and_shapes(op_of: Any) -> None:
    x = df.placeholder(df.float64, [None], name="x")
    y = df.add(op_of(np.sqrt)(x), 1.0, name="y")
    feeds = {x: np.ones(5)}
    with df.Session("sync", grouping=False) as session:
        drawn = vertices(picture := session.visualize(y, feeds))
        unfed = session.visualize(y)
    assert {drawn["custom"].group, drawn["y"].group} == {0, 1}
    assert drawn["x"].group is None
    assert drawn["custom"].seconds > 0
    assert picture.diagram.caption.startswith("2 nodes; colours: 2 tasks; bars: ")
    assert ("x", "->", "custom", "[5]") in edges(picture.diagram)
    assert vertices(unfed)["custom"].seconds is None
    assert ("x", "->", "custom", "[?]") in edges(unfed.diagram)


def test_times_are_said_to_be_measured_only_where_they_are() -> None:
    w = df.Variable([1.0, 2.0], name="w")
    y = df.exp(w)
    with df.Session("sync") as session:
        assert "estimated time" in session.visualize(y).diagram.caption
        session.run(y)
        session.run(y)
        assert "measured time" in session.visualize(y).diagram.caption


def test_to_draw_a_run_changes_nothing() -> None:
    w = df.Variable([1.0, 2.0], name="w")
    step = w.assign(w + 1.0)
    with df.Session("sync") as session:
        session.visualize(step)
        assert_array_equal(session.run(w), [1.0, 2.0])
        picture = session.visualize([step, w])
    assert "w" in vertices(picture)


# The tree around an operation


def tree(tensor: Any, needed: Any, specs: Any = {}) -> list[str]:  # noqa: B006
    names = {other.op.name for other in needed}
    return near_tree(tensor.op, names, specs, "  <-").splitlines()


def test_the_tree_goes_from_what_takes_a_result_down_to_what_it_comes_from() -> None:
    x = df.placeholder(df.float32, [None, 3], name="x")
    far = df.exp(df.sin(x))
    y = df.square(far, name="y")
    z = df.tan(y + 1.0, name="z")
    df.negative(y)  # no run needs it
    last = df.sqrt(z)
    assert tree(y, [last, z, z.op.inputs[0]]) == [
        "z                float32 [?, 3]  (Tan)",
        "└─ add           float32 [?, 3]",
        "   ├─ y          float32 [?, 3]  (Square)  <-",
        "   │  └─ Exp     float32 [?, 3]",
        "   │     └─ Sin  float32 [?, 3]",
        "   └─ add/y      float32 []  (Const)",
    ]


def test_the_tree_knows_what_the_run_knows() -> None:
    x = df.placeholder(df.float32, name="x")
    y = df.exp(x, name="y")
    specs = {y.id: Spec(None, (2,)), x.id: Spec(np.dtype("float64"))}
    assert tree(y, [], specs) == [
        "y     float32 [2]  (Exp)  <-",
        "└─ x  float64 any shape  (Placeholder)",
    ]


def test_the_tree_shows_what_is_taken_twice_once_and_of_many_inputs_some() -> None:
    x = [df.placeholder(df.float32, [], name=f"x{i}") for i in range(BRANCHES + 3)]
    total = df.add_n([x[0], *x], name="total")
    assert tree(total, []) == [
        "total          float32 []  (AddN)  <-",
        *(f"├─ x{i}          float32 []  (Placeholder)" for i in range(BRANCHES)),
        "└─ and 3 more",
    ]
    # The one that failed is there, wherever among the inputs it stands.
    assert tree(x[-1], [total])[-2:] == [
        f"├─ x{BRANCHES + 2}          float32 []  (Placeholder)  <-",
        "└─ and 2 more",
    ]


def test_the_tree_of_an_operation_alone_is_a_line() -> None:
    assert tree(df.placeholder(df.float32, [2], name="x"), []) == [
        "x  float32 [2]  (Placeholder)  <-"
    ]


def test_what_branches_meet_in_is_followed_once() -> None:
    x = df.placeholder(df.float32, [], name="x")
    y = df.sin(df.exp(x, name="shared"))
    z = df.add(y, df.cos(y), name="z")
    assert [row.partition("  float32")[0].rstrip() for row in tree(z, [])] == [
        "z",
        "├─ Sin",
        "│  └─ shared",
        "└─ Cos",
        "   └─ Sin",
    ]
