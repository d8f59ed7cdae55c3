"""Inverses, systems of equations and decompositions of matrices, by LAPACK."""

from collections.abc import Callable
from typing import Any

import numpy as np

from daskflow.blas import ONE_THREAD
from daskflow.defaults import scope
from daskflow.errors import GradientError, GraphError, ShapeError
from daskflow.graph import Tensor
from daskflow.ops.array import expand_dims, shape, zeros_like
from daskflow.ops.define import FLOATS, args, op, several
from daskflow.ops.functions import reciprocal
from daskflow.ops.joining import concat
from daskflow.ops.linalg import matmul
from daskflow.ops.math import (
    cast,
    greater,
    log,
    mirrored,
    real,
    real_dtype,
    select,
    square,
)
from daskflow.ops.matrices import (
    adjoint,
    eye,
    matrix_band_part,
    matrix_diag_part,
    matrix_set_diag,
    matrix_shape,
)
from daskflow.ops.reduce import reduce_max, reduce_sum
from daskflow.spec import Spec, broadcast, shape_text
from daskflow.values import as_tensor

__all__ = [
    "cholesky",
    "cholesky_solve",
    "matrix_determinant",
    "matrix_inverse",
    "matrix_solve",
    "matrix_solve_ls",
    "matrix_triangular_solve",
    "qr",
    "self_adjoint_eig",
    "self_adjoint_eigvals",
    "svd",
]

NOT_INVERTIBLE = "the matrix is not invertible"


def by_lapack(function: Callable[..., Any], *matrices: Any, fault: str = "") -> Any:
    """`function` of matrices by one thread of LAPACK, which has no float16.

    `fault` is what it means if it does not succeed.
    """
    dtype = np.result_type(*matrices)
    if dtype == np.float16:
        matrices = tuple(np.asarray(m, np.float32) for m in matrices)
    try:
        with ONE_THREAD:
            result = function(*matrices)
    except np.linalg.LinAlgError as error:
        raise ValueError(fault or str(error)) from None
    if dtype != np.float16:
        return result
    if isinstance(result, tuple):
        return tuple(part.astype(dtype) for part in result)
    return result.astype(dtype)


def square_shape(x):
    *_, n, m = matrix_shape(x)
    if None not in (n, m) and n != m:
        raise ShapeError(f"needs square matrices, got {x}")
    return x.shape


def cubic_work(x, *more, **attrs):
    *batch, n, m = x.shape
    return np.prod(batch, initial=1.0) * n * m * max(n, m)


def regular(*shape):
    """Matrices that are far from singular."""
    waves = np.sin(np.arange(np.prod(shape)) ** 1.5).reshape(shape)
    return waves + 2 * shape[-1] * np.eye(*shape[-2:])


def positive(*shape):
    """Matrices that are symmetric and positive definite."""
    matrices = regular(*shape)
    return matrices + np.swapaxes(matrices, -1, -2)


# Inverses and determinants


def matrix_inverse(
    input: Any, adjoint: bool = False, name: str | None = None
) -> Tensor:
    """The inverse of square matrices; that of their adjoint if it is asked for.

    A run fails with `InvalidArgumentError` where there is none.

    >>> df.matrix_inverse([[1.0, 1.0], [1.0, 2.0]]).eval()
    array([[ 2., -1.],
           [-1.,  1.]], dtype=float32)
    """
    return inverse(input, of_adjoint=bool(adjoint), name=name)


def inverse_grad(g, y, x, of_adjoint):
    slope = -matmul(y, matmul(g, y, adjoint_b=True), adjoint_a=True)
    return adjoint(slope) if of_adjoint else slope


@op(
    name="matrix_inverse",
    label="MatrixInverse",
    shape=lambda x, of_adjoint: square_shape(x),
    kinds=FLOATS,
    grad=inverse_grad,
    work=cubic_work,
    examples=[
        args(regular(3, 3), of_adjoint=False),
        args(regular(2, 3, 3), of_adjoint=True),
        args((2, 0, 0), of_adjoint=False),
    ],
)
def inverse(x, /, of_adjoint):
    """The inverse of square matrices, or that of their adjoint."""
    y = by_lapack(np.linalg.inv, x, fault=NOT_INVERTIBLE)
    return np.conjugate(np.swapaxes(y, -1, -2)) if of_adjoint else y


