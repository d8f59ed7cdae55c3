"""How Sphinx makes the site of the pages in this folder: `make docs`."""

import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[2])]

project = "daskflow"
extensions = ["myst_parser", "contents", "reference"]

# A heading is a link's target under the name that a repository host gives it.
myst_heading_anchors = 4
nitpicky = True  # a link from a docstring leads somewhere
nitpick_ignore_regex = [("py:class", ".*")]  # a type in a signature need not

html_theme = "furo"  # nothing in its pages is fetched from elsewhere
html_title = "daskflow"
html_copy_source = False
html_show_copyright = False
python_maximum_signature_line_length = 88
toc_object_entries_show_parents = "hide"
pygments_style = "friendly"
pygments_dark_style = "github-dark"
