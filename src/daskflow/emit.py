"""A program as a Dask graph: one task per step, under the step's id."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Set
from operator import itemgetter
from typing import Any

from dask.base import normalize_token
from dask.task_spec import DataNode, GraphNode, Task, TaskRef

from daskflow.plan import Plan
from daskflow.program import Program, Step
from daskflow.remote import Remote, Storing, Unpacked

Key = tuple[str, ...]


class Tasks(dict[Key, GraphNode]):
    """A Dask graph under keys `(id, *salt)`."""

    def __init__(self, *salt: str) -> None:
        super().__init__()
        self.salt = salt

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
    kept: Mapping[str, Set[str]] | None = None,
) -> Tasks:
    """The tasks of `program`, with the values `given` for its inputs.

    The results of a step that are to be `kept` stay where it runs.

    Dask takes a key for the name of one value, so a run that may give another value
    under the same id needs another salt.
    """
    tasks = Tasks(*salt)
    for step in program.steps:
        for id in step.needs:
            if id in given and not isinstance(given[id], Remote):
                tasks[tasks.key(id)] = Given(tasks.key(id), given[id])
        places = {
            i: given[id].index
            for i, id in enumerate(step.needs)
            if isinstance(given.get(id), Remote) and given[id].index is not None
        }
        stored = [step.results.index(id) for id in kept[step.id]] if kept else []
        task: Callable[..., Any] = Storing(step.task, stored) if stored else step.task
        task = Unpacked(task, places) if places else task
        needed = [_reference(tasks, id, given.get(id)) for id in step.needs]
        tasks[tasks.key(step.id)] = Task(tasks.key(step.id), task, *needed)
    return tasks


def _reference(tasks: Tasks, id: str, value: Any) -> TaskRef:
    return TaskRef(value.future.key if isinstance(value, Remote) else tasks.key(id))


def result_of(tasks: Tasks, step: Step, kept: Set[str] = frozenset()) -> Key:
    """The key of what is wanted of `step` and not to be `kept`, and clock readings.

    What only other steps need stays where it is: a task picks the rest out.
    """
    if step.wanted == step.results and kept.isdisjoint(step.wanted):
        return tasks.key(step.id)
    key = tasks.key(f"{step.id}:wanted")
    places = [step.results.index(id) for id in step.wanted if id not in kept]
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