def times_inverse(g, x):
    """What a determinant's logarithm makes of `g`: one number for each matrix."""
    return expand_dims(expand_dims(g, -1), -1) * matrix_inverse(x, adjoint=True)


@op(
    name="matrix_determinant",
    label="MatrixDeterminant",
    shape=lambda x: square_shape(x)[:-2],
    kinds=FLOATS,
    grad=lambda g, y, x: times_inverse(g * mirrored(y), x),
    work=cubic_work,
    examples=[args(regular(3, 3)), args(regular(2, 3, 3)), args((2, 0, 0))],
)
def determinant(x):
    """The determinant of square matrices, `[..., n, n] -> [...]`."""
    return by_lapack(np.linalg.det, x)


def matrix_determinant(input: Any, name: str | None = None) -> Tensor:
    """The determinant of square matrices, `[..., n, n] -> [...]`.

    >>> df.matrix_determinant([[2.0, 7.0], [1.0, 5.0]]).eval().round(3)
    np.float32(3.0)
    """
    return determinant(input, name=name)


def slogdet_specs(x):
    shape = None if x.shape is None else square_shape(x)[:-2]
    return Spec(x.dtype, shape), Spec(x.dtype, shape)


@several(
    name="slogdet",
    label="LogMatrixDeterminant",
    specs=slogdet_specs,
    kinds=FLOATS,
    grad=lambda g, y, x: None if g[1] is None else times_inverse(g[1], x),
    work=cubic_work,
    examples=[args(regular(3, 3)), args(regular(2, 3, 3))],
)
def sign_and_logarithm(x):
    """The sign of the determinant, and the logarithm of its absolute value."""
    sign, logarithm = by_lapack(lambda m: tuple(np.linalg.slogdet(m)), x)
    return sign, np.asarray(logarithm, np.result_type(x))[()]


def slogdet(input: Any, name: str | None = None) -> list[Tensor]:
    """The sign of the determinant of matrices, and the logarithm of its size.

    `[..., n, n] -> [...], [...]`.

    >>> sign, size = session.run(df.linalg.slogdet([[0.0, 1.0], [np.e, 0.0]]))
    >>> sign, size.round(3)
    (np.float32(-1.0), np.float32(1.0))
    """
    result: list[Tensor] = sign_and_logarithm(input, name=name)
    return result


def logdet(matrix: Any, name: str | None = None) -> Tensor:
    """The logarithm of the determinant of positive definite matrices.

    `[..., n, n] -> [...]`. For others see `slogdet`.

    >>> df.linalg.logdet([[1.0, 0.0], [0.0, np.e]]).eval().round(3)
    np.float32(1.0)
    """
    with scope(name, "logdet", matrix):
        diagonal = real(matrix_diag_part(cholesky(matrix)))
        return 2 * reduce_sum(log(diagonal), -1)


# Systems of equations


def solved_shape(matrix, rhs, **attrs):
    *batch_a, n, _ = square_shape(matrix)
    *batch_b, rows, columns = matrix_shape(rhs)
    if None not in (n, rows) and n != rows:
        raise ShapeError(
            f"needs as many rows, got {shape_text(matrix.shape)} and "
            f"{shape_text(rhs.shape)}"
        )
    batch = broadcast(tuple(batch_a), tuple(batch_b)) or ()
    return (*batch, n if rows is None else rows, columns)


_SYSTEMS: dict[str, Any] = {
    "shape": solved_shape,
    "kinds": FLOATS,
    "work": cubic_work,
}


def solution_grad(g, y, matrix, by_rhs, is_adjoint):
    by_matrix = -(
        matmul(y, by_rhs, adjoint_b=True)
        if is_adjoint
        else matmul(by_rhs, y, adjoint_b=True)
    )
    return by_matrix, by_rhs


def matrix_solve(
    matrix: Any, rhs: Any, adjoint: bool = False, name: str | None = None
) -> Tensor:
    """`x` of the equations `matrix @ x = rhs`, `[..., n, n]` and `[..., n, k]`.

    Those of the adjoint of the matrix if it is asked for. A run fails with
    `InvalidArgumentError` where it is not invertible.

    >>> df.matrix_solve([[2.0, 0.0], [1.0, 4.0]], [[2.0], [9.0]]).eval()
    array([[1.],
           [2.]], dtype=float32)
    """
    return solution(matrix, rhs, of_adjoint=bool(adjoint), name=name)


