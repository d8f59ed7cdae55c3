"""The reverse sweep, and gradients of users' own classes."""

import numpy as np
import pytest

import daskflow as df
from daskflow.errors import GradientError
from daskflow.gradients import GRADIENTS
from daskflow.graph import build
from daskflow.opdef import OpDef


@pytest.fixture(autouse=True)
def own_registrations():
    before = dict(GRADIENTS)
    yield
    GRADIENTS.clear()
    GRADIENTS.update(before)


def run(fetches, feed_dict=None):
    with df.Session("sync") as session:
        return session.run(fetches, feed_dict)


def test_the_result_is_a_list_with_none_where_nothing_depends():
    x, y = df.placeholder("float32"), df.placeholder("float32")
    slope, nothing = df.gradients(df.exp(x), [x, y])
    assert slope is not None
    assert nothing is None
    assert df.gradients(df.exp(x), x)[0] is not None


def test_several_ys_add_up():
    x = df.placeholder("float64")
    [slope] = df.gradients([x * 2.0, x * x], [x])
    assert run(slope, {x: 3.0}) == 8.0


def test_a_y_is_weighted_by_its_grad_y():
    x = df.placeholder("float64")
    [slope] = df.gradients([x * 2.0, x * x], [x], grad_ys=[10.0, None])
    assert run(slope, {x: 3.0}) == 26.0
    with pytest.raises(GradientError, match="1 ys and 2 grad_ys"):
        df.gradients(x, x, grad_ys=[1.0, 2.0])


def test_a_value_used_at_two_depths_gathers_both_ways():
    v = df.Variable([0.5, 1.0], dtype="float64")
    f = df.exp(df.exp(v))
    [slope] = df.gradients(df.reduce_sum(v + f), [v])
    values = np.array([0.5, 1.0])
    np.testing.assert_allclose(run(slope), 1 + np.exp(np.exp(values)) * np.exp(values))


def test_an_intermediate_gets_its_own_gradient_and_earlier_ones_go_through_it():
    x = df.placeholder("float64")
    y = x * x
    slopes = df.gradients(y * 3.0, [y, x])
    assert run(slopes, {x: 2.0}) == [3.0, 12.0]


def test_the_gradient_of_a_tensor_by_itself_is_one():
    x = df.placeholder("float64")
    assert run(df.gradients(x, [x]), {x: 5.0}) == [1.0]


def test_a_gradient_can_be_differentiated_again_and_again():
    x = df.placeholder("float64")
    derivative = x**4.0
    for expected in (32.0, 48.0, 48.0, 24.0):
        [derivative] = df.gradients(derivative, [x])
        assert run(derivative, {x: 2.0}) == expected


def test_broadcasting_is_undone_where_shapes_are_known_only_at_run():
    x, b = df.placeholder(), df.placeholder()
    slopes = df.gradients(df.reduce_sum((x + b) * 2.0), [x, b])
    gx, gb = run(slopes, {x: np.ones((4, 3)), b: np.ones(3)})
    assert gx.tolist() == [[2.0] * 3] * 4
    assert gb.tolist() == [8.0] * 3


def test_ints_have_no_gradient():
    i = df.placeholder("int32")
    assert df.gradients(i * i, [i]) == [None]
    assert df.gradients(df.cast(i, "float32"), [i]) == [None]


def test_nothing_flows_through_stop_gradient():
    x = df.placeholder("float64")
    assert df.gradients(df.stop_gradient(x * x), [x]) == [None]
    [slope] = df.gradients(df.stop_gradient(x) * x, [x])
    assert run(slope, {x: 3.0}) == 3.0


def test_a_deep_chain_is_differentiated_without_recursion():
    x = y = df.placeholder("float64")
    for _ in range(5_000):
        y = y + 1.0
    assert df.gradients(y, [x])[0] is not None


def test_new_operations_stand_in_a_scope():
    x = df.placeholder("float64")
    [slope] = df.gradients(df.exp(x), [x], name="slopes")
    assert slope.name.startswith("slopes/")


