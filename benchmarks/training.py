"""One training step of a multi-layer perceptron, beside the same step in NumPy."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from threadpoolctl import threadpool_limits

import daskflow as df
from benchmarks.data import RATE, Array, example
from benchmarks.measure import medians, ratio_text, table_text, time_text

SIZES = [(100, 2, 2, 2), (64, 64, 128, 10), (128, 784, 512, 10)]

Step = Callable[[], float]


def table() -> str:
    """A step is the loss, its gradient and the new weights, in float64.

    NumPy's BLAS is held to one thread too, as daskflow holds it: with more of them
    its times depend on what else the machine does.
    """
    rows = []
    for sizes in SIZES:
        data = example(*sizes)
        with (
            threadpool_limits(1, "blas"),
            df.Graph().as_default(),
            df.Session("sync") as sync,
            df.Session("threads") as threads,
        ):
            step = daskflow_step(*data)
            runs = [numpy_step(*data), step(sync), step(threads)]
            for run in runs[1:]:  # the same computation, or no comparison
                np.testing.assert_allclose(run(), numpy_step(*data)(), rtol=1e-9)
            numpy, *ours = medians(*runs)
        cells = [text for t in ours for text in (time_text(t), ratio_text(t, numpy))]
        rows.append((" x ".join(map(str, sizes)), time_text(numpy), *cells))
    return table_text(
        "One training step (batch x inputs x hidden x classes), BLAS on one thread",
        ("", "NumPy", "sync", "ratio", "threads", "ratio"),
        rows,
    )


def numpy_step(x: Array, c: Array, *weights: Array) -> Step:
    """A step by hand."""
    w1, b1, w2, b2 = (w.copy() for w in weights)

    def step() -> float:
        hidden = 1.0 / (1.0 + np.exp(-(x @ w1 + b1)))
        logits = hidden @ w2 + b2
        powers = np.exp(logits - logits.max(axis=1, keepdims=True))
        p = powers / powers.sum(axis=1, keepdims=True)
        loss = -np.sum(c * np.log(p))
        d_logits = p - c
        d_hidden = d_logits @ w2.T * hidden * (1.0 - hidden)
        for w, d in [
            (w1, x.T @ d_hidden),
            (b1, d_hidden.sum(axis=0)),
            (w2, hidden.T @ d_logits),
            (b2, d_logits.sum(axis=0)),
        ]:
            w -= RATE * d
        return float(loss)

    return step


def daskflow_step(x: Array, c: Array, *weights: Array) -> Callable[[df.Session], Step]:
    """A step of the same network as a graph, for a session to run."""
    points, classes = df.placeholder(df.float64), df.placeholder(df.float64)
    w1, b1, w2, b2 = map(df.Variable, weights)
    p = df.softmax(df.sigmoid(points @ w1 + b1) @ w2 + b2)
    loss = -df.reduce_sum(classes * df.log(p))
    train = df.train.GradientDescentOptimizer(RATE).minimize(loss)
    feeds = {points: x, classes: c}
    return lambda session: lambda: session.run([loss, train], feeds)[0]
