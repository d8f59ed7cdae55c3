"""Random draws: the same where they should be, others everywhere else."""

import subprocess
import sys

import numpy as np
import pytest

import daskflow as df
from daskflow.errors import DTypeError, GraphError, ShapeError

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
    with pytest.raises(ShapeError, match="every axis known"):
        df.random_normal([2, None])


def test_no_gradient_flows_into_a_draw():
    x = df.placeholder("float32", [3])
    y = x * df.random_normal([3])
    [slope] = df.gradients(y, x)
    assert df.gradients(slope, x) == [None]
