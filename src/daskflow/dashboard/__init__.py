"""A page on the Dask dashboard that shows the sessions of a scheduler as they run.

`dask scheduler --preload daskflow.dashboard` has it from the start, and a session that
connects to a scheduler puts it there. It is `/daskflow`, beside Dask's own `/status`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from daskflow.dashboard.plugin import Dashboard
from daskflow.errors import UnavailableError

__all__ = ["Dashboard", "dask_setup", "install"]


def install(client: Any) -> str:
    """Put the page on the dashboard of a client's scheduler, and give its address.

    Where it is already, it stays as it is. `UnavailableError` says why it cannot be:
    the scheduler has no dashboard, no daskflow, or another version of it.

    >>> from distributed import Client, LocalCluster
    >>> cluster = LocalCluster(processes=False, dashboard_address="127.0.0.1:0")
    >>> with cluster, Client(cluster) as client:
    ...     install(client)
    'http://...:.../daskflow'
    """
    version = sys.modules["daskflow"].__version__
    try:
        reason = client.run_on_scheduler(_installer(), version)
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
    if reason:
        raise UnavailableError(None, None, f"there is no page for daskflow: {reason}")
    return page_of(client.dashboard_link)


def page_of(link: str) -> str:
    """The address of the page, from that of Dask's own."""
    return link.removesuffix("/status") + "/daskflow"


def dask_setup(scheduler: Any) -> None:
    """Put the page on a scheduler's dashboard; Dask calls this when it preloads."""
    if Dashboard.name not in scheduler.plugins:
        dashboard = Dashboard()
        dashboard.open(scheduler)
        scheduler.add_plugin(dashboard)


def _installer() -> Callable[..., str]:
    """A function that goes to the scheduler by value, since this may not be there."""

    def installed(version: str, dask_scheduler: Any) -> str:
        from importlib import import_module

        try:
            there = import_module("daskflow").__version__
            if there != version:
                return f"the scheduler has daskflow {there}, the session {version}"
            import_module("daskflow.dashboard").dask_setup(dask_scheduler)
        except Exception as error:
            return f"on the scheduler: {type(error).__name__}: {error}"
        return ""

    return installed
