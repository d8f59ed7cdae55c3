"""Ops that join arrays, and take them apart again."""

from functools import reduce
from typing import Any

import numpy as np

from daskflow.errors import ShapeError
from daskflow.graph import Tensor
from daskflow.opdef import no_gradient
from daskflow.ops.array import NO_INPUTS, zeros_like
from daskflow.ops.define import (
    args,
    axes_of,
    filled_in,
    op,
    several,
    with_holes,
    without_holes,
)
from daskflow.spec import Spec, merge, shape_text
from daskflow.values import as_tensor

__all__ = ["concat", "identity_n", "parallel_stack", "split", "stack", "unstack"]

# Join


def concat_shape(*values, axis):
    if not values:
        raise ShapeError("needs at least one value")
    shapes = [value.shape for value in values]
    ranked = [shape for shape in shapes if shape is not None]
    if not ranked:
        return None
    [i] = axes_of(axis, len(ranked[0]))
    rest = merged(
        [tuple(None if j == i else n for j, n in enumerate(shape)) for shape in ranked]
    )
    lengths: list[Any] = [None if shape is None else shape[i] for shape in shapes]
    total = None if None in lengths else sum(lengths)
    return (*rest[:i], total, *rest[i + 1 :])


def merged(shapes):
    """The shape that all of these describe."""
    return reduce(merge, shapes, None)


@op(
    name="concat",
    shape=concat_shape,
    unranked=True,
    grad=lambda g, y, *values, axis: tuple(
        concat_grad(g, *values, axis=axis, i=i) for i, _ in enumerate(values)
    ),
    examples=[
        args((2, 3), (1, 3), axis=0),
        args((2, 1), (2, 0), (2, 3), axis=-1),
        args((2,), axis=0),
    ],
)
def concatenated(*values, axis):
    """`values` one behind the other along `axis`."""
    return np.concatenate(values, axis)


def concat(values: Any, axis: Any, name: str | None = None) -> Tensor:
    """`values` one behind the other along `axis`; the other axes are of one length.

    >>> df.concat([[[1, 2]], [[3, 4], [5, 6]]], axis=0).eval()
    array([[1, 2],
           [3, 4],
           [5, 6]], dtype=int32)
    >>> df.concat([[[1], [2]], [[3], [4]]], axis=1).eval()
    array([[1, 3],
           [2, 4]], dtype=int32)
    """
    parts = values if isinstance(values, list | tuple) else [values]
    if isinstance(axis, list | tuple):
        raise ShapeError("concat takes the values first and one axis last")
    return concatenated(*parts, axis=axis, name=name)


@op(
    gaps=True,
    shape=lambda g, *values, axis, i: values[i].shape,
    unranked=True,
    grad=lambda h, y, g, *values, axis, i: (
        concat([h if j == i else zeros_like(v) for j, v in enumerate(values)], axis),
        *no_gradient(h, y, *values),
    ),
    examples=[
        args((3, 3), (2, 3), (1, 3), axis=0, i=1),
        args((2, 4), (2, 1), (2, 0), (2, 3), axis=-1, i=2),
    ],
)
def concat_grad(g, /, *values, axis, i):
    """The part of `g` that stands where `values[i]` does in their `concat`."""
    lengths = [np.shape(value)[axis] for value in values]
    start = sum(lengths[:i])
    index = [slice(None)] * np.ndim(g)
    index[axis] = slice(start, start + lengths[i])
    return g[tuple(index)]


def stack_shape(*values, axis):
    if not values:
        raise ShapeError("needs at least one value")
    shape = merged([value.shape for value in values])
    if shape is None:
        return None
    [i] = axes_of(axis, len(shape) + 1)
    return (*shape[:i], len(values), *shape[i:])


@op(
    name="stack",
    shape=stack_shape,
    unranked=True,
    grad=lambda g, y, *values, axis: tuple(unstack(g, len(values), axis)),
    examples=[
        args((), (), axis=0),
        args((2, 3), (2, 3), (2, 3), axis=1),
        args((2, 3), (2, 3), axis=-1),
        args((0,), axis=-2),
    ],
)
def stacked(*values, axis):
    """`values`, all of one shape, side by side along a new `axis`."""
    return np.stack(values, axis)


def stack(values: Any, axis: int = 0, name: str | None = None) -> Tensor:
    """`values`, all of one shape, side by side along a new `axis`; else `ShapeError`.

    >>> df.stack([[1, 2], [3, 4], [5, 6]]).eval()
    array([[1, 2],
           [3, 4],
           [5, 6]], dtype=int32)
    >>> df.stack([[1, 2], [3, 4], [5, 6]], axis=1).eval()
    array([[1, 3, 5],
           [2, 4, 6]], dtype=int32)
    """
    return stacked(*values, axis=axis, name=name)


def parallel_stack(values: Any, name: str | None = None) -> Tensor:
    """`stack` along a new first axis.

    >>> df.parallel_stack([[1, 2], [3, 4]]).eval()
    array([[1, 2],
           [3, 4]], dtype=int32)
    """
    return stack(values, 0, name or "parallel_stack")


# Part


def unstacked_specs(x, num, axis):
    if x.shape is None:
        return [Spec(x.dtype)] * num
    [i] = axes_of(axis, len(x.shape))
    if x.shape[i] not in (num, None):
        raise ShapeError(f"needs {num} along axis {i}, got {shape_text(x.shape)}")
    return [Spec(x.dtype, x.shape[:i] + x.shape[i + 1 :])] * num


