"""`Session`: runs graphs, and keeps what lives between runs."""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import (
    Callable,
    Collection,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
    Set,
)
from concurrent.futures import CancelledError
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from itertools import count
from operator import length_hint
from textwrap import indent
from time import monotonic, perf_counter
from typing import Any, NoReturn, TypeVar

import numpy as np
from dask.callbacks import Callback
from dask.delayed import Delayed

from daskflow.arrays import described, same_bits, sealed, version_of
from daskflow.cluster import Cluster, Flight
from daskflow.cores import in_time
from daskflow.costs import Costs, Tuning, specs_of
from daskflow.deadlines import is_over, late, turn
from daskflow.drawings import near_tree, plan_diagram
from daskflow.emit import Key, emit, result_of, value_of
from daskflow.errors import (
    DaskflowError,
    DTypeError,
    FeedError,
    InvalidArgumentError,
    OpError,
    SessionError,
    VerificationError,
)
from daskflow.explain import explained, tuned_diagram
from daskflow.failures import RETRIES, LostError, failure_of
from daskflow.fetches import Request, request_key
from daskflow.graph import (
    CURRENT,
    SESSION_OPENERS,
    Graph,
    Operation,
    Stored,
    Tensor,
    get_default_graph,
)
from daskflow.notebook import session_html
from daskflow.passes import optimized
from daskflow.pictures import Picture, picture_of
from daskflow.plan import Plan, plan_of, unannotated
from daskflow.prepared import Prepared, read_nothing
from daskflow.program import Program, run_here, ungrouped
from daskflow.progress import followed
from daskflow.remote import LARGE, Remote
from daskflow.schedulers import open_scheduler
from daskflow.spec import spec_of
from daskflow.state import State
from daskflow.stream import Stream
from daskflow.task import RUNNING
from daskflow.traced import Traced
from daskflow.tracing import RunTrace

logger = logging.getLogger(__name__)

T = TypeVar("T")

KEPT_PLANS = 1_000
"""Plans that a session remembers; the oldest goes first."""

KEPT_SIZES = 100
"""Sizes of inputs for which it remembers the groups of a plan."""


