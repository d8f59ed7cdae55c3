"""What `dask.annotate` says around building a node, and how far it goes."""

from typing import Any

import dask
import numpy as np
import pytest
from distributed import span

import daskflow as df
from daskflow import Session, errors
from daskflow.passes.cse import merge_common_subexpressions
from daskflow.plan import Plan, check, plan_of, unannotated

GPU = {"resources": {"GPU": 1}}


def annotations(plan: Plan) -> dict[str, dict[str, Any]]:
    """Those of each node that has some."""
    return {id: dict(n.annotations) for id, n in plan.nodes.items() if n.annotations}


def optimized(*fetches: Any) -> Plan:
    """The plan of a session that has run no variable yet."""
    with Session("sync") as session:
        plan = session.plan(list(fetches))
    check(plan)
    return plan


# What a node keeps


def test_a_node_keeps_what_was_said_around_building_it(op_of: Any) -> None:
    x = df.placeholder("float32", name="x")
    with dask.annotate(workers="b", priority=2):
        with dask.annotate(workers=["a", "b", "a"], retries=np.int64(3)):
            inner = df.exp(x)
            mine = op_of(lambda v: v)(x)
        outer = df.log(x)
    both = {"workers": ["a", "b"], "priority": 2, "retries": 3}
    assert inner.op.annotations == both == mine.annotations
    assert outer.op.annotations == {"workers": ["b"], "priority": 2}
    assert df.tanh(x).op.annotations == {}


def test_later_changes_of_what_was_said_do_not_reach_a_node() -> None:
    amounts = {"GPU": 1}
    with dask.annotate(resources=amounts):
        y = df.exp(df.placeholder())
    amounts["GPU"] = 2
    y.op.annotations["resources"]["GPU"] = 3
    assert y.op.annotations == GPU


def test_a_node_of_several_outputs_has_them_in_every_part() -> None:
    class area(df.Operation):
        def __init__(self, a: Any, b: Any) -> None:
            super().__init__([a, b])

        def compute(self, a: Any, b: Any) -> Any:
            return a * b

        def gradient(self, grad: Any) -> Any:  # in NumPy: one operation
            return [grad * np.asarray(x) for x in self.inputs[::-1]]

    x, z = df.placeholder("float32", name="x"), df.placeholder("float32", name="z")
    y = area(x, z)
    with dask.annotate(retries=1):
        parts = df.gradients(y, [x, z], [df.constant(2.0, name="two")])
    name = "gradients/area_gradient"
    found = annotations(plan_of(x.graph, parts, frozenset([x, z])))
    assert {name, f"{name}:0", f"{name}:1"} <= found.keys()
    assert "area" not in found


def test_a_variable_starts_where_it_was_annotated_to() -> None:
    with dask.annotate(**GPU):
        w = df.Variable(df.random_normal([2]), name="w")
        step = w.assign_add([1.0, 1.0], name="step")
    found = annotations(optimized(step, df.exp(w, name="other")))
    assert {"w", "step"} <= found.keys()
    assert "other" not in found


def test_gradients_have_what_is_said_around_gradients() -> None:
    x = df.placeholder("float32", [2], name="x")
    with dask.annotate(**GPU):
        y = df.exp(x, name="y")
    [plain] = df.gradients(y, [x])
    assert annotations(optimized(plain)).keys() == {"y"}
    with dask.annotate(priority=1):
        [placed] = df.gradients(y, [x], name="placed")
    found = annotations(optimized(placed))
    assert found.pop("y") == {"resources": (("GPU", 1),)}
    assert found
    assert all(value == {"priority": 1} for value in found.values())


def test_a_span_around_building_says_nothing_of_nodes() -> None:
    with span("training"):
        assert df.exp(df.placeholder()).op.annotations == {}


def test_a_class_may_have_annotations_of_its_own() -> None:
    class mine(df.Operation):
        def __init__(self) -> None:
            super().__init__([])
            self.annotations = "a name of the user's"

        def compute(self) -> Any:
            return len(self.annotations)

    with dask.annotate(retries=1):
        node = mine()
    assert annotations(optimized(node)) == {"mine": {"retries": 1}}
    with Session("sync") as session:
        assert session.run(node) == 20


