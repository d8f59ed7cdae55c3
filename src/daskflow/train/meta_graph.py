"""`MetaGraphDef`: a graph as data, with its collections and how it is saved."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from daskflow import logging
from daskflow.arrays import described
from daskflow.checkpoint import replacing
from daskflow.errors import GraphError, NotFoundError
from daskflow.graph import Graph, Operation, Tensor
from daskflow.graph_def import GraphDef, graph_def_of, packed, unpacked
from daskflow.ops.state import Variable


@dataclass
class MetaGraphDef:
    """A graph as data, its collections by name, and the settings of its `Saver`.

    What is in a collection is `("variable", name)`, `("tensor", name)`, `("op", name)`
    or `("value", value)`.

    >>> w = df.Variable(1.0, name="w")
    >>> meta_graph = df.train.export_meta_graph()
    >>> meta_graph.graph_def.node[0].name
    'w/initial_value'
    >>> meta_graph.collections["trainable_variables"]
    [('variable', 'w')]
    """

    graph_def: GraphDef = field(default_factory=GraphDef)
    collections: dict[str, list[tuple[str, Any]]] = field(default_factory=dict)
    saver: dict[str, Any] | None = None

    def SerializeToString(self) -> bytes:  # noqa: N802  # as protobuf has it
        """It as bytes, which `ParseFromString` reads."""
        return packed(self._document)

    def ParseFromString(self, serialized: bytes) -> int:  # noqa: N802
        """Become what was serialized, and give the number of bytes."""
        document, decode = unpacked(serialized)
        if "collections" not in document:
            raise GraphError("expected a meta graph, got a graph alone")
        self.graph_def = GraphDef.read(document, decode)
        self.collections = decode(document["collections"])
        self.saver = decode(document["saver"])
        return len(serialized)

    def write(self, path: str | os.PathLike[str], as_text: bool = False) -> None:
        """Write it to a file, in the place of one that is there."""
        serialized = packed(self._document, as_text)
        with replacing(os.fspath(path)) as file:
            file.write(serialized)

    @classmethod
    def read(cls, path: str | os.PathLike[str]) -> MetaGraphDef:
        """What was written there; `NotFoundError` if there is no such file.

        >>> import tempfile
        >>> w = df.Variable(1.0, name="w")
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     df.train.export_meta_graph().write(folder + "/model.meta")
        ...     meta_graph = df.MetaGraphDef.read(folder + "/model.meta")
        >>> meta_graph.collections["trainable_variables"]
        [('variable', 'w')]
        """
        try:
            with open(path, "rb") as file:
                serialized = file.read()
        except FileNotFoundError:
            raise NotFoundError(
                None, None, f"there is no meta graph {os.fspath(path)!r}"
            ) from None
        meta_graph = cls()
        meta_graph.ParseFromString(serialized)
        return meta_graph

    def _document(self, encode: Callable[[str, Any], Any]) -> dict[str, Any]:
        return {
            **self.graph_def.document(encode),
            "collections": encode("collections", self.collections),
            "saver": encode("saver", self.saver),
        }


def meta_graph_of(
    graph: Graph,
    saver: Mapping[str, Any] | None = None,
    collections: Iterable[str] | None = None,
    clear_devices: bool = False,
) -> MetaGraphDef:
    """A graph as data; of its collections those named, all unless given.

    `GraphError` if it has operations that are code of the program.
    """
    graph_def = graph_def_of(graph)
    if clear_devices:
        for node in graph_def.node:
            node.device = ""
    names = graph.get_all_collection_keys() if collections is None else collections
    kept = {name: _items(graph, name) for name in names if isinstance(name, str)}
    return MetaGraphDef(graph_def, kept, None if saver is None else dict(saver))


def _items(graph: Graph, collection: str) -> list[tuple[str, Any]]:
    """What is in a collection, as data; what is none is left out."""
    items = []
    for value in graph.get_collection(collection):
        item = _item(value)
        if item is None:
            logging.warning(
                "the collection %r is exported without %s", collection, described(value)
            )
        else:
            items.append(item)
    return items


def _item(value: Any) -> tuple[str, Any] | None:
    if isinstance(value, Variable):
        return "variable", value.op.name
    if isinstance(value, Tensor):
        return "tensor", value.name
    if isinstance(value, Operation):
        return "op", value._name
    if value is None or isinstance(value, bool | int | float | str | bytes):
        return "value", value
    return None
