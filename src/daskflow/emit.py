"""A program as a Dask graph: one task per step, under the step's id."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
from operator import itemgetter
from typing import Any

from dask.base import normalize_token
from dask.task_spec import DataNode, GraphNode, Task, TaskRef

from daskflow.plan import Plan
from daskflow.program import Program, Step
from daskflow.remote import Bound, Remote, Storing

Key = tuple[str, ...]


class Tasks(dict[Key, GraphNode]):
    """A Dask graph under keys `(id, *salt)`, and which of its steps are annotated."""

    def __init__(self, *salt: str) -> None:
        super().__init__()
        self.salt = salt
        self.annotated: list[Step] = []

    def key(self, id: str) -> Key:
        """What Dask calls the value of that id."""
        return (id, *self.salt)


class Given(DataNode):
    """A value that the run starts from; text, as logs have it, does not show it."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"Given({self.key!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        return Given, (self.key, self.value)


# A salt stands for one graph only. Dask would hash every array in it instead.
normalize_token.register(Tasks, lambda tasks: ("daskflow", *tasks.salt))


def emit(
    program: Program,
    given: Mapping[str, Any],
    *salt: str,
    bind: bool = False,
    kept: Set[str] = frozenset(),
) -> Tasks:
    """The tasks of `program`, with the values `given` for its inputs.

    The results of a step that are to be `kept` stay where it runs.

    Dask takes a key for the name of one value, so a run that may give another value
    under the same id needs another salt. Where values are to `bind`, they travel within
    the tasks: on a cluster a node for each would cost a round trip.
    """
    tasks = Tasks(*salt)
    for step in program.steps:
        bound: dict[int, Any] = {}
        places: dict[int, int] = {}
        references: list[TaskRef] = []
        for i, id in enumerate(step.needs):
            value = given.get(id)
            if isinstance(value, Remote):
                references.append(TaskRef(value.future.key))
                if value.index is not None:
                    places[i] = value.index
            elif bind and id in given:
                bound[i] = value
            else:
                references.append(TaskRef(tasks.key(id)))
                if id in given:
                    tasks[tasks.key(id)] = Given(tasks.key(id), value)
        stored = [i for i, id in enumerate(step.results) if id in kept]
        task: Callable[..., Any] = Storing(step.task, stored) if stored else step.task
        task = Bound(task, bound, places) if bound or places else task
        tasks[tasks.key(step.id)] = Task(tasks.key(step.id), task, *references)
        if step.annotations:
            tasks.annotated.append(step)
    return tasks


def result_of(tasks: Tasks, step: Step, ids: Sequence[str] | None = None) -> Key:
    """The key of what is wanted of `step`, or of `ids` of that, and clock readings.

    What only other steps need stays where it is: a task picks the rest out.
    """
    if ids is None and step.wanted == step.results:
        return tasks.key(step.id)
    key = tasks.key(f"{step.id}:wanted")
    places = [step.results.index(id) for id in (step.wanted if ids is None else ids)]
    tasks[key] = Task(key, _picked, TaskRef(tasks.key(step.id)), *places, -1)
    return key


def value_of(tasks: Tasks, plan: Plan, given: Mapping[str, Any], id: str) -> Key:
    """The key of the value of `id` alone, where each node is a step of its own."""
    key = tasks.key(f"{id}:value")
    if id in plan.nodes:
        tasks[key] = Task(key, itemgetter(0), TaskRef(tasks.key(id)))
    else:
        tasks[key] = Given(key, given[id] if id in given else plan.values[id])
    return key


def _picked(values: tuple[Any, ...], *places: int) -> tuple[Any, ...]:
    return tuple([values[i] for i in places])
