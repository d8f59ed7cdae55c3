"""Norms and limits: by definition, and the gradients of what is clipped."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.testing import assert_allclose

import daskflow as df
from daskflow.errors import GraphError, ShapeError
from daskflow.testing import check_gradient

matrices = arrays.arrays(np.float64, (2, 3), elements=st.floats(-9, 9, width=32))


@given(matrices, st.sampled_from([1, 2, 3, np.inf]), st.sampled_from([0, 1]))
def test_a_norm_of_vectors_is_that_of_numpy(x, ord, axis):
    with df.Session("sync") as session:
        norm = session.run(df.norm(x, ord, axis, keepdims=True))
    wanted = np.linalg.norm(x, ord, axis, keepdims=True)
    assert_allclose(norm, wanted, rtol=1e-12, atol=1e-100)


matrix_norms = st.sampled_from([1, 2, "fro", np.inf])


@given(matrices, matrix_norms, st.sampled_from([(0, 1), (-1, 0)]))
def test_a_norm_of_matrices_is_that_of_numpy(x, ord, axis):
    with df.Session("sync") as session:
        norm = session.run(df.norm(x, ord, axis))
    assert_allclose(norm, np.linalg.norm(x, ord, axis), rtol=1e-12, atol=1e-14)


@given(st.lists(matrices, min_size=1, max_size=3), st.floats(0.1, 20))
def test_clipped_by_its_global_norm_a_list_is_shorter_but_no_other(values, limit):
    with df.Session("sync") as session:
        clipped, length = session.run(df.clip_by_global_norm(values, limit))
    whole = np.concatenate([np.ravel(v) for v in values])
    assert_allclose(length, np.linalg.norm(whole), rtol=1e-12)
    scale = min(1, limit / length) if length else 1
    for value, y in zip(values, clipped, strict=True):
        assert_allclose(y, value * scale, rtol=1e-12, atol=1e-100)


def test_the_gradient_of_what_is_clipped():
    x = np.array([[3.0, -4.0], [0.3, 0.4]])
    check_gradient(lambda x: df.clip_by_norm(x, 1.0, axes=[1]), x)
    check_gradient(lambda x: df.clip_by_average_norm(x, 0.5), x)
    check_gradient(lambda x: df.clip_by_global_norm([x], 2.0)[0][0], x)
    check_gradient(lambda x: df.clip_by_value(x, -1.0, 1.0), x)
    check_gradient(lambda x: df.norm(x, 2, axis=[0, 1]), x)
    check_gradient(lambda x: df.norm(x, 3), x)


def test_what_has_no_norm_is_refused():
    for ord, axis in (("frob", None), (-1, None), (3, (0, 1)), ("fro", 0)):
        with pytest.raises(GraphError, match="knows no"):
            df.norm([[1.0]], ord, axis)
    with pytest.raises(GraphError, match="one axis or two"):
        df.norm([[1.0]], axis=[0, 1, 2])
    with pytest.raises(GraphError, match="two axes that differ"):
        df.norm([[1.0]], axis=[1, 1])
    with pytest.raises(GraphError, match="the rank of its matrices"):
        df.norm(df.placeholder("float32"), 2, [0, 1])
    with pytest.raises(GraphError, match="at least one tensor"):
        df.global_norm([None])
    with pytest.raises(TypeError, match="a list of tensors"):
        df.clip_by_global_norm(df.constant([1.0]), 1.0)
    with pytest.raises(ShapeError):
        df.clip_by_value([1.0], np.zeros((2, 1), np.float32), 1.0)
