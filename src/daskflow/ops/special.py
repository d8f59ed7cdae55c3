"""Special functions: of errors, gamma, beta, zeta and Bessel.

They are computed in float64, whatever the dtype of the result.
"""

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from daskflow.defaults import scope
from daskflow.graph import Tensor
from daskflow.opdef import POSITIVE, Domain, Example
from daskflow.ops.array import ones_like
from daskflow.ops.define import args, elementwise
from daskflow.ops.functions import log1p
from daskflow.ops.math import abs, equal, exp, log, select, sign, square
from daskflow.ops.reduce import reduce_sum
from daskflow.values import as_tensor

__all__ = [
    "betainc",
    "digamma",
    "erf",
    "erfc",
    "igamma",
    "igammac",
    "lbeta",
    "lgamma",
    "polygamma",
    "zeta",
]

ROOT_PI = np.sqrt(np.pi)
WITHIN_1 = Domain(0.05, 0.9)
FRACTION = Domain(0.1, 0.9, signed=False)
ABOVE_1 = Domain(1.5, 4.0, signed=False)


def in_float64(function: Callable[..., Any]) -> Callable[..., Any]:
    """A kernel that computes in float64 and gives the dtype of its inputs."""

    @functools.wraps(function)
    def kernel(*xs: Any) -> Any:
        dtype = np.result_type(*xs)
        y = function(*np.broadcast_arrays(*[np.asarray(x, np.float64) for x in xs]))
        return np.asarray(y).astype(dtype, copy=False)[()]

    return kernel


def singles(*inputs: Any) -> list[Example]:
    """An example of float32, of which no slope is tried: some inputs have no gradient,
    or that has none."""
    return [args(*[np.array(x, np.float32) for x in inputs])]


def polynomial(coefficients: Sequence[float], x: Any) -> Any:
    """By Horner's rule, the coefficient of the highest power first."""
    return functools.reduce(lambda value, c: value * x + c, coefficients)


# Error functions
# Cody 1969, "Rational Chebyshev approximations for the error function": numerator and
# denominator for small, middle and large arguments.

SMALL = (
    [0.185777706184603153, 3.16112374387056560, 113.864154151050156,
     377.485237685302021, 3209.37758913846947],
    [1.0, 23.6012909523441209, 244.024637934444173, 1282.61652607737228,
     2844.23683343917062],
)  # fmt: skip
MIDDLE = (
    [2.15311535474403846e-8, 0.564188496988670089, 8.88314979438837594,
     66.1191906371416295, 298.635138197400131, 881.952221241769090,
     1712.04761263407058, 2051.07837782607147, 1230.33935479799725],
    [1.0, 15.7449261107098347, 117.693950891312499, 537.181101862009858,
     1621.38957456669019, 3290.79923573345963, 4362.61909014324716,
     3439.36767414372164, 1230.33935480374942],
)  # fmt: skip
LARGE = (
    [0.0163153871373020978, 0.305326634961232344, 0.360344899949804439,
     0.125781726111229246, 0.0160837851487422766, 6.58749161529837803e-4],
    [1.0, 2.56852019228982242, 1.87295284992346047, 0.527905102951428412,
     0.0605183413124413191, 2.33520497626869185e-3],
)  # fmt: skip


def ratio(coefficients: Any, x: Any) -> Any:
    above, below = coefficients
    return polynomial(above, x) / polynomial(below, x)


def erf_near_0(x: Any) -> Any:
    return x * ratio(SMALL, np.minimum(x * x, 0.25))


def erfc_above(x: Any) -> Any:
    """erfc of a positive `x` that is not near 0."""
    middle = ratio(MIDDLE, np.minimum(x, 4.0))
    far = np.maximum(x, 4.0)
    inverse = 1 / (far * far)
    large = (1 / ROOT_PI - inverse * ratio(LARGE, inverse)) / far
    rounded = np.trunc(np.minimum(x, 30.0) * 16) / 16  # its square is exact
    power = np.exp(-rounded * rounded) * np.exp((rounded - x) * (rounded + x))
    return power * np.where(x <= 4.0, middle, large)


