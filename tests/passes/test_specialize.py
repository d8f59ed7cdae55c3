"""Nodes as plain NumPy, for the sizes at hand: text in, text out."""

import numpy as np
import pytest

import daskflow as df
from daskflow import Session
from daskflow.costs import specs_of
from daskflow.errors import InvalidArgumentError
from daskflow.graph import apply
from daskflow.opdef import OpDef
from daskflow.passes.specialize import specialize
from daskflow.plan import Node, Plan, check
from daskflow.spec import Spec
from daskflow.testing import plan

SHAPES = {"x": (2, 3), "y": (3, 4), "square": (3, 3), "row": (3,), "large": (300, 400)}
GIVEN = {id: np.ones(shape) for id, shape in SHAPES.items()}


def specialized(text, **kwargs):
    before = plan(text, **kwargs)
    after = specialize(before, specs_of(before, GIVEN))
    check(after)
    return after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("z = add(x, row)", "z = np.add(x, row)"),
        ("z = matmul(x, y)", "z = np.matmul(x, y)"),
        ("z = sum_like(x, row)", "z = np.add.reduce(x, axis=0)"),
        (
            "z = sigmoid(x)",
            "z = np.divide(1, np.add(1, np.exp(z := np.multiply(-1.0, x), z), z), z)",
        ),
        (
            "z = reduce_sum(x, axis=1, keepdims=True)",
            "z = np.add.reduce(x, axis=1, keepdims=True)",
        ),
        (
            "z = reduce_mean(x, axis=None, keepdims=False)",
            "z = np.true_divide(np.add.reduce(x, axis=None, keepdims=False), 6)",
        ),
        ("z = argmax(x, axis=1)", "z = argmax(x, axis=1)"),
    ],
)
def test_what_is_written(before, after):
    assert str(specialized(before, fetch="z")) == after


def test_an_input_of_which_only_the_shape_counts_is_not_needed():
    after = specialized("e = exp(y); z = sum_like(x, row); u = exp(z)", fetch="u")
    assert list(after.inputs) == ["x"]


def test_what_depends_on_shapes_alone_is_computed_before_the_run():
    after = specialized("a = ones_like(x, dtype=None); b = negative(a)", fetch="b")
    assert not after.nodes
    np.testing.assert_array_equal(after.values["b"], -np.ones((2, 3)), strict=True)


def test_what_is_large_is_computed_in_the_run():
    after = specialized("a = ones_like(large, dtype=None)", fetch="a")
    assert str(after) == "a = np.ones((300, 400), np.dtype('<f8'))"


def test_what_waits_for_something_is_computed_in_the_run():
    after = specialized("e = exp(y); a = ones_like(x, dtype=None) after e", fetch="a")
    assert "a = np.ones((2, 3), np.dtype('<f8')) after e" in str(after)


def test_a_square_product_of_what_may_share_memory_stays():
    # BLAS rounds otherwise for an array times its own transpose.
    text = "t = transpose(square, perm=None); z = matmul(square, t)"
    assert "z = matmul(square, t)" in str(specialized(text, fetch="z"))
    text = "e = exp(square); z = matmul(e, e)"
    assert "z = matmul(e, e)" in str(specialized(text, fetch="z"))
    text = "e = exp(square); z = matmul(square, e)"
    assert "z = np.matmul(square, e)" in str(specialized(text, fetch="z"))
    text = "e = exp(square); t = transpose(e, perm=None); z = matmul(e, t)"
    assert "z = matmul(e, t)" in str(specialized(text, fetch="z"))
    text = "e = identity(square); z = matmul(square, e)"
    assert "z = matmul(square, e)" in str(specialized(text, fetch="z"))


def test_nothing_is_written_for_what_is_not_known():
    before = plan("s = sum_like(x, row); z = matmul(s, s)", fetch="z")
    specs = specs_of(before, GIVEN) | {"x": Spec(None, (2, 3)), "s": Spec()}
    assert str(specialize(before, specs)) == str(before)


def test_only_functions_of_numpys_are_written():
    cube = np.frompyfunc(lambda x: x**3, 1, 1)
    op = OpDef("cube", cube, lambda x: x, ufunc=cube)
    before = Plan({"z": Node("z", op, ("x",))}, {}, ("z",), inputs={"x": "feed"})
    assert specialize(before, specs_of(before, GIVEN)).nodes["z"].text is None


@pytest.mark.parametrize(
    ("failing", "shape"),
    [
        (lambda x: df.power(df.ones_like(df.cast(x, "int32")), -1), (3,)),
        (lambda x: df.reduce_mean(x, 1), (3,)),
        (lambda x: df.gradients(x + 1.0, [x], [df.reduce_sum(x)])[0], (2, 3)),
        (lambda x: df.fill([2], x) + 1.0, (3,)),
    ],
)
def test_what_fails_is_named_as_if_nothing_had_been_rewritten(failing, shape, session):
    x = df.placeholder("float64")
    y = failing(x)
    with Session("sync", grouping=False) as plain:
        errors = []
        for each in (plain, session, session):
            with pytest.raises(InvalidArgumentError) as caught:
                each.run(y, {x: np.ones(shape)})
            errors.append(str(caught.value))
    assert "made at" in errors[0]
    assert errors[1:] == errors[:1] * 2


