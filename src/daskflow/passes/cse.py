"""Compute once what is written twice."""

from collections.abc import Hashable
from dataclasses import replace
from typing import Any

import numpy as np

from daskflow.plan import Node, Plan

LARGEST = 64
"""Bytes: larger constants are not compared, equal ones are kept apart."""


def merge_common_subexpressions(plan: Plan) -> Plan:
    """`y = exp(x); z = exp(x); w = add(y, z)`  becomes  `y = exp(x); w = add(y, y)`."""
    first: dict[Hashable, str] = {}
    renamed: dict[str, str] = {}
    for id, value in plan.values.items():
        kept = first.setdefault(_value_key(id, value), id)
        if kept != id:
            renamed[id] = kept
    nodes: dict[str, Node] = {}
    for node in plan.nodes.values():
        node = _with_renamed(node, renamed)
        kept = (
            first.setdefault(_node_key(node), node.id) if _mergeable(node) else node.id
        )
        if kept == node.id:
            nodes[node.id] = node
        else:
            renamed[node.id] = kept
    return replace(
        plan,
        nodes=nodes,
        values={id: v for id, v in plan.values.items() if id not in renamed},
        fetches=tuple(renamed.get(id, id) for id in plan.fetches),
        updates={v: renamed.get(id, id) for v, id in plan.updates.items()},
    )


def _mergeable(node: Node) -> bool:
    return node.op.pure and node.op.valued and node.op.role == "compute"


def _with_renamed(node: Node, renamed: dict[str, str]) -> Node:
    if not renamed:
        return node
    inputs = tuple([renamed.get(id, id) for id in node.inputs])
    after = tuple([renamed.get(id, id) for id in node.after])
    if inputs == node.inputs and after == node.after:
        return node
    return node._replace(inputs=inputs, after=after)


def _node_key(node: Node) -> Hashable:
    attrs = tuple(node.attrs.items())
    return node.op, node.inputs, attrs, frozenset(node.after), node.annotations


def _value_key(id: str, value: Any) -> Hashable:
    if not isinstance(value, np.ndarray):
        return type(value), repr(value)
    if value.nbytes > LARGEST or value.dtype.hasobject:
        return id
    return value.dtype, value.shape, value.tobytes()
