"""Plans as steps: what they need and give, however they are grouped."""

from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Any

import dask
import numpy as np
import pytest
from distributed.protocol import deserialize, serialize
from hypothesis import given, settings
from hypothesis import strategies as st

import daskflow as df
from daskflow import Session
from daskflow.emit import emit, result_of
from daskflow.graph import build
from daskflow.opdef import OpDef, unknown
from daskflow.passes.group import Grouping
from daskflow.plan import Node, Plan
from daskflow.program import Program, program_of, run_here, step_name, ungrouped
from daskflow.spec import Spec
from daskflow.testing import plan

DIAMOND = (
    "two = 2.0; a = exp(x); b = tanh(a); c = sqrt(a); d = add(b, c); e = add(d, two)"
)


def steps_of(program: Program) -> list[tuple[Any, ...]]:
    return [(s.nodes, s.needs, s.results, s.wanted) for s in program.steps]


@pytest.mark.parametrize(
    ("groups", "fetch", "expected"),
    [
        ("abcde", "e", [("abcde", ["x"], "e", "e")]),
        ("abcde", "e a x two", [("abcde", ["x"], "ae", "ae")]),
        (
            "ab cde",
            "e",
            [("ab", ["x"], "ab", ""), ("cde", ["a+b"], "e", "e")],
        ),
        (
            "a b c de",
            "b e",
            [
                ("a", ["x"], "a", ""),
                ("b", ["a"], "b", "b"),
                ("c", ["a"], "c", ""),
                ("de", ["b", "c"], "e", "e"),
            ],
        ),
        (
            "ac b de",
            "d e d",
            [
                ("ac", ["x"], "ac", ""),
                ("b", ["a+c"], "b", ""),
                ("de", ["b", "a+c"], "de", "de"),
            ],
        ),
    ],
)
def test_a_step_needs_and_gives_what_crosses(
    groups: str, fetch: str, expected: list[Any]
) -> None:
    program = program_of(plan(DIAMOND, fetch=fetch), groups.split())
    assert [
        ("".join(n), sorted(needs), "".join(r), "".join(w))
        for n, needs, r, w in steps_of(program)
    ] == [(n, sorted(needs), r, w) for n, needs, r, w in expected]


def test_what_is_only_waited_for_is_needed_and_gives_nothing() -> None:
    before = plan("a = exp(x); b = no_op() after a; c = tanh(x) after b", fetch="c b")
    program = program_of(before, "abc")
    assert steps_of(program) == [
        (("a",), ("x",), (), ()),
        (("b",), ("a",), ("b",), ("b",)),
        (("c",), ("b", "x"), ("c",), ("c",)),
    ]


@pytest.mark.parametrize(
    "groups", ["a b c d e", "ab cde", "abc de", "ac bd e", "abcde"]
)
def test_every_grouping_of_a_diamond_gives_its_values(groups: str) -> None:
    before = plan(DIAMOND, fetch="e b x two")
    given = {"x": np.linspace(0, 1, 11)}
    program = program_of(before, groups.split())
    tasks = emit(program, given, "salt")
    steps = [step for step in program.steps if step.wanted]
    keys = [result_of(tasks, step) for step in steps]
    done = dict(zip((s.id for s in steps), dask.get(tasks, keys), strict=True))
    a = np.exp(given["x"])
    b = np.tanh(a)
    expected = [b + np.sqrt(a) + 2.0, b, given["x"], 2.0]
    for found, value in zip(program.values(before, given, done), expected, strict=True):
        assert np.asarray(found).tobytes() == np.asarray(value).tobytes()


def test_a_step_is_called_after_its_nodes() -> None:
    names = [step_name(["a"]), step_name(["a", "b"]), step_name(["a", "b", "c", "d"])]
    assert len(set(names)) == 3
    assert names[0] == "a"
    assert all("a" in name for name in names)
    assert "b" in names[1]
    assert "d" in names[2]


