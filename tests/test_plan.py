"""From a graph to a plan."""

import pytest

import daskflow as df
from daskflow.errors import GraphError, InvalidArgumentError
from daskflow.passes import PIPELINE
from daskflow.plan import Node, Plan, check, plan_of
from daskflow.testing import plan


def of(*fetches, fed=(), uninitialized=None):
    result = plan_of(df.get_default_graph(), fetches, frozenset(fed), uninitialized)
    check(result)
    return result


def test_only_what_the_fetches_need_is_planned():
    x = df.placeholder(name="x")
    y = df.exp(x)
    df.log(y)
    assert str(of(y, fed=[x])) == "Exp = exp(x)"


def test_a_fed_tensor_cuts_off_what_is_upstream():
    x = df.placeholder(name="x")
    y = df.exp(x)
    z = df.log(y)
    assert str(of(z, fed=[y])) == "Log = log(Exp)"
    assert of(z, fed=[y]).inputs == {"Exp": "feed"}


def test_a_placeholder_that_is_needed_and_not_fed_is_named():
    y = df.exp(df.placeholder("float32", [2], name="points"))
    with pytest.raises(InvalidArgumentError, match="'points:0'.*feed_dict") as caught:
        of(y)
    assert caught.value.op.name == "points"
    assert __file__ in str(caught.value)


def test_a_control_input_is_planned_although_nothing_reads_it():
    x = df.placeholder(name="x")
    with df.control_dependencies([df.exp(x)]):
        y = df.log(x)
    assert str(of(y, fed=[x])) == "Exp = exp(x); Log = log(x) after Exp"


def test_a_constant_is_a_value_unless_it_must_wait():
    c = df.constant(2.0, name="c")
    with df.control_dependencies([df.exp(c)]):
        late = df.constant(3.0, name="late")
    assert of(c).values.keys() == {"c"}
    assert (
        str(of(late))
        == "Exp = exp(c); late = Const(value=array(3., dtype=float32)) after Exp"
    )


def test_a_variable_is_an_input_and_its_assignment_a_node():
    w = df.Variable(1.0, name="w")
    result = of(w.assign_add(1.0, name="grown"))
    assert result.inputs == {"w": "variable"}
    assert "grown = assign_add(w, grown/delta" in str(result)


def test_an_uninitialized_variable_starts_from_its_initial_value():
    w = df.Variable(df.exp(df.constant(1.0)), name="w")
    result = of(w.op, uninitialized={w.op: w.initializer})
    assert str(result) == "Exp = exp(Const); w = assign(Exp, spec=<float32 []>)"
    assert result.updates == {"w": "w"}
    assert result.inputs == {}


def test_a_diamond_doubled_sixty_times_has_one_node_per_operation():
    y = df.placeholder(name="x")
    for _ in range(60):
        y = y + y
    assert len(of(y, fed=df.get_default_graph().placeholders).nodes) == 60


def test_a_chain_of_ten_thousand_nodes_is_planned_and_optimized():
    x = y = df.placeholder(name="x")
    for _ in range(10_000):
        y = y + 1.0
    result = of(y, fed=[x])
    for rewrite in PIPELINE:
        result = rewrite(result)
        check(result)
    assert len(result.nodes) == 10_000


# A plan that is not well formed


def test_a_cycle_is_reported_by_name():
    with pytest.raises(GraphError, match="'y' needs 'z', which comes later: a cycle"):
        plan("y = exp(z); z = exp(y)", fetch="z", feed="")


def test_an_id_that_nothing_binds_is_reported():
    with pytest.raises(GraphError, match="'y' needs 'x', which is nowhere"):
        plan("y = exp(x)", fetch="y", feed="")


def test_an_id_that_is_bound_twice_is_reported():
    with pytest.raises(GraphError, match="bound twice"):
        check(Plan({"x": Node("x", df.exp(1.0).op._op)}, {"x": 1.0}, ("x",)))
    with pytest.raises(GraphError, match="bound twice"):
        check(Plan({}, {"x": 1.0}, ("x",), inputs={"x": "feed"}))


def test_a_fetch_that_nothing_binds_is_reported():
    with pytest.raises(GraphError, match="nowhere: .*'z'"):
        check(Plan({}, {}, ("z",)))
