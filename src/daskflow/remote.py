"""Large values that stay with the workers of a cluster."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from daskflow.arrays import version_of
from daskflow.spec import ArrayDType, Spec, full_shape, spec_of

LARGE = 1 << 21
"""Bytes: a larger value is sent to a worker once and stays there.

A step of twenty ops took 15 ms on two processes where 1 MB went to the workers and back
with each run, and 18 ms where it stayed there; of 4 MB 27 and 20, of 16 MB 68 and 24.
"""


@dataclass(frozen=True, slots=True, eq=False)
class Remote:
    """An array on a worker: what `future` stands for, or what that has at `index`."""

    future: Any
    index: int | None
    dtype: ArrayDType
    shape: tuple[int, ...]
    age: int = 0  # runs since something was sent that this came of

    @classmethod
    def of(
        cls, spec: Spec, future: Any, index: int | None = None, age: int = 0
    ) -> Remote:
        """A value of which all is known but where it is."""
        assert spec.dtype is not None
        return cls(future, index, spec.dtype, full_shape(spec.shape), age)

    @property
    def nbytes(self) -> int:
        """Its size in bytes."""
        return prod(self.shape) * self.dtype.itemsize


class Bound:
    """A task for the inputs that are not `bound` to a value here, by position.

    `places` says for a position where in what comes, the results of a task of an
    earlier run, the value is.
    """

    __slots__ = ("bound", "places", "task")

    def __init__(
        self,
        task: Callable[..., Any],
        bound: dict[int, Any],
        places: dict[int, int],
    ) -> None:
        self.task = task
        self.bound = bound
        self.places = places

    def __call__(self, *values: Any) -> Any:
        coming = iter(values)
        inputs = []
        for i in range(len(values) + len(self.bound)):
            value = self.bound[i] if i in self.bound else next(coming)
            index = self.places.get(i)
            inputs.append(value if index is None else picked(value, index))
        return self.task(*inputs)

    def __repr__(self) -> str:
        return repr(self.task)


class Storing:
    """A task whose results at `places` are versions of variables, to stay there.

    They share memory with nothing that somebody may write to: a cluster in this
    process hands arrays on as they are.
    """

    __slots__ = ("places", "task")

    def __init__(self, task: Callable[..., Any], places: Sequence[int]) -> None:
        self.task = task
        self.places = places

    def __call__(self, *inputs: Any) -> Any:
        results = list(self.task(*inputs))
        for place in self.places:
            results[place] = version_of(results[place])
        return tuple(results)

    def __repr__(self) -> str:
        return repr(self.task)


def picked(values: tuple[Any, ...], index: int) -> Any:
    """A value among the results of a task, as it would be stored."""
    return version_of(values[index])


class Sent:
    """What has been sent to workers, by the array that it was: a thing is sent once.

    An array that somebody could write to is sent anew each time.
    """

    def __init__(self, put: Callable[[Any, float | None], Any]) -> None:
        self._put = put
        self.nbytes = 0  # in all
        self._known: dict[int, tuple[weakref.ref[Any], Remote]] = {}
        self._lock = threading.Lock()

    def remote(self, array: Any, deadline: float | None = None) -> Remote:
        """The array on a worker."""
        owner = _owner(array)
        with self._lock:
            known = self._known.get(id(owner))
            if known is not None and known[0]() is owner:
                return known[1]
        remote = Remote.of(spec_of(array), self._put(array, deadline))
        self.nbytes += remote.nbytes
        if owner is not None:
            key = id(owner)
            forget = weakref.ref(owner, lambda _: self._known.pop(key, None))
            with self._lock:
                self._known[key] = forget, remote
        return remote

    def forget(self, arrays: Iterable[Any] | None = None) -> None:
        """Let go of what was sent of these arrays, of everything unless given."""
        with self._lock:
            if arrays is None:
                self._known.clear()
            else:
                for array in arrays:
                    self._known.pop(id(array), None)


def lasts(value: Any) -> bool:
    """Whether it may still be on a worker after the run that it was given to."""
    return isinstance(value, Remote) or _owner(value) is not None


def _owner(array: Any) -> Any:
    """The array that has the memory, if this is all of it and nobody writes to it."""
    owner = array if array.base is None else array.base
    if not isinstance(owner, np.ndarray) or owner.base is not None:
        return None
    whole = (owner.dtype, owner.shape, owner.strides) == (
        array.dtype,
        array.shape,
        array.strides,
    )
    return owner if whole and not owner.flags.writeable else None
