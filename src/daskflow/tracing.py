"""When and where the parts of a run were computed, and what had to be sent for it."""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass, field
from time import time
from typing import NamedTuple


class NodeTime(NamedTuple):
    """One node of a run: `start` and `end` in seconds since 1970.

    `worker` is the address of a Dask worker, or the process of a local scheduler.
    """

    name: str
    op: str
    worker: str
    thread: int
    start: float
    end: float


class TaskTime(NamedTuple):
    """One task, with its nodes between `start` and `end`.

    It `needs` inputs of the run and results of other tasks, and gave `nbytes`.
    """

    name: str
    worker: str
    thread: int
    start: float
    end: float
    nbytes: int = 0
    needs: tuple[str, ...] = ()


class Transfer(NamedTuple):
    """Something that came from `source` to `worker`: what a task gave, or a variable.

    What a session sends to a scheduler is one of these too.
    """

    name: str
    source: str
    worker: str
    start: float
    end: float
    nbytes: int


@dataclass
class RunTrace:
    """What a traced run tells of itself; it began where this was made."""

    nodes: list[NodeTime] = field(default_factory=list)
    tasks: list[TaskTime] = field(default_factory=list)
    transfers: list[Transfer] = field(default_factory=list)
    start: float = field(default_factory=time)
    process: str = field(default_factory=lambda: f"process {os.getpid()}")
    thread: int = field(default_factory=threading.get_native_id)
