"""Drop what neither a fetch nor an update needs."""

from dataclasses import replace

from daskflow.plan import Plan


def prune(plan: Plan) -> Plan:
    """`y = exp(x); z = log(x)`, of which only `y` is fetched, becomes `y = exp(x)`."""
    needed = {*plan.fetches, *plan.updates.values()}
    for node in reversed(list(plan.nodes.values())):
        if node.id in needed:
            needed.update(node.inputs, node.after)
    return replace(
        plan,
        nodes={id: node for id, node in plan.nodes.items() if id in needed},
        values={id: value for id, value in plan.values.items() if id in needed},
        inputs={id: source for id, source in plan.inputs.items() if id in needed},
    )
