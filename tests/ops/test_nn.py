"""Activations where they are hard: far out, at a kink, of nothing."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import daskflow as df
from daskflow.errors import DTypeError, ShapeError
from daskflow.opdef import OPS


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_sigmoid_is_exact_far_out(dtype):
    x = np.array([-1e4, -50, -20, 0, 20, 1e4], dtype)
    with np.errstate(over="ignore", invalid="raise", divide="raise"):
        y = OPS["sigmoid"].kernel(x)
    below, above = np.exp(-50.0), 1 / (1 + np.exp(-20.0))
    assert y.dtype == dtype
    expected = [0, below, 1 / (1 + np.exp(20.0)), 0.5, above, 1]
    assert_allclose(y, expected, rtol=4 * np.finfo(dtype).eps)


def test_sigmoid_of_unsigned_ints_of_unknown_dtype_is_that_of_the_numbers(session):
    x = df.placeholder()
    y = session.run(df.sigmoid(x), {x: np.array([0, 3], np.uint8)})
    assert_allclose(y, 1 / (1 + np.exp([0.0, -3.0])), rtol=1e-3)


@pytest.mark.parametrize("op", [df.sigmoid, df.tanh, df.softmax])
def test_ints_are_refused(op):
    with pytest.raises(DTypeError, match="got int32; cast"):
        op([1, 2])


def test_relu_takes_ints_and_keeps_nan(session):
    y = session.run(df.nn.relu([-1, 2]))
    assert_array_equal(y, np.array([0, 2], np.int32), strict=True)
    assert np.isnan(session.run(df.nn.relu(np.nan)))


def test_the_gradient_of_relu_is_0_at_0(session):
    x = df.constant([-1.0, 0.0, 2.0])
    [slope] = df.gradients(df.nn.relu(x), x)
    assert session.run(slope).tolist() == [0, 0, 1]


def test_softmax_never_overflows(session):
    x = df.constant([[1e4, 0.0, -1e4], [-1e30, -1e30, -1e30]])
    y = session.run(df.softmax(x))
    assert_allclose(y, [[1, 0, 0], [1 / 3] * 3], rtol=1e-6)
    assert y.dtype == np.float32


def test_softmax_adds_up_to_1_along_its_axis(session):
    x = np.random.default_rng(0).normal(size=(2, 3, 4))
    for axis in (0, 1, -1):
        y = session.run(df.softmax(x, axis))
        assert_allclose(y.sum(axis), 1, rtol=1e-15)


def test_softmax_needs_an_axis_that_is_there():
    with pytest.raises(ShapeError, match="axis -1 is not one of a value of rank 0"):
        df.softmax(1.0)
    assert df.softmax(df.placeholder("float32", [None, 3])).shape == (None, 3)
