"""What is compared: cases, and for each the sides in this process that compute it.

The first side is the one that the others are measured by. A peer takes part in a case
if its worker has a function of the same name (`benchmarks/peers`).
"""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from typing import Any

import dask
import dask.threaded
import numpy as np
from dask.task_spec import Task, TaskRef
from distributed import Client, LocalCluster

import daskflow as df
from benchmarks import data
from benchmarks.conv import BATCHES
from benchmarks.conv import daskflow_step as convolutional_step
from benchmarks.measure import Function, Timer, seconds
from benchmarks.nodes import chain as long_chain
from benchmarks.peers.worker import import_time
from benchmarks.training import SIZES, daskflow_step, numpy_step

Sides = dict[str, Timer]
Steps = Mapping[str, tuple[Any, ...]]
"""A graph for Dask: name -> function and arguments, of which a string is a name."""


@dataclass(frozen=True)
class Bar:
    """What is asked of a `side`: at most `limit` seconds, or times what others take."""

    limit: float
    against: tuple[str, ...] = ("NumPy",)
    side: str = "daskflow"
    text: str = ""


@dataclass(frozen=True)
class Case:
    """Something to measure: `sides(stack, *arguments)` gives a timer for each side."""

    title: str
    sides: Callable[..., Sides]
    arguments: tuple[Any, ...] = ()
    bars: tuple[Bar, ...] = ()
    fewest: int = 7
    per: int = 1  # what the times are divided by


def at_most(ratio: float, *against: str) -> tuple[Bar, ...]:
    """daskflow may take so many times the shortest of the others."""
    others = against or ("NumPy",)
    name = others[0] if len(others) == 1 else "the best"
    return (Bar(ratio, others, text=f"≤ {ratio:g} x {name}"),)


def faster(ratio: float) -> tuple[Bar, ...]:
    """daskflow is to be so many times as fast as NumPy in one thread."""
    return (Bar(1.0 / ratio, text=f"≥ {ratio:g} x as fast as NumPy"),)


# Sides


def same(functions: Mapping[str, Function]) -> Sides:
    """Timers of functions that give the same value."""
    expected, *others = [function() for function in functions.values()]
    for value in others:
        np.testing.assert_allclose(value, expected, rtol=1e-4)
    return {name: partial(seconds, function) for name, function in functions.items()}


def running(stack: ExitStack, fetch: Any, feeds: Any = None) -> Function:
    """Runs of a session on threads that knows by now what its nodes cost."""
    session = stack.enter_context(df.Session("threads"))
    for _ in range(20):
        session.run(fetch, feeds)
    return lambda: session.run(fetch, feeds)


def in_dask(steps: Steps) -> dict[str, Function]:
    """Plain Dask on threads with a task per step; `delayed` where it can be built."""
    tasks = {
        key: Task(key, f, *[TaskRef(a) if isinstance(a, str) else a for a in arguments])
        for key, (f, *arguments) in steps.items()
    }
    last = next(reversed(tasks))
    functions: dict[str, Function] = {
        "Dask get": lambda: dask.threaded.get(tasks, last)
    }
    if len(steps) <= 1_000:  # each node copies the graph below it
        nodes: dict[str, Any] = {}
        for key, (f, *arguments) in steps.items():
            taken = [nodes[a] if isinstance(a, str) else a for a in arguments]
            nodes[key] = dask.delayed(f)(*taken)
        functions["Dask delayed"] = lambda: nodes[last].compute(scheduler="threads")
    return functions


def total(*values: Any) -> Any:
    """Their sum."""
    return np.sum(np.stack(values))


# Small


def affine(stack: ExitStack) -> Sides:
    a, x, b = data.affine()
    fed = df.placeholder()
    z = df.add(df.matmul(df.Variable(a), fed), df.Variable(b))
    functions = {
        "NumPy": lambda: np.add(np.matmul(a, x), b),
        "daskflow": running(stack, z, {fed: x}),
        **in_dask({"Ax": (np.matmul, a, x), "z": (np.add, "Ax", b)}),
    }
    return same(functions)


