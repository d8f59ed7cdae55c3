"""How Dask is to run a node: what `dask.annotate` said around building it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from numbers import Integral, Real
from typing import Any

from daskflow.errors import GraphError

Annotations = tuple[tuple[str, Any], ...]
"""Names and hashable values, sorted, so that equal ones compare equal."""


def annotations_of(given: Mapping[str, Any], node: str) -> Annotations:
    """What `dask.get_annotations` gives; `GraphError` unless a scheduler can use it.

    >>> annotations_of({"workers": ["b", "a"], "retries": 2}, "exp")
    (('retries', 2), ('workers', ('a', 'b')))
    """
    return tuple(
        sorted(
            (name, _checked(name, value, node))
            for name, value in given.items()
            if name != "span"  # it is for what is sent inside of it, not built
        )
    )


def as_dask_has_it(annotations: Annotations) -> dict[str, Any]:
    """The same as the dict that a scheduler takes."""
    kinds: dict[str, Callable[[Any], Any]] = {"workers": list, "resources": dict}
    return {name: kinds.get(name, _same)(value) for name, value in annotations}


def _same(value: Any) -> Any:
    return value


def _checked(name: str, value: Any, node: str) -> Any:
    if name not in _TAKES:
        raise GraphError(
            f"cannot build {node}: it can be annotated with {', '.join(_TAKES)}, "
            f"not with {name!r}"
        )
    check, wanted = _TAKES[name]
    try:
        return check(value)
    except (TypeError, ValueError):
        raise GraphError(
            f"cannot build {node}: its annotation {name!r} takes {wanted}, "
            f"got {value!r}"
        ) from None


def _workers(value: Any) -> tuple[str | int, ...]:
    names = [value] if isinstance(value, str) else list(value)
    if not all(isinstance(name, str) or _is_int(name) for name in names):
        raise TypeError
    return tuple(sorted(set(names), key=str))


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value


def _amounts(value: Any) -> tuple[tuple[str, float], ...]:
    if not isinstance(value, Mapping) or not all(isinstance(k, str) for k in value):
        raise TypeError
    amounts = {name: _number(amount) for name, amount in value.items()}
    if not all(amount > 0 for amount in amounts.values()):
        raise ValueError
    return tuple(sorted(amounts.items()))


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError
    if not math.isfinite(value):
        raise ValueError
    return int(value) if isinstance(value, Integral) else float(value)


def _count(value: Any) -> int:
    if not _is_int(value):
        raise TypeError
    if value < 0:
        raise ValueError
    return int(value)


def _is_int(value: Any) -> bool:
    return isinstance(value, Integral) and not isinstance(value, bool)


_TAKES: dict[str, tuple[Callable[[Any], Any], str]] = {
    "workers": (_workers, "the name, address or host of a worker, or several"),
    "allow_other_workers": (_flag, "True or False"),
    "resources": (_amounts, "a dict from names to positive numbers"),
    "priority": (_number, "a number"),
    "retries": (_count, "an int that is not negative"),
}
