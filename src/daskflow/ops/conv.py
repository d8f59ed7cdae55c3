"""Convolutions.

A convolution is computed as products of matrices: the windows of a part of the input,
one to a row, times the filter (Chellapilla et al., "High performance convolutional
neural networks for document processing", 2006). The parts fit into a core's cache and
are done side by side; the shapes alone say which there are, so that cores change the
time, never the bits.
"""

from itertools import pairwise
from math import prod
from typing import Any

import numpy as np

from daskflow.blas import ONE_THREAD
from daskflow.buffers import empty
from daskflow.cores import side_by_side
from daskflow.defaults import name_scope
from daskflow.errors import ShapeError
from daskflow.graph import Tensor
from daskflow.ops.array import shaped_like
from daskflow.ops.define import (
    args,
    either,
    filled_in,
    op,
    with_holes,
    without_holes,
)
from daskflow.ops.windows import (
    CHUNK,
    Windows,
    inside,
    padded,
    parts_of,
    windows,
)
from daskflow.spec import merge, shape_text
from daskflow.values import as_tensor

__all__ = [
    "atrous_conv2d",
    "atrous_conv2d_transpose",
    "conv1d",
    "conv1d_transpose",
    "conv2d",
    "conv2d_backprop_filter",
    "conv2d_backprop_input",
    "conv2d_transpose",
    "conv3d",
    "conv3d_backprop_filter",
    "conv3d_backprop_filter_v2",
    "conv3d_transpose",
    "conv_transpose",
    "convolution",
    "depthwise_conv2d",
    "depthwise_conv2d_backprop_filter",
    "depthwise_conv2d_backprop_input",
    "depthwise_conv2d_native",
    "depthwise_conv2d_native_backprop_filter",
    "depthwise_conv2d_native_backprop_input",
    "separable_conv2d",
]

# <g, convolve(x, f)> is linear in each of its three parts, and `convolve`,
# `convolve_grad_x` and `convolve_grad_f` are its derivatives with respect to them: so
# each is differentiated with the other two. The last two are told the shape of their
# result, which the others do not say.


def convolved_shape(x, f, windows):
    n, lengths, _ = sides(x, f, windows)
    *size, _, m = f
    return Windows(*windows).joined(n, Windows(*windows).counts(lengths, size), m)


def sides(x, f, windows):
    """The parts of the shape of `x`, if a filter of the shape `f` suits it."""
    if not len(x) == len(f) == len(windows[0]) + 2:
        raise ShapeError(
            f"needs an input and a filter of rank {len(windows[0]) + 2}, got "
            f"{shape_text(x)} and {shape_text(f)}"
        )
    n, lengths, c = Windows(*windows).split(x)
    if None not in (c, f[-2]) and c != f[-2]:
        raise ShapeError(
            f"needs a filter for {c} channels, got {shape_text(f)} for {shape_text(x)}"
        )
    return n, lengths, c


def inferred(rule, x, f, windows):
    """The shape by that rule, of shapes whose rank may be unknown but is no secret."""
    return rule(ranked(x, windows[0]), ranked(f, windows[0]), windows)


def ranked(shape, axes, others=2):
    """The shape, or one of which only the rank is known."""
    return (None,) * (len(axes) + others) if shape is None else shape


def check_result(g, wanted):
    """Raise `ShapeError` unless `g` may be the shape of what the windows give."""
    try:
        merge(g, wanted)
    except ShapeError:
        raise ShapeError(
            f"the windows would give {shape_text(wanted)}, not {shape_text(g)}"
        ) from None


def shape_of_x(rule):
    def infer(g, f, *holes, shape, windows):
        x = ranked(without_holes(shape, holes), windows[0])
        check_result(g.shape, inferred(rule, x, f.shape, windows))
        return x

    return infer


def shape_of_f(rule):
    def infer(g, x, *holes, shape, windows):
        f = ranked(without_holes(shape, holes), windows[0])
        check_result(g.shape, inferred(rule, x.shape, f, windows))
        return f

    return infer


def product_work(count):
    """So many multiply-adds as elementary steps, of which BLAS does many at a time."""
    return 0.05 * count


def multiply_adds(x, f, windows):
    """About how many a convolution takes, also of shapes that do not fit."""
    return prod(x) * prod(f[:-2]) * prod(f[-1:]) / prod(windows[0])


def taps_of(shape):
    """The size of a filter's windows, as far as it is known; 3 for what is not."""
    known = shape[:-1] if isinstance(shape, tuple) else (3, 3)
    return prod(3 if n == "#" else n for n in known)


