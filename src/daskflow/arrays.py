"""Values as a graph and its runs hold them: read-only arrays in one layout."""

from __future__ import annotations

from typing import Any

import numpy as np

from daskflow.errors import DTypeError, GraphError, ShapeError, SymbolicTensorError
from daskflow.spec import ArrayDType, DType


def sealed(value: Any, *, shared: bool = False) -> Any:
    """`value` as an array that nobody may write to, aligned, in C or Fortran order.

    An array that is `shared` stays writable for whoever else holds it.

    Any other layout is copied: a view with gaps would lose them between two processes,
    and NumPy's sums and products round differently with other strides, and where an
    array does not start at a multiple of its item size.
    """
    array = np.asarray(value)
    if array.dtype.kind in "OSU":
        array = as_texts(value)
    flags = array.flags
    if not (flags.c_contiguous or flags.f_contiguous):
        array = np.array(array, order="C")
    elif not flags.aligned:
        array = array.copy("K")
    elif shared:
        array = array.view()
    array.flags.writeable = False
    return array


def as_texts(value: Any) -> np.ndarray[Any, Any]:
    """Texts as a graph has them: `bytes` in an array of objects, str as UTF-8.

    `TypeError` if there is anything else in it.
    """
    # Of a list NumPy would write numbers as texts, and cut off what is 0 at their ends.
    array = value if isinstance(value, np.ndarray) else np.asarray(value, object)
    texts = np.empty(array.shape, object)
    for i, text in enumerate(array.flat):
        if not isinstance(text, str | bytes):
            what = type(text).__name__
            raise TypeError(f"expected an array of numbers or of texts, got a {what}")
        texts.flat[i] = text.encode() if isinstance(text, str) else bytes(text)
    return texts


def version_of(value: Any) -> Any:
    """A version of a variable: an array in C order that nobody can write to."""
    if type(value) is np.ndarray and value.base is None:
        flags = value.flags
        if flags.c_contiguous and flags.aligned:
            flags.writeable = False
            return value
    return sealed(np.array(value, order="C"))


def in_order(value: Any) -> Any:
    """`value`, copied if it is an array in neither C nor Fortran order."""
    if type(value) is not np.ndarray:
        return value
    flags = value.flags
    return (
        value
        if flags.c_contiguous or flags.f_contiguous
        else np.array(value, order="C")
    )


def aligned(value: Any) -> Any:
    """`value`, and what is in it if it is a tuple, as it was before it was sent.

    What comes over a wire lies in memory as it comes.
    """
    if isinstance(value, tuple):
        return tuple(map(aligned, value))
    if isinstance(value, np.ndarray) and not value.flags.aligned:
        return value.copy("K")
    return value


def same_bits(a: Any, b: Any) -> bool:
    """Whether two values are the same to the last bit."""
    x, y = np.asarray(a), np.asarray(b)
    if (x.dtype, x.shape) != (y.dtype, y.shape):
        return False
    if x.dtype == object:
        return list(x.flat) == list(y.flat)
    return bool(x.tobytes() == y.tobytes())


def described(value: Any) -> str:
    """A few words on a value, for an error."""
    if isinstance(value, np.ndarray):
        return f"an array {value.dtype} {list(value.shape)}"
    try:
        text = repr(value)
    except Exception:  # it is somebody else's
        text = ""
    return text if 0 < len(text) <= 40 else f"a {type(value).__name__}"


def as_constant(value: Any, dtype: ArrayDType | None = None) -> np.ndarray[Any, Any]:
    """A read-only array of `value`, of `dtype` if that loses nothing.

    Without a dtype arrays and NumPy's numbers keep theirs; Python's floats become
    float32 and its ints int32, or int64 if one does not fit.
    """
    if value is None:
        raise GraphError("None is no value of a tensor")
    try:
        array = np.array(value, order="C")
    except SymbolicTensorError as error:
        raise DTypeError(
            f"not a constant: {error}; stack() makes one tensor of several"
        ) from None
    except ValueError as error:
        raise ShapeError(f"not a constant: {error}") from None
    if array.dtype.kind in "OSU":
        try:
            array = as_texts(value)
        except TypeError:
            raise DTypeError(f"expected numbers, got {described(value)}") from None
    if dtype is None:
        dtype = _default_dtype(value, array)
    if not _fits(array, dtype):
        raise DTypeError(f"expected {DType(dtype).name}, got {described(value)}")
    native = dtype.newbyteorder("=")
    constant: np.ndarray[Any, Any] = sealed(array.astype(native, copy=False))
    return constant


def _default_dtype(value: Any, array: np.ndarray[Any, Any]) -> ArrayDType:
    long: ArrayDType = array.dtype
    if long.kind not in "if" or _has_numpy_dtype(value):
        return long
    short: ArrayDType = np.dtype(np.int32 if long.kind == "i" else np.float32)
    return short if _fits(array, short) else long


def _has_numpy_dtype(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return any(map(_has_numpy_dtype, value))
    return hasattr(value, "dtype")


def _fits(array: np.ndarray[Any, Any], dtype: ArrayDType) -> bool:
    if dtype.kind in "iu" and array.dtype.kind in "iu":
        limits = np.iinfo(dtype)
        return not array.size or bool(
            limits.min <= array.min() and array.max() <= limits.max
        )
    if object in (array.dtype, dtype):
        return bool(array.dtype == dtype) or not array.size
    return np.can_cast(array.dtype, dtype, "same_kind")
