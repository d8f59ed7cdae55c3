"""Slices, strided slices and masks: what they take, and what they refuse."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes

import daskflow as df
from daskflow.errors import DTypeError, GraphError, InvalidArgumentError, ShapeError

X = np.arange(24.0).reshape(2, 3, 4)


@given(st.data())
def test_a_slice_is_the_window_that_numpy_has_there(data):
    shape = data.draw(array_shapes(min_dims=1, max_dims=3, min_side=0, max_side=4))
    begin = [data.draw(st.integers(0, n)) for n in shape]
    size = [
        data.draw(st.integers(-1, n - b)) for n, b in zip(shape, begin, strict=True)
    ]
    x = np.arange(np.prod(shape)).reshape(shape)
    index = tuple(
        slice(b, None if n == -1 else b + n) for b, n in zip(begin, size, strict=True)
    )
    with df.Graph().as_default(), df.Session("sync") as session:
        y = df.slice(x, begin, size)
        assert y.shape == x[index].shape
        assert session.run(y).tolist() == x[index].tolist()
        starts = df.placeholder("int32", [None])
        dynamic = df.slice(df.placeholder_with_default(x, None), starts, size)
        value = session.run(dynamic, {starts: np.array(begin, np.int32)})
        assert value.tolist() == x[index].tolist()


def test_a_window_that_is_not_there_is_refused(session):
    with pytest.raises(ShapeError, match="an axis of 2 has no 2 from 1 on"):
        df.slice([1.0, 2.0], [1], [2])
    with pytest.raises(ShapeError, match="a begin and a size for each axis"):
        df.slice([[1.0]], [0], [1])
    free = df.placeholder("int32", [None])
    with pytest.raises(ShapeError, match="rank of .* has to be known"):
        df.slice(df.placeholder("float32"), free, free)
    n = df.placeholder("int32", [])
    with pytest.raises(InvalidArgumentError, match="an axis of 2 has no 2 from 1 on"):
        session.run(df.slice([1.0, 2.0], [n], [2]), {n: 1})


@pytest.mark.parametrize(
    ("masks", "expected"),
    [
        ({}, X[0:1, 1:3]),
        ({"begin_mask": 2}, X[0:1, :3]),
        ({"end_mask": 1}, X[0:, 1:3]),
        ({"shrink_axis_mask": 1}, X[0, 1:3]),
        ({"new_axis_mask": 1}, X[None, 1:3]),
        ({"ellipsis_mask": 1}, X[..., 1:3]),
    ],
)
def test_masks_say_what_an_entry_of_a_strided_slice_means(masks, expected, session):
    begin, end = df.placeholder("int32", [2]), df.placeholder("int32", [2])
    y = df.strided_slice(X, [0, 1], [1, 3], **masks)
    assert y.shape == expected.shape
    assert session.run(y).tolist() == expected.tolist()
    y = df.strided_slice(X, begin, end, **masks)
    value = session.run(y, {begin: [0, 1], end: [1, 3]})
    assert value.tolist() == expected.tolist()


def test_a_strided_slice_needs_to_know_its_entries():
    free = df.placeholder("int32", [None])
    with pytest.raises(ShapeError, match="how many ints"):
        df.strided_slice(X, free, [1])
    with pytest.raises(GraphError, match="assigns to no variable"):
        df.strided_slice(X, [0], [1], var=df.Variable(1.0))
    n = df.placeholder("int32", [])
    assert df.strided_slice(X, [n, 0], [2, 1]).shape == (None, 1, 4)


def test_a_mask_picks_elements(session):
    x = df.placeholder("float32", [None, 3])
    y = x[x > 2.0]
    assert y.shape == (None,)
    assert session.run(y, {x: [[1, 2, 3], [4, 0, 5]]}).tolist() == [3, 4, 5]
    rows = x[np.array([True, False])]
    assert rows.shape == (None, 3)
    assert session.run(rows, {x: [[1, 2, 3], [4, 0, 5]]}).tolist() == [[1, 2, 3]]


def test_a_mask_needs_bools_an_axis_and_a_place():
    x = df.placeholder("float32", [2, 3])
    with pytest.raises(DTypeError, match="needs a bool mask, got int32"):
        df.boolean_mask(x, [0, 1])
    with pytest.raises(ShapeError, match="at least one axis"):
        df.boolean_mask(x, True)
    with pytest.raises(ShapeError, match="rank of .* has to be known"):
        df.boolean_mask(x, df.placeholder("bool"))
    with pytest.raises(ShapeError, match="do not agree"):
        df.boolean_mask(x, [True, False, True])


def test_a_length_is_an_index_too():
    x, y = df.placeholder("float32", [5, 6]), df.placeholder("float32", [2, 3])
    assert x[: y.shape[0], y.shape[1]].shape == (2,)
