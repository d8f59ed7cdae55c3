"""Arithmetic, comparison and choice, element by element."""

import functools
from typing import Any

import numpy as np

from daskflow.defaults import scope
from daskflow.errors import DTypeError, GraphError, ShapeError
from daskflow.graph import OPERATORS, Operators, Tensor
from daskflow.opdef import NONZERO, POSITIVE, no_gradient
from daskflow.ops.array import zeros_like
from daskflow.ops.define import (
    FLOATS,
    NUMBERS,
    args,
    common_dtype,
    elementwise,
    op,
)
from daskflow.ops.slices import IndexedSlices, on_rows
from daskflow.spec import STRING, as_dtype, broadcast, merge
from daskflow.values import as_tensor

__all__ = [
    "abs",
    "accumulate_n",
    "add",
    "add_n",
    "angle",
    "approximate_equal",
    "cast",
    "complex",
    "conj",
    "div",
    "div_no_nan",
    "divide",
    "equal",
    "exp",
    "floor_div",
    "floor_divide",
    "floordiv",
    "floormod",
    "greater",
    "greater_equal",
    "identity",
    "imag",
    "less",
    "less_equal",
    "log",
    "logical_and",
    "logical_not",
    "logical_or",
    "logical_xor",
    "maximum",
    "minimum",
    "mod",
    "multiply",
    "negative",
    "not_equal",
    "pow",
    "power",
    "real",
    "realdiv",
    "scalar_mul",
    "sign",
    "sqrt",
    "square",
    "squared_difference",
    "stop_gradient",
    "subtract",
    "to_complex64",
    "to_complex128",
    "to_double",
    "to_float",
    "to_int32",
    "to_int64",
    "truediv",
    "truncatediv",
    "truncatemod",
    "where",
]

BOOL = np.dtype(np.bool_)
FLOAT64 = np.dtype(np.float64)
ORDERED = "iuf"
SIGNED = "ifc"

# Arithmetic


@elementwise(label="Add", ufunc=np.add, kinds=NUMBERS, grad=lambda g, y, a, b: (g, g))
def add(x, y):
    """Sum, `x + y`.

    The shapes broadcast, or it is a `ShapeError`; both have one dtype, or it is a
    `DTypeError`. So it is with all arithmetic and comparison.

    >>> df.add([[1.0, 2.0], [3.0, 4.0]], [10.0, 20.0]).eval()
    array([[11., 22.],
           [13., 24.]], dtype=float32)
    """
    return np.add(x, y)


@elementwise(
    label="Sub", ufunc=np.subtract, kinds=NUMBERS, grad=lambda g, y, a, b: (g, -g)
)
def subtract(x, y):
    """Difference, `x - y`.

    >>> df.subtract([5.0, 7.0], 2.0).eval()
    array([3., 5.], dtype=float32)
    """
    return np.subtract(x, y)


@elementwise(
    label="Mul",
    ufunc=np.multiply,
    kinds=NUMBERS,
    grad=lambda g, y, a, b: (g * mirrored(b), g * mirrored(a)),
)
def multiply(x, y):
    """Product, `x * y`.

    >>> df.multiply([[1.0], [2.0]], [3.0, 4.0]).eval()
    array([[3., 4.],
           [6., 8.]], dtype=float32)
    """
    return np.multiply(x, y)


def quotient_dtype(a, b):
    dtype = common_dtype((a, b))
    return FLOAT64 if is_int(dtype) else dtype


def is_int(dtype):
    return dtype is not None and dtype.kind in "iu"


def quotient_grad(g, y, a, b):
    if is_int(common_dtype((a, b))):
        return None, None
    b = mirrored(b)
    return g / b, -g * mirrored(y) / b


@elementwise(
    label="truediv",
    ufunc=np.true_divide,
    name="divide",
    kinds=NUMBERS,
    dtype=quotient_dtype,
    domain=NONZERO,
    grad=quotient_grad,
)
def quotient(x, y):
    """Quotient, `x / y`; that of ints is float64."""
    return np.true_divide(x, y)


