"""What a run promises, under whatever scheduler the `session` fixture is given."""

import copy
import inspect
import pickle
import threading
import time
from collections import OrderedDict, UserDict, namedtuple
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import combinations
from pathlib import Path
from types import MappingProxyType, SimpleNamespace
from typing import Any

import cloudpickle
import numpy as np
import pytest
from numpy.testing import assert_array_equal

import daskflow as df
from daskflow import Operation, Session, errors
from daskflow.emit import emit
from daskflow.graph import build
from daskflow.opdef import OpDef
from daskflow.passes.group import Grouping
from daskflow.plan import Plan
from daskflow.program import ungrouped

Pair = namedtuple("Pair", "first second")  # untyped ones exist


class Row(list[Any]):
    """A list that cannot be a key either."""


def one(plan: Plan, costs: Any) -> Grouping:
    """All nodes as one group."""
    return Grouping((tuple(plan.nodes),) if plan.nodes else (), 0.0)


def each(plan: Plan, costs: Any) -> Grouping:
    """Each node as a group of its own."""
    return Grouping(tuple((id,) for id in plan.nodes), 0.0)


GROUPINGS = {"chosen": None, "one": one, "each": each}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """What uses the session holds however its nodes are grouped."""
    if "session" in metafunc.fixturenames:
        metafunc.parametrize("grouped", GROUPINGS, indirect=True)


