"""Changes to parts of variables."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import daskflow as df
from daskflow.errors import (
    DTypeError,
    InvalidArgumentError,
    OutOfRangeError,
    ShapeError,
)

NUMPY = {
    "add": np.add.at,
    "sub": np.subtract.at,
    "mul": np.multiply.at,
    "min": np.minimum.at,
    "max": np.maximum.at,
}


@given(
    st.sampled_from(sorted(NUMPY)),
    st.lists(st.tuples(st.integers(0, 3), st.integers(-5, 5)), max_size=8),
)
def test_a_change_by_rows_is_that_of_one_after_the_other(kind, changes):
    indices = np.array([i for i, _ in changes], np.int32)
    updates = np.array([[u, -u] for _, u in changes], np.float64).reshape(-1, 2)
    expected = np.arange(8.0).reshape(4, 2)
    w = df.Variable(expected.copy())
    NUMPY[kind](expected, indices, updates)
    with df.Session("sync") as session:
        changed = getattr(df, f"scatter_{kind}")(w, indices, updates)
        assert session.run(changed).tolist() == expected.tolist()
        assert session.run(w).tolist() == expected.tolist()


def test_a_change_starts_from_what_the_one_before_it_left(session):
    w = df.Variable([1.0, 2.0])
    with df.control_dependencies([w.assign([10.0, 20.0])]):
        changed = df.scatter_add(w, [1], [5.0])
    assert session.run(changed).tolist() == [10.0, 25.0]


def test_what_was_fetched_before_a_change_stays_as_it_was(session):
    w = df.Variable([1.0, 2.0])
    before = session.run(w)
    session.run(w.scatter_update(df.IndexedSlices([9.0], [0])))
    assert before.tolist() == [1.0, 2.0]
    assert session.run(w).tolist() == [9.0, 2.0]


def test_a_failed_change_changes_nothing(session):
    w = df.Variable([1.0, 2.0])
    i = df.placeholder("int32", [None])
    changed = df.scatter_add(w, i, 1.0)
    for wrong in ([0, 2], [-1]):
        with pytest.raises(InvalidArgumentError, match="outside of"):
            session.run(changed, {i: wrong})
    assert session.run(w).tolist() == [1.0, 2.0]


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (lambda w: df.scatter_add(w, [0], [1.0, 2.0]), ShapeError),
        (lambda w: df.scatter_nd_add(w, [[0, 0, 0]], [1.0]), ShapeError),
        (lambda w: df.scatter_nd_add(w, 0, 1.0), ShapeError),
        (lambda w: df.scatter_add(df.Variable(1.0), [0], 1.0), ShapeError),
        (lambda w: df.scatter_add(w, [0.5], 1.0), DTypeError),
        (lambda w: df.scatter_add(df.constant([1.0]), [0], 1.0), DTypeError),
        (lambda w: w.scatter_add([1.0]), DTypeError),
        (lambda w: df.count_up_to(df.constant(1), 2), DTypeError),
        (lambda w: df.scatter_add(df.Variable([True]), [0], [True]), DTypeError),
    ],
)
def test_a_change_that_cannot_be_is_refused_while_building(change, error):
    with pytest.raises(error):
        change(df.Variable([[1.0, 2.0]]))


def test_ints_are_divided_towards_zero_and_never_by_zero(session):
    w = df.Variable([-7, 7, 0])
    assert session.run(df.scatter_div(w, [0, 1], [2, -2])).tolist() == [-3, -3, 0]
    with pytest.raises(InvalidArgumentError, match="divided by zero"):
        session.run(df.scatter_div(w, [2], [0]))


def test_batches_have_indices_of_their_own(session):
    w = df.Variable(np.zeros((2, 3, 2)))
    changed = df.batch_scatter_update(
        w, [[0, 2], [1, 1]], np.arange(8.0).reshape(2, 2, 2)
    )
    assert session.run(changed).tolist() == [
        [[0.0, 1.0], [0.0, 0.0], [2.0, 3.0]],
        [[0.0, 0.0], [6.0, 7.0], [0.0, 0.0]],
    ]


def test_counting_stops_at_the_limit(session):
    count = df.Variable(np.int64(1))
    step = count.count_up_to(3)
    assert [session.run(step), session.run(step)] == [1, 2]
    with pytest.raises(OutOfRangeError, match="limit of 3"):
        session.run(step)
    assert session.run(count) == 3
