"""Fourier transforms of the last axes."""

import math
from typing import Any

import numpy as np

from daskflow.errors import ShapeError
from daskflow.graph import Operators, Tensor
from daskflow.ops.define import (
    Builder,
    args,
    filled_in,
    op,
    with_holes,
    without_holes,
)
from daskflow.ops.math import complex_dtype, real_dtype
from daskflow.ops.reduce import reduced_count
from daskflow.values import as_tensor

__all__ = ["fft", "fft2d", "fft3d", "ifft", "ifft2d", "ifft3d"]


def last_axes(count):
    return tuple(range(-count, 0))


def with_axes(x, axes):
    if x.shape is not None and len(x.shape) < axes:
        raise ShapeError(f"needs at least {axes} axes, got {x}")
    return x.shape


def as_numbers(value, dtype):
    """A tensor: of this dtype if it is of Python's numbers."""
    has_dtype = isinstance(value, Operators) or hasattr(value, "dtype")
    return as_tensor(value, None if has_dtype else dtype)


# Complex to complex


def transform_grad(g, y, x, axes, inverse):
    # The adjoint is the other transform, but for which of the two divides by the size.
    size = reduced_count(x, last_axes(axes))
    part = transformed(g, axes=axes, inverse=not inverse)
    return part / size if inverse else part * size


@op(
    name="fft",
    shape=lambda x, axes, inverse: with_axes(x, axes),
    unranked=True,
    kinds="c",
    grad=transform_grad,
    examples=[
        args(np.array([1.0, 2.0j, 3.0]), axes=1, inverse=False),
        args(np.arange(6.0).reshape(2, 3) + 0j, axes=2, inverse=True),
        args(np.zeros((0, 2), complex), axes=1, inverse=False),
    ],
)
def transformed(x, /, axes, inverse):
    """The transform of the last axes, or its inverse."""
    function = np.fft.ifftn if inverse else np.fft.fftn
    if not np.size(x):
        return np.zeros_like(x)
    return function(x, axes=last_axes(axes)).astype(np.result_type(x), copy=False)


def fft(input: Any, name: str | None = None) -> Tensor:
    """The discrete Fourier transform of complex numbers, the last axis.

    A tensor of real numbers is a `DTypeError`; `cast()` it first, or see `rfft`.

    >>> df.fft([1, 1j, -1, -1j]).eval()  # turns once
    array([0.+0.j, 4.+0.j, 0.+0.j, 0.+0.j])
    """
    return complex_transform(input, 1, False, name or "FFT")


def fft2d(input: Any, name: str | None = None) -> Tensor:
    """The discrete Fourier transform of complex numbers, the last 2 axes.

    >>> df.fft2d([[1, -1], [1, -1]]).eval()
    array([[0.+0.j, 4.+0.j],
           [0.+0.j, 0.+0.j]], dtype=complex64)
    """
    return complex_transform(input, 2, False, name or "FFT2D")


def fft3d(input: Any, name: str | None = None) -> Tensor:
    """The discrete Fourier transform of complex numbers, the last 3 axes.

    >>> df.fft3d([[[1, 1], [1, 1]]]).eval()
    array([[[4.+0.j, 0.+0.j],
            [0.+0.j, 0.+0.j]]], dtype=complex64)
    """
    return complex_transform(input, 3, False, name or "FFT3D")


def ifft(input: Any, name: str | None = None) -> Tensor:
    """The inverse discrete Fourier transform of complex numbers, the last axis.

    >>> df.ifft([0, 4, 0, 0]).eval()
    array([ 1.+0.j,  0.+1.j, -1.+0.j,  0.-1.j], dtype=complex64)
    """
    return complex_transform(input, 1, True, name or "IFFT")


def ifft2d(input: Any, name: str | None = None) -> Tensor:
    """The inverse discrete Fourier transform of complex numbers, the last 2 axes.

    >>> df.ifft2d([[0, 4], [0, 0]]).eval()
    array([[ 1.+0.j, -1.+0.j],
           [ 1.+0.j, -1.+0.j]], dtype=complex64)
    """
    return complex_transform(input, 2, True, name or "IFFT2D")


def ifft3d(input: Any, name: str | None = None) -> Tensor:
    """The inverse discrete Fourier transform of complex numbers, the last 3 axes.

    >>> df.ifft3d([[[4, 0], [0, 0]]]).eval()
    array([[[1.+0.j, 1.+0.j],
            [1.+0.j, 1.+0.j]]], dtype=complex64)
    """
    return complex_transform(input, 3, True, name or "IFFT3D")


def complex_transform(input: Any, axes: int, inverse: bool, name: str) -> Tensor:
    is_complex = not isinstance(input, Operators) and np.iscomplexobj(input)
    x = input if is_complex else as_numbers(input, np.complex64)
    return transformed(x, axes=axes, inverse=inverse, name=name)


