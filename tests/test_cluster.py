"""Variables that live on workers: none is lost, aliased, or held for too long."""

import os
import signal
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import dask
import numpy as np
import psutil
import pytest
from distributed import Client, LocalCluster

import daskflow as df
from daskflow import Graph, Session, errors
from daskflow.cluster import Cluster
from daskflow.remote import Remote
from daskflow.schedulers import Connection

pytestmark = pytest.mark.slow

WAIT = 60  # seconds before what should have come counts as missing


@pytest.fixture(scope="module")
def nearby() -> Iterator[Client]:
    """A cluster in this process, which shares its memory and keeps no long logs."""
    with (
        dask.config.set({"distributed.admin.low-level-log-length": 10}),
        LocalCluster(
            n_workers=1,
            processes=False,
            threads_per_worker=2,
            dashboard_address="127.0.0.1:0",
        ) as cluster,
        Client(cluster, set_as_default=False) as client,
    ):
        yield client


@pytest.fixture
def session(nearby: Client) -> Iterator[Session]:
    """A session whose variables are all on workers."""
    with Session(nearby, keep_on_workers=1) as session:
        yield session


def keys_on(client: Client) -> list[Any]:
    return list(client.run_on_scheduler(lambda dask_scheduler: [*dask_scheduler.tasks]))


def eventually(condition: Callable[[], Any]) -> None:
    """Wait for what comes by itself, but in another thread or process."""
    end = time.monotonic() + WAIT
    while not condition():
        assert time.monotonic() < end, f"not in {WAIT} seconds"
        time.sleep(0.02)


def frozen(value: Any) -> Any:
    array = np.array(value)
    array.flags.writeable = False
    return array


def lose(session: Session) -> None:
    """Have the scheduler forget every version that the session has there."""
    remote = session._state.remote
    assert remote, "no variable is on a worker"
    session._scheduler.client.cancel([r.future for r in remote.values()], force=True)
    eventually(lambda: all(r.future.cancelled() for r in remote.values()))


@pytest.fixture
def no_snapshots(monkeypatch: pytest.MonkeyPatch) -> None:
    """What gets lost is made again from the very first commit."""
    monkeypatch.setattr("daskflow.state.SOONEST", 1e9)


# What the scheduler keeps


def plain() -> Any:
    """A variable from itself."""
    w = df.Variable(np.zeros(4))
    step = w.assign_add(np.ones(4))
    return lambda session: session.run(step.op)


def first_made_of_a_frozen_feed() -> Any:
    """Its first version depends on what never goes."""
    x, feed = df.placeholder("float64"), frozen(np.ones(4))
    step = df.Variable(np.zeros(4)).assign_add(x)
    return lambda session: session.run(step.op, {x: feed})


def assigned_from_a_frozen_feed() -> Any:
    """Now and then it is made of the feed alone."""
    x, feed = df.placeholder("float64"), frozen(np.ones(4))
    w = df.Variable(np.zeros(4))
    fresh, step = w.assign(x * 2.0), w.assign_add(np.ones(4))

    def run(session: Session) -> None:
        if session._state.commits in (2, 3):
            session.run(fresh.op, {x: feed})
        session.run(step.op)

    return run


def assigned_from_new_feeds() -> Any:
    """It never reads itself."""
    x = df.placeholder("float64")
    step = df.Variable(np.zeros(4)).assign(x * 2.0)
    return lambda session: session.run(step.op, {x: np.ones(4)})


def beside_a_frozen_variable() -> Any:
    """Another variable is read by each step, and by its own initial value."""
    v = df.Variable(np.ones(4))
    step = df.Variable(v * 2.0).assign_add(v)

    def run(session: Session) -> None:
        if not session._state.commits:
            session.run(v)
        session.run(step.op)

    return run


def from_one_to_the_other() -> Any:
    """One is made of the feed alone, the other of both."""
    x, feed = df.placeholder("float64"), frozen(np.ones(4))
    a, b = df.Variable(np.zeros(4)), df.Variable(np.zeros(4))
    steps = [a.assign(x * 3.0), b.assign_add(a)]

    def run(session: Session) -> None:
        session.run(steps[0].op, {x: feed})
        session.run(steps[1].op)

    return run


