"""One run's work: `Node`, `Plan`, and the way from a graph to a plan."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

from daskflow.annotations import Annotations
from daskflow.drawings import plan_diagram
from daskflow.errors import GraphError, InvalidArgumentError
from daskflow.graph import Graph, Operation, Tensor
from daskflow.notebook import plan_html
from daskflow.opdef import OpDef, unknown
from daskflow.pictures import Picture, picture_of

Source = Literal["feed", "variable", "run", "known"]


class Node(NamedTuple):
    """`id = op(*inputs, **attrs)`, run after every id in `after`.

    Its `text`, if it has one, is the same in NumPy: `{0}` stands for the first input,
    `{y}` for the result. Such a node may write its result `over` an input that it is
    the last to read, where that is not needed elsewhere. Its `annotations` tell a
    cluster how to run it.
    """

    id: str
    op: OpDef
    inputs: tuple[str, ...] = ()
    attrs: Mapping[str, Any] = MappingProxyType({})
    after: tuple[str, ...] = ()
    text: str | None = None
    over: str | None = None
    annotations: Annotations = ()

    def __str__(self) -> str:
        settings = (f"{k}={_short(v)}" for k, v in self.attrs.items())
        call = f"{self.op.name}({', '.join((*self.inputs, *settings))})"
        if self.text is not None:
            call = self.written(self.id, self.inputs)
        text = f"{self.id} = {call}"
        return f"{text} after {', '.join(self.after)}" if self.after else text

    def written(self, result: str, inputs: Sequence[str]) -> str:
        """Its `text` with `result` and `inputs` in their places."""
        assert self.text is not None
        return self.text.format(*inputs, y=result)


@dataclass(frozen=True, slots=True)
class Plan:
    """Nodes to run, values already known, ids to return and ids to store.

    Every id that a node, a fetch or an update names is bound exactly once: by a node,
    as a value, or as an input, which each run gives: a feed, a variable as it is when
    the run starts, whether it has a value then, or the number of the run. Nodes stand
    in an order in which they can run, so there is no cycle.
    """

    nodes: Mapping[str, Node]
    values: Mapping[str, Any]
    fetches: tuple[str, ...]
    updates: Mapping[str, str] = field(default_factory=dict)  # variable -> id
    inputs: Mapping[str, Source] = field(default_factory=dict)

    def __str__(self) -> str:
        return "; ".join(map(str, self.nodes.values()))

    def visualize(self, filename: str | None = None) -> Picture:
        """Draw the nodes; with a `filename`, to a `.svg`, `.png` or `.dot` file."""
        return picture_of(plan_diagram(self), filename)

    def _repr_html_(self) -> str:
        return plan_html(self)

    @property
    def wanted(self) -> tuple[str, ...]:
        """What is fetched, and then what is stored."""
        return (*self.fetches, *self.updates.values())

    def inputs_from(self, source: Source) -> list[str]:
        """The inputs that come from there."""
        return [id for id, origin in self.inputs.items() if origin == source]


def unannotated(plan: Plan) -> Plan:
    """The same plan for a scheduler that knows of no annotations."""
    if not any(node.annotations for node in plan.nodes.values()):
        return plan
    nodes = {id: node._replace(annotations=()) for id, node in plan.nodes.items()}
    return replace(plan, nodes=nodes)


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 40 else f"<{type(value).__name__}>"


def check(plan: Plan) -> None:
    """Raise `GraphError` unless the plan is well formed."""
    bound = {*plan.values, *plan.inputs}
    if len(bound) < len(plan.values) + len(plan.inputs):
        raise GraphError(f"bound twice: {sorted(set(plan.values) & set(plan.inputs))}")
    for id, node in plan.nodes.items():
        if id != node.id or id in bound:
            raise GraphError(f"{id!r} is bound twice, or under a name not its own")
        for needed in (*node.inputs, *node.after):
            if needed not in bound:
                raise GraphError(
                    f"{id!r} needs {needed!r}, which "
                    + ("comes later: a cycle" if needed in plan.nodes else "is nowhere")
                )
        bound.add(id)
    missing = [id for id in (*plan.fetches, *plan.updates.values()) if id not in bound]
    if missing:
        raise GraphError(f"to be returned or stored, but nowhere: {missing}")


ITEM = OpDef("item", lambda values, *, i: values[i], unknown, params=("values",))


def plan_of(
    graph: Graph,
    fetches: Iterable[Tensor | Operation],
    fed: Set[Tensor] = frozenset(),
    uninitialized: Mapping[Operation, Operation] | None = None,
) -> Plan:
    """What must run to give `fetches`, cut at the `fed` tensors.

    `uninitialized` maps variables that have no value yet to their initializers: they
    start from their initial values, which become updates of the plan.
    """
    fetches = tuple(fetches)
    initializers = uninitialized or {}
    needed = _needed(fetches, fed, initializers)
    nodes: dict[str, Node] = {}
    values: dict[str, Any] = {}
    updates: dict[str, str] = {}
    inputs: dict[str, Source] = {t.id: "feed" for t in fed}
    for op in sorted(needed, key=lambda op: op._id):
        name = op._name
        if op in initializers:
            nodes[name] = _initial(name, initializers[op])
            updates[name] = name
        elif op._op.role in ("variable", "run", "known"):
            inputs[name] = op._op.role
        elif op._op.role == "placeholder":
            raise InvalidArgumentError(None, op, _missing_feed(op))
        elif op._op.role == "constant" and not op._control_inputs:
            values[name] = op._attrs["value"]
        else:
            nodes[name] = _node(op)
            if op._op.several:
                items = (_item(t, nodes[name]) for t in op._outputs if t not in fed)
                nodes.update((item.id, item) for item in items)
    return Plan(nodes, values, tuple(map(_id, fetches)), updates, inputs)


def _needed(
    fetches: tuple[Tensor | Operation, ...],
    fed: Set[Tensor],
    initializers: Mapping[Operation, Operation],
) -> set[Operation]:
    """The operations that must run."""
    needed: set[Operation] = set()
    ahead = [f if isinstance(f, Operation) else f.op for f in fetches if f not in fed]
    while ahead:
        op = ahead.pop()
        if op in needed or (op._outputs and all(t in fed for t in op._outputs)):
            continue
        needed.add(op)
        ahead += [t.op for t in op._inputs if t not in fed]
        ahead += op._control_inputs
        if op in initializers:
            ahead += [t.op for t in initializers[op]._inputs[1:] if t not in fed]
    return needed


def _id(fetch: Tensor | Operation) -> str:
    return fetch._name if isinstance(fetch, Operation) else fetch.id


def _node(op: Operation) -> Node:
    inputs = tuple([t.id for t in op._inputs])
    after = tuple([c._name for c in op._control_inputs])
    annotations = op._graph._annotations.get(op._name, ())
    node = Node(op._name, op.shipped_op(), inputs, op._attrs, after)
    return node._replace(annotations=annotations) if annotations else node


def _item(output: Tensor, node: Node) -> Node:
    place = {"i": output.index}
    return Node(output.id, ITEM, (node.id,), place, annotations=node.annotations)


def _initial(variable: str, initializer: Operation) -> Node:
    node = _node(initializer)
    return node._replace(id=variable, inputs=node.inputs[1:], after=())


def _missing_feed(op: Operation) -> str:
    return (
        f"placeholder {op._outputs[0].name!r} ({op._outputs[0].spec}) needs a value; "
        f"give it one in feed_dict\n  made at {op.made_at}"
    )
