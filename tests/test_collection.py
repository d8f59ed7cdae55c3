"""A tensor is a Dask collection: computed where it stands, and never committed."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import dask
import dask.array as da
import numpy as np
import pytest
from dask.base import is_dask_collection, tokenize
from dask.delayed import Delayed
from distributed import Client
from numpy.testing import assert_array_equal

import daskflow as df
from daskflow import Session, errors


@pytest.fixture
def w() -> Any:
    return df.Variable([1.0, 2.0], name="w")


def test_dask_computes_a_tensor_without_a_session(w: Any) -> None:
    y = w * 10.0
    assert is_dask_collection(y)
    assert_array_equal(y.compute(), [10.0, 20.0])
    assert_array_equal(dask.compute(y)[0], [10.0, 20.0])


def test_dask_computes_a_tensor_on_the_variables_of_the_default_session(
    session: Session, w: Any
) -> None:
    y = w * 10.0
    session.run(w.assign([3.0, 4.0]))
    assert_array_equal(y.compute(), [30.0, 40.0])
    assert_array_equal(y.compute(scheduler="sync"), [30.0, 40.0])
    with Session("sync"):
        assert_array_equal(y.compute(), [10.0, 20.0])


def test_a_session_of_another_graph_does_not_count(session: Session) -> None:
    with df.Graph().as_default():
        y = df.Variable(2.0) * 3.0
    assert y.compute() == 6.0


def test_tensors_mix_with_other_collections(session: Session, w: Any) -> None:
    y, z = w * 2.0, df.reduce_sum(w)
    array = da.ones(4, chunks=2)
    nest = {"y": y, "others": [z, array.sum(), 5]}
    [result], total = dask.compute([nest], z)
    assert_array_equal(result["y"], [2.0, 4.0])
    assert result["others"] == [3.0, 4.0, 5]
    assert total == 3.0


def test_delayed_functions_take_tensors(session: Session, w: Any) -> None:
    def scaled(value: Any, by: float) -> Any:
        return value * by

    y = dask.delayed(scaled)(w * 2.0, by=10.0)
    assert_array_equal(y.compute(), [20.0, 40.0])


def test_a_computed_value_is_of_the_type_that_a_run_gives(
    session: Session, w: Any
) -> None:
    y = df.reduce_sum(w)
    assert type(y.compute()) is type(session.run(y)) is np.float32


def test_computing_commits_nothing(session: Session, w: Any) -> None:
    step = w.assign_add([1.0, 1.0])
    for _ in range(2):
        assert_array_equal(step.compute(), [2.0, 3.0])
    dask.compute(step, step * 2.0)
    step.persist()
    assert_array_equal(session.run(w), [1.0, 2.0])


def test_computing_writes_to_nothing(session: Session, w: Any) -> None:
    c = df.constant([1.0, 2.0])
    session.run(w)
    for y in (w.value(), c, df.identity(w), df.identity(c), df.reshape(w, [1, 2])):
        value = y.compute()
        if value.flags.writeable:
            value.fill(-1.0)
    assert_array_equal(session.run([w, c]), [[1.0, 2.0], [1.0, 2.0]])


def test_a_draw_is_that_of_the_next_run(session: Session) -> None:
    x = df.random_normal([3])
    expected = x.compute()
    assert_array_equal(x.compute(), expected)
    assert_array_equal(session.run(x), expected)
    assert not np.array_equal(x.compute(), expected)


def test_a_placeholder_without_a_value_is_named(session: Session) -> None:
    x = df.placeholder(name="x")
    with pytest.raises(errors.InvalidArgumentError, match="'x:0'"):
        (x + 1.0).compute()


def test_an_error_names_the_operation(session: Session, op_of: Any) -> None:
    y = op_of(lambda: 1 / 0)().output
    with pytest.raises(errors.InvalidArgumentError, match="'custom'.*ZeroDivision"):
        y.compute()


def test_a_persisted_tensor_is_a_collection_of_its_value(
    session: Session, w: Any
) -> None:
    kept = (w * 10.0).persist()
    session.run(w.assign([0.0, 0.0]))
    assert is_dask_collection(kept)
    assert_array_equal(kept.compute(), [10.0, 20.0])
    assert_array_equal(dask.delayed(np.add)(kept, 1.0).compute(), [11.0, 21.0])


def test_a_tensor_in_a_delayed_is_computed_as_it_was(session: Session, w: Any) -> None:
    y = dask.delayed(list)(w * 10.0)
    assert isinstance(y, Delayed)
    session.run(w.assign([3.0, 4.0]))
    assert y.compute() in ([10.0, 20.0], [30.0, 40.0])
    session.run(w.assign([5.0, 6.0]))
    assert y.compute() == y.compute()


# Keys and tokens


def test_a_token_changes_with_what_it_stands_for(
    session: Session, w: Any, op_of: Any
) -> None:
    custom = op_of(lambda x: x)(w)
    y, z = w * 2.0, custom + 0.0
    session.run(w)
    first = tokenize(y)
    assert tokenize(y) == first
    assert tokenize(z) != first
    session.run(w.assign([3.0, 4.0]))
    second = tokenize(y)
    assert second != first
    with Session("sync"):
        assert tokenize(y) not in (first, second)
    before = tokenize(z)
    session.run(custom)
    custom.setting = 2
    assert tokenize(z) != before


def test_the_keys_of_two_tensors_never_mean_two_things(session: Session) -> None:
    w = df.Variable(0.0)
    first, second = w.assign_add(1.0), w.assign_add(10.0)
    a, b = second * 1.0, first + second * 2.0
    together = dask.compute(a, b)
    assert dask.compute(b, a) == together[::-1]
    assert together == (a.compute(), b.compute())


def test_keys_and_graph_agree_while_other_threads_run_the_session(w: Any) -> None:
    w = df.Variable(0.0)
    step, y = w.assign_add(1.0), w * 2.0
    with Session("threads") as session:
        stop = threading.Event()

        def work() -> None:
            while not stop.is_set():
                session.run(step)

        worker = threading.Thread(target=work)
        worker.start()
        try:
            seen = [float(dask.compute(y)[0]) for _ in range(50)]
        finally:
            stop.set()
            worker.join()
    assert seen == sorted(seen)


def test_a_token_from_during_a_run_is_not_that_from_after_it(w: Any) -> None:
    begun, may_go_on = threading.Event(), threading.Event()

    class waits(df.Operation):
        def __init__(self, x: Any) -> None:
            super().__init__([x])

        def compute(self, x: Any) -> Any:
            begun.set()
            assert may_go_on.wait(30)
            return x

    y, step = w * 2.0, w.assign(waits(w) + 1.0)
    with Session("threads") as session, ThreadPoolExecutor(1) as pool:
        session.run(w)
        run = pool.submit(session.run, step)
        assert begun.wait(30)
        during, value = tokenize(y), y.compute()
        may_go_on.set()
        run.result(30)
        assert tokenize(y) != during
        assert_array_equal([value, y.compute()], [[2.0, 4.0], [4.0, 6.0]])


def test_a_run_between_graph_and_keys_leaves_a_sound_collection(
    session: Session, w: Any
) -> None:
    y = w * 10.0
    session.run(w)
    graph = dict(y.__dask_graph__())  # Dask asks for this and then for the keys
    session.run(w.assign([3.0, 4.0]))
    [key] = y.__dask_keys__()
    assert_array_equal(dask.get(graph, key), [10.0, 20.0])
    assert_array_equal(y.compute(), [30.0, 40.0])


# On a cluster


def test_a_cluster_computes_and_persists_tensors(
    client: Client, w: Any, op_of: Any
) -> None:
    custom = op_of(lambda x: x * 2)(w)
    y = custom + 0.0
    with client.as_current(), Session(client) as session:
        session.run(w.assign([3.0, 4.0]))
        kept = y.persist()
        [future] = client.compute([y])
        assert_array_equal(future.result(), [6.0, 8.0])
        session.run(w.assign([5.0, 6.0]))
        values = dask.compute(y, kept, y)
        assert_array_equal(values, [[10.0, 12.0], [6.0, 8.0], [10.0, 12.0]])
        custom.setting = 1  # another graph, while the old value is still held
        assert_array_equal(y.compute(), [10.0, 12.0])


def test_an_attribute_set_later_is_seen_beside_a_persisted_value(
    client: Client,
) -> None:
    class scale(df.Operation):
        def __init__(self, x: Any) -> None:
            super().__init__([x])
            self.factor = 2

        def compute(self, x: Any) -> Any:
            return self.factor * x

    node = scale(df.constant(1.0))
    with client.as_current(), Session(client):
        kept = node.output.persist()
        assert kept.compute() == 2.0
        node.factor = 3
        assert node.output.compute() == 3.0
        assert kept.compute() == 2.0


# Pictures


@pytest.fixture
def engine() -> str:
    """What can draw here."""
    pytest.importorskip("ipycytoscape")
    return "ipycytoscape"


def test_dask_draws_a_tensor(
    session: Session, w: Any, tmp_path: Path, engine: str
) -> None:
    path = tmp_path / "tensor.html"
    dask.visualize(df.exp(w, name="my_exp"), filename=str(path), engine=engine)
    assert "my_exp" in path.read_text()
