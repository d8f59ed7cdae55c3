"""The pictures of the documents show what the pages do."""

import re
from collections import Counter
from xml.etree import ElementTree

import pytest

import daskflow as df
from docs.images.draw import DOCS, GRAPH, HERE, PICTURES, PLOTS, namespace_at

BY_HAND = {"architecture.svg", "overview.svg", "dashboard.png"}  # a browser's


def test_each_picture_is_on_a_page_and_there_is_a_way_to_draw_it_again() -> None:
    pages = [*DOCS.rglob("*.md"), DOCS.parent / "README.md"]
    shown = re.findall(r"images/([\w-]+\.\w+)", "".join(p.read_text() for p in pages))
    drawn = {path.name for path in HERE.iterdir() if path.suffix in (".svg", ".png")}
    assert drawn == {*shown} == {*PICTURES, *PLOTS, *BY_HAND}


@pytest.mark.parametrize("name", [n for n, (_, w) in PICTURES.items() if w == GRAPH])
def test_a_graph_is_drawn_as_its_page_builds_it(name: str) -> None:
    page, what = PICTURES[name]
    picture = eval(what, namespace_at(DOCS / page, name))
    assert words(picture._repr_svg_()) == words((HERE / name).read_text())


def words(svg: str) -> Counter[str | None]:
    """All that is written in a picture."""
    return Counter(e.text for e in ElementTree.fromstring(svg).iter() if e.text)


def test_what_is_on_a_page_later_is_not_in_the_picture(tmp_path) -> None:
    page = tmp_path / "page.md"
    page.write_text(">>> a = 1\n\n![](a.svg)\n\n>>> a = 2\n")
    with df.Graph().as_default():
        assert namespace_at(page, "a.svg")["a"] == 1
