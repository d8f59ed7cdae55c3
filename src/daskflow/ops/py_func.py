"""Functions of Python and NumPy as operations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from daskflow.arrays import described
from daskflow.errors import DTypeError
from daskflow.graph import Operators, build
from daskflow.opdef import OpDef, no_gradient
from daskflow.spec import ArrayDType, DType, Spec

__all__ = ["numpy_function", "py_func", "py_function"]


def py_func(
    func: Callable[..., Any],
    inp: Sequence[Any],
    Tout: Any,  # noqa: N803  # TensorFlow's name
    stateful: bool = True,
    name: str | None = None,
) -> Any:
    """What `func` gives for the values of `inp`, tensors of the dtypes `Tout`.

    A list of dtypes gives a list of tensors, an empty one the operation. `func` gets
    arrays that it may change, and NumPy's numbers for scalars; it gives arrays of
    exactly these dtypes, whose shapes only the run knows. It runs once in each run
    that needs it, be it `stateful` or not, and again if a worker is lost. On a cluster
    it goes to a worker with what it refers to, and what it stores stays there. No
    gradient flows through it.

    >>> df.py_func(lambda x: np.sort(x)[::-1], [[1.0, 3.0]], df.float32).eval()
    array([3., 1.], dtype=float32)
    """
    label = "PyFunc" if stateful else "PyFuncStateless"
    return _added(label, func, inp, Tout, no_gradient, name)


def numpy_function(
    func: Callable[..., Any],
    inp: Sequence[Any],
    Tout: Any,  # noqa: N803
    name: str | None = None,
) -> Any:
    """As `py_func` with `stateful=True`.

    >>> df.numpy_function(np.median, [[1.0, 7.0, 3.0]], df.float32).eval()
    np.float32(3.0)
    """
    return py_func(func, inp, Tout, name=name)


def py_function(
    func: Callable[..., Any],
    inp: Sequence[Any],
    Tout: Any,  # noqa: N803
    name: str | None = None,
) -> Any:
    """As `py_func`, with values that have a method `numpy()` as well.

    TensorFlow would differentiate through it, and run its own ops in it. Here there
    is no gradient: asking for one is a `GradientError`.

    >>> df.py_function(lambda x: x.numpy().max(), [[1.0, 7.0, 3.0]], df.float32).eval()
    np.float32(7.0)
    """
    return _added("EagerPyFunc", _Eager(func), inp, Tout, None, name)


def _added(label, func, inp, dtypes, grad, name):
    if not callable(func):
        raise DTypeError(f"expected a function, got {described(func)}")
    if isinstance(inp, Operators):
        raise DTypeError(f"expected a list of tensors, got {inp!r}; write [x]")
    several = isinstance(dtypes, list | tuple)
    wanted = [DType(d).dtype for d in (dtypes if several else [dtypes])]
    specs = [Spec(dtype) for dtype in wanted]

    def infer(*inputs: Spec) -> Any:
        return specs if several else specs[0]

    op = OpDef(
        label,
        _Function(func, tuple(wanted), several),
        infer,
        grad=grad,
        agree=(0, 0),
        pure=False,
        valued=bool(wanted),
        several=several,
    )
    operation = build(op, tuple(inp), name=name)
    if not wanted:
        return operation
    return list(operation.outputs) if several else operation.outputs[0]


class _Function:
    """The kernel: the user's function between arrays and arrays."""

    def __init__(
        self, func: Callable[..., Any], dtypes: tuple[ArrayDType, ...], several: bool
    ) -> None:
        self._func = func
        self._dtypes = dtypes
        self._several = several

    def __call__(self, *inputs: Any) -> Any:
        given = self._func(*[np.array(x)[()] for x in inputs])
        if not self._dtypes:
            return None
        values = given if isinstance(given, list | tuple) else [given]
        values = [] if given is None else values
        if len(values) != len(self._dtypes):
            raise ValueError(
                f"the function gave {len(values)} values, and Tout has "
                f"{len(self._dtypes)}; a list counts as several: make an array of it"
            )
        results = tuple(map(_checked, values, self._dtypes, range(len(values))))
        return results if self._several else results[0]


def _checked(value: Any, dtype: ArrayDType, place: int) -> Any:
    # A copy: the function may keep what it gave, and change it.
    array = np.array(value, order="C")
    if array.dtype.kind in "SU":
        array = array.astype(object)
    if array.dtype != dtype:
        raise TypeError(
            f"value {place} of the function is {array.dtype}, and Tout says "
            f"{DType(dtype).name}; cast it with numpy.asarray(value, dtype)"
        )
    return array


class _Eager:
    """A function whose arguments have a method `numpy()`."""

    def __init__(self, func: Callable[..., Any]) -> None:
        self._func = func

    def __call__(self, *inputs: Any) -> Any:
        return self._func(*[np.asarray(x).view(_Value) for x in inputs])


class _Value(np.ndarray[Any, Any]):
    """An array that gives itself as one of NumPy's own."""

    def numpy(self) -> Any:
        return np.asarray(self)[()]
