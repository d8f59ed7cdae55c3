"""Random draws: pure functions of two seeds and the number of the run.

The generator is counter-based: any draw can be made anywhere, and made again, without
those before it (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011).
"""

from typing import Any

import numpy as np

from daskflow.errors import DTypeError, GraphError, ShapeError
from daskflow.graph import Graph, Operators, Tensor, apply, get_default_graph
from daskflow.opdef import OPS, no_gradient
from daskflow.ops.array import INT32, NO_INPUTS, shape_of, zeros_like
from daskflow.ops.define import (
    args,
    filled_in,
    given_shape,
    op,
    with_holes,
    without_holes,
)
from daskflow.ops.indexing import slice as window_of
from daskflow.ops.math import mod
from daskflow.spec import as_dtype, shape_text
from daskflow.values import as_tensor, run_number

__all__ = [
    "multinomial",
    "random_crop",
    "random_gamma",
    "random_normal",
    "random_poisson",
    "random_shuffle",
    "random_uniform",
    "truncated_normal",
]

FLOAT32 = np.dtype(np.float32)
FLOAT64 = np.dtype(np.float64)
INT64 = np.dtype(np.int64)
DEFAULT_SEED = 0
"""The seed of a graph that was given none."""


def random_normal(
    shape: Any,
    mean: Any = 0.0,
    stddev: Any = 1.0,
    dtype: Any = FLOAT32,
    seed: int | None = None,
    name: str | None = None,
) -> Tensor:
    """Draws from a normal distribution, other ones in each run.

    They depend on `seed`, on the graph's seed and on the number of the run; without a
    `seed`, on where in the graph they are made. `shape` may hold tensors; `mean` and
    `stddev` may be tensors that broadcast with it, and have gradients.

    >>> x = df.random_normal([3], seed=1)
    >>> x.eval().round(2)
    array([-1.3 , -0.29, -2.27], dtype=float32)
    >>> x.eval().round(2)
    array([-0.98,  0.75, -0.4 ], dtype=float32)
    >>> df.random_normal([2, 3], mean=[0.0, 10.0, 20.0]).shape
    TensorShape([2, 3])
    """
    return scaled(normal, shape, mean, stddev, dtype, seed, name or "random_normal")


def truncated_normal(
    shape: Any,
    mean: Any = 0.0,
    stddev: Any = 1.0,
    dtype: Any = FLOAT32,
    seed: int | None = None,
    name: str | None = None,
) -> Tensor:
    """As `random_normal`, but never further than two `stddev` from the `mean`.

    >>> draws = df.truncated_normal([1000], seed=1).eval()
    >>> bool((np.abs(draws) < 2).all())
    True
    """
    name = name or "truncated_normal"
    return scaled(normal_near_mean, shape, mean, stddev, dtype, seed, name)


def scaled(add, shape, mean, stddev, dtype, seed, name):
    """Draws by `mean` and `stddev`: in one op if both are numbers."""
    if is_number(mean) and is_number(stddev):
        settings = {"mean": float(mean), "stddev": float(stddev)}
        return draws(add, shape, settings, dtype, seed, name)
    with get_default_graph().name_scope(name) as scope:
        settings = {"mean": 0.0, "stddev": 1.0}
        standard = draws(add, shape, settings, dtype, seed, None)
        mean, stddev = (as_tensor(n, standard.dtype) for n in (mean, stddev))
        return moved(standard * stddev, mean, scope)


def is_number(value):
    return not isinstance(value, Operators) and np.ndim(value) == 0


def moved(x, offset, scope):
    """Their sum, which is named after the scope that it is made in."""
    return apply(OPS["add"], (x, offset), name=scope)


