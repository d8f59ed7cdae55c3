"""Ops on the layout of arrays: make, reshape, join, part, broadcast."""

import math
from typing import Any

import numpy as np

from daskflow.errors import DTypeError, GraphError, ShapeError
from daskflow.graph import Tensor, apply, graph_of
from daskflow.opdef import OPS, no_gradient
from daskflow.ops.define import (
    FLOATS,
    args,
    axes_of,
    either,
    filled_in,
    given_dtype,
    given_shape,
    has_holes,
    op,
    several,
    with_holes,
    without_holes,
)
from daskflow.ops.known import is_full
from daskflow.spec import (
    STRING,
    Spec,
    TensorShape,
    as_dtype,
    as_shape,
    broadcast,
    full_shape,
    shape_text,
)
from daskflow.values import as_tensor, constant

__all__ = [
    "bitcast",
    "broadcast_dynamic_shape",
    "broadcast_static_shape",
    "broadcast_to",
    "expand_dims",
    "invert_permutation",
    "matrix_transpose",
    "newaxis",
    "ones",
    "ones_like",
    "rank",
    "reshape",
    "shape",
    "shape_n",
    "size",
    "squeeze",
    "transpose",
    "zeros",
    "zeros_like",
]

FLOAT32 = np.dtype(np.float32)
INT32 = np.dtype(np.int32)
NO_INPUTS = (0, 0)
"""Of the inputs that have one dtype: none."""

newaxis = None


def like_shape(x, like, *inputs, **attrs):
    return like.shape


def one_shape(x, like):
    return x.shape == like.shape


# Make


def zero_of(dtype):
    """What zeros are in that dtype: of texts, empty ones."""
    return b"" if dtype == STRING else 0


_MADE = [
    args(shape=(2, 3), dtype=FLOAT32),
    args(shape=(), dtype=INT32),
    args(np.array(2), shape=("#", 3), dtype=FLOAT32),
]


@op(name="zeros", shape=given_shape, dtype=given_dtype, unranked=True,
    agree=NO_INPUTS, grad=no_gradient, examples=_MADE)  # fmt: skip
def zeros_in(*holes, shape, dtype):
    """Zeros in `shape`."""
    return np.full(filled_in(shape, holes), zero_of(dtype), dtype)


@op(name="ones", shape=given_shape, dtype=given_dtype, unranked=True,
    agree=NO_INPUTS, grad=no_gradient, examples=_MADE)  # fmt: skip
def ones_in(*holes, shape, dtype):
    """Ones in `shape`."""
    return np.ones(filled_in(shape, holes), dtype)


def zeros(shape: Any, dtype: Any = FLOAT32, name: str | None = None) -> Tensor:
    """Zeros in `shape`, an int or several, or tensors of ints; texts are empty.

    >>> df.zeros([2, 3]).eval()
    array([[0., 0., 0.],
           [0., 0., 0.]], dtype=float32)
    """
    setting, holes = with_holes(shape)
    return zeros_in(*holes, shape=setting, dtype=dtype, name=name)


def ones(shape: Any, dtype: Any = FLOAT32, name: str | None = None) -> Tensor:
    """Ones in `shape`, an int or several, or tensors of ints.

    >>> df.ones([2, 3], df.int32).eval()
    array([[1, 1, 1],
           [1, 1, 1]], dtype=int32)
    """
    setting, holes = with_holes(shape)
    return ones_in(*holes, shape=setting, dtype=dtype, name=name)


def same_shape(x, **attrs):
    return x.shape


def made_like(function):
    def written(x, dtype):
        return f"np.{function}({x.shape}, {in_numpy(dtype or x.dtype)})"

    return written


def kept_dtype(x, dtype):
    return x.dtype if dtype is None else dtype


_LIKE = [args((2, 3), dtype=None), args((), dtype=INT32), args((0, 2), dtype=None)]


@op(
    shape=same_shape,
    dtype=kept_dtype,
    grad=no_gradient,
    examples=_LIKE,
    written=made_like("zeros"),
    name="zeros_like",
)
def zeros_as(x, /, dtype):
    """Zeros in the shape of `x`, and in its dtype unless another is given."""
    dtype = np.result_type(x) if dtype is None else dtype
    return np.full_like(x, zero_of(dtype), dtype, order="C")


def zeros_like(
    tensor: Any, dtype: Any = None, name: str | None = None, optimize: bool = True
) -> Tensor:
    """Zeros in the shape of `tensor`, and in its dtype unless another is given.

    >>> df.zeros_like([[1.5, 2.5]], df.int64).eval()
    array([[0, 0]])
    """
    return zeros_as(tensor, dtype, name=name)


