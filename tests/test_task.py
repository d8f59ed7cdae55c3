"""A group as one function: its names, its lines, its errors, its journeys."""

import inspect
import linecache
import pickle
import re
import traceback
import tracemalloc
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from dataclasses import replace
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import cloudpickle
import numpy as np
import pytest

import daskflow as df
from daskflow import Session, errors
from daskflow.opdef import OpDef, unknown
from daskflow.plan import Node, Plan
from daskflow.program import Program, program_of, run_here, ungrouped
from daskflow.task import GroupTask
from daskflow.testing import plan


def as_one(plan: Plan) -> Program:
    """The program of a plan as a single group."""
    return program_of(plan, [tuple(plan.nodes)])


def values_of(plan: Plan, **given: Any) -> list[Any]:
    program = as_one(plan)
    return program.values(plan, given, run_here(program, given))


def task_of(plan: Plan) -> GroupTask:
    [step] = as_one(plan).steps
    return step.task


@pytest.fixture
def here() -> Iterator[Session]:
    """A session that runs everything in the thread of the test."""
    with Session("sync") as session:
        yield session


# Names

AWKWARD = [
    *("None", "True", "class", "lambda", "async", "print", "def"),
    *("clock", "seal", "group", "tiled", "tile", "clock_", "group_"),
    *("k_exp", "k_identity", "k_add", "k_exp_", "out_0", "axis_1", "tiles_3"),
    *("a/b", "a.b", "a-b", "a>b", "a_b", "a__b", ".", "..", ".._", "0", "1e5", "0x1"),
    *("t0", "t1", "t2", "buffer_0", "buffer_0_", "tile_", "._debug__"),
]


@pytest.mark.parametrize("size", [3, 300_000], ids=["whole", "in tiles"])
@pytest.mark.parametrize("name", AWKWARD)
def test_any_name_may_be_that_of_an_input_a_value_or_a_result(
    op_of: Any, name: str, size: int
) -> None:
    fed = np.linspace(0.0, 1.0, size)
    for place in range(4):
        with df.Graph().as_default() as graph, Session("sync", graph) as session:
            names: list[Any] = [None] * 4
            names[place] = name
            x = df.placeholder("float64", name=names[0])
            y = df.exp(op_of(lambda v: v + 1)(x).output, name=names[1])
            z = df.multiply(y, x, name=names[2])
            total = df.reduce_sum(z + y, name=names[3])
            [first, last] = session.run([z, total], {x: fed})
            expected = np.exp(fed + 1) * fed
            assert first.tobytes() == expected.tobytes()
            assert last == np.sum(expected + np.exp(fed + 1))


@pytest.mark.parametrize("id", ["größe", "Ω/1", "名前:0", "ⅷ", "ﬁ", "K", "a\nb", '"""'])
def test_an_id_may_have_any_characters(id: str) -> None:
    x = np.linspace(0, 1, 7)
    text = plan("y = exp(x); z = add(y, x)", fetch="y z")
    renamed = {
        id: text.nodes["y"]._replace(id=id),
        f"{id}_": text.nodes["z"]._replace(id=f"{id}_", inputs=(id, "x")),
    }
    y, z = values_of(replace(text, nodes=renamed, fetches=tuple(renamed)), x=x)
    assert y.tobytes() == np.exp(x).tobytes()
    assert z.tobytes() == (np.exp(x) + x).tobytes()


def test_names_that_are_alike_once_cleaned_stay_apart(session: Session) -> None:
    names = ["a/b", "a_b", "a.b", "a-b", "a>b", "a_b_", "a/b_", "a_b__"]
    x = df.placeholder("float64")
    ys = [df.add(x, float(i), name=name) for i, name in enumerate(names)]
    zs = [df.exp(y) for y in ys]
    values = session.run(ys + zs, {x: 1.0})
    assert values[: len(ys)] == [1.0 + i for i in range(len(names))]
    assert values[len(ys) :] == [np.exp(1.0 + i) for i in range(len(names))]


