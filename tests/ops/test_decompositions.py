"""Decompositions: what they are by definition, and the gradients of symmetric input."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

import daskflow as df
from daskflow.errors import GradientError, GraphError, InvalidArgumentError, ShapeError
from daskflow.testing import check_gradient

RNG = np.random.default_rng(5)
TALL = RNG.uniform(-1, 1, (2, 4, 3))
SQUARE = RNG.uniform(-1, 1, (2, 3, 3)) + 3 * np.eye(3)


def positive(x):
    """A positive definite matrix that depends on `x`."""
    return df.matmul(x, x, adjoint_b=True) + df.eye(3, dtype=x.dtype)


def run(fetches):
    with df.Session("sync") as session:
        return session.run(fetches)


@pytest.mark.parametrize("dtype", ["float32", "float64", "complex64", "complex128"])
@pytest.mark.parametrize("shape", [(2, 4, 3), (2, 3, 4), (3, 3), (0, 3, 3)])
def test_a_matrix_is_the_product_of_its_parts(shape, dtype):
    x = RNG.uniform(-1, 1, shape).astype(dtype)
    if x.dtype.kind == "c":
        x = x + 1j * RNG.uniform(-1, 1, shape).astype(x.real.dtype)
    q, r = df.qr(x)
    s, u, v = df.svd(x)
    found = run(
        [
            df.matmul(q, r),
            df.matmul(u * df.cast(s, dtype)[..., None, :], v, adjoint_b=True),
        ]
    )
    tolerance = 1e-5 if x.real.dtype == np.float32 else 1e-13
    for y in found:
        assert_allclose(y, x, atol=tolerance, strict=True)


@pytest.mark.parametrize("dtype", ["float64", "complex128"])
def test_a_positive_definite_matrix_has_a_root_and_eigenvectors(dtype):
    factor = SQUARE.astype(dtype)
    x = positive(df.constant(factor * (1 + 0.5j) if dtype[0] == "c" else factor))
    values, vectors = df.self_adjoint_eig(x)
    root = df.cholesky(x)
    x, by_eigen, by_root, below = run(
        [
            x,
            df.matmul(
                vectors * df.cast(values, dtype)[:, None, :], vectors, adjoint_b=True
            ),
            df.matmul(root, root, adjoint_b=True),
            df.matrix_band_part(root, -1, 0) - root,
        ]
    )
    assert_allclose(by_eigen, x, rtol=1e-12, atol=1e-12)
    assert_allclose(by_root, x, rtol=1e-12, atol=1e-12)
    assert not below.any()


def test_gradients_through_symmetric_matrices():
    for function in (
        lambda x: df.cholesky(positive(x)),
        lambda x: df.linalg.logdet(positive(x)),
        lambda x: df.cholesky_solve(df.cholesky(positive(x)), x),
        lambda x: df.self_adjoint_eigvals(positive(x)),
        lambda x: df.abs(df.self_adjoint_eig(positive(x))[1]),
    ):
        check_gradient(function, SQUARE)


def test_gradients_of_least_squares_and_pseudoinverses():
    check_gradient(df.matrix_solve_ls, TALL, np.ones((2, 4, 1)))
    check_gradient(df.linalg.pinv, TALL)
    check_gradient(lambda x: df.svd(x, compute_uv=False), TALL)


@given(st.floats(-30, 30), st.floats(-3, 3))
def test_the_exponential_of_a_triangle_is_known(a, b):
    y = run(df.linalg.expm(np.array([[a, b], [0.0, a]])))
    assert_allclose(y, np.exp(a) * np.array([[1, b], [0, 1]]), rtol=1e-11, atol=1e-300)


def test_the_exponential_of_something_infinite_is_no_number():
    assert np.isnan(run(df.linalg.expm([[np.inf, 0.0], [0.0, 1.0]]))).all()


@pytest.mark.parametrize(
    ("build", "matrix", "fault"),
    [
        (df.matrix_inverse, [[1.0, 1.0], [1.0, 1.0]], "not invertible"),
        (lambda x: df.matrix_solve(x, x), [[0.0, 1.0], [0.0, 1.0]], "not invertible"),
        (df.cholesky, [[1.0, 2.0], [2.0, 1.0]], "not positive definite"),
    ],
)
def test_a_matrix_that_will_not_do_fails_the_run(build, matrix, fault, session):
    x = df.placeholder("float32", [2, 2])
    with pytest.raises(InvalidArgumentError, match=fault):
        session.run(build(x), {x: matrix})


def test_what_cannot_be_is_said_while_building():
    with pytest.raises(ShapeError, match="needs square matrices"):
        df.matrix_inverse(np.zeros((2, 3)))
    with pytest.raises(ShapeError, match="needs matrices"):
        df.cholesky(np.zeros(3))
    with pytest.raises(ShapeError, match="as many rows"):
        df.matrix_solve(np.eye(2), np.ones((3, 1)))
    with pytest.raises(GraphError, match="a matrix of known size"):
        df.matrix_solve_ls(df.placeholder("float32"), [[1.0]])
    x = df.placeholder("float64", [2, 3])
    for y in (df.qr(x)[0], df.svd(x, full_matrices=True)[1]):
        with pytest.raises(GradientError, match="the gradient of"):
            df.gradients(y, x)
