"""What the dashboard answers under `/daskflow`: a page, what it needs, and JSON.

The page asks for addresses relative to its own, so any prefix of the dashboard will do.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tornado.web import HTTPError, RequestHandler

from daskflow.dashboard.plans import picture

TYPES = {
    "page.html": "text/html",
    "page.css": "text/css",
    "page.js": "text/javascript",
    "icon.svg": "image/svg+xml",
}
"""The files that are handed out as they are."""

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)


def routes(dashboard: Any) -> list[tuple[str, type[RequestHandler], dict[str, Any]]]:
    """The handlers for what `dashboard` knows."""
    here = {"dashboard": dashboard}
    return [
        (r".*/daskflow", File, {"name": "page.html"}),
        (r".*/daskflow/page\.css", File, {"name": "page.css"}),
        (r".*/daskflow/page\.js", File, {"name": "page.js"}),
        (r".*/daskflow/icon\.svg", File, {"name": "icon.svg"}),
        (r".*/daskflow/now\.json", Now, here),
        (r".*/daskflow/picture\.json", Picture, here),
    ]


class Handler(RequestHandler):
    """An answer that nothing keeps, and in which no script but the page's own runs."""

    def set_default_headers(self) -> None:
        self.set_header("Content-Security-Policy", POLICY)
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Referrer-Policy", "no-referrer")
        self.set_header("Cache-Control", "no-store")


class File(Handler):
    """A file of this package."""

    def initialize(self, name: str) -> None:
        self.name = name

    def get(self) -> None:
        self.set_header("Content-Type", f"{TYPES[self.name]}; charset=utf-8")
        self.write((Path(__file__).parent / self.name).read_bytes())


class Asked(Handler):
    """An answer about a plan of a session."""

    def initialize(self, dashboard: Any) -> None:
        self.dashboard = dashboard

    @property
    def wanted(self) -> tuple[str, int]:
        """The session and the plan that are asked about."""
        plan = self.get_argument("plan", "")
        number = int(plan) if plan.isdecimal() and len(plan) < 9 else -1
        return self.get_argument("session", ""), number

    async def answer(self, data: Callable[..., Any], *arguments: Any) -> None:
        """What this gives, without keeping the scheduler."""
        self.write(await asyncio.to_thread(data, *arguments))


class Now(Asked):
    """What goes on."""

    async def get(self) -> None:
        await self.answer(self.dashboard.look(*self.wanted).data)


class Picture(Asked):
    """The picture of a plan."""

    async def get(self) -> None:
        plan = self.dashboard.plan(*self.wanted)
        if plan is None:
            raise HTTPError(404)
        await self.answer(picture, plan.packed)
