"""Arithmetic, comparison and choice, element by element."""

from typing import Any

import numpy as np

from daskflow.errors import DTypeError, GraphError, ShapeError
from daskflow.graph import Operators, Tensor, as_tensor
from daskflow.opdef import NONZERO, POSITIVE, no_gradient
from daskflow.ops.array import zeros_like
from daskflow.ops.define import (
    FLOATS,
    NUMBERS,
    args,
    common_dtype,
    elementwise,
    given_dtype,
    op,
)
from daskflow.spec import broadcast

__all__ = [
    "abs",
    "add",
    "cast",
    "divide",
    "equal",
    "exp",
    "floor_divide",
    "floordiv",
    "greater",
    "greater_equal",
    "identity",
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
    "sign",
    "sqrt",
    "square",
    "stop_gradient",
    "subtract",
    "where",
]

BOOL = np.dtype(np.bool_)
FLOAT64 = np.dtype(np.float64)
ORDERED = "iuf"
SIGNED = "ifc"

# Arithmetic


@elementwise(label="Add", ufunc=np.add, kinds=NUMBERS, grad=lambda g, y, a, b: (g, g))
def add(x, y):
    """Sum, `x + y`."""
    return np.add(x, y)


@elementwise(
    label="Sub", ufunc=np.subtract, kinds=NUMBERS, grad=lambda g, y, a, b: (g, -g)
)
def subtract(x, y):
    """Difference, `x - y`."""
    return np.subtract(x, y)


@elementwise(
    label="Mul",
    ufunc=np.multiply,
    kinds=NUMBERS,
    grad=lambda g, y, a, b: (g * b, g * a),
)
def multiply(x, y):
    """Product, `x * y`."""
    return np.multiply(x, y)


def quotient_dtype(a, b):
    dtype = common_dtype((a, b))
    return FLOAT64 if is_int(dtype) else dtype


def is_int(dtype):
    return dtype is not None and dtype.kind in "iu"


def quotient_grad(g, y, a, b):
    if is_int(common_dtype((a, b))):
        return None, None
    return g / b, -g * y / b


@elementwise(
    label="truediv",
    ufunc=np.true_divide,
    kinds=NUMBERS,
    dtype=quotient_dtype,
    domain=NONZERO,
    grad=quotient_grad,
)
def divide(x, y):
    """Quotient, `x / y`; that of ints is float64."""
    return np.true_divide(x, y)


@elementwise(label="floordiv", kinds=ORDERED, domain=NONZERO, grad=no_gradient)
def floor_divide(x, y):
    """Quotient rounded down, `x // y`."""
    check_divisor(x, y)
    return np.floor_divide(x, y)


@elementwise(
    label="FloorMod",
    kinds=ORDERED,
    domain=NONZERO,
    grad=lambda g, y, a, b: (g, -g * floor_divide(a, b)),
)
def mod(x, y):
    """Remainder of `x // y`, with the sign of `y`."""
    check_divisor(x, y)
    return np.mod(x, y)


def check_divisor(a, b):
    # NumPy gives 0 for an int divided by 0, with a warning.
    if np.result_type(a, b).kind in "iu" and not np.all(b):
        raise ValueError("an int is divided by 0")


def power_grad(g, y, a, b):
    # The gradient of 0 ** 0 by its base is 0, where `b - 1` alone makes it 0 * inf.
    of_zeros = logical_and(equal(a, 0), equal(b, 0))
    by_base = g * b * power(a, select(of_zeros, 0, b - 1))
    by_exponent = g * y * log(select(greater(a, 0), a, 1))
    return by_base, by_exponent


@elementwise(
    label="Pow", ufunc=np.power, kinds=NUMBERS, domain=POSITIVE, grad=power_grad
)
def power(x, y):
    """Power, `x ** y`. The gradient by `y` counts as 0 where `x` is not positive."""
    return np.power(x, y)


@elementwise(label="Neg", ufunc=np.negative, kinds=SIGNED, grad=lambda g, y, x: -g)
def negative(x):
    """Opposite, `-x`."""
    return np.negative(x)


@elementwise(
    label="Abs",
    ufunc=np.abs,
    kinds="if",
    domain=NONZERO,
    grad=lambda g, y, x: g * sign(x),
)
def abs(x):
    """Absolute value; its gradient at 0 is 0."""
    return np.abs(x)


@elementwise(
    label="Sign",
    ufunc=np.sign,
    kinds="if",
    domain=NONZERO,
    grad=lambda g, y, x: zeros_like(g),
)
def sign(x):
    """-1, 0 or 1: the sign of `x`."""
    return np.sign(x)


@elementwise(
    label="Square", ufunc=np.square, kinds=NUMBERS, grad=lambda g, y, x: g * (2 * x)
)
def square(x):
    """`x * x`."""
    return np.square(x)


