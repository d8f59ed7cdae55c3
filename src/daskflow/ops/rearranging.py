"""Ops that repeat, pad, reverse and shift along axes."""

import math
from typing import Any, NamedTuple

import numpy as np

from daskflow.errors import DTypeError, GraphError, ShapeError
from daskflow.graph import Tensor
from daskflow.opdef import no_gradient
from daskflow.ops.array import INT32, NO_INPUTS, like_shape, sum_like, zero_of
from daskflow.ops.define import (
    NUMBERS,
    args,
    axes_of,
    either,
    filled_in,
    given_dtype,
    has_holes,
    op,
    several,
    with_holes,
    without_holes,
)
from daskflow.ops.gathering import check_ints
from daskflow.ops.joining import whole
from daskflow.spec import Spec, as_dtype, merge, shape_text
from daskflow.values import as_tensor

__all__ = [
    "meshgrid",
    "pad",
    "repeat",
    "reverse",
    "reverse_sequence",
    "reverse_v2",
    "roll",
    "sequence_mask",
    "tile",
]

# Repeat


def tiled_shape(x, *holes, multiples):
    counts = without_holes(multiples, holes)
    if x.shape is None or counts is None:
        known = counts if x.shape is None else x.shape
        return None if known is None else (None,) * len(known)
    check_counts(len(x.shape), counts)
    both = zip(x.shape, counts, strict=True)
    return tuple(None if None in (n, k) else n * k for n, k in both)


def check_counts(rank, counts):
    if len(counts) != rank:
        raise ShapeError(f"needs a multiple for each of {rank} axes, got {counts}")
    if any(k is not None and k < 0 for k in counts):
        raise ShapeError(f"needs multiples that are not negative, got {list(counts)}")


@op(
    label="Tile",
    name="tile",
    shape=tiled_shape,
    unranked=True,
    agree=(0, 1),
    grad=lambda g, y, x, *holes, multiples: (
        untiled(g, x, *holes, multiples=multiples),
        *no_gradient(g, y, *holes),
    ),
    examples=[
        args((2, 3), multiples=(2, 1)),
        args((2,), multiples=(0,)),
        args((), multiples=()),
        args((2, 1), np.array(3), multiples=(1, "#")),
    ],
)
def tiled(x, /, *holes, multiples):
    """`x` so many times along each axis."""
    counts = filled_in(multiples, holes)
    check_counts(np.ndim(x), counts)
    return np.tile(x, counts)


@op(
    shape=lambda g, x, *holes, multiples: x.shape,
    unranked=True,
    agree=(0, 2),
    kinds=NUMBERS,
    grad=lambda h, y, g, x, *holes, multiples: (
        tiled(h, *holes, multiples=multiples),
        *no_gradient(h, y, x, *holes),
    ),
    examples=[args((4, 3), (2, 3), multiples=(2, 1)), args((0,), (2,), multiples=(0,))],
)
def untiled(g, x, /, *holes, multiples):
    """The sum of what stands in `g` in each of the places of `x` in its tiles."""
    counts = filled_in(multiples, holes)
    pairs = zip(counts, np.shape(x), strict=True)
    parts = np.reshape(g, [n for pair in pairs for n in pair])
    dtype = np.result_type(g)
    return np.asarray(np.sum(parts, tuple(range(0, parts.ndim, 2)), dtype))[()]


def tile(input: Any, multiples: Any, name: str | None = None) -> Tensor:
    """`input` so many times along each axis.

    >>> df.tile([[1, 2]], [2, 3]).eval()
    array([[1, 2, 1, 2, 1, 2],
           [1, 2, 1, 2, 1, 2]], dtype=int32)
    """
    setting, holes = with_holes(multiples)
    return tiled(input, *holes, multiples=setting, name=name)


def repeated_shape(x, *holes, repeats, axis):
    if x.shape is None:
        return None
    if axis is None:
        n = None if None in x.shape else math.prod(x.shape)
        return (total(n, repeats),)
    [i] = axes_of(axis, len(x.shape))
    return (*x.shape[:i], total(x.shape[i], repeats), *x.shape[i + 1 :])


def total(n, repeats):
    """The length of an axis of length `n` once its entries have been repeated."""
    if has_holes(repeats):
        return None
    if isinstance(repeats, tuple) and len(repeats) > 1:
        if n not in (None, len(repeats)):
            raise ShapeError(f"needs repeats for {n} entries, got {list(repeats)}")
        return sum(repeats)
    [count] = repeats if isinstance(repeats, tuple) else [repeats]
    return None if n is None else n * count