@pytest.fixture(autouse=True)
def grouped(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make sessions group as this round of tests says."""
    choose = GROUPINGS[getattr(request, "param", "chosen")]
    if choose is not None:
        method = lambda self, plan, costs: choose(plan, costs)  # noqa: E731
        monkeypatch.setattr("daskflow.costs.Costs.group", method)


def assert_same(actual: Any, expected: Any) -> None:
    """Equal to the bit, in containers of the same types."""
    assert type(actual) is type(expected)
    if isinstance(expected, Mapping):
        assert list(actual) == list(expected)
        actual, expected = list(actual.values()), list(expected.values())
    if isinstance(expected, list | tuple):
        assert len(actual) == len(expected)
        for a, e in zip(actual, expected, strict=True):
            assert_same(a, e)
    elif expected is not None:
        assert (actual.dtype, actual.shape) == (expected.dtype, expected.shape)
        assert actual.tobytes() == expected.tobytes()


# Fetches


@pytest.fixture
def model(op_of: Any) -> SimpleNamespace:
    x = df.placeholder("float32", [2], name="x")
    w = df.Variable([1.0, 2.0], name="w")
    return SimpleNamespace(
        x=x,
        y=df.add(x, w, name="y"),
        n=df.reduce_sum(x, name="n"),
        w=w,
        custom=op_of(lambda x: x * 3)(x),
        step=df.group(w.assign_add([1.0, 1.0]), name="step"),
    )


X = np.array([10.0, 20.0], np.float32)
W = np.array([1.0, 2.0], np.float32)
V = np.array([5.0, 6.0], np.float32)
N = np.float32(30.0)

NESTS: dict[str, tuple[Callable[[Any], Any], Any]] = {
    "a tensor": (lambda m: m.y, X + W),
    "a single number": (lambda m: m.n, N),
    "what is fed": (lambda m: m.x, X),
    "a variable": (lambda m: m.w, W),
    "the reading of a variable": (lambda m: m.w.value(), W),
    "an operation": (lambda m: m.step, None),
    "the operation of a tensor": (lambda m: m.y.op, None),
    "an operation of a class": (lambda m: m.custom, X * 3),
    "the output of one": (lambda m: m.custom.output, X * 3),
    "the name of a tensor": (lambda m: "y:0", X + W),
    "the name of an operation": (lambda m: "y", None),
    "the name of one of a class": (lambda m: m.custom.name, X * 3),
    "the name of a variable": (lambda m: "w:0", W),
    "a name in bytes": (lambda m: b"y:0", X + W),
    "an empty list": (lambda m: [], []),
    "an empty tuple": (lambda m: (), ()),
    "an empty dict": (lambda m: {}, {}),
    "a list": (lambda m: [m.n, m.step, m.y], [N, None, X + W]),
    "a tuple": (lambda m: (m.step, m.n), (None, N)),
    "a list of one": (lambda m: [m.n], [N]),
    "a dict": (lambda m: {"b": m.n, 1: m.w}, {"b": N, 1: W}),
    "an OrderedDict": (
        lambda m: OrderedDict(z=m.n, a=m.step),
        OrderedDict(z=N, a=None),
    ),
    "a namedtuple": (lambda m: Pair(m.n, m.y), Pair(N, X + W)),
    "a list of another kind": (lambda m: Row([m.n, m.w]), Row([N, W])),
    "a mapping of another kind": (
        lambda m: MappingProxyType({"b": m.n, "a": [m.w]}),
        {"b": N, "a": [W]},
    ),
    "a dict of another kind": (lambda m: UserDict(b=m.n), {"b": N}),
    "duplicates": (lambda m: [m.y, m.n, m.y, m.w, m.w], [X + W, N, X + W, W, W]),
    "a nest of all": (
        lambda m: [(m.n, [m.w]), {"p": Pair({"q": m.step}, ()), "r": ["n:0"]}],
        [(N, [W]), {"p": Pair({"q": None}, ()), "r": [N]}],
    ),
}


@pytest.mark.parametrize("nest", NESTS)
def test_values_come_back_in_the_nest_of_the_fetches(
    session: Session, model: Any, nest: str
) -> None:
    fetches, expected = NESTS[nest]
    assert_same(session.run(fetches(model), {model.x: X}), expected)


def test_only_what_the_fetches_need_runs(
    session: Session, model: Any, op_of: Any
) -> None:
    op_of(lambda x: 1 / 0)(model.x)
    df.placeholder(name="never_fed")
    assert_same(session.run(model.n, {model.x: X}), N)
    assert_same(session.run(model.w), W)  # and the step did not


def test_a_number_is_numpys_scalar_of_the_dtype_of_its_tensor(session: Session) -> None:
    for dtype in ("float16", "float32", "float64", "int8", "uint16", "int64", "bool"):
        x = df.placeholder(dtype)
        value = session.run(df.identity(x), {x: 1})
        assert type(value) is np.dtype(dtype).type


def test_a_single_number_has_the_type_that_its_kernel_gives(
    session: Session, op_of: Any
) -> None:
    given = {"float": 1.5, "int": 3, "bool": True, "0-d": np.array(2.0, np.float32)}
    values = session.run({k: op_of(lambda v=v: v)() for k, v in given.items()})
    assert {k: type(v) for k, v in values.items()} == {
        "float": np.float64,
        "int": np.int64,
        "bool": np.bool_,
        "0-d": np.float32,
    }


# Feeds

FEEDS: dict[str, tuple[Callable[[Any], Any], Any]] = {
    "an array": (lambda m: {m.x: X}, X + W),
    "a list": (lambda m: {m.x: [10, 20]}, X + W),
    "a tuple of NumPy's numbers": (lambda m: {m.x: (np.int8(10), 20.0)}, X + W),
    "an array of another dtype": (lambda m: {m.x: X.astype("float64")}, X + W),
    "ints that fit": (lambda m: {m.x: X.astype("int64")}, X + W),
    "what is not contiguous": (lambda m: {m.x: np.repeat(X, 2)[::2]}, X + W),
    "what is read-only": (lambda m: {m.x: np.broadcast_to(X[:1], 2)}, X[:1] + W),
    "by name": (lambda m: {"x:0": X}, X + W),
    "by the name of the operation": (lambda m: {"x": X}, X + W),
    "by a name in bytes": (lambda m: {b"x:0": X}, X + W),
    "the variable too": (lambda m: {m.x: X, m.w: [5, 6]}, X + V),
    "the reading of a variable": (lambda m: {m.x: X, m.w.value(): [5, 6]}, X + V),
    "the variable by name": (lambda m: {m.x: X, "w:0": [5, 6]}, X + V),
    "the fetch itself": (lambda m: {m.y: [7, 8]}, [7, 8]),
}


@pytest.mark.parametrize("feeds", FEEDS)
def test_any_tensor_can_be_fed(session: Session, model: Any, feeds: str) -> None:
    feed_dict, expected = FEEDS[feeds]
    value = session.run(model.y, feed_dict(model))
    assert_same(value, np.asarray(expected, np.float32))
    assert_same(session.run(model.w), W)


def test_single_numbers_can_be_fed(session: Session) -> None:
    x = df.placeholder("float64", [])
    y = x + 1.0
    for value in (2, 2.0, np.int8(2), np.float32(2), np.array(2), True + True):
        assert_same(session.run([x, y], {x: value}), [np.float64(2), np.float64(3)])


def test_a_placeholder_without_dtype_and_shape_takes_what_it_is_fed(
    session: Session,
) -> None:
    x = df.placeholder()
    for value in (3, 2.5, [[1, 2]], np.ones((0, 3), "int8"), np.array(True)):
        expected = np.asarray(value)
        assert_same(session.run([x], {x: value}), [expected[()]])


def test_a_feed_cuts_off_what_is_upstream(session: Session, op_of: Any) -> None:
    unfed = df.placeholder("float32", [], name="unfed")
    w = df.Variable(1.0)
    failing = op_of(lambda x: 1 / 0)(unfed)
    assigned = w.assign_add(10.0)
    with df.control_dependencies([assigned]):
        middle = failing.output + unfed
    y = middle * 2.0
    assert session.run(y, {middle: 4.0}) == 8.0
    assert session.run(y, {failing: 1.0, unfed: 2.0}) == 6.0
    assert session.run(w) == 11.0  # the second run needed `middle`, so it assigned
    assert session.run(assigned, {assigned: 5.0}) == 5.0
    assert session.run(w) == 11.0  # the assignment was fed, so it did not run


def test_a_class_derived_operation_can_be_fed(session: Session, op_of: Any) -> None:
    y = op_of(lambda x: 1 / 0)(df.constant(1.0))
    assert session.run(y + 1.0, {y: 4.0}) == 5.0


def test_one_output_of_several_can_be_fed(session: Session) -> None:
    x = df.placeholder("float64", [])
    twice: Any = lambda x: (x, x)  # noqa: E731
    two = OpDef("two", lambda x: (x + 1, x * 2), twice, several=True)
    a, b = build(two, (x,)).outputs
    c, d = a * 10.0, b * 10.0
    assert session.run([a, b, c, d], {x: 3.0}) == [4.0, 6.0, 40.0, 60.0]
    assert session.run([a, c, d], {x: 3.0, a: 7.0}) == [7.0, 70.0, 60.0]
    assert session.run([a, c], {a: 7.0}) == [7.0, 70.0]
    assert session.run([c, d], {a: 7.0, b: 8.0}) == [70.0, 80.0]


# What is fetched or fed belongs to the user alone


def test_what_is_fetched_is_writable_and_shares_memory_with_nothing(
    session: Session, op_of: Any
) -> None:
    initial, given = np.arange(6.0).reshape(2, 3), np.arange(6.0).reshape(2, 3) + 10
    fed = given.copy()
    w = df.Variable(initial)
    c = df.constant(initial)
    x = df.placeholder("float64", [2, 3])
    y = x + w
    fetches = [
        w, w.value(), df.identity(w), df.transpose(w), df.reshape(w, [6]), w[0],
        c, df.identity(c), df.transpose(c), df.reshape(c * 1.0, [6]),
        x, df.identity(x), df.transpose(x), df.reshape(x, [3, 2]), x[:, 1],
        y, y, df.identity(y), df.transpose(y), df.reshape(y, [6]), y[1:],
        op_of(lambda x: x)(y), op_of(lambda x: x.T)(x), op_of(lambda x: x[:1])(w),
    ]  # fmt: skip
    expected = [value.copy() for value in session.run(fetches, {x: fed})]

    arrays = [fed, initial, *session.run(fetches, {x: fed})]
    assert all(array.flags.writeable for array in arrays)
    for a, b in combinations(arrays, 2):
        assert not np.shares_memory(a, b)
    for array in arrays:
        array.fill(-1.0)
    assert_same(session.run(fetches, {x: given}), expected)


def test_a_fetched_array_does_not_change_in_later_runs(session: Session) -> None:
    w = df.Variable(np.zeros(3))
    step = w.assign_add(np.ones(3))
    first, second = session.run(step), session.run(step)
    session.run(w.assign(np.full(3, 9.0)))
    assert_same([first, second], [np.full(3, 1.0), np.full(3, 2.0)])


def test_an_array_may_be_reused_once_it_was_fed_and_stored(session: Session) -> None:
    x = df.placeholder("float64", [2])
    v, w = df.Variable(np.zeros(2)), df.Variable(np.zeros(2))
    fed = np.array([1.0, 2.0])
    session.run([v.assign(x), w.assign(x[::-1])], {x: fed})
    fed.fill(-1.0)
    values = session.run([v, w])
    assert_same(values, [np.array([1.0, 2.0]), np.array([2.0, 1.0])])
    values[0].fill(-1.0)
    assert_same(session.run(v), np.array([1.0, 2.0]))


def test_two_variables_of_one_value_do_not_share_it(session: Session) -> None:
    value = df.placeholder("float64") * 2.0
    v, w = df.Variable(np.zeros(2)), df.Variable(np.zeros(2))
    stored = session.run([v.assign(value), w.assign(value)], {value: np.ones(2)})
    for array in (*stored, *session.run([v, w])):
        array.fill(-1.0)
    assert_same(session.run([v, w]), [np.ones(2), np.ones(2)])


def test_an_array_that_a_class_keeps_stays_its_own(
    session: Session, daskflow_graph: Any
) -> None:
    class kept(Operation):
        def __init__(self, table: Any) -> None:
            super().__init__([])
            self.table = table

        def compute(self) -> Any:
            return self.table

    table = np.arange(3.0)
    y = kept(table)
    session.run(y).fill(-1.0)
    assert_same(session.run(y), np.arange(3.0))
    table[0] = 5.0  # it is the class's own, so it may change it
    assert table.flags.writeable


def test_an_array_that_lies_at_an_odd_address_can_be_fed(session: Session) -> None:
    raw = np.frombuffer(b"\0" + np.arange(101.0).tobytes(), np.uint8)
    odd = raw[1:].view(np.float64)
    assert not odd.flags.aligned
    x = df.placeholder("float64")
    seen = session.run([x, df.reduce_sum(x)], {x: odd})
    assert_same(seen, [np.arange(101.0), np.float64(5050)])


@pytest.mark.parametrize("dtype", ["float32", "int64", "complex128"])
def test_the_byte_order_of_a_feed_changes_nothing(dtype: str, session: Session) -> None:
    x = df.placeholder()
    fed = (np.random.default_rng(0).random(100_003) * 9).astype(dtype)
    expected = session.run([x, df.reduce_sum(x), -x], {x: fed})
    other = fed.astype(fed.dtype.newbyteorder())
    for seen, kept in zip(
        session.run([x, df.reduce_sum(x), -x], {x: other}), expected, strict=True
    ):
        assert (seen.dtype, seen.tobytes()) == (kept.dtype, kept.tobytes())


def test_a_shape_that_is_set_after_a_run_counts_in_the_next(session: Session) -> None:
    x = df.placeholder("float64")
    y = x + 1.0
    call = session.make_callable(y, [x])
    for _ in range(3):
        session.run(y, {x: np.zeros(3)})
        call(np.zeros(3))
    x.set_shape([2])
    with pytest.raises(errors.FeedError, match="Cannot feed value of shape"):
        session.run(y, {x: np.zeros(3)})
    with pytest.raises(errors.FeedError, match="Cannot feed value of shape"):
        call(np.zeros(3))


@pytest.mark.parametrize("kind", [list, tuple, set])
def test_feeds_without_values_are_refused_after_such_with_values_too(
    kind: Any, session: Session
) -> None:
    x = df.placeholder("float64")
    y = x + 1.0
    session.run(y, {x: 1.0})
    with pytest.raises(errors.FeedError, match="must map tensors to values"):
        session.run(y, kind([x]))


def test_what_a_class_keeps_of_its_inputs_is_not_the_users(op_of: Any) -> None:
    kept: list[Any] = []
    y = df.placeholder("float64", [3]) + 1.0
    seen = op_of(lambda y: kept.append(y) or y.sum())(y)
    with Session("sync") as session:
        value, _ = session.run([y, seen], {y.graph.placeholders[0]: np.zeros(3)})
    value.fill(-1.0)
    assert_same(kept[0], np.ones(3))


# Each operation runs once


@pytest.fixture
def counted(tmp_path: Path) -> Any:
    """An op that adds its inputs and leaves a mark in a file for each run of it."""

    class counted(Operation):
        def __init__(self, label: str, *inputs: Any) -> None:
            super().__init__(inputs)
            self.path = str(tmp_path / label)

        def compute(self, *values: Any) -> Any:
            with open(self.path, "a") as marks:
                marks.write("|")
            return sum(values)

    def runs(label: str) -> int:
        path = tmp_path / label
        return len(path.read_text()) if path.exists() else 0

    counted.runs = staticmethod(runs)
    return counted


def test_an_operation_runs_once_whatever_needs_it(
    session: Session, counted: Any
) -> None:
    x = df.placeholder("float64")
    source = counted("source", x)
    left, right = counted("left", source, source), source + 1.0
    unused = counted("unused", source)
    with df.control_dependencies([source]):
        last = counted("last", left, right, source)
    fetches = [last, source, source, left, source.output.op, last]
    assert session.run(fetches, {x: 1.0}) == [5.0, 1.0, 1.0, 2.0, 1.0, 5.0]
    assert unused.name
    marks = {label: counted.runs(label) for label in ("source", "left", "last")}
    assert marks == {"source": 1, "left": 1, "last": 1}
    assert counted.runs("unused") == 0
    session.run(last, {x: 2.0})
    assert counted.runs("source") == 2


def test_a_control_input_runs_whatever_comes_after_it(
    session: Session, counted: Any
) -> None:
    """Also where what comes after it needs no task, or is computed elsewhere too."""
    x, w = df.placeholder("float64"), df.Variable(2.0)
    same = x + 1.0
    with df.control_dependencies([counted("side", x)]):
        follow = {
            "a reading": w.read_value(),
            "a node that is there already": x + 1.0,
            "a constant": df.constant(3.0) * 2.0,
            "nothing": df.no_op(),
        }
    for i, (name, fetch) in enumerate(follow.items()):
        session.run([fetch, same], {x: 1.0})
        assert counted.runs("side") == i + 1, name


def test_an_operation_of_a_class_runs_in_each_run(
    session: Session, counted: Any
) -> None:
    """It may depend on the time of day, so no value of it is kept."""
    y = counted("on constants", df.constant(1.0), df.constant(2.0))
    for i in range(3):
        assert session.run(y * 2.0) == 6.0
        assert counted.runs("on constants") == i + 1


def test_constants_of_equal_bytes_are_not_taken_for_each_other(
    session: Session,
) -> None:
    x = df.placeholder("float32")
    zeros = [df.zeros([2], dtype) for dtype in ("float32", "int32", "uint8")]
    values = [np.zeros(2, "float32"), np.zeros(2, "int32"), np.zeros(2, "uint8")]
    shaped = [df.constant([[0.0, 0.0]]) + x, df.constant([0.0, 0.0]) + x]
    assert_same(session.run(zeros), values)
    ones = [np.ones((1, 2), "float32"), np.ones(2, "float32")]
    assert_same(session.run(shaped, {x: 1.0}), ones)
    signed = [x / df.constant(0.0), x / df.constant(-0.0)]
    assert session.run(signed, {x: 1.0}) == [np.inf, -np.inf]


def test_two_equal_operations_of_a_class_both_run(
    session: Session, counted: Any
) -> None:
    x = df.placeholder("float64")
    assert session.run([counted("twice", x), counted("twice", x)], {x: 1.0}) == [1, 1]
    assert counted.runs("twice") == 2


def test_what_comes_after_a_control_input_waits_for_it(
    session: Session, tmp_path: Path
) -> None:
    class writes(Operation):
        def __init__(self, x: Any, label: str) -> None:
            super().__init__([x])
            self.path, self.label = str(tmp_path / "log"), label

        def compute(self, x: Any) -> Any:
            with open(self.path, "a") as log:
                log.write(self.label)
            return x

    x = df.placeholder("float64")
    before = x
    for _ in range(5):  # a long way to the first of them
        before = before + 1.0
    labels, last = "abcde", writes(before, "a")
    for label in labels[1:]:
        with df.control_dependencies([last]):
            last = writes(x, label)
    session.run(last, {x: 1.0})
    assert (tmp_path / "log").read_text() == labels


def test_a_diamond_doubled_sixty_times_runs_each_node_once(
    session: Session, counted: Any
) -> None:
    x = df.placeholder("float64")
    y = counted("bottom", x).output
    for _ in range(60):
        y = y + y
    top = counted("top", y, y)
    assert session.run(top, {x: 1.0}) == 2.0**61
    assert (counted.runs("bottom"), counted.runs("top")) == (1, 1)


@pytest.mark.slow
@pytest.mark.parametrize(("scheduler", "nodes"), [("sync", 50_000), ("threads", 5_000)])
def test_a_chain_of_many_nodes_runs(scheduler: str, nodes: int) -> None:
    y = x = df.placeholder("float64", [])
    for _ in range(nodes):
        y = y + 1.0
    with Session(scheduler) as session:
        assert session.run(y, {x: 0.5}) == nodes + 0.5


def test_operations_may_be_added_between_runs(session: Session) -> None:
    x = df.placeholder("float64")
    y = x
    for i in range(1, 6):
        y = y + float(i)
        w = df.Variable(float(i))
        assert session.run([y, w], {x: 0.0}) == [i * (i + 1) / 2, i]


# A user's classes


def test_an_attribute_set_after_a_run_counts_in_the_next(session: Session) -> None:
    class scale(Operation):
        def __init__(self, x: Any, factor: Any) -> None:
            super().__init__([x])
            self.factor = factor

        def compute(self, x: Any) -> Any:
            return self.factor * x

    y = scale(df.constant([1.0, 2.0]), 2)
    z = y + 0.0
    assert_array_equal(session.run(z), [2.0, 4.0])
    y.factor = 5
    assert_array_equal(session.run(z), [5.0, 10.0])
    y.factor = np.array([1.0, 0.5])
    assert_array_equal(session.run(z), [1.0, 1.0])


def test_attributes_of_one_instance_are_not_those_of_another(session: Session) -> None:
    class scale(Operation):
        def __init__(self, x: Any, factor: Any) -> None:
            super().__init__([x])
            self.factor = factor

        def compute(self, x: Any) -> Any:
            return self.factor * x

    x = df.constant(1.0)
    assert session.run([scale(x, 2), scale(x, 3), scale(x, 2)]) == [2.0, 3.0, 2.0]


def test_a_compute_that_writes_to_its_input_fails_and_says_so(session: Session) -> None:
    class increment(Operation):
        def __init__(self, x: Any) -> None:
            super().__init__([x])

        def compute(self, x: Any) -> Any:
            x += 1
            return x

    fed = np.zeros(2)
    x = df.placeholder("float64", [2])
    w = df.Variable(np.zeros(2))
    for source in (x, w, x * 1.0, df.constant(np.zeros(2))):
        y = increment(source)
        with pytest.raises(errors.InvalidArgumentError, match="read-only") as raised:
            session.run(y, {x: fed})
        assert raised.value.op is y
    assert_same([fed, session.run(w)], [np.zeros(2), np.zeros(2)])


def test_a_class_may_store_its_nodes_under_names_of_the_graph(session: Session) -> None:
    class dense(Operation):
        def __init__(self, x: Any, w: Any) -> None:
            super().__init__([x, w])
            self.inputs = [x, w]
            self.x, self.name = x, "my dense"
            self.layers = {"w": [w]}

        def compute(self, x: Any, w: Any) -> Any:
            return x @ w

    x = df.constant([[1.0, 2.0]])
    y = dense(x, df.Variable([[3.0], [4.0]]))
    assert_array_equal(session.run([y, y.layers["w"]])[0], [[11.0]])
    assert (y.inputs[0], y.name) == (x, "my dense")


def test_compute_sees_what_the_class_stored_and_inherited(session: Session) -> None:
    class base(Operation):
        offset = 1.0

        def __init__(self, x: Any) -> None:
            super().__init__([x])
            self.scale = 2.0

        def compute(self, x: Any) -> Any:
            return self.scaled(x) + self.offset

        def scaled(self, x: Any) -> Any:
            return self.scale * x

    class derived(base):
        offset = 10.0

        def scaled(self, x: Any) -> Any:
            return -super().scaled(x)

    x = df.constant(3.0)
    assert session.run([base(x), derived(x)]) == [7.0, 4.0]


def test_a_task_is_small_and_carries_no_graph(session: Session, op_of: Any) -> None:
    x = df.placeholder("float64")
    w = df.Variable(np.zeros(2))
    y = op_of(lambda a, b: a + b)(w.assign_add(x), x)
    for i in range(1_000):  # what the tasks would grow with, if they held it
        df.constant(np.full(100, i))
    plan = session.plan(y)
    tasks = emit(ungrouped(plan), dict.fromkeys(plan.inputs, 0.0), "salt")
    pickled = {key: cloudpickle.dumps(task) for key, task in tasks.items()}
    assert len(pickled) == len(plan.nodes) + len(plan.inputs)
    for key, text in pickled.items():
        assert len(text) < 4_000, key
        assert b"Graph" not in text, key
        pickle.loads(text)


def test_a_session_can_be_neither_pickled_nor_copied(session: Session) -> None:
    for make in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="open another one"):
            make(session)


def test_no_part_of_a_graph_can_be_pickled(session: Session, op_of: Any) -> None:
    x = df.placeholder()
    for part in (x.graph, x, x.op, df.Variable(1.0), op_of(lambda x: x)(x)):
        with pytest.raises(TypeError, match="cannot be pickled"):
            cloudpickle.dumps(part)


# A run is a transaction


def test_reads_see_the_values_from_the_start_of_the_run(session: Session) -> None:
    w = df.Variable(1.0)
    before = w * 10.0
    assigned = w.assign(5.0)
    after = w * 100.0
    assert session.run([before, assigned, after, w]) == [10.0, 5.0, 100.0, 1.0]
    assert session.run([before, after, w]) == [50.0, 500.0, 5.0]


def _chain(w: Any) -> Any:
    """Reads before, between and after assignments, ordered by control edges."""
    first = w.read_value()
    with df.control_dependencies([first]):
        one = w.assign_add(1.0)
    with df.control_dependencies([one]):
        second = w.read_value()
    with df.control_dependencies([second]):
        two = w.assign(one * 10.0)
    with df.control_dependencies([two]):
        return [first, second, w.read_value(), w * 2.0, w.value()]


def _through_group(w: Any) -> Any:
    with df.control_dependencies([df.group(w.assign_add(1.0), w.assign_add(1.0))]):
        return w + 0.0


def _through_other_nodes(w: Any) -> Any:
    with df.control_dependencies([w.assign(7.0)]):
        between = df.constant(1.0) + 1.0
    with df.control_dependencies([between]):
        return w + 0.0


def _elsewhere(w: Any) -> Any:
    assigned = w.assign(5.0)
    with df.control_dependencies([df.constant(1.0) + w]):
        return [assigned, w + 0.0]


def _nested_blocks(w: Any) -> Any:
    with df.control_dependencies([w.assign(4.0)]):
        with df.control_dependencies([df.constant(0.0)]):
            inside = w + 0.0
        with df.control_dependencies(None):
            outside = w + 0.0
    return [inside, outside]


ORDERS: dict[str, tuple[Callable[[Any], Any], Any, float]] = {
    "creation order": (lambda w: [w.assign(2.0), w.assign(3.0)], [2.0, 3.0], 3.0),
    "not the order of the fetches": (
        lambda w: [w.assign(2.0), w.assign(3.0)][::-1], [3.0, 2.0], 3.0,
    ),
    "none is lost": (
        lambda w: [w.assign_add(1.0), w.assign_sub(3.0), w.assign_add(10.0)],
        [2.0, -1.0, 9.0], 9.0,
    ),
    "an update starts from an assignment before it": (
        lambda w: [w.assign(5.0), w.assign_add(1.0)], [5.0, 6.0], 6.0,
    ),
    "an assignment covers an update before it": (
        lambda w: [w.assign_add(1.0), w.assign(5.0)], [2.0, 5.0], 5.0,
    ),
    "a data edge": (lambda w: w.assign(w.assign_add(1.0) * 10.0), 20.0, 20.0),
    "a read without an edge": (
        lambda w: [w.assign(5.0), w + 0.0], [5.0, 1.0], 5.0,
    ),
    "control edges": (_chain, [1.0, 2.0, 20.0, 40.0, 20.0], 20.0),
    "control edges through a group": (_through_group, 3.0, 3.0),
    "control edges through other nodes": (_through_other_nodes, 7.0, 7.0),
    "a control edge from elsewhere": (_elsewhere, [5.0, 1.0], 5.0),
    "nested blocks": (_nested_blocks, [4.0, 1.0], 4.0),
}  # fmt: skip


@pytest.mark.parametrize("order", ORDERS)
def test_assignments_apply_in_edge_order_then_in_creation_order(
    session: Session, order: str
) -> None:
    build, fetched, stored = ORDERS[order]
    w = df.Variable(1.0)
    fetches = build(w)
    session.run(w)
    assert session.run(fetches) == fetched
    assert session.run(w) == stored


@pytest.mark.parametrize("order", ORDERS)
def test_a_first_use_assigns_like_any_other(session: Session, order: str) -> None:
    build, fetched, stored = ORDERS[order]
    w = df.Variable(1.0)
    assert session.run(build(w)) == fetched
    assert session.run(w) == stored


def test_a_failed_run_changes_no_variable(session: Session, op_of: Any) -> None:
    x = df.placeholder("float32", [])
    v, w = df.Variable(1.0), df.Variable([1.0, 2.0])
    late = df.Variable(7.0)  # the failed run would have been its first use
    assigned = [v.assign(x), w.assign_sub(x), late.assign_add(x)]
    with df.control_dependencies(assigned):
        failing = op_of(lambda x: np.linalg.inv(np.full((2, 2), x)))(x)
    session.run([v, w])
    for fetches in ([*assigned, failing], failing, [failing, v, w, late]):
        with pytest.raises(errors.OpError):
            session.run(fetches, {x: 0.0})
        values = session.run([v, w])
        assert_same(values, [np.float32(1), np.array([1, 2], "float32")])
    assert session.run(late) == 7.0
    session.run(assigned, {x: 3.0})
    assert session.run([v, late]) == [3.0, 10.0]


def test_an_assignment_that_fails_undoes_the_others(session: Session) -> None:
    x = df.placeholder("float32")
    v, w = df.Variable(1.0), df.Variable([1.0, 2.0])
    both = df.group(v.assign(9.0), w.assign(x))
    with pytest.raises(errors.InvalidArgumentError, match="holds float32"):
        session.run(both, {x: [1.0, 2.0, 3.0]})
    assert session.run(v) == 1.0
    session.run(both, {x: [3.0, 4.0]})
    assert session.run(v) == 9.0


def test_the_first_use_of_a_variable_initializes_it_in_the_same_run(
    session: Session,
) -> None:
    v = df.Variable(df.random_normal([3], seed=1))
    w = df.Variable(v * 2.0)
    step = w.assign_add([1.0, 1.0, 1.0])
    first = session.run([v, w, step])
    assert_same(first[1], first[0] * np.float32(2))
    assert_same(first[2], first[1] + np.float32(1))
    assert_same(session.run([v, w]), [first[0], first[2]])


def test_running_an_initializer_starts_again(session: Session) -> None:
    w = df.Variable(1.0)
    step = w.assign_add(1.0)
    init = df.global_variables_initializer()
    assert [session.run(step), session.run(step)] == [2.0, 3.0]
    assert session.run(init) is None
    assert session.run(w) == 1.0
    session.run([init, step])  # the step was made after the initializer, so it counts
    assert session.run(w) == 2.0


def test_a_value_that_is_fed_for_a_variable_is_not_stored(session: Session) -> None:
    w = df.Variable(1.0)
    assert session.run(w + 1.0, {w: 10.0}) == 11.0
    assert session.run(w) == 1.0
    assert session.run(w.assign_add(1.0), {w: 10.0}) == 11.0
    assert session.run(w) == 11.0  # what an update made of it is


# Random draws


def _draws() -> list[Any]:
    df.set_random_seed(3)
    return [
        df.random_normal([4]),
        df.random_uniform([4], seed=5),
        df.random_uniform([4], seed=5),
        df.truncated_normal([2, 2]),
    ]


def test_draws_differ_from_run_to_run_and_are_shared_within_one(
    session: Session,
) -> None:
    x = df.random_normal([4])
    y, z = x + 0.0, df.identity(x)
    seen = set()
    for _ in range(3):
        values = session.run([x, y, z, x])
        assert len({value.tobytes() for value in values}) == 1
        seen.add(values[0].tobytes())
    assert len(seen) == 3


def test_draws_are_those_of_the_sync_scheduler(session: Session) -> None:
    draws = _draws()
    with Session("sync") as reference:
        for _ in range(2):
            assert_same(session.run(draws), reference.run(draws))
        assert_same(session.run(draws[::-1]), reference.run(draws)[::-1])


def test_a_failed_run_gives_its_number_back(session: Session, op_of: Any) -> None:
    draws = _draws()
    w = df.Variable(df.random_normal([3]))
    failing = op_of(lambda x: np.linalg.inv(np.zeros((2, 2))))(draws[0])
    for fetches, feeds in ([failing, w], {}), ([df.placeholder()], {}):
        with pytest.raises(errors.InvalidArgumentError):
            session.run(fetches, feeds)
    with Session("sync") as reference:
        assert_same(session.run([*draws, w]), reference.run([*draws, w]))
        assert_same(session.run([*draws, w]), reference.run([*draws, w]))


def test_a_failed_run_keeps_its_number_if_another_has_the_next(op_of: Any) -> None:
    begun, may_fail = threading.Event(), threading.Event()

    def fail(x: Any) -> Any:
        begun.set()
        assert may_fail.wait(30)
        raise ValueError("late")

    draw = df.random_normal([3])
    failing = op_of(fail)(draw)
    with Session("threads") as session, ThreadPoolExecutor(1) as pool:
        run = pool.submit(session.run, failing)
        assert begun.wait(30)
        second = session.run(draw)
        may_fail.set()
        assert isinstance(run.exception(30), errors.InvalidArgumentError)
        third = session.run(draw)
    with Session("sync") as reference:
        draws = [reference.run(draw) for _ in range(3)]
    assert_same([second, third], draws[1:])


def test_running_a_random_initializer_draws_anew(session: Session) -> None:
    w = df.Variable(df.random_normal([4]))
    init = df.global_variables_initializer()
    with Session("sync") as reference:
        seen = set()
        for _ in range(3):
            session.run(init)
            reference.run(init)
            value = session.run(w)
            assert_same(value, reference.run(w))
            seen.add(value.tobytes())
    assert len(seen) == 3


# Plans are kept


@pytest.fixture
def planned(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What has been planned since the test began."""
    made: list[Any] = []

    def spied(graph: Any, fetches: Any, *args: Any) -> Any:
        made.append(fetches)
        return plan_of(graph, fetches, *args)

    plan_of = df.session.plan_of
    monkeypatch.setattr("daskflow.session.plan_of", spied)
    return made


def test_a_second_run_of_the_same_fetches_plans_nothing(
    session: Session, planned: list[Any]
) -> None:
    x = df.placeholder("float64")
    w = df.Variable(0.0)
    step = w.assign_add(1.0)
    y = x * 2.0
    session.run([y, step], {x: 1.0})
    session.run([y, step], {x: 1.0})
    del planned[:]
    for i in range(3):
        session.run([y, step], {x: float(i)})
        df.constant(float(i))  # growth that the plan does not reach
    assert planned == []


def test_another_request_is_planned_anew(session: Session, planned: list[Any]) -> None:
    x = df.placeholder("float64")
    y = x * 2.0
    session.run(y, {x: 1.0})
    for fetches, feeds in [([y, x], {x: 1.0}), (y, {x: 1.0, y: 3.0}), (x, {x: 1.0})]:
        before = len(planned)
        session.run(fetches, feeds)
        assert len(planned) > before


# A look at a run


SCHEDULERS = [
    "sync",
    "threads",
    "processes",
    pytest.param("cluster", marks=pytest.mark.slow),
]


def clock() -> float:
    return float(time.perf_counter_ns())


@pytest.mark.parametrize("grouping", [True, False], ids=["grouped", "ungrouped"])
@pytest.mark.parametrize("name", SCHEDULERS)
def test_what_is_pure_is_verified(
    name: str, grouping: bool, op_of: Any, scheduler_named: Callable[[str], Any]
) -> None:
    x = df.placeholder("float32", [None, 30])
    w = df.Variable(df.random_normal([30, 5], seed=1))
    two = OpDef("two", lambda x: (x[1:], x * 2), lambda x: (x, x), several=True)
    a, b = build(two, (df.matmul(x, w),)).outputs
    y = op_of(lambda a, b: np.tanh(a).sum() + b)(a, df.random_uniform([5])) * b
    step = w.assign_add(df.reduce_mean(y) * np.ones((30, 5), np.float32))
    with df.control_dependencies([df.group(step, op_of(lambda x: x)(y))]):
        last = w.read_value()
    feeds = {x: np.random.default_rng(0).standard_normal((40, 30))}
    with Session(scheduler_named(name), grouping=grouping) as session:
        for _ in range(2):  # before and after the variables have values
            session.verify([y, step, last], feeds)
            before = session.run(w)
            assert_same(session.run(w), before)  # nothing was stored
        session.run([y, step, last], feeds)
        session.verify([y, step, last], feeds)


@pytest.mark.parametrize("impure", [np.random.rand, clock])
@pytest.mark.parametrize("grouping", [True, False], ids=["grouped", "ungrouped"])
@pytest.mark.parametrize("name", SCHEDULERS)
def test_verification_names_the_first_operation_that_is_not_pure(
    name: str,
    grouping: bool,
    impure: Any,
    op_of: Any,
    scheduler_named: Callable[[str], Any],
) -> None:
    x = df.placeholder("float64", [])
    before = df.exp(x)
    culprit = op_of(lambda x: x + impure())(before)
    line = inspect.currentframe().f_lineno - 1
    after = op_of(lambda x: x * impure())(culprit * 2.0)
    with Session(scheduler_named(name), grouping=grouping) as session:
        session.verify(before, {x: 1.0})
        with pytest.raises(errors.VerificationError) as raised:
            session.verify([after, before], {x: 1.0})
    first, made_at = str(raised.value).splitlines()
    assert first.startswith(f"{culprit.name!r} (custom) gives other bits")
    assert made_at.startswith(f"  made at {__file__}:{line}: culprit = op_of")


def test_verification_names_an_operation_that_fails(
    session: Session, op_of: Any
) -> None:
    failing = op_of(lambda x: 1 / 0)(df.constant(1.0))
    with pytest.raises(errors.InvalidArgumentError, match="made at") as raised:
        session.verify(failing + 1.0)
    assert raised.value.op is failing


def test_verification_counts_as_no_run(session: Session) -> None:
    draw = df.random_normal([3])
    with Session("sync") as reference:
        session.verify(draw)
        assert_same(session.run(draw), reference.run(draw))
        session.verify(draw)
        assert_same(session.run(draw), reference.run(draw))


def test_a_plan_is_shown_before_and_after_its_variables_have_values(
    session: Session,
) -> None:
    x = df.placeholder("float64", [2], name="x")
    w = df.Variable(np.ones(2), name="w")
    y = df.add(x, w, name="y")
    assert "y = add(x, w)" in str(session.plan(y))
    assert session.plan(y).updates == {"w": "w"}
    session.run(w)
    assert str(session.plan(y)) == str(session.plan(y, {x: None})) == "y = add(x, w)"
    assert session.plan(y).updates == {}


# A session's life


def test_the_default_session_is_what_eval_and_run_use(session: Session) -> None:
    x = df.placeholder("float64")
    w = df.Variable(1.0)
    step = df.group(w.assign_add(1.0))
    assert df.get_default_session() is session
    assert (x * 2.0).eval({x: 3.0}) == 6.0
    assert step.run() is None
    assert w.eval() == 2.0
    with Session("sync") as other:
        assert df.get_default_session() is other
        assert w.eval() == 1.0
        assert w.eval(session) == 2.0
    assert df.get_default_session() is session


def test_a_session_closes_at_the_end_of_its_with_and_as_default_does_not() -> None:
    y = df.constant(1.0)
    with Session("sync") as session:
        pass
    with pytest.raises(errors.SessionError, match="closed"):
        session.run(y)
    session.close()
    other = Session("sync")
    with other.as_default():
        assert y.eval() == 1.0
    with pytest.raises(errors.SessionError, match="no default session"):
        y.eval()
    assert other.run(y) == 1.0
    other.close()


def test_a_session_makes_its_graph_the_default_within_its_with() -> None:
    graph = df.Graph()
    outer = df.get_default_graph()
    with Session("sync", graph) as session:
        assert df.get_default_graph() is graph
        assert session.run(df.constant(2.0)) == 2.0
    assert df.get_default_graph() is outer


def test_an_interactive_session_is_the_default_until_it_closes() -> None:
    y = df.constant(1.0)
    session = df.InteractiveSession("sync")
    assert (df.get_default_session(), y.eval()) == (session, 1.0)
    session.close()
    with pytest.raises(errors.SessionError, match="no default session"):
        y.eval()


def test_an_interactive_session_may_close_while_another_is_the_default() -> None:
    session = df.InteractiveSession("sync")
    with Session("sync") as other:
        session.close()
        assert df.get_default_session() is other
    session.close()


def test_a_session_that_closes_while_it_runs_says_so(op_of: Any) -> None:
    def get(tasks: Any, keys: Any) -> Any:
        session.close()
        raise RuntimeError("the pool is gone")

    session = Session(get)
    with pytest.raises(errors.SessionError, match="closed while it ran") as raised:
        session.run(op_of(lambda: 1.0)())
    assert "the pool is gone" in str(raised.value.__cause__)


def test_one_graph_serves_several_sessions(session: Session) -> None:
    w = df.Variable(0.0)
    step = w.assign_add(1.0)
    with Session("sync") as other:
        session.run(step)
        session.run(step)
        assert [session.run(w), other.run(w)] == [2.0, 0.0]


# Callables


def test_a_callable_does_what_run_does(session: Session) -> None:
    x, y = df.placeholder("float64"), df.placeholder("float64", [2])
    w = df.Variable(2.0, dtype="float64")
    call = session.make_callable(
        {"sum": x + y * w, "none": w.assign_add(1.0).op}, [y, x]
    )
    for k in (2.0, 3.0, 4.0):
        result = call([1.0, 2.0], 5)
        assert result["none"] is None
        np.testing.assert_array_equal(result["sum"], [5 + k, 5 + 2 * k], strict=True)
    assert session.run(w) == 5.0


def test_a_callable_takes_other_shapes_and_dtypes(session: Session) -> None:
    x = df.placeholder("float64")
    call = session.make_callable(x + x, [x])
    for value in (1, [1.0, 2.0], np.ones((2, 3)), np.ones((3, 2)).T, np.float32(4)):
        np.testing.assert_array_equal(call(value), np.add(value, value))


def test_a_callable_sees_what_is_added_to_the_graph(session: Session) -> None:
    w = df.Variable(1.0)
    call = session.make_callable(w)
    v = df.Variable(3.0)
    assert call() == 1.0
    session.run(w.assign(v))
    assert call() == 3.0


def test_bad_input_of_a_callable(session: Session) -> None:
    x = df.placeholder("float32", [2], name="x")
    with pytest.raises(errors.FeedError, match="names a tensor twice"):
        session.make_callable(x, [x, x])
    call = session.make_callable(x + 1, [x])
    with pytest.raises(
        errors.FeedError, match=r"takes 1 values, those of \['x:0'\], got 2"
    ):
        call([1, 2], 3)
    with pytest.raises(errors.FeedError, match="Cannot feed value of shape"):
        call([1, 2, 3])
    session.close()
    with pytest.raises(errors.SessionError, match="closed"):
        call([1, 2])


def test_what_is_fed_is_the_users_own(session: Session) -> None:
    """A fed array goes on being writable, and nothing that a run gives is it."""
    x = df.placeholder("float64")
    w = df.Variable(np.zeros(2))
    call = session.make_callable([w.assign(x), x, df.identity(x)], [x])
    fed = np.array([1.0, 2.0])
    for _ in range(4):
        for value in call(fed):
            value += 1.0
        fed += 1.0
    np.testing.assert_array_equal(fed, [5.0, 6.0])
    np.testing.assert_array_equal(session.run(w), [4.0, 5.0])


def test_versions_are_those_after_the_last_run_and_take_none(session: Session) -> None:
    w, b = df.Variable([1.0, 2.0]), df.Variable(df.random_uniform([], seed=1))
    step = [w.assign_add([1.0, 1.0]), df.random_normal([])]
    session.run(step)
    versions, number = session.versions([w])
    session.run(step)
    assert number == 1
    assert versions[w].tolist() == [2.0, 3.0]
    assert not versions[w].flags.writeable
    versions, number = session.versions([w, b])  # the first use of b draws
    assert number == 3
    assert versions[b] == session.run(b)
    assert session.versions([w, b])[1] == 3


def test_only_runs_that_draw_are_numbered(session: Session) -> None:
    w, draw = df.Variable(1.0), df.random_normal([3], seed=2)
    first = [session.run(draw) for _ in range(3)]
    with Session(session._scheduler.client or "sync") as other:
        for expected in first:
            other.run(w.assign_add(1.0))
            other.run(w)
            assert_array_equal(other.run(draw), expected, strict=True)


def test_loading_stores_without_a_run(session: Session) -> None:
    v, w = df.Variable(0.0), df.Variable([1.0, 2.0])
    array = np.array([3.0, 4.0], np.float32)
    session.load({v: np.float32(5.0), w: array})
    array[:] = 9.0
    assert session.versions([v, w])[1] == 0
    assert [x.tolist() for x in session.run([v, w])] == [5.0, [3.0, 4.0]]
    session.run(df.global_variables_initializer())
    assert session.run(v) == 0.0


def test_the_run_after_a_number_that_is_loaded_draws_what_followed(
    session: Session,
) -> None:
    noise = df.random_normal([3])
    draws = [session.run(noise) for _ in range(4)]
    session.load({}, run_number=1)
    assert_array_equal(session.run(noise), draws[1])
    session.load({})
    assert_array_equal(session.run(noise), draws[2])


@pytest.mark.parametrize(
    ("value", "got"),
    [
        (np.zeros(2), "float64 [2]"),
        (np.zeros(3, np.float32), "float32 [3]"),
        ([1.0, 2.0], "float64 [2]"),
        (np.array([None, None]), "string [2]"),
    ],
)
def test_what_a_variable_does_not_hold_is_not_loaded(
    session: Session, value: Any, got: str
) -> None:
    v, w = df.Variable(0.0), df.Variable([1.0, 2.0], name="w")
    complaint = f"'w' holds float32 [2], got {got}"
    with pytest.raises(errors.InvalidArgumentError) as raised:
        session.load({v: np.float32(5.0), w: value})
    assert str(raised.value) == complaint
    assert raised.value.op is w.op
    assert session.run(v) == 0.0


def test_only_variables_of_the_graph_have_versions_and_load(session: Session) -> None:
    w = df.Variable(1.0, name="w")
    with df.Graph().as_default():
        stranger = df.Variable(1.0, name="w")
    wrong: Any = "w"
    for use in [session.versions, lambda v: session.load({v[0]: np.float32(2.0)})]:
        with pytest.raises(errors.GraphError, match="'w:0' is in another graph"):
            use([stranger])
        with pytest.raises(TypeError, match="expected a Variable, got 'w'"):
            use([wrong])
    assert session.run(w) == 1.0
    session.close()
    for use in [session.versions, session.load]:
        with pytest.raises(errors.SessionError, match="closed"):
            use({})


def test_versions_loading_and_runs_that_assign_take_turns(op_of: Any) -> None:
    v, w = df.Variable(0.0), df.Variable(0.0)
    started, go_on = threading.Event(), threading.Event()

    def slow() -> Any:
        started.set()
        assert go_on.wait(10)
        return np.float32(1.0)

    with Session("threads") as session, ThreadPoolExecutor(3) as pool:
        session.run([v, w])  # or a first use would wait for its own reasons
        run = pool.submit(session.run, [v.assign(op_of(slow)()), w.assign(1.0)])
        assert started.wait(10)
        versions = pool.submit(session.versions, [v, w])
        load = pool.submit(session.load, {v: np.float32(5.0)})
        for waiting in [versions, load]:
            with pytest.raises(TimeoutError):
                waiting.result(0.1)
        go_on.set()
        run.result(10)
        load.result(10)
        assert versions.result(10)[0][w] == 1.0
        assert session.run([v, w]) == [5.0, 1.0]


def test_a_tuple_of_tensors_is_fed_a_tuple_of_values(session: Session) -> None:
    x, y, z = (df.placeholder("float32", []) for _ in range(3))
    feeds = {x: 1.0, (y, (z,)): (2.0, [3.0])}
    assert session.run([x, y, z], feeds) == [1.0, 2.0, 3.0]
    with pytest.raises(errors.FeedError, match="a tuple of 2 tensors"):
        session.run(x, {(x, y): (1.0,)})


def test_floats_lose_their_fraction_where_ints_are_fed(session: Session) -> None:
    n = df.placeholder("int32")
    assert session.run(n, {n: [1.7, -1.7]}).tolist() == [1, -1]


def test_a_run_of_an_empty_graph_says_so() -> None:
    session = Session("sync", df.Graph())
    with session, pytest.raises(errors.SessionError, match="empty"):
        session.run([])
