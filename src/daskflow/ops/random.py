"""Random draws: pure functions of two seeds and the number of the run.

The generator is counter-based: any draw can be made anywhere, and made again, without
those before it (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011).
"""

from typing import Any

import numpy as np

from daskflow.errors import DTypeError, GraphError
from daskflow.graph import Graph, Tensor, get_default_graph, run_number
from daskflow.opdef import no_gradient
from daskflow.ops.define import args, given_shape, op
from daskflow.spec import as_dtype

__all__ = ["random_normal", "random_uniform", "truncated_normal"]

FLOAT32 = np.dtype(np.float32)
DEFAULT_SEED = 0
"""The seed of a graph that was given none."""


def random_normal(
    shape: Any,
    mean: float = 0.0,
    stddev: float = 1.0,
    dtype: Any = FLOAT32,
    seed: int | None = None,
    name: str | None = None,
) -> Tensor:
    """Draws from a normal distribution, other ones in each run.

    They depend on `seed`, on the graph's seed and on the number of the run; without a
    `seed`, on where in the graph they are made.
    """
    settings = {"shape": shape, "mean": mean, "stddev": stddev}
    return draws(normal, settings, dtype, seed, name)


def truncated_normal(
    shape: Any,
    mean: float = 0.0,
    stddev: float = 1.0,
    dtype: Any = FLOAT32,
    seed: int | None = None,
    name: str | None = None,
) -> Tensor:
    """As `random_normal`, but never further than two `stddev` from the `mean`."""
    settings = {"shape": shape, "mean": mean, "stddev": stddev}
    return draws(normal_near_mean, settings, dtype, seed, name)


def random_uniform(
    shape: Any,
    minval: float = 0,
    maxval: float | None = None,
    dtype: Any = FLOAT32,
    seed: int | None = None,
    name: str | None = None,
) -> Tensor:
    """Draws from `minval <= x < maxval`, all equally likely; ints need a `maxval`."""
    maxval = checked_maxval(minval, maxval, as_dtype(dtype))
    settings = {"shape": shape, "minval": minval, "maxval": maxval}
    return draws(uniform, settings, dtype, seed, name)


def checked_maxval(minval, maxval, dtype):
    whole = dtype is not None and dtype.kind in "iu"
    if maxval is None and whole:
        raise GraphError(f"random_uniform of {dtype} needs a maxval")
    maxval = 1 if maxval is None else maxval
    if maxval < minval or (whole and maxval == minval):
        raise GraphError(f"random_uniform needs minval < maxval: {minval}, {maxval}")
    return maxval


def draws(add, settings, dtype, seed, name):
    graph = get_default_graph()
    seeds = seeds_in(graph, seed)
    return add(run_number(graph), **settings, dtype=dtype, seeds=seeds, name=name)


def seeds_in(graph: Graph, seed: int | None) -> tuple[int, int]:
    """The seeds of the graph and of an op made now, which its place in it stands for.

    Places count downwards from -1, where no seed that a user gives is expected.
    """
    graph_seed = DEFAULT_SEED if graph.seed is None else graph.seed
    return graph_seed, -1 - len(graph.get_operations()) if seed is None else seed


def float_dtype(run, dtype, **attrs):
    if dtype.kind != "f":
        raise DTypeError(f"draws floats, not {dtype}")
    return dtype


_NORMAL = {"mean": 1.0, "stddev": 0.5, "seeds": (0, -4)}


@op(
    name="random_normal",
    shape=given_shape,
    dtype=float_dtype,
    grad=no_gradient,
    examples=[
        args(np.array(3), shape=(2, 3), dtype=FLOAT32, **_NORMAL),
        args(np.array(3), shape=(), dtype=np.dtype(np.float64), **_NORMAL),
        args(np.array(3), shape=(0,), dtype=np.dtype(np.float16), **_NORMAL),
    ],
)
def normal(run, /, shape, mean, stddev, dtype, seeds):
    """Draws from a normal distribution."""
    draw = generator(run, seeds).standard_normal
    return (mean + stddev * draw(shape, precise(dtype))).astype(dtype)


@op(
    name="truncated_normal",
    shape=given_shape,
    dtype=float_dtype,
    grad=no_gradient,
    examples=[
        args(np.array(3), shape=(40, 3), dtype=FLOAT32, **_NORMAL),
        args(np.array(3), shape=(), dtype=np.dtype(np.float64), **_NORMAL),
        args(np.array(3), shape=(0,), dtype=np.dtype(np.float16), **_NORMAL),
    ],
)
def normal_near_mean(run, /, shape, mean, stddev, dtype, seeds):
    """Draws from a normal distribution, repeated until within two `stddev`."""
    draw = generator(run, seeds).standard_normal
    values = draw(shape, precise(dtype))
    while (far := np.abs(values) > 2).any():
        values[far] = draw(np.count_nonzero(far), values.dtype)
    return (mean + stddev * values).astype(dtype)


_UNIFORM = {"minval": -5, "maxval": 5, "seeds": (0, 7)}


def number_dtype(run, dtype, **attrs):
    if dtype.kind not in "iuf":
        raise DTypeError(f"draws floats or ints, not {dtype}")
    return dtype


@op(
    name="random_uniform",
    shape=given_shape,
    dtype=number_dtype,
    grad=no_gradient,
    examples=[
        args(np.array(3), shape=(2, 3), dtype=FLOAT32, **_UNIFORM),
        args(np.array(3), shape=(), dtype=np.dtype(np.int32), **_UNIFORM),
        args(np.array(3), shape=(0,), dtype=np.dtype(np.float16), **_UNIFORM),
    ],
)
def uniform(run, /, shape, minval, maxval, dtype, seeds):
    """Draws from `minval <= x < maxval`, all equally likely."""
    draw = generator(run, seeds)
    if dtype.kind in "iu":
        return draw.integers(minval, maxval, shape, dtype)
    width = maxval - minval
    values = (minval + width * draw.random(shape, precise(dtype))).astype(dtype)
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
