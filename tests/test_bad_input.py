"""Whatever is wrong, the error says what, and the session goes on as before."""

import inspect
import re
import socket
import time
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any, NamedTuple

import dask
import numpy as np
import pytest

import daskflow as df
from daskflow import Operation, Session, errors

X = np.array([3.0, 4.0], np.float32)


@pytest.fixture(
    params=["sync", "processes", pytest.param("cluster", marks=pytest.mark.slow)]
)
def model(
    request: pytest.FixtureRequest,
    scheduler_named: Callable[[str], Any],
    op_of: Callable[..., Any],
) -> Iterator[SimpleNamespace]:
    """A few nodes, and a session that is as it was when the test has ended."""
    with df.Graph().as_default():
        foreign = df.constant([1.0, 2.0], name="foreign")
    x = df.placeholder("float32", [2], name="x")
    w = df.Variable([1.0, 2.0], name="w")
    n = df.Variable(5, name="n")
    y = df.add(x, w, name="y")
    with Session(scheduler_named(request.param)) as session:
        session.run([w.assign_add([1.0, 1.0]), n.assign_add(1)])
        yield SimpleNamespace(
            x=x,
            y=y,
            w=w,
            n=n,
            any=df.placeholder(name="any"),
            other=df.placeholder(name="other"),
            whole=df.placeholder("int32", [], name="whole"),
            small=df.placeholder("int8", [], name="small"),
            flag=df.placeholder("bool", [], name="flag"),
            foreign=foreign,
            op_of=op_of,
            session=session,
            run=session.run,
        )
        w_value, n_value, y_value = session.run([w, n, y], {x: X})
        assert (w_value.tolist(), n_value, y_value.tolist()) == ([2, 3], 6, [5, 7])


def and_assign(m: Any, fetch: Any) -> list[Any]:
    """Fetches that would change both variables, if `fetch` did not fail."""
    with df.control_dependencies([m.w.assign(m.w * 100.0)]):
        last = m.n.assign_add(1)
    return [last, fetch]


class Bad(NamedTuple):
    program: Callable[[Any], Any]
    error: Any
    says: str


def feed(of: str, value: Any) -> Callable[[Any], Any]:
    def program(m: Any) -> Any:
        tensor = getattr(m, of)
        return m.run(and_assign(m, df.identity(tensor)), {tensor: value})

    return program


class UnpicklableError(Exception):
    def __reduce__(self) -> Any:
        raise RuntimeError("cannot be pickled")


def raising(make: Callable[[], Exception]) -> Callable[[Any], Any]:
    def program(m: Any) -> Any:
        def fail(x: Any) -> Any:
            raise make()

        return m.run(and_assign(m, m.op_of(fail)(m.x)), {m.x: X})

    return program


def returning(value: Callable[[], Any]) -> Callable[[Any], Any]:
    def program(m: Any) -> Any:
        return m.run(and_assign(m, m.op_of(lambda x: value())(m.x)), {m.x: X})

    return program


def without_compute(m: Any) -> Any:
    class bare(Operation):
        def __init__(self, x: Any) -> None:
            super().__init__([x])

    return bare(m.x)


def without_init(m: Any) -> Any:
    class bare(Operation):
        def __init__(self, x: Any) -> None:
            self.x = x

        def compute(self, x: Any) -> Any:
            return x

    return m.run(bare(m.x))


def with_a_name_of_the_graph(m: Any) -> Any:
    class odd(Operation):
        def __init__(self, x: Any) -> None:
            super().__init__([x])
            self._inputs = [x]

        def compute(self, x: Any) -> Any:
            return x

    return odd(m.x)


def referring_to_a_tensor(m: Any) -> Any:
    w = m.w
    return m.run(m.op_of(lambda x: x + w)(m.x), {m.x: X})


def running_the_session(m: Any) -> Any:
    session, w = m.session, m.w
    return m.run(m.op_of(lambda x: session.run(w))(m.x), {m.x: X})