def random_uniform(
    shape: Any,
    minval: Any = 0,
    maxval: Any = None,
    dtype: Any = FLOAT32,
    seed: int | None = None,
    name: str | None = None,
) -> Tensor:
    """Draws from `minval <= x < maxval`, all equally likely; ints need a `maxval`.

    `shape` may hold tensors, and `minval` and `maxval` may be tensors.

    >>> df.random_uniform([3], -1.0, 1.0, seed=1).eval().round(2)
    array([ 0.65, -0.73,  0.16], dtype=float32)
    >>> df.random_uniform([6], 1, 7, df.int32, seed=1).eval()  # dice
    array([4, 5, 2, 5, 1, 3], dtype=int32)
    """
    dtype, name = as_dtype(dtype), name or "random_uniform"
    if maxval is None and dtype is not None and dtype.kind in "iu":
        raise GraphError(f"random_uniform of {dtype} needs a maxval")
    maxval = 1 if maxval is None else maxval
    if is_number(minval) and is_number(maxval):
        check_bounds(minval, maxval, dtype)
        settings = {"minval": minval, "maxval": maxval}
        return draws(uniform, shape, settings, dtype, seed, name)
    with get_default_graph().name_scope(name) as scope:
        minval, maxval = as_tensor(minval, dtype), as_tensor(maxval, dtype)
        if dtype.kind == "f":
            share = draws(uniform, shape, {"minval": 0, "maxval": 1}, dtype, seed, None)
            return moved(share * (maxval - minval), minval, scope)
        whole = {"minval": 0, "maxval": int(np.iinfo(dtype).max)}
        drawn = draws(uniform, shape, whole, dtype, seed, None)
        return moved(mod(drawn, maxval - minval), minval, scope)


def check_bounds(minval, maxval, dtype):
    whole = dtype is not None and dtype.kind in "iu"
    if maxval < minval or (whole and maxval == minval):
        raise GraphError(f"random_uniform needs minval < maxval: {minval}, {maxval}")


def draws(add, shape, settings, dtype, seed, name):
    graph = get_default_graph()
    seeds = seeds_in(graph, seed)
    lengths, holes = with_holes(shape)
    return add(
        run_number(graph),
        *holes,
        shape=lengths,
        **settings,
        dtype=dtype,
        seeds=seeds,
        name=name,
    )


def seeds_in(graph: Graph, seed: int | None) -> tuple[int, int]:
    """The seeds of the graph and of an op made now, which its place in it stands for.

    Places count downwards from -1, where no seed that a user gives is expected.
    """
    graph_seed = DEFAULT_SEED if graph.seed is None else graph.seed
    return graph_seed, -1 - len(graph.get_operations()) if seed is None else seed


def drawn_shape(run, *holes, shape, **attrs):
    return given_shape(*holes, shape=shape)


def float_dtype(run, *holes, dtype, **attrs):
    if dtype.kind != "f":
        raise DTypeError(f"draws floats, not {dtype}")
    return dtype


_NORMAL = {"mean": 1.0, "stddev": 0.5, "seeds": (0, -4)}


@op(
    name="random_normal",
    shape=drawn_shape,
    dtype=float_dtype,
    unranked=True,
    agree=NO_INPUTS,
    grad=no_gradient,
    examples=[
        args(np.array(3), shape=(2, 3), dtype=FLOAT32, **_NORMAL),
        args(np.array(3), shape=(), dtype=FLOAT64, **_NORMAL),
        args(np.array(3), shape=(0,), dtype=np.dtype(np.float16), **_NORMAL),
        args(np.array(3), np.array(2), shape=("#", 3), dtype=FLOAT32, **_NORMAL),
    ],
)
def normal(run, /, *holes, shape, mean, stddev, dtype, seeds):
    """Draws from a normal distribution."""
    draw = generator(run, seeds).standard_normal
    values = draw(filled_in(shape, holes), precise(dtype))
    return (mean + stddev * values).astype(dtype)


@op(
    name="truncated_normal",
    shape=drawn_shape,
    dtype=float_dtype,
    unranked=True,
    agree=NO_INPUTS,
    grad=no_gradient,
    examples=[
        args(np.array(3), shape=(40, 3), dtype=FLOAT32, **_NORMAL),
        args(np.array(3), shape=(), dtype=FLOAT64, **_NORMAL),
        args(np.array(3), shape=(0,), dtype=np.dtype(np.float16), **_NORMAL),
    ],
)
def normal_near_mean(run, /, *holes, shape, mean, stddev, dtype, seeds):
    """Draws from a normal distribution, repeated until within two `stddev`."""
    draw = generator(run, seeds).standard_normal
    values = draw(filled_in(shape, holes), precise(dtype))
    while (far := np.abs(values) > 2).any():
        values[far] = draw(np.count_nonzero(far), values.dtype)
    return (mean + stddev * values).astype(dtype)