@op(
    label="Repeat",
    name="repeat",
    shape=repeated_shape,
    unranked=True,
    agree=(0, 1),
    grad=lambda g, y, x, *holes, repeats, axis: (
        unrepeated(g, x, *holes, repeats=repeats, axis=axis),
        *no_gradient(g, y, *holes),
    ),
    examples=[
        args((2, 3), repeats=2, axis=0),
        args((2, 3), repeats=(1, 0, 2), axis=-1),
        args((2, 3), repeats=2, axis=None),
        args((3,), np.array([2, 0, 1]), repeats="#", axis=0),
    ],
)
def repeated(x, /, *holes, repeats, axis):
    """Each entry of `x` along `axis` so many times."""
    return np.repeat(x, filled_in(repeats, holes), axis)


@op(
    shape=lambda g, x, *holes, **attrs: x.shape,
    unranked=True,
    agree=(0, 2),
    kinds=NUMBERS,
    grad=lambda h, y, g, x, *holes, repeats, axis: (
        repeated(h, *holes, repeats=repeats, axis=axis),
        *no_gradient(h, y, x, *holes),
    ),
    examples=[
        args((2, 3), (2, 3), repeats=(1, 0, 2), axis=-1),
        args((4,), (2, 1), repeats=2, axis=None),
        args((0,), (2,), repeats=0, axis=0),
    ],
)
def unrepeated(g, x, /, *holes, repeats, axis):
    """The sum of what stands in `g` in the places of each entry of `x`."""
    shape = np.shape(x)
    i, n = (0, np.size(x)) if axis is None else (axis, shape[axis])
    counts = np.broadcast_to(filled_in(repeats, holes), n)
    bounds = np.cumsum(counts) - counts
    rows = np.moveaxis(g, i, 0)
    result = np.zeros((n, *rows.shape[1:]), np.result_type(g))
    if np.any(counts):
        result[counts > 0] = np.add.reduceat(rows, bounds[counts > 0], 0)
    return np.reshape(np.ascontiguousarray(np.moveaxis(result, 0, i)), shape)


def repeat(
    input: Any, repeats: Any, axis: int | None = None, name: str | None = None
) -> Tensor:
    """Each entry of `input` along `axis` so many times; flat without an `axis`.

    >>> df.repeat([1, 2], [2, 1]).eval()
    array([1, 1, 2], dtype=int32)
    >>> df.repeat([[1, 2], [3, 4]], 2, axis=1).eval()
    array([[1, 1, 2, 2],
           [3, 3, 4, 4]], dtype=int32)
    """
    setting, holes = with_holes(repeats)
    return repeated(input, *holes, repeats=setting, axis=axis, name=name)


def mesh_specs(*xs, indexing):
    if any(x.shape is None for x in xs):
        return [Spec(x.dtype) for x in xs]
    lengths = [None if None in x.shape else math.prod(x.shape) for x in xs]
    if indexing == "xy" and len(lengths) > 1:
        lengths[:2] = lengths[1::-1]
    return [Spec(x.dtype, tuple(lengths)) for x in xs]


@several(
    name="meshgrid",
    specs=mesh_specs,
    agree=NO_INPUTS,
    grad=lambda gs, ys, *xs, indexing: tuple(
        of_mesh(g, x, i=mesh_axis(i, indexing))
        for i, (g, x) in enumerate(zip(whole(gs, ys), xs, strict=True))
    ),
    examples=[
        args((2,), (3,), indexing="xy"),
        args((2,), (3,), (1,), indexing="ij"),
        args((2,), indexing="xy"),
    ],
)
def mesh(*xs, indexing):
    """The coordinates of each point of the grid that `xs` span."""
    return tuple(np.meshgrid(*map(np.ravel, xs), indexing=indexing))


def mesh_axis(i, indexing):
    """The axis of the grid along which the coordinate in place `i` changes."""
    return 1 - i if indexing == "xy" and i < 2 else i