def test_gradients_enter_the_graph_of_their_tensors():
    x = df.placeholder("float64")
    y = df.exp(x)
    with df.Graph().as_default():
        [slope] = df.gradients(y, [x])
    assert slope.graph is x.graph


# Classes of one's own


def cube(**members):
    """A class whose instances cube their input, with `members` beside."""

    class Cube(df.Operation):
        def __init__(self, x):
            super().__init__([x])
            self.three = 3.0

        def compute(self, x_value):
            return x_value**3

    return type("cube", (Cube,), members)


def symbolic(op, grad):
    return grad * op.three * op.inputs[0] ** 2.0


def with_numpy(op, grad):
    three = np.full_like(grad, op.three)
    np.testing.assert_array_equal(op.output, op.inputs[0] ** 3)
    return [grad * three * op.inputs[0] ** 2]


@pytest.mark.parametrize("rule", [symbolic, with_numpy])
@pytest.mark.parametrize("registered", [False, True])
def test_a_class_gets_its_gradient_by_a_method_or_by_registration(rule, registered):
    cls = cube() if registered else cube(gradient=rule)
    if registered:
        assert df.RegisterGradient("cube")(rule) is rule
    x = df.placeholder("float64", [2])
    [slope] = df.gradients(cls(x) * 2.0, [x])
    assert run(slope, {x: [1.0, 2.0]}).tolist() == [6.0, 24.0]


def test_a_derived_class_inherits_the_gradient():
    class special(cube(gradient=symbolic)):
        pass

    x = df.placeholder("float64")
    assert run(df.gradients(special(x), [x]), {x: 2.0}) == [12.0]


def test_a_gradient_with_daskflow_s_ops_can_be_differentiated_again():
    x = df.placeholder("float64")
    [slope] = df.gradients(cube(gradient=symbolic)(x), [x])
    assert run(df.gradients(slope, [x]), {x: 2.0}) == [12.0]


def test_a_gradient_with_numpy_cannot_be_differentiated_again_and_says_so():
    x = df.placeholder("float64")
    [slope] = df.gradients(cube(gradient=with_numpy)(x), [x])
    with pytest.raises(GradientError, match="'cube_gradient' has no gradient"):
        df.gradients(slope, [x])


def test_the_tutorial_s_gradients_run_as_they_are():
    class scaled_add(df.Operation):
        def __init__(self, x, y):
            super().__init__([x, y])

        def compute(self, x_value, y_value):
            self.inputs = [x_value, y_value]
            return x_value + 2 * y_value

    @df.RegisterGradient("scaled_add")
    def scaled_add_gradient(op, grad):
        _, b = op.inputs
        grad_b = grad
        while np.ndim(grad_b) > len(b.shape):
            grad_b = np.sum(grad_b, axis=0)
        return [grad, 2 * grad_b]

    x, b = df.placeholder(), df.placeholder()
    gx, gb = run(
        df.gradients(scaled_add(x, b), [x, b]), {x: np.ones((4, 3)), b: np.ones(3)}
    )
    assert gx.tolist() == [[1.0] * 3] * 4
    assert gb.tolist() == [8.0] * 3


def test_none_from_a_numpy_gradient_means_zero():
    class first(df.Operation):
        def __init__(self, x, y):
            super().__init__([x, y])

        def compute(self, x_value, y_value):
            return x_value

        def gradient(self, grad):
            return np.asarray(grad), None

    x, y = df.placeholder("float64"), df.placeholder("float64")
    assert run(df.gradients(first(x, y), [x, y]), {x: 1.0, y: 2.0}) == [1.0, 0.0]


def test_a_class_without_a_gradient_says_how_to_give_it_one():
    x = df.placeholder("float64")
    with pytest.raises(
        GradientError, match=r"gradient\(self, grad\).*RegisterGradient"
    ):
        df.gradients(cube()(x), [x])


