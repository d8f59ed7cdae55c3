"""Texts: what is refused before a run and in it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import daskflow as df
from daskflow.errors import DTypeError, GraphError, InvalidArgumentError


@given(st.lists(st.integers(-(2**31), 2**31 - 1), min_size=1))
def test_numbers_come_back_from_their_texts(numbers):
    texts = df.as_string(np.array(numbers, np.int32))
    back = df.string_to_number(texts, "int32")
    assert df.Session("sync").run(back).tolist() == numbers


@pytest.mark.parametrize("text", ["x", "1.5", "", "2147483648"])
def test_a_text_that_is_no_number_fails_the_run(text, session):
    texts = df.placeholder("string", [None])
    y = df.string_to_number(texts, "int32")
    with pytest.raises(InvalidArgumentError, match="is no number of dtype int32"):
        session.run(y, {texts: [text]})


def test_forms_of_texts_are_checked_at_once():
    with pytest.raises(DTypeError, match="are for floats, got int32"):
        df.as_string([1], precision=2)
    with pytest.raises(GraphError, match="not both"):
        df.as_string([1.0], scientific=True, shortest=True)
    with pytest.raises(GraphError, match="fill is one of"):
        df.as_string([1.0], fill="*")
    with pytest.raises(DTypeError, match="makes float32, .* not int8"):
        df.string_to_number(["1"], "int8")
    with pytest.raises(GraphError, match="'BYTE' or 'UTF8_CHAR', not 'WORD'"):
        df.strings.length(["a"], unit="WORD")
    with pytest.raises(DTypeError, match="needs texts, got int32"):
        df.strings.strip([1])