_UNIFORM = {"minval": -5, "maxval": 5, "seeds": (0, 7)}


def number_dtype(run, *holes, dtype, **attrs):
    if dtype.kind not in "iuf":
        raise DTypeError(f"draws floats or ints, not {dtype}")
    return dtype


@op(
    name="random_uniform",
    shape=drawn_shape,
    dtype=number_dtype,
    unranked=True,
    agree=NO_INPUTS,
    grad=no_gradient,
    examples=[
        args(np.array(3), shape=(2, 3), dtype=FLOAT32, **_UNIFORM),
        args(np.array(3), shape=(), dtype=np.dtype(np.int32), **_UNIFORM),
        args(np.array(3), shape=(0,), dtype=np.dtype(np.float16), **_UNIFORM),
        args(np.array(3), np.array([2, 3]), shape="#", dtype=FLOAT32, **_UNIFORM),
    ],
)
def uniform(run, /, *holes, shape, minval, maxval, dtype, seeds):
    """Draws from `minval <= x < maxval`, all equally likely."""
    draw, lengths = generator(run, seeds), filled_in(shape, holes)
    if dtype.kind in "iu":
        return draw.integers(minval, maxval, lengths, dtype)
    width = maxval - minval
    values = (minval + width * draw.random(lengths, precise(dtype))).astype(dtype)
    below = np.nextafter(dtype.type(maxval), dtype.type(minval))
    return np.minimum(values, below)  # rounding may reach maxval


def generator(run, seeds):
    """A stream of its own for each run and each pair of seeds."""
    key = np.array([seed % 2**64 for seed in seeds], np.uint64)
    counter = np.array([0, 0, 0, run], np.uint64)
    return np.random.Generator(np.random.Philox(key=key, counter=counter))


def precise(dtype):
    """The dtype to draw in: NumPy draws no shorter floats than float32."""
    return np.promote_types(dtype, FLOAT32)


# Draws that depend on tensors


def one_each_shape(run, parameter, *holes, shape, **attrs):
    lengths = given_shape(*holes, shape=shape)
    if lengths is None or parameter.shape is None:
        return None
    return lengths + parameter.shape


@op(
    name="random_gamma",
    shape=one_each_shape,
    dtype=lambda run, alpha, *holes, **attrs: alpha.dtype,
    unranked=True,
    agree=(1, 2),
    kinds="f",
    examples=[args(np.array(3), np.array([0.5, 2.0]), shape=(3,), seeds=(0, 7))],
)
def gamma(run, alpha, /, *holes, shape, seeds):
    """`shape` draws from the gamma distribution of each shape parameter `alpha`."""
    lengths = filled_in(shape, holes) + np.shape(alpha)
    values = generator(run, seeds).standard_gamma(alpha, lengths)
    return np.asarray(values, np.result_type(alpha))[()]


@op(
    name="random_poisson",
    shape=one_each_shape,
    dtype=lambda run, lam, *holes, dtype, **attrs: dtype,
    unranked=True,
    agree=(1, 2),
    kinds="iuf",
    grad=no_gradient,
    examples=[
        args(
            np.array(3), np.array([0.5, 20.0]), shape=(3,), dtype=FLOAT32, seeds=(0, 7)
        )
    ],
)
def poisson(run, lam, /, *holes, shape, dtype, seeds):
    """`shape` draws from the Poisson distribution of each rate `lam`."""
    lengths = filled_in(shape, holes) + np.shape(lam)
    return np.asarray(generator(run, seeds).poisson(lam, lengths)).astype(dtype)[()]


def random_gamma(
    shape: Any,
    alpha: Any,
    beta: Any = None,
    dtype: Any = FLOAT32,
    seed: int | None = None,
    name: str | None = None,
) -> Tensor:
    """`shape` draws from the gamma distribution of each `alpha`, with the rate `beta`.

    The mean of the draws is `alpha / beta`. The shape of the result is `shape` and then
    that to which `alpha` and `beta` broadcast. There is a gradient by `beta`, none by
    `alpha`.

    >>> df.random_gamma([3], alpha=[0.5, 1.5]).shape
    TensorShape([3, 2])
    >>> df.random_gamma([1000], 2.0, beta=4.0, seed=1).eval().mean().round(1)
    np.float32(0.5)
    """
    graph, name = get_default_graph(), name or "random_gamma"
    seeds = seeds_in(graph, seed)
    lengths, holes = listed(shape)
    with graph.name_scope(name) as scope:
        alpha = as_tensor(alpha, dtype)
        rate = as_tensor(1 if beta is None else beta, dtype)
        wide = alpha + zeros_like(rate)
        unit = gamma(run_number(graph), wide, *holes, shape=lengths, seeds=seeds)
        least = np.finfo(alpha.spec.dtype or FLOAT32).tiny
        return apply(OPS["maximum"], (unit / rate, least), name=scope)