def erf_of(x: Any) -> Any:
    size = np.abs(x)
    beyond = np.copysign(1 - erfc_above(np.maximum(size, 0.4)), x)
    return np.where(size <= 0.46875, erf_near_0(x), beyond)


def erfc_of(x: Any) -> Any:
    size = np.abs(x)
    beyond = erfc_above(np.maximum(size, 0.4))
    beyond = np.where(x < 0, 2 - beyond, beyond)
    return np.where(size <= 0.46875, 1 - erf_near_0(x), beyond)


def bell(x):
    """The derivative of erf."""
    return 2 / ROOT_PI * exp(-square(x))


@elementwise(label="Erf", kinds="f", grad=lambda g, y, x: g * bell(x))
@in_float64
def erf(x):
    """The error function, `2 / sqrt(pi)` times the integral of `exp(-t * t)` to `x`.

    >>> df.erf([-1.0, 0.0, 1.0]).eval().round(4)
    array([-0.8427,  0.    ,  0.8427], dtype=float32)
    """
    return erf_of(x)


@elementwise(label="Erfc", kinds="f", grad=lambda g, y, x: -g * bell(x))
@in_float64
def erfc(x):
    """`1 - erf(x)`, exact where that is near 0.

    >>> df.erfc([0.0, 1.0]).eval().round(4)
    array([1.    , 0.1573], dtype=float32)
    >>> df.erfc(6.0).eval() > 0.0, 1.0 - df.erf(6.0).eval()
    (np.True_, np.float32(0.0))
    """
    return erfc_of(x)


def erfcinv_of(q: Any, x: Any) -> Any:
    """The number whose erfc is `q`, in 0 to 1, and whose erf is `x = 1 - q`.

    From Abramowitz and Stegun 26.2.23 on by three of Halley's steps.
    """
    t = np.sqrt(-2 * np.log(q / 2))
    above = polynomial([0.010328, 0.802853, 2.515517], t)
    below = polynomial([0.001308, 0.189269, 1.432788, 1.0], t)
    y = (t - above / below) / np.sqrt(2)
    for _ in "123":
        distance = np.where(q < 0.5, q - erfc_of(y), erf_of(y) - x)
        step = distance * ROOT_PI / 2 * np.exp(y * y)
        y = y - step / (1 + y * step)
    near_0 = ROOT_PI / 2 * x * (1 + np.pi / 12 * x * x)
    return np.where(q == 0, np.inf, np.where(x < 1e-5, near_0, y))


@elementwise(
    kinds="f", domain=WITHIN_1, grad=lambda g, y, x: g * (ROOT_PI / 2) * exp(square(y))
)
@in_float64
def erfinv(x):
    """The number whose `erf` is `x`.

    >>> df.math.erfinv([0.0, 0.8427]).eval().round(3)
    array([0., 1.], dtype=float32)
    """
    size = np.abs(x)
    return np.copysign(erfcinv_of(1 - size, size), x)


@elementwise(
    kinds="f",
    domain=FRACTION,
    grad=lambda g, y, x: g * np.sqrt(2 * np.pi) * exp(square(y) / 2),
)
@in_float64
def ndtri(x):
    """The number below which a standard normal variable is with probability `x`.

    >>> df.math.ndtri([0.025, 0.5, 0.975]).eval().round(2)
    array([-1.96,  0.  ,  1.96], dtype=float32)
    """
    tail = 2 * np.minimum(x, 1 - x)
    return np.copysign(np.sqrt(2) * erfcinv_of(tail, 1 - tail), x - 0.5)


# Gamma and zeta functions

BERNOULLI = [1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510,
             43867 / 798, -174611 / 330]  # fmt: skip
"""B2, B4, ..."""

TINY = 1e-20
"""Closer to 0 than this a function is what its pole makes it, to a float64."""

