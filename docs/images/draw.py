"""Draw the pictures of the pages anew, each from the Python of the page that shows it.

    python docs/images/draw.py

A picture shows what there is at the last line of its page that mentions it.
overview.svg and architecture.svg are drawn by hand.
"""

import doctest
import runpy
import sys
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any
from unittest.mock import patch

import daskflow as df

HERE = Path(__file__).parent
DOCS = HERE.parent
EXAMPLES = DOCS.parent / "examples"

GRAPH = "df.get_default_graph().visualize()"
PICTURES = {
    "affine.svg": ("tutorial/graphs.md", GRAPH),
    "gradients.svg": ("tutorial/gradients.md", GRAPH),
    "network.svg": ("tutorial/multi-layer-perceptron.md", GRAPH),
    "graph-of-a-step.svg": ("tutorial/what-happens.md", GRAPH),
    "run-of-a-loss.svg": ("tutorial/what-happens.md", "session.visualize(loss, feeds)"),
    "graph.svg": ("pictures.md", "picture"),
    "plan.svg": ("pictures.md", "picture"),
}
"""What they show, and on which page."""

PLOTS = {"perceptron.png": "perceptron", "layers.png": "multi_layer_perceptron"}
"""What examples draw."""


def main() -> None:
    """Write all of them; what the programs print is for the pages."""
    with redirect_stdout(None):
        draw()


def draw() -> None:
    """Write all of them."""
    for name, (page, what) in PICTURES.items():
        with df.Graph().as_default():
            eval(what, namespace_at(DOCS / page, name)).save(HERE / name)
    for name, example in PLOTS.items():
        with patch.object(sys, "argv", [example, "--output", str(HERE / name)]):
            runpy.run_path(str(EXAMPLES / f"{example}.py"), run_name="__main__")


def namespace_at(page: Path, mention: str) -> dict[str, Any]:
    """What the Python of a page has defined before its last line with a `mention`."""
    before = page.read_text().rpartition(mention)[0]
    names: dict[str, Any] = {"df": df}
    for example in doctest.DocTestParser().get_examples(before):
        if example.exc_msg is None:
            exec(example.source, names)
    return names


if __name__ == "__main__":
    main()
