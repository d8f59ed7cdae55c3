"""What is known of a value before it exists: its dtype and its shape."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import prod
from typing import Any, ClassVar

import numpy as np

from daskflow.errors import DTypeError, ShapeError, SymbolicTensorError

ArrayDType = np.dtype[Any]

Shape = tuple[int | None, ...] | None
"""The length of each axis, None where unknown; None where the rank is unknown."""


@dataclass(frozen=True, slots=True, eq=False)
class Spec:
    """A static dtype and shape, either of which may be unknown.

    >>> x = df.placeholder(df.float32, [None, 2])
    >>> x.spec, x.spec.is_complete, x.spec.admits((5, 2))
    (<float32 [?, 2]>, False, True)
    >>> df.Spec(np.dtype(np.float64), (3, 2)).nbytes
    48
    """

    dtype: ArrayDType | None = None
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
        dtype = "any dtype" if self.dtype is None else DType(self.dtype).name
        return f"{dtype} {shape_text(self.shape)}"

    @property
    def is_complete(self) -> bool:
        """Whether dtype and shape are known.

        >>> df.placeholder(df.float32, [2]).spec.is_complete
        True
        >>> df.placeholder(df.float32, [None]).spec.is_complete
        False
        """
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
        """Whether a value of this shape fits.

        >>> spec = df.placeholder(df.float32, [None, 2]).spec
        >>> spec.admits((5, 2)), spec.admits((5, 3)), spec.admits((2,))
        (True, False, False)
        """
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


STRING: ArrayDType = np.dtype(object)
"""Texts: NumPy has them as objects, each of which is `bytes`."""

_PYTHON_TYPES: dict[Any, ArrayDType] = {
    float: np.dtype(np.float32),
    int: np.dtype(np.int32),
    "float": np.dtype(np.float32),
    "int": np.dtype(np.int32),
    "double": np.dtype(np.float64),
    "half": np.dtype(np.float16),
    str: STRING,
    bytes: STRING,
    "string": STRING,
}

_NUMBERS = {
    "float32": 1,
    "float64": 2,
    "int32": 3,
    "uint8": 4,
    "int16": 5,
    "int8": 6,
    "string": 7,
    "complex64": 8,
    "int64": 9,
    "bool": 10,
    "uint16": 17,
    "complex128": 18,
    "float16": 19,
    "uint32": 22,
    "uint64": 23,
}
"""What TensorFlow's files write for a dtype; programs write `dtype=1`, too."""
_PYTHON_TYPES |= {
    number: _PYTHON_TYPES.get(name) or np.dtype(name)
    for name, number in _NUMBERS.items()
}


def as_dtype(dtype: Any) -> ArrayDType | None:
    """The NumPy dtype meant by `dtype`; Python's float is float32, its int int32.

    >>> as_dtype("float"), as_dtype("float64"), as_dtype(None)
    (dtype('float32'), dtype('float64'), None)
    """
    if dtype is None:
        return None
    if isinstance(dtype, np.dtype):
        return STRING if dtype.kind in "SU" else dtype
    try:
        known = _PYTHON_TYPES.get(dtype)
        known = np.dtype(dtype) if known is None else known
    except TypeError as error:
        raise DTypeError(
            f"expected a dtype such as 'float32', got {dtype!r}"
        ) from error
    return STRING if known.kind in "SU" else known


