"""One session in many threads: nothing is lost, torn or waited for needlessly."""

import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from dask.diagnostics import Callback, Profiler

import daskflow as df
from daskflow import Graph, Operation, Session, errors
from daskflow.session import _keep

WAIT = 30  # seconds before a thread that should have come counts as missing


@pytest.fixture
def threads() -> Iterator[Session]:
    with Session("threads") as session:
        yield session


class meeting(Operation):
    """Says that it has begun, waits until it may go on, gives its first input."""

    def __init__(self, *inputs: Any) -> None:
        super().__init__(inputs)
        self.begun = threading.Event()
        self.may_go_on = threading.Event()

    def compute(self, value: Any, *others: Any) -> Any:
        self.begun.set()
        assert self.may_go_on.wait(WAIT)
        return value


@pytest.fixture
def hasty() -> Iterator[None]:
    """Threads that take turns as often as Python lets them."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)


def in_threads(count: int, work: Callable[[int], Any]) -> list[Any]:
    """`work(i)` in `count` threads that start together."""
    start = threading.Barrier(count)

    def begin(i: int) -> Any:
        start.wait(WAIT)
        return work(i)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(begin, range(count)))


@pytest.mark.parametrize("scheduler", ["sync", "threads"])
def test_sixteen_threads_lose_no_update(scheduler: str) -> None:
    w = df.Variable(np.zeros(3, "int64"))
    step = w.assign_add(np.ones(3, "int64"))
    with Session(scheduler) as session:
        seen = in_threads(16, lambda i: [session.run(step)[0] for _ in range(25)])
        assert sorted(n for part in seen for n in part) == list(range(1, 401))
        assert session.run(w).tolist() == [400] * 3


@pytest.mark.slow
def test_threads_on_a_cluster_lose_no_update(client: Any) -> None:
    w = df.Variable(0)
    step = w.assign_add(1)
    with Session(client) as session:
        in_threads(4, lambda i: [session.run(step) for _ in range(4)])
        assert session.run(w) == 16


@pytest.mark.usefixtures("hasty")
def test_variables_written_together_are_seen_together(threads: Session) -> None:
    v, w = df.Variable(0), df.Variable(0)
    both = df.group(v.assign_add(1), w.assign_add(1))
    fetches = [v, w + 0, v * 1]

    def work(i: int) -> Any:
        if i < 2:
            return [threads.run(both) for _ in range(50)]
        return [threads.run(fetches) for _ in range(50)]

    for seen in in_threads(6, work)[2:]:
        assert all(len(set(values)) == 1 for values in seen)
        assert seen == sorted(seen)  # and time never goes back
    assert threads.run(v) == 100


def test_a_first_use_in_many_threads_draws_once(threads: Session) -> None:
    w = df.Variable(df.random_normal([100]))
    values = in_threads(8, lambda i: threads.run(w).tobytes())
    assert len(set(values)) == 1


def test_readers_do_not_wait_for_a_writer(threads: Session) -> None:
    w = df.Variable(1.0)
    write = meeting(w)
    step = w.assign(write + 1.0)
    threads.run(w)
    with ThreadPoolExecutor(1) as pool:
        writer = pool.submit(threads.run, step)
        try:
            assert write.begun.wait(WAIT)
            assert threads.run(w * 10.0) == 10.0
            assert not writer.done()
        finally:
            write.may_go_on.set()
        assert writer.result(WAIT) == 2.0
    assert threads.run(w) == 2.0


def test_writers_take_turns(threads: Session) -> None:
    w = df.Variable(1.0)
    slow = meeting(w)
    first, second = w.assign(slow * 10.0), w.assign_add(1.0)
    threads.run(w)
    with ThreadPoolExecutor(2) as pool:
        writer = pool.submit(threads.run, first)
        assert slow.begun.wait(WAIT)
        other = pool.submit(threads.run, second)
        assert not other.done()
        slow.may_go_on.set()
        assert [writer.result(WAIT), other.result(WAIT)] == [10.0, 11.0]


def test_sessions_do_not_wait_for_each_other(threads: Session) -> None:
    w = df.Variable(1.0)
    slow = meeting(w)
    step = w.assign(slow.output)
    with ThreadPoolExecutor(1) as pool:
        writer = pool.submit(threads.run, step)
        assert slow.begun.wait(WAIT)
        with Session("threads") as other:
            assert other.run(w.assign_add(5.0)) == 6.0
        slow.may_go_on.set()
        assert writer.result(WAIT) == 1.0


def test_independent_branches_overlap(threads: Session) -> None:
    class nap(Operation):
        def __init__(self, x: Any) -> None:
            super().__init__([x])

        def compute(self, x: Any) -> Any:
            time.sleep(0.3)  # this is the work
            return x

    x = df.placeholder("float64")
    left, right = nap(x), nap(x)
    with Profiler() as profiler:
        assert threads.run(left + right, {x: 1.0}) == 2.0
    tasks = {row.key[0]: row for row in profiler.results}
    a, b = tasks[left.name], tasks[right.name]
    overlap = min(a.end_time, b.end_time) - max(a.start_time, b.start_time)
    assert overlap > 0.2
    assert a.worker_id != b.worker_id


def test_two_branches_can_meet_while_they_run(threads: Session) -> None:
    meeting_point = threading.Barrier(2)

    class meets(Operation):
        def __init__(self, x: Any) -> None:
            super().__init__([x])

        def compute(self, x: Any) -> Any:
            meeting_point.wait(WAIT)
            return x

    x = df.placeholder("float64")
    assert threads.run(meets(x) + meets(x), {x: 1.0}) == 2.0


def test_no_task_is_still_running_when_a_run_has_failed(threads: Session) -> None:
    running, ended = threading.Event(), threading.Event()

    class slow(Operation):
        def __init__(self, x: Any) -> None:
            super().__init__([x])

        def compute(self, x: Any) -> Any:
            running.set()
            time.sleep(0.3)  # longer than the error takes to arrive
            ended.set()
            return x

    class fails(Operation):
        def __init__(self, x: Any) -> None:
            super().__init__([x])

        def compute(self, x: Any) -> Any:
            assert running.wait(WAIT)
            raise ValueError("no")

    x = df.placeholder("float64")
    late = slow(slow(x))
    with pytest.raises(errors.InvalidArgumentError, match="ValueError: no"):
        threads.run([late, fails(x)], {x: 1.0})
    assert ended.is_set()
    ended.clear()
    assert threads.run(x + 1.0, {x: 1.0}) == 2.0
    assert not ended.is_set()  # what had not begun never did


def test_a_session_may_be_closed_while_it_runs() -> None:
    x = df.constant(1.0)
    slow = meeting(x)
    late = slow + 1.0
    session = Session("threads")
    with ThreadPoolExecutor(2) as pool:
        run = pool.submit(session.run, late)
        assert slow.begun.wait(WAIT)
        closing = pool.submit(session.close)
        slow.may_go_on.set()
        closing.result(WAIT)
        # It had time to end, or says why it did not; it never hangs.
        error = run.exception(WAIT)
    assert error is None or isinstance(error, errors.SessionError)
    with pytest.raises(errors.SessionError, match="closed"):
        session.run(late)


def test_threads_start_without_a_default_graph_or_session(threads: Session) -> None:
    graph = df.get_default_graph()

    def look(i: int) -> tuple[Any, Any]:
        assert df.get_default_session() is None
        with pytest.raises(errors.NoSessionError, match="in this thread"):
            df.constant(1.0).eval()
        df.reset_default_graph()
        own = df.get_default_graph()
        x = df.constant(float(i))
        with Session("sync") as session:
            assert df.get_default_session() is session
            assert x.eval() == i
        assert len(own.get_operations()) == 1
        return own, x.graph

    found = in_threads(4, look)
    assert all(own is of_x and own is not graph for own, of_x in found)
    assert len({id(own) for own, _ in found}) == 4
    assert df.get_default_graph() is graph
    assert df.get_default_session() is threads


def test_open_scopes_belong_to_their_thread() -> None:
    graph = Graph()
    inside = threading.Barrier(8)

    def enter(i: int) -> Any:
        with graph.as_default():
            first = df.constant(0.0)
            with graph.name_scope(f"scope{i}"), graph.control_dependencies([first]):
                inside.wait(WAIT)
                second = df.constant(0.0, name="c")
                inside.wait(WAIT)
            return second.op.name, second.op.control_inputs == (first.op,)

    assert in_threads(8, enter) == [(f"scope{i}/c", True) for i in range(8)]


@pytest.mark.usefixtures("hasty")
def test_operations_made_in_many_threads_get_numbers_and_names_of_their_own() -> None:
    graph = Graph()

    def work(i: int) -> None:
        with graph.as_default():
            for _ in range(300):
                df.no_op(name="Same")
                df.no_op(name="same")

    in_threads(4, work)
    operations = graph.get_operations()
    assert [op._id for op in operations] == list(range(2400))
    assert len({op.name.lower() for op in operations}) == 2400
    assert all(graph.get_operation_by_name(op.name) is op for op in operations)


@pytest.mark.usefixtures("hasty")
def test_a_graph_may_grow_in_threads_while_others_run(threads: Session) -> None:
    graph = df.get_default_graph()
    x = df.placeholder("float64")
    w = df.Variable(0.0)

    def work(i: int) -> None:
        with graph.as_default():
            y = x
            for n in range(1, 21):
                y = y + float(i)
                v = df.Variable(float(n))
                assert threads.run([y, v], {x: 1.0}) == [1.0 + n * i, n]
                threads.run(w.assign_add(1.0))

    in_threads(6, work)
    operations = graph.get_operations()
    assert [op._id for op in operations] == list(range(len(operations)))
    assert len({op.name.lower() for op in operations}) == len(operations)
    assert len(graph.variables) == 121
    assert threads.run(w) == 120.0


def test_random_numbers_of_concurrent_runs_are_all_different(threads: Session) -> None:
    x = df.random_normal([4])
    drawn = in_threads(8, lambda i: [threads.run(x).tobytes() for _ in range(20)])
    assert len({value for part in drawn for value in part}) == 160


@pytest.mark.usefixtures("hasty")
def test_an_attribute_may_be_set_while_others_run(threads: Session) -> None:
    class scale(Operation):
        def __init__(self, x: Any) -> None:
            super().__init__([x])
            self.factor = 0

        def compute(self, x: Any) -> Any:
            return self.factor * x

    y = scale(df.constant(1.0))

    def work(i: int) -> Any:
        if i == 0:
            for n in range(1, 201):
                y.factor = n
            return []
        return [threads.run(y) for _ in range(40)]

    for seen in in_threads(4, work):
        assert seen == sorted(seen)
    assert threads.run(y) == 200.0


def test_a_scheduler_that_fails_is_not_taken_for_a_class_that_cannot_travel(
    threads: Session,
) -> None:
    def fail(*state: Any) -> None:
        raise RuntimeError("no task today")

    class locked(Operation):
        def __init__(self, x: Any) -> None:
            super().__init__([x])
            self.lock = threading.Lock()

        def compute(self, x: Any) -> Any:
            return x

    y = locked(df.constant(1.0))
    with Callback(pretask=fail), pytest.raises(errors.UnknownError, match="today"):
        threads.run(y)
    assert threads.run(y) == 1.0


@pytest.mark.usefixtures("hasty")
def test_kept_plans_are_bounded_in_many_threads(
    threads: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("daskflow.session.KEPT_PLANS", 3)
    x = df.placeholder("float64")
    ys = [x + float(i) for i in range(20)]

    def work(i: int) -> list[Any]:
        return [threads.run(y, {x: 1.0}) for y in ys]

    assert in_threads(4, work) == [[1.0 + i for i in range(20)]] * 4
    assert len(threads._prepared) <= 3


@pytest.mark.usefixtures("hasty")
def test_what_is_kept_may_be_forgotten_in_many_threads() -> None:
    kept: dict[Any, int] = {}

    def work(i: int) -> None:
        for n in range(20_000):
            _keep(kept, (i, n), n, 2)

    in_threads(4, work)
    assert len(kept) <= 2
