"""Variable scopes: what a variable is called, when it is shared, what it inherits."""

import threading
from typing import Any

import numpy as np
import pytest

import daskflow as df
from daskflow import GraphKeys, Session
from daskflow.errors import GraphError


def name_of_op() -> str:
    return df.constant(1.0, name="c").name


def test_scopes_prefix_variables_and_operations() -> None:
    with df.variable_scope("a"):
        with df.variable_scope("b") as scope:
            v = df.get_variable("v", [1])
            w = df.Variable(1.0, name="w")
        assert (v.name, w.name, scope.name) == ("a/b/v:0", "a/b/w:0", "a/b")
        assert v.initial_value.name.startswith("a/b/v/Initializer/")
        assert [v.initializer.name, v.value().name] == ["a/b/v/Assign", "a/b/v/read:0"]


def test_a_name_scope_is_for_operations_alone() -> None:
    with df.name_scope("n"), df.variable_scope("a"):
        assert df.get_variable("v", [1]).name == "a/v:0"
        assert name_of_op() == "n/a/c:0"


def test_a_scope_opened_again_has_its_variables_and_a_new_scope_of_operations() -> None:
    with df.variable_scope("a") as a:
        v = df.get_variable("v", [1])
        name_of_op()
    with df.variable_scope("other"), df.variable_scope(a, reuse=True) as again:
        assert df.get_variable("v") is v
        assert name_of_op() == "other/a/c:0"
        assert again.original_name_scope == a.original_name_scope == "a/"
    with df.variable_scope("a", reuse=True) as by_name:
        assert df.get_variable("v") is v
        assert name_of_op() == "a_1/c:0"
        assert by_name.original_name_scope == "a_1/"


def test_a_scope_may_open_no_scope_of_operations() -> None:
    with df.variable_scope("a", auxiliary_name_scope=False):
        assert df.get_variable("v", [1]).name == "a/v:0"
        assert name_of_op() == "c:0"


def test_a_default_name_is_counted_where_it_is_opened() -> None:
    def opened() -> str:
        with df.variable_scope(None, "d") as scope:
            return scope.name

    assert [opened(), opened()] == ["d", "d_1"]
    with df.variable_scope("a"):
        assert [opened(), opened()] == ["a/d", "a/d_1"]
    with df.variable_scope("a"):  # opened again, it counts anew
        assert opened() == "a/d"
    with df.variable_scope("given", "d") as scope:
        assert scope.name == "given"


def test_reuse_is_inherited_and_cannot_be_taken_back_by_a_scope_inside() -> None:
    with df.variable_scope("a"), df.variable_scope("b"):
        v = df.get_variable("v", [1])
    with df.variable_scope("a", reuse=True), df.variable_scope("b", reuse=False):
        assert df.get_variable("v", [1]) is v
    with df.variable_scope("a"):
        df.get_variable_scope().reuse_variables()
        with df.variable_scope("b"):
            assert df.get_variable("v") is v
    with df.variable_scope("a/b"), pytest.raises(GraphError, match="already exists"):
        df.get_variable("v", [1])


def test_the_outermost_scope_may_be_reused_too() -> None:
    v = df.get_variable("v", [2])
    df.get_variable_scope().reuse_variables()
    assert df.get_variable("v", [2]) is v
    assert df.get_variable("v") is v


def test_the_present_scope_may_be_opened_to_share_from_here_on() -> None:
    v = df.get_variable("v", [2])
    with df.variable_scope(df.get_variable_scope(), reuse=True):
        assert df.get_variable("v") is v
        assert name_of_op() == "c:0"
    with pytest.raises(GraphError, match="already exists"):
        df.get_variable("v", [2])


def test_auto_reuse_makes_what_is_not_there() -> None:
    def get() -> Any:
        with df.variable_scope("a", reuse=df.AUTO_REUSE):
            return df.get_variable("v", [2])

    assert get() is get()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("v", [3]), r"specified shape \(3,\) and found shape \(2,\)"),
        (("v", [2], "int32"), "specified dtype .*int32.* and found dtype .*float32"),
        (("w", [2]), "w does not exist.*AUTO_REUSE"),
    ],
)
def test_what_cannot_be_shared_is_an_error(arguments: Any, said: str) -> None:
    df.get_variable("v", [2])
    with (
        df.variable_scope("", reuse=True),
        pytest.raises(GraphError, match=said),
    ):
        df.get_variable(*arguments)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({}, "its `shape` argument must be specified"),
        ({"shape": [None, 2]}, r"must be fully defined, but instead was \(\?, 2\)"),
        ({"shape": [2], "initializer": [1.0, 2.0]}, "do not specify shape"),
        ({"shape": [2], "dtype": "string"}, "needs an initializer"),
    ],
)
def test_what_cannot_be_made_is_an_error_and_leaves_no_variable(
    arguments: Any, said: str
) -> None:
    with pytest.raises(GraphError, match=said):
        df.get_variable("v", **arguments)
    assert df.global_variables() == []
    assert df.get_variable("v", [1]).name == "v:0"


def test_a_variable_that_is_there_says_where_it_was_made() -> None:
    df.get_variable("v", [1])
    with pytest.raises(GraphError, match="test_scopes.py.*get_variable"):
        df.get_variable("v", [1])


