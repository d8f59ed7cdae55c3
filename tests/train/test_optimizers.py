"""Optimizers."""

import numpy as np
import pytest

import daskflow as df
from daskflow.errors import GradientError

RATE = np.float64(np.float32(0.1))  # a Python learning rate is rounded to float32


def test_a_step_moves_a_variable_against_its_gradient(session):
    w = df.Variable(np.array([1.0, -2.0]))
    step = df.train.GradientDescentOptimizer(0.1).minimize(df.reduce_sum(w * w))
    assert session.run(step) is None
    assert (
        session.run(w).tobytes()
        == (np.array([1.0, -2.0]) - RATE * np.array([2.0, -4.0])).tobytes()
    )


def test_every_gradient_uses_the_values_from_before_the_step(session):
    v, w = df.Variable(2.0), df.Variable(3.0)
    session.run(df.train.GradientDescentOptimizer(1.0).minimize(v * w))
    assert session.run([v, w]) == [-1.0, 1.0]


def test_only_variables_in_var_list_move(session):
    v, w = df.Variable(2.0), df.Variable(3.0)
    optimizer = df.train.GradientDescentOptimizer(1.0)
    session.run(optimizer.minimize(v * w, var_list=[v]))
    assert session.run([v, w]) == [-1.0, 3.0]


def test_only_trainable_variables_move_by_themselves(session):
    v, w = df.Variable(2.0), df.Variable(3.0, trainable=False)
    session.run(df.train.GradientDescentOptimizer(1.0).minimize(v * w))
    assert session.run([v, w]) == [-1.0, 3.0]


def test_global_step_counts_the_steps(session):
    w, count = df.Variable(2.0), df.Variable(0, trainable=False)
    step = df.train.GradientDescentOptimizer(0.1).minimize(w * w, global_step=count)
    for _ in range(3):
        session.run(step)
    assert session.run(count) == 3


def test_the_learning_rate_may_be_a_tensor(session):
    w, rate = df.Variable(2.0), df.placeholder("float32", [])
    step = df.train.GradientDescentOptimizer(rate).minimize(w * w)
    session.run(step, {rate: 0.5})
    assert session.run(w) == 0.0


def test_gradients_may_be_changed_before_they_are_applied(session):
    w = df.Variable(2.0)
    optimizer = df.train.GradientDescentOptimizer(1.0)
    [(g, variable)] = optimizer.compute_gradients(w * w, grad_loss=10.0)
    session.run(optimizer.apply_gradients([(df.minimum(g, 1.0), variable)]))
    assert session.run(w) == 1.0


def test_a_step_is_named_after_its_optimizer():
    w = df.Variable(2.0)
    optimizer = df.train.GradientDescentOptimizer(1.0)
    assert optimizer.minimize(w * w).name == "GradientDescent"
    assert optimizer.minimize(w * w).name == "GradientDescent_1"
    assert optimizer.minimize(w * w, name="step").name == "step"


def test_a_loss_that_depends_on_no_variable_is_refused():
    optimizer = df.train.GradientDescentOptimizer(1.0)
    with pytest.raises(GradientError, match="No variables to optimize"):
        optimizer.minimize(df.constant(1.0))
    df.Variable(1.0)
    with pytest.raises(GradientError, match="No gradients provided for any variable"):
        optimizer.minimize(df.constant(1.0))