@op(
    shape=lambda g, x, i: x.shape,
    unranked=True,
    agree=(0, 2),
    kinds=NUMBERS,
    grad=lambda h, y, g, x, i: (on_mesh(h, g, i), None),
    examples=[args((3, 2), (2,), i=1), args((2, 3), (2,), i=0)],
)
def of_mesh(g, x, /, i):
    """The sum of `g` over all axes but the one in place `i`, in the shape of `x`."""
    i = min(i, np.ndim(g) - 1)  # a grid of one axis has no other
    others = tuple(j for j in range(np.ndim(g)) if j != i)
    return np.reshape(np.sum(g, others, np.result_type(g)), np.shape(x))


@op(
    shape=like_shape,
    unranked=True,
    agree=(0, 2),
    kinds=NUMBERS,
    gaps=True,
    grad=lambda h, y, x, like, i: (of_mesh(h, x, i), None),
    examples=[args((2,), (3, 2), i=1)],
)
def on_mesh(x, like, /, i):
    """`x` along one axis of the shape of `like`, and the same along the others."""
    i = min(i, np.ndim(like) - 1)
    lengths = tuple(np.size(x) if j == i else 1 for j in range(np.ndim(like)))
    return np.broadcast_to(np.reshape(x, lengths), np.shape(like))


class _MeshOptions(NamedTuple):
    indexing: str = "xy"
    name: str = "meshgrid"


def meshgrid(*args: Any, **kwargs: Any) -> list[Tensor]:
    """The coordinates of each point of the grid that vectors span.

    With `indexing="xy"`, unless given, the first two axes are swapped; not so with
    `indexing="ij"`. The other keyword is `name`.

    >>> x, y = session.run(df.meshgrid([1, 2], [3, 4, 5]))
    >>> x
    array([[1, 2],
           [1, 2],
           [1, 2]], dtype=int32)
    >>> y
    array([[3, 3],
           [4, 4],
           [5, 5]], dtype=int32)
    """
    options = _MeshOptions(**kwargs)
    if options.indexing not in ("xy", "ij"):
        raise GraphError(f"indexing is 'xy' or 'ij', not {options.indexing!r}")
    if not args:
        return []
    return mesh(*args, indexing=options.indexing, name=options.name)


def mask_shape(lengths, *holes, maxlen, dtype):
    check_ints(lengths)
    if lengths.shape is None:
        return None
    return (*lengths.shape, maxlen if isinstance(maxlen, int) else None)


@op(
    label="SequenceMask",
    name="sequence_mask",
    shape=mask_shape,
    dtype=given_dtype,
    unranked=True,
    agree=NO_INPUTS,
    grad=no_gradient,
    examples=[
        args(np.array([1, 0, 3]), maxlen=4, dtype=np.dtype(bool)),
        args(np.array([[1], [2]]), np.array(2), maxlen="#", dtype=INT32),
        args(np.array(2), maxlen=2, dtype=np.dtype(bool)),
    ],
)
def first_places(lengths, /, *holes, maxlen, dtype):
    """Whether each of `maxlen` places is one of the first ones, `lengths` of them."""
    longest = np.max(lengths, initial=0) if maxlen is None else filled_in(maxlen, holes)
    return np.less(np.arange(longest), np.expand_dims(lengths, -1)).astype(dtype)


def sequence_mask(
    lengths: Any, maxlen: Any = None, dtype: Any = bool, name: str | None = None
) -> Tensor:
    """Whether each of `maxlen` places is among the first `lengths`.

    The places are a new last axis, as long as the largest of `lengths` unless given.

    >>> df.sequence_mask([1, 3], 4).eval()
    array([[ True, False, False, False],
           [ True,  True,  True, False]])
    """
    setting, holes = (None, []) if maxlen is None else with_holes(maxlen)
    if isinstance(setting, tuple):
        raise ShapeError(f"needs a single maxlen, got {maxlen!r}")
    dtype = as_dtype(dtype)
    return first_places(lengths, *holes, maxlen=setting, dtype=dtype, name=name)


# Pad


def padded_shape(x, value, *holes, paddings):
    if value.shape not in ((), None):
        raise ShapeError(f"pads with a single value, got {shape_text(value.shape)}")
    return widened(x.shape, paddings)


def padded_grad(g, y, x, value, *holes, paddings):
    of_x = unpadded(g, x, *holes, paddings=paddings)
    of_value = sum_like(g, value) - sum_like(of_x, value)
    return of_x, of_value, *no_gradient(g, y, *holes)


