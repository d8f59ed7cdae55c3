"""What is said of a name that daskflow does not have."""

import pytest

import daskflow as df
from daskflow.missing import NAMESPACES


def test_a_missing_name_is_named_with_its_namespace():
    with pytest.raises(AttributeError, match="no 'nothing'; see docs/from-tensorflow"):
        df.nothing  # noqa: B018
    with pytest.raises(AttributeError, match="daskflow has no 'nn.nothing'"):
        df.nn.nothing  # noqa: B018


@pytest.mark.parametrize("name", NAMESPACES)
def test_of_a_missing_namespace_the_name_in_it_is_told(name):
    with pytest.raises(AttributeError, match=f"daskflow has no '{name}.slim'"):
        getattr(df, name).slim  # noqa: B018


def test_a_program_may_ask_what_is_there():
    assert hasattr(df, "matmul")
    assert not hasattr(df, "nothing")
    assert not hasattr(df.nn, "nothing")
    assert not hasattr(df.contrib, "slim")
    assert getattr(df, "nothing", None) is None