def random_poisson(
    lam: Any,
    shape: Any,
    dtype: Any = FLOAT32,
    seed: int | None = None,
    name: str | None = None,
) -> Tensor:
    """`shape` draws from the Poisson distribution of each rate `lam`, floats.

    The shape of the result is `shape` and then that of `lam`.

    >>> df.random_poisson([0.5, 10.0], [4], seed=1).eval()
    array([[ 0.,  6.],
           [ 1.,  7.],
           [ 2., 13.],
           [ 1., 13.]], dtype=float32)
    """
    graph = get_default_graph()
    seeds = seeds_in(graph, seed)
    lengths, holes = listed(shape)
    settings = {"shape": lengths, "dtype": as_dtype(dtype), "seeds": seeds}
    return poisson(run_number(graph), lam, *holes, **settings, name=name)


def listed(shape):
    """A shape with holes, as a list if it is one length."""
    lengths, holes = with_holes(shape)
    single = not isinstance(lengths, tuple) and not (holes and lengths == "#")
    return ((lengths,) if single else lengths), holes


def chosen_shape(run, logits, *holes, num_samples, dtype, seeds):
    if logits.shape is not None and len(logits.shape) != 2:
        raise ShapeError(
            f"needs logits [batch, classes], got {shape_text(logits.shape)}"
        )
    batch = None if logits.shape is None else logits.shape[0]
    return (batch, without_holes(num_samples, holes))


@op(
    name="multinomial",
    shape=chosen_shape,
    dtype=lambda run, logits, *holes, dtype, **attrs: dtype,
    unranked=True,
    agree=(1, 2),
    kinds="f",
    grad=no_gradient,
    examples=[
        args(np.array(3), (2, 3), num_samples=4, dtype=INT64, seeds=(0, 7)),
        args(np.array(3), (0, 3), num_samples=4, dtype=INT64, seeds=(0, 7)),
    ],
)
def chosen(run, logits, /, *holes, num_samples, dtype, seeds):
    """Classes, drawn with probabilities that are the softmax of `logits`.

    The largest of the logits with Gumbel noise added is at each class with its
    probability (Maddison et al., "A* sampling", NeurIPS 2014, section 2).
    """
    count = filled_in(num_samples, holes)
    batch, classes = np.shape(logits)
    noise = generator(run, seeds).gumbel(size=(batch, count, classes))
    return np.argmax(np.expand_dims(logits, 1) + noise, -1).astype(dtype)


def multinomial(
    logits: Any,
    num_samples: Any,
    seed: int | None = None,
    name: str | None = None,
    output_dtype: Any = None,
) -> Tensor:
    """`num_samples` classes for each row of `logits`, `[batch, classes]`.

    Their probabilities are the softmax of the row. The dtype is int64 unless given.

    >>> df.multinomial([[0.0, 0.0, 0.0], [0.0, 0.0, 9.0]], 8, seed=1).eval()
    array([[0, 2, 0, 1, 0, 0, 2, 1],
           [2, 2, 2, 2, 2, 2, 2, 2]])
    """
    return categorical(logits, num_samples, output_dtype, seed, name or "multinomial")


def categorical(
    logits: Any,
    num_samples: Any,
    dtype: Any = None,
    seed: int | None = None,
    name: str | None = None,
) -> Tensor:
    """`num_samples` classes for each row of `logits`, `[batch, classes]`.

    Their probabilities are the softmax of the row. The dtype is int64 unless given.

    >>> logits = np.log([[0.2, 0.8]])
    >>> draws = df.random.categorical(logits, 1000, seed=1).eval()
    >>> draws.shape, draws.mean().round(1)
    ((1, 1000), np.float64(0.8))
    """
    graph = get_default_graph()
    seeds = seeds_in(graph, seed)
    count, holes = with_holes(num_samples)
    settings = {"num_samples": count, "dtype": as_dtype(dtype) or INT64, "seeds": seeds}
    name = name or "categorical"
    return chosen(run_number(graph), logits, *holes, **settings, name=name)


