"""A plan as steps: groups of nodes, each with the function that runs it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

from daskflow.annotations import Annotations
from daskflow.plan import Plan
from daskflow.source import Clocked, Place, group_task
from daskflow.spec import Spec
from daskflow.task import GroupTask


@dataclass(frozen=True, slots=True)
class Step:
    """One task: `task(*needs)` gives a tuple of `results`, then clock readings.

    `needs` names inputs of the run and earlier steps; of the results `wanted` are
    fetched or stored, the others are for other steps. All its nodes have the same
    `annotations`.
    """

    id: str
    task: GroupTask
    needs: tuple[str, ...]
    nodes: tuple[str, ...]
    results: tuple[str, ...]
    wanted: tuple[str, ...]
    clocked: Clocked
    annotations: Annotations


@dataclass(frozen=True, slots=True)
class Program:
    """The steps of a plan in an order in which they can run.

    `found` says of each id that a step computes and that is fetched or stored which
    step that is, and where among its `wanted`.
    """

    steps: tuple[Step, ...]
    found: Mapping[str, tuple[str, int]]

    @property
    def only_step(self) -> Step | None:
        """The step that there is, if there is one alone."""
        return self.steps[0] if len(self.steps) == 1 else None

    def values(
        self, plan: Plan, given: Mapping[str, Any], done: Mapping[str, Any]
    ) -> list[Any]:
        """What is wanted of the plan, from what each step gave."""
        values = []
        for id in plan.wanted:
            place = self.found.get(id)
            if place is not None:
                values.append(done[place[0]][place[1]])
            else:
                values.append(given[id] if id in given else plan.values[id])
        return values


def program_of(
    plan: Plan,
    groups: Iterable[Sequence[str]],
    timed: Set[str] = frozenset(),
    large: Set[str] = frozenset(),
    tiles: Mapping[str, Spec] | None = None,
    flat: Set[str] = frozenset(),
    inputs: Sequence[str] | None = None,
    clocked: bool = True,
) -> Program:
    """The program that runs each of `groups` as one step.

    They give readings of the clock if they are to be `clocked`. A step that is alone
    takes all the `inputs`, if there are any given, in their order,
    and gives all that is wanted, be it computed or not.
    """
    members = list(map(tuple, groups))
    is_whole = len(members) == 1 and inputs is not None
    home = {id: i for i, group in enumerate(members) for id in group}
    wanted = set(plan.wanted)
    shared = wanted | _crossing(plan, home)
    places: dict[str, Place] = {id: (id, None) for id in plan.inputs}
    found: dict[str, tuple[str, int]] = {}
    steps = []
    for group in members:
        name = step_name(group)
        results = plan.wanted if is_whole else tuple(i for i in group if i in shared)
        nodes = [plan.nodes[id] for id in group]
        task, needs, intervals = group_task(
            name,
            nodes,
            places,
            plan.values,
            results,
            timed=timed,
            large=large,
            tiles=tiles,
            flat=flat,
            inputs=(inputs or ()) if is_whole else (),
            clocked=clocked,
        )
        mine = tuple(id for id in results if id in wanted)
        annotations = nodes[0].annotations
        steps.append(
            Step(name, task, needs, group, results, mine, intervals, annotations)
        )
        places.update((id, (name, None)) for id in group)  # for control edges
        places.update((id, (name, i)) for i, id in enumerate(results))
        found.update((id, (name, i)) for i, id in enumerate(mine))
    return Program(tuple(steps), found)


def ungrouped(plan: Plan) -> Program:
    """The program with one step per node."""
    return program_of(plan, ((id,) for id in plan.nodes))


def run_here(program: Program, given: Mapping[str, Any]) -> dict[str, Any]:
    """What each step gives, run one after the other in this thread."""
    done: dict[str, Any] = {}
    for step in program.steps:
        done[step.id] = step.task(
            *[given[id] if id in given else done[id] for id in step.needs]
        )
    return done


def _crossing(plan: Plan, home: Mapping[str, int]) -> set[str]:
    """The ids that another group than their own takes."""
    return {
        other
        for id, node in plan.nodes.items()
        for other in node.inputs
        if home.get(other) != home[id]
    }


def step_name(group: Sequence[str]) -> str:
    """What a task is called: after its nodes, or the first and the last of many.

    No name of a node has a `+` or `~` in it.
    """
    return "+".join(group) if len(group) <= 2 else f"{group[0]}~{group[-1]}"