@op(
    shape=same_shape,
    dtype=kept_dtype,
    grad=no_gradient,
    examples=_LIKE,
    written=made_like("ones"),
    name="ones_like",
)
def ones_as(x, /, dtype):
    """Ones in the shape of `x`, and in its dtype unless another is given."""
    return np.ones_like(x, dtype, order="C")


def ones_like(
    tensor: Any, dtype: Any = None, name: str | None = None, optimize: bool = True
) -> Tensor:
    """Ones in the shape of `tensor`, and in its dtype unless another is given.

    >>> df.ones_like([[1.5, 2.5]]).eval()
    array([[1., 1.]], dtype=float32)
    """
    return ones_as(tensor, dtype, name=name)


# The shape itself


@op(label="Shape", name="shape", dtype=given_dtype, grad=no_gradient, unranked=True,
    shape=lambda x, dtype: (None if x.shape is None else len(x.shape),),
    examples=[args((2, 3), dtype=INT32), args((), dtype=INT32)])  # fmt: skip
def shape_of(x, /, dtype):
    """The shape of `x`."""
    return np.array(np.shape(x), dtype)


@op(label="Rank", name="rank", dtype=INT32, grad=no_gradient, unranked=True,
    shape=lambda x: (), examples=[args((2, 3)), args(())])  # fmt: skip
def rank_of(x):
    """The number of axes of `x`."""
    return np.int32(np.ndim(x))


@op(label="Size", name="size", dtype=given_dtype, grad=no_gradient, unranked=True,
    shape=lambda x, dtype: (),
    examples=[args((2, 3), dtype=INT32), args((0,), dtype=INT32)])  # fmt: skip
def size_of(x, /, dtype):
    """The number of elements of `x`."""
    return dtype.type(np.size(x))


def shape(input: Any, name: str | None = None, out_type: Any = INT32) -> Tensor:
    """The shape of `input`; a constant where that is known.

    >>> df.shape([[1, 2, 3], [4, 5, 6]]).eval()
    array([2, 3], dtype=int32)
    >>> x = df.placeholder(df.float32, [None, 3])
    >>> x.shape, df.shape(x).eval({x: np.zeros((5, 3))})
    (TensorShape([None, 3]), array([5, 3], dtype=int32))
    """
    known, dtype = as_tensor(input).spec.shape, out_dtype(out_type)
    if known is None or None in known:
        return shape_of(input, dtype, name=name)
    return fact(input, np.array(known, dtype), name or "Shape")


def fact(x, value, name):
    """What is known of `x`, as a constant in its graph."""
    with graph_of((x,)).as_default():
        return constant(value, name=name)


def out_dtype(dtype: Any) -> Any:
    """The dtype of what is counted: int32 unless given."""
    return INT32 if dtype is None else as_dtype(dtype)


@several(
    label="ShapeN",
    name="shape_n",
    specs=lambda *xs, dtype: [
        Spec(dtype, (None if x.shape is None else len(x.shape),)) for x in xs
    ],
    agree=NO_INPUTS,
    grad=no_gradient,
    examples=[args((2, 3), (), dtype=INT32)],
)
def shapes_of(*xs, dtype):
    """The shape of each of `xs`."""
    return tuple(np.array(np.shape(x), dtype) for x in xs)


def shape_n(input: Any, out_type: Any = INT32, name: str | None = None) -> list[Tensor]:
    """The shape of each `input`, as a list; ints of `out_type`.

    >>> session.run(df.shape_n([[[1, 2, 3]], [4.0]]))
    [array([1, 3], dtype=int32), array([1], dtype=int32)]
    """
    return shapes_of(*input, dtype=out_dtype(out_type), name=name)


def rank(input: Any, name: str | None = None) -> Tensor:
    """The number of axes of `input`, an int32; a constant where that is known.

    >>> df.rank([[1, 2], [3, 4], [5, 6]]).eval()
    np.int32(2)
    """
    known = as_tensor(input).spec.shape
    if known is None:
        return rank_of(input, name=name)
    return fact(input, np.int32(len(known)), name or "Rank")


def size(input: Any, name: str | None = None, out_type: Any = INT32) -> Tensor:
    """The number of elements of `input`; a constant where that is known.

    >>> df.size([[1, 2], [3, 4], [5, 6]]).eval()
    np.int32(6)
    """
    known, dtype = as_tensor(input).spec.shape, out_dtype(out_type)
    if known is None or None in known:
        return size_of(input, dtype, name=name)
    return fact(input, dtype.type(math.prod(full_shape(known))), name or "Size")


