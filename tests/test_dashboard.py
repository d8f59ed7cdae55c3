"""The page on Dask's dashboard: over HTTP, on schedulers of all kinds, in a browser."""

import json
import logging
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple
from urllib.error import HTTPError
from urllib.parse import urlencode, urlsplit
from urllib.request import urlopen

import cloudpickle
import numpy as np
import pytest
from distributed import Client

import daskflow as df
from daskflow import errors, monitor
from daskflow.dashboard import Dashboard, _installer, install
from daskflow.dashboard.plans import packed, picture, unpacked
from daskflow.dashboard.plugin import CLOSED, KEPT_FOR, NAMES, PLANS, Watched
from daskflow.pictures.diagram import Diagram, Vertex
from tests.browser import PROGRAM, Page, chromium
from tests.conftest import wait_for

# What other processes are sent of this goes there by value.
cloudpickle.register_pickle_by_value(sys.modules[__name__])

SECRET = 86412.578125
"""A value that must never be shown."""

ATTACKS = [
    "<script>alert(1)</script>",
    "</g></svg><img src=x onerror=alert(1)>",
    "\"'&",
]


@pytest.fixture(autouse=True)
def graph() -> Iterator[df.Graph]:
    with df.Graph().as_default() as graph:
        yield graph


def answer(address: str) -> Any:
    with urlopen(address, timeout=20) as answer:
        return answer


def text(address: str, **query: Any) -> str:
    with urlopen(f"{address}?{urlencode(query)}", timeout=60) as answer:
        return str(answer.read().decode())


def page_of(session: Any) -> str:
    """The address of the page, once the session has put it there."""
    return str(wait_for(lambda: session._cluster.monitor.page))


def now(session: Any, **query: Any) -> Any:
    """What the page is told of a session."""
    address = page_of(session)
    return json.loads(text(f"{address}/now.json", session=session._token, **query))


def counts(session: Any) -> Any:
    """What the page is told of how far a session is; None where it is unknown."""
    rows = now(session)["sessions"]
    return next((row for row in rows if row["session"] == session._token), None)


def wait_for_runs(session: Any, runs: int) -> None:
    """Wait until the page is told of so many."""
    wait_for(lambda: counts(session)["runs"] == runs)


def names_of(session: Any, data: Any) -> list[str]:
    """The vertices that the states in `data` are of."""
    query = {"session": data["session"], "plan": data["plan"]}
    drawn = json.loads(text(f"{page_of(session)}/picture.json", **query))
    return [id for id, _ in drawn["names"]]


class Fails(df.Operation):
    def __init__(self, x: Any) -> None:
        super().__init__([x])

    def compute(self, x: Any) -> Any:
        raise ValueError("it fails")


class Waits(df.Operation):
    """Takes some time."""

    def __init__(self, x: Any, seconds: float = 0.5) -> None:
        super().__init__([x])
        self.seconds = seconds

    def compute(self, x: Any) -> Any:
        time.sleep(self.seconds)
        return x


# Where the page is


def test_a_session_puts_the_page_on_a_running_scheduler(client: Client) -> None:
    with df.Session(client) as session:
        page = page_of(session)
        assert page == client.dashboard_link.replace("/status", "/daskflow")
        found = answer(page)
        assert found.status == 200
        policy = found.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; script-src 'self';")
        assert "unsafe" not in policy
        assert "daskflow/page.js" in text(page)
        assert session.dashboard_link == client.dashboard_link
        assert f'href="{page}"' in session._repr_html_()
        for name in ("page.js", "page.css", "icon.svg"):
            assert answer(f"{page}/{name}").status == 200


def rules(dask_scheduler: Any) -> int:
    return len(dask_scheduler.http_application.wildcard_router.rules)


def test_installing_it_twice_changes_nothing(client: Client) -> None:
    page = install(client)
    before = client.run_on_scheduler(rules)
    assert install(client) == page
    assert client.run_on_scheduler(rules) == before


def test_a_session_may_be_left_out(client: Client) -> None:
    with df.Session(client) as shown, df.Session(client, dashboard=False) as hidden:
        page_of(shown)
        assert hidden.run(df.Variable(1.0) + 1.0) == 2.0
        assert shown.run(df.Variable(1.0) + 1.0) == 2.0
        wait_for(lambda: counts(shown)["runs"] == 1)
        assert hidden._token not in text(f"{page_of(shown)}/now.json")
        assert hidden._cluster.monitor.page is None
        assert "/daskflow" not in hidden._repr_html_()


