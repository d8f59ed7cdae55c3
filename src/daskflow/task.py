"""A group of nodes as one generated Python function, one line per node."""

from __future__ import annotations

import linecache
import pickle
import threading
import weakref
from collections.abc import Callable, Iterable, Mapping
from contextlib import nullcontext
from contextvars import copy_context
from dataclasses import dataclass
from functools import lru_cache
from time import perf_counter
from types import CodeType
from typing import Any, NamedTuple

import cloudpickle
import numpy as np

from daskflow import blas
from daskflow.arrays import aligned, in_order, sealed
from daskflow.blas import ONE_THREAD
from daskflow.errors import (
    InvalidArgumentError,
    OpError,
    OutOfRangeError,
    ResourceExhaustedError,
    UnimplementedError,
    UnknownError,
)
from daskflow.opdef import OpDef
from daskflow.spec import spec_of
from daskflow.tiles import tiled


class Line(NamedTuple):
    """Where a node stands in the source of its group: `target = kernel(*inputs)`."""

    number: int
    id: str
    op: str
    kernel: str
    inputs: tuple[str, ...]


class GroupTask:
    """Nodes as one function: values in, a tuple of values and clock readings out.

    It carries source text, ops by name and constants, never the graph, and compiles
    where it runs. A value lives in a local variable named after its node.
    """

    __slots__ = (
        "_function",
        "_has_travelled",
        "_has_user_code",
        "_is_plain",
        "_needs_blas",
        "bindings",
        "lines",
        "name",
        "source",
    )

    def __init__(
        self,
        name: str,
        source: str,
        bindings: Mapping[str, Any],
        lines: tuple[Line, ...],
    ) -> None:
        self.name = name
        self.source = source
        self.bindings = bindings
        self.lines = lines
        self._function: Callable[..., Any] | None = None
        self._has_travelled = False
        self._is_plain = False
        self._needs_blas = "blas." in source
        self._has_user_code = any(
            isinstance(value, OpDef | Parcel) and not value.pure
            for value in bindings.values()
        )

    def __call__(self, *inputs: Any) -> tuple[Any, ...]:
        try:
            if self._is_plain:  # as quick as it can be
                return _quiet.context.run(self._function, *inputs)  # type: ignore[arg-type]
            return self._prepared_run(*inputs)
        except (Exception, SystemExit) as error:
            failure, cause = self._explained(error), _portable(error)
        # Raised here, it does not drag along the error itself, which may not pickle.
        raise failure from cause

    def _prepared_run(self, *inputs: Any) -> tuple[Any, ...]:
        """A run with all that it may need around it."""
        function = self._function or self._compiled()
        if self._has_travelled:
            inputs = aligned(inputs)
        with ONE_THREAD if self._needs_blas else nullcontext():
            if not self._has_user_code:
                values: tuple[Any, ...] = _quiet.context.run(function, *inputs)
                return values
            with np.errstate(all="ignore"):
                return tuple(function(*inputs))

    def _compiled(self) -> Callable[..., Any]:
        names: dict[str, Any] = {
            "blas": blas,
            "clock": perf_counter,
            "np": np,
            "seal": in_order,
            "tiled": tiled,
        }
        for name, value in self.bindings.items():
            if isinstance(value, Parcel):
                value = value.opened(self._line_of(name))
            names[name] = (
                _callable(value) if isinstance(value, OpDef) else aligned(value)
            )
        exec(_code(self.source), names)
        self._function = names["group"]
        self._is_plain = not (
            self._has_travelled or self._has_user_code or self._needs_blas
        )
        return self._function

    def _explained(self, error: BaseException) -> BaseException:
        """The error with the name of the node that failed, and of what it was given."""
        lines = {line.number: line for line in self.lines}
        file = self._compiled().__code__.co_filename
        place = None
        traceback = error.__traceback__
        while traceback is not None:
            mine = traceback.tb_frame.f_code.co_filename == file
            if mine and traceback.tb_lineno in lines:
                place = traceback
            traceback = traceback.tb_next
        if place is None:  # pragma: no cover - a call with too few inputs, never made
            return error
        line = lines[place.tb_lineno]
        values = place.tb_frame.f_globals | place.tb_frame.f_locals
        return _op_error(
            error, line.id, line.op, [values.get(i, i) for i in line.inputs]
        )

    @property
    def __name__(self) -> str:
        return self.name

    def __repr__(self) -> str:
        return f"<task {self.name}>"

    def __dask_tokenize__(self) -> str:
        return self.name  # the task's salted key says the rest

    def _line_of(self, name: str) -> Line:
        """The first line that calls the kernel bound to `name`."""
        return next(line for line in self.lines if line.kernel == name)

    def __getstate__(self) -> Any:
        bindings = {
            name: Parcel.of(value, self._line_of(name)) if _is_foreign(value) else value
            for name, value in self.bindings.items()
        }
        return self.name, self.source, bindings, self.lines

    def __setstate__(self, state: Any) -> None:
        self.__init__(*state)  # type: ignore[misc]
        self._has_travelled = True