def one_that_follows() -> Any:
    """A copy is taken of one that then rests, and goes its own way."""
    w, copy = df.Variable(np.zeros(4)), df.Variable(np.zeros(4))
    step, sync, own = w.assign_add(np.ones(4)), copy.assign(w), copy.assign(copy * 2.0)

    def run(session: Session) -> None:
        if session._state.commits < 3:
            session.run(step.op)
            session.run(sync.op)
        session.run(own.op)

    return run


def large_and_small() -> Any:
    """A number that stays in the session goes along."""
    w, n = df.Variable(np.zeros(64)), df.Variable(np.float64(0.0))
    step = df.group(w.assign_add(df.ones([64], "float64") * n), n.assign_add(1.0))
    return lambda session: session.run(step)


PATTERNS = [
    plain,
    first_made_of_a_frozen_feed,
    assigned_from_a_frozen_feed,
    assigned_from_new_feeds,
    beside_a_frozen_variable,
    from_one_to_the_other,
    one_that_follows,
    large_and_small,
]


@pytest.mark.parametrize("pattern", PATTERNS)
def test_the_scheduler_keeps_no_past(nearby: Client, pattern: Any) -> None:
    run = pattern()
    with Session(nearby, keep_on_workers=32) as s:
        for _ in range(40):
            run(s)
        # A version or two of each variable, what was fed, a snapshot on its way.
        eventually(lambda: len(keys_on(nearby)) <= 6)
    eventually(lambda: not keys_on(nearby))


def test_sessions_and_clients_share_a_scheduler(nearby: Client) -> None:
    runs, sessions = [], []
    with ExitStack() as stack:
        for i in range(4):
            client = nearby
            if i % 2:
                client = stack.enter_context(
                    Client(nearby.scheduler.address, set_as_default=False)
                )
            stack.enter_context(Graph().as_default())
            w = df.Variable(np.full(4, float(i)), name="w")
            runs.append(w.assign_add(np.ones(4), name="step"))
            session = Session(client, w.graph, keep_on_workers=1)
            sessions.append(stack.enter_context(session))
        for n in range(1, 31):
            for i, (s, step) in enumerate(zip(sessions, runs, strict=True)):
                assert s.run(step)[0] == i + n
        eventually(lambda: len(keys_on(nearby)) <= 3 * len(sessions))
    eventually(lambda: not keys_on(nearby))


