"""Gather and scatter: indices that repeat, are too large, and meet batches."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.testing import assert_allclose, assert_array_equal

import daskflow as df
from daskflow.errors import DTypeError, GraphError, InvalidArgumentError, ShapeError
from daskflow.ops.gathering import sums_of_rows


@given(st.data())
def test_rows_of_one_index_are_summed(data):
    shape = data.draw(hnp.array_shapes(min_dims=1, max_dims=3, min_side=1, max_side=4))
    depth = data.draw(st.integers(0, len(shape)))
    count = data.draw(st.integers(0, 12))
    limit = int(np.prod(shape[:depth]))
    entry = st.integers(0, limit - 1)
    indices = data.draw(hnp.arrays(np.int64, count, elements=entry))
    rows = data.draw(
        hnp.arrays(np.int64, (count, *shape[depth:]), elements=st.integers(-9, 9))
    )
    expected = np.zeros((limit, *shape[depth:]), np.int64)
    np.add.at(expected, indices, rows)
    found = sums_of_rows(indices, rows, shape, depth)
    assert_array_equal(found, expected.reshape(shape))


@given(st.data())
def test_gather_takes_what_numpy_takes(data):
    shape = data.draw(hnp.array_shapes(min_dims=1, max_dims=4, min_side=1, max_side=3))
    axis = data.draw(st.integers(-len(shape), len(shape) - 1))
    batch_dims = data.draw(st.integers(0, axis % len(shape)))
    rest = data.draw(hnp.array_shapes(min_dims=0, max_dims=2, min_side=1, max_side=3))
    places = (*shape[:batch_dims], *rest)
    entry = st.integers(0, shape[axis] - 1)
    indices = data.draw(hnp.arrays(np.int32, places, elements=entry))
    params = np.arange(np.prod(shape)).reshape(shape)
    expected = [
        np.take(part, index, axis % len(shape) - batch_dims)
        for part, index in zip(
            params.reshape(-1, *shape[batch_dims:]),
            indices.reshape(-1, *rest) if batch_dims else [indices],
            strict=True,
        )
    ]
    y = df.gather(params, indices, axis=axis, batch_dims=batch_dims)
    value = df.Session("sync").run(y)
    assert y.shape == value.shape
    assert_array_equal(value.reshape(-1), np.array(expected).reshape(-1))


@pytest.mark.parametrize("wrong", [3, -1])
def test_an_index_that_is_not_there_fails_the_run(wrong, session):
    i = df.placeholder("int32", [1])
    x = df.constant([1.0, 2.0, 3.0])
    for y in (
        df.gather(x, i),
        df.gather_nd(x, df.reshape(i, [1, 1])),
        df.scatter_nd(df.reshape(i, [1, 1]), [1.0], [3]),
        df.tensor_scatter_update(x, df.reshape(i, [1, 1]), [1.0]),
        df.dynamic_partition([1.0], i, 3)[0],
    ):
        with pytest.raises(InvalidArgumentError, match=f"index {wrong} is outside of"):
            session.run(y, {i: [wrong]})
    assert session.run(df.gather(x, i), {i: [2]}).tolist() == [3]


def test_what_cannot_be_gathered_is_refused():
    x = df.placeholder("float32", [2, 3])
    with pytest.raises(DTypeError, match="indices that are ints, got float32"):
        df.gather(x, [0.5])
    with pytest.raises(ShapeError, match="axis 2 is not one"):
        df.gather(x, [0], axis=2)
    with pytest.raises(ShapeError, match="batch_dims <= axis"):
        df.gather(x, [[0]], axis=0, batch_dims=1)
    with pytest.raises(ShapeError, match="no 2 batch_dims"):
        df.gather(x, [0], axis=1, batch_dims=2)
    with pytest.raises(ShapeError, match="do not agree"):
        df.gather(x, [[0]] * 3, axis=1, batch_dims=1)
    with pytest.raises(
        ShapeError, match="3 indices are too many for a value of rank 2"
    ):
        df.gather_nd(x, [[0, 0, 0]])
    with pytest.raises(ShapeError, match="need one more axis"):
        df.gather_nd(x, 0)
    with pytest.raises(ShapeError, match="do not agree"):
        df.scatter_nd([[0]], [1.0, 2.0], [3])
    with pytest.raises(GraphError, match="as many indices as data, got 1, 2"):
        df.dynamic_stitch([[0]], [[1.0], [2.0]])
    with pytest.raises(ShapeError, match="at least one partition"):
        df.dynamic_partition([1.0], [0], 0)


def test_batch_dims_count_from_the_back_too(session):
    x, indices = np.arange(6).reshape(2, 3), [[2, 0], [1, 1]]
    y = df.gather(x, indices, axis=1, batch_dims=-1)
    assert session.run(y).tolist() == [[2, 0], [4, 4]]


def test_a_whole_tensor_is_gathered_by_no_index_at_all(session):
    y = df.gather_nd([1, 2], np.zeros((3, 0), np.int32))
    assert (y.shape, session.run(y).tolist()) == ((3, 2), [[1, 2]] * 3)
    y = df.tensor_scatter_update([1, 2], np.zeros((0,), np.int32), [5, 6])
    assert session.run(y).tolist() == [5, 6]


def test_the_gradient_of_many_equal_indices_adds_up(session):
    table = df.placeholder("float64", [5, 2])
    indices = np.random.default_rng(1).integers(0, 5, (30, 40))
    weights = np.random.default_rng(2).normal(size=(30, 40, 2))
    [slope] = df.gradients(df.gather(table, indices), table, [weights])
    value = session.run(df.convert_to_tensor(slope), {table: np.zeros((5, 2))})
    expected = np.zeros((5, 2))
    np.add.at(expected, indices, weights)
    assert_allclose(value, expected)


@given(st.lists(st.integers(0, 3), max_size=9))
def test_stitching_undoes_a_partition(partitions):
    with df.Graph().as_default(), df.Session("sync") as session:
        data = np.arange(2 * len(partitions)).reshape(-1, 2)
        parts = df.dynamic_partition(data, np.array(partitions, np.int32), 4)
        places = df.dynamic_partition(
            np.arange(len(partitions), dtype=np.int32),
            np.array(partitions, np.int32),
            4,
        )
        back = df.dynamic_stitch(places, parts)
        assert_array_equal(session.run(back), data)
