"""SVG that any reader takes, whatever is in the names."""

from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daskflow.pictures.diagram import Diagram, Edge, Vertex
from daskflow.pictures.layout import NOTE, layout_of, shortened, text_width
from daskflow.pictures.svg import safe, svg_of
from tests.pictures.diagrams import diagrams

SVG = "{http://www.w3.org/2000/svg}"
ALLOWED = {"svg", "g", "title", "rect", "path", "polygon", "text"}


def drawn(diagram: Diagram) -> ElementTree.Element:
    return ElementTree.fromstring(svg_of(diagram, layout_of(diagram)))


@given(diagrams())
def test_every_vertex_and_every_edge_is_drawn_once(diagram: Diagram) -> None:
    root = drawn(diagram)
    titles = [title.text for title in root.iter(f"{SVG}title")]
    for id in diagram.vertices:
        assert titles.count(id) == 1
    assert len([*root.iter(f"{SVG}path")]) == len(diagram.edges)
    dashed = [p for p in root.iter(f"{SVG}path") if p.get("stroke-dasharray")]
    assert len(dashed) == sum(edge.is_control for edge in diagram.edges)
    texts = [text.text for text in root.iter(f"{SVG}text")]
    assert {shortened(v.label) for v in diagram.vertices.values()} <= {*texts}
    assert (diagram.caption in texts) == bool(diagram.caption)


def test_a_caption_has_its_place_below_a_narrow_picture() -> None:
    root = drawn(Diagram.of([Vertex("x", "exp")], [], caption := "word " * 20))
    [text] = [t for t in root.iter(f"{SVG}text") if t.text == caption]
    end = float(text.get("x")) + text_width(caption, NOTE)
    assert end < float(root.get("width")) < end + 20


@given(diagrams())
def test_the_same_diagram_gives_the_same_text(diagram: Diagram) -> None:
    layout = layout_of(diagram)
    assert svg_of(diagram, layout) == svg_of(diagram, layout)


@given(st.text(), st.text(), st.text())
def test_no_text_becomes_markup(name: str, op: str, label: str) -> None:
    vertices = [Vertex(name, op, title=label), Vertex(f"{name}/x", op)]
    root = drawn(Diagram.of(vertices, [Edge(name, f"{name}/x", label, op)], label))
    assert {element.tag.removeprefix(SVG) for element in root.iter()} <= ALLOWED


@pytest.mark.parametrize(
    "name",
    ["a/<script>alert(1)</script>", "</svg><img src=x onerror=alert(1)>", "\"' &amp;"],
)
def test_an_attack_is_shown_as_it_is_written(name: str) -> None:
    text = svg_of(d := Diagram.of([Vertex(name, "exp")], []), layout_of(d))
    assert "<script" not in text
    assert "<img" not in text
    assert name in [t.text for t in ElementTree.fromstring(text).iter(f"{SVG}title")]


def test_what_xml_cannot_have_is_replaced() -> None:
    assert safe("a\x1b\x00\ud800b") == "a\ufffd\ufffd\ufffdb"


def test_each_group_has_its_colour_and_the_longest_time_the_longest_bar() -> None:
    vertices = [
        Vertex("a", "exp", group=0, seconds=2.0),
        Vertex("b", "exp", group=1, seconds=1.0),
        Vertex("c", "exp", group=1),
    ]
    root = drawn(Diagram.of(vertices, []))
    rects = [[*group.iter(f"{SVG}rect")] for group in root.iter(f"{SVG}g")]
    (a, bar_a), (b, bar_b), (c,) = rects
    assert a.get("fill") != b.get("fill") == c.get("fill")
    assert bar_a.get("fill") == a.get("stroke")
    longer, shorter = (float(bar.get("width", 0)) for bar in (bar_a, bar_b))
    assert longer == pytest.approx(2 * shorter, abs=0.2)
