"""Values as text, shown while a run goes on: `Print` and `print`."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from pprint import pformat
from typing import Any
from uuid import uuid4

import numpy as np

from daskflow import logging
from daskflow.arrays import described
from daskflow.errors import DTypeError, GraphError
from daskflow.graph import Operation, Operators, Tensor
from daskflow.ops.define import args, op
from daskflow.values import as_tensor

__all__ = ["Print", "print"]


def Print(  # noqa: N802  # TensorFlow's name
    input_: Any,
    data: Sequence[Any],
    message: str | None = None,
    first_n: int | None = None,
    summarize: int | None = None,
    name: str | None = None,
) -> Tensor:
    """`input_`, with a line on standard error each time that it is computed.

    The line has `message` and then each of `data`, of which the first `summarize`
    values, 3 unless given, all if that is -1. With `first_n` it appears so many times
    only, counted in each process that computes it. On a cluster it appears where the
    session is.

    >>> x = df.constant([1.0, 2.5])
    >>> y = df.Print(x, [x, df.size(x)], "x and its size: ")
    >>> y.eval()  # and on standard error: x and its size: [1 2.5][2]
    array([1. , 2.5], dtype=float32)
    """
    if not isinstance(data, list | tuple):
        raise DTypeError(f"expected a list of data to print, got {described(data)}")
    settings = {
        "message": message or "",
        "first_n": -1 if first_n is None else first_n,
        "summarize": 3 if summarize is None else summarize,
        "key": uuid4().hex,
    }
    result: Tensor = _printed(input_, *data, **settings, name=name)
    return result


@op(
    name="Print",
    agree=(0, 1),
    shape=lambda x, *data, **attrs: x.shape,
    unranked=True,
    pure=False,
    grad=lambda g, y, x, *data, **attrs: (g, *[None] * len(data)),
    examples=[args((2, 3), message="", first_n=0, summarize=3, key="example")],
)
def _printed(*values, message, first_n, summarize, key):
    """Its first input; a line on standard error shows the others."""
    _TIMES[key] += 1
    if first_n < 0 or _TIMES[key] <= first_n:
        limit = sys.maxsize if summarize < 0 else summarize
        texts = [f"[{summary(value, limit)}]" for value in values[1:]]
        show(message + "".join(texts))
    return values[0]


_TIMES: Counter[str] = Counter()
"""How often each `Print` was computed in this process."""


def print(*inputs: Any, **kwargs: Any) -> Operation:
    """An operation that prints `inputs`: tensors, values, and nests of both.

    Of each axis the first and last `summarize` values, 3 unless given, all if that is
    -1. `output_stream` is `sys.stderr` unless given, `sys.stdout`, a function of
    `tf.logging` or `"file://"` and the path of a file to append to; `end` and `sep`
    are those of Python's `print`. On a cluster it appears where the session is.

    It runs where it is fetched, or where something fetched has it as a control
    dependency.

    >>> import sys
    >>> x = df.constant([1.0, 2.5])
    >>> with df.control_dependencies([df.print("x is", x, output_stream=sys.stdout)]):
    ...     y = x * 2.0
    >>> y.eval()
    x is [1 2.5]
    array([2., 5.], dtype=float32)
    """
    known: dict[str, Any] = {
        "output_stream": sys.stderr,
        "summarize": 3,
        "sep": " ",
        "end": "\n",
    }
    unknown = kwargs.keys() - known.keys() - {"name"}
    if unknown:
        raise GraphError(f"print takes no {sorted(unknown)}, but {[*known, 'name']}")
    settings = known | kwargs
    tensors: list[Tensor] = []
    text = settings["sep"].join([_text(part, tensors) for part in inputs])
    result: Any = _print_all(
        *tensors,
        template=tuple(text.split(_HOLE)),
        summarize=settings["summarize"],
        end=settings["end"],
        stream=_stream(settings["output_stream"]),
        name=kwargs.get("name"),
    )
    return result


@op(name="PrintV2", agree=(0, 0), valued=False, pure=False)
def _print_all(*values, template, summarize, end, stream):
    """Nothing; it prints its inputs between the parts of a template."""
    if template == ("", "") and values[0].dtype == object and values[0].ndim == 0:
        texts = [_decoded(values[0][()])]
    else:
        texts = [formatted(np.asarray(value), summarize) for value in values]
    parts = [a + b for a, b in zip(template, (*texts, ""), strict=True)]
    show("".join(parts), end, stream)


_HOLE = "\0"
"""Stands in a text for a tensor."""


class _Hole:
    def __repr__(self) -> str:
        return _HOLE


def _text(part: Any, tensors: list[Tensor]) -> str:
    """A part of what is to be printed, with holes for the tensors in it."""

    def holed(value: Any) -> Any:
        if isinstance(value, Operators):
            tensors.append(as_tensor(value))
            return _Hole()
        if isinstance(value, dict):
            return {k: holed(value[k]) for k in _in_order(value)}
        if isinstance(value, tuple) and hasattr(value, "_fields"):
            return type(value)(*map(holed, value))
        if isinstance(value, list | tuple):
            return type(value)(map(holed, value))
        return value

    if isinstance(part, str):
        return part.replace(_HOLE, "")
    return pformat(holed(part), width=sys.maxsize, sort_dicts=False)


def _in_order(keys: Any) -> Any:
    """The keys of a dict in their order, if they have one."""
    try:
        return sorted(keys)
    except TypeError:
        return list(keys)


def _stream(stream: Any) -> str:
    """Where to print, as a setting."""
    if isinstance(stream, str) and stream.startswith("file://"):
        return stream
    if stream is sys.stdout or stream is sys.stderr:
        return "stdout" if stream is sys.stdout else "stderr"
    if stream in _LOGGED.values():
        return next(name for name, log in _LOGGED.items() if log is stream)
    raise GraphError(
        "print writes to sys.stdout, sys.stderr, a function of tf.logging or "
        f"'file://' and a path, got {described(stream)}"
    )


_LOGGED = {
    f"log({log.__name__})": log
    for log in (logging.info, logging.warning, logging.error)
}


def show(text: str, end: str = "\n", stream: str = "stderr") -> None:
    """Print where the user is: a worker of a cluster leaves that to its clients."""
    if stream.startswith("file://"):
        with open(stream.removeprefix("file://"), "a") as file:
            file.write(text + end)
        return
    if stream in _LOGGED:
        _LOGGED[stream]("%s", text)
        return
    worker = _worker()
    if worker is not None:  # as `distributed.print`, but not here as well
        number = {"stdout": 1, "stderr": 2}[stream]
        message = {"sep": "", "end": end, "file": number, "flush": True}
        worker.log_event("print", {"args": (text,), **message})
        return
    file = getattr(sys, stream)
    file.write(text + end)
    file.flush()


def _worker() -> Any:
    """The worker of a cluster that this task runs on, if it does."""
    distributed = sys.modules.get("distributed")  # importing it takes a second
    if distributed is None:
        return None
    try:
        return distributed.get_worker()
    except ValueError:
        return None


def summary(value: Any, limit: int = 3) -> str:
    """The first values of an array, as `Print` and `Assert` show them.

    >>> summary(np.array([[1, 2], [3, 4]])), summary(np.float32(0.5))
    ('[1 2][3...]...', '0.5')
    """
    array = np.asarray(value)
    if not array.ndim:
        return element(array[()])
    shown, _ = _first(array, limit, is_outer=True)
    return shown + ("..." if array.size > limit else "")


def _first(array: Any, limit: int, is_outer: bool) -> tuple[str, int]:
    """The first values of an array, and how many more may be shown."""
    if array.ndim == 1:
        text = " ".join(map(element, array[:limit]))
        cut = len(array) > limit and not is_outer
        return text + ("..." if cut else ""), max(0, limit - len(array))
    texts = []
    for part in array:
        if limit <= 0:
            break
        text, limit = _first(part, limit, is_outer=False)
        texts.append(f"[{text}]")
    return "".join(texts), limit


def formatted(array: Any, summarize: int = 3) -> str:
    """An array as `print` shows it: the first and last values along each axis."""
    if not array.ndim:
        return _quoted(array[()])
    return np.array2string(
        array,
        max_line_width=sys.maxsize,
        separator=" ",
        threshold=sys.maxsize if summarize < 0 else 0,
        edgeitems=max(1, summarize),
        formatter={"all": _quoted},
    )


def element(value: Any) -> str:
    """One value, with as many digits as tell it from its neighbours.

    >>> element(np.float32(0.1)), element(np.float32(1 / 3)), element(np.bool_(True))
    ('0.1', '0.333333343', '1')
    """
    if isinstance(value, bytes):
        return _decoded(value)
    if isinstance(value, np.bool_):
        return str(int(value))
    if isinstance(value, np.floating):
        few, many = (15, 17) if value.dtype.itemsize > 4 else (6, 9)
        short = f"{value:.{few}g}"
        return short if type(value)(short) == value else f"{value:.{many}g}"
    return str(value)


def _quoted(value: Any) -> str:
    if isinstance(value, bytes):
        text = _decoded(value).replace("\\", "\\\\").replace('"', '\\"')
        return f'"{text}"'
    return element(value)


def _decoded(text: bytes) -> str:
    return text.decode(errors="backslashreplace")
