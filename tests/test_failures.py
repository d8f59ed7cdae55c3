"""What users see when a scheduler fails; each failure is a real one."""

import importlib.util
import os
import re
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

import dask
import numpy as np
import pytest
from distributed import Client
from distributed.client import FutureCancelledError
from distributed.scheduler import KilledWorker, NoValidWorkerError, NoWorkerError

import daskflow as df
from daskflow import Session, errors

STRICT = {
    "scheduler.allowed-failures": "0",
    "scheduler.no-workers-timeout": "2s",
    "worker.memory.monitor-interval": "50ms",
}


@pytest.fixture(scope="module")
def cluster(launched: Any) -> Iterator[Any]:
    """Two workers with nannies; a task that kills one is not tried again."""
    with launched(STRICT) as cluster:
        cluster.scheduler()
        cluster.worker("--nworkers", "2", "--memory-limit", "500MB")
        yield cluster


@pytest.fixture
def session(cluster: Any) -> Iterator[Session]:
    with Session(cluster.address) as session:
        session._scheduler.client.wait_for_workers(2, timeout=60)
        yield session


@pytest.fixture
def w() -> Any:
    return df.Variable(0.0, name="w")


def failure(session: Session, kind: type[Exception], fetch: Any, w: Any) -> Any:
    """The error of a run that changes nothing, between two that do."""
    step = w.assign_add(1.0)
    before = session.run(step)
    with pytest.raises(errors.DaskflowError) as caught:
        session.run([fetch, step])
    assert session.run(w) == before
    assert session.run(step) == before + 1
    error = caught.value
    assert type(error) is kind
    assert "changed" in str(error) or kind is errors.InvalidArgumentError
    return error


def causes(error: BaseException) -> list[type[BaseException]]:
    """The classes of what caused it, the nearest first."""
    cause = error.__cause__
    return [] if cause is None else [type(cause), *causes(cause)]


# Workers that die


@pytest.mark.parametrize("end", [os.abort, lambda: os._exit(0)])
def test_a_node_that_kills_its_worker_is_named(
    session: Session, w: Any, op_of: Any, end: Callable[[], Any]
) -> None:
    kills = op_of(lambda x: end())(df.constant(1.0))
    error = failure(session, errors.UnknownError, kills, w)
    assert error.op is kills
    assert f"failed at one of '{kills.name}', 'AssignAdd'" in str(error)
    assert "grouping=False" in str(error)
    assert "test_failures.py" in str(error)
    assert causes(error) == [KilledWorker]


def test_a_node_that_kills_its_worker_is_named_alone_where_it_has_a_task_of_its_own(
    cluster: Any, session: Session, w: Any, op_of: Any
) -> None:
    kills = op_of(lambda x: os.abort())(df.constant(1.0))
    with Session(cluster.address, grouping=False) as single:
        error = failure(single, errors.UnknownError, kills, w)
    assert f"failed at '{kills.name}': KilledWorker" in str(error)
    assert "grouping=False" not in str(error)


def test_a_node_that_takes_too_much_memory_is_told_from_one_that_crashes(
    session: Session, w: Any, op_of: Any
) -> None:
    def hoard(x: Any) -> Any:
        taken = []
        for _ in range(100):
            taken.append(np.ones(5_000_000))
            time.sleep(0.05)
        return x

    large = op_of(hoard)(df.constant(1.0))
    error = failure(session, errors.ResourceExhaustedError, large, w)
    assert error.op is large
    assert "workers with more memory" in str(error)
    assert causes(error) == [MemoryError, KilledWorker]


def test_the_loss_of_all_workers_ends_a_run_when_dask_ends_its_wait(
    launched: Any, tmp_path: Path, w: Any, op_of: Any
) -> None:
    patient = STRICT | {"scheduler.allowed-failures": "9"}
    with launched(patient) as cluster, Session(cluster.scheduler()) as session:
        cluster.worker("--no-nanny")
        step = w.assign_add(1.0)
        assert session.run(step) == 1.0
        sleeps = op_of(begins_and_sleeps(tmp_path / "begun"))(df.constant(1.0))
        with (
            during(tmp_path / "begun", lambda: cluster.kill(1)),
            pytest.raises(errors.UnavailableError) as caught,
        ):
            session.run([sleeps, step])
        assert causes(caught.value) == [NoWorkerError]
        assert "start workers" in str(caught.value)
        cluster.worker("--no-nanny")
        session._scheduler.client.wait_for_workers(1, timeout=60)
        assert session.run(step) == 2.0


