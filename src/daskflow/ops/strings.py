"""Ops on texts, which are `bytes` in arrays of objects."""

from functools import partial
from typing import Any

import numpy as np

from daskflow.errors import DTypeError, GraphError
from daskflow.graph import Tensor
from daskflow.opdef import no_gradient
from daskflow.ops.array import FLOAT32, INT32, NO_INPUTS
from daskflow.ops.define import args, either, op
from daskflow.spec import STRING, as_dtype, broadcast

__all__ = ["as_string", "string_join", "string_strip", "string_to_number"]


def same_shape(x, **attrs):
    return x.shape


def mapped(function, *arrays, dtype=STRING):
    """`function` of each element; of several arrays, of those that stand together."""
    results = np.frompyfunc(function, len(arrays), 1)(*arrays)
    return np.asarray(results, object).astype(dtype)


def check_texts(*xs):
    for x in xs:
        if x.dtype not in (None, STRING):
            raise DTypeError(f"needs texts, got {x.dtype}")


def text_dtype(*xs, **attrs):
    check_texts(*xs)
    return STRING


def number_dtype(*xs, dtype, **attrs):
    check_texts(*xs)
    return dtype


def format_dtype(x, width, precision, conversion):
    if (
        x.dtype is not None
        and x.dtype.kind in "iub"
        and (precision or conversion != "f")
    ):
        raise DTypeError(f"a precision and other forms are for floats, got {x.dtype}")
    return STRING


_PLAIN = {"width": "", "precision": "", "conversion": "f"}


@op(
    label="AsString",
    name="as_string",
    shape=same_shape,
    dtype=format_dtype,
    unranked=True,
    kinds="biufc",
    grad=no_gradient,
    examples=[
        args(np.array([1, -20]), **_PLAIN | {"width": "05"}),
        args(np.array([True, False]), **_PLAIN),
    ],
)
def written_out(x, /, width, precision, conversion):
    """Each number of `x` as a text."""
    forms = {"b": f"%{width}s", "i": f"%{width}d", "u": f"%{width}d"}
    form = forms.get(x.dtype.kind, f"%{width}{precision}{conversion}")

    def text(value):
        if isinstance(value, bool):
            return form % ("true" if value else "false")
        if isinstance(value, complex):
            return f"({form % value.real},{form % value.imag})"
        return form % value

    return mapped(lambda value: text(value).encode(), x.astype(object))


def as_string(
    input: Any,
    precision: int = -1,
    scientific: bool = False,
    shortest: bool = False,
    width: int = -1,
    fill: str = "",
    name: str | None = None,
) -> Tensor:
    """Each number as a text, formatted as C's `printf` does it.

    >>> df.as_string([1.5, 20.0], precision=2).eval()
    array([b'1.50', b'20.00'], dtype=object)
    """
    if scientific and shortest:
        raise GraphError("as_string takes scientific or shortest, not both")
    if fill not in ("", " ", "+", "-", "0", "#"):
        raise GraphError(f"fill is one of ' +-0#', not {fill!r}")
    return written_out(
        input,
        width=fill + (str(width) if width >= 0 else ""),
        precision=f".{precision}" if precision >= 0 else "",
        conversion="e" if scientific else "g" if shortest else "f",
        name=name,
    )


@op(
    label="StringJoin",
    name="string_join",
    shape=lambda *xs, separator: broadcast(*[x.shape for x in xs]),
    dtype=text_dtype,
    unranked=True,
    agree=NO_INPUTS,
    grad=no_gradient,
    examples=[
        args(np.array([b"a", b"b"], object), np.array(b"c", object), separator=b"-")
    ],
)
def texts_joined(*xs, separator):
    """The texts that stand together, one behind the other."""
    return mapped(lambda *texts: separator.join(texts), *xs)


def string_join(inputs: Any, separator: str = "", name: str | None = None) -> Tensor:
    """The texts of all `inputs`, of one shape or single ones, with a `separator`.

    >>> df.string_join([["a", "b"], ["c", "d"]], separator="-").eval()
    array([b'a-c', b'b-d'], dtype=object)
    """
    between = separator.encode() if isinstance(separator, str) else separator
    return texts_joined(*inputs, separator=between, name=name)


def parsed(text, dtype):
    """The number that a text is."""
    try:
        return dtype.type(int(text) if dtype.kind == "i" else float(text))
    except (ValueError, OverflowError):
        raise ValueError(f"{text!r} is no number of dtype {dtype}") from None


@op(
    label="StringToNumber",
    name="string_to_number",
    shape=same_shape,
    dtype=number_dtype,
    unranked=True,
    agree=NO_INPUTS,
    grad=no_gradient,
    examples=[
        args(np.array([b"1", b"-2"], object), dtype=INT32),
        args(np.array(b"2.5e1", object), dtype=FLOAT32),
    ],
)
def numbers_in(x, /, dtype):
    """The number that each text of `x` is."""
    return mapped(partial(parsed, dtype=dtype), x, dtype=dtype)


def string_to_number(
    string_tensor: Any = None,
    out_type: Any = FLOAT32,
    name: str | None = None,
    input: Any = None,
) -> Tensor:
    """The number that each text is; one that is none fails the run.

    >>> df.string_to_number(["1.5", " -2e1"]).eval()
    array([  1.5, -20. ], dtype=float32)
    """
    texts = either(string_tensor=string_tensor, input=input)
    dtype = as_dtype(out_type)
    if str(dtype) not in ("float32", "float64", "int32", "int64"):
        raise DTypeError(f"makes float32, float64, int32 or int64, not {out_type}")
    return numbers_in(texts, dtype, name=name)


@op(
    label="StringLength",
    name="string_length",
    shape=same_shape,
    dtype=lambda x, unit: number_dtype(x, dtype=INT32),
    unranked=True,
    agree=NO_INPUTS,
    grad=no_gradient,
    examples=[
        args(np.array([b"a", "ä".encode()], object), unit="BYTE"),
        args(np.array("ä".encode(), object), unit="UTF8_CHAR"),
    ],
)
def lengths_of(x, /, unit):
    """How many bytes, or characters, each text of `x` has."""
    count = len if unit == "BYTE" else lambda text: len(text.decode())
    return mapped(count, x, dtype=INT32)


def string_length(input: Any, name: str | None = None, unit: str = "BYTE") -> Tensor:
    """How many bytes each text has; with the `unit` "UTF8_CHAR", characters.

    >>> df.strings.length(["abc", ""]).eval()
    array([3, 0], dtype=int32)
    >>> df.strings.length("é").eval(), df.strings.length("é", unit="UTF8_CHAR").eval()
    (np.int32(2), np.int32(1))
    """
    if unit not in ("BYTE", "UTF8_CHAR"):
        raise GraphError(f"unit is 'BYTE' or 'UTF8_CHAR', not {unit!r}")
    return lengths_of(input, unit, name=name)


@op(
    label="StringStrip",
    shape=same_shape,
    dtype=text_dtype,
    unranked=True,
    agree=NO_INPUTS,
    grad=no_gradient,
    examples=[args(np.array([b" Ab ", b""], object))],
)
def string_strip(input):
    """Each text without the white space around it.

    >>> df.string_strip(["  a b "]).eval()
    array([b'a b'], dtype=object)
    """
    return mapped(bytes.strip, input)