# Reshape


def reshaped_shape(x, *holes, shape):
    if has_holes(shape):
        return known_lengths(x, without_holes(shape, holes))
    if shape is None or shape.count(None) > 1:
        raise ShapeError(f"needs at most one unknown axis, got {shape_text(shape)}")
    if x.shape is None or None in x.shape:
        return shape
    known = math.prod(n for n in shape if n is not None)
    size = math.prod(x.shape)
    rest = size // known if known else 0
    if size != known * (rest if None in shape else 1):
        raise ShapeError(f"{size} elements do not fill {shape_text(shape)}")
    return tuple(rest if n is None else n for n in shape)


def known_lengths(x, lengths):
    """`lengths`, with the only one that is missing found from the size of `x`."""
    if lengths is None or lengths.count(None) != 1 or x.shape is None:
        return lengths
    known = math.prod(n for n in lengths if n is not None)
    if None in x.shape or not known or math.prod(x.shape) % known:
        return lengths
    rest = math.prod(x.shape) // known
    return tuple(rest if n is None else n for n in lengths)


@op(
    label="Reshape",
    name="reshape",
    shape=reshaped_shape,
    unranked=True,
    agree=(0, 1),
    grad=lambda g, y, x, *holes, shape: (
        reshape_like(g, x),
        *no_gradient(g, y, *holes),
    ),
    forwards=lambda x, *holes, shape: x.shape == shape,
    examples=[
        args((2, 3), shape=(3, 2)),
        args((2, 3, 2), shape=(None, 4)),
        args((1,), shape=()),
        args((), shape=(1, 1)),
        args((0, 3), shape=(None, 3)),
        args((2, 3), np.array(3), shape=("#", 2)),
        args((2, 3), np.array([3, -1]), shape="#"),
    ],
)
def reshaped(x, /, *holes, shape):
    """The elements of `x` in another `shape`; None stands for what is left over."""
    lengths = tuple(-1 if n is None else n for n in filled_in(shape, holes))
    if -1 in lengths and not np.size(x):
        lengths = tuple(
            empty_rest(np.shape(x), lengths) if n == -1 else n for n in lengths
        )
    return np.reshape(x, lengths)


def empty_rest(shape, lengths):
    """What -1 stands for where there are no elements; NumPy does not tell of 0 * 0."""
    return 0 if math.prod(n for n in lengths if n != -1) else -1


def reshape(tensor: Any, shape: Any, name: str | None = None) -> Tensor:
    """The elements of `tensor` in another `shape`; -1 stands for what is left over.

    `ShapeError` if they are known not to fill it.

    >>> df.reshape([[1, 2, 3], [4, 5, 6]], [3, 2]).eval()
    array([[1, 2],
           [3, 4],
           [5, 6]], dtype=int32)
    >>> df.reshape(df.zeros([2, 6]), [-1, 3]).shape
    TensorShape([4, 3])
    """
    setting, holes = with_holes(shape)
    if isinstance(setting, tuple):
        setting = tuple(None if n == -1 else n for n in setting)
    return reshaped(tensor, *holes, shape=setting, name=name)


@op(
    forwards=one_shape,
    shape=like_shape,
    unranked=True,
    agree=(0, 1),
    grad=lambda g, y, x, like: (reshape_like(g, x), None),
    examples=[args((2, 3), (3, 2)), args((1,), ()), args((0, 2), (2, 0))],
)
def reshape_like(x, like):
    """The elements of `x` in the shape of `like`."""
    return np.reshape(x, np.shape(like))


def transposed_shape(x, *holes, perm):
    if perm is None:
        return None if x.shape is None else x.shape[::-1]
    if has_holes(perm):
        return None if x.shape is None else (None,) * len(x.shape)
    rank = len(perm)
    axes = axes_of(perm, rank)
    if len(perm if x.shape is None else x.shape) != rank:
        raise ShapeError(f"needs each axis once, got perm {list(perm)} for {x}")
    return (None,) * rank if x.shape is None else tuple(x.shape[i] for i in axes)


def transposed_grad(g, y, x, *holes, perm):
    if holes:
        return transpose(g, invert_permutation(holes[0])), None
    if perm is not None:
        axes = axes_of(perm, len(perm))
        perm = tuple(axes.index(i) for i, _ in enumerate(axes))
    return transpose(g, perm)