def test_an_op_may_be_called_as_a_variable_of_its_group() -> None:
    ops = [
        OpDef(name, lambda x, i=i: x * 10 + i, unknown)
        for i, name in enumerate(["x", "k_x", "clock", "x", "group", "seal"])
    ]
    names = ["k_x", "k_x_", "k_k_x", "k_clock", "k_x__", "k_group"]
    nodes = {
        id: Node(id, op, (before,))
        for op, (before, id) in zip(ops, pairwise(["x", *names]), strict=True)
    }
    plan = Plan(nodes, {}, ("k_group",), inputs={"x": "feed"})
    assert values_of(plan, x=np.int64(7)) == [7_012_345]


# Settings


class Odd:
    """A setting whose text is no Python."""

    def __repr__(self) -> str:
        return "<odd; import os>"


class Shouting(str):
    __slots__ = ()

    def __repr__(self) -> str:
        return "1 / 0"


SETTINGS = [
    *(0, -1, 2**70, True, False, None, "", 'it\'s "so"\n\\', (), (1,), ((), (2, None))),
    *(0.0, -0.0, 0.1, 5e-324, 1e308, float("inf"), -float("inf"), float("nan")),
    *((1.0, float("inf")), 1 + 2j, b"x", ..., slice(1, None), frozenset({1})),
    *(np.float32(0.1), np.int64(3), np.dtype("float32"), np.dtype(">i2"), np.float64),
    *(np.arange(3.0), (np.arange(2), "x"), {"a": [1]}, Odd(), Shouting("ab"), abs),
]


@pytest.mark.parametrize("setting", SETTINGS, ids=repr)
def test_a_kernel_gets_its_settings_as_they_are(setting: Any) -> None:
    got = []
    spy = OpDef("spy", lambda *, a, b: got.append((a, b)) or a, unknown)
    nodes = {id: Node(id, spy, (), {"a": setting, "b": (setting,)}) for id in "yz"}
    task = task_of(Plan(nodes, {}, ("y", "z")))
    task()
    assert len(got) == 2
    for a, (b,) in got:
        for value in (a, b):
            assert type(value) is type(setting)
            assert repr(value) == repr(setting)


@pytest.mark.parametrize(
    "setting", [np.inf, np.dtype("float32"), (None, np.nan), np.arange(3.0)], ids=repr
)
def test_settings_arrive_as_they_were_sent(setting: Any) -> None:
    echo = OpDef("echo", lambda *, a: a, unknown)
    task = task_of(Plan({"y": Node("y", echo, (), {"a": setting})}, {}, ("y",)))
    [value, _] = pickle.loads(cloudpickle.dumps(task))()
    assert type(value) is type(setting)
    assert repr(value) == repr(setting)


# Lines


def test_a_traceback_through_a_group_shows_the_line_of_the_node() -> None:
    text = "add_2 = add(x, x); product_3 = matmul(add_2, add_2); y = exp(product_3)"
    with pytest.raises(errors.InvalidArgumentError) as raised:
        values_of(plan(text, fetch="y"), x=np.ones((2, 3)))
    shown = "".join(traceback.format_exception(raised.value.__cause__))
    assert re.search(r"\n +product_3 = .*k_matmul\(add_2, add_2\)", shown)
    assert "k_exp" not in shown


def test_a_traceback_through_a_group_that_has_travelled_shows_it_too() -> None:
    text = "add_2 = add(x, x); product_3 = matmul(add_2, add_2)"
    task = pickle.loads(cloudpickle.dumps(task_of(plan(text, fetch="product_3"))))
    with pytest.raises(errors.InvalidArgumentError, match="'product_3'") as raised:
        task(np.ones((2, 3)))
    shown = "".join(traceback.format_exception(raised.value.__cause__))
    assert re.search(r"\n +product_3 = .*k_matmul\(add_2, add_2\)", shown)


def test_the_lines_of_two_groups_do_not_mix() -> None:
    texts = [f"y = add(x, x); z{i} = matmul(y, y)" for i in range(3)]
    tasks = [task_of(plan(text, fetch=f"z{i}")) for i, text in enumerate(texts)]
    for i, task in [*enumerate(tasks), *enumerate(tasks)]:
        with pytest.raises(errors.InvalidArgumentError) as raised:
            task(np.ones((2, 3)))
        shown = "".join(traceback.format_exception(raised.value.__cause__))
        assert re.search(rf"\n +z{i} = .*k_matmul\(y, y\)", shown)
    groups = [name for name in linecache.cache if name.startswith("<group ")]
    assert len(groups) >= 3