@op(
    label="RandomShuffle",
    name="random_shuffle",
    shape=lambda run, x, seeds: x.shape,
    unranked=True,
    agree=(1, 2),
    examples=[
        args(np.array(3), (5, 2), seeds=(0, 7)),
        args(np.array(3), (), seeds=(0, 7)),
    ],
)
def shuffled(run, x, /, seeds):
    """The rows of `x` in another order."""
    if not np.ndim(x):
        return x
    return np.asarray(x)[generator(run, seeds).permutation(len(x))]


def random_shuffle(
    value: Any, seed: int | None = None, name: str | None = None
) -> Tensor:
    """The entries of `value` along its first axis in random order.

    >>> df.random_shuffle([[1, 2], [3, 4], [5, 6]], seed=1).eval()
    array([[3, 4],
           [1, 2],
           [5, 6]], dtype=int32)
    """
    graph = get_default_graph()
    seeds = seeds_in(graph, seed)
    return shuffled(run_number(graph), value, seeds=seeds, name=name)


def random_crop(
    value: Any, size: Any, seed: int | None = None, name: str | None = None
) -> Tensor:
    """A part of `value` of that `size`, all places of it equally likely.

    >>> df.random_crop([[1, 2, 3], [4, 5, 6], [7, 8, 9]], [2, 2], seed=1).eval()
    array([[4, 5],
           [7, 8]], dtype=int32)
    """
    graph = get_default_graph()
    seeds = seeds_in(graph, seed)
    lengths, holes = listed(size)
    with graph.name_scope(name or "random_crop") as scope:
        run = run_number(graph)
        begin = corner(run, shape_of(value, INT32), *holes, size=lengths, seeds=seeds)
        return window_of(value, begin, size, name=scope)


@op(
    shape=lambda run, shape, *holes, **attrs: shape.shape,
    dtype=lambda run, shape, *holes, **attrs: shape.dtype,
    unranked=True,
    agree=(1, 2),
    kinds="iu",
    grad=no_gradient,
    examples=[args(np.array(3), np.array([5, 3]), size=(2, 3), seeds=(0, 7))],
)
def corner(run, shape, /, *holes, size, seeds):
    """Where in `shape` a window of that `size` begins."""
    free = np.subtract(shape, filled_in(size, holes))
    if np.any(free < 0):
        raise ValueError(f"needs a shape of at least {list(size)}, got {list(shape)}")
    return generator(run, seeds).integers(0, free + 1, dtype=INT64).astype(shape.dtype)


def flat_shape(run, rows, columns, dtype, seeds):
    return (rows, columns)


@op(
    shape=flat_shape,
    dtype=float_dtype,
    agree=NO_INPUTS,
    grad=no_gradient,
    examples=[
        args(np.array(3), rows=4, columns=2, dtype=FLOAT32, seeds=(0, 7)),
        args(np.array(3), rows=2, columns=4, dtype=FLOAT64, seeds=(0, 7)),
    ],
)
def random_orthogonal(run, /, rows, columns, dtype, seeds):
    """A matrix with orthonormal columns, or rows if it has fewer of those.

    All are equally likely: the signs of the QR decomposition of normal draws are made
    unique (Mezzadri, "How to generate random matrices from the classical compact
    groups", Notices of the AMS 54, 2007).
    """
    tall = max(rows, columns), min(rows, columns)
    q, r = np.linalg.qr(generator(run, seeds).standard_normal(tall))
    q = q * np.copysign(1, np.diagonal(r))
    return np.ascontiguousarray(q.T if rows < columns else q, dtype)


def orthogonal_matrix(rows: int, columns: int, dtype: Any, seed: int | None) -> Tensor:
    """A random matrix with orthonormal columns, or rows if it has fewer of those."""
    graph = get_default_graph()
    seeds = seeds_in(graph, seed)
    return random_orthogonal(run_number(graph), rows, columns, as_dtype(dtype), seeds)
