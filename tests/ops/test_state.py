"""Variables, assignments, groups."""

import numpy as np
import pytest

import daskflow as df
from daskflow.errors import DTypeError, GraphError, ShapeError


@pytest.mark.parametrize(
    ("initial", "dtype"),
    [(1.0, "float32"), ([[1, 2]], "int32"), (np.zeros(2), "float64")],
)
def test_a_variable_keeps_the_dtype_of_its_initial_value(initial, dtype):
    assert df.Variable(initial).dtype == dtype


def test_a_variable_s_operations_have_tensorflow_s_names():
    w = df.Variable([1.0], name="w")
    graph = df.get_default_graph()
    assert [op.name for op in graph.get_operations()] == [
        "w/initial_value",
        "w",
        "w/Assign",
        "w/read",
    ]
    assert w.name == "w:0"
    assert w.op is graph.get_operation_by_name("w")
    assert df.Variable(1.0, name="w").name == "w_1:0"
    assert df.Variable(1.0).name == "Variable:0"
    with df.name_scope("s"):
        assert df.Variable(1.0, name="w").name == "s/w:0"


def test_a_variable_declares_its_static_shape():
    w = df.Variable(np.zeros((2, 3)))
    assert w.shape == w.get_shape() == w.value().shape == (2, 3)


def test_an_initial_value_may_be_a_tensor_a_function_or_another_variable(session):
    v = df.Variable(lambda: df.constant([1.0, 2.0]), name="v")
    w = df.Variable(v * 2.0, name="w")
    u = df.Variable(w.initialized_value(), name="u")
    assert session.run(u).tolist() == [2.0, 4.0]
    assert session.run([v, w])[0].tolist() == [1.0, 2.0]


def test_a_variable_needs_an_initial_value():
    with pytest.raises(GraphError, match="initial value"):
        df.Variable()


def test_an_assignment_gives_the_new_value(session):
    w = df.Variable([1.0, 2.0])
    assert session.run(w.assign([3.0, 4.0])).tolist() == [3.0, 4.0]
    assert session.run(df.assign_add(w, [1.0, 1.0])).tolist() == [4.0, 5.0]
    assert session.run(w.assign_sub([4.0, 4.0])).tolist() == [0.0, 1.0]
    assert session.run(w).tolist() == [0.0, 1.0]


@pytest.mark.parametrize("kind", [df.assign, df.assign_add, df.assign_sub])
def test_what_does_not_fit_a_variable_is_refused_while_building(kind):
    w = df.Variable([1.0, 2.0], name="w")
    with pytest.raises(ShapeError):
        kind(w, [1.0, 2.0, 3.0])
    with pytest.raises(DTypeError):
        kind(w, df.constant([1, 2]))
    with pytest.raises(DTypeError, match="needs a Variable"):
        kind(df.constant([1.0, 2.0]), [1.0, 2.0])


def test_a_value_of_unknown_dtype_is_cast_to_the_variable_s(session):
    w, x = df.Variable([1.0, 2.0]), df.placeholder()
    session.run(w.assign(x), {x: np.array([3.0, 4.0])})
    assert session.run(w).dtype == "float32"


def test_a_variable_of_unknown_dtype_and_shape_takes_what_comes(session):
    x = df.placeholder()
    w = df.Variable(x)
    session.run(w.initializer, {x: [1, 2]})
    assert session.run(w).tolist() == [1, 2]
    session.run(w.assign(x), {x: [[0.5]]})
    assert session.run(w).tolist() == [[0.5]]


def test_an_initializer_initializes_again(session):
    w = df.Variable([1.0], name="w")
    session.run(w.assign([5.0]))
    session.run(df.global_variables_initializer())
    assert session.run(w).tolist() == [1.0]


def test_variables_initializer_leaves_the_others_alone(session):
    v, w = df.Variable(1.0), df.Variable(1.0)
    session.run([v.assign(5.0), w.assign(5.0)])
    session.run(df.variables_initializer([v]))
    assert session.run([v, w]) == [1.0, 5.0]


def test_a_reading_under_control_dependencies_sees_the_assignment(session):
    w = df.Variable(1.0)
    with df.control_dependencies([w.assign(2.0)]):
        after = df.identity(w)
    assert session.run([w + 0.0, after]) == [1.0, 2.0]