@op(
    name="matrix_solve",
    label="MatrixSolve",
    grad=lambda g, y, matrix, rhs, of_adjoint: solution_grad(
        g, y, matrix, matrix_solve(matrix, g, adjoint=not of_adjoint), of_adjoint
    ),
    examples=[
        args(regular(3, 3), (3, 2), of_adjoint=False),
        args(regular(2, 3, 3), (2, 3, 1), of_adjoint=True),
        args((0, 0), (0, 2), of_adjoint=False),
    ],
    **_SYSTEMS,
)
def solution(matrix, rhs, /, of_adjoint):
    """`x` of the equations `matrix @ x = rhs`."""
    if of_adjoint:
        matrix = np.conjugate(np.swapaxes(matrix, -1, -2))
    return by_lapack(np.linalg.solve, matrix, rhs, fault=NOT_INVERTIBLE)


def matrix_triangular_solve(
    matrix: Any,
    rhs: Any,
    lower: bool = True,
    adjoint: bool = False,
    name: str | None = None,
) -> Tensor:
    """`x` of the equations `matrix @ x = rhs`, where the matrix is triangular.

    What is not in its `lower` triangle, or else in the upper one, is not looked at.

    >>> a = [[2.0, np.nan], [1.0, 4.0]]
    >>> df.matrix_triangular_solve(a, [[2.0], [9.0]]).eval()
    array([[1.],
           [2.]], dtype=float32)
    """
    settings = {"lower": bool(lower), "of_adjoint": bool(adjoint)}
    name = name or "triangular_solve"
    return triangular_solution(matrix, rhs, **settings, name=name)


def triangular_grad(g, y, matrix, rhs, lower, of_adjoint):
    by_rhs = matrix_triangular_solve(matrix, g, lower, adjoint=not of_adjoint)
    by_matrix, _ = solution_grad(g, y, matrix, by_rhs, of_adjoint)
    return matrix_band_part(by_matrix, *((-1, 0) if lower else (0, -1))), by_rhs


@op(
    name="matrix_triangular_solve",
    grad=triangular_grad,
    examples=[
        args(regular(3, 3), (3, 2), lower=True, of_adjoint=False),
        args(regular(2, 3, 3), (2, 3, 1), lower=False, of_adjoint=False),
        args(regular(2, 2), (2, 1), lower=True, of_adjoint=True),
    ],
    **_SYSTEMS,
)
def triangular_solution(matrix, rhs, /, lower, of_adjoint):
    """`x` of the equations `matrix @ x = rhs` of a triangular matrix."""
    triangle = np.tril(matrix) if lower else np.triu(matrix)
    if of_adjoint:
        triangle = np.conjugate(np.swapaxes(triangle, -1, -2))
    return by_lapack(np.linalg.solve, triangle, rhs, fault=NOT_INVERTIBLE)


def cholesky_solve(chol: Any, rhs: Any, name: str | None = None) -> Tensor:
    """`x` of the equations `a @ x = rhs`, where `chol` is `cholesky(a)`.

    `[..., n, n]` and `[..., n, k]` give `[..., n, k]`.

    >>> a = [[4.0, 2.0], [2.0, 5.0]]
    >>> df.cholesky_solve(df.cholesky(a), [[8.0], [12.0]]).eval()
    array([[1.],
           [2.]], dtype=float32)
    """
    with scope(name, "cholesky_solve", chol, rhs):
        y = matrix_triangular_solve(chol, rhs)
        return matrix_triangular_solve(chol, y, adjoint=True)