FAR = 10.0
"""From here on the asymptotic series are exact to a float64."""


def lgamma_of(x: Any) -> Any:
    """By Stirling's series, Abramowitz and Stegun 6.1.41, after as many steps of the
    recurrence as lead far enough, and 6.1.17 on the left."""
    is_left = x < 0.5
    z = np.where(is_left, 1 - x, x)
    product = np.ones_like(z)
    for _ in range(int(FAR)):
        product = np.where(z < FAR, product * z, product)
        z = np.where(z < FAR, z + 1, z)
    terms = [b / (2 * k * (2 * k - 1)) for k, b in enumerate(BERNOULLI, 1)]
    series = polynomial(terms[::-1], 1 / (z * z)) / z
    right = (z - 0.5) * np.log(z) - z + np.log(2 * np.pi) / 2 + series - np.log(product)
    right = np.where(np.isposinf(z), np.inf, right)
    sine = np.sin(np.pi * (x - np.round(x)))
    left = np.log(np.pi) - np.log(np.abs(sine)) - right
    left = np.where(np.abs(x) < TINY, -np.log(np.abs(x)), left)
    left = np.where(np.isneginf(x) | (x == np.floor(x)), np.inf, left)
    return np.where(is_left, left, right)


def digamma_of(x: Any) -> Any:
    """Abramowitz and Stegun 6.3.18, 6.3.5 and 6.3.7."""
    is_left = x < 0.5
    z = np.where(is_left, 1 - x, x)
    shifts = np.zeros_like(z)
    for _ in range(int(FAR)):
        shifts = np.where(z < FAR, shifts + 1 / z, shifts)
        z = np.where(z < FAR, z + 1, z)
    terms = [b / (2 * k) for k, b in enumerate(BERNOULLI, 1)]
    inverse = 1 / (z * z)
    series = polynomial(terms[::-1], inverse) * inverse
    right = np.log(z) - 0.5 / z - series - shifts
    left = right - np.pi / np.tan(np.pi * (x - np.round(x)))
    left = np.where((x <= 0) & (x == np.floor(x)), np.nan, left)
    return np.where(is_left, left, right)


def zeta_of(x: Any, q: Any) -> Any:
    """Euler's and Maclaurin's formula: Johansson 2015, "Rigorous high-precision
    computation of the Hurwitz zeta function and its derivatives", equation 5."""
    z, total, far = q, np.zeros_like(q), FAR + np.minimum(x, 500.0)
    with np.errstate(all="ignore"):
        z = np.where(z > -1e6, z, np.nan)  # the sum would be too long
        while np.any(z < far):
            total = np.where(z < far, total + z**-x, total)
            z = np.where(z < far, z + 1, z)
        tail = z ** (1 - x) / (x - 1) + 0.5 * z**-x
        factor = x * z ** (-x - 1)
        for k, b in enumerate(BERNOULLI, 1):
            factor = factor / ((2 * k - 1) * (2 * k))
            tail = tail + b * factor
            factor = factor * (x + 2 * k - 1) * (x + 2 * k) / (z * z)
        value = total + tail
    is_pole = (x == 1) | ((q <= 0) & (q == np.floor(q)))
    is_no_number = (x < 1) | ((q < 0) & (x != np.floor(x)))
    return np.where(is_pole, np.inf, np.where(is_no_number, np.nan, value))


@elementwise(
    label="Lgamma", kinds="f", domain=POSITIVE, grad=lambda g, y, x: g * digamma(x)
)
@in_float64
def lgamma(x):
    """The logarithm of the absolute value of the gamma function.

    >>> df.lgamma([1.0, 5.0]).eval().round(4)  # log(0!), log(4!)
    array([0.    , 3.1781], dtype=float32)
    """
    return lgamma_of(x)


