"""What a run is asked for: the structure of fetches and the values of feeds."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import (
    Callable,
    Collection,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from dataclasses import dataclass
from typing import Any

import numpy as np
from dask.base import is_dask_collection

from daskflow.arrays import as_texts, described, sealed
from daskflow.errors import (
    DaskflowError,
    FeedError,
    FetchError,
    SymbolicTensorError,
)
from daskflow.graph import Composite, Graph, Operation, Operators, Tensor, only_output
from daskflow.spec import STRING, DType, shape_text

Fetch = Tensor | Operation
Rebuild = Callable[[Sequence[Any]], Any]
Part = Callable[[Iterator[Any]], Any]


@dataclass(frozen=True, slots=True)
class Request:
    """What is fetched and fed, without the values of the feeds.

    `rebuild` makes what the user gets of the values of `leaves`. An operation gives
    None, unless it is of a user's class: that gives its value. `nested` are the keys of
    the feeds where some of them are tuples, whose values are tuples as well.
    """

    leaves: tuple[Fetch, ...]
    rebuild: Rebuild
    tensors: tuple[Tensor, ...]
    nested: tuple[Any, ...] = ()

    @classmethod
    def of(
        cls, graph: Graph, fetches: Any, feed_dict: Mapping[Any, Any] | None
    ) -> Request:
        """The request that these arguments of `Session.run` make."""
        leaves: list[Fetch] = []
        whole = _flatten(graph, fetches, leaves)
        keys = _keys(feed_dict)
        tensors = _fed_tensors(graph, keys)
        nested = keys if any(isinstance(key, tuple) for key in keys) else ()
        if whole is next:
            return cls(tuple(leaves), _first, tensors, nested)

        def rebuild(values: Sequence[Any]) -> Any:
            return whole(iter(_handed_over(values)))

        return cls(tuple(leaves), rebuild, tensors, nested)

    def flat(self, values: Iterable[Any]) -> list[Any]:
        """The values of the feeds, without the tuples that they are in."""
        pairs = zip(self.nested, values, strict=True)
        return [part for key, value in pairs for part in _parts(key, value)]

    def read(self, values: Collection[Any]) -> list[Any]:
        """The values of the feeds, as read-only arrays that the tensors admit."""
        return [
            _fed_value(tensor, value)
            for tensor, value in zip(self.tensors, values, strict=True)
        ]


def _first(values: Sequence[Any]) -> Any:
    return _own(values[0])


def _handed_over(values: Sequence[Any]) -> list[Any]:
    """Fetched values as the user's own: one that is fetched twice is copied."""
    mine: list[Any] = []
    given: set[int] = set()
    for value in values:
        own = _own(value)
        if type(own) is np.ndarray:
            own = own.copy("K") if id(own) in given else own
            given.add(id(own))
        mine.append(own)
    return mine


def _own(value: Any) -> Any:
    """A fetched value as the user's own: writable, sharing memory with nothing.

    A fresh array is given as it is. What is read-only, because the run was given it or
    the session keeps it, or is a view of something is copied. A single number comes as
    NumPy's scalar.
    """
    if type(value) is not np.ndarray:
        return value
    if value.base is not None or not value.flags.writeable:
        return value[()] if not value.ndim else value.copy("K")
    return value if value.ndim else value[()]


def request_key(fetches: Any, feed_dict: Mapping[Any, Any] | None) -> Any:
    """What requests that are alike have in common; hashable if they can be kept."""
    return _shape_of(fetches), None if feed_dict is None else tuple(feed_dict.keys())


def _shape_of(fetches: Any) -> Any:
    kind = type(fetches)
    if kind is list or isinstance(fetches, tuple):
        return kind, *[_shape_of(fetch) for fetch in fetches]
    if isinstance(fetches, dict):
        return kind, tuple(fetches), *[_shape_of(f) for f in fetches.values()]
    return fetches


def _flatten(graph: Graph, fetches: Any, leaves: list[Fetch]) -> Part:
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
    if isinstance(fetches, Composite):
        parts = [
            _absent if part is None else _flatten(graph, part, leaves)
            for part in fetches.parts
        ]
        make = getattr(type(fetches.parts), "_make", tuple)
        return lambda values: make([part(values) for part in parts])
    leaf = _fetch(graph, fetches)
    leaves.append(leaf)
    return _nothing if type(leaf) is Operation else next


def _nothing(values: Iterator[Any]) -> None:
    next(values)


