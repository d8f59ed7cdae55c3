"""`Timeline`: a traced run for chrome://tracing or ui.perfetto.dev to show."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from daskflow.run_metadata import DeviceStepStats, NodeExecStats, StepStats

__all__ = ["Timeline"]


class Timeline:
    """The nodes of a traced run, a row for each thread of each device.

    `graph` is TensorFlow's, and nothing follows from it.

    >>> import json
    >>> x = df.placeholder(df.float32)
    >>> options = df.RunOptions(trace_level=df.RunOptions.FULL_TRACE)
    >>> metadata = df.RunMetadata()
    >>> value = session.run(df.exp(x), {x: 0.0}, options, metadata)
    >>> timeline = df.timeline.Timeline(metadata.step_stats)
    >>> trace = json.loads(timeline.generate_chrome_trace_format())
    >>> [event["name"] for event in trace["traceEvents"] if event["ph"] == "X"]
    ['exp']
    """

    def __init__(self, step_stats: StepStats, graph: Any = None) -> None:
        self._devices = step_stats.dev_stats

    def generate_chrome_trace_format(
        self, show_dataflow: bool = True, show_memory: bool = False
    ) -> str:
        """The run in the Trace Event Format, as JSON.

        A process is a device, a thread one of its threads. Which value went where and
        how much memory there was is not traced, so neither setting adds anything.
        """
        events = [
            event
            for number, device in enumerate(self._devices)
            for event in _events(number, device)
        ]
        return json.dumps({"traceEvents": events}, indent=4)


def _events(number: int, device: DeviceStepStats) -> Iterator[dict[str, Any]]:
    title = {"name": device.device}
    yield {"name": "process_name", "ph": "M", "pid": number, "args": title}
    rows = {thread: i for i, thread in enumerate(_threads(device))}
    for node in device.node_stats:
        yield {
            "name": _op(node),
            "cat": "Op",
            "ph": "X",
            "pid": number,
            "tid": rows[node.thread_id],
            "ts": node.all_start_micros,
            "dur": node.all_end_rel_micros,
            "args": {"name": node.node_name, "op": _op(node)},
        }


def _threads(device: DeviceStepStats) -> list[int]:
    """Its threads in the order in which they began."""
    return list(dict.fromkeys(node.thread_id for node in device.node_stats))


def _op(node: NodeExecStats) -> str:
    found = re.fullmatch(r".* = (.*)\(.*\)", node.timeline_label)
    return found[1] if found else node.node_name
