"""Assertions: on values, which a run checks, and on what is known before any."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from daskflow.arrays import described
from daskflow.errors import DTypeError, InvalidArgumentError, ShapeError
from daskflow.graph import (
    Operation,
    Operators,
    Tensor,
    as_tensor,
    get_default_graph,
    graph_of,
)
from daskflow.ops.define import FLOATS, NUMBERS, args, op
from daskflow.ops.math import (
    abs,
    equal,
    greater,
    greater_equal,
    less,
    less_equal,
    not_equal,
)
from daskflow.ops.printing import summary
from daskflow.ops.state import group, no_op
from daskflow.spec import DType, as_shape, merge

__all__ = [
    "Assert",
    "add_check_numerics_ops",
    "assert_equal",
    "assert_greater",
    "assert_greater_equal",
    "assert_integer",
    "assert_less",
    "assert_less_equal",
    "assert_near",
    "assert_negative",
    "assert_non_negative",
    "assert_non_positive",
    "assert_none_equal",
    "assert_positive",
    "assert_proper_iterable",
    "assert_rank",
    "assert_rank_at_least",
    "assert_rank_in",
    "assert_same_float_dtype",
    "assert_scalar",
    "assert_type",
    "assert_variables_initialized",
    "check_numerics",
    "ensure_shape",
    "is_numeric_tensor",
    "verify_tensor_all_finite",
]


INT32 = np.dtype(np.int32)


def Assert(  # noqa: N802  # TensorFlow's name
    condition: Any,
    data: Sequence[Any],
    summarize: int | None = None,
    name: str | None = None,
) -> Operation:
    """An operation that raises `InvalidArgumentError` unless all of `condition` holds.

    The error shows `data`, of each the first `summarize` values, 3 unless given. It
    runs where it is fetched, or where something fetched has it as a control
    dependency.

    >>> import daskflow as df
    >>> x = df.placeholder(df.float32, [None])
    >>> with df.control_dependencies([Assert(x > 0.0, [x])]):
    ...     y = df.log(x)
    >>> df.Session("sync").run(y, {x: [1.0]})
    array([0.], dtype=float32)
    """
    if not isinstance(data, list | tuple):
        raise DTypeError(f"expected a list of data to show, got {described(data)}")
    operation: Any = _assert(condition, *data, summarize=summarize, name=name)
    return operation


@op(name="Assert", agree=(0, 1), kinds="b", valued=False)
def _assert(*values, summarize):
    """Nothing; a ValueError that shows the other inputs unless the first holds."""
    if not np.all(values[0]):
        limit = _limit(summarize, values)
        raise ValueError(_failed([summary(value, limit) for value in values[1:]]))


def _limit(summarize, values):
    """How many of each of `values` to show."""
    if summarize is None:
        return 3
    return summarize if summarize >= 0 else max(map(np.size, values))


def _failed(texts: Iterable[str]) -> str:
    return "assertion failed: " + " ".join(f"[{text}]" for text in texts)


@op(
    name="CheckNumerics",
    kinds="f",
    shape=lambda x, message: x.shape,
    unranked=True,
    grad=lambda g, y, x, message: _check_numerics(
        g, message=f"not a number (NaN) or infinity (Inf) in the gradient of {message}"
    ),
    examples=[
        args((2, 3), message="x"),
        args((), message="x"),
        args((0,), message="x"),
    ],
)
def _check_numerics(x, /, message):
    """`x`; a ValueError if not all of it is finite."""
    if not np.isfinite(x).all():
        found = [n for n, f in (("Inf", np.isinf), ("NaN", np.isnan)) if f(x).any()]
        raise ValueError(f"{message} : Tensor had {' and '.join(found)} values")
    return x


def check_numerics(tensor: Any, message: str, name: str | None = None) -> Tensor:
    """`tensor`, floats, with an `InvalidArgumentError` where one is NaN or infinite."""
    if not isinstance(message, str):
        raise DTypeError(f"expected a text as message, got {described(message)}")
    result: Tensor = _check_numerics(tensor, message=message, name=name)
    return result


def verify_tensor_all_finite(
    t: Any = None,
    msg: str | None = None,
    name: str | None = None,
    x: Any = None,
    message: str | None = None,
) -> Tensor:
    """As `check_numerics`; `x` and `message` are other names of `t` and `msg`."""
    tensor, text = (x if t is None else t), (message if msg is None else msg)
    if tensor is None:
        raise DTypeError("verify_tensor_all_finite needs a tensor")
    return check_numerics(tensor, text or "", name or "VerifyFinite")


def add_check_numerics_ops() -> Operation:
    """An operation that checks every float that the default graph computes by now."""
    graph = get_default_graph()
    floats = [
        tensor
        for operation in graph.get_operations()
        if operation._op.role in ("compute", "assign", "update")
        for tensor in operation._outputs
        if tensor.spec.dtype is not None and tensor.spec.dtype.kind == "f"
    ]
    return group(*[check_numerics(t, t.name) for t in floats])


def ensure_shape(x: Any, shape: Any, name: str | None = None) -> Tensor:
    """`x`, known to have this `shape`; a run fails with a value that has not."""
    result: Tensor = _ensure_shape(x, shape=as_shape(shape), name=name)
    return result


@op(
    name="EnsureShape",
    shape=lambda x, shape: merge(x.shape, shape),
    unranked=True,
    grad=lambda g, y, x, shape: g,
    examples=[args((2, 3), shape=(None, 3)), args((), shape=())],
)
def _ensure_shape(x, /, shape):
    """`x`; a ValueError if it has another shape."""
    merge(x.shape, shape)
    return x


# Assertions on values


def _assertion(kind, symbol, holds) -> Callable[..., Operation]:
    """The assertion that `x` and `y` compare so everywhere."""

    def assertion(x, y, data=None, summarize=None, message=None, name=None):
        shown = f"Condition x {symbol} y did not hold element-wise:"
        with _scope((x, y), name or f"assert_{kind}"):
            x, y = _pair(x, y)
            texts = [shown, f"x ({x.name}) = ", x, f"y ({y.name}) = ", y]
            return _asserted(holds, x, y, _said(message, data, texts), summarize)

    return _documented(assertion, kind, f"x {symbol} y")


def _assertion_on_sign(kind, symbol, holds) -> Callable[..., Operation]:
    """The assertion that `x` compares so with 0 everywhere."""

    def assertion(x, data=None, summarize=None, message=None, name=None):
        shown = f"Condition x {symbol} 0 did not hold element-wise:"
        with _scope((x,), name or f"assert_{kind}"):
            x, zero = _pair(as_tensor(x, name="x"), 0)
            texts = _said(message, data, [shown, f"x ({x.name}) = ", x])
            return _asserted(holds, x, zero, texts, summarize)

    return _documented(assertion, kind, f"x {symbol} 0")


def _documented(assertion, kind, condition):
    assertion.__name__ = assertion.__qualname__ = f"assert_{kind}"
    assertion.__doc__ = f"""An operation that fails unless `{condition}` everywhere.

    `InvalidArgumentError`, at once if only constants are compared. It shows `message`
    and then `data`, of each the first `summarize` values.
    """
    return assertion


assert_equal = _assertion("equal", "==", equal)
assert_none_equal = _assertion("none_equal", "!=", not_equal)
assert_less = _assertion("less", "<", less)
assert_less_equal = _assertion("less_equal", "<=", less_equal)
assert_greater = _assertion("greater", ">", greater)
assert_greater_equal = _assertion("greater_equal", ">=", greater_equal)
assert_positive = _assertion_on_sign("positive", ">", greater)
assert_negative = _assertion_on_sign("negative", "<", less)
assert_non_negative = _assertion_on_sign("non_negative", ">=", greater_equal)
assert_non_positive = _assertion_on_sign("non_positive", "<=", less_equal)


def assert_near(
    x: Any,
    y: Any,
    rtol: Any = None,
    atol: Any = None,
    data: Sequence[Any] | None = None,
    summarize: int | None = None,
    message: str | None = None,
    name: str | None = None,
) -> Operation:
    """An operation that fails unless `|x - y| <= atol + rtol |y|` everywhere.

    Both are ten times the distance from 1 to the next number of that dtype unless
    given.
    """
    with _scope((x, y), name or "assert_near"):
        x, y = _pair(x, y)
        if x.spec.dtype is None or x.spec.dtype.kind not in FLOATS:
            raise DTypeError(f"assert_near compares floats, got {x!r}")
        ten = 10.0 * float(np.finfo(x.spec.dtype).eps)
        rtol, atol = (ten if t is None else t for t in (rtol, atol))
        texts = [f"x and y not equal to tolerance rtol = {rtol}, atol = {atol}"]
        texts += [f"x ({x.name}) = ", x, f"y ({y.name}) = ", y]
        near = less(abs(x - y), rtol * abs(y) + atol)
        return Assert(near, _said(message, data, texts), summarize)


def _said(message, data, texts):
    """What an assertion shows: `texts`, unless `data` is given."""
    return [message or "", *(texts if data is None else data)]


@contextmanager
def _scope(values, name):
    graph = graph_of(values)
    with graph.as_default(), graph.name_scope(name):
        yield


def _pair(x, y):
    """Two tensors, of which a value takes the dtype of the other one."""
    if isinstance(y, Operators) and not isinstance(x, Operators):
        y = as_tensor(y)
        return as_tensor(x, y.spec.dtype, "x"), y
    x = as_tensor(x, name="x")
    return x, as_tensor(y, None if isinstance(y, Operators) else x.spec.dtype, "y")


def _asserted(holds, x, y, texts, summarize):
    """The assertion that a comparison holds; of constants it is known now."""
    values = _known(x), _known(y)
    if any(value is None for value in values):
        return Assert(holds(x, y), texts, summarize)
    if not np.all(holds.__wrapped__(*values)):
        _fail(texts)
    return no_op()


def _known(tensor):
    """The value of a constant; None of another tensor."""
    return tensor.op._attrs["value"] if tensor.op._op.role == "constant" else None


def _fail(texts):
    """Raise what a run would, for constants."""
    shown = [_known(t) if isinstance(t, Tensor) else t for t in texts]
    shown = ["?" if value is None else value for value in shown]
    texts = [value if isinstance(value, str) else summary(value) for value in shown]
    raise InvalidArgumentError(None, None, _failed(texts))


# Assertions on shapes


def assert_rank(
    x: Any,
    rank: Any,
    data: Sequence[Any] | None = None,
    summarize: int | None = None,
    message: str | None = None,
    name: str | None = None,
) -> Operation:
    """An operation that fails unless `x` has `rank` axes; `ShapeError` if known now."""
    name = name or "assert_rank"
    return _ranked(x, rank, "must have rank", data, summarize, message, name)


def assert_rank_at_least(
    x: Any,
    rank: Any,
    data: Sequence[Any] | None = None,
    summarize: int | None = None,
    message: str | None = None,
    name: str | None = None,
) -> Operation:
    """The same, unless `x` has at least `rank` axes."""
    words, name = "must have rank at least", name or "assert_rank_at_least"
    return _ranked(x, rank, words, data, summarize, message, name)


def assert_rank_in(
    x: Any,
    ranks: Sequence[Any],
    data: Sequence[Any] | None = None,
    summarize: int | None = None,
    message: str | None = None,
    name: str | None = None,
) -> Operation:
    """The same, unless `x` has one of these numbers of axes."""
    words, name = "must have rank in", name or "assert_rank_in"
    return _ranked(x, ranks, words, data, summarize, message, name)


def _ranked(x, wanted, words, data, summarize, message, name):
    x = as_tensor(x)
    wanted = as_tensor(wanted, INT32, f"{name}/rank")
    known, text = _known(wanted), f"Tensor {x.name} {words}"
    if known is not None and x.spec.shape is not None:
        if not _RANKS[words](len(x.spec.shape), known):
            raise ShapeError(_worded(message, f"{text} {known.tolist()}, got {x.spec}"))
        return no_op(name)
    texts = _said(message, data, ())
    settings = {"words": text if data is None else "", "summarize": summarize}
    return _assert_rank(x, wanted, *texts, how=words, name=name, **settings)


_RANKS: dict[str, Callable[..., Any]] = {
    "must have rank": np.equal,
    "must have rank at least": np.greater_equal,
    "must have rank in": np.isin,
}


@op(name="assert_rank", agree=(0, 0), valued=False)
def _assert_rank(*values, how, words, summarize):
    """Nothing; a ValueError unless the rank of the first input is like the second."""
    x, wanted, *data = values
    if not np.all(_RANKS[how](x.ndim, wanted)):
        shown = [words, summary(wanted), "Received shape: ", summary(x.shape)]
        texts = [summary(value, _limit(summarize, values)) for value in data]
        raise ValueError(_failed(texts + shown if words else texts))


# Assertions on what is known without a run


def assert_type(
    tensor: Any, tf_type: Any, message: str | None = None, name: str | None = None
) -> Operation:
    """Raise `DTypeError` unless `tensor` is of that dtype."""
    tensor, wanted = as_tensor(tensor), DType(tf_type)
    if tensor.dtype != wanted:
        raise DTypeError(_worded(message, f"{tensor!r} must be of type {wanted!r}"))
    return no_op(name or "assert_type")


def assert_integer(
    x: Any, message: str | None = None, name: str | None = None
) -> Operation:
    """Raise `DTypeError` unless `x` is of whole numbers."""
    x = as_tensor(x)
    if x.dtype is None or not x.dtype.is_integer:
        raise DTypeError(_worded(message, f"expected whole numbers, got {x!r}"))
    return no_op(name or "assert_integer")


def assert_scalar(
    tensor: Any, name: str | None = None, message: str | None = None
) -> Tensor:
    """`tensor`; `ShapeError` unless it has no axes."""
    tensor = as_tensor(tensor)
    if tensor.spec.shape is None:
        return ensure_shape(tensor, (), name)
    if tensor.spec.shape != ():
        raise ShapeError(_worded(message, f"expected a scalar, got {tensor!r}"))
    return tensor


def assert_same_float_dtype(
    tensors: Sequence[Any] | None = None, dtype: Any = None
) -> DType:
    """The dtype of these floats; `DTypeError` unless they have one, that of `dtype`."""
    wanted = None if dtype is None else DType(dtype)
    for tensor in map(as_tensor, tensors or ()):
        wanted = wanted or tensor.dtype
        if tensor.dtype != wanted:
            raise DTypeError(f"expected {wanted!r}, got {tensor!r}")
    wanted = wanted or DType("float32")
    if not wanted.is_floating:
        raise DTypeError(f"expected floats, got {wanted!r}")
    return wanted


def assert_proper_iterable(values: Any) -> None:
    """Raise `DTypeError` for a tensor, array, text or what cannot be iterated."""
    single = isinstance(values, Operators | np.ndarray | str | bytes)
    if single or not isinstance(values, Iterable):
        raise DTypeError(f"expected an iterable, got {described(values)}")


def assert_variables_initialized(var_list: Sequence[Any] | None = None) -> Operation:
    """Nothing to do: a session initializes a variable on its first use."""
    return no_op("assert_variables_initialized")


def is_numeric_tensor(tensor: Any) -> bool:
    """Whether it is a tensor of numbers."""
    if not isinstance(tensor, Operators):
        return False
    dtype = as_tensor(tensor).spec.dtype
    return dtype is not None and dtype.kind in NUMBERS


def _worded(message: str | None, text: str) -> str:
    return f"{message}: {text}" if message else text
