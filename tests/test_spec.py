"""What is known of a value before it exists."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, mutually_broadcastable_shapes

from daskflow.errors import DTypeError, ShapeError, SymbolicTensorError
from daskflow.spec import (
    Spec,
    TensorShape,
    as_dtype,
    as_shape,
    broadcast,
    full_shape,
    merge,
)

SHAPES = array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=3)


@given(st.lists(SHAPES, min_size=1, max_size=3))
def test_shapes_broadcast_where_numpy_broadcasts_them_and_to_the_same(shapes):
    try:
        expected = np.broadcast_shapes(*shapes)
    except ValueError:
        with pytest.raises(ShapeError, match="cannot broadcast shapes"):
            broadcast(*shapes)
    else:
        assert broadcast(*shapes) == expected


@given(mutually_broadcastable_shapes(num_shapes=2, min_side=0), st.data())
def test_what_is_known_of_shapes_broadcasts_to_what_admits_the_truth(truth, data):
    known = [
        data.draw(st.none() | st.tuples(*[st.sampled_from([n, None]) for n in shape]))
        for shape in truth.input_shapes
    ]
    assert Spec(None, broadcast(*known)).admits(truth.result_shape)


def test_an_unknown_axis_stays_unknown_beside_1_and_becomes_known_beside_more():
    assert broadcast((None,), (1,)) == (None,)
    assert broadcast((None,), (4,)) == (4,)
    assert broadcast((None, 3), (1, 1)) == (None, 3)
    assert broadcast((2,), None) is None


@given(SHAPES, st.data())
def test_two_descriptions_of_a_shape_merge_to_one_that_admits_it(shape, data):
    a, b = [
        data.draw(st.none() | st.tuples(*[st.sampled_from([n, None]) for n in shape]))
        for _ in range(2)
    ]
    merged = merge(a, b)
    assert Spec(None, merged).admits(shape)
    assert merge(merged, a) == merged


@pytest.mark.parametrize("other", [(2,), (2, 4), (2, 3, 1)])
def test_descriptions_that_contradict_do_not_merge(other):
    with pytest.raises(ShapeError, match=r"\[2, 3\] and .* do not agree"):
        merge((2, 3), other)


@pytest.mark.parametrize(
    ("given", "shape"),
    [
        (None, None),
        (3, (3,)),
        ([2, -1], (2, None)),
        ((np.int64(2), None), (2, None)),
        (TensorShape([None, 1]), (None, 1)),
    ],
)
def test_a_shape_may_be_written_in_several_ways(given, shape):
    assert as_shape(given) == shape


def test_what_is_no_shape_is_refused():
    with pytest.raises(DTypeError, match="expected a shape of ints, got 2.0"):
        as_shape([2.0])
    with pytest.raises(ShapeError, match="every axis known"):
        full_shape([2, None])


@pytest.mark.parametrize(
    ("given", "dtype"),
    [
        (float, "float32"),
        (int, "int32"),
        ("float", "float32"),
        ("double", "float64"),
        (bool, "bool"),
        (np.int8, "int8"),
    ],
)
def test_a_dtype_may_be_written_in_several_ways(given, dtype):
    assert as_dtype(given) == np.dtype(dtype)


def test_specs_that_are_equal_have_one_hash():
    specs = [Spec(), Spec(np.dtype("f8"), (2,)), Spec(np.dtype("float64"), (2,))]
    specs += [Spec(np.dtype("f8")), Spec(None, (2,)), Spec(np.dtype(">f8"), (2,))]
    assert len(set(specs)) == len(specs) - 1


def test_what_is_no_dtype_is_refused():
    with pytest.raises(DTypeError, match="expected a dtype such as 'float32'"):
        as_dtype("number")


def test_a_tensor_shape_is_a_sequence_of_lengths():
    shape = TensorShape([None, 3, 4])
    assert (len(shape), list(shape), shape.as_list()) == (3, *[[None, 3, 4]] * 2)
    assert shape[1:] == TensorShape([3, 4])
    assert (shape[0], shape[-1], shape.ndims) == (None, 4, 3)
    assert (str(shape), repr(shape)) == ("[?, 3, 4]", "TensorShape([None, 3, 4])")
    assert not shape.is_fully_defined()
    assert shape[1:].is_fully_defined()


def test_a_tensor_shape_compares_with_what_a_shape_may_be_written_as():
    assert TensorShape([2, None]) == (2, -1)
    assert hash(TensorShape([2])) == hash(TensorShape((2,)))
    assert TensorShape(None) == None  # noqa: E711  # as TensorFlow has it
    assert TensorShape([2]) != "2"


def test_an_unknown_rank_has_no_lengths():
    shape = TensorShape(None)
    assert shape.rank is None
    assert not shape.is_fully_defined()
    for ask in (len, list, TensorShape.as_list, lambda shape: shape[0]):
        with pytest.raises(SymbolicTensorError, match="give its placeholder a shape"):
            ask(shape)
