"""What `visualize` gives: a picture to show and to save."""

from pathlib import Path

import pytest

import daskflow as df
from daskflow.errors import PictureError


@pytest.fixture
def graph() -> df.Graph:
    with df.Graph().as_default() as graph:
        x = df.placeholder(df.float32, [None, 2], name="x")
        with df.name_scope("inner"):
            y = df.exp(x, name="y")
            with df.control_dependencies([y]):
                df.log(x, name="z")
    return graph


def test_the_suffix_says_what_is_written(graph: df.Graph, tmp_path: Path) -> None:
    picture = graph.visualize()
    for name, begins in [
        ("a.svg", b"<svg "),
        ("A.PNG", b"\x89PNG\r\n"),
        ("a.dot", b"digraph {"),
    ]:
        graph.visualize(str(tmp_path / name))
        first = (tmp_path / name).read_bytes()
        assert first.startswith(begins)
        assert picture.save(tmp_path / name) is picture
        assert (tmp_path / name).read_bytes() == first


@pytest.mark.parametrize("name", ["picture", "picture.jpg", ".svg", ""])
def test_another_suffix_is_refused_and_nothing_written(
    graph: df.Graph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(PictureError, match=r"\.svg, \.png or \.dot, got"):
        graph.visualize(name)
    assert not [*tmp_path.iterdir()]


def test_a_notebook_shows_it(graph: df.Graph) -> None:
    picture = graph.visualize()
    assert repr(picture) == "<Picture of 3 nodes and 3 edges>"
    text = picture._repr_svg_()
    assert all(f">{name}</text>" in text for name in ("inner", "x", "y", "z", "[?, 2]"))
    assert text.count("stroke-dasharray") == 1


def test_an_empty_graph_has_a_picture(tmp_path: Path) -> None:
    picture = df.Graph().visualize()
    assert picture._repr_svg_().startswith("<svg ")
    picture.save(tmp_path / "empty.png")


def test_twenty_thousand_nodes_are_drawn_as_a_few() -> None:
    with df.Graph().as_default() as graph:
        x = df.placeholder(df.float32, [2])
        for i in range(100):
            with df.name_scope(f"block_{i}"):
                for _ in range(100):
                    x = df.exp(x) * x
    assert len(graph.get_operations()) == 20_001
    picture = graph.visualize()
    assert sum(v.count for v in picture.diagram.vertices.values()) == 20_001
    assert len(picture.diagram.vertices) == 101
    assert len(picture._repr_svg_()) < 200_000
    assert len(graph._repr_html_()) < 50_000


def test_scopes_may_be_nested_as_deep_as_names_go() -> None:
    with df.Graph().as_default() as graph:
        x, scope = df.placeholder(df.float32, [2]), ""
        for _ in range(300):
            scope += "s/"
            with df.name_scope(scope):
                x = df.exp(x)
    picture = graph.visualize()
    assert len(picture.diagram.vertices) <= 200
    assert picture._repr_svg_().count("<rect") > 300