class Session:
    """Runs the operations of a graph on a Dask scheduler, and holds its variables.

    `scheduler` is None (Dask's configuration, else threads), `"threads"`, `"sync"`,
    `"processes"`, the address of a Dask scheduler, a `Client`, a cluster object or a
    `get` function; `graph` the default graph unless given. Nodes run in groups, one
    task each, chosen by what they cost; `grouping=False` makes a task of every node.
    `security` has the certificates for a `tls://` address, as Dask's `Security`. A run
    that takes more than `timeout` seconds raises `DeadlineExceededError`. On a cluster
    variables of `keep_on_workers` bytes or more stay there between runs, and the page
    `/daskflow` of Dask's dashboard shows the session, unless `dashboard=False`. A
    `config` of TensorFlow's (`ConfigProto`) is taken and decides nothing.

    A run is a transaction: it reads the variables as they are when it starts, and
    what it assigns is stored together, after everything has succeeded. Any number of
    threads may run one session; runs that assign take turns.

    >>> x = df.placeholder()
    >>> with df.Session("threads") as session:
    ...     session.run(x + 1.0, feed_dict={x: [1.0, 2.0]})
    array([2., 3.])
    """

    def __init__(
        self,
        scheduler: Any = None,
        graph: Graph | None = None,
        config: Any = None,
        *,
        grouping: bool = True,
        security: Any = None,
        timeout: float | None = None,
        keep_on_workers: int = LARGE,
        dashboard: bool = True,
    ) -> None:
        if config is not None:
            logger.debug("a config has no effect here: %s", type(config).__name__)
        self.graph = graph or get_default_graph()
        self._scheduler = open_scheduler(
            None if isinstance(scheduler, str) and not scheduler else scheduler,
            security,
        )
        costs = Costs(self._scheduler.quiet_get, self._scheduler.workers)
        self._costs = costs if grouping else None
        self._token = uuid.uuid4().hex[:8]
        self.timeout = timeout
        connection = self._scheduler.connection
        self._cluster = (
            None
            if connection is None
            else Cluster(connection, self._token, keep_on_workers, dashboard)
        )
        self._state = State(0, {})
        self._prepared: dict[Any, Prepared] = {}
        self._writing = threading.RLock()
        self._counting = threading.Lock()
        self._runs = 0
        self._attempts = count()  # never repeats, not even after a failed run
        self._closed = False
        self._outer: list[tuple[Any, Graph | None]] = []

    def run(
        self,
        fetches: Any,
        feed_dict: Mapping[Any, Any] | None = None,
        options: Any = None,
        run_metadata: Any = None,
        *,
        timeout: float | None = None,
    ) -> Any:
        """The values of `fetches`, in the same nest of lists, tuples and dicts.

        A fetch is a tensor, a variable, an operation (which gives None; one of a
        class of your own gives its value) or the name of one. `feed_dict` maps
        tensors, or their names, to the values that they have in this run.

        Raises `FetchError` and `FeedError` before anything runs, an `OpError` naming
        the operation if one fails; then no variable has changed. Nor has one after
        `timeout` seconds, those of the session unless given.

        With `options` of `RunOptions(trace_level=RunOptions.FULL_TRACE)` it leaves in
        `run_metadata` when and where each task and each node ran.

        >>> x = df.placeholder(df.float32)
        >>> total = df.Variable(0.0)
        >>> session.run({"square": x * x, "total": total.assign_add(x)}, {x: 3.0})
        {'square': np.float32(9.0), 'total': np.float32(3.0)}
        >>> session.run([x, total], {x: 5.0})
        [np.float32(5.0), np.float32(3.0)]
        """
        if self._closed or RUNNING.user_code:
            self._refuse()
        prepared = self._prepare(fetches, feed_dict)
        feeds: Collection[Any] = () if feed_dict is None else feed_dict.values()
        if prepared.request.nested:
            feeds = prepared.request.flat(feeds)
        if options is None:
            return self._run(prepared, feeds, timeout)
        if options.timeout_in_ms:
            timeout = options.timeout_in_ms / 1_000
        if run_metadata is None or not options.trace_level:
            return self._run(prepared, feeds, timeout)
        if not hasattr(run_metadata, "fill"):  # while nothing is stored yet
            got = described(run_metadata)
            raise DTypeError(f"run_metadata is a RunMetadata, got {got}")
        trace = RunTrace()
        result = self._run(prepared.traced(trace), feeds, timeout)
        run_metadata.fill(trace)
        return result

    def make_callable(
        self, fetches: Any, feed_list: Sequence[Any] | None = None
    ) -> Callable[..., Any]:
        """A function of the values of `feed_list` that does what `run` does.

        It is a little quicker than `run`, since it knows what it will be asked for.

        >>> x = df.placeholder()
        >>> doubled = session.make_callable(x + x, [x])
        >>> doubled([1.0, 2.0])
        array([2., 4.])
        """
        if len(set(map(id, feed_list or ()))) < len(feed_list or ()):
            raise FeedError("feed_list names a tensor twice")
        keys = dict.fromkeys(feed_list or ())
        prepared = self._prepare(fetches, keys)
        mutations, count, graph = self.graph.mutations, len(keys), self.graph

        def call(*values: Any) -> Any:
            nonlocal prepared, mutations
            if self._closed or RUNNING.user_code:
                self._refuse()
            if len(values) != count:
                raise FeedError(
                    f"this callable takes {len(keys)} values, those of "
                    f"{[t.name for t in prepared.request.tensors]}, got {len(values)}"
                )
            if graph.mutations != mutations:
                mutations = graph.mutations
                prepared = self._prepare(fetches, keys)
            return self._run(prepared, values)

        return call

    def _refuse(self) -> NoReturn:
        if self._closed:
            raise SessionError("this session is closed; open another one")
        raise SessionError(
            "compute cannot run a session; take the value as an input instead"
        )

    # What a run needs to know, once for all runs alike

    def _prepare(self, fetches: Any, feed_dict: Mapping[Any, Any] | None) -> Prepared:
        """The plan for this request, made the first time."""
        mutations = self.graph.mutations
        try:
            key = request_key(fetches, feed_dict), mutations
            kept = self._prepared.get(key)
        except (TypeError, AttributeError):  # of what cannot be a key, or is no mapping
            key, kept = None, None
        if kept is not None:
            return kept
        if not self.graph._operations:
            raise SessionError("the session's graph is empty: there is nothing to run")
        request = Request.of(self.graph, fetches, feed_dict)
        prepared = self._common(request, self._needed(request))
        if key is not None:
            _keep(self._prepared, key, prepared, KEPT_PLANS)
        return prepared

    def _initializing(
        self, request: Request, state: State, trace: RunTrace | None = None
    ) -> Prepared:
        """The plan for a run that finds variables without a value."""
        return self._common(request, self._needed(request, state), trace)

    def _needed(self, request: Request, state: State | None = None) -> Plan:
        """What a run needs of the graph; variables without a value in `state` too."""
        fed = frozenset(request.tensors)
        if state is None:
            return plan_of(self.graph, request.leaves, fed)
        initializers = {
            variable.tensor.op: variable.initializer
            for variable in self.graph.variables
            if variable.tensor.op.name not in state.values
        }
        return plan_of(self.graph, request.leaves, fed, initializers)

    def _common(
        self, request: Request, plan: Plan, trace: RunTrace | None = None
    ) -> Prepared:
        specs = {v.tensor.op.name: v.tensor.spec for v in self.graph.variables}
        prepared = Prepared.of(request, optimized(plan), specs)
        return prepared if trace is None else prepared.traced(trace)

    def _tuning(self, prepared: Prepared, inputs: Sequence[Any]) -> Any:
        """The program for inputs of these dtypes and shapes."""
        fed = inputs[: len(prepared.fed)]
        signature = tuple([(feed.dtype, feed.shape) for feed in fed])
        given = prepared.given(inputs)
        loose = [(given[id].dtype, given[id].shape) for id in prepared.loose]
        kept = prepared.tunings.get((*signature, *loose))
        if kept is None:
            tuning = self._new_tuning(prepared.plan, given)
            kept = read_nothing if loose else prepared.reader(signature), tuning
            _keep(prepared.tunings, (*signature, *loose), kept, KEPT_SIZES)
        if prepared.trace is not None:
            return Traced(kept[1], prepared.trace)
        prepared.last = kept
        return kept[1]

    def _new_tuning(self, plan: Plan, given: Mapping[str, Any]) -> Tuning:
        plan = plan if self._scheduler.connection else unannotated(plan)
        return Tuning(plan, given, self._costs, is_local=self._scheduler.local)

    # The run

    def _run(
        self, prepared: Prepared, feeds: Collection[Any], timeout: float | None = None
    ) -> Any:
        """Run the plan for these feeds, and store what it assigns."""
        deadline = self._deadline(timeout)
        try:
            return self._attempt(prepared, feeds, deadline)
        except LostError as lost:
            attempt = partial(self._attempt, prepared, feeds, deadline)
            return self._again(attempt, deadline, lost)

    def _deadline(self, timeout: float | None) -> float | None:
        timeout = self.timeout if timeout is None else timeout
        return None if timeout is None else monotonic() + timeout

    def _attempt(
        self, prepared: Prepared, feeds: Collection[Any], deadline: float | None
    ) -> Any:
        state = self._state
        if (prepared.has_values or prepared.reads(state)) and not prepared.updates:
            run = self._next_run() if prepared.numbers else 0
            values = self._execute(prepared, feeds, state, run, deadline)
            return prepared.request.rebuild(values)
        with self._writing if deadline is None else turn(self._writing, deadline):
            state = self._state
            if not prepared.reads(state):
                request, trace = prepared.request, prepared.trace
                prepared = self._initializing(request, state, trace)
            run = self._next_run() if prepared.numbers else 0
            values = self._execute(prepared, feeds, state, run, deadline)
            after = self._after(prepared, state, values)
            count = len(prepared.plan.fetches)
            result = prepared.request.rebuild(values[:count])
            if self._cluster is not None:
                how = prepared.traced(None), feeds, run
                self._cluster.note(self._redo, how, state, after)
            self._state = after  # the commit: nothing fails after it
        return result

    def _after(self, prepared: Prepared, state: State, values: Sequence[Any]) -> State:
        """The state that a run leaves which gave these values."""
        stored: Iterable[Any] = values[len(prepared.plan.fetches) :]
        if self._cluster is None:
            stored = map(version_of, stored)
        else:
            stored = [v if type(v) is Remote else version_of(v) for v in stored]
        return state.after(dict(zip(prepared.updates, stored, strict=False)))

    def _redo(
        self,
        prepared: Prepared,
        feeds: Collection[Any],
        run: int,
        state: State,
        deadline: float | None,
    ) -> State:
        """The state that this run leaves, once more."""
        values = self._execute(prepared, feeds, state, run, deadline, again=True)
        return self._after(prepared, state, values)

    def _again(
        self, attempt: Callable[[], Any], deadline: float | None, lost: LostError
    ) -> Any:
        """Get back what the cluster has lost, and try again."""
        cluster = self._cluster
        assert cluster is not None
        for _ in range(RETRIES):
            try:
                if not cluster.answers(deadline):
                    break
                with turn(self._writing, deadline):
                    if cluster.restorations == lost.restorations:  # not by others
                        self._state = cluster.restored(self._state, deadline)
                return attempt()
            except LostError as another:
                lost = another
        raise self._given_up(lost, deadline) from lost.__cause__

    def _given_up(self, lost: LostError, deadline: float | None) -> OpError:
        if is_over(deadline):
            return late()
        return lost.failure

    def _execute(
        self,
        prepared: Prepared,
        feeds: Collection[Any],
        state: State,
        run: int,
        deadline: float | None,
        again: bool = False,
    ) -> Sequence[Any]:
        """What is fetched, what is stored, and perhaps readings of the clock."""
        try:
            reader, tuning = prepared.last
            inputs = reader(state.values, run, *feeds)
            if inputs is None:
                inputs = prepared.inputs(prepared.request.read(feeds), state, run)
                tuning = self._tuning(prepared, inputs)
            task = tuning.direct  # another thread may put a better one there
            if task is None or Callback.active or deadline is not None:
                given = prepared.given(inputs)
                return self._values(tuning, given, prepared.seen(tuning.plan), deadline)
            values: Sequence[Any] = task(*inputs)
            readings = values[-1]
            if readings and readings[-1] - readings[0] > tuning.limit:
                tuning.note_only(task, readings)
            return values
        except BaseException as error:
            if run and not again:  # that of a run made again is taken
                self._give_back(run)
            if isinstance(error, OpError) and inputs is not None:
                self._locate(error, prepared.plan, prepared.given(inputs))
            raise

    def _next_run(self) -> int:
        with self._counting:
            self._runs += 1
            return self._runs

    def _give_back(self, run: int) -> None:
        """Let the next run have the number of one that failed."""
        with self._counting:
            if self._runs == run:
                self._runs -= 1

    def _values(
        self,
        tuning: Tuning | Traced,
        given: dict[str, Any],
        seen: Set[str],
        deadline: float | None,
    ) -> Sequence[Any]:
        """What is fetched and stored, by way of Dask if there is anything to run."""
        program, plan = tuning.program, tuning.plan
        if self._scheduler.local and not Callback.active and not program.steps:
            tuning.note(program, {})
            return program.values(plan, given, {})
        began = perf_counter()
        if self._cluster is None:
            done = self._scheduled(program, given, tuning.is_timed, deadline)
            tuning.note_wall(program, perf_counter() - began)
            tuning.note(program, {id: values[-1] for id, values in done.items()})
            return program.values(plan, given, done)
        with self._failures(program, deadline):
            attempt = str(next(self._attempts))
            flight = self._cluster.submit(
                tuning, given, attempt, seen, deadline=deadline
            )
            values = self._collected(flight, given, deadline)
            tuning.note_wall(flight.program, perf_counter() - began)
            return values

    def _collected(
        self, flight: Flight, given: Mapping[str, Any], deadline: float | None
    ) -> list[Any]:
        """What a run on a cluster gives, once it has ended."""
        assert self._cluster is not None
        done = self._cluster.collect(flight, deadline)
        readings = {id: values[-1] for id, values in done.items() if values[-1]}
        flight.tuning.note(flight.program, readings)
        plan = flight.tuning.plan
        values = flight.program.values(plan, given, done)
        count = len(plan.fetches)
        stored = [
            flight.versions.get(id, value)
            for id, value in zip(plan.updates.values(), values[count:], strict=True)
        ]
        return self._cluster.fetched(values[:count], deadline) + stored

    def _scheduled(
        self,
        program: Program,
        given: Mapping[str, Any],
        timed: bool,
        deadline: float | None = None,
    ) -> dict[str, Any]:
        """What the steps give that is wanted, run by Dask; of all if it is timed."""
        tasks = emit(program, given, self._token, str(next(self._attempts)))
        wanted = [step for step in program.steps if step.wanted or timed]
        keys = [result_of(tasks, step) for step in wanted]
        with self._failures(program, deadline):
            get = partial(self._scheduler.get, tasks, keys)
            results = get() if deadline is None else in_time(get, deadline)
        return {step.id: result for step, result in zip(wanted, results, strict=True)}

    @contextmanager
    def _failures(self, program: Program, deadline: float | None) -> Iterator[None]:
        """Raise an error of ours for what a scheduler raises."""
        restorations = 0 if self._cluster is None else self._cluster.restorations
        try:
            yield
        except DaskflowError:
            raise
        except Exception as error:
            if self._closed:
                closed = "this session was closed while it ran"
                raise SessionError(closed) from error
            if isinstance(error, TimeoutError) and is_over(deadline):
                raise late() from error
            failure = failure_of(error, program)
            lost = isinstance(error, OSError | CancelledError)
            if self._cluster is not None and lost:
                raise LostError(failure, restorations) from error
            raise failure from error

    def _locate(self, error: OpError, plan: Plan, given: Mapping[str, Any]) -> None:
        """Say where the operation that failed was made, and what is around it."""
        operation = self.graph._by_name.get(str(error.op).partition(":")[0])
        if operation is None:
            return
        one_of_many = f" at one of {error.op!r}" in error.message
        mark = "  <- perhaps" if one_of_many else "  <- failed"
        error.op = operation
        error.message += f"\n  made at {operation.made_at}"
        needed = {id.partition(":")[0] for id in plan.nodes}
        tree = near_tree(operation, needed, specs_of(plan, given), mark)
        if "\n" in tree:
            error.message += "\n" + indent(tree, "    ")

    # Runs in a row

    def stream(
        self,
        fetches: Any,
        feeds: Iterable[Mapping[Any, Any] | None],
        in_flight: int = 8,
        *,
        timeout: float | None = None,
        progress: bool = False,
    ) -> Iterator[Any]:
        """What `run` gives for each of `feeds`, one after the other.

        On a cluster up to `in_flight` runs are under way at once, so that a step does
        not wait for the round trip of the one before it; feeds are asked for no
        earlier. Each run is committed when its result is taken, and an error comes in
        its place: what is before it is committed, nothing after it is.

        With `progress` a bar of tqdm's, where that is installed, or else a line on the
        terminal says how many results there are, of how many feeds where they tell
        their number, how many a second, and how often a cluster lost some.

        >>> x = df.placeholder()
        >>> total = df.Variable(0.0)
        >>> list(session.stream(total.assign_add(x), ({x: i} for i in range(4))))
        [np.float32(0.0), np.float32(1.0), np.float32(3.0), np.float32(6.0)]
        """
        if in_flight < 1:
            raise SessionError(f"in_flight is at least 1, got {in_flight}")
        cluster = self._cluster
        if cluster is None:
            results = (self.run(fetches, feed, timeout=timeout) for feed in feeds)
        else:
            results = Stream(self, fetches, feeds, in_flight, timeout).results()
        if not progress:
            return results
        losses = partial(getattr, cluster, "restorations", 0)
        return followed(results, length_hint(feeds) or None, losses)

    # Between runs

    def versions(
        self, variables: Iterable[Stored]
    ) -> tuple[dict[Stored, np.ndarray[Any, Any]], int]:
        """The values of `variables` between two runs, and the number of the last run.

        The arrays are read-only, and no later run changes them. It takes no run, unless
        one of them has to be initialized first.

        >>> w = df.Variable([1.0, 2.0])
        >>> values, last_run = session.versions([w])
        >>> values[w]
        array([1., 2.], dtype=float32)
        """
        if self._closed or RUNNING.user_code:
            self._refuse()
        names = {v: _operation_of(self.graph, v).name for v in variables}
        with self._writing:
            new = [v for v, name in names.items() if name not in self._state.values]
            if new:
                self.run(new)
            values = self._here(lambda state: [state.values[n] for n in names.values()])
            return dict(zip(names, values, strict=True)), self._runs

    def load(self, values: Mapping[Stored, Any], run_number: int | None = None) -> None:
        """Store values in variables, all together and without a run.

        Each needs the dtype of its variable and a shape that it admits, otherwise
        `InvalidArgumentError` names it and nothing is stored. With a `run_number` the
        next run is the one after it, and draws what that one would have drawn.

        >>> w = df.Variable([1.0, 2.0])
        >>> session.load({w: np.array([3.0, 4.0], np.float32)})
        >>> session.run(w)
        array([3., 4.], dtype=float32)
        """
        if self._closed or RUNNING.user_code:
            self._refuse()
        versions = {}
        for variable, value in values.items():
            operation = _operation_of(self.graph, variable)
            array, spec = np.asarray(value), variable.tensor.spec
            if array.dtype != (spec.dtype or array.dtype) or not spec.admits(
                array.shape
            ):
                raise InvalidArgumentError(
                    None,
                    operation,
                    f"{operation.name!r} holds {spec}, got {spec_of(array)}",
                )
            versions[operation.name] = sealed(np.array(array, order="C"))
        with self._writing:
            after = self._state.after(versions)
            if self._cluster is not None:
                redo = lambda state, deadline: state.after(versions)  # noqa: E731
                self._cluster.note_loaded(redo, self._state, after)
            self._state = after
            if run_number is not None:
                with self._counting:
                    self._runs = run_number

    def close(self) -> None:
        """Let go of what the session opened: its pool or its connection.

        >>> closed = df.Session("sync")
        >>> closed.close()
        >>> closed.run(df.constant(1.0))
        Traceback (most recent call last):
            ...
        daskflow.errors.SessionError: this session is closed; open another one
        """
        if not self._closed:
            self._closed = True
            if self._cluster is not None:
                self._cluster.close(self._state)
            self._scheduler.close()

    def __reduce__(self) -> NoReturn:
        raise TypeError("a session can be neither pickled nor copied; open another one")

    def __enter__(self) -> Session:
        if self._closed:
            self._refuse()
        self._outer.append((CURRENT.session, CURRENT.graph))
        CURRENT.session, CURRENT.graph = self, self.graph
        return self

    def __exit__(self, *exception: object) -> None:
        CURRENT.session, CURRENT.graph = self._outer.pop()
        self.close()

    @contextmanager
    def as_default(self) -> Iterator[Session]:
        """Make this the default session for a `with` block, and leave it open.

        >>> y = df.constant(2.0) + 1.0
        >>> with df.Session("sync").as_default() as mine:
        ...     y.eval(), df.get_default_session() is mine
        (np.float32(3.0), True)
        """
        outer, CURRENT.session = CURRENT.session, self
        try:
            yield self
        finally:
            CURRENT.session = outer

    # To look at

    @property
    def graph_def(self) -> Any:
        """The graph as data, a `GraphDef`.

        >>> w = df.constant(1.0, name="w")
        >>> [node.name for node in session.graph_def.node]
        ['w']
        """
        return self.graph.as_graph_def(add_shapes=True)

    @property
    def dashboard_link(self) -> str | None:
        """The page of the cluster's dashboard; None where there is no cluster."""
        client = self._scheduler.client
        return None if client is None else client.dashboard_link

    def plan(self, fetches: Any, feed_dict: Mapping[Any, Any] | None = None) -> Plan:
        """The plan that `run` would use; `str(plan)` shows it.

        Without a `feed_dict` every placeholder counts as fed.

        >>> x = df.placeholder(df.float32, name="x")
        >>> print(session.plan(df.exp(x * (1.0 + 1.0))))
        mul = multiply(x, mul/y); Exp = exp(mul)
        """
        if feed_dict is None:
            feed_dict = dict.fromkeys(self.graph.placeholders)
        request = Request.of(self.graph, fetches, feed_dict)
        if self._prepare(fetches, feed_dict).reads(self._state):
            return self._prepare(fetches, feed_dict).plan
        return self._initializing(request, self._state).plan

    def explain(self, fetches: Any, feed_dict: Mapping[Any, Any] | None = None) -> str:
        """What `run` is going to do for such feeds: nothing runs, nothing is stored.

        It says how many nodes of the graph are needed, which of them are left out and
        why, what runs as one task, what each node costs, as measured if there were
        runs, and which nodes, one after the other, bound the time of a run.

        >>> x = df.placeholder(df.float32, name="x")
        >>> print(session.explain(df.exp(x) + df.exp(x), {x: [1.0, 2.0]}))
        3 nodes of the graph needed
        1 node the same as another node: Exp_1
        2 nodes in 1 task, ...
        """
        state = self._state
        prepared, inputs = self._ready(fetches, feed_dict)
        known = None if prepared.reads(state) else state
        needed = self._needed(prepared.request, known)
        return explained(needed, self._tuning(prepared, inputs))

    def verify(self, fetches: Any, feed_dict: Mapping[Any, Any] | None = None) -> None:
        """Prove that a run gives the same bits however and wherever it is run.

        Runs it node by node in this thread and in groups on the session's scheduler,
        stores nothing, and raises `VerificationError` naming the first operation whose
        values differ: its kernel depends on more than its inputs.

        >>> x = df.placeholder(df.float32)
        >>> session.verify(df.exp(x), {x: [1.0, 2.0]})
        >>> draw = df.py_func(lambda: np.random.default_rng().random(), [], df.float64)
        >>> session.verify(draw)
        Traceback (most recent call last):
            ...
        daskflow.errors.VerificationError: 'PyFunc' (PyFunc) gives other bits when ...
        """
        prepared, inputs = self._ready(fetches, feed_dict)
        given = prepared.given(inputs)
        nodes = prepared.plan.nodes.values()
        ids = tuple([n.id for n in nodes if n.op.valued and not n.op.several])
        plan = replace(prepared.plan, fetches=ids, updates={})
        program = ungrouped(plan)
        tuning = self._new_tuning(plan, given)
        try:
            simple = program.values(plan, given, run_here(program, given))
            run = partial(self._scheduled, tuning.program, given, timed=False)
            done = self._lasting(run)
        except OpError as error:
            self._locate(error, plan, given)
            raise
        grouped = tuning.program.values(tuning.plan, given, done)
        for id, a, b in zip(ids, simple, grouped, strict=True):
            if not same_bits(a, b):
                raise VerificationError(
                    f"{id!r} ({plan.nodes[id].op.name}) gives other bits when it runs "
                    "again or elsewhere: its kernel depends on more than its inputs\n"
                    f"  made at {self.graph._by_name[id.partition(':')[0]].made_at}"
                )

    def _ready(
        self, fetches: Any, feed_dict: Mapping[Any, Any] | None
    ) -> tuple[Prepared, Sequence[Any]]:
        """What the next run of this request would start from."""
        if self._closed:
            self._refuse()
        prepared, state = self._prepare(fetches, feed_dict), self._state
        if not prepared.reads(state):
            prepared = self._initializing(prepared.request, state)
        request = prepared.request
        given: Collection[Any] = (feed_dict or {}).values()
        feeds = request.read(request.flat(given) if request.nested else given)
        run = self._runs + 1
        return prepared, self._here(lambda state: prepared.inputs(feeds, state, run))

    def _here(self, take: Callable[[State], Sequence[Any]]) -> Sequence[Any]:
        """What this takes of the present state, with values that are on workers."""
        cluster = self._cluster
        if cluster is None:
            return take(self._state)

        def attempt() -> Sequence[Any]:
            with self._failures(_NOTHING, None):
                return cluster.fetched(take(self._state))

        return self._lasting(attempt)

    def _lasting(self, attempt: Callable[[], T]) -> T:
        """What this gives, tried again when the cluster loses what it needs."""
        try:
            return attempt()
        except LostError as lost:
            result: T = self._again(attempt, None, lost)
            return result

    def visualize(
        self,
        fetches: Any,
        feed_dict: Mapping[Any, Any] | None = None,
        filename: str | None = None,
    ) -> Picture:
        """Draw what `run` is going to do; nothing runs, nothing is stored.

        With feeds, or where none are needed, each task has a colour and each node a bar
        for its time, as measured if there were runs. A `filename` ends in `.svg`,
        `.png` or `.dot`; a notebook shows the picture.

        >>> x = df.placeholder(df.float32, name="x")
        >>> session.visualize(df.exp(x) + 1.0, {x: [1.0, 2.0]})
        <Picture of 4 nodes and 3 edges>
        """
        plan = self.plan(fetches, feed_dict)
        if feed_dict is None and plan.inputs_from("feed"):
            operations = self.graph.get_operations()
            specs = {t.id: t.spec for op in operations for t in op._outputs}
            return picture_of(plan_diagram(plan, specs), filename)
        prepared, inputs = self._ready(fetches, feed_dict)
        tuning = self._tuning(prepared, inputs)
        specs = specs_of(prepared.plan, prepared.given(inputs))
        return picture_of(tuned_diagram(tuning, specs), filename)

    def _repr_html_(self) -> str:
        if self._closed:
            return session_html(self.graph, self._state, "closed")
        scheduler, link = str(self._scheduler), self.dashboard_link
        page = None if self._cluster is None else self._cluster.monitor.page
        return session_html(self.graph, self._state, scheduler, link, page)

    def snapshot(self, tensor: Tensor) -> Snapshot:
        """`tensor` as a Dask graph over the variables as they are now."""
        state, runs = self._state, self._runs
        prepared, inputs = self._ready(tensor, None)
        given = prepared.given(inputs)
        # Tensors do not share keys: one node may be another in another plan.
        moment = f"{state.commits}-{runs}-{self.graph.mutations}-{tensor.name}"
        plan = prepared.plan
        tasks = emit(ungrouped(plan), given, self._token, moment)
        return Snapshot(tasks, [value_of(tasks, plan, given, plan.fetches[0])])


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What Dask needs to compute a tensor: tasks, and the key of its value."""

    tasks: dict[Key, Any]
    keys: list[Key]

    def without_tasks(self) -> Snapshot:
        """The keys alone: tasks hold on to the values of variables."""
        return Snapshot({}, self.keys)

    def rebuild(
        self, tasks: Mapping[Any, Any], rename: Mapping[str, str] | None = None
    ) -> Delayed:
        """The computed value as a Dask collection again."""
        return Delayed(self.keys[0], tasks)


def _keep(kept: dict[Any, Any], key: Any, value: Any, most: int) -> None:
    """Remember a value, and forget the oldest of too many."""
    kept[key] = value
    if len(kept) > most:
        oldest, *_ = kept  # at once: an iterator fails when another thread keeps some
        kept.pop(oldest, None)


class InteractiveSession(Session):
    """A session that is the default one from the moment it is made until it closes.

    >>> notebook = df.InteractiveSession("sync")
    >>> (df.constant(2.0) + 1.0).eval()
    np.float32(3.0)
    >>> notebook.close()
    """

    def __init__(
        self,
        scheduler: Any = None,
        graph: Graph | None = None,
        config: Any = None,
        **settings: Any,
    ) -> None:
        super().__init__(scheduler, graph, config, **settings)
        self._outer.append((CURRENT.session, CURRENT.graph))
        CURRENT.session, CURRENT.graph = self, self.graph

    def close(self) -> None:
        """Close it; the default session and graph from before are back.

        >>> notebook = df.InteractiveSession("sync")
        >>> notebook.close()
        >>> df.get_default_session() is session
        True
        """
        if CURRENT.session is self:
            CURRENT.session, CURRENT.graph = self._outer.pop()
        super().close()


SESSION_OPENERS[:] = [lambda graph: Session("sync", graph)]


def _operation_of(graph: Graph, variable: Stored) -> Operation:
    if not isinstance(variable, Stored):
        raise DTypeError(f"expected a Variable, got {described(variable)}")
    graph.as_graph_element(variable)
    return variable.tensor.op


_NOTHING = Program((), {})
