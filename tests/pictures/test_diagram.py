"""What a picture shows: boxes from names, and fewer vertices where there are many."""

from hypothesis import given

from daskflow.pictures.diagram import Diagram, Edge, Vertex, boxes_of, folded
from tests.pictures.diagrams import diagrams


def vertices(*ids: str) -> list[Vertex]:
    return [Vertex(id, "exp") for id in ids]


def test_a_scope_is_a_box_around_all_that_has_its_name() -> None:
    boxes, home = boxes_of(["a/x", "a/b/y", "a/b/z", "w", "w/read"])
    assert boxes == {"a": "", "a/b": "a", "w": ""}
    assert home == {
        "a/x": "a",
        "a/b/y": "a/b",
        "a/b/z": "a/b",
        "w": "w",
        "w/read": "w",
    }


def test_a_scope_with_one_thing_in_it_is_no_box() -> None:
    boxes, home = boxes_of(["a/b/c/x", "a/b/c/y", "d/e"])
    assert boxes == {"a/b/c": ""}
    assert home["d/e"] == ""


def test_a_name_says_what_its_box_does_not() -> None:
    diagram = Diagram.of(vertices("a/b/x", "a/b/y", "a/z", "c/d"), [])
    assert [v.label for v in diagram.vertices.values()] == ["x", "y", "z", "c/d"]


def test_the_op_stands_below_a_name_that_does_not_say_it() -> None:
    assert Vertex("a/exp_1", "Exp").note == ""
    assert Vertex("y", "Exp").note == "Exp"
    assert Vertex("y", "Exp", seconds=0.0123).note == "Exp · 12.3 ms"


def test_the_innermost_scopes_are_folded_first() -> None:
    ids = ["a/b/x", "a/b/y", "a/b/z", "a/p", "a/q", "r"]
    edges = [Edge("a/b/x", "a/b/y"), Edge("a/b/y", "a/p"), Edge("a/b/z", "a/p")]
    few = folded(Diagram.of(vertices(*ids), edges), 4)
    assert [*few.vertices] == ["a/b/", "a/p", "a/q", "r"]
    assert few.vertices["a/b/"].note == "3 nodes"
    assert few.vertices["a/b/"].box == "a"
    assert [(e.source, e.target, e.title) for e in few.edges] == [
        ("a/b/", "a/p", "2 edges")
    ]
    assert [*folded(few, 3).vertices] == ["a/", "r"]


def test_of_many_nodes_without_scopes_those_of_an_op_become_one() -> None:
    many = [Vertex(f"n{i}", "exp" if i % 3 else "log") for i in range(900)]
    few = folded(Diagram.of(many, []), 10)
    assert {id: v.count for id, v in few.vertices.items()} == {"log*": 300, "exp*": 600}


def test_scopes_that_differ_by_a_number_become_one() -> None:
    many = vertices(*[f"step_{i}/{n}" for i in range(300) for n in "xy"], "last")
    few = folded(Diagram.of(many, []), 10)
    assert {id: v.count for id, v in few.vertices.items()} == {"step*": 600, "last": 1}


@given(diagrams())
def test_few_are_left_and_each_stands_for_its_nodes(diagram: Diagram) -> None:
    for limit in (1, 2, 5, 20):
        few = folded(diagram, limit)
        assert len(few.vertices) <= limit
        assert sum(v.count for v in few.vertices.values()) == len(diagram.vertices)
        ends = {end for edge in few.edges for end in (edge.source, edge.target)}
        assert ends <= few.vertices.keys()
        assert {v.box for v in few.vertices.values()} <= {"", *few.boxes}
        assert all(id == vertex.id for id, vertex in few.vertices.items())
