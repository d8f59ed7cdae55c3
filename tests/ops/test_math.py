"""Arithmetic, comparison and choice: what is not plain NumPy about them."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import daskflow as df
from daskflow.errors import (
    DTypeError,
    GraphError,
    InvalidArgumentError,
    ShapeError,
)
from daskflow.testing import check_gradient


@pytest.mark.parametrize(
    ("dtype", "quotient"),
    [
        ("int32", "float64"),
        ("int64", "float64"),
        ("uint8", "float32"),
        ("int16", "float32"),
        ("float16", "float16"),
        ("float32", "float32"),
        ("complex64", "complex64"),
    ],
)
def test_a_quotient_of_ints_has_fractions_and_others_keep_their_dtype(
    dtype, quotient, session
):
    x = df.constant(np.array([1, 2], dtype))
    y = x / np.array([2, 4], dtype)
    assert y.dtype == quotient
    assert_array_equal(session.run(y), np.array([0.5, 0.5], quotient), strict=True)


@pytest.mark.parametrize("dtype", ["int32", "float64"])
def test_floor_divide_rounds_down_and_mod_has_the_sign_of_the_divisor(dtype, session):
    a, b = np.array([[7, -7, 7, -7], [2, 2, -2, -2]], dtype)
    a, b = df.constant(a), df.constant(b)
    assert session.run(a // b).tolist() == [3, -4, -4, 3]
    assert session.run(a % b).tolist() == [1, 1, -1, -1]


@pytest.mark.parametrize("op", [df.floor_divide, df.mod])
@pytest.mark.parametrize("dtype", ["int32", "uint8", None])
def test_an_int_divided_by_0_is_an_error(op, dtype, session):
    x = df.placeholder(dtype)
    with pytest.raises(InvalidArgumentError, match="an int is divided by 0"):
        session.run(op(1, x), {x: np.array([2, 0])})


def test_a_float_divided_by_0_is_infinite_or_no_number(session):
    x, zero = df.constant([1.0, -1.0, 0.0]), df.constant(0.0)
    infinite = [np.inf, -np.inf, np.nan]
    assert_array_equal(session.run(x / zero), infinite)
    assert_array_equal(session.run(x // zero), infinite)
    assert_array_equal(session.run(x % zero), [np.nan] * 3)


def test_int32_wraps(session):
    assert session.run(df.constant(2**31 - 1) + 1) == -(2**31)


@pytest.mark.parametrize("op", [df.add, df.divide, df.maximum, df.equal, df.less])
@pytest.mark.parametrize("dtypes", [("float32", "float64"), ("int32", "float32")])
def test_two_dtypes_do_not_mix(op, dtypes):
    with pytest.raises(DTypeError, match="need one dtype, got"):
        op(*map(df.placeholder, dtypes))


@pytest.mark.parametrize(
    ("op", "dtype"),
    [
        (df.sqrt, "int32"),
        (df.exp, "int64"),
        (df.log, "uint8"),
        (df.add, "bool"),
        (df.square, "bool"),
        (df.negative, "uint8"),
        (df.abs, "bool"),
        (df.maximum, "complex64"),
        (df.less, "bool"),
        (df.logical_and, "int32"),
        (df.logical_not, "float32"),
    ],
)
def test_a_dtype_that_the_op_does_not_take_is_refused(op, dtype):
    x = df.placeholder(dtype)
    inputs = [x] if op in (df.sqrt, df.exp, df.log, df.square) else [x, x]
    inputs = [x] if op in (df.negative, df.abs, df.logical_not) else inputs
    with pytest.raises(DTypeError, match=f"takes .*, got {dtype}; cast"):
        op(*inputs)


def test_a_number_of_unknown_dtype_follows_numpy(session):
    x = df.placeholder()
    y = df.sqrt(x * 2)
    assert y.dtype is None
    assert session.run(y, {x: np.int32(8)}).dtype == np.float64
    assert session.run(y, {x: np.float32(8)}).dtype == np.float32


def test_what_cannot_be_added_or_divided_is_refused(session):
    with pytest.raises(DTypeError, match="truediv\\(\\) casts ints"):
        df.realdiv([1], [2])
    x, y = df.placeholder("float32"), df.placeholder("float32")
    with pytest.raises(InvalidArgumentError, match="needs one shape"):
        session.run(df.add_n([x, y]), {x: [1.0], y: [1.0, 2.0]})


def test_texts_are_not_cast():
    for build in (lambda: df.cast(["1"], "float32"), lambda: df.cast([1], df.string)):
        with pytest.raises(DTypeError, match="texts are no numbers"):
            build()


# Gradients


def slopes(session, y, *xs):
    return session.run(df.gradients(y, list(xs)))


@pytest.mark.parametrize("op", [df.maximum, df.minimum])
def test_at_a_tie_the_first_argument_gets_the_whole_gradient(op, session):
    a, b = df.constant([1.0, 2.0]), df.constant([1.0, 2.0])
    first, second = slopes(session, op(a, b), a, b)
    assert first.tolist() == [1, 1]
    assert second.tolist() == [0, 0]


def test_the_gradient_of_abs_is_0_at_0(session):
    x = df.constant([-2.0, 0.0, 3.0])
    [slope] = slopes(session, df.abs(x), x)
    assert slope.tolist() == [-1, 0, 1]


def test_the_gradient_of_sign_is_0_but_not_none(session):
    x = df.constant([-2.0, 0.0, 3.0])
    [slope] = slopes(session, df.sign(x), x)
    assert slope.tolist() == [0, 0, 0]


def test_the_gradient_of_power_by_its_exponent_is_0_for_a_base_not_positive(session):
    a, b = df.constant([-2.0, 0.0, np.e]), df.constant([2.0, 3.0, 1.0])
    [slope] = slopes(session, a**b, b)
    np.testing.assert_allclose(slope, [0, 0, np.e], rtol=1e-6)


def test_a_constant_power_has_gradient_0_at_0(session):
    x = df.constant([0.0, 2.0])
    [slope] = slopes(session, x**0, x)
    assert slope.tolist() == [0, 0]


@pytest.mark.parametrize("exponent", [-1.0, 0.0, 1.0, 2.0])
def test_power_has_its_mixed_derivative_at_every_exponent(exponent):
    def by_base(a, b):
        return df.gradients(a**b, a)[0]

    check_gradient(by_base, [0.5, 2.0], exponent)


def test_the_third_derivative_of_a_square_is_0_everywhere(session):
    x = df.constant([-1.0, 0.0, 2.0])
    [first] = df.gradients(x**2, x)
    [second] = df.gradients(first, x)
    [third] = df.gradients(second, x)
    assert session.run(second).tolist() == [2, 2, 2]
    assert session.run(third).tolist() == [0, 0, 0]


def test_the_gradient_of_mod_steps_with_the_quotient(session):
    a, b = df.constant([7.0, -7.0]), df.constant([2.0, 2.0])
    first, second = slopes(session, a % b, a, b)
    assert first.tolist() == [1, 1]
    assert second.tolist() == [-3, 4]


@pytest.mark.parametrize(
    "op", [df.equal, df.not_equal, df.less, df.less_equal, df.greater, df.greater_equal]
)
def test_no_gradient_flows_through_a_comparison(op):
    x = df.placeholder("float32")
    assert df.gradients(df.cast(op(x, 1.0), "float32"), x) == [None]


def test_no_gradient_flows_through_stop_gradient_and_floor_divide():
    x = df.placeholder("float32")
    assert df.gradients([df.stop_gradient(x), x // 2.0], x) == [None]


def test_ints_have_no_gradient():
    x = df.placeholder("int32")
    assert df.gradients(x / 2, x) == [None]
    assert df.gradients(df.cast(x, "float32"), x) == [None]


def test_cast_gives_the_gradient_in_the_dtype_of_its_input():
    x = df.placeholder("float32")
    [slope] = df.gradients(df.cast(x, "float64"), x)
    assert slope.dtype == np.float32


def test_a_cast_of_unknown_dtype_passes_the_gradient_on(session):
    x = df.placeholder()
    [slope] = df.gradients(df.cast(x, "float64") * 3.0, x)
    assert session.run(slope, {x: 1.0}) == 3.0


def test_cast_to_an_int_drops_the_fraction(session):
    y = df.cast([-1.7, 1.7], "int32")
    assert_array_equal(session.run(y), np.array([-1, 1], np.int32), strict=True)


# Choice


def test_a_vector_condition_picks_rows(session):
    y = df.where([True, False], [[1.0, 2.0], [3.0, 4.0]], [[5.0, 6.0], [7.0, 8.0]])
    assert y.shape == (2, 2)
    assert session.run(y).tolist() == [[1, 2], [7, 8]]


def test_a_vector_condition_picks_rows_of_what_is_unknown_until_the_run(session):
    condition, x = df.placeholder("bool"), df.placeholder("float64")
    y = df.where(condition, x, -x)
    rows = np.array([[1.0, 2.0], [3.0, 4.0]])
    feeds = {condition: [True, False], x: rows}
    assert session.run(y, feeds).tolist() == [[1, 2], [-3, -4]]
    assert session.run(y, {condition: True, x: rows}).tolist() == rows.tolist()
    vector = {condition: [True, False], x: [1.0, 2.0]}
    assert session.run(y, vector).tolist() == [1, -2]


def test_a_condition_for_another_number_of_rows_is_refused(session):
    with pytest.raises(ShapeError, match="picks rows and needs 3 entries, got 2"):
        df.where([True, False], np.zeros((3, 2)), np.zeros((3, 2)))
    condition = df.placeholder("bool", [None])
    y = df.where(condition, np.zeros((3, 2)), np.ones((3, 2)))
    with pytest.raises(InvalidArgumentError, match="picks rows and needs 3 entries"):
        session.run(y, {condition: [True, False]})


def test_picked_rows_have_their_gradients():
    condition = np.array([True, False])
    rows = np.ones((2, 3))
    check_gradient(lambda x, y: df.where(condition, x * x, y * y), rows, 2 * rows)
    check_gradient(lambda x, y: df.where(condition, x * x, y * y), rows, 2.0)


def test_other_conditions_broadcast(session):
    condition = df.placeholder("bool", [None, 1])
    y = df.where(condition, [1.0, 2.0], 0.0)
    assert y.shape == (None, 2)
    fed = {condition: [[True], [False]]}
    assert session.run(y, fed).tolist() == [[1, 2], [0, 0]]


def test_a_condition_alone_gives_the_indices_of_what_is_true(session):
    condition = df.placeholder("int32", [2, None])
    indices = df.where(condition)
    assert indices.shape == (None, 2)
    value = session.run(indices, {condition: [[1, 0], [0, 2]]})
    assert_array_equal(value, np.array([[0, 0], [1, 1]]), strict=True)
    assert df.where(df.placeholder()).shape == (None, None)


def test_where_takes_both_or_neither():
    with pytest.raises(GraphError, match="both x and y, or neither"):
        df.where([True], [1.0])


def test_a_condition_is_bool():
    with pytest.raises(DTypeError, match="needs a bool condition, got int32"):
        df.where([1, 0], [1.0, 2.0], 0.0)