_SAME = Windows((1, 1), "SAME", (1, 1))
_VALID = _SAME._replace(padding="VALID")
_CASES: list[tuple[Any, Any, Windows]] = [
    ((2, 5, 4, 3), (3, 3, 3, 2), _SAME),
    ((2, 5, 4, 1), (2, 3, 1, 2), _VALID),
    ((1, 5, 6, 2), (3, 2, 2, 2), _SAME._replace(strides=(2, 3))),
    ((1, 5, 6, 2), (1, 1, 2, 2), _VALID._replace(strides=(2, 2))),
    ((2, 3, 3, 2), (1, 1, 2, 3), _SAME),
    ((1, 6, 5, 2), (2, 2, 2, 1), _SAME._replace(dilations=(2, 1))),
    ((1, 4, 4, 1), (2, 2, 1, 1), Windows((2, 1), ((1, 2), (0, 3)), (1, 1))),
    ((1, 2, 2, 1), (2, 2, 1, 1), _SAME._replace(padding=((3, 0), (0, 2)))),
    ((1, 2, 5, 4), (2, 2, 2, 3), _SAME._replace(leading=True)),
    ((0, 4, 4, 2), (2, 2, 2, 3), _SAME),
    ((2, 0, 4, 1), (2, 2, 1, 1), _VALID),
    ((1, 4, 4, 0), (2, 2, 0, 1), _SAME),
    ((2, 6, 2), (3, 2, 2), Windows((2,), "SAME", (1,))),
    ((1, 3, 4, 3, 1), (2, 2, 2, 1, 2), Windows((1, 2, 1), "VALID", (1, 1, 1))),
]


def examples_of_x(rule, cases):
    return with_a_hole(
        [args(rule(x, f, w), f, shape=x, windows=tuple(w)) for x, f, w in cases]
    )


def examples_of_f(rule, cases):
    return with_a_hole(
        [args(rule(x, f, w), x, shape=f, windows=tuple(w)) for x, f, w in cases]
    )


def with_a_hole(examples):
    """The first of them once more, with a shape that only a run knows."""
    g, other = examples[0].inputs
    attrs = examples[0].attrs | {"shape": "#"}
    return [*examples, args(g, other, np.array(examples[0].attrs["shape"]), **attrs)]


@op(
    label="Conv2D",
    shape=lambda x, f, windows: inferred(convolved_shape, x.shape, f.shape, windows),
    unranked=True,
    work=lambda x, f, windows: product_work(multiply_adds(x.shape, f.shape, windows)),
    kinds="f",
    grad=lambda g, y, x, f, windows: (
        shaped_like(x, convolve_grad_x, g, f, windows=windows),
        shaped_like(f, convolve_grad_f, g, x, windows=windows),
    ),
    examples=[args(x, f, windows=tuple(w)) for x, f, w in _CASES],
)
def convolve(x, f, /, windows):
    """The sums of the products of the filter `f` with each of the windows of `x`."""
    convolved_shape(x.shape, f.shape, windows)
    windows = Windows(*windows)
    x = windows.channels_last(x)
    pads = windows.pads(x.shape[1:-1], f.shape[:-2])
    return windows.channels_back(correlated(x, f, windows._replace(padding=pads)))


def correlated(x, f, windows):
    """`convolve` with the channels last and the padding in numbers."""
    dtype = np.result_type(x, f)
    *size, _, m = f.shape
    counts = windows.counts(x.shape[1:-1], size)
    matrix = np.ascontiguousarray(np.reshape(f, (prod(f.shape[:-1]), m)))
    matrix = matrix.astype(precise(dtype), copy=False)
    make = empty if len(matrix) else np.zeros
    y = make((len(x), *counts, m), matrix.dtype)
    rows = rows_of(x.astype(y.dtype, copy=False), size, counts, windows)

    def piece(part):
        np.matmul(rows(part), matrix, out=y[part].reshape(-1, m))

    in_pieces(piece, parts_of(y.shape[:-1], len(matrix) if m else 0))
    return y.astype(dtype, copy=False)


def precise(dtype):
    """The dtype to multiply in: BLAS knows no shorter floats than float32."""
    return np.promote_types(dtype, np.float32)


SHORT = 16
"""Elements: windows with shorter runs in memory are copied tap by tap."""


def rows_of(x, size, counts, windows):
    """A function from a part of the windows to the matrix with one of them to a row."""
    width = prod(size) * x.shape[-1]
    whole = padded(x, ((0, 0), *windows.padding, (0, 0)))
    view = windows.view(whole, size, counts)
    is_long = windows.dilations[-1] == 1 and size[-1] * x.shape[-1] >= SHORT
    if is_long or prod(size) == 1:
        return lambda part: view[part].reshape(-1, width)
    rank = len(size)
    taps_first = (*range(rank + 1, 2 * rank + 2), *range(rank + 1))
    return lambda part: view[part].transpose(taps_first).reshape(width, -1).T