def widened(shape, paddings):
    """The shape that is padded by so much before and behind each axis."""
    if not isinstance(paddings, tuple):
        return None if shape is None else (None,) * len(shape)
    known = without_holes(paddings, ())
    if shape is None:
        return (None,) * len(known)
    check_paddings(shape, known)
    both = zip(shape, known, strict=True)
    return tuple(None if None in (n, *pair) else n + sum(pair) for n, pair in both)


def check_paddings(shape, paddings):
    pairs = all(isinstance(pair, tuple) and len(pair) == 2 for pair in paddings)
    if len(paddings) != len(shape) or not pairs:
        raise ShapeError(
            f"needs two paddings for each axis of {shape_text(shape)}, got {paddings}"
        )
    if any(n is not None and n < 0 for pair in paddings for n in pair):
        raise ShapeError(f"needs paddings that are not negative, got {paddings}")


@op(
    label="Pad",
    name="pad",
    shape=padded_shape,
    unranked=True,
    agree=(0, 2),
    grad=padded_grad,
    examples=[
        args((2, 3), np.array(0.5), paddings=((1, 0), (0, 2))),
        args((), np.array(0.5), paddings=()),
        args((0,), np.array(0.5), paddings=((1, 1),)),
        args((2,), np.array(0.5), np.array(2), paddings=((1, "#"),)),
        args((2,), np.array(0.5), np.array([[1, 2]]), paddings=(("#", "#"),)),
    ],
)
def padded(x, value, /, *holes, paddings):
    """`x` with so much of `value` before and behind it on each axis."""
    widths = filled_in(paddings, holes)
    check_paddings(np.shape(x), widths)
    shape = [n + sum(pair) for n, pair in zip(np.shape(x), widths, strict=True)]
    result = np.full(shape, value, np.result_type(x))
    result[inside(np.shape(x), widths)] = x
    return result


def inside(shape, widths):
    """The index of what was padded to that shape by these widths."""
    pairs = zip(shape, widths, strict=True)
    return tuple(slice(before, before + n) for n, (before, _) in pairs)


@op(
    shape=lambda g, x, *holes, paddings: x.shape,
    unranked=True,
    gaps=True,
    agree=(0, 2),
    grad=lambda h, y, g, x, *holes, paddings: (
        padded(h, 0.0, *holes, paddings=paddings),
        *no_gradient(h, y, x, *holes),
    ),
    examples=[args((3, 5), (2, 3), paddings=((1, 0), (0, 2)))],
)
def unpadded(g, x, /, *holes, paddings):
    """The part of `g` where `x` is, of which it is a padding."""
    return g[inside(np.shape(x), filled_in(paddings, holes))]


def mirrored_shape(x, *holes, paddings, mode):
    if isinstance(paddings, tuple) and x.shape is not None:
        check_mirror(x.shape, without_holes(paddings, ()), mode)
    return widened(x.shape, paddings)


def check_mirror(shape, paddings, mode):
    check_paddings(shape, paddings)
    for n, pair in zip(shape, paddings, strict=True):
        longest = None if n is None else n - (mode == "REFLECT")
        if longest is not None and any(k is not None and k > longest for k in pair):
            raise ShapeError(f"{mode} pads an axis of {n} by {longest}, not {pair}")


@op(
    label="MirrorPad",
    name="mirror_pad",
    shape=mirrored_shape,
    unranked=True,
    agree=(0, 1),
    grad=lambda g, y, x, *holes, paddings, mode: (
        folded(g, x, *holes, paddings=paddings, mode=mode),
        *no_gradient(g, y, *holes),
    ),
    examples=[
        args((3, 4), paddings=((1, 2), (0, 3)), mode="REFLECT"),
        args((3, 2), paddings=((1, 3), (2, 0)), mode="SYMMETRIC"),
        args((3,), np.array(2), paddings=(("#", 1),), mode="REFLECT"),
    ],
)
def mirrored(x, /, *holes, paddings, mode):
    """`x` with its mirror image before and behind it on each axis."""
    widths = filled_in(paddings, holes)
    check_mirror(np.shape(x), widths, mode)
    return np.pad(x, widths, mode.lower()) if widths else np.array(x)


