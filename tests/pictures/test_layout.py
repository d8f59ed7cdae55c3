"""A layout as anybody who looks at it would have it: nothing overlaps."""

from itertools import combinations, pairwise

import pytest
from hypothesis import given

from daskflow.pictures.diagram import Diagram, Edge, Vertex, folded
from daskflow.pictures.layout import (
    NOTE,
    Rect,
    layers_of,
    layout_of,
    text_width,
)
from daskflow.pictures.png import flattened
from tests.pictures.diagrams import diagrams

LEEWAY = 1e-6


def overlap(a: Rect, b: Rect) -> bool:
    return (
        a.x < b.x + b.width - LEEWAY
        and b.x < a.x + a.width - LEEWAY
        and a.y < b.y + b.height - LEEWAY
        and b.y < a.y + a.height - LEEWAY
    )


def contains(outer: Rect, inner: Rect) -> bool:
    return (
        outer.x <= inner.x + LEEWAY
        and outer.y <= inner.y + LEEWAY
        and inner.x + inner.width <= outer.x + outer.width + LEEWAY
        and inner.y + inner.height <= outer.y + outer.height + LEEWAY
    )


@given(diagrams())
def test_no_vertex_overlaps_another_and_all_are_in_the_picture(
    diagram: Diagram,
) -> None:
    layout = layout_of(diagram)
    assert layout.vertices.keys() == diagram.vertices.keys()
    whole = Rect(0.0, 0.0, layout.width, layout.height)
    assert all(contains(whole, rect) for rect in layout.vertices.values())
    assert all(contains(whole, rect) for rect in layout.boxes.values())
    assert not any(overlap(a, b) for a, b in combinations(layout.vertices.values(), 2))


@given(diagrams())
def test_a_box_contains_what_is_in_it_and_nothing_else(diagram: Diagram) -> None:
    layout = layout_of(diagram)
    for name, box in layout.boxes.items():
        for id, rect in layout.vertices.items():
            inside = name in diagram.around(diagram.vertices[id].box)
            assert (contains if inside else overlap)(box, rect) == inside
        for other, rect in layout.boxes.items():
            if name in diagram.around(other):
                assert contains(box, rect)
            elif other not in diagram.around(name):
                assert not overlap(box, rect)


@given(diagrams())
def test_edges_lead_down_and_through_no_vertex(diagram: Diagram) -> None:
    layout = layout_of(diagram)
    assert [line.edge for line in layout.lines] == [*diagram.edges]
    for edge, points in layout.lines:
        source, target = layout.vertices[edge.source], layout.vertices[edge.target]
        assert points[0] == (source.x + source.width / 2, source.y + source.height)
        assert points[-1][1] == target.y
        assert target.x < points[-1][0] < target.x + target.width
        assert all(a[1] <= b[1] + LEEWAY for a, b in pairwise(points))
        for x, y in flattened(points):
            spot = Rect(x, y, 0.0, 0.0)
            assert not any(overlap(spot, rect) for rect in layout.vertices.values())


@given(diagrams())
def test_shapes_overlap_neither_vertices_nor_each_other(diagram: Diagram) -> None:
    layout = layout_of(diagram)
    texts = [
        Rect(x, y - NOTE / 2, text_width(text, NOTE), NOTE)
        for x, y, text in layout.texts
    ]
    assert not any(overlap(a, b) for a, b in combinations(texts, 2))
    vertices = layout.vertices.values()
    assert not any(overlap(a, b) for a in texts for b in vertices)
    labelled = {edge.source for edge in diagram.edges if edge.label}
    assert len(texts) == len(labelled)


@given(diagrams())
def test_the_same_diagram_has_the_same_layout(diagram: Diagram) -> None:
    assert layout_of(diagram) == layout_of(diagram)


def test_what_starts_a_graph_stands_just_above_what_needs_it() -> None:
    chain = [Vertex(f"n{i}", "exp") for i in range(5)]
    edges = [Edge(a.id, b.id) for a, b in pairwise(chain)]
    late = Vertex("late", "Const", "constant")
    diagram = Diagram.of([late, *chain], [*edges, Edge("late", "n4")])
    layers, backward = layers_of(diagram)
    assert layers == {"n0": 0, "n1": 1, "n2": 2, "n3": 3, "late": 3, "n4": 4}
    assert not backward


def test_a_layer_is_not_much_wider_than_high() -> None:
    diagram = Diagram.of([Vertex(f"n{i}", "exp") for i in range(400)], [])
    layout = layout_of(diagram)
    assert layout.width < 3 * layout.height < 9 * layout.width


@pytest.mark.parametrize("backwards", [False, True])
def test_of_two_scopes_that_need_each_other_one_edge_leads_up(backwards: bool) -> None:
    ids = ["a/x", "b/y", "a/z", "b/v"]
    edges = [Edge("a/x", "b/y"), Edge("b/y", "a/z"), Edge("a/z", "b/v")]
    both = folded(Diagram.of([Vertex(id, "exp") for id in ids], edges), 2)
    if backwards:
        both = Diagram(both.vertices, both.edges[::-1], both.boxes)
    layout = layout_of(both)
    ends = [line.points[-1][1] - line.points[0][1] for line in layout.lines]
    assert sorted(y > 0 for y in ends) == [False, True]
    for edge, points in layout.lines:
        target = layout.vertices[edge.target]
        assert points[-1][1] in (target.y, target.y + target.height)


def test_an_empty_diagram_has_a_layout() -> None:
    layout = layout_of(Diagram.of([], []))
    assert (layout.vertices, layout.lines) == ({}, ())
