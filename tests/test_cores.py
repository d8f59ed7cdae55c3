"""Pieces side by side: all of them, once, and their errors. Work in time."""

import subprocess
import sys
import threading
import time
import warnings

import numpy as np
import pytest

from daskflow import cores
from daskflow.cores import CORES, in_time, side_by_side

WAIT = 30


@pytest.mark.parametrize("count", [1, 2, 7, 100])
def test_each_piece_runs_once(count):
    done = []
    side_by_side(done.append, count)
    assert sorted(done) == list(range(count))


def test_two_pieces_can_meet():
    meeting = threading.Barrier(2)
    side_by_side(lambda i: meeting.wait(30), 2)


@pytest.mark.parametrize("failing", [{0}, {3}, {1, 2}, {0, 4}, set(range(5))])
def test_all_that_has_begun_has_ended_when_one_has_failed(failing):
    begun, ended = [], []

    def piece(i):
        begun.append(i)
        try:
            if i in failing:
                raise ValueError(i)
        finally:
            ended.append(i)

    with pytest.raises(ValueError, match=r"\d") as raised:
        side_by_side(piece, 5)
    assert sorted(begun) == sorted(ended)
    assert raised.value.args[0] in failing
    side_by_side(ended.append, 5)  # and nobody counts as busy


def test_callers_at_the_same_time_all_end():
    together = threading.Barrier(CORES)
    threads = [set() for _ in range(CORES)]

    def call(mine):
        together.wait(30)

        def piece(i):
            if i == 0:  # all callers have begun
                together.wait(30)
            mine.add(threading.get_ident())

        side_by_side(piece, 200)

    callers = [threading.Thread(target=call, args=(mine,)) for mine in threads]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join(30)
    assert all(threads)
    assert cores._busy.callers == cores._busy.helpers == 0


def test_other_threads_warn_of_nothing_if_this_one_does_not():
    with warnings.catch_warnings(action="error"), np.errstate(all="ignore"):
        side_by_side(lambda i: np.ones(3) / np.zeros(3), 8)


def test_pieces_of_pieces_end():
    """More at once than there are threads for."""
    done = []
    side_by_side(lambda i: side_by_side(lambda j: done.append((i, j)), 3), 2)
    assert len(done) == 6


# In time


def test_what_is_done_in_time_gives_its_value_or_its_error():
    assert in_time(lambda: 3, time.monotonic() + WAIT) == 3
    assert in_time(lambda: 3, float("inf")) == 3
    with pytest.raises(ZeroDivisionError):
        in_time(lambda: 1 / 0, time.monotonic() + WAIT)


@pytest.mark.parametrize("limit", [0.1, 0.0, -1.0])
def test_what_takes_too_long_is_given_up_at_the_deadline(limit):
    may_end, ended = threading.Event(), threading.Event()

    def work():
        may_end.wait(WAIT)
        ended.set()

    began = time.monotonic()
    with pytest.raises(TimeoutError):
        in_time(work, began + limit)
    assert max(limit, 0.0) <= time.monotonic() - began < WAIT
    assert not ended.is_set()
    may_end.set()
    assert ended.wait(WAIT)  # it went on by itself


def test_it_keeps_no_program_from_ending():
    program = (
        "import time; from daskflow.cores import in_time\n"
        "try: in_time(lambda: time.sleep(600), time.monotonic() + 0.1)\n"
        "except TimeoutError: print('late')"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60
    )
    assert (done.stdout, done.stderr, done.returncode) == ("late\n", "", 0)
