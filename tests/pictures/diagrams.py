"""Random diagrams, for the tests of all that is made of one."""

from hypothesis import strategies as st

from daskflow.pictures.diagram import Diagram, Edge, Kind, Vertex

KINDS: list[Kind] = ["op", "placeholder", "variable", "constant", "assign"]
LABELS = ["", "[]", "[?, 64]", "[100000, 3, 224, 224]"]


@st.composite
def diagrams(draw: st.DrawFn, most: int = 25) -> Diagram:
    """Vertices in scopes up to three deep, and edges from earlier to later ones."""
    scopes = draw(
        st.lists(
            st.lists(st.sampled_from("abc"), max_size=3).map("/".join),
            min_size=1,
            max_size=most,
        )
    )
    names = [
        f"{scope}/{'n' * (i % 40 + 1)}{i}".lstrip("/") for i, scope in enumerate(scopes)
    ]
    vertices = [
        Vertex(
            name,
            draw(st.sampled_from(["exp", "n"])),
            draw(st.sampled_from(KINDS)),
            group=draw(st.sampled_from([None, 0, 9])),
            seconds=draw(st.sampled_from([None, 0.0, 1e-6, 2.5])),
            marked=draw(st.booleans()),
        )
        for name in names
    ]
    edges = [
        Edge(
            names[draw(st.integers(0, i - 1))],
            names[i],
            draw(st.sampled_from(LABELS)),
            is_control=draw(st.booleans()),
        )
        for i in range(1, len(names))
        for _ in range(draw(st.integers(0, 3)))
    ]
    return Diagram.of(vertices, edges, draw(st.sampled_from(["", "a caption"])))
