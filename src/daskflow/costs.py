"""What nodes cost: estimated before they have run, measured after."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import replace
from math import prod
from time import perf_counter
from typing import Any

import numpy as np
from dask.task_spec import Task, TaskRef

from daskflow.opdef import OpDef
from daskflow.passes.forward import forward
from daskflow.passes.group import Grouping, Machine, group, is_uniform, may_gain
from daskflow.passes.specialize import specialize
from daskflow.plan import Node, Plan
from daskflow.program import Program, Step, program_of
from daskflow.spec import UNKNOWN, ArrayDType, Spec, spec_of
from daskflow.task import GroupTask
from daskflow.tiles import TILE

CALL = 0.5e-6
"""Seconds that calling any kernel takes."""

STEP = 0.5e-9
"""Seconds for an elementary step on arrays too large for the cache."""

UNKNOWN_COST = 0.02
"""Seconds that a user's class counts as until it has run: enough to stand alone."""

MANY = 16
"""Of users' classes per worker: where there are more, none stands alone at first."""

DEAR = 20e-6
"""Seconds: a node that costs more is timed by itself."""

LARGE = 1 << 16
"""Bytes: a larger value is dropped as soon as nothing reads it any more."""

TIMED_RUNS = 2
"""Runs with a clock reading per dear node: the first one is never typical."""

DRIFT = 4.0
"""A plan with a step off by this factor is timed anew, after `PATIENCE` such runs."""

PATIENCE = 8

TRIALS = 5
"""Runs with several groups, then with one, before the quicker of them stays."""

CLOSE = 1.5
"""One group is tried too where it is estimated to take less than so many times more."""

BRIEF = 0.01
"""Seconds: one group is tried in any case if it takes less."""

NOTABLE = 200e-6
"""Seconds: nobody minds by what factor a shorter step is off."""


class Costs:
    """What tasks cost on a scheduler, measured when a plan first asks for it."""

    def __init__(
        self, get: Callable[..., Any] | None, workers: Callable[[], int]
    ) -> None:
        self._get = get
        self.workers = workers
        self._measured: Machine | None = None
        self._lock = threading.Lock()

    def group(self, plan: Plan, costs: Mapping[str, float]) -> Grouping:
        """The best groups here for nodes that cost so much."""
        workers = self.workers()
        hopeful = replace(HOPEFUL, workers=workers)
        small = sum(costs.values()) < SMALL * len(costs)
        if is_uniform(plan) and (small or not may_gain(plan, costs, hopeful)):
            return Grouping(
                (tuple(plan.nodes),) if plan.nodes else (), sum(costs.values())
            )
        return group(plan, costs, replace(self._machine(), workers=workers))

    def _machine(self) -> Machine:
        if self._get is None:
            return USUAL
        with self._lock:
            if self._measured is None:
                try:
                    self._measured = machine_of(self._get)
                except Exception:  # the run will meet it too, and say it better
                    return USUAL
            return self._measured


HOPEFUL = Machine(workers=1, start=20e-6, task=10e-6)
"""Better than any scheduler is: what gains nothing on this gains nothing."""

SMALL = 4e-6
"""Seconds: nodes that cost less in the mean keep the interpreter busy, which has no use
for a second core, and choosing groups for them costs more than it saves."""

USUAL = Machine(workers=1, start=200e-6, task=100e-6)
"""What a scheduler of threads costs."""


