"""Functions of a number or two, element by element: powers, circular, rounding."""

import functools
from typing import Any

import numpy as np

from daskflow.defaults import scope
from daskflow.errors import DTypeError
from daskflow.graph import Tensor
from daskflow.opdef import NONZERO, POSITIVE, Domain, no_gradient
from daskflow.ops.array import ones_like, reshape, zeros_like
from daskflow.ops.define import FLOATS, args, elementwise
from daskflow.ops.math import (
    BOOL,
    ORDERED,
    cast,
    div_no_nan,
    less,
    less_equal,
    maximum,
    minimum,
    mirrored,
    not_equal,
    select,
    square,
)
from daskflow.ops.reduce import reduce_all
from daskflow.spec import as_dtype
from daskflow.values import as_tensor

__all__ = [
    "acos",
    "acosh",
    "asin",
    "asinh",
    "atan",
    "atan2",
    "atanh",
    "ceil",
    "cos",
    "cosh",
    "expm1",
    "floor",
    "is_finite",
    "is_inf",
    "is_nan",
    "is_non_decreasing",
    "is_strictly_increasing",
    "log1p",
    "reciprocal",
    "rint",
    "round",
    "rsqrt",
    "saturate_cast",
    "sin",
    "sinh",
    "tan",
]

WITHIN_1 = Domain(0.1, 0.9)
ABOVE_1 = Domain(1.2, 2.0, signed=False)


def slope(derivative):
    """The gradient of a function of one number from its derivative, of `y` and `x`."""
    return lambda g, y, x: g * mirrored(derivative(y, x))


# Powers and exponentials


@elementwise(
    label="Reciprocal",
    ufunc=np.reciprocal,
    kinds=FLOATS,
    domain=NONZERO,
    grad=slope(lambda y, x: -square(y)),
)
def reciprocal(x):
    """`1 / x`.

    >>> df.reciprocal([2.0, -4.0]).eval()
    array([ 0.5 , -0.25], dtype=float32)
    """
    return np.reciprocal(x)


@elementwise(
    label="Rsqrt",
    kinds=FLOATS,
    domain=POSITIVE,
    grad=slope(lambda y, x: -0.5 * y * square(y)),
    written=lambda x: "np.divide(1, np.sqrt({0}))",
)
def rsqrt(x):
    """`1 / sqrt(x)`.

    >>> df.rsqrt([4.0, 0.25]).eval()
    array([0.5, 2. ], dtype=float32)
    """
    return np.divide(1, np.sqrt(x))


@elementwise(
    label="Expm1", ufunc=np.expm1, kinds=FLOATS, grad=slope(lambda y, x: y + 1)
)
def expm1(x):
    """`exp(x) - 1`, exact near 0.

    >>> df.exp(1e-10).eval() - 1, df.expm1(1e-10).eval()
    (np.float32(0.0), np.float32(1e-10))
    """
    return np.expm1(x)


@elementwise(
    label="Log1p",
    ufunc=np.log1p,
    kinds=FLOATS,
    domain=POSITIVE,
    grad=slope(lambda y, x: 1 / (1 + x)),
)
def log1p(x):
    """`log(1 + x)`, exact near 0.

    >>> df.log(1 + df.constant(1e-10)).eval(), df.log1p(1e-10).eval()
    (np.float32(0.0), np.float32(1e-10))
    """
    return np.log1p(x)


# Circular and hyperbolic functions


@elementwise(label="Sin", ufunc=np.sin, kinds=FLOATS, grad=slope(lambda y, x: cos(x)))
def sin(x):
    """Sine of `x`, in radians.

    >>> df.sin([0.0, np.pi / 6, np.pi / 2]).eval().round(4)
    array([0. , 0.5, 1. ], dtype=float32)
    """
    return np.sin(x)


@elementwise(label="Cos", ufunc=np.cos, kinds=FLOATS, grad=slope(lambda y, x: -sin(x)))
def cos(x):
    """Cosine of `x`, in radians.

    >>> df.cos([0.0, np.pi / 3, np.pi]).eval().round(4)
    array([ 1. ,  0.5, -1. ], dtype=float32)
    """
    return np.cos(x)


@elementwise(
    label="Tan",
    ufunc=np.tan,
    kinds=FLOATS,
    domain=WITHIN_1,
    grad=slope(lambda y, x: 1 + square(y)),
)
def tan(x):
    """Tangent of `x`, in radians.

    >>> df.tan([0.0, np.pi / 4]).eval().round(4)
    array([0., 1.], dtype=float32)
    """
    return np.tan(x)


