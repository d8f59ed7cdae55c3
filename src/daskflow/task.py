"""What Dask calls for a node: its kernel, and nothing of its graph."""

from __future__ import annotations

import pickle
import threading
from collections.abc import Mapping
from typing import Any

import cloudpickle
import numpy as np

from daskflow.arrays import sealed
from daskflow.blas import ONE_THREAD
from daskflow.errors import (
    InvalidArgumentError,
    OpError,
    ResourceExhaustedError,
    UnimplementedError,
    UnknownError,
)
from daskflow.plan import Node
from daskflow.spec import spec_of


class _Running(threading.local):
    user_code = False


_running = _Running()


def in_user_code() -> bool:
    """Whether this thread is in the kernel of a user's class."""
    return _running.user_code


class NodeTask:
    """A node as a function of its inputs; further arguments are left unread."""

    __slots__ = ("arity", "attrs", "id", "op")

    def __init__(self, node: Node) -> None:
        self.id = node.id
        self.op = node.op
        self.attrs = node.attrs
        self.arity = len(node.inputs)

    def __call__(self, *arguments: Any) -> Any:
        inputs = arguments[: self.arity]
        _running.user_code = not self.op.pure
        try:
            with ONE_THREAD, np.errstate(all="ignore"):
                value = self.op.kernel(*inputs, **self.attrs)
            return self._sealed(value) if self.op.valued else None
        except Exception as error:
            raise self._explained(error, inputs) from _portable(error)
        finally:
            _running.user_code = False

    def _sealed(self, value: Any) -> Any:
        """The value as the rest of the run may see it: an array, and read-only."""
        if self.op.several:
            return tuple(map(self._sealed_array, value))
        return self._sealed_array(value)

    def _sealed_array(self, value: Any) -> Any:
        if value is None:
            raise ValueError("compute returned nothing; it must return the value")
        if isinstance(value, np.generic):
            return value
        return sealed(value, shared=not self.op.pure)  # a user's class may keep it

    def _explained(self, error: Exception, inputs: tuple[Any, ...]) -> OpError:
        given = ", ".join(map(_spec_text, inputs)) or "none"
        return _class_for(error)(
            None,
            self.id,
            f"{self.id!r} ({self.op.name}) failed: {_text(error)}\n"
            f"  its inputs: {given}",
        )

    def __repr__(self) -> str:
        return f"<task {self.id}>"

    def __dask_tokenize__(self) -> str:
        return self.id  # the task's salted key says the rest

    @property
    def __name__(self) -> str:
        return self.op.name


_CLASSES: list[tuple[type[Exception] | tuple[type[Exception], ...], type[OpError]]] = [
    (MemoryError, ResourceExhaustedError),
    (NotImplementedError, UnimplementedError),
    ((ValueError, TypeError, LookupError, ArithmeticError), InvalidArgumentError),
]


def _class_for(error: Exception) -> type[OpError]:
    if isinstance(error, OpError):
        return next(
            c for c in type(error).__mro__ if c.__module__ == OpError.__module__
        )
    return next(
        (ours for theirs, ours in _CLASSES if isinstance(error, theirs)), UnknownError
    )


def _text(error: Exception) -> str:
    try:
        return f"{type(error).__name__}: {error}"
    except Exception as another:  # a user's __str__
        return f"{type(error).__name__}, whose text fails with {another!r}"


def _spec_text(value: Any) -> str:
    if isinstance(value, np.ndarray | np.generic):
        return str(spec_of(value))
    return type(value).__name__


def not_shippable(tasks: Mapping[Any, Any]) -> InvalidArgumentError | None:
    """An error on the first of these tasks that cannot travel between processes."""
    for task in tasks.values():
        node = getattr(task, "func", None)
        if isinstance(node, NodeTask) and not node.op.pure:
            try:
                cloudpickle.dumps(node)
            except Exception as error:
                return InvalidArgumentError(
                    None,
                    node.id,
                    f"{node.id!r} ({node.op.name}) cannot be sent to another process: "
                    f"{_text(error)}",
                )
    return None


def _portable(error: Exception) -> Exception:
    """The error itself if it survives a journey between processes, or its text."""
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        return RuntimeError(_text(error))
    return error