# Errors


def _failing(x: Any) -> Any:
    raise ValueError(f"no {x}")


@pytest.mark.parametrize("grouping", [True, False], ids=["one group", "many"])
@pytest.mark.parametrize(
    "name",
    ["sync", "threads", "processes", pytest.param("cluster", marks=pytest.mark.slow)],
)
@pytest.mark.parametrize("place", [0, 1, 2], ids=["first", "middle", "last"])
def test_an_error_names_its_node_wherever_in_a_group_it_is(
    place: int,
    name: str,
    grouping: bool,
    op_of: Any,
    scheduler_named: Callable[[str], Any],
) -> None:
    steps = [df.exp, df.exp, df.exp]
    x = df.placeholder("float64")
    y, failing, line = x, x.op, 0
    for i, step in enumerate(steps):
        if i == place:
            failing = op_of(_failing)(y)
            line = inspect.currentframe().f_lineno - 1
            y = failing.output
        else:
            y = step(y)
    with Session(scheduler_named(name), grouping=grouping) as session:
        for _ in range(3):
            with pytest.raises(errors.InvalidArgumentError) as raised:
                session.run(y, {x: 0.0})
            assert raised.value.op is failing
            first, inputs, made_at, *tree = str(raised.value).splitlines()
            assert f"{failing.name!r} (custom) failed: ValueError: no" in first
            assert inputs == "  its inputs: float64 []"
            assert f"{__file__}:{line}: failing = op_of(_failing)(y)" in made_at
            [here] = [row for row in tree if row.endswith("  <- failed")]
            assert f"{failing.name} " in here


def test_an_error_tells_what_is_constant_among_the_inputs(session: Session) -> None:
    x = df.placeholder("float64")
    with pytest.raises(errors.InvalidArgumentError) as raised:
        session.run(x + np.ones(2), {x: np.ones(3)})
    assert "  its inputs: float64 [3], float64 [2]\n" in str(raised.value)


@pytest.mark.parametrize(
    ("raised", "ours"),
    [
        (MemoryError("m"), errors.ResourceExhaustedError),
        (NotImplementedError("n"), errors.UnimplementedError),
        (StopIteration("s"), errors.OutOfRangeError),
        (ZeroDivisionError("z"), errors.InvalidArgumentError),
        (KeyError("k"), errors.InvalidArgumentError),
        (OSError("o"), errors.UnknownError),
        (SystemExit(3), errors.UnknownError),
        (errors.UnavailableError(None, "other", "text"), errors.UnavailableError),
        (
            type("Own", (errors.ResourceExhaustedError,), {})(None, "o", "t"),
            errors.ResourceExhaustedError,
        ),
    ],
    ids=lambda value: type(value).__name__,
)
def test_the_class_of_an_error_follows_from_that_of_its_cause(
    session: Session, op_of: Any, raised: Any, ours: Any
) -> None:
    def fail(x: Any) -> Any:
        raise raised

    node = op_of(fail)(df.constant(1.0))
    with pytest.raises(errors.OpError) as caught:
        session.run(node + 1.0)
    assert type(caught.value) is ours
    assert caught.value.op is node


def test_an_interrupt_is_not_taken_for_a_failure(here: Session, op_of: Any) -> None:
    def interrupt(x: Any) -> Any:
        raise KeyboardInterrupt

    x = df.placeholder("float64")
    with pytest.raises(KeyboardInterrupt):
        here.run(op_of(interrupt)(x), {x: 1.0})
    assert here.run(x + 1.0, {x: 1.0}) == 2.0