def _absent(values: Iterator[Any]) -> None:
    """A part that is not there takes none of the values."""


def _fetch(graph: Graph, fetch: Any) -> Fetch:
    try:
        element = graph.as_graph_element(fetch)
    except DaskflowError as error:
        hint = _NONE if fetch is None else ""
        raise FetchError(f"cannot fetch {described(fetch)}: {error}{hint}") from None
    if isinstance(element, Operation) and type(element) is not Operation:
        return only_output(element)
    return element


_NONE = (
    "; gradients() gives None where none flows, merge_all() where nothing is to merge"
)


def _keys(feed_dict: Mapping[Any, Any] | None) -> tuple[Any, ...]:
    if feed_dict is None:
        return ()
    if not isinstance(feed_dict, Mapping):
        raise FeedError(
            f"feed_dict must map tensors to values, got a {type(feed_dict).__name__}"
        )
    return tuple(feed_dict)


def _parts(key: Any, value: Any) -> list[Any]:
    """`value` in as many parts as `key` has, each beside its tensor."""
    if not isinstance(key, tuple):
        return [value]
    if not isinstance(value, list | tuple | np.ndarray) or len(value) != len(key):
        raise FeedError(
            f"a tuple of {len(key)} tensors is fed a tuple of as many values, got "
            f"{described(value)}"
        )
    pairs = zip(key, value, strict=True)
    return [part for k, v in pairs for part in _parts(k, v)]


def _flat_keys(keys: Iterable[Any]) -> Iterator[Any]:
    for key in keys:
        if isinstance(key, tuple):
            yield from _flat_keys(key)
        else:
            yield key


def _fed_tensors(graph: Graph, keys: Iterable[Any]) -> tuple[Tensor, ...]:
    tensors = [_fed_tensor(graph, key) for key in _flat_keys(keys)]
    for i, tensor in enumerate(tensors):
        if tensor in tensors[:i]:
            raise FeedError(f"{tensor.name!r} is fed twice")
    return tuple(tensors)


def _fed_tensor(graph: Graph, key: Any) -> Tensor:
    if isinstance(key, Composite):
        raise FeedError(f"cannot feed {key!r}: feed the tensors that it is made of")
    try:
        element = graph.as_graph_element(key)
        return element if isinstance(element, Tensor) else only_output(element)
    except DaskflowError as error:
        raise FeedError(f"cannot feed {described(key)}: {error}") from None


def _fed_value(tensor: Tensor, value: Any) -> Any:
    if type(value) in _PLAIN:
        return _checked(tensor, value)
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
    return _checked(tensor, value)


_PLAIN = {np.ndarray, list, tuple, float, int, bool}


def _checked(tensor: Tensor, value: Any) -> Any:
    try:
        array = _in_order(np.asarray(value))
        if array.dtype.kind in "OSU":
            array = as_texts(value)
    except (ValueError, SymbolicTensorError) as error:
        raise FeedError(f"cannot feed {tensor.name!r}: {error}") from None
    except TypeError:
        raise FeedError(
            f"cannot feed {tensor.name!r}: expected numbers, got a "
            f"{type(value).__name__}"  # and not which one: nothing shows what is fed
        ) from None
    array = _cast(tensor, array)
    if not tensor.spec.admits(array.shape):
        raise FeedError(
            f"Cannot feed value of shape {shape_text(array.shape)} for tensor "
            f"{tensor.name!r}, which has shape {shape_text(tensor.spec.shape)}"
        )
    return sealed(array, shared=True)


def _in_order(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The array in C order and the machine's byte order: values alone make results."""
    dtype = array.dtype
    return np.asarray(
        array, dtype if dtype.isnative else dtype.newbyteorder("="), order="C"
    )


def _cast(tensor: Tensor, array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    dtype = tensor.spec.dtype
    if dtype is None or array.dtype == dtype:
        return array
    if dtype == STRING and not array.size:
        return array.astype(STRING)
    numeric = array.dtype.kind in "biufc" and dtype.kind in "biufc"
    if numeric and not (array.dtype.kind == "c" and dtype.kind != "c"):
        with np.errstate(all="ignore"):
            cast = array.astype(dtype)
        whole = np.trunc(array) if array.dtype.kind == "f" else array
        if dtype.kind not in "biu" or np.array_equal(cast, whole):
            return cast
    raise FeedError(
        f"cannot feed {tensor.name!r}, which takes {DType(dtype).name}: these "
        f"{DType(array.dtype).name} values cannot become that without a change; "
        "cast them first"
    )
