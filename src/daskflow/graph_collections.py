"""Lists that a program keeps with its graph, by name."""

from __future__ import annotations

import re
import threading
from typing import Any


class Collections:
    """Named lists of whatever a program wants to find again."""

    def __init__(self) -> None:
        self._collections: dict[Any, list[Any]] = {}
        self._lock = threading.RLock()

    def add_to_collection(self, name: Any, value: Any) -> None:
        """Put `value` at the end of the collection of that name.

        >>> graph = df.get_default_graph()
        >>> graph.add_to_collection("steps", "load")
        >>> graph.add_to_collection("steps", "train")
        >>> graph.get_collection("steps")
        ['load', 'train']
        """
        with self._lock:
            self._collections.setdefault(name, []).append(value)

    def add_to_collections(self, names: Any, value: Any) -> None:
        """Put `value` at the end of each of these collections, or of the only one.

        >>> graph = df.get_default_graph()
        >>> graph.add_to_collections(["to_save", "to_show"], "accuracy")
        >>> graph.get_collection("to_save"), graph.get_collection("to_show")
        (['accuracy'], ['accuracy'])
        """
        for name in {names: None} if isinstance(names, str) else dict.fromkeys(names):
            self.add_to_collection(name, value)

    def get_collection(self, name: Any, scope: str | None = None) -> list[Any]:
        """What is in a collection; with a `scope`, what has a name that begins so.

        `scope` is a regular expression.

        >>> with df.name_scope("encoder"):
        ...     w = df.Variable(1.0, name="w")
        >>> b = df.Variable(0.0, name="b")
        >>> [v.name for v in w.graph.get_collection(df.GraphKeys.GLOBAL_VARIABLES)]
        ['encoder/w:0', 'b:0']
        >>> w.graph.get_collection(df.GraphKeys.GLOBAL_VARIABLES, "encoder/") == [w]
        True
        """
        with self._lock:
            values = list(self._collections.get(name, ()))
        if not scope:
            return values
        begins = re.compile(scope).match
        return [v for v in values if hasattr(v, "name") and begins(v.name)]

    def get_collection_ref(self, name: Any) -> list[Any]:
        """The collection itself: a change of the list is a change of it.

        >>> graph = df.get_default_graph()
        >>> graph.get_collection_ref("steps").append("load")
        >>> graph.get_collection("steps")
        ['load']
        """
        with self._lock:
            return self._collections.setdefault(name, [])

    def get_all_collection_keys(self) -> list[Any]:
        """The names of the collections that hold anything.

        >>> df.get_default_graph().get_all_collection_keys()
        []
        >>> w = df.Variable(1.0)
        >>> df.get_default_graph().get_all_collection_keys()
        ['variables', 'trainable_variables']
        """
        return [name for name, values in self._collections.items() if values]

    def clear_collection(self, name: Any) -> None:
        """Take everything out of a collection.

        >>> graph = df.get_default_graph()
        >>> graph.add_to_collection("steps", "load")
        >>> graph.clear_collection("steps")
        >>> graph.get_collection("steps")
        []
        """
        with self._lock:
            self._collections.pop(name, None)
