"""How values enter a graph: as constants, by placeholders, from the run."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from daskflow.arrays import as_constant, sealed
from daskflow.errors import DTypeError, ShapeError
from daskflow.graph import (
    CONSTANT,
    HAS_VALUE,
    PLACEHOLDER,
    RUN_NUMBER,
    Graph,
    Operation,
    Operators,
    Tensor,
    apply,
    packed,
    standing_for,
    user_line,
)
from daskflow.opdef import OpDef
from daskflow.spec import as_dtype, as_shape, full_shape


def as_tensor(value: Any, dtype: Any = None, name: str | None = None) -> Tensor:
    """`value` itself if it stands for a tensor, or a constant of that value.

    A list with tensors in it is stacked. `DTypeError` if a tensor has another dtype
    than the one asked for.
    """
    tensor = standing_for(packed(value, name))
    if tensor is None:
        return constant(value, dtype, name=name)
    wanted = as_dtype(dtype)
    if wanted is None or tensor.dtype is None or tensor.dtype == wanted:
        return tensor
    raise DTypeError(f"{tensor!r} is not of dtype {wanted}; cast() it")


def convert_to_tensor(
    value: Any,
    dtype: Any = None,
    name: str | None = None,
    preferred_dtype: Any = None,
    dtype_hint: Any = None,
) -> Tensor:
    """A tensor of `value`: itself if it is one, a constant of numbers, lists, arrays.

    A list with tensors in it is stacked. Of `dtype`, or `DTypeError`; of
    `preferred_dtype` if that can be.

    >>> x = df.convert_to_tensor([1.0, 2.0])
    >>> x
    <Tensor 'Const:0' float32 [2]>
    >>> df.convert_to_tensor(x) is x
    True
    >>> df.convert_to_tensor([x, x])
    <Tensor 'packed:0' float32 [2, 2]>
    """
    hint = dtype_hint if preferred_dtype is None else preferred_dtype
    if dtype is None and hint is not None and standing_for(packed(value)) is None:
        try:
            return constant(value, hint, name=name)
        except DTypeError:  # then as it is
            pass
    return as_tensor(value, dtype, name)


def is_tensor(x: Any) -> bool:
    """Whether `x` stands for a tensor: it is one, or a variable, or an operation.

    >>> df.is_tensor(df.Variable(1.0)), df.is_tensor(np.ones(2))
    (True, False)
    """
    return isinstance(x, Operators)


def constant(
    value: Any,
    dtype: Any = None,
    shape: Any = None,
    name: str | None = None,
    verify_shape: bool = False,
) -> Tensor:
    """A tensor whose value is fixed now: later changes of an array do not reach it.

    Where `shape` has more elements than `value`, the last one fills the rest, unless
    it is to `verify_shape`: then `DTypeError` tells that they differ.

    >>> constant([1.0, 2.0])
    <Tensor 'Const:0' float32 [2]>
    >>> constant([1, 2], df.float32, shape=[2, 2]).eval()
    array([[1., 2.],
           [2., 2.]], dtype=float32)
    """
    array = as_constant(value, as_dtype(dtype))
    if shape is not None:
        wanted = full_shape(shape)
        if verify_shape and array.shape != wanted:
            raise DTypeError(
                f"expected a value of shape {list(wanted)}, got {list(array.shape)}"
            )
        array = _filled(array, wanted)
    return apply(CONSTANT, (), {"value": array}, name)


def _filled(array: np.ndarray[Any, Any], shape: tuple[int, ...]) -> Any:
    size = math.prod(shape)
    if array.size == 1:
        return np.broadcast_to(array.reshape(()), shape)
    if not 0 < array.size <= size and array.size != size:
        raise ShapeError(f"cannot shape {array.size} values as {list(shape)}")
    last = np.repeat(array.reshape(-1)[-1:], size - array.size)
    return sealed(np.concatenate([array.reshape(-1), last]).reshape(shape))


def placeholder(
    dtype: Any = None, shape: Any = None, name: str | None = None
) -> Tensor:
    """A tensor whose value every run must be fed.

    >>> x = placeholder("float32", [None, 2], name="points")
    >>> x
    <Tensor 'points:0' float32 [?, 2]>
    >>> (2.0 * x).eval({x: [[1.0, 2.0]]})
    array([[2., 4.]], dtype=float32)
    """
    attrs = {"dtype": as_dtype(dtype), "shape": as_shape(shape)}
    tensor = apply(PLACEHOLDER, (), attrs, name)
    tensor.graph.placeholders.append(tensor)
    return tensor


def run_number(graph: Graph) -> Tensor:
    """The number of the run, for draws that differ between runs."""
    return _source(graph, RUN_NUMBER, RUN_NUMBER.name)


def has_value(variable: Tensor) -> Tensor:
    """Whether `variable` has a value when the run starts."""
    return _source(variable.graph, HAS_VALUE, f"{variable.op._name}{HAS_VALUE.name}")


def _source(graph: Graph, op: OpDef, name: str) -> Tensor:
    """What the session says of every run, made once in each graph."""
    with graph._lock:
        if name not in graph._sources:
            operation = object.__new__(Operation)
            operation._fill(graph, op, (), {}, op.infer(), name, user_line(operation))
            graph._sources[name] = operation._outputs[0]
        return graph._sources[name]