def whole(gs, ys):
    """The gradients of several outputs, with zeros for those that have none."""
    return [zeros_like(y) if g is None else g for g, y in zip(gs, ys, strict=True)]


@several(
    name="unstack",
    specs=unstacked_specs,
    grad=lambda gs, ys, x, num, axis: stack(whole(gs, ys), axis),
    examples=[args((3,), num=3, axis=0), args((2, 3), num=3, axis=-1)],
)
def unstacked(x, /, num, axis):
    """The parts of `x` along `axis`, without that axis."""
    if np.shape(x)[axis] != num:
        raise ValueError(f"needs {num} along axis {axis}, got shape {np.shape(x)}")
    parts = np.ascontiguousarray(np.moveaxis(x, axis, 0))
    return tuple(parts)


def unstack(
    value: Any, num: int | None = None, axis: int = 0, name: str | None = None
) -> list[Tensor]:
    """The parts of `value` along `axis`, without that axis.

    `num`, how many there are, need not be given where the shape tells.

    >>> session.run(df.unstack([[1, 2], [3, 4], [5, 6]], axis=1))
    [array([1, 3, 5], dtype=int32), array([2, 4, 6], dtype=int32)]
    """
    if num is None:
        num = length_of(value, axis)
    return unstacked(value, num=num, axis=axis, name=name)


def length_of(value, axis):
    """The length of an axis, which has to be known."""
    shape = as_tensor(value).spec.shape
    if shape is not None:
        [i] = axes_of(axis, len(shape))
        if shape[i] is not None:
            return shape[i]
    raise ShapeError(f"the length of axis {axis} of {value!r} is unknown: give num")


def split_specs(x, *holes, sizes, axis):
    lengths = (None,) * sizes if isinstance(sizes, int) else without_holes(sizes, holes)
    if x.shape is None:
        return [Spec(x.dtype)] * len(lengths)
    [i] = axes_of(axis, len(x.shape))
    return [
        Spec(x.dtype, (*x.shape[:i], n, *x.shape[i + 1 :]))
        for n in split_lengths(x.shape[i], sizes, lengths)
    ]


def split_lengths(n, sizes, lengths):
    """The lengths of the parts of an axis of length `n`, None where unknown."""
    if n is None:
        return tuple(None if m == -1 else m for m in lengths)
    if isinstance(sizes, int):
        if sizes < 1 or n % sizes:
            raise ShapeError(f"cannot split {n} into {sizes} equal parts")
        return (n // sizes,) * sizes
    if None in lengths:
        return tuple(None if m == -1 else m for m in lengths)
    rest = n - sum(m for m in lengths if m != -1)
    if rest < 0 or (rest and -1 not in lengths):
        raise ShapeError(f"cannot split {n} into parts of {list(lengths)}")
    return tuple(rest if m == -1 else m for m in lengths)


@several(
    name="split",
    specs=split_specs,
    agree=(0, 1),
    grad=lambda gs, ys, x, *holes, sizes, axis: (
        concat(whole(gs, ys), axis),
        *no_gradient(gs, ys, *holes),
    ),
    examples=[
        args((4,), sizes=2, axis=0),
        args((2, 5), sizes=(1, -1, 2), axis=-1),
        args((3,), np.array([1, 2]), sizes=("#", "#"), axis=0),
    ],
)
def parted(x, /, *holes, sizes, axis):
    """The parts of `x` along `axis`: so many equal ones, or ones of these `sizes`."""
    sizes = filled_in(sizes, holes)
    lengths = split_lengths(np.shape(x)[axis], sizes, sizes)
    bounds = np.cumsum(lengths)[:-1]
    return tuple(np.array(part, order="C") for part in np.split(x, bounds, axis))


def split(
    value: Any,
    num_or_size_splits: Any,
    axis: Any = 0,
    num: int | None = None,
    name: str | None = None,
) -> list[Tensor]:
    """The parts of `value` along `axis`: so many equal ones, or ones of these sizes.

    One of the sizes may be -1, for what is left over. Where a tensor gives them and
    their number is not known, `num` says it.

    >>> session.run(df.split([1, 2, 3, 4], 2))
    [array([1, 2], dtype=int32), array([3, 4], dtype=int32)]
    >>> session.run(df.split([[1, 2, 3], [4, 5, 6]], [1, -1], axis=1))
    [array([[1],
           [4]], dtype=int32), array([[2, 3],
           [5, 6]], dtype=int32)]
    """
    setting, holes = with_holes(num_or_size_splits)
    if setting == "#":
        if num is None:
            num = length_of(num_or_size_splits, 0)
        setting = ("#",) * num
    return parted(value, *holes, sizes=setting, axis=axis, name=name)


@several(
    label="IdentityN",
    name="identity_n",
    specs=lambda *values: list(values),
    agree=NO_INPUTS,
    grad=lambda gs, ys, *values: tuple(gs),
    examples=[args((2,), (3, 1))],
)
def same_values(*values):
    """`values` themselves."""
    return values


def identity_n(input: Any, name: str | None = None) -> list[Tensor]:
    """Each `input` itself, as a tensor of its own.

    >>> session.run(df.identity_n([[1, 2], 3.0]))
    [array([1, 2], dtype=int32), np.float32(3.0)]
    """
    return same_values(*input, name=name)
