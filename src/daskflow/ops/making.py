"""Ops that make arrays: of one value, with one element on, of numbers in steps."""

import math
from typing import Any

import numpy as np

from daskflow.arrays import as_constant
from daskflow.errors import DTypeError, ShapeError
from daskflow.graph import Operators, Tensor, apply
from daskflow.opdef import OPS, no_gradient
from daskflow.ops.array import (
    FLOAT32,
    INT32,
    NO_INPUTS,
    ones_like,
    sum_like,
    zeros_like,
)
from daskflow.ops.define import (
    args,
    axes_of,
    common_dtype,
    filled_in,
    given_dtype,
    given_shape,
    has_holes,
    op,
    with_holes,
    without_holes,
)
from daskflow.ops.known import known_value
from daskflow.spec import as_dtype, merge, shape_text
from daskflow.values import as_tensor

__all__ = [
    "fill",
    "lin_space",
    "linspace",
    "one_hot",
    "placeholder_with_default",
    "range",
]


def filled_shape(value, *holes, dims):
    if value.shape not in ((), None):
        raise ShapeError(f"needs a single value, got shape {shape_text(value.shape)}")
    return given_shape(*holes, shape=dims)


@op(
    label="Fill",
    gaps=True,
    broadcasts=lambda value, *holes, dims: True,
    name="fill",
    shape=filled_shape,
    unranked=True,
    agree=(0, 1),
    grad=lambda g, y, value, *holes, dims: (
        sum_like(g, value),
        *no_gradient(g, y, *holes),
    ),
    examples=[
        args((), dims=(2, 3)),
        args((), dims=()),
        args((), dims=(0, 2)),
        args((), np.array([2, 1]), dims="#"),
    ],
)
def filled(value, /, *holes, dims):
    """One `value` all over the shape `dims`."""
    return np.broadcast_to(value, filled_in(dims, holes))


def fill(dims: Any, value: Any, name: str | None = None) -> Tensor:
    """One `value` all over the shape `dims`, of ints or tensors of ints.

    >>> df.fill([2, 3], 7).eval()
    array([[7, 7, 7],
           [7, 7, 7]], dtype=int32)
    """
    setting, holes = with_holes(dims)
    return filled(value, *holes, dims=setting, name=name)


def hot_shape(indices, on, off, *holes, depth, axis):
    if not has_holes(depth) and depth < 0:
        raise ShapeError(f"needs a depth that is not negative, got {depth}")
    if indices.shape is None:
        return None
    [i] = axes_of(axis, len(indices.shape) + 1)
    return (*indices.shape[:i], without_holes(depth, holes), *indices.shape[i:])


def hot_dtype(indices, on, off, *holes, **attrs):
    if indices.dtype is not None and indices.dtype.kind not in "iu":
        raise DTypeError(f"needs indices that are ints, got {indices.dtype}")
    return common_dtype((on, off))


@op(
    name="one_hot",
    shape=hot_shape,
    dtype=hot_dtype,
    unranked=True,
    agree=(1, 3),
    grad=no_gradient,
    examples=[
        args(np.array([0, 2, -1, 5]), (), (), depth=3, axis=-1),
        args(np.array([[0, 1]]), (), (), depth=2, axis=0),
        args(np.array([[0, 1]]), np.array(5), np.array(1), depth=2, axis=-2),
        args(np.array(1), (), (), depth=2, axis=0),
        args(np.array([0, 1]), (), (), np.array(3), depth="#", axis=-1),
    ],
)
def hot(indices, on_value, off_value, /, *holes, depth, axis):
    """`on_value` where the new `axis`, `depth` long, has that index."""
    rank = np.ndim(indices)
    [i] = axes_of(axis, rank + 1)
    depth = filled_in(depth, holes)
    classes = np.reshape(np.arange(depth), (depth,) + (1,) * (rank - i))
    return np.where(np.equal(np.expand_dims(indices, i), classes), on_value, off_value)


def one_hot(
    indices: Any,
    depth: Any,
    on_value: Any = None,
    off_value: Any = None,
    axis: int | None = None,
    dtype: Any = None,
    name: str | None = None,
) -> Tensor:
    """`on_value` where the new `axis`, `depth` long, has that index, else `off_value`.

    An index outside of `0 <= index < depth` is nowhere on. The values are 1 and 0, and
    the new axis is the last one, unless others are given; without a `dtype` the values
    say it, and it is float32 if there are none.

    >>> df.one_hot([0, 2, -1], 3).eval()
    array([[1., 0., 0.],
           [0., 0., 1.],
           [0., 0., 0.]], dtype=float32)
    >>> df.one_hot([0, 2], 3, on_value=5, off_value=1, axis=0).eval()
    array([[5, 1],
           [1, 1],
           [1, 5]], dtype=int32)
    """
    setting, holes = with_holes(depth)
    known = as_dtype(dtype)
    if known is None and on_value is None and off_value is None:
        known = FLOAT32
    on, off = (
        as_tensor(value, known)
        if isinstance(value, Operators | list | tuple)
        else value
        if known is None
        else as_constant(value, known)
        for value in (
            1 if on_value is None else on_value,
            0 if off_value is None else off_value,
        )
    )
    axis = -1 if axis is None else axis
    return hot(indices, on, off, *holes, depth=setting, axis=axis, name=name)


