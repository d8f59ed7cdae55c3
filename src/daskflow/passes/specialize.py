"""Write nodes as plain NumPy, for inputs of the sizes at hand."""

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
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
        text = _text(node, specs, fresh, plan.nodes)
        if text is not None:
            node = _written(node, text)
            if _is_known(node, values, specs[node.id]):
                try:
                    values[node.id] = _value(node, values)
                    continue
                except Exception:  # it belongs to the run, which names the operation
                    pass
        nodes[node.id] = node
        if _is_fresh(node):
            fresh.add(node.id)
    return _writing_over(prune(replace(plan, nodes=nodes, values=values)), specs)


def _is_fresh(node: Node) -> bool:
    """Whether its result shares no memory with anything."""
    op = node.op
    is_own = op.elementwise and op.takes_out and op.forwards is None
    return op.pure and (node.text is not None or op.product or is_own)


def _writing_over(plan: Plan, specs: Mapping[str, Spec]) -> Plan:
    """`y = np.exp(x)`, where nothing reads `x` later, may be `np.exp(x, out=x)`.

    Only where both lie in C order, as the result would anyhow: sums of an array in
    another order round otherwise.
    """
    last: dict[str, str] = {}
    shared: set[str] = {*plan.inputs, *plan.values}
    for node in plan.nodes.values():
        last.update(dict.fromkeys(node.inputs, node.id))
        if not _is_fresh(node):  # a view, for what is known, and it may live longer
            shared.update((node.id, *node.inputs))
    nodes = dict(plan.nodes)
    in_order = in_c_order(plan, specs)
    for node in plan.nodes.values():
        if node.text is None or node.id not in in_order or not _is_ufunc(node.text):
            continue
        for id in node.inputs:
            is_last = last[id] == node.id and id not in shared and id in in_order
            if is_last and _alike(specs[id], specs[node.id]):
                nodes[node.id] = node._replace(over=id)
                break
    return replace(plan, nodes=nodes)


def in_c_order(plan: Plan, specs: Mapping[str, Spec]) -> set[str]:
    """The ids of which it is known that their values lie in C order."""
    known = {*plan.inputs}
    known.update(
        id for id, v in plan.values.items() if np.asarray(v).flags.c_contiguous
    )
    for node in plan.nodes.values():
        shape = specs[node.id].shape
        follows = node.op.elementwise and all(
            id in known or specs[id].shape in ((), (None,)) for id in node.inputs
        )
        is_flat = shape is not None and len(shape) <= 1
        is_matrix = node.op.product and shape is not None and len(shape) == 2
        if _is_fresh(node) and (follows or is_flat or is_matrix):
            known.add(node.id)
    return known


@lru_cache(1_024)
def _is_ufunc(text: str) -> bool:
    found = re.fullmatch(r"np\.(\w+)\((\{\d+\}(, )?)+\)", text)
    function = getattr(np, found[1]) if found else None
    return isinstance(function, np.ufunc) and function is not np.matmul


def _alike(a: Spec, b: Spec) -> bool:
    # NumPy takes a single element written over itself for a sum along an axis.
    return a.is_complete and a == b and prod(full_shape(a.shape)) > 1


def _written(node: Node, text: str) -> Node:
    """The node with that text, and the inputs that stand in it."""
    used = _used(text)
    if len(used) == len(node.inputs):
        return node._replace(text=text)
    order = range(len(node.inputs))
    places = [f"{{{used.index(i)}}}" if i in used else "" for i in order]
    inputs = tuple([node.inputs[i] for i in used])
    return node._replace(inputs=inputs, text=text.format(*places, y="{y}"))


@lru_cache(1_024)
def _call_of(function: str, arity: int) -> str:
    return f"np.{function}({', '.join(f'{{{i}}}' for i in range(arity))})"


@lru_cache(1_024)
def _used(text: str) -> list[int]:
    return sorted({int(i) for i in re.findall(r"\{(\d+)\}", text)})


def _is_known(node: Node, values: Mapping[str, Any], spec: Spec) -> bool:
    if node.after or not spec.is_complete or not node.op.pure:
        return False
    size = prod(full_shape(spec.shape)) * 16
    return size <= LARGEST and all(id in values for id in node.inputs)


def _value(node: Node, values: Mapping[str, Any]) -> Any:
    given = node.written("value", [f"values[{id!r}]" for id in node.inputs])
    with np.errstate(all="ignore"):
        value = eval(given, {"np": np, "values": values})
    return value if isinstance(value, np.generic) else sealed(value)


def _text(
    node: Node,
    specs: Mapping[str, Spec],
    fresh: set[str],
    nodes: Mapping[str, Node],
) -> str | None:
    op = node.op
    if isinstance(op.ufunc, np.ufunc) and _is_numpys(op.ufunc):
        return _call_of(op.ufunc.__name__, len(node.inputs))
    if op.written is None or not op.pure:
        return None
    known = [specs[id] for id in node.inputs]
    if not all(spec.is_complete for spec in known):
        return None
    try:
        text: str | None = op.written(*known, **node.attrs)
    except Exception:  # shapes that do not fit: the run will say it better
        return None
    if text is not None and op.product and _is_square(specs[node.id]):
        # NumPy has another routine for an array times its own transpose. Two inputs may
        # share memory, and so may a value and a view of it.
        a, b = [node.inputs[i] for i in _used(text)]
        made = {a, b} & nodes.keys()
        if a == b or not made or not made <= fresh:
            return None
    return text


def _is_numpys(ufunc: np.ufunc) -> bool:
    return getattr(np, ufunc.__name__, None) is ufunc


def _is_square(spec: Spec) -> bool:
    *_, n, m = (0, 1, *(spec.shape or ()))
    return n == m
