"""A run that tells when and where each of its nodes ran."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import pairwise
from operator import attrgetter
from time import perf_counter, time
from typing import Any, NamedTuple

from daskflow.costs import Tuning
from daskflow.program import Program
from daskflow.remote import Remote
from daskflow.task import GroupTask
from daskflow.tracing import NodeTime, RunTrace, TaskTime, Transfer

RUN = "Session.run()"
"""What the whole run is called among its tasks; no node can have that name."""

SENT = "feeds and variables"

UNSURE = 0.05
"""Seconds by which Dask may be wrong on how far the clocks of two machines differ.

It measures that at every heartbeat, and finds up to 15 ms between two processes of one
busy machine, which have the same clock.
"""


class Arrival(NamedTuple):
    """A value that a worker got from another one, under its key."""

    key: Any
    source: str
    start: float
    end: float
    nbytes: int


class Trace(NamedTuple):
    """Where a task ran, and its clock readings in seconds since 1970."""

    worker: str
    thread: int
    start: float
    times: tuple[float, ...]
    end: float
    nbytes: int
    arrivals: tuple[Arrival, ...]

    def moved(self, seconds: float) -> Trace:
        """The same so many seconds later."""
        arrivals = [
            a._replace(start=a.start + seconds, end=a.end + seconds)
            for a in self.arrivals
        ]
        return self._replace(
            start=self.start + seconds,
            times=tuple([reading + seconds for reading in self.times]),
            end=self.end + seconds,
            arrivals=tuple(arrivals),
        )


class TracedTask(GroupTask):
    """The same task, with a `Trace` in the place of the clock readings."""

    __slots__ = ()

    @classmethod
    def of(cls, task: GroupTask) -> TracedTask:
        """The same task, traced."""
        return cls(task.name, task.source, task.bindings, task.lines)

    def __call__(self, *inputs: Any) -> tuple[Any, ...]:
        start = perf_counter()
        *values, readings = super().__call__(*inputs)
        end = perf_counter()
        worker = _worker()
        since = time() - perf_counter() + _ahead(worker)
        start, *times, end = [since + reading for reading in (start, *readings, end)]
        trace = Trace(
            f"process {os.getpid()}" if worker is None else str(worker.address),
            threading.get_native_id(),
            start,
            tuple(times),
            end,
            _nbytes(tuple(values)),
            () if worker is None else tuple(_arrivals(worker, start)),
        )
        return *values, trace


def _nbytes(value: Any) -> int:
    """The size of an array, or of all in a tuple."""
    if isinstance(value, tuple):
        return sum(map(_nbytes, value))
    return int(getattr(value, "nbytes", 0))


def _worker() -> Any:
    """The worker of a cluster that this runs on, if it runs on one."""
    distributed = sys.modules.get("distributed.worker")
    if distributed is not None:
        with suppress(ValueError):  # not on a worker
            return distributed.get_worker()
    return None


def _ahead(worker: Any) -> float:
    """Seconds by which the scheduler's clock is ahead of the worker's."""
    delay = float(getattr(worker, "scheduler_delay", 0.0))
    return delay if abs(delay) > UNSURE else 0.0


def _arrivals(worker: Any, start: float) -> Iterator[Arrival]:
    """What came from other workers for the task that runs here, before it began."""
    with suppress(AttributeError, LookupError):  # Dask does not promise to keep them
        task = worker.state.tasks[worker.get_current_task()]
        needed = {dependency.key for dependency in list(task.dependencies)}
        correction = _ahead(worker) - worker.scheduler_delay
        for came in list(worker.transfer_incoming_log):
            late = max(came["stop"] + correction - start, 0.0)  # no task begins earlier
            shift = correction - late
            for key in needed & came["keys"].keys():
                times = came["start"] + shift, came["stop"] + shift
                yield Arrival(key, came["who"], *times, came["keys"][key] or 0)


class Traced:
    """What `tuning` has chosen, to be run once with a clock reading for each node.

    It stands in for the tuning in that run, and leaves in `trace` what the run was.
    """

    direct = None
    is_timed = True

    def __init__(self, tuning: Tuning, trace: RunTrace) -> None:
        self.plan = tuning.plan
        self.stored = tuning.stored
        self._trace = trace
        for told in (trace.nodes, trace.tasks, trace.transfers):
            told.clear()  # of an attempt that the cluster has lost
        self._names: dict[Any, str] = {}  # of variables, by the keys of their versions
        program = tuning.finely_timed()
        traced = [replace(s, task=TracedTask.of(s.task)) for s in program.steps]
        self.program = replace(program, steps=tuple(traced))

    def note_sent(
        self, given: Mapping[str, Any], start: float, scheduler: str, nbytes: int
    ) -> None:
        """Take in what went to the scheduler since `start`.

        It is `nbytes`, and those of what was `given` that travel within the tasks.
        """
        remote = {id: v for id, v in given.items() if isinstance(v, Remote)}
        self._names.update({v.future.key: id for id, v in remote.items()})
        inside = [
            getattr(given[id], "nbytes", 0)
            for step in self.program.steps
            for id in step.needs
            if id in given and id not in remote
        ]
        sent = Transfer(
            SENT, self._trace.process, scheduler, start, time(), nbytes + sum(inside)
        )
        self._trace.transfers.append(sent)

    def note(self, program: Program, readings: Mapping[str, Trace]) -> None:
        """Take in where and when each step ran, and its nodes."""
        trace, end = self._trace, time()
        shifts = _shifts(readings.values(), trace.start, end)
        trace.tasks.append(TaskTime(RUN, trace.process, trace.thread, trace.start, end))
        came: dict[tuple[str, Any], Transfer] = {}
        for step in program.steps:
            told = readings[step.id].moved(shifts[readings[step.id].worker])
            place, times = (told.worker, told.thread), (told.start, told.end)
            trace.tasks.append(
                TaskTime(step.id, *place, *times, told.nbytes, step.needs)
            )
            trace.nodes += [
                NodeTime(id, self.plan.nodes[id].op.name, *place, *part)
                for i, ids in enumerate(step.clocked)
                for id, part in zip(ids, _parts(ids, *told.times[i:]), strict=True)
            ]
            for key, source, start, stop, nbytes in told.arrivals:
                name = self._name(key)
                sent = Transfer(name, source, told.worker, start, stop, nbytes)
                if sent.end >= trace.start:  # or it was there before this run
                    first = came.setdefault((told.worker, key), sent)
                    came[told.worker, key] = min(first, sent, key=attrgetter("end"))
        trace.transfers += came.values()

    def note_wall(self, program: Program, seconds: float) -> None:
        """How long it took in all is no measure of the groups."""

    def _name(self, key: Any) -> str:
        """What a value is called that has this key."""
        return self._names.get(key) or str(key[0] if isinstance(key, tuple) else key)


def _parts(
    ids: Sequence[str], start: float, end: float, *later: float
) -> Iterator[tuple[float, float]]:
    """The time between two readings of the clock, shared evenly by these nodes."""
    part = (end - start) / len(ids)
    edges = [*(start + k * part for k in range(len(ids))), end]
    return pairwise(edges)


def _shifts(traces: Iterable[Trace], start: float, end: float) -> dict[str, float]:
    """Seconds to move what each worker tells, into the time that the run took here.

    Its clock may be wrong; nothing ran before it was asked for or after it was there.
    """
    spans: dict[str, tuple[float, float]] = {}
    for told in traces:
        first, last = spans.get(told.worker, (told.start, told.end))
        spans[told.worker] = min(first, told.start), max(last, told.end)
    return {
        worker: max(start - first, min(end - last, 0.0))
        for worker, (first, last) in spans.items()
    }