@elementwise(
    label="Asin",
    ufunc=np.arcsin,
    kinds=FLOATS,
    domain=WITHIN_1,
    grad=slope(lambda y, x: rsqrt(1 - square(x))),
)
def asin(x):
    """The angle in radians, from -pi/2 to pi/2, that has the sine `x`; NaN if none has.

    >>> df.asin([-1.0, 0.0, 1.0]).eval().round(4)
    array([-1.5708,  0.    ,  1.5708], dtype=float32)
    """
    return np.arcsin(x)


@elementwise(
    label="Acos",
    ufunc=np.arccos,
    kinds=FLOATS,
    domain=WITHIN_1,
    grad=slope(lambda y, x: -rsqrt(1 - square(x))),
)
def acos(x):
    """The angle in radians, from 0 to pi, that has the cosine `x`; NaN if none has.

    >>> df.acos([1.0, 0.0, -1.0]).eval().round(4)
    array([0.    , 1.5708, 3.1416], dtype=float32)
    """
    return np.arccos(x)


@elementwise(
    label="Atan",
    ufunc=np.arctan,
    kinds=FLOATS,
    grad=slope(lambda y, x: reciprocal(1 + square(x))),
)
def atan(x):
    """The angle in radians, from -pi/2 to pi/2, that has the tangent `x`.

    >>> df.atan([-1.0, 0.0, np.inf]).eval().round(4)
    array([-0.7854,  0.    ,  1.5708], dtype=float32)
    """
    return np.arctan(x)


def atan2_grad(g, angle, y, x):
    part = g / (square(x) + square(y))
    return x * part, -y * part


@elementwise(
    label="Atan2", ufunc=np.arctan2, kinds="f", domain=NONZERO, grad=atan2_grad
)
def atan2(y, x):
    """The angle of the point `(x, y)`, in radians from -pi to pi.

    >>> df.atan2([1.0, 1.0, -1.0], [1.0, -1.0, -1.0]).eval().round(4)
    array([ 0.7854,  2.3562, -2.3562], dtype=float32)
    """
    return np.arctan2(y, x)


@elementwise(
    label="Sinh", ufunc=np.sinh, kinds=FLOATS, grad=slope(lambda y, x: cosh(x))
)
def sinh(x):
    """Hyperbolic sine of `x`.

    >>> df.sinh([-1.0, 0.0, 1.0]).eval().round(4)
    array([-1.1752,  0.    ,  1.1752], dtype=float32)
    """
    return np.sinh(x)


@elementwise(
    label="Cosh", ufunc=np.cosh, kinds=FLOATS, grad=slope(lambda y, x: sinh(x))
)
def cosh(x):
    """Hyperbolic cosine of `x`.

    >>> df.cosh([-1.0, 0.0, 1.0]).eval().round(4)
    array([1.5431, 1.    , 1.5431], dtype=float32)
    """
    return np.cosh(x)


@elementwise(
    label="Asinh",
    ufunc=np.arcsinh,
    kinds=FLOATS,
    grad=slope(lambda y, x: 1 / cosh(y)),
)
def asinh(x):
    """The number whose hyperbolic sine is `x`.

    >>> df.asinh([-1.0, 0.0, 1.0]).eval().round(4)
    array([-0.8814,  0.    ,  0.8814], dtype=float32)
    """
    return np.arcsinh(x)


@elementwise(
    label="Acosh",
    ufunc=np.arccosh,
    kinds=FLOATS,
    domain=ABOVE_1,
    grad=slope(lambda y, x: 1 / sinh(y)),
)
def acosh(x):
    """The number from 0 on whose hyperbolic cosine is `x`; NaN below 1.

    >>> df.acosh([1.0, 2.0]).eval().round(4)
    array([0.   , 1.317], dtype=float32)
    """
    return np.arccosh(x)


@elementwise(
    label="Atanh",
    ufunc=np.arctanh,
    kinds=FLOATS,
    domain=WITHIN_1,
    grad=slope(lambda y, x: reciprocal(1 - square(x))),
)
def atanh(x):
    """The number whose hyperbolic tangent is `x`.

    >>> df.atanh([-0.5, 0.0, 0.5]).eval().round(4)
    array([-0.5493,  0.    ,  0.5493], dtype=float32)
    """
    return np.arctanh(x)


