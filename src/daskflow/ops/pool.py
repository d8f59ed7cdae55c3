"""Pooling: of each window the largest element, or the mean."""

from math import prod
from typing import Any, NamedTuple

import numpy as np

from daskflow.cores import side_by_side
from daskflow.errors import GraphError, ShapeError
from daskflow.graph import Tensor
from daskflow.opdef import OPS, Example, Examples
from daskflow.ops.array import shaped_like
from daskflow.ops.conv import axes_in, check_result, images_of, ranked
from daskflow.ops.define import args, either, filled_in, op, several, without_holes
from daskflow.ops.math import ORDERED
from daskflow.ops.nn import where_true
from daskflow.ops.reduce import limits
from daskflow.ops.windows import Windows, channels_lead, checked_padding
from daskflow.spec import Spec, shape_text

__all__ = [
    "avg_pool",
    "avg_pool1d",
    "avg_pool2d",
    "avg_pool3d",
    "avg_pool_v2",
    "max_pool",
    "max_pool1d",
    "max_pool2d",
    "max_pool3d",
    "max_pool_v2",
    "max_pool_with_argmax",
    "pool",
]

# A window has a size along every axis, those of the batch and the channels included:
# so no op here needs to know which ones these are.


def pooled_shape(x, size, windows):
    x = ranked(x, size, 0)
    if len(x) != len(size):
        raise ShapeError(f"needs rank {len(size)}, got {shape_text(x)}")
    return Windows(*windows).counts(x, size)


INT64 = np.dtype(np.int64)
_ONE = (1, 1, 1, 1)
_SAME = Windows((1, 2, 2, 1), "SAME", _ONE)
_CASES: list[tuple[Any, Any, Windows]] = [
    ((2, 4, 4, 3), (1, 2, 2, 1), _SAME),
    ((1, 5, 3, 2), (1, 3, 2, 1), _SAME),
    ((1, 5, 4, 2), (1, 3, 2, 1), Windows(_ONE, "VALID", _ONE)),
    ((1, 2, 5, 4), (1, 1, 3, 2), Windows((1, 1, 2, 1), "SAME", _ONE)),
    ((1, 3, 3, 4), (1, 1, 1, 2), Windows((1, 1, 1, 2), "VALID", _ONE)),
    ((1, 6, 5, 1), (1, 2, 2, 1), Windows(_ONE, "VALID", (1, 2, 3, 1))),
    (
        (1, 3, 3, 1),
        (1, 2, 2, 1),
        Windows(_ONE, ((0, 0), (1, 0), (0, 1), (0, 0)), _ONE),
    ),
    ((1, 5, 3, 1), (1, 1, 1, 1), Windows((1, 3, 2, 1), "SAME", _ONE)),
    ((0, 4, 4, 2), (1, 2, 2, 1), _SAME),
    ((0, 4, 4, 2), (1, 2, 2, 1), _SAME._replace(padding="VALID")),
    ((2, 5, 2), (1, 3, 1), Windows((1, 2, 1), "SAME", (1, 1, 1))),
]


def pooled_work(x, size, windows):
    return 2 * prod(x.shape) * prod(size) / prod(windows[0])


def in_images(piece, x, size, windows):
    """`piece` of each part of the images, side by side; of all where windows mix them.

    The part of the images is that of what the windows give, too.
    """
    is_apart = size[0] == windows.strides[0] == 1
    parts = images_of(len(x), 4 * prod(x.shape[1:])) if is_apart else [slice(None)]
    if len(parts) > 1:
        side_by_side(lambda i: piece(parts[i]), len(parts))
    elif parts:
        piece(parts[0])


@op(
    label="MaxPool",
    name="max_pool",
    shape=lambda x, size, windows: pooled_shape(x.shape, size, windows),
    unranked=True,
    work=pooled_work,
    kinds=ORDERED,
    grad=lambda g, y, x, size, windows: largest_grad(
        g, x, y, size=size, windows=windows
    ),
    examples=[args(x, size=size, windows=tuple(w)) for x, size, w in _CASES],
)
def largest(x, /, size, windows):
    """The largest element of each window."""
    windows = Windows(*windows)
    counts = pooled_shape(x.shape, size, windows)
    y = np.full(counts, limits(x)[0], np.result_type(x))

    def piece(part):
        values, found = x[part], y[part]
        for at, met in meetings(values.shape, size, found.shape, windows):
            np.maximum(found[at], values[met], out=found[at])

    in_images(piece, x, size, windows)
    return y