@op(
    gaps=True,
    name="transpose",
    shape=transposed_shape,
    unranked=True,
    agree=(0, 1),
    grad=transposed_grad,
    examples=[
        args((2, 3), perm=None),
        args((2, 3, 4), perm=(2, 0, 1)),
        args((2, 3, 4), perm=(0, -1, 1)),
        args((), perm=None),
        args((3,), perm=(0,)),
        args((2, 3, 4), np.array([2, 0, 1]), perm="#"),
    ],
)
def transposed(x, /, *holes, perm):
    """`x` with its axes in the order of `perm`, backwards where it is None."""
    return np.transpose(x, filled_in(perm, holes))


def transpose(
    a: Any, perm: Any = None, name: str | None = None, conjugate: bool = False
) -> Tensor:
    """`a` with its axes in the order of `perm`, backwards unless that is given.

    >>> df.transpose([[1, 2, 3], [4, 5, 6]]).eval()
    array([[1, 4],
           [2, 5],
           [3, 6]], dtype=int32)
    >>> df.transpose(df.zeros([2, 3, 4]), [0, 2, 1]).shape
    TensorShape([2, 4, 3])
    """
    if conjugate:
        a = apply(OPS["conj"], (a,))
    setting, holes = (None, []) if perm is None else with_holes(perm)
    if holes:  # one vector, whatever the holes are in
        setting, holes = "#", [as_tensor(perm)]
    return transposed(a, *holes, perm=setting, name=name)


@op(
    label="InvertPermutation",
    shape=lambda x: x.shape,
    unranked=True,
    kinds="iu",
    grad=no_gradient,
    examples=[args(np.array([2, 0, 1])), args(np.zeros(0, np.int64))],
)
def invert_permutation(x):
    """Where each of the ints from 0 on stands in `x`, which has each of them once.

    A run fails with `InvalidArgumentError` where it has not.

    >>> df.invert_permutation([2, 0, 1]).eval()
    array([1, 2, 0], dtype=int32)
    """
    counted = np.arange(len(x), dtype=np.result_type(x))
    if not np.array_equal(np.sort(x), counted):
        raise ValueError(f"needs each int below {len(x)} once, got {x}")
    return np.argsort(x).astype(counted.dtype)


def matrix_transposed_shape(x):
    if len(x.shape) < 2:
        raise ShapeError(f"needs matrices, got {x}")
    return (*x.shape[:-2], x.shape[-1], x.shape[-2])


@op(
    gaps=True,
    name="matrix_transpose",
    shape=matrix_transposed_shape,
    grad=lambda g, y, x: matrix_transpose_of(g),
    examples=[args((2, 3)), args((4, 2, 3)), args((0, 2))],
)
def matrix_transpose_of(x):
    """`x` with its last two axes swapped."""
    return np.swapaxes(x, -1, -2)


def matrix_transpose(
    a: Any, name: str | None = None, conjugate: bool = False
) -> Tensor:
    """`a` with its last two axes swapped.

    >>> df.matrix_transpose([[1, 2, 3], [4, 5, 6]]).eval()
    array([[1, 4],
           [2, 5],
           [3, 6]], dtype=int32)
    >>> df.matrix_transpose(df.zeros([5, 2, 3])).shape
    TensorShape([5, 3, 2])
    """
    if conjugate:
        a = apply(OPS["conj"], (a,))
    return matrix_transpose_of(a, name=name)


def squeezed_shape(x, axis):
    if axis is None:
        return None if None in x.shape else tuple(n for n in x.shape if n != 1)
    dropped = axes_of(axis, len(x.shape))
    for i in dropped:
        if x.shape[i] not in (1, None):
            raise ShapeError(f"needs length 1 on axis {i}, got {shape_text(x.shape)}")
    return tuple(n for i, n in enumerate(x.shape) if i not in dropped)


@op(
    label="Squeeze",
    name="squeeze",
    shape=squeezed_shape,
    grad=lambda g, y, x, axis: reshape_like(g, x),
    examples=[
        args((1, 3, 1), axis=None),
        args((1, 3, 1), axis=0),
        args((1, 3, 1), axis=(0, -1)),
        args((2, 3), axis=None),
        args((0, 1), axis=1),
    ],
)
def squeezed(x, /, axis):
    """`x` without its axes of length 1, or without those of them in `axis`."""
    return np.squeeze(x, axis)