def test_read_value_is_a_tensor_of_its_own():
    w = df.Variable(1.0)
    assert w.value() is w.value()
    assert w.read_value() is not w.read_value()


def test_trainable_variables_are_those_that_said_so():
    v, w = df.Variable(1.0), df.Variable(1.0, trainable=False)
    assert df.trainable_variables() == [v]
    assert df.global_variables() == [v, w]


def test_a_group_runs_all_that_it_names(session):
    v, w = df.Variable(1.0), df.Variable(1.0)
    both = df.group(v.assign(2.0), w.assign(3.0).op)
    assert session.run(both) is None
    assert session.run([v, w]) == [2.0, 3.0]
    assert session.run(df.no_op()) is None


def test_a_variable_evaluates_in_the_default_session(session):
    w = df.Variable(3.0)
    assert w.eval() == w.eval(session) == 3.0


def test_the_gradient_flows_through_a_reading(session):
    w = df.Variable(3.0)
    assert session.run(df.gradients(w * w, [w])) == [6.0]


def test_a_value_can_be_loaded_without_a_node(session):
    w = df.Variable([1.0, 2.0])
    operations = len(df.get_default_graph().get_operations())
    w.load([3, 4.5])
    assert session.run(w).tolist() == [3.0, 4.5]
    w.load(np.ones(2), session)
    assert w.eval().tolist() == [1.0, 1.0]
    assert len(df.get_default_graph().get_operations()) == operations
    with pytest.raises(ValueError, match=r"'Variable' holds float32 \[2\]"):
        w.load([1.0, 2.0, 3.0])
    with pytest.raises(DTypeError, match="expected float32, got"):
        w.load([1j, 2.0])


# Whether a variable has a value


def test_it_is_known_which_variables_have_a_value(session):
    v, w = df.Variable(1.0, name="v"), df.Variable(2.0, name="w")
    local = df.Variable(3.0, name="l", collections=[df.GraphKeys.LOCAL_VARIABLES])
    missing = df.report_uninitialized_variables()
    has = df.is_variable_initialized(v)
    assert session.run(missing).tolist() == [b"v", b"w", b"l"]
    assert session.run([has, w.is_initialized()]) == [False, False]
    session.run(w)
    assert session.run(missing).tolist() == [b"v", b"l"]
    session.run(v.assign(2.0))
    assert session.run(missing).tolist() == [b"l"]
    assert session.run(has)
    assert session.run(df.report_uninitialized_variables([v, local])).tolist() == [b"l"]
    session.run(df.local_variables_initializer())
    assert session.run(missing).tolist() == []


def test_a_run_says_what_had_a_value_when_it_began(session):
    v = df.Variable(1.0)
    has = v.is_initialized()
    assert session.run([v, has]) == [1.0, False]
    assert session.run([v, has]) == [1.0, True]


def test_asking_for_a_value_initializes_nothing(session):
    drawn = df.Variable(df.random_normal([]))
    assert not session.run(drawn.is_initialized())
    assert not session.run(drawn.is_initialized())


def test_only_a_variable_has_a_value_or_not() -> None:
    with pytest.raises(DTypeError, match="needs a Variable"):
        df.is_variable_initialized(df.constant(1.0))


def test_values_come_together_or_not_at_all(session):
    v, w = df.Variable(1.0), df.Variable(2.0)
    stored = v.assign(5.0)
    a, none, b = df.tuple([v, None, w], control_inputs=[stored])
    assert none is None
    assert session.run([a, b]) == [5.0, 2.0]
    assert session.run(v) == 5.0


def test_a_group_may_have_nests_of_operations(session):
    v, w = df.Variable(1.0), df.Variable(2.0)
    session.run(df.group([v.assign(3.0), None], {"w": w.assign(4.0)}))
    assert session.run([v, w]) == [3.0, 4.0]


def test_a_variable_may_take_any_shape(session):
    v = df.Variable([1.0, 2.0], validate_shape=False)
    assert v.shape.rank is None
    session.run(v.assign([[3.0]]))
    assert session.run(v).tolist() == [[3.0]]