def begins_and_sleeps(file: Path) -> Callable[[Any], Any]:
    def begin_and_sleep(x: Any) -> Any:
        file.touch()
        time.sleep(600)
        return x

    return begin_and_sleep


class during:
    """What happens as soon as a task has made a file."""

    def __init__(self, file: Path, action: Callable[[], Any]) -> None:
        self.file, self.action = file, action
        self.thread = threading.Thread(target=self.wait)

    def wait(self) -> None:
        for _ in range(1_200):
            if self.file.exists():
                self.action()
                return
            time.sleep(0.05)

    def __enter__(self) -> None:
        self.thread.start()

    def __exit__(self, *exception: object) -> None:
        self.thread.join()
        assert self.file.exists()


def test_a_process_of_a_pool_that_dies_is_an_error_and_the_pool_is_replaced(
    tmp_path: Path, w: Any, op_of: Any
) -> None:
    pid = tmp_path / "pid"

    def write_and_sleep(x: Any) -> Any:
        partial = pid.with_suffix(".part")
        partial.write_text(str(os.getpid()))
        partial.rename(pid)
        time.sleep(600)
        return x

    sleeps = op_of(write_and_sleep)(df.constant(1.0))
    with (
        Session("processes") as session,
        during(pid, lambda: os.kill(int(pid.read_text()), signal.SIGKILL)),
    ):
        error = failure(session, errors.UnknownError, sleeps, w)
    assert causes(error)[0] is BrokenProcessPool
    assert f"'{sleeps.name}'" in str(error)
    assert "__name__ == '__main__'" in str(error)


# Tasks that no worker takes


def test_what_no_worker_offers_is_named(session: Session, w: Any) -> None:
    step = w.assign_add(1.0)
    assert session.run(step) == 1.0
    with (
        dask.annotate(resources={"GPU": 1}),
        pytest.raises(errors.UnavailableError, match="annotations") as caught,
    ):
        session.run(step)
    assert causes(caught.value) == [NoValidWorkerError]
    assert "'GPU': 1" in str(caught.value)
    assert session.run(step) == 2.0


# The scheduler


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A client gives its scheduler up after a second, a session almost at once."""
    monkeypatch.setattr("daskflow.cluster.RECONNECT", 0.2)
    with dask.config.set({"distributed.comm.timeouts.connect": "1s"}):
        yield


def lose_the_scheduler(
    cluster: Any, session: Session, begun: Path, w: Any, op_of: Any
) -> None:
    """Kill it during a run, after another that has left 1.0 in `w`."""
    step = w.assign_add(1.0)
    assert session.run(step) == 1.0
    sleeps = op_of(begins_and_sleeps(begun))(df.constant(1.0))
    with (
        during(begun, lambda: cluster.kill(0)),
        pytest.raises(errors.UnavailableError) as caught,
    ):
        session.run([sleeps, step])
    assert causes(caught.value) == [FutureCancelledError]
    assert "no variable has changed" in str(caught.value)


def test_a_session_outlives_its_scheduler(
    launched: Any, tmp_path: Path, w: Any, op_of: Any, impatient: None
) -> None:
    step = w.assign_add(1.0)
    with launched() as cluster, Session(cluster.scheduler()) as session:
        cluster.worker()
        lose_the_scheduler(cluster, session, tmp_path / "begun", w, op_of)
        client = session._scheduler.client
        with pytest.raises(errors.UnavailableError, match="scheduler is lost"):
            session.run(step)
        eventually(lambda: client.status == "closed")
        with pytest.raises(errors.UnavailableError, match="no Dask scheduler"):
            session.run(step)
        assert session.run(w) == 1.0
        cluster.scheduler("--port", cluster.address.rpartition(":")[2])
        cluster.worker()
        assert session.run(step) == 2.0
        assert session._scheduler.client is not client


def eventually(condition: Callable[[], bool]) -> None:
    for _ in range(600):
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError("it did not happen in 30 seconds")


def test_a_session_on_a_client_that_has_closed_still_has_its_variables(
    launched: Any, tmp_path: Path, w: Any, op_of: Any, impatient: None
) -> None:
    with (
        launched() as cluster,
        Client(cluster.scheduler(), set_as_default=False) as client,
    ):
        cluster.worker()
        session = Session(client)
        lose_the_scheduler(cluster, session, tmp_path / "begun", w, op_of)
        eventually(lambda: client.status == "closed")
        with pytest.raises(errors.SessionError, match="Client is closed"):
            session.run(w.assign_add(1.0))
        assert session.run(w) == 1.0


def test_a_scheduler_without_daskflow_is_told_what_to_install(launched: Any) -> None:
    bare = (
        "import sys; sys.modules['daskflow'] = None\n"
        "from distributed.cli.dask_scheduler import main; main()"
    )
    with launched() as cluster, Session(cluster.scheduler(main=bare)) as session:
        cluster.worker()
        with pytest.raises(errors.UnknownError, match="install 'daskflow") as e:
            session.run(df.constant(1.0) + df.Variable(1.0))
    assert causes(e.value) == [RuntimeError, ModuleNotFoundError]


# What cannot travel


MINE = """
import daskflow as df

