"""Diagonals and bands: against NumPy, for shapes known or not."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

import daskflow as df
from daskflow.errors import ShapeError

sides = st.integers(1, 4)


@given(sides, sides, st.integers(-4, 4))
def test_a_diagonal_is_that_of_numpy_and_can_be_set(n, m, k):
    x = np.arange(2 * n * m).reshape(2, n, m)
    if not -n < k < m:
        with pytest.raises(ShapeError, match=f"have no diagonal {k}"):
            df.matrix_diag_part(x, k=k)
        return
    diagonal = df.matrix_diag_part(x, k=k)
    wanted = np.diagonal(x, k, -2, -1)
    assert diagonal.shape == wanted.shape
    with df.Session("sync") as session:
        assert_array_equal(session.run(diagonal), wanted)
        same, cleared, made = session.run(
            [
                df.matrix_set_diag(x, diagonal, k=k),
                df.matrix_set_diag(x, df.zeros_like(diagonal), k=k),
                df.matrix_diag(diagonal, k=k, num_rows=n, num_cols=m),
            ]
        )
    assert_array_equal(same, x)
    assert_array_equal(cleared + made, x)


@given(sides, sides, st.integers(-1, 4), st.integers(-1, 4))
def test_a_band_is_between_two_triangles(n, m, lower, upper):
    x = np.arange(1, n * m + 1).reshape(n, m)
    wanted = x if lower < 0 else np.triu(x, -lower)
    wanted = wanted if upper < 0 else np.tril(wanted, upper)
    with df.Session("sync") as session:
        band = df.matrix_band_part(x, lower, df.constant(upper))
        assert_array_equal(session.run(band), wanted)


def test_a_unit_matrix_may_be_as_large_as_a_run_says(session):
    x = df.placeholder("float32", [None, 3])
    unit = df.eye(df.shape(x)[0], batch_shape=df.shape(x)[:1], dtype="int32")
    y = session.run(unit, {x: np.zeros((2, 3))})
    assert_array_equal(y, np.stack([np.eye(2, dtype=np.int32)] * 2), strict=True)
    assert df.eye(2, 3).shape == (2, 3)


def test_what_has_no_diagonal_is_refused():
    with pytest.raises(ShapeError, match="needs matrices"):
        df.matrix_diag_part([1.0])
    for build in (df.diag, df.matrix_diag):
        with pytest.raises(ShapeError, match="at least a vector"):
            build(1.0)
    with pytest.raises(ShapeError, match="an even rank"):
        df.diag_part(np.zeros((2, 2, 2)))
    with pytest.raises(ShapeError, match="2 numbers are not the diagonal 0"):
        df.matrix_diag([1.0, 2.0], num_rows=3, num_cols=4)
    with pytest.raises(ShapeError, match="needs 3 numbers"):
        df.cross([1.0, 2.0], [3.0, 4.0])