@op(
    shape=lambda g, x, *holes, **attrs: x.shape,
    unranked=True,
    agree=(0, 2),
    kinds=NUMBERS,
    grad=lambda h, y, g, x, *holes, paddings, mode: (
        mirrored(h, *holes, paddings=paddings, mode=mode),
        *no_gradient(h, y, x, *holes),
    ),
    examples=[
        args((6, 7), (3, 4), paddings=((1, 2), (0, 3)), mode="REFLECT"),
        args((7, 4), (3, 2), paddings=((1, 3), (2, 0)), mode="SYMMETRIC"),
    ],
)
def folded(g, x, /, *holes, paddings, mode):
    """`g` with what stands in the mirror images added to where it came from."""
    edge = int(mode == "REFLECT")
    for i, (before, behind) in enumerate(filled_in(paddings, holes)):
        rows = np.moveaxis(g, i, 0)
        n = len(rows) - before - behind
        total = rows[before : before + n].copy()
        total[edge : edge + before] += rows[:before][::-1]
        total[n - edge - behind : n - edge] += rows[before + n :][::-1]
        g = np.moveaxis(total, 0, i)
    return np.ascontiguousarray(g)


def pad(
    tensor: Any,
    paddings: Any,
    mode: str = "CONSTANT",
    name: str | None = None,
    constant_values: Any = 0,
) -> Tensor:
    """`tensor`, padded on each axis by so much: `[[before, behind], ...]`.

    That is `constant_values`, or with the `mode` "REFLECT" or "SYMMETRIC" its mirror
    image, where the first of them leaves out the element at the edge.

    >>> df.pad([[1, 2]], [[0, 1], [2, 0]]).eval()
    array([[0, 0, 1, 2],
           [0, 0, 0, 0]], dtype=int32)
    >>> df.pad([1, 2, 3], [[2, 2]], "REFLECT").eval()
    array([3, 2, 1, 2, 3, 2, 1], dtype=int32)
    >>> df.pad([1, 2, 3], [[2, 2]], "SYMMETRIC").eval()
    array([2, 1, 1, 2, 3, 3, 2], dtype=int32)
    """
    setting, holes = with_holes(paddings)
    if mode.upper() in ("REFLECT", "SYMMETRIC"):
        return mirrored(tensor, *holes, paddings=setting, mode=mode.upper(), name=name)
    if mode.upper() != "CONSTANT":
        raise GraphError(f"mode is CONSTANT, REFLECT or SYMMETRIC, not {mode!r}")
    plain = not isinstance(constant_values, Tensor) and np.all(constant_values == 0)
    name = name or ("Pad" if plain else "PadV2")
    dtype = as_tensor(tensor).spec.dtype
    if plain and dtype is not None:  # False, or an empty text
        constant_values = np.array(zero_of(dtype), dtype)
    return padded(tensor, constant_values, *holes, paddings=setting, name=name)


# Reverse and shift


def same_shape(x, axis):
    if x.shape is not None:
        axes_of(axis, len(x.shape))
    return x.shape


@op(
    label="ReverseV2",
    gaps=True,
    shape=same_shape,
    unranked=True,
    name="reverse",
    grad=lambda g, y, x, axis: reversed_along(g, axis),
    examples=[
        args((2, 3), axis=(0,)),
        args((2, 3), axis=(-1, 0)),
        args((), axis=()),
        args((0, 2), axis=(1,)),
    ],
)
def reversed_along(x, /, axis):
    """`x` backwards along each `axis`."""
    return np.flip(x, axis)


def reverse(tensor: Any, axis: Any, name: str | None = None) -> Tensor:
    """`tensor` backwards along each `axis` of a list.

    >>> df.reverse([[1, 2, 3], [4, 5, 6]], [1]).eval()
    array([[3, 2, 1],
           [6, 5, 4]], dtype=int32)
    >>> df.reverse([[1, 2, 3], [4, 5, 6]], [0, 1]).eval()
    array([[6, 5, 4],
           [3, 2, 1]], dtype=int32)
    """
    setting, holes = with_holes(axis)
    if holes:
        raise DTypeError(f"the axes to reverse are known before any run, got {axis!r}")
    axes = setting if isinstance(setting, tuple) else (setting,)
    return reversed_along(tensor, axes, name=name)


reverse_v2 = reverse


def sequence_shape(x, lengths, seq_axis, batch_axis):
    check_ints(lengths)
    if lengths.shape is not None and len(lengths.shape) != 1:
        raise ShapeError(f"needs a vector of lengths, got {shape_text(lengths.shape)}")
    if x.shape is None:
        return None
    _, j = axes_of((seq_axis, batch_axis), len(x.shape))
    if lengths.shape is not None:
        merge((x.shape[j],), lengths.shape)
    return x.shape