# Products that count 0 times anything as 0


@elementwise(
    kinds="f",
    grad=lambda g, y, a, b: (multiply_no_nan(g, b), multiply_no_nan(a, g)),
)
def multiply_no_nan(x, y):
    """`x * y`; 0 where `y` is 0, even if `x` is infinite or no number.

    >>> df.math.multiply_no_nan([2.0, np.inf], [3.0, 0.0]).eval()
    array([6., 0.], dtype=float32)
    """
    return zero_where(y, np.multiply(x, y))


def zero_where(x, value):
    """`value`, but 0 where `x` is."""
    return np.where(x == 0, np.zeros_like(value), value)[()]


def is_not_zero(x):
    return select(not_equal(x, 0), ones_like(x), 0)


@elementwise(
    label="Xlogy",
    kinds=FLOATS,
    domain=POSITIVE,
    grad=lambda g, y, a, b: (g * xlogy(is_not_zero(a), b), g * xdivy(a, b)),
)
def xlogy(x, y):
    """`x * log(y)`; 0 where `x` is 0.

    >>> df.math.xlogy([0.0, 2.0], [0.0, np.e]).eval().round(4)
    array([0., 2.], dtype=float32)
    """
    return zero_where(x, x * np.log(y))


@elementwise(
    kinds=FLOATS,
    domain=POSITIVE,
    grad=lambda g, y, a, b: (g * xlog1py(is_not_zero(a), b), g * xdivy(a, b + 1)),
)
def xlog1py(x, y):
    """`x * log(1 + y)`; 0 where `x` is 0.

    >>> df.math.xlog1py([0.0, 2.0], [-1.0, np.e - 1]).eval().round(4)
    array([0., 2.], dtype=float32)
    """
    return zero_where(x, x * np.log1p(y))


@elementwise(
    kinds=FLOATS,
    domain=POSITIVE,
    grad=lambda g, y, a, b: (
        g * xdivy(is_not_zero(a), b),
        g * xdivy(-a, square(b)),
    ),
)
def xdivy(x, y):
    """`x / y`; 0 where `x` is 0.

    >>> df.math.xdivy([0.0, 1.0], [0.0, 2.0]).eval()
    array([0. , 0.5], dtype=float32)
    """
    return zero_where(x, np.true_divide(x, y))


def reciprocal_no_nan(x: Any, name: str | None = None) -> Tensor:
    """`1 / x`; 0 where `x` is 0.

    >>> df.math.reciprocal_no_nan([2.0, 0.0]).eval()
    array([0.5, 0. ], dtype=float32)
    """
    x = as_tensor(x)
    return div_no_nan(ones_like(x), x, name=name or "reciprocal_no_nan")


# Rounding


@elementwise(label="Ceil", ufunc=np.ceil, kinds="f", domain=NONZERO, grad=no_gradient)
def ceil(x):
    """The whole number that is next from `x` upwards.

    >>> df.ceil([1.2, -1.2]).eval()
    array([ 2., -1.], dtype=float32)
    """
    return np.ceil(x)


@elementwise(label="Floor", ufunc=np.floor, kinds="f", domain=NONZERO, grad=no_gradient)
def floor(x):
    """The whole number that is next from `x` downwards.

    >>> df.floor([1.2, -1.2]).eval()
    array([ 1., -2.], dtype=float32)
    """
    return np.floor(x)


@elementwise(label="Rint", ufunc=np.rint, kinds="f", domain=NONZERO, grad=no_gradient)
def rint(x):
    """The nearest whole number, of two the even one.

    >>> df.rint([0.5, 1.5, -1.7]).eval()
    array([ 0.,  2., -2.], dtype=float32)
    """
    return np.rint(x)


def round(x: Any, name: str | None = None) -> Tensor:
    """The nearest whole number, of two the even one; ints as they are.

    >>> df.round([0.5, 1.5, -1.7]).eval()
    array([ 0.,  2., -2.], dtype=float32)
    >>> df.round([1, 2]).eval()
    array([1, 2], dtype=int32)
    """
    x = as_tensor(x)
    if x.spec.dtype is not None and x.spec.dtype.kind in "iu":
        return x
    return rint(x, name=name or "Round")