def test_no_step_is_called_as_another_or_as_an_input() -> None:
    """Names of nodes may hold dots, slashes and much else."""
    x = df.placeholder("float64", name="y..z")
    y = df.exp(x, name="y")
    z = df.tanh(df.sqrt(y), name="z")
    dotted = df.exp(z, name="y-z")
    total = df.add(dotted, y, name="y.z")
    expected = np.exp(np.tanh(np.sqrt(np.exp(0.5)))) + np.exp(0.5)
    with Session("sync") as session, dask.callbacks.Callback():
        for _ in range(2):
            assert session.run(total, {x: 0.5}) == expected
        plan = session.plan(total)
    ids = list(plan.nodes)
    for cut in range(1, len(ids)):
        program = program_of(plan, [ids[:cut], ids[cut:]])
        assert len({*(s.id for s in program.steps), *plan.inputs}) == 3


# Random groupings


def random_groups(plan: Plan, random: Random) -> Grouping:
    """Groups cut from a random order in which the nodes can run: every one is convex.

    And every convex grouping is such a cut, since its groups have an order too.
    """
    waiting = {
        id: {i for i in (*node.inputs, *node.after) if i in plan.nodes}
        for id, node in plan.nodes.items()
    }
    order: list[str] = []
    while waiting:
        ready = [id for id, needed in waiting.items() if needed <= set(order)]
        id = random.choice(ready[:1] if random.random() < 0.5 else ready)
        order.append(id)
        del waiting[id]
    often = random.choice([0.1, 0.5, 0.9])
    groups: list[list[str]] = []
    for id in order:
        if groups and random.random() > often:
            groups[-1].append(id)
        else:
            groups.append([id])
    return Grouping(tuple(map(tuple, groups)), 0.0)


UNARY: list[Callable[..., Any]] = [  # of matrices, whatever is known of them
    df.tanh,
    df.negative,
    df.transpose,
    lambda x: x[::-1, ::2],
    lambda x: df.reduce_sum(x, axis=0, keepdims=True),
    lambda x: df.reshape(x, [-1, 1]),
    lambda x: df.matmul(df.tanh(x), df.transpose(x)),
    lambda x: x / (1.0 + df.reduce_mean(df.abs(x))),
    lambda x: df.where(x > 0.0, x, -x) * 0.5,
]


def random_program(random: Random, op_of: Any) -> tuple[Any, list[Any]]:
    """A placeholder, and tensors, variables and operations to fetch."""
    x = df.placeholder("float32", [None, None])
    w = df.Variable(np.ones((1, 1), np.float32))
    twice = OpDef("two", lambda x: (x + 1, x * 2), lambda x: (x, x), several=True)
    values: list[Any] = [x, w.value()]
    effects: list[Any] = []
    for _ in range(random.randint(3, 15)):
        before = random.sample(effects, min(len(effects), random.choice([0, 0, 1, 2])))
        with df.control_dependencies(before):
            kind = random.randrange(8)
            value = random.choice(values)
            if kind == 0:
                values.append(op_of(lambda v: v * 3)(value).output)
            elif kind == 1:
                values.append(value * df.reduce_max(random.choice(values)))
            elif kind == 2:
                effects.append(w.assign_add(df.reshape(df.reduce_max(value), [1, 1])))
            elif kind == 3:
                values += build(twice, (value,)).outputs
            elif kind == 4:
                effects.append(df.group(random.choice(values), *before))
            elif kind == 5:
                values.append(value + df.random_normal([1, 1]))
            else:
                values.append(random.choice(UNARY)(value))
            effects.append(values[-1])
    return x, [*random.sample(values, min(4, len(values))), *effects[-3:], w]


@settings(max_examples=80)
@given(st.randoms(use_true_random=False))
def test_a_random_grouping_gives_the_bits_of_no_grouping(random: Random) -> None:
    def grouped(self: Any, plan: Plan, costs: Any) -> Grouping:
        return random_groups(plan, random)

    def op_of(function: Any) -> Any:
        class custom(df.Operation):
            def __init__(self, *nodes: Any) -> None:
                super().__init__(nodes)

            def compute(self, *values: Any) -> Any:
                return function(*values)

        return custom

    array = np.random.default_rng(0).standard_normal((4, 3)).astype(np.float32)
    with (
        df.Graph().as_default(),
        pytest.MonkeyPatch.context() as patch,
        Session("sync") as session,
        Session("sync", grouping=False) as reference,
    ):
        patch.setattr("daskflow.costs.Costs.group", grouped)
        x, fetches = random_program(random, op_of)
        for _ in range(4):  # timed and not, with other groups after each
            values = session.run(fetches, {x: array})
            expected = reference.run(fetches, {x: array})
            for value, other in zip(values, expected, strict=True):
                assert np.asarray(value).tobytes() == np.asarray(other).tobytes()


