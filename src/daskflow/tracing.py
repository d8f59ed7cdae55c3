"""When and where a node of a run was computed."""

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