@op(
    label="ReverseSequence",
    name="reverse_sequence",
    shape=sequence_shape,
    unranked=True,
    agree=(0, 1),
    grad=lambda g, y, x, lengths, seq_axis, batch_axis: (
        sequences_reversed(g, lengths, seq_axis, batch_axis),
        None,
    ),
    examples=[
        args((2, 4), np.array([3, 0]), seq_axis=1, batch_axis=0),
        args((3, 2, 2), np.array([1, 3]), seq_axis=0, batch_axis=1),
    ],
)
def sequences_reversed(x, lengths, /, seq_axis, batch_axis):
    """`x` with the first `lengths` entries of each sequence backwards."""
    rows = np.moveaxis(x, (batch_axis, seq_axis), (0, 1))
    longest, n = rows.shape[1], np.expand_dims(lengths, 1)
    if lengths.size and not (lengths.min() >= 0 and lengths.max() <= longest):
        raise ValueError(f"needs lengths from 0 to {longest}, got {lengths}")
    places = np.arange(longest)
    order = np.where(places < n, n - 1 - places, places)
    found = rows[np.arange(len(rows))[:, None], order]
    return np.ascontiguousarray(np.moveaxis(found, (0, 1), (batch_axis, seq_axis)))


def reverse_sequence(
    input: Any,
    seq_lengths: Any,
    seq_axis: int | None = None,
    batch_axis: int | None = None,
    name: str | None = None,
    seq_dim: int | None = None,
    batch_dim: int | None = None,
) -> Tensor:
    """`input` with the first entries of each sequence, `seq_lengths` many, backwards.

    The sequences lie along `seq_axis`, one behind the other along `batch_axis`, the
    first axis unless given.

    >>> df.reverse_sequence([[1, 2, 3, 0], [4, 5, 0, 0]], [3, 2], seq_axis=1).eval()
    array([[3, 2, 1, 0],
           [5, 4, 0, 0]], dtype=int32)
    """
    seq_axis = either(seq_axis=seq_axis, seq_dim=seq_dim)
    if seq_axis is None:
        raise GraphError("reverse_sequence needs a seq_axis")
    batch_axis = either(batch_axis=batch_axis, batch_dim=batch_dim) or 0
    return sequences_reversed(input, seq_lengths, seq_axis, batch_axis, name=name)


@op(
    label="Roll",
    name="roll",
    shape=lambda x, *holes, shift, axis: same_shape(x, tuple(set(axis))),
    unranked=True,
    agree=(0, 1),
    grad=lambda g, y, x, *holes, shift, axis: (
        rolled(g, *[-hole for hole in holes], shift=opposite(shift), axis=axis),
        *no_gradient(g, y, *holes),
    ),
    examples=[
        args((5,), shift=(2,), axis=(0,)),
        args((2, 3), shift=(1, -4), axis=(0, -1)),
        args((4,), np.array(3), shift=("#",), axis=(0,)),
        args((0,), shift=(2,), axis=(0,)),
    ],
)
def rolled(x, /, *holes, shift, axis):
    """`x` shifted along each `axis`; what leaves it at an end comes in at the other."""
    return np.roll(x, filled_in(shift, holes), axis)


def opposite(shift):
    if isinstance(shift, tuple):
        return tuple(map(opposite, shift))
    return shift if shift == "#" else -shift


def roll(input: Any, shift: Any, axis: Any, name: str | None = None) -> Tensor:
    """`input` shifted along each `axis`; what leaves at an end comes in at the other.

    >>> df.roll([1, 2, 3, 4], shift=1, axis=0).eval()
    array([4, 1, 2, 3], dtype=int32)
    """
    setting, holes = with_holes(shift)
    axes, unknown = with_holes(axis)
    if unknown:
        raise DTypeError(f"the axes to roll are known before any run, got {axis!r}")
    axes = axes if isinstance(axes, tuple) else (axes,)
    if setting == "#":  # as many as there are axes
        setting = ("#",) * len(axes)
    setting = setting if isinstance(setting, tuple) else (setting,)
    if len(setting) != len(axes):
        raise ShapeError(f"needs a shift for each axis, got {shift!r} and {axis!r}")
    return rolled(input, *holes, shift=setting, axis=axes, name=name)