@pytest.mark.parametrize("size", [4, 33, 64, 300])
def test_products_have_the_same_bits_in_groups(size, session):
    rng = np.random.default_rng(0)
    x = df.placeholder("float64")
    w = df.Variable(rng.random((size, size)))
    y = df.exp(x @ w / size)
    loss = df.reduce_sum((y @ df.transpose(y)) @ (w @ w))
    fetches = [loss, *df.gradients(loss, [x, w])]
    fed = rng.random((size, size))
    with Session("sync", grouping=False) as plain:
        expected = plain.run(fetches, {x: fed})
    for _ in range(4):
        for value, kept in zip(session.run(fetches, {x: fed}), expected, strict=True):
            assert value.tobytes() == kept.tobytes()


# Results written over inputs


def overs(text, **kwargs):
    return {
        node.id: node.over
        for node in specialized(text, **kwargs).nodes.values()
        if node.over is not None
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a = exp(x); z = log(a)", {"z": "a"}),
        ("a = exp(x); z = add(a, a)", {"z": "a"}),
        ("a = exp(x); z = add(row, a)", {"z": "a"}),
        ("a = matmul(x, y); z = exp(a)", {"z": "a"}),
        ("a = exp(x); b = log(a); z = add(a, b)", {"z": "a"}),
        ("z = exp(x)", {}),  # x is not ours
        ("a = exp(row); z = add(a, x)", {}),  # it is too short
        ("a = exp(x); z = equal(a, a)", {}),  # of another dtype
        ("a = exp(square); z = matmul(x, a)", {}),
        ("a = exp(x); b = reshape(a, shape=(6,)); z = log(a); u = add(b, flat)", {}),
        ("a = exp(x); b = transpose(a, perm=None); z = log(b)", {}),
        ("a = reduce_sum(x, axis=None, keepdims=False); z = exp(a)", {}),
        ("a = reduce_sum(row, axis=0, keepdims=True); z = exp(a)", {}),
    ],
)
def test_what_may_be_written_over(text, expected):
    given = GIVEN | {"flat": np.ones(6)}
    before = plan(text, fetch="z u" if "u =" in text else "z")
    nodes = specialize(before, specs_of(before, given)).nodes.values()
    assert {node.id: node.over for node in nodes if node.over} == expected


def test_what_may_be_its_input_is_not_written_over(session):
    """An op turns gradients round and gives its input; it does not say `forwards`."""
    turn = OpDef("turn", lambda x: x, lambda x: x, ("x",), elementwise=True)
    x, w = df.placeholder("float64"), df.Variable(np.array([1.0, 2.0]))
    a = df.exp(x)
    fetches = [df.exp(apply(turn, (value,))) for value in (x, w, a)]
    fed = np.array([3.0, 4.0])
    expected = [np.exp(value) for value in (fed, [1.0, 2.0], np.exp(fed))]
    for _ in range(4):
        *values, kept = session.run([*fetches, a], {x: fed})
        np.testing.assert_array_equal(values, expected)
        np.testing.assert_array_equal(kept, np.exp([3.0, 4.0]))
        np.testing.assert_array_equal(fed, [3.0, 4.0])
        np.testing.assert_array_equal(session.run(w), [1.0, 2.0])


def test_what_is_wanted_or_in_another_task_is_not_written_over():
    x = df.placeholder("float64", name="x")
    a = df.exp(x, name="a")
    b = df.log(a, name="b")
    c = df.sqrt(b, name="c")
    fed = np.array([2.0, 3.0])
    with Session("sync") as session:
        for _ in range(4):
            values = session.run([a, c], {x: fed})
        [step] = session._prepare([a, c], {x: fed}).last[1].program.steps
        assert "b = np.log(a)\n" in step.task.source
        assert "c = np.sqrt(b, out=b)\n" in step.task.source
    np.testing.assert_array_equal(values[0], np.exp(fed))
    np.testing.assert_array_equal(values[1], np.sqrt(np.log(np.exp(fed))))


@pytest.mark.parametrize("order", "CF")
def test_the_order_of_what_is_fed_and_stored_changes_no_bit(order, session):
    rng = np.random.default_rng(1)
    x, w = df.placeholder("float64"), df.Variable(rng.random((30, 50)))
    y = df.placeholder("float64")
    z = df.exp(x * y) + w
    sums = [df.reduce_sum(z, axis) for axis in (None, 0, 1)]
    a, b = rng.random((2, 30, 50))
    expected = session.run(sums, {x: a, y: b})
    for _ in range(4):
        session.run(
            w.assign(df.identity(y)), {y: np.asarray(session.run(w), order=order)}
        )
        found = session.run(sums, {x: np.asarray(a, order=order), y: b})
        for value, kept in zip(found, expected, strict=True):
            assert value.tobytes() == kept.tobytes()
