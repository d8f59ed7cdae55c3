"""Random draws: the same where they should be, others everywhere else."""

import subprocess
import sys

import numpy as np
import pytest
from numpy.testing import assert_allclose

import daskflow as df
from daskflow.errors import (
    DTypeError,
    GraphError,
    InvalidArgumentError,
    ShapeError,
)

DRAWS = [df.random_normal, df.truncated_normal, df.random_uniform]


def drawn(draw, graph_seed=None, seed=None, runs=1):
    """What the first runs of a new session on a new graph draw."""
    with df.Graph().as_default() as graph, df.Session("sync") as session:
        graph.seed = graph_seed
        x = draw([3], seed=seed)
        return tuple(tuple(session.run(x)) for _ in range(runs))


@pytest.mark.parametrize("draw", DRAWS)
def test_each_run_draws_anew_and_each_session_the_same(draw):
    first, second = drawn(draw, runs=2)
    assert first != second
    assert drawn(draw, runs=2) == (first, second)


@pytest.mark.parametrize("draw", DRAWS)
def test_draws_depend_on_both_seeds(draw):
    seeds = [(a, b) for a in (None, 1, -1) for b in (None, 1, -5)]
    draws = {drawn(draw, a, b) for a, b in seeds}
    assert len(draws) == len(seeds)


@pytest.mark.parametrize("draw", DRAWS)
def test_two_ops_without_a_seed_differ_and_with_the_same_one_agree(draw, session):
    a, b = session.run([draw([3]), draw([3])])
    assert not np.isin(a, b).any()
    a, b = session.run([draw([3], seed=1), draw([3], seed=1)])
    assert a.tolist() == b.tolist()


def test_the_place_of_an_op_is_no_seed_of_another(session):
    unseeded = df.random_normal([3])
    seeded = [df.random_normal([3], seed=i) for i in range(5)]
    first, *others = session.run([unseeded, *seeded])
    assert not np.isin(first, others).any()


def test_all_consumers_in_a_run_see_one_draw(session):
    x = df.random_normal([3])
    a, b = session.run([x + 1.0, x + 1.0])
    assert a.tolist() == b.tolist()


def test_another_process_draws_the_same_bits():
    program = (
        "import daskflow as df\n"
        "df.set_random_seed(1)\n"
        "with df.Session('sync') as session:\n"
        "    print(session.run(df.random_normal([3])).tobytes().hex())\n"
    )
    outputs = [
        subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, check=True
        ).stdout
        for _ in range(2)
    ]
    [[here]] = [drawn(df.random_normal, graph_seed=1)]
    assert outputs == [np.array(here).tobytes().hex() + "\n"] * 2


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize("draw", DRAWS)
def test_draws_are_of_the_dtype_asked_for(draw, dtype, session):
    x = draw([2, 3], dtype=dtype)
    assert (x.shape, x.dtype) == ((2, 3), dtype)
    assert session.run(x).dtype == dtype


def test_normal_draws_have_the_mean_and_spread_asked_for(session):
    x = session.run(df.random_normal([100_000], 3.0, 2.0, "float64"))
    assert abs(x.mean() - 3) < 5 * 2 / np.sqrt(x.size)
    assert abs(x.std() - 2) < 5 * 2 / np.sqrt(2 * x.size)


def test_truncated_draws_stay_within_two_deviations_and_none_is_cut_off(session):
    x = session.run(df.truncated_normal([100_000], 1.0, 0.5, "float64"))
    far = np.abs(x - 1) / 0.5
    assert far.max() < 2
    assert np.unique(x).size == x.size
    assert 0.043 < np.mean(far > 1.7) < 0.048  # 2 (Φ(2) - Φ(1.7)) / (2 Φ(2) - 1)


def test_uniform_draws_stay_below_their_upper_limit(session):
    for dtype in ("float16", "float32"):
        x = session.run(df.random_uniform([100_000], -1, 3, dtype))
        assert x.min() >= -1
        assert x.max() < 3
        assert abs(x.astype(np.float64).mean() - 1) < 0.02


def test_uniform_ints_take_every_value_but_the_upper_limit(session):
    x = session.run(df.random_uniform([1000], -2, 3, "int32"))
    assert np.unique(x).tolist() == [-2, -1, 0, 1, 2]
    assert x.dtype == np.int32


def test_settings_that_make_no_draw_are_refused():
    with pytest.raises(GraphError, match="random_uniform of int32 needs a maxval"):
        df.random_uniform([2], dtype="int32")
    for limits in [(3, 3, "int32"), (3, 2)]:
        with pytest.raises(GraphError, match="needs minval < maxval"):
            df.random_uniform([2], *limits)
    with pytest.raises(DTypeError, match="draws floats, not int32"):
        df.random_normal([2], dtype="int32")
    with pytest.raises(DTypeError, match="draws floats or ints, not bool"):
        df.random_uniform([2], dtype="bool")
    with pytest.raises(DTypeError, match="expected ints or tensors of ints, got None"):
        df.random_normal([2, None])
    with pytest.raises(ShapeError, match="every axis known"):
        df.random_normal([2, -1])


