"""Pieces side by side: all of them, once, and their errors."""

import threading
import warnings

import numpy as np
import pytest

from daskflow import cores
from daskflow.cores import CORES, side_by_side


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