class Tuning:
    """The program for one plan on inputs of certain sizes, and how it came about.

    The first runs are grouped by estimate and timed, the later ones by what they cost.
    Without `costs` every node is a step, for good.

    `stored` has what is known of the values that the plan computes for variables, where
    that is all.

    Where there is one step alone and the scheduler `is_local`, `direct` is its task: it
    takes the values of what was `given`, in their order, and gives all that is wanted.
    A run of it that takes more than `limit` seconds is to be noted.
    """

    direct: GroupTask | None
    limit: float

    def __init__(
        self,
        plan: Plan,
        given: Mapping[str, Any],
        costs: Costs | None = None,
        *,
        is_local: bool = False,
    ) -> None:
        specs = specs_of(plan, given)
        before = forward(plan, specs) if costs else plan
        self.plan = specialize(before, specs) if costs else plan
        nodes = {id: before.nodes[id] for id in self.plan.nodes}
        views = {id for id, node in nodes.items() if node.op.gaps}  # of large ones
        self._large = views | {i for i, spec in specs.items() if _may_be_large(spec)}
        self._machine = costs
        self._lock = threading.Lock()
        self._tiles = {
            id: specs[id] for id, node in nodes.items() if _tileable(node, specs)
        }
        self._flat = {id for id in nodes if _is_flat(specs[id])}
        self._costs = {id: estimate(node, specs) for id, node in nodes.items()}
        unknown = [id for id, node in nodes.items() if not node.op.pure]
        if costs and len(unknown) > MANY * costs.workers():
            self._costs |= dict.fromkeys(unknown, DEAR)
        self._timed_runs = 0 if costs else TIMED_RUNS
        self._strikes = 0
        self._is_local = is_local
        stored = {*self.plan.updates.values()} & nodes.keys()
        self.stored = {id: specs[id] for id in stored if specs[id].is_complete}
        self._may_drift = bool(unknown)
        self._clocked = True
        self._rival: Grouping | None = None
        self._inputs = tuple(given) if is_local else None
        self._intervals: dict[str, tuple[str, ...]] = {}  # what an id was timed with
        self._group()

    @property
    def is_timed(self) -> bool:
        """Whether the next run is a timed one."""
        return self._timed_runs < TIMED_RUNS

    def note_only(self, task: GroupTask, readings: Sequence[float]) -> None:
        """Take in the clock readings of a run of the only step."""
        program = self.program
        if program.steps[0].task is task:
            self.note(program, {program.steps[0].id: readings})
            if self._rival is not None:
                self.note_wall(program, readings[-1] - readings[0])

    def note(self, program: Program, readings: Mapping[str, Sequence[float]]) -> None:
        """Take in the clock readings of the steps of a run; group again if it helps."""
        if self._machine is None:
            return
        with self._lock:  # runs in several threads may end at once
            if program is not self.program:
                return  # it was the program when that run began
            if self._timed_runs < TIMED_RUNS:
                self._take_costs(readings)
            elif any(self._is_off(id, t) for id, t in readings.items() if t):
                self._strikes += 1
                self.limit = -1.0  # to hear of a run that is as it should be, too
                if self._strikes >= PATIENCE:
                    self._timed_runs = self._strikes = 0
                    self._intervals.clear()
                    self._group()
            elif self._strikes:
                self._strikes = 0
                self._set_limit()

    def _is_off(self, id: str, times: Sequence[float]) -> bool:
        time, expected = times[-1] - times[0], self._expected.get(id, 0.0)
        if time < NOTABLE and expected < NOTABLE:
            return False
        return not expected / DRIFT <= time <= expected * DRIFT

    def _take_costs(self, readings: Mapping[str, Sequence[float]]) -> None:
        if len(readings) < len(self.program.steps):
            return  # the run began before it was known that it would be timed
        for step in self.program.steps:
            for ids, cost in step_costs(step, readings[step.id]):
                if self._intervals.get(ids[0]) == ids:  # not of some that differ
                    cost = min(cost, self._costs[ids[0]])
                for id in ids:
                    self._costs[id] = cost
                    self._intervals[id] = ids
        self._timed_runs += 1
        self._group()

    def _group(self) -> None:
        """Choose the groups; try them against one group where that is close."""
        if self._machine is None:
            groups = tuple((id,) for id in self.plan.nodes)
            grouping = Grouping(groups, sum(self._costs.values()))
        else:
            grouping = self._machine.group(self.plan, self._costs)
        total = sum(self._costs.values())
        close = total < CLOSE * grouping.makespan or total < BRIEF
        close = close and is_uniform(self.plan)
        self._rival = None
        if close and len(grouping.groups) > 1 and not self.is_timed and self._machine:
            self._rival = Grouping((tuple(self.plan.nodes),), total)
        self._walls: list[float] = []
        self._chosen = grouping
        self._use(grouping)

    def note_wall(self, program: Program, seconds: float) -> None:
        """Take in how long a run took in all, while there are two groupings to try."""
        with self._lock:
            if self._rival is None or program is not self.program:
                return
            self._walls.append(seconds)
            if len(self._walls) == TRIALS:
                self._use(self._rival)
            elif len(self._walls) == 2 * TRIALS:
                groups, one = self._walls[:TRIALS], self._walls[TRIALS:]
                if min(groups) < min(one):
                    self._use(self._chosen)
                self._rival = None
                self._set_limit()

    def _use(self, grouping: Grouping) -> None:
        """Run this grouping; write its program unless the last one serves."""
        total = sum(self._costs.values())
        clocked = (
            self.is_timed
            or self._may_drift
            or total > NOTABLE / DRIFT
            or self._rival is not None
        )
        timed = {id for id, cost in self._costs.items() if cost >= DEAR}
        if not self.is_timed or self._machine is None:
            timed = set()
        if not self._serves(grouping, timed) or clocked != self._clocked:
            self._clocked = clocked
            self.program = program_of(
                self.plan,
                grouping.groups,
                timed,
                self._large,
                self._tiles,
                self._flat,
                self._inputs,
                clocked,
            )
            step = self.program.only_step if self._is_local else None
            self.direct = None if step is None else step.task
        self.grouping = grouping
        self._set_limit()
        self._expected = {
            step.id: sum(self._costs[id] for id in step.nodes)
            for step in self.program.steps
        }

    def finely_timed(self) -> Program:
        """The present groups with a clock reading for each node."""
        groups, every = self.grouping.groups, self.plan.nodes.keys()
        return program_of(
            self.plan, groups, every, self._large, self._tiles, self._flat
        )

    def _set_limit(self) -> None:
        usual = max(NOTABLE, sum(self._costs.values()) / DRIFT)
        self.limit = -1.0 if self.is_timed or self._rival is not None else usual

    def _serves(self, grouping: Grouping, timed: Set[str]) -> bool:
        """Whether the present program has these groups, and few clocks to read."""
        if not hasattr(self, "program") or grouping.groups != self.grouping.groups:
            return False
        intervals = [ids for step in self.program.steps for ids in step.clocked]
        if self.is_timed:
            return timed <= {ids[0] for ids in intervals if len(ids) == 1}
        return len(intervals) <= len(self.program.steps) + len(self.plan.nodes) // 16

    @property
    def costs(self) -> Mapping[str, float]:
        """What each node of the plan takes, in seconds."""
        return self._costs

    @property
    def is_measured(self) -> bool:
        """Whether the costs come from runs, and are not estimates."""
        return self._timed_runs > 0 and self._machine is not None