def chain(stack: ExitStack, count: int) -> Sides:
    x = np.float64(0.5)
    fed = end = df.placeholder(df.float64, [])
    for _ in range(count):
        end = end + fed

    def in_numpy() -> np.float64:
        y = x
        for _ in range(count):
            y = np.add(y, x)
        return y

    steps = {str(i): (np.add, str(i - 1) if i else x, x) for i in range(count)}
    return same(
        {
            "NumPy": in_numpy,
            "daskflow": running(stack, end, {fed: x}),
            **in_dask(steps),
        }
    )


def fan(stack: ExitStack, count: int) -> Sides:
    x, fed = np.float64(0.5), df.placeholder(df.float64, [])
    numbers = [np.float64(i) for i in range(count)]
    steps = {f"x + {i}": (np.add, x, i) for i in numbers}
    return same(
        {
            "NumPy": lambda: total(*[np.add(x, i) for i in numbers]),
            "daskflow": running(stack, fan_of(fed, count), {fed: x}),
            **in_dask({**steps, "total": (total, *steps)}),
        }
    )


def fan_of(x: df.Tensor, count: int) -> df.Tensor:
    """The sum of x, x + 1, x + 2, ..."""
    return df.reduce_sum(df.stack([x + float(i) for i in range(count)]))


def first_fan(stack: ExitStack, count: int) -> Sides:
    """The first run of a new graph in a new session, its planning included."""

    def first(calls: int) -> float:
        with df.Graph().as_default(), df.Session("threads") as session:
            x = df.placeholder(df.float64, [])
            end = fan_of(x, count)
            return seconds(lambda: session.run(end, {x: 0.5}))

    return {"daskflow": first}


def training(stack: ExitStack, *sizes: int) -> Sides:
    example = data.example(*sizes)
    step = daskflow_step(*example)(stack.enter_context(df.Session("threads")))
    for _ in range(20):
        step()
    functions = {"NumPy": numpy_step(*example), "daskflow": step}
    return {name: partial(seconds, function) for name, function in functions.items()}


def convolutional(stack: ExitStack, batch: int) -> Sides:
    step = convolutional_step(*data.images(batch))(
        stack.enter_context(df.Session("threads"))
    )
    for _ in range(20):
        step()
    return {"daskflow": partial(seconds, step)}


def first_convolutional(stack: ExitStack, batch: int) -> Sides:
    """The first step of a new network in a new session, with building it."""
    arrays = data.images(batch)

    def first(calls: int) -> float:
        with df.Graph().as_default(), df.Session("threads") as session:
            return seconds(lambda: convolutional_step(*arrays)(session)())

    return {"daskflow": first}


# Large


class Sort(df.Operation):
    """Its input in order."""

    def __init__(self, x: df.Tensor) -> None:
        super().__init__([x])

    def compute(self, x: data.Array) -> data.Array:
        return np.sort(x)


class Fourier(df.Operation):
    """The Fourier transform of its input."""

    def __init__(self, x: df.Tensor) -> None:
        super().__init__([x])

    def compute(self, x: data.Array) -> data.Array:
        return np.fft.rfft(x)


BRANCHES: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {
    "product": (np.matmul, df.matmul),
    "ufuncs": (partial(data.ten, np), partial(data.ten, df)),
    "sort": (np.sort, Sort),
    "fft": (np.fft.rfft, Fourier),
}