class DType:
    """A dtype as users see it: equal to NumPy's, and taken for it by NumPy.

    >>> df.float32 == np.float32, np.zeros(2, df.float32).dtype
    (True, dtype('float32'))
    >>> df.as_dtype("int"), df.float64.is_floating, df.uint8.max
    (tf.int32, True, 255)
    """

    __slots__ = ("dtype",)  # by this name NumPy finds what it needs
    _made: ClassVar[dict[ArrayDType, DType]] = {}

    dtype: ArrayDType

    def __new__(cls, type_value: Any) -> DType:
        known = as_dtype(type_value)
        if known is None:
            raise DTypeError("expected a dtype such as 'float32', got None")
        made = cls._made.get(known)
        if made is None:
            made = cls._made[known] = super().__new__(cls)
            made.dtype = known
        return made

    @property
    def name(self) -> str:
        """Its name, `"float32"`; that of texts is `"string"`."""
        return "string" if self.dtype == STRING else self.dtype.name

    @property
    def as_numpy_dtype(self) -> type[np.generic]:
        """NumPy's type of a single such value.

        >>> df.float32.as_numpy_dtype
        <class 'numpy.float32'>
        """
        return self.dtype.type

    @property
    def as_datatype_enum(self) -> int:
        """Its number in TensorFlow's files, `1` for float32.

        >>> df.float32.as_datatype_enum, df.int64.as_datatype_enum
        (1, 9)
        """
        return _NUMBERS[self.name]

    @property
    def base_dtype(self) -> DType:
        """Itself: a variable is of no other dtype than its value."""
        return self

    @property
    def real_dtype(self) -> DType:
        """The dtype of the real part.

        >>> df.complex64.real_dtype
        tf.float32
        """
        return DType(np.empty((), self.dtype).real.dtype)

    @property
    def is_bool(self) -> bool:
        """Whether it is that of truth values."""
        return self.dtype.kind == "b"

    @property
    def is_integer(self) -> bool:
        """Whether it is one of whole numbers, signed or not.

        >>> df.uint8.is_integer, df.bool.is_integer
        (True, False)
        """
        return self.dtype.kind in "iu"

    @property
    def is_unsigned(self) -> bool:
        """Whether it is one of whole numbers that are not negative."""
        return self.dtype.kind == "u"

    @property
    def is_floating(self) -> bool:
        """Whether it is one of real numbers."""
        return self.dtype.kind == "f"

    @property
    def is_complex(self) -> bool:
        """Whether it is one of complex numbers."""
        return self.dtype.kind == "c"

    @property
    def size(self) -> int:
        """The bytes that one value takes.

        >>> df.float32.size, df.complex128.size
        (4, 16)
        """
        return self.dtype.itemsize

    @property
    def min(self) -> Any:
        """The lowest finite value.

        >>> df.int8.min, df.float32.min
        (-128, np.float32(-3.4028235e+38))
        """
        return self._limits().min

    @property
    def max(self) -> Any:
        """The highest finite value.

        >>> df.int8.max, df.float32.max
        (127, np.float32(3.4028235e+38))
        """
        return self._limits().max

    def _limits(self) -> Any:
        if self.dtype.kind in "iu":
            return np.iinfo(self.dtype)
        if self.dtype.kind == "f":
            return np.finfo(self.dtype)
        raise DTypeError(f"{self.name} has no lowest and no highest value")

    def is_compatible_with(self, other: Any) -> bool:
        """Whether `other` is the same dtype.

        >>> df.int8.is_compatible_with("int8"), df.int8.is_compatible_with("bool")
        (True, False)
        """
        return bool(self == other)

    def __getattr__(self, name: str) -> Any:
        if name == "dtype":  # not there yet: it is being copied
            raise AttributeError(name)
        return getattr(self.dtype, name)

    def __eq__(self, other: object) -> bool:
        try:
            return other is not None and bool(self.dtype == as_dtype(other))
        except DTypeError:
            return False

    def __hash__(self) -> int:
        return hash(self.dtype)

    def __repr__(self) -> str:
        return f"tf.{self.name}"

    def __str__(self) -> str:
        return f"<dtype: {self.name!r}>"

    def __reduce__(self) -> Any:
        return DType, (self.name,)


def as_shape(shape: Any) -> Shape:
    """A shape from what users write: an int, a list with None or -1, a TensorShape."""
    if shape is None or isinstance(shape, TensorShape):
        return None if shape is None else shape.lengths
    single = isinstance(shape, int | np.integer | Dimension)
    return tuple(map(_length, [shape] if single else shape))


def _length(n: Any) -> int | None:
    """The length of an axis, from what users write."""
    if isinstance(n, Dimension):
        return n.value
    if n is None:
        return None
    if not isinstance(n, int | np.integer):
        raise DTypeError(
            f"expected a shape of ints, got {n!r} of type {type(n).__name__} in it"
        )
    if n < -1:
        raise ShapeError(f"expected lengths of axes, or None or -1, got {n}")
    return None if n == -1 else int(n)


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


def _computed(name: str) -> Callable[[Any, Any], Any]:
    """The operator of that name on lengths: unknown where one of them is."""
    compute = getattr(operator, name)

    def method(self: Dimension, other: Any) -> Any:
        n, m = self.value, _operand(other)
        if m is NotImplemented:
            return NotImplemented
        return Dimension(None if n is None or m is None else compute(n, m))

    return method


def _reversed(name: str) -> Callable[[Any, Any], Any]:
    compute = _computed(name)

    def method(self: Dimension, other: Any) -> Any:
        m = _operand(other)
        return m if m is NotImplemented else compute(Dimension(m), self)

    return method


def _compared(name: str) -> Callable[[Any, Any], Any]:
    """The comparison of that name; None where a length is unknown."""
    compare = getattr(operator, name)

    def method(self: Dimension, other: Any) -> Any:
        n, m = self.value, _operand(other)
        if m is NotImplemented:
            return NotImplemented
        return None if n is None or m is None else bool(compare(n, m))

    return method


def _operand(value: Any) -> Any:
    if isinstance(value, Dimension):
        return value.value
    if value is None or isinstance(value, int | np.integer):
        return None if value is None else int(value)
    return NotImplemented


