"""Assertions, in a run and before it."""

import numpy as np
import pytest

import daskflow as df
from daskflow.errors import DTypeError, InvalidArgumentError, ShapeError


def test_a_control_dependency_on_an_assertion_guards_a_value(session):
    x = df.placeholder(df.float32, [None])
    with df.control_dependencies([df.Assert(x > 0.0, [x, "x > 0"])]):
        y = df.log(x)
    assert session.run(y, {x: [1.0]}) == [0]
    with pytest.raises(InvalidArgumentError, match=r"\[1 -1 2\.\.\.\] \[x > 0\]"):
        session.run(y, {x: [1, -1, 2, 3]})
    assert session.run(df.Assert(x > 0.0, [x]), {x: [1]}) is None


def test_summarize_bounds_what_an_assertion_shows(session):
    x = df.range(5)
    with pytest.raises(InvalidArgumentError, match=r"failed: \[0\.\.\.\]"):
        session.run(df.Assert(False, [x], summarize=1))
    with pytest.raises(InvalidArgumentError, match=r"failed: \[0 1 2 3 4\]"):
        session.run(df.Assert(False, [x], summarize=-1))


COMPARISONS = {
    "equal": ([1, 1], [1, 1], [1, 2]),
    "none_equal": ([1, 1], [2, 2], [1, 2]),
    "less": ([1, 1], [2, 2], [1, 2]),
    "less_equal": ([1, 1], [1, 2], [0, 1]),
    "greater": ([2, 2], [1, 1], [2, 1]),
    "greater_equal": ([2, 2], [1, 2], [3, 1]),
    "near": ([1, 1], [1, 1 + 5e-7], [1, 1.001]),
}


@pytest.mark.parametrize(("kind", "values"), COMPARISONS.items())
def test_comparisons_hold_everywhere_or_fail(kind, values, session):
    a, good, bad = values
    x, y = df.placeholder(df.float32, [2]), df.placeholder(df.float32, [2])
    check = getattr(df, f"assert_{kind}")(x, y, message="mine")
    assert check.name.startswith(f"assert_{kind}/")
    assert session.run(check, {x: a, y: good}) is None
    with pytest.raises(InvalidArgumentError, match=f"assert_{kind}.*\\[mine\\]"):
        session.run(check, {x: a, y: bad})
    with_data = getattr(df, f"assert_{kind}")(x, y, data=["only this"])
    with pytest.raises(InvalidArgumentError, match=r"failed: \[\] \[only this\]"):
        session.run(with_data, {x: a, y: bad})


SIGNS = {
    "positive": (1, 0),
    "negative": (-1, 0),
    "non_negative": (0, -1),
    "non_positive": (0, 1),
}


@pytest.mark.parametrize(("kind", "values"), SIGNS.items())
def test_signs_hold_everywhere_or_fail(kind, values, session):
    good, bad = values
    x = df.placeholder(df.int32, [None])
    check = getattr(df, f"assert_{kind}")(x)
    session.run(check, {x: [good, good]})
    session.run(check, {x: []})
    with pytest.raises(InvalidArgumentError, match="did not hold element-wise"):
        session.run(check, {x: [good, bad]})
    with pytest.raises(InvalidArgumentError, match=f"\\[{bad}\\]"):
        getattr(df, f"assert_{kind}")([bad])  # known at once
    assert session.run(getattr(df, f"assert_{kind}")(good)) is None


def test_what_constants_are_is_known_at_once(session):
    assert session.run(df.assert_less([1.0, 2.0], 3.0)) is None
    with pytest.raises(InvalidArgumentError, match=r"\[no\].*x < y.*\[2\].*\[1\]"):
        df.assert_less(2.0, 1.0, message="no")
    y = df.placeholder(df.float64)
    with pytest.raises(InvalidArgumentError, match=r"\[\?\]"):
        df.assert_less(2.0, 1.0, data=[y])


def test_near_has_tolerances_and_takes_floats(session):
    x = df.placeholder(df.float64)
    assert session.run(df.assert_near(x, 10.0, rtol=0.1), {x: 11.0}) is None
    assert session.run(df.assert_near(1.0, x, rtol=0.0, atol=0.5), {x: 1.4}) is None
    with pytest.raises(DTypeError, match="compares floats"):
        df.assert_near(1, 1)


