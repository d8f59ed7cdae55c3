"""Classes drawn at random: how often, how many, which."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

import daskflow as df
from daskflow.errors import GraphError

TRUE = np.array([[0], [3]])
SAMPLERS = {
    df.nn.uniform_candidate_sampler: np.full(8, 1 / 8),
    df.nn.log_uniform_candidate_sampler: np.log(np.arange(2, 10) / np.arange(1, 9))
    / np.log(9),
}


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_classes_are_drawn_as_often_as_expected(sampler, session):
    drawn, of_true, of_drawn = session.run(sampler(TRUE, 1, 20_000, False, 8))
    expected = 20_000 * SAMPLERS[sampler]
    assert np.abs(np.bincount(drawn, minlength=8) - expected).max() < 400
    assert_allclose(of_true, expected[TRUE], rtol=1e-5)
    assert_allclose(of_drawn, expected[drawn], rtol=1e-5)


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_unique_classes_come_once(sampler, session):
    drawn, *_ = session.run(sampler(TRUE, 1, 8, True, 8))
    assert sorted(drawn) == list(range(8))


def test_as_many_tries_are_expected_as_were_made(session):
    runs = [
        session.run(df.nn.log_uniform_candidate_sampler(TRUE, 1, 4, True, 8, seed=i))
        for i in range(400)
    ]
    hits = np.mean([np.isin(TRUE, drawn) for drawn, *_ in runs], 0)
    expected = np.mean([of_true for _, of_true, _ in runs], 0)
    assert_allclose(hits, expected, atol=0.08)


def test_each_run_draws_anew(session):
    made = df.nn.uniform_candidate_sampler(TRUE, 1, 20, False, 1_000)
    assert session.run(made)[0].tolist() != session.run(made)[0].tolist()


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_what_cannot_be_drawn_is_refused(sampler):
    with pytest.raises(GraphError, match="there are no 9 unique classes of 8"):
        sampler(TRUE, 1, 9, True, 8)
    with pytest.raises(GraphError, match="needs a positive num_true, num_sampled and"):
        sampler(TRUE, 1, 0, True, 8)


def test_with_every_class_drawn_it_is_the_whole_softmax(session):
    rng = np.random.default_rng(0)
    w, b, x = rng.standard_normal((6, 3)), rng.standard_normal(6), rng.random((2, 3))
    every = df.constant(np.arange(6)), np.ones((2, 1)), np.ones(6)
    sampled = df.nn.sampled_softmax_loss(w, b, TRUE, x, 6, 6, sampled_values=every)
    whole = df.nn.sparse_softmax_cross_entropy_with_logits(
        labels=TRUE[:, 0], logits=x @ w.T + b
    )
    value, expected = session.run([sampled, whole])
    assert_allclose(value, expected, rtol=1e-12)


def test_a_loss_draws_what_it_is_not_given_and_can_be_trained(session):
    w, b = df.Variable(np.ones((9, 3))), df.Variable(np.zeros(9))
    loss = df.nn.nce_loss(w, b, TRUE, np.ones((2, 3)), 4, 9)
    train = df.train.GradientDescentOptimizer(0.1).minimize(loss)
    session.run(df.global_variables_initializer())
    before = session.run(w)
    value, _ = session.run([loss, train])
    assert value.shape == (2,)
    changed = (session.run(w) != before).any(1)
    assert changed[TRUE.ravel()].all()
    assert 4 <= changed.sum() <= 6
