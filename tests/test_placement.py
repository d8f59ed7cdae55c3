"""Annotated nodes on real clusters: where they ran, and what the scheduler was told."""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dask
import numpy as np
import pytest
from distributed import Client, get_worker
from distributed.diagnostics.plugin import SchedulerPlugin

import daskflow as df
from daskflow import Session, errors
from daskflow.arrays import same_bits

GPU = {"resources": {"GPU": 1}}


@pytest.fixture(scope="module")
def cluster(launched: Any) -> Iterator[Any]:
    """A worker "plain" and a worker "special", which has a GPU to offer.

    What waits for a place is given up after a while, and fails its test.
    """
    with launched({"scheduler.no-workers-timeout": "8s"}) as cluster:
        cluster.scheduler()
        cluster.worker("--name", "plain", "--no-nanny")
        cluster.worker("--name", "special", "--no-nanny", "--resources", "GPU=1,DISK=2")
        yield cluster


@pytest.fixture(scope="module")
def cluster_client(cluster: Any) -> Iterator[Client]:
    with Client(cluster.address, set_as_default=False) as client:
        client.wait_for_workers(2, timeout=60)
        yield client


@pytest.fixture(params=[True, False], ids=["grouped", "one by one"])
def session(
    request: pytest.FixtureRequest, cluster_client: Client
) -> Iterator[Session]:
    with Session(cluster_client, grouping=request.param) as session:
        yield session


@pytest.fixture
def name_of_worker(op_of: Any) -> Any:
    """An operation that gives the name of the worker that runs it."""
    return op_of(lambda *values: get_worker().name)


def address_of(client: Client, name: str) -> str:
    workers = client.scheduler_info(n_workers=-1)["workers"]
    return str(next(a for a, worker in workers.items() if worker["name"] == name))


# Where a node runs


@pytest.mark.parametrize(
    "said", [{"workers": "special"}, GPU, {"workers": ["special"], **GPU}]
)
def test_a_node_runs_where_it_was_annotated_to(
    session: Session, name_of_worker: Any, said: dict[str, Any]
) -> None:
    x = df.placeholder("float32", name="x")
    with dask.annotate(**said):
        placed = [name_of_worker(x) for _ in range(4)]
    with dask.annotate(workers="plain"):
        others = [name_of_worker(x) for _ in range(4)]
    for _ in range(3):  # by estimate, timed, and by what it was measured to cost
        found = session.run([placed, others], {x: 1.0})
        assert [set(names) for names in found] == [{b"special"}, {b"plain"}]


def test_an_address_and_a_host_are_places_too(
    session: Session, cluster_client: Client, name_of_worker: Any
) -> None:
    x = df.placeholder("float32", name="x")
    address = address_of(cluster_client, "special")
    with dask.annotate(workers=address):
        by_address = name_of_worker(x)
    with dask.annotate(workers=address.partition("://")[2]):
        by_port = name_of_worker(x)
    with dask.annotate(workers="127.0.0.1", resources={"DISK": 1.5}):
        by_host = name_of_worker(x)
    found = session.run([by_address, by_port, by_host], {x: 1.0})
    assert found == [b"special"] * 3


def test_a_variable_starts_and_changes_where_it_was_annotated_to(
    session: Session, name_of_worker: Any
) -> None:
    with dask.annotate(workers="special"):
        w = df.Variable(name_of_worker(), name="w")
        step = w.assign(name_of_worker(w))
    assert [session.run(w), session.run(step)] == [b"special"] * 2


def test_other_workers_will_do_where_that_is_allowed(
    session: Session, name_of_worker: Any
) -> None:
    with dask.annotate(workers="nowhere", allow_other_workers=True):
        y = name_of_worker()
    assert session.run(y) in (b"plain", b"special")


def test_a_local_cluster_has_numbers_for_names(client: Client, op_of: Any) -> None:
    pids = {
        worker["name"]: client.run(os.getpid, workers=[address])[address]
        for address, worker in client.scheduler_info(n_workers=-1)["workers"].items()
    }
    with Session(client) as session:
        for name, pid in pids.items():
            with dask.annotate(workers=[name]):
                y = op_of(os.getpid)()
            assert session.run(y) == pid


