"""A group of nodes as one generated Python function, one line per node."""

from __future__ import annotations

import keyword
import linecache
import math
import pickle
import re
import threading
import weakref
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from functools import lru_cache
from time import perf_counter
from types import CodeType
from typing import Any

import cloudpickle
import numpy as np

from daskflow.arrays import aligned, sealed
from daskflow.blas import ONE_THREAD
from daskflow.errors import (
    InvalidArgumentError,
    OpError,
    ResourceExhaustedError,
    UnimplementedError,
    UnknownError,
)
from daskflow.opdef import OpDef
from daskflow.plan import Node
from daskflow.spec import spec_of


@dataclass(frozen=True, slots=True)
class Line:
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

    def __call__(self, *inputs: Any) -> tuple[Any, ...]:
        function = self._function or self._compiled()
        if self._has_travelled:
            inputs = aligned(inputs)
        try:
            with np.errstate(all="ignore"):
                values: tuple[Any, ...] = function(*inputs)
            return values
        except (Exception, SystemExit) as error:
            failure, cause = self._explained(error), _portable(error)
        # Raised here, it does not drag along the error itself, which may not pickle.
        raise failure from cause

    def _compiled(self) -> Callable[..., Any]:
        names: dict[str, Any] = {"clock": perf_counter, "seal": sealed}
        for name, value in self.bindings.items():
            names[name] = (
                _callable(value) if isinstance(value, OpDef) else aligned(value)
            )
        exec(_code(self.source), names)
        self._function = names["group"]
        return self._function

    def _explained(self, error: BaseException) -> BaseException:
        """The error with the name of the node that failed, and of what it was given."""
        place = None
        traceback = error.__traceback__
        while traceback is not None:
            if traceback.tb_frame.f_code is getattr(self._function, "__code__", None):
                place = traceback
            traceback = traceback.tb_next
        if place is None:
            return error
        line = next(n for n in self.lines if n.number == place.tb_lineno)
        values = place.tb_frame.f_locals
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

    def __getstate__(self) -> Any:
        return self.name, self.source, self.bindings, self.lines

    def __setstate__(self, state: Any) -> None:
        self.__init__(*state)  # type: ignore[misc]
        self._has_travelled = True


@lru_cache(maxsize=4_096)
def _code(source: str) -> CodeType:
    """The code of a group's source; a traceback through it shows the source's lines."""
    file = f"<group {hash(source) % 2**64:x}>"
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    code = compile(source, file, "exec", dont_inherit=True)
    weakref.finalize(code, linecache.cache.pop, file, None)
    return code


# Source


Place = tuple[str, int | None]
"""The task or input that has a value, and where in that task's tuple."""

Clocked = tuple[tuple[str, ...], ...]
"""The ids between two readings of the clock, for all readings."""


def group_task(
    name: str,
    nodes: Sequence[Node],
    places: Mapping[str, Place],
    values: Mapping[str, Any],
    results: Sequence[str],
    timed: Set[str] = frozenset(),
    large: Set[str] = frozenset(),
) -> tuple[GroupTask, tuple[str, ...], Clocked]:
    """The task of a group of `nodes` that gives `results`, and what it needs.

    Nodes that are `timed` get a clock reading of their own, those in between share
    one. A `large` value is dropped after its last reader.
    """
    writer = _Writer(places, values)
    dropped = large - set(results) - values.keys()
    last = {id: node.id for node in nodes for id in node.inputs} if dropped else {}
    for node in nodes:
        writer.write(node, node.id in timed)
        if dropped:
            writer.drop(
                id for id in node.inputs if last[id] == node.id and id in dropped
            )
    return writer.finished(name, results)


