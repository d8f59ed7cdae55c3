"""Learning rates that change with the step."""

import math

import numpy as np
import pytest

import daskflow as df
from daskflow.errors import GraphError

DECAYS = [
    df.train.exponential_decay,
    df.train.natural_exp_decay,
    df.train.inverse_time_decay,
]
CURVES = [
    df.train.polynomial_decay,
    df.train.cosine_decay,
    df.train.cosine_decay_restarts,
    df.train.linear_cosine_decay,
    df.train.noisy_linear_cosine_decay,
]


@pytest.mark.parametrize("decay", DECAYS)
def test_with_a_staircase_the_rate_falls_once_in_decay_steps(session, decay):
    step = df.placeholder("int64", [])
    smooth = decay(1.0, step, 4, 0.5)
    stairs = decay(1.0, step, 4, 0.5, staircase=True)
    for n in range(10):
        low, high = session.run([smooth, stairs], {step: n})
        assert high == session.run(smooth, {step: n // 4 * 4})
        assert low <= high


@pytest.mark.parametrize("schedule", CURVES)
def test_a_curve_starts_at_the_rate_and_ends_low(session, schedule):
    step = df.placeholder("int32", [])
    settings = {"initial_variance": 0.0} if "noisy" in schedule.__name__ else {}
    rate = schedule(2.0, step, 100, **settings)
    first, last = (session.run(rate, {step: n}) for n in (0, 99))
    assert first == pytest.approx(2.0, rel=2e-3)
    assert last < 0.05


def test_restarts_are_as_far_apart_and_as_high_as_asked_for(session):
    step = df.placeholder("float64", [])
    rate = df.train.cosine_decay_restarts(np.float64(1.0), step, 10, 2.0, 0.5)
    for start, length, height in [(0, 10, 1.0), (10, 20, 0.5), (30, 40, 0.25)]:
        for part in (0.01, 0.5, 0.9):
            wanted = height * (1 + math.cos(math.pi * part)) / 2
            found = session.run(rate, {step: start + part * length})
            assert found == pytest.approx(wanted)


def test_noise_has_the_variance_that_is_left(session):
    step = df.placeholder("int64", [])
    rate = df.train.noisy_linear_cosine_decay(1.0, step, 100, 1.0, 1.0, beta=0.0)
    steady = df.train.linear_cosine_decay(1.0, step, 100, beta=0.0)
    for n in (0, 24):
        pairs = [session.run([rate, steady], {step: n}) for _ in range(300)]
        wave = (1 + math.cos(math.pi * n / 100)) / 2
        noise = np.std([noisy - sure for noisy, sure in pairs]) / wave
        assert noise == pytest.approx((1 + n) ** -0.5, rel=0.2)


@pytest.mark.parametrize("schedule", [*DECAYS, *CURVES])
def test_a_schedule_needs_a_step(schedule):
    with pytest.raises(GraphError, match="global_step is required"):
        schedule(0.1, None, 10, 0.5)


def test_a_schedule_follows_the_steps_of_a_training(session):
    w = df.Variable(0.0)
    step = df.train.get_or_create_global_step()
    rate = df.train.piecewise_constant(step, [1], [1.0, 10.0])
    train = df.train.GradientDescentOptimizer(rate).minimize(-w, step)
    values = []
    for _ in range(4):
        session.run(train)
        values.append(float(session.run(w)))
    assert values == [1.0, 2.0, 12.0, 22.0]
