"""What a run is asked for: the structure of fetches and the values of feeds."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
from dask.base import is_dask_collection

from daskflow.arrays import described, sealed
from daskflow.errors import (
    DaskflowError,
    FeedError,
    FetchError,
    SymbolicTensorError,
)
from daskflow.graph import Graph, Operation, Operators, Tensor, only_output
from daskflow.spec import shape_text

Fetch = Tensor | Operation
Rebuild = Callable[[Iterator[Any]], Any]


def flattened(graph: Graph, fetches: Any) -> tuple[list[Fetch], Rebuild]:
    """The tensors and operations in a nest, and how to put their values in its place.

    An operation gives None, unless it is of a user's class: that gives its value.
    """
    leaves: list[Fetch] = []
    rebuild = _flatten(graph, fetches, leaves)
    return leaves, rebuild


def _flatten(graph: Graph, fetches: Any, leaves: list[Fetch]) -> Rebuild:
    if isinstance(fetches, list | tuple):
        parts = [_flatten(graph, fetch, leaves) for fetch in fetches]
        make = getattr(type(fetches), "_make", type(fetches))  # namedtuple: _make
        return lambda values: make([part(values) for part in parts])
    if isinstance(fetches, Mapping):
        keys = list(fetches)
        parts = [_flatten(graph, fetches[key], leaves) for key in keys]
        kind = OrderedDict if isinstance(fetches, OrderedDict) else dict
        return lambda values: kind(
            (key, part(values)) for key, part in zip(keys, parts, strict=True)
        )
    leaf = _fetch(graph, fetches)
    leaves.append(leaf)
    return _nothing if type(leaf) is Operation else next


def _nothing(values: Iterator[Any]) -> None:
    next(values)


def _fetch(graph: Graph, fetch: Any) -> Fetch:
    try:
        element = graph.as_graph_element(fetch)
    except DaskflowError as error:
        raise FetchError(f"cannot fetch {described(fetch)}: {error}") from None
    if isinstance(element, Operation) and type(element) is not Operation:
        return only_output(element)
    return element


def fed_values(graph: Graph, feed_dict: Mapping[Any, Any] | None) -> dict[Tensor, Any]:
    """The value of each fed tensor as a read-only array that the tensor admits."""
    if feed_dict is None:
        return {}
    if not isinstance(feed_dict, Mapping):
        raise FeedError(
            f"feed_dict must map tensors to values, got a {type(feed_dict).__name__}"
        )
    feeds = {}
    for key, value in feed_dict.items():
        tensor = _fed_tensor(graph, key)
        if tensor in feeds:
            raise FeedError(f"{tensor.name!r} is fed twice")
        feeds[tensor] = _fed_value(tensor, value)
    return feeds


def _fed_tensor(graph: Graph, key: Any) -> Tensor:
    try:
        element = graph.as_graph_element(key)
        return element if isinstance(element, Tensor) else only_output(element)
    except DaskflowError as error:
        raise FeedError(f"cannot feed {described(key)}: {error}") from None


def _fed_value(tensor: Tensor, value: Any) -> Any:
    if isinstance(value, Operators):
        raise FeedError(
            f"cannot feed {tensor.name!r} with {value!r}: a feed is a value, not a "
            "node of the graph; run that first"
        )
    if is_dask_collection(value):
        raise FeedError(
            f"cannot feed {tensor.name!r} with a Dask collection: compute() it first"
        )
    if isinstance(value, np.ma.MaskedArray):
        raise FeedError(
            f"cannot feed {tensor.name!r} with a masked array: its mask would be "
            "lost; use its filled() values"
        )
    try:
        array = np.asarray(value)
    except (ValueError, SymbolicTensorError) as error:
        raise FeedError(f"cannot feed {tensor.name!r}: {error}") from None
    if array.dtype == object:
        raise FeedError(
            f"cannot feed {tensor.name!r}: expected numbers, got {described(value)}"
        )
    array = _cast(tensor, array)
    if not tensor.spec.admits(array.shape):
        raise FeedError(
            f"Cannot feed value of shape {shape_text(array.shape)} for tensor "
            f"{tensor.name!r}, which has shape {shape_text(tensor.spec.shape)}"
        )
    return sealed(array, shared=True)


def _cast(tensor: Tensor, array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    dtype = tensor.spec.dtype
    if dtype is None or array.dtype == dtype:
        return array
    numeric = array.dtype.kind in "biufc" and dtype.kind in "biufc"
    if numeric and not (array.dtype.kind == "c" and dtype.kind != "c"):
        with np.errstate(all="ignore"):
            cast = array.astype(dtype)
        if dtype.kind not in "biu" or np.array_equal(cast, array):
            return cast
    raise FeedError(
        f"cannot feed {tensor.name!r}: it takes {dtype}, and {array.dtype} values "
        "that cannot become that, or not without a change; cast them first"
    )
