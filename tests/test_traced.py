"""What a traced task tells, and how clocks that differ are brought together."""

from types import SimpleNamespace

import pytest

from daskflow.traced import Arrival, Trace, _ahead, _arrivals, _shifts


def told(worker: str, start: float, end: float) -> Trace:
    return Trace(worker, 1, start, (start, end), end, 0, ())


@pytest.mark.parametrize(
    ("start", "end", "shift"),
    [
        (11.0, 12.0, 0.0),  # it fits: nothing is known to be wrong
        (10.0, 20.0, 0.0),
        (9.0, 12.0, 1.0),  # it was asked for at 10
        (18.0, 21.0, -1.0),  # and there at 20
        (1011.0, 1012.0, -992.0),
        (0.0, 30.0, 10.0),  # longer than the run: a clock that is faster, too
    ],
)
def test_a_worker_that_is_out_of_time_is_moved_into_the_run(
    start: float, end: float, shift: float
) -> None:
    middle = (start + end) / 2
    traces = [told("a", start, middle), told("a", middle, end), told("b", 12.0, 13.0)]
    assert _shifts(traces, 10.0, 20.0) == {"a": shift, "b": 0.0}


@pytest.mark.parametrize(("delay", "ahead"), [(0.006, 0.0), (-0.2, -0.2), (3.0, 3.0)])
def test_a_small_difference_of_clocks_is_an_error_in_measuring_it(
    delay: float, ahead: float
) -> None:
    class Worker:
        scheduler_delay = delay

    assert _ahead(Worker()) == ahead
    assert _ahead(None) == 0.0


def arrivals_at(start: float, delay: float, stop: float) -> list[Arrival]:
    """What a task that began then tells of a value whose way took a second."""
    here, other = SimpleNamespace(key="here"), {"start": 0.0, "stop": 1.0}
    came = {"start": stop - 1, "stop": stop, "who": "tcp://one:1", "keys": {"here": 8}}
    worker = SimpleNamespace(
        state=SimpleNamespace(tasks={"mine": SimpleNamespace(dependencies=[here])}),
        get_current_task=lambda: "mine",
        scheduler_delay=delay,
        transfer_incoming_log=[{**other, "who": "", "keys": {"other": 1}}, came],
    )
    return [*_arrivals(worker, start)]


@pytest.mark.parametrize(
    ("delay", "stop", "end"),
    [
        (0.0, 9.0, 9.0),
        (0.01, 9.01, 9.0),  # Dask logs the scheduler's time: here it is the same clock
        (0.01, 10.5, 10.0),  # what a task needs is there when it begins
        (3.0, 9.5, 9.5),  # the scheduler's clock is another one, which the task has too
    ],
)
def test_what_a_task_needs_came_before_it_began(
    delay: float, stop: float, end: float
) -> None:
    [arrival] = arrivals_at(10.0, delay, stop)
    assert arrival == Arrival(
        "here", "tcp://one:1", pytest.approx(end - 1), pytest.approx(end), 8
    )


def test_a_worker_without_such_a_log_has_nothing_to_tell() -> None:
    assert [*_arrivals(SimpleNamespace(), 10.0)] == []


def test_what_came_is_moved_with_the_task() -> None:
    arrival = Arrival("key", "tcp://one:1", 1.0, 1.5, 8)
    moved = told("a", 2.0, 3.0)._replace(arrivals=(arrival,)).moved(10.0)
    assert (moved.start, moved.times, moved.end) == (12.0, (12.0, 13.0), 13.0)
    assert moved.arrivals == (("key", "tcp://one:1", 11.0, 11.5, 8),)
