"""A session against a model of it, in any order of runs that work and that fail."""

from collections.abc import Mapping, Sequence
from typing import Any

import dask
import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

import daskflow as df
from daskflow import Graph, Operation, Session, errors

NUMBERS = st.integers(-1000, 1000)


class Unreliable:
    """A Dask `get` that fails when it is told to, before the tasks run or after."""

    def __init__(self) -> None:
        self.fails: str | None = None

    def __call__(self, tasks: Mapping[Any, Any], keys: Sequence[Any], **_: Any) -> Any:
        self._fail_if("before")
        values = dask.get(tasks, keys)
        self._fail_if("after")
        return values

    def _fail_if(self, moment: str) -> None:
        if self.fails == moment:
            raise ConnectionError(f"lost {moment} the tasks")


class refusing(Operation):
    """Its first input, unless the second one is true."""

    def __init__(self, value: Any, refuses: Any) -> None:
        super().__init__([value, refuses])

    def compute(self, value: Any, refuses: Any) -> Any:
        if refuses:
            raise ArithmeticError("refused")
        return value


FAILURES = st.sampled_from([None, "before", "operation", "after"])


class Runs(RuleBasedStateMachine):
    """Runs of one session, and the same in a dict of numbers.

    `v` and `twin` are only ever written together, and are opposites. A run that fails
    is one that never was: it changes no variable and uses up no draw, so that a session
    in which only the others were run has the same.
    """

    def __init__(self) -> None:
        super().__init__()
        self.get = Unreliable()
        with Graph().as_default() as graph:
            self.x = df.placeholder("int64", [])
            self.refuses = df.placeholder("int64", [])
            x = refusing(self.x, self.refuses)
            v, twin, w = (df.Variable(np.int64(n)) for n in (5, -5, 0))
            self.variables = {"v": v, "twin": twin, "w": w}
            self.both = df.group(v.assign_add(x), twin.assign_sub(x))
            self.add = w.assign_add(x)
            self.set = w.assign(v * self.x)
            with df.control_dependencies([w.assign_sub(self.x)]):
                self.late = refusing(w, self.refuses)
            self.draw = df.random_uniform([], 0, 2**62, "int64")
        self.session = Session(self.get, graph)
        self.undisturbed = Session("sync", graph)
        self.model = {"v": 5, "twin": -5, "w": 0}

    def run(self, fetches: Any, x: int, failure: str | None) -> Any:
        """The value of `fetches`; None where the run failed, as it had to."""
        feeds = {self.x: x, self.refuses: failure == "operation"}
        if failure is None:
            value = self.session.run(fetches, feeds)
            assert value == self.undisturbed.run(fetches, feeds)
            return value
        self.get.fails = failure
        error = errors.OpError if failure == "operation" else errors.UnavailableError
        with pytest.raises(error, match="refused|lost"):
            self.session.run(fetches, feeds)
        self.get.fails = None
        return None

    @rule(x=NUMBERS, failure=FAILURES)
    def write_two_together(self, x: int, failure: str | None) -> None:
        self.run(self.both, x, failure)
        if failure is None:
            self.model["v"] += x
            self.model["twin"] -= x

    @rule(x=NUMBERS, failure=FAILURES)
    def add_to_one(self, x: int, failure: str | None) -> None:
        total = self.run(self.add, x, failure)
        if failure is None:
            self.model["w"] += x
            assert total == self.model["w"]

    @rule(x=NUMBERS, failure=FAILURES)
    def write_all_from_what_they_were(self, x: int, failure: str | None) -> None:
        fetches = [self.set, self.both, self.variables["v"], self.draw]
        found = self.run(fetches, x, failure)
        if failure is None:
            assert found[:3] == [x * self.model["v"], None, self.model["v"]]
            self.model["w"] = x * self.model["v"]
            self.model["v"] += x
            self.model["twin"] -= x

    @rule(x=NUMBERS, failure=FAILURES)
    def work_on_with_what_was_assigned(self, x: int, failure: str | None) -> None:
        rest = self.run(self.late, x, failure)
        if failure is None:
            self.model["w"] -= x
            assert rest == self.model["w"]

    @rule(failure=FAILURES.filter(lambda failure: failure != "operation"))
    def draw_a_number(self, failure: str | None) -> None:
        self.run(self.draw, 0, failure)

    @rule()
    def ask_for_what_cannot_be(self) -> None:
        with pytest.raises(errors.FeedError):
            self.session.run(self.both, {self.x: [1, 2], self.refuses: 0})

    @rule(n=NUMBERS)
    def make_another_variable(self, n: int) -> None:
        name = f"n{len(self.model)}"
        with self.session.graph.as_default():
            self.variables[name] = df.Variable(np.int64(n))
        self.model[name] = n

    @invariant()
    def variables_are_what_the_model_says(self) -> None:
        found = self.session.run(self.variables)
        assert found == self.undisturbed.run(self.variables) == self.model

    def teardown(self) -> None:
        self.session.close()
        self.undisturbed.close()


Runs.TestCase.settings = settings(max_examples=60, stateful_step_count=25)
TestRuns = Runs.TestCase
