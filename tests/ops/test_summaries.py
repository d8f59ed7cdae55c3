"""Summaries are the bytes that TensorBoard's own classes read."""

import zlib
from struct import unpack

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from tensorboard.compat.proto.summary_pb2 import Summary

import daskflow as df
from daskflow.errors import DTypeError, GraphError, InvalidArgumentError
from daskflow.opdef import OPS
from daskflow.ops.summaries import fields, png


def read(data):
    """A summary by tags; TensorBoard would write the same bytes."""
    message = Summary.FromString(data)
    assert message.SerializeToString() == data
    return {value.tag: value for value in message.value}


@pytest.mark.parametrize("number", [3.5, 0, -7, 1e30, float("nan")])
def test_a_scalar_is_one_number_as_a_float32(number, session):
    x = df.placeholder(df.float64, [])
    data = session.run(df.summary.scalar("loss", x), {x: number})
    assert type(data) is bytes
    value = read(data)["loss"]
    assert value.WhichOneof("value") == "simple_value"
    np.testing.assert_equal(np.float32(value.simple_value), np.float32(number))


def test_tags_are_names_of_scopes_and_operations(session):
    with df.name_scope("net"):
        a = df.summary.scalar("a b?", 1.0)
        b = df.summary.scalar("loss", 2.0, family="fam")
        c = df.summary.scalar("loss", 3.0)
        d = df.summary.histogram("loss", [3.0])
    assert [t.name for t in (a, b, c, d)] == [
        "net/a_b_:0",
        "net/fam/loss:0",
        "net/loss:0",
        "net/loss_1:0",
    ]
    tags = [*read(session.run(df.summary.merge_all()))]
    assert tags == ["net/a_b_", "fam/net/fam/loss", "net/loss", "net/loss_1"]


def test_all_summaries_are_merged_from_their_collections(session):
    assert df.summary.merge_all() is None
    x = df.placeholder(df.float32, [])
    df.summary.scalar("a", x)
    with df.name_scope("inner"):
        df.summary.scalar("b", x + 1.0)
    other = df.summary.scalar("c", x, collections=["mine"])
    merged = df.summary.merge_all()
    assert merged.name == "Merge/MergeSummary:0"
    assert [*read(session.run(merged, {x: 1.0}))] == ["a", "inner/b"]
    inner = df.summary.merge_all(scope="inner")
    assert [*read(session.run(inner, {x: 1.0}))] == ["inner/b"]
    assert df.get_collection("mine") == [other]
    mine = df.summary.merge([other], collections=["merged"], name="all")
    assert df.get_collection("merged") == [mine]
    assert mine.name == "all/MergeSummary:0"


def test_a_tag_stands_in_a_merged_summary_once(session):
    a = df.summary.scalar("a", 1.0)
    with pytest.raises(InvalidArgumentError, match="two of the summaries.*'a'"):
        session.run(df.summary.merge([a, a]))


BUCKETS = [-3.1665833053880363, -2.8787120958073054, 0, 1e-12, 0.917246389039776,
    1.0089710279437536, 1.9661990955585713, 2.1628190051144287, 2.8787120958073054,
    3.1665833053880363, 1.7976931348623157e308]  # fmt: skip


def test_a_histogram_is_tensorflows(session):
    x = df.placeholder(df.float32, None)
    summary = df.summary.histogram("h", x)

    def histogram(values):
        return read(session.run(summary, {x: values}))["h"].histo

    found = histogram([[1, 2, -3], [0, np.pi, 1]])
    assert list(found.bucket_limit) == BUCKETS
    assert list(found.bucket) == [0, 1, 0, 1, 0, 2, 0, 1, 0, 1, 0]
    assert (found.min, found.num) == (-3, 6)
    assert found.sum == pytest.approx(1 + 2 - 3 + np.pi + 1)
    assert found.sum_squares == pytest.approx(1 + 4 + 9 + np.pi**2 + 1)
    empty = histogram([])
    assert list(empty.bucket_limit) == [np.finfo(np.float64).max]
    assert (empty.min, empty.max, list(empty.bucket)) == (
        np.finfo(np.float64).max,
        -np.finfo(np.float64).max,
        [0],
    )
    for value, word in [(np.nan, "NaN"), (np.inf, "Infinity")]:
        with pytest.raises(InvalidArgumentError, match=f"{word} in the histogram 'h'"):
            histogram([1, value])


@given(
    arrays(
        np.float64,
        st.integers(1, 20),
        elements=st.floats(-1e30, 1e30).filter(lambda x: x == 0 or abs(x) > 1e-300),
    )
)
def test_each_value_is_in_the_bucket_below_the_next_limit(values):
    data = OPS["HistogramSummary"].kernel(values, tag="h")[()]
    found = Summary.FromString(data).value[0].histo
    limits, counts = np.array(found.bucket_limit), np.array(found.bucket)
    assert counts.sum() == len(values)
    below = [-np.inf, *limits[:-1]]
    for low, high, count in zip(below, limits, counts, strict=True):
        assert ((low <= values) & (values < high)).sum() == count


