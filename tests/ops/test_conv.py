"""Convolutions, against sums over windows written out."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

import daskflow as df
from daskflow.arrays import same_bits
from daskflow.errors import DTypeError, GraphError, InvalidArgumentError, ShapeError
from daskflow.opdef import OPS
from daskflow.ops import conv, windows
from daskflow.ops.windows import Windows

SETTINGS = ((1, 1), "SAME", (1, 1), False)


def drawn(*shape, dtype=np.float64):
    return np.random.default_rng(sum(shape)).standard_normal(shape).astype(dtype)


def by_hand(x, f, moves):
    """The convolution, one window after the other."""
    size = f.shape[:-2]
    pads = moves.pads(x.shape[1:-1], size)
    x = np.pad(x, ((0, 0), *pads, (0, 0)))
    counts = [
        (n - k) // s + 1
        for n, k, s in zip(x.shape[1:-1], moves.reach(size), moves.strides, strict=True)
    ]
    y = np.zeros((len(x), *counts, f.shape[-1]))
    for place in product(*map(range, counts)):
        index = tuple(
            slice(i * s, i * s + k, d)
            for i, s, k, d in zip(
                place, moves.strides, moves.reach(size), moves.dilations, strict=True
            )
        )
        axes = len(size) + 1
        y[(slice(None), *place)] = np.tensordot(x[(slice(None), *index)], f, axes)
    return y


@st.composite
def convolutions(draw):
    rank = draw(st.integers(1, 3))
    few = [draw(st.integers(1, 3)) for _ in range(3 * rank)]
    size, strides, dilations = few[:rank], few[rank : 2 * rank], few[2 * rank :]
    pads = tuple(
        (draw(st.integers(0, 4)), draw(st.integers(0, 4))) for _ in range(rank)
    )
    padding = draw(st.sampled_from(["SAME", "VALID", pads]))
    moves = Windows(tuple(strides), padding, tuple(dilations))
    lengths = [k + draw(st.integers(0, 4)) for k in moves.reach(size)]
    n, c, m = (draw(st.integers(1, 3)) for _ in range(3))
    return (n, *lengths, c), (*size, c, m), moves


@given(convolutions())
def test_it_is_the_sum_over_each_window(case):
    x, f, moves = drawn(*case[0]), drawn(*case[1]), case[2]
    y = OPS["convolve"].kernel(x, f, moves)
    assert_allclose(y, by_hand(x, f, moves), rtol=1e-12, atol=1e-12)


@given(convolutions())
def test_its_gradients_are_its_transposes(case):
    x, f, moves = drawn(*case[0]), drawn(*case[1]), case[2]
    y = OPS["convolve"].kernel(x, f, moves)
    g = drawn(*y.shape)
    by_x = OPS["convolve_grad_x"].kernel(g, f, shape=x.shape, windows=moves)
    by_f = OPS["convolve_grad_f"].kernel(g, x, shape=f.shape, windows=moves)
    assert_allclose(np.vdot(by_x, x), np.vdot(g, y), rtol=1e-9, atol=1e-9)
    assert_allclose(np.vdot(by_f, f), np.vdot(g, y), rtol=1e-9, atol=1e-9)


@given(convolutions())
def test_each_channel_by_itself_is_a_convolution_of_that_channel(case):
    x, f, moves = drawn(*case[0]), drawn(*case[1]), case[2]
    y = OPS["convolve_each"].kernel(x, f, moves)
    channels = [
        by_hand(x[..., i : i + 1], f[..., i : i + 1, :], moves)
        for i in range(x.shape[-1])
    ]
    assert_allclose(y, np.concatenate(channels, -1), rtol=1e-12, atol=1e-12)


KERNELS = {
    "convolve": lambda x, f, g: OPS["convolve"].kernel(x, f, SETTINGS),
    "convolve_grad_x": lambda x, f, g: OPS["convolve_grad_x"].kernel(
        g, f, shape=x.shape, windows=SETTINGS
    ),
    "convolve_grad_f": lambda x, f, g: OPS["convolve_grad_f"].kernel(
        g, x, shape=f.shape, windows=SETTINGS
    ),
}


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("chunk", [1, 700, 4_000])
@pytest.mark.parametrize("channels", [1, 8])
def test_parts_of_any_size_give_the_whole(kernel, chunk, channels, monkeypatch):
    x, f, g = drawn(5, 7, 6, channels), drawn(3, 2, channels, 4), drawn(5, 7, 6, 4)
    whole = KERNELS[kernel](x, f, g)
    monkeypatch.setattr(windows, "CHUNK", chunk)
    monkeypatch.setattr(conv, "CHUNK", chunk)
    assert_allclose(KERNELS[kernel](x, f, g), whole, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("kernel", KERNELS)
def test_the_bits_do_not_depend_on_the_order_of_the_parts(kernel, monkeypatch):
    x = drawn(9, 20, 20, 8, dtype=np.float32)
    f, g = drawn(3, 3, 8, 16, dtype=np.float32), drawn(9, 20, 20, 16, dtype=np.float32)
    monkeypatch.setattr(windows, "CHUNK", 30_000)
    y = KERNELS[kernel](x, f, g)
    counts = []

    def backwards(piece, count):
        counts.append(count)
        for i in reversed(range(count)):
            piece(i)

    monkeypatch.setattr(conv, "side_by_side", backwards)
    assert same_bits(KERNELS[kernel](x, f, g), y)
    assert counts


@pytest.mark.parametrize("kernel", KERNELS)
def test_the_layout_of_the_inputs_does_not_change_the_bits(kernel):
    x, f = drawn(2, 5, 5, 3, dtype=np.float32), drawn(1, 1, 3, 4, dtype=np.float32)
    g = drawn(2, 5, 5, 4, dtype=np.float32)
    y = KERNELS[kernel](x, f, g)
    assert same_bits(KERNELS[kernel](*map(np.asfortranarray, (x, f, g))), y)


def test_the_slope_of_a_product_with_itself_rounds_as_one_of_two_arrays():
    x = drawn(2, 9, 9, 16, dtype=np.float32)
    attrs = {"shape": (1, 1, 16, 16), "windows": SETTINGS}
    slope = OPS["convolve_grad_f"].kernel
    assert same_bits(slope(x, x, **attrs), slope(x, x.copy(), **attrs))


@pytest.mark.parametrize("function", [df.nn.conv2d, df.nn.depthwise_conv2d])
def test_the_channels_may_come_first(function, session):
    x, f = drawn(2, 5, 4, 3), drawn(3, 2, 3, 2)
    strides, first = (2, 1), (0, 3, 1, 2)
    y = function(x, f, [1, *strides, 1], "SAME", data_format="NHWC")
    z = function(x.transpose(first), f, [1, 1, *strides], "SAME", data_format="NCHW")
    value, other = session.run([y, z])
    assert_array_equal(value.transpose(first), other)


def test_float16_is_multiplied_in_float32(session):
    x = np.full((1, 1, 4096, 1), 1.0, np.float16)
    y = df.nn.conv1d(x[:, 0], np.ones((4096, 1, 1), np.float16), 1, "VALID")
    assert session.run(y).item() == 4096  # in float16 the sum stays at 2048


@pytest.mark.parametrize(
    ("x", "f", "expected"),
    [
        ([None, 28, 28, 1], [5, 5, 1, 32], (None, 14, 14, 32)),
        (None, [5, 5, 1, 32], (None, None, None, 32)),
        ([2, None, 9, None], None, (2, None, 5, None)),
    ],
)
def test_it_knows_its_shape_as_far_as_it_can(x, f, expected):
    x, f = df.placeholder("float32", x), df.placeholder("float32", f)
    assert df.nn.conv2d(x, f, 2, "SAME").shape.as_list() == list(expected)


def test_gradients_know_the_shapes_that_only_a_run_knows(session):
    x, f = df.placeholder("float64", [None, None, 4, 2]), df.placeholder("float64")
    y = df.nn.conv2d(x, f, 1, "VALID")
    by_x, by_f = df.gradients(y, [x, f])
    assert by_x.shape.as_list() == [None, None, 4, 2]
    values = session.run([by_x, by_f], {x: drawn(3, 5, 4, 2), f: drawn(2, 2, 2, 1)})
    assert [value.shape for value in values] == [(3, 5, 4, 2), (2, 2, 2, 1)]


IMAGE, FILTER = np.zeros((1, 4, 4, 2)), np.zeros((3, 3, 2, 1))


@pytest.mark.parametrize(
    ("x", "f", "settings", "message"),
    [
        (IMAGE, np.zeros((3, 3, 1, 1)), {}, "needs a filter for 2 channels, got"),
        (IMAGE[0], FILTER, {}, "needs an input and a filter of rank 4, got"),
        (
            IMAGE,
            np.zeros((5, 3, 2, 1)),
            {"padding": "VALID"},
            "got .* for windows that",
        ),
        (IMAGE, FILTER, {"padding": "same"}, "padding is 'SAME', 'VALID' or 4 pairs"),
        (IMAGE, FILTER, {"padding": [[1, 1]]}, "padding is 'SAME'"),
        (IMAGE, FILTER, {"strides": [2, 1, 1, 1]}, "strides are 1 along batch and"),
        (IMAGE, FILTER, {"strides": [1, 1, 1]}, "strides are 1, 2 or 4 positive ints"),
        (IMAGE, FILTER, {"dilations": 0}, "dilations are 1, 2 or 4 positive ints"),
        (IMAGE, FILTER, {"data_format": "NWC"}, "data_format is 'NHWC' or 'NCHW'"),
        (IMAGE, FILTER, {"filters": FILTER}, "filters and filter are one parameter"),
    ],
)
def test_what_does_not_fit_is_refused_at_once(x, f, settings, message):
    with pytest.raises((ShapeError, GraphError), match=message):
        df.nn.conv2d(x, f, **{"padding": "SAME", **settings})


def test_ints_are_refused():
    with pytest.raises(DTypeError, match="got int32; cast"):
        df.nn.conv2d(IMAGE.astype("int32"), FILTER.astype("int32"), 1, "SAME")


def test_what_does_not_fit_in_a_run_names_the_operation(session):
    x, shape = df.placeholder("float64"), df.placeholder("int32", [4])
    y = df.nn.conv2d(x, FILTER, 1, "SAME", name="layer")
    with pytest.raises(InvalidArgumentError, match=r"'layer'.*needs a filter for 3"):
        session.run(y, {x: np.zeros((1, 4, 4, 3))})
    z = df.nn.conv2d_transpose(IMAGE[..., :1], FILTER, shape, 2, name="back")
    with pytest.raises(
        InvalidArgumentError, match=r"'back'.*would give \[1, 5, 5, 1\]"
    ):
        session.run(z, {shape: [1, 9, 9, 2]})
