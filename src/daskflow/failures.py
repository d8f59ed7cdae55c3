"""What a scheduler raises during a run, as one of daskflow's errors."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from concurrent.futures import BrokenExecutor, CancelledError
from typing import Any

from daskflow.errors import (
    OpError,
    ResourceExhaustedError,
    UnavailableError,
    UnknownError,
)
from daskflow.opdef import OpDef
from daskflow.program import Program, Step

Case = tuple[Any, type[OpError], str]
"""What is raised, which of our classes says the same, and what to do."""

NAMED = 3
"""Nodes of a task that a message names; of the others it gives the number."""


RETRIES = 20
"""Times that a run is tried again when the cluster loses what it needs."""


class LostError(Exception):
    """A cluster has lost a run, or a value that it needs; it may be done again.

    When it began, what was lost had been restored so many times.
    """

    def __init__(self, failure: OpError, restorations: int) -> None:
        super().__init__(failure)
        self.failure = failure
        self.restorations = restorations


def failure_of(error: Exception, program: Program) -> OpError:
    """The error for the user when a scheduler could not run `program`.

    What a kernel raises comes back from its task as an `OpError`. What is left is the
    scheduler's: `UnavailableError` where the same run may succeed later,
    `ResourceExhaustedError` for memory, else `UnknownError`.
    """
    packing = next((e for e in _chain(error) if isinstance(e, OpError)), None)
    if packing is not None:  # a task that cannot be pickled: Dask wraps what it says
        return type(packing)(None, packing.op, packing.message)
    cls, advice = next((c, a) for kind, c, a in _cases() if isinstance(error, kind))
    nodes = _nodes(error, program)
    lines = [f"the scheduler failed{_at(nodes)}: {type(error).__name__}: {error}"]
    lines += [advice] if advice else []
    lines += [_INSTALL.format(module) for module in _missing(error)]
    if len(nodes) > 1 and cls is not UnavailableError:
        lines.append("Session(grouping=False) makes a task of each node: that finds it")
    lines.append("no variable has changed; the session can be used again")
    return cls(None, nodes[0] if nodes else None, "\n  ".join(lines))


def _cases() -> Iterator[Case]:
    """The cases in the order in which they are tried."""
    # Nobody meets an error of distributed who has not imported it, which is slow.
    if "distributed" in sys.modules:
        scheduler = sys.modules["distributed.scheduler"]
        yield scheduler.KilledWorker, UnknownError, _KILLED
        yield scheduler.NoWorkerError, UnavailableError, _NO_WORKER
        yield scheduler.NoValidWorkerError, UnavailableError, _NO_PLACE
    yield MemoryError, ResourceExhaustedError, _MEMORY
    yield BrokenExecutor, UnknownError, _BROKEN
    yield (OSError, CancelledError), UnavailableError, _LOST
    yield Exception, UnknownError, ""


_KILLED = (
    "a compute that ends its interpreter does this, or one that takes more memory than "
    "there is: the log of that worker says which"
)
_NO_WORKER = "start workers, then run it again"
_NO_PLACE = (
    "start a worker that has what the annotations of this run ask for, or change them"
)
_MEMORY = "use workers with more memory, or smaller inputs"
_BROKEN = (
    "a worker process died; a program that uses processes must start its work under "
    "`if __name__ == '__main__':`"
)
_LOST = "run it again when the scheduler answers; nothing of this run is kept"
_INSTALL = "install {!r} where the scheduler and the workers run, as it is here"


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """The error, its cause, the cause of that and so on."""
    while error is not None:
        yield error
        error = error.__cause__


def _missing(error: BaseException) -> list[str]:
    """The modules that could not be imported, or not all that was wanted of them."""
    return [e.name for e in _chain(error) if isinstance(e, ImportError) and e.name]


def _nodes(error: Exception, program: Program) -> tuple[str, ...]:
    """The nodes that may be to blame, those of a user's class first."""
    steps = program.steps if isinstance(error, BrokenExecutor) else ()
    for id in map(_id, _chain(error)):
        if id is not None:
            steps = tuple([step for step in program.steps if step.id == id])
            if not steps:
                return (id,)  # an input of the run
    nodes = [node for step in steps for node in step.nodes]
    foreign = {node for step in steps for node in _foreign(step)}
    return tuple(sorted(nodes, key=lambda node: node not in foreign))


def _id(error: BaseException) -> str | None:
    """The id in the key of the task that an error of Dask's is about."""
    key = getattr(error, "task", None) or getattr(error, "key", None)
    if isinstance(key, tuple) and key:
        return str(key[0]).removesuffix(":wanted")
    return None


def _foreign(step: Step) -> Iterator[str]:
    """The nodes of a user's class."""
    for line in step.task.lines:
        op = step.task.bindings.get(line.kernel)
        if isinstance(op, OpDef) and not op.pure:
            yield line.id


def _at(nodes: tuple[str, ...]) -> str:
    """`at 'a'`, or `at one of 'a', 'b', 'c' and 4 more`."""
    if not nodes:
        return ""
    names = ", ".join(map(repr, nodes[:NAMED]))
    more = f" and {len(nodes) - NAMED} more" if len(nodes) > NAMED else ""
    return f" at {'one of ' if len(nodes) > 1 else ''}{names}{more}"
