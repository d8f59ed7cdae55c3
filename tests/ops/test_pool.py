"""Pooling, against windows written out."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

import daskflow as df
from daskflow.errors import DTypeError, GraphError, ShapeError
from daskflow.opdef import OPS
from daskflow.ops import conv
from daskflow.ops.windows import Windows


@st.composite
def poolings(draw):
    rank = draw(st.integers(2, 3))
    few = [draw(st.integers(1, 3)) for _ in range(3 * rank)]
    size, strides, dilations = few[:rank], few[rank : 2 * rank], few[2 * rank :]
    padding = draw(st.sampled_from(["SAME", "VALID"]))
    moves = Windows(tuple(strides), padding, tuple(dilations))
    lengths = [k + draw(st.integers(0, 3)) for k in moves.reach(size)]
    return tuple(lengths), tuple(size), moves


def windows_by_hand(x, size, moves):
    """The elements of each window that there are."""
    pads = moves.pads(x.shape, size)
    counts = moves.counts(x.shape, size)
    steps = list(zip(size, moves.strides, moves.dilations, pads, strict=True))
    for place in product(*map(range, counts)):
        taps = [
            [p * s + k * d - pad[0] for k in range(n)]
            for p, (n, s, d, pad) in zip(place, steps, strict=True)
        ]
        taps = [
            [i for i in some if 0 <= i < n]
            for some, n in zip(taps, x.shape, strict=True)
        ]
        yield place, x[np.ix_(*taps)]


@given(poolings())
def test_it_is_the_largest_and_the_mean_of_what_is_there(case):
    shape, size, moves = case
    x = np.random.default_rng(0).integers(-9, 9, shape).astype(np.float64)
    largest = OPS["max_pool"].kernel(x, size, moves)
    mean = OPS["avg_pool"].kernel(x, size, moves)
    for place, window in windows_by_hand(x, size, moves):
        if window.size:  # a window of taps far apart may have none
            assert largest[place] == window.max()
            assert_allclose(mean[place], window.mean(), atol=1e-15)


@given(poolings())
def test_every_gradient_arrives_where_the_largest_is(case):
    shape, size, moves = case
    x = np.random.default_rng(0).integers(0, 3, shape).astype(np.float64)
    y = OPS["max_pool"].kernel(x, size, moves)
    g = np.random.default_rng(1).integers(1, 9, y.shape).astype(np.float64)
    back = OPS["max_pool_grad"].kernel(g, x, y, size, moves)
    there = [p for p, window in windows_by_hand(x, size, moves) if window.size]
    assert back.sum() == sum(g[p] for p in there)
    assert (back * x).sum() == sum(g[p] * y[p] for p in there)


@pytest.mark.parametrize("images", [1, 2, 7])
def test_parts_of_any_size_give_the_whole(images, monkeypatch):
    x = np.random.default_rng(0).standard_normal((7, 5, 4, 3))
    size, moves = (1, 2, 2, 1), ((1, 2, 1, 1), "SAME", (1, 1, 1, 1), False)

    def values():
        y = OPS["max_pool"].kernel(x, size, moves)
        mean = OPS["avg_pool"].kernel(x, size, moves)
        return [
            y,
            mean,
            OPS["max_pool_grad"].kernel(mean, x, y, size, moves),
            OPS["avg_pool_grad"].kernel(y, shape=x.shape, size=size, windows=moves),
        ]

    whole = values()
    monkeypatch.setattr(conv, "CHUNK", images * 4 * 60)
    for value, expected in zip(values(), whole, strict=True):
        assert_array_equal(value, expected)


def test_at_a_tie_the_gradient_goes_to_the_first(session):
    x = df.constant([[[[2.0], [2.0]], [[2.0], [2.0]]]])
    [slope] = df.gradients(df.nn.max_pool(x, 2, 2, "VALID"), x)
    assert session.run(slope).ravel().tolist() == [1, 0, 0, 0]


def test_a_gradient_passes_by_infinite_ones_of_other_elements(session):
    x, g = df.constant([[[[1.0], [2.0]]]]), df.constant([[[[np.inf]]]])
    [slope] = df.gradients(df.nn.max_pool(x, [1, 2], 2, "VALID"), x, [g])
    assert session.run(slope).ravel().tolist() == [0, np.inf]


def test_the_channels_may_come_first(session):
    x = np.random.default_rng(0).standard_normal((2, 5, 4, 3))
    for function in (df.nn.max_pool, df.nn.avg_pool):
        y = function(x, [1, 3, 2, 1], [1, 2, 1, 1], "SAME")
        z = function(
            x.transpose(0, 3, 1, 2), [3, 2], [2, 1], "SAME", data_format="NCHW"
        )
        value, other = session.run([y, z])
        assert_array_equal(value.transpose(0, 3, 1, 2), other)


def test_padding_in_numbers_adds_what_is_no_element(session):
    x = df.constant(-np.ones((1, 2, 2, 1)))
    pads = [[0, 0], [1, 0], [0, 1], [0, 0]]
    largest = df.nn.max_pool(x, 2, 1, pads)
    mean = df.nn.avg_pool(x, 2, 1, pads)
    for value in session.run([largest, mean]):
        assert_array_equal(value, -np.ones((1, 2, 2, 1)))


def test_ints_have_a_largest_but_no_mean(session):
    x = df.constant(np.arange(-4, 0).reshape(1, 2, 2, 1))
    assert session.run(df.nn.max_pool(x, 2, 2, "SAME")).item() == -1
    with pytest.raises(DTypeError, match="got int64; cast"):
        df.nn.avg_pool(x, 2, 2, "SAME")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"ksize": [1, 2, 2]}, "ksize are 1, 2 or 4 positive ints"),
        ({"strides": 0}, "strides are 1, 2 or 4 positive ints"),
        ({"padding": "FULL"}, "padding is 'SAME'"),
        ({"ksize": 4, "padding": "VALID"}, "needs at least as many elements"),
        ({"data_format": "NCW"}, "data_format is 'NHWC' or 'NCHW'"),
    ],
)
def test_what_does_not_fit_is_refused_at_once(settings, message):
    given = {"ksize": 2, "strides": 2, "padding": "SAME", **settings}
    with pytest.raises((ShapeError, GraphError), match=message):
        df.nn.max_pool(np.zeros((1, 3, 3, 1)), **given)


def test_pool_needs_to_know_how_and_over_how_many_axes():
    with pytest.raises(GraphError, match="pooling_type is 'MAX' or 'AVG', got 'SUM'"):
        df.nn.pool(np.zeros((1, 3, 3, 1)), [2, 2], "SUM", "SAME")
    with pytest.raises(ShapeError, match="needs an input .* whose rank is known"):
        df.nn.pool(df.placeholder("float32"), [2, 2], "MAX", "SAME")
    with pytest.raises(ShapeError, match="needs values of rank 3, 4 or 5, got rank 2"):
        df.nn.max_pool_v2(np.zeros((3, 3)), 2, 2, "SAME")
