"""Random graphs: a session gives what NumPy gives, planned or not, to the bit."""

import warnings
from collections.abc import Callable
from typing import Any

import dask
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import daskflow as df
from daskflow import Graph, Session
from daskflow.emit import emit, value_of
from daskflow.plan import plan_of
from daskflow.program import ungrouped

Array = np.ndarray[Any, Any]
Op = tuple[Callable[..., Any], Callable[..., Any]]

UNARY: list[Op] = [
    (df.negative, np.negative),
    (df.abs, np.abs),
    (df.square, np.square),
    (df.sign, np.sign),
    (df.identity, lambda x: x),
    (lambda x: x * 2.0, lambda x: x * 2.0),
    (lambda x: 1.0 - x, lambda x: 1.0 - x),
    (df.exp, np.exp),
    (lambda x: df.log(df.abs(x)), lambda x: np.log(np.abs(x))),
    (lambda x: df.sqrt(df.abs(x)), lambda x: np.sqrt(np.abs(x))),
    (df.zeros_like, np.zeros_like),
]
BINARY: list[Op] = [
    (df.add, np.add),
    (df.subtract, np.subtract),
    (df.multiply, np.multiply),
    (df.divide, np.true_divide),
    (df.maximum, np.maximum),
    (df.minimum, np.minimum),
]


def mean(x: Array, **settings: Any) -> Any:
    with warnings.catch_warnings(action="ignore"):  # the mean of nothing is nan
        return np.mean(x, **settings)


REDUCTIONS: list[Op] = [
    (df.reduce_sum, np.sum),
    (df.reduce_mean, mean),
    (df.reduce_prod, np.prod),
]


class Twin:
    """A tensor, and the array that NumPy has in its place."""

    def __init__(self, tensor: Any, array: Any) -> None:
        # Kernels get arrays in C or Fortran order, and so does NumPy here: it rounds
        # sums in another order where they lie otherwise.
        array = np.asarray(array)
        if not (array.flags.c_contiguous or array.flags.f_contiguous):
            array = np.ascontiguousarray(array)
        self.tensor = tensor
        self.array = array[()] if array.ndim == 0 else array


FLOATS = st.sampled_from(
    [0.0, -0.0, 1.0, -1.0, 0.5, 3.0, 1e-30, 1e30, np.inf, -np.inf, np.nan]
) | st.floats(-10, 10, width=32)
AXES = st.integers(0, 4)


@st.composite
def arrays(draw: Any, dtype: str) -> Array:
    shape = tuple(draw(st.lists(AXES, max_size=3)))
    count = int(np.prod(shape))
    values = draw(st.lists(FLOATS, min_size=count, max_size=count))
    return np.array(values, dtype).reshape(shape)


@st.composite
def graphs(draw: Any) -> tuple[dict[Any, Array], list[Twin]]:
    """The feeds of a random graph, and twins to fetch from it."""
    dtype = draw(st.sampled_from(["float32", "float64"]))
    feeds: dict[Any, Array] = {}
    twins: list[Twin] = []
    for _ in range(draw(st.integers(1, 2))):
        array = draw(arrays(dtype))
        known = draw(st.booleans())
        tensor = df.placeholder(dtype, array.shape if known else None)
        feeds[tensor] = array
        twins.append(Twin(tensor, array))
    for _ in range(draw(st.integers(0, 2))):
        array = draw(arrays(dtype))
        make = draw(st.sampled_from([df.constant, df.Variable]))
        node = make(array)
        twins.append(Twin(node, array))
    for _ in range(draw(st.integers(1, 12))):
        step = draw(st.sampled_from(STEPS))
        twins.append(step(draw, twins))
    count = draw(st.integers(1, 4))
    fetched = [draw(st.sampled_from(twins)) for _ in range(count)] + twins[-1:]
    return feeds, fetched


def unary(draw: Any, twins: list[Twin]) -> Twin:
    of_tensor, of_array = draw(st.sampled_from(UNARY))
    x = draw(st.sampled_from(twins))
    return Twin(of_tensor(x.tensor), of_array(x.array))


def binary(draw: Any, twins: list[Twin]) -> Twin:
    of_tensor, of_array = draw(st.sampled_from(BINARY))
    a = draw(st.sampled_from(twins))
    fitting = [b for b in twins if broadcast(np.shape(a.array), np.shape(b.array))]
    b = draw(st.sampled_from(fitting))
    return Twin(of_tensor(a.tensor, b.tensor), of_array(a.array, b.array))