def test_a_thousand_steps_leave_nothing_behind(
    nearby: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("daskflow.cluster.OLDEST", 50)
    w = df.Variable(np.zeros(1 << 12))
    step = w.assign_add(np.ones(1 << 12)).op
    process, [worker] = psutil.Process(), nearby.cluster.workers.values()
    with Session(nearby, keep_on_workers=1) as session:
        found = []
        for i in range(1_000):
            session.run(step)
            if i in (199, 999):
                eventually(lambda: len(keys_on(nearby)) <= 4)
                assert len(worker.state.tasks) < 60
                found.append(process.memory_info().rss / 2**20)
        assert session.run(w)[0] == 1_000
        assert len(session._cluster._history) < 500
    # 800 versions are 25 MiB, and what Dask keeps of 800 tasks is 10.
    assert found[1] - found[0] < 12, f"{found} MiB"


def test_a_closed_session_has_nothing_on_workers(nearby: Client) -> None:
    x, feed = df.placeholder("float64"), frozen(np.ones(4))
    step = df.Variable(np.zeros(4)).assign_add(x)
    session = Session(nearby, keep_on_workers=1)
    for _ in range(3):
        session.run(step, {x: feed})
    assert keys_on(nearby)
    session.close()
    eventually(lambda: not keys_on(nearby))  # though `session` is still there
    assert nearby.status == "running"


def test_a_session_may_be_closed_while_a_snapshot_is_taken(
    nearby: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, closed, ended = (threading.Event() for _ in range(3))
    fetched, snapshot = Cluster.fetched, Cluster._snapshot

    def late(self: Cluster, values: Any, deadline: Any = None) -> Any:
        if threading.current_thread() is not threading.main_thread():
            begun.set()
            assert closed.wait(WAIT)
        return fetched(self, values, deadline)

    def noticed(self: Cluster, state: Any) -> None:
        snapshot(self, state)
        ended.set()

    monkeypatch.setattr(Cluster, "fetched", late)
    monkeypatch.setattr(Cluster, "_snapshot", noticed)
    monkeypatch.setattr("daskflow.state.SOONEST", 0.0)
    w = df.Variable(np.zeros(4))
    with Session(nearby, keep_on_workers=1) as session:
        for _ in range(4):
            session.run(w.assign_add(np.ones(4)).op)
        assert begun.wait(WAIT)
    closed.set()
    assert ended.wait(WAIT)
    eventually(lambda: not keys_on(nearby))


# What is lost


@pytest.mark.parametrize("pattern", PATTERNS)
def test_what_is_lost_is_made_again(nearby: Client, pattern: Any) -> None:
    run = pattern()
    variables = list(df.get_default_graph().variables)
    with Session(nearby, keep_on_workers=32) as s, Session("sync") as undisturbed:
        for i in range(12):
            run(s)
            run(undisturbed)
            if i % 4 == 3 and s._state.remote:
                lose(s)
        assert s._state.commits == undisturbed._state.commits
        wanted = undisturbed.run(variables)
        for one, other in zip(s.run(variables), wanted, strict=True):
            np.testing.assert_array_equal(one, other)


def test_a_replay_that_is_lost_too_uses_up_no_number_of_a_run(
    session: Session, monkeypatch: pytest.MonkeyPatch, no_snapshots: None
) -> None:
    w = df.Variable(np.zeros(4))
    step = w.assign_add(df.random_normal([4], dtype="float64"))
    submit, failures = Cluster.submit, iter([False, True, True, True, False])

    def unreliable(self: Cluster, *arguments: Any, **settings: Any) -> Any:
        if next(failures, False):
            raise ConnectionError("lost once more")
        return submit(self, *arguments, **settings)

    with Session("sync") as undisturbed:
        for _ in range(4):
            assert np.array_equal(session.run(step), undisturbed.run(step))
        lose(session)
        # The run fails, then the first, second and only then the fourth of the replay.
        monkeypatch.setattr(Cluster, "submit", unreliable)
        for _ in range(4):
            assert np.array_equal(session.run(step), undisturbed.run(step))
        assert session._runs == undisturbed._runs == 8


def feeds() -> dict[str, tuple[Any, Callable[[Any], None]]]:
    """What may be fed, and how the user changes it afterwards."""
    memory = np.ones(4)
    view = memory.view()
    view.flags.writeable = False

    class Foreign:
        def __init__(self) -> None:
            self.array = np.ones(4)

        def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
            return self.array

    return {
        "array": (np.ones(4), lambda feed: feed.fill(-9.0)),
        "view": (view, lambda feed: memory.fill(-9.0)),
        "list": ([1.0] * 4, lambda feed: feed.__setitem__(0, -9.0)),
        "foreign": (Foreign(), lambda feed: feed.array.fill(-9.0)),
    }


@pytest.mark.parametrize("name", [*feeds()])
def test_the_log_has_feeds_of_its_own(
    session: Session, name: str, no_snapshots: None
) -> None:
    feed, change = feeds()[name]
    x, w = df.placeholder("float64"), df.Variable(np.zeros(4))
    add, double = w.assign_add(x).op, w.assign(w * 2.0).op
    session.run(w)
    session.run(add, {x: feed})
    session.run(double)
    change(feed)
    lose(session)
    assert session.run(w).tolist() == [2.0] * 4


def test_values_that_were_loaded_are_made_again(
    session: Session, no_snapshots: None
) -> None:
    w = df.Variable(np.zeros(4))
    step = w.assign_add(np.ones(4)).op
    session.run(step)
    session.run(step)
    session.load({w: np.full(4, 10.0)})
    session.run(step)
    lose(session)
    assert session.run(w).tolist() == [11.0] * 4


def test_many_threads_that_meet_one_loss_get_back_what_is_lost_once(
    session: Session, no_snapshots: None
) -> None:
    w = df.Variable(np.zeros(4))
    step = w.assign_add(np.ones(4)).op
    for _ in range(3):
        session.run(step)
    lose(session)
    in_threads(8, lambda i: session.run(w))
    in_threads(8, lambda i: session.run(step))
    assert session.run(w).tolist() == [11.0] * 4
    # A thread may have begun with what was lost a moment before it was there again.
    assert session._cluster.restorations <= 2


def in_threads(count: int, work: Callable[[int], Any]) -> None:
    """`work(i)` in threads that start together; the first error is raised."""
    start, raised = threading.Barrier(count), []

    def begin(i: int) -> None:
        start.wait(WAIT)
        try:
            work(i)
        except BaseException as error:
            raised.append(error)

    workers = [threading.Thread(target=begin, args=(i,)) for i in range(count)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(2 * WAIT)
    if raised:
        raise raised[0]
    assert not any(worker.is_alive() for worker in workers), "a thread hangs"


@pytest.mark.parametrize("kills", [0, 2])
def test_no_update_of_many_threads_is_lost(client: Client, kills: int) -> None:
    w, n = df.Variable(np.zeros(256)), df.Variable(0.0)
    step = df.group(w.assign_add(np.ones(256)), n.assign_add(1.0))

    def work(i: int) -> None:
        if i < 16:
            for _ in range(10):
                session.run(step)
        else:
            time.sleep(0.3 + i - 16)
            os.kill(min(client.run(os.getpid).values()), signal.SIGKILL)

    with Session(client, keep_on_workers=1024) as session:
        session.run(step)
        session.run(step)
        assert session._state.remote
        in_threads(16 + kills, work)
        assert [session.run(w)[0], session.run(n)] == [162.0, 162.0]
        assert session._state.commits == 162
    client.wait_for_workers(2, timeout=WAIT)
    eventually(lambda: not keys_on(client))


@pytest.mark.parametrize("lost", [False, True])
def test_what_looks_at_variables_finds_those_on_workers(
    session: Session, lost: bool, tmp_path: Path
) -> None:
    w = df.Variable(np.zeros(4), name="w")
    step, y = w.assign_add(np.ones(4)), w * 2.0
    saver = df.train.Saver()

    def version() -> Any:
        [value] = session.versions([w])[0].values()
        assert not value.flags.writeable
        return value * 2.0

    def saved() -> Any:
        path = saver.save(session, str(tmp_path / "model"))
        with Session("sync") as other:
            saver.restore(other, path)
            return other.run(y)

    def verified() -> Any:
        session.verify([y, step, w * 3.0])
        return session.run(y)

    def explained() -> Any:
        assert "multiply" in session.explain(y)
        return session.run(y)

    def computed() -> Any:
        with session.as_default():
            return dask.compute(y, scheduler="sync")[0]

    for i, look in enumerate([version, saved, verified, explained, computed]):
        session.run(step)
        session.run(step)
        assert type(session._state.values["w"]) is Remote
        if lost:
            lose(session)
        assert look().tolist() == [4.0 * (i + 1)] * 4


# What is whose


def test_nobody_else_can_write_to_a_variable(session: Session) -> None:
    x, w = df.placeholder("float64"), df.Variable(np.zeros(4))
    fed = np.ones(4)
    session.run(w)
    session.run(w.assign(x).op, {x: fed})
    assert type(next(iter(session._state.values.values()))) is Remote
    fed.fill(-1.0)
    assert session.run(w).tolist() == [1.0] * 4
    step = w.assign_add(np.ones(4))
    fetches = [step, w, df.identity(step), df.reshape(step, [2, 2]), step * 1.0]
    for value in session.run(fetches):
        value.fill(-1.0)
    assert session.run(w).tolist() == [2.0] * 4


def test_a_variable_may_be_named_as_anything(session: Session) -> None:
    """The key of a version is not that of what fetches it."""
    for name in ("fetch", "variable", "fetched"):
        w = df.Variable(np.zeros(4))
        step = w.assign_add(np.ones(4), name=name).op
        for i in range(1, 5):
            assert session.run([step, w, df.identity(w)])[1][0] == i - 1
        assert session.run(w)[0] == 4


# Feeds


@pytest.fixture
def put(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The sizes of what is put on workers."""
    sizes: list[int] = []
    put = Connection.put

    def noted(self: Connection, array: Any, deadline: float | None = None) -> Any:
        sizes.append(array.nbytes)
        return put(self, array, deadline)

    monkeypatch.setattr(Connection, "put", noted)
    return sizes


LARGE = 3 << 20  # bytes


def test_a_large_read_only_feed_is_sent_once(client: Client, put: list[int]) -> None:
    x, n = df.placeholder("uint8"), df.placeholder("uint8", [])
    y = df.reduce_max(x + n)
    feed = frozen(np.ones(LARGE, "uint8"))
    with Session(client) as session:
        for i in range(4):
            assert session.run(y, {x: feed, n: i}) == 1 + i
        assert put == [LARGE]
        assert [key for key in keys_on(client) if "ndarray" in str(key)]
        del feed
        eventually(lambda: not keys_on(client))


def test_a_large_feed_that_may_change_is_sent_each_time(
    client: Client, put: list[int]
) -> None:
    x = df.placeholder("uint8")
    y = df.reduce_max(x)
    feed = np.ones(LARGE, "uint8")
    with Session(client) as session:
        for i in range(3):
            feed[7] = 10 + i
            assert session.run(y, {x: feed}) == 10 + i
        assert put == [LARGE] * 3
        eventually(lambda: not keys_on(client))


def test_a_small_feed_goes_along_with_the_run(client: Client, put: list[int]) -> None:
    x = df.placeholder("uint8")
    with Session(client) as session:
        feed = frozen(np.ones(1000, "uint8"))
        assert session.run(df.reduce_max(x), {x: feed}) == 1
    assert not put


def test_nothing_warns_of_a_large_graph(client: Client) -> None:
    x, w = df.placeholder("float32"), df.Variable(np.ones(4_000_000, np.float32))
    feed = np.ones(4_000_000, np.float32)  # 15 MiB; Dask warns of more than 10
    with Session(client) as session:
        session.run(w)
        warnings.simplefilter("error")  # for this test, and after the session's own
        assert session.run(df.reduce_max(w.assign_add(x)), {x: feed}) == 2.0
        assert session.run(df.reduce_max(w.assign_add(x)), {x: frozen(feed)}) == 3.0


# Limits


def waits_for(go: Path) -> Callable[[Any], Any]:
    """Gives its input as soon as there is that file; touches another when it begins."""

    def wait(value: Any) -> Any:
        go.with_suffix(".begun").touch()
        end = time.monotonic() + 100
        while not go.exists() and time.monotonic() < end:
            time.sleep(0.01)
        return value

    return wait


@contextmanager
def gives_up(seconds: float) -> Iterator[None]:
    began = time.monotonic()
    with pytest.raises(errors.DeadlineExceededError, match="no variable has changed"):
        yield
    assert seconds <= time.monotonic() - began < seconds + 20


@pytest.mark.parametrize("name", ["sync", "threads", "processes", "cluster"])
def test_a_run_that_takes_too_long_never_was(
    scheduler_named: Any, name: str, op_of: Any, tmp_path: Path
) -> None:
    go = tmp_path / "go"
    x, w, draw = df.placeholder("float64"), df.Variable(1.0), df.random_uniform([])
    late = [w.assign_add(df.cast(op_of(waits_for(go))(x), "float32")), draw]
    scheduler = scheduler_named(name)
    with Session(scheduler) as session, Session("sync") as undisturbed:
        assert session.run([w, draw]) == undisturbed.run([w, draw])
        with gives_up(1.0):
            session.run(late, {x: 1.0}, timeout=1.0)
        if name == "cluster":
            eventually(lambda: not keys_on(scheduler))
        go.touch()
        assert session.run([w, draw]) == undisturbed.run([w, draw])
        assert session.run(late, {x: 1.0}) == undisturbed.run(late, {x: 1.0})
        session.timeout = WAIT
        assert session.run(late, {x: 1.0}) == undisturbed.run(late, {x: 1.0})
        assert session._runs == undisturbed._runs


def test_a_limit_counts_the_wait_for_a_turn(op_of: Any, tmp_path: Path) -> None:
    go, w = tmp_path / "go", df.Variable(1.0)
    slow = w.assign(df.cast(op_of(waits_for(go))(w), "float32") * 10.0)
    step = w.assign_add(1.0)
    with Session("threads") as session:
        session.run(w)
        writer = threading.Thread(target=session.run, args=(slow,))
        writer.start()
        eventually((tmp_path / "go.begun").exists)
        with gives_up(0.5):
            session.run(step, timeout=0.5)
        go.touch()
        writer.join(WAIT)
        assert session.run(step, timeout=WAIT) == 11.0


@contextmanager
def stopped(pids: list[int]) -> Iterator[None]:
    """Processes that neither work nor answer nor die."""
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


def test_a_worker_that_stops_costs_no_more_than_the_limit(client: Client) -> None:
    w = df.Variable(np.zeros(256))
    step = w.assign_add(np.ones(256))
    with Session(client, keep_on_workers=1024, timeout=WAIT) as session:
        done = 0
        for _ in range(3):
            session.run(step)
            done += 1
        pids = list(client.run(os.getpid).values())
        late = 0
        with stopped(pids[:1]):
            for _ in range(3):
                began = time.monotonic()
                try:
                    session.run(step, timeout=1.5)
                    done += 1
                except errors.DeadlineExceededError:
                    late += 1
                assert time.monotonic() - began < 20
        with stopped(pids), gives_up(1.5):
            session.run(step, timeout=1.5)
        assert session.run(step)[0] == done + 1


def test_a_feed_on_its_way_to_a_worker_that_stops_costs_no_more_than_the_limit(
    client: Client,
) -> None:
    x = df.placeholder("uint8")
    y = df.reduce_max(x)
    with Session(client, timeout=WAIT) as session:
        assert session.run(y, {x: np.ones(LARGE, "uint8")}) == 1
        with stopped(list(client.run(os.getpid).values())), gives_up(1.5):
            session.run(y, {x: np.ones(LARGE, "uint8")}, timeout=1.5)
        assert session.run(y, {x: np.full(LARGE, 2, "uint8")}) == 2


# Ctrl-C

INTERRUPTED = """
import signal, sys, time
import daskflow as df
from pathlib import Path
from daskflow import Operation, Session

begun = Path(sys.argv[2])
# A shell may have started the tests where interrupts are ignored, in the background.
signal.signal(signal.SIGINT, signal.default_int_handler)

class slow(Operation):
    def __init__(self, x, is_slow):
        super().__init__([x, is_slow])

    def compute(self, x, is_slow):
        if is_slow:
            begun.touch()
            time.sleep(5)
        return x

def main():
    if sys.argv[1] == "threads":
        scheduler, tasks = "threads", lambda: []
    else:
        from distributed import Client
        scheduler = Client(n_workers=2, threads_per_worker=1,
                           dashboard_address="127.0.0.1:0")
        def tasks():
            return scheduler.run_on_scheduler(
                lambda dask_scheduler: [str(k) for k in dask_scheduler.tasks
                                        if "slow" in str(k)])
    flag = df.placeholder("float32", [])
    w, draw = df.Variable(df.zeros([512])), df.random_uniform([])
    step = w.assign_add(slow(df.ones([512]), flag))
    with Session(scheduler, keep_on_workers=1024) as session:
        for _ in range(3):
            session.run([step, draw], {flag: False})
        try:
            session.run([step, draw], {flag: True})
        except KeyboardInterrupt:
            print("interrupted", end=" ")
        for _ in range(100):
            if len(tasks()) <= 1:  # the version of w
                break
            time.sleep(0.05)
        else:
            print("left behind:", tasks())
        found = session.run([step, draw], {flag: False})
        print(found[0][0], session.run(w)[0], session._runs, end=" ")
    with Session("sync") as other:
        for _ in range(4):
            wanted = other.run([step, draw], {flag: False})
    print(found[1] == wanted[1], end="")

if __name__ == "__main__":
    main()
"""


@pytest.mark.parametrize("name", ["threads", "cluster"])
def test_an_interrupted_run_never_was(name: str, tmp_path: Path) -> None:
    program, begun = tmp_path / "program.py", tmp_path / "begun"
    program.write_text(INTERRUPTED)
    process = subprocess.Popen(
        [sys.executable, str(program), name, str(begun)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,  # its workers are not interrupted
    )
    try:
        eventually(lambda: begun.exists() or process.poll() is not None)
        process.send_signal(signal.SIGINT)
        output, errors_ = process.communicate(timeout=2 * WAIT)
    finally:
        process.kill()
    assert output == "interrupted 4.0 4.0 4 True", errors_
