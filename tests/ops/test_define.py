"""From a kernel to an op, and what an op takes for a setting."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import daskflow as df
from daskflow.errors import DTypeError, ShapeError
from daskflow.opdef import OPS
from daskflow.ops.define import filled_in, op, with_holes, without_holes
from daskflow.spec import Spec

INT = np.dtype("int32")


def test_an_axis_is_named_once():
    with pytest.raises(ShapeError, match=r"needs each axis once, got \[0, -2\]"):
        df.reduce_sum(np.zeros((2, 3)), axis=[0, -2])


def test_a_tensor_is_no_setting():
    n = df.placeholder("int32", [])
    with pytest.raises(DTypeError, match="known before any run, got <Tensor"):
        df.squeeze([[1.0]], [n])
    assert df.squeeze(np.zeros((2, 1)), df.constant([1])).shape == (2,)


def test_numpy_numbers_and_lists_are_settings_too():
    x = df.placeholder("float32", [2, 3, 4])
    assert df.reduce_sum(x, axis=[np.int64(0), -1]).shape == (3,)
    assert df.transpose(x, np.array([2, 0, 1])).shape == (4, 2, 3)


def test_an_op_without_a_value_leaves_the_operation(monkeypatch):
    monkeypatch.setattr("daskflow.opdef.OPS", dict(OPS))

    @op(valued=False)
    def waits(x):
        """Wait for `x`."""

    operation = waits(df.constant(1.0))
    assert type(operation) is df.Operation
    assert operation.outputs == ()
    assert df.Session("sync").run(operation) is None


def test_what_an_op_leaves_has_the_kernel_s_name_parameters_and_docstring():
    assert df.maximum.__name__ == "maximum"
    assert df.maximum.__doc__.startswith("The larger of `x` and `y`")
    with pytest.raises(TypeError, match="missing a required argument: 'y'"):
        df.maximum([1.0])
    assert df.maximum(x=[2.0], y=[1.0], name="m").op.name == "m"


# Settings that hold tensors


def test_a_setting_of_ints_has_a_hole_for_each_tensor():
    n, shape = df.placeholder("int32", []), df.placeholder("int32", [2])
    assert with_holes([2, n, -1, n]) == ((2, "#", -1, "#"), [n, n])
    assert with_holes(shape) == (("#", "#"), [shape])
    free = df.placeholder("int32", [None])
    assert with_holes(free) == ("#", [free])
    assert with_holes(3) == (3, [])
    assert with_holes(np.array([2, 3])) == ((2, 3), [])
    assert with_holes((df.Dimension(2), np.int64(3))) == ((2, 3), [])
    assert with_holes(df.TensorShape([2, 3])) == ((2, 3), [])


def test_a_list_of_vectors_is_one_hole_of_all_of_them():
    row = df.placeholder("int32", [2])
    setting, [packed] = with_holes([row, [1, 2]])
    assert setting == (("#", "#"), (1, 2))
    assert packed.shape == (2, 2)
    assert filled_in(setting, [np.array([[3, 4], [1, 2]])]) == ((3, 4), (1, 2))
    n = df.placeholder("int32", [])
    assert with_holes([[0, n], [1, 1]]) == (((0, "#"), (1, 1)), [n])
    assert filled_in(((0, "#"), (1, 1)), [np.int32(5)]) == ((0, 5), (1, 1))
    with pytest.raises(DTypeError, match="expected ints or tensors of ints, got"):
        with_holes(df.constant(1.5))


def test_what_a_constant_holds_leaves_no_hole():
    assert with_holes(df.constant([2, 3])) == ((2, 3), [])
    assert with_holes([df.constant(2), 3]) == ((2, 3), [])
    assert with_holes(df.constant(4)) == (4, [])


@pytest.mark.parametrize("wrong", [2.5, "2", None, [2, 2.5], [None]])
def test_a_setting_of_ints_holds_nothing_else(wrong):
    with pytest.raises(DTypeError, match="expected ints or tensors of ints, got"):
        with_holes(wrong)


def test_an_unknown_length_is_no_int():
    with pytest.raises(ShapeError, match="every axis known"):
        with_holes(df.TensorShape([None, 2]))
    with pytest.raises(TypeError, match="unknown until a run"):
        with_holes([df.Dimension(None)])


@given(st.lists(st.tuples(st.integers(-9, 9), st.booleans()), max_size=5))
def test_holes_are_filled_in_with_their_values_in_order(entries):
    setting = tuple("#" if is_hole else n for n, is_hole in entries)
    holes = [np.int64(n) for n, is_hole in entries if is_hole]
    assert filled_in(setting, holes) == tuple(n for n, _ in entries)
    known = tuple(None if is_hole else n for n, is_hole in entries)
    assert without_holes(setting, [Spec(INT, ())] * len(holes)) == known


def test_one_hole_stands_for_a_whole_setting():
    assert filled_in("#", [np.array([2, 3])]) == (2, 3)
    assert filled_in("#", [np.int32(2)]) == 2
    assert without_holes("#", [Spec(INT, (2,))]) == (None, None)
    assert without_holes("#", [Spec(INT, (None,))]) is None
    assert without_holes("#", [Spec(INT)]) is None
    assert without_holes(3, []) == filled_in(3, []) == 3


def test_an_op_takes_tensors_in_a_setting_as_further_inputs(monkeypatch):
    monkeypatch.setattr("daskflow.opdef.OPS", dict(OPS))

    def tiled_shape(x, *holes, reps):
        known = without_holes(reps, holes)
        both = zip(x.shape, known, strict=True)
        return tuple(None if None in (n, k) else n * k for n, k in both)

    @op(shape=tiled_shape, agree=(0, 1))
    def tiles(x, /, *holes, reps):
        """`x` repeated along its axes."""
        return np.tile(x, filled_in(reps, holes))

    n = df.placeholder("int32", [])
    reps, holes = with_holes([2, n])
    y = tiles(df.constant([[1.0, 2.0]]), *holes, reps=reps)
    assert y.shape.as_list() == [2, None]
    session = df.Session("threads")  # other processes find no op of this test
    assert session.run(y, {n: 2}).tolist() == [[1.0, 2.0, 1.0, 2.0]] * 2


# Several results


@pytest.mark.parametrize("grouping", [True, False])
def test_an_op_of_several_results_leaves_a_list_of_tensors(monkeypatch, grouping):
    monkeypatch.setattr("daskflow.opdef.OPS", dict(OPS))

    def halves(x):
        half = Spec(x.dtype, (x.shape[0] // 2,))
        return half, half

    @op(specs=halves, label="Halved")
    def halve(x):
        """The two halves of `x`."""
        return tuple(np.split(x, 2))

    a, b = both = halve(df.placeholder("float32", [4], name="x"))
    assert type(both) is list
    assert [t.name for t in both] == ["Halved:0", "Halved:1"]
    assert [t.id for t in both] == ["Halved:0", "Halved:1"]
    assert a.shape == b.shape == (2,)
    assert a.op is b.op
    with df.Session("sync", grouping=grouping) as session:
        for _ in range(3):
            x, y, total = session.run([a, b, a + b], {"x:0": [1, 2, 3, 4]})
            assert (x.tolist(), y.tolist(), total.tolist()) == ([1, 2], [3, 4], [4, 6])
        assert session.run(b, {a: [0, 0], "x:0": [1, 2, 3, 4]}).tolist() == [3, 4]


def test_one_result_of_an_op_of_several_is_in_a_list_too(monkeypatch):
    monkeypatch.setattr("daskflow.opdef.OPS", dict(OPS))

    @op(specs=lambda *xs: list(xs))
    def together(*xs):
        """`xs`, when all of them are there."""
        return xs

    [only] = together(df.placeholder("float32", [1], name="x"))
    assert (only.name, only.id, only.shape) == ("together:0", "together:0", (1,))
    session = df.Session("threads")
    assert session.run(only, {"x:0": [2.0]}).tolist() == [2.0]