def divide(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Quotient, `x / y`; that of ints is float64, of ints of 8 and 16 bits float32.

    >>> df.divide([1, 7], 2).eval()
    array([0.5, 3.5])
    """
    if not (is_short(x) or is_short(y)):
        return quotient(x, y, name=name)
    x, y = operands(x, y)
    with scope(name, "truediv", x, y) as full_name:
        return quotient(cast(x, np.float32), cast(y, np.float32), name=full_name)


def is_short(value):
    dtype = as_dtype(getattr(value, "dtype", None))
    return dtype is not None and dtype.kind in "iu" and dtype.itemsize <= 2


OPERATORS["divide"] = divide


def div(x: Any, y: Any, name: str | None = None) -> Tensor:
    """`x / y` of floats, `x // y` of ints: what Python 2 divides.

    >>> df.div([7, -7], 2).eval()
    array([ 3, -4], dtype=int32)
    >>> df.div([7.0, -7.0], 2.0).eval()
    array([ 3.5, -3.5], dtype=float32)
    """
    x, y = operands(x, y)
    has_fractions = x.spec.dtype is None or x.spec.dtype.kind in FLOATS
    return (divide if has_fractions else floor_divide)(x, y, name=name or "div")


def realdiv(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Quotient of floats or complex numbers, `x / y`.

    >>> df.realdiv([1.0, 7.0], 2.0).eval()
    array([0.5, 3.5], dtype=float32)
    """
    x, y = operands(x, y)
    if is_int(x.spec.dtype):
        raise DTypeError(f"realdiv takes floats, got {x!r}; truediv() casts ints")
    return divide(x, y, name=name or "RealDiv")


def operands(x, y):
    """Two tensors of one dtype: what is none yet takes that of the other."""
    if isinstance(y, Operators) and not isinstance(x, Operators):
        y = as_tensor(y)
        return as_tensor(x, y.dtype), y
    x = as_tensor(x)
    return x, as_tensor(y, x.dtype)


@elementwise(label="floordiv", kinds=ORDERED, domain=NONZERO, grad=no_gradient)
def floor_divide(x, y):
    """Quotient rounded down: of floats that of `x / y`, `1.0 // 0.1` is 10.

    An int over 0 fails the run with `InvalidArgumentError`; so it does with `mod`,
    `truncatediv` and `truncatemod`.

    >>> df.floor_divide([7, -7], 2).eval()
    array([ 3, -4], dtype=int32)
    """
    check_divisor(x, y)
    if np.result_type(x, y).kind == "f":  # where NumPy's rounds the exact one, to 9
        return np.floor(np.true_divide(x, y))
    return np.floor_divide(x, y)


def floor_div(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Quotient rounded down, `x // y`.

    >>> df.floor_div([7.0, -7.0], 2.0).eval()
    array([ 3., -4.], dtype=float32)
    """
    return floor_divide(x, y, name=name or "FloorDiv")


@elementwise(
    label="FloorMod",
    kinds=ORDERED,
    domain=NONZERO,
    grad=lambda g, y, a, b: (g, -g * floor_divide(a, b)),
)
def mod(x, y):
    """Remainder of `x // y`, with the sign of `y`.

    >>> df.mod([7, -7], 3).eval()
    array([1, 2], dtype=int32)
    """
    check_divisor(x, y)
    return np.mod(x, y)


@elementwise(label="TruncateDiv", kinds=ORDERED, domain=NONZERO, grad=no_gradient)
def truncatediv(x, y):
    """Quotient rounded towards 0.

    >>> df.truncatediv([7, -7], 2).eval()
    array([ 3, -3], dtype=int32)
    """
    check_divisor(x, y)
    if np.result_type(x, y).kind == "f":
        return np.trunc(np.true_divide(x, y))
    return np.floor_divide(x - np.fmod(x, y), y)


@elementwise(label="TruncateMod", kinds=ORDERED, domain=NONZERO)
def truncatemod(x, y):
    """Remainder of the quotient rounded towards 0, with the sign of `x`.

    >>> df.truncatemod([7, -7], 3).eval()
    array([ 1, -1], dtype=int32)
    """
    check_divisor(x, y)
    return np.fmod(x, y)


@elementwise(
    kinds=FLOATS,
    domain=NONZERO,
    grad=lambda g, y, a, b: (
        div_no_nan(g, mirrored(b)),
        g * mirrored(div_no_nan(div_no_nan(-a, b), b)),
    ),
)
def div_no_nan(x, y):
    """Quotient, `x / y`; 0 where `y` is 0.

    >>> df.div_no_nan([1.0, 3.0], [0.0, 2.0]).eval()
    array([0. , 1.5], dtype=float32)
    """
    return np.where(y == 0, np.zeros_like(x), np.true_divide(x, y))[()]


def check_divisor(a, b):
    # NumPy gives 0 for an int divided by 0, with a warning.
    if np.result_type(a, b).kind in "iu" and not np.all(b):
        raise ValueError("an int is divided by 0")


def power_grad(g, y, a, b):
    # The gradient of 0 ** 0 by its base is 0, where `b - 1` alone makes it 0 * inf.
    of_zeros = logical_and(equal(a, 0), equal(b, 0))
    by_base = g * mirrored(b * power(a, select(of_zeros, 0, b - 1)))
    is_positive = not_equal(a, 0) if is_complex(a) else greater(a, 0)
    by_exponent = g * mirrored(y * log(select(is_positive, a, 1)))
    return by_base, by_exponent


@elementwise(
    label="Pow", ufunc=np.power, kinds=NUMBERS, domain=POSITIVE, grad=power_grad
)
def power(x, y):
    """Power, `x ** y`. The gradient by `y` counts as 0 where `x` is not positive.

    >>> df.power([[2, 3], [4, 5]], [[3, 2], [1, 0]]).eval()
    array([[8, 9],
           [4, 1]], dtype=int32)
    """
    return np.power(x, y)


@elementwise(label="Neg", ufunc=np.negative, kinds=SIGNED, grad=lambda g, y, x: -g)
def negative(x):
    """Opposite, `-x`.

    >>> df.negative([1.0, -2.0]).eval()
    array([-1.,  2.], dtype=float32)
    """
    return np.negative(x)


@elementwise(
    label="Abs",
    ufunc=np.abs,
    kinds=SIGNED,
    dtype=lambda x: real_dtype(x.dtype),
    domain=NONZERO,
    grad=lambda g, y, x: like_dtype(g, x) * sign(x),
)
def abs(x):
    """Absolute value, real also of a complex `x`; its gradient at 0 is 0.

    >>> df.abs([-1.5, 2.0]).eval()
    array([1.5, 2. ], dtype=float32)
    >>> df.abs(3 + 4j).eval()
    np.float64(5.0)
    """
    return np.abs(x)


@elementwise(
    label="Sign",
    ufunc=np.sign,
    kinds=SIGNED,
    domain=NONZERO,
    grad=lambda g, y, x: zeros_like(g),
)
def sign(x):
    """-1, 0 or 1: the sign of `x`; of a complex number, `x / abs(x)`.

    >>> df.sign([-2.0, 0.0, 7.0]).eval()
    array([-1.,  0.,  1.], dtype=float32)
    """
    return np.sign(x)


@elementwise(
    label="Square",
    ufunc=np.square,
    kinds=NUMBERS,
    grad=lambda g, y, x: g * (2 * mirrored(x)),
)
def square(x):
    """`x * x`.

    >>> df.square([-3.0, 2.0]).eval()
    array([9., 4.], dtype=float32)
    """
    return np.square(x)


@elementwise(
    label="Sqrt",
    ufunc=np.sqrt,
    kinds=FLOATS,
    domain=POSITIVE,
    grad=lambda g, y, x: g / (2 * mirrored(y)),
)
def sqrt(x):
    """Square root of `x`, NaN of a negative float.

    >>> df.sqrt([4.0, 9.0]).eval()
    array([2., 3.], dtype=float32)
    """
    return np.sqrt(x)


@elementwise(
    label="Exp", ufunc=np.exp, kinds=FLOATS, grad=lambda g, y, x: g * mirrored(y)
)
def exp(x):
    """`e ** x`.

    >>> df.exp([0.0, 1.0]).eval().round(3)
    array([1.   , 2.718], dtype=float32)
    """
    return np.exp(x)


@elementwise(
    label="Log",
    ufunc=np.log,
    kinds=FLOATS,
    domain=POSITIVE,
    grad=lambda g, y, x: g / mirrored(x),
)
def log(x):
    """Natural logarithm of `x`; -infinity of 0, NaN of a negative float.

    >>> df.log([1.0, np.e, 0.5]).eval().round(3)
    array([ 0.   ,  1.   , -0.693], dtype=float32)
    """
    return np.log(x)


@elementwise(
    label="Maximum",
    ufunc=np.maximum,
    kinds=ORDERED,
    grad=lambda g, y, a, b: halves(g, greater_equal(a, b)),
)
def maximum(x, y):
    """The larger of `x` and `y`; where they are equal the gradient goes to `x`.

    >>> df.maximum([1.0, -2.0, 3.0], 0.0).eval()
    array([1., 0., 3.], dtype=float32)
    """
    return np.maximum(x, y)


@elementwise(
    label="Minimum",
    ufunc=np.minimum,
    kinds=ORDERED,
    grad=lambda g, y, a, b: halves(g, less_equal(a, b)),
)
def minimum(x, y):
    """The smaller of `x` and `y`; where they are equal the gradient goes to `x`.

    >>> df.minimum([1.0, -2.0, 3.0], 0.0).eval()
    array([ 0., -2.,  0.], dtype=float32)
    """
    return np.minimum(x, y)


def squared_difference_grad(g, y, a, b):
    slope = 2 * g * (a - b)
    return slope, -slope


@elementwise(label="SquaredDifference", kinds=NUMBERS, grad=squared_difference_grad)
def squared_difference(x, y):
    """`(x - y) ** 2`; of complex numbers, `abs(x - y) ** 2`.

    >>> df.squared_difference([1.0, 5.0], 2.0).eval()
    array([1., 9.], dtype=float32)
    """
    difference = np.subtract(x, y)
    return difference * np.conjugate(difference)


def same_shapes(*values):
    shape = None
    for value in values:
        shape = merge(shape, value.shape)
    return shape


@op(
    label="AddN",
    shape=same_shapes,
    unranked=True,
    kinds=NUMBERS,
    grad=lambda g, y, *values: (g,) * len(values),
    examples=[args((2, 3), (2, 3), (2, 3)), args((), ()), args((0, 2), (0, 2))],
)
def total(*values):
    """The sum of values of one shape."""
    if len({np.shape(value) for value in values}) > 1:
        raise ValueError(f"needs one shape, got {[np.shape(v) for v in values]}")
    return functools.reduce(np.add, values)


def add_n(inputs: Any, name: str | None = None) -> Tensor:
    """The sum of tensors that have one shape and one dtype.

    >>> df.add_n([[1, 2], [10, 20], [100, 200]]).eval()
    array([111, 222], dtype=int32)
    """
    values = list(inputs) if isinstance(inputs, list | tuple) else [inputs]
    if not values:
        raise GraphError("add_n() needs a list of at least one tensor")
    if len(values) == 1:
        x = as_tensor(values[0])
        return identity(x, name=name) if name else x
    return total(*values, name=name)


def accumulate_n(
    inputs: Any, shape: Any = None, tensor_dtype: Any = None, name: str | None = None
) -> Tensor:
    """The sum of tensors of one shape, as `add_n`; `shape` is what is known of it.

    >>> df.accumulate_n([[1, 2], [10, 20]], shape=[2], tensor_dtype=df.int32).eval()
    array([11, 22], dtype=int32)
    """
    result = add_n(inputs, name)
    if tensor_dtype is not None:
        result = as_tensor(result, tensor_dtype)
    result.set_shape(shape)
    return result


def scalar_mul(scalar: Any, x: Any, name: str | None = None) -> Any:
    """`x` times a single number.

    >>> df.scalar_mul(2.0, [1.0, 2.0]).eval()
    array([2., 4.], dtype=float32)
    """
    if isinstance(x, IndexedSlices):
        return x.like(scalar_mul(scalar, x.values, name))
    x = as_tensor(x)
    scalar = as_tensor(scalar, x.dtype)
    if scalar.spec.shape != ():
        raise ShapeError(f"needs a single number to multiply with, got {scalar!r}")
    return multiply(scalar, x, name=name)


@elementwise(
    dtype=BOOL,
    label="ApproximateEqual",
    kinds=NUMBERS,
    grad=no_gradient,
    examples=[args((2, 3), (2, 3), tolerance=0.5)],
)
def approximate_equal(x, y, /, tolerance=0.00001):
    """Whether `x` and `y`, of one shape, differ by less than `tolerance`.

    >>> df.approximate_equal([1.0, 1.0], [1.001, 1.1], tolerance=0.01).eval()
    array([ True, False])
    """
    return np.less(np.abs(np.subtract(x, y)), tolerance)


floordiv = floor_divide
floormod = mod
pow = power
truediv = divide


# Complex numbers


def real_dtype(dtype):
    """That of the parts of complex numbers; other dtypes as they are."""
    return None if dtype is None else np.empty((), dtype).real.dtype


def complex_dtype(dtype):
    """That of complex numbers with parts of this dtype."""
    return None if dtype is None else np.result_type(dtype, np.complex64)


def is_complex(x):
    return x.spec.dtype is not None and x.spec.dtype.kind == "c"


def like_dtype(g, x):
    """A real `g` as a number of the dtype of `x`, which may be complex."""
    return cast(g, x.spec.dtype) if is_complex(x) else g


def conj(x: Any, name: str | None = None) -> Tensor:
    """The complex conjugate of `x`; real numbers as they are.

    >>> df.conj([1 + 2j, 3j]).eval()
    array([1.-2.j, 0.-3.j])
    """
    x = as_tensor(x)
    if x.spec.dtype is not None and x.spec.dtype.kind in ORDERED:
        return x
    return conjugate(x, name=name)


def mirrored(x):
    """The conjugate, for a gradient: of what is known to be complex.

    A dtype that is unknown counts as real: a node for each, in every gradient of a
    graph without dtypes, would cost more than a graph of complex numbers gains.
    """
    return conj(x) if is_complex(x) else x


@elementwise(
    label="Conj",
    name="conj",
    kinds=NUMBERS,
    grad=lambda g, y, x: conj(g),
    forwards=lambda x: x.dtype is not None and x.dtype.kind != "c",
)
def conjugate(x):
    """The complex conjugate of `x`."""
    return np.conjugate(x)


def real(input: Any, name: str | None = None) -> Tensor:
    """The real part; real numbers as they are.

    >>> df.real([1 + 2j, 3j]).eval()
    array([1., 0.])
    """
    x = as_tensor(input)
    return real_part(x, name=name) if is_complex(x) else x


def imag(input: Any, name: str | None = None) -> Tensor:
    """The imaginary part, 0 for real numbers.

    >>> df.imag([1 + 2j, 3j]).eval()
    array([2., 3.])
    """
    x = as_tensor(input)
    return imaginary_part(x, name=name) if is_complex(x) else zeros_like(x, name=name)


_COMPLEX: dict[str, Any] = {
    "kinds": "c",
    "dtype": lambda x: real_dtype(x.dtype),
    "examples": [args(np.array([1.0 + 2.0j, -0.5j])), args(np.zeros((0, 2), "c8"))],
}


@elementwise(label="Real", grad=lambda g, y, x: complex(g, zeros_like(g)), **_COMPLEX)
def real_part(x):
    """The real part of a complex `x`."""
    return np.real(x)


@elementwise(label="Imag", grad=lambda g, y, x: complex(zeros_like(g), g), **_COMPLEX)
def imaginary_part(x):
    """The imaginary part of a complex `x`."""
    return np.imag(x)


def angle(input: Any, name: str | None = None) -> Tensor:
    """The argument of a complex number, in radians: 0 or pi of a real one.

    >>> df.angle([1.0, 1j, -1.0]).eval().round(4)
    array([0.    , 1.5708, 3.1416])
    """
    x = as_tensor(input)
    if is_complex(x):
        return argument(x, name=name)
    with scope(name, "Angle", x):
        return select(less(x, 0), np.pi, zeros_like(x))


@elementwise(
    label="Angle",
    grad=lambda g, y, x: complex(zeros_like(g), g) / mirrored(x),
    **_COMPLEX,
)
def argument(x):
    """The angle of a complex `x` in the plane, in radians."""
    return np.angle(x)


@elementwise(
    label="Complex",
    kinds="f",
    dtype=lambda real, imag: complex_dtype(common_dtype((real, imag))),
    grad=lambda g, y, a, b: (real_part(g), imaginary_part(g)),
)
def complex(real, imag):
    """The complex number of these parts: complex64 of float32, else complex128.

    >>> df.complex([1.0, 2.0], [3.0, 0.0]).eval()
    array([1.+3.j, 2.+0.j], dtype=complex64)
    """
    shape = np.broadcast_shapes(np.shape(real), np.shape(imag))
    number = np.empty(shape, complex_dtype(np.result_type(real, imag)))
    number.real, number.imag = real, imag  # real + imag * 1j is no number at infinity
    return number[()]


# Comparison and logic


@elementwise(label="Equal", ufunc=np.equal, dtype=BOOL, grad=no_gradient)
def equal(x, y):
    """Whether `x == y`, of numbers, bools or texts.

    >>> df.equal([1, 2, 3], [3, 2, 1]).eval()
    array([False,  True, False])
    """
    return np.equal(x, y)


@elementwise(label="NotEqual", ufunc=np.not_equal, dtype=BOOL, grad=no_gradient)
def not_equal(x, y):
    """Whether `x != y`.

    >>> df.not_equal([1, 2, 3], [3, 2, 1]).eval()
    array([ True, False,  True])
    """
    return np.not_equal(x, y)


@elementwise(label="Less", ufunc=np.less, dtype=BOOL, kinds=ORDERED, grad=no_gradient)
def less(x, y):
    """Whether `x < y`.

    >>> df.less([1, 2, 3], [3, 2, 1]).eval()
    array([ True, False, False])
    """
    return np.less(x, y)


@elementwise(
    label="LessEqual", ufunc=np.less_equal, dtype=BOOL, kinds=ORDERED, grad=no_gradient
)
def less_equal(x, y):
    """Whether `x <= y`.

    >>> df.less_equal([1, 2, 3], [3, 2, 1]).eval()
    array([ True,  True, False])
    """
    return np.less_equal(x, y)


@elementwise(
    label="Greater", ufunc=np.greater, dtype=BOOL, kinds=ORDERED, grad=no_gradient
)
def greater(x, y):
    """Whether `x > y`.

    >>> df.greater([1, 2, 3], [3, 2, 1]).eval()
    array([False, False,  True])
    """
    return np.greater(x, y)


@elementwise(
    label="GreaterEqual",
    ufunc=np.greater_equal,
    dtype=BOOL,
    kinds=ORDERED,
    grad=no_gradient,
)
def greater_equal(x, y):
    """Whether `x >= y`.

    >>> df.greater_equal([1, 2, 3], [3, 2, 1]).eval()
    array([False,  True,  True])
    """
    return np.greater_equal(x, y)


@elementwise(
    label="LogicalAnd", ufunc=np.logical_and, dtype=BOOL, kinds="b", grad=no_gradient
)
def logical_and(x, y):
    """Whether both are true.

    >>> df.logical_and([False, True], [[False], [True]]).eval()
    array([[False, False],
           [False,  True]])
    """
    return np.logical_and(x, y)


@elementwise(
    label="LogicalOr", ufunc=np.logical_or, dtype=BOOL, kinds="b", grad=no_gradient
)
def logical_or(x, y):
    """Whether one of them, or both, is true.

    >>> df.logical_or([False, True], [[False], [True]]).eval()
    array([[False,  True],
           [ True,  True]])
    """
    return np.logical_or(x, y)


@elementwise(
    label="LogicalXor", ufunc=np.logical_xor, dtype=BOOL, kinds="b", grad=no_gradient
)
def logical_xor(x, y):
    """Whether one of them is true, but not both.

    >>> df.logical_xor([False, True], [[False], [True]]).eval()
    array([[False,  True],
           [ True, False]])
    """
    return np.logical_xor(x, y)


@elementwise(
    label="LogicalNot", ufunc=np.logical_not, dtype=BOOL, kinds="b", grad=no_gradient
)
def logical_not(x):
    """Whether `x` is false.

    >>> df.logical_not([False, True]).eval()
    array([ True, False])
    """
    return np.logical_not(x)


# Choice


def where(
    condition: Any, x: Any = None, y: Any = None, name: str | None = None
) -> Tensor:
    """`x` where `condition` is true and `y` elsewhere; alone, where it is true.

    The three broadcast, but a vector `condition` picks rows of an `x` and `y` of
    higher rank. The `condition` alone gives an int64 row of indices per true element.

    >>> df.where([True, False, True], [1, 2, 3], 0).eval()
    array([1, 0, 3], dtype=int32)
    >>> df.where([True, False], [[1, 2], [3, 4]], [[5, 6], [7, 8]]).eval()
    array([[1, 2],
           [7, 8]], dtype=int32)
    >>> df.where([[True, False], [True, True]]).eval()
    array([[0, 0],
           [1, 0],
           [1, 1]])
    """
    if x is None and y is None:
        return true_indices(condition, name=name)
    if x is None or y is None:
        raise GraphError("where() takes both x and y, or neither")
    if may_pick_rows(condition, x, y):
        condition = picking_rows(condition, x, y)
    return select(condition, x, y, name=name)


def may_pick_rows(condition, x, y):
    ranks = rank_of(x), rank_of(y)
    return rank_of(condition) in (1, None) and (None in ranks or max(ranks) > 1)


def rank_of(value):
    if isinstance(value, Operators):
        return as_tensor(value).shape.rank
    return np.ndim(value)


def indices_shape(condition):
    return (None, None if condition.shape is None else len(condition.shape))


@op(
    label="Where",
    shape=indices_shape,
    dtype=np.dtype(np.int64),
    unranked=True,
    grad=no_gradient,
    examples=[
        args(np.array([[True, False], [True, True]])),
        args(np.array([0.0, 2.0, 0.0])),
        args(np.zeros((0, 2), bool)),
    ],
)
def true_indices(condition):
    """One row for each true element of `condition`: its index."""
    return np.argwhere(condition)


def chosen_dtype(condition, x, y):
    if condition.dtype is not None and condition.dtype != BOOL:
        raise DTypeError(f"needs a bool condition, got {condition.dtype}")
    return common_dtype((x, y))


@elementwise(
    label="Select",
    name="where",
    agree=(1, None),
    dtype=chosen_dtype,
    grad=lambda g, y, condition, a, b: (None, *halves(g, condition)),
    examples=[
        args(np.array([True, False, True]), (3,), (3,)),
        args(np.array([True, False, True]), (2, 3), ()),
        args(np.array([[True], [False]]), (3,), (2, 1)),
        args(np.array(False), (2,), (2,)),
        args(np.zeros((0, 2), bool), (2,), ()),
    ],
)
def select(condition, x, y, out=None):
    """`x` where `condition` is true, `y` elsewhere; the three broadcast."""
    return written_to(out, np.where(condition, x, y))


def written_to(out, value):
    if out is None:
        return value
    out[...] = value
    return out


def halves(g, condition):
    """`g` in two: what it is where `condition` is true, and elsewhere; 0 otherwise."""
    return select(condition, g, 0), select(condition, 0, g)


def rows_shape(condition, x, y):
    """The shape in which a vector `condition` meets whole rows of `x` and `y`."""
    values = broadcast(x, y) or ()
    if len(condition) != 1 or len(values) < 2:
        return condition
    if None not in (condition[0], values[0]) and condition[0] != values[0]:
        raise ShapeError(
            f"a vector condition picks rows and needs {values[0]} entries, "
            f"got {condition[0]}"
        )
    return condition + (1,) * (len(values) - 1)


@op(
    shape=lambda condition, x, y: rows_shape(condition.shape, x.shape, y.shape),
    agree=(0, 1),
    grad=no_gradient,
    examples=[
        args(np.array([True, False]), (2, 3), (2, 3)),
        args(np.array([True, False]), (2, 3, 1), ()),
        args(np.array([True, False]), (2,), (2,)),
        args(np.array(True), (2, 3), (2, 3)),
    ],
)
def picking_rows(condition, x, y):
    """`condition`; a vector with one more axis for each axis of a row of `x`, `y`."""
    shape = rows_shape(np.shape(condition), np.shape(x), np.shape(y))
    return np.reshape(condition, shape)


# The same value


@on_rows
def cast(x: Any, dtype: Any, name: str | None = None) -> Tensor:
    """`x` in another `dtype`: floats lose their fraction when they become ints.

    A complex number that becomes real loses its imaginary part; what is of that
    `dtype` already is given back as it is. Texts are no numbers: `DTypeError`.

    >>> df.cast([-1.7, 1.7], df.int32).eval()
    array([-1,  1], dtype=int32)
    """
    x, wanted = as_tensor(x), as_dtype(dtype)
    if x.spec.dtype is not None and x.spec.dtype == wanted:
        return x
    return converted(x, dtype=wanted, name=name)


def cast_dtype(x, dtype):
    if STRING in (x.dtype, dtype) and x.dtype is not None:
        raise DTypeError("texts are no numbers, and none can be cast to the other")
    return dtype


def cast_back(g, y, x, dtype):
    if x.dtype is None:
        return g
    return cast(g, x.dtype) if {x.dtype.kind, dtype.kind} <= set(FLOATS) else None


@elementwise(
    label="Cast",
    name="cast",
    dtype=cast_dtype,
    grad=cast_back,
    forwards=lambda x, dtype: x.dtype == dtype,
    examples=[
        args((2, 3), dtype=np.dtype(np.float32)),
        args((2, 3), dtype=np.dtype(np.int64)),
        args((), dtype=BOOL),
        args((3,), dtype=FLOAT64),
        args(np.array([True, False]), dtype=FLOAT64),
    ],
)
def converted(x, /, dtype, out=None):
    """`x` in another `dtype`."""
    if dtype.kind not in "cb" and np.iscomplexobj(x):
        x = np.real(x)
    return written_to(out, x.astype(dtype))


def to_float(x: Any, name: str = "ToFloat") -> Tensor:
    """`x` as float32.

    >>> df.to_float([1, 2]).eval()
    array([1., 2.], dtype=float32)
    """
    return cast(x, np.float32, name)


def to_double(x: Any, name: str = "ToDouble") -> Tensor:
    """`x` as float64.

    >>> df.to_double([1, 2]).eval()
    array([1., 2.])
    """
    return cast(x, np.float64, name)


def to_int32(x: Any, name: str = "ToInt32") -> Tensor:
    """`x` as int32.

    >>> df.to_int32([1.7, -1.7]).eval()
    array([ 1, -1], dtype=int32)
    """
    return cast(x, np.int32, name)


def to_int64(x: Any, name: str = "ToInt64") -> Tensor:
    """`x` as int64.

    >>> df.to_int64([1.7, -1.7]).eval()
    array([ 1, -1])
    """
    return cast(x, np.int64, name)


def to_complex64(x: Any, name: str = "ToComplex64") -> Tensor:
    """`x` as complex64.

    >>> df.to_complex64([1.0, 2.0]).eval()
    array([1.+0.j, 2.+0.j], dtype=complex64)
    """
    return cast(x, np.complex64, name)


def to_complex128(x: Any, name: str = "ToComplex128") -> Tensor:
    """`x` as complex128.

    >>> df.to_complex128([1.0, 2.0]).eval()
    array([1.+0.j, 2.+0.j])
    """
    return cast(x, np.complex128, name)


@on_rows
@elementwise(label="Identity", grad=lambda g, y, x: g, forwards=lambda x: True)
def identity(input):
    """`input` itself, as a tensor of its own.

    >>> x = df.constant([1.0, 2.0])
    >>> df.identity(x) is x, df.identity(x).eval()
    (False, array([1., 2.], dtype=float32))
    """
    return input


@on_rows
@elementwise(label="StopGradient", grad=no_gradient, forwards=lambda x: True)
def stop_gradient(input):
    """`input` itself, but a constant to gradients.

    >>> x = df.constant(3.0)
    >>> df.gradients(x * df.stop_gradient(x), x)[0].eval()  # of x * x it is 6
    np.float32(3.0)
    """
    return input
