"""The gradient check, which must find what is wrong."""

import numpy as np
import pytest

import daskflow as df
from daskflow import Operation
from daskflow.testing import check_gradient


class scaled(Operation):
    """Twice its input, with a gradient of the tester's choice."""

    def __init__(self, x, slope):
        super().__init__([x])
        self.slope = slope

    def compute(self, x):
        return 2.0 * x

    def gradient(self, grad):
        return self.slope(grad)


def test_a_right_gradient_passes():
    check_gradient(lambda x: scaled(x, lambda g: 2.0 * g), [[1.0, 2.0]])


@pytest.mark.parametrize("factor", [-2.0, 1.0, 2.0 + 1e-5, np.nan, np.inf])
def test_a_wrong_gradient_is_found(factor):
    with pytest.raises(AssertionError, match=r"input 0 at \[.\]: the gradient is"):
        check_gradient(lambda x: scaled(x, lambda g: factor * g), [1.0, 2.0])


def test_the_worst_element_is_named():
    factors = np.array([[2.0, 2.1], [2.0, 3.0]])
    message = r"input 1 at \[1, 1\]: the gradient is 6, the difference quotient 4"
    with pytest.raises(AssertionError, match=message):
        check_gradient(
            lambda a, b: a + scaled(b, lambda g: factors * g), 1.0, np.ones((2, 2))
        )


def test_errors_that_cancel_in_the_sum_are_found():
    with pytest.raises(AssertionError, match="input 0"):
        check_gradient(lambda x: scaled(x, lambda g: g[::-1] * 2.0), [1.0, 2.0])


def test_a_gradient_of_another_shape_is_found():
    with pytest.raises(df.errors.InvalidArgumentError, match="shape mismatch"):
        check_gradient(
            lambda x: scaled(x, lambda g: df.zeros([3], "float64")), [1.0, 2.0]
        )


def test_no_gradient_counts_as_zeros():
    check_gradient(lambda x: df.sign(x) + df.stop_gradient(df.sign(x)), [1.0, -2.0])
    with pytest.raises(AssertionError, match="the gradient is 0"):
        check_gradient(lambda x: df.stop_gradient(x), 1.0)


def test_what_is_no_float_is_fed_as_it_is():
    check_gradient(lambda i, x: x[i], np.int64(1), [1.0, 2.0])
