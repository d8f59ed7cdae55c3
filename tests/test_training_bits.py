"""One training program gives the same bits on every scheduler."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
import threadpoolctl

import daskflow as df
from daskflow import Graph, Session
from daskflow.blas import ONE_THREAD
from daskflow.opdef import OPS

SCHEDULERS = [
    "threads",
    "processes",
    pytest.param("cluster", marks=pytest.mark.slow),
]


def perceptron() -> tuple[Any, Any, list[Any]]:
    """Two layers of random initial weights: data, step and loss, weights."""
    df.set_random_seed(7)
    x = df.placeholder("float32", [None, 6], name="x")
    labels = df.placeholder("float32", [None, 3], name="labels")
    w1 = df.Variable(df.random_normal([6, 16], stddev=0.4))
    b1 = df.Variable(df.zeros([16]))
    w2 = df.Variable(df.truncated_normal([16, 3], stddev=0.4))
    b2 = df.Variable(np.zeros(3, np.float32))
    steps = df.Variable(0, trainable=False)
    hidden = df.tanh(df.matmul(x, w1) + b1)
    p = df.softmax(df.matmul(hidden, w2) + b2)
    loss = -df.reduce_mean(df.reduce_sum(labels * df.log(p), axis=1))
    train = df.train.GradientDescentOptimizer(0.3).minimize(loss, global_step=steps)
    return (x, labels), (train, loss), [w1, b1, w2, b2, steps]


def batches() -> list[tuple[Any, Any]]:
    random = np.random.default_rng(3)
    x = random.standard_normal((60, 6)).astype(np.float32)
    labels = np.eye(3, dtype=np.float32)[(x[:, 0] > 0).astype(int) + (x[:, 1] > 0)]
    # The second half comes as views with gaps, which other processes get without them.
    wide = np.repeat(x, 2, axis=1)[:, ::2]
    return [(x[i : i + 20], labels[i : i + 20]) for i in (0, 20)] + [
        (wide[i : i + 20], labels[i : i + 20]) for i in (0, 20, 40)
    ]


def trained(scheduler: Any) -> list[bytes]:
    """The bits of every loss and of the weights that are left."""
    with Graph().as_default(), Session(scheduler) as session:
        (x, labels), (train, loss), variables = perceptron()
        first = session.run(variables)
        losses = [
            session.run([loss, train], {x: batch, labels: target})[0]
            for batch, target in batches() * 2
        ]
        last = session.run(variables)
    assert losses[-1] < losses[0]  # it learns
    assert last[-1] == len(losses)
    return [value.tobytes() for value in (*first, *losses, *last)]


@pytest.fixture(scope="module")
def reference() -> list[bytes]:
    return trained("sync")


@pytest.mark.parametrize("name", SCHEDULERS)
def test_training_gives_the_bits_of_the_sync_scheduler(
    name: str, reference: list[bytes], scheduler_named: Callable[[str], Any]
) -> None:
    assert trained(scheduler_named(name)) == reference


def test_training_again_gives_the_same_bits(reference: list[bytes]) -> None:
    assert trained("sync") == reference


def large_products(scheduler: Any) -> list[bytes]:
    """Products that BLAS would share among threads, and round otherwise for it."""
    random = np.random.default_rng(5)
    a = random.standard_normal((1_500, 1_500), dtype=np.float32)
    with Graph().as_default(), Session(scheduler) as session:
        x = df.placeholder("float32")
        square = df.matmul(x, x)
        gram = df.matmul(x, df.transpose(x))  # BLAS has another way for one buffer
        row = df.matmul(x[3], x)
        fetches = [df.reduce_sum(square, axis=0), df.reduce_sum(gram, axis=0), row]
        return [value.tobytes() for value in session.run(fetches, {x: a})]


@pytest.fixture(scope="module")
def large_reference() -> list[bytes]:
    return large_products("sync")


@pytest.mark.parametrize("name", SCHEDULERS)
def test_a_large_product_gives_the_bits_of_the_sync_scheduler(
    name: str, large_reference: list[bytes], scheduler_named: Callable[[str], Any]
) -> None:
    assert large_products(scheduler_named(name)) == large_reference


def strided(scheduler: Any) -> list[bytes]:
    """What NumPy rounds according to how its operands lie in memory."""
    random = np.random.default_rng(0)
    m = random.standard_normal((301, 207), dtype=np.float32)
    cube = random.standard_normal((30, 40, 50), dtype=np.float32)
    with Graph().as_default(), Session(scheduler) as session:
        x, y = df.placeholder("float32"), df.placeholder("float32")
        c = df.Variable(m[:, 5:])
        fetches = [
            df.reduce_mean(x[3:-1, 2:-3]),
            df.matmul(x[1, ::2], x[2, ::2]),
            df.matmul(df.transpose(x), x)[::3],
            df.reduce_sum(df.transpose(x[1:]), axis=0),
            df.reduce_sum(df.transpose(y, (1, 2, 0))[1:]),
            df.reduce_mean(y[::-1], axis=(0, 2)),
            df.reduce_sum(df.exp(y[:, 1::2])),
            df.softmax(df.transpose(y, (0, 2, 1))),
            df.reduce_sum(c.assign(x[:, 5:] * 2.0)[:, ::2]),
            df.reduce_mean(c[1:, 1:]),
        ]
        feeds = {x: m, y: cube[:, :, ::-1]}
        values = session.run(fetches, feeds) + session.run(fetches, feeds)
        return [value.tobytes() for value in values]


@pytest.fixture(scope="module")
def strided_reference() -> list[bytes]:
    return strided("sync")


@pytest.mark.parametrize("name", SCHEDULERS)
def test_views_give_the_bits_of_the_sync_scheduler(
    name: str, strided_reference: list[bytes], scheduler_named: Callable[[str], Any]
) -> None:
    assert strided(scheduler_named(name)) == strided_reference


def test_a_product_does_not_round_by_who_owns_the_memory() -> None:
    """An array that came from another process looks at bytes that it does not own."""
    x = np.random.default_rng(5).standard_normal((900, 900), dtype=np.float32)
    x.flags.writeable = False
    received = np.ndarray(x.shape, x.dtype, x.tobytes())
    copy = x.T.copy("K")
    product = OPS["matmul"].kernel
    with ONE_THREAD:
        expected = product(x, copy).tobytes()
        assert product(x, x.T).tobytes() == expected
        assert product(received, received.T).tobytes() == expected
        assert product(received, x.T).tobytes() == expected


def blas_threads(*ignored: Any) -> int:
    """How many threads BLAS would use at this moment."""
    return max(
        (
            library["num_threads"]
            for library in threadpoolctl.threadpool_info()
            if library["user_api"] == "blas"
        ),
        default=1,
    )


def test_blas_has_one_thread_in_tasks_and_its_own_number_after_runs(op_of: Any) -> None:
    x = df.placeholder("float64")
    counts = [op_of(blas_threads)(x) for _ in range(4)]

    def work(i: int) -> None:
        with Session("threads", x.graph) as session:
            assert session.run(counts, {x: 1.0}) == [1] * 4

    with threadpoolctl.threadpool_limits(2, user_api="blas"):
        before = blas_threads()
        with ThreadPoolExecutor(3) as pool:  # none of them the thread that set it
            list(pool.map(work, range(6)))
        assert blas_threads() == before
        with Session("sync") as session, ThreadPoolExecutor(1) as pool:
            run = pool.submit(session.run, counts, {x: 1.0})
            assert run.result() == [1] * 4
            assert blas_threads() == before
            assert session.run(counts, {x: 1.0}) == [1] * 4
        assert blas_threads() == before