def matrix_solve_ls(
    matrix: Any,
    rhs: Any,
    l2_regularizer: Any = 0.0,
    fast: bool = True,
    name: str | None = None,
) -> Tensor:
    """The `x` for which `matrix @ x` is nearest to `rhs`; of several the shortest.

    `l2_regularizer` times the sum of the squares of `x` counts to the distance. It is
    solved with the Cholesky decomposition of the normal equations if `fast`, or else
    with the pseudoinverse, which takes matrices of any rank but no regularizer.

    >>> points = [[1.0, 0.0], [1.0, 1.0], [1.0, 2.0]]  # a line through 1, 3 and 5
    >>> df.matrix_solve_ls(points, [[1.0], [3.0], [5.0]]).eval().round(3)
    array([[1.],
           [2.]], dtype=float32)
    """
    matrix = as_tensor(matrix)
    rhs = as_tensor(rhs, matrix.dtype)
    default = "matrix_solve_ls" if fast else "MatrixSolveLs"
    with scope(name, default, matrix, rhs) as full_name:
        if not fast:
            return matmul(pinv(matrix), rhs, name=full_name)
        if matrix.shape.rank is None or None in matrix.shape[-2:].as_list():
            raise GraphError("needs a matrix of known size; set_shape() tells it")
        rows, columns = matrix.shape[-2:].as_list()
        is_tall = rows >= columns
        gram = matmul(matrix, matrix, adjoint_a=is_tall, adjoint_b=not is_tall)
        unit = eye(min(rows, columns), dtype=matrix.dtype)
        chol = cholesky(gram + unit * cast(l2_regularizer, matrix.dtype))
        if is_tall:
            return cholesky_solve(chol, matmul(matrix, rhs, adjoint_a=True))
        return matmul(matrix, cholesky_solve(chol, rhs), adjoint_a=True)


def pinv(
    a: Any, rcond: Any = None, validate_args: bool = False, name: str | None = None
) -> Tensor:
    """The pseudoinverse of matrices, by Moore and Penrose.

    `[..., n, m] -> [..., m, n]`. Singular values that are not above `rcond` times the
    largest count as 0, by default `10 * max(n, m)` times what is between 1 and the next
    number.

    >>> df.linalg.pinv([[1.0], [1.0]]).eval().round(3)
    array([[0.5, 0.5]], dtype=float32)
    """
    a = as_tensor(a)
    with scope(name, "pinv", a):
        if rcond is None:
            rows, columns = a.shape[-2:].as_list()
            rcond = 10 * max(rows, columns) * np.finfo(a.dtype.as_numpy_dtype).eps
        s, u, v = svd(a)
        limit = reduce_max(s, -1, keepdims=True) * cast(rcond, s.dtype)
        inverses = select(greater(s, limit), reciprocal(s), 0)
        scaled = v * expand_dims(cast(inverses, v.dtype), -2)
        return matmul(scaled, u, adjoint_b=True)


def matrix_rank(
    a: Any, tol: Any = None, validate_args: bool = False, name: str | None = None
) -> Tensor:
    """How many singular values of a matrix are above `tol`, which is a little above 0.

    Unless given it is `max(n, m)` times the largest of them, times what is between 1
    and the next number.

    >>> df.linalg.matrix_rank([[1.0, 2.0], [2.0, 4.0]]).eval()
    np.int32(1)
    """
    a = as_tensor(a)
    with scope(name, "matrix_rank", a):
        s = svd(a, compute_uv=False)
        if tol is None:
            largest = reduce_max(s, -1, keepdims=True)
            epsilon = np.finfo(a.dtype.as_numpy_dtype).eps
            tol = largest * float(epsilon * max(a.shape[-2:].as_list()))
        return reduce_sum(cast(greater(s, tol), np.int32), -1)


# Decompositions


def cholesky_grad(g, y, x):
    # Murray 2016, "Differentiation of the Cholesky decomposition", section 3.1.
    inverse = matrix_triangular_solve(y, unit_like(y))
    middle = matmul(y, g, adjoint_a=True)
    middle = matrix_set_diag(middle, 0.5 * matrix_diag_part(middle))
    middle = matrix_band_part(middle, -1, 0)
    slope = matmul(matmul(inverse, middle, adjoint_a=True), inverse)
    return 0.5 * (slope + adjoint(slope))


def unit_like(x):
    ones = zeros_like(matrix_diag_part(x)) + 1
    return matrix_set_diag(zeros_like(x), ones)


@op(
    name="cholesky",
    label="Cholesky",
    shape=square_shape,
    kinds=FLOATS,
    grad=cholesky_grad,
    work=cubic_work,
    examples=[
        # It sees one triangle alone, and the gradient treats both alike: of float32,
        # or else a difference quotient by one element would be expected to agree.
        args(positive(3, 3).astype(np.float32)),
        args(positive(2, 2, 2).astype(np.float32)),
        args(np.zeros((0, 0), np.float32)),
    ],
)
def cholesky_factor(x):
    """The lower triangular `y` of `y @ adjoint(y) = x`."""
    return by_lapack(np.linalg.cholesky, x, fault="the matrix is not positive definite")


