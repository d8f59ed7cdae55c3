"""tensordot and einsum: against NumPy, and what is refused."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

import daskflow as df
from daskflow.errors import GradientError, GraphError, InvalidArgumentError, ShapeError
from daskflow.testing import check_gradient


@given(st.permutations([0, 1, 2]), st.permutations([0, 1, 2, 3]), st.integers(0, 3))
def test_tensordot_pairs_axes_as_numpy_does(order_a, order_b, count):
    a = np.arange(24.0).reshape(2, 3, 4).transpose(order_a)
    b = np.arange(120.0).reshape(2, 3, 4, 5).transpose(order_b)
    lengths = [2, 3, 4][:count]
    axes = [[x.shape.index(n) for n in lengths] for x in (a, b)]
    y = df.tensordot(a, b, axes)
    wanted = np.tensordot(a, b, axes)
    with df.Session("sync") as session:
        assert_allclose(session.run(y), wanted)
    assert y.shape == wanted.shape
    check_gradient(lambda a: df.tensordot(a, df.constant(b), axes), a)


@pytest.mark.parametrize(
    ("axes", "error", "message"),
    [
        (-1, GraphError, "not negative"),
        (3, ShapeError, "cannot pair 3 axes"),
        ([[0], [0, 1]], GraphError, "as many axes of a as of b"),
        ([[0], [0]], ShapeError, "differ in length"),
        ([[0], [0], [0]], GraphError, "axes for a and for b"),
        ([[0, 0], [0, 1]], ShapeError, "each axis once"),
    ],
)
def test_axes_that_do_not_pair_are_refused(axes, error, message):
    with pytest.raises(error, match=message):
        df.tensordot(np.ones((2, 3)), np.ones((3, 2)), axes)


def test_lengths_are_looked_at_again_in_the_run(session):
    a = df.placeholder("float32", [None, None])
    y = df.tensordot(a, np.ones((3, 2), np.float32), 1)
    with pytest.raises(InvalidArgumentError, match="differ in length"):
        session.run(y, {a: np.ones((2, 2))})


@pytest.mark.parametrize(
    ("equation", "shapes"),
    [
        ("ij,jk", [(2, 3), (3, 4)]),
        ("ba", [(2, 3)]),
        ("ii->i", [(3, 3)]),
        ("ij,ij->", [(2, 3), (2, 3)]),
        ("...i,i", [(4, 2, 3), (3,)]),
        ("i...,...j -> ij...", [(2, 5), (1, 3)]),
        ("abc,cd,de->abe", [(2, 3, 4), (4, 2), (2, 3)]),
    ],
)
def test_einsum_is_that_of_numpy(equation, shapes, session):
    values = [np.arange(np.prod(s), dtype=float).reshape(s) for s in shapes]
    y = df.einsum(equation, *values)
    wanted = np.einsum(equation, *values)
    assert_allclose(session.run(y), wanted)
    assert y.shape == wanted.shape
    unknown = [df.placeholder("float64") for _ in values]
    y = df.einsum(equation, *unknown)
    assert_allclose(session.run(y, dict(zip(unknown, values, strict=True))), wanted)


@pytest.mark.parametrize(
    ("equation", "error", "message"),
    [
        ("ij,jk->ik", GraphError, "is for 2 tensors, got 1"),
        ("i1->i", GraphError, "expected an equation"),
        ("ij->ik", GraphError, "needs letters of inputs"),
        ("ij->ii", GraphError, "needs letters of inputs"),
        ("ijk->i", ShapeError, "are not the axes"),
        ("ii->i", ShapeError, "do not agree"),
    ],
)
def test_an_equation_that_cannot_be_is_refused(equation, error, message):
    with pytest.raises(error, match=message):
        df.einsum(equation, np.ones((2, 3)))


def test_settings_that_cannot_be_are_refused():
    x = df.placeholder("float32")
    with pytest.raises(GradientError, match="needs the ranks"):
        df.gradients(df.tensordot(x, x, 1), x)
    with pytest.raises(GraphError, match="known before a run"):
        df.tensordot(x, x, df.placeholder("int32", []))
    with pytest.raises(TypeError, match="takes name"):
        df.einsum("i->", x, axis=1)


def test_a_letter_that_repeats_has_no_gradient():
    x = df.constant(np.eye(2))
    with pytest.raises(GradientError, match="a letter repeats in 'ii'"):
        df.gradients(df.einsum("ii->i", x), x)
