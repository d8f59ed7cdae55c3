"""Write nodes as plain NumPy, for inputs of the sizes at hand."""

import re
from collections.abc import Mapping
from dataclasses import replace
from math import prod
from typing import Any

import numpy as np

from daskflow.arrays import sealed
from daskflow.passes.prune import prune
from daskflow.plan import Node, Plan
from daskflow.spec import Spec, full_shape

LARGEST = 1 << 10
"""Bytes: a larger value is not computed before the run, but in it."""


def specialize(plan: Plan, specs: Mapping[str, Spec]) -> Plan:
    """`s = sum_like(x, y)`, `x` 2 x 3 and `y` 3, is written `np.add.reduce(x, axis=0)`.

    It needs `y` no more. What is left without inputs is computed here and now.
    """
    nodes: dict[str, Node] = {}
    values = dict(plan.values)
    fresh: set[str] = set()
    for node in plan.nodes.values():
        if node.op.product or (node.op.elementwise and node.op.forwards is None):
            fresh.add(node.id)
        text = _text(node, specs, fresh)
        if text is not None:
            node = _written(node, text)
            if _is_known(node, values, specs[node.id]):
                values[node.id] = _value(node, values)
                continue
        nodes[node.id] = node
    return prune(replace(plan, nodes=nodes, values=values))


def _written(node: Node, text: str) -> Node:
    """The node with that text, and the inputs that stand in it."""
    used = _used(text)
    order = range(len(node.inputs))
    places = [f"{{{used.index(i)}}}" if i in used else "" for i in order]
    inputs = tuple([node.inputs[i] for i in used])
    return replace(node, inputs=inputs, text=text.format(*places))


def _used(text: str) -> list[int]:
    return sorted({int(i) for i in re.findall(r"\{(\d+)\}", text)})


def _is_known(node: Node, values: Mapping[str, Any], spec: Spec) -> bool:
    if node.after or not spec.is_complete or not node.op.pure:
        return False
    size = prod(full_shape(spec.shape)) * 16
    return size <= LARGEST and all(id in values for id in node.inputs)


def _value(node: Node, values: Mapping[str, Any]) -> Any:
    given = node.written([f"values[{id!r}]" for id in node.inputs])
    with np.errstate(all="ignore"):
        value = eval(given, {"np": np, "values": values})
    return value if isinstance(value, np.generic) else sealed(value)


def _text(node: Node, specs: Mapping[str, Spec], fresh: set[str]) -> str | None:
    op = node.op
    if isinstance(op.ufunc, np.ufunc):
        inputs = ", ".join(f"{{{i}}}" for i, _ in enumerate(node.inputs))
        return f"np.{op.ufunc.__name__}({inputs})"
    if op.written is None or not op.pure:
        return None
    known = [specs[id] for id in node.inputs]
    if not all(spec.is_complete for spec in known):
        return None
    text: str | None = op.written(*known, **node.attrs)
    if text is not None and op.product and _is_square(specs[node.id]):
        # NumPy has another routine for an array times its own transpose.
        a, b = [node.inputs[i] for i in _used(text)]
        if a == b or not (a in fresh or b in fresh):
            return None
    return text


def _is_square(spec: Spec) -> bool:
    *_, n, m = (0, 1, *(spec.shape or ()))
    return n == m
