"""Texts as values: constants, feeds, fetches, and what is refused."""

from typing import Any

import numpy as np
import pytest

import daskflow as df
from daskflow import errors
from daskflow.arrays import same_bits

TEXTS: dict[str, tuple[Any, Any]] = {
    "one": ("a", b"a"),
    "bytes": (b"a", b"a"),
    "no ASCII": ("é", b"\xc3\xa9"),
    "zeros at the end": (b"a\0\0", b"a\0\0"),
    "a NumPy text": (np.str_("a"), b"a"),
    "a list": (["a", "bc"], [b"a", b"bc"]),
    "both kinds": (["é", b"b\0"], [b"\xc3\xa9", b"b\0"]),
    "nested": ([["a"], ["bc"]], [[b"a"], [b"bc"]]),
    "an array of str": (np.array(["a", "bc"]), [b"a", b"bc"]),
    "an array of bytes": (np.array([b"a", b"bc"]), [b"a", b"bc"]),
    "an array of objects": (np.array(["a", b"b\0"], object), [b"a", b"b\0"]),
}


def assert_texts(value: Any, expected: Any) -> None:
    """Assert that a fetched value is `bytes`, or an array of objects that are."""
    if isinstance(expected, bytes):
        assert type(value) is bytes
        assert value == expected
    else:
        assert value.dtype == object
        assert value.tolist() == expected


@pytest.mark.parametrize("name", TEXTS)
def test_a_constant_of_texts_is_fetched_as_bytes(session: Any, name: str) -> None:
    value, expected = TEXTS[name]
    constant = df.constant(value)
    assert constant.dtype == df.string
    assert constant.shape == np.shape(np.array(expected, object))
    assert_texts(session.run(constant), expected)


@pytest.mark.parametrize("name", TEXTS)
def test_texts_that_are_fed_are_fetched_as_bytes(session: Any, name: str) -> None:
    value, expected = TEXTS[name]
    x = df.placeholder(df.string)
    assert_texts(session.run(x, {x: value}), expected)
    both = session.run(df.stack([x, x]), {x: value})
    assert_texts(both, [expected, expected])


def test_a_variable_keeps_texts(session: Any) -> None:
    w = df.Variable(["a", "b\0"])
    assert w.dtype == df.string
    assert_texts(session.run(w), [b"a", b"b\0"])
    assert_texts(session.run(w.assign(["c", "d"])), [b"c", b"d"])
    assert_texts(session.run(w), [b"c", b"d"])


def test_no_texts_at_all_are_texts_too(session: Any) -> None:
    x = df.placeholder(df.string, [None])
    for found in session.run([df.constant([], df.string), x], {x: []}):
        assert (found.dtype, found.shape) == (object, (0,))


@pytest.mark.parametrize(
    "mixed", [["a", 1], [1, "a"], [b"a", 1.5], ["a", True], ["a", None], [None], {}]
)
def test_what_is_not_all_text_is_refused(session: Any, mixed: Any) -> None:
    with pytest.raises(errors.DTypeError, match="expected numbers, got"):
        df.constant(mixed)
    x = df.placeholder(df.string)
    with pytest.raises(errors.FeedError, match="cannot feed 'Placeholder:0'"):
        session.run(x, {x: mixed})


def test_a_dtype_keeps_texts_and_numbers_apart(session: Any) -> None:
    with pytest.raises(errors.DTypeError, match="expected int32, got '1'"):
        df.constant("1", df.int32)
    with pytest.raises(errors.DTypeError, match="expected string, got 1"):
        df.constant(1, df.string)
    x = df.placeholder(df.string, name="x")
    with pytest.raises(errors.FeedError, match="'x:0', which takes string.*int64"):
        session.run(x, {x: [1]})
    with pytest.raises(errors.DTypeError, match="exp.'x:0' string any shape"):
        df.exp(x)


def test_texts_have_a_shape_that_a_feed_must_fit(session: Any) -> None:
    x = df.placeholder(df.string, [2], name="x")
    with pytest.raises(errors.FeedError, match=r"shape \[1\] for tensor 'x:0'"):
        session.run(x, {x: ["a"]})


def test_texts_have_the_same_bits_if_they_are_equal() -> None:
    a = np.array([b"a", b"b" * 100], object)
    assert same_bits(a, np.array([b"a", b"b" * 100], object))
    assert same_bits(b"a", b"a")
    for other in ([b"a", b"b"], [b"b" * 100, b"a"], [[b"a", b"b" * 100]], [b"a"]):
        assert not same_bits(a, np.array(other, object))


def test_numbers_have_the_same_bits_if_nothing_tells_them_apart() -> None:
    nan = np.array([np.nan, 0.0])
    assert same_bits(nan, nan.copy())
    assert not same_bits(nan, np.array([np.nan, -0.0]))
    assert not same_bits(np.float32(1), np.float64(1))
    assert not same_bits(np.ones(2), np.ones((2, 1)))
