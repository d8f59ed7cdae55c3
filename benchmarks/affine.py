"""One run of the affine graph, z = Ax + b, beside the same line of NumPy."""

from __future__ import annotations

import numpy as np

import daskflow as df
from benchmarks.measure import medians, ratio_text, table_text, time_text


def table() -> str:
    """What a run costs where the arithmetic costs nothing."""
    a, b = np.array([[1.0, 0.0], [0.0, -1.0]]), np.array([1.0, 1.0])
    x = np.array([1.0, 2.0])
    with df.Graph().as_default():
        fed = df.placeholder()
        z = df.add(df.matmul(df.Variable(a), fed), df.Variable(b))
        with df.Session("sync") as sync, df.Session("threads") as threads:
            functions = {
                "NumPy": lambda: np.matmul(a, x) + b,
                "daskflow, sync": lambda: sync.run(z, {fed: x}),
                "daskflow, threads": lambda: threads.run(z, {fed: x}),
            }
            for run in functions.values():
                np.testing.assert_array_equal(run(), [2.0, -1.0])
            times = medians(*functions.values())
    rows = [
        (name, time_text(taken), ratio_text(taken, times[0]))
        for name, taken in zip(functions, times, strict=True)
    ]
    return table_text(
        "One run of z = Ax + b, two elements", ("", "time", "ratio"), rows
    )
