"""Initializers: what they make, and with which spread."""

import math

import numpy as np
import pytest

import daskflow as df
from daskflow.errors import DTypeError, GraphError, ShapeError


@pytest.mark.parametrize(
    ("make", "limit", "stddev"),
    [
        (df.initializers.lecun_uniform(), math.sqrt(3 / 300), math.sqrt(1 / 300)),
        (df.initializers.he_uniform(), math.sqrt(6 / 300), math.sqrt(2 / 300)),
        (df.glorot_uniform_initializer(), math.sqrt(6 / 500), math.sqrt(2 / 500)),
        (df.uniform_unit_scaling_initializer(2.0), 0.2, 0.2 / math.sqrt(3)),
        (df.initializers.lecun_normal(), 0.132, math.sqrt(1 / 300)),
        (df.initializers.he_normal(), 0.186, math.sqrt(2 / 300)),
        (df.glorot_normal_initializer(), 0.144, math.sqrt(2 / 500)),
        (
            df.variance_scaling_initializer(2.0, "fan_out", "untruncated_normal"),
            math.inf,
            math.sqrt(2 / 200),
        ),
        (df.truncated_normal_initializer(0.0, 0.1), 0.2, 0.088),
        (df.random_normal_initializer(stddev=0.5), math.inf, 0.5),
        (df.random_uniform_initializer(-1.0, 1.0), 1.0, 1 / math.sqrt(3)),
    ],
)
def test_draws_have_the_spread_of_their_law(make, limit, stddev, session):
    value = session.run(make([300, 200]))
    assert abs(value.mean()) < 5 * stddev / math.sqrt(value.size)
    assert abs(value.std() / stddev - 1) < 0.02
    assert 0.9 * min(limit, 4 * stddev) < np.abs(value).max() <= limit


def test_a_kernel_of_a_convolution_counts_its_places(session):
    value = session.run(df.initializers.he_uniform()([5, 5, 4, 50]))
    assert abs(np.abs(value).max() / math.sqrt(6 / 100) - 1) < 0.01


def test_a_seed_says_what_is_drawn(session):
    for make in (df.glorot_uniform_initializer, df.orthogonal_initializer):
        a, b, c = session.run([make(seed=s)([4, 3]) for s in (1, 1, 2)])
        assert a.tolist() == b.tolist() != c.tolist()


@pytest.mark.parametrize("shape", [(4, 4), (6, 3), (3, 6), (2, 3, 5)])
def test_an_orthogonal_matrix_keeps_lengths(shape, session):
    value = session.run(df.orthogonal_initializer(2.0, dtype="float64")(shape))
    assert value.shape == shape
    matrix = value.reshape(-1, shape[-1]) / 2
    narrow = matrix if matrix.shape[0] >= matrix.shape[1] else matrix.T
    assert np.allclose(narrow.T @ narrow, np.eye(narrow.shape[1]))
    with pytest.raises(ShapeError, match="at least two axes"):
        df.orthogonal_initializer()([3])


@pytest.mark.parametrize(
    "make",
    [
        df.zeros_initializer("float64"),
        df.constant_initializer([1.0, 2.0]),
        df.random_normal_initializer(1.0, 2.0, 3),
        df.variance_scaling_initializer(2.0, "fan_avg", "uniform", 5),
        df.glorot_normal_initializer(7, "float64"),
        df.orthogonal_initializer(2.0, 5),
    ],
)
def test_a_config_makes_another_one_alike(make, session):
    config = make.get_config()
    again = type(make).from_config(config)
    assert again.get_config() == config
    a, b = session.run([make([2, 3]), again([2, 3])])
    assert a.tolist() == b.tolist()


def test_settings_that_make_no_sense_are_refused():
    make = df.variance_scaling_initializer
    for settings in ({"scale": 0}, {"mode": "fan"}, {"distribution": "cauchy"}):
        with pytest.raises(GraphError, match="must be positive|is one of"):
            make(**settings)
    with pytest.raises(DTypeError, match="a number, list or array, got <Tensor"):
        df.constant_initializer(df.constant(1.0))
    for of_floats in (df.random_normal_initializer, df.glorot_uniform_initializer):
        with pytest.raises(GraphError, match="dtype of floats"):
            of_floats(dtype="int32")
