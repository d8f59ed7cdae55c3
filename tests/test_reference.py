"""The API pages have everything public on them, once."""

import re
from collections import Counter

import pytest

import daskflow as df
from docs.sphinx.reference import markdown, pages, signature
from tests.documented import public_names

ENTRY = re.compile(r"^`{4,5}\{py:(?:function|class|exception)\} ([\w.]+)", re.MULTILINE)


def test_each_name_has_one_entry_that_says_its_other_paths() -> None:
    text = "\n".join(pages().values())
    entries = Counter(ENTRY.findall(text))
    assert entries == Counter(name.paths[0] for name in public_names())
    for name in public_names():
        for path in name.paths[1:]:
            assert f"`{path}`" in text


def test_a_class_has_its_methods_and_properties() -> None:
    page = pages()["graphs-and-sessions"]
    of_sessions = page.partition("{py:class} Session(")[2]
    for text in [
        "{py:method} run(fetches, feed_dict: ",
        "{py:property} dashboard_link\n",
        "{py:method} visualize(",
    ]:
        assert text in of_sessions


def test_an_example_is_fenced_and_a_public_name_is_a_link() -> None:
    doc = """`tf.nn.conv2d`, not `x` or `Sess`.

    >>> 1 + 1
    2

    >>> `Session`

    The end.
    """
    assert markdown(doc).splitlines() == [
        "{py:obj}`nn.conv2d <daskflow.nn.conv2d>`, not `x` or `Sess`.",
        *["", "", "```python", ">>> 1 + 1", "2", "", ">>> `Session`", "```"],
        *["", "The end."],
    ]


def test_code_that_goes_on_in_the_next_line_begins_no_list() -> None:
    assert markdown("It is `a\n* b` or so.") == "It is `a * b` or so."


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (df.matmul, "(a, b, transpose_a: bool = False"),
        (df.is_tensor, "(x) -> bool"),
        (df.layers.dense, "activation=None, use_bias: bool = True"),
        (df.layers.dense, "bias_initializer=zeros_initializer()"),
        (df.errors.FeedError, ""),
    ],
)
def test_a_signature_is_as_it_is_written(value, text) -> None:
    assert text in signature(value)
