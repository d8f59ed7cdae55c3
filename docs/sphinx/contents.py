"""The tree of the site: the links in the lists of index.md, under its headings.

So a page is listed once, where a repository host shows it too.
"""

import re
from typing import Any

PAGES = ("index", "decisions/README")
HEADING = re.compile(r"^## (.+)$", re.MULTILINE)
LINK = re.compile(r"^- \[[^\]]+\]\(([^)#]+)\.md\)", re.MULTILINE)


def setup(app: Any) -> dict[str, bool]:
    """Give each page with lists of pages the tree that they are."""
    app.connect("source-read", add_trees)
    app.connect("source-read", end_fences)
    return {"parallel_read_safe": True}


def add_trees(app: Any, page: str, source: list[str]) -> None:
    """Add a hidden `toctree` of what is listed under each heading."""
    if page in PAGES:
        _, *parts = HEADING.split(source[0])
        pairs = zip(parts[::2], parts[1::2], strict=True)
        trees = [tree(heading, LINK.findall(text)) for heading, text in pairs]
        if page == "index":
            trees.append(tree("Reference", ["api/index"]))  # which reference.py writes
        source[0] += "".join(trees)


def end_fences(app: Any, page: str, source: list[str]) -> None:
    """Leave out the empty line at the end of an example, which doctests need."""
    source[0] = re.sub(r"\n\n```$", "\n```", source[0], flags=re.MULTILINE)


def tree(caption: str, pages: list[str]) -> str:
    """The directive that puts these pages under a caption of the sidebar."""
    lines = ["```{toctree}", ":hidden:", f":caption: {caption}", "", *pages, "```"]
    return "\n\n" + "\n".join(lines)
