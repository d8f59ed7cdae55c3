"""Activations where they are hard: far out, at a kink, of nothing."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import daskflow as df
from daskflow.arrays import same_bits
from daskflow.errors import DTypeError, GraphError, InvalidArgumentError, ShapeError
from daskflow.opdef import OPS
from daskflow.ops.nn import where_true


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


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "int8", "int64"])
def test_only_the_bits_of_what_is_let_through_matter(dtype):
    x = np.array([1, -2, 3, -4], dtype)
    if x.dtype.kind == "f":
        x[:2] = np.nan, np.inf
    mask = np.array([False, True, True, False])
    expected = np.where(mask, x, x.dtype.type(0))
    assert same_bits(where_true(x, mask), expected)
    assert same_bits(where_true(x, mask, out=x), expected)


def test_relu_stops_a_gradient_that_is_not_finite(session):
    x = df.constant([-1.0, 2.0])
    [slope] = df.gradients(df.nn.relu(x), x, [df.constant([np.nan, np.inf])])
    assert session.run(slope).tolist() == [0, np.inf]


def test_leaky_relu_takes_a_slope_that_is_learned(session):
    x, alpha = df.constant([-2.0, 3.0]), df.constant(0.5)
    y = df.nn.leaky_relu(x, alpha)
    value, [slope] = session.run([y, df.gradients(y, [alpha])])
    assert value.tolist() == [-1, 3]
    assert slope == -2


def test_a_bias_fits_the_channels_or_is_refused():
    x = df.placeholder("float32", [None, 4, 5, 3])
    assert df.nn.bias_add(x, np.ones(3, "float32")).shape.as_list() == [None, 4, 5, 3]
    assert df.nn.bias_add(x, np.ones(4, "float32"), "NCHW").shape[1] == 4
    with pytest.raises(ShapeError, match="needs a vector for a bias"):
        df.nn.bias_add(x, np.ones((3, 1), "float32"))
    with pytest.raises(ShapeError, match="needs a value whose rank is known"):
        df.nn.bias_add(df.placeholder("float32"), np.ones(4, "float32"), "NCHW")


# Dropout


def test_dropout_keeps_its_part_and_scales_it(session):
    y = session.run(df.nn.dropout(df.ones([100, 100]), rate=0.2))
    assert set(np.unique(y)) == {np.float32(0), np.float32(1.25)}
    assert abs(np.mean(y > 0) - 0.8) < 0.02


def test_dropout_drops_in_the_gradient_what_it_dropped(session):
    x = df.ones([50])
    y = df.nn.dropout(x, 0.5)
    [slope] = df.gradients(y, x)
    for _ in range(2):
        value, other = session.run([y, slope])
        assert_array_equal(value, other)


def test_dropout_drops_others_in_each_run_and_at_each_place(session):
    x = df.ones([64])
    y, z = df.nn.dropout(x, 0.5), df.nn.dropout(x, 0.5)
    drawn = [tuple(value) for _ in range(2) for value in session.run([y, z])]
    assert len(set(drawn)) == 4


def test_dropout_with_a_seed_drops_the_same_in_every_session(daskflow_graph):
    y = df.nn.dropout(df.ones([64]), 0.5, seed=7)
    first, second = (df.Session("sync").run(y) for _ in range(2))
    assert_array_equal(first, second)


def test_dropout_of_a_rate_that_is_fed(session):
    rate = df.placeholder("float32", [])
    y = df.nn.dropout(df.ones([100]), rate=rate)
    assert session.run(y, {rate: 0.0}).tolist() == [1] * 100
    assert 0 < np.count_nonzero(session.run(y, {rate: 0.5})) < 100
    z = df.nn.dropout(df.ones([100]), keep_prob=1 - rate)
    assert session.run(z, {rate: 0.0}).tolist() == [1] * 100


def test_noise_of_length_1_drops_whole_rows(session):
    n = df.placeholder("int32", [])
    y = df.nn.dropout(df.ones([40, 3]), 0.5, noise_shape=[n, 1])
    rows = session.run(y, {n: 40}).sum(1)
    assert set(rows.tolist()) == {0, 6}


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({}, "needs a rate"),
        ({"rate": 0.5, "keep_prob": 0.5}, "takes rate or keep_prob, which is 1 - rate"),
        ({"rate": 1.0}, "needs a rate with 0 <= rate < 1, got 1.0"),
        ({"keep_prob": 0.0}, "needs a rate with 0 <= rate < 1, got 1.0"),
    ],
)
def test_dropout_needs_one_rate(settings, message):
    with pytest.raises(GraphError, match=message):
        df.nn.dropout(df.ones([2]), **settings)


# The largest


def test_of_equal_ones_the_first_is_the_largest(session):
    values, indices = session.run(df.nn.top_k([1, 7, 7, 3, 7], 3))
    assert values.tolist() == [7, 7, 7]
    assert indices.tolist() == [1, 2, 4]


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int64", "float64"])
def test_the_largest_are_those_that_sorting_puts_last(dtype, session):
    x = np.random.default_rng(0).integers(-9, 9, (3, 4, 20)).astype(dtype)
    top = df.nn.top_k(x, 6)
    values, indices = session.run(top)
    assert_array_equal(values, np.sort(x, -1)[..., :-7:-1])
    assert_array_equal(np.take_along_axis(x, indices, -1), values)


def test_there_are_no_more_largest_than_elements(session):
    with pytest.raises(ShapeError, match=r"needs 0 <= k <= 2, .* got 3"):
        df.nn.top_k([1.0, 2.0], 3)
    k = df.placeholder("int32", [])
    with pytest.raises(InvalidArgumentError, match="needs 0 <= k <= 2, .* got 3"):
        session.run(df.nn.top_k([1.0, 2.0], k), {k: 3})