def test_a_scheduler_can_have_it_from_the_start(launched: Any) -> None:
    with launched() as cluster:
        options = ("--preload", "daskflow.dashboard", "--dashboard-prefix", "/a/b")
        address = cluster.scheduler(*options)
        with Client(address, set_as_default=False) as client:
            parts = urlsplit(client.dashboard_link)
            page = f"{parts.scheme}://{parts.netloc}/a/b/daskflow"
            assert "No session yet" in text(page)
            assert answer(f"{page}/page.js").status == 200
            empty = json.loads(text(f"{page}/now.json"))
            assert empty == {"address": address, "sessions": [], "session": None}
            before = client.run_on_scheduler(rules)
            with df.Session(client) as session:
                wait_for(lambda: session._cluster.monitor.page)
                assert client.run_on_scheduler(rules) == before


WITHOUT: dict[str, tuple[str, str]] = {
    "dashboard": ("del scheduler.http_application", "has no dashboard"),
    "this version": (
        "import daskflow; daskflow.__version__ = '0.1'",
        "the scheduler has daskflow 0.1",
    ),
    "permission": ("scheduler.blocked_handlers = ['run_function']", "disallowed"),
}


@pytest.mark.parametrize("what", WITHOUT)
def test_a_session_goes_on_without_the_page(
    launched: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture, what: str
) -> None:
    line, reason = WITHOUT[what]
    preload = tmp_path / "preload.py"
    preload.write_text(f"def dask_setup(scheduler):\n    {line}\n")
    caplog.set_level(logging.INFO, logger="daskflow")
    with launched() as cluster:
        address = cluster.scheduler("--preload", str(preload))
        cluster.worker()
        w = df.Variable(1.0)
        with df.Session(address) as session:
            for i in range(3):
                assert session.run(w.assign_add(1.0)) == 2.0 + i
            wait_for(lambda: "no page for daskflow" in caplog.text)
            assert session.run(w) == 4.0
            assert session._cluster.monitor.page is None
            with pytest.raises(errors.UnavailableError, match=reason):
                install(session._scheduler.client)
        log = (cluster.folder / "scheduler.log").read_text()
    assert [r.levelname for r in caplog.records if "no page" in r.message] == ["INFO"]
    if what != "permission":
        assert "ERROR" not in log
        assert "Traceback" not in log


def test_a_scheduler_without_daskflow_says_no_more_than_that(launched: Any) -> None:
    main = (
        "import sys; sys.modules['daskflow'] = None; from dask.__main__ import main; "
        "sys.argv[:1] = ['dask', 'scheduler']; main()"
    )
    with launched() as cluster:
        address = cluster.scheduler(main=main)
        with (
            Client(address, set_as_default=False) as client,
            pytest.raises(errors.UnavailableError, match="ModuleNotFoundError"),
        ):
            install(client)
        log = (cluster.folder / "scheduler.log").read_text()
    assert "ERROR" not in log
    assert "Traceback" not in log


def test_a_scheduler_that_restarts_gets_it_again(launched: Any) -> None:
    w = df.Variable(1.0)
    step = w.assign_add(1.0)
    with launched() as cluster:
        address = cluster.scheduler()
        dashboard = cluster.folder / "scheduler.log"
        cluster.worker()
        with df.Session(address) as session:
            session.run(step)
            wait_for(lambda: counts(session)["commits"] == 1)
            dashboard.unlink()
            cluster.kill(0)
            cluster.scheduler("--port", address.rpartition(":")[2])
            cluster.worker()
            session.run(step)
            wait_for(lambda: counts(session)["commits"] == 2)
            data = now(session)
            assert data["variables"] == [["Variable", "float32", "[]", 2]]
            assert "Variable" in names_of(session, data)
            log = dashboard.read_text()
    assert "ERROR" not in log


