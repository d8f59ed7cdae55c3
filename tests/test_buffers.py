"""Memory is used again only when nobody can see it any more."""

import gc
import threading
import weakref
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import daskflow as df
from daskflow import buffers
from daskflow.buffers import empty

F8 = np.dtype(np.float64)


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Arrays of 1 to 8 KB are kept here."""
    monkeypatch.setattr(buffers, "SMALLEST", 1_000)
    monkeypatch.setattr(buffers, "KEPT", 20_000)
    buffers._kept.clear()
    yield
    buffers._kept.clear()


def address(array: Any) -> int:
    return int(array.__array_interface__["data"][0])


def test_what_is_let_go_is_used_again() -> None:
    first = empty((500,), F8)
    place = address(first)
    first.flags.writeable = False
    del first
    again = empty((500,), F8)
    assert address(again) == place
    assert again.flags.writeable


@pytest.mark.parametrize(
    "holder",
    [
        lambda a: a,
        lambda a: a[3:4],
        lambda a: a.reshape(5, 100).T,
        lambda a: memoryview(a),
        lambda a: [a],
        weakref.ref,
        lambda a: iter(a),
        lambda a: a.data,
    ],
)
def test_what_somebody_holds_is_not(holder: Any) -> None:
    first = empty((500,), F8)
    held, place = holder(first), address(first)
    del first
    others = [empty((500,), F8) for _ in range(3)]
    assert place not in map(address, others)
    del held
    assert empty((500,), F8) is not None


@pytest.mark.parametrize(("shape", "dtype"), [((250, 2), F8), ((500,), "i8")])
def test_another_shape_or_dtype_has_other_memory(shape: Any, dtype: Any) -> None:
    first = empty((500,), F8)
    place = address(first)
    del first
    other = empty(shape, np.dtype(dtype))
    assert (other.shape, other.dtype) == (shape, dtype)
    assert address(other) != place


def test_no_more_is_kept_than_is_said() -> None:
    arrays = [empty((500,), F8) for _ in range(9)]
    assert sum(kept.nbytes for kept in buffers._kept) == 20_000
    assert len({address(array) for array in arrays}) == 9
    del arrays
    empty((10_000,), F8)
    assert sum(kept.nbytes for kept in buffers._kept) == 20_000


def test_threads_never_share_an_array() -> None:
    wrong = []

    def use(number: int) -> None:
        for _ in range(300):
            array = empty((500,), F8)
            array.fill(number)
            if not (array == number).all():
                wrong.append(number)

    threads = [threading.Thread(target=use, args=(i,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_results_of_runs_keep_their_values(monkeypatch: pytest.MonkeyPatch) -> None:
    size = 300_000
    monkeypatch.setattr(buffers, "KEPT", 1 << 28)
    x = df.placeholder("float64")
    w = df.Variable(np.zeros(size))
    y = df.sqrt(x + 1.0) * 2.0
    with df.Session("threads") as session:
        kept, views = [], []
        for i in range(6):
            kept.append(session.run(y, {x: np.full(size, float(i))}))
            views.append(session.run(y, {x: np.full(size, i + 0.5)})[5:9])
            session.run(w.assign(y * 3.0), {x: np.full(size, float(i))})
        for i, (value, view) in enumerate(zip(kept, views, strict=True)):
            assert (value == np.sqrt(i + 1.0) * 2.0).all()
            assert (view == np.sqrt(i + 1.5) * 2.0).all()
        assert (session.run(w) == np.sqrt(6.0) * 2.0 * 3.0).all()
        place = address(kept.pop())
        del value
        gc.collect()
        assert address(session.run(y, {x: np.ones(size)})) == place