def branches(stack: ExitStack, kind: str, count: int) -> Sides:
    """Branches that nothing connects but the sum of the sums of what they give."""
    inputs = data.branch_inputs(kind, count)
    in_numpy, in_daskflow = BRANCHES[kind]

    def branch(*arrays: data.Array) -> Any:
        return np.sum(in_numpy(*arrays))

    ends = [df.reduce_sum(in_daskflow(*map(df.Variable, arrays))) for arrays in inputs]
    steps = {str(i): (branch, *arrays) for i, arrays in enumerate(inputs)}
    return same(
        {
            "NumPy": lambda: total(*[branch(*arrays) for arrays in inputs]),
            "daskflow": running(stack, sum(ends[1:], ends[0])),
            **in_dask({**steps, "total": (total, *steps)}),
        }
    )


def ufuncs(stack: ExitStack) -> Sides:
    x = data.long_input()
    end = data.twelve(df, df.Variable(x))
    functions = {"NumPy": lambda: data.twelve(np, x), "daskflow": running(stack, end)}
    return same(functions)


def mixed(stack: ExitStack, count: int, size: int) -> Sides:
    """Fifty cheap nodes, products of `size` rows side by side, fifty cheap nodes."""
    rng = np.random.default_rng(0)
    matrices = [rng.random((size, size)) for _ in range(count)]
    x, step = np.float64(0.5), np.float64(0.01)
    steps: dict[str, tuple[Any, ...]] = {
        f"trunk {i}": (np.add, f"trunk {i - 1}" if i else x, step) for i in range(50)
    }
    for i, matrix in enumerate(matrices):
        steps[f"scaled {i}"] = (np.multiply, matrix, "trunk 49")
        steps[f"product {i}"] = (np.matmul, f"scaled {i}", matrix)
        steps[f"branch {i}"] = (np.sum, f"product {i}")
    steps["join"] = (total, *[f"branch {i}" for i in range(count)])
    for i in range(50):
        steps[f"end {i}"] = (np.add, f"end {i - 1}" if i else "join", step)

    def ahead(y: Any) -> Any:
        for _ in range(50):
            y = np.add(y, step)
        return y

    def branch(matrix: data.Array, scale: Any) -> Any:
        return np.sum(np.matmul(np.multiply(matrix, scale), matrix))

    def in_numpy() -> Any:
        scale = ahead(x)
        return ahead(total(*[branch(matrix, scale) for matrix in matrices]))

    by_hand = {"trunk": (ahead, x)}
    by_hand |= {str(i): (branch, matrix, "trunk") for i, matrix in enumerate(matrices)}
    by_hand["join"] = (lambda *sums: ahead(total(*sums)), *list(by_hand)[1:])
    fed = df.placeholder(df.float64, [])
    return same(
        {
            "NumPy": in_numpy,
            "daskflow": running(stack, mixed_graph(fed, matrices), {fed: x}),
            "Dask get": in_dask(steps)["Dask get"],
            "Dask get, by hand": in_dask(by_hand)["Dask get"],
        }
    )


def mixed_graph(y: df.Tensor, matrices: Sequence[data.Array]) -> df.Tensor:
    """The graph of `mixed`."""
    for _ in range(50):
        y = y + 0.01
    variables = map(df.Variable, matrices)
    y = df.reduce_sum(df.stack([df.reduce_sum((v * y) @ v) for v in variables]))
    for _ in range(50):
        y = y + 0.01
    return y


# Around a run


def per_node(stack: ExitStack, count: int) -> Sides:
    """Build a chain, plan it, run it for the first time."""
    made: dict[str, Any] = {}

    def build(calls: int) -> float:
        made.clear()
        gc.collect()
        with df.Graph().as_default():
            return seconds(lambda: made.update(end=long_chain(count)))

    def plan(calls: int) -> float:
        made["session"] = df.Session("sync", graph=made["end"].graph)
        return seconds(lambda: made["session"].plan(made["end"]))

    def run(calls: int) -> float:
        [fed] = made["end"].graph.placeholders
        return seconds(lambda: made["session"].run(made["end"], {fed: 0.5}))

    return {"build": build, "plan": plan, "first run": run}


