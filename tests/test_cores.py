"""Pieces side by side: all of them, once, and their errors."""

import threading
import warnings

import numpy as np
import pytest

from daskflow.cores import side_by_side


@pytest.mark.parametrize("count", [1, 2, 7, 100])
def test_each_piece_runs_once_and_the_first_one_in_this_thread(count):
    done = []
    side_by_side(lambda i: done.append((i, threading.get_ident())), count)
    assert sorted(i for i, _ in done) == list(range(count))
    assert dict(done)[0] == threading.get_ident()


def test_two_pieces_can_meet():
    meeting = threading.Barrier(2)
    side_by_side(lambda i: meeting.wait(30), 2)


@pytest.mark.parametrize("failing", [{0}, {3}, {1, 2}, {0, 4}, set(range(5))])
def test_all_pieces_have_ended_when_one_has_failed(failing):
    ended = []

    def piece(i):
        ended.append(i)
        if i in failing:
            raise ValueError(i)

    with pytest.raises(ValueError, match=str(min(failing))):
        side_by_side(piece, 5)
    assert sorted(ended) == [0, 1, 2, 3, 4]


def test_other_threads_warn_of_nothing_if_this_one_does_not():
    with warnings.catch_warnings(action="error"), np.errstate(all="ignore"):
        side_by_side(lambda i: np.ones(3) / np.zeros(3), 8)


def test_pieces_of_pieces_end():
    """More at once than there are threads for."""
    done = []
    side_by_side(lambda i: side_by_side(lambda j: done.append((i, j)), 3), 2)
    assert len(done) == 6
