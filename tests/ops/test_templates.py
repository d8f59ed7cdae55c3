"""Functions whose variables are made once."""

import pytest

import daskflow as df
from daskflow.errors import GraphError


def scaled(x, by=1.0):
    return (x * by) * df.get_variable("w", [], initializer=df.ones_initializer())


def test_calls_share_the_variables_of_the_first(session):
    template = df.make_template("m", scaled, by=3.0)
    assert template.variable_scope is None
    assert template.variables == []
    first, second = template(1.0), template(x=2.0)
    assert (first.name, second.name) == ("m/mul:0", "m_1/mul:0")
    assert session.run([first, second]) == [3.0, 6.0]
    assert template.variables == df.global_variables() == template.trainable_variables
    assert template.var_scope.name == template.name == "m"
    assert repr(template) == "<Template 'm'>"
    assert template.func is not scaled


def test_each_template_has_variables_of_its_own():
    for _ in range(2):
        df.make_template("m", scaled)(1.0)
    assert [v.name for v in df.global_variables()] == ["m/w:0", "m_1/w:0"]


def test_a_unique_name_is_taken_as_it_is():
    df.make_template("m", scaled)(1.0)
    with pytest.raises(GraphError, match="m/w already exists"):
        df.make_template("n", scaled, unique_name_="m")(1.0)


def test_the_scope_may_be_made_at_once():
    early = df.make_template("m", scaled, create_scope_now_=True)
    late = df.make_template("m", scaled)
    late(1.0)
    assert early.variable_scope.name == "m"
    assert early(1.0).name == "m_1/mul:0"
    assert late.variable_scope.name == "m_1"


def test_a_later_call_may_not_make_more_variables():
    numbers = iter(range(2))
    template = df.make_template("m", lambda: df.get_variable(f"w{next(numbers)}", []))
    template()
    with pytest.raises(GraphError, match="m/w1 does not exist"):
        template()


def test_a_later_call_may_not_make_variables_that_are_not_shared():
    template = df.make_template("t", lambda x: x * df.Variable(1.0))
    template(1.0)
    with pytest.raises(ValueError, match="in a call after its first"):
        template(1.0)


def test_a_getter_of_variables_may_be_given():
    asked = []

    def getter(getter, name, *args, **kwargs):
        asked.append(name)
        return getter(name, *args, **kwargs)

    df.make_template("m", scaled, custom_getter_=getter)(1.0)
    assert asked == ["m/w"]
