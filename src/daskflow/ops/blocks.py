"""Ops that move blocks of images between space, depth and batch."""

import math
from typing import Any

import numpy as np

from daskflow.errors import DTypeError, GraphError, ShapeError
from daskflow.graph import Tensor
from daskflow.ops.define import NUMBERS, args, either, op, with_holes
from daskflow.spec import shape_text

__all__ = [
    "batch_to_space",
    "batch_to_space_nd",
    "depth_to_space",
    "extract_image_patches",
    "space_to_batch",
    "space_to_batch_nd",
    "space_to_depth",
]

# Space and depth


def deep_shape(x, block, order):
    n, h, w, c = image_lengths(x, order)
    for side in (h, w):
        if side is not None and side % block:
            raise ShapeError(f"{side} is no multiple of the block size {block}")
    return in_order((n, over(h, block), over(w, block), times(c, block**2)), order)


def flat_shape(x, block, order):
    n, h, w, c = image_lengths(x, order)
    if c is not None and c % block**2:
        raise ShapeError(f"{c} channels are no multiple of {block} * {block}")
    return in_order((n, times(h, block), times(w, block), over(c, block**2)), order)


def image_lengths(x, order):
    if len(x.shape) != 4:
        raise ShapeError(f"needs images {order}, got {shape_text(x.shape)}")
    return tuple(x.shape[order.index(axis)] for axis in "NHWC")


def in_order(lengths, order):
    return tuple(lengths["NHWC".index(axis)] for axis in order)


def over(n, k):
    return None if n is None else n // k


def times(n, k):
    return None if n is None else n * k


def channels_last(x, order):
    return x if order == "NHWC" else np.moveaxis(x, 1, -1)


def as_given(x, order):
    return np.ascontiguousarray(x if order == "NHWC" else np.moveaxis(x, -1, 1))


