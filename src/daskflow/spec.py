"""What is known of a value before it exists: its dtype and its shape."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from daskflow.errors import DTypeError, ShapeError, SymbolicTensorError

DType = np.dtype[Any]

Shape = tuple[int | None, ...] | None
"""The length of each axis, None where unknown; None where the rank is unknown."""


@dataclass(frozen=True, slots=True, eq=False)
class Spec:
    """A static dtype and shape, either of which may be unknown."""

    dtype: DType | None = None
    shape: Shape = None

    def __eq__(self, other: object) -> bool:
        # NumPy takes None for a dtype: `np.dtype(np.float64) == None` holds.
        return isinstance(other, Spec) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def _key(self) -> tuple[str | None, Shape]:
        return None if self.dtype is None else self.dtype.str, self.shape

    def __repr__(self) -> str:
        return f"<{self}>"

    def __str__(self) -> str:
        dtype = "any dtype" if self.dtype is None else self.dtype.name
        return f"{dtype} {shape_text(self.shape)}"

    @property
    def is_complete(self) -> bool:
        """Whether dtype and shape are known."""
        return None not in (self.shape or ()) and not (
            self.dtype is None or self.shape is None
        )

    @property
    def nbytes(self) -> int:
        """The size of such a value in bytes; 0 where that is not known."""
        if self.dtype is None or self.shape is None or None in self.shape:
            return 0
        return prod(full_shape(self.shape)) * self.dtype.itemsize

    def admits(self, shape: tuple[int, ...]) -> bool:
        """Whether a value of this shape fits."""
        return self.shape is None or (
            len(shape) == len(self.shape)
            and all(n in (None, m) for n, m in zip(self.shape, shape, strict=True))
        )


UNKNOWN = Spec()


def shape_text(shape: Shape) -> str:
    """`[2, ?]`, or `any shape`."""
    if shape is None:
        return "any shape"
    return f"[{', '.join('?' if n is None else str(n) for n in shape)}]"


def spec_of(value: Any) -> Spec:
    """The spec of a value that exists."""
    known = value if hasattr(value, "dtype") else np.asarray(value)
    return Spec(known.dtype, known.shape)


_PYTHON_TYPES: dict[Any, DType] = {
    float: np.dtype(np.float32),
    int: np.dtype(np.int32),
    "float": np.dtype(np.float32),
    "int": np.dtype(np.int32),
    "double": np.dtype(np.float64),
}


def as_dtype(dtype: Any) -> DType | None:
    """The NumPy dtype meant by `dtype`; Python's float is float32, its int int32.

    >>> as_dtype("float"), as_dtype("float64"), as_dtype(None)
    (dtype('float32'), dtype('float64'), None)
    """
    if dtype is None or isinstance(dtype, np.dtype):
        return dtype
    try:
        known = _PYTHON_TYPES.get(dtype)
        return np.dtype(dtype) if known is None else known
    except TypeError as error:
        raise DTypeError(
            f"expected a dtype such as 'float32', got {dtype!r}"
        ) from error


def as_shape(shape: Any) -> Shape:
    """A shape from what users write: an int, a list with None or -1, a TensorShape."""
    if shape is None or isinstance(shape, TensorShape):
        return None if shape is None else shape.dims
    axes = [shape] if isinstance(shape, int | np.integer) else list(shape)
    for n in axes:
        if n is not None and not isinstance(n, int | np.integer):
            raise DTypeError(
                f"expected a shape of ints, got {n!r} of type {type(n).__name__} in it"
            )
        if n is not None and n < -1:
            raise ShapeError(f"expected lengths of axes, or None or -1, got {n}")
    return tuple(None if n in (None, -1) else int(n) for n in axes)


def full_shape(shape: Any) -> tuple[int, ...]:
    """A shape in which every axis is known."""
    axes = as_shape(shape)
    if axes is None or None in axes:
        raise ShapeError(f"expected a shape with every axis known, got {shape}")
    return axes  # type: ignore[return-value]  # no None is left


def broadcast(*shapes: Shape) -> Shape:
    """The shape that arrays of these shapes broadcast to, as NumPy has it.

    >>> broadcast((None, 1), (4,)), broadcast((2, 3), None)
    ((None, 4), None)
    """
    first = shapes[0]
    if all(shape == first for shape in shapes):
        return first
    if any(shape is None for shape in shapes):
        return None
    known = [shape for shape in shapes if shape is not None]
    rank = max(map(len, known))
    padded = [(1,) * (rank - len(shape)) + shape for shape in known]
    return tuple(_broadcast_axis(axis, shapes) for axis in zip(*padded, strict=True))


def _broadcast_axis(axis: tuple[int | None, ...], shapes: tuple[Shape, ...]) -> Any:
    lengths = {n for n in axis if n != 1}
    if len(lengths - {None}) > 1:
        raise ShapeError(
            "cannot broadcast shapes " + " and ".join(map(shape_text, shapes))
        )
    if not lengths:
        return 1
    return next(iter(lengths - {None}), None)


def merge(a: Shape, b: Shape) -> Shape:
    """What two descriptions of one shape say together."""
    if a is None or b is None:
        return b if a is None else a
    if len(a) != len(b) or any(
        None not in (n, m) and n != m for n, m in zip(a, b, strict=True)
    ):
        raise ShapeError(f"shapes {shape_text(a)} and {shape_text(b)} do not agree")
    return tuple(m if n is None else n for n, m in zip(a, b, strict=True))


class TensorShape:
    """A tensor's static shape, as users see it.

    It compares equal to a tuple or list of the same lengths:

    >>> TensorShape((None, 3)) == (None, 3), TensorShape((None, 3)).as_list()
    (True, [None, 3])
    """

    __slots__ = ("dims",)

    def __init__(self, dims: Any) -> None:
        self.dims: Shape = as_shape(dims)

    @property
    def rank(self) -> int | None:
        """The number of axes, None where unknown."""
        return None if self.dims is None else len(self.dims)

    ndims = rank

    def as_list(self) -> list[int | None]:
        """The lengths as a list."""
        return list(self._known())

    def is_fully_defined(self) -> bool:
        """Whether every axis is known."""
        return self.dims is not None and None not in self.dims

    def _known(self) -> tuple[int | None, ...]:
        if self.dims is None:
            raise SymbolicTensorError(
                "the rank of this tensor is unknown until a run; "
                "give its placeholder a shape"
            )
        return self.dims

    def __len__(self) -> int:
        return len(self._known())

    def __iter__(self) -> Iterator[int | None]:
        return iter(self._known())

    def __getitem__(self, key: Any) -> Any:
        part = self._known()[key]
        return TensorShape(part) if isinstance(key, slice) else part

    def __eq__(self, other: object) -> bool:
        if other is None or isinstance(other, TensorShape | tuple | list):
            return self.dims == as_shape(other)
        return NotImplemented

    def __hash__(self) -> int:
        return hash(self.dims)

    def __repr__(self) -> str:
        return f"TensorShape({None if self.dims is None else list(self.dims)})"

    def __str__(self) -> str:
        return shape_text(self.dims)
