"""What a node costs to build and to plan, in graphs of three sizes."""

from __future__ import annotations

import gc
from statistics import median

import daskflow as df
from benchmarks.measure import ratio_text, seconds, table_text, time_text

SIZES = (1_000, 10_000, 100_000)
REPEATS = 5


def table() -> str:
    """The time per node: where the whole is linear, it does not grow with the size.

    Python's garbage collector stays on, as it is for a user, and looks at every node
    again from time to time. That is the rise which is left: without it there is none.
    """
    times = {size: per_node(size) for size in SIZES}
    build, plan = times[SIZES[0]]
    return table_text(
        "Time per node (and beside that of the smallest graph)",
        ("nodes", "build", "ratio", "plan", "ratio"),
        [
            (
                f"{n:,}",
                time_text(b),
                ratio_text(b, build),
                time_text(p),
                ratio_text(p, plan),
            )
            for n, (b, p) in times.items()
        ],
    )


def per_node(size: int) -> tuple[float, float]:
    """The median times to build and to plan a graph of that size, per node."""
    times = [one_graph(size) for _ in range(REPEATS)]
    build, plan = map(median, zip(*times, strict=True))
    return build / size, plan / size


def one_graph(size: int) -> tuple[float, float]:
    """How long it takes to build, and then to plan."""
    ends: list[df.Tensor] = []
    gc.collect()
    with df.Graph().as_default(), df.Session("sync") as session:
        build = seconds(lambda: ends.append(chain(size)))
        plan = seconds(lambda: session.plan(ends))
        assert len(session.plan(ends).nodes) == size
    return build, plan


def chain(size: int) -> df.Tensor:
    """Sums and products in turn, none of which can be folded or merged."""
    x = y = df.placeholder(df.float64)
    for i in range(size):
        y = y * x if i % 2 else y + x
    return y
