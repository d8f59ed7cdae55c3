"""Graphs with all that belongs to them, to files and back."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

from daskflow.arrays import described
from daskflow.errors import DTypeError, GraphError
from daskflow.graph import get_default_graph
from daskflow.graph_def import Import
from daskflow.ops.state import Variable
from daskflow.train.meta_graph import MetaGraphDef, meta_graph_of
from daskflow.train.saver import Saver


def export_meta_graph(
    filename: str | os.PathLike[str] | None = None,
    meta_info_def: Any = None,
    graph_def: Any = None,
    saver_def: Any = None,
    collection_list: Iterable[str] | None = None,
    as_text: bool = False,
    graph: Any = None,
    export_scope: str | None = None,
    clear_devices: bool = False,
    clear_extraneous_savers: bool = False,
    strip_default_attrs: bool = False,
    save_debug_info: bool = False,
) -> MetaGraphDef:
    """A graph with its collections as data, written to `filename` if that is given.

    It is `graph`, or else the default graph, with all collections unless
    `collection_list` names some. `GraphError` if an operation of it is code of the
    program: one of a user's class, or a function of Python. The other arguments are
    TensorFlow's, and nothing follows from them.

    >>> w = df.Variable(1.0, name="w")
    >>> df.add_to_collection("to_show", w + 1.0)
    >>> meta_graph = df.train.export_meta_graph(collection_list=["to_show"])
    >>> meta_graph.collections
    {'to_show': [('tensor', 'add:0')]}
    """
    if export_scope is not None:
        raise GraphError("a graph is exported as a whole; leave export_scope out")
    meta_graph = meta_graph_of(
        graph or get_default_graph(), None, collection_list, clear_devices
    )
    if filename is not None:
        meta_graph.write(filename, as_text)
    return meta_graph


def import_meta_graph(
    meta_graph_or_file: MetaGraphDef | str | os.PathLike[str],
    clear_devices: bool = False,
    import_scope: str | None = None,
    **kwargs: Any,
) -> Any:
    """Build an exported graph in the default graph, and give its `Saver`.

    Collections become what they were. Without a saver that was exported with it, the
    `Saver` is one of all its variables; None if it has none. `input_map` and
    `return_elements` mean what they mean to `import_graph_def`; the latter makes the
    result a pair.

    `NotFoundError` (a ValueError) if there is no such file.

    >>> w = df.Variable([1.0, 2.0], name="w")
    >>> df.add_to_collection("to_show", df.reduce_sum(w))
    >>> meta_graph = df.train.export_meta_graph()
    >>> with df.Graph().as_default(), df.Session("sync") as another:
    ...     saver = df.train.import_meta_graph(meta_graph)
    ...     another.run(df.get_collection("to_show"))
    [np.float32(3.0)]
    """
    meta_graph = _read(meta_graph_or_file)
    unknown = kwargs.keys() - {"input_map", "return_elements"}
    if unknown:
        raise GraphError(f"import_meta_graph takes no {sorted(unknown)}")
    imported = Import.of(
        meta_graph.graph_def, kwargs.get("input_map"), import_scope or ""
    )
    if clear_devices:
        for operation in imported.operations.values():
            imported.graph._devices.pop(operation._name, None)
    for name, items in meta_graph.collections.items():
        values = [_value(imported, item) for item in items]
        imported.graph.get_collection_ref(name).extend(values)
    saver = _saver(imported, meta_graph.saver)
    returned = kwargs.get("return_elements")
    return saver if returned is None else (saver, list(map(imported.element, returned)))


def _read(meta_graph: Any) -> MetaGraphDef:
    if isinstance(meta_graph, str | os.PathLike):
        return MetaGraphDef.read(meta_graph)
    if not isinstance(meta_graph, MetaGraphDef):
        raise DTypeError(
            f"expected a MetaGraphDef or a path, got {described(meta_graph)}"
        )
    return meta_graph


def _value(imported: Import, item: tuple[str, Any]) -> Any:
    """What is in a collection, in the graph that was imported into."""
    kind, value = item
    if kind == "value":
        return value
    return imported.variables[value] if kind == "variable" else imported.element(value)


def _saver(imported: Import, settings: dict[str, Any] | None) -> Saver | None:
    if settings is not None:
        var_list = {k: imported.variables[v] for k, v in settings["var_list"].items()}
        return Saver(var_list, **settings["settings"])
    variables: list[Variable] = list(imported.variables.values())
    return Saver(variables) if variables else None