def imports(stack: ExitStack) -> Sides:
    return {
        "dask, numpy": lambda calls: import_time("dask.threaded, numpy"),
        "daskflow": lambda calls: import_time("daskflow"),
    }


def cluster(stack: ExitStack, count: int) -> Sides:
    """On two worker processes: one submit, a run of a chain, a task per node."""
    started = stack.enter_context(
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0")
    )
    client = stack.enter_context(Client(started, set_as_default=False))
    session = stack.enter_context(df.Session(client))
    x = np.float64(0.5)
    fed = end = df.placeholder(df.float64, [])
    for _ in range(count):
        end = end + fed
    for _ in range(20):
        session.run(end, {fed: x})

    def plain() -> Any:
        run = os.urandom(8).hex()  # a key stands for one value
        keys = [f"{run}-{i}" for i in range(count)]
        tasks = {
            key: Task(key, np.add, TaskRef(keys[i - 1]) if i else x, x)
            for i, key in enumerate(keys)
        }
        return client.get(tasks, keys[-1])

    functions: dict[str, Function] = {
        "one submit": lambda: client.submit(np.add, x, x, pure=False).result(),
        "daskflow": lambda: session.run(end, {fed: x}),
        "Dask get": plain,
    }
    return {name: partial(seconds, function) for name, function in functions.items()}


SCALES = (10, 100, 1_000, 10_000)

CASES: dict[str, list[Case]] = {
    "One small run": [Case("z = Ax + b, 2 x 2", affine, bars=at_most(4.0))],
    "Chains of scalar adds": [
        Case(f"{n:,} adds", chain, (n,), at_most(1.3) if n == 1_000 else ())
        for n in SCALES
    ],
    "Fans of scalar adds": [Case(f"{n:,} adds", fan, (n,)) for n in SCALES],
    "First run": [
        Case(
            f"fan of {n:,}",
            first_fan,
            (n,),
            (Bar(0.5, (), text="≤ 0.5 s"),) if n == 10_000 else (),
            fewest=2,
        )
        for n in (1_000, 10_000)
    ],
    "Training steps": [
        Case(" x ".join(map(str, sizes)), training, sizes, at_most(1.2))
        for sizes in SIZES
    ],
    "Convolutional networks": [
        *[Case(f"step of {n} images", convolutional, (n,)) for n in BATCHES],
        Case("building and the first step", first_convolutional, (1,), fewest=2),
    ],
    "Independent branches": [
        Case(f"{count} x {title}", branches, (kind, count), faster(ratio), 5)
        for kind, title, ratio in [
            ("product", "product of 1,500 x 1,500, float32", 1.9),
            ("ufuncs", "ten cheap ufuncs on 4M", 1.7),
            ("sort", "sort of 2M", 1.9),
            ("fft", "FFT of 2M", 1.9),
        ]
        for count in (2, 8)
    ],
    "Elementwise": [Case("12 cheap ufuncs on 10M", ufuncs, bars=faster(5.0))],
    "Cheap trunk, branches, cheap join": [
        Case(
            f"{count} products of {size} x {size}",
            mixed,
            (count, size),
            at_most(1.1, "NumPy", "Dask get", "Dask get, by hand"),
        )
        for count, size in [(2, 400), (8, 200), (8, 60)]
    ],
    "Per node of a chain": [
        Case(
            f"{n:,} nodes",
            per_node,
            (n,),
            (
                Bar(10e-6, (), "build", "≤ 10 µs to build"),
                Bar(30e-6, (), "plan", "≤ 30 µs to plan"),
            ),
            fewest=2 if n > 100_000 else 5,
            per=n,
        )
        for n in (1_000, 10_000, 100_000, 1_000_000)
    ],
    "Import": [Case("in a new process", imports, bars=at_most(1.3, "dask, numpy"))],
    "Cluster of two processes": [
        Case("chain of 100 adds", cluster, (100,), at_most(1.5, "one submit"))
    ],
}