def saturate_cast(value: Any, dtype: Any, name: str | None = None) -> Tensor:
    """`value` in another `dtype`, of which it gets the lowest or highest at most.

    >>> df.saturate_cast([-3.0, 100.7, 300.0], df.uint8).eval()
    array([  0, 100, 255], dtype=uint8)
    """
    x, wanted = as_tensor(value), as_dtype(dtype)
    given = x.spec.dtype
    if given is None or given.kind not in ORDERED:
        raise DTypeError(
            f"saturate_cast takes what is known as ints or floats, got {x}"
        )
    with scope(name, "saturate_cast", x) as full_name:
        low, high = range_within(wanted, given)
        return cast(minimum(maximum(x, low), high), wanted, name=full_name)


def range_within(dtype, within):
    """The lowest and highest value of `dtype` that there is in the other dtype too."""
    limits, outer = limits_of(dtype), limits_of(within)
    low, high = max(limits.min, outer.min), min(limits.max, outer.max)
    if within.kind == "f" and dtype.kind in "iu" and float(within.type(high)) > high:
        high = np.nextafter(within.type(high), within.type(0))
    return low, high


def limits_of(dtype):
    return np.iinfo(dtype) if dtype.kind in "iu" else np.finfo(dtype)


# What kind of a number it is

_TEST: dict[str, Any] = {
    "dtype": BOOL,
    "kinds": "f",
    "grad": no_gradient,
    "examples": [args(np.array([0.0, np.nan, -np.inf])), args((0, 2)), args(())],
}


@elementwise(label="IsNan", ufunc=np.isnan, **_TEST)
def is_nan(x):
    """Whether `x` is NaN, no number.

    >>> df.is_nan([1.0, np.inf, np.nan]).eval()
    array([False, False,  True])
    """
    return np.isnan(x)


@elementwise(label="IsInf", ufunc=np.isinf, **_TEST)
def is_inf(x):
    """Whether `x` is infinite.

    >>> df.is_inf([1.0, -np.inf, np.nan]).eval()
    array([False,  True, False])
    """
    return np.isinf(x)


@elementwise(label="IsFinite", ufunc=np.isfinite, **_TEST)
def is_finite(x):
    """Whether `x` is neither infinite nor NaN.

    >>> df.is_finite([1.0, np.inf, np.nan]).eval()
    array([ True, False, False])
    """
    return np.isfinite(x)


def is_non_decreasing(x: Any, name: str | None = None) -> Tensor:
    """Whether each element of `x`, row by row, is at least the one before it.

    >>> df.is_non_decreasing([1, 2, 2]).eval(), df.is_non_decreasing([2, 1]).eval()
    (np.True_, np.False_)
    """
    with scope(name, "is_non_decreasing", x):
        before, after = neighbours(x)
        return reduce_all(less_equal(before, after))


def is_strictly_increasing(x: Any, name: str | None = None) -> Tensor:
    """Whether each element of `x`, row by row, is above the one before it.

    >>> df.is_strictly_increasing([1, 2, 3]).eval()
    np.True_
    >>> df.is_strictly_increasing([1, 2, 2]).eval()
    np.False_
    """
    with scope(name, "is_strictly_increasing", x):
        before, after = neighbours(x)
        return reduce_all(less(before, after))


def neighbours(x):
    flat = reshape(as_tensor(x), [-1])
    return flat[:-1], flat[1:]


@elementwise(
    label="NextAfter",
    ufunc=np.nextafter,
    kinds="f",
    grad=lambda g, y, a, b: (g, zeros_like(g)),
)
def nextafter(x1, x2):
    """The number that comes after `x1` on the way to `x2`.

    >>> df.math.nextafter([1.0, 1.0], [2.0, 0.0]).eval()
    array([1.0000001 , 0.99999994], dtype=float32)
    """
    return np.nextafter(x1, x2)


def polyval(coeffs: Any, x: Any, name: str | None = None) -> Tensor:
    """The polynomial at `x` with these coefficients, that of the highest power first.

    It is computed by Horner's rule.

    >>> df.math.polyval([2.0, 0.0, 1.0], [1.0, 3.0]).eval()  # 2 * x ** 2 + 1
    array([ 3., 19.], dtype=float32)
    """
    x = as_tensor(x)
    with scope(name, "polyval", x, *coeffs):
        if not coeffs:
            return zeros_like(x)
        first, *rest = [as_tensor(c, x.dtype) for c in coeffs]
        return functools.reduce(lambda value, c: c + value * x, rest, first)
