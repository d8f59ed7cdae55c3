"""Reductions: dtypes, nothing to reduce, ties and zeros."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import daskflow as df
from daskflow.errors import DTypeError, ShapeError
from daskflow.testing import check_gradient

REDUCTIONS = [
    df.reduce_sum,
    df.reduce_mean,
    df.reduce_max,
    df.reduce_min,
    df.reduce_prod,
]


@pytest.mark.parametrize("reduce", REDUCTIONS)
@pytest.mark.parametrize("dtype", ["uint8", "int32", "int64", "float16", "float32"])
def test_a_reduction_keeps_the_dtype(reduce, dtype, session):
    y = reduce(np.array([1, 2], dtype))
    assert y.dtype == dtype
    assert session.run(y).dtype == dtype


def test_a_reduction_of_unknown_dtype_follows_numpy(session):
    x = df.placeholder()
    ints = np.array([1, 2], np.int32)
    assert session.run(df.reduce_sum(x), {x: ints}).dtype == np.sum(ints).dtype
    assert session.run(df.reduce_mean(x), {x: ints}) == 1.5


def test_a_sum_of_uint8_wraps(session):
    assert session.run(df.reduce_sum(np.array([200, 100], np.uint8))) == 44


def test_a_mean_of_ints_drops_its_fraction(session):
    x = df.constant([[-1, -2, -2], [1, 2, 2]])
    y = df.reduce_mean(x, axis=1)
    assert_array_equal(session.run(y), np.array([-1, 1], np.int32), strict=True)


def test_a_mean_is_right_where_the_sum_would_wrap(session):
    x = np.full(300, 200, np.uint8)
    assert session.run(df.reduce_mean(x)) == 200


@pytest.mark.parametrize("reduce", REDUCTIONS)
def test_bools_are_not_reduced(reduce):
    with pytest.raises(DTypeError, match="got bool"):
        reduce([True])


@pytest.mark.parametrize(
    ("reduce", "dtype", "expected"),
    [
        (df.reduce_sum, "float32", 0),
        (df.reduce_prod, "float32", 1),
        (df.reduce_mean, "float32", np.nan),
        (df.reduce_max, "float32", -np.inf),
        (df.reduce_min, "float32", np.inf),
        (df.reduce_mean, "int32", 0),
        (df.reduce_max, "int32", -(2**31)),
        (df.reduce_min, "int32", 2**31 - 1),
    ],
)
def test_nothing_has_a_reduction_too(reduce, dtype, expected, session):
    y = reduce(np.zeros((0, 2), dtype), axis=0)
    assert_array_equal(session.run(y), np.full(2, expected, dtype), strict=True)


@pytest.mark.parametrize(
    ("shape", "axis", "keepdims", "expected"),
    [
        ([None, 3], 0, False, (3,)),
        ([None, 3], -1, False, (None,)),
        ([None, 3], [1], True, (None, 1)),
        ([2, None, 4], [0, -1], False, (None,)),
        (None, None, False, ()),
        ([None, 3], [], False, (None, 3)),
    ],
)
def test_a_reduction_knows_what_is_left(shape, axis, keepdims, expected):
    x = df.placeholder("float32", shape)
    assert df.reduce_sum(x, axis, keepdims).shape == expected


def test_the_rank_of_a_reduction_of_unknown_rank_is_unknown():
    x = df.placeholder("float32")
    assert df.reduce_sum(x, 0).shape.rank is None
    assert df.reduce_sum(x, None, keepdims=True).shape.rank is None


@pytest.mark.parametrize("reduce", [*REDUCTIONS, df.argmax, df.argmin])
def test_an_axis_that_is_not_there_is_refused(reduce):
    with pytest.raises(ShapeError, match="axis 2 is not one of a value of rank 2"):
        reduce(np.zeros((2, 3)), axis=2)


# Indices of extremes


def test_argmax_is_the_first_of_equals_along_axis_0(session):
    x = df.constant([[1.0, 7.0], [5.0, 7.0]])
    y = df.argmax(x)
    assert y.shape == (2,)
    assert_array_equal(session.run(y), np.array([1, 0]), strict=True)
    assert_array_equal(session.run(df.argmin(x)), np.array([0, 0]), strict=True)


def test_nan_is_never_the_largest_or_smallest(session):
    x = df.constant([np.nan, 1.0, 2.0, np.nan])
    assert session.run([df.argmax(x), df.argmin(x)]) == [2, 1]


@pytest.mark.parametrize("arg", [df.argmax, df.argmin])
def test_an_index_is_one_along_one_axis_with_elements(arg):
    with pytest.raises(ShapeError, match="needs one axis, got \\[0, 1\\]"):
        arg(np.zeros((2, 3)), axis=[0, 1])
    with pytest.raises(ShapeError, match="needs elements along axis 0"):
        arg(np.zeros((0, 3)))
    assert arg(df.placeholder()).dtype == np.int64


# Gradients


@pytest.mark.parametrize("reduce", [df.reduce_max, df.reduce_min])
def test_equals_share_the_gradient_of_an_extreme(reduce, session):
    x = df.constant([[3.0, 3.0, 3.0, 3.0], [1.0, 1.0, 1.0, 1.0]])
    [slope] = df.gradients(reduce(x), x)
    row = 0 if reduce is df.reduce_max else 1
    expected = np.zeros((2, 4))
    expected[row] = 0.25
    assert session.run(slope).tolist() == expected.tolist()
    [slope] = df.gradients(reduce(x, axis=1), x)
    assert session.run(slope).tolist() == np.full((2, 4), 0.25).tolist()


def test_the_gradient_of_an_extreme_of_nan_is_nan(session):
    x = df.constant([[1.0, np.nan], [1.0, 2.0]])
    [slope] = df.gradients(df.reduce_max(x, axis=1), x)
    assert_array_equal(session.run(slope), [[np.nan, np.nan], [0, 1]])


@pytest.mark.parametrize("reduce", REDUCTIONS)
def test_a_reduction_of_unknown_rank_has_its_gradient(reduce, session):
    x = df.placeholder("float64")
    [slope] = df.gradients(reduce(x * x, axis=-1), x)
    value = session.run(slope, {x: [[3.0, 2.0]]})
    assert value.shape == (1, 2)


ZEROS = [[2.0, 3.0, 4.0], [0.0, 3.0, 4.0], [0.0, 3.0, 0.0], [0.0, 0.0, 0.0], [0.0]]


def derivative(order, function):
    """Its derivative of that order, each time in another direction."""
    if order == 0:
        return function

    def slope(x):
        y = derivative(order - 1, function)(x)
        weights = np.random.default_rng(order).uniform(0.5, 1.5, y.shape.as_list())
        [result] = df.gradients(y, x, [weights])
        return result

    return slope


@pytest.mark.parametrize("x", ZEROS)
@pytest.mark.parametrize("order", [0, 1, 2, 3])
def test_derivatives_of_a_product_are_right_at_zeros(x, order):
    check_gradient(derivative(order, df.reduce_prod), x)


@pytest.mark.parametrize("order", [0, 1, 2])
def test_derivatives_of_products_along_axes_are_right_at_zeros(order):
    x = np.array([[[0.0, 2.0], [0.5, 0.0], [3.0, 1.0]]])
    for axis in (1, [2, 0], None):
        product = derivative(order, lambda x, axis=axis: df.reduce_prod(x, axis))
        check_gradient(product, x)


def test_the_gradient_of_a_long_product_is_that_of_its_logarithm(session):
    values = np.random.default_rng(0).uniform(0.9, 1.1, 10_001)
    x = df.constant(values)
    [slope] = df.gradients(df.reduce_prod(x), x)
    np.testing.assert_allclose(session.run(slope), np.prod(values) / values, rtol=1e-11)