def test_an_initializer_may_be_a_value_a_function_a_class_or_the_scopes(
    session: Session,
) -> None:
    class Twos:
        def __call__(self, shape: Any, dtype: Any, partition_info: Any = None) -> Any:
            return df.fill(shape, df.constant(2.0, dtype))

    values = {
        "number": df.get_variable("number", initializer=3.0),
        "array": df.get_variable("array", initializer=np.ones(2)),
        "tensor": df.get_variable("tensor", initializer=df.constant([1, 2])),
        "nothing": df.get_variable("nothing", initializer=lambda: df.constant([5.0])),
        "shape": df.get_variable("shape", [2], initializer=lambda s, dtype: df.ones(s)),
        "class": df.get_variable("class", [1], initializer=Twos),
        "ints": df.get_variable("ints", [2], "int32"),
    }
    with df.variable_scope("s", initializer=Twos(), dtype="float64"):
        values["scope"] = df.get_variable("v", [2])
        with df.variable_scope("t"):
            values["inherited"] = df.get_variable("v", [1])
    assert {name: v.dtype.name for name, v in values.items()} == {
        "number": "float32",
        "array": "float64",
        "tensor": "int32",
        "nothing": "float32",
        "shape": "float32",
        "class": "float32",
        "ints": "int32",
        "scope": "float64",
        "inherited": "float64",
    }
    assert {name: v.tolist() for name, v in session.run(values).items()} == {
        "number": 3.0,
        "array": [1.0, 1.0],
        "tensor": [1, 2],
        "nothing": [5.0],
        "shape": [1.0, 1.0],
        "class": [2.0],
        "ints": [0, 0],
        "scope": [2.0, 2.0],
        "inherited": [2.0],
    }


def test_the_draws_of_glorots_rule_have_its_spread(session: Session) -> None:
    drawn = session.run(df.get_variable("w", [300, 500]))
    limit = np.sqrt(6 / 800)
    assert abs(drawn).max() <= limit
    assert drawn.std() == pytest.approx(limit / np.sqrt(3), rel=0.02)


def test_regularizers_are_inherited_and_their_losses_collected(
    session: Session,
) -> None:
    def total(v: Any) -> Any:
        return df.reduce_sum(v)

    with df.variable_scope("a", regularizer=total, initializer=lambda s: df.ones(s)):
        v = df.get_variable("v", [2])
        df.get_variable("free", [2], regularizer=df.no_regularizer)
        df.get_variable_scope().reuse_variables()
        assert df.get_variable("v") is v
    losses = df.get_collection(GraphKeys.REGULARIZATION_LOSSES)
    assert [loss.name for loss in losses] == ["a/v/Regularizer/Sum:0"]
    assert session.run(losses) == [2.0]


def test_a_custom_getter_stands_between(session: Session) -> None:
    def halved(getter: Any, name: str, *args: Any, **kwargs: Any) -> Any:
        return getter(f"{name}_kept", *args, **kwargs) * 0.5

    def shifted(getter: Any, name: str, *args: Any, **kwargs: Any) -> Any:
        return getter(name, *args, **kwargs) + 1.0

    with df.variable_scope("a", custom_getter=halved):
        with df.variable_scope("b", custom_getter=shifted):
            value = df.get_variable("v", initializer=df.constant(4.0))
        alone = df.get_variable("w", initializer=df.constant(4.0))
    assert [v.name for v in df.global_variables()] == ["a/b/v_kept:0", "a/w_kept:0"]
    assert session.run([value, alone]) == [3.0, 2.0]


def test_variables_enter_the_collections_that_are_asked_for() -> None:
    with df.variable_scope("a"):
        kept = df.get_variable("kept", [1])
        fixed = df.get_variable("fixed", [1], trainable=False)
        own = df.get_variable("own", [1], collections=["mine"])
        local = df.get_local_variable("local", [1])
    assert df.global_variables() == [kept, fixed]
    assert df.trainable_variables() == [kept, own]
    assert df.local_variables() == [local]
    assert df.get_collection("mine") == [own]
    assert df.trainable_variables("a/k") == [kept]
    assert df.trainable_variables("k") == []
    with df.variable_scope("a") as scope:
        assert scope.global_variables() == [kept, fixed]
        assert scope.trainable_variables() == [kept, own]


def test_each_thread_starts_outside_of_all_scopes() -> None:
    graph = df.get_default_graph()
    names = []

    def build() -> None:
        with graph.as_default():
            names.append(df.get_variable("v", [1]).name)

    with df.variable_scope("a"):
        thread = threading.Thread(target=build)
        thread.start()
        thread.join()
    assert names == ["v:0"]


def test_a_scope_that_fails_inside_is_left() -> None:
    with pytest.raises(ZeroDivisionError), df.variable_scope("a"):
        raise ZeroDivisionError
    assert df.get_variable("v", [1]).name == "v:0"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"name_or_scope": None}, "needs a name_or_scope or a default_name"),
        ({"name_or_scope": "a", "reuse": "yes"}, "got 'yes'"),
        ({"name_or_scope": None, "default_name": "a", "reuse": True}, "needs its name"),
    ],
)
def test_a_scope_that_cannot_be_is_an_error(arguments: Any, said: str) -> None:
    with pytest.raises(GraphError, match=said):
        df.variable_scope(**arguments)