def in_pieces(piece, parts):
    """`piece` of each of the parts, side by side."""
    with ONE_THREAD:
        if len(parts) > 1:
            side_by_side(lambda i: piece(parts[i]), len(parts))
        elif parts:
            piece(parts[0])


@op(
    label="Conv2DBackpropInput",
    agree=(0, 2),
    shape=shape_of_x(convolved_shape),
    unranked=True,
    work=lambda g, f, *holes, **attrs: product_work(prod(g.shape) * prod(f.shape[:-1])),
    kinds="f",
    grad=lambda h, y, g, f, *holes, shape, windows: (
        convolve(h, f, windows=windows),
        shaped_like(f, convolve_grad_f, g, h, windows=windows),
        *[None for _ in holes],
    ),
    examples=examples_of_x(convolved_shape, _CASES),
)
def convolve_grad_x(g, f, /, *holes, shape, windows):
    """The gradient of `x`, which has that `shape`, in `convolve(x, f)`."""
    shape = filled_in(shape, holes)
    check_result(g.shape, convolved_shape(shape, f.shape, windows))
    windows = Windows(*windows)
    n, lengths, c = windows.split(shape)
    size = f.shape[:-2]
    g, pads = windows.channels_last(g), windows.pads(lengths, size)
    rest = tuple(
        (k - 1 - before, k - 1 - after)
        for k, (before, after) in zip(windows.reach(size), pads, strict=True)
    )
    if g.size and set(windows.strides) == {1} and min(map(min, rest)) >= 0:
        flipped = np.flip(np.swapaxes(f, -1, -2), tuple(range(len(size))))
        x = correlated(g, flipped, windows._replace(padding=rest))
    else:
        x = scattered(g, f, (n, *lengths, c), windows._replace(padding=pads))
    return windows.channels_back(x)


def scattered(g, f, shape, windows):
    """Each of `g` times the filter, added up where its window is."""
    dtype = np.result_type(g, f)
    *size, c, m = f.shape
    n, *counts, _ = g.shape
    pads = ((0, 0), *windows.padding, (0, 0))
    lengths = [k + sum(pad) for k, pad in zip(shape, pads, strict=True)]
    x = np.zeros(lengths, precise(dtype))
    back = np.ascontiguousarray(np.swapaxes(f, -1, -2), x.dtype)
    g = g.astype(x.dtype, copy=False)

    def piece(part):
        rows = g[part].reshape(-1, m)
        for tap, place in windows.taps(size, counts):
            added = np.matmul(rows, back[tap]).reshape(-1, *counts, c)
            x[part][:, *place] += added

    in_pieces(piece, images_of(n, prod(counts) * max(c, m)))
    return x[inside(shape, pads)].astype(dtype)


