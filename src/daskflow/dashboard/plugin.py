"""What a scheduler knows of the sessions on it, for the page to show."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from distributed import SchedulerPlugin

from daskflow.dashboard.pages import routes
from daskflow.dashboard.states import Look, Total

PLANS = 16
"""Plans of a session that are kept, those that have run last."""

NAMES = 50_000
"""Tasks of a session, by their names, whose times are kept."""

CLOSED = 8
"""Sessions that are kept after they were closed."""

KEPT_FOR = 600.0
"""Seconds for which they are."""

WINDOW = 5.0
"""Seconds over which runs per second are a mean."""

LISTED = 500
"""Variables that are listed."""

GONE = frozenset({"released", "forgotten"})


@dataclass(slots=True)
class Plan:
    """A plan that a session has told of, still packed."""

    number: int
    version: int
    title: str
    nodes: int
    tasks: int
    packed: bytes
    runs: int = 0


@dataclass(slots=True)
class Watched:
    """A session: what it told, and what becomes of its tasks."""

    token: str
    client: str
    opened: float = field(default_factory=time.time)
    closed: float = 0.0
    runs: int = 0
    commits: int = 0
    replays: int = 0
    replayed: int = 0
    variables: dict[str, tuple[str, str, int]] = field(default_factory=dict)
    plans: dict[int, Plan] = field(default_factory=dict)
    live: dict[Any, str] = field(default_factory=dict)
    totals: dict[str, Total] = field(default_factory=dict)
    pace: deque[tuple[float, int]] = field(
        default_factory=lambda: deque([(time.monotonic(), 0)], maxlen=64)
    )

    def total(self, name: str) -> Total:
        """The total for the tasks of one name."""
        total = self.totals.get(name)
        if total is None:
            if len(self.totals) >= NAMES:
                del self.totals[next(iter(self.totals))]
            total = self.totals[name] = Total()
        return total

    def hear(self, told: Mapping[str, Any]) -> None:
        """Take in what the session has told."""
        self.runs, self.commits = told["runs"], told["commits"]
        self.replays, self.replayed = told["replays"], told["replayed"]
        self.pace.append((time.monotonic(), self.runs))
        self.variables.update({name: tuple(row) for name, *row in told["variables"]})
        for number, *rest in told["plans"]:
            self.plans.pop(number, None)
            self.plans[number] = Plan(number, *rest)
        for number, runs in told["ran"]:
            if number in self.plans:
                plan = self.plans[number] = self.plans.pop(number)  # the last one now
                plan.runs = runs
        while len(self.plans) > PLANS:
            del self.plans[next(iter(self.plans))]
        # One whose client was away for a moment is not closed any more.
        self.closed = time.time() if told["closed"] else 0.0

    def rate(self) -> float:
        """Runs per second of late."""
        now = time.monotonic()
        recent = [(at, runs) for at, runs in self.pace if at >= now - WINDOW]
        earlier = [(at, runs) for at, runs in self.pace if at < now - WINDOW]
        if not recent or self.closed:
            return 0.0
        began, runs = (now - WINDOW, earlier[-1][1]) if earlier else recent[0]
        return (self.runs - runs) / max(now - began, 0.5)


class Dashboard(SchedulerPlugin):
    """Watches the tasks of sessions, hears what sessions tell, and has the page.

    A session tells by calling the handler `daskflow`. Of events a scheduler would keep
    thousands, and `run_on_scheduler` writes a line into its log.
    """

    name = "daskflow"
    idempotent = True

    def __init__(self) -> None:
        self._sessions: dict[Any, Watched] = {}

    def open(self, scheduler: Any) -> None:
        """Add the page, and the handler that sessions call."""
        application = getattr(scheduler, "http_application", None)
        if application is None:
            raise LookupError("this scheduler has no dashboard")
        self._scheduler = scheduler
        application.add_handlers(".*", routes(self))
        scheduler.handlers["daskflow"] = self.hear

    # What happens on the scheduler

    def transition(
        self,
        key: Any,
        start: Any,
        finish: Any,
        *args: Any,
        startstops: Sequence[Mapping[str, Any]] | None = None,
        **kwargs: Any,
    ) -> None:
        """A task changes its state: the scheduler calls this for every task it has."""
        if type(key) is not tuple or len(key) != 3:
            return
        session = self._sessions.get(key[1])
        if session is None:
            return
        if finish in GONE:
            session.live.pop(key, None)
            return
        session.live[key] = finish
        if start == "processing" and finish in ("memory", "erred"):
            total = session.total(key[0])
            total.last = finish
            if finish == "erred":
                total.erred += 1
            else:
                total.runs += 1
            for span in startstops or ():
                if span["action"] == "compute":
                    total.seconds += span["stop"] - span["start"]

    def log_event(self, topic: str, msg: Any) -> None:
        """Note what is lost with a worker."""
        if topic != "all" or not isinstance(msg, dict):
            return
        if msg.get("action") == "remove-worker":
            for key in {*msg["processing-tasks"], *msg["lost-computed-tasks"]}:
                if type(key) is tuple and len(key) == 3 and key[1] in self._sessions:
                    total = self._sessions[key[1]].total(key[0])
                    total.lost += 1
                    total.last = "lost"

    def restart(self, scheduler: Any) -> None:
        """Every task is gone."""
        for session in self._sessions.values():
            session.live.clear()

    def remove_client(self, scheduler: Any, client: str) -> None:
        """A session ends with its client at the latest."""
        for session in self._sessions.values():
            if session.client == client:
                session.closed = session.closed or time.time()

    # What sessions tell

    def hear(self, session: str, client: str, told: Mapping[str, Any]) -> None:
        """Take in what a session has told."""
        if session not in self._sessions:
            self._drop_closed()
            self._sessions[session] = Watched(session, client)
            self._find_tasks(session, client)
        self._sessions[session].hear(told)

    def _drop_closed(self) -> None:
        """Forget sessions that were closed long ago, and all but a few others."""
        closed = [s for s in self._sessions.values() if s.closed]
        closed.sort(key=lambda session: -session.closed)
        for place, session in enumerate(closed):
            if place >= CLOSED or session.closed < time.time() - KEPT_FOR:
                del self._sessions[session.token]

    def _find_tasks(self, session: str, client: str) -> None:
        """Look for tasks of a session that were there before it told of itself."""
        state = self._scheduler.clients.get(client)
        found: list[Any] = [] if state is None else list(state.wants_what)
        seen = set()
        while found:
            task = found.pop()
            key = task.key
            if type(key) is tuple and key[1:2] == (session,) and key not in seen:
                seen.add(key)
                found += task.dependencies
                if task.state not in GONE:
                    self._sessions[session].live[key] = task.state

    # What the page asks for

    def plan(self, token: str, number: int) -> Plan | None:
        """A plan of a session, if it is still there."""
        session = self._sessions.get(token)
        return None if session is None else session.plans.get(number)

    def look(self, token: str, number: int) -> Look:
        """What there is now, copied, to be worked on in a thread."""
        self._drop_closed()
        sessions = list(self._sessions.values())
        open_ones = [s for s in sessions if not s.closed] or sessions
        latest = max(open_ones, key=lambda s: s.pace[-1], default=None)
        session = self._sessions.get(token, latest)
        data: dict[str, Any] = {
            "address": self._scheduler.address,
            "sessions": [_row(s) for s in reversed(sessions)],
            "session": None if session is None else session.token,
        }
        if session is None:
            return Look(data)
        plans = list(reversed(session.plans.values()))
        variables = sorted(session.variables.items())
        data |= {
            "plans": [[p.number, p.title, p.nodes, p.tasks, p.runs] for p in plans],
            "variables": [[name, *row] for name, row in variables[:LISTED]],
            "more": max(len(variables) - LISTED, 0),
            "plan": None,
        }
        most = max(plans, key=lambda plan: plan.runs, default=None)
        plan = session.plans.get(number, most)
        if plan is None:
            return Look(data)
        data |= {"plan": plan.number, "version": plan.version}
        return Look(data, plan.packed, list(session.live.items()), {**session.totals})


def _row(session: Watched) -> dict[str, Any]:
    return {
        "session": session.token,
        "client": session.client,
        "opened": session.opened,
        "closed": session.closed,
        "runs": session.runs,
        "commits": session.commits,
        "rate": session.rate(),
        "replays": session.replays,
        "replayed": session.replayed,
    }