@op(
    label="SpaceToDepth",
    name="space_to_depth",
    shape=deep_shape,
    grad=lambda g, y, x, block, order: depth_as_space(g, block, order),
    examples=[
        args((1, 4, 2, 3), block=2, order="NHWC"),
        args((1, 3, 2, 4), block=2, order="NCHW"),
    ],
)
def space_as_depth(x, /, block, order):
    """`x` with each block of pixels as the channels of one."""
    x = channels_last(x, order)
    n, h, w, c = x.shape
    parts = np.reshape(x, (n, h // block, block, w // block, block, c))
    moved = np.transpose(parts, (0, 1, 3, 2, 4, 5))
    return as_given(np.reshape(moved, (n, h // block, w // block, -1)), order)


@op(
    label="DepthToSpace",
    name="depth_to_space",
    shape=flat_shape,
    grad=lambda g, y, x, block, order: space_as_depth(g, block, order),
    examples=[
        args((1, 2, 1, 8), block=2, order="NHWC"),
        args((1, 4, 2, 3), block=2, order="NCHW"),
    ],
)
def depth_as_space(x, /, block, order):
    """`x` with the channels of each pixel as a block of them."""
    x = channels_last(x, order)
    n, h, w, c = x.shape
    parts = np.reshape(x, (n, h, w, block, block, c // block**2))
    moved = np.transpose(parts, (0, 1, 3, 2, 4, 5))
    return as_given(np.reshape(moved, (n, h * block, w * block, -1)), order)


def space_to_depth(
    input: Any, block_size: int, name: str | None = None, data_format: str = "NHWC"
) -> Tensor:
    """Images with each block of pixels as the channels of one.

    `[n, height, width, c] -> [n, height / b, width / b, c * b * b]`, where `b` is the
    `block_size`.

    >>> df.space_to_depth([[[[1], [2]], [[3], [4]]]], 2).eval()
    array([[[[1, 2, 3, 4]]]], dtype=int32)
    >>> df.space_to_depth(df.zeros([1, 4, 4, 3]), 2).shape
    TensorShape([1, 2, 2, 12])
    """
    block, order = checked_block(block_size, data_format)
    return space_as_depth(input, block, order, name=name)


def depth_to_space(
    input: Any, block_size: int, name: str | None = None, data_format: str = "NHWC"
) -> Tensor:
    """Images with the channels of each pixel as a block of pixels.

    `[n, height, width, c * b * b] -> [n, height * b, width * b, c]`, where `b` is the
    `block_size`.

    >>> df.depth_to_space([[[[1, 2, 3, 4]]]], 2).eval()[0, :, :, 0]
    array([[1, 2],
           [3, 4]], dtype=int32)
    """
    block, order = checked_block(block_size, data_format)
    return depth_as_space(input, block, order, name=name)


def checked_block(size, order):
    if size < 2:
        raise GraphError(f"needs a block size of at least 2, got {size}")
    if order not in ("NHWC", "NCHW"):
        raise GraphError(f"data_format is 'NHWC' or 'NCHW', not {order!r}")
    return int(size), order


# Space and batch


def many_shape(x, blocks, paddings):
    lengths = spatial(x, blocks)
    padded = [
        None if n is None else n + sum(pair)
        for n, pair in zip(lengths, paddings, strict=True)
    ]
    for n, k in zip(padded, blocks, strict=True):
        if n is not None and n % k:
            raise ShapeError(f"{n}, padded, is no multiple of the block length {k}")
    space = map(over, padded, blocks)
    return (times(x.shape[0], math.prod(blocks)), *space, *x.shape[len(blocks) + 1 :])


def few_shape(x, blocks, crops):
    n, count = x.shape[:1][0] if x.shape else None, math.prod(blocks)
    if n is not None and n % count:
        raise ShapeError(f"a batch of {n} is no multiple of {count}")
    space = [
        None if m is None else m * k - sum(pair)
        for m, k, pair in zip(spatial(x, blocks), blocks, crops, strict=True)
    ]
    if any(m is not None and m < 0 for m in space):
        raise ShapeError(f"cannot crop {crops} of {shape_text(x.shape)}")
    return (over(n, count), *space, *x.shape[len(blocks) + 1 :])


def spatial(x, blocks):
    """The lengths of the axes that the blocks are along."""
    if len(x.shape) < len(blocks) + 1:
        raise ShapeError(f"needs {len(blocks)} axes behind the batch, got {x}")
    return x.shape[1 : len(blocks) + 1]


@op(
    label="SpaceToBatchND",
    name="space_to_batch_nd",
    shape=many_shape,
    grad=lambda g, y, x, blocks, paddings: batch_as_space(g, blocks, paddings),
    examples=[
        args((1, 4, 2, 3), blocks=(2, 2), paddings=((0, 0), (1, 1))),
        args((2, 3), blocks=(2,), paddings=((1, 0),)),
    ],
)
def space_as_batch(x, /, blocks, paddings):
    """`x` with the places in a block as further entries of the batch."""
    m = len(blocks)
    kept = ((0, 0),) * (np.ndim(x) - m - 1)
    x = np.pad(x, ((0, 0), *paddings, *kept))
    split = [n for pair in zip(x.shape[1 : m + 1], blocks, strict=True) for n in pair]
    split[::2] = [n // k for n, k in zip(split[::2], blocks, strict=True)]
    parts = np.reshape(x, (x.shape[0], *split, *x.shape[m + 1 :]))
    inner, outer = range(2, 2 * m + 1, 2), range(1, 2 * m, 2)
    moved = np.transpose(parts, (*inner, 0, *outer, *range(2 * m + 1, parts.ndim)))
    return np.ascontiguousarray(np.reshape(moved, (-1, *split[::2], *x.shape[m + 1 :])))


@op(
    label="BatchToSpaceND",
    name="batch_to_space_nd",
    shape=few_shape,
    grad=lambda g, y, x, blocks, crops: space_as_batch(g, blocks, crops),
    examples=[
        args((4, 2, 2, 3), blocks=(2, 2), crops=((0, 0), (1, 1))),
        args((2, 3), blocks=(2,), crops=((1, 0),)),
    ],
)
def batch_as_space(x, /, blocks, crops):
    """`x` with parts of the batch as places in a block, cropped."""
    m, rest = len(blocks), np.shape(x)[len(blocks) + 1 :]
    space = np.shape(x)[1 : m + 1]
    parts = np.reshape(x, (*blocks, -1, *space, *rest))
    pairs = [axis for i in range(m) for axis in (m + 1 + i, i)]
    moved = np.transpose(parts, (m, *pairs, *range(2 * m + 1, parts.ndim)))
    full = [n * k for n, k in zip(space, blocks, strict=True)]
    wide = np.reshape(moved, (parts.shape[m], *full, *rest))
    inside = [
        slice(before, n - behind)
        for n, (before, behind) in zip(full, crops, strict=True)
    ]
    return np.ascontiguousarray(wide[(slice(None), *inside)])


def known_blocks(block_shape, paddings):
    """Both as tuples; they are known before any run."""
    blocks, holes = with_holes(block_shape)
    pairs, more = with_holes(paddings)
    if holes or more:
        raise DTypeError("blocks and paddings are known before any run, got a tensor")
    if len(blocks) != len(pairs) or any(len(pair) != 2 for pair in pairs):
        raise ShapeError(f"needs a pair for each block length: {blocks}, {pairs}")
    if any(k < 1 for k in blocks) or any(n < 0 for pair in pairs for n in pair):
        raise ShapeError(f"needs positive blocks, no negative pairs: {blocks}, {pairs}")
    return blocks, pairs


def space_to_batch_nd(
    input: Any, block_shape: Any, paddings: Any, name: str | None = None
) -> Tensor:
    """`input`, padded, with the places in a block as further entries of the batch.

    >>> df.space_to_batch_nd([[[1, 2, 3, 4]]], [1, 2], [[0, 0], [0, 0]]).eval()[:, 0]
    array([[1, 3],
           [2, 4]], dtype=int32)
    >>> df.space_to_batch_nd(df.zeros([1, 4, 2, 3]), [2, 2], [[0, 0], [1, 1]]).shape
    TensorShape([4, 2, 2, 3])
    """
    return space_as_batch(input, *known_blocks(block_shape, paddings), name=name)


def batch_to_space_nd(
    input: Any, block_shape: Any, crops: Any, name: str | None = None
) -> Tensor:
    """`input` with parts of the batch as the places in a block, cropped.

    >>> df.batch_to_space_nd([[[1, 3]], [[2, 4]]], [1, 2], [[0, 0], [0, 0]]).eval()
    array([[[1, 2, 3, 4]]], dtype=int32)
    """
    return batch_as_space(input, *known_blocks(block_shape, crops), name=name)


def space_to_batch(
    input: Any,
    paddings: Any,
    block_size: int | None = None,
    name: str | None = None,
    block_shape: Any = None,
) -> Tensor:
    """`space_to_batch_nd`, with blocks of `block_size` along both axes of an image.

    >>> x = [[[[1], [2]], [[3], [4]]]]  # one image of four pixels
    >>> df.space_to_batch(x, [[0, 0], [0, 0]], 2).eval()[:, 0, 0, 0]
    array([1, 2, 3, 4], dtype=int32)
    """
    blocks = either(block_size=block_size, block_shape=block_shape)
    return space_to_batch_nd(input, square(blocks), paddings, name)


def batch_to_space(
    input: Any,
    crops: Any,
    block_size: int | None = None,
    name: str | None = None,
    block_shape: Any = None,
) -> Tensor:
    """`batch_to_space_nd`, with blocks of `block_size` along both axes of an image.

    >>> x = np.arange(1, 5).reshape(4, 1, 1, 1)  # four images of one pixel
    >>> df.batch_to_space(x, [[0, 0], [0, 0]], 2).eval()[0, :, :, 0]
    array([[1, 2],
           [3, 4]])
    """
    blocks = either(block_size=block_size, block_shape=block_shape)
    return batch_to_space_nd(input, square(blocks), crops, name)


def square(blocks):
    return [blocks, blocks] if isinstance(blocks, int) else blocks


# Patches


def patches_shape(x, ksizes, strides, rates, padding):
    if len(x.shape) != 4:
        raise ShapeError(f"needs images NHWC, got {shape_text(x.shape)}")
    n, *sides, c = x.shape
    lengths = [
        None if m is None else window_counts(m, k, s, r, padding)[0]
        for m, k, s, r in zip(sides, ksizes, strides, rates, strict=True)
    ]
    return (n, *lengths, times(c, math.prod(ksizes)))


def window_counts(n, size, stride, rate, padding):
    """How many windows there are along an axis of `n`, and what pads it before."""
    reach = (size - 1) * rate + 1
    if padding == "VALID":
        return max(0, -(-(n - reach + 1) // stride)), 0
    count = -(-n // stride)
    return count, max(0, (count - 1) * stride + reach - n) // 2


@op(
    label="ExtractImagePatches",
    name="extract_image_patches",
    shape=patches_shape,
    kinds=NUMBERS,
    grad=lambda g, y, x, **windows: patches_put(g, x, **windows),
    examples=[
        args(
            (1, 5, 4, 2), ksizes=(3, 2), strides=(2, 1), rates=(1, 1), padding="VALID"
        ),
        args((2, 4, 5, 1), ksizes=(2, 3), strides=(1, 2), rates=(2, 1), padding="SAME"),
    ],
)
def patches(x, /, ksizes, strides, rates, padding):
    """The patch under each place of a window, as the channels of one pixel."""
    shape = np.shape(x)
    n, rows, columns, depth = patches_shape_of(shape, ksizes, strides, rates, padding)
    result = np.zeros((n, rows, columns, *ksizes, shape[-1]), np.result_type(x))
    for i, j, inner, outer in taps(shape, ksizes, strides, rates, padding):
        result[(slice(None), *outer, i, j)] = x[(slice(None), *inner)]
    return np.reshape(result, (n, rows, columns, depth))


def patches_shape_of(shape, ksizes, strides, rates, padding):
    sides = [
        window_counts(m, k, s, r, padding)[0]
        for m, k, s, r in zip(shape[1:3], ksizes, strides, rates, strict=True)
    ]
    return shape[0], *sides, shape[3] * math.prod(ksizes)


def taps(shape, ksizes, strides, rates, padding):
    """Each place in a window: which pixels it meets, and in which patches it does."""
    axes = list(zip(shape[1:3], ksizes, strides, rates, strict=True))
    for i in range(ksizes[0]):
        for j in range(ksizes[1]):
            both = [
                met(n, size, stride, rate, padding, k)
                for k, (n, size, stride, rate) in zip((i, j), axes, strict=True)
            ]
            yield i, j, [inner for inner, _ in both], [outer for _, outer in both]


def met(n, size, stride, rate, padding, k):
    """The pixels along an axis that place `k` of a window meets, and its windows."""
    count, before = window_counts(n, size, stride, rate, padding)
    offset = k * rate - before
    first = max(0, -(offset // stride))
    last = max(first, min(count, -(-(n - offset) // stride)))
    start = first * stride + offset
    stop = start + (last - first) * stride
    return slice(start, max(start, min(n, stop)), stride), slice(first, last)


@op(
    shape=lambda g, x, **windows: x.shape,
    unranked=True,
    agree=(0, 2),
    kinds=NUMBERS,
    grad=lambda h, y, g, x, **windows: (patches(h, **windows), None),
    examples=[
        args((1, 2, 3, 12), (1, 5, 4, 2), ksizes=(3, 2), strides=(2, 1), rates=(1, 1),
             padding="VALID"),
    ],
)  # fmt: skip
def patches_put(g, x, /, ksizes, strides, rates, padding):
    """The sum of what stands in the patches in `g` at each pixel of `x`."""
    shape = np.shape(x)
    result = np.zeros(shape, np.result_type(g))
    parts = np.reshape(g, (*np.shape(g)[:3], *ksizes, shape[-1]))
    for i, j, inner, outer in taps(shape, ksizes, strides, rates, padding):
        result[(slice(None), *inner)] += parts[(slice(None), *outer, i, j)]
    return result


def extract_image_patches(
    images: Any,
    ksizes: Any = None,
    strides: Any = None,
    rates: Any = None,
    padding: str | None = None,
    name: str | None = None,
    sizes: Any = None,
) -> Tensor:
    """The patch under each place of a window, as the channels of one pixel.

    `ksizes`, `strides` and `rates` are `[1, rows, columns, 1]`; `padding` is "VALID" or
    "SAME".

    >>> window = [1, 3, 3, 1]
    >>> images = df.zeros([1, 9, 9, 2])
    >>> df.extract_image_patches(images, window, window, [1, 1, 1, 1], "VALID").shape
    TensorShape([1, 3, 3, 18])
    """
    if padding not in ("VALID", "SAME"):
        raise GraphError(f"padding is 'VALID' or 'SAME', not {padding!r}")
    windows = {
        "ksizes": inner_pair(either(ksizes=ksizes, sizes=sizes)),
        "strides": inner_pair(strides),
        "rates": inner_pair(rates),
    }
    return patches(images, **windows, padding=padding, name=name)


def inner_pair(window):
    if window is None or len(window) != 4 or window[0] != 1 or window[3] != 1:
        raise GraphError(f"a window is [1, rows, columns, 1], got {window!r}")
    return tuple(map(int, window[1:3]))