def test_importing_daskflow_does_not_import_it() -> None:
    program = (
        "import sys, daskflow; "
        "sys.exit(bool({'distributed', 'daskflow.dashboard'} & {*sys.modules}))"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


# What it shows


def built() -> tuple[Any, Any, Any, Any]:
    x = df.placeholder(df.float32, [None, 2], name="x")
    with df.name_scope("layer"):
        w = df.Variable([[SECRET], [1.0]], name="w")
        y = df.matmul(x, w) + SECRET
    step = w.assign_sub(1e-3 * w, name="step")
    return x, w, y, step


def test_the_page_shows_plans_runs_and_versions(client: Client) -> None:
    x, _, y, step = built()
    feeds = {x: np.full((3, 2), SECRET)}
    with df.Session(client) as session:
        for _ in range(5):
            session.run([y, step], feeds)
        for _ in range(3):
            session.run(y, feeds)
        wait_for_runs(session, 8)
        row, data = counts(session), now(session)
        assert (row["commits"], row["replays"], row["closed"]) == (5, 0, 0)
        assert data["variables"] == [["layer/w", "float32", "[2, 1]", 5]]
        assert sum(runs for *_, runs in data["plans"]) == 8
        titles = {title for _, title, *_ in data["plans"]}
        assert {"layer/add, step", "layer/add"} <= titles
        names = names_of(session, data)
        states = dict(zip(names, data["states"], strict=True))
        assert states["layer/MatMul"][0] in ("memory", "done")
        assert states["x"][0] == ""  # what is fed is no task
        assert {name for name, *_ in data["busiest"]} <= {*names}
        assert data["busiest"][0][1] > 0.0


@pytest.mark.parametrize("grouping", [True, False])
def test_times_and_runs_of_a_task_are_shared_by_its_nodes(
    client: Client, grouping: bool
) -> None:
    x = df.placeholder(df.float32, [], name="x")
    y = df.exp(df.exp(x, name="a"), name="b")
    with df.Session(client, grouping=grouping) as session:
        page_of(session)
        wait_for(lambda: counts(session))
        for _ in range(6):
            session.run(y, {x: 0.5})
        wait_for_runs(session, 6)
        data = wait_for(lambda: all_done(now(session), 6))
        [plan] = data["plans"]
        assert plan[1:] == ["b", 2, 1 if grouping else 2, 6]


def all_done(data: Any, runs: int) -> Any:
    """The same, once tasks of all nodes have been done so often."""
    done = [row for row in data["states"] if row[0]]
    return data if [row[6] for row in done] == [runs] * len(done) else None


def test_what_failed_is_shown_until_it_succeeds(client: Client) -> None:
    x = df.placeholder(df.float32, [], name="x")
    y = Fails(df.exp(x, name="a"))
    with df.Session(client, grouping=False) as session:
        wait_for(lambda: counts(session))
        with pytest.raises(errors.OpError):
            session.run(y, {x: 1.0})
        data = wait_for(lambda: now(session) if now(session)["plan"] == 0 else None)
        names = names_of(session, data)
        states = dict(zip(names, data["states"], strict=True))
        assert states["Fails"][0] == "erred"
        assert states["Fails"][4] == 1
        assert states["a"][0] in ("memory", "done")
        assert counts(session)["runs"] == 0


def test_states_change_while_a_run_is_under_way(client: Client) -> None:
    x = df.placeholder(df.float32, [], name="x")
    y = Waits(Waits(x))
    seen = set()
    with df.Session(client, grouping=False) as session:
        wait_for(lambda: counts(session))
        running = threading.Thread(target=session.run, args=(y, {x: 1.0}))
        running.start()
        while running.is_alive():
            data = now(session)
            if data["plan"] is not None:
                seen.add(tuple(row[0] for row in data["states"] if row[0]))
        running.join()
    assert ("processing", "waiting") in seen
    assert {("memory", "processing"), ("done", "processing")} & seen


def test_sessions_of_several_clients_are_kept_apart(client: Client) -> None:
    w = df.Variable(1.0)
    step, other = w.assign_add(1.0), w.assign_add(2.0)
    with (
        Client(client.scheduler.address, set_as_default=False) as second,
        df.Session(client) as a,
        df.Session(second) as b,
        df.Session(client.scheduler.address) as c,
    ):
        for session, times in ((a, 1), (b, 2), (c, 3)):
            for _ in range(times):
                session.run(step)
        b.run(other)
        for session, runs in ((a, 1), (b, 3), (c, 3)):
            wait_for_runs(session, runs)
            assert now(session)["session"] == session._token
        assert len({counts(s)["client"] for s in (a, b, c)}) == 3
        c.close()
        wait_for(lambda: counts_at(page_of(a), c)["closed"])
        assert counts_at(page_of(a), c)["runs"] == 3
        assert not counts(a)["closed"]


def counts_at(page: str, session: Any) -> Any:
    rows = json.loads(text(f"{page}/now.json"))["sessions"]
    return next(row for row in rows if row["session"] == session._token)


def test_a_client_that_leaves_closes_its_sessions(client: Client) -> None:
    with df.Session(client) as stays:
        leaving = Client(client.scheduler.address, set_as_default=False)
        session = df.Session(leaving)
        page_of(session)
        wait_for(lambda: counts_at(page_of(stays), session))
        leaving.close()
        wait_for(lambda: counts_at(page_of(stays), session)["closed"])
        session.close()


def test_the_last_runs_are_told_when_a_session_closes(client: Client) -> None:
    step = df.Variable(1.0).assign_add(1.0)
    with df.Session(client) as stays:
        with df.Session(client) as session:
            page_of(session)
            for _ in range(20):
                session.run(step)
        row = counts_at(page_of(stays), session)
        assert (row["runs"], row["commits"]) == (20, 20)
        assert row["closed"]


def test_closing_does_not_wait_for_a_scheduler_that_hangs(launched: Any) -> None:
    with launched() as cluster:
        cluster.scheduler()
        with df.Session(cluster.address) as session:
            page_of(session)
            cluster.started[0].send_signal(signal.SIGSTOP)
            try:
                began = time.monotonic()
                session._cluster.monitor.close()
                assert time.monotonic() - began < monitor.PATIENCE + 1.0
            finally:
                cluster.started[0].send_signal(signal.SIGCONT)


def test_streams_and_loaded_values_count(client: Client) -> None:
    x = df.placeholder(df.float32, [])
    w = df.Variable(0.0, name="w")
    with df.Session(client) as session:
        list(session.stream(w.assign_add(x), ({x: i} for i in range(10))))
        session.load({w: np.float32(1.0)})
        wait_for(lambda: counts(session)["commits"] == 11)
        assert counts(session)["runs"] == 10
        assert now(session)["variables"] == [["w", "float32", "[]", 11]]


def test_a_killed_worker_shows_as_a_replay(launched: Any) -> None:
    w = df.Variable(np.zeros(1000), name="w")
    step = w.assign_add(df.ones([1000], df.float64))
    with launched() as cluster:
        cluster.scheduler()
        cluster.worker()
        cluster.worker()
        with df.Session(cluster.address, keep_on_workers=0) as session:
            page_of(session)
            for i in range(40):
                session.run(step.op)
                if i == 20:
                    [holder] = session._scheduler.client.run_on_scheduler(
                        holders, session._token
                    )
                    cluster.kill(int(holder.removeprefix("worker")))
            assert np.array_equal(session.run(w), np.full(1000, 40.0))
            row = wait_for(lambda: counts(session)["replays"] and counts(session))
            assert 1 <= row["replayed"] <= 40
            wait_for(lambda: counts(session)["commits"] == 40)
            assert sum(lost for *_, lost, _, _ in now(session)["states"]) >= 1


def holders(token: str, dask_scheduler: Any) -> list[str]:
    """The names of the workers that hold the present version of a variable."""
    held = [t for k, t in dask_scheduler.tasks.items() if k[1] == token and t.who_has]
    return [str(next(iter(held[-1].who_has)).name)]


def test_what_could_not_be_told_is_told_later(client: Client) -> None:
    w = df.Variable(0.0, name="w")
    step = w.assign_add(1.0)
    with df.Session(client) as session:
        wait_for(lambda: counts(session))
        handler = client.run_on_scheduler(take_handler)
        session.run(step)
        wait_for(lambda: session._cluster.monitor._changed)
        wait_for(lambda: not session._cluster.monitor._is_due)
        client.run_on_scheduler(take_handler, back=True)
        assert handler is None
        session.run(step)
        wait_for_runs(session, 2)
        assert now(session)["variables"] == [["w", "float32", "[]", 2]]
        assert "w" in names_of(session, now(session))


def take_handler(dask_scheduler: Any, back: bool = False) -> None:
    """Leave sessions nothing to call, or have it `back`."""
    handlers, plugin = dask_scheduler.handlers, dask_scheduler.plugins["daskflow"]
    if back:
        handlers["daskflow"] = plugin.hear
    else:
        handlers["daskflow"] = None


def test_a_session_that_does_nothing_has_no_thread(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(monitor, "INTERVAL", 0.01)
    with df.Session(client) as session:
        wait_for(lambda: counts(session))
        wait_for(lambda: session._cluster.monitor._thread is None)
        session.run(df.Variable(1.0) + 1.0)
        wait_for_runs(session, 1)
        wait_for(lambda: session._cluster.monitor._thread is None)


def test_where_no_thread_can_start_a_session_runs_and_closes(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Thread(threading.Thread):
        def start(self) -> None:
            raise RuntimeError("can't create new thread at interpreter shutdown")

    late = SimpleNamespace(Thread=Thread, Lock=threading.Lock, Event=threading.Event)
    monkeypatch.setattr(monitor, "threading", late)
    with df.Session(client) as session:
        assert session.run(df.Variable(1.0) + 1.0) == 2.0
    assert session._cluster.monitor.page is None


def test_a_traced_run_counts(client: Client) -> None:
    y = df.Variable(1.0) + 1.0
    with df.Session(client) as session:
        session.run(y)
        options = df.RunOptions(trace_level=df.RunOptions.FULL_TRACE)
        session.run(y, options=options, run_metadata=df.RunMetadata())
        wait_for_runs(session, 2)


def test_a_plan_is_called_after_what_is_wanted() -> None:
    with df.Session("sync") as session:
        ends = [df.exp(df.placeholder(df.float32, []), name=f"e{i}") for i in range(50)]
        feeds = dict.fromkeys(df.get_default_graph().placeholders, 0.5)
        for count, title in ((2, "e0, e1"), (50, None)):
            prepared, inputs = session._ready(ends[:count], feeds)
            tuning = session._tuning(prepared, inputs)
            found, *_ = monitor.description(tuning, prepared.given(inputs))
            assert found == title or (len(found) == monitor.TITLE and found[-1] == "…")


# What it does not show


def test_no_value_is_ever_shown(client: Client) -> None:
    x, _, y, step = built()
    feeds = {x: np.full((3, 2), SECRET)}
    with df.Session(client) as session:
        for _ in range(4):
            session.run([y, step], feeds)
        wait_for_runs(session, 4)
        page, data = page_of(session), now(session)
        query = {"session": session._token, "plan": data["plan"]}
        shown = [text(page), json.dumps(data), text(f"{page}/picture.json", **query)]
        kept = client.run_on_scheduler(all_that_is_known)
        for what in (*shown, kept, str(client.get_events())):
            assert "86412.57" not in what


def all_that_is_known(dask_scheduler: Any) -> str:
    sessions = dask_scheduler.plugins["daskflow"]._sessions.values()
    plans = [unpacked(p.packed) for s in sessions for p in s.plans.values()]
    return repr([*sessions, *plans])


@pytest.mark.parametrize("attack", ATTACKS)
def test_names_are_no_markup(client: Client, attack: str) -> None:
    compute = {"compute": lambda self, x: x}
    cls: Callable[..., Any] = type(attack, (df.Operation,), compute)
    node = cls([df.constant(1.0)], name="a/>b\\c")
    with df.Session(client) as session:
        session.run(node)
        wait_for_runs(session, 1)
        data = now(session)
        query = {"session": session._token, "plan": data["plan"]}
        drawn = json.loads(text(f"{page_of(session)}/picture.json", **query))
        assert "<script" not in drawn["svg"]
        assert "<img" not in drawn["svg"]
        found = answer(f"{page_of(session)}/now.json").headers
        assert found["Content-Type"].startswith("application/json")
        assert found["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "query", [{"plan": "9" * 30}, {"plan": "-1"}, {"plan": "<b>"}, {"session": "no"}]
)
def test_a_plan_that_is_not_there_is_not_found(client: Client, query: Any) -> None:
    page = install(client)
    with pytest.raises(HTTPError, match="404") as caught:
        text(f"{page}/picture.json", **query)
    caught.value.close()
    assert "sessions" in json.loads(text(f"{page}/now.json", **query))


# How much it keeps


def test_nothing_grows_with_the_number_of_runs(client: Client) -> None:
    x = df.placeholder(df.float32, [])
    w = df.Variable(0.0)
    step = w.assign_add(x)
    with df.Session(client) as session:
        session.run(step, {x: 1.0})
        wait_for_runs(session, 1)
        for _ in range(100):
            session.run(step, {x: 1.0})
        wait_for_runs(session, 101)
        sizes = wait_for(lambda: sizes_of(client, session._token, most_live=2))
    assert sizes["totals"] <= 4
    assert sizes["plans"] <= 2
    assert "daskflow" not in client.get_events()


def sizes_of(client: Client, token: str, most_live: int) -> Any:
    def sizes(dask_scheduler: Any) -> dict[str, int]:
        session = dask_scheduler.plugins["daskflow"]._sessions[token]
        return {n: len(getattr(session, n)) for n in ("live", "totals", "plans")}

    found = client.run_on_scheduler(sizes)
    return found if found["live"] <= most_live else None


def test_only_the_last_plans_are_kept(client: Client) -> None:
    x = df.placeholder(df.float32, [])
    with df.Session(client) as session:
        for i in range(PLANS + 4):
            session.run(x + float(i), {x: 1.0})
        wait_for_runs(session, PLANS + 4)
        numbers = [number for number, *_ in now(session)["plans"]]
        assert len(numbers) == PLANS
        assert numbers[0] == PLANS + 3
        assert len(session._cluster.monitor._plans) == PLANS


@pytest.mark.slow
def test_many_nodes_are_folded_into_few() -> None:
    x = df.placeholder(df.float64, [], name="x")
    ends = []
    for i in range(100):
        with df.name_scope(f"block_{i}"):
            y = x
            for j in range(30):
                y = y * (1.0 + i) + float(j)
        ends.append(y)
    total = df.add_n(ends)
    with df.Session("sync", grouping=False) as session:
        tuning = session._tuning(*session._ready(total, {x: 0.5}))
        assert len(tuning.plan.nodes) > 3_000
        title, nodes, tasks, plan = monitor.description(tuning, {x.id: 0.5})
    assert (title, nodes) == (total.op.name, len(tuning.plan.nodes))
    assert tasks == len(tuning.program.steps)
    assert len(plan) < 200_000
    described = unpacked(plan)
    assert len(described.diagram.vertices) <= monitor.MOST
    assert {*described.tasks} == {step.id for step in tuning.program.steps}
    for shares in described.tasks.values():
        assert sum(shares.values()) == pytest.approx(1.0)
    drawn = picture(plan)
    assert (
        len(drawn["places"]) == len(drawn["names"]) == len(described.diagram.vertices)
    )


# The plugin by itself


class Scheduler:
    """As much of one as the plugin looks at."""

    def __init__(self) -> None:
        self.http_application = self
        self.handlers: dict[str, Any] = {}
        self.clients: dict[str, Any] = {}
        self.plugins: dict[str, Any] = {}
        self.address = "tcp://nowhere"

    def add_handlers(self, *arguments: Any) -> None: ...

    def add_plugin(self, plugin: Any) -> None:
        self.plugins[plugin.name] = plugin


TOLD = {
    **dict.fromkeys(("runs", "commits", "replays", "replayed"), 0),
    **{name: [] for name in ("variables", "plans", "ran")},
    "closed": False,
}


@pytest.fixture
def board() -> Dashboard:
    board = Dashboard()
    board.open(Scheduler())
    return board


def heard(board: Dashboard, session: str, **told: Any) -> Watched:
    board.hear(session, "client", {**TOLD, **told})
    return board._sessions[session]


def test_tasks_of_others_are_left_alone(board: Dashboard) -> None:
    session = heard(board, "token")
    for key in ("sum-token", ("x", 0, 0), ("a", "other", "1"), ("token", "b"), 7, b"x"):
        board.transition(key, "released", "waiting", stimulus_id="")
        board.transition(key, "processing", "memory", stimulus_id="", nbytes=1)
    assert not session.live
    assert not session.totals


def test_what_the_installer_says(board: Dashboard) -> None:
    installed, version = _installer(), df.__version__
    assert "the session 0.1" in installed("0.1", None)
    scheduler = Scheduler()
    assert installed(version, scheduler) == ""
    assert scheduler.plugins["daskflow"].hear == scheduler.handlers["daskflow"]
    scheduler = Scheduler()
    scheduler.http_application = None
    assert "has no dashboard" in installed(version, scheduler)
    assert not scheduler.plugins


def test_tasks_from_before_are_found() -> None:
    class Task(NamedTuple):
        key: Any
        state: str
        dependencies: Sequence[Any] = ()

    a = Task(("a", "token", "1"), "processing")
    b = Task(("b", "token", "1"), "waiting", [a, Task("other", "memory")])
    c = Task(("c", "token", "1"), "released", [a])
    scheduler, board = Scheduler(), Dashboard()
    board.open(scheduler)
    scheduler.clients["client"] = SimpleNamespace(
        wants_what=[b, c, Task("x", "memory")]
    )
    assert heard(board, "token").live == {a.key: "processing", b.key: "waiting"}


STATES_OF: dict[str, tuple[list[Any], str]] = {
    "nothing yet": ([], ""),
    "waiting": ([("a", "waiting")], "waiting"),
    "queued": ([("a", "queued")], "waiting"),
    "one of two": ([("a", "waiting"), ("b", "processing")], "processing"),
    "in memory": ([("a", "memory")], "memory"),
    "done": ([("a", "memory"), ("a", "released")], "done"),
    "erred": ([("a", "erred"), ("b", "processing")], "erred"),
    "erred, gone": ([("a", "erred"), ("a", "released")], "erred"),
    "done again": ([("a", "erred"), ("a", "released"), ("a", "memory")], "memory"),
    "lost": ([("a", "memory"), ("a", "lost"), ("a", "waiting")], "lost"),
    "of no plan": ([("c", "processing")], ""),
}


@pytest.mark.parametrize("case", STATES_OF)
def test_the_state_of_a_node_is_what_says_most(board: Dashboard, case: str) -> None:
    events, expected = STATES_OF[case]
    plan = packed(Diagram.of([Vertex("v", "op")], []), {"a": {0: 1.0}, "b": {0: 0.5}})
    heard(board, "token", plans=[(0, 1, "title", 1, 2, plan)])
    for name, finish in events:
        key = (name, "token", "1")
        if finish == "lost":
            lost = {"processing-tasks": set(), "lost-computed-tasks": {key}}
            board.log_event("all", {"action": "remove-worker", **lost})
        else:
            board.transition(key, "processing", finish, stimulus_id="")
    [[state, *_]] = board.look("token", -1).data()["states"]
    assert state == expected


def test_a_task_is_live_from_waiting_until_it_is_released(board: Dashboard) -> None:
    session, key = heard(board, "token"), ("a", "token", "1")
    spans = [
        {"action": "transfer", "start": 0.0, "stop": 5.0},
        {"action": "compute", "start": 5.0, "stop": 7.0},
    ]
    steps = ["released", "waiting", "processing", "memory", "released", "forgotten"]
    live = []
    for start, finish in pairwise(steps):
        done = {"startstops": spans} if finish == "memory" else {}
        board.transition(key, start, finish, stimulus_id="", **done)
        live.append(session.live.get(key))
    assert live == ["waiting", "processing", "memory", None, None]
    total = session.totals["a"]
    assert (total.runs, total.seconds, total.last) == (1, 2.0, "memory")


def test_what_is_lost_with_a_worker_is_lost_until_it_is_done(board: Dashboard) -> None:
    session, key = heard(board, "token"), ("a", "token", "1")
    event = {
        "action": "remove-worker",
        "processing-tasks": {key, "x"},
        "lost-computed-tasks": {key, ("a", "other", "1")},
    }
    board.log_event("all", event)
    board.log_event("all", "something else")
    board.log_event("tcp://worker", event)
    assert (session.totals["a"].lost, session.totals["a"].last) == (1, "lost")
    board.transition(key, "processing", "memory", stimulus_id="")
    assert session.totals["a"].last == "memory"


def test_a_restart_leaves_no_tasks(board: Dashboard) -> None:
    session = heard(board, "token")
    board.transition(("a", "token", "1"), "released", "waiting", stimulus_id="")
    board.restart(None)
    assert not session.live


def test_only_so_many_names_are_kept(board: Dashboard) -> None:
    session = heard(board, "token")
    for i in range(NAMES + 5):
        session.total(str(i))
    assert len(session.totals) == NAMES
    assert "4" not in session.totals


def test_closed_sessions_are_kept_for_a_while(board: Dashboard) -> None:
    heard(board, "open")
    for i in range(CLOSED + 5):
        heard(board, f"closed {i}", closed=True)
    assert len(board.look("", -1).told["sessions"]) == CLOSED + 1
    for session in board._sessions.values():
        if session.closed:
            session.closed -= KEPT_FOR
    assert [row["session"] for row in board.look("", -1).told["sessions"]] == ["open"]


def test_a_session_whose_client_comes_back_is_open_again(board: Dashboard) -> None:
    session = heard(board, "token")
    board.remove_client(None, "client")
    assert session.closed
    assert not heard(board, "token").closed


def test_the_page_follows_the_session_that_ran_last(board: Dashboard) -> None:
    for name in ("a", "b", "a"):
        heard(board, name)
    assert board.look("", -1).data()["session"] == "a"
    assert board.look("b", -1).data()["session"] == "b"
    heard(board, "a", closed=True)
    assert board.look("", -1).data()["session"] == "b"


def test_there_may_be_nothing_to_show(board: Dashboard) -> None:
    assert board.look("", -1).data()["session"] is None
    heard(board, "token", ran=[(7, 1)])  # of a plan that is not known any more
    data = board.look("", -1).data()
    assert (data["session"], data["plan"], data["plans"]) == ("token", None, [])


def test_runs_per_second_are_those_of_late(board: Dashboard) -> None:
    session = heard(board, "token")
    at = time.monotonic()
    session.pace.clear()
    session.pace += [(at - 20, 0), (at - 2, 50), (at, 100)]
    session.runs = 100
    assert session.rate() == pytest.approx(20.0, rel=0.1)
    session.pace.pop()
    session.pace.pop()
    session.runs = 0
    assert session.rate() == 0.0


# In a browser


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Page]:
    if PROGRAM is None:
        pytest.skip("there is no chromium")
    with chromium(tmp_path) as page:
        yield page


LABELS = "[...document.querySelectorAll('#picture text')].map(e => e.textContent)"
CHOOSE_FIRST_PLAN = """
    plans.selectedIndex = plans.length - 1;
    plans.dispatchEvent(new Event("change"))
"""
VERSION = re.compile(r"v\d+$")
TEXT = "document.body.innerText"
STATES = "[...document.querySelectorAll('#picture .state')].map(e => e.classList[1])"


@pytest.mark.browser
@pytest.mark.slow
def test_a_browser_shows_the_graph_as_it_runs(client: Client, browser: Page) -> None:
    x = df.placeholder(df.float32, [2], name="x")
    with df.name_scope("slow"):
        parts = [Waits(x, 0.3), Waits(x, 0.5)]
    w = df.Variable(np.zeros(2, np.float32), name="w")
    step = w.assign_add(df.add_n(parts, name="sum"), name="step")
    with df.Session(client, grouping=False) as session:
        session.run(df.exp(x, name="seen"), {x: [1.0, 2.0]})
        browser.open(page_of(session))
        going = True

        def train() -> None:
            while going:
                session.run(step, {x: [1.0, 2.0]})

        training = threading.Thread(target=train)
        training.start()
        try:
            seen: set[str] = set()
            wait_for(
                lambda: (
                    seen.update(browser.value(STATES))
                    or {"processing", "waiting"} <= seen
                )
            )
            wait_for(lambda: "slow/Waits" in browser.value(TEXT))
            wait_for(lambda: "float32" in browser.value(TEXT))
            wait_for(lambda: [s for s in browser.value(LABELS) if VERSION.match(s)])
        finally:
            going = False
            training.join()
        for name in ("Waits", "Waits_1", "step"):
            assert name in browser.value(LABELS)
        wait_for(lambda: {*browser.value(STATES)} <= {"done", "memory"})
        before = {*browser.value(LABELS)}
        browser.value(CHOOSE_FIRST_PLAN)
        wait_for(lambda: "seen" in browser.value(LABELS))
        assert "seen" not in before
    assert browser.complaints == []


@pytest.mark.browser
@pytest.mark.slow
def test_a_browser_takes_names_for_text(client: Client, browser: Page) -> None:
    y = df.constant(1.0)
    for attack in ATTACKS:
        cls: Any = type(attack, (df.Operation,), {"compute": lambda self, x: x})
        y = cls([y], name="a/>b\\c")
    with df.Session(client, grouping=False) as session:
        session.run(y)
        browser.open(page_of(session))
        wait_for(
            lambda: browser.value("document.querySelectorAll('svg .state').length")
        )
        assert browser.value("document.images.length + document.scripts.length") == 1
        shown = browser.value("document.getElementById('picture').textContent")
        for attack in ATTACKS:
            assert attack in shown
    assert browser.complaints == []


@pytest.mark.browser
@pytest.mark.slow
def test_a_browser_shows_how_to_begin(launched: Any, browser: Page) -> None:
    with launched() as cluster:
        address = cluster.scheduler("--preload", "daskflow.dashboard")
        with closing(Client(address, set_as_default=False)) as client:
            browser.open(client.dashboard_link.replace("/status", "/daskflow"))
            begin = f'df.Session(scheduler="{address}")'
            wait_for(lambda: begin in browser.value("document.body.innerText"))
            assert browser.value("document.querySelector('header a').href").endswith(
                "/status"
            )
    assert browser.complaints == []
