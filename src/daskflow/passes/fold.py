"""Compute now what depends on no feed, variable or draw."""

from dataclasses import replace
from math import prod
from typing import Any

import numpy as np

from daskflow.arrays import sealed
from daskflow.errors import DaskflowError
from daskflow.plan import Node, Plan
from daskflow.spec import Spec, spec_of

LARGEST = 1 << 20
"""Bytes: a larger result is computed where it is needed rather than sent there."""


def fold_constants(plan: Plan) -> Plan:
    """`2 -> exp -> y`  becomes the value `y`.

    A node that fails stays: its error belongs to the run.
    """
    nodes: dict[str, Node] = {}
    values = dict(plan.values)
    for node in plan.nodes.values():
        after = tuple(id for id in node.after if id not in values)
        kept = node if len(after) == len(node.after) else node._replace(after=after)
        if _can_fold(kept, values):
            try:
                values[node.id] = _computed(kept, values)
            except Exception:  # it belongs to the run, which names the operation
                nodes[node.id] = kept
        else:
            nodes[node.id] = kept
    return replace(plan, nodes=nodes, values=values)


def _computed(node: Node, values: dict[str, Any]) -> Any:
    with np.errstate(all="ignore"):
        value = node.op.kernel(*[values[id] for id in node.inputs], **node.attrs)
    return value if isinstance(value, np.generic) else sealed(value)


def _can_fold(node: Node, values: dict[str, Any]) -> bool:
    return (
        node.op.pure
        and node.op.valued
        and node.op.role == "compute"
        and not node.after
        and all(id in values for id in node.inputs)
        and _is_small(node, values)
    )


def _is_small(node: Node, values: dict[str, Any]) -> bool:
    specs = [
        spec_of(v) if isinstance(v, np.ndarray) else Spec(None, ())
        for v in (values[id] for id in node.inputs)
    ]
    try:
        result = node.op.infer(*specs, **node.attrs)
    except DaskflowError:
        return False
    if not isinstance(result, Spec) or result.shape is None:
        return False
    itemsize = 16 if result.dtype is None else result.dtype.itemsize
    return prod(16 if n is None else n for n in result.shape) * itemsize <= LARGEST
