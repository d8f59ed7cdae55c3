"""What the methods of the default graph are as functions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from daskflow.graph import get_default_graph, graph_of


def name_scope(
    name: str | None, default_name: str | None = None, values: Iterable[Any] = ()
) -> Any:
    """`Graph.name_scope` of the graph of `values`, or else of the default graph.

    `default_name` stands in for a `name` that is None.

    >>> with df.name_scope("layer"), df.name_scope(None, "dense"):
    ...     df.constant(1.0, name="x").name
    'layer/dense/x:0'
    """
    graph = graph_of(tuple(values or ()))
    return graph.name_scope(default_name if name is None else name)


def device(device_name_or_function: Any) -> Any:
    """`Graph.device` of the default graph.

    >>> with df.device("/gpu:0"):
    ...     df.constant(1.0).device
    '/device:GPU:0'
    """
    return get_default_graph().device(device_name_or_function)


def add_to_collection(name: Any, value: Any) -> None:
    """`Graph.add_to_collection` of the default graph.

    >>> df.add_to_collection("to_show", "accuracy")
    >>> df.get_collection("to_show")
    ['accuracy']
    """
    get_default_graph().add_to_collection(name, value)


def add_to_collections(names: Any, value: Any) -> None:
    """`Graph.add_to_collections` of the default graph.

    >>> df.add_to_collections(["to_show", "to_save"], "accuracy")
    >>> df.get_collection("to_save")
    ['accuracy']
    """
    get_default_graph().add_to_collections(names, value)


def get_collection(key: Any, scope: str | None = None) -> list[Any]:
    """`Graph.get_collection` of the default graph.

    >>> w = df.Variable(1.0)
    >>> frozen = df.Variable(2.0, trainable=False)
    >>> df.get_collection(df.GraphKeys.TRAINABLE_VARIABLES) == [w]
    True
    """
    return get_default_graph().get_collection(key, scope)


def get_collection_ref(key: Any) -> list[Any]:
    """`Graph.get_collection_ref` of the default graph.

    >>> df.get_collection_ref("to_show").extend(["loss", "accuracy"])
    >>> df.get_collection("to_show")
    ['loss', 'accuracy']
    """
    return get_default_graph().get_collection_ref(key)


def scope(name: str | None, default: str, *values: Any) -> Any:
    """The name scope of what is made of several operations on `values`."""
    return graph_of(values).name_scope(name or default)


def control_dependencies(control_inputs: Iterable[Any] | None) -> Any:
    """`Graph.control_dependencies` of the default graph.

    >>> count = df.Variable(0)
    >>> with df.control_dependencies([count.assign_add(1)]):
    ...     answer = df.constant(42)
    >>> session.run(answer), session.run(count)
    (np.int32(42), np.int32(1))
    """
    return get_default_graph().control_dependencies(control_inputs)


def set_random_seed(seed: int | None) -> None:
    """Set the seed of the default graph, for the random ops made from here on.

    >>> df.set_random_seed(7)
    >>> x = df.random_uniform([2])
    >>> with df.Session("sync") as again:
    ...     bool(np.all(again.run(x) == session.run(x)))
    True
    """
    get_default_graph().seed = seed
