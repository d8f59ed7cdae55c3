"""Losses: what TensorFlow's recorded values do not say."""

import numpy as np
import pytest

import daskflow as df
from daskflow.errors import GraphError, InvalidArgumentError, ShapeError


def test_an_error_of_weights_says_both_shapes():
    with pytest.raises(ShapeError, match=r"got weights \[2\] for values \[2, 3\]"):
        df.losses.mean_squared_error(np.ones((2, 3)), np.ones((2, 3)), [1.0, 2.0])


def test_weights_that_only_a_run_can_refuse_fail_there_with_both_shapes(session):
    x, w = df.placeholder(df.float32), df.placeholder(df.float32)
    loss = df.losses.compute_weighted_loss(x, w)
    with pytest.raises(
        InvalidArgumentError, match=r"weights \[2\] for values \[2, 3\]"
    ):
        session.run(loss, {x: np.ones((2, 3)), w: [1.0, 2.0]})


def test_an_unknown_reduction_is_told_those_there_are():
    with pytest.raises(GraphError, match="weighted_mean.*got 'mean'"):
        df.losses.compute_weighted_loss([1.0], reduction="mean")


def test_a_loss_that_is_the_user_s_own_counts_in_the_total(session):
    df.losses.absolute_difference([1.0], [3.0])
    df.losses.add_loss(df.constant(5.0))
    df.losses.add_loss(df.constant(100.0), loss_collection=None)
    assert session.run(df.losses.get_total_loss()) == 7.0


def test_an_optimizer_takes_a_loss(session):
    w = df.Variable([0.0, 0.0])
    loss = df.losses.mean_squared_error([1.0, 3.0], w, weights=[1.0, 0.0])
    step = df.train.GradientDescentOptimizer(0.5).minimize(loss)
    session.run(step)
    np.testing.assert_allclose(session.run(w), [1.0, 0.0])
