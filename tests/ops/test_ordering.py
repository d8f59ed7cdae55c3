"""Sort, search, and what is in an array: against NumPy, with ties and NaN."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.testing import assert_array_equal

import daskflow as df
from daskflow.errors import GraphError, ShapeError

ENTRIES = st.integers(-3, 3)
VECTORS = hnp.arrays(np.int32, st.integers(0, 9), elements=ENTRIES)


def run(*ys):
    return df.Session("sync").run(list(ys))


@given(hnp.arrays(np.int32, (3, 4), elements=ENTRIES), st.sampled_from([0, 1, -1, -2]))
def test_equals_keep_their_order_up_and_down(x, axis):
    down = "DESCENDING"
    up, back, places, places_back = run(
        df.sort(x, axis),
        df.sort(x, axis, down),
        df.argsort(x, axis),
        df.argsort(x, axis, down),
    )
    assert_array_equal(up, np.sort(x, axis))
    assert_array_equal(back, np.flip(np.sort(x, axis), axis))
    assert_array_equal(places, np.argsort(x, axis, kind="stable"))
    assert_array_equal(places_back, np.argsort(-x, axis, kind="stable"))


@given(VECTORS)
def test_values_stand_in_the_order_of_their_first_places(x):
    found = df.unique_with_counts(x)
    y, idx, count = run(*found)
    assert y.tolist() == list(dict.fromkeys(x.tolist()))
    assert_array_equal(y[idx], x)
    assert count.tolist() == [x.tolist().count(v) for v in y]
    assert_array_equal(run(df.unique(x).idx)[0], idx)


def test_no_nan_is_another():
    x = np.array([np.nan, 1.0, np.nan])
    assert run(df.unique(x).idx)[0].tolist() == [0, 1, 2]
    assert run(df.setdiff1d(x, x).idx)[0].tolist() == [0, 2]


@given(VECTORS, VECTORS)
def test_a_difference_keeps_order_and_duplicates(x, y):
    out, idx = run(*df.setdiff1d(x, y))
    assert out.tolist() == [v for v in x if v not in y]
    assert_array_equal(x[idx], out)


@given(hnp.arrays(np.float32, (2, 5), elements=st.floats(-3, 3, width=32)))
def test_each_row_is_searched_by_itself(x):
    rows = np.sort(x, 1)
    wanted = np.flip(x, 1)[:, :3]
    for side in ("left", "right"):
        [found] = run(df.searchsorted(rows, wanted, side))
        expected = [
            np.searchsorted(r, w, side) for r, w in zip(rows, wanted, strict=True)
        ]
        assert_array_equal(found, expected)


def test_what_cannot_be_ordered_is_refused():
    with pytest.raises(GraphError, match="ASCENDING or DESCENDING, not 'UP'"):
        df.argsort([1], direction="UP")
    with pytest.raises(GraphError, match="'left' or 'right', not 'middle'"):
        df.searchsorted([1], [1], "middle")
    with pytest.raises(ShapeError, match="needs one rank"):
        df.searchsorted([[1]], [1])
    with pytest.raises(ShapeError, match="do not agree"):
        df.searchsorted([[1], [2]], [[1]])
    with pytest.raises(ShapeError, match="needs a vector"):
        df.unique([[1]])
    with pytest.raises(ShapeError, match="axis 1 is not one"):
        df.sort([1], 1)