class _Writer:
    """Writes the source of one group."""

    def __init__(self, places: Mapping[str, Place], values: Mapping[str, Any]) -> None:
        self._places = places
        self._values = values
        self._parameters: dict[str, str] = {}  # task or input -> its parameter
        self._names: dict[str, str] = {}  # id -> the variable that holds its value
        self._bindings: dict[str, Any] = {}
        self._bound: dict[Any, str] = {}
        self._taken = {"clock", "seal", "group"}
        self._text: list[str] = []
        self._lines: list[Line] = []
        self._clocked: list[tuple[str, ...]] = []
        self._since: list[str] = []

    def write(self, node: Node, timed: bool) -> None:
        """One line for a node."""
        if timed:
            self._read_clock()
        inputs = tuple([self._variable(id) for id in node.inputs])
        for id in node.after:
            if id in self._places:
                self._parameter(self._places[id][0])
        call = self._call(node, inputs)
        self._text.append(f"    {self._local(node.id)} = {call}")
        kernel = self._bound.get(node.op, "")
        self._lines.append(Line(len(self._text), node.id, node.op.name, kernel, inputs))
        self._since.append(node.id)
        if timed:
            self._read_clock()

    def drop(self, ids: Iterable[str]) -> None:
        """Forget these values."""
        dead = [self._names.pop(id) for id in dict.fromkeys(ids)]
        if dead:
            self._text.append(f"    del {', '.join(dead)}")

    def finished(
        self, name: str, results: Sequence[str]
    ) -> tuple[GroupTask, tuple[str, ...], Clocked]:
        """The task, what it needs in the order of its parameters, what is clocked."""
        out = "".join(f"{self._variable(id)}, " for id in results)
        readings = "".join(f"t{i}, " for i in range(len(self._clocked) + 1))
        if self._since:
            self._clocked.append(tuple(self._since))
            readings += "clock()"
        head = [f"def group({', '.join(self._parameters.values())}):"]
        head.append("    t0 = clock()")
        text = [*head, *self._text, f"    return {out}({readings})"]
        task = GroupTask(
            name,
            "\n".join(text) + "\n",
            self._bindings,
            tuple(replace(n, number=n.number + len(head)) for n in self._lines),
        )
        return task, tuple(self._parameters), tuple(self._clocked)

    def _read_clock(self) -> None:
        """Close the interval since the last reading, unless nothing is in it."""
        if self._since:
            self._clocked.append(tuple(self._since))
            self._since.clear()
            self._text.append(f"    t{len(self._clocked)} = clock()")

    def _variable(self, id: str) -> str:
        """The variable that holds the value of `id`."""
        known = self._names.get(id)
        if known is not None:
            return known
        if id in self._values:
            name = self._names[id] = self._free(id)
            self._bindings[name] = self._values[id]
            return name
        source, index = self._places[id]
        parameter = self._parameter(source)
        if index is None:
            self._names[id] = parameter
            return parameter
        name = self._local(id)
        self._text.append(f"    {name} = {parameter}[{index}]")
        return name

    def _parameter(self, source: str) -> str:
        if source not in self._parameters:
            self._parameters[source] = self._free(source)
        return self._parameters[source]

    def _local(self, id: str) -> str:
        name = self._names[id] = self._free(id)
        return name

    def _free(self, id: str) -> str:
        name = re.sub(r"\W", "_", id, flags=re.ASCII)
        if not name.isidentifier() or keyword.iskeyword(name):
            name = f"_{name}"
        while name in self._taken:
            name += "_"
        self._taken.add(name)
        return name

    def _call(self, node: Node, inputs: tuple[str, ...]) -> str:
        if not node.op.valued:
            return "None"
        settings = [f"{k}={self._setting(k, v)}" for k, v in node.attrs.items()]
        call = f"{self._kernel(node)}({', '.join([*inputs, *settings])})"
        return f"seal({call})" if node.op.gaps else call

    def _kernel(self, node: Node) -> str:
        name = self._bound.get(node.op)
        if name is None:
            name = self._bound[node.op] = self._free(f"k_{node.op.name}")
            self._bindings[name] = node.op
        return name

    def _setting(self, key: str, value: Any) -> str:
        if _is_literal(value):
            return repr(value)
        name = self._bound.get((key, id(value)))
        if name is None:
            name = self._bound[key, id(value)] = self._free(f"{key}_{len(self._bound)}")
            self._bindings[name] = value
        return name


def _is_literal(value: Any) -> bool:
    if isinstance(value, tuple):
        return all(map(_is_literal, value))
    if type(value) is float:
        return math.isfinite(value)
    return value is None or type(value) in (int, bool, str)


# Kernels


def _callable(op: OpDef) -> Callable[..., Any]:
    return (op.ufunc or op.kernel) if op.pure else _UserKernel(op)


class _Running(threading.local):
    user_code = False


_running = _Running()


def in_user_code() -> bool:
    """Whether this thread is in the kernel of a user's class."""
    return _running.user_code


class _UserKernel:
    """The kernel of a user's class: it sees read-only arrays and gives one."""

    __slots__ = ("_op",)

    def __init__(self, op: OpDef) -> None:
        self._op = op

    def __call__(self, *inputs: Any) -> Any:
        given = [sealed(x, shared=True) if _is_array(x) else x for x in inputs]
        _running.user_code = True
        try:
            with ONE_THREAD:
                value = self._op.kernel(*given)
        finally:
            _running.user_code = False
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


def not_shippable(tasks: Iterable[GroupTask]) -> InvalidArgumentError | None:
    """An error on the first node of a user's class that cannot travel to a worker."""
    for task in tasks:
        for name, op in task.bindings.items():
            if not isinstance(op, OpDef) or op.pure:
                continue
            try:
                cloudpickle.dumps(op)
            except Exception as error:
                line = next(line for line in task.lines if line.kernel == name)
                return InvalidArgumentError(
                    None,
                    line.id,
                    f"{line.id!r} ({line.op}) cannot be sent to another process: "
                    f"{_text(error)}",
                )
    return None


def _portable(error: BaseException) -> BaseException:
    """The error itself if it survives a journey between processes, or its text."""
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        return RuntimeError(_text(error))
    return error
