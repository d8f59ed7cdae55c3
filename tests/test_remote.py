"""What is sent to workers once, and what a task makes of what is there."""

import gc
import pickle
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from daskflow.remote import Bound, Remote, Sent, Storing, lasts, picked


class Puts:
    """Counts what is put on a worker."""

    def __init__(self) -> None:
        self.arrays: list[Any] = []

    def __call__(self, array: Any, deadline: float | None) -> str:
        self.arrays.append(np.array(array))
        return f"future {len(self.arrays)}"


@pytest.fixture
def puts() -> Puts:
    return Puts()


@pytest.fixture
def sent(puts: Puts) -> Sent:
    return Sent(puts)


def frozen(value: Any) -> Any:
    array = np.array(value)
    array.flags.writeable = False
    return array


def test_a_read_only_array_is_sent_once(sent, puts):
    array = frozen([1.0, 2.0])
    views = array, array.view(), array.view()[:]
    remotes = [sent.remote(view) for view in views]
    assert remotes[0] is remotes[1] is remotes[2]
    assert len(puts.arrays) == 1
    assert (remotes[0].dtype, remotes[0].shape) == (array.dtype, array.shape)
    assert remotes[0].nbytes == array.nbytes


def unlike(array: Any) -> dict[str, Any]:
    """Views that have the memory of an array, and other values or another layout."""
    return {
        "dtype": array.view("int64"),
        "order": array[::-1],
        "shape": array.reshape(2, 2),
        "part": array[:2],
        "transposed": array.reshape(2, 2).T,
    }


@pytest.mark.parametrize("name", [*unlike(np.ones(4))])
def test_a_view_of_another_kind_is_not_taken_for_the_array(sent, name):
    array = frozen([1.0, 2.0, 3.0, 4.0])
    whole = sent.remote(array)
    view = unlike(array)[name]
    remote = sent.remote(view)
    assert remote is not whole
    assert (remote.dtype, remote.shape) == (view.dtype, view.shape)
    assert not lasts(view)


def changeable() -> dict[str, Any]:
    """Arrays that somebody can write to, the memory of some of them by another name."""
    whole, memory = np.ones(4), bytearray(32)
    read_only_view = whole.view()
    read_only_view.flags.writeable = False
    of_bytes = np.frombuffer(memory)
    of_bytes.flags.writeable = False
    broadcast = np.broadcast_to(np.ones(1), 4)
    return {
        "array": np.ones(4),
        "read-only view": read_only_view,
        "bytes": of_bytes,
        "broadcast": broadcast,
    }


@pytest.mark.parametrize("name", [*changeable()])
def test_what_somebody_can_write_to_is_sent_each_time(sent, puts, name):
    array = changeable()[name]
    assert sent.remote(array) is not sent.remote(array)
    assert len(puts.arrays) == 2
    assert not lasts(array)


def test_what_is_sent_goes_with_its_array(sent):
    array = frozen([1.0])
    sent.remote(array)
    assert len(sent._known) == 1
    del array
    gc.collect()
    assert not sent._known


def test_an_array_in_the_place_of_another_is_not_taken_for_it(sent, puts):
    """Python gives the `id` of what is gone to the next."""
    ids: set[int] = set()
    for i in range(100):
        array = frozen([float(i)])
        ids.add(id(array))
        sent.remote(array)
        np.testing.assert_equal(puts.arrays[-1], array)
        del array
    assert len(puts.arrays) == 100
    assert len(ids) < 100  # so it has happened here


def test_what_is_forgotten_is_sent_again(sent, puts):
    one, other = frozen([1.0]), frozen([2.0])
    first = sent.remote(one), sent.remote(other)
    sent.forget([one])
    assert sent.remote(one) is not first[0]
    assert sent.remote(other) is first[1]
    sent.forget()
    assert sent.remote(other) is not first[1]
    assert len(puts.arrays) == 4


def test_one_array_is_sent_in_many_threads_without_harm(sent):
    array = frozen(np.ones(10))
    start = threading.Barrier(8)
    found: list[Remote] = []

    def work() -> None:
        start.wait(30)
        found.append(sent.remote(array))

    workers = [threading.Thread(target=work) for _ in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sent.remote(array) in found
    assert len(found) == 8


def both(*values: Any) -> tuple[Any, ...]:
    return values


def test_a_task_takes_its_inputs_out_of_earlier_results():
    task = Bound(both, {}, {0: 1, 2: 0})
    a, b, c = np.ones(1), np.full(2, 2.0), np.full(3, 3.0)
    found = pickle.loads(pickle.dumps(task))((a, b), c, (c, a))
    for value, wanted in zip(found, (b, c, c), strict=True):
        np.testing.assert_equal(value, wanted)
    assert not found[0].flags.writeable
    assert repr(task) == repr(both)


@pytest.mark.parametrize(
    "result",
    [lambda x: x, lambda x: x[::-1], lambda x: x.T, lambda x: np.broadcast_to(x, 3)],
)
def test_what_a_task_stores_is_nobody_elses(result: Callable[[Any], Any]):
    memory = np.arange(3.0)
    wanted = result(memory).copy()
    task = Storing(lambda x: (x, result(x)), [1])
    other, stored = task(memory.view())
    memory.fill(-1.0)
    np.testing.assert_equal(stored, wanted)
    assert not stored.flags.writeable
    assert stored.flags.c_contiguous
    assert np.shares_memory(other, memory)
    assert repr(task) == repr(task.task)


def test_a_picked_value_cannot_be_written_to():
    array = np.ones(3)
    assert picked((None, array), 1) is array
    assert not array.flags.writeable
