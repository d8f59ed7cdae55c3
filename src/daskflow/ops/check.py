"""Assertions: on values, which a run checks, and on what is known before any."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from daskflow.arrays import described
from daskflow.errors import DTypeError, InvalidArgumentError, ShapeError
from daskflow.graph import Operation, Operators, Tensor, get_default_graph, graph_of
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
from daskflow.values import as_tensor

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

    >>> x = df.placeholder(df.float32, [None])
    >>> with df.control_dependencies([df.Assert(x > 0.0, [x])]):
    ...     y = df.log(x)
    >>> y.eval({x: [1.0]})
    array([0.], dtype=float32)
    >>> y.eval({x: [1.0, -1.0]})
    Traceback (most recent call last):
    ...
    daskflow.errors.InvalidArgumentError: ... assertion failed: [1 -1]...
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
    """`tensor`, floats, with an `InvalidArgumentError` where one is NaN or infinite.

    >>> x = df.placeholder(df.float32)
    >>> df.check_numerics(1.0 / x, "1 / x").eval({x: [1.0, 2.0]})
    array([1. , 0.5], dtype=float32)
    >>> df.check_numerics(df.log(x), "log(x)").eval({x: [np.nan]})
    Traceback (most recent call last):
    ...
    daskflow.errors.InvalidArgumentError: ...: log(x) : Tensor had NaN values...
    """
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
    """As `check_numerics`; `x` and `message` are other names of `t` and `msg`.

    >>> df.verify_tensor_all_finite([np.inf], "the loss").eval()
    Traceback (most recent call last):
    ...
    daskflow.errors.InvalidArgumentError: ...: the loss : Tensor had Inf values...
    """
    tensor, text = (x if t is None else t), (message if msg is None else msg)
    if tensor is None:
        raise DTypeError("verify_tensor_all_finite needs a tensor")
    return check_numerics(tensor, text or "", name or "VerifyFinite")


def add_check_numerics_ops() -> Operation:
    """An operation that checks every float that the default graph computes by now.

    >>> x = df.placeholder(df.float32, name="x")
    >>> y = df.log(x, name="y")
    >>> check = df.add_check_numerics_ops()
    >>> session.run([y, check], {x: [1.0]})
    [array([0.], dtype=float32), None]
    >>> session.run([y, check], {x: [np.nan]})
    Traceback (most recent call last):
    ...
    daskflow.errors.InvalidArgumentError: ...: y:0 : Tensor had NaN values...
    """
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
    """`x`, known to have this `shape`; a run fails with a value that has not.

    >>> x = df.placeholder(df.float32)
    >>> y = df.ensure_shape(x, [None, 2])
    >>> y.shape
    TensorShape([None, 2])
    >>> y.eval({x: [[1.0, 2.0, 3.0]]})
    Traceback (most recent call last):
    ...
    daskflow.errors.InvalidArgumentError: ...: shapes [1, 3] and [?, 2] do not agree...
    """
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


def _assertion(kind, symbol, holds, good, bad) -> Callable[..., Operation]:
    """The assertion that `x` and `y` compare so everywhere: good and bad ones."""

    def assertion(x, y, data=None, summarize=None, message=None, name=None):
        shown = f"Condition x {symbol} y did not hold element-wise:"
        with _scope((x, y), name or f"assert_{kind}"):
            x, y = _pair(x, y)
            texts = [shown, f"x ({x.name}) = ", x, f"y ({y.name}) = ", y]
            return _asserted(holds, x, y, _said(message, data, texts), summarize)

    return _documented(assertion, kind, f"x {symbol} y", good, bad)


def _assertion_on_sign(kind, symbol, holds, good, bad) -> Callable[..., Operation]:
    """The assertion that `x` compares so with 0 everywhere: a good and a bad one."""

    def assertion(x, data=None, summarize=None, message=None, name=None):
        shown = f"Condition x {symbol} 0 did not hold element-wise:"
        with _scope((x,), name or f"assert_{kind}"):
            x, zero = _pair(as_tensor(x, name="x"), 0)
            texts = _said(message, data, [shown, f"x ({x.name}) = ", x])
            return _asserted(holds, x, zero, texts, summarize)

    return _documented(assertion, kind, f"x {symbol} 0", good, bad)


def _documented(assertion, kind, condition, good, bad):
    assertion.__name__ = assertion.__qualname__ = f"assert_{kind}"
    assertion.__doc__ = f"""An operation that fails unless `{condition}` everywhere.

    `InvalidArgumentError`, at once if only constants are compared. It shows `message`
    and then `data`, of each the first `summarize` values.

    >>> df.assert_{kind}({good}).run()
    >>> df.assert_{kind}({bad})
    Traceback (most recent call last):
    ...
    daskflow.errors.InvalidArgumentError: assertion failed: [] [Condition {condition}...
    """
    return assertion


assert_equal = _assertion("equal", "==", equal, "[1, 2], [1, 2]", "[1, 2], 1")
assert_none_equal = _assertion("none_equal", "!=", not_equal, "[1, 2], 3", "[1, 2], 2")
assert_less = _assertion("less", "<", less, "[1, 2], 3", "[1, 2], 2")
assert_less_equal = _assertion("less_equal", "<=", less_equal, "[1, 2], 2", "[1, 2], 1")
assert_greater = _assertion("greater", ">", greater, "[1, 2], 0", "[1, 2], 1")
assert_greater_equal = _assertion(
    "greater_equal", ">=", greater_equal, "[1, 2], 1", "[1, 2], 2"
)
assert_positive = _assertion_on_sign("positive", ">", greater, "[1, 2]", "[0, 1]")
assert_negative = _assertion_on_sign("negative", "<", less, "[-1, -2]", "[0, -1]")
assert_non_negative = _assertion_on_sign(
    "non_negative", ">=", greater_equal, "[0, 1]", "[-1, 0]"
)
assert_non_positive = _assertion_on_sign(
    "non_positive", "<=", less_equal, "[0, -1]", "[1, 0]"
)


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

    >>> df.assert_near([1.0, 2.0], [1.0, 2.0000001]).run()
    >>> df.assert_near([1.0], [1.1]).run()
    Traceback (most recent call last):
    ...
    daskflow.errors.InvalidArgumentError: ...x and y not equal to tolerance rtol = ...
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
    """An operation that fails unless `x` has `rank` axes; `ShapeError` if known now.

    >>> df.assert_rank([1, 2], 1).run()
    >>> df.assert_rank([1, 2], 2)
    Traceback (most recent call last):
    ...
    daskflow.errors.ShapeError: Tensor Const_1:0 must have rank 2, got int32 [2]
    """
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
    """An operation that fails unless `x` has at least `rank` axes.

    `ShapeError` if that is known now.

    >>> df.assert_rank_at_least([1, 2], 1).run()
    >>> df.assert_rank_at_least([1, 2], 2)
    Traceback (most recent call last):
    ...
    daskflow.errors.ShapeError: Tensor Const_1:0 must have rank at least 2, got...
    """
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
    """An operation that fails unless `x` has one of these numbers of axes.

    `ShapeError` if that is known now.

    >>> df.assert_rank_in([[1, 2]], [2, 3]).run()
    >>> df.assert_rank_in([1, 2], [2, 3])
    Traceback (most recent call last):
    ...
    daskflow.errors.ShapeError: Tensor Const_1:0 must have rank in [2, 3], got int32 [2]
    """
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
    """Raise `DTypeError` unless `tensor` is of that dtype.

    >>> df.assert_type(df.constant([1.0], name="x"), df.float32).run()
    >>> df.assert_type(df.constant([1.0], name="x"), df.int32)
    Traceback (most recent call last):
    ...
    daskflow.errors.DTypeError: <Tensor 'x_1:0' float32 [1]> must be of type tf.int32
    """
    tensor, wanted = as_tensor(tensor), DType(tf_type)
    if tensor.dtype != wanted:
        raise DTypeError(_worded(message, f"{tensor!r} must be of type {wanted!r}"))
    return no_op(name or "assert_type")


def assert_integer(
    x: Any, message: str | None = None, name: str | None = None
) -> Operation:
    """Raise `DTypeError` unless `x` is of whole numbers.

    >>> df.assert_integer([1, 2]).run()
    >>> df.assert_integer(df.constant([1.0], name="x"))
    Traceback (most recent call last):
    ...
    daskflow.errors.DTypeError: expected whole numbers, got <Tensor 'x:0' float32 [1]>
    """
    x = as_tensor(x)
    if x.dtype is None or not x.dtype.is_integer:
        raise DTypeError(_worded(message, f"expected whole numbers, got {x!r}"))
    return no_op(name or "assert_integer")


def assert_scalar(
    tensor: Any, name: str | None = None, message: str | None = None
) -> Tensor:
    """`tensor`; `ShapeError` unless it has no axes, or the run fails.

    >>> df.assert_scalar(3.0).eval()
    np.float32(3.0)
    >>> df.assert_scalar(df.constant([3.0], name="x"))
    Traceback (most recent call last):
    ...
    daskflow.errors.ShapeError: expected a scalar, got <Tensor 'x:0' float32 [1]>
    """
    tensor = as_tensor(tensor)
    if tensor.spec.shape is None:
        return ensure_shape(tensor, (), name)
    if tensor.spec.shape != ():
        raise ShapeError(_worded(message, f"expected a scalar, got {tensor!r}"))
    return tensor


def assert_same_float_dtype(
    tensors: Sequence[Any] | None = None, dtype: Any = None
) -> DType:
    """The dtype of these floats; `DTypeError` unless they have one, that of `dtype`.

    >>> df.assert_same_float_dtype([df.constant(1.0), df.constant([2.0])])
    tf.float32
    >>> df.assert_same_float_dtype([df.constant(1, name="x")])
    Traceback (most recent call last):
    ...
    daskflow.errors.DTypeError: expected floats, got tf.int32
    """
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
    """Raise `DTypeError` for a tensor, array, text or what cannot be iterated.

    >>> df.assert_proper_iterable([1, 2])
    >>> df.assert_proper_iterable("abc")
    Traceback (most recent call last):
    ...
    daskflow.errors.DTypeError: expected an iterable, got 'abc'
    """
    single = isinstance(values, Operators | np.ndarray | str | bytes)
    if single or not isinstance(values, Iterable):
        raise DTypeError(f"expected an iterable, got {described(values)}")


def assert_variables_initialized(var_list: Sequence[Any] | None = None) -> Operation:
    """Nothing to do: a session initializes a variable on its first use.

    >>> df.assert_variables_initialized([df.Variable(1.0)]).run()
    """
    return no_op("assert_variables_initialized")


def is_numeric_tensor(tensor: Any) -> bool:
    """Whether it is a tensor of numbers.

    >>> df.is_numeric_tensor(df.constant(1)), df.is_numeric_tensor(df.constant("a"))
    (True, False)
    """
    if not isinstance(tensor, Operators):
        return False
    dtype = as_tensor(tensor).spec.dtype
    return dtype is not None and dtype.kind in NUMBERS


def _worded(message: str | None, text: str) -> str:
    return f"{message}: {text}" if message else text
