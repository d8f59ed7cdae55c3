"""What is known of a value before it exists."""

import copy
import operator
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, mutually_broadcastable_shapes

import daskflow as df
from daskflow.errors import DTypeError, ShapeError, SymbolicTensorError
from daskflow.spec import (
    STRING,
    Dimension,
    DType,
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
        (np.dtype("S3"), "object"),
        (np.dtype("U3"), "object"),
        ("string", "object"),
        (DType("int8"), "int8"),
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


# A dtype, as users see it


def test_a_dtype_equals_whatever_means_it():
    float32, string = DType("float32"), DType("string")
    for same in (np.float32, np.dtype("float32"), "float32", float, float32):
        assert float32 == same
        assert same == float32
    for other in (np.float64, "int32", "nothing", None, 3, string):
        assert float32 != other
    assert string == np.object_  # what NumPy has for texts
    assert {float32: 1}[DType(np.float32)] == 1
    assert hash(float32) == hash(np.dtype("float32"))
    assert np.dtype("float32") in {float32}


def test_there_is_one_object_for_each_dtype_even_after_a_copy():
    for name in ("float32", "bool", "string", "complex128"):
        dtype = DType(name)
        assert dtype is DType(DType(name))
        assert pickle.loads(pickle.dumps(dtype)) is dtype
        assert copy.deepcopy(dtype) is dtype
    assert df.as_dtype is DType
    assert df.double is df.float64


def test_numpy_takes_a_dtype_for_its_own():
    assert np.zeros(2, df.int8).dtype == np.int8
    assert np.ones(2).astype(df.float16).dtype == np.float16
    assert np.dtype(df.complex64) == np.complex64
    assert df.float32.itemsize == 4  # what else NumPy's has


@pytest.mark.parametrize(
    ("name", "true"),
    [
        ("bool", {"is_bool"}),
        ("int8", {"is_integer"}),
        ("uint16", {"is_integer", "is_unsigned"}),
        ("float16", {"is_floating"}),
        ("complex64", {"is_complex"}),
        ("string", set()),
    ],
)
def test_a_dtype_knows_its_kind(name, true):
    asked = ("is_bool", "is_integer", "is_unsigned", "is_floating", "is_complex")
    assert {ask for ask in asked if getattr(DType(name), ask)} == true


def test_a_dtype_is_written_as_tensorflow_writes_it():
    assert (str(df.float32), repr(df.float32)) == ("<dtype: 'float32'>", "tf.float32")
    assert (str(df.string), repr(df.string)) == ("<dtype: 'string'>", "tf.string")
    assert (df.string.name, df.bool.name) == ("string", "bool")


def test_a_dtype_has_numpys_type_and_that_of_a_real_part():
    assert df.float32.as_numpy_dtype is np.float32
    assert df.bool.as_numpy_dtype is np.bool_
    assert df.complex128.real_dtype is df.float64
    assert df.int8.real_dtype is df.int8
    assert df.float32.base_dtype is df.float32
    assert (df.float64.size, df.bool.size) == (8, 1)
    assert df.float32.is_compatible_with(np.float32)
    assert not df.float32.is_compatible_with("float64")


def test_a_dtype_has_limits_if_its_values_have_an_order():
    assert (df.int32.min, df.int32.max) == (-(2**31), 2**31 - 1)
    assert (df.uint8.min, df.uint8.max) == (0, 255)
    assert (df.float16.min, df.float16.max) == (-65504, 65504)
    assert df.float32.max == np.finfo(np.float32).max
    for dtype in (df.bool, df.complex64, df.string):
        for limit in ("min", "max"):
            with pytest.raises(DTypeError, match=f"{dtype.name} has no lowest"):
                getattr(dtype, limit)


@pytest.mark.parametrize("wrong", [None, "nothing", 3.5, {}])
def test_what_means_no_dtype_makes_none(wrong):
    with pytest.raises(DTypeError, match="expected a dtype such as 'float32', got"):
        DType(wrong)


def test_a_tensor_has_a_dtype_or_none():
    assert df.constant(1.0).dtype is df.float32
    assert df.constant("a").dtype is df.string
    assert df.placeholder().dtype is None
    with pytest.raises(AttributeError, match="limit"):
        df.float32.limit  # noqa: B018
    assert str(Spec(STRING, (2,))) == "string [2]"


# The length of an axis

COUNTS = ["add", "sub", "mul", "floordiv", "mod"]
COMPARISONS = ["lt", "le", "gt", "ge", "eq", "ne"]


@given(st.sampled_from(COUNTS), *[st.integers(1, 99)] * 2)
def test_dimensions_count_as_their_lengths_do(name, n, m):
    compute = getattr(operator, name)
    if n < m and name == "sub":
        n, m = m, n
    for a, b in [(Dimension(n), Dimension(m)), (Dimension(n), m), (n, Dimension(m))]:
        found = compute(a, b)
        assert type(found) is Dimension
        assert found.value == compute(n, m)


@given(st.sampled_from(COMPARISONS), *[st.integers(0, 3)] * 2)
def test_dimensions_compare_as_their_lengths_do(name, n, m):
    compare = getattr(operator, name)
    for a, b in [(Dimension(n), Dimension(m)), (Dimension(n), m), (n, Dimension(m))]:
        assert compare(a, b) is compare(n, m)


def test_nothing_is_known_of_what_is_computed_with_an_unknown_dimension():
    unknown = Dimension(None)
    for name in COUNTS:
        compute = getattr(operator, name)
        for a, b in [(unknown, 2), (2, unknown), (Dimension(2), None)]:
            assert compute(a, b).value is None
    for name in COMPARISONS:
        compare = getattr(operator, name)
        for a, b in [(unknown, 2), (Dimension(2), None), (unknown, unknown)]:
            assert compare(a, b) is None


def test_a_dimension_counts_with_lengths_only():
    for compute in (operator.add, operator.floordiv):
        for a, b in [(Dimension(3), "a"), (2.5, Dimension(3))]:
            with pytest.raises(TypeError, match="unsupported operand"):
                compute(a, b)
    with pytest.raises(TypeError, match="unsupported operand"):
        Dimension(6) / 2  # TensorFlow wants `//` as well
    with pytest.raises(TypeError, match="'<' not supported"):
        Dimension(3) < "a"  # noqa: B015
    assert Dimension(3) != "a"


def test_a_dimension_is_an_index_where_it_is_known():
    three = Dimension(3)
    assert (int(three), list(range(three)), "abcd"[three]) == (3, [0, 1, 2], "d")
    assert np.zeros(three).shape == (3,)
    for ask in (int, range, operator.index):
        with pytest.raises(TypeError, match="unknown until a run"):
            ask(Dimension(None))
    with pytest.raises(SymbolicTensorError, match="give its placeholder a shape"):
        int(Dimension(None))


def test_a_dimension_is_true_where_it_is_known_and_not_0():
    assert [bool(Dimension(n)) for n in (3, 0, None)] == [True, False, False]


def test_a_dimension_is_made_of_a_length():
    assert Dimension(Dimension(4)).value == Dimension(np.int64(4)).value == 4
    assert (str(Dimension(3)), repr(Dimension(3))) == ("3", "Dimension(3)")
    assert (str(Dimension(None)), repr(Dimension(None))) == ("?", "Dimension(None)")
    for wrong in (2.5, 2.0, "3"):
        with pytest.raises(DTypeError, match="expected a shape of ints"):
            Dimension(wrong)
    with pytest.raises(ShapeError, match="got -2"):
        Dimension(-2)


def test_dimensions_merge_to_what_is_known():
    assert Dimension(3).merge_with(None).value == 3
    assert Dimension(None).merge_with(4).value == 4
    assert Dimension(None).merge_with(Dimension(None)).value is None
    with pytest.raises(ShapeError, match=r"\[3\] and \[4\] do not agree"):
        Dimension(3).merge_with(4)
    assert Dimension(3).is_compatible_with(None)
    assert Dimension(None).is_compatible_with(4)
    assert not Dimension(3).is_compatible_with(Dimension(4))


# The shape of a tensor


def test_a_tensor_shape_is_a_sequence_of_dimensions():
    shape = TensorShape([None, 3, 4])
    assert len(shape) == shape.rank == shape.ndims == 3
    assert [n.value for n in shape] == shape.as_list() == [None, 3, 4]
    assert [n.value for n in shape.dims] == [None, 3, 4]
    assert (repr(shape[0]), repr(shape[-1])) == ("Dimension(None)", "Dimension(4)")
    assert shape[1:] == TensorShape([3, 4])
    assert shape[::2] == [None, 4]
    with pytest.raises(IndexError):
        shape[3]
    assert tuple(TensorShape([2, 3])) == (2, 3)
    assert 3 in shape


@pytest.mark.parametrize(
    ("dims", "text"),
    [([None, 3], "(?, 3)"), ([3], "(3,)"), ([], "()"), (None, "<unknown>")],
)
def test_a_tensor_shape_is_printed_as_tensorflow_prints_it(dims, text):
    assert str(TensorShape(dims)) == text


def test_a_tensor_shape_may_be_made_of_what_a_shape_is_written_as():
    assert TensorShape(3) == TensorShape([3]) == TensorShape(TensorShape([3]))
    assert TensorShape([Dimension(2), None]) == (2, None)
    assert repr(TensorShape([None, 3])) == "TensorShape([None, 3])"
    with pytest.raises(DTypeError, match="expected a shape of ints, got 'a'"):
        TensorShape("ab")


def test_a_tensor_shape_knows_how_much_of_it_is_known():
    assert TensorShape([2, 3]).is_fully_defined()
    assert not TensorShape([2, None]).is_fully_defined()
    counts = {(2, 3): 6, (): 1, (0, 3): 0, (2, None): None, None: None}
    assert {s: TensorShape(s).num_elements() for s in counts} == counts
    TensorShape([2]).assert_is_fully_defined()
    for unknown in ([None], None):
        with pytest.raises(ShapeError, match="every axis known"):
            TensorShape(unknown).assert_is_fully_defined()


def test_a_tensor_shape_compares_with_what_a_shape_may_be_written_as():
    assert TensorShape([2, None]) == (2, -1)
    assert TensorShape([2, 3]) != [2, 4]
    assert hash(TensorShape([2])) == hash(TensorShape((2,)))
    assert TensorShape(None) == None  # noqa: E711  # as TensorFlow has it
    assert TensorShape([2]) != "2"


def test_tensor_shapes_are_joined_with_lists_on_either_side():
    shape, join = TensorShape([2, None]), operator.add
    assert join(shape, [3]) == shape.concatenate(TensorShape([3])) == [2, None, 3]
    assert join([3], shape) == join((3,), shape) == [3, 2, None]
    unknown = TensorShape(None)
    for joined in (shape + None, join(unknown, [3]), join([3], unknown)):
        assert joined.rank is None


def test_tensor_shapes_merge_to_what_is_known():
    assert TensorShape([2, None]).merge_with([None, 3]) == [2, 3]
    assert TensorShape(None).merge_with([2]) == [2]
    assert TensorShape([2]).is_compatible_with([None])
    assert TensorShape([2]).is_compatible_with(None)
    assert not TensorShape([2]).is_compatible_with([2, 1])
    TensorShape([2]).assert_is_compatible_with([None])
    for refuse in (TensorShape.merge_with, TensorShape.assert_is_compatible_with):
        with pytest.raises(ShapeError, match=r"\[2\] and \[3\] do not agree"):
            refuse(TensorShape([2]), [3])


def test_a_tensor_shape_may_be_held_to_a_rank():
    shape, unknown = TensorShape([2, 3]), TensorShape(None)
    assert shape.with_rank(2) == shape
    assert unknown.with_rank(2) == [None, None]
    assert shape.with_rank_at_least(2) == shape.with_rank_at_most(2) == shape
    assert unknown.with_rank_at_least(2).rank is unknown.with_rank_at_most(1).rank
    shape.assert_has_rank(2)
    unknown.assert_has_rank(7)
    for refuse, rank in [
        (TensorShape.with_rank, 3),
        (TensorShape.assert_has_rank, 1),
        (TensorShape.with_rank_at_least, 3),
        (TensorShape.with_rank_at_most, 1),
    ]:
        with pytest.raises(ShapeError):
            refuse(shape, rank)


def test_an_unknown_rank_has_no_lengths():
    shape = TensorShape(None)
    assert shape.rank is shape.dims is None
    assert not shape
    assert TensorShape([])
    for ask in (len, list, TensorShape.as_list):
        with pytest.raises(ValueError, match="give its placeholder a shape"):
            ask(shape)


def test_of_an_unknown_rank_any_axis_is_unknown():
    shape = TensorShape(None)
    assert (shape[0].value, shape[-1].value) == (None, None)
    assert shape[1:].rank is None


def test_lengths_are_numbers_to_numpy_and_to_ops():
    shape = TensorShape([2, 3])
    assert np.array(shape).tolist() == [2, 3]
    assert np.array([shape[0], 5]).tolist() == [2, 5]
    assert int(np.prod(shape)) == 6
    assert np.array(shape).dtype == np.int32
    with pytest.raises(TypeError, match="unknown until a run"):
        np.array(TensorShape([None])[0])
    assert np.prod(TensorShape([None, 3])).value is None
