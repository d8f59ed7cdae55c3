"""Sums and products so far: against NumPy."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

import daskflow as df
from daskflow.errors import ShapeError


def so_far(function, start, x, axis, exclusive, reverse):
    """By definition: the function of the elements before or behind each."""
    x = np.moveaxis(x, axis, 0)
    y = np.empty_like(x)
    for i, _ in enumerate(x):
        part = x[i + exclusive :] if reverse else x[: i + 1 - exclusive]
        y[i] = function(part, axis=0, initial=start)
    return np.moveaxis(y, 0, axis)


@given(st.integers(-2, 1), st.booleans(), st.booleans(), st.integers(0, 3))
def test_each_element_has_what_comes_up_to_it(axis, exclusive, reverse, n):
    x = np.linspace(-1, 2, 2 * n).reshape(2, n)
    settings = (axis, exclusive, reverse)
    with df.Session("sync") as session:
        sums, products = session.run(
            [df.cumsum(x, *settings), df.cumprod(x, *settings)]
        )
    assert_allclose(sums, so_far(np.sum, 0, x, *settings), atol=1e-15)
    assert_allclose(products, so_far(np.prod, 1, x, *settings), atol=1e-15)


def test_the_axis_may_be_a_tensor(session):
    axis = df.placeholder("int32", [])
    y = df.cumsum([[1, 2], [3, 4]], axis)
    assert session.run(y, {axis: 0}).tolist() == [[1, 2], [4, 6]]
    assert session.run(y, {axis: -1}).tolist() == [[1, 3], [3, 7]]
    with pytest.raises(ShapeError, match="axis 2 is not one"):
        df.cumsum([[1, 2]], 2)
