"""`py_func` and its like: Python in a graph."""

import numpy as np
import pytest

import daskflow as df
from daskflow.errors import (
    DTypeError,
    GradientError,
    InvalidArgumentError,
    SessionError,
)


def test_a_function_of_python_runs_wherever_the_graph_runs(session):
    x = df.placeholder(df.float32, [None])
    [total, doubled] = df.py_func(
        lambda v: (v.sum(), 2 * v), [x], [df.float32, df.float32]
    )
    total, doubled, square = session.run(
        [total, doubled, df.py_func(np.square, [doubled], df.float32)], {x: [1, 2]}
    )
    assert total == 3
    np.testing.assert_array_equal(doubled, [2, 4])
    np.testing.assert_array_equal(square, [4, 16])


def test_it_gets_numbers_bytes_and_arrays_that_it_may_change(session):
    def kinds(number, text, array):
        array[0] = 7
        return f"{type(number).__name__} {type(text).__name__} {array.tolist()}"

    x = df.constant([1, 2])
    y = df.py_func(kinds, [1.5, "a", x], df.string)
    assert session.run([y, x])[0] == b"float32 bytes [7, 2]"
    np.testing.assert_array_equal(session.run(x), [1, 2])


def test_what_it_keeps_of_a_result_is_its_own():
    kept = np.zeros(2, np.float32)

    def counted():
        kept[:] += 1
        return kept

    y = df.py_func(counted, [], df.float32)
    with df.Session("sync") as session:
        first, second = session.run(y), session.run(y)
    assert first.tolist() == [1, 1]
    assert second.tolist() == [2, 2]


def test_without_results_it_is_an_operation_that_orders(tmp_path, session):
    path = str(tmp_path / "seen")

    def note(value):
        with open(path, "a") as file:
            file.write(f"{value} ")

    x = df.placeholder(df.float32)
    noted = df.py_func(note, [x], [])
    assert isinstance(noted, df.Operation)
    with df.control_dependencies([noted]):
        y = x + 1.0
    assert session.run([noted, y], {x: 1.0}) == [None, 2.0]
    assert session.run(y, {x: 2.0}) == 3.0
    with open(path) as file:
        assert file.read() == "1.0 2.0 "


def test_two_calls_are_two_runs_of_the_function(session):
    draw = np.random.default_rng(1).random
    a, b = (df.py_func(lambda: draw(), [], df.float64) for _ in range(2))
    a, b = session.run([a, b])
    assert isinstance(a, float)
    assert isinstance(b, float)


def test_names_types_and_gradients():
    x = df.constant([1.0])
    y = df.py_func(lambda v: v, [x], df.float32)
    stateless = df.py_func(lambda v: v, [x], df.float32, stateful=False)
    named = df.numpy_function(lambda v: v, [x], [df.float32], name="mine")
    assert [y.name, stateless.name, named[0].name] == [
        "PyFunc:0",
        "PyFuncStateless:0",
        "mine:0",
    ]
    assert y.shape.ndims is None
    assert df.gradients(y, x) == [None]
    with pytest.raises(GradientError):
        df.gradients(df.py_function(lambda v: v, [x], df.float32), x)


def test_py_function_gets_values_with_numpy(session):
    x = df.constant([1.0, 2.0])
    y = df.py_function(lambda v: v.numpy().sum() + v, [x], df.float32)
    np.testing.assert_array_equal(session.run(y), [4, 5])


@pytest.mark.parametrize(
    ("function", "says"),
    [
        (lambda x: np.float64(x), "float64, and Tout says float32"),
        (lambda x: 3, "int64, and Tout says float32"),
        (lambda x: [x, x], "gave 2 values, and Tout has 1"),
        (lambda x: None, "gave 0 values"),
        (lambda x: x.nonsense, "has no attribute 'nonsense'"),
    ],
)
def test_a_function_that_gives_something_else_fails_the_run(function, says, session):
    y = df.py_func(function, [1.0], df.float32)
    with pytest.raises(df.errors.OpError, match=f"'PyFunc'.*{says}"):
        session.run(y)


def test_it_cannot_run_a_session():
    y = df.py_func(lambda: session.run(df.constant(1.0)), [], df.float32)
    with df.Session("sync") as session, pytest.raises(df.errors.UnknownError) as raised:
        session.run(y)
    assert isinstance(raised.value.__cause__, SessionError)


def test_what_is_no_function_and_no_list_is_refused():
    with pytest.raises(DTypeError, match="expected a function, got 3"):
        df.py_func(3, [1.0], df.float32)
    with pytest.raises(DTypeError, match=r"write \[x\]"):
        df.py_func(np.sin, df.constant([1.0]), df.float32)


def test_an_error_names_the_operation_and_its_class(session):
    def fail(x):
        raise ValueError("not today")

    y = df.py_func(fail, [1.0], df.float32, name="mine")
    with pytest.raises(InvalidArgumentError, match="'mine'.*not today"):
        session.run(y)
