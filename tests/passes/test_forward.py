"""What gives its input as it is, for the sizes at hand: text in, text out."""

import numpy as np
import pytest

import daskflow as df
from daskflow import Session
from daskflow.costs import specs_of
from daskflow.ops.array import broadcast_like, reshape_like, sum_like
from daskflow.passes.forward import forward
from daskflow.plan import check
from daskflow.spec import Spec
from daskflow.testing import plan

SHAPES = {
    "x": (2, 3),
    "y": (2, 3),
    "row": (3,),
    "column": (2, 1),
    "one": (),
    "flat": (6,),
    "flat_row": (1, 3),
}
GIVEN = {id: np.zeros(shape) for id, shape in SHAPES.items()}


def forwarded(text, **kwargs):
    before = plan(text, **kwargs)
    after = forward(before, specs_of(before, GIVEN))
    check(after)
    return after


@pytest.mark.parametrize("op", ["sum_like", "broadcast_like", "reshape_like"])
def test_an_op_that_changes_nothing_is_left_out(op):
    after = forwarded(f"s = {op}(x, y); z = exp(s)", fetch="z")
    assert str(after) == "z = exp(x)"


@pytest.mark.parametrize(
    "text",
    [
        "s = sum_like(x, row); z = exp(s)",
        "s = broadcast_like(row, x); z = exp(s)",
        "s = reshape_like(x, flat); z = exp(s)",
        "s = reshape(x, shape=(3, 2)); z = exp(s)",
        "s = sum_like(x, y) after row; z = exp(s)",
    ],
)
def test_what_changes_something_or_waits_for_something_stays(text):
    before = plan(text, fetch="z")
    assert forward(before, specs_of(before, GIVEN)) is before


def test_what_is_not_known_stays():
    before = plan("s = sum_like(x, y); z = exp(s)", fetch="z")
    for unknown in (Spec(), Spec(np.dtype("f8"), (2, None)), Spec(None, (2, 3))):
        specs = specs_of(before, GIVEN) | {"y": unknown}
        assert forward(before, specs) is before


def test_a_whole_row_of_them_is_left_out():
    text = (
        "a = sum_like(x, y); b = broadcast_like(a, y); c = sum_like(b, a); z = exp(c)"
    )
    assert str(forwarded(text, fetch="z")) == "z = exp(x)"


def test_what_else_they_were_made_from_goes_with_them():
    text = "a = exp(x); s = sum_like(y, a); z = log(s)"
    assert str(forwarded(text, fetch="z")) == "z = log(y)"


def test_fetches_and_updates_follow():
    after = forwarded(
        "a = exp(x); s = sum_like(a, y); t = sum_like(x, y)",
        fetch="s t",
        updates={"w": "s", "v": "t"},
    )
    assert str(after) == "a = exp(x)"
    assert after.fetches == ("a", "x")
    assert after.updates == {"w": "a", "v": "x"}


@pytest.mark.parametrize(
    "spread",
    [
        "spread(one, x, axis=None, keepdims=False)",
        "spread(column, x, axis=1, keepdims=True)",
        "broadcast_like(row, x)",
        "fill(one, dims=(2, 3))",
    ],
)
@pytest.mark.parametrize("op", ["add", "subtract", "multiply", "divide"])
def test_numpy_broadcasts_by_itself(op, spread):
    first = spread.partition("(")[2].partition(",")[0]
    before = f"s = {spread}; z = {op}(s, x); y = {op}(x, s)"
    after = f"z = {op}({first}, x); y = {op}(x, {first})"
    assert str(forwarded(before, fetch="z y")) == after


@pytest.mark.parametrize(
    "text",
    [
        "s = spread(row, x, axis=0, keepdims=False); z = add(s, x)",
        "s = broadcast_like(row, x); z = add(s, row)",
        "s = broadcast_like(row, x); z = power(s, x)",
        "s = broadcast_like(row, x) after one; z = add(s, x)",
        # It fails, and the sum alone would not.
        "s = broadcast_like(x, flat_row); z = add(s, flat_row)",
        # It is in C order, and so is the product then; without it that is in another.
        "t = transpose(x, perm=None); s = fill(one, dims=(3, 2)); z = multiply(s, t)",
    ],
)
def test_what_numpy_would_not_broadcast_alike_stays(text):
    before = plan(text, fetch="z")
    assert forward(before, specs_of(before, GIVEN)) is before


@pytest.mark.parametrize("shape", [None, (None, 3), (2, None)])
def test_what_may_have_another_shape_does_not_stand_for_it(shape):
    before = plan("s = fill(one, dims=(2, 3)); z = multiply(s, u)", fetch="z")
    given = GIVEN | {"u": np.zeros((2, 3))}
    known = Spec(np.dtype("f8"), shape)
    specs = specs_of(before, given) | {"u": known, "z": known}
    assert forward(before, specs) is before


def test_a_result_of_unknown_shape_is_broadcast(session, op_of):
    one = df.placeholder("float64")
    z = df.fill([2, 3], one) * op_of(lambda x: x)(
        df.placeholder_with_default([1.0], None)
    )
    for _ in range(4):
        np.testing.assert_array_equal(
            session.run(z, {one: 3.0}), np.full((2, 3), 3.0), strict=True
        )


@pytest.mark.parametrize("axis", [None, 0, 1])
def test_sums_of_what_is_broadcast_and_turned_keep_their_bits(axis, session):
    x = df.placeholder("float64")
    turned = df.transpose(x)
    level = df.reduce_sum(df.square(df.reduce_mean(df.exp(turned))))
    [slope] = df.gradients(level, [turned])
    fetches = [
        df.reduce_sum(df.reduce_mean(x) + turned, axis),
        df.reduce_sum(df.fill([41, 30], df.reduce_mean(x)) + turned, axis),
        df.reduce_sum(df.ones_like(turned) + turned, axis),
        df.reduce_sum(slope, axis),
    ]
    fed = np.random.default_rng(0).random((30, 41))
    with Session("sync", grouping=False) as plain:
        expected = plain.run(fetches, {x: fed})
    for _ in range(4):
        for value, kept in zip(session.run(fetches, {x: fed}), expected, strict=True):
            assert value.tobytes() == kept.tobytes()


def test_one_that_others_wait_for_stays_for_them():
    text = "a = exp(x); s = sum_like(a, y); z = exp(s) after s; u = log(s)"
    after = forwarded(text, fetch="z u")
    assert str(after) == (
        "a = exp(x); s = sum_like(a, y); z = exp(a) after s; u = log(a)"
    )


def test_one_that_others_wait_for_does_not_lose_what_it_takes():
    text = "s = sum_like(x, y); t = sum_like(s, y); z = exp(x) after t"
    assert str(forwarded(text, fetch="z")) == "t = sum_like(x, y); z = exp(x) after t"


@pytest.mark.parametrize("op", [sum_like, broadcast_like, reshape_like])
def test_runs_of_other_sizes_are_not_forwarded(op, session):
    x, y = df.placeholder("float64"), df.placeholder("float64")
    z = op(x, y)
    shapes = {sum_like: (1, 1), broadcast_like: (3, 2), reshape_like: (2,)}
    like = np.ones(shapes[op])
    a = np.array([[1.0, 2.0]])
    for other in (a, like, a, like):
        with Session("sync", grouping=False) as plain:
            expected = plain.run(z, {x: a, y: other})
        found = session.run(z, {x: a, y: other})
        assert found.shape == np.shape(other)
        assert found.tobytes() == expected.tobytes()
        assert not np.shares_memory(found, a)
