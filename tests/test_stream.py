"""Streams: what a loop of runs gives, to the bit, with later runs under way."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from distributed import Client

import daskflow as df
from daskflow import Session, errors


class Training:
    """A step with a draw, a large and a small variable, and a count."""

    def __init__(self) -> None:
        df.set_random_seed(5)
        self.x = df.placeholder("float64", [])
        big = df.Variable(np.zeros(200_000), name="big")
        small = df.Variable(np.zeros(3), name="small")
        count = df.Variable(0, name="count")
        draw = df.random_uniform([3], dtype="float64")
        moved = small.assign_add(draw * self.x)
        grown = big.assign_add(df.ones_like(big) * df.reduce_sum(small))
        self.counted = count.assign_add(1)
        self.fetches = {"sum": df.reduce_sum(big) + moved[0], "n": self.counted}
        self.move = grown.op
        self.variables = [big, small, count]

    @property
    def step(self) -> list[Any]:
        return [self.fetches, self.move]

    def feeds(self, count: int) -> Iterator[dict[Any, Any]]:
        return ({self.x: float(i)} for i in range(count))


@pytest.fixture
def training(daskflow_graph: Any) -> Training:
    return Training()


def bits(results: Any) -> list[bytes]:
    return [r[0]["sum"].tobytes() + r[0]["n"].tobytes() for r in results]


def state(session: Session, training: Training) -> list[bytes]:
    return [value.tobytes() for value in session.run(training.variables)]


def undisturbed(training: Training, count: int) -> tuple[list[bytes], list[bytes]]:
    with Session("sync") as session:
        results = [session.run(training.step, feed) for feed in training.feeds(count)]
        return bits(results), state(session, training)


@pytest.mark.parametrize("in_flight", [1, 2, 8, 100])
def test_a_stream_gives_what_runs_give(
    session: Session, training: Training, in_flight: int
) -> None:
    results = session.stream(training.step, training.feeds(12), in_flight)
    found = bits(results), state(session, training)
    assert found == undisturbed(training, 12)


def test_a_stream_that_is_left_has_committed_what_was_taken(
    session: Session, training: Training
) -> None:
    stream = session.stream(training.step, training.feeds(12))
    taken = [next(stream) for _ in range(5)]
    stream.close()
    assert (bits(taken), state(session, training)) == undisturbed(training, 5)
    rest = [session.run(training.step, f) for f in list(training.feeds(12))[5:]]
    assert bits(taken + rest) == undisturbed(training, 12)[0]


def test_feeds_are_asked_for_no_earlier_than_they_are_needed(
    session: Session, training: Training
) -> None:
    asked = []

    def feeds() -> Iterator[dict[Any, Any]]:
        for i in range(20):
            asked.append(i)
            yield {training.x: float(i)}

    for taken, _ in enumerate(session.stream(training.step, feeds(), in_flight=3)):
        assert len(asked) <= taken + 1 + 3
    assert len(asked) == 20


def test_what_is_fed_may_be_changed_as_soon_as_the_next_feed_is_asked_for(
    session: Session,
) -> None:
    x, total = df.placeholder("float64", [2]), df.Variable(np.zeros(2))
    buffer = np.zeros(2)

    def feeds() -> Iterator[dict[Any, Any]]:
        for i in range(6):
            buffer[:] = i
            yield {x: buffer}

    results = list(session.stream(total.assign_add(x), feeds()))
    np.testing.assert_array_equal(results[-1], [15.0, 15.0])


@pytest.mark.parametrize("bad", ["value", "shape", "name", "iterator"])
def test_an_error_comes_in_its_place(
    session: Session, training: Training, bad: str
) -> None:
    def feeds() -> Iterator[dict[Any, Any]]:
        for i, feed in enumerate(training.feeds(9)):
            if i == 5 and bad == "iterator":
                raise KeyError("mine")
            wrong = {"shape": {training.x: [1.0, 2.0]}, "name": {"nobody:0": 1.0}}
            yield wrong.get(bad, {training.x: "text"}) if i == 5 else feed  # type: ignore[misc]

    stream = session.stream(training.step, feeds())
    taken = [next(stream) for _ in range(5)]
    with pytest.raises(KeyError if bad == "iterator" else errors.FeedError):
        next(stream)
    assert (bits(taken), state(session, training)) == undisturbed(training, 5)


def test_an_error_in_a_run_comes_in_its_place(session: Session) -> None:
    x = df.placeholder("int32", [])
    count, big = df.Variable(0), df.Variable(np.zeros(200_000))
    fails = 12 // x
    step = [
        fails,
        count.assign_add(df.cast(fails * 0 + 1, "int32")),
        big.assign_add(df.ones_like(big) * df.cast(fails, "float64")).op,
    ]
    stream = session.stream(step, ({x: i} for i in (3, 2, 1, 0, 4, 5)))
    assert [next(stream)[0] for _ in range(3)] == [4, 6, 12]
    with pytest.raises(errors.InvalidArgumentError, match="divided by 0"):
        next(stream)
    with pytest.raises(StopIteration):
        next(stream)
    assert session.run(count) == 3
    assert session.run(big)[0] == 22.0


def test_runs_in_between_are_seen(session: Session) -> None:
    total, big = df.Variable(0.0), df.Variable(np.zeros(200_000))
    x = df.placeholder("float32", [])
    step = [total.assign_add(x), big.assign_add(df.ones_like(big)).op]
    results = []
    for i, result in enumerate(session.stream(step, ({x: 1.0} for _ in range(8)))):
        results.append(float(result[0]))
        if i == 3:
            session.run(total.assign(100.0))
    assert results == [1.0, 2.0, 3.0, 4.0, 101.0, 102.0, 103.0, 104.0]
    assert session.run(big)[0] == 8.0


def test_a_stream_that_only_reads(session: Session) -> None:
    x, w = df.placeholder("float64"), df.Variable(np.ones(200_000))
    feeds = ({x: float(i)} for i in range(6))
    sums = list(session.stream(df.reduce_sum(w * x), feeds, in_flight=3))
    assert sums == [200_000.0 * i for i in range(6)]


def test_what_is_fetched_and_stored_is_both(session: Session) -> None:
    w = df.Variable(np.zeros(200_000))
    grown = w.assign_add(np.ones(200_000))
    for i, value in enumerate(session.stream(grown, [None] * 5), 1):
        assert (value == i).all()
        value[:] = -1.0
    assert (session.run(w) == 5.0).all()


def test_versions_that_are_old_come_back_in_between(
    session: Session, training: Training, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("daskflow.cluster.OLDEST", 4)
    if session._cluster is not None:
        monkeypatch.setattr(session._cluster, "_large", 1_000)
    stream = session.stream(training.step, training.feeds(12), in_flight=3)
    results = []
    for result in stream:
        results.append(result)
        session.run(training.variables[0].assign_add(np.zeros(200_000)).op)
    assert bits(results) == undisturbed(training, 12)[0]


def test_another_thread_may_update_meanwhile(
    session: Session, training: Training
) -> None:
    other = df.Variable(0)
    add = other.assign_add(1)
    done = threading.Event()

    def update() -> None:
        while not done.is_set():
            session.run(add)
            time.sleep(0.01)  # let the stream come on

    thread = threading.Thread(target=update)
    thread.start()
    try:
        results = list(session.stream(training.step, training.feeds(12)))
    finally:
        done.set()
        thread.join()
    assert [r[0]["n"] for r in results] == list(range(1, 13))
    assert session.run(training.counted) == 13


def test_in_flight_is_a_number_of_runs(session: Session) -> None:
    with pytest.raises(errors.SessionError, match="at least 1, got 0"):
        session.stream(df.constant(1.0), [None], in_flight=0)


def test_a_stream_ends_with_its_session(session: Session, training: Training) -> None:
    stream = session.stream(training.step, training.feeds(12))
    next(stream)
    session.close()
    with pytest.raises(errors.SessionError, match="closed"):
        next(stream)


def test_a_stream_has_a_limit_for_each_run(
    session: Session, op_of: Any, tmp_path: Path
) -> None:
    end = tmp_path / "end"

    def work(x: Any) -> Any:
        while x and not end.exists():
            time.sleep(0.01)
        return x

    slow = op_of(work)
    x, count = df.placeholder("float64", []), df.Variable(0)
    step = [slow(x), count.assign_add(1)]
    works = ({x: float(w)} for w in (False, False, True, False))
    stream = session.stream(step, works, timeout=2.0)
    next(stream)
    next(stream)
    with pytest.raises(errors.DeadlineExceededError, match="no variable has changed"):
        next(stream)
    end.touch()  # or it would go on by itself, in tests that come later
    assert session.run(count) == 2


def test_a_stream_that_is_fed_tuples_has_its_runs_under_way(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    x, y, w = df.placeholder("float64"), df.placeholder("float64"), df.Variable(0.0)
    fetches = [x - y, w.assign_add(1.0)]
    feeds = [{(x, y): (float(i), 1.0)} for i in range(4)]
    with Session(client) as session:
        assert session.run(fetches, feeds[0]) == [-1.0, 1.0]
        monkeypatch.setattr(session, "run", None)  # what a stream falls back to
        found = list(session.stream(fetches, feeds))
    assert found == [[i - 1.0, i + 2.0] for i in range(4)]


@pytest.mark.parametrize("progress", [False, True])
def test_a_stream_goes_on_where_all_workers_are_killed(
    client: Client, progress: bool
) -> None:
    x = df.placeholder("float64", [])
    w = df.Variable(np.zeros(1_000))
    step = w.assign_add(x * df.ones_like(w))
    feeds = [{x: float(i)} for i in range(40)]
    with Session(client) as session:
        results = []
        for value in session.stream([step, w], feeds, progress=progress):
            results.append([after[0] for after in value])
            if len(results) == 10:
                for pid in client.run(os.getpid).values():
                    os.kill(pid, signal.SIGKILL)
        sums = np.cumsum(np.arange(40.0))
        assert results == [[s, s - i] for i, s in enumerate(sums)]
        assert session.run(w)[0] == sums[-1]
        assert session._cluster.restorations
    client.wait_for_workers(2, timeout=60)