def step_costs(
    step: Step, readings: Sequence[float]
) -> list[tuple[tuple[str, ...], float]]:
    """The time of each node in the intervals between readings, shared evenly."""
    return [
        (ids, (readings[i + 1] - readings[i]) / len(ids))
        for i, ids in enumerate(step.clocked)
    ]


# Before a run


def specs_of(plan: Plan, given: Mapping[str, Any]) -> dict[str, Spec]:
    """What is known of every value, once those of the inputs are there."""
    known = {**plan.values, **given}
    numbers = {
        id: type(v) for id, v in known.items() if type(v) in (int, float, complex)
    }
    specs = {
        id: Spec(None, ()) if id in numbers else spec_of(value)
        for id, value in known.items()
    }
    for id, node in plan.nodes.items():
        specs[id] = _spec(node, specs, numbers)
    return specs


def _spec(node: Node, specs: Mapping[str, Spec], numbers: Mapping[str, type]) -> Spec:
    inputs = [specs[id] for id in node.inputs]
    if node.op.role == "assign":  # it casts to what the variable holds
        held: Spec = node.attrs["spec"] or UNKNOWN
        return Spec(held.dtype or inputs[-1].dtype, inputs[-1].shape)
    if not node.op.pure:  # what a user's class gives is its own affair
        return UNKNOWN
    try:
        spec = node.op.infer(*inputs, **node.attrs)
    except Exception:  # the run will say it better
        return UNKNOWN
    if not isinstance(spec, Spec):
        return UNKNOWN
    if isinstance(node.op.ufunc, np.ufunc):
        kinds = [numbers.get(id, specs[id].dtype) for id in node.inputs]
        return Spec(_ufunc_dtype(node.op.ufunc, kinds), spec.shape)
    if not all(_takes(node.op, spec.dtype) for spec in inputs[slice(*node.op.agree)]):
        return Spec(None, spec.shape)
    return spec


