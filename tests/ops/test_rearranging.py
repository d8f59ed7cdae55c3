"""Repeat, pad, reverse and shift: against NumPy, and what is refused."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes
from numpy.testing import assert_array_equal

import daskflow as df
from daskflow.errors import DTypeError, GraphError, InvalidArgumentError, ShapeError


@given(st.data())
def test_pads_and_tiles_are_numpys(data):
    shape = data.draw(array_shapes(min_dims=1, max_dims=3, min_side=2, max_side=4))
    x = np.arange(np.prod(shape)).reshape(shape)
    pads = [(data.draw(st.integers(0, 1)), data.draw(st.integers(0, 1))) for _ in shape]
    counts = [data.draw(st.integers(0, 3)) for _ in shape]
    modes = {"CONSTANT": "constant", "reflect": "reflect", "SYMMETRIC": "symmetric"}
    with df.Graph().as_default(), df.Session("sync") as session:
        ys = [df.pad(x, pads, mode) for mode in modes] + [df.tile(x, counts)]
        values = session.run(ys)
    assert [y.shape for y in ys] == [value.shape for value in values]
    for mode, value in zip(modes.values(), values, strict=False):
        assert_array_equal(value, np.pad(x, pads, mode))
    assert_array_equal(values[-1], np.tile(x, counts))


def test_paddings_may_be_a_tensor_of_any_length(session):
    paddings = df.placeholder("int32")
    y = df.pad(df.constant([1, 2]), paddings, constant_values=df.constant(7))
    assert y.shape == (None,)
    assert session.run(y, {paddings: [[1, 2]]}).tolist() == [7, 1, 2, 7, 7]
    assert df.pad(df.placeholder("float32"), paddings).shape == None  # noqa: E711
    with pytest.raises(InvalidArgumentError, match="two paddings for each axis"):
        session.run(y, {paddings: [[1, 2], [0, 0]]})


def test_paddings_that_cannot_be_are_refused():
    x = df.placeholder("float32", [2, 3])
    for wrong in ([[1, 1]], [[1], [1]], [1, 1]):
        with pytest.raises(ShapeError, match="two paddings for each axis"):
            df.pad(x, wrong)
    with pytest.raises(ShapeError, match="not negative"):
        df.pad(x, [[-1, 0], [0, 0]])
    with pytest.raises(
        ShapeError, match=r"REFLECT pads an axis of 2 by 1, not \(2, 0\)"
    ):
        df.pad(x, [[2, 0], [0, 0]], "REFLECT")
    assert df.pad(x, [[2, 0], [0, 0]], "SYMMETRIC").shape == (4, 3)
    with pytest.raises(GraphError, match="mode is CONSTANT, REFLECT or SYMMETRIC"):
        df.pad(x, [[0, 0], [0, 0]], "EDGE")
    with pytest.raises(ShapeError, match="pads with a single value"):
        df.pad(x, [[0, 0], [0, 0]], constant_values=[1.0, 2.0])


def test_multiples_and_repeats_fit_the_value(session):
    x = df.placeholder("float32", [2, 3])
    with pytest.raises(ShapeError, match="a multiple for each of 2 axes"):
        df.tile(x, [2])
    with pytest.raises(ShapeError, match="not negative"):
        df.tile(x, [2, -1])
    assert df.tile(df.placeholder("float32"), [1, 2]).shape == (None, None)
    counts = df.placeholder("int32", [None])
    assert df.tile(x, counts).shape == (None, None)
    assert df.tile(df.placeholder("float32"), counts).shape.ndims is None
    with pytest.raises(ShapeError, match=r"repeats for 2 entries, got \[1, 2, 3\]"):
        df.repeat(x, [1, 2, 3], axis=0)
    assert df.repeat(x, [2], axis=0).shape == (4, 3)
    assert df.repeat(df.placeholder("float32", [None, 3]), 2).shape == (None,)


@pytest.mark.parametrize("indexing", ["xy", "ij"])
@given(st.lists(st.integers(0, 3), min_size=1, max_size=3))
def test_a_grid_is_numpys(indexing, lengths):
    xs = [np.arange(float(n)) for n in lengths]
    with df.Graph().as_default(), df.Session("sync") as session:
        grids = df.meshgrid(*xs, indexing=indexing)
        values = session.run(grids)
    for grid, value, expected in zip(
        grids, values, np.meshgrid(*xs, indexing=indexing), strict=True
    ):
        assert grid.shape == expected.shape
        assert_array_equal(value, expected)


def test_a_grid_takes_two_keywords():
    assert df.meshgrid() == []
    assert df.meshgrid(df.placeholder("float32"), [1.0])[0].shape.ndims is None
    with pytest.raises(GraphError, match="'xy' or 'ij', not 'yx'"):
        df.meshgrid([1], indexing="yx")
    with pytest.raises(TypeError, match="sparse"):
        df.meshgrid([1], sparse=True)


def test_shifts_and_axes_go_together(session):
    x, shift = np.arange(6).reshape(2, 3), df.placeholder("int32", [None])
    y = df.roll(x, shift, [0, 1])
    assert_array_equal(session.run(y, {shift: [1, -1]}), np.roll(x, [1, -1], [0, 1]))
    assert_array_equal(session.run(df.roll(x, [1, 1], [1, 1])), np.roll(x, 2, 1))
    with pytest.raises(ShapeError, match="a shift for each axis"):
        df.roll(x, [1, 2], 0)
    for use in (df.reverse, lambda x, axis: df.roll(x, 1, axis)):
        with pytest.raises(DTypeError, match="are known before any run"):
            use(x, df.placeholder("int32", [1]))


def test_the_gradient_of_a_shift_that_a_tensor_gives_goes_back(session):
    x, shift = df.placeholder("float32", [3]), df.placeholder("int32", [])
    [slope] = df.gradients(df.roll(x, shift, 0), x, [[1.0, 2.0, 3.0]])
    assert session.run(slope, {x: [0, 0, 0], shift: 1}).tolist() == [2, 3, 1]


def test_sequences_are_reversed_up_to_their_length(session):
    lengths = df.placeholder("int32", [None])
    y = df.reverse_sequence([[1, 2, 3], [4, 5, 6]], lengths, seq_dim=1)
    assert session.run(y, {lengths: [2, 3]}).tolist() == [[2, 1, 3], [6, 5, 4]]
    for wrong in ([4, 0], [-1, 0]):
        with pytest.raises(InvalidArgumentError, match="lengths from 0 to 3"):
            session.run(y, {lengths: wrong})
    with pytest.raises(GraphError, match="needs a seq_axis"):
        df.reverse_sequence([[1]], [1])
    with pytest.raises(GraphError, match="are one parameter"):
        df.reverse_sequence([[1]], [1], seq_axis=1, seq_dim=1)
    with pytest.raises(ShapeError, match="a vector of lengths"):
        df.reverse_sequence([[1]], [[1]], 1)


def test_a_mask_is_as_long_as_its_longest_sequence(session):
    lengths = df.placeholder("int32", [None])
    y = df.sequence_mask(lengths)
    assert y.shape == (None, None)
    found = session.run(y, {lengths: [1, 2]}).tolist()
    assert found == [[True, False], [True, True]]
    assert session.run(y, {lengths: []}).shape == (0, 0)
    with pytest.raises(ShapeError, match="a single maxlen"):
        df.sequence_mask([1], [2])
