"""Matrix products of any ranks."""

import numpy as np
import pytest

import daskflow as df
from daskflow.errors import InvalidArgumentError, ShapeError
from daskflow.testing import check_gradient


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ([None, 3], [3, 4], (None, 4)),
        ([2, None], [3, None], (2, None)),
        ([3], [3], ()),
        ([None, 3], [3], (None,)),
        ([None, 2, 3], [3, 4], (None, 2, 4)),
        ([None, 1, 2, 3], [5, 3, 4], (None, 5, 2, 4)),
        (None, [3, 4], None),
    ],
)
def test_a_product_knows_its_shape(a, b, expected):
    product = df.placeholder("float32", a) @ df.placeholder("float32", b)
    assert product.shape == expected


@pytest.mark.parametrize(
    ("a", "b", "message"),
    [
        ((2, 3), (2, 3), r"needs \[n, k\] @ \[k, m\], got \[2, 3\] @ \[2, 3\]"),
        ((2, 3), (2,), r"got \[2, 3\] @ \[2\]"),
        ((), (2,), "got a single number"),
        ((4, 2, 3), (5, 3, 2), "cannot broadcast"),
    ],
)
def test_factors_that_do_not_fit_are_refused(a, b, message):
    with pytest.raises(ShapeError, match=message):
        df.matmul(np.zeros(a), np.zeros(b))


def test_factors_that_the_run_shows_not_to_fit_are_an_error_of_the_run(session):
    x = df.placeholder("float64")
    with pytest.raises(InvalidArgumentError, match="matmul"):
        session.run(df.matmul(x, np.zeros((3, 2))), {x: np.zeros((2, 2))})


@pytest.mark.parametrize("batch", [(), (4,)])
def test_transposed_factors_have_their_last_two_axes_swapped(batch, session):
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(*batch, 3, 2)), rng.normal(size=(*batch, 4, 3))
    y = df.matmul(a, b, transpose_a=True, transpose_b=True)
    assert y.shape == (*batch, 2, 4)
    expected = np.swapaxes(a, -1, -2) @ np.swapaxes(b, -1, -2)
    np.testing.assert_array_equal(session.run(y), expected)
    check_gradient(lambda a, b: df.matmul(a, b, True, True), a, b)


def test_a_vector_has_no_transpose():
    with pytest.raises(ShapeError, match="needs matrices"):
        df.matmul(np.zeros(3), np.zeros((3, 2)), transpose_a=True)


def test_gradients_of_a_product_have_the_shapes_of_the_run(session):
    a, b = df.placeholder("float64"), df.placeholder("float64")
    slopes = df.gradients(a @ b, [a, b])
    feeds = {a: np.ones((4, 1, 2, 3)), b: np.ones((5, 3, 2))}
    first, second = session.run(slopes, feeds)
    assert first.shape == (4, 1, 2, 3)
    assert second.shape == (5, 3, 2)
    assert session.run(slopes[1], {a: np.ones((2, 3)), b: np.ones(3)}).shape == (3,)


@pytest.mark.parametrize(
    ("a", "b"), [((2, 3), (3, 2)), ((3,), (4, 3, 2)), ((4, 2, 3), (3,))]
)
def test_a_product_has_a_third_derivative(a, b):
    rng = np.random.default_rng(0)

    def second(a, b):
        [slope] = df.gradients(df.exp(a @ b), [a])
        [curvature] = df.gradients(slope * slope, [b])
        return curvature

    check_gradient(second, rng.normal(size=a) / 3, rng.normal(size=b) / 3)
