"""What a session may be told of a scheduler, and what it leaves behind there."""

import asyncio
import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from typing import Any

import dask
import numpy as np
import pytest
from dask.diagnostics import Profiler, ProgressBar
from distributed import Client, Future, LocalCluster, get_task_stream, progress

import daskflow as df
from daskflow import Session, errors

NAMES = [
    "sync",
    "synchronous",
    "single-threaded",
    "threads",
    "threading",
    "processes",
    "multiprocessing",
]


@pytest.fixture
def y() -> Any:
    """A tensor of several tasks, on a variable that changes with each run of it."""
    w = df.Variable(1.0, name="w")
    with df.control_dependencies([w.assign_add(1.0)]):
        x = df.identity(w, name="x")
    return df.add(df.multiply(x, 10.0, name="left"), x + 1.0, name="y")


def check(session: Session, y: Any) -> None:
    """Two runs, the second of which starts where the first has ended."""
    assert [session.run(y), session.run(y)] == [23.0, 34.0]


# Every form of the argument


@pytest.mark.parametrize("name", [*NAMES, "Threads", '"sync"', "'threads'"])
def test_a_session_takes_every_name_that_dask_takes(name: str, y: Any) -> None:
    with Session(name) as session:
        check(session, y)
        assert session.dashboard_link is None


def test_every_local_name_of_dask_is_in_this_test() -> None:
    assert {*NAMES} == {*dask.base.named_schedulers}


def test_a_session_takes_a_get_function(y: Any) -> None:
    asked = []

    def get(tasks: Any, keys: Any, **kwargs: Any) -> Any:
        asked.append(keys)
        return dask.get(tasks, keys, **kwargs)

    with Session(get) as session:
        check(session, y)
    assert len(asked) == 2


@pytest.mark.parametrize("executor", [ThreadPoolExecutor, ProcessPoolExecutor])
def test_a_session_takes_an_executor_and_leaves_it_open(
    executor: Callable[[int], Executor], y: Any
) -> None:
    with executor(2) as pool:
        with Session(pool) as session:
            check(session, y)
        assert pool.submit(abs, -1).result() == 1


@pytest.mark.slow
def test_a_session_takes_an_address_a_client_and_a_cluster(
    client: Client, y: Any
) -> None:
    address = client.scheduler.address
    for scheduler in (address, f'"{address}"', client, client.cluster):
        with Session(scheduler) as session:
            check(session, y)
            assert session.dashboard_link == client.dashboard_link
    assert client.status == "running"
    assert client.cluster.status.name == "running"


def test_an_asynchronous_client_is_refused(y: Any) -> None:
    async def work() -> None:
        async with Client(
            processes=False, asynchronous=True, dashboard_address="127.0.0.1:0"
        ) as client:
            with pytest.raises(errors.SessionError, match="asynchronous=False"):
                Session(client)

    asyncio.run(work())


# None


def threads_of(session: Session, op_of: Any) -> set[str]:
    """The names of the threads in which the session runs kernels."""
    x = df.placeholder("float64")
    names: list[str] = []

    def note(value: Any) -> Any:
        names.append(threading.current_thread().name)
        return value

    session.run([op_of(note)(x), op_of(note)(x)], {x: 1.0})
    return {name.rpartition("_")[0] or name for name in names}


def test_none_means_threads_of_the_sessions_own(op_of: Any) -> None:
    with Session() as session:
        assert threads_of(session, op_of) == {"daskflow"}


def test_none_means_what_dask_is_configured_for(op_of: Any, y: Any) -> None:
    with dask.config.set(scheduler="sync"), Session() as session:
        assert threads_of(session, op_of) == {threading.current_thread().name}
    with dask.config.set(scheduler="threads"), Session() as session:
        assert threads_of(session, op_of) == {"daskflow"}
    with dask.config.set(scheduler="processes"), Session() as session:
        check(session, y)
    with dask.config.set(scheduler=dask.get), Session() as session:
        assert threads_of(session, op_of) == {threading.current_thread().name}


