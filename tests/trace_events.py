"""Holds a trace to the Trace Event Format, and to lanes that nest."""

import json
from collections import defaultdict
from typing import Any

Event = dict[str, Any]

REQUIRED = {
    "X": {"name", "cat", "ph", "pid", "tid", "ts", "dur", "args"},
    "M": {"name", "ph", "pid", "tid", "args"},
    "C": {"name", "cat", "ph", "pid", "ts", "args"},
    "s": {"name", "cat", "ph", "id", "pid", "tid", "ts"},
    "t": {"name", "cat", "ph", "id", "pid", "tid", "ts"},
    "f": {"name", "cat", "ph", "id", "pid", "tid", "ts", "bp"},
}
"""The fields of the events of each phase that a trace of ours may have."""

METADATA = {
    "process_name": ("name", str),
    "thread_name": ("name", str),
    "process_sort_index": ("sort_index", int),
    "thread_sort_index": ("sort_index", int),
}


def checked(text: str) -> list[Event]:
    """The events of a trace, every one of them as the format has it."""
    trace = json.loads(text)
    assert trace.keys() == {"traceEvents"}
    events: list[Event] = trace["traceEvents"]
    for event in events:
        assert event.keys() == REQUIRED[event["ph"]]
        numbers = {"pid", "tid", "ts", "dur", "id"} & event.keys()
        assert all(type(event[n]) is int and event[n] >= 0 for n in numbers)
        assert isinstance(event["name"], str)
    _check_names(events)
    _check_nesting(events)
    _check_flows(events)
    return events


def lanes(events: list[Event]) -> dict[tuple[str, str], list[Event]]:
    """What took time, under the names of its process and its thread."""
    titles = {
        (e["name"], e["pid"], e["tid"]): e["args"] for e in events if e["ph"] == "M"
    }
    found = defaultdict(list)
    for event in events:
        if event["ph"] == "X":
            place = event["pid"], event["tid"]
            names = [titles[f"{k}_name", *place]["name"] for k in ("process", "thread")]
            found[names[0], names[1]].append(event)
    return found


def inside(inner: Event, outer: Event) -> bool:
    return bool(
        outer["ts"] <= inner["ts"]
        and inner["ts"] + inner["dur"] <= outer["ts"] + outer["dur"]
    )


def _check_names(events: list[Event]) -> None:
    named = [e for e in events if e["ph"] == "M"]
    for event in named:
        field, kind = METADATA[event["name"]]
        assert event["args"].keys() == {field}
        assert type(event["args"][field]) is kind
    titles = {(e["name"], e["pid"], e["tid"]) for e in named}
    assert len(titles) == len(named)
    homes = {e["tid"]: e["pid"] for e in named}  # no thread is in two processes
    assert not homes.keys() & homes.values()  # or it would count as the main one
    for event in events:
        if event["ph"] == "C":
            assert event["pid"] in homes.values()
            assert all(v >= 0 for v in event["args"].values())
        else:
            assert homes[event["tid"]] == event["pid"]


def _check_nesting(events: list[Event]) -> None:
    for slices in lanes(events).values():
        open_ones: list[Event] = []
        for event in slices:
            while open_ones and event["ts"] >= _end(open_ones[-1]):
                open_ones.pop()
            assert not open_ones or inside(event, open_ones[-1])
            open_ones.append(event)
        assert [e["ts"] for e in slices] == sorted(e["ts"] for e in slices)


def _end(event: Event) -> int:
    return int(event["ts"] + event["dur"])


def _check_flows(events: list[Event]) -> None:
    flows = defaultdict(list)
    for event in events:
        if event["ph"] in "stf":
            flows[event["id"]].append(event)
    slices = [e for e in events if e["ph"] == "X"]
    for steps in flows.values():
        assert [e["ph"] for e in steps] == ["s", *"t" * (len(steps) - 2), "f"]
        assert [e["ts"] for e in steps] == sorted(e["ts"] for e in steps)
        assert len({(e["name"], e["cat"]) for e in steps}) == 1
        for e in steps:  # each stands in a slice that it can be drawn to
            around = [s for s in slices if s["tid"] == e["tid"]]
            assert any(s["ts"] <= e["ts"] <= _end(s) for s in around)
