"""Leave out what gives its input as it is, for inputs of the sizes at hand."""

from collections.abc import Mapping
from dataclasses import replace

from daskflow.passes.prune import prune
from daskflow.plan import Node, Plan
from daskflow.spec import Spec


def forward(plan: Plan, specs: Mapping[str, Spec]) -> Plan:
    """`s = sum_like(x, y); z = exp(s)`, `x` and `y` of one shape: `z = exp(x)`."""
    renamed: dict[str, str] = {}
    nodes: dict[str, Node] = {}
    for node in plan.nodes.values():
        inputs = tuple([renamed.get(id, id) for id in node.inputs])
        nodes[node.id] = replace(node, inputs=inputs)
        if _forwards(node, specs):
            renamed[node.id] = inputs[0]
    if not renamed:
        return plan
    return prune(  # a node that others wait for stays
        replace(
            plan,
            nodes=nodes,
            fetches=tuple([renamed.get(id, id) for id in plan.fetches]),
            updates={v: renamed.get(id, id) for v, id in plan.updates.items()},
        )
    )


def _forwards(node: Node, specs: Mapping[str, Spec]) -> bool:
    rule = node.op.forwards
    if rule is None or node.after:
        return False
    inputs = [specs[id] for id in node.inputs]
    return all(spec.is_complete for spec in inputs) and rule(*inputs, **node.attrs)