# What a node cannot keep


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"worker": "a"}, "workers, allow_other_workers, .*, not with 'worker'"),
        ({"workers": [1.5]}, "'workers' takes the name, .* got \\[1.5\\]"),
        ({"workers": lambda key: "a"}, "'workers' takes .* got <function"),
        ({"allow_other_workers": lambda key: True}, "takes True or False, got"),
        ({"resources": {"GPU": 0}}, "positive numbers, got {'GPU': 0}"),
        ({"resources": {"GPU": "1"}}, "positive numbers, got {'GPU': '1'}"),
        ({"resources": {1: 1}}, "positive numbers, got {1: 1}"),
        ({"resources": lambda key: GPU}, "positive numbers, got <function"),
        ({"priority": float("nan")}, "'priority' takes a number, got nan"),
        ({"priority": True}, "'priority' takes a number, got True"),
        ({"retries": -1}, "an int that is not negative, got -1"),
        ({"retries": 1.0}, "an int that is not negative, got 1.0"),
    ],
)
def test_what_a_scheduler_cannot_use_is_an_error_when_a_node_is_built(
    said: dict[str, Any], message: str, op_of: Any
) -> None:
    x = df.placeholder(name="x")
    before = x.graph.get_operations()
    with dask.annotate(**said):
        with pytest.raises(errors.GraphError, match=f"cannot build early: .*{message}"):
            df.exp(x, name="early")
        with pytest.raises(errors.GraphError, match=message):
            op_of(lambda v: v)(x)
        with pytest.raises(errors.GraphError, match=message):
            df.Variable(1.0)
    assert x.graph.get_operations() == before
    assert x.graph.variables == []
    assert df.exp(x, name="early").op.name == "early"


# In a plan


def test_equal_nodes_of_different_annotations_are_not_merged() -> None:
    x = df.placeholder("float32", name="x")
    with dask.annotate(workers=["a", "b"]):
        one = df.exp(x, name="one")
    with dask.annotate(workers={"b", "a"}):
        again = df.exp(x, name="again")
    plan = plan_of(x.graph, [one, again, df.exp(x, name="plain")], frozenset([x]))
    merged = merge_common_subexpressions(plan)
    assert list(merged.nodes) == ["one", "plain"]
    assert list(merge_common_subexpressions(unannotated(plan)).nodes) == ["one"]


def test_a_constant_is_computed_here_whatever_is_said() -> None:
    with dask.annotate(**GPU):
        y = df.exp(df.constant(1.0))
    assert optimized(y).nodes == {}


def test_every_rewrite_keeps_annotations() -> None:
    x = df.placeholder("float32", [2, 3], name="x")
    w = df.Variable(np.ones((2, 3), np.float32), name="w")
    with dask.annotate(**GPU):
        y = df.reduce_sum(x * w, axis=0, name="y")  # written as plain NumPy
        with df.control_dependencies([w.assign_add(x, name="step")]):
            late = df.exp(w, name="late")  # reads, and is wired to, the new value
    session = Session(lambda tasks, keys, **kwargs: dask.get(tasks, keys))
    with session:
        session.run(w)
        prepared, inputs = session._ready([y, late], {x: np.ones((2, 3))})
        plan = session._new_tuning(prepared.plan, prepared.given(inputs)).plan
        assert annotations(plan) == {}  # no cluster, no annotations
    assert {"y", "step", "late", "mul"} <= annotations(prepared.plan).keys()


# Schedulers that know of no workers


@pytest.mark.parametrize("scheduler", ["sync", "threads", "processes"])
def test_annotations_change_nothing_without_a_cluster(
    scheduler: str, scheduler_named: Any
) -> None:
    def nodes() -> Any:
        x = df.placeholder("float32", [3], name="x")
        with dask.annotate(workers="nowhere", **GPU):
            y = df.exp(x)
        return x, df.log(y) + y

    x, y = nodes()
    with Session(scheduler_named(scheduler)) as session:
        value = session.run(y, {x: [1, 2, 3]})
        assert (
            value.tolist()
            == (np.log(np.exp(v := np.float32([1, 2, 3]))) + np.exp(v)).tolist()
        )
        assert "in 1 task," in session.explain(y, {x: [1, 2, 3]})