def cholesky(input: Any, name: str | None = None) -> Tensor:
    """The lower triangular `y` of `y @ adjoint(y) = input`, of positive definite ones.

    Only the lower triangle of the matrices is looked at; the gradient is symmetric. A
    run fails with `InvalidArgumentError` where one is not positive definite.

    >>> df.cholesky([[4.0, 2.0], [2.0, 5.0]]).eval()
    array([[2., 0.],
           [1., 2.]], dtype=float32)
    """
    return cholesky_factor(input, name=name)


def qr_specs(x, full):
    if x.shape is None:
        return Spec(x.dtype), Spec(x.dtype)
    *batch, n, m = matrix_shape(x)
    k = n if full else None if None in (n, m) else min(n, m)
    return Spec(x.dtype, (*batch, n, k)), Spec(x.dtype, (*batch, k, m))


def qr_grad(g, y, x, full):
    # Seeger et al. 2017, "Auto-differentiating linear algebra", section 4.3.
    q, r = y
    *_, n, m = x.spec.shape or (None, None)
    if n is None or m is None or n < m or (full and n != m):
        raise GradientError(
            "the gradient of qr() needs matrices of known size, not wide, and "
            "full_matrices=False unless they are square"
        )
    by_q, by_r = filled(g, y)
    middle = matmul(r, by_r, adjoint_b=True) - matmul(by_q, q, adjoint_a=True)
    lower = matrix_band_part(middle, -1, 0)
    below = matrix_set_diag(lower, zeros_like(matrix_diag_part(lower)))
    slope = by_q + matmul(q, lower + adjoint(below))
    return adjoint(matrix_triangular_solve(r, adjoint(slope), lower=False))


def filled(g, y):
    """The gradients of several results, zeros where none came."""
    pairs = zip(g, y, strict=True)
    return [zeros_like(part) if slope is None else slope for slope, part in pairs]


@several(
    name="qr",
    label="Qr",
    specs=qr_specs,
    kinds=FLOATS,
    grad=qr_grad,
    work=cubic_work,
    examples=[
        args(regular(3, 3), full=False),
        args((2, 4, 2), full=False),
        args(regular(4, 4)[:, :2].astype(np.float32), full=True),  # has no gradient
        args(regular(3, 3)[:2].astype(np.float32), full=False),
    ],
)
def orthogonal_and_upper(x, /, full):
    """Orthonormal columns `q` and an upper triangular `r` with `q @ r = x`."""
    if full:
        return by_lapack(lambda m: tuple(np.linalg.qr(m, "complete")), x)
    return by_lapack(lambda m: tuple(np.linalg.qr(m)), x)


def qr(
    input: Any, full_matrices: bool = False, name: str | None = None
) -> list[Tensor]:
    """Orthonormal columns `q` and an upper triangular `r` with `q @ r = input`.

    `[..., n, m] -> [..., n, k], [..., k, m]`, where `k` is the smaller of both, or `n`
    with `full_matrices`.

    >>> q, r = session.run(df.qr([[3.0, 1.0], [4.0, 2.0]]))
    >>> np.abs(r).round(3), (q @ r).round(3)
    (array([[5. , 2.2],
           [0. , 0.4]], dtype=float32), array([[3., 1.],
           [4., 2.]], dtype=float32))
    """
    result: list[Tensor] = orthogonal_and_upper(
        input, full=bool(full_matrices), name=name
    )
    return result


def svd_specs(x, full):
    real = real_dtype(x.dtype)
    if x.shape is None:
        return Spec(real), Spec(x.dtype), Spec(x.dtype)
    *batch, n, m = matrix_shape(x)
    k = None if None in (n, m) else min(n, m)
    return (
        Spec(real, (*batch, k)),
        Spec(x.dtype, (*batch, n, n if full else k)),
        Spec(x.dtype, (*batch, m, m if full else k)),
    )