def broadcast(*shapes: tuple[int, ...]) -> bool:
    try:
        np.broadcast_shapes(*shapes)
    except ValueError:
        return False
    return True


def reduction(draw: Any, twins: list[Twin]) -> Twin:
    of_tensor, of_array = draw(st.sampled_from(REDUCTIONS))
    x = draw(st.sampled_from(twins))
    rank = np.ndim(x.array)
    some = st.lists(st.integers(0, rank - 1), unique=True) if rank else st.just([])
    axis = draw(st.none() | some.map(tuple))
    keepdims = draw(st.booleans())
    return Twin(
        of_tensor(x.tensor, axis, keepdims),
        of_array(x.array, axis=axis, keepdims=keepdims),
    )


def product(draw: Any, twins: list[Twin]) -> Twin:
    pairs = [
        (a, b)
        for a in twins
        for b in twins
        if np.ndim(a.array) == np.ndim(b.array) == 2
        and a.array.shape[1] == b.array.shape[0]
    ]
    if not pairs:
        return unary(draw, twins)
    a, b = draw(st.sampled_from(pairs))
    # A copy: BLAS has another way for a matrix times its own transpose.
    return Twin(df.matmul(a.tensor, b.tensor), a.array @ b.array.copy("K"))


def reshaped(draw: Any, twins: list[Twin]) -> Twin:
    x = draw(st.sampled_from(twins))
    size = np.size(x.array)
    shape = draw(
        st.sampled_from(
            [[-1], [size], [size, 1], [1, size]]
            + [[n, size // n] for n in (2, 3, 4) if size and size % n == 0]
        )
        if size
        else st.sampled_from([[0], [0, 3], [2, 0]])
    )
    return Twin(df.reshape(x.tensor, shape), np.reshape(x.array, shape))


def transposed(draw: Any, twins: list[Twin]) -> Twin:
    x = draw(st.sampled_from(twins))
    perm = draw(st.permutations(range(np.ndim(x.array))))
    return Twin(df.transpose(x.tensor, perm), np.transpose(x.array, perm))


def sliced(draw: Any, twins: list[Twin]) -> Twin:
    ranked = [x for x in twins if np.ndim(x.array)]
    if not ranked:
        return unary(draw, twins)
    x = draw(st.sampled_from(ranked))
    n = np.shape(x.array)[0]
    index: Any = draw(st.slices(n) | (st.integers(-n, n - 1) if n else st.just(...)))
    return Twin(x.tensor[index], x.array[index])


STEPS = [unary, unary, binary, binary, reduction, product, reshaped, transposed, sliced]


def bits(values: Any) -> list[tuple[Any, ...]]:
    """Dtypes, shapes and bits, but for the sign and payload of a nan."""
    found = []
    for value in map(np.asarray, values):
        value = np.where(np.isnan(value), np.array(np.nan, value.dtype), value)
        found.append((value.dtype, value.shape, value.tobytes()))
    return found


def raw_values(fetches: list[Any], feeds: dict[Any, Any]) -> list[Any]:
    """The values by a plan that no pass has touched."""
    graph = df.get_default_graph()
    tensors = [graph.as_graph_element(fetch) for fetch in fetches]
    initializers = {v.tensor.op: v.initializer for v in graph.variables}
    plan = plan_of(graph, tensors, frozenset(feeds), initializers)
    given = {tensor.id: array for tensor, array in feeds.items()}
    tasks = emit(ungrouped(plan), given, "raw")
    return list(
        dask.get(tasks, [value_of(tasks, plan, given, i) for i in plan.fetches])
    )


@settings(max_examples=200)
@given(st.data())
def test_a_random_graph_gives_the_bits_of_numpy_planned_or_not(data: Any) -> None:
    with Graph().as_default(), np.errstate(all="ignore"), Session("sync") as session:
        feeds, twins = data.draw(graphs())
        fetches = [twin.tensor for twin in twins]
        expected = bits(twin.array for twin in twins)
        assert bits(session.run(fetches, feeds)) == expected
        assert bits(session.run(fetches, feeds)) == expected
        assert bits(raw_values(fetches, feeds)) == expected


@pytest.mark.parametrize(
    ("name", "examples"),
    [
        ("threads", 30),
        ("processes", 20),
        pytest.param("cluster", 10, marks=pytest.mark.slow),
    ],
)
def test_a_random_graph_gives_the_same_bits_on_every_scheduler(
    name: str, examples: int, scheduler_named: Callable[[str], Any]
) -> None:
    scheduler = scheduler_named(name)

    @settings(max_examples=examples, database=None)
    @given(st.data())
    def check(data: Any) -> None:
        with (
            Graph().as_default(),
            np.errstate(all="ignore"),
            Session(scheduler) as session,
        ):
            feeds, twins = data.draw(graphs())
            values = session.run([twin.tensor for twin in twins], feeds)
            assert bits(values) == bits(twin.array for twin in twins)

    check()


@settings(max_examples=50)
@given(st.data())
def test_a_random_graph_may_be_fed_anywhere(data: Any) -> None:
    with Graph().as_default(), np.errstate(all="ignore"), Session("sync") as session:
        feeds, twins = data.draw(graphs())
        tensors = [df.convert_to_tensor(twin.tensor) for twin in twins]
        whole = session.run(tensors, feeds)
        cut = data.draw(st.sampled_from(tensors))
        fed = {**feeds, cut: whole[tensors.index(cut)]}
        assert bits(session.run(tensors, fed)) == bits(whole)


# Transactions


class Step:
    """An operation on ints, and what it means: the rules of DESIGN in a few lines."""

    def __init__(
        self, kind: str, variable: int, values: list["Step"], before: list["Step"]
    ) -> None:
        self.kind = kind
        self.variable = variable
        self.values = values
        self.needs = {*values, *before}
        for step in [*values, *before]:
            self.needs |= step.needs
        self.tensor: Any = None

    def seen(self, steps: list["Step"]) -> list["Step"]:
        """The assignments to its variable that an edge puts before it."""
        return [
            s
            for s in steps
            if s in self.needs and s.kind in CHANGES and s.variable == self.variable
        ]


CHANGES = ("assign", "assign_add", "assign_sub")


def meaning(
    steps: list[Step], fetched: list[Step], start: list[int]
) -> tuple[list[int], list[int]]:
    """The values fetched, and the variables after the run."""
    needed = set(fetched).union(*(step.needs for step in fetched))
    now, value = list(start), dict.fromkeys(steps, 0)
    for step in steps:
        if step not in needed:
            continue
        given = [value[s] for s in step.values]
        if step.kind == "read":
            seen = step.seen(steps)
            value[step] = value[seen[-1]] if seen else start[step.variable]
        elif step.kind == "add":
            value[step] = sum(given)
        else:
            delta = given[0]
            changed = {
                "assign": delta,
                "assign_add": now[step.variable] + delta,
                "assign_sub": now[step.variable] - delta,
            }
            value[step] = now[step.variable] = changed[step.kind]
    return [value[step] for step in fetched], now


def made(step: Step, variables: list[Any], before: list[Step]) -> Any:
    """The tensor of a step."""
    w, given = variables[step.variable], [s.tensor for s in step.values]
    with df.control_dependencies([s.tensor for s in before]):
        if step.kind == "read":
            return w.read_value()
        if step.kind == "add":
            return df.add(given[0], given[-1])
        return getattr(w, step.kind)(given[0])


@settings(max_examples=200)
@given(st.data())
def test_random_assignments_and_reads_mean_what_the_rules_say(data: Any) -> None:
    start = data.draw(st.lists(st.integers(-9, 9), min_size=1, max_size=2))
    with Graph().as_default(), Session("sync") as session:
        variables = [df.Variable(np.int64(value)) for value in start]
        steps: list[Step] = []
        for _ in range(data.draw(st.integers(1, 10))):
            variable = data.draw(st.integers(0, len(variables) - 1))
            kind = data.draw(st.sampled_from(["read", "add", *CHANGES]))
            if not steps:
                kind = "read"
            some = st.lists(st.sampled_from(steps), max_size=2, unique=True)
            before = data.draw(some) if steps else []
            count = {"read": 0, "add": 2}.get(kind, 1)
            values = [data.draw(st.sampled_from(steps)) for _ in range(count)]
            step = Step(kind, variable, values, before)
            step.tensor = made(step, variables, before)
            steps.append(step)
        for _ in range(2):  # the first of them initializes the variables too
            fetched = data.draw(st.lists(st.sampled_from(steps), min_size=1))
            values, start = meaning(steps, fetched, start)
            assert session.run([step.tensor for step in fetched]) == values
            assert session.run(variables) == start
