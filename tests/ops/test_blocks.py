"""Blocks of images: there and back, and patches against loops."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

import daskflow as df
from daskflow.errors import DTypeError, GraphError, ShapeError


def run(y):
    value = df.Session("sync").run(y)
    assert y.shape == value.shape
    return value


@given(st.integers(2, 3), st.integers(1, 3), st.integers(1, 3), st.booleans())
def test_depth_becomes_space_again(block, height, width, channels_first):
    x = np.arange(2 * height * width * block**2 * 3).reshape(
        2, height * block, width * block, 3
    )
    order = "NCHW" if channels_first else "NHWC"
    given = np.moveaxis(x, -1, 1) if channels_first else x
    deep = df.space_to_depth(given, block, data_format=order)
    assert_array_equal(run(df.depth_to_space(deep, block, data_format=order)), given)
    first = run(deep)[0, :, 0, 0] if channels_first else run(deep)[0, 0, 0]
    assert_array_equal(first, x[0, :block, :block].ravel())


@given(st.data())
def test_a_batch_becomes_space_again(data):
    blocks = data.draw(st.lists(st.integers(1, 3), min_size=1, max_size=2))
    pads = [
        (data.draw(st.integers(0, 2)), data.draw(st.integers(0, 2))) for _ in blocks
    ]
    lengths = [
        max(1, k * data.draw(st.integers(2, 3)) - sum(pair))
        for k, pair in zip(blocks, pads, strict=True)
    ]
    pads = [
        (a, b + -(n + a + b) % k)
        for (a, b), n, k in zip(pads, lengths, blocks, strict=True)
    ]
    x = np.arange(2 * np.prod(lengths) * 3).reshape(2, *lengths, 3)
    many = df.space_to_batch_nd(x, blocks, pads)
    assert many.shape[0] == 2 * np.prod(blocks)
    assert_array_equal(run(df.batch_to_space_nd(many, blocks, pads)), x)


@given(st.data())
def test_patches_are_what_stands_under_the_window(data):
    height, width = data.draw(st.integers(1, 7)), data.draw(st.integers(1, 7))
    sizes, strides, rates = [
        [data.draw(st.integers(1, limit)) for _ in range(2)] for limit in (3, 3, 2)
    ]
    padding = data.draw(st.sampled_from(["VALID", "SAME"]))
    x = np.arange(1.0, height * width + 1).reshape(1, height, width, 1)
    window = [[1, *pair, 1] for pair in (sizes, strides, rates)]
    value = run(df.extract_image_patches(x, *window, padding))
    counts, befores = zip(
        *(
            places(n, k, s, r, padding)
            for n, k, s, r in zip((height, width), sizes, strides, rates, strict=True)
        ),
        strict=True,
    )
    assert value.shape[1:3] == counts
    wide = np.pad(x[0, :, :, 0], 40)
    for i, j in np.ndindex(*counts):
        top = 40 - befores[0] + i * strides[0]
        left = 40 - befores[1] + j * strides[1]
        rows = [top + k * rates[0] for k in range(sizes[0])]
        columns = [left + k * rates[1] for k in range(sizes[1])]
        assert_array_equal(value[0, i, j], wide[np.ix_(rows, columns)].ravel())


def places(n, size, stride, rate, padding):
    """How many windows an axis has, and what pads it before the first."""
    reach = (size - 1) * rate + 1
    if padding == "VALID":
        return len(range(0, n - reach + 1, stride)), 0
    count = len(range(0, n, stride))
    return count, max(0, (count - 1) * stride + reach - n) // 2


def test_what_does_not_fit_into_blocks_is_refused():
    x = df.placeholder("float32", [4, 3, 4, 3])
    with pytest.raises(ShapeError, match="3 is no multiple of the block size 2"):
        df.space_to_depth(x, 2)
    with pytest.raises(ShapeError, match=r"3 channels are no multiple of 2 \* 2"):
        df.depth_to_space(x, 2)
    with pytest.raises(ShapeError, match="needs images NHWC"):
        df.space_to_depth([[1.0]], 2)
    with pytest.raises(GraphError, match="block size of at least 2, got 1"):
        df.space_to_depth(x, 1)
    with pytest.raises(GraphError, match="'NHWC' or 'NCHW', not 'NWHC'"):
        df.depth_to_space(x, 2, data_format="NWHC")
    with pytest.raises(ShapeError, match="3, padded, is no multiple of .* 2"):
        df.space_to_batch(x, [[0, 0], [0, 0]], 2)
    with pytest.raises(ShapeError, match="a batch of 4 is no multiple of 9"):
        df.batch_to_space(x, [[0, 0], [0, 0]], 3)
    with pytest.raises(ShapeError, match="cannot crop"):
        df.batch_to_space(x, [[4, 4], [0, 0]], 2)
    with pytest.raises(ShapeError, match="3 axes behind the batch"):
        df.space_to_batch_nd([[1.0]], [1, 1, 1], [[0, 0]] * 3)
    with pytest.raises(ShapeError, match="a pair for each block length"):
        df.space_to_batch_nd(x, [2, 2], [[0, 0]])
    with pytest.raises(ShapeError, match="no negative pairs"):
        df.space_to_batch_nd(x, [2], [[-1, 0]])
    with pytest.raises(DTypeError, match="known before any run"):
        df.space_to_batch_nd(x, df.placeholder("int32", [1]), [[0, 0]])


def test_a_window_of_patches_covers_rows_and_columns():
    x = df.placeholder("float32", [None, 5, None, 2])
    window = [1, 2, 2, 1]
    y = df.extract_image_patches(x, window, [1, 2, 2, 1], [1] * 4, "SAME")
    assert y.shape == (None, 3, None, 8)
    with pytest.raises(GraphError, match=r"a window is \[1, rows, columns, 1\]"):
        df.extract_image_patches(x, [2, 2], window, window, "SAME")
    with pytest.raises(GraphError, match="'VALID' or 'SAME', not None"):
        df.extract_image_patches(x, window, window, window)
    with pytest.raises(ShapeError, match="needs images NHWC"):
        df.extract_image_patches([1.0], window, window, window, "SAME")