def pixels_of(data, channels):
    """What is in a PNG, read by its specification."""
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    chunks, at = {}, 8
    while at < len(data):
        [size] = unpack(">I", data[at : at + 4])
        body = data[at + 4 : at + 8 + size]
        assert unpack(">I", data[at + 8 + size : at + 12 + size]) == (zlib.crc32(body),)
        chunks[body[:4]] = body[4:]
        at += 12 + size
    width, height, depth, color, *rest = unpack(">IIBBBBB", chunks[b"IHDR"])
    assert (depth, color, rest) == (8, {1: 0, 3: 2, 4: 6}[channels], [0, 0, 0])
    rows = np.frombuffer(zlib.decompress(chunks[b"IDAT"]), np.uint8)
    rows = rows.reshape(height, 1 + width * channels)
    assert not rows[:, 0].any()
    return rows[:, 1:].reshape(height, width, channels)


@given(
    arrays(
        np.uint8,
        st.tuples(st.integers(1, 5), st.integers(1, 5), st.sampled_from([1, 3, 4])),
    )
)
def test_a_png_has_the_pixels_it_was_given(pixels):
    np.testing.assert_array_equal(pixels_of(png(pixels), pixels.shape[-1]), pixels)


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        ([0.0, 0.25, 0.5, 1.0], [0, 63, 127, 255]),
        ([-1.0, 0.0, 0.5, 2.0], [64, 128, 159, 255]),
        ([np.nan, 0.0, 0.5, np.inf], [255, 0, 255, 255]),
        ([0.0, 0.0, 0.0, 0.0], [0, 0, 0, 0]),
        ([-1e-9, 0.0, 0.0, 0.0], [128, 128, 128, 128]),
        (np.array([0, 1, 254, 255], np.uint8), [0, 1, 254, 255]),
    ],
)
def test_floats_are_scaled_to_bytes(values, shown, session):
    values = np.asarray(values)
    x = df.placeholder(values.dtype, [None, 2, 2, 1])
    data = session.run(df.summary.image("im", x), {x: values.reshape(1, 2, 2, 1)})
    image = read(data)["im/image/0"].image
    assert (image.height, image.width, image.colorspace) == (2, 2, 1)
    assert pixels_of(image.encoded_image_string, 1).ravel().tolist() == shown


def test_of_a_batch_there_are_so_many_images(session):
    x = df.zeros([3, 1, 2, 3])
    assert [*read(session.run(df.summary.image("a", x, max_outputs=2)))] == [
        "a/image/0",
        "a/image/1",
    ]
    assert [*read(session.run(df.summary.image("b", x, max_outputs=1)))] == ["b/image"]
    assert [*read(session.run(df.summary.image("c", x)))] == [
        f"c/image/{i}" for i in range(3)
    ]


def test_a_pixel_of_colors_that_is_not_finite_is_red(session):
    x = np.ones((1, 1, 2, 4), np.float32)
    x[0, 0, 1, 2] = np.inf
    image = read(session.run(df.summary.image("a", x)))["a/image/0"].image
    shown = pixels_of(image.encoded_image_string, 4)
    assert shown.tolist() == [[[255] * 4, [255, 0, 0, 255]]]


def test_texts_are_a_tensor_for_the_page_of_texts(session):
    for texts, shape in [("*a*", []), ([["a", "b"], ["c", ""]], [2, 2])]:
        value = read(session.run(df.summary.text("t", df.constant(texts)))).popitem()[1]
        assert value.metadata.plugin_data.plugin_name == "text"
        assert [d.size for d in value.tensor.tensor_shape.dim] == shape
        assert list(value.tensor.string_val) == [
            t.encode() for t in np.ravel(np.array(texts))
        ]


def test_the_tags_of_long_and_large_messages_are_found():
    data = bytes([8, 200, 1, 17, *[0] * 8, 29, *[0] * 4, 10, 130, 1]) + b"x" * 130
    assert list(fields(data)) == [(1, b"x" * 130)]


def test_what_cannot_be_shown_is_refused(session):
    with pytest.raises(GraphError, match="at least 1"):
        df.summary.image("a", np.zeros((1, 2, 2, 1), np.float32), max_outputs=0)
    with pytest.raises(DTypeError, match="takes string"):
        df.summary.text("a", 1)
    with pytest.raises(DTypeError):
        df.summary.histogram("a", "text")
    for inputs in ([], df.constant("a")):
        with pytest.raises(GraphError, match="expected a list of summaries"):
            df.summary.merge(inputs)
    with pytest.raises(InvalidArgumentError, match="takes one number, got .1."):
        session.run(df.summary.scalar("a", [1.0]))
    for shape in ((1, 2, 2, 2), (2, 2, 1)):
        with pytest.raises(InvalidArgumentError, match="with 1, 3 or 4 channels"):
            session.run(df.summary.image("a", df.zeros(shape)))