class mine(df.Operation):
    def __init__(self, x):
        super().__init__([x])

    def compute(self, x):
        return x
"""


@pytest.fixture
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A node of a class from a module that is nowhere but here."""
    file = tmp_path / "only_here.py"
    file.write_text(MINE)
    spec = importlib.util.spec_from_file_location("only_here", file)
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "only_here", module)
    spec.loader.exec_module(module)
    return module.mine(df.constant(1.0))


class Unbuildable:
    """It can be pickled, and not unpickled."""

    def __reduce__(self) -> Any:
        return int, ("no number",)


@pytest.fixture(params=["cluster", "client", "processes"])
def elsewhere(request: pytest.FixtureRequest) -> Iterator[Session]:
    """A session on workers; the scheduler of "client" is in this process."""
    if request.param == "cluster":
        yield request.getfixturevalue("session")
        return
    with Session(request.getfixturevalue(request.param)) as session:
        yield session


@pytest.mark.slow
def test_a_module_that_a_worker_lacks_is_named(
    elsewhere: Session, w: Any, mine: Any
) -> None:
    error = failure(elsewhere, errors.InvalidArgumentError, mine, w)
    assert error.op is mine
    assert "'mine' (mine) cannot be rebuilt where it runs" in str(error)
    assert "install 'only_here' there" in str(error)
    assert causes(error) == [ModuleNotFoundError]


@pytest.mark.slow
def test_what_cannot_be_unpickled_is_the_failure_of_its_node(
    elsewhere: Session, w: Any, op_of: Any
) -> None:
    state = Unbuildable()
    carries = op_of(lambda x: (state, x)[1])(df.constant(1.0))
    error = failure(elsewhere, errors.InvalidArgumentError, carries, w)
    assert error.op is carries
    assert "cannot be rebuilt where it runs: ValueError: invalid literal" in str(error)
    assert causes(error) == [ValueError]


@pytest.mark.slow
def test_what_cannot_be_pickled_is_the_failure_of_its_node(
    elsewhere: Session, w: Any, op_of: Any
) -> None:
    lock = threading.Lock()
    carries = op_of(lambda x: (lock, x)[1])(df.constant(1.0))
    error = failure(elsewhere, errors.InvalidArgumentError, carries, w)
    assert error.op is carries
    assert "cannot be sent to another process: TypeError: cannot pickle" in str(error)
    assert causes(error)[-1] is TypeError


@pytest.mark.parametrize(("fetch", "mark"), [("b:0", "perhaps"), ("a:0", "failed")])
def test_one_of_several_to_blame_is_not_said_to_have_failed(
    fetch: str, mark: str
) -> None:
    def broken(tasks: Any, keys: Any, **options: Any) -> Any:
        raise BrokenProcessPool

    df.tanh(df.exp(df.placeholder(df.float32, name="x"), name="a"), name="b")
    with Session(broken) as session, pytest.raises(errors.UnknownError) as info:
        session.run(fetch, {"x:0": 1.0})
    [row] = [row for row in str(info.value).splitlines() if "<- " in row]
    assert re.fullmatch(rf".*\ba +float32 \[\].*  <- {mark}", row)
