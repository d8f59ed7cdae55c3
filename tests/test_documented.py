"""Everything public is explained, with an example that runs."""

import pytest

from tests.documented import Name, lacks, namespaces, public_names


@pytest.mark.parametrize("name", public_names(), ids=lambda name: name.paths[0])
def test_what_is_public_has_a_docstring_with_an_example(name: Name) -> None:
    assert [*lacks(name)] == []


def test_what_is_public_is_found_once_with_all_its_paths() -> None:
    paths = [path for name in public_names() for path in name.paths]
    assert len(paths) == len(set(paths))
    assert {"Session", "matmul", "math.add", "nn.conv2d", "errors.FeedError"} <= {
        *paths
    }
    first = [name.paths[0] for name in public_names()]
    assert {"add", "errors.OpError", "train.Saver", "testing.check_gradient"} <= {
        *first
    }


@pytest.mark.parametrize("module", namespaces().values(), ids=lambda m: m.__name__)
def test_a_namespace_has_a_docstring(module) -> None:
    assert module.__doc__


def undescribed(x):
    """It has no example."""


class Undescribed:
    """It has one.

    >>> Undescribed().method()
    1
    """

    def method(self):
        return 1

    @property
    def known(self):
        """It has a docstring."""


@pytest.mark.parametrize(
    ("value", "lines"),
    [
        (undescribed, ["path: no example"]),
        (Undescribed, ["path.method: no docstring"]),
        (lambda x: x, ["path: no docstring"]),
    ],
)
def test_what_is_missing_is_told(value, lines) -> None:
    assert [*lacks(Name(value, ["path"]))] == lines
