"""Reads and assignments of variables become data edges."""

from collections.abc import Mapping
from dataclasses import replace

from daskflow.plan import Node, Plan

Versions = Mapping[str, str]
"""Variable -> the id that holds its value."""


def thread_state(plan: Plan) -> Plan:
    """`r = read(w); u = assign_add(w, r)`  becomes  `u = assign_add(w, w)`, `w <- u`.

    Assignments to one variable apply in the order of the nodes, which is edge order
    and then creation order: an update starts from what the assignment before it left.
    A read sees the last assignment that an edge puts before it, or else the value
    from the start of the run.
    """
    seen = _assignments_seen(plan)
    nodes: dict[str, Node] = {}
    versions: dict[str, str] = {}
    renamed: dict[str, str] = {}
    for node in plan.nodes.values():
        inputs = [renamed.get(id, id) for id in node.inputs]
        after = [renamed.get(id, id) for id in node.after]
        role = node.op.role
        if role == "read":
            inputs = [seen.get(node.id, {}).get(inputs[0], inputs[0])]
            if not after:
                renamed[node.id] = inputs[0]
                continue
        elif role in ("assign", "update") and node.id not in plan.updates:
            variable = inputs[0]
            start = [] if role == "assign" else [versions.get(variable, variable)]
            inputs = start + inputs[1:]
            versions[variable] = node.id
        after = [id for id in after if id in nodes]
        nodes[node.id] = node._replace(inputs=tuple(inputs), after=tuple(after))
    return replace(
        plan,
        nodes=nodes,
        fetches=tuple(renamed.get(id, id) for id in plan.fetches),
        updates={**plan.updates, **versions},
    )


def _assignments_seen(plan: Plan) -> Mapping[str, Versions]:
    """For each node, the last assignment to each variable that precedes it by edges."""
    if not any(n.op.role == "read" and n.after for n in plan.nodes.values()):
        return {}
    order = {id: i for i, id in enumerate(plan.nodes)}
    seen: dict[str, Versions] = {}
    for node in plan.nodes.values():
        before: Versions = {}
        for id in (*node.inputs, *node.after):
            before = _later(before, seen.get(id, {}), order)
        if node.op.role in ("assign", "update") and node.id not in plan.updates:
            before = {**before, node.inputs[0]: node.id}
        seen[node.id] = before
    return seen


def _later(a: Versions, b: Versions, order: Mapping[str, int]) -> Versions:
    if not a or a is b:
        return b
    if not b:
        return a
    last = {v: max(a[v], b[v], key=order.__getitem__) for v in a.keys() & b.keys()}
    return {**a, **b, **last}
