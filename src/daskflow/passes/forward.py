"""Leave out what gives its input as it is, or broadcast, for the sizes at hand."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from daskflow.passes.prune import prune
from daskflow.plan import Node, Plan
from daskflow.spec import Spec


def forward(plan: Plan, specs: Mapping[str, Spec]) -> Plan:
    """`s = sum_like(x, y); z = exp(s)`, `x` and `y` of one shape: `z = exp(x)`."""
    renamed: dict[str, str] = {}
    nodes: dict[str, Node] = {}
    for node in plan.nodes.values():
        inputs = tuple([renamed.get(id, id) for id in node.inputs])
        if node.op.ufunc in _EXACT:
            inputs = _not_broadcast(inputs, nodes, specs, specs[node.id])
        same = inputs == node.inputs
        nodes[node.id] = node if same else node._replace(inputs=inputs)
        if _forwards(node, specs):
            renamed[node.id] = inputs[0]
    unchanged = (plan.nodes[id].inputs == node.inputs for id, node in nodes.items())
    if not renamed and all(unchanged):
        return plan
    return prune(  # a node that others wait for stays
        replace(
            plan,
            nodes=nodes,
            fetches=tuple([renamed.get(id, id) for id in plan.fetches]),
            updates={v: renamed.get(id, id) for v, id in plan.updates.items()},
        )
    )


_EXACT = (np.add, np.subtract, np.multiply, np.true_divide)
"""Rounded as IEEE 754 says: every loop of NumPy's gives the same bits."""


def _not_broadcast(
    inputs: tuple[str, ...],
    nodes: Mapping[str, Node],
    specs: Mapping[str, Spec],
    result: Spec,
) -> tuple[str, ...]:
    """`s = spread(g, x); z = multiply(s, x)`  becomes  `z = multiply(g, x)`."""
    for i, id in enumerate(inputs):
        node = nodes.get(id)
        others = [specs[other].shape for other in (*inputs[:i], *inputs[i + 1 :])]
        if node is None or not _broadcasts(node, specs) or result.shape not in others:
            continue
        inputs = (*inputs[:i], node.inputs[0], *inputs[i + 1 :])
    return inputs


def _broadcasts(node: Node, specs: Mapping[str, Spec]) -> bool:
    rule = node.op.broadcasts
    if rule is None or node.after:
        return False
    inputs = [specs[id] for id in node.inputs]
    return all(spec.is_complete for spec in inputs) and rule(*inputs, **node.attrs)


def _forwards(node: Node, specs: Mapping[str, Spec]) -> bool:
    rule = node.op.forwards
    if rule is None or node.after:
        return False
    inputs = [specs[id] for id in node.inputs]
    return all(spec.is_complete for spec in inputs) and rule(*inputs, **node.attrs)