class Dimension:
    """The length of one axis, or that it is unknown.

    It counts and compares as its length does; an unknown one gives `Dimension(None)`,
    and None when it is compared.

    >>> df.Dimension(3) * 2, df.Dimension(3) == 3, int(df.Dimension(4))
    (Dimension(6), True, 4)
    >>> df.Dimension(None) + 1
    Dimension(None)
    """

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value: int | None = _length(value)

    __add__, __radd__ = _computed("add"), _reversed("add")
    __sub__, __rsub__ = _computed("sub"), _reversed("sub")
    __mul__, __rmul__ = _computed("mul"), _reversed("mul")
    __floordiv__, __rfloordiv__ = _computed("floordiv"), _reversed("floordiv")
    __mod__, __rmod__ = _computed("mod"), _reversed("mod")
    __div__ = __floordiv__
    __lt__, __gt__ = _compared("lt"), _compared("gt")
    __le__, __ge__ = _compared("le"), _compared("ge")
    __eq__, __ne__ = _compared("eq"), _compared("ne")

    def __hash__(self) -> int:
        return hash(self.value)

    def __index__(self) -> int:
        if self.value is None:
            raise SymbolicTensorError(
                "the length of this axis is unknown until a run; "
                "give its placeholder a shape"
            )
        return self.value

    __int__ = __index__

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray[Any, Any]:
        """The length, where NumPy or an op takes a number."""
        return np.array(int(self), dtype or np.int32)

    def __bool__(self) -> bool:
        return bool(self.value)

    def is_compatible_with(self, other: Any) -> bool:
        """Whether both may be the same length.

        >>> three = df.Dimension(3)
        >>> three.is_compatible_with(None), three.is_compatible_with(4)
        (True, False)
        """
        return _length(other) in (None, self.value) or self.value is None

    def merge_with(self, other: Any) -> Dimension:
        """What both say together; `ShapeError` if they contradict each other.

        >>> df.Dimension(None).merge_with(3)
        Dimension(3)
        """
        [value] = merge((self.value,), (_length(other),)) or ()
        return Dimension(value)

    def __repr__(self) -> str:
        return f"Dimension({self.value})"

    def __str__(self) -> str:
        return "?" if self.value is None else str(self.value)


def dimension_value(dimension: Any) -> int | None:
    """The length of an axis, None where unknown.

    >>> shape = df.TensorShape([None, 3])
    >>> df.dimension_value(shape[1]), df.dimension_value(shape[0])
    (3, None)
    """
    return _length(dimension)


def dimension_at_index(shape: TensorShape, index: int) -> Dimension:
    """The axis of that number, unknown where the rank is.

    >>> df.dimension_at_index(df.TensorShape([2, 3]), 1)
    Dimension(3)
    >>> df.dimension_at_index(df.TensorShape(None), 1)
    Dimension(None)
    """
    return Dimension(None) if shape.lengths is None else shape[index]


