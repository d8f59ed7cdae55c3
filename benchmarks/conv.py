"""One training step of a convolutional network, and what building it takes."""

from __future__ import annotations

from collections.abc import Callable

from threadpoolctl import threadpool_limits

import daskflow as df
from benchmarks.data import Array, convolutional, images
from benchmarks.measure import medians, table_text, time_text

BATCHES = [1, 64]

Step = Callable[[], object]


def table() -> str:
    """A step is the loss, its gradient and the new weights, in float32."""
    rows = []
    for batch in BATCHES:
        data = images(batch)
        with (
            threadpool_limits(1, "blas"),
            df.Graph().as_default(),
            df.Session("sync") as sync,
            df.Session("threads") as threads,
        ):
            times = medians(build(*data), *map(daskflow_step(*data), (sync, threads)))
        rows.append((f"{batch} images of 28 x 28", *map(time_text, times)))
    return table_text(
        "Two convolutions of 5 x 5 (32, 64), dense layers of 1,024 and 10",
        ("", "build", "step, sync", "step, threads"),
        rows,
    )


def build(*data: Array) -> Step:
    """The graph of a step, its gradients and updates included."""

    def built() -> None:
        with df.Graph().as_default():
            convolutional(df, *data)

    return built


def daskflow_step(*data: Array) -> Callable[[df.Session], Step]:
    """A step, for a session to run."""
    fetches, feeds = convolutional(df, *data)

    def step(session: df.Session) -> Step:
        session.run(df.global_variables_initializer())
        return lambda: session.run(fetches, feeds)[0]

    return step