@elementwise(
    label="Digamma",
    kinds="f",
    domain=POSITIVE,
    grad=lambda g, y, x: g * polygamma(ones_like(x), x),
)
@in_float64
def digamma(x):
    """The derivative of `lgamma`, psi.

    >>> df.digamma([1.0, 2.0]).eval().round(4)
    array([-0.5772,  0.4228], dtype=float32)
    """
    return digamma_of(x)


@elementwise(
    label="Polygamma",
    kinds="f",
    domain=POSITIVE,
    grad=lambda g, y, a, x: (None, g * polygamma(a + 1, x)),
    examples=singles([1.0, 2.0], [0.5, 2.0]) + singles([[0.0], [3.0]], [1.5, 20.0]),
)
@in_float64
def polygamma(a, x):
    """The derivative of `digamma` of order `a`, a whole number from 0 on.

    >>> df.polygamma([0.0, 1.0], 1.0).eval().round(4)
    array([-0.5772,  1.6449], dtype=float32)
    """
    order = np.where(a > 0, a, 1.0)
    value = (
        -np.cos(np.pi * order) * np.exp(lgamma_of(order + 1)) * zeta_of(order + 1, x)
    )
    value = np.where(a == 0, digamma_of(x), value)
    return np.where((a == np.floor(a)) & (a >= 0), value, np.nan)


@elementwise(
    label="Zeta",
    kinds="f",
    domain=ABOVE_1,
    grad=lambda g, y, x, q: (None, -g * x * zeta(x + 1, q)),
    examples=singles([2.0, 3.5], [0.5, 2.0]) + singles([[2.0], [30.0]], [1.0, 20.0]),
)
@in_float64
def zeta(x, q):
    """Hurwitz's zeta function, the sum of `(q + k) ** -x` over all `k` from 0 on.

    >>> df.zeta(2.0, [1.0, 2.0]).eval().round(4)
    array([1.6449, 0.6449], dtype=float32)
    """
    return zeta_of(x, q)


# Incomplete gamma and beta functions

STEPS = 5_000
TINY = 1e-300
EPSILON = np.finfo(np.float64).eps / 4


def gamma_parts(a: Any, x: Any) -> tuple[Any, Any]:
    """The lower and the upper part of the gamma function, of 1 together.

    By the series of DLMF 8.11.4 up to `a + 1`, and the fraction of 8.9.2 beyond.
    """
    front = np.exp(a * np.log(x) - x - lgamma_of(a))
    is_lower = x < a + 1
    lower = front * lower_series(a, np.where(is_lower, x, 0.0))
    upper = front * upper_fraction(a, np.where(is_lower, a + 1, x))
    lower, upper = (
        np.where(is_lower, lower, 1 - upper),
        np.where(is_lower, 1 - lower, upper),
    )
    lower = np.where(x == 0, 0.0, np.where(np.isposinf(x), 1.0, lower))
    upper = np.where(x == 0, 1.0, np.where(np.isposinf(x), 0.0, upper))
    is_no_number = (x < 0) | (a <= 0) | np.isnan(a) | np.isnan(x)
    return np.where(is_no_number, np.nan, lower), np.where(is_no_number, np.nan, upper)


def lower_series(a: Any, x: Any) -> Any:
    term = 1 / a
    total = term
    for k in range(1, STEPS):
        term = term * x / (a + k)
        total = total + term
        if not np.any(np.abs(term) > EPSILON * np.abs(total)):
            break
    return total


def upper_fraction(a: Any, x: Any) -> Any:
    def parts(k: int) -> tuple[Any, Any]:
        return -k * (k - a), x - a + 1 + 2 * k

    return fraction(x - a + 1, parts)


def fraction(start: Any, parts: Callable[[int], tuple[Any, Any]]) -> Any:
    """`1 / (start + n1 / (d1 + n2 / (d2 + ...)))`, by the method of Lentz.

    Lentz 1976, with the change of Thompson and Barnett 1986.
    """
    d = 1 / start
    c, value = np.full_like(d, 1 / TINY), d
    for k in range(1, STEPS):
        numerator, denominator = parts(k)
        d = 1 / not_0(numerator * d + denominator)
        c = not_0(denominator + numerator / c)
        value = value * c * d
        if not np.any(np.abs(c * d - 1) > EPSILON * 4):
            break
    return value


