"""Groups of nodes: every plan, every cost, every machine."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daskflow.opdef import OPS
from daskflow.passes.group import (
    Machine,
    _dag_of,
    group,
    is_uniform,
    makespan,
    may_gain,
)
from daskflow.plan import Node, Plan

MACHINE = Machine(workers=2, start=200e-6, task=100e-6)


def plan_with(
    edges: dict[str, list[str]], priorities: dict[str, int] | None = None
) -> Plan:
    """A plan in which each node takes what is listed; its order is that of the dict.

    Nodes of equal priority are annotated alike.
    """
    nodes = {id: Node(id, OPS["add"], tuple(inputs)) for id, inputs in edges.items()}
    for id, priority in (priorities or {}).items():
        nodes[id] = nodes[id]._replace(annotations=(("priority", priority),))
    return Plan(nodes, {}, tuple(nodes)[-1:])


def fan(branches: int, cost: float) -> tuple[Plan, dict[str, float]]:
    """A cheap trunk, dear branches with cheap ends, a cheap join."""
    edges: dict[str, list[str]] = {"trunk": []}
    for i in range(branches):
        edges |= {f"a{i}": ["trunk"], f"b{i}": [f"a{i}"], f"c{i}": [f"b{i}"]}
    edges["join"] = [f"c{i}" for i in range(branches)]
    plan = plan_with(edges)
    return plan, {id: cost if id[0] == "b" else 1e-6 for id in plan.nodes}


@st.composite
def problems(draw, kinds=1):
    """A random plan with random costs, and a machine; nodes are of so many kinds."""
    count = draw(st.integers(1, 40))
    edges = {
        str(i): [
            str(j)
            for j in draw(
                st.sets(st.integers(0, i - 1), max_size=3) if i else st.just([])
            )
        ]
        for i in range(count)
    }
    cost = st.sampled_from([0.0, 1e-6, 20e-6, 150e-6, 1e-3, 0.1])
    costs = {id: draw(cost) for id in edges}
    machine = Machine(
        workers=draw(st.integers(1, 4)),
        start=draw(st.sampled_from([0.0, 200e-6])),
        task=draw(st.sampled_from([1e-6, 100e-6, 5e-3])),
        edge=draw(st.sampled_from([0.0, 5e-3])),
    )
    priorities = {id: draw(st.integers(1, kinds)) for id in edges} if kinds > 1 else {}
    return plan_with(edges, priorities), costs, machine


def annotations_of(plan, members):
    return {plan.nodes[id].annotations for id in members}


@given(problems(kinds=3))
def test_nodes_of_a_group_are_annotated_alike(problem):
    plan, costs, machine = problem
    for members in group(plan, costs, machine).groups:
        assert len(annotations_of(plan, members)) == 1


@given(problems())
def test_annotations_that_are_alike_change_nothing(problem):
    plan, costs, machine = problem
    alike = dict.fromkeys(plan.nodes, 1)
    edges = {id: list(node.inputs) for id, node in plan.nodes.items()}
    assert group(plan_with(edges, alike), costs, machine) == group(*problem)


@given(problems() | problems(kinds=3))
def test_every_node_is_in_exactly_one_group(problem):
    plan, costs, machine = problem
    members = [id for group in group(plan, costs, machine).groups for id in group]
    assert sorted(members) == sorted(plan.nodes)


@given(problems() | problems(kinds=3))
def test_groups_and_nodes_stand_in_an_order_in_which_they_can_run(problem):
    plan, costs, machine = problem
    done = set()
    for members in group(plan, costs, machine).groups:
        for id in members:
            assert done.issuperset(plan.nodes[id].inputs)
            done.add(id)


@given(problems(kinds=3))
def test_the_makespan_is_never_above_that_of_each_node_by_itself(problem):
    plan, costs, machine = problem
    alone = makespan(_dag_of(plan, costs), machine)
    if not is_uniform(plan):
        assert group(plan, costs, machine).makespan <= alone * (1 + 1e-9)


@given(problems())
def test_the_makespan_is_never_above_both_extremes(problem):
    plan, costs, machine = problem
    alone = makespan(_dag_of(plan, costs), machine)
    found = group(plan, costs, machine)
    assert found.makespan <= sum(costs.values()) * (1 + 1e-9)
    if may_gain(plan, costs, machine):
        assert found.makespan <= alone * (1 + 1e-9)


@given(problems())
def test_what_may_not_gain_does_not(problem):
    plan, costs, machine = problem
    if not may_gain(plan, costs, machine) and len(plan.nodes) > 1:
        assert makespan(_dag_of(plan, costs), machine) >= sum(costs.values())


@given(problems() | problems(kinds=3))
def test_the_same_problem_has_the_same_groups(problem):
    assert group(*problem) == group(*problem)


def test_cheap_nodes_are_one_group():
    plan, costs = fan(1_000, 1e-6)
    assert len(group(plan, costs, MACHINE).groups) == 1


@pytest.mark.parametrize("branches", [2, 8])
def test_dear_branches_run_side_by_side_with_their_cheap_ends(branches):
    plan, costs = fan(branches, 5e-3)
    found = group(plan, costs, MACHINE)
    dear = [members for members in found.groups if any(id[0] == "b" for id in members)]
    assert len(dear) == branches
    assert len(found.groups) <= branches + 2
    assert found.makespan < 0.6 * sum(costs.values())


def test_a_chain_is_one_group_however_dear():
    edges = {str(i): [str(i - 1)] if i else [] for i in range(50)}
    plan = plan_with(edges)
    assert len(group(plan, dict.fromkeys(edges, 0.1), MACHINE).groups) == 1


def test_branches_that_are_not_worth_a_task_stay_together():
    plan, costs = fan(2, 50e-6)
    assert len(group(plan, costs, MACHINE).groups) == 1


def test_one_worker_gets_one_group():
    plan, costs = fan(8, 5e-3)
    assert len(group(plan, costs, Machine(1, 0.0, 1e-6)).groups) == 1


def test_cheap_nodes_that_nothing_connects_are_gathered():
    edges = {f"n{i}": [] for i in range(5_000)} | {"x": [], "y": []}
    plan = plan_with(edges)
    costs = dict.fromkeys(edges, 1e-6) | {"x": 20e-3, "y": 20e-3}
    assert len(group(plan, costs, MACHINE).groups) < 60


@pytest.mark.parametrize("workers", [1, 2])
def test_cheap_nodes_are_as_few_groups_as_their_annotations_allow(workers):
    plan, costs = fan(100, 1e-6)
    edges = {id: list(node.inputs) for id, node in plan.nodes.items()}
    priorities = {id: 1 for id in edges if id[0] == "b"}
    found = group(plan_with(edges, priorities), costs, Machine(workers, 200e-6, 100e-6))
    assert [{id[0] for id in members} for members in found.groups] == [
        {"t", "a"},
        {"b"},
        {"c", "j"},
    ]


def test_a_chain_is_cut_where_annotations_change_and_nowhere_else():
    edges = {str(i): [str(i - 1)] if i else [] for i in range(50)}
    plan = plan_with(edges, {str(i): 1 for i in range(20, 30)})
    found = group(plan, dict.fromkeys(edges, 0.1), MACHINE)
    assert list(map(len, found.groups)) == [20, 10, 20]


def test_a_plan_of_nothing_has_no_groups():
    assert group(Plan({}, {}, ()), {}, MACHINE).groups == ()


@pytest.mark.parametrize("kinds", [1, 3])
def test_a_large_plan_is_grouped(kinds):
    rng = random.Random(0)
    edges = {
        str(i): [str(rng.randrange(max(0, i - 50), i)) for _ in range(2 * (i > 0))]
        for i in range(5_000)
    }
    costs = {id: rng.choice([1e-6] * 20 + [5e-3]) for id in edges}
    plan = plan_with(edges, {id: rng.randrange(kinds) for id in edges})
    found = group(plan, costs, MACHINE)
    assert found.makespan < 0.6 * sum(costs.values())
