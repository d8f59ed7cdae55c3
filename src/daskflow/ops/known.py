"""What is known of a tensor's value before any run: of shapes above all.

`tf.shape(x)[0]` may be known while `tf.shape(x)[1]` is not: values are found as far
as they go, back through the ops that programs compute shapes with.
"""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

import numpy as np

from daskflow.graph import Tensor

DEEPEST = 64
"""Operations that are looked through, one behind the other."""

LARGEST = 256
"""Elements of a value that is looked at."""


def known_value(tensor: Tensor) -> Any:
    """The value that a run will give: a number or nested tuples, None where unknown.

    >>> import daskflow as df
    >>> x = df.placeholder("float32", [None, 3])
    >>> known_value(df.shape(x)), known_value(df.shape(x)[1] * 2)
    ((None, 3), 6)
    """
    return _Known().of(tensor)


def is_full(value: Any) -> bool:
    """Whether no part of a known value is None."""
    if isinstance(value, tuple):
        return all(map(is_full, value))
    return value is not None


class _Known:
    """Finds known values, each of them once."""

    def __init__(self) -> None:
        self._found: dict[Tensor, Any] = {}
        self._depth = 0

    def of(self, tensor: Tensor) -> Any:
        if tensor not in self._found:
            if self._depth == DEEPEST:
                return None
            self._depth += 1
            self._found[tensor] = self._find(tensor)
            self._depth -= 1
        return self._found[tensor]

    def _find(self, tensor: Tensor) -> Any:
        op = tensor.op._op
        if op.role == "constant":
            return _nested(tensor.op._attrs["value"])
        if op.role != "compute" or not op.pure or op.name in _FED:
            return None
        rule = _RULES.get(op.name)
        found = None if rule is None else rule(self.of, tensor, **tensor.op._attrs)
        return self._computed(tensor) if found is None else found

    def _computed(self, tensor: Tensor) -> Any:
        """What the kernel makes of inputs that are all known."""
        op, inputs, spec = tensor.op, tensor.op._inputs, tensor.spec
        if not spec.is_complete or prod(spec.shape) > LARGEST:  # type: ignore[arg-type]
            return None
        values = [self.of(x) for x in inputs]
        if not is_full(tuple(values)) or any(x.spec.dtype is None for x in inputs):
            return None
        arrays = [
            np.array(v, x.spec.dtype) for v, x in zip(values, inputs, strict=True)
        ]
        try:
            with np.errstate(all="ignore"):
                result = op._op.kernel(*arrays, **op._attrs)
        except ValueError:  # the run will tell
            return None
        return _nested(result[tensor.index] if op._op.several else result)


def _nested(value: Any) -> Any:
    """An array as nested tuples; None if it is large."""
    if np.size(value) > LARGEST:
        return None

    def entry(part: Any) -> Any:
        return tuple(map(entry, part)) if isinstance(part, list) else part

    return entry(np.asarray(value).tolist())


_FED = {"placeholder_with_default"}
"""Ops that are there to be fed, so that their inputs say nothing."""

_Rule = Callable[..., Any]


def _shape(of: _Rule, y: Tensor, **attrs: Any) -> Any:
    return y.op._inputs[0].spec.shape


def _same(of: _Rule, y: Tensor, **attrs: Any) -> Any:
    [x] = y.op._inputs
    is_exact = x.spec.dtype == y.spec.dtype or getattr(x.spec.dtype, "kind", "") in "iu"
    return of(x) if is_exact else None


def _stacked(of: _Rule, y: Tensor, axis: int) -> Any:
    if axis != 0 or y.spec.shape is None or len(y.spec.shape) > 2:
        return None
    if len(y.spec.shape) == 1:
        return tuple(map(of, y.op._inputs))
    rows = tuple(_vector(of, x) for x in y.op._inputs)
    return None if None in rows else rows


def _joined(of: _Rule, y: Tensor, axis: int) -> Any:
    parts = [_vector(of, x) for x in y.op._inputs]
    return None if None in parts else sum(parts, ())


def _vector(of: _Rule, x: Tensor) -> Any:
    """The entries of a vector; None if not even their number is known."""
    shape = x.spec.shape
    if shape is None or len(shape) != 1 or shape[0] is None or shape[0] > LARGEST:
        return None
    known = of(x)
    return (None,) * shape[0] if known is None else known


def _indexed(of: _Rule, y: Tensor, index: Any) -> Any:
    values = _vector(of, y.op._inputs[0])
    if values is None or len(index) != 1:
        return None
    [part] = index
    if isinstance(part, int):
        return values[part]
    is_slice = isinstance(part, tuple) and "#" not in part
    return values[slice(*part)] if is_slice else None


def _entry(of: _Rule, y: Tensor, **attrs: Any) -> Any:
    values = _vector(of, y.op._inputs[0])
    return None if values is None else values[y.index]


def _arithmetic(compute: Callable[[Any, Any], Any]) -> _Rule:
    """The rule of an elementwise op: each entry that both inputs know."""

    def entry(a: Any, b: Any) -> Any:
        return None if a is None or b is None else compute(a, b)

    def rule(of: _Rule, y: Tensor, **attrs: Any) -> Any:
        if y.spec.shape is None or len(y.spec.shape) != 1:
            return None
        parts = [of(x) if x.spec.shape == () else _vector(of, x) for x in y.op._inputs]
        lengths = {len(part) for part in parts if isinstance(part, tuple)}
        if len(lengths) != 1 or any(x.spec.shape is None for x in y.op._inputs):
            return None
        [n] = lengths
        a, b = [p if isinstance(p, tuple) else (p,) * n for p in parts]
        return tuple(map(entry, a, b))

    return rule


_RULES: dict[str, _Rule] = {
    "shape": _shape,
    "cast": _same,
    "identity": _same,
    "stop_gradient": _same,
    "stack": _stacked,
    "concat": _joined,
    "getitem": _indexed,
    "unstack": _entry,
    "add": _arithmetic(lambda a, b: a + b),
    "subtract": _arithmetic(lambda a, b: a - b),
    "multiply": _arithmetic(lambda a, b: a * b),
}