def svd_grad(g, y, x, full):
    # Townsend 2016, "Differentiating the singular value decomposition".
    s, u, v = y
    *_, n, m = x.spec.shape or (None, None)
    if full and (n != m or n is None):
        raise GradientError(
            "the gradient of svd() needs full_matrices=False unless they are square"
        )
    by_s, by_u, by_v = filled(g, y)
    if g[1] is None and g[2] is None:
        return matmul(u * row(cast(by_s, u.spec.dtype)), v, adjoint_b=True)
    scale = row(cast(s, u.spec.dtype))
    inverse = row(cast(reciprocal(s), u.spec.dtype))
    gaps = gap_inverses(square(s), u.spec.dtype)
    within_u, within_v = (
        gaps * (matmul(part, by, adjoint_a=True) - matmul(by, part, adjoint_a=True))
        for part, by in ((u, by_u), (v, by_v))
    )
    beyond_u = (by_u - matmul(u, matmul(u, by_u, adjoint_a=True))) * inverse
    beyond_v = (by_v - matmul(v, matmul(v, by_v, adjoint_a=True))) * inverse
    middle = within_u * scale + adjoint(adjoint(within_v) * scale)
    middle = matrix_set_diag(middle, cast(by_s, u.spec.dtype))
    return (
        matmul(matmul(u, middle), v, adjoint_b=True)
        + matmul(beyond_u, v, adjoint_b=True)
        + matmul(u, beyond_v, adjoint_b=True)
    )


def row(x):
    """Numbers as rows, to multiply the columns of matrices with."""
    return expand_dims(x, -2)


def gap_inverses(values, dtype):
    """`1 / (values[j] - values[i])` as matrices, with 0 on the diagonal."""
    gaps = expand_dims(values, -2) - expand_dims(values, -1)
    gaps = matrix_set_diag(gaps, zeros_like(values) + 1)
    inverses = reciprocal(gaps)
    return cast(matrix_set_diag(inverses, zeros_like(values)), dtype)


@several(
    name="svd",
    label="Svd",
    specs=svd_specs,
    kinds=FLOATS,
    grad=svd_grad,
    work=cubic_work,
    examples=[
        args(regular(3, 3), full=False),
        args((2, 4, 2), full=False),
        args((2, 3), full=False),
        args(regular(4, 4)[:, :2].astype(np.float32), full=True),  # has no gradient
    ],
)
def singular_values_and_vectors(x, /, full):
    """The singular values of matrices, falling, and the vectors on either side."""
    u, s, v = by_lapack(lambda m: tuple(np.linalg.svd(m, full)), x)
    return s, u, np.conjugate(np.swapaxes(v, -1, -2))


def svd(
    tensor: Any,
    full_matrices: bool = False,
    compute_uv: bool = True,
    name: str | None = None,
) -> Any:
    """`s`, `u` and `v` with `u @ diag(s) @ adjoint(v) = tensor`; or `s` alone.

    `[..., n, m] -> [..., k], [..., n, k], [..., m, k]`, where `k` is the smaller of
    both; with `full_matrices` `u` and `v` are square. `s` falls; the columns of `u` and
    `v` are orthonormal. The signs of a pair of columns may be the opposite of
    TensorFlow's.

    >>> s, u, v = session.run(df.svd([[2.0, 2.0], [-1.0, 1.0]]))
    >>> s.round(3), (u * s @ v.T).round(3)
    (array([2.828, 1.414], dtype=float32), array([[ 2.,  2.],
           [-1.,  1.]], dtype=float32))
    """
    parts = singular_values_and_vectors(tensor, full=bool(full_matrices), name=name)
    return tuple(parts) if compute_uv else parts[0]


def eigen_specs(x):
    if x.shape is None:
        return Spec(real_dtype(x.dtype)), Spec(x.dtype)
    square_shape(x)
    return Spec(real_dtype(x.dtype), x.shape[:-1]), Spec(x.dtype, x.shape)


def eigen_grad(g, y, x):
    # Giles 2008, "An extended collection of matrix derivative results", section 3.1.
    values, vectors = y
    by_values, by_vectors = filled(g, y)
    dtype = vectors.spec.dtype
    middle = gap_inverses(values, dtype) * matmul(vectors, by_vectors, adjoint_a=True)
    middle = matrix_set_diag(middle, cast(by_values, dtype))
    slope = matmul(matmul(vectors, middle), vectors, adjoint_b=True)
    lower = matrix_band_part(slope + adjoint(slope), -1, 0)  # what the op looks at
    return matrix_set_diag(lower, 0.5 * matrix_diag_part(lower))