def test_a_configured_get_of_the_users_own_may_run_tasks_anywhere(
    processes: Any, op_of: Any
) -> None:
    pid = op_of(lambda _: os.getpid())(df.constant(1.0))
    with dask.config.set(scheduler=processes), Session() as session:
        assert session.run(pid) != os.getpid()


def test_the_configuration_counts_when_the_session_is_opened(op_of: Any) -> None:
    with dask.config.set(scheduler="sync"):
        session = Session()
    assert threads_of(session, op_of) == {threading.current_thread().name}
    session.close()


def test_a_name_goes_before_the_configuration_and_a_client(
    client: Client, op_of: Any
) -> None:
    with (
        client.as_current(),
        dask.config.set(scheduler="processes"),
        Session("threads") as session,
    ):
        assert threads_of(session, op_of) == {"daskflow"}
        assert session.dashboard_link is None


def test_none_means_the_active_client(client: Client, y: Any) -> None:
    with client.as_current():
        session = Session()
    with session:
        check(session, y)
        assert session.dashboard_link == client.dashboard_link
    assert client.status == "running"


def test_num_workers_is_dasks(op_of: Any) -> None:
    with dask.config.set(num_workers=1), Session("threads") as session:
        x = df.placeholder("float64")
        ids = [op_of(lambda v: threading.get_ident())(x) for _ in range(4)]
        assert len({int(i) for i in session.run(ids, {x: 1.0})}) == 1


# What is opened, reused and closed