class TensorShape:
    """A tensor's static shape, as users see it.

    It compares equal to a tuple or list of the same lengths:

    >>> shape = df.placeholder(df.float32, [None, 3]).shape
    >>> shape, shape == [None, 3], shape[1]
    (TensorShape([None, 3]), True, Dimension(3))
    >>> shape.merge_with([4, None])
    TensorShape([4, 3])
    """

    __slots__ = ("lengths",)

    def __init__(self, dims: Any) -> None:
        self.lengths: Shape = as_shape(dims)

    @property
    def dims(self) -> list[Dimension] | None:
        """The axes, None where their number is unknown.

        >>> df.TensorShape([None, 3]).dims
        [Dimension(None), Dimension(3)]
        """
        return None if self.lengths is None else list(map(Dimension, self.lengths))

    @property
    def rank(self) -> int | None:
        """The number of axes, None where unknown.

        >>> df.TensorShape([None, 3]).rank, df.TensorShape(None).rank
        (2, None)
        """
        return None if self.lengths is None else len(self.lengths)

    ndims = rank

    def as_list(self) -> list[int | None]:
        """The lengths as a list.

        >>> df.TensorShape([None, 3]).as_list()
        [None, 3]
        """
        return list(self._known())

    def num_elements(self) -> int | None:
        """The number of elements, None where unknown.

        >>> df.TensorShape([2, 3]).num_elements()
        6
        """
        if self.lengths is None or None in self.lengths:
            return None
        return prod(full_shape(self.lengths))

    def is_fully_defined(self) -> bool:
        """Whether every axis is known.

        >>> df.TensorShape([2, 3]).is_fully_defined()
        True
        >>> df.TensorShape([None, 3]).is_fully_defined()
        False
        """
        return self.lengths is not None and None not in self.lengths

    def assert_is_fully_defined(self) -> None:
        """Raise `ShapeError` unless every axis is known.

        >>> df.TensorShape([None, 3]).assert_is_fully_defined()
        Traceback (most recent call last):
            ...
        daskflow.errors.ShapeError: expected a shape with every axis known, got (?, 3)
        """
        full_shape(self)

    def is_compatible_with(self, other: Any) -> bool:
        """Whether both may be the shape of one value.

        >>> shape = df.TensorShape([None, 3])
        >>> shape.is_compatible_with([5, 3]), shape.is_compatible_with([5, 4])
        (True, False)
        """
        try:
            merge(self.lengths, as_shape(other))
        except ShapeError:
            return False
        return True

    def assert_is_compatible_with(self, other: Any) -> None:
        """Raise `ShapeError` unless both may be the shape of one value.

        >>> df.TensorShape([None, 3]).assert_is_compatible_with([5, 4])
        Traceback (most recent call last):
            ...
        daskflow.errors.ShapeError: shapes [?, 3] and [5, 4] do not agree
        """
        merge(self.lengths, as_shape(other))

    def merge_with(self, other: Any) -> TensorShape:
        """What both say together; `ShapeError` if they contradict each other.

        >>> df.TensorShape([None, 3]).merge_with([5, None])
        TensorShape([5, 3])
        """
        return TensorShape(merge(self.lengths, as_shape(other)))

    def concatenate(self, other: Any) -> TensorShape:
        """These axes and then the `other` ones.

        >>> df.TensorShape([None, 3]).concatenate([4])
        TensorShape([None, 3, 4])
        """
        after = as_shape(other)
        if self.lengths is None or after is None:
            return TensorShape(None)
        return TensorShape(self.lengths + after)

    def with_rank(self, rank: int) -> TensorShape:
        """This shape, which has that many axes; `ShapeError` if it cannot.

        >>> df.TensorShape(None).with_rank(2)
        TensorShape([None, None])
        """
        return self.merge_with((None,) * rank)

    def assert_has_rank(self, rank: int) -> None:
        """Raise `ShapeError` unless it may have that many axes.

        >>> df.TensorShape([None, 3]).assert_has_rank(1)
        Traceback (most recent call last):
            ...
        daskflow.errors.ShapeError: shapes [?, 3] and [?] do not agree
        """
        self.with_rank(rank)

    def with_rank_at_least(self, rank: int) -> TensorShape:
        """This shape, which has at least that many axes; `ShapeError` if not.

        >>> df.TensorShape([None, 3]).with_rank_at_least(3)
        Traceback (most recent call last):
            ...
        daskflow.errors.ShapeError: needs a rank of at least 3, got (?, 3)
        """
        if self.lengths is not None and len(self.lengths) < rank:
            raise ShapeError(f"needs a rank of at least {rank}, got {self}")
        return self

    def with_rank_at_most(self, rank: int) -> TensorShape:
        """This shape, which has at most that many axes; `ShapeError` if not.

        >>> df.TensorShape([None, 3]).with_rank_at_most(3)
        TensorShape([None, 3])
        """
        if self.lengths is not None and len(self.lengths) > rank:
            raise ShapeError(f"needs a rank of at most {rank}, got {self}")
        return self

    def _known(self) -> tuple[int | None, ...]:
        if self.lengths is None:
            raise ShapeError(
                "the rank of this tensor is unknown until a run; "
                "give its placeholder a shape"
            )
        return self.lengths

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray[Any, Any]:
        """The lengths, where NumPy or an op takes numbers."""
        if self.is_fully_defined():
            return np.array(self.lengths, dtype or np.int32)
        axes = np.empty(len(self), object)
        for i, axis in enumerate(self):
            axes[i] = axis
        return axes

    def __len__(self) -> int:
        return len(self._known())

    def __bool__(self) -> bool:
        return self.lengths is not None

    def __iter__(self) -> Iterator[Dimension]:
        return map(Dimension, self._known())

    def __getitem__(self, key: Any) -> Any:
        if self.lengths is None:
            return TensorShape(None) if isinstance(key, slice) else Dimension(None)
        part = self.lengths[key]
        return TensorShape(part) if isinstance(key, slice) else Dimension(part)

    def __eq__(self, other: object) -> bool:
        if other is None or isinstance(other, TensorShape | tuple | list):
            return self.lengths == as_shape(other)
        return NotImplemented

    def __hash__(self) -> int:
        return hash(self.lengths)

    def __add__(self, other: Any) -> TensorShape:
        return self.concatenate(other)

    def __radd__(self, other: Any) -> TensorShape:
        return TensorShape(other).concatenate(self)

    def __repr__(self) -> str:
        return f"TensorShape({None if self.lengths is None else list(self.lengths)})"

    def __str__(self) -> str:
        if self.lengths is None:
            return "<unknown>"
        axes = ", ".join(map(str, self))
        return f"({axes},)" if len(self.lengths) == 1 else f"({axes})"
