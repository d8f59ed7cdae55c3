"""The names of `tf.linalg`."""

from daskflow.missing import tell_missing
from daskflow.ops.array import (
    matrix_transpose,
)
from daskflow.ops.array import (
    matrix_transpose as transpose,
)
from daskflow.ops.clip import global_norm, l2_normalize, norm, normalize
from daskflow.ops.decompositions import (
    cholesky,
    cholesky_solve,
    expm,
    logdet,
    matrix_rank,
    pinv,
    qr,
    slogdet,
    svd,
)
from daskflow.ops.decompositions import (
    matrix_determinant as det,
)
from daskflow.ops.decompositions import (
    matrix_inverse as inv,
)
from daskflow.ops.decompositions import (
    matrix_solve as solve,
)
from daskflow.ops.decompositions import (
    matrix_solve_ls as lstsq,
)
from daskflow.ops.decompositions import (
    matrix_triangular_solve as triangular_solve,
)
from daskflow.ops.decompositions import (
    self_adjoint_eig as eigh,
)
from daskflow.ops.decompositions import (
    self_adjoint_eigvals as eigvalsh,
)
from daskflow.ops.linalg import (
    matmul,
    matvec,
)
from daskflow.ops.matrices import (
    adjoint,
    cross,
    eye,
    trace,
)
from daskflow.ops.matrices import (
    diag as tensor_diag,
)
from daskflow.ops.matrices import (
    diag_part as tensor_diag_part,
)
from daskflow.ops.matrices import (
    matrix_band_part as band_part,
)
from daskflow.ops.matrices import (
    matrix_diag as diag,
)
from daskflow.ops.matrices import (
    matrix_diag_part as diag_part,
)
from daskflow.ops.matrices import (
    matrix_set_diag as set_diag,
)
from daskflow.ops.products import (
    einsum,
    tensordot,
)

__all__ = [
    "adjoint",
    "band_part",
    "cholesky",
    "cholesky_solve",
    "cross",
    "det",
    "diag",
    "diag_part",
    "eigh",
    "eigvalsh",
    "einsum",
    "expm",
    "eye",
    "global_norm",
    "inv",
    "l2_normalize",
    "logdet",
    "lstsq",
    "matmul",
    "matrix_rank",
    "matrix_transpose",
    "matvec",
    "norm",
    "normalize",
    "pinv",
    "qr",
    "set_diag",
    "slogdet",
    "solve",
    "svd",
    "tensor_diag",
    "tensor_diag_part",
    "tensordot",
    "trace",
    "transpose",
    "triangular_solve",
]

tell_missing(__name__)