def meetings(x, size, counts, windows):
    """For each tap the part of the windows in which it meets `x`, and what it meets.

    Where a window begins before `x` or ends behind it, its taps there meet nothing.
    """
    starts = [before for before, _ in windows.pads(x, size)]
    axes = list(zip(x, counts, windows.strides, strict=True))
    for tap in np.ndindex(*size):
        shifts = zip(tap, windows.dilations, starts, strict=True)
        pairs = [
            meeting(*axis, i * d - start)
            for axis, (i, d, start) in zip(axes, shifts, strict=True)
        ]
        yield tuple(at for at, _ in pairs), tuple(met for _, met in pairs)


def meeting(n, count, stride, shift):
    """Which of `count` windows meet one of `n` elements at `shift`, and which those."""
    first = max(-(shift // stride), 0)
    last = min((n - 1 - shift) // stride, count - 1)
    if last < first:
        return slice(0, 0), slice(0, 0)
    met = slice(first * stride + shift, last * stride + shift + 1, stride)
    return slice(first, last + 1), met


def first_meetings(x, y, size, windows):
    """The `meetings`, and of each where it is the first of the window's largest."""
    is_open = np.ones(y.shape, bool)
    for at, met in meetings(x.shape, size, y.shape, windows):
        hit = np.equal(x[met], y[at])
        hit &= is_open[at]
        is_open[at] ^= hit
        yield at, met, hit


def grad_examples():
    for x, size, windows in _CASES:
        values = np.argsort(np.sin(np.arange(prod(x)))).reshape(x) / 8.0
        y = OPS["max_pool"].kernel(values, size, windows)
        yield args(y.shape, values, y, size=size, windows=tuple(windows))


def grad_grad_examples():
    for example in grad_examples():
        _, x, y = example.inputs
        yield Example((x.shape, x, y), example.attrs)


@op(
    label="MaxPoolGrad",
    name="max_pool_grad",
    shape=lambda g, x, y, size, windows: x.shape,
    work=lambda g, x, y, size, windows: 4 * prod(g.shape) * prod(size),
    kinds=ORDERED,
    grad=lambda h, _, g, x, y, size, windows: (
        at_largest(h, x, y, size=size, windows=windows),
        None,
        None,
    ),
    examples=Examples(grad_examples),
)
def largest_grad(g, x, y, /, size, windows):
    """Each of `g` at the first largest element of its window of `x`, added up."""
    windows = Windows(*windows)
    result = np.zeros(x.shape, np.result_type(g))
    steps = zip(size, windows.strides, windows.dilations, strict=True)
    overlap = any(k > s or d > 1 for k, s, d in steps)

    def piece(part):
        into, given = result[part], g[part]
        for at, met, hit in first_meetings(x[part], y[part], size, windows):
            if overlap:
                into[met] += where_true(given[at], hit)
            else:
                where_true(given[at], hit, into[met])

    in_images(piece, x, size, windows)
    return result


@op(
    label="MaxPoolGradGrad",
    name="max_pool_grad_grad",
    shape=lambda h, x, y, size, windows: y.shape,
    work=lambda h, x, y, size, windows: 4 * prod(y.shape) * prod(size),
    kinds=ORDERED,
    grad=lambda g, _, h, x, y, size, windows: (
        largest_grad(g, x, y, size=size, windows=windows),
        None,
        None,
    ),
    examples=Examples(grad_grad_examples),
)
def at_largest(h, x, y, /, size, windows):
    """What `h` has at the first largest element of each window of `x`."""
    windows = Windows(*windows)
    result = np.zeros(y.shape, np.result_type(h))

    def piece(part):
        into, given = result[part], h[part]
        for at, met, hit in first_meetings(x[part], y[part], size, windows):
            into[at] += where_true(given[met], hit)

    in_images(piece, x, size, windows)
    return result


def argmax_specs(x, size, windows, with_batch, dtype):
    y = pooled_shape(x.shape, size, windows)
    return [Spec(x.dtype, y), Spec(dtype, y)]


@several(
    label="MaxPoolWithArgmax",
    name="max_pool_with_argmax",
    specs=argmax_specs,
    work=lambda x, size, windows, **attrs: 2 * pooled_work(x, size, windows),
    kinds=ORDERED,
    grad=lambda g, y, x, size, windows, **attrs: (
        None
        if g[0] is None
        else largest_grad(g[0], x, y[0], size=size, windows=windows)
    ),
    examples=[
        args(x, size=size, windows=tuple(w), with_batch=False, dtype=INT64)
        for x, size, w in _CASES[:3]
    ],
)
def largest_and_where(x, /, size, windows, with_batch, dtype):
    """The largest element of each window, and its place among all of its image."""
    y = largest_of(x, size, windows)
    windows = Windows(*windows)
    count = x.size if with_batch else prod(x.shape[1:])
    places = np.arange(count, dtype=dtype).reshape((-1, *x.shape[1:]))
    places = np.broadcast_to(places, x.shape)
    where = np.zeros(y.shape, dtype)
    for at, met, hit in first_meetings(x, y, size, windows):
        where[at] += np.where(hit, places[met], 0)
    return y, where


def largest_of(x, size, windows):
    return OPS["max_pool"].kernel(x, size, windows)


# Means


@op(
    label="AvgPool",
    name="avg_pool",
    shape=lambda x, size, windows: pooled_shape(x.shape, size, windows),
    unranked=True,
    work=pooled_work,
    kinds="f",
    grad=lambda g, y, x, size, windows: shaped_like(
        x, mean_grad, g, size=size, windows=windows
    ),
    examples=[args(x, size=size, windows=tuple(w)) for x, size, w in _CASES],
)
def mean(x, /, size, windows):
    """The mean of those elements of each window that there are."""
    windows = Windows(*windows)
    counts = pooled_shape(x.shape, size, windows)
    y = np.zeros(counts, np.result_type(x))

    def piece(part):
        values, total = x[part], y[part]
        for at, met in meetings(values.shape, size, total.shape, windows):
            total[at] += values[met]
        total /= cells(values.shape, size, total.shape, windows, y.dtype)

    in_images(piece, x, size, windows)
    return y


def cells(x, size, counts, windows, dtype):
    """The number of elements that each window meets, in a shape that broadcasts."""
    result = np.ones((), dtype)
    for axis, (n, k, count) in enumerate(zip(x, size, counts, strict=True)):
        shift = windows.pads(x, size)[axis][0]
        taps = np.arange(k) * windows.dilations[axis] - shift
        places = np.arange(count)[:, None] * windows.strides[axis] + taps
        met = np.sum((places >= 0) & (places < n), 1)
        result = result * met.reshape((-1,) + (1,) * (len(x) - 1 - axis)).astype(dtype)
    return result


def mean_grad_shape(g, *holes, shape, size, windows):
    x = ranked(without_holes(shape, holes), size, 0)
    check_result(g.shape, pooled_shape(x, size, windows))
    return x


@op(
    label="AvgPoolGrad",
    name="avg_pool_grad",
    agree=(0, 1),
    shape=mean_grad_shape,
    unranked=True,
    work=lambda g, *holes, size, **attrs: 2 * prod(g.shape) * prod(size),
    kinds="f",
    grad=lambda h, y, g, *holes, shape, size, windows: (
        mean(h, size=size, windows=windows),
        *[None for _ in holes],
    ),
    examples=[
        args(pooled_shape(x, size, w), shape=x, size=size, windows=tuple(w))
        for x, size, w in _CASES
    ],
)
def mean_grad(g, /, *holes, shape, size, windows):
    """Each of `g` in equal parts to the elements, of that `shape`, of its window."""
    shape = filled_in(shape, holes)
    check_result(g.shape, pooled_shape(shape, size, windows))
    windows = Windows(*windows)
    x = np.zeros(shape, np.result_type(g))

    def piece(part):
        into, given = x[part], g[part]
        given = given / cells(into.shape, size, given.shape, windows, x.dtype)
        for at, met in meetings(into.shape, size, given.shape, windows):
            into[met] += given[at]

    in_images(piece, x, size, windows)
    return x


# What users call


def pooled(
    add, x, ksize, strides, padding, data_format, rank, name, dilations=1, **more
):
    leading = channels_lead(data_format, rank)
    size = everywhere("ksize", ksize, rank, leading)
    moves = Windows(
        everywhere("strides", strides, rank, leading),
        with_others(checked_padding(padding, rank, leading), leading),
        everywhere("dilations", dilations, rank, leading),
    )
    return add(x, size=size, windows=moves, name=name, **more)


def everywhere(what, setting, rank, leading):
    """A setting for every axis, from one for all of them or for those in the middle."""
    values = list(setting) if isinstance(setting, list | tuple) else [setting]
    if len(values) == 1:
        values *= rank
    if len(values) == rank:
        values = [1, 1, *values] if leading else [1, *values, 1]
    if len(values) != rank + 2 or any(value < 1 for value in values):
        raise ShapeError(
            f"{what} are 1, {rank} or {rank + 2} positive ints, got {setting}"
        )
    return tuple(map(int, values))


def with_others(padding, leading):
    """A padding with nothing along the batch and the channels."""
    if isinstance(padding, str):
        return padding
    nothing = (0, 0)
    return (nothing, nothing, *padding) if leading else (nothing, *padding, nothing)


def max_pool(
    value: Any,
    ksize: Any,
    strides: Any,
    padding: Any,
    data_format: str | None = "NHWC",
    name: str | None = None,
    input: Any = None,
) -> Tensor:
    """The largest element of each window of images `[n, height, width, channels]`.

    `ksize`, the size of a window, and `strides` are one int, two, or one for each axis;
    for `padding` and `data_format` see `conv2d`. At a tie the gradient goes to the
    first of the largest elements of the window.

    >>> x = np.arange(16.0).reshape(1, 4, 4, 1)
    >>> df.nn.max_pool(x, 2, 2, "VALID").eval()[0, :, :, 0]
    array([[ 5.,  7.],
           [13., 15.]])
    >>> df.nn.max_pool(df.ones([1, 5, 5, 3]), 2, 2, "SAME").shape
    TensorShape([1, 3, 3, 3])
    """
    x = either(input=input, value=value)
    return pooled(largest, x, ksize, strides, padding, data_format, 2, name)


def avg_pool(
    value: Any,
    ksize: Any,
    strides: Any,
    padding: Any,
    data_format: str | None = "NHWC",
    name: str | None = None,
    input: Any = None,
) -> Tensor:
    """The mean of each window of images, as `max_pool`: of the elements inside.

    >>> x = np.arange(16.0).reshape(1, 4, 4, 1)
    >>> df.nn.avg_pool(x, 2, 2, "VALID").eval()[0, :, :, 0]
    array([[ 2.5,  4.5],
           [10.5, 12.5]])
    """
    x = either(input=input, value=value)
    return pooled(mean, x, ksize, strides, padding, data_format, 2, name)


def max_pool1d(
    input: Any,
    ksize: Any,
    strides: Any,
    padding: Any,
    data_format: str | None = "NWC",
    name: str | None = None,
) -> Tensor:
    """`max_pool` of rows `[n, width, channels]`.

    >>> x = df.reshape([1.0, 3.0, 5.0, 7.0], [1, 4, 1])
    >>> df.nn.max_pool1d(x, 2, 1, "VALID").eval()[0, :, 0]
    array([3., 5., 7.], dtype=float32)
    """
    name = name or "MaxPool1d"
    return pooled(largest, input, ksize, strides, padding, data_format, 1, name)


def max_pool2d(
    input: Any,
    ksize: Any,
    strides: Any,
    padding: Any,
    data_format: str | None = "NHWC",
    name: str | None = None,
) -> Tensor:
    """`max_pool` of images.

    >>> df.nn.max_pool2d(df.ones([1, 28, 28, 3]), 2, 2, "VALID").shape
    TensorShape([1, 14, 14, 3])
    """
    name = name or "MaxPool2d"
    return pooled(largest, input, ksize, strides, padding, data_format, 2, name)


def max_pool3d(
    input: Any,
    ksize: Any,
    strides: Any,
    padding: Any,
    data_format: str | None = "NDHWC",
    name: str | None = None,
) -> Tensor:
    """`max_pool` of volumes `[n, depth, height, width, channels]`.

    >>> df.nn.max_pool3d(df.ones([1, 4, 4, 4, 3]), 2, 2, "VALID").shape
    TensorShape([1, 2, 2, 2, 3])
    """
    name = name or "MaxPool3D"
    return pooled(largest, input, ksize, strides, padding, data_format, 3, name)


def avg_pool1d(
    input: Any,
    ksize: Any,
    strides: Any,
    padding: Any,
    data_format: str | None = "NWC",
    name: str | None = None,
) -> Tensor:
    """`avg_pool` of rows `[n, width, channels]`.

    >>> x = df.reshape([1.0, 3.0, 5.0, 7.0], [1, 4, 1])
    >>> df.nn.avg_pool1d(x, 2, 2, "VALID").eval()[0, :, 0]
    array([2., 6.], dtype=float32)
    """
    name = name or "AvgPool1D"
    return pooled(mean, input, ksize, strides, padding, data_format, 1, name)


avg_pool2d = avg_pool


def avg_pool3d(
    input: Any,
    ksize: Any,
    strides: Any,
    padding: Any,
    data_format: str | None = "NDHWC",
    name: str | None = None,
) -> Tensor:
    """`avg_pool` of volumes `[n, depth, height, width, channels]`.

    >>> df.nn.avg_pool3d(df.ones([1, 4, 4, 4, 3]), 2, 2, "VALID").shape
    TensorShape([1, 2, 2, 2, 3])
    """
    name = name or "AvgPool3D"
    return pooled(mean, input, ksize, strides, padding, data_format, 3, name)


def max_pool_v2(
    input: Any,
    ksize: Any,
    strides: Any,
    padding: Any,
    data_format: str | None = None,
    name: str | None = None,
) -> Tensor:
    """`max_pool` over as many axes as `input` has beside the batch and channels.

    >>> df.nn.max_pool_v2(df.ones([1, 4, 3]), 2, 2, "VALID").shape
    TensorShape([1, 2, 3])
    >>> df.nn.max_pool_v2(df.ones([1, 4, 4, 3]), 2, 2, "VALID").shape
    TensorShape([1, 2, 2, 3])
    """
    rank = axes_in(input)
    name = name or ("MaxPool1d", "MaxPool2d", "MaxPool3D")[rank - 1]
    return pooled(largest, input, ksize, strides, padding, data_format, rank, name)


def avg_pool_v2(
    input: Any,
    ksize: Any,
    strides: Any,
    padding: Any,
    data_format: str | None = None,
    name: str | None = None,
) -> Tensor:
    """`avg_pool` over as many axes as `input` has beside the batch and channels.

    >>> df.nn.avg_pool_v2(df.ones([1, 4, 3]), 2, 2, "VALID").shape
    TensorShape([1, 2, 3])
    >>> df.nn.avg_pool_v2(df.ones([1, 4, 4, 3]), 2, 2, "VALID").shape
    TensorShape([1, 2, 2, 3])
    """
    rank = axes_in(input)
    name = name or ("AvgPool1D", "AvgPool2D", "AvgPool3D")[rank - 1]
    return pooled(mean, input, ksize, strides, padding, data_format, rank, name)


class MaxPoolWithArgmax(NamedTuple):
    """What `max_pool_with_argmax` gives."""

    output: Tensor
    argmax: Tensor


def max_pool_with_argmax(
    input: Any,
    ksize: Any,
    strides: Any,
    padding: Any,
    data_format: str = "NHWC",
    Targmax: Any = None,  # noqa: N803
    name: str | None = None,
    output_dtype: Any = None,
    include_batch_in_index: bool = False,
) -> MaxPoolWithArgmax:
    """`max_pool`, and where the largest elements are.

    That is the number of the element in its image, counted in C order; with
    `include_batch_in_index` among all images.

    >>> x = np.arange(16.0).reshape(1, 4, 4, 1)
    >>> output, argmax = session.run(df.nn.max_pool_with_argmax(x, 2, 2, "VALID"))
    >>> output.ravel(), argmax.ravel()
    (array([ 5.,  7., 13., 15.]), array([ 5,  7, 13, 15]))
    """
    dtype = either(output_dtype=output_dtype, Targmax=Targmax) or INT64
    more = {"dtype": dtype, "with_batch": include_batch_in_index}
    return MaxPoolWithArgmax(
        *pooled(
            largest_and_where,
            input,
            ksize,
            strides,
            padding,
            data_format,
            2,
            name,
            **more,
        )
    )


POOLING = {"MAX": (largest, "max_pool"), "AVG": (mean, "avg_pool")}


def pool(
    input: Any,
    window_shape: Any,
    pooling_type: str,
    padding: Any,
    dilation_rate: Any = None,
    strides: Any = None,
    name: str | None = None,
    data_format: str | None = None,
    dilations: Any = None,
) -> Tensor:
    """`"MAX"` or `"AVG"` pooling of windows whose elements may lie apart.

    >>> x = df.reshape([1.0, 5.0, 2.0, 4.0], [1, 4, 1])
    >>> df.nn.pool(x, [2], "MAX", "VALID", dilation_rate=[2]).eval()[0, :, 0]
    array([2., 5.], dtype=float32)
    >>> df.nn.pool(x, [2], "AVG", "VALID", strides=[2]).eval()[0, :, 0]
    array([3., 3.], dtype=float32)
    """
    if pooling_type not in POOLING:
        raise GraphError(f"pooling_type is 'MAX' or 'AVG', got {pooling_type!r}")
    add, label = POOLING[pooling_type]
    rank = axes_in(input)
    rate = either(dilations=dilations, dilation_rate=dilation_rate)
    return pooled(
        add,
        input,
        window_shape,
        1 if strides is None else strides,
        padding,
        data_format,
        rank,
        name or label,
        dilations=1 if rate is None else rate,
    )
