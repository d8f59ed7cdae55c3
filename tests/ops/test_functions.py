"""Functions of a number: at corners, and of numbers that no float is."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

import daskflow as df
from daskflow.errors import DTypeError
from daskflow.testing import check_gradient


@given(st.floats(width=32), st.sampled_from(["int8", "uint8", "int32", "uint16"]))
def test_what_is_cast_to_ints_stays_within_them(x, dtype):
    limits = np.iinfo(dtype)
    with df.Session("sync") as session:
        y = session.run(df.saturate_cast(np.float32(x), dtype))
    if np.isnan(x):
        return
    nearest = min(max(x, limits.min), limits.max)
    exact = int(np.trunc(nearest))
    assert y == exact or (abs(exact) > 2**24 and abs(int(y) - exact) <= 128)


def test_rounding_goes_to_the_even_number_and_leaves_ints(session):
    assert session.run(df.round([0.5, 1.5, -2.5])).tolist() == [0, 2, -2]
    ints = df.constant([1, 2])
    assert df.round(ints) is ints


def test_0_times_anything_is_0(session):
    x, y = df.constant([0.0, 2.0]), df.constant([0.0, 0.0])
    products = session.run(
        [df.math.xlogy(x, y), df.math.xdivy(x, y), df.math.xlog1py(x, y - 1)]
    )
    assert_array_equal(products, [[0, -np.inf], [0, np.inf], [0, -np.inf]])


def test_numpys_functions_of_a_tensor_are_ops(session):
    x = df.constant([0.5, 0.25])
    pairs = [(np.arcsin, df.asin), (np.isnan, df.is_nan), (np.log1p, df.log1p)]
    for in_numpy, ours in pairs:
        a, b = session.run([in_numpy(x), ours(x)])
        assert_array_equal(a, b)
    assert_array_equal(session.run(np.arctan2(x, 1.0)), session.run(df.atan2(x, 1.0)))


def test_a_polynomial_has_its_highest_power_first(session):
    assert session.run(df.math.polyval([2, 0, 1], df.constant(3))) == 19
    assert session.run(df.math.polyval([], df.constant(3))) == 0
    check_gradient(lambda a, x: df.math.polyval([a, 1.0], x), 2.0, 3.0)


def test_order_is_that_of_the_rows(session):
    x = df.placeholder("float32")
    rises = [df.is_non_decreasing(x), df.is_strictly_increasing(x)]
    for value, wanted in [
        ([[1, 2], [2, 3]], [True, False]),
        ([1, 2, 3], [True, True]),
        ([2, 1], [False, False]),
        ([], [True, True]),
    ]:
        assert session.run(rises, {x: np.array(value)}) == wanted


@pytest.mark.parametrize("function", [df.sin, df.atan, df.expm1, df.is_nan, df.floor])
def test_ints_are_no_floats(function):
    with pytest.raises(DTypeError, match="takes float"):
        function(df.constant([1]))
