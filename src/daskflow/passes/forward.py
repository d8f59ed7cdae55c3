"""Leave out what gives its input as it is, or broadcast, for the sizes at hand."""

from collections.abc import Callable, Mapping, Set
from dataclasses import replace

import numpy as np

from daskflow.errors import ShapeError
from daskflow.passes.prune import prune
from daskflow.passes.specialize import in_c_order
from daskflow.plan import Node, Plan
from daskflow.spec import Spec, broadcast


def forward(plan: Plan, specs: Mapping[str, Spec]) -> Plan:
    """`s = sum_like(x, y); z = exp(s)`, `x` and `y` of one shape: `z = exp(x)`."""
    renamed: dict[str, str] = {}
    nodes: dict[str, Node] = {}
    in_order = in_c_order(plan, specs)
    for node in plan.nodes.values():
        inputs = tuple([renamed.get(id, id) for id in node.inputs])
        if node.op.ufunc in _EXACT:
            inputs = _not_broadcast(inputs, nodes, specs, specs[node.id], in_order)
        same = inputs == node.inputs
        nodes[node.id] = node if same else node._replace(inputs=inputs)
        if _holds(node.op.forwards, node, specs):
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
    in_order: Set[str],
) -> tuple[str, ...]:
    """`s = spread(g, x); z = multiply(s, x)`  becomes  `z = multiply(g, x)`.

    Only where `x` has the shape of the result and lies in C order: then the result does
    so with `g` as it did with `s`.
    """

    def decides(id: str) -> bool:
        spec = specs[id]
        same = spec.is_complete and spec.shape == result.shape
        return same and (id in in_order or len(spec.shape or ()) < 2)

    for i, id in enumerate(inputs):
        node = nodes.get(id)
        others = (*inputs[:i], *inputs[i + 1 :])
        if node is not None and any(map(decides, others)) and _broadcasts(node, specs):
            inputs = (*inputs[:i], node.inputs[0], *inputs[i + 1 :])
    return inputs


def _broadcasts(node: Node, specs: Mapping[str, Spec]) -> bool:
    result = specs[node.id]
    return (
        result.is_complete
        and _holds(node.op.broadcasts, node, specs)
        and _fits(specs[node.inputs[0]], result)
    )


def _fits(x: Spec, result: Spec) -> bool:
    """Whether `x` broadcasts to the shape of `result`, and makes it no larger."""
    try:
        return broadcast(x.shape, result.shape) == result.shape
    except ShapeError:
        return False


def _holds(
    rule: Callable[..., bool] | None, node: Node, specs: Mapping[str, Spec]
) -> bool:
    """What a rule of the op says, of inputs that are known; nobody waits for it."""
    if rule is None or node.after:
        return False
    inputs = [specs[id] for id in node.inputs]
    return all(spec.is_complete for spec in inputs) and rule(*inputs, **node.attrs)