SPECTRUM = np.array([1.0, 2.0j, 3.0], np.complex64)

# Real to complex, where the second half of the last axis would say nothing new. Each
# of the two transforms comes with its adjoint, which is the gradient; and the gradient
# of that is the transform again.


def fitted(x, lengths):
    """`x` cut, or filled up with zeros, to these lengths of its last axes."""
    axes = last_axes(len(lengths))
    x = x[(..., *[slice(n) for n in lengths])]
    behind = [(0, n - np.shape(x)[i]) for i, n in zip(axes, lengths, strict=True)]
    return np.pad(x, [(0, 0)] * (np.ndim(x) - len(lengths)) + behind)


def halved(lengths):
    *others, n = lengths
    return (*others, None if n is None else n // 2 + 1)


def spectrum_shape(x, *holes, axes, lengths):
    shape = with_axes(x, axes)
    if shape is None:
        return None
    known = shape[-axes:] if lengths is None else without_holes(lengths, holes)
    return (*shape[:-axes], *halved(known or (None,) * axes))


@op(
    name="rfft",
    shape=spectrum_shape,
    unranked=True,
    dtype=lambda x, *holes, axes, lengths: complex_dtype(x.dtype),
    agree=(0, 1),
    kinds="f",
    grad=lambda g, y, x, *holes, axes, lengths: (
        spectrum_adjoint(g, x, *holes, axes=axes, lengths=lengths),
        *[None for _ in holes],
    ),
    examples=[
        args((5,), axes=1, lengths=None),
        args((2, 4), axes=1, lengths=(3,)),
        args((2, 4), axes=2, lengths=(3, 6)),
        args((2, 4), np.array([5]), axes=1, lengths="#"),
    ],
)
def spectrum(x, /, *holes, axes, lengths):
    """The first half of the transform of real numbers."""
    lengths = filled_in(lengths, holes)
    y = np.fft.rfftn(x, lengths, last_axes(axes))
    return y.astype(complex_dtype(np.result_type(x)), copy=False)


@op(
    name="rfft_adjoint",
    shape=lambda g, x, *holes, axes, lengths: x.shape,
    unranked=True,
    dtype=lambda g, x, *holes, axes, lengths: x.dtype,
    agree=(0, 0),
    grad=lambda h, y, g, x, *holes, axes, lengths: (
        spectrum(h, *holes, axes=axes, lengths=lengths),
        None,
        *[None for _ in holes],
    ),
    examples=[
        args(SPECTRUM, np.zeros(5, np.float32), axes=1, lengths=None),
        args(SPECTRUM[np.newaxis], np.zeros((1, 4), "f"), axes=1, lengths=(5,)),
    ],
)
def spectrum_adjoint(g, x, /, *holes, axes, lengths):
    """What flows back to the real numbers `x` from `g` at their transform."""
    lengths = filled_in(lengths, holes) or np.shape(x)[-axes:]
    full = fitted(g, lengths)
    part = np.real(np.fft.ifftn(full, axes=last_axes(axes))) * math.prod(lengths)
    return fitted(part, np.shape(x)[-axes:]).astype(np.result_type(x), copy=False)


def signal_shape(x, *holes, axes, lengths):
    shape = with_axes(x, axes)
    if shape is None:
        return None
    known = (
        without_holes(lengths, holes) if lengths is not None else doubled(shape, axes)
    )
    return (*shape[:-axes], *(known or (None,) * axes))


def doubled(shape, axes):
    """The lengths of the signal, of an even one, that has a spectrum of this shape."""
    *others, n = shape[-axes:]
    return (*others, None if n is None else 2 * (n - 1))


@op(
    name="irfft",
    shape=signal_shape,
    unranked=True,
    dtype=lambda x, *holes, axes, lengths: real_dtype(x.dtype),
    agree=(0, 1),
    kinds="c",
    grad=lambda g, y, x, *holes, axes, lengths: (
        signal_adjoint(g, x, *holes, axes=axes, lengths=lengths),
        *[None for _ in holes],
    ),
    examples=[
        args(np.array([1.0, 2.0j, 3.0]), axes=1, lengths=None),
        args(np.array([[1.0, 2.0j, 3.0]]), axes=1, lengths=(5,)),
        args(np.array([[1.0, 2.0j], [0.0, 3.0]]), axes=2, lengths=(2, 3)),
    ],
)
def signal(x, /, *holes, axes, lengths):
    """The real numbers that have this first half of a transform."""
    lengths = filled_in(lengths, holes) or doubled(np.shape(x), axes)
    y = np.fft.irfftn(x, lengths, last_axes(axes))
    return y.astype(real_dtype(np.result_type(x)), copy=False)


@op(
    name="irfft_adjoint",
    shape=lambda g, x, *holes, axes, lengths: x.shape,
    unranked=True,
    dtype=lambda g, x, *holes, axes, lengths: x.dtype,
    agree=(0, 0),
    grad=lambda h, y, g, x, *holes, axes, lengths: (
        signal(h, *holes, axes=axes, lengths=lengths),
        None,
        *[None for _ in holes],
    ),
    examples=[
        args((4,), np.array([1.0, 2.0j, 3.0]), axes=1, lengths=None),
        args((1, 5), np.array([[1.0, 2.0j, 3.0]]), axes=1, lengths=(5,)),
    ],
)
def signal_adjoint(g, x, /, *holes, axes, lengths):
    """What flows back to the half transform `x` from `g` at its real numbers.

    All but the ends of its last axis stand for two numbers of the whole one.
    """
    lengths = np.shape(g)[-axes:]
    half = np.fft.rfftn(g, axes=last_axes(axes)) / math.prod(lengths)
    place = np.arange(half.shape[-1])
    is_end = (place == 0) | (2 * place == lengths[-1])
    part = half * np.where(is_end, 1, 2)
    return fitted(part, np.shape(x)[-axes:]).astype(np.result_type(x), copy=False)


def rfft(input_tensor: Any, fft_length: Any = None, name: str | None = None) -> Tensor:
    """The first half of the Fourier transform of real numbers, the last axis.

    `n` of them give `n // 2 + 1`: the other half mirrors these. With `fft_length` they
    are cut, or filled up with zeros, to that many.

    >>> df.signal.rfft([1, 0, -1, 0]).eval()
    array([0.+0.j, 2.+0.j, 0.+0.j], dtype=complex64)
    """
    return real_transform(spectrum, input_tensor, 1, fft_length, name or "rfft")


def rfft2d(
    input_tensor: Any, fft_length: Any = None, name: str | None = None
) -> Tensor:
    """The first half of the Fourier transform of real numbers, the last 2 axes.

    With `fft_length` each axis is cut, or filled up with zeros, to that length.

    >>> df.signal.rfft2d([[1, -1], [1, -1]]).eval()
    array([[0.+0.j, 4.+0.j],
           [0.+0.j, 0.+0.j]], dtype=complex64)
    >>> df.signal.rfft2d(df.zeros([5, 8])).shape
    TensorShape([5, 5])
    """
    return real_transform(spectrum, input_tensor, 2, fft_length, name or "rfft2d")


def rfft3d(
    input_tensor: Any, fft_length: Any = None, name: str | None = None
) -> Tensor:
    """The first half of the Fourier transform of real numbers, the last 3 axes.

    With `fft_length` each axis is cut, or filled up with zeros, to that length.

    >>> df.signal.rfft3d(df.zeros([5, 6, 7]), [4, 4, 8]).shape
    TensorShape([4, 4, 5])
    """
    return real_transform(spectrum, input_tensor, 3, fft_length, name or "rfft3d")


def irfft(input_tensor: Any, fft_length: Any = None, name: str | None = None) -> Tensor:
    """The real numbers with this first half of a Fourier transform, the last axis.

    `fft_length` is how many they are, an even number unless given.

    >>> df.signal.irfft([0, 2, 0]).eval()
    array([ 1.,  0., -1.,  0.], dtype=float32)
    >>> df.signal.irfft(df.zeros([3], df.complex64), [5]).shape
    TensorShape([5])
    """
    return real_transform(signal, input_tensor, 1, fft_length, name or "irfft")


def irfft2d(
    input_tensor: Any, fft_length: Any = None, name: str | None = None
) -> Tensor:
    """The real numbers with this first half of a Fourier transform, the last 2 axes.

    `fft_length` is their shape there, the last length even unless given.

    >>> df.signal.irfft2d([[0, 4], [0, 0]]).eval()
    array([[ 1., -1.],
           [ 1., -1.]], dtype=float32)
    """
    return real_transform(signal, input_tensor, 2, fft_length, name or "irfft2d")


def irfft3d(
    input_tensor: Any, fft_length: Any = None, name: str | None = None
) -> Tensor:
    """The real numbers with this first half of a Fourier transform, the last 3 axes.

    `fft_length` is their shape there, the last length even unless given.

    >>> df.signal.irfft3d(df.zeros([5, 6, 4], df.complex64)).shape
    TensorShape([5, 6, 6])
    """
    return real_transform(signal, input_tensor, 3, fft_length, name or "irfft3d")


def real_transform(
    transform: Builder, input: Any, axes: int, fft_length: Any, name: str
) -> Tensor:
    lengths, holes = (None, []) if fft_length is None else with_holes(fft_length)
    x = as_numbers(input, np.float32 if transform is spectrum else np.complex64)
    return transform(x, *holes, axes=axes, lengths=lengths, name=name)
