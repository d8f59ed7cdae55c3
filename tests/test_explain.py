"""What `explain` says of a run before it runs."""

import re
from typing import Any

import dask
import pytest

import daskflow as df
from daskflow import Session
from daskflow.explain import SHOWN, critical_path
from daskflow.testing import plan as plan_from


def said(fetches: Any, feeds: Any = None) -> list[str]:
    return Session("sync").explain(fetches, feeds).splitlines()


def test_what_is_left_out_is_named_with_the_reason() -> None:
    x = df.placeholder("float64", [2], name="x")
    w = df.Variable([1.0, 2.0], dtype="float64", name="w")
    folded = df.exp(df.constant(1.0, "float64"), name="folded")
    twice = df.square(x, name="once") + df.square(x, name="twice")
    same = df.reshape(x, [2], name="same")
    y = df.add_n([w * folded, twice, same])
    lines = said(y, {x: [1.0, 2.0]})
    assert lines[0].endswith(" nodes of the graph needed")
    assert "  1 node reading a variable's value as it is: w/read" in lines
    assert "  1 node the same as another node: twice" in lines
    assert any("from constants: folded" in line for line in lines)
    assert any("of no effect at these sizes" in x and "same" in x for x in lines)


def test_the_critical_path_is_the_longest_by_cost() -> None:
    plan = plan_from("a = exp(x); b = log(x); c = add(a, b); d = exp(x)", fetch="c")
    costs = {"a": 1.0, "b": 3.0, "c": 1.0, "d": 3.5}
    assert critical_path(plan, costs) == ["b", "c"]
    assert critical_path(plan, costs | {"d": 9.0}) == ["d"]


def test_a_task_of_many_nodes_is_folded_by_scope() -> None:
    x = df.placeholder("float64", [], name="x")
    y = x
    for i in range(3 * SHOWN):
        with df.name_scope("even" if i % 2 else "odd"):
            y = df.exp(y)
    y = df.tanh(y)
    lines = said(y, {x: 1.0})
    assert len(lines) < 2 * SHOWN
    folded = [re.match(r" *[\d.]+ us      (\S+)  (\d+) nodes?$", x) for x in lines]
    counts = {found[1]: int(found[2]) for found in folded if found}
    assert counts == {"even/": 40, "odd/": 40, "tanh": 1}
    shown = sum(" = " in line for line in lines)
    assert shown == SHOWN
    assert shown + sum(counts.values()) == 3 * SHOWN + 1


def test_tasks_that_may_run_side_by_side_start_at_one_time(op_of: Any) -> None:
    x = df.placeholder("float64", [])
    a, b = (op_of(lambda x: x)(x) for _ in range(2))
    with dask.config.set(num_workers=2), Session("threads") as session:
        lines = session.explain(a + b, {x: 1.0}).splitlines()
    starts = [line.split(" from ")[1].split()[0] for line in lines if " from " in line]
    assert starts[:2] == ["0.0", "0.0"]
    assert float(starts[2]) == pytest.approx(20_000)


def test_many_tasks_are_told_by_the_dearest() -> None:
    x = df.placeholder("float64", [])
    with Session("sync", grouping=False) as session:
        text = session.explain([df.exp(x) * float(i) for i in range(SHOWN)], {x: 1.0})
    assert text.count(" from ") == SHOWN
    assert re.search(r"\n *[\d.]+ us  1 task more$", text)
