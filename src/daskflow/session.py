"""`Session`: runs graphs, and keeps what lives between runs."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import CancelledError
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from dask.base import visualize_dsk
from dask.delayed import Delayed

from daskflow.arrays import sealed
from daskflow.emit import Key, Tasks, emit
from daskflow.errors import (
    DaskflowError,
    OpError,
    SessionError,
    UnavailableError,
    UnknownError,
)
from daskflow.fetches import Fetch, Rebuild, fed_values, flattened
from daskflow.graph import (
    CURRENT,
    SESSION_OPENERS,
    Graph,
    Tensor,
    get_default_graph,
)
from daskflow.passes import optimized
from daskflow.plan import Plan, plan_of
from daskflow.schedulers import open_scheduler
from daskflow.task import in_user_code, not_shippable

KEPT_PLANS = 1_000
"""Plans that a session remembers; the oldest goes first."""


@dataclass(frozen=True, slots=True)
class State:
    """Variable -> its value, a read-only array, after a number of commits."""

    commits: int
    values: Mapping[str, Any]

    def after(self, versions: Mapping[str, Any]) -> State:
        """The state that one more commit leaves."""
        return State(self.commits + 1, {**self.values, **versions})


class Session:
    """Runs the operations of a graph on a Dask scheduler, and holds its variables.

    `scheduler` is None (Dask's configuration, else threads), `"threads"`, `"sync"`,
    `"processes"`, the address of a Dask scheduler, a `Client`, a cluster object or a
    `get` function; `graph` the default graph unless given.

    A run is a transaction: it reads the variables as they are when it starts, and
    what it assigns is stored together, after everything has succeeded. Any number of
    threads may run one session; runs that assign take turns.

    >>> import daskflow as df
    >>> with df.Graph().as_default(), Session() as session:
    ...     x = df.placeholder()
    ...     session.run(x + 1.0, feed_dict={x: [1.0, 2.0]})
    array([2., 3.])
    """

    def __init__(self, scheduler: Any = None, graph: Graph | None = None) -> None:
        self.graph = graph or get_default_graph()
        self._scheduler = open_scheduler(scheduler)
        self._token = uuid.uuid4().hex[:8]
        self._state = State(0, {})
        self._plans: dict[Any, Plan] = {}
        self._writing = threading.RLock()
        self._counting = threading.Lock()
        self._runs = 0
        self._attempts = 0
        self._closed = False
        self._outer: list[tuple[Any, Graph | None]] = []

    def run(self, fetches: Any, feed_dict: Mapping[Any, Any] | None = None) -> Any:
        """The values of `fetches`, in the same nest of lists, tuples and dicts.

        A fetch is a tensor, a variable, an operation (which gives None; one of a
        class of your own gives its value) or the name of one. `feed_dict` maps
        tensors, or their names, to the values that they have in this run.

        Raises `FetchError` and `FeedError` before anything runs, an `OpError` naming
        the operation if one fails; then no variable has changed.
        """
        self._check_open()
        leaves, rebuild = flattened(self.graph, fetches)
        feeds = fed_values(self.graph, feed_dict)
        plan, state = self._plan(leaves, feeds)
        if not plan.updates:
            return self._execute(plan, feeds, state, rebuild)[0]
        with self._writing:
            plan, state = self._plan(leaves, feeds)
            result, versions = self._execute(plan, feeds, state, rebuild)
            self._state = state.after(versions)  # the commit: nothing fails after it
        return result

    def _check_open(self) -> None:
        if in_user_code():
            raise SessionError(
                "compute cannot run a session, whose workers wait for it; take the "
                "value as an input instead"
            )
        if self._closed:
            raise SessionError("this session is closed; open another one")

    # The plan, and what it starts from

    def _plan(
        self, fetches: Sequence[Fetch], feeds: Mapping[Tensor, Any]
    ) -> tuple[Plan, State]:
        """The plan for this request, and the state that it was made for."""
        state = self._state
        key = (self.graph.mutations, tuple(fetches), frozenset(feeds))
        plan = self._plans.get(key)
        if plan is None:
            plan = self._plans[key] = optimized(plan_of(self.graph, fetches, key[2]))
            if len(self._plans) > KEPT_PLANS:
                self._plans.pop(next(iter(self._plans)), None)
        if all(name in state.values for name in plan.inputs_from("variable")):
            return plan, state
        initializers = {
            variable.tensor.op: variable.initializer
            for variable in self.graph.variables
            if variable.tensor.op.name not in state.values
        }
        return optimized(plan_of(self.graph, fetches, key[2], initializers)), state

    def _given(
        self, plan: Plan, feeds: Mapping[Tensor, Any], state: State, run: int
    ) -> dict[str, Any]:
        """The value of each input of the plan."""
        fed = {tensor.id: value for tensor, value in feeds.items()}
        sources = {"feed": fed, "variable": state.values}
        return {
            id: np.int64(run) if source == "run" else sources[source][id]
            for id, source in plan.inputs.items()
        }

    # The run

    def _execute(
        self,
        plan: Plan,
        feeds: Mapping[Tensor, Any],
        state: State,
        rebuild: Rebuild,
    ) -> tuple[Any, Mapping[str, Any]]:
        """Run the plan: what was fetched, and the new versions of variables."""
        with self._numbered() as (run, attempt):
            given = self._given(plan, feeds, state, run)
            tasks = emit(plan, given, self._token, str(attempt))
            ids = (*plan.fetches, *plan.updates.values())
            with self._explaining(tasks):
                results = list(self._scheduler.get(tasks, [*map(tasks.key, ids)]))
            stored = map(_version, results[len(plan.fetches) :])
            versions = dict(zip(plan.updates, stored, strict=True))
            kept = (*given.values(), *plan.values.values(), *versions.values())
            fetched = _handed_over(results[: len(plan.fetches)], kept)
            return rebuild(iter(fetched)), versions

    @contextmanager
    def _numbered(self) -> Iterator[tuple[int, int]]:
        """The number of the run, given back if it fails, and one that never repeats."""
        with self._counting:
            self._runs += 1
            self._attempts += 1
            run, attempt = self._runs, self._attempts
        try:
            yield run, attempt
        except BaseException:
            with self._counting:
                if self._runs == run:
                    self._runs -= 1
            raise

    @contextmanager
    def _explaining(self, tasks: Tasks) -> Iterator[None]:
        """Say which operation failed and which line of the user's program made it."""
        try:
            yield
        except OpError as error:
            self._locate(error)
            raise
        except Exception as error:
            raise self._scheduler_error(error, tasks) from error

    def _locate(self, error: OpError) -> None:
        operation = self.graph._by_name.get(str(error.op).partition(":")[0])
        if operation is not None:
            error.op = operation
            error.message += f"\n  made at {operation.made_at}"

    def _scheduler_error(self, error: Exception, tasks: Tasks) -> DaskflowError:
        if self._closed:
            return SessionError("this session was closed while it ran")
        unshippable = None if self._scheduler.local else not_shippable(tasks)
        if unshippable is not None:
            self._locate(unshippable)
            return unshippable
        lost = isinstance(error, OSError | CancelledError)
        kind = UnavailableError if lost else UnknownError
        return kind(
            None,
            None,
            f"the scheduler failed: {type(error).__name__}: {error}\n"
            "  no variable has changed; the session can be used again",
        )

    # Between runs

    def close(self) -> None:
        """Let go of what the session opened: its pool or its connection."""
        if not self._closed:
            self._closed = True
            self._scheduler.close()

    def __enter__(self) -> Session:
        self._check_open()
        self._outer.append((CURRENT.session, CURRENT.graph))
        CURRENT.session, CURRENT.graph = self, self.graph
        return self

    def __exit__(self, *exception: object) -> None:
        CURRENT.session, CURRENT.graph = self._outer.pop()
        self.close()

    @contextmanager
    def as_default(self) -> Iterator[Session]:
        """Make this the default session for a `with` block, and leave it open."""
        outer, CURRENT.session = CURRENT.session, self
        try:
            yield self
        finally:
            CURRENT.session = outer

    # To look at

    @property
    def dashboard_link(self) -> str | None:
        """The page of the cluster's dashboard; None where there is no cluster."""
        client = self._scheduler.client
        return None if client is None else client.dashboard_link

    def plan(self, fetches: Any, feed_dict: Mapping[Any, Any] | None = None) -> Plan:
        """The plan that `run` would use; `str(plan)` shows it.

        Without a `feed_dict` every placeholder counts as fed.
        """
        leaves, _ = flattened(self.graph, fetches)
        if feed_dict is None:
            feeds: dict[Tensor, Any] = dict.fromkeys(self.graph.placeholders)
        else:
            feeds = fed_values(self.graph, feed_dict)
        return self._plan(leaves, feeds)[0]

    def visualize(
        self,
        fetches: Any,
        feed_dict: Mapping[Any, Any] | None = None,
        filename: str | None = "daskflow",
        **kwargs: Any,
    ) -> Any:
        """Draw the tasks of a run with `dask.visualize`, whose options apply.

        Needs graphviz or ipycytoscape: `pip install daskflow[pictures]`.
        """
        plan = self.plan(fetches, feed_dict)
        tasks = emit(plan, dict.fromkeys(plan.inputs), self._token)
        return visualize_dsk(tasks, filename=filename, **kwargs)

    def snapshot(self, tensor: Tensor) -> Snapshot:
        """`tensor` as a Dask graph over the variables as they are now."""
        self._check_open()
        plan, state = self._plan([tensor], {})
        run = self._runs + 1
        # Tensors do not share keys: one node may be another in another plan.
        moment = f"{state.commits}-{run}-{self.graph.mutations}-{tensor.name}"
        salt = (self._token, moment)
        given = self._given(plan, {}, state, run)
        tasks = emit(plan, given, *salt)
        return Snapshot(tasks, [tasks.key(plan.fetches[0])])


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What Dask needs to compute a tensor: tasks, and the key of its value."""

    tasks: dict[Key, Any]
    keys: list[Key]

    def rebuild(
        self, tasks: Mapping[Any, Any], rename: Mapping[str, str] | None = None
    ) -> Delayed:
        """The computed value as a Dask collection again."""
        return Delayed(self.keys[0], tasks)


class InteractiveSession(Session):
    """A session that is the default one from the moment it is made until it closes."""

    def __init__(self, scheduler: Any = None, graph: Graph | None = None) -> None:
        super().__init__(scheduler, graph)
        self._outer.append((CURRENT.session, CURRENT.graph))
        CURRENT.session, CURRENT.graph = self, self.graph

    def close(self) -> None:
        """Close it; the default session and graph from before are back."""
        if CURRENT.session is self:
            CURRENT.session, CURRENT.graph = self._outer.pop()
        super().close()


SESSION_OPENERS[:] = [lambda graph: Session("sync", graph)]


def _version(value: Any) -> Any:
    """A new version of a variable: an array that nobody else can write to."""
    array = np.asarray(value)
    return sealed(array if array.base is None else array.copy("K"))


def _handed_over(values: list[Any], kept: Iterable[Any]) -> list[Any]:
    """Fetched values as the user's own: writable, sharing memory with nothing.

    What nobody else holds is given as it is; what is `kept`, a view of something or
    fetched twice is copied. A single number comes as NumPy's scalar.
    """
    taken = {id(array) for array in kept}
    mine = []
    for value in values:
        if not isinstance(value, np.ndarray):
            mine.append(value)
        elif value.ndim == 0:
            mine.append(value[()])
        elif value.base is not None or id(value) in taken:
            mine.append(value.copy("K"))
        else:
            taken.add(id(value))
            value.flags.writeable = True
            mine.append(value)
    return mine
