"""The settings of layers whose windows move over images."""

from __future__ import annotations

from typing import Any

from daskflow.errors import GraphError

FORMATS = {
    "channels_first": {1: "NCW", 2: "NCHW", 3: "NCDHW"},
    "channels_last": {1: "NWC", 2: "NHWC", 3: "NDHWC"},
}
"""What `nn` calls them, by the number of axes that windows move along."""


def lengths(name: str, value: Any, rank: int) -> tuple[int, ...]:
    """An int for each of `rank` axes; one stands for all of them."""
    parts = tuple(value) if isinstance(value, list | tuple) else (value,) * rank
    if len(parts) != rank or not all(int(n) == n and n > 0 for n in parts):
        raise GraphError(f"{name} is a positive int or {rank} of them, got {value!r}")
    return tuple(map(int, parts))


def padding_named(padding: str) -> str:
    """`"valid"` or `"same"`, in small letters."""
    if not isinstance(padding, str) or padding.lower() not in ("same", "valid"):
        raise GraphError(f"padding is 'valid' or 'same', got {padding!r}")
    return padding.lower()
