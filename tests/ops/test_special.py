"""Special functions: as exact as float64 allows, and the gradients that are partial."""

import math
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

import daskflow as df
from daskflow.opdef import OPS
from daskflow.testing import check_gradient


def computed(name, *values):
    """What the kernel makes of these in float64, with warnings off as in a run."""
    with np.errstate(all="ignore"):
        return OPS[name].kernel(*[np.asarray(v, np.float64) for v in values])


@given(st.floats(-30, 30))
def test_erf_and_erfc_are_those_of_the_standard_library(x):
    assert_allclose(computed("erf", x), math.erf(x), rtol=1e-15)
    assert_allclose(computed("erfc", x), math.erfc(x), rtol=1e-14, atol=1e-300)


@given(st.floats(1e-300, 1, exclude_max=True))
def test_ndtri_is_the_quantile_of_the_normal_distribution(p):
    assert_allclose(
        computed("ndtri", p), NormalDist().inv_cdf(p), rtol=1e-14, atol=1e-15
    )


@given(st.floats(-1, 1, exclude_min=True, exclude_max=True))
def test_erfinv_is_the_inverse_of_erf(x):
    assert_allclose(math.erf(computed("erfinv", x)), x, rtol=1e-14)


@given(st.floats(-100, 1e300).filter(lambda x: x > 0 or x != math.floor(x)))
def test_lgamma_is_that_of_the_standard_library(x):
    assert_allclose(computed("lgamma", x), math.lgamma(x), rtol=1e-12, atol=1e-13)


def test_a_pole_is_infinite_or_no_number_and_the_ends_are_exact():
    inf, nan = np.inf, np.nan
    cases = [
        ("lgamma", [0.0, -1.0, inf], [inf, inf, inf]),
        ("digamma", [0.0, -1.0], [nan, nan]),
        ("erfinv", [-1.0, 0.0, 1.0, 2.0], [-inf, 0.0, inf, nan]),
        ("ndtri", [0.0, 0.5, 1.0], [-inf, 0.0, inf]),
        ("bessel_i0", [0.0], [1.0]),
        ("bessel_i1", [0.0], [0.0]),
    ]
    for name, x, y in cases:
        np.testing.assert_array_equal(computed(name, x), y, err_msg=name)


# Sums and identities that hold exactly: Abramowitz and Stegun, chapters 6, 9, 23, 26.


def test_digamma_and_polygamma_step_by_their_recurrence():
    x = np.array([0.1, 0.9, 2.5, 7.0, 30.0])
    assert_allclose(computed("digamma", x + 1), computed("digamma", x) + 1 / x)
    for n in (1.0, 2.0, 3.0):
        step = (-1) ** n * math.factorial(int(n)) * x ** -(n + 1)
        assert_allclose(
            computed("polygamma", n, x + 1), computed("polygamma", n, x) + step
        )
    assert_allclose(computed("polygamma", 0.0, x), computed("digamma", x), rtol=0)
    assert np.isnan(computed("polygamma", 1.5, 2.0))


def test_zeta_has_the_values_that_are_known():
    assert_allclose(computed("zeta", 2.0, 1.0), np.pi**2 / 6, rtol=1e-15)
    assert_allclose(computed("zeta", 4.0, 1.0), np.pi**4 / 90, rtol=1e-15)
    assert_allclose(computed("zeta", 2.0, 0.5), np.pi**2 / 2, rtol=1e-15)
    x, q = np.array([1.1, 3.0, 20.0, 90.0]), np.array([0.3, 5.0, 11.0, 2.0])
    assert_allclose(
        computed("zeta", x, q), computed("zeta", x, q + 1) + q**-x, rtol=1e-14
    )


@given(st.floats(0.01, 200), st.floats(0, 400))
def test_the_parts_of_the_incomplete_gamma_function_are_1_together(a, x):
    lower, upper = computed("igamma", a, x), computed("igammac", a, x)
    assert 0 <= lower <= 1
    assert_allclose(lower + upper, 1, rtol=1e-14)


def test_the_incomplete_gamma_function_of_whole_numbers_is_a_sum():
    x = np.array([0.5, 3.0, 20.0, 700.0])
    for n in (1, 3, 10):
        tail = sum(x**k / math.factorial(k) for k in range(n)) * np.exp(-x)
        assert_allclose(computed("igammac", float(n), x), tail, rtol=1e-12)
    assert_allclose(computed("igamma", 0.5, x), [math.erf(v**0.5) for v in x])


def test_the_incomplete_beta_function_of_whole_numbers_is_a_sum():
    x, n = np.array([0.0, 0.1, 0.5, 0.95, 1.0]), 9
    for a in (1, 4, 9):
        chances = [math.comb(n, k) * x**k * (1 - x) ** (n - k) for k in range(a, n + 1)]
        found = computed("betainc", float(a), float(n - a + 1), x)
        assert_allclose(found, sum(chances), rtol=1e-12)


def test_bessel_functions_are_the_series_and_what_they_lead_to():
    x = np.array([-24.0, -3.0, 0.5, 10.0, 24.9])
    for name, order in (("bessel_i0", 0), ("bessel_i1", 1)):
        sum_ = sum(
            (x / 2) ** (2 * k + order)
            / float(math.factorial(k) * math.factorial(k + order))
            for k in range(80)
        )
        assert_allclose(computed(name, x), sum_, rtol=1e-13)
    # K stays out of reach, but the two series must meet where one takes over.
    for name in ("bessel_i0e", "bessel_i1e"):
        left, right = computed(name, np.array([25.0, 25.0 + 1e-9]))
        assert_allclose(left, right, rtol=1e-10)


@pytest.mark.parametrize("dtype", ["float16", "float32"])
def test_shorter_floats_are_rounded_once(dtype, session):
    x = np.array([0.3, 1.7, 4.0], dtype)
    y = session.run(df.lgamma(df.constant(x)))
    wanted = np.array([math.lgamma(v) for v in x], dtype)
    np.testing.assert_array_equal(y, wanted, strict=True)


def test_gradients_by_the_arguments_that_have_one():
    orders = np.array([1.0, 2.0])
    check_gradient(lambda x: df.polygamma(df.constant(orders), x), [0.7, 3.0])
    check_gradient(lambda q: df.zeta(df.constant(orders + 1), q), [0.7, 3.0])
    check_gradient(
        lambda x: df.betainc(df.constant(orders), df.constant(0.5, "float64"), x),
        [0.2, 0.7],
    )
    a, x = [0.4, 2.0, 9.0], [1.1, 0.3, 9.5]
    check_gradient(df.igamma, a, x)
    check_gradient(df.igammac, a, x)