@several(
    name="self_adjoint_eig",
    label="SelfAdjointEigV2",
    specs=eigen_specs,
    kinds=FLOATS,
    grad=eigen_grad,
    work=cubic_work,
    examples=[args(positive(3, 3)), args(positive(2, 2, 2)), args((0, 0))],
)
def eigenvalues_and_vectors(x):
    """The eigenvalues of self-adjoint matrices, rising, and the eigenvectors."""
    return by_lapack(lambda m: tuple(np.linalg.eigh(m)), x)


def self_adjoint_eig(tensor: Any, name: str | None = None) -> tuple[Tensor, Tensor]:
    """The eigenvalues of self-adjoint matrices, rising, and the vectors as columns.

    `[..., n, n] -> [..., n], [..., n, n]`. Only the lower triangle is looked at. The
    sign of a vector may be the opposite of TensorFlow's.

    >>> values, vectors = session.run(df.self_adjoint_eig([[2.0, 1.0], [1.0, 2.0]]))
    >>> values.round(3), np.abs(vectors).round(3)
    (array([1., 3.], dtype=float32), array([[0.707, 0.707],
           [0.707, 0.707]], dtype=float32))
    """
    values, vectors = eigenvalues_and_vectors(tensor, name=name)
    return values, vectors


def self_adjoint_eigvals(tensor: Any, name: str | None = None) -> Tensor:
    """The eigenvalues of self-adjoint matrices, rising, `[..., n, n] -> [..., n]`.

    >>> df.self_adjoint_eigvals([[2.0, 1.0], [1.0, 2.0]]).eval().round(3)
    array([1., 3.], dtype=float32)
    """
    return self_adjoint_eig(tensor, name)[0]


# The exponential


def exponential_grad(g, y, x):
    # The derivative of exp at a in the direction of g is a block of the exponential of
    # [[a, g], [0, a]]: Higham 2008, "Functions of matrices", theorem 3.6.
    a = adjoint(x)
    blocks = concat([concat([a, g], -1), concat([zeros_like(a), a], -1)], -2)
    n = x.shape[-1].value or shape(x)[-1]
    return expm(blocks)[..., :n, n:]


@op(
    name="expm",
    label="matrix_exponential",
    shape=square_shape,
    kinds=FLOATS,
    grad=exponential_grad,
    work=cubic_work,
    examples=[args((3, 3)), args((2, 2, 2)), args(regular(2, 2)), args((0, 0))],
)
def exponential(x):
    """The exponential of square matrices."""
    return by_lapack(scaled_and_squared, x)


PADE = [64764752532480000, 32382376266240000, 7771770303897600, 1187353796428800,
        129060195264000, 10559470521600, 670442572800, 33522128640, 1323241920,
        40840800, 960960, 16380, 182, 1]  # fmt: skip
"""Coefficients of the numerator of the Padé approximant [13/13] of exp."""

PADE_RADIUS = 5.371920351148152
"""The norm up to which that is exact to a float64."""


def scaled_and_squared(x):
    """exp by scaling and squaring: Higham 2005, algorithm 2.3."""
    norms = np.abs(x).sum(-2).max(-1, initial=0)
    largest = float(np.max(norms, initial=0))
    if not np.isfinite(largest):
        return np.full_like(x, np.nan)
    squarings = max(0, int(np.ceil(np.log2(max(largest, 1e-300) / PADE_RADIUS))))
    a = x / 2.0**squarings
    unit = np.broadcast_to(np.eye(np.shape(a)[-1], dtype=a.dtype), np.shape(a))
    even, odd, power, a2 = np.zeros_like(a), np.zeros_like(a), unit, a @ a
    for b_even, b_odd in zip(PADE[::2], PADE[1::2], strict=True):
        even, odd = even + b_even * power, odd + b_odd * power
        power = power @ a2
    odd = a @ odd
    y = np.linalg.solve(even - odd, even + odd)
    for _ in range(squarings):
        y = y @ y
    return y


def expm(input: Any, name: str | None = None) -> Tensor:
    """The exponential of square matrices: the sum of `input ** k / k!`.

    >>> df.linalg.expm([[0.0, 1.0], [1.0, 0.0]]).eval().round(3)  # cosh(1), sinh(1)
    array([[1.543, 1.175],
           [1.175, 1.543]], dtype=float32)
    """
    return exponential(input, name=name)