def test_no_gradient_flows_into_a_draw():
    x = df.placeholder("float32", [3])
    y = x * df.random_normal([3])
    [slope] = df.gradients(y, x)
    assert df.gradients(slope, x) == [None]


def test_shapes_and_parameters_may_be_tensors(session):
    n = df.placeholder("int32", [])
    mean = df.placeholder("float64", [3])
    x = df.random_normal([n, 3], mean, 2.0, "float64", seed=1)
    assert x.shape == (None, 3)
    value = session.run(x, {n: 100_000, mean: [0, 5, -5]})
    assert np.abs(value.mean(0) - [0, 5, -5]).max() < 5 * 2 / np.sqrt(100_000)
    assert np.abs(value.std(0) - 2).max() < 0.05
    spread = df.constant(2.0)
    by_mean, by_spread = df.gradients(
        df.random_normal([4], 0.0, spread, seed=3), [mean, spread]
    )
    assert by_mean is None
    unit = df.random_normal([4], seed=3)
    assert np.isclose(*session.run([by_spread, df.reduce_sum(unit)]))


def test_uniform_draws_lie_between_bounds_that_are_tensors(session):
    low, high = df.placeholder("int32", []), df.placeholder("int32", [])
    x = df.random_uniform([1000], low, high, "int32")
    value = session.run(x, {low: -2, high: 3})
    assert np.unique(value).tolist() == [-2, -1, 0, 1, 2]
    y = df.random_uniform([1000], df.constant(3.0), df.constant([[4.0], [5.0]]))
    value = session.run(y)
    assert value.shape == (2, 1000)
    assert np.all((value >= 3) & (value < [[4], [5]]))
    assert value[1].max() > 4


def test_gamma_and_poisson_draws_have_the_mean_and_variance_of_their_law(session):
    alpha, beta = np.array([0.5, 4.0]), np.array([[1.0], [2.0]])
    x = df.random_gamma([100_000], alpha, beta, "float64")
    assert x.shape == (100_000, 2, 2)
    value = session.run(x)
    assert_allclose(value.mean(0), alpha / beta, rtol=0.05)
    assert_allclose(value.var(0), alpha / beta**2, rtol=0.1)
    assert session.run(df.random_gamma([5], 1e-3)).min() > 0
    lam = df.placeholder("float32", [2])
    counts = df.random_poisson(lam, [100_000], "int32")
    assert (counts.shape, counts.dtype) == ((100_000, 2), "int32")
    value = session.run(counts, {lam: [0.5, 20.0]})
    assert_allclose(value.mean(0), [0.5, 20], rtol=0.02)
    assert_allclose(value.var(0), [0.5, 20], rtol=0.05)


def test_classes_are_drawn_as_often_as_their_probability_says(session):
    p = np.array([[0.1, 0.6, 0.3], [0.0, 0.5, 0.5]])
    with np.errstate(divide="ignore"):
        logits = np.log(p) + 7  # a constant added to a row changes nothing
    x = df.random.categorical(logits, 100_000)
    assert (x.shape, x.dtype) == ((2, 100_000), "int64")
    value = session.run(x)
    found = np.array([np.bincount(row, minlength=3) for row in value]) / value.shape[1]
    assert np.abs(found - p).max() < 0.01
    assert df.multinomial([[0.0]], 2, output_dtype="int32").dtype == "int32"
    with pytest.raises(ShapeError, match=r"needs logits \[batch, classes\]"):
        df.multinomial([0.0, 1.0], 2)


def test_shuffled_rows_are_the_same_rows(session):
    x = df.random_shuffle(np.arange(200).reshape(100, 2))
    first, second = session.run(x), session.run(x)
    assert first.tolist() != second.tolist()
    assert np.sort(first[:, 0]).tolist() == list(range(0, 200, 2))
    assert (first[:, 1] - first[:, 0] == 1).all()


def test_a_crop_may_begin_anywhere_it_fits(session):
    image = np.arange(12).reshape(3, 4)
    x = df.random_crop(image, [2, 3])
    assert x.shape == (2, 3)
    seen = set()
    for _ in range(60):
        value = session.run(x)
        assert np.diff(value, axis=0).tolist() == [[4] * 3]
        assert (np.diff(value, axis=1) == 1).all()
        seen.add(int(value[0, 0]))
    assert seen == {0, 1, 4, 5}
    with pytest.raises(InvalidArgumentError, match="needs a shape of at least"):
        session.run(df.random_crop(df.placeholder_with_default(image, None), [4, 1]))


@pytest.mark.parametrize(
    "draw",
    [
        lambda seed: df.random_gamma([3], 2.0, seed=seed),
        lambda seed: df.random_poisson(20.0, [3], seed=seed),
        lambda seed: df.random.categorical(np.zeros((1, 1000)), 3, seed=seed),
        lambda seed: df.random_shuffle(np.arange(1000), seed=seed)[:3],
        lambda seed: df.random_crop(np.arange(100_000), [3], seed=seed),
    ],
)
def test_every_draw_follows_the_seeds(draw, session):
    a, b, c = session.run([draw(1), draw(1), draw(2)])
    assert a.tolist() == b.tolist() != c.tolist()