@pytest.mark.parametrize("name", ["threads", "processes"])
def test_a_pool_is_reused_between_runs_and_closed_with_the_session(
    name: str, op_of: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[Any] = []
    for cls in (ThreadPoolExecutor, ProcessPoolExecutor):

        def spied(
            self: Any, *args: Any, _init: Any = cls.__init__, **kwargs: Any
        ) -> None:
            opened.append(self)
            _init(self, *args, **kwargs)

        monkeypatch.setattr(cls, "__init__", spied)
    x = df.placeholder("float64")
    y = x + 1.0
    with Session(name) as session:
        for i in range(3):
            assert session.run([y, x * 2.0], {x: float(i)}) == [i + 1, 2 * i]
        [pool] = opened
        assert pool.submit(abs, -1).result() == 1
    with pytest.raises(RuntimeError, match="shutdown"):
        pool.submit(abs, -1)


def test_two_sessions_have_a_pool_each(op_of: Any) -> None:
    x = df.placeholder("float64")
    idents = op_of(lambda v: threading.get_ident())(x)
    with Session("threads") as one, Session("threads") as other:
        one.close()
        assert other.run(idents, {x: 1.0}) > 0


def test_a_worker_process_that_dies_is_replaced(op_of: Any) -> None:
    x = df.placeholder("float64")
    w = df.Variable(1.0)
    step = w.assign_add(1.0)
    with df.control_dependencies([step]):
        dies = op_of(lambda v: os._exit(1))(x)
    with Session("processes") as session:
        assert session.run(step) == 2.0
        with pytest.raises(errors.OpError, match="(?s)terminated.*used again"):
            session.run(dies, {x: 1.0})
        assert session.run(step) == 3.0


def test_a_session_closes_the_connection_that_it_opened(client: Client, y: Any) -> None:
    def clients() -> set[str]:
        return set(
            client.run_on_scheduler(lambda dask_scheduler: [*dask_scheduler.clients])
        )

    before = clients()
    session = Session(client.scheduler.address)
    [connected] = clients() - before
    own = session._scheduler.client
    assert own.id == connected
    session.close()
    assert own.status == "closed"
    assert connected not in clients()
    assert client.status == "running"


def test_opening_a_session_does_not_change_the_active_client(client: Client) -> None:
    with (
        Session(client.scheduler.address),
        pytest.raises(ValueError, match="No client"),
    ):
        Client.current()


def test_a_session_says_that_it_was_closed_when_its_client_was(
    client: Client, y: Any
) -> None:
    other = Client(client.scheduler.address, set_as_default=False)
    with Session(other) as session:
        assert session.run(y) == 23.0
        other.close()
        with pytest.raises(errors.DaskflowError, match="(?i)client is closed"):
            session.run(y)


def test_an_empty_target_is_no_name_of_a_scheduler() -> None:
    with Session("") as session:  # as TensorFlow's programs write it
        assert session.run(df.constant(1.0)) == 1.0


# What Dask's own tools see


@pytest.mark.parametrize("name", ["sync", "threads", "processes"])
def test_dasks_callbacks_see_the_tasks_under_the_names_of_the_nodes(
    name: str, y: Any
) -> None:
    with Session(name, grouping=False) as session:
        with Profiler() as profiler:
            session.run(y)
        names = {row.key[0] for row in profiler.results}
        assert {"left", "y", "AssignAdd"} <= names
        assert names <= {op.name for op in y.graph.get_operations()}


@pytest.mark.parametrize("name", ["sync", "threads", "processes"])
def test_dasks_callbacks_see_a_group_under_the_names_of_its_nodes(
    name: str, y: Any
) -> None:
    with Session(name) as session, Profiler() as profiler:
        session.run(y)
    names = {op.name for op in y.graph.get_operations()}
    for row in profiler.results:
        first_and_last = row.key[0].removesuffix(":wanted").split("~")
        assert names.issuperset(first_and_last)
    assert len(profiler.results) < len(names)


@pytest.mark.parametrize("name", ["sync", "threads", "processes"])
def test_a_progress_bar_shows_a_run(
    name: str, capsys: pytest.CaptureFixture[str], y: Any
) -> None:
    with Session(name) as session, ProgressBar(dt=0.01):
        session.run(y)
    assert "100% Completed" in capsys.readouterr().out


def test_dasks_progress_follows_a_run_that_another_thread_waits_for(
    client: Client, capsys: pytest.CaptureFixture[str], y: Any
) -> None:
    x = df.placeholder("float64", [])
    slow = df.py_func(lambda v: (time.sleep(0.2), v)[1], [x], "float64")
    before = {*client.futures}
    with Session(client, grouping=False) as session, ThreadPoolExecutor(1) as pool:
        run = pool.submit(session.run, [y, slow], {x: 3.0})
        while not (new := client.futures.keys() - before):
            assert not run.done()
        futures: list[Any] = [Future(key, client) for key in new]
        progress(futures, scheduler=client.scheduler.address)
        assert run.result()[1] == 3.0
    assert "100% Completed" in capsys.readouterr().out


def test_a_cluster_shows_each_node_under_its_own_name(client: Client) -> None:
    with df.name_scope("dense_1"):
        x = df.placeholder("float64", [2], name="x")
        h = df.exp(x * 2.0, name="h")
        out = df.reduce_sum(h, name="loss-total")
    again = df.exp(h, name="again_12")
    with (
        Session(client, grouping=False) as session,
        get_task_stream(client) as stream,
    ):
        session.run([out, again], {x: [1.0, 2.0]})
    shown = {
        row["key"][0] if isinstance(row["key"], tuple) else row["key"]
        for row in stream.data
    }
    assert {"dense_1/h", "dense_1/loss-total", "again_12"} <= shown
    prefixes = client.run_on_scheduler(
        lambda dask_scheduler: [*dask_scheduler.task_prefixes]
    )
    assert {"dense_1/h", "again_12"} <= {*prefixes}


def test_a_run_leaves_no_new_names_behind_on_the_scheduler(client: Client) -> None:
    def prefixes() -> set[str]:
        found = client.run_on_scheduler(
            lambda dask_scheduler: [*dask_scheduler.task_prefixes]
        )
        return set(found)

    x = df.placeholder("float64", name="leaves_x")
    y = df.exp(x, name="leaves_y")
    with Session(client) as session:
        session.run(y, {x: 1.0})
        before = prefixes()
        for _ in range(3):
            session.run(y, {x: 2.0})
    with Session(client) as session:
        session.run(y, {x: 2.0})
    assert prefixes() == before


def keys_on(client: Client) -> list[Any]:
    return list(client.run_on_scheduler(lambda dask_scheduler: [*dask_scheduler.tasks]))


def test_no_keys_stay_on_the_scheduler_after_runs(
    client: Client, y: Any, op_of: Any
) -> None:
    failing = op_of(lambda v: 1 / 0)(y)
    with Session(client) as session:
        for _ in range(3):
            session.run(y)
        with pytest.raises(errors.InvalidArgumentError):
            session.run([failing, y])
        mine = session._token
        wait_until(lambda: not [key for key in keys_on(client) if mine in key])
        assert session.run(y) == 56.0


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait for what the scheduler does soon afterwards."""
    for _ in range(200):
        if condition():
            return
        threading.Event().wait(0.02)
    raise AssertionError("it did not happen in four seconds")


def test_two_sessions_on_one_scheduler_never_meet(client: Client) -> None:
    """The same names, other values: Dask alone would take them for the same."""
    found = []
    for value in (1.0, 2.0):
        with df.Graph().as_default() as graph:
            w = df.Variable(np.full(3, value), name="w")
            y = df.exp(w * value, name="y")
            found.append((Session(client, graph), w.assign_add(np.ones(3)), y))
    (one, one_step, one_y), (other, other_step, other_y) = found
    with one, other:
        for i in range(3):
            one.run(one_step)
            other.run(other_step)
            assert one.run(one_y)[0] == np.exp(1.0 * (2.0 + i))
            assert other.run(other_y)[0] == np.exp(2.0 * (3.0 + i))


def test_two_sessions_on_one_graph_and_scheduler_never_meet(client: Client) -> None:
    w = df.Variable(0.0, name="w")
    step = df.identity(w.assign_add(1.0), name="step")
    barrier = threading.Barrier(2)

    def work(session: Session, seen: list[Any]) -> None:
        barrier.wait(30)
        seen.extend(session.run(step) for _ in range(5))

    seen: list[list[Any]] = [[], []]
    with Session(client) as one, Session(client) as other:
        workers = [
            threading.Thread(target=work, args=pair)
            for pair in zip((one, other), seen, strict=True)
        ]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
    assert seen == [[1, 2, 3, 4, 5]] * 2


def test_a_large_feed_and_a_large_variable_reach_a_cluster_without_a_warning(
    client: Client,
) -> None:
    ones = np.ones(3_000_000, np.float32)  # 11 MiB; Dask warns of more than 10
    x = df.placeholder("float32")
    w = df.Variable(ones)
    with Session(client) as session:
        assert session.run(df.reduce_sum(x) + df.reduce_sum(w), {x: ones}) == 6_000_000


def test_a_cluster_in_this_process_shares_no_memory_with_the_user() -> None:
    fed = np.zeros(4)
    x = df.placeholder("float64")
    w = df.Variable(np.zeros(4))
    with (
        LocalCluster(
            n_workers=1, processes=False, dashboard_address="127.0.0.1:0"
        ) as cluster,
        Session(cluster) as session,
    ):
        fetches = [x, w, w.assign(x), x + w, df.reshape(w, [2, 2])]
        for value in session.run(fetches, {x: fed}):
            value.fill(-1.0)
        assert not fed.any()
        fed.fill(5.0)
        assert not session.run(w).any()


def test_an_array_is_sent_again_when_the_worker_it_is_sent_to_leaves() -> None:
    left: list[str] = []

    def leaving(worker: Any) -> Callable[..., Any]:
        update = worker.handlers["update_data"]

        async def leave(**kwargs: Any) -> Any:
            if not left:
                left.append(worker.address)
                await cluster.scheduler.remove_worker(
                    worker.address, stimulus_id="leave", close=False
                )
            return update(**kwargs)

        return leave

    x = df.placeholder("float32")
    with (
        LocalCluster(
            n_workers=2, processes=False, dashboard_address="127.0.0.1:0"
        ) as cluster,
        Session(cluster, timeout=60) as session,
    ):
        for worker in cluster.workers.values():
            worker.handlers["update_data"] = leaving(worker)
        assert session.run(df.reduce_sum(x), {x: np.ones(3_000_000)}) == 3_000_000
    assert len(left) == 1
