"""Which nodes run as one task: plan, costs and machine in, groups out.

A group must be convex: no way from one of its nodes to another leads through a node
outside, or two groups would wait for each other. And all its nodes must be annotated
alike, since a scheduler is told of tasks. The clustering keeps to three steps that
cannot break that, and repeats them on what they leave:

- *levels*: a node's level grows along every edge that a dear node is part of, or nodes
  of different annotations, so what is connected within one level has no detour through
  another one;
- *producers*: what takes all it needs from one group joins it, if it is cheap or all
  that the group is for, and annotated alike;
- *consumers*: the same, seen from behind.

This internalizes edges as in V. Sarkar, "Partitioning and Scheduling Parallel Programs
for Multiprocessors" (1989), and judges by a list schedule as surveyed by Y.-K. Kwok and
I. Ahmad, "Static scheduling algorithms for allocating directed task graphs to
multiprocessors", ACM Computing Surveys 31(4), 1999; but it looks at whole levels
instead of one edge after the other, so that its time is linear in the plan.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from daskflow.annotations import Annotations
from daskflow.plan import Plan

Labels = list[int]
"""Node -> its group, as positions."""


@dataclass(frozen=True, slots=True)
class Machine:
    """What running tasks costs, in seconds: the scheduler at hand, as measured.

    `start` is spent once where there is more than one task, `task` for each of them,
    one after the other, and `edge` between a task and one that needs its result.
    """

    workers: int
    start: float
    task: float
    edge: float = 0.0


@dataclass(frozen=True, slots=True)
class Grouping:
    """Groups of ids in an order in which they can run, and the time that they take."""

    groups: tuple[tuple[str, ...], ...]
    makespan: float


def group(plan: Plan, costs: Mapping[str, float], machine: Machine) -> Grouping:
    """The groups with the smallest estimated makespan of those that were tried.

    Each node by itself is among them, and so are all nodes as one group, or as few as
    annotations leave: neither is better.
    """
    ids = list(plan.nodes)
    dag = _dag_of(plan, costs)
    count = len(ids)
    if not count:
        return Grouping((), 0.0)
    is_one_kind = not any(dag.kinds)
    candidates = [[0] * count if is_one_kind else _clustered(dag, math.inf)]
    if not is_one_kind or _may_gain(dag, machine):
        candidates += [
            _clustered(dag, machine.task * dear) for dear in (1.0, 4.0, 16.0, 64.0)
        ]
        candidates.append(list(range(count)))
    timed = [
        (makespan(_quotient(dag, labels), machine), labels) for labels in candidates
    ]
    best, labels = min(timed, key=lambda candidate: candidate[0])
    order = _quotient_order(dag, labels)
    groups: dict[int, list[str]] = {label: [] for label in order}
    for id, label in zip(ids, labels, strict=True):
        groups[label].append(id)
    return Grouping(tuple(map(tuple, groups.values())), best)


@dataclass(frozen=True, slots=True)
class _Dag:
    """Costs and edges of nodes 0, 1, ... in topological order; no edge twice.

    Nodes of one kind are annotated alike; the first node is of kind 0.
    """

    costs: list[float]
    kinds: list[int]
    producers: list[list[int]]
    consumers: list[list[int]]

    def __len__(self) -> int:
        return len(self.costs)

    def backwards(self) -> _Dag:
        """The same nodes with every edge turned round."""

        def turned(edges: list[list[int]]) -> list[list[int]]:
            last = len(self) - 1
            return [[last - i for i in reversed(some)] for some in reversed(edges)]

        return _Dag(
            self.costs[::-1],
            self.kinds[::-1],
            turned(self.consumers),
            turned(self.producers),
        )


def _dag_of(plan: Plan, costs: Mapping[str, float]) -> _Dag:
    place = {id: i for i, id in enumerate(plan.nodes)}
    producers = [
        sorted({place[id] for id in (*node.inputs, *node.after) if id in place})
        for node in plan.nodes.values()
    ]
    numbers: dict[Annotations, int] = {}
    kinds = [
        numbers.setdefault(node.annotations, len(numbers))
        for node in plan.nodes.values()
    ]
    return _Dag([costs[id] for id in plan.nodes], kinds, producers, _turned(producers))


def _turned(producers: Sequence[Sequence[int]]) -> list[list[int]]:
    consumers: list[list[int]] = [[] for _ in producers]
    for i, some in enumerate(producers):
        for j in some:
            consumers[j].append(i)
    return consumers


def is_uniform(plan: Plan) -> bool:
    """Whether all nodes are annotated alike, so that they may be one group."""
    return len({node.annotations for node in plan.nodes.values()}) <= 1


def may_gain(plan: Plan, costs: Mapping[str, float], machine: Machine) -> bool:
    """Whether more than one task might save time on such a machine."""
    return machine.workers > 1 and _may_gain(_dag_of(plan, costs), machine)


def _may_gain(dag: _Dag, machine: Machine) -> bool:
    """Whether a second task could save more than it costs: what is not on the way.

    No schedule is shorter than the longest way or than an even share of the work.
    """
    work = sum(dag.costs)
    shortest = max(_longest_way(dag), work / machine.workers)
    return work > shortest + machine.start + machine.task


def _longest_way(dag: _Dag) -> float:
    ends: list[float] = []
    for cost, producers in zip(dag.costs, dag.producers, strict=True):
        ends.append(cost + max((ends[i] for i in producers), default=0.0))
    return max(ends, default=0.0)


# Clustering


def _clustered(dag: _Dag, dear: float) -> Labels:
    """Groups that gather what costs less than `dear` around what costs more."""
    steps: list[Callable[[_Dag, float], Labels]] = [
        _with_producer,
        _with_consumer,
        _by_level,
    ]
    labels = list(range(len(dag)))
    while True:
        count = len(dag)
        for step in steps:
            dag, renamed = _contracted(dag, step(dag, dear))
            labels = [renamed[label] for label in labels]
        if len(dag) == count:
            return labels


def _by_level(dag: _Dag, dear: float) -> Labels:
    """Cheap nodes that are connected within a level, and small groups of such."""
    levels: list[int] = []
    groups = _Groups(len(dag))
    for i, producers in enumerate(dag.producers):
        heavy, kind = dag.costs[i] >= dear, dag.kinds[i]
        steep = [
            heavy or dag.costs[j] >= dear or dag.kinds[j] != kind for j in producers
        ]
        steps = zip(producers, steep, strict=True)
        level = max((levels[j] + grows for j, grows in steps), default=0)
        levels.append(level)
        for j, grows in zip(producers, steep, strict=True):
            if levels[j] == level and not grows:
                groups.join(j, i)
    _fill_up(dag, levels, groups, dear)
    return groups.labels()


def _fill_up(dag: _Dag, levels: list[int], groups: _Groups, dear: float) -> None:
    """Join groups of one level and kind, which no edge connects, up to `dear`."""
    totals: dict[int, float] = {}
    for i, cost in enumerate(dag.costs):
        totals[groups.of(i)] = totals.get(groups.of(i), 0.0) + cost
    open_group: dict[tuple[int, int], int] = {}
    for i, total in list(totals.items()):
        if total >= dear:
            continue
        place = levels[i], dag.kinds[i]
        j = open_group.get(place)
        if j is None:
            open_group[place] = i
            continue
        joined = totals[groups.of(j)] + total
        groups.join(j, i)
        totals[groups.of(j)] = joined
        if joined >= dear:
            del open_group[place]


def _with_producer(dag: _Dag, dear: float) -> Labels:
    """A node joins the one group that it takes from: it is entered in one place only.

    It does so if it is cheap, or if nothing else takes from that group.
    """
    groups = _Groups(len(dag))
    leaving = [len(consumers) for consumers in dag.consumers]
    for i, producers in enumerate(dag.producers):
        sources = {groups.of(j) for j in producers}
        if len(sources) != 1:
            continue
        [source] = sources
        if dag.kinds[source] != dag.kinds[i]:
            continue
        others = leaving[source] - len(producers)
        if dag.costs[i] < dear or not others:
            groups.join(source, i)
            leaving[groups.of(i)] = others + len(dag.consumers[i])
    return groups.labels()


def _with_consumer(dag: _Dag, dear: float) -> Labels:
    return _with_producer(dag.backwards(), dear)[::-1]


class _Groups:
    """Disjoint sets of nodes; each goes by its first node (R. E. Tarjan, 1975)."""

    def __init__(self, count: int) -> None:
        self._parents = list(range(count))

    def of(self, i: int) -> int:
        parents = self._parents
        while parents[i] != i:
            parents[i] = parents[parents[i]]
            i = parents[i]
        return i

    def join(self, i: int, j: int) -> None:
        first, last = sorted((self.of(i), self.of(j)))
        self._parents[last] = first

    def labels(self) -> Labels:
        return [self.of(i) for i in range(len(self._parents))]


# Groups as nodes


def _quotient_order(dag: _Dag, labels: Labels) -> list[int]:
    """The labels in an order in which their groups can run, the earliest first."""
    needed: dict[int, set[int]] = {label: set() for label in labels}
    for label, producers in zip(labels, dag.producers, strict=True):
        needed[label].update(labels[j] for j in producers if labels[j] != label)
    waiting = {label: len(some) for label, some in needed.items()}
    takers: dict[int, list[int]] = {label: [] for label in needed}
    for label, some in needed.items():
        for other in some:
            takers[other].append(label)
    first: dict[int, int] = {}
    for i, label in enumerate(labels):
        first.setdefault(label, i)
    ready = [(first[label], label) for label, count in waiting.items() if not count]
    heapq.heapify(ready)
    order = []
    while ready:
        _, label = heapq.heappop(ready)
        order.append(label)
        for taker in takers[label]:
            waiting[taker] -= 1
            if not waiting[taker]:
                heapq.heappush(ready, (first[taker], taker))
    return order


def _contracted(dag: _Dag, labels: Labels) -> tuple[_Dag, dict[int, int]]:
    """The groups as nodes of a graph of their own, and where each old node is in it."""
    places = {label: i for i, label in enumerate(_quotient_order(dag, labels))}
    costs = [0.0] * len(places)
    kinds = [0] * len(places)
    producers: list[set[int]] = [set() for _ in places]
    for i, label in enumerate(labels):
        place = places[label]
        costs[place] += dag.costs[i]
        kinds[place] = dag.kinds[i]
        producers[place].update(places[labels[j]] for j in dag.producers[i])
    needed = [sorted(some - {i}) for i, some in enumerate(producers)]
    contracted = _Dag(costs, kinds, needed, _turned(needed))
    return contracted, {i: places[label] for i, label in enumerate(labels)}


def _quotient(dag: _Dag, labels: Labels) -> _Dag:
    return _contracted(dag, labels)[0]


def makespan(dag: _Dag, machine: Machine) -> float:
    """The estimated time of a list schedule: of what is ready, the longest first."""
    if len(dag) <= 1:
        return sum(dag.costs)
    ways = [0.0] * len(dag)
    for i in reversed(range(len(dag))):
        behind = max((ways[j] for j in dag.consumers[i]), default=0.0)
        ways[i] = dag.costs[i] + machine.edge + behind
    waiting = [len(producers) for producers in dag.producers]
    # (when it can start, minus the way that is left, node), and when workers are free
    ready = [(0.0, -ways[i], i) for i, count in enumerate(waiting) if not count]
    heapq.heapify(ready)
    free = [0.0] * machine.workers
    sent = machine.start
    ends = [0.0] * len(dag)
    while ready:
        can_start, _, i = heapq.heappop(ready)
        sent = max(sent, can_start) + machine.task
        ends[i] = max(sent, free[0]) + dag.costs[i]
        heapq.heapreplace(free, ends[i])
        for j in dag.consumers[i]:
            waiting[j] -= 1
            if not waiting[j]:
                start = max(ends[k] for k in dag.producers[j]) + machine.edge
                heapq.heappush(ready, (start, -ways[j], j))
    return max(ends)
