"""A plan as a Dask graph: one task per node, under the node's id."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dask.base import normalize_token
from dask.task_spec import DataNode, GraphNode, Task, TaskRef

from daskflow.plan import Plan
from daskflow.task import NodeTask

Key = tuple[str, ...]


class Tasks(dict[Key, GraphNode]):
    """A Dask graph under keys `(id, *salt)`."""

    def __init__(self, *salt: str) -> None:
        super().__init__()
        self.salt = salt

    def key(self, id: str) -> Key:
        """What Dask calls the value of that id."""
        return (id, *self.salt)


# A salt stands for one graph only. Dask would hash every array in it instead.
normalize_token.register(Tasks, lambda tasks: ("daskflow", *tasks.salt))


def emit(plan: Plan, given: Mapping[str, Any], *salt: str) -> Tasks:
    """The tasks of `plan`, with the values `given` for its inputs.

    Dask takes a key for the name of one value, so a run that may give another value
    under the same id needs another salt.
    """
    tasks = Tasks(*salt)
    for id, value in {**plan.values, **given}.items():
        tasks[tasks.key(id)] = DataNode(tasks.key(id), value)
    for id, node in plan.nodes.items():
        # Dask knows only data edges, so a control edge is an argument left unread.
        needed = [TaskRef(tasks.key(other)) for other in (*node.inputs, *node.after)]
        tasks[tasks.key(id)] = Task(tasks.key(id), NodeTask(node), *needed)
    return tasks