def not_0(x: Any) -> Any:
    return np.where(np.abs(x) < TINY, TINY, x)


def igamma_slope(a, x):
    """The derivative of `igamma` by `x`."""
    return exp((a - 1) * log(x) - x - lgamma(a))


def igamma_grad(g, y, a, x):
    return g * igamma_grad_a(a, x), g * igamma_slope(a, x)


_GAMMA: dict[str, Any] = {
    "kinds": "f",
    "examples": singles([0.5, 2.0, 30.0], [1.5, 0.3, 29.0]) + singles([], [[1.0]]),
}


@elementwise(label="Igamma", grad=igamma_grad, **_GAMMA)
@in_float64
def igamma(a, x):
    """The lower part of the incomplete gamma function, regularized: 0 to 1.

    >>> df.igamma(1.0, [0.0, 1.0]).eval().round(4)  # 1 - exp(-x)
    array([0.    , 0.6321], dtype=float32)
    """
    return gamma_parts(a, x)[0]


@elementwise(
    label="Igammac", grad=lambda g, y, a, x: igamma_grad(-g, y, a, x), **_GAMMA
)
@in_float64
def igammac(a, x):
    """The upper part of the incomplete gamma function, regularized: `1 - igamma`.

    >>> df.igammac(1.0, [0.0, 1.0]).eval().round(4)  # exp(-x)
    array([1.    , 0.3679], dtype=float32)
    """
    return gamma_parts(a, x)[1]


@elementwise(label="IgammaGradA", **_GAMMA)
@in_float64
def igamma_grad_a(a, x):
    """The derivative of `igamma` by `a`: that of its series, term by term."""
    term = np.exp(a * np.log(x) - x - lgamma_of(a + 1))
    slope = term * (np.log(x) - digamma_of(a + 1))
    total = slope
    for k in range(1, STEPS):
        factor = x / (a + k)
        slope = (slope - term / (a + k)) * factor
        term = term * factor
        total = total + slope
        if not np.any((np.abs(slope) > EPSILON * np.abs(total)) & (a + k < 2 * x + 50)):
            break
    return np.where((x < 0) | (a <= 0), np.nan, np.where(x == 0, 0.0, total))


def betainc_of(a: Any, b: Any, x: Any) -> Any:
    """DLMF 8.17.22, with 8.17.4 where that converges faster."""
    is_right = x > (a + 1) / (a + b + 2)
    p, q = np.where(is_right, b, a), np.where(is_right, a, b)
    z = np.where(is_right, 1 - x, x)
    logarithm = lgamma_of(a + b) - lgamma_of(a) - lgamma_of(b)
    front = np.exp(logarithm + p * np.log(z) + q * np.log1p(-z)) / p

    def parts(k: int) -> tuple[Any, Any]:
        m = k // 2
        if k % 2:
            numerator = -(p + m) * (p + q + m) * z / ((p + 2 * m) * (p + 2 * m + 1))
        else:
            numerator = m * (q - m) * z / ((p + 2 * m - 1) * (p + 2 * m))
        return numerator, np.ones_like(z)

    value = front * fraction(np.ones_like(z), parts)
    value = np.where(is_right, 1 - value, value)
    value = np.where(x == 0, 0.0, np.where(x == 1, 1.0, value))
    return np.where((a <= 0) | (b <= 0) | (x < 0) | (x > 1), np.nan, value)


def betainc_grad(g, y, a, b, x):
    logarithm = lgamma(a) + lgamma(b) - lgamma(a + b)
    return None, None, g * exp((b - 1) * log1p(-x) + (a - 1) * log(x) - logarithm)


