"""What a run is going to do: tasks and costs, as text and as a diagram."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from daskflow.costs import Tuning
from daskflow.drawings import plan_diagram
from daskflow.passes import PIPELINE
from daskflow.passes.cse import merge_common_subexpressions
from daskflow.passes.fold import fold_constants
from daskflow.passes.prune import prune
from daskflow.passes.state import thread_state
from daskflow.pictures.diagram import Diagram
from daskflow.pictures.diagram import time_text as short_time
from daskflow.plan import Plan
from daskflow.program import Program, Step
from daskflow.spec import Spec

NAMED = 8
"""Names in one line; of the others it says how many there are."""

SHOWN = 40
"""Nodes of a task, and tasks, that are shown one by one; more are folded by scope."""

WHY: Mapping[Callable[[Plan], Plan], str] = {
    thread_state: "reading a variable's value as it is",
    fold_constants: "computed before the run, from constants",
    merge_common_subexpressions: "the same as another node",
    prune: "needed by nothing that is left",
}


def explained(needed: Plan, tuning: Tuning) -> str:
    """The way from what a run needs of the graph to the tasks that it is.

    Each task is said to start when all it needs is there, on as many workers as there
    are tasks: those whose times overlap may run side by side.
    """
    plan, program, costs = tuning.plan, tuning.program, tuning.costs
    lines = [f"{_count(len(needed.nodes), 'node')} of the graph needed"]
    lines += [f"  {line}" for line in _left_out(needed, plan)]
    kind = "measured" if tuning.is_measured else "estimated"
    tasks = _count(len(program.steps), "task")
    lines.append(
        f"{_count(len(plan.nodes), 'node')} in {tasks}, "
        f"{time_text(tuning.grouping.makespan).strip()} by {kind} costs"
    )
    path = critical_path(plan, costs)
    seconds = time_text(sum(costs[id] for id in path)).strip()
    lines.append(f"critical path, {seconds}: {_listed(path)}")
    return "\n".join([*lines, *_tasks(program, plan, costs)])


def tuned_diagram(tuning: Tuning, specs: Mapping[str, Spec]) -> Diagram:
    """The nodes of a run: a colour for each task, a bar for what each node costs."""
    plan, costs, groups = tuning.plan, tuning.costs, tuning.grouping.groups
    tasks = _count(len(groups), "task")
    most = short_time(max(costs.values(), default=0.0))
    kind = "measured" if tuning.is_measured else "estimated"
    nodes = _count(len(plan.nodes), "node")
    caption = f"{nodes}; colours: {tasks}; bars: {kind} time, up to {most}"
    return plan_diagram(plan, specs, groups, costs, caption)


def _left_out(needed: Plan, plan: Plan) -> Iterator[str]:
    """What each pass leaves out, and why."""
    before = needed
    for rewrite in PIPELINE:
        after = rewrite(before)
        yield from _missing(before.nodes, after.nodes, WHY[rewrite])
        before = after
    why = "of no effect at these sizes, or wanted for a shape alone"
    yield from _missing(before.nodes, plan.nodes, why)


def _missing(
    before: Iterable[str], after: Mapping[str, Any], why: str
) -> Iterator[str]:
    gone = [id for id in before if id not in after]
    if gone:
        yield f"{_count(len(gone), 'node')} {why}: {_listed(gone)}"


def critical_path(plan: Plan, costs: Mapping[str, float]) -> list[str]:
    """The nodes one after the other that take longest: no run is shorter."""
    ends: dict[str, float] = {}
    before: dict[str, str | None] = {}
    for id, node in plan.nodes.items():
        needed = [other for other in (*node.inputs, *node.after) if other in ends]
        before[id] = max(needed, key=ends.__getitem__, default=None)
        start = max((ends[other] for other in needed), default=0.0)
        ends[id] = start + costs[id]
    path: list[str] = []
    last = max(ends, key=ends.__getitem__, default=None)
    while last is not None:
        path.append(last)
        last = before[last]
    return path[::-1]


def _tasks(program: Program, plan: Plan, costs: Mapping[str, float]) -> Iterator[str]:
    starts = _starts(program, costs)
    dearest = sorted(program.steps, key=lambda s: _cost(s, costs), reverse=True)
    shown = {step.id for step in dearest[:SHOWN]}
    for step in program.steps:
        if step.id in shown:
            cost = time_text(_cost(step, costs))
            yield f"{cost}  from {time_text(starts[step.id]).strip()}  {step.id}"
            yield from _nodes(step.nodes, plan, costs)
    rest = dearest[SHOWN:]
    if rest:
        total = sum(_cost(step, costs) for step in rest)
        yield f"{time_text(total)}  {_count(len(rest), 'task')} more"


def _starts(program: Program, costs: Mapping[str, float]) -> dict[str, float]:
    """When each step has all that it needs."""
    ends: dict[str, float] = {}
    starts: dict[str, float] = {}
    for step in program.steps:
        needed = [ends[id] for id in step.needs if id in ends]
        starts[step.id] = max(needed, default=0.0)
        ends[step.id] = starts[step.id] + _cost(step, costs)
    return starts


def _cost(step: Step, costs: Mapping[str, float]) -> float:
    return sum(costs[id] for id in step.nodes)


def _nodes(ids: Sequence[str], plan: Plan, costs: Mapping[str, float]) -> Iterator[str]:
    """A line for each node; where there are many, the dearest and a line per scope."""
    dear = set(sorted(ids, key=costs.__getitem__, reverse=True)[:SHOWN])
    for id in ids:
        if id in dear:
            yield f"{time_text(costs[id])}      {plan.nodes[id]}"
    scopes: dict[str, list[str]] = {}
    for id in ids:
        if id in dear:
            continue
        scopes.setdefault(_scope(id) or plan.nodes[id].op.name, []).append(id)
    totals = {key: sum(costs[id] for id in members) for key, members in scopes.items()}
    dearest = sorted(totals, key=totals.__getitem__, reverse=True)
    for key in dearest[:SHOWN]:
        count = _count(len(scopes[key]), "node")
        yield f"{time_text(totals[key])}      {key}  {count}"
    rest = dearest[SHOWN:]
    if rest:
        count = _count(sum(len(scopes[key]) for key in rest), "node")
        yield f"{time_text(sum(totals[key] for key in rest))}      {count} more"


def _scope(id: str) -> str:
    """The outermost name scope, without the number that tells it from others."""
    scope, slash, _ = id.partition("/")
    return re.sub(r"_\d+$", "", scope) + slash if slash else ""


def _listed(ids: Sequence[str]) -> str:
    text = ", ".join(ids[:NAMED])
    more = len(ids) - NAMED
    return f"{text} and {more} more" if more > 0 else text


def _count(n: int, thing: str) -> str:
    return f"{n} {thing}" if n == 1 else f"{n} {thing}s"


def time_text(seconds: float) -> str:
    """Microseconds, in a column."""
    return f"{seconds * 1e6:10.1f} us"
