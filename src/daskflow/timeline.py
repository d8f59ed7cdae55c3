"""`Timeline`: a traced run for chrome://tracing or ui.perfetto.dev to show."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from itertools import count, product
from typing import Any, NamedTuple

from daskflow.run_metadata import NodeExecStats, StepStats
from daskflow.tracing import TaskTime, Transfer

__all__ = ["Timeline"]

Event = dict[str, Any]


class Timeline:
    """A traced run: tasks with their nodes, in a lane for each thread of each process.

    `graph` is TensorFlow's, and nothing follows from it.

    >>> x = df.placeholder(df.float32, name="x")
    >>> options = df.RunOptions(trace_level=df.RunOptions.FULL_TRACE)
    >>> metadata = df.RunMetadata()
    >>> y = session.run(df.exp(-x), {x: 1.0}, options, metadata)
    >>> trace = json.loads(Timeline(metadata.step_stats).generate_chrome_trace_format())
    >>> [event["name"] for event in trace["traceEvents"] if event["ph"] == "X"]
    ['Session.run()', 'Neg+Exp', 'negative', 'exp']
    """

    def __init__(self, step_stats: StepStats, graph: Any = None) -> None:
        self._stats = step_stats

    def generate_chrome_trace_format(
        self, show_dataflow: bool = True, show_memory: bool = False
    ) -> str:
        """The run in the Trace Event Format, as JSON; times are microseconds.

        A process is a worker, or a process of this machine; the one that ran the
        session comes first. Each of its threads is a lane: tasks, and in them their
        nodes. What a worker got from elsewhere stands in lanes of its own. With
        `show_dataflow` arrows go from a task by way of these to the tasks that need its
        results; with `show_memory` a counter of each process has the bytes of the
        results that are there until their last reader has ended.
        """
        slices = _slices(self._stats)
        lanes = _lanes(slices)
        events = list(_titles(lanes))
        events += [_complete(slice, lanes) for slice in slices]
        if show_dataflow:
            events += _arrows(self._stats, lanes)
        if show_memory:
            events += _counters(self._stats, lanes)
        return json.dumps({"traceEvents": events}, indent=4)


class Slice(NamedTuple):
    """Something that took its time in a lane of a process."""

    process: str
    lane: str
    start: int
    end: int
    name: str
    category: str
    args: Event


Lanes = dict[tuple[str, str], Event]
"""The `pid` and `tid` of each lane of each process, in the order to show them in."""


def _slices(stats: StepStats) -> list[Slice]:
    """All that took time, and what is around it before it."""
    slices = [_of_task(task) for task in stats.tasks]
    slices += [
        _of_node(device.device, node)
        for device in stats.dev_stats
        for node in device.node_stats
    ]
    slices += _of_transfers(stats.transfers).values()
    return sorted(slices, key=lambda slice: (slice.start, -slice.end))


def _of_task(task: TaskTime) -> Slice:
    times = _micros(task.start), _micros(task.end)
    lane, args = f"thread {task.thread}", {"bytes": task.nbytes}
    return Slice(task.worker, lane, *times, task.name, "Task", args)


def _of_node(device: str, node: NodeExecStats) -> Slice:
    start, op = node.all_start_micros, _op(node)
    times = start, start + node.all_end_rel_micros
    args = {"name": node.node_name, "op": op}
    return Slice(device, f"thread {node.thread_id}", *times, op, "Op", args)


def _op(node: NodeExecStats) -> str:
    found = re.fullmatch(r".* = (.*)\(.*\)", node.timeline_label)
    return found[1] if found else node.node_name


def _of_transfers(transfers: Iterable[Transfer]) -> dict[Transfer, Slice]:
    """Transfers to a process in one lane, in several where they overlap."""
    slices = {}
    free: dict[str, list[int]] = {}  # by process, when each of its lanes is free again
    for transfer in sorted(transfers, key=lambda transfer: transfer.start):
        start, end = _micros(transfer.start), _micros(transfer.end)
        ends = free.setdefault(transfer.worker, [])
        place = next((i for i, busy in enumerate(ends) if busy <= start), len(ends))
        ends[place : place + 1] = [end]
        lane = f"transfers {place + 1}" if place else "transfers"
        args = {"bytes": transfer.nbytes, "from": transfer.source}
        slices[transfer] = Slice(
            transfer.worker, lane, start, end, transfer.name, "Transfer", args
        )
    return slices


def _micros(seconds: float) -> int:
    return round(seconds * 1e6)


def _lanes(slices: Iterable[Slice]) -> Lanes:
    """Processes in the order in which they began, their threads before transfers."""
    pids: dict[str, int] = {}
    for slice in slices:
        pids.setdefault(slice.process, len(pids) + 1)
    found = dict.fromkeys((slice.process, slice.lane) for slice in slices)
    order = sorted(
        found, key=lambda lane: (pids[lane[0]], lane[1].startswith("transfers"))
    )
    # To Perfetto a number is one thread's, and that of a process its main thread's.
    tids = enumerate(order, len(pids) + 1)
    return {lane: {"pid": pids[lane[0]], "tid": tid} for tid, lane in tids}


def _titles(lanes: Lanes) -> Iterator[Event]:
    for (process, lane), place in lanes.items():
        texts = {"process": process, "thread": lane}
        ranks = {"process": place["pid"], "thread": place["tid"]}
        for kind, text in texts.items():
            yield {"name": f"{kind}_name", "ph": "M", **place, "args": {"name": text}}
            rank = {"sort_index": ranks[kind]}
            yield {"name": f"{kind}_sort_index", "ph": "M", **place, "args": rank}


def _complete(slice: Slice, lanes: Lanes) -> Event:
    return {
        "name": slice.name,
        "cat": slice.category,
        "ph": "X",
        **lanes[slice.process, slice.lane],
        "ts": slice.start,
        "dur": slice.end - slice.start,
        "args": slice.args,
    }


# What went from task to task


def _arrows(stats: StepStats, lanes: Lanes) -> Iterator[Event]:
    """From each task, by way of transfers, to those that read what it gave."""
    tasks = {task.name: _of_task(task) for task in stats.tasks}
    arrived = {(t.name, t.worker): s for t, s in _of_transfers(stats.transfers).items()}
    numbers = count(1)
    for task in stats.tasks:
        for name in task.needs:
            way = [tasks.get(name), arrived.get((name, task.worker))]
            path = [slice for slice in way if slice is not None]
            yield from _arrow(path, tasks[task.name], next(numbers), lanes)


def _arrow(
    path: list[Slice], reader: Slice, number: int, lanes: Lanes
) -> Iterator[Event]:
    """An arrow through slices to the beginning of a task.

    It leaves each at its end, or earlier where clocks say that this is too late.
    """
    time, steps = reader.start, [(reader, reader.start)]
    for slice in reversed(path):
        time = min(time, max(slice.start, slice.end - 1))
        if time < slice.start:
            break
        steps.insert(0, (slice, time))
    phases = ["s", *"t" * (len(steps) - 2), "f"] if len(steps) > 1 else []
    for phase, (slice, at) in zip(phases, steps, strict=False):
        place = lanes[slice.process, slice.lane]
        event = {"name": "data", "cat": "Data", "ph": phase, "id": number}
        binding = {"bp": "e"} if phase == "f" else {}  # to what is around it, not next
        yield {**event, **place, "ts": at, **binding}


# What was there when


def _counters(stats: StepStats, lanes: Lanes) -> Iterator[Event]:
    """The bytes of results in each process, whenever that changes."""
    changes: dict[str, list[tuple[int, int]]] = {}
    for process, start, end, nbytes in _held(stats):
        changes.setdefault(process, []).extend([(start, nbytes), (end, -nbytes)])
    pids = {process: place["pid"] for (process, _), place in lanes.items()}
    for process, steps in changes.items():
        total = 0
        for time, change in sorted(steps, key=lambda step: (step[0], -step[1])):
            total += change
            event = {"name": "results", "cat": "Memory", "ph": "C"}
            place = {"pid": pids[process], "ts": time}
            yield {**event, **place, "args": {"bytes": total}}


def _held(stats: StepStats) -> Iterator[tuple[str, int, int, int]]:
    """Where, from when to when, and how large: results, and copies that were sent.

    What no task reads is for the session, and there until the end.
    """
    ends: dict[tuple[str, str], int] = {}  # of the last reader, anywhere or on a worker
    for task in stats.tasks:
        for place in (*product(task.needs, ("", task.worker)), ("", "")):
            ends[place] = max(ends.get(place, 0), _micros(task.end))
    for task in stats.tasks:
        if task.nbytes:
            start, end = _micros(task.end), ends.get((task.name, ""), ends["", ""])
            yield task.worker, start, max(start, end), task.nbytes
    for sent in stats.transfers:
        if (sent.name, sent.worker) in ends:
            start, end = _micros(sent.end), ends[sent.name, sent.worker]
            yield sent.worker, start, max(start, end), sent.nbytes
