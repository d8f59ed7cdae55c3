"""PNG from NumPy alone: the right pixels in a file that any reader takes."""

import struct
import zlib

import numpy as np
from hypothesis import given, settings
from matplotlib import image

from daskflow.pictures.diagram import Diagram, Edge, Vertex, folded
from daskflow.pictures.font import GLYPHS, strokes_of
from daskflow.pictures.layout import layout_of
from daskflow.pictures.look import EDGE, KINDS
from daskflow.pictures.png import LARGEST, SCALE, dashes, encoded, flattened, png_of
from tests.pictures.diagrams import diagrams


def pixels(data: bytes, path) -> np.ndarray:
    path.write_bytes(data)
    shown: np.ndarray = np.rint(image.imread(path)[..., :3] * 255)
    return shown


def colour(text: str) -> list[int]:
    return [int(text[i : i + 2], 16) for i in (1, 3, 5)]


def test_what_is_encoded_is_read_as_it_was(tmp_path) -> None:
    written = np.random.default_rng(0).integers(0, 256, (5, 7, 3), np.uint8)
    assert np.array_equal(pixels(encoded(written), tmp_path / "a.png"), written)


def test_vertices_edges_and_texts_are_where_the_layout_says(tmp_path) -> None:
    vertices = [Vertex("x", "p", "placeholder"), Vertex("exp", "exp")]
    diagram = Diagram.of(vertices, [Edge("x", "exp", "[2]")])
    layout = layout_of(diagram)
    shown = pixels(png_of(diagram, layout), tmp_path / "a.png")
    assert shown.shape[:2] == (
        np.ceil(layout.height * SCALE),
        np.ceil(layout.width * SCALE),
    )

    def at(x: float, y: float) -> list[float]:
        return [*shown[int(y * SCALE), int(x * SCALE)]]

    for vertex in vertices:
        rect = layout.vertices[vertex.id]
        fill, stroke = KINDS[vertex.kind]
        assert at(rect.x + rect.width / 2, rect.y + 2.5) == colour(fill)
        assert at(rect.x + rect.width / 2, rect.y + rect.height) in (
            colour(stroke),
            colour(EDGE),
        )
        inside = shown[
            int(rect.y * SCALE) + 4 : int((rect.y + rect.height) * SCALE) - 4,
            int(rect.x * SCALE) + 12 : int((rect.x + rect.width) * SCALE) - 12,
        ]
        assert inside.min() < 100  # letters
    x, y = layout.lines[0].points[1]
    assert abs(np.subtract(at(x, y + 3), colour(EDGE))).max() < 60
    [text] = layout.texts
    row = shown[int(text.y * SCALE), int(text.x * SCALE) :]
    assert row.min() < 150


@given(diagrams(most=8))
@settings(max_examples=10)
def test_any_diagram_can_be_drawn(diagram: Diagram) -> None:
    diagram = folded(diagram, 5)
    data = png_of(diagram, layout_of(diagram))
    width, height = struct.unpack(">II", data[16:24])
    start = data.index(b"IDAT")
    [size] = struct.unpack(">I", data[start - 4 : start])
    rows = zlib.decompress(data[start + 4 : start + 4 + size])
    assert len(rows) == height * (3 * width + 1)


def test_a_large_picture_is_drawn_smaller() -> None:
    vertices = [Vertex(f"n{i}", "exp") for i in range(300)]
    diagram = Diagram.of(vertices, [Edge("n0", v.id) for v in vertices[1:]])
    layout = layout_of(diagram)
    wide = type(layout)(
        20_000.0, 10_000.0, layout.vertices, layout.boxes, layout.lines, layout.texts
    )
    width, height = struct.unpack(">II", png_of(diagram, wide)[16:24])
    assert 0.9 * LARGEST < width * height < 1.1 * LARGEST


def test_a_curve_that_leads_nowhere_adds_no_point() -> None:
    nowhere, along = [(1.0, 2.0)] * 4, [(1.0, 3.0), (1.0, 4.0), (1.0, 5.0)]
    assert flattened(nowhere) == [(1.0, 2.0)]
    assert flattened([*nowhere, *along]) == [(1.0, 2.0), (1.0, 5.0)]


def test_dashes_are_as_long_as_they_should_be() -> None:
    parts = [*dashes([(0.0, 0.0), (5.0, 0.0), (5.0, 6.0)], 4, 3)]
    assert parts == [[(0.0, 0.0), (4.0, 0.0)], [(5.0, 2.0), (5.0, 6.0)]]


def test_every_letter_of_a_name_is_there_and_no_two_look_alike() -> None:
    letters = [chr(c) for c in range(33, 127) if chr(c) not in "$&@`{}"]
    assert {*letters} <= GLYPHS.keys()
    shapes = [strokes_of(letter) for letter in letters]
    assert len({*shapes}) == len(shapes)
    for stroke in (stroke for shape in shapes for stroke in shape):
        assert all(0 <= x <= 4 and 0 <= y <= 8 for x, y in stroke)
    assert strokes_of("字") == strokes_of("\n")
