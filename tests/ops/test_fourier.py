"""Fourier transforms: against NumPy, and gradients through complex numbers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

import daskflow as df
from daskflow.errors import DTypeError, ShapeError
from daskflow.testing import check_gradient

RNG = np.random.default_rng(2)
CUBE = RNG.uniform(-1, 1, (2, 3, 4, 5))


@given(st.integers(1, 3), st.booleans())
def test_transforms_are_those_of_numpy_and_undo_each_other(axes, is_real):
    x = CUBE if is_real else CUBE + 1j
    suffix = "" if axes == 1 else f"{axes}d"
    kind = "rfft" if is_real else "fft"
    forth = getattr(df.signal, f"{kind}{suffix}")(x)
    lengths = [x.shape[-axes:]] if is_real else []
    back = getattr(df.spectral, f"i{kind}{suffix}")(forth, *lengths)
    over = tuple(range(-axes, 0))
    with df.Session("sync") as session:
        y, z = session.run([forth, back])
    assert_allclose(y, getattr(np.fft, f"{kind}n")(x, axes=over), atol=1e-13)
    assert_allclose(z, x, atol=1e-14)


def test_a_length_may_be_a_tensor(session):
    n = df.placeholder("int32", [1])
    x = df.constant(CUBE)
    y = df.signal.irfft(df.signal.rfft(x, n), n)
    assert y.shape.as_list() == [2, 3, 4, None]
    assert_allclose(session.run(y, {n: [3]}), CUBE[..., :3], atol=1e-14)
    padded = session.run(y, {n: [6]})
    assert_allclose(padded, np.pad(CUBE, [(0, 0)] * 3 + [(0, 1)]), atol=1e-14)


def energy(y):
    """Something real that depends on the angles too."""
    return df.real(y) * df.imag(y) + df.square(df.real(y))


@pytest.mark.parametrize("lengths", [None, [4], [5], [7]])
def test_gradients_of_real_transforms(lengths):
    x, y = CUBE[0, 0, :2]
    check_gradient(lambda x: energy(df.signal.rfft(x, lengths)), CUBE[0, 0, :2])
    check_gradient(
        lambda x, y: df.square(df.signal.irfft(df.complex(x, y), lengths)), x, y
    )
    check_gradient(
        lambda x: df.gradients(energy(df.signal.rfft(x, lengths)), x)[0], CUBE[0, 0, 0]
    )


def test_gradients_of_transforms_of_several_axes():
    x, y = CUBE[0, :2]
    check_gradient(lambda x: energy(df.signal.rfft2d(x)), x)
    check_gradient(lambda x, y: energy(df.fft2d(df.complex(x, y))), x, y)
    check_gradient(lambda x, y: energy(df.ifft2d(df.complex(x, y))), x, y)
    check_gradient(lambda x, y: df.square(df.signal.irfft2d(df.complex(x, y))), x, y)


def test_what_cannot_be_transformed_is_refused():
    with pytest.raises(ShapeError, match="needs at least 2 axes"):
        df.fft2d(np.zeros(3, complex))
    with pytest.raises(DTypeError, match="takes complex"):
        df.fft(df.constant([1.0]))