@elementwise(
    label="Sqrt",
    ufunc=np.sqrt,
    kinds=FLOATS,
    domain=POSITIVE,
    grad=lambda g, y, x: g / (2 * y),
)
def sqrt(x):
    """Square root of `x`."""
    return np.sqrt(x)


@elementwise(label="Exp", ufunc=np.exp, kinds=FLOATS, grad=lambda g, y, x: g * y)
def exp(x):
    """`e ** x`."""
    return np.exp(x)


@elementwise(
    label="Log", ufunc=np.log, kinds=FLOATS, domain=POSITIVE, grad=lambda g, y, x: g / x
)
def log(x):
    """Natural logarithm of `x`."""
    return np.log(x)


@elementwise(
    label="Maximum",
    ufunc=np.maximum,
    kinds=ORDERED,
    grad=lambda g, y, a, b: halves(g, greater_equal(a, b)),
)
def maximum(x, y):
    """The larger of `x` and `y`; where they are equal the gradient goes to `x`."""
    return np.maximum(x, y)


@elementwise(
    label="Minimum",
    ufunc=np.minimum,
    kinds=ORDERED,
    grad=lambda g, y, a, b: halves(g, less_equal(a, b)),
)
def minimum(x, y):
    """The smaller of `x` and `y`; where they are equal the gradient goes to `x`."""
    return np.minimum(x, y)


floordiv = floor_divide
pow = power


# Comparison and logic


@elementwise(label="Equal", ufunc=np.equal, dtype=BOOL, grad=no_gradient)
def equal(x, y):
    """Whether `x == y`."""
    return np.equal(x, y)


@elementwise(label="NotEqual", ufunc=np.not_equal, dtype=BOOL, grad=no_gradient)
def not_equal(x, y):
    """Whether `x != y`."""
    return np.not_equal(x, y)


@elementwise(label="Less", ufunc=np.less, dtype=BOOL, kinds=ORDERED, grad=no_gradient)
def less(x, y):
    """Whether `x < y`."""
    return np.less(x, y)


@elementwise(
    label="LessEqual", ufunc=np.less_equal, dtype=BOOL, kinds=ORDERED, grad=no_gradient
)
def less_equal(x, y):
    """Whether `x <= y`."""
    return np.less_equal(x, y)


@elementwise(
    label="Greater", ufunc=np.greater, dtype=BOOL, kinds=ORDERED, grad=no_gradient
)
def greater(x, y):
    """Whether `x > y`."""
    return np.greater(x, y)


@elementwise(
    label="GreaterEqual",
    ufunc=np.greater_equal,
    dtype=BOOL,
    kinds=ORDERED,
    grad=no_gradient,
)
def greater_equal(x, y):
    """Whether `x >= y`."""
    return np.greater_equal(x, y)


@elementwise(
    label="LogicalAnd", ufunc=np.logical_and, dtype=BOOL, kinds="b", grad=no_gradient
)
def logical_and(x, y):
    """Whether both are true."""
    return np.logical_and(x, y)


@elementwise(
    label="LogicalOr", ufunc=np.logical_or, dtype=BOOL, kinds="b", grad=no_gradient
)
def logical_or(x, y):
    """Whether one of them, or both, is true."""
    return np.logical_or(x, y)


@elementwise(
    label="LogicalXor", ufunc=np.logical_xor, dtype=BOOL, kinds="b", grad=no_gradient
)
def logical_xor(x, y):
    """Whether one of them is true, but not both."""
    return np.logical_xor(x, y)


@elementwise(
    label="LogicalNot", ufunc=np.logical_not, dtype=BOOL, kinds="b", grad=no_gradient
)
def logical_not(x):
    """Whether `x` is false."""
    return np.logical_not(x)


# Choice


def where(
    condition: Any, x: Any = None, y: Any = None, name: str | None = None
) -> Tensor:
    """`x` where `condition` is true and `y` elsewhere; alone, where it is true.

    The three broadcast, but a vector `condition` picks rows of an `x` and `y` of
    higher rank. The `condition` alone gives an int64 row of indices per true element.
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


def cast_back(g, y, x, dtype):
    if x.dtype is None:
        return g
    return cast(g, x.dtype) if {x.dtype.kind, dtype.kind} <= set(FLOATS) else None


@elementwise(
    label="Cast",
    dtype=given_dtype,
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
def cast(x, /, dtype, out=None):
    """`x` in another `dtype`; floats lose their fraction when they become ints."""
    return written_to(out, x.astype(dtype))


@elementwise(label="Identity", grad=lambda g, y, x: g, forwards=lambda x: True)
def identity(x):
    """`x` itself, as a tensor of its own."""
    return x


@elementwise(label="StopGradient", grad=no_gradient, forwards=lambda x: True)
def stop_gradient(x):
    """`x` itself, but a constant to gradients."""
    return x