def _takes(op: OpDef, dtype: ArrayDType | None) -> bool:
    """Whether an op is for this dtype: what it makes of others is not in its rules."""
    return not op.kinds or dtype is None or dtype.kind in op.kinds


def _ufunc_dtype(ufunc: np.ufunc, kinds: Sequence[Any]) -> ArrayDType | None:
    """The dtype that a NumPy function gives, for dtypes and Python's number types."""
    if any(kind is None for kind in kinds):
        return None
    try:
        dtype: ArrayDType = ufunc.resolve_dtypes((*kinds, None))[-1]
    except TypeError:
        return None
    return dtype


def _tileable(node: Node, specs: Mapping[str, Spec]) -> bool:
    """Whether a node may run tile by tile, over one large shape."""
    spec = specs[node.id]
    if not (node.op.takes_out and node.op.elementwise and spec.is_complete):
        return False
    shapes = {specs[id].shape for id in node.inputs}
    return shapes <= {spec.shape, ()} and (_size(spec) or 0) >= 4 * TILE


def estimate(node: Node, specs: Mapping[str, Spec]) -> float:
    """Seconds that a node may take, by the sizes of what goes in and comes out."""
    if not node.op.pure:
        return UNKNOWN_COST
    inputs = [specs[id] for id in node.inputs]
    if node.op.work is not None and all(_size(spec) is not None for spec in inputs):
        return CALL + STEP * node.op.work(*inputs, **node.attrs)
    sizes = [_size(spec) for spec in (*inputs, specs[node.id])]
    return CALL + STEP * sum(size or 0 for size in sizes)


def _size(spec: Spec) -> int | None:
    if spec.shape is None or None in spec.shape:
        return None
    return prod(n for n in spec.shape if n is not None)


def _is_flat(spec: Spec) -> bool:
    return spec.shape is not None and len(spec.shape) <= 2


def _may_be_large(spec: Spec) -> bool:
    size = _size(spec)
    itemsize = 16 if spec.dtype is None else spec.dtype.itemsize
    return size is None or size * itemsize > LARGE


# The machine


def machine_of(get: Callable[..., Any]) -> Machine:
    """What a scheduler costs, from tasks that do nothing."""
    single = _time(get, 1, chained=False)
    many = _time(get, 25, chained=False)
    chain = _time(get, 9, chained=True)
    task = max((many - single) / 24, 1e-6)
    edge = max((chain - single) / 8 - task, 0.0)
    return Machine(1, start=max(single - task, 0.0), task=task, edge=edge)


def _time(get: Callable[..., Any], count: int, *, chained: bool) -> float:
    """The best of three times, in seconds, for so many tasks."""
    best = float("inf")
    for _ in range(3):
        token = uuid.uuid4().hex
        keys = [("nothing", token, str(i)) for i in range(count)]
        tasks = {
            key: Task(key, _nothing, *([TaskRef(keys[i - 1])] if chained and i else []))
            for i, key in enumerate(keys)
        }
        start = perf_counter()
        get(tasks, keys[-1:] if chained else keys)
        best = min(best, perf_counter() - start)
    return best


def _nothing(*arguments: Any) -> None:
    pass
