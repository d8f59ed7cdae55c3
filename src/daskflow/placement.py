"""Annotated tasks on their way to a cluster."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from dask.highlevelgraph import HighLevelGraph, MaterializedLayer

from daskflow.annotations import Annotations, as_dask_has_it
from daskflow.emit import Key, Tasks
from daskflow.errors import UnavailableError
from daskflow.program import Step

NAMED = 5
"""Workers that a message names; of the others it gives the number."""


def placed(tasks: Mapping[Any, Any], client: Any) -> Mapping[Any, Any]:
    """The tasks as `client.get` takes them with their annotations.

    `UnavailableError` names a node that no worker can run: Dask would wait for one.
    """
    if not isinstance(tasks, Tasks) or not tasks.annotated:
        return tasks
    _check_places(tasks.annotated, client)
    return _layered(tasks)


def _layered(tasks: Tasks) -> HighLevelGraph:
    """A layer for all tasks that are annotated alike."""
    annotations = _annotations(tasks)
    layers: dict[Annotations, dict[Key, Any]] = {}
    for key, task in tasks.items():
        layers.setdefault(annotations.get(key, ()), {})[key] = task
    names = {alike: f"layer-{i}" for i, alike in enumerate(layers)}
    return HighLevelGraph(
        {
            names[alike]: MaterializedLayer(layer, as_dask_has_it(alike))
            for alike, layer in layers.items()
        },
        {name: set() for name in names.values()},  # a scheduler looks at the tasks
    )


def _annotations(tasks: Tasks) -> dict[Key, Annotations]:
    """What each task is annotated with; what hands a value on goes anywhere."""
    return {tasks.key(step.id): step.annotations for step in tasks.annotated}


# Whether there is a place


def _check_places(steps: Iterable[Step], client: Any) -> None:
    nodes: dict[Annotations, str] = {}
    for step in steps:
        nodes.setdefault(step.annotations, step.nodes[0])
    wanted = [(dict(alike), node) for alike, node in nodes.items()]
    wanted = [(asked, node) for asked, node in wanted if _is_bound(asked)]
    if not wanted:
        return
    workers = client.scheduler_info(n_workers=-1)["workers"]
    for asked, node in wanted:
        names = asked.get("workers", ())
        places = {*names, *_addresses(names)}
        needs = asked.get("resources", ())
        fit = (_fits(at, worker, places, needs) for at, worker in workers.items())
        if not any(fit):
            raise UnavailableError(None, node, _no_place(node, asked, workers))


def _is_bound(asked: Mapping[str, Any]) -> bool:
    """Whether it may be that no worker will do."""
    limits = asked.get("workers") or asked.get("resources")
    return bool(limits) and not asked.get("allow_other_workers")


def _addresses(names: Iterable[str | int]) -> Iterable[str]:
    """Those of the names that are addresses, as workers have them."""
    # Who has a client has paid for the import.
    from distributed.comm.addressing import resolve_address

    for name in names:
        with suppress(ValueError, OSError):  # it is the name of a worker or a host
            yield resolve_address(str(name))


def _fits(
    address: str,
    worker: Mapping[str, Any],
    places: set[str | int],
    needs: Sequence[tuple[str, float]],
) -> bool:
    here = not places or not places.isdisjoint(
        {address, worker["name"], worker["host"]}
    )
    return here and all(worker["resources"].get(r, 0) >= n for r, n in needs)


def _no_place(node: str, asked: Mapping[str, Any], workers: Mapping[str, Any]) -> str:
    limits = as_dask_has_it(
        tuple((k, asked[k]) for k in ("workers", "resources") if asked.get(k))
    )
    wanted = " and ".join(f"{name}={value}" for name, value in limits.items())
    found = sorted(
        f"{worker['name']!r} at {address}"
        + (f" with {worker['resources']}" if worker["resources"] else "")
        for address, worker in workers.items()
    )
    more = f" and {len(found) - NAMED} more" if len(found) > NAMED else ""
    return (
        f"{node!r} was built to run with {wanted}, and no worker of the cluster has "
        f"that; there is {', '.join(found[:NAMED]) or 'none'}{more}\n"
        "  start a worker that has it, or build the node with other annotations\n"
        "  no variable has changed; the session can be used again"
    )
