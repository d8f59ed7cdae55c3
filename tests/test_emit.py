"""A program as a Dask graph: its keys, its edges, its values."""

from typing import Any

import dask
import numpy as np
import pytest
from dask.base import tokenize
from dask.task_spec import Task

from daskflow.emit import Given, emit, result_of, value_of
from daskflow.program import program_of, ungrouped
from daskflow.testing import plan

TEXT = (
    "two = 2.0; a = exp(x); b = add(a, two); c = no_op() after b; d = tanh(x) after c"
)
X = np.linspace(0, 1, 5)


def test_a_task_depends_on_the_inputs_of_its_node_and_on_what_it_waits_for() -> None:
    before = plan(TEXT, fetch="d")
    tasks = emit(ungrouped(before), {"x": X}, "salt")
    for id, node in before.nodes.items():
        needed = {*node.inputs, *node.after} - before.values.keys()
        assert tasks[tasks.key(id)].dependencies == {tasks.key(i) for i in needed}


def test_every_key_is_an_id_and_the_salt() -> None:
    before = plan(TEXT, fetch="d")
    tasks = emit(ungrouped(before), {"x": X}, "session", "run")
    assert set(tasks) == {(id, "session", "run") for id in ("x", *before.nodes)}
    assert type(tasks[tasks.key("x")]) is Given
    assert type(tasks[tasks.key("a")]) is Task


def test_an_input_that_no_step_needs_is_not_sent() -> None:
    before = plan("y = exp(x)", fetch="y z", feed="x z")
    assert ("z", "salt") not in emit(ungrouped(before), {"x": X, "z": X}, "salt")


def test_graphs_of_two_salts_have_two_tokens_whatever_is_in_them() -> None:
    program = ungrouped(plan(TEXT, fetch="d"))
    first, again, other = (
        emit(program, {"x": values}, salt)
        for values, salt in ((X, "1"), (X + 1, "1"), (X, "2"))
    )
    assert tokenize(first) == tokenize(again) != tokenize(other)


@pytest.mark.parametrize(
    ("groups", "fetch", "own"),
    [("abcd", "b d", "1"), ("ab cd", "d", "01"), ("ab c d", "a d", "011")],
)
def test_what_only_other_steps_need_stays_where_it_is(
    groups: str, fetch: str, own: str
) -> None:
    """A step gives its task's own value, or what another task picks out of it."""
    before = plan(TEXT.replace("c = no_op() after b", "c = sqrt(b)"), fetch=fetch)
    steps = program_of(before, groups.split()).steps
    tasks = emit(program_of(before, groups.split()), {"x": X}, "salt")
    keys = [result_of(tasks, step) for step in steps]
    assert [key == tasks.key(s.id) for key, s in zip(keys, steps, strict=True)] == [
        mark == "1" for mark in own
    ]
    for step, values in zip(steps, dask.get(tasks, keys), strict=True):
        *found, clocks = values
        assert len(found) == len(step.wanted)
        assert len(clocks) >= 2
        assert sorted(clocks) == list(clocks)


@pytest.mark.parametrize(
    ("id", "expected"), [("x", X), ("two", 2.0), ("b", np.exp(X) + 2.0)]
)
def test_the_value_of_an_id_is_that_of_an_input_a_constant_or_a_node(
    id: str, expected: Any
) -> None:
    before = plan(TEXT, fetch=f"{id} d")
    given = {"x": X}
    tasks = emit(ungrouped(before), given, "salt")
    value = dask.get(tasks, value_of(tasks, before, given, id))
    assert np.asarray(value).tobytes() == np.asarray(expected).tobytes()
