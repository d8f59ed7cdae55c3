"""Segments and counts: against NumPy, and what is refused."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.testing import assert_array_equal

import daskflow as df
from daskflow.errors import InvalidArgumentError, ShapeError
from daskflow.testing import check_gradient

REDUCTIONS = [
    (df.unsorted_segment_sum, np.sum),
    (df.unsorted_segment_prod, np.prod),
    (df.unsorted_segment_max, np.max),
    (df.unsorted_segment_min, np.min),
]


@given(arrays.arrays(np.int64, 7, elements=st.integers(-1, 3)), st.booleans())
def test_each_segment_is_reduced_by_itself(ids, is_sorted):
    data = np.arange(14, dtype=np.int64).reshape(7, 2) % 5
    with df.Session("sync") as session:
        for reduce, in_numpy in REDUCTIONS:
            result = session.run(reduce(data, ids, df.constant(4)))
            for i in set(ids.tolist()) - {-1}:
                assert_array_equal(result[i], in_numpy(data[ids == i], axis=0))


def test_a_sorted_reduction_is_the_same_where_there_are_ids(session):
    ids, data = [0, 0, 2], [[1.0, 5.0], [3.0, 2.0], [7.0, 8.0]]
    pairs = [
        (df.segment_sum, df.unsorted_segment_sum),
        (df.segment_mean, df.unsorted_segment_mean),
        (df.segment_max, df.unsorted_segment_max),
        (df.segment_min, df.unsorted_segment_min),
        (df.segment_prod, df.unsorted_segment_prod),
    ]
    for ordered, unordered in pairs:
        found, wanted = session.run([ordered(data, ids), unordered(data, ids, 3)])
        assert_array_equal(found[[0, 2]], wanted[[0, 2]])


def test_ids_that_cannot_be_are_refused(session):
    x = df.placeholder("float32", [None])
    ids = df.placeholder("int32", [None])
    with pytest.raises(InvalidArgumentError, match="sorted"):
        session.run(df.segment_sum(x, ids), {x: [1, 2], ids: [1, 0]})
    with pytest.raises(InvalidArgumentError, match="an id for each row"):
        session.run(df.segment_sum(x, ids), {x: [1, 2], ids: [0]})
    with pytest.raises(InvalidArgumentError, match="not below 2"):
        session.run(df.unsorted_segment_sum(x, ids, 2), {x: [1], ids: [2]})
    with pytest.raises(ShapeError, match="an id for each row"):
        df.unsorted_segment_sum(np.zeros((2, 3)), [0, 1, 2], 3)
    with pytest.raises(ShapeError, match="needs rows"):
        df.segment_sum(1.0, [0])
    with pytest.raises(ShapeError, match="needs a vector of ids"):
        df.segment_sum(np.zeros(2), [[0, 1]])


def test_the_product_of_a_segment_has_its_slope_where_elements_are_0():
    for data in ([2.0, 0.0, 3.0, 5.0], [0.0, 0.0, 3.0, 0.0]):
        check_gradient(lambda x: df.segment_prod(x, [0, 0, 0, 1]), data)


def test_counts_are_those_of_numpy(session):
    numbers = [[3, 0], [3, 7]]
    counts = session.run(df.bincount(numbers))
    assert_array_equal(counts, np.bincount(np.ravel(numbers)))
    values = np.linspace(-1, 6, 40, dtype=np.float32)
    bins = session.run(df.histogram_fixed_width(values, [0.0, 5.0], 5))
    assert_array_equal(bins, np.histogram(np.clip(values, 0, 5), 5, (0, 5))[0])
    with pytest.raises(InvalidArgumentError, match="at least one bin"):
        session.run(df.histogram_fixed_width(values, df.constant([5.0, 0.0])))


def test_a_confusion_matrix_counts_pairs(session):
    n = df.placeholder("int32", [])
    matrix = df.confusion_matrix([0, 1, 1], [1, 1, 1], num_classes=n)
    assert matrix.shape.as_list() == [None, None]
    assert session.run(matrix, {n: 3}).tolist() == [[0, 1, 0], [0, 2, 0], [0, 0, 0]]
    with pytest.raises(InvalidArgumentError, match="not below 1"):
        session.run(matrix, {n: 1})
    with pytest.raises(InvalidArgumentError, match="not be negative"):
        session.run(df.confusion_matrix([-1], [0]))
