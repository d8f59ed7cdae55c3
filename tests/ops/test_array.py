"""The layout of arrays: shapes known, half known and impossible."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, basic_indices
from numpy.testing import assert_array_equal

import daskflow as df
from daskflow.errors import DTypeError, GraphError, InvalidArgumentError, ShapeError
from daskflow.graph import split_index
from daskflow.opdef import OPS
from daskflow.spec import Spec
from daskflow.testing import check_gradient

# Make


def test_a_shape_with_an_unknown_axis_makes_nothing():
    for make in (df.zeros, df.ones):
        with pytest.raises(DTypeError, match="expected ints.* got None"):
            make([2, None])
        with pytest.raises(ShapeError, match="every axis known"):
            make([2, -1])


def test_zeros_are_float32_unless_a_dtype_is_given(session):
    assert_array_equal(session.run(df.zeros(2)), np.zeros(2, np.float32), strict=True)
    made = session.run(df.ones([], "int32"))
    assert (made, made.dtype) == (1, np.int32)


def test_likes_have_the_shape_of_the_run(session):
    x = df.placeholder("float32")
    value = session.run(df.ones_like(x, "int64"), {x: [[1, 2]]})
    assert_array_equal(value, np.ones((1, 2), np.int64), strict=True)


def test_fill_takes_its_shape_first_and_needs_one_value(session):
    x = df.placeholder("float64", [])
    y = df.fill([2, 1], x)
    assert y.shape == (2, 1)
    assert session.run(y, {x: 7}).tolist() == [[7], [7]]
    with pytest.raises(ShapeError, match=r"needs a single value, got shape \[2\]"):
        df.fill([2], [1.0, 2.0])


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ((3,), np.arange(3, dtype=np.int32)),
        ((2, 5), np.arange(2, 5, dtype=np.int32)),
        ((5, 0, -2), np.array([5, 3, 1], np.int32)),
        ((3, 3), np.zeros(0, np.int32)),
        ((0, 1, 0.25), np.arange(0, 1, 0.25, dtype=np.float32)),
        ((np.int64(3),), np.arange(3)),
        ((2**40, 2**40 + 2), np.arange(2**40, 2**40 + 2)),
        ((3, None, 1, "float64"), np.arange(3.0)),
    ],
)
def test_range_counts_in_the_dtype_of_its_numbers(arguments, expected, session):
    y = df.range(*arguments)
    assert y.shape == expected.shape
    assert_array_equal(session.run(y), expected, strict=True)


@pytest.mark.parametrize("arguments", [(0, 3, 0), (5, 2), (2, 5, -1)])
def test_a_range_that_never_ends_is_refused(arguments):
    with pytest.raises(ShapeError, match=r"other than 0|never gets from"):
        df.range(*arguments)


def test_one_hot_has_no_place_for_an_index_outside(session):
    y = df.one_hot([0, 2, -1, 5], 3)
    expected = [[1, 0, 0], [0, 0, 1], [0, 0, 0], [0, 0, 0]]
    assert_array_equal(session.run(y), np.array(expected, np.float32), strict=True)


@pytest.mark.parametrize(
    ("values", "dtype"),
    [((1.0, 0.0), "float32"), ((5, 1), "int32"), ((True, False), "bool")],
)
def test_one_hot_has_the_dtype_of_its_values_unless_one_is_given(values, dtype):
    assert df.one_hot([1], 2, *values).dtype == dtype
    assert df.one_hot([1], 2, *values, dtype="float64").dtype == np.float64


def test_one_hot_puts_its_axis_where_it_is_told(session):
    indices = df.placeholder("int32", [None, 2])
    for axis, shape in [(0, (4, None, 2)), (1, (None, 4, 2)), (-1, (None, 2, 4))]:
        y = df.one_hot(indices, 4, axis=axis)
        assert y.shape == shape
        value = session.run(y, {indices: [[0, 1]]})
        assert_array_equal(np.argmax(value, axis), [[0, 1]])


def test_one_hot_needs_ints_and_a_depth():
    with pytest.raises(DTypeError, match="needs indices that are ints, got float32"):
        df.one_hot([1.0], 2)
    with pytest.raises(ShapeError, match="a depth that is not negative, got -1"):
        df.one_hot([1], -1)


def test_a_placeholder_with_a_default_may_be_fed(session):
    x = df.placeholder_with_default([1.0, 2.0], [None])
    y = x * 2.0
    assert y.shape == (None,)
    assert session.run(y).tolist() == [2, 4]
    assert session.run(y, {x: [3]}).tolist() == [6]
    with pytest.raises(ShapeError, match="do not agree"):
        df.placeholder_with_default([1.0, 2.0], [3])


# Reshape


@pytest.mark.parametrize(
    ("before", "target", "after"),
    [
        ([2, 3], [-1], (6,)),
        ([2, 3], [3, -1], (3, 2)),
        ([None, 4], [-1, 2], (None, 2)),
        (None, [2, -1], (2, None)),
        (None, [2, 3], (2, 3)),
        ([0, 3], [-1, 3], (0, 3)),
        ([], 1, (1,)),
    ],
)
def test_reshape_works_out_what_it_can(before, target, after):
    assert df.reshape(df.placeholder("float32", before), target).shape == after


@pytest.mark.parametrize("target", [[-1, -1], [4], [5, -1], [0, -1]])
def test_a_reshape_that_cannot_be_is_refused(target):
    with pytest.raises(ShapeError, match=r"at most one unknown axis|6 elements do not"):
        df.reshape(np.zeros((2, 3)), target)


def test_a_reshape_that_the_run_shows_impossible_is_an_error_of_the_run(session):
    x = df.placeholder("float32")
    with pytest.raises(InvalidArgumentError, match="reshape"):
        session.run(df.reshape(x, [4]), {x: np.zeros(3)})


def test_a_single_number_has_no_axes_to_transpose():
    with pytest.raises(ShapeError, match="needs each axis once"):
        df.transpose(df.placeholder("float32", []), [0])


@pytest.mark.parametrize(
    ("shape", "like"), [((2, 3), (3, 2)), ((1, 3), (2, 3)), ((4, 5), (4,)), ((), (2,))]
)
def test_a_weight_of_a_gradient_has_the_shape_of_what_it_weights(shape, like, session):
    x, weight = df.placeholder("float64"), df.placeholder("float64")
    [slope] = df.gradients(x + 1.0, [x], [weight])
    for _ in range(4):
        with pytest.raises(InvalidArgumentError, match="broadcast"):
            session.run(slope, {x: np.ones(like), weight: np.ones(shape)})


def test_transpose_knows_its_rank_from_perm():
    assert df.transpose(df.placeholder(), [1, 0, 2]).shape == (None, None, None)
    assert df.transpose(df.placeholder("float32", [None, 3])).shape == (3, None)
    assert df.transpose(df.placeholder()).shape.rank is None


@pytest.mark.parametrize("perm", [[0, 0], [0], [0, 1, 2], [0, 2]])
def test_a_perm_that_leaves_an_axis_out_is_refused(perm):
    with pytest.raises(ShapeError, match=r"needs each axis once|not one of a value"):
        df.transpose(np.zeros((2, 3)), perm)


def test_squeeze_drops_only_what_has_length_1():
    x = df.placeholder("float32", [1, None, 3])
    assert df.squeeze(x, 0).shape == (None, 3)
    assert df.squeeze(x, [0, 1]).shape == (3,)
    assert df.squeeze(x).shape.rank is None
    with pytest.raises(ShapeError, match="needs length 1 on axis 2"):
        df.squeeze(x, -1)


@pytest.mark.parametrize(
    ("axis", "shape"), [(0, (1, None, 3)), (1, (None, 1, 3)), (-1, (None, 3, 1))]
)
def test_expand_dims_puts_an_axis_in(axis, shape):
    x = df.placeholder("float32", [None, 3])
    assert df.expand_dims(x, axis).shape == shape
    with pytest.raises(ShapeError, match="axis 3 is not one of a value of rank 3"):
        df.expand_dims(x, 3)


# Join


def test_concat_adds_up_what_is_known():
    a, b = df.placeholder("float32", [2, None]), df.placeholder("float32", [3, 4])
    unknown = df.placeholder("float32")
    assert df.concat([a, b], 0).shape == (5, 4)
    assert df.concat([a, unknown], 0).shape == (None, None)
    assert df.concat([b, unknown], -1).shape == (3, None)
    assert df.concat([unknown, unknown], 0).shape.rank is None


@pytest.mark.parametrize(
    ("values", "axis", "message"),
    [
        ([], 0, "at least one value"),
        ([1.0, 2.0], 0, "axis 0 is not one of a value of rank 0"),
        ([[1.0], [[2.0]]], 0, "do not agree"),
        ([[[1.0]], [2.0]], 1, "do not agree"),
        ([[[1.0]], [[2.0, 3.0]]], 0, "do not agree"),
    ],
)
def test_what_does_not_join_is_refused(values, axis, message):
    with pytest.raises(ShapeError, match=message):
        df.concat(values, axis)


def test_each_part_of_a_concat_has_its_gradient_at_lengths_of_the_run(session):
    a, b = df.placeholder("float64", [None, 2]), df.placeholder("float64")
    y = df.concat([a, b, [[1.0, 2.0]]], 0)
    slopes = df.gradients(y * y, [a, b])
    feeds = {a: [[1, 2]], b: [[3, 4], [5, 6]]}
    first, second = session.run(slopes, feeds)
    assert first.tolist() == [[2, 4]]
    assert second.tolist() == [[6, 8], [10, 12]]


def test_stack_makes_one_tensor_of_tensors_and_numbers(session):
    x = df.placeholder("float64", [])
    assert session.run(df.stack([x, 2, x]), {x: 1}).tolist() == [1, 2, 1]
    assert df.stack([x, df.placeholder("float64")]).shape == (2,)
    assert df.stack([df.placeholder(), df.placeholder()]).shape.rank is None
    for values in ([], [[1.0], [1.0, 2.0]]):
        with pytest.raises(ShapeError, match=r"at least one value|do not agree"):
            df.stack(values)


# Index


@st.composite
def shapes_and_indices(draw):
    shape = draw(array_shapes(min_dims=0, min_side=0, max_side=4))
    return shape, draw(basic_indices(shape, allow_newaxis=True))


@given(shapes_and_indices())
def test_indexing_infers_the_shape_that_numpy_gives(case):
    shape, index = case
    expected = np.zeros(shape)[index].shape
    pattern, _ = split_index(index)
    infer = OPS["getitem"].infer
    assert infer(Spec(None, shape), index=pattern).shape == expected
    for i, _ in enumerate(shape):
        less = Spec(None, (*shape[:i], None, *shape[i + 1 :]))
        assert infer(less, index=pattern).admits(expected)


@given(shapes_and_indices())
def test_the_gradient_of_indexing_goes_back_where_it_came_from(case):
    shape, index = case
    x = np.arange(np.prod(shape)).reshape(shape)
    pattern, _ = split_index(index)
    part = OPS["getitem"].kernel(x, index=pattern)
    back = OPS["getitem_grad"].kernel(part, x, index=pattern)
    assert_array_equal(part, x[index])
    assert_array_equal(back, np.where(np.isin(x, part), x, 0))


def test_a_tensor_may_be_an_index(session):
    i = df.placeholder("int64", [])
    x = df.constant([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    assert x[i].shape == (2,)
    assert x[i:, 0].shape == (None,)
    assert session.run([x[i], x[i:, 0]], {i: 1})[0].tolist() == [3, 4]
    assert session.run(x[i:, 0], {i: -1}).tolist() == [5]
    assert session.run(df.gradients(x[i:, 0], x)[0], {i: 1}).tolist() == [
        [0, 0],
        [1, 0],
        [1, 0],
    ]


@pytest.mark.parametrize(
    ("index", "message"),
    [
        (3, "index 3 is outside of an axis of length 3"),
        ((0, -5), "index -5 is outside of an axis of length 4"),
        ((0, 0, 0), "of a value of rank 2"),
        ((..., 0, ...), "of a value of rank 2"),
        (slice(None, None, 0), "step other than 0"),
    ],
)
def test_an_index_that_cannot_be_is_refused(index, message):
    with pytest.raises(ShapeError, match=message):
        df.constant(np.zeros((3, 4)))[index]


@pytest.mark.parametrize("hole", [df.placeholder, lambda: df.range(2)])
def test_only_one_int_is_an_index(hole):
    wrong = df.placeholder("float32") if hole is df.placeholder else hole()
    with pytest.raises(DTypeError, match="an index needs a single int"):
        df.constant([1.0, 2.0])[wrong]


def test_an_index_that_the_run_shows_outside_is_an_error_of_the_run(session):
    x = df.placeholder("float32", [None])
    with pytest.raises(InvalidArgumentError, match="out of bounds"):
        session.run(x[3], {x: [1.0]})


# Broadcast


def test_sum_like_undoes_broadcasting_at_shapes_of_the_run():
    check_gradient(lambda a, b: a * b, np.ones((2, 1, 3)), np.full((4, 1), 2.0))
    check_gradient(lambda a, b: a * b, np.ones((1,)), np.ones((0,)))


def test_a_gradient_has_the_shape_of_an_input_known_only_in_the_run(session):
    a, b = df.placeholder("float64"), df.placeholder("float64")
    slopes = df.gradients(a * b, [a, b])
    first, second = session.run(slopes, {a: [[1.0], [2.0]], b: [3.0, 4.0]})
    assert first.tolist() == [[7], [7]]
    assert second.tolist() == [3, 3]


# The shape itself, and bits


def test_what_is_known_of_a_shape_is_a_constant_beside_the_tensor():
    with df.Graph().as_default() as graph:
        x = df.placeholder("float32", [2, 3])
    for known in (df.shape(x), df.rank(x), df.size(x)):
        assert (known.op.type, known.graph) == ("Const", graph)


def test_bits_are_of_values_of_a_fixed_size(session):
    with pytest.raises(DTypeError, match="texts have no bytes"):
        df.bitcast("a", "int32")
    with pytest.raises(ShapeError, match="needs a last axis of 4"):
        df.bitcast(np.zeros((2, 3), np.uint8), "int32")
    assert df.bitcast(df.placeholder("uint8"), "int32").shape.ndims is None


@pytest.mark.parametrize(
    ("sizes", "lengths"),
    [(2, [2, 2]), ([3, 1], [3, 1]), ([1, -1], [1, 3]), ([-1, 0, 1], [3, 0, 1])],
)
def test_a_split_gives_parts_of_the_lengths_asked_for(sizes, lengths):
    parts = df.split(np.arange(4), sizes)
    assert [part.shape[0] for part in parts] == lengths


def test_a_split_that_cannot_be_is_refused():
    x = df.placeholder("float32", [4])
    with pytest.raises(ShapeError, match="cannot split 4 into 3 equal parts"):
        df.split(x, 3)
    with pytest.raises(ShapeError, match=r"cannot split 4 into parts of \[1, 2\]"):
        df.split(x, [1, 2])
    with pytest.raises(ShapeError, match="length of axis 0 .* is unknown: give num"):
        df.unstack(df.placeholder("float32", [None]))
    with pytest.raises(ShapeError, match=r"needs 3 along axis 0, got \[4\]"):
        df.unstack(x, 3)


def test_numbers_count_towards_their_limit_in_a_run(session):
    n = df.placeholder("int32", [])
    with pytest.raises(InvalidArgumentError, match="never gets from 3 to 0"):
        session.run(df.range(3, n), {n: 0})
    with pytest.raises(InvalidArgumentError, match="at least one number, got num 0"):
        session.run(df.linspace(0.0, 1.0, n), {n: 0})
    with pytest.raises(ShapeError, match="needs single numbers"):
        df.linspace([0.0, 1.0], 2.0, 3)
    with pytest.raises(ShapeError, match="at least one number, got num 0"):
        df.linspace(0.0, 1.0, 0)


def test_a_permutation_has_each_index_once(session):
    with pytest.raises(InvalidArgumentError, match="each int below 2 once"):
        session.run(df.invert_permutation(df.placeholder_with_default([0, 0], [2])))
    with pytest.raises(ShapeError, match="does not broadcast to"):
        df.broadcast_to([1, 2], [1])
    with pytest.raises(GraphError, match="expand_dims needs an axis"):
        df.expand_dims([1])
    with pytest.raises(GraphError, match="axis and dim are one parameter"):
        df.expand_dims([1], axis=0, dim=0)


def test_a_conjugated_transpose_is_that_of_complex_numbers(session):
    x = np.array([[1 + 2j, 3j]])
    for y in (df.transpose(x, conjugate=True), df.matrix_transpose(x, conjugate=True)):
        assert_array_equal(session.run(y), x.conj().T)
    with pytest.raises(ShapeError, match="needs matrices"):
        df.matrix_transpose([1.0])


def test_parts_are_as_many_as_was_said(session):
    x = df.placeholder("float32")
    with pytest.raises(InvalidArgumentError, match="needs 2 along axis 0"):
        session.run(df.unstack(x, 2), {x: [1, 2, 3]})
    with pytest.raises(ShapeError, match="is unknown: give num"):
        df.unstack(x)