@pytest.mark.parametrize("groups", ["abcd", "a bcd", "ab cd", "a b cd", "a b c d"])
def test_what_runs_in_tiles_waits_too(groups: str) -> None:
    """Whether what it waits for is in its group, in its tile or elsewhere."""
    order: list[str] = []

    def spy(x: Any, *, label: str) -> Any:
        order.append(label)
        return x

    x = np.linspace(0, 1, 300_000)
    text = "a = exp(x); b = sqrt(a); c = tanh(b) after a; d = exp(c) after a, b"
    before = plan(text, fetch="d")
    first = Node("a", OpDef("spy", spy, unknown), ("x",), {"label": "a"})
    before = replace(before, nodes={**before.nodes, "a": first})
    flat = Spec(x.dtype, x.shape)
    program = program_of(before, groups.split(), tiles=dict.fromkeys("bcd", flat))
    done = run_here(program, {"x": x})
    [found, *_] = done[program.steps[-1].id]
    assert order == ["a"]
    assert found.tobytes() == np.exp(np.tanh(np.sqrt(x))).tobytes()


# What crosses


def through_the_wire(tasks: Any, keys: Any, **kwargs: Any) -> Any:
    """A scheduler where every value travels as it does between a cluster's workers."""

    def sent(value: Any) -> Any:
        if isinstance(value, tuple):
            return tuple(map(sent, value))
        if not isinstance(value, np.ndarray):
            return value
        header, frames = serialize(value)
        return deserialize(header, [bytes(memoryview(frame)) for frame in frames])

    done: dict[Any, Any] = {}
    for key in dask.order.order(tasks):
        needed = {other: done[other] for other in tasks[key].dependencies}
        done[key] = sent(tasks[key](needed))
    return [done[key] for key in keys]


LAYOUTS: dict[str, Callable[[Any, Any], Any]] = {
    "broadcast": lambda x, y: x + y,
    "broadcast twice": lambda x, y: (x + y) * y,
    "stacked": lambda x, y: df.stack([x[:, :, 0], x[:, :, 0]], 1),
    "chosen": lambda x, y: df.where(x > y, x + y, y * x),
    "transposed": lambda x, y: df.transpose(x + y, [1, 2, 0]),
    "sliced": lambda x, y: (x + y)[1:, ::2],
    "of a class": lambda x, y: swapped(x + y),
}


class swapped(df.Operation):
    def __init__(self, x: Any) -> None:
        super().__init__([x])

    def compute(self, x: Any) -> Any:
        return np.swapaxes(x, 0, 1)[::-1]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("known", [True, False], ids=["known", "unknown"])
def test_bits_do_not_depend_on_how_a_value_lies_when_it_is_sent(
    known: bool, layout: str
) -> None:
    random = np.random.default_rng(0)
    a = np.asfortranarray(random.standard_normal((30, 20, 1), dtype=np.float32))
    b = random.standard_normal(30, dtype=np.float32)
    x = df.placeholder("float32", a.shape if known else None)
    y = df.placeholder("float32", b.shape if known else None)
    z = LAYOUTS[layout](x, y)
    fetches = [df.reduce_sum(z), df.reduce_mean(z, axis=(0, 1)), df.reduce_sum(z, 1)]
    found = []
    for scheduler, grouping in [
        ("sync", True),
        ("sync", False),
        (through_the_wire, True),
        (through_the_wire, False),
    ]:
        with Session(scheduler, grouping=grouping) as session:
            values = session.run(fetches, {x: a, y: b})
            found.append([value.tobytes() for value in values])
    assert found == [found[0]] * 4


def test_a_plan_without_nodes_has_no_steps() -> None:
    empty = Plan({}, {"c": np.float32(1)}, ("x", "c"), inputs={"x": "feed"})
    program = ungrouped(empty)
    assert program.steps == ()
    assert program.values(empty, {"x": 5}, {}) == [5, 1.0]


def test_an_update_is_wanted_after_the_fetches() -> None:
    before = plan("a = add(w, x); y = exp(x)", fetch="y", updates={"w": "a"})
    given = {"w": np.float64(1), "x": np.float64(0)}
    program = ungrouped(before)
    assert program.values(before, given, run_here(program, given)) == [1.0, 1.0]