def test_ranks_are_known_at_once_or_in_a_run(session):
    known = df.placeholder(df.float32, [None, 2])
    unknown = df.placeholder(df.float32)
    for check, good, bad in [
        (df.assert_rank, 2, 1),
        (df.assert_rank_at_least, 1, 3),
        (df.assert_rank_in, (1, 2), (0, 1)),
    ]:
        assert session.run(check(known, good)) is None
        with pytest.raises(ShapeError, match="mine.*must have rank"):
            check(known, bad, message="mine")
        assert session.run(check(unknown, good), {unknown: [[1, 2]]}) is None
        with pytest.raises(InvalidArgumentError, match=r"\[Received shape: \] \[1 2\]"):
            session.run(check(unknown, bad), {unknown: [[1, 2]]})
        with_data = check(unknown, bad, data=["d"], message="m")
        with pytest.raises(InvalidArgumentError, match=r"failed: \[m\] \[d\]\n"):
            session.run(with_data, {unknown: [[1, 2]]})


def test_finite_values_pass_with_their_gradient(session):
    x = df.placeholder(df.float32, [None])
    y = df.check_numerics(x, "mine") * 2.0
    [g] = df.gradients(y, x)
    assert session.run([y, g], {x: [3]}) == [[6], [2]]
    for value, found in [("nan", "NaN"), ("inf", "Inf"), ("-inf", "Inf")]:
        with pytest.raises(InvalidArgumentError, match=f"mine : .* {found} values"):
            session.run(y, {x: [1, float(value)]})
    with pytest.raises(InvalidArgumentError, match="Inf and NaN"):
        session.run(y, {x: [np.inf, np.nan]})
    assert df.verify_tensor_all_finite(x=x, message="m").name == "VerifyFinite:0"
    assert df.debugging.assert_all_finite(x, "m").dtype == df.float32


def test_a_gradient_that_is_not_finite_is_found(session):
    x = df.placeholder(df.float32)
    [g] = df.gradients(df.sqrt(df.check_numerics(x, "mine")), x)
    with pytest.raises(InvalidArgumentError, match="gradient of mine"):
        session.run(g, {x: 0.0})


def test_every_float_of_a_graph_can_be_checked(session):
    x = df.placeholder(df.float32, [None])
    w = df.Variable([1.0])
    df.log(x, name="bad") + w
    df.cast(x, df.int32)
    check = df.add_check_numerics_ops()
    assert session.run(check, {x: [1]}) is None
    with pytest.raises(InvalidArgumentError, match="bad:0 : Tensor had Inf"):
        session.run(check, {x: [0]})


def test_a_shape_can_be_made_sure(session):
    x = df.placeholder(df.float32, [None, 2])
    y = df.ensure_shape(x, [3, None])
    assert y.shape == (3, 2)
    assert session.run(df.gradients(y, x), {x: np.ones((3, 2))})[0].shape == (3, 2)
    with pytest.raises(InvalidArgumentError, match="do not agree"):
        session.run(y, {x: np.ones((2, 2))})
    with pytest.raises(ShapeError):
        df.ensure_shape(x, [3])


def test_what_is_known_without_a_run():
    ints, floats = df.constant([1, 2]), df.constant(1.0)
    assert df.assert_type(ints, df.int32).name == "assert_type"
    assert df.assert_integer(ints).name == "assert_integer"
    assert df.assert_scalar(floats) is floats
    assert df.assert_scalar(df.placeholder(df.float32)).shape == ()
    assert df.is_numeric_tensor(ints)
    assert not df.is_numeric_tensor(df.constant("a"))
    assert not df.is_numeric_tensor(3)
    assert df.debugging.assert_same_float_dtype([floats, 2.0]) == df.float32
    assert df.debugging.assert_same_float_dtype() == df.float32
    df.assert_proper_iterable([ints])
    df.assert_variables_initialized()
    with pytest.raises(DTypeError, match="mine: .*must be of type tf.float32"):
        df.assert_type(ints, df.float32, message="mine")
    with pytest.raises(DTypeError, match="expected whole numbers"):
        df.assert_integer(floats)
    with pytest.raises(ShapeError, match="expected a scalar"):
        df.assert_scalar(ints)
    with pytest.raises(DTypeError, match="expected floats"):
        df.debugging.assert_same_float_dtype([ints])
    with pytest.raises(DTypeError, match="expected tf.float64"):
        df.debugging.assert_same_float_dtype([floats], df.float64)
    for value in (ints, "text", np.ones(2), 3):
        with pytest.raises(DTypeError, match="expected an iterable"):
            df.assert_proper_iterable(value)


def test_words_and_lists_are_checked():
    with pytest.raises(DTypeError, match="expected a text"):
        df.check_numerics(1.0, 2)
    with pytest.raises(DTypeError, match="expected a list"):
        df.Assert(True, "text")
    with pytest.raises(DTypeError, match="needs a tensor"):
        df.verify_tensor_all_finite()