def placeholder_shape(x, shape):
    merge(x.shape, shape)
    return shape


@op(
    label="PlaceholderWithDefault",
    name="placeholder_with_default",
    shape=placeholder_shape,
    unranked=True,
    grad=lambda g, y, x, shape: g,
    examples=[args((2, 3), shape=(None, 3)), args((2,), shape=None)],
)
def placeholder_with_default(input, /, shape):
    """`input`, unless a run is fed another value of that `shape`, None where free.

    >>> rate = df.placeholder_with_default(0.5, [])
    >>> rate.eval(), rate.eval({rate: 0.25})
    (np.float32(0.5), np.float32(0.25))
    """
    return input


def progression_shape(*holes, numbers, dtype):
    if has_holes(numbers):
        return (None,)
    start, limit, delta = numbers
    if delta == 0:
        raise ShapeError("needs a delta other than 0")
    if (limit - start) * delta < 0:
        raise ShapeError(f"never gets from {start} to {limit} in steps of {delta}")
    return (math.ceil((limit - start) / delta),)


@op(
    name="range",
    shape=progression_shape,
    dtype=given_dtype,
    unranked=True,
    agree=NO_INPUTS,
    grad=no_gradient,
    examples=[
        args(numbers=(0, 3, 1), dtype=INT32),
        args(numbers=(5, 0, -2), dtype=INT32),
        args(numbers=(0.0, 1.0, 0.3), dtype=FLOAT32),
        args(numbers=(3, 3, 1), dtype=INT32),
    ],
)
def progression(*holes, numbers, dtype):
    """Numbers from a start on, a delta apart, before a limit."""
    start, limit, delta = filled_in(numbers, holes)
    if delta == 0 or (limit - start) * delta < 0:
        raise ValueError(f"never gets from {start} to {limit} in steps of {delta}")
    return np.arange(start, limit, delta, dtype=dtype)


def range(  # it hides Python's own in this module, which counts with enumerate()
    start: Any,
    limit: Any = None,
    delta: Any = 1,
    dtype: Any = None,
    name: str | None = None,
) -> Tensor:
    """Numbers from `start` on, `delta` apart, before `limit`; from 0 to a lone `start`.

    Each of the three may be a tensor. Without a `dtype` it is the widest of theirs.

    >>> df.range(3).eval(), df.range(3, 4, 0.5).eval()
    (array([0, 1, 2], dtype=int32), array([3. , 3.5], dtype=float32))
    """
    numbers = (0, start, delta) if limit is None else (start, limit, delta)
    tensors = [as_tensor(n) if isinstance(n, Operators) else None for n in numbers]
    dtypes = [
        as_constant(n).dtype if t is None else t.spec.dtype
        for n, t in zip(numbers, tensors, strict=True)
    ]
    known = as_dtype(dtype) or max(dtypes, key=width)
    values = [
        as_constant(n, known).item() if t is None else known_value(t)
        for n, t in zip(numbers, tensors, strict=True)
    ]
    holes = [t for t, v in zip(tensors, values, strict=True) if v is None]
    setting = tuple("#" if v is None else v for v in values)
    return progression(*holes, numbers=setting, dtype=known, name=name)


def width(dtype):
    return dtype.kind == "f", dtype.itemsize


def linspace_shape(start, stop, *holes, num):
    if not has_holes(num) and num < 1:
        raise ShapeError(f"needs at least one number, got num {num}")
    for end in (start, stop):
        if end.shape not in ((), None):
            raise ShapeError(f"needs single numbers, got {shape_text(end.shape)}")
    return (without_holes(num, holes),)


def linspace_grad(g, y, start, stop, *holes, num):
    shares = apply(
        OPS["linspace"], (zeros_like(start), ones_like(stop), *holes), {"num": num}
    )
    of_stop = sum_like(g * shares, stop)
    return sum_like(g, start) - of_stop, of_stop, *no_gradient(g, y, *holes)


@op(
    label="LinSpace",
    name="linspace",
    shape=linspace_shape,
    unranked=True,
    agree=(0, 2),
    kinds="f",
    grad=linspace_grad,
    examples=[
        args((), (), num=4),
        args((), (), num=1),
        args((), (), np.array(3), num="#"),
    ],
)
def evenly_spaced(start, stop, /, *holes, num):
    """`num` numbers from `start` to `stop`, evenly spaced."""
    count = filled_in(num, holes)
    if count < 1:
        raise ValueError(f"needs at least one number, got num {count}")
    return np.linspace(start, stop, count, dtype=np.result_type(start))


def linspace(start: Any, stop: Any, num: Any, name: str | None = None) -> Tensor:
    """`num` numbers from `start` to `stop`, floats of one dtype, evenly spaced.

    Both ends are among them; ints are a `DTypeError`.

    >>> df.linspace(0.0, 1.0, 5).eval()
    array([0.  , 0.25, 0.5 , 0.75, 1.  ], dtype=float32)
    """
    setting, holes = with_holes(num)
    return evenly_spaced(start, stop, *holes, num=setting, name=name)


lin_space = linspace
