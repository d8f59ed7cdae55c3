"""The variable that counts steps."""

import logging

import pytest

import daskflow as df
from daskflow.errors import DTypeError, GraphError


def test_there_is_one_global_step_in_a_graph():
    assert df.train.get_global_step() is None
    step = df.train.create_global_step()
    assert df.train.get_global_step() is df.train.get_or_create_global_step() is step
    assert df.get_collection(df.GraphKeys.GLOBAL_STEP) == [step]
    assert (step.name, step.dtype, step.trainable) == ("global_step:0", "int64", False)
    with pytest.raises(GraphError, match="already exists"):
        df.train.create_global_step()
    other = df.Graph()
    assert df.train.get_global_step(other) is None
    assert df.train.get_or_create_global_step(other).graph is other


def test_a_variable_of_that_name_is_the_global_step(session):
    step = df.Variable(3, name="global_step")
    assert df.train.get_global_step() is step
    assert df.train.global_step(session, step) == 3
    assert type(df.train.global_step(session, step)) is int


def test_a_global_step_is_one_int(caplog):
    for wrong in (df.Variable(1.0), df.Variable([1]), 1):
        with pytest.raises(DTypeError):
            df.train.assert_global_step(wrong)
    df.train.assert_global_step(df.placeholder("int32"))
    for _ in range(2):
        df.add_to_collection(df.GraphKeys.GLOBAL_STEP, df.Variable(1))
    with caplog.at_level(logging.ERROR):
        assert df.train.get_global_step() is None
    assert "2 global steps" in caplog.text
