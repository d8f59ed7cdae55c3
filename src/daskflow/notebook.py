"""What a notebook shows of graphs, tensors, sessions, plans and traced runs, as HTML.

Small tables and pictures; no script, no style sheet, nothing from elsewhere, and never
a value. Every text is escaped, since names may be anybody's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
from dask.utils import format_bytes

from daskflow.drawings import graph_diagram, near_diagram, plan_diagram, type_of
from daskflow.pictures.diagram import Diagram, folded, time_text
from daskflow.pictures.layout import layout_of
from daskflow.pictures.svg import safe, svg_of
from daskflow.pictures.timing import Bar, timing_svg
from daskflow.spec import shape_text

LISTED = 20
"""Lines of a list; of the others it says how many there are."""

SMALL = 40
"""Vertices of a picture beside a table; scopes are folded where there are more."""

ARRAYS = np.ndarray, np.generic

Rows = Iterable[tuple[str, str]]
"""What stands on the left, and as HTML on the right."""


def page(title: str, rows: Rows, picture: str = "") -> str:
    """A title, a table of the rows that say something, and a picture."""
    cells = "".join(
        '<tr><th style="text-align:left;vertical-align:top">'
        f'{safe(name)}</th><td style="text-align:left">{html}</td></tr>'
        for name, html in rows
        if html
    )
    table = f"<table>{cells}</table>"
    return f"<div><strong>{safe(title)}</strong>{table}{picture}</div>"


def drawn(diagram: Diagram) -> str:
    """A small picture of a diagram; none of an empty one."""
    small = folded(diagram, SMALL)
    return svg_of(small, layout_of(small)) if small.vertices else ""


def listed(texts: Sequence[str]) -> str:
    """Lines, and how many more there are."""
    lines = [f"<code>{safe(text)}</code>" for text in texts[:LISTED]]
    if len(texts) > LISTED:
        lines.append(f"and {len(texts) - LISTED:,} more")
    return "<br>".join(lines)


def graph_html(graph: Any) -> str:
    """What is in a graph: how many of which type, what it is fed, what it keeps."""
    operations = graph.get_operations()
    types = Counter(map(type_of, operations)).most_common()
    rows = [
        ("operations", f"{len(operations):,}"),
        ("types", safe(", ".join(f"{count:,} {name}" for name, count in types))),
        ("placeholders", listed([f"{t.name} {t.spec}" for t in graph.placeholders])),
        ("variables", listed([_variable(v) for v in graph.variables])),
    ]
    return page("Graph", rows, drawn(graph_diagram(operations)))


def _variable(variable: Any) -> str:
    return f"{variable.tensor.name} {variable.tensor.spec}"


def tensor_html(tensor: Any) -> str:
    """What is known of a tensor before any run, and the operations next to it."""
    dtype = None if tensor.spec.dtype is None else tensor.dtype.name
    shape = shape_text(tensor.spec.shape)
    rows = [("dtype", safe(dtype or "any")), ("shape", shape), *_facts(tensor.op)]
    return page(f"Tensor {tensor.name}", rows, drawn(near_diagram(tensor.op)))


def operation_html(op: Any) -> str:
    """What an operation is, and the operations next to it."""
    if not hasattr(op, "_graph"):  # a copy for a task is in no graph
        return safe(repr(op))
    outputs = [f"{t.name} {t.spec}" for t in op._outputs]
    rows = [*_facts(op), ("outputs", listed(outputs))]
    return page(f"Operation {op._name}", rows, drawn(near_diagram(op)))


def _facts(op: Any) -> Iterator[tuple[str, str]]:
    yield "type", safe(type_of(op))
    yield "inputs", listed([f"{t.name} {t.spec}" for t in op._inputs])
    yield "after", listed([before._name for before in op._control_inputs])
    yield "made at", f"<code>{safe(str(op.made_at))}</code>"


def plan_html(plan: Any) -> str:
    """The nodes of a plan as text, and as a picture."""
    rows = [
        ("nodes", f"{len(plan.nodes):,}"),
        ("fetches", listed(plan.fetches)),
        ("updates", listed([f"{v} ← {id}" for v, id in plan.updates.items()])),
        ("program", listed([*map(_line, plan.nodes.values())])),
    ]
    return page("Plan", rows, drawn(plan_diagram(plan)))


def _line(node: Any) -> str:
    """A node as text, without the arrays among its settings."""
    hidden = {k: ... for k, v in node.attrs.items() if isinstance(v, ARRAYS)}
    return str(node._replace(attrs={**node.attrs, **hidden}))


def session_html(
    graph: Any,
    state: Any,
    scheduler: str,
    link: str | None = None,
    page_link: str | None = None,
) -> str:
    """What a session runs on, and which variables it holds in which shape."""
    held = [_variable(v) for v in graph.variables if _has(state, v)]
    new = [_variable(v) for v in graph.variables if not _has(state, v)]
    rows = [
        ("scheduler", safe(scheduler)),
        ("dashboard", _link(link) if link else ""),
        ("its graph as it runs", _link(page_link) if page_link else ""),
        ("runs that stored", f"{state.commits:,}"),
        ("variables", listed(held)),
        ("not initialized yet", listed(new)),
    ]
    return page("Session", rows)


def _has(state: Any, variable: Any) -> bool:
    return variable.tensor.op._name in state.values


def _link(address: str) -> str:
    """A link, if it is one that leads to a page."""
    text = safe(address)
    return f'<a href="{text}">{text}</a>' if address.startswith("http") else text


def trace_html(step_stats: Any) -> str:
    """Where and when a traced run ran, which nodes took longest, and what was sent."""
    nodes = [node for device in step_stats.dev_stats for node in device.node_stats]
    slowest = sorted(nodes, key=lambda node: -node.all_end_rel_micros)
    run, *tasks = step_stats.tasks or [None]
    largest = sorted(step_stats.transfers, key=lambda sent: -sent.nbytes)
    rows = [
        ("took", time_text(run.end - run.start) if run else ""),
        ("tasks", f"{len(tasks):,}" if run else ""),
        ("nodes", f"{len(nodes):,}"),
        ("took longest", listed([_timed(node) for node in slowest])),
        ("sent", listed([_sent(transfer) for transfer in largest])),
    ]
    return page("Traced run", rows, timing_svg(_places(step_stats)) if nodes else "")


def _places(step_stats: Any) -> dict[str, list[Bar]]:
    """The lanes of a trace: tasks around their nodes, and what was sent where."""
    places: dict[str, list[Bar]] = {}
    for task in step_stats.tasks[1:]:
        place = f"{task.worker}, thread {task.thread}"
        bar = Bar(task.name, task.start, task.end, frame=True)
        places.setdefault(place, []).append(bar)
    for device in step_stats.dev_stats:
        for node in device.node_stats:
            start = node.all_start_micros * 1e-6
            bar = Bar(node.node_name, start, start + node.all_end_rel_micros * 1e-6)
            place = f"{device.device}, thread {node.thread_id}"
            places.setdefault(place, []).append(bar)
    for sent in step_stats.transfers:
        bar = Bar(sent.name, sent.start, sent.end)
        places.setdefault(f"transfers to {sent.worker}", []).append(bar)
    return places


def _timed(node: Any) -> str:
    return f"{time_text(node.all_end_rel_micros * 1e-6)} {node.node_name}"


def _sent(transfer: Any) -> str:
    size = format_bytes(transfer.nbytes)
    return f"{size} {transfer.name}: {transfer.source} → {transfer.worker}"