def test_the_same_bits_come_out_wherever_it_runs(session: Session) -> None:
    x = df.placeholder("float32", [40, 30], name="x")

    def loss(*said: dict[str, Any]) -> Any:
        first, second, third = said
        w = df.Variable(np.linspace(-1, 1, 60, dtype=np.float32).reshape(30, 2))
        with dask.annotate(**first):
            h = df.tanh(x @ w)
        with dask.annotate(**second):
            y = df.reduce_sum(df.exp(h) * h)
        with dask.annotate(**third):
            step = df.train.GradientDescentOptimizer(0.1).minimize(y, var_list=[w])
        with df.control_dependencies([step]):
            return [y, df.identity(w), df.reduce_mean(h)]

    plain = loss({}, {}, {})
    placed = loss({"workers": "special"}, {"priority": 1}, {**GPU, "retries": 1})
    value = np.random.default_rng(0).normal(size=(40, 30)).astype(np.float32)
    for _ in range(3):
        wanted, found = session.run([plain, placed], {x: value})
        assert all(map(same_bits, wanted, found))
    session.verify(placed, {x: value})


# What the scheduler is told


@pytest.fixture
def told(cluster_client: Client) -> Iterator[Any]:
    """`told()` has what the scheduler knows of the tasks of graphs that it was sent."""

    class Note(SchedulerPlugin):
        name = "note"

        def __init__(self) -> None:
            self.tasks: list[dict[str, Any]] = []

        def update_graph(self, scheduler: Any, *, tasks: Any, **kwargs: Any) -> None:
            found = {}
            for key in tasks:
                task = scheduler.tasks[key]
                found[key[0]] = {
                    "priority": -task.priority[0],
                    "retries": task.retries,
                    "workers": task.worker_restrictions,
                    "hosts": task.host_restrictions,
                    "loose": task.loose_restrictions,
                    "resources": task.resource_restrictions,
                }
            self.tasks.append(found)

    def last() -> Any:
        return cluster_client.run_on_scheduler(
            lambda dask_scheduler: dask_scheduler.plugins["note"].tasks[-1]
        )

    cluster_client.register_plugin(Note())
    yield last
    cluster_client.unregister_scheduler_plugin("note")


NOTHING = {
    "priority": 0,
    "retries": 0,
    "workers": None,
    "hosts": None,
    "loose": False,
    "resources": None,
}


def test_each_task_has_the_annotations_of_its_node(
    cluster_client: Client, told: Any
) -> None:
    x = df.placeholder("float32", name="x")
    z = df.placeholder("float32", name="z")
    with dask.annotate(priority=3, retries=2, workers="special"):
        y = df.exp(x, name="y")
    with dask.annotate(allow_other_workers=True, workers="127.0.0.1", **GPU):
        u = df.log(x, name="u")
    with dask.annotate(priority=-1):
        v = df.log(z, name="v")
    w = df.add(df.add(y, u), v, name="w")
    special = {address_of(cluster_client, "special")}
    with Session(cluster_client, grouping=False) as session:
        session.run(w, {x: 1.0, z: 1.0})
    tasks = told()
    assert tasks.pop("y") == NOTHING | {
        "priority": 3,
        "retries": 2,
        "workers": special,
    }
    assert tasks.pop("u") == NOTHING | {
        "hosts": {"127.0.0.1"},
        "loose": True,
        "resources": {"GPU": 1},
    }
    assert tasks.pop("v") == NOTHING | {"priority": -1}
    assert set(tasks) == {"Add", "w"}
    assert list(tasks.values()) == [NOTHING] * 2


def test_a_group_has_the_annotations_of_its_nodes(
    cluster_client: Client, told: Any
) -> None:
    x = df.placeholder("float32", [3], name="x")
    a = df.exp(x, name="a")
    with dask.annotate(retries=1):
        b = df.log(df.exp(a, name="b1"), name="b2")
    c = df.exp(df.tanh(b), name="c")
    with Session(cluster_client) as session:
        for _ in range(3):
            session.run(c, {x: [1, 2, 3]})
            tasks = told()
            retries = {name: task["retries"] for name, task in tasks.items()}
            computed = {n: r for n, r in retries.items() if ":wanted" not in n}
            assert computed == {"a": 0, "b1+b2": 1, "Tanh+c": 0}