def squeeze(
    input: Any, axis: Any = None, name: str | None = None, squeeze_dims: Any = None
) -> Tensor:
    """`input` without its axes of length 1, or without those of them in `axis`.

    `ShapeError` if an `axis` is known to have another length.

    >>> x = df.zeros([1, 3, 1])
    >>> df.squeeze(x).shape, df.squeeze(x, [0]).shape
    (TensorShape([3]), TensorShape([3, 1]))
    """
    axis = either(axis=axis, squeeze_dims=squeeze_dims)
    return squeezed(input, axis if axis != [] else None, name=name)


def expanded_shape(x, axis):
    [i] = axes_of(axis, len(x.shape) + 1)
    return (*x.shape[:i], 1, *x.shape[i:])


@op(
    label="ExpandDims",
    name="expand_dims",
    shape=expanded_shape,
    grad=lambda g, y, x, axis: squeeze(g, axis),
    examples=[
        args((), axis=0),
        args((2, 3), axis=1),
        args((2, 3), axis=-1),
        args((0,), axis=0),
    ],
)
def expanded(x, /, axis):
    """`x` with a new axis of length 1 at `axis`."""
    return np.expand_dims(x, axis)


def expand_dims(
    input: Any, axis: Any = None, name: str | None = None, dim: Any = None
) -> Tensor:
    """`input` with a new axis of length 1 at `axis`; -1 is behind the last one.

    >>> x = df.zeros([2, 3])
    >>> df.expand_dims(x, 0).shape, df.expand_dims(x, -1).shape
    (TensorShape([1, 2, 3]), TensorShape([2, 3, 1]))
    """
    axis = either(axis=axis, dim=dim)
    if axis is None:
        raise GraphError("expand_dims needs an axis")
    return expanded(input, axis, name=name)


