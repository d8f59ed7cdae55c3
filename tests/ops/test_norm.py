"""Moments, and what is normalised by them."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

import daskflow as df
from daskflow.errors import GraphError, ShapeError

X = np.random.default_rng(0).normal(3, 2, (4, 3, 2, 5))


def test_moments_are_the_mean_and_the_variance(session):
    for axes in ([0], [0, 1, 2], [-1], 1):
        mean, variance = session.run(df.nn.moments(X, axes))
        axis = tuple(axes) if isinstance(axes, list) else axes
        assert_allclose(mean, X.mean(axis))
        assert_allclose(variance, X.var(axis))


def test_weights_count_elements_more_than_once(session):
    counts = np.array([1, 3, 2])
    often = np.repeat(X, counts, axis=1)
    weights = counts.reshape(1, 3, 1, 1)
    moments = session.run(df.nn.weighted_moments(X, [1], weights))
    for value, expected in zip(moments, (often.mean(1), often.var(1)), strict=True):
        assert_allclose(value, expected)


def test_statistics_lead_to_the_moments(session):
    count, mean_ss, var_ss, shift = df.nn.sufficient_statistics(X, [0, 2], shift=2.5)
    moments = df.nn.normalize_moments(count, mean_ss, var_ss, shift)
    for value, expected in zip(
        session.run(moments), (X.mean((0, 2)), X.var((0, 2))), strict=True
    ):
        assert_allclose(value, expected)


def test_a_normalised_batch_has_the_moments_asked_for(session):
    scale, offset = np.arange(1.0, 6), np.arange(5.0)
    y, mean, variance = session.run(df.nn.fused_batch_norm(X, scale, offset))
    assert_allclose(y.mean((0, 1, 2)), offset, atol=1e-12)
    assert_allclose(y.std((0, 1, 2)), scale, rtol=1e-3)
    assert_allclose(mean, X.mean((0, 1, 2)))
    assert_allclose(variance, X.var((0, 1, 2), ddof=1))


def test_the_moments_of_a_batch_have_a_gradient(session):
    x = df.constant(X)
    _, mean, variance = df.nn.fused_batch_norm(x, np.ones(5), np.zeros(5))
    by_mean, by_variance = session.run(
        [df.gradients(mean, x)[0], df.gradients(variance, x)[0]]
    )
    assert_allclose(by_mean, np.full(X.shape, 1 / 24))
    assert_allclose(by_variance, 2 * (X - X.mean((0, 1, 2))) / 23)


@pytest.mark.parametrize("training", [True, False])
def test_the_channels_may_come_first(training, session):
    scale, offset, mean = np.arange(1.0, 6), np.arange(5.0), np.arange(2.0, 7)
    first = X.transpose(0, 3, 1, 2)
    given = (scale, offset, mean, scale) if not training else (scale, offset)
    y = df.nn.fused_batch_norm(X, *given, is_training=training).y
    z = df.nn.fused_batch_norm(first, *given, data_format="NCHW", is_training=training)
    value, other = session.run([y, z.y])
    assert_allclose(value.transpose(0, 3, 1, 2), other, rtol=1e-12)


def test_without_training_the_moments_are_given():
    with pytest.raises(GraphError, match="needs a mean and a variance"):
        df.nn.fused_batch_norm(X, np.ones(5), np.zeros(5), is_training=False)
    with pytest.raises(ShapeError, match="needs a value of rank 4 or 5, got float64"):
        df.nn.fused_batch_norm(X[0], np.ones(5), np.zeros(5))


def test_a_channel_is_divided_by_what_its_neighbours_respond(session):
    y = session.run(df.nn.lrn(X, 1, bias=2.0, alpha=0.5, beta=0.75))
    squares = np.pad(X**2, [(0, 0)] * 3 + [(1, 1)])
    total = squares[..., :-2] + squares[..., 1:-1] + squares[..., 2:]
    assert_allclose(y, X / (2 + 0.5 * total) ** 0.75)
    with pytest.raises(ShapeError, match="needs a value of rank 4"):
        df.nn.lrn(X[0])