def images_of(n, width):
    """The `n` images in parts of about `CHUNK` elements, `width` each."""
    step = max(CHUNK // max(width, 1), 1)
    return [slice(i, i + step) for i in range(0, n, step)] if width else []


@op(
    label="Conv2DBackpropFilter",
    agree=(0, 2),
    shape=shape_of_f(convolved_shape),
    unranked=True,
    work=lambda g, x, *holes, shape, **attrs: product_work(
        prod(g.shape) * taps_of(shape)
    ),
    kinds="f",
    grad=lambda h, y, g, x, *holes, shape, windows: (
        convolve(x, h, windows=windows),
        shaped_like(x, convolve_grad_x, g, h, windows=windows),
        *[None for _ in holes],
    ),
    examples=examples_of_f(convolved_shape, _CASES),
)
def convolve_grad_f(g, x, /, *holes, shape, windows):
    """The gradient of the filter `f`, which has that `shape`, in `convolve(x, f)`."""
    shape = filled_in(shape, holes)
    check_result(g.shape, convolved_shape(x.shape, shape, windows))
    dtype = np.result_type(g, x)
    windows = Windows(*windows)
    x = windows.channels_last(x).astype(precise(dtype), copy=False)
    g = windows.channels_last(g).astype(x.dtype, copy=False)
    if np.may_share_memory(g, x):
        g = g.copy()  # NumPy rounds otherwise for an array times its own transpose
    *size, _, m = shape
    pads = windows.pads(x.shape[1:-1], size)
    rows = rows_of(x, size, g.shape[1:-1], windows._replace(padding=pads))
    width = prod(shape[:-1])
    groups = in_groups(parts_of(g.shape[:-1], width))
    sums = np.zeros((len(groups), width, m), x.dtype)

    def piece(i):
        for part in groups[i]:
            sums[i] += np.matmul(rows(part).T, g[part].reshape(-1, m))

    in_pieces(piece, range(len(groups)))
    return np.sum(sums, 0).reshape(shape).astype(dtype, copy=False)


def in_groups(parts):
    """The parts in at most eight groups, one behind the other."""
    count = min(len(parts), 8)
    edges = [len(parts) * i // count for i in range(count + 1)] if count else [0]
    return [parts[start:stop] for start, stop in pairwise(edges)]


# Each channel by itself: linear in all three parts again


def each_shape(x, f, windows):
    n, lengths, c = sides(x, f, windows)
    *size, depth, m = f
    c = depth if c is None else c
    counts = Windows(*windows).counts(lengths, size)
    channels = None if None in (c, m) else c * m
    return Windows(*windows).joined(n, counts, channels)


_EACH: list[tuple[Any, Any, Windows]] = [
    ((2, 5, 4, 3), (3, 3, 3, 1), _SAME),
    ((1, 5, 6, 2), (3, 2, 2, 2), _SAME._replace(strides=(2, 3))),
    ((1, 5, 4, 2), (2, 3, 2, 2), _VALID._replace(dilations=(2, 1))),
    ((1, 2, 5, 4), (2, 2, 2, 3), _SAME._replace(leading=True)),
    ((1, 4, 4, 1), (2, 2, 1, 1), _SAME._replace(padding=((1, 2), (0, 3)))),
    ((0, 4, 4, 2), (2, 2, 2, 1), _SAME),
]


@op(
    label="DepthwiseConv2dNative",
    shape=lambda x, f, windows: inferred(each_shape, x.shape, f.shape, windows),
    unranked=True,
    work=lambda x, f, windows: multiply_adds(x.shape, f.shape, windows),
    kinds="f",
    grad=lambda g, y, x, f, windows: (
        shaped_like(x, convolve_each_grad_x, g, f, windows=windows),
        shaped_like(f, convolve_each_grad_f, g, x, windows=windows),
    ),
    examples=[args(x, f, windows=tuple(w)) for x, f, w in _EACH],
)
def convolve_each(x, f, /, windows):
    """Each channel of `x`, convolved with the filters for it."""
    each_shape(x.shape, f.shape, windows)
    windows = Windows(*windows)
    *size, c, m = f.shape
    x, lengths, around = repeated(x, f.shape, windows)
    counts = windows.counts(lengths, size)
    x = padded(x, around)
    y = np.zeros((len(x), *counts, c * m), np.result_type(x, f))
    by_tap = np.reshape(f, (*size, c * m))

    def piece(part):
        for tap, place in windows.taps(size, counts):
            y[part] += x[part][:, *place] * by_tap[tap]

    in_pieces(piece, images_of(len(y), 4 * prod(y.shape[1:])))
    return windows.channels_back(y)


def repeated(x, f, windows):
    """`x` with each channel once for each of its filters, its lengths and its pads."""
    x = windows.channels_last(x)
    *size, _, m = f
    lengths = x.shape[1:-1]
    pads = ((0, 0), *windows.pads(lengths, size), (0, 0))
    return np.repeat(x, m, -1) if m > 1 else x, lengths, pads


@op(
    label="DepthwiseConv2dNativeBackpropInput",
    agree=(0, 2),
    shape=shape_of_x(each_shape),
    unranked=True,
    work=lambda g, f, *holes, **attrs: prod(g.shape) * prod(f.shape[:-2]),
    kinds="f",
    grad=lambda h, y, g, f, *holes, shape, windows: (
        convolve_each(h, f, windows=windows),
        shaped_like(f, convolve_each_grad_f, g, h, windows=windows),
        *[None for _ in holes],
    ),
    examples=examples_of_x(each_shape, _EACH),
)
def convolve_each_grad_x(g, f, /, *holes, shape, windows):
    """The gradient of `x`, which has that `shape`, in `convolve_each(x, f)`."""
    shape = filled_in(shape, holes)
    check_result(g.shape, each_shape(shape, f.shape, windows))
    windows = Windows(*windows)
    n, lengths, c = windows.split(shape)
    *size, _, m = f.shape
    g = windows.channels_last(g)
    pads = ((0, 0), *windows.pads(lengths, size), (0, 0))
    whole = (n, *lengths, c * m)
    x = np.zeros(
        [k + sum(pad) for k, pad in zip(whole, pads, strict=True)],
        np.result_type(g, f),
    )
    by_tap = np.reshape(f, (*size, c * m))

    def piece(part):
        for tap, place in windows.taps(size, g.shape[1:-1]):
            x[part][:, *place] += g[part] * by_tap[tap]

    in_pieces(piece, images_of(n, 4 * prod(g.shape[1:])))
    x = np.reshape(x[inside(whole, pads)], (n, *lengths, c, m))
    return windows.channels_back(np.sum(x, -1))


@op(
    label="DepthwiseConv2dNativeBackpropFilter",
    agree=(0, 2),
    shape=shape_of_f(each_shape),
    unranked=True,
    work=lambda g, x, *holes, shape, **attrs: prod(g.shape) * taps_of(shape),
    kinds="f",
    grad=lambda h, y, g, x, *holes, shape, windows: (
        convolve_each(x, h, windows=windows),
        shaped_like(x, convolve_each_grad_x, g, h, windows=windows),
        *[None for _ in holes],
    ),
    examples=examples_of_f(each_shape, _EACH),
)
def convolve_each_grad_f(g, x, /, *holes, shape, windows):
    """The gradient of the filters, in that `shape`, in `convolve_each(x, f)`."""
    shape = filled_in(shape, holes)
    check_result(g.shape, each_shape(x.shape, shape, windows))
    windows = Windows(*windows)
    *size, c, m = shape
    x, _, around = repeated(x, shape, windows)
    x, g = padded(x, around), windows.channels_last(g)
    parts = images_of(len(g), 4 * prod(g.shape[1:]))
    sums = np.zeros((len(parts), *size, c * m), np.result_type(g, x))

    def piece(i):
        for tap, place in windows.taps(size, g.shape[1:-1]):
            met = x[parts[i]][:, *place] * g[parts[i]]
            np.sum(met, tuple(range(met.ndim - 1)), out=sums[i][tap])

    in_pieces(piece, range(len(parts)))
    return np.reshape(np.sum(sums, 0), shape)


# What users call


def conv2d(
    input: Any,
    filter: Any = None,
    strides: Any = None,
    padding: Any = None,
    use_cudnn_on_gpu: bool = True,
    data_format: str | None = "NHWC",
    dilations: Any = (1, 1, 1, 1),
    name: str | None = None,
    filters: Any = None,
) -> Tensor:
    """Convolution of images `[n, height, width, channels]` with a filter.

    The filter has the shape `[height, width, channels, results]`. `strides` and
    `dilations` are one int, two, or one for each axis; `padding` is `"SAME"` for as
    many windows as there are places (divided by the strides, rounded up), `"VALID"` for
    those that lie inside, or pairs of what to add before and after each axis. With the
    `data_format` `"NCHW"` the channels come before height and width.

    >>> images = df.ones([1, 3, 3, 1])
    >>> sums = df.nn.conv2d(images, df.ones([2, 2, 1, 1]), strides=1, padding="VALID")
    >>> sums.eval()[0, :, :, 0]
    array([[4., 4.],
           [4., 4.]], dtype=float32)
    >>> df.nn.conv2d(images, df.ones([2, 2, 1, 8]), strides=2, padding="SAME").shape
    TensorShape([1, 2, 2, 8])
    """
    moves = windows(strides, padding, dilations, data_format, 2)
    f = either(filters=filters, filter=filter)
    return convolve(input, f, windows=moves, name=name)


def conv1d(
    value: Any = None,
    filters: Any = None,
    stride: Any = None,
    padding: Any = None,
    use_cudnn_on_gpu: bool | None = None,
    data_format: str | None = None,
    name: str | None = None,
    input: Any = None,
    dilations: Any = None,
) -> Tensor:
    """Convolution of rows `[n, width, channels]`, as `conv2d` of images.

    The filter has the shape `[width, channels, results]`.

    >>> x = df.reshape([1.0, 2.0, 4.0, 8.0], [1, 4, 1])
    >>> df.nn.conv1d(x, [[[-1.0]], [[1.0]]], 1, "VALID").eval()[0, :, 0]
    array([1., 2., 4.], dtype=float32)
    """
    moves = windows(stride, padding, dilations, data_format, 1)
    x = either(input=input, value=value)
    return convolve(x, filters, windows=moves, name=name or "conv1d")


def conv3d(
    input: Any,
    filter: Any = None,
    strides: Any = None,
    padding: Any = None,
    data_format: str | None = "NDHWC",
    dilations: Any = (1, 1, 1, 1, 1),
    name: str | None = None,
    filters: Any = None,
) -> Tensor:
    """Convolution of volumes `[n, depth, height, width, channels]`, as `conv2d`.

    >>> f = df.ones([2, 2, 2, 1, 8])
    >>> df.nn.conv3d(df.ones([1, 3, 3, 3, 1]), f, [1] * 5, "VALID").shape
    TensorShape([1, 2, 2, 2, 8])
    """
    moves = windows(strides, padding, dilations, data_format, 3)
    f = either(filters=filters, filter=filter)
    return convolve(input, f, windows=moves, name=name or "Conv3D")


def convolution(
    input: Any,
    filter: Any,
    padding: Any,
    strides: Any = None,
    dilation_rate: Any = None,
    name: str | None = None,
    data_format: str | None = None,
    filters: Any = None,
    dilations: Any = None,
) -> Tensor:
    """Convolution over as many axes as `input` has beside the batch and channels.

    >>> df.nn.convolution(df.ones([1, 9, 2]), df.ones([3, 2, 8]), "VALID").shape
    TensorShape([1, 7, 8])
    >>> df.nn.convolution(df.ones([1, 9, 9, 2]), df.ones([3, 3, 2, 8]), "SAME").shape
    TensorShape([1, 9, 9, 8])
    """
    f = as_tensor(either(filters=filters, filter=filter))
    rate = either(dilations=dilations, dilation_rate=dilation_rate)
    moves = windows(strides, padding, rate, data_format, axes_in(input, f))
    return convolve(input, f, windows=moves, name=name or "convolution")


def axes_in(*values):
    """Over how many axes windows move in values of that rank."""
    ranks = [as_tensor(value).shape.rank for value in values]
    rank = next((rank for rank in ranks if rank is not None), None)
    if rank is None:
        raise ShapeError("needs an input or a filter whose rank is known")
    if not 3 <= rank <= 5:
        raise ShapeError(f"needs values of rank 3, 4 or 5, got rank {rank}")
    return rank - 2


def atrous_conv2d(
    value: Any, filters: Any, rate: int, padding: Any, name: str | None = None
) -> Tensor:
    """`conv2d` with a filter whose taps are `rate` apart.

    >>> x = df.reshape([1.0, 2.0, 4.0, 8.0, 16.0], [1, 1, 5, 1])
    >>> df.nn.atrous_conv2d(x, df.ones([1, 2, 1, 1]), 2, "VALID").eval()[0, 0, :, 0]
    array([ 5., 10., 20.], dtype=float32)
    """
    return convolution(value, filters, padding, dilation_rate=[rate, rate], name=name)


# Transposed


def transposed(value, f, output_shape, moves, name):
    shape, holes = with_holes(output_shape)
    return convolve_grad_x(value, f, *holes, shape=shape, windows=moves, name=name)


def conv2d_transpose(
    value: Any = None,
    filter: Any = None,
    output_shape: Any = None,
    strides: Any = None,
    padding: Any = "SAME",
    data_format: str | None = "NHWC",
    name: str | None = None,
    input: Any = None,
    filters: Any = None,
    dilations: Any = None,
) -> Tensor:
    """The transpose of `conv2d`: what its gradient does, `output_shape` the result's.

    The filter has the shape `[height, width, results, channels]`.

    >>> x = df.reshape([1.0, 2.0, 3.0, 4.0], [1, 2, 2, 1])
    >>> y = df.nn.conv2d_transpose(x, df.ones([2, 2, 1, 1]), [1, 4, 4, 1], 2)
    >>> y.eval()[0, :, :, 0]
    array([[1., 1., 2., 2.],
           [1., 1., 2., 2.],
           [3., 3., 4., 4.],
           [3., 3., 4., 4.]], dtype=float32)
    """
    moves = windows(strides, padding, dilations, data_format, 2)
    x = either(input=input, value=value)
    f = either(filters=filters, filter=filter)
    return transposed(x, f, output_shape, moves, name or "conv2d_transpose")


def conv1d_transpose(
    input: Any,
    filters: Any,
    output_shape: Any,
    strides: Any,
    padding: Any = "SAME",
    data_format: str | None = "NWC",
    dilations: Any = None,
    name: str | None = None,
) -> Tensor:
    """The transpose of `conv1d`.

    >>> x = df.reshape([1.0, 10.0], [1, 2, 1])
    >>> df.nn.conv1d_transpose(x, df.ones([2, 1, 1]), [1, 4, 1], 2).eval()[0, :, 0]
    array([ 1.,  1., 10., 10.], dtype=float32)
    >>> y = df.nn.conv1d_transpose(x, df.ones([3, 1, 1]), [1, 4, 1], 1, "VALID")
    >>> y.eval()[0, :, 0]
    array([ 1., 11., 11., 10.], dtype=float32)
    """
    moves = windows(strides, padding, dilations, data_format, 1)
    return transposed(input, filters, output_shape, moves, name or "conv1d_transpose")


def conv3d_transpose(
    value: Any,
    filter: Any = None,
    output_shape: Any = None,
    strides: Any = None,
    padding: Any = "SAME",
    data_format: str | None = "NDHWC",
    name: str | None = None,
    input: Any = None,
    filters: Any = None,
    dilations: Any = None,
) -> Tensor:
    """The transpose of `conv3d`.

    >>> x, f = df.ones([1, 2, 2, 2, 8]), df.ones([2, 2, 2, 1, 8])
    >>> df.nn.conv3d_transpose(x, f, [1, 4, 4, 4, 1], [1, 2, 2, 2, 1]).shape
    TensorShape([1, 4, 4, 4, 1])
    """
    moves = windows(strides, padding, dilations, data_format, 3)
    x = either(input=input, value=value)
    f = either(filters=filters, filter=filter)
    return transposed(x, f, output_shape, moves, name or "conv3d_transpose")


def atrous_conv2d_transpose(
    value: Any,
    filters: Any,
    output_shape: Any,
    rate: int,
    padding: Any,
    name: str | None = None,
) -> Tensor:
    """The transpose of `atrous_conv2d`.

    >>> x = df.reshape([1.0, 10.0], [1, 1, 2, 1])
    >>> taps = df.ones([1, 2, 1, 1])
    >>> y = df.nn.atrous_conv2d_transpose(x, taps, [1, 1, 4, 1], 2, "VALID")
    >>> y.eval()[0, 0, :, 0]
    array([ 1., 10.,  1., 10.], dtype=float32)
    """
    moves = windows(1, padding, rate, "NHWC", 2)
    name = name or "atrous_conv2d_transpose"
    return transposed(value, filters, output_shape, moves, name)


def conv_transpose(
    input: Any,
    filters: Any,
    output_shape: Any,
    strides: Any,
    padding: Any = "SAME",
    data_format: str | None = None,
    dilations: Any = None,
    name: str | None = None,
) -> Tensor:
    """The transpose of `convolution`.

    >>> x = df.reshape([1.0, 10.0], [1, 2, 1])
    >>> df.nn.conv_transpose(x, df.ones([2, 1, 1]), [1, 4, 1], 2).eval()[0, :, 0]
    array([ 1.,  1., 10., 10.], dtype=float32)
    """
    moves = windows(strides, padding, dilations, data_format, axes_in(input, filters))
    return transposed(input, filters, output_shape, moves, name or "conv_transpose")


def conv2d_backprop_input(
    input_sizes: Any,
    filter: Any = None,
    out_backprop: Any = None,
    strides: Any = None,
    padding: Any = None,
    use_cudnn_on_gpu: bool = True,
    data_format: str | None = "NHWC",
    dilations: Any = (1, 1, 1, 1),
    name: str | None = None,
    filters: Any = None,
) -> Tensor:
    """The gradient of the input of a `conv2d`, given that of its result.

    >>> f, g = df.ones([2, 2, 1, 1]), df.ones([1, 2, 2, 1])
    >>> df.nn.conv2d_backprop_input([1, 3, 3, 1], f, g, 1, "VALID").eval()[0, ..., 0]
    array([[1., 2., 1.],
           [2., 4., 2.],
           [1., 2., 1.]], dtype=float32)
    """
    moves = windows(strides, padding, dilations, data_format, 2)
    f = either(filters=filters, filter=filter)
    return transposed(out_backprop, f, input_sizes, moves, name)


def conv2d_backprop_filter(
    input: Any,
    filter_sizes: Any,
    out_backprop: Any,
    strides: Any,
    padding: Any,
    use_cudnn_on_gpu: bool = True,
    data_format: str | None = "NHWC",
    dilations: Any = (1, 1, 1, 1),
    name: str | None = None,
) -> Tensor:
    """The gradient of the filter of a `conv2d`, given that of its result.

    >>> x, g = df.ones([1, 3, 3, 1]), df.ones([1, 2, 2, 1])
    >>> df.nn.conv2d_backprop_filter(x, [2, 2, 1, 1], g, 1, "VALID").eval()[..., 0, 0]
    array([[4., 4.],
           [4., 4.]], dtype=float32)
    """
    moves = windows(strides, padding, dilations, data_format, 2)
    return slope(input, out_backprop, filter_sizes, moves, name)


def conv3d_backprop_filter(
    input: Any,
    filter_sizes: Any,
    out_backprop: Any,
    strides: Any,
    padding: Any,
    data_format: str | None = "NDHWC",
    dilations: Any = (1, 1, 1, 1, 1),
    name: str | None = None,
) -> Tensor:
    """The gradient of the filter of a `conv3d`, given that of its result.

    >>> x, g = df.ones([1, 3, 3, 3, 1]), df.ones([1, 2, 2, 2, 8])
    >>> df.nn.conv3d_backprop_filter(x, [2, 2, 2, 1, 8], g, [1] * 5, "VALID").shape
    TensorShape([2, 2, 2, 1, 8])
    """
    moves = windows(strides, padding, dilations, data_format, 3)
    name = name or "Conv3DBackpropFilterV2"
    return slope(input, out_backprop, filter_sizes, moves, name)


conv3d_backprop_filter_v2 = conv3d_backprop_filter


def slope(x, g, filter_sizes, moves, name):
    shape, holes = with_holes(filter_sizes)
    return convolve_grad_f(g, x, *holes, shape=shape, windows=moves, name=name)


# Each channel by itself


def depthwise_conv2d(
    input: Any,
    filter: Any,
    strides: Any,
    padding: Any,
    rate: Any = None,
    name: str | None = None,
    data_format: str | None = None,
    dilations: Any = None,
) -> Tensor:
    """Convolution of each channel by itself, with filters of its own.

    The filter has the shape `[height, width, channels, filters]`; result `c * filters +
    i` is that of channel `c` with its filter `i`.

    >>> x = [[[[1.0, 10.0], [2.0, 20.0]]]]  # one row of two pixels of two channels
    >>> df.nn.depthwise_conv2d(x, df.ones([1, 2, 2, 1]), [1] * 4, "VALID").eval()
    array([[[[ 3., 30.]]]], dtype=float32)
    """
    rate = either(dilations=dilations, rate=rate)
    moves = windows(strides, padding, rate, data_format, 2)
    return convolve_each(input, filter, windows=moves, name=name or "depthwise")


def depthwise_conv2d_native(
    input: Any,
    filter: Any,
    strides: Any,
    padding: Any,
    data_format: str | None = "NHWC",
    dilations: Any = (1, 1, 1, 1),
    name: str | None = None,
) -> Tensor:
    """`depthwise_conv2d` under its other name.

    >>> x, f = df.ones([1, 5, 5, 3]), df.ones([2, 2, 3, 2])
    >>> df.nn.depthwise_conv2d_native(x, f, [1] * 4, "VALID").shape
    TensorShape([1, 4, 4, 6])
    """
    moves = windows(strides, padding, dilations, data_format, 2)
    return convolve_each(input, filter, windows=moves, name=name)


def depthwise_conv2d_native_backprop_input(
    input_sizes: Any,
    filter: Any,
    out_backprop: Any,
    strides: Any,
    padding: Any,
    data_format: str | None = "NHWC",
    dilations: Any = (1, 1, 1, 1),
    name: str | None = None,
) -> Tensor:
    """The gradient of the input of a `depthwise_conv2d`, given that of its result.

    >>> f, g = df.ones([2, 2, 1, 1]), df.ones([1, 2, 2, 1])
    >>> y = df.nn.depthwise_conv2d_backprop_input(
    ...     [1, 3, 3, 1], f, g, [1, 1, 1, 1], "VALID"
    ... )
    >>> y.eval()[0, :, :, 0]
    array([[1., 2., 1.],
           [2., 4., 2.],
           [1., 2., 1.]], dtype=float32)
    """
    moves = windows(strides, padding, dilations, data_format, 2)
    shape, holes = with_holes(input_sizes)
    return convolve_each_grad_x(
        out_backprop, filter, *holes, shape=shape, windows=moves, name=name
    )


def depthwise_conv2d_native_backprop_filter(
    input: Any,
    filter_sizes: Any,
    out_backprop: Any,
    strides: Any,
    padding: Any,
    data_format: str | None = "NHWC",
    dilations: Any = (1, 1, 1, 1),
    name: str | None = None,
) -> Tensor:
    """The gradient of the filters of a `depthwise_conv2d`, given that of its result.

    >>> x, g = df.ones([1, 3, 3, 2]), df.ones([1, 2, 2, 2])
    >>> y = df.nn.depthwise_conv2d_backprop_filter(
    ...     x, [2, 2, 2, 1], g, [1, 1, 1, 1], "VALID"
    ... )
    >>> y.shape, y.eval()[:, :, 0, 0]
    (TensorShape([2, 2, 2, 1]), array([[4., 4.],
           [4., 4.]], dtype=float32))
    """
    moves = windows(strides, padding, dilations, data_format, 2)
    shape, holes = with_holes(filter_sizes)
    return convolve_each_grad_f(
        out_backprop, input, *holes, shape=shape, windows=moves, name=name
    )


depthwise_conv2d_backprop_input = depthwise_conv2d_native_backprop_input
depthwise_conv2d_backprop_filter = depthwise_conv2d_native_backprop_filter


def separable_conv2d(
    input: Any,
    depthwise_filter: Any,
    pointwise_filter: Any,
    strides: Any,
    padding: Any,
    rate: Any = None,
    name: str | None = None,
    data_format: str | None = None,
    dilations: Any = None,
) -> Tensor:
    """`depthwise_conv2d`, and then a `conv2d` that mixes the channels.

    The `pointwise_filter` has the shape `[1, 1, channels, results]`.

    >>> x = [[[[1.0, 10.0], [2.0, 20.0]]]]
    >>> each, mixed = df.ones([1, 2, 2, 1]), df.ones([1, 1, 2, 1])
    >>> df.nn.separable_conv2d(x, each, mixed, [1] * 4, "VALID").eval()
    array([[[[33.]]]], dtype=float32)
    """
    rate = either(dilations=dilations, rate=rate)
    with name_scope(name, "separable_conv2d") as scope:
        each = depthwise_conv2d(
            input, depthwise_filter, strides, padding, rate, None, data_format
        )
        return conv2d(
            each, pointwise_filter, 1, "VALID", data_format=data_format, name=scope
        )