def test_a_gradient_with_too_few_parts_is_refused():
    x = df.placeholder("float64")
    two = cube(gradient=lambda op, grad: (grad, grad))
    with pytest.raises(GradientError, match="2 parts for 1 inputs"):
        df.gradients(two(x), [x])
    late = cube(gradient=lambda op, grad: [np.asarray(grad)] * 2)
    [slope] = df.gradients(late(x), [x])
    with pytest.raises(df.errors.InvalidArgumentError, match="2 parts for 1 inputs"):
        run(slope, {x: 1.0})


def test_an_op_of_several_results_gets_a_gradient_of_each():
    two = OpDef(
        "two",
        lambda x: (x + 1, x * x),
        lambda x: (x, x),
        grad=lambda g, y, x: (
            (0.0 * x if g[0] is None else g[0]) * 1.0
            + (0.0 * x if g[1] is None else g[1]) * 2.0 * x
        ),
        several=True,
    )
    x = df.placeholder("float64", [])
    a, b = build(two, (x,)).outputs
    slopes = [df.gradients(y, x)[0] for y in (a * 1.0, b * 10.0, a * b)]
    assert run(slopes, {x: 3.0}) == [1.0, 60.0, 9.0 + 4.0 * 6.0]


def test_a_built_in_op_keeps_its_gradient():
    with pytest.raises(GradientError, match="derive a class"):
        df.RegisterGradient("matmul")


def test_a_class_may_have_the_name_of_a_built_in_op():
    class exp(df.Operation):
        def __init__(self, x):
            super().__init__([x])

        def compute(self, x_value):
            return np.exp(x_value)

    df.RegisterGradient("exp")(lambda op, grad: grad * op.output)
    x = df.placeholder("float64")
    assert run(df.gradients(exp(x), [x]), {x: 0.0}) == [1.0]


def test_nothing_goes_through_what_is_stopped_at():
    x = df.placeholder("float64")
    y = x * x
    slopes = df.gradients(y * x, [x, y], stop_gradients=[y])
    assert run(slopes, {x: 3.0}) == [9.0, 3.0]
    assert df.gradients(y, [x], stop_gradients=y) == [None]


def test_what_is_unconnected_has_zeros_where_asked_for():
    x, y = df.placeholder("float64", [2]), df.placeholder("float64", [3])
    slopes = df.gradients(x, [x, y], unconnected_gradients="zero")
    assert [list(g) for g in run(slopes, {x: [1, 2], y: [1, 2, 3]})] == [
        [1, 1],
        [0] * 3,
    ]
    [nothing] = df.gradients(x, y, unconnected_gradients=df.UnconnectedGradients.NONE)
    assert nothing is None
    with pytest.raises(ValueError, match="maybe"):
        df.gradients(x, y, unconnected_gradients="maybe")


def test_hessians_are_symmetric_and_agree_with_those_worked_out():
    x, v = df.placeholder("float64", [2, 1]), df.Variable([1.0, 2.0], dtype="float64")
    y = df.reduce_sum(x) ** 3.0 + v[0] * v[1]
    in_x, in_v = df.hessians(y, [x, v])
    assert in_x.shape.as_list() == [2, 1, 2, 1]
    np.testing.assert_allclose(
        run(in_x, {x: [[1.0], [2.0]]}), np.full((2, 1, 2, 1), 18.0)
    )
    assert run(in_v, {x: [[1.0], [2.0]]}).tolist() == [[0.0, 1.0], [1.0, 0.0]]


def test_hessians_of_what_is_linear_or_apart_are_zeros():
    x = df.placeholder("float64", [2])
    for y in (df.reduce_sum(x), df.constant(1.0, "float64")):
        [second] = df.hessians(y, x)
        assert run(second, {x: [1.0, 2.0]}).tolist() == [[0.0, 0.0], [0.0, 0.0]]


def test_hessians_need_a_shape_while_building():
    x = df.placeholder("float64", [None])
    with pytest.raises(df.errors.ShapeError, match="xs of known shape"):
        df.hessians(df.reduce_sum(x), x)