@elementwise(
    label="Betainc",
    kinds="f",
    grad=betainc_grad,
    examples=(
        singles([2.0, 0.5], [1.5, 3.0], [0.2, 0.9])
        + singles(30.0, 10.0, [[0.5], [0.75]])
    ),
)
@in_float64
def betainc(a, b, x):
    """The incomplete beta function, regularized: 0 to 1 for `x` from 0 to 1.

    No gradient flows to `a` and `b`.

    >>> df.betainc(2.0, 2.0, [0.0, 0.2, 0.5, 1.0]).eval().round(4)
    array([0.   , 0.104, 0.5  , 1.   ], dtype=float32)
    """
    return betainc_of(a, b, x)


def lbeta(x: Any, name: str | None = None) -> Tensor:
    """The logarithm of the beta function of the numbers along the last axis.

    >>> df.lbeta([2.0, 3.0]).eval().round(4)  # log(1! * 2! / 4!)
    np.float32(-2.4849)
    """
    x = as_tensor(x)
    with scope(name, "lbeta", x):
        return reduce_sum(lgamma(x), -1) - lgamma(reduce_sum(x, -1))


# Bessel functions


def bessel_of(order: int, x: Any) -> Any:
    """`exp(-abs(x))` times the modified Bessel function of the first kind.

    The series of DLMF 10.25.2 up to 25, and that of 10.40.1 beyond.
    """
    size = np.abs(x)
    near, far = np.minimum(size, 25.0), np.maximum(size, 25.0)
    quarter = near * near / 4
    term = np.ones_like(near) if order == 0 else near / 2
    small = term
    for k in range(1, 80):
        term = term * quarter / (k * (k + order))
        small = small + term
    term = large = np.ones_like(far)
    for k in range(1, 30):
        term = term * ((2 * k - 1) ** 2 - 4 * order * order) / (8 * k * far)
        large = large + term
    value = np.where(
        size <= 25.0, np.exp(-near) * small, large / np.sqrt(2 * np.pi * far)
    )
    return np.copysign(value, x) if order == 1 else value


@elementwise(kinds="f", grad=lambda g, y, x: g * (bessel_i1e(x) - sign(x) * y))
@in_float64
def bessel_i0e(x):
    """`exp(-abs(x)) * bessel_i0(x)`.

    >>> df.math.bessel_i0e([0.0, 1.0]).eval().round(4)
    array([1.    , 0.4658], dtype=float32)
    """
    return bessel_of(0, x)


def i1_over_x(x):
    """`bessel_i1e(x) / x`; at 0 it is 1 / 2."""
    is_zero = equal(x, 0)
    safe = select(is_zero, 1, x)
    return select(is_zero, 0.5, bessel_i1e(safe) / safe)


@elementwise(
    kinds="f",
    domain=Domain(0.2),
    grad=lambda g, y, x: g * (bessel_i0e(x) - y * sign(x) - i1_over_x(x)),
)
@in_float64
def bessel_i1e(x):
    """`exp(-abs(x)) * bessel_i1(x)`.

    >>> df.math.bessel_i1e([0.0, 1.0]).eval().round(4)
    array([0.    , 0.2079], dtype=float32)
    """
    return bessel_of(1, x)


@elementwise(kinds="f", grad=lambda g, y, x: g * bessel_i1(x))
@in_float64
def bessel_i0(x):
    """The modified Bessel function of the first kind of order 0.

    >>> df.math.bessel_i0([0.0, 1.0]).eval().round(4)
    array([1.    , 1.2661], dtype=float32)
    """
    return np.exp(np.abs(x)) * bessel_of(0, x)


@elementwise(
    kinds="f",
    domain=Domain(0.2),
    grad=lambda g, y, x: g * (bessel_i0(x) - exp(abs(x)) * i1_over_x(x)),
)
@in_float64
def bessel_i1(x):
    """The modified Bessel function of the first kind of order 1.

    >>> df.math.bessel_i1([0.0, 1.0]).eval().round(4)
    array([0.    , 0.5652], dtype=float32)
    """
    return np.exp(np.abs(x)) * bessel_of(1, x)
