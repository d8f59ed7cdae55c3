"""Graphviz lays out where it is installed, and never stands in the way."""

import sys
from pathlib import Path

import pytest

from daskflow.pictures import Picture
from daskflow.pictures.diagram import Diagram, Edge, Vertex
from daskflow.pictures.dot import dot_of, graphviz_layout
from daskflow.pictures.layout import MARGIN, layout_of

DIAGRAM = Diagram.of(
    [Vertex('a/"x"', "exp"), Vertex("a/y\\n", "exp"), Vertex("z", "Placeholder")],
    [Edge('a/"x"', "a/y\\n", "[2]"), Edge("z", "a/y\\n", is_control=True)],
)

ANSWER = """{"bb": "0,0,200,150",
"objects": [
 {"name": "cluster_0", "bb": "8,8,100,140"},
 {"name": "n0", "pos": "50,120"}, {"name": "n1", "pos": "50,30"},
 {"name": "n2", "pos": "160,120"}],
"edges": [
 {"id": "e1", "pos": "e,60,40 160,110 150,90 100,60 70,45"},
 {"id": "e0", "pos": "e,50,40 50,110 50,90 50,70 50,50", "lp": "60,75"}]}"""


def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str) -> None:
    """Make this the only `dot` there is."""
    path = tmp_path / "dot"
    path.write_text(f"#!{sys.executable}\n{program}")
    path.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))


def test_positions_are_those_that_graphviz_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard = tmp_path / "heard.dot"
    program = f"import sys; open({str(heard)!r}, 'w').write(sys.stdin.read())\n"
    installed(tmp_path, monkeypatch, f"{program}print({ANSWER!r})")
    layout = Picture(DIAGRAM).layout
    assert heard.read_text() == dot_of(DIAGRAM)
    assert (layout.width, layout.height) == (200 + 2 * MARGIN, 150 + 2 * MARGIN)
    x, y, width, height = layout.vertices["z"]
    assert (x + width / 2, y + height / 2) == (160 + MARGIN, 30 + MARGIN)
    assert layout.boxes == {"a": (8 + MARGIN, 10 + MARGIN, 92, 132)}
    first, second = layout.lines
    assert first.points[0] == (50 + MARGIN, 40 + MARGIN)
    assert first.points[-1] == (50 + MARGIN, 110 + MARGIN)
    assert second.edge.is_control
    assert (len(second.points) - 1) % 3 == 0
    [text] = layout.texts
    assert (text.text, text.y) == ("[2]", 75 + MARGIN)


@pytest.mark.parametrize(
    "program", ["raise SystemExit(1)", "print('no JSON')", "print('{}')", "print(4)"]
)
def test_where_graphviz_fails_the_plain_layout_serves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str
) -> None:
    installed(tmp_path, monkeypatch, program)
    assert graphviz_layout(DIAGRAM) is None
    assert Picture(DIAGRAM).layout == layout_of(DIAGRAM)


def test_without_graphviz_the_plain_layout_serves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert Picture(DIAGRAM).layout == layout_of(DIAGRAM)


def test_names_stand_in_quotes_and_scopes_are_clusters() -> None:
    text = dot_of(DIAGRAM)
    assert r'label="\"x\"\nexp"' in text
    assert r'label="y\\n\nexp"' in text
    assert r'label="z\nPlaceholder"' in text
    assert 'subgraph cluster_0 {\nlabel="a"' in text
    assert 'n2 -> n1 [id=e1 label="" style=dashed]' in text