def test_what_is_said_around_a_run_holds_where_a_node_says_nothing(
    cluster_client: Client, told: Any
) -> None:
    x = df.placeholder("float32", name="x")
    with dask.annotate(priority=3):
        y = df.exp(x, name="y")
    z = df.log(y, name="z")
    with Session(cluster_client, grouping=False) as session:
        for _ in range(2):
            with dask.annotate(priority=1, retries=lambda key: len(key[0])):
                session.run(z, {x: 1.0})
            tasks = told()
            found = {n: (t["priority"], t["retries"]) for n, t in tasks.items()}
            assert found == {"y": (3, 1), "z": (1, 1)}
        session.run(df.log(df.exp(x), name="plain"), {x: 1.0})
    assert all(task == NOTHING for task in told().values())


def test_a_node_that_fails_once_succeeds_with_a_retry(
    session: Session, tmp_path: Path, op_of: Any
) -> None:
    def fail_once(file: Path) -> Any:
        def compute(x: Any) -> Any:
            if file.exists():
                return x + 1
            file.touch()
            raise ValueError("not yet")

        return compute

    x = df.placeholder("float64", name="x")
    w = df.Variable(np.float64(0.0), name="w")
    with dask.annotate(retries=1):
        patient = op_of(fail_once(tmp_path / "patient"))(x)
    step = w.assign_add(patient)
    assert session.run(step, {x: 1.0}) == 2.0
    strict = op_of(fail_once(tmp_path / "strict"))(x)
    with pytest.raises(errors.InvalidArgumentError, match="not yet"):
        session.run(w.assign_add(strict), {x: 1.0})
    assert session.run(w) == 2.0


# Where there is no place


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ({"workers": "nowhere"}, "workers=\\['nowhere'\\], and"),
        ({"workers": [7]}, "workers=\\[7\\], and"),
        ({"workers": "tcp://127.0.0.1:1"}, "workers=\\['tcp://127.0.0.1:1'\\], and"),
        ({"resources": {"GPU": 2}}, "resources={'GPU': 2}, and"),
        ({"resources": {"GPU": 1, "TPU": 1}}, "'TPU': 1}, and"),
        (
            {"workers": "plain", **GPU},
            "workers=\\['plain'\\] and resources={'GPU': 1}, and",
        ),
    ],
)
def test_an_impossible_place_is_an_error_at_once(
    session: Session, op_of: Any, said: dict[str, Any], wanted: str
) -> None:
    w = df.Variable(0.0, name="w")
    step = w.assign_add(1.0)
    assert session.run(step) == 1.0
    with dask.annotate(**said):
        lost = op_of(lambda x: x)(step)
    start = time.monotonic()
    with pytest.raises(errors.UnavailableError, match=wanted) as caught:
        session.run(df.exp(lost))
    assert time.monotonic() - start < 5.0  # Dask itself waits for ever
    assert caught.value.op is lost
    assert "'plain' at tcp://127.0.0.1:" in str(caught.value)
    assert "with {'GPU': 1" in str(caught.value)
    assert "test_placement.py" in str(caught.value)
    assert session.run(step) == 2.0


def test_a_message_names_a_few_of_many_workers_and_none_of_no_workers(
    launched: Any,
) -> None:
    x = df.placeholder("float32", name="x")
    with dask.annotate(**GPU):
        y = df.exp(x, name="y")
    with launched() as cluster, Session(cluster.scheduler()) as session:
        with pytest.raises(errors.UnavailableError, match="there is none\n"):
            session.run(y, {x: 1.0})
        cluster.worker("--nworkers", "7")
        session._scheduler.client.wait_for_workers(7, timeout=60)
        with pytest.raises(errors.UnavailableError, match="and 2 more\n"):
            session.run(y, {x: 1.0})
        cluster.worker("--resources", "GPU=1", "--no-nanny")
        session._scheduler.client.wait_for_workers(8, timeout=60)
        assert session.run(y, {x: 0.0}) == 1.0
