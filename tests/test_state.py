"""Snapshot and log against the list of all states that there ever were."""

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from daskflow import state as state_module
from daskflow.remote import Remote
from daskflow.state import History, Redo, State

NUMBERS = st.integers(-9, 9)


def remote(value: int) -> Remote:
    """A value on a worker, which any machine but this test's has lost."""
    return Remote(value, None, np.dtype("int64"), ())


def number(value: Any) -> int:
    return value.future if isinstance(value, Remote) else int(value)


def step(factor: int, addend: int, large: bool) -> Redo:
    """A commit whose result depends on all those before it."""

    def redo(before: State, deadline: float | None) -> State:
        v = (factor * number(before.values["v"]) + addend) % 1009
        return before.after({"v": remote(v) if large else v})

    return redo


class Histories(RuleBasedStateMachine):
    """A session's commits, with snapshots that take their time, losses and failures.

    The model is the list of numbers that `v` has had.
    """

    def __init__(self) -> None:
        super().__init__()
        self.history, self.state, self.model = History(), State(0, {"v": 5}), [5]
        self.begun: list[State] = []

    def commit(self, redo: Redo, size: int) -> None:
        after = redo(self.state, None)
        self.history.add(self.state, after, redo, size)
        self.state = after
        self.model.append(number(after.values["v"]))

    @rule(factor=NUMBERS, addend=NUMBERS, large=st.booleans(), size=NUMBERS.map(abs))
    def run(self, factor: int, addend: int, large: bool, size: int) -> None:
        self.commit(step(factor, addend, large), size)

    @rule(value=NUMBERS)
    def load(self, value: int) -> None:
        self.commit(lambda before, deadline: before.after({"v": value}), 0)

    @rule(addend=NUMBERS, large=st.booleans())
    def note_a_run_that_is_interrupted_before_it_is_stored(
        self, addend: int, large: bool
    ) -> None:
        redo = step(1, addend, large)
        self.history.add(self.state, redo(self.state, None), redo, 7)

    @precondition(lambda self: self.history.snapshot is not None)
    @rule()
    def begin_a_snapshot(self) -> None:
        if not self.begun:  # one is taken at a time
            self.begun.append(self.state)

    @precondition(lambda self: self.begun)
    @rule()
    def end_the_snapshot(self) -> None:
        state = self.begun.pop()
        here = State(state.commits, {"v": number(state.values["v"])})
        self.history.cut(here, time.monotonic())
        assert len(self.history) >= self.state.commits - state.commits

    @precondition(lambda self: self.begun)
    @rule()
    def fail_the_snapshot(self) -> None:
        self.begun.pop()

    @precondition(lambda self: self.state.remote)
    @rule()
    def lose_everything(self) -> None:
        again = self.history.again(self.state)
        assert again is not self.state
        self.state = again

    @invariant()
    def all_of_it_can_be_made_again(self) -> None:
        assert number(self.state.values["v"]) == self.model[-1]
        assert self.state.commits == len(self.model) - 1
        if self.state.remote:
            again = self.history.again(self.state)
            assert number(again.values["v"]) == self.model[-1]
            assert again.commits == self.state.commits
        if self.history.snapshot is not None:
            snapshot = self.history.snapshot
            assert not snapshot.remote
            assert snapshot.values["v"] == self.model[snapshot.commits]

    @invariant()
    def bytes_are_those_of_the_log(self) -> None:
        assert self.history._bytes == sum(size for _, size in self.history._log)


Histories.TestCase.settings = settings(max_examples=200, stateful_step_count=30)
TestHistories = Histories.TestCase


def test_where_no_value_is_on_a_worker_nothing_is_remembered():
    history, state = History(), State(0, {"v": 1})
    for _ in range(3):
        after = state.after({"v": 2})
        history.add(state, after, step(1, 1, large=False), 100)
        state = after
    assert len(history) == 0
    assert history.snapshot is None


def test_a_deadline_reaches_every_commit_that_is_made_again():
    history, state, seen = History(), State(0, {"v": 1}), []

    def redo(before: State, deadline: float | None) -> State:
        seen.append(deadline)
        return before.after({"v": remote(1)})

    for _ in range(3):
        after = redo(state, None)
        history.add(state, after, redo, 0)
        state = after
    seen.clear()
    history.again(state, 12.5)
    assert seen == [12.5] * 3


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Moves the clock that histories read."""
    now = [100.0]
    monkeypatch.setattr(state_module.time, "monotonic", lambda: now[0])

    def advance(seconds: float) -> None:
        now[0] += seconds

    return advance


def logged(history: History, count: int, size: int = 0) -> State:
    """Commits of that size; the state after them."""
    state = State(0, {"v": 1})
    for _ in range(count):
        redo = step(1, 1, large=True)
        after = redo(state, None)
        history.add(state, after, redo, size)
        state = after
    return state


def test_a_snapshot_is_due_after_many_times_what_the_last_one_took(clock):
    history = History()
    clock(1e6)
    assert not history.is_due  # there is nothing to be made again
    state = logged(history, 3)
    assert history.is_due
    began = state_module.time.monotonic()
    clock(2.0)
    history.cut(State(2, {"v": 3}), began)
    assert len(history) == state.commits - 2
    clock(39.0)
    assert not history.is_due
    clock(1.5)
    assert history.is_due


def test_a_snapshot_is_due_as_soon_as_the_log_is_large(clock):
    history = History()
    state = logged(history, 2, size=state_module.LOGGED // 2)
    assert not history.is_due
    redo = step(1, 1, large=True)
    after = redo(state, None)
    history.add(state, after, redo, 1)
    assert history.is_due
    history.cut(State(1, {"v": 2}), state_module.time.monotonic())
    assert len(history) == 2
    assert not history.is_due  # what is left is half of it
