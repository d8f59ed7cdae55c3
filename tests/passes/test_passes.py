"""Each pass on the smallest plan that shows it: text in, text out."""

import numpy as np
import pytest

from daskflow.opdef import OpDef
from daskflow.passes import PIPELINE, optimized
from daskflow.passes.cse import merge_common_subexpressions
from daskflow.passes.fold import LARGEST, fold_constants
from daskflow.passes.prune import prune
from daskflow.passes.state import thread_state
from daskflow.plan import Node, Plan, check
from daskflow.testing import plan


def rewritten(rewrite, before):
    after = rewrite(before)
    check(after)
    return after


# prune


def test_prune_drops_what_nothing_needs():
    after = rewritten(prune, plan("y = exp(x); z = log(v)", fetch="y"))
    assert str(after) == "y = exp(x)"
    assert after.inputs == {"x": "feed"}


def test_prune_keeps_what_an_update_or_a_control_edge_needs():
    text = "y = exp(x); z = log(x) after y; u = abs(x)"
    assert str(rewritten(prune, plan(text, fetch="z", updates={"w": "u"}))) == text


# state


def state(text, **kwargs):
    return rewritten(thread_state, plan(text, variables="v w", **kwargs))


def test_a_read_is_the_value_from_the_start():
    after = state("r = read(w); y = exp(r)", fetch="y r")
    assert str(after) == "y = exp(w)"
    assert after.fetches == ("y", "w")


def test_a_read_sees_the_start_when_no_edge_puts_it_after_the_assignment():
    after = state("a = assign(w, x); r = read(w); y = exp(r)", fetch="y a")
    assert str(after) == "a = assign(x); y = exp(w)"
    assert after.updates == {"w": "a"}


def test_a_read_placed_after_an_assignment_sees_it():
    after = state("a = assign(w, x); r = read(w) after a", fetch="r")
    assert str(after) == "a = assign(x); r = read(a) after a"


def test_a_read_sees_an_assignment_far_upstream():
    text = "a = assign(w, x); b = exp(a); c = log(x) after b; r = read(w) after c"
    assert "r = read(a) after c" in str(state(text, fetch="r"))


def test_a_read_sees_the_last_of_two_assignments_before_it():
    text = "a = assign(w, x); b = assign_add(w, x); r = read(w) after b, a"
    assert str(state(text, fetch="r")) == (
        "a = assign(x); b = assign_add(a, x); r = read(b) after b, a"
    )


def test_updates_start_from_what_the_assignment_before_left():
    text = "a = assign_add(w, x); b = assign_sub(w, x); c = assign_add(v, x)"
    after = state(text, fetch="a b c")
    assert str(after) == (
        "a = assign_add(w, x); b = assign_sub(a, x); c = assign_add(v, x)"
    )
    assert after.updates == {"w": "b", "v": "c"}


def test_an_assignment_to_one_variable_does_not_move_another():
    text = "a = assign(w, x); r = read(v) after a"
    assert "r = read(v) after a" in str(state(text, fetch="r"))


def test_a_control_edge_from_a_read_that_is_gone_is_dropped():
    assert str(state("r = read(w); y = exp(x) after r", fetch="y")) == "y = exp(x)"


# fold


def test_folding_computes_what_depends_on_no_input():
    after = rewritten(
        fold_constants, plan("two = 2.0; y = square(two); z = add(x, y)", fetch="z")
    )
    assert str(after) == "z = add(x, y)"
    assert after.values["y"] == 4.0


def test_folding_drops_control_edges_to_what_is_known():
    text = "two = 2.0; y = square(two); z = exp(x) after y"
    assert str(rewritten(fold_constants, plan(text, fetch="z"))) == "z = exp(x)"


def test_what_fails_is_left_for_the_run():
    text = "a = [1, 2]; b = [1, 2, 3]; y = equal(a, b)"
    assert str(fold_constants(plan(text, fetch="y"))) == "y = equal(a, b)"


def test_what_waits_for_a_control_input_is_not_folded():
    text = "two = 2.0; y = exp(x); z = square(two) after y"
    assert (
        str(fold_constants(plan(text, fetch="z")))
        == "y = exp(x); z = square(two) after y"
    )


def test_a_large_result_is_not_folded():
    side = int(LARGEST**0.5) // 8 * 8
    text = "y = zeros(shape=({0}, {0}), dtype='float64')"
    assert fold_constants(plan(text.format(side // 4), fetch="y")).nodes == {}
    assert len(fold_constants(plan(text.format(side), fetch="y")).nodes) == 1


def test_what_has_several_results_is_not_folded():
    two = OpDef("two", lambda x: (x, x), lambda x: (x, x), several=True)
    before = Plan({"y": Node("y", two, ("c",))}, {"c": np.ones(2)}, ("y",))
    assert fold_constants(before) == before


def test_a_draw_is_not_folded():
    settings = "shape=(2,), mean=0.0, stddev=1.0, dtype='float32', seeds=(1, 2)"
    text = f"y = random_normal(run, {settings})"
    assert len(fold_constants(plan(text, fetch="y")).nodes) == 1


# merge


def test_merge_keeps_the_first_of_two_equal_nodes():
    before = plan("y = exp(x); z = exp(x); w = add(y, z)", fetch="w")
    assert (
        str(rewritten(merge_common_subexpressions, before))
        == "y = exp(x); w = add(y, y)"
    )


def test_merge_sees_through_what_it_has_merged():
    before = plan("a = exp(x); b = exp(x); c = log(a); d = log(b)", fetch="c d")
    after = rewritten(merge_common_subexpressions, before)
    assert str(after) == "a = exp(x); c = log(a)"
    assert after.fetches == ("c", "c")


@pytest.mark.parametrize(
    "text",
    [
        "y = exp(x); z = log(x)",
        "y = softmax(x, axis=0); z = softmax(x, axis=1)",
        "y = subtract(x, v); z = subtract(v, x)",
        "y = exp(x); z = exp(x) after v",
        "y = assign(x, spec=None); z = assign(x, spec=None)",
    ],
)
def test_merge_keeps_nodes_that_differ(text):
    assert len(merge_common_subexpressions(plan(text, fetch="y z")).nodes) == 2


def test_merge_knows_equal_small_constants():
    before = plan(
        "a = 2.0; b = 2.0; y = multiply(x, a); z = multiply(x, b)", fetch="y z"
    )
    after = rewritten(merge_common_subexpressions, before)
    assert str(after) == "y = multiply(x, a)"
    assert after.values == {"a": 2.0}


def test_merge_tells_constants_of_two_dtypes_apart():
    before = plan("a = 1; b = 1.0; y = multiply(x, a); z = multiply(x, b)", fetch="y z")
    assert len(merge_common_subexpressions(before).nodes) == 2
    large = plan("y = exp(x)", fetch="y")
    values = {"a": np.zeros(100), "b": np.zeros(100)}
    large = type(large)(large.nodes, values, large.fetches, inputs=large.inputs)
    assert merge_common_subexpressions(large).values.keys() == {"a", "b"}


# all of them


def test_the_pipeline_keeps_a_plan_well_formed_after_every_pass():
    current = plan(
        "two = 2.0; r = read(w); s = read(w); y = multiply(r, two); "
        "z = multiply(s, two); a = assign_sub(w, y); t = read(w) after a; "
        "u = add(t, z)",
        fetch="u",
        variables="w",
    )
    for rewrite in PIPELINE:
        current = rewritten(rewrite, current)
    assert str(current) == (
        "y = multiply(w, two); a = assign_sub(w, y); t = read(a) after a; u = add(t, y)"
    )
    assert optimized(current) == current
