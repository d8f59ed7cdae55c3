"""Pictures of graphs and plans: what `visualize` gives."""

from __future__ import annotations

import os
from functools import cached_property
from pathlib import Path

from daskflow.errors import PictureError
from daskflow.pictures.diagram import Diagram, folded
from daskflow.pictures.dot import dot_of, graphviz_layout
from daskflow.pictures.layout import Layout, layout_of
from daskflow.pictures.png import png_of
from daskflow.pictures.svg import svg_of

MOST = 200
"""Vertices that are drawn; where there are more, scopes are folded."""


class Picture:
    """A graph or a plan to look at: a notebook shows it, `save` writes it to a file.

    Graphviz lays it out where its program `dot` is installed, daskflow itself where it
    is not. Of more than 200 nodes, name scopes are drawn as one each.
    """

    def __init__(self, diagram: Diagram) -> None:
        self.diagram = folded(diagram, MOST)

    @cached_property
    def layout(self) -> Layout:
        """Where everything is."""
        return graphviz_layout(self.diagram) or layout_of(self.diagram)

    def save(self, filename: str | os.PathLike[str]) -> Picture:
        """Write it to a file, as the suffix says: `.svg`, `.png`, or `.dot`."""
        path = Path(filename)
        match path.suffix.lower():
            case ".svg":
                path.write_text(svg_of(self.diagram, self.layout), "utf-8")
            case ".png":
                path.write_bytes(png_of(self.diagram, self.layout))
            case ".dot":
                path.write_text(dot_of(self.diagram), "utf-8", "replace")
            case suffix:
                raise PictureError(
                    "a picture is saved as .svg, .png or .dot, got the file name "
                    f"{str(filename)!r}" + ("" if suffix else " without a suffix")
                )
        return self

    def __repr__(self) -> str:
        vertices, edges = len(self.diagram.vertices), len(self.diagram.edges)
        return f"<Picture of {vertices} nodes and {edges} edges>"

    def _repr_svg_(self) -> str:
        return svg_of(self.diagram, self.layout)


def picture_of(diagram: Diagram, filename: str | None = None) -> Picture:
    """The picture of a diagram, saved if there is a `filename`."""
    picture = Picture(diagram)
    return picture if filename is None else picture.save(filename)