def too_many_values(m: Any) -> Any:
    return m.run(and_assign(m, m.op_of(lambda: 1.0)(m.x)), {m.x: X})


class Hidden:
    """An object whose text fails."""

    def __repr__(self) -> str:
        raise RuntimeError("no text")


BAD = {
    # feeds
    "a missing feed": Bad(
        lambda m: m.run(and_assign(m, m.y)),
        errors.InvalidArgumentError,
        r"placeholder 'x:0' \(float32 \[2\]\) needs a value; give it one in feed_dict",
    ),
    "a feed of another length": Bad(
        feed("x", [1.0, 2.0, 3.0]), errors.FeedError, r"\[3\].*'x:0'.*\[2\]"
    ),
    "a feed of another rank": Bad(
        feed("x", 1.0), errors.FeedError, r"\[\].*'x:0'.*\[2\]"
    ),
    "text": Bad(feed("x", ["a", "b"]), errors.FeedError, "'x:0'.*takes float32"),
    "text for a number": Bad(feed("x", "12"), errors.FeedError, "'x:0'.*takes float32"),
    "bytes": Bad(feed("x", [b"1", b"2"]), errors.FeedError, "'x:0'.*takes float32"),
    "dates": Bad(
        feed("x", np.zeros(2, "datetime64[s]")), errors.FeedError, "takes float32"
    ),
    "a ragged list": Bad(feed("x", [[1.0], [2.0, 3.0]]), errors.FeedError, "'x:0'"),
    "None": Bad(feed("x", None), errors.FeedError, "'x:0'.*numbers"),
    "None in a list": Bad(feed("x", [1.0, None]), errors.FeedError, "'x:0'.*numbers"),
    "None for any dtype": Bad(feed("any", None), errors.FeedError, "'any:0'.*numbers"),
    "an object": Bad(feed("any", object()), errors.FeedError, "'any:0'.*numbers"),
    "a generator": Bad(
        feed("any", (i for i in range(2))), errors.FeedError, "'any:0'.*numbers"
    ),
    "a dict": Bad(feed("any", {"a": 1}), errors.FeedError, "'any:0'.*numbers"),
    "a set": Bad(feed("any", {1, 2}), errors.FeedError, "'any:0'.*numbers"),
    "a masked array": Bad(
        feed("x", np.ma.array(X, mask=[True, False])), errors.FeedError, "filled"
    ),
    "a Dask collection": Bad(
        feed("x", dask.delayed(X)), errors.FeedError, r"'x:0'.*compute\(\) it first"
    ),
    "what cannot be shown": Bad(
        feed("any", Hidden()), errors.FeedError, "'any:0'.*got a Hidden"
    ),
    "a tensor": Bad(
        lambda m: m.run(m.y, {m.x: m.foreign}), errors.FeedError, "'x:0'.*run that"
    ),
    "a list of tensors": Bad(
        lambda m: m.run(m.y, {m.x: [m.n, m.n]}), errors.FeedError, "'x:0'"
    ),
    "a variable": Bad(
        lambda m: m.run(m.y, {m.x: m.w}), errors.FeedError, "'x:0'.*run that"
    ),
    "complex into float": Bad(
        feed("x", [1j, 2.0]), errors.FeedError, "takes float32.*cast"
    ),
    "nan into int": Bad(feed("whole", np.nan), errors.FeedError, "takes int32"),
    "infinity into int": Bad(feed("whole", np.inf), errors.FeedError, "takes int32"),
    "an int too large": Bad(feed("small", 128), errors.FeedError, "takes int8"),
    "an int too large for int32": Bad(
        feed("whole", 2**31), errors.FeedError, "takes int32"
    ),
    "an int too large for any": Bad(
        feed("whole", 2**70), errors.FeedError, "'whole:0'"
    ),
    "two for a bool": Bad(feed("flag", 2), errors.FeedError, "takes bool"),
    "a foreign key": Bad(
        lambda m: m.run(m.y, {m.x: X, "z:0": 1.0}), errors.FeedError, "'z'"
    ),
    "a number as a key": Bad(
        lambda m: m.run(m.y, {m.x: X, 3: 1.0}), errors.FeedError, "feed 3: .*type int"
    ),
    "None as a key": Bad(
        lambda m: m.run(m.y, {m.x: X, None: 1.0}), errors.FeedError, "None"
    ),
    "an operation without a value as a key": Bad(
        lambda m: m.run(m.y, {m.x: X, df.group(m.w): 1.0}),
        errors.FeedError,
        "0 outputs",
    ),
    "a key of another graph": Bad(
        lambda m: m.run(m.y, {m.x: X, m.foreign: X}), errors.FeedError, "another graph"
    ),
    "two feeds of one tensor": Bad(
        lambda m: m.run(m.y, {m.x: X, "x:0": X}), errors.FeedError, "'x:0'.*twice"
    ),
    "feeds that are no dict": Bad(
        lambda m: m.run(m.y, [(m.x, X)]), errors.FeedError, "feed_dict.*list"
    ),
    # fetches
    "None to fetch": Bad(lambda m: m.run(None), errors.FetchError, "None"),
    "a gradient that is None": Bad(
        lambda m: m.run(df.gradients(m.y, df.constant(1.0))),
        errors.FetchError,
        r"fetch None.*gradients\(\) gives None",
    ),
    "None in a list to fetch": Bad(
        lambda m: m.run(and_assign(m, None)), errors.FetchError, "None"
    ),
    "a number to fetch": Bad(
        lambda m: m.run(and_assign(m, 3)), errors.FetchError, "fetch 3.*type int"
    ),
    "an array to fetch": Bad(lambda m: m.run([X]), errors.FetchError, "type ndarray"),
    "an object to fetch": Bad(lambda m: m.run(m), errors.FetchError, "SimpleNamespace"),
    "a set to fetch": Bad(lambda m: m.run({m.y}), errors.FetchError, "type set"),
    "a session to fetch": Bad(
        lambda m: m.run(m.session), errors.FetchError, "type Session"
    ),
    "an unknown operation": Bad(
        lambda m: m.run(and_assign(m, "z")), errors.FetchError, "no operation.*'z'"
    ),
    "an unknown tensor": Bad(lambda m: m.run("z:0"), errors.FetchError, "'z'"),
    "an unknown output": Bad(
        lambda m: m.run("x:1"), errors.FetchError, r"no tensor.*'x:1'.*1 output"
    ),
    "a name that is none": Bad(lambda m: m.run("x:a"), errors.FetchError, "'x:0'"),
    "a fetch of another graph": Bad(
        lambda m: m.run(and_assign(m, m.foreign)), errors.FetchError, "another graph"
    ),
    "a tuple that takes other arguments": Bad(
        lambda m: m.run(OddPair(*and_assign(m, m.w))), TypeError, ""
    ),
    # building
    "the axis of a concat first": Bad(
        lambda m: df.concat(0, [m.x, m.x]), errors.ShapeError, "one axis last"
    ),
    "tensors of two graphs": Bad(
        lambda m: m.x + m.foreign, errors.GraphError, "add.*different graphs"
    ),
    "a class on two graphs": Bad(
        lambda m: m.op_of(max)(m.x, m.foreign), errors.GraphError, "different graphs"
    ),
    "an assignment from another graph": Bad(
        lambda m: m.w.assign(m.foreign), errors.GraphError, "assign.*different graphs"
    ),
    "a control input of another graph": Bad(
        lambda m: m.x.graph.control_dependencies([m.foreign]).__enter__(),
        errors.GraphError,
        "'foreign:0'.*another graph",
    ),
    "shapes that do not broadcast": Bad(
        lambda m: df.add(m.x, [1.0, 2.0, 3.0]), errors.ShapeError, r"\[2\] and \[3\]"
    ),
    "shapes that do not multiply": Bad(
        lambda m: df.matmul(np.ones((2, 3)), np.ones((2, 3))),
        errors.ShapeError,
        r"matmul.*\[2, 3\] @ \[2, 3\]",
    ),
    "dtypes that do not mix": Bad(
        lambda m: m.x + m.whole, errors.DTypeError, "float32 and int32; cast"
    ),
    "a variable that does not fit": Bad(
        lambda m: m.w + m.n, errors.DTypeError, "'w:0' float32.*, 'n:0' int32"
    ),
    "a float for an int tensor": Bad(
        lambda m: m.whole + 0.5, errors.DTypeError, "expected int32, got 0.5"
    ),
    "text for a float tensor": Bad(
        lambda m: m.x + "a", errors.DTypeError, "expected float32, got 'a'"
    ),
    "None for a tensor": Bad(lambda m: m.x + None, errors.GraphError, "None"),
    "an assignment of another shape": Bad(
        lambda m: m.w.assign([1.0]), errors.ShapeError, r"\[2\] and \[1\]"
    ),
    "an assignment of another dtype": Bad(
        lambda m: m.n.assign(0.5), errors.DTypeError, "int32"
    ),
    "an assignment to a tensor": Bad(
        lambda m: df.assign(m.x, 1.0), errors.DTypeError, "needs a Variable"
    ),
    "a bad name": Bad(
        lambda m: df.constant(1.0, name="a b"), errors.GraphError, "'a b'.*letters"
    ),
    "a tensor as a float": Bad(
        lambda m: float(m.x), errors.SymbolicTensorError, "no value until a run"
    ),
    "a tensor as an int": Bad(
        lambda m: int(m.x), errors.SymbolicTensorError, "no value until a run"
    ),
    "a tensor as text with a format": Bad(
        lambda m: f"{m.x:.2f}", errors.SymbolicTensorError, "fetch it with Session.run"
    ),
    "the truth of a tensor": Bad(
        lambda m: 1 if m.x > 0 else 2, errors.SymbolicTensorError, "where"
    ),
    "NumPy on a tensor": Bad(
        lambda m: np.sum(m.x), errors.SymbolicTensorError, "numpy.sum"
    ),
    "a method of arrays": Bad(
        lambda m: m.x.mean(), errors.SymbolicAttributeError, "mean"
    ),
    # the run
    "shapes that turn out not to fit": Bad(
        lambda m: m.run(and_assign(m, m.any + m.w), {m.any: np.ones(3, "float32")}),
        errors.InvalidArgumentError,
        r"'add\S*' \(add\) failed: ValueError.*\n"
        r"  its inputs: float32 \[3\], float32 \[2\]\n  made at .*m\.any \+ m\.w",
    ),
    "an int divided by zero": Bad(
        lambda m: m.run(and_assign(m, m.n // m.whole), {m.whole: 0}),
        errors.InvalidArgumentError,
        "floor_divide.*divided by 0",
    ),
    "a remainder by zero": Bad(
        lambda m: m.run(and_assign(m, m.n % m.whole), {m.whole: 0}),
        errors.InvalidArgumentError,
        "mod.*divided by 0",
    ),
    "constants that turn out not to fit": Bad(
        lambda m: m.run(
            and_assign(m, df.constant([1.0] * 3) + df.constant([1.0] * 4)[: m_two()])
        ),
        errors.InvalidArgumentError,
        "add",
    ),
    "an assignment of another shape in the run": Bad(
        lambda m: m.run(
            and_assign(m, m.w.assign(m.any)), {m.any: np.ones(3, "float32")}
        ),
        errors.InvalidArgumentError,
        r"assign.*holds float32 \[2\], got float32 \[3\]",
    ),
    "an assignment of another dtype in the run": Bad(
        lambda m: m.run(and_assign(m, m.n.assign(m.any)), {m.any: 0.5}),
        errors.InvalidArgumentError,
        r"assign.*holds int32 \[\], got float64 \[\]; cast",
    ),
    "an update of another shape in the run": Bad(
        lambda m: m.run(
            and_assign(m, m.w.assign_add(m.any)), {m.any: np.ones((3, 1), "float32")}
        ),
        errors.InvalidArgumentError,
        r"assign_add.*holds float32 \[2\], got float32 \[3, 2\]",
    ),
    # a user's class
    "a class without compute": Bad(
        without_compute, TypeError, "bare defines no compute"
    ),
    "a class that does not call __init__": Bad(
        without_init, (AttributeError, errors.DaskflowError), "__init__"
    ),
    "a class that overwrites the graph's own": Bad(
        with_a_name_of_the_graph, AttributeError, "'_inputs'.*another name"
    ),
    "a compute that returns nothing": Bad(
        returning(lambda: None), errors.InvalidArgumentError, "must return the value"
    ),
    "a compute that returns a dict": Bad(
        returning(lambda: {"a": 1}), errors.InvalidArgumentError, "array of numbers"
    ),
    "a compute that returns a function": Bad(
        returning(lambda: lambda: 1), errors.InvalidArgumentError, "array of numbers"
    ),
    "a compute that returns a ragged list": Bad(
        returning(lambda: [[1], [2, 3]]), errors.InvalidArgumentError, "custom"
    ),
    "a compute that yields": Bad(
        returning(lambda: (i for i in "a")), errors.InvalidArgumentError, "numbers"
    ),
    "a compute of too few arguments": Bad(
        too_many_values, errors.InvalidArgumentError, r"takes 0 positional arguments"
    ),
    "a compute that refers to a variable": Bad(
        referring_to_a_tensor,
        errors.InvalidArgumentError,
        "custom.*(Tensor|Variable|different graphs)",
    ),
    "a compute that runs its session": Bad(
        running_the_session, errors.OpError, "custom"
    ),
    "a ValueError": Bad(
        raising(lambda: ValueError("no good")),
        errors.InvalidArgumentError,
        r"'custom\S*' \(custom\) failed: ValueError: no good\n"
        r"  its inputs: float32 \[2\]\n  made at ",
    ),
    "an error that cannot be pickled": Bad(
        raising(lambda: UnpicklableError("no way")),
        errors.UnknownError,
        "custom.*UnpicklableError: no way",
    ),
    "an error without a text": Bad(
        raising(AssertionError), errors.UnknownError, "custom.*AssertionError"
    ),
    "a text that fails": Bad(
        raising(lambda: type("Mute", (Exception,), {"__str__": lambda e: 1 / 0})()),
        errors.UnknownError,
        "custom.*Mute",
    ),
    "StopIteration": Bad(
        raising(StopIteration), errors.OutOfRangeError, "StopIteration"
    ),
    "no memory": Bad(
        raising(lambda: MemoryError("full")), errors.ResourceExhaustedError, "full"
    ),
    "not implemented": Bad(
        raising(NotImplementedError), errors.UnimplementedError, "custom"
    ),
    "an error of ours": Bad(
        raising(lambda: errors.UnavailableError(None, None, "gone")),
        errors.UnavailableError,
        "custom.*gone",
    ),
}


class OddPair(tuple[Any, ...]):
    def __new__(cls, first: Any, second: Any) -> "OddPair":
        return tuple.__new__(cls, (first, second))


def m_two() -> Any:
    return df.constant(2)


@pytest.mark.parametrize("name", BAD)
def test_an_error_says_what_is_wrong_and_nothing_has_changed(
    model: Any, name: str
) -> None:
    with pytest.raises(BAD[name].error) as raised:
        BAD[name].program(model)
    assert re.search(BAD[name].says, str(raised.value), re.DOTALL), raised.value
    if isinstance(raised.value, errors.OpError):
        assert isinstance(raised.value.op, Operation)


def test_an_error_in_a_run_names_the_operation_the_line_and_the_cause(
    model: Any,
) -> None:
    y = df.matmul(model.any, model.other, name="product")
    line = inspect.currentframe().f_lineno - 1
    with pytest.raises(errors.InvalidArgumentError) as raised:
        model.run(y, {model.any: np.ones((2, 3)), model.other: np.ones((2, 3))})
    error = raised.value
    assert error.op is y.op
    assert isinstance(error.__cause__, ValueError)
    first, inputs, made_at, *tree = str(error).splitlines()
    assert first.startswith("'product' (matmul) failed: ValueError: ")
    assert inputs == "  its inputs: float64 [2, 3], float64 [2, 3]"
    assert made_at == (
        f"  made at {__file__}:{line}: "
        'y = df.matmul(model.any, model.other, name="product")'
    )
    assert tree == [
        "    product   any dtype any shape  (MatMul)  <- failed",
        "    ├─ any    float64 [2, 3]  (Placeholder)",
        "    └─ other  float64 [2, 3]  (Placeholder)",
    ]
    assert error.message == str(error)


def test_an_error_in_a_class_names_the_line_that_made_the_instance(model: Any) -> None:
    class fails(Operation):
        def __init__(self, x: Any) -> None:
            super().__init__([x])

        def compute(self, x: Any) -> Any:
            return dict[str, Any]()["missing"]

    node = fails(model.x)
    line = inspect.currentframe().f_lineno - 1
    with pytest.raises(errors.InvalidArgumentError) as raised:
        model.run(node + 1.0, {model.x: X})
    assert raised.value.op is node
    assert isinstance(raised.value.__cause__, KeyError)
    assert f"{__file__}:{line}: node = fails(model.x)" in str(raised.value)


def test_a_closed_session_says_so(model: Any) -> None:
    session = Session("sync")
    session.close()
    for use in (
        lambda: session.run(model.w),
        lambda: session.run([]),
        session.__enter__,
        lambda: session.snapshot(model.y),
    ):
        with pytest.raises(errors.SessionError, match="closed; open another"):
            use()


BAD_SCHEDULERS: dict[str, Any] = {
    "an unknown name": "thread",
    "a number": 4,
    "a list": ["sync"],
    "False": False,
    "an object": object(),
}


@pytest.mark.parametrize("scheduler", BAD_SCHEDULERS)
def test_a_bad_scheduler_is_answered_with_the_good_ones(scheduler: str) -> None:
    value = BAD_SCHEDULERS[scheduler]
    with pytest.raises(errors.SessionError, match="'threads'.*Client.*got") as raised:
        Session(value)
    assert repr(value) in str(raised.value)


def test_a_bad_scheduler_in_the_configuration_is_answered_too() -> None:
    with (
        dask.config.set(scheduler="thread"),
        pytest.raises((errors.SessionError, ValueError), match="threads"),
    ):
        Session()


@pytest.mark.slow
def test_an_address_where_nobody_answers_is_named_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"tcp://127.0.0.1:{server.getsockname()[1]}"
    start = time.monotonic()
    with (
        dask.config.set({"distributed.comm.timeouts.connect": "1s"}),
        pytest.raises(errors.UnavailableError, match=f"{address}.*dask scheduler"),
    ):
        Session(address)
    assert time.monotonic() - start < 10


@pytest.mark.parametrize("address", ["carrier-pigeon://127.0.0.1:8786", "tcp://"])
@pytest.mark.slow
def test_an_address_that_is_none_is_named(address: str) -> None:
    with (
        dask.config.set({"distributed.comm.timeouts.connect": "1s"}),
        pytest.raises(errors.UnavailableError, match=address),
    ):
        Session(address)