def test_no_memory_for_a_result_is_an_error_of_its_node(
    here: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_memory(*args: Any, **kwargs: Any) -> Any:
        raise MemoryError("no memory for it")

    x = df.placeholder("float64")
    y = df.exp(x) + 1.0
    numpy = SimpleNamespace(**{**vars(np), "empty": no_memory})
    monkeypatch.setattr("daskflow.tiles.np", numpy)
    with pytest.raises(errors.ResourceExhaustedError, match="no memory for it"):
        here.run(y, {x: np.zeros(300_000)})


# Journeys

ROUNDED = (
    "s = reduce_sum(x, axis=None, keepdims=False); e = exp(x); p = matmul(e, x);"
    " t = reduce_mean(p, axis=0, keepdims=False); u = tanh(t); c = 0.1;"
    " v = multiply(u, c)"
)


def unaligned(array: Any) -> Any:
    """The same array, but at an odd address, as it may come over a wire."""
    raw = b"\0" + array.tobytes()
    return np.frombuffer(raw, np.uint8)[1:].view(array.dtype).reshape(array.shape)


def permuted(array: Any) -> Any:
    """The same array, read-only and in Fortran order."""
    return np.asfortranarray(array)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_task_gives_the_same_bits_after_a_journey(dtype: str) -> None:
    task = task_of(plan(ROUNDED, fetch="s v p"))
    x = np.random.default_rng(0).standard_normal((57, 57)).astype(dtype)
    expected = [value.tobytes() for value in task(x)[:-1]]
    for _ in range(3):
        task = pickle.loads(cloudpickle.dumps(task))
        arrived = unaligned(x)
        assert not arrived.flags.aligned
        for given in (x, arrived):
            assert [value.tobytes() for value in task(given)[:-1]] == expected


def test_what_arrives_in_a_tuple_is_aligned_too() -> None:
    text = "a = exp(x); b = reduce_sum(a, axis=None, keepdims=False)"
    program = program_of(plan(text, fetch="b"), [("a",), ("b",)])
    first, second = (pickle.loads(pickle.dumps(step.task)) for step in program.steps)
    x = np.random.default_rng(0).standard_normal(1_001)
    [a, clock] = first(x)
    [expected, _] = second((a, clock))
    [value, _] = second((unaligned(a), clock))
    assert value.tobytes() == expected.tobytes()


def test_a_constant_is_aligned_after_a_journey() -> None:
    addresses = []
    spy = OpDef("spy", lambda c: addresses.append(c.flags.aligned) or c, unknown)
    task = task_of(
        Plan({"y": Node("y", spy, ("c",))}, {"c": unaligned(np.ones(5))}, ("y",))
    )
    task()
    assert addresses == [True]


def test_a_task_of_a_thousand_nodes_pickles_small_and_without_its_graph(
    here: Session,
) -> None:
    x = df.placeholder("float64")
    for i in range(1_000):
        df.constant(np.full(1_000, i))  # what it would grow with, if it held the graph
    y = x
    for _ in range(500):
        y = df.exp(-y)
    task = task_of(here.plan(y))
    text = pickle.dumps(task)
    assert len(text) < 120 * len(task.lines)
    assert b"Graph" not in text
    fed = np.linspace(0, 1, 11)
    assert pickle.loads(text)(fed)[0].tobytes() == task(fed)[0].tobytes()


def test_a_task_is_shown_by_its_name() -> None:
    task = task_of(plan("a = exp(x); b = exp(a); c = exp(b)", fetch="c"))
    assert repr(task) == f"<task {task.name}>"
    assert task.__name__ == task.name == task.__dask_tokenize__()
    assert re.findall(r"\w+", task.name) == ["a", "c"]


def test_what_is_read_only_is_so_for_a_class_and_writable_again_for_nobody(
    session: Session, op_of: Any
) -> None:
    def writes(x: Any) -> Any:
        x.flags.writeable = True
        return x

    y = op_of(writes)(df.constant(np.ones(3)))
    with pytest.raises(errors.InvalidArgumentError, match="WRITEABLE"):
        session.run(y)


# Memory


def test_a_value_is_dropped_after_its_last_reader(here: Session, op_of: Any) -> None:
    size = 100_000
    alive = 0
    most = []

    def gone() -> None:
        nonlocal alive
        alive -= 1

    def fresh(x: Any) -> Any:
        nonlocal alive
        array = x + 1.0
        alive += 1
        weakref.finalize(array, gone)
        most.append(alive)
        return array

    x = df.placeholder("float64", [size])
    y = x
    for _ in range(20):
        y = op_of(fresh)(y).output
    fed = np.zeros(size)
    for _ in range(4):
        value = here.run(df.reduce_sum(y), {x: fed})
        assert value == 20.0 * size
    assert len(most) == 80
    assert max(most) <= 2
    assert alive == 0


@pytest.mark.parametrize("known", [True, False], ids=["known", "unknown shape"])
@pytest.mark.parametrize("step", ["tanh", "concat"])
@pytest.mark.parametrize("grouping", [True, False], ids=["grouped", "ungrouped"])
def test_a_chain_holds_a_few_of_its_arrays(
    op_of: Any, grouping: bool, step: str, known: bool
) -> None:
    size = 500_000
    x = df.placeholder("float64", [size] if known else None)
    y = x
    for i in range(20):
        y = df.tanh(y) if step == "tanh" else df.concat([y[1:], [float(i)]], 0)
    y = df.reduce_sum(y)
    fed = np.linspace(0, 1, size)
    with Session("sync", grouping=grouping) as session:
        for _ in range(3):
            tracemalloc.start()
            session.run(y, {x: fed})
            peak = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
            assert peak < 4.5 * fed.nbytes


def test_a_value_that_is_only_waited_for_is_dropped(op_of: Any) -> None:
    size = 100_000
    x = df.placeholder("float64", [size])
    z = x
    for _ in range(10):
        with df.control_dependencies([op_of(lambda v: v * 2)(z)]):
            z = df.concat([z[1:], [0.0]], 0)
    z = df.reduce_sum(z)
    fed = np.zeros(size)
    with Session("sync") as session:
        session.run(z, {x: fed})
        tracemalloc.start()
        session.run(z, {x: fed})
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < 5 * fed.nbytes


def test_a_small_view_keeps_no_large_array() -> None:
    size = 100_000
    x = y = df.placeholder("float64", [size])
    for _ in range(20):
        y = df.concat([y[1:], y[:1] + 1.0], 0)
    fed = np.zeros(size)
    with Session("sync") as session:
        session.run(df.reduce_sum(y), {x: fed})
        tracemalloc.start()
        session.run(df.reduce_sum(y), {x: fed})
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < 5 * fed.nbytes


# The thread that it runs in


def test_a_task_warns_of_no_overflow_and_leaves_the_thread_as_it_was(
    session: Session,
) -> None:
    x = df.placeholder("float64")
    fetches = [x / 0.0, df.exp(x * 1e9), df.log(-x)]
    with np.errstate(all="raise"):
        before = np.geterr()
        values = session.run(fetches, {x: 1.0})
        assert np.geterr() == before
    assert values[:2] == [np.inf, np.inf]
    assert np.isnan(values[2])


def test_what_a_class_sets_in_numpy_does_not_reach_the_next_run(
    here: Session, op_of: Any
) -> None:
    x = df.placeholder("float64")
    strict = op_of(lambda x: x if np.seterr(all="raise") else None)(x)
    outer = np.geterr()
    in_thread(lambda: here.run(strict, {x: 1.0}))
    assert in_thread(lambda: _twice(here, strict, x)) == np.inf
    assert np.geterr() == outer


def _twice(session: Session, strict: Any, x: Any) -> Any:
    session.run(strict, {x: 1.0})
    return session.run(x / 0.0, {x: 1.0})


def test_a_class_sees_what_the_thread_that_runs_it_has_set(
    here: Session, op_of: Any
) -> None:
    seen = op_of(lambda: SETTING.get())()
    assert here.run(seen) == 0
    token = SETTING.set(5)
    assert here.run(seen) == 5
    SETTING.reset(token)
    assert here.run(seen) == 0


SETTING = ContextVar("SETTING", default=0)


def in_thread(work: Callable[[], Any]) -> Any:
    """The value of `work()` in a thread of its own, where nobody has run a task."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(work).result()


@pytest.mark.parametrize(
    "text",
    [
        "y = exp(x)",
        "y = exp(x); z = log(y); w = add(y, z)",
        "a = no_op(); y = exp(x) after a",
    ],
)
def test_one_group_and_a_group_per_node_give_the_same_bits(text: str) -> None:
    before = plan(text, fetch=text.split("; ")[-1][0])
    x = np.random.default_rng(1).random(101)
    together = values_of(before, x=x)
    program = ungrouped(before)
    apart = program.values(before, {"x": x}, run_here(program, {"x": x}))
    assert [v.tobytes() for v in together] == [v.tobytes() for v in apart]