def bits_shape(x, dtype):
    if STRING in (x.dtype, dtype):
        raise DTypeError("texts have no bytes of a fixed number")
    if x.shape is None or x.dtype is None:
        return None
    before, after = x.dtype.itemsize, dtype.itemsize
    if before >= after:
        return x.shape if before == after else (*x.shape, before // after)
    if x.shape[-1:] not in ((None,), (after // before,)):
        raise ShapeError(f"needs a last axis of {after // before}, got {x}")
    return x.shape[:-1]


@op(
    name="bitcast",
    label="Bitcast",
    shape=bits_shape,
    dtype=given_dtype,
    unranked=True,
    agree=NO_INPUTS,
    grad=no_gradient,
    examples=[
        args((2, 3), dtype=np.dtype(np.int64)),
        args((2, 3), dtype=np.dtype(np.uint16)),
        args(np.zeros((2, 4), np.uint8), dtype=INT32),
    ],
)
def bits_as(x, /, dtype):
    """The bytes of `x` as values of another `dtype`."""
    shape = bits_shape(Spec(x.dtype, np.shape(x)), dtype)
    return np.reshape(np.ascontiguousarray(x).reshape(-1).view(dtype), shape)


def bitcast(input: Any, type: Any, name: str | None = None) -> Tensor:
    """The bytes of `input` as values of another dtype.

    Of a smaller dtype there are several to each element, along a new last axis; a
    larger one takes the last axis away.

    >>> df.bitcast(df.constant([1.0, -0.0]), df.int32).eval()
    array([ 1065353216, -2147483648], dtype=int32)
    >>> df.bitcast(df.constant(1.0), df.uint8).shape
    TensorShape([4])
    """
    return bits_as(input, as_dtype(type), name=name)


# Broadcast


@op(
    label="BroadcastTo",
    name="broadcast_to",
    gaps=True,
    shape=lambda x, *holes, shape: given_shape(*holes, shape=shape),
    unranked=True,
    agree=(0, 1),
    grad=lambda g, y, x, *holes, shape: (sum_like(g, x), *no_gradient(g, y, *holes)),
    broadcasts=lambda x, *holes, shape: True,
    examples=[
        args((3,), shape=(2, 3)),
        args((), shape=(0,)),
        args((2, 1), np.array(3), shape=(2, "#")),
    ],
)
def repeated(x, /, *holes, shape):
    """`x` repeated to `shape`."""
    return np.broadcast_to(x, filled_in(shape, holes))


def broadcast_to(input: Any, shape: Any, name: str | None = None) -> Tensor:
    """`input` repeated to `shape`, which it broadcasts to.

    >>> df.broadcast_to([1, 2, 3], [2, 3]).eval()
    array([[1, 2, 3],
           [1, 2, 3]], dtype=int32)
    """
    setting, holes = with_holes(shape)
    if is_full(setting) and not has_holes(setting):
        fits_in(as_tensor(input).spec.shape, full_shape(setting))
    return repeated(input, *holes, shape=setting, name=name)


def fits_in(shape, wider):
    if broadcast(shape, wider) not in (wider, None):
        raise ShapeError(f"{shape_text(shape)} does not broadcast to {list(wider)}")


def broadcast_static_shape(shape_x: Any, shape_y: Any) -> TensorShape:
    """The static shape that these two broadcast to; `ShapeError` where they do not.

    >>> df.broadcast_static_shape(df.TensorShape([2, 1]), df.TensorShape([None]))
    TensorShape([2, None])
    """
    return TensorShape(broadcast(as_shape(shape_x), as_shape(shape_y)))


def common_shape(a, b):
    lengths = [s.shape[0] for s in (a, b) if s.shape]
    return (max(lengths) if len(lengths) == 2 and None not in lengths else None,)


@op(
    label="BroadcastArgs",
    shape=common_shape,
    unranked=True,
    kinds="iu",
    grad=no_gradient,
    examples=[
        args(np.array([2, 1]), np.array([3])),
        args(np.zeros(0, np.int64), np.array([3])),
    ],
)
def broadcast_dynamic_shape(shape_x, shape_y):
    """The shape that these two broadcast to, ints `[rank]`, found in a run.

    The run fails with `InvalidArgumentError` where they do not.

    >>> df.broadcast_dynamic_shape([2, 1], [5]).eval()
    array([2, 5], dtype=int32)
    """
    return np.array(np.broadcast_shapes(shape_x, shape_y), np.result_type(shape_x))


@op(
    forwards=one_shape,
    gaps=True,
    shape=like_shape,
    unranked=True,
    agree=(0, 1),
    grad=lambda g, y, x, like: (sum_like(g, x), None),
    broadcasts=lambda x, like: True,
    examples=[
        args((3,), (2, 3)),
        args((2, 1), (2, 3)),
        args((), (2,)),
        args((1,), (0,)),
    ],
)
def broadcast_like(x, like):
    """`x` repeated to the shape of `like`."""
    return np.broadcast_to(x, np.shape(like))


@op(
    forwards=one_shape,
    shape=like_shape,
    unranked=True,
    agree=(0, 1),
    grad=lambda g, y, x, like: (broadcast_like(g, x), None),
    written=lambda x, like: sum_in_numpy(x, like.shape),
    examples=[
        args((2, 3), (3,)),
        args((2, 3), (2, 1)),
        args((2, 3), ()),
        args((4, 2, 3), (1, 3)),
        args((2, 3), (2, 3)),
        args((0,), (1,)),
    ],
)
def sum_like(x, like):
    """The sum of what broadcasting to the shape of `x` makes of each one in `like`."""
    return sum_to_shape(x, np.shape(like))


def sum_to_shape(x, shape):
    """`x` summed over the axes along which `shape` would be repeated."""
    full = np.shape(x)
    if full == shape:
        return x
    if np.broadcast_shapes(full, shape) != full:
        raise ValueError(f"{shape} does not broadcast to {full}")
    repeated = repeated_axes(full, shape)
    return np.reshape(np.sum(x, repeated, np.result_type(x)), shape)


def repeated_axes(full, shape):
    """The axes of `full` that broadcasting from `shape` to it repeats or adds."""
    added = len(full) - len(shape)
    lengths = zip(full, (1,) * added + shape, strict=True)
    return tuple(
        i for i, (n, m) in enumerate(lengths) if i < added or (m == 1 and n != 1)
    )


def sum_in_numpy(x, shape):
    added = len(x.shape) - len(shape)
    if added < 1 or x.shape[added:] != shape or x.dtype.kind not in FLOATS:
        return None
    axes = repeated_axes(x.shape, shape)
    return f"np.add.reduce({{0}}, axis={axes[0] if len(axes) == 1 else axes})"


def in_numpy(dtype):
    """The dtype as it is written in a program."""
    return f"np.dtype({dtype.str!r})"


def shaped_like(x: Tensor, op: Any, *inputs: Any, **attrs: Any) -> Tensor:
    """The result of an op that is told the shape that it is to have: that of `x`."""
    lengths = x.spec.shape
    known = lengths is not None and None not in lengths
    setting, holes = (lengths, []) if known else with_holes(shape(x))
    result: Tensor = op(*inputs, *holes, shape=setting, **attrs)
    return result