class _Quiet(threading.local):
    """A context in which NumPy warns of no overflow.

    A thread has one of its own, as only one thread at a time can be in a context. To
    run in it costs a fifth of what `np.errstate` does. A user's class does not run in
    it: it might change it, and see others' changes.
    """

    def __init__(self) -> None:
        self.context = copy_context()
        self.context.run(np.seterr, all="ignore")


_quiet = _Quiet()


@lru_cache(maxsize=4_096)
def _code(source: str) -> CodeType:
    """The code of a group's source; a traceback through it shows the source's lines."""
    file = f"<group {hash(source) % 2**64:x}>"
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    code = compile(source, file, "exec", dont_inherit=True)
    weakref.finalize(code, linecache.cache.pop, file, None)
    return code


# Ops of the user's on their way to another process


@dataclass(frozen=True, slots=True)
class Parcel:
    """A user's op, pickled by itself, which only the task that runs it opens.

    So what cannot be pickled or unpickled is the failure of a node. Dask unpickles
    whole messages: a worker that cannot leaves the cluster, and so does the next one
    that the scheduler sends the message to.
    """

    pickled: bytes
    pure: bool

    @classmethod
    def of(cls, op: OpDef, line: Line) -> Parcel:
        """The op of that line, packed."""
        try:
            return cls(cloudpickle.dumps(op), op.pure)
        except Exception as error:
            raise _no_traveller(line, "sent to another process", error) from error

    def opened(self, line: Line) -> OpDef:
        """The op again, in the process that runs it."""
        try:
            op: OpDef = pickle.loads(self.pickled)
        except (Exception, SystemExit) as error:
            failure = _no_traveller(line, "rebuilt where it runs", error)
            cause = _portable(error)
        else:
            return op
        raise failure from cause


def _is_foreign(value: Any) -> bool:
    """Whether it is an op of the user's, with a kernel that is not daskflow's."""
    if not isinstance(value, OpDef):
        return False
    module = getattr(value.kernel, "__module__", None) or ""
    return not value.pure or module.partition(".")[0] != __name__.partition(".")[0]


def _no_traveller(line: Line, what: str, error: BaseException) -> InvalidArgumentError:
    message = f"{line.id!r} ({line.op}) cannot be {what}: {_text(error)}"
    if isinstance(error, ImportError) and error.name:
        message += (
            f"\n  a class of a module goes to a worker by name: install {error.name!r} "
            "there, as it is here, or define the class in the script itself"
        )
    return InvalidArgumentError(None, line.id, message)


# Kernels


def _callable(op: OpDef) -> Callable[..., Any]:
    return (op.ufunc or op.kernel) if op.pure else _UserKernel(op)


class _Running(threading.local):
    user_code = False


RUNNING = _Running()
"""Whether this thread is in the kernel of a user's class."""


class _UserKernel:
    """The kernel of a user's class: it sees read-only arrays and gives one."""

    __slots__ = ("_op",)

    def __init__(self, op: OpDef) -> None:
        self._op = op

    def __call__(self, *inputs: Any, **attrs: Any) -> Any:
        # Read-only from here on, so what is handed to the user as well will be a copy;
        # and a view of that, which a class cannot make writable.
        given = [sealed(x).view() if _is_array(x) else x for x in inputs]
        RUNNING.user_code = True
        try:
            with ONE_THREAD:
                value = self._op.kernel(*given, **attrs)
        finally:
            RUNNING.user_code = False
        if not self._op.valued:
            return None
        if self._op.several:
            return tuple(map(_result, value))
        return _result(value)


def _is_array(value: Any) -> bool:
    return isinstance(value, np.ndarray)


def _result(value: Any) -> Any:
    if value is None:
        raise ValueError("compute returned nothing; it must return the value")
    if isinstance(value, np.generic):
        return value
    return sealed(value, shared=True)  # the instance may keep it


# Errors


def _op_error(error: BaseException, id: str, op: str, inputs: Iterable[Any]) -> OpError:
    given = ", ".join(map(_spec_text, inputs)) or "none"
    return _class_for(error)(
        None, id, f"{id!r} ({op}) failed: {_text(error)}\n  its inputs: {given}"
    )


_CLASSES: list[tuple[type[Exception] | tuple[type[Exception], ...], type[OpError]]] = [
    (MemoryError, ResourceExhaustedError),
    (NotImplementedError, UnimplementedError),
    (StopIteration, OutOfRangeError),
    ((ValueError, TypeError, LookupError, ArithmeticError), InvalidArgumentError),
]


def _class_for(error: BaseException) -> type[OpError]:
    if isinstance(error, OpError):
        return next(
            c for c in type(error).__mro__ if c.__module__ == OpError.__module__
        )
    return next(
        (ours for theirs, ours in _CLASSES if isinstance(error, theirs)), UnknownError
    )


def _text(error: BaseException) -> str:
    try:
        return f"{type(error).__name__}: {error}"
    except Exception as another:  # a user's __str__
        return f"{type(error).__name__}, whose text fails with {another!r}"


def _spec_text(value: Any) -> str:
    if isinstance(value, np.ndarray | np.generic):
        return str(spec_of(value))
    return type(value).__name__


def _portable(error: BaseException) -> BaseException:
    """The error itself if it survives a journey between processes, or its text."""
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        return RuntimeError(_text(error))
    return error
