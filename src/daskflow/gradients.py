"""The reverse sweep: a graph in, a larger graph out."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Sequence, Set
from typing import Any

from daskflow.errors import GradientError, ShapeError, SymbolicTensorError
from daskflow.graph import Detached, Graph, Operation, Stored, Tensor, build
from daskflow.opdef import OPS, OpDef
from daskflow.ops.array import ones_like, reshape, sum_like, zeros_like
from daskflow.ops.joining import concat, stack
from daskflow.ops.math import add, cast
from daskflow.ops.slices import IndexedSlices
from daskflow.spec import Spec
from daskflow.values import as_tensor

GRADIENTS: dict[str, Callable[..., Any]] = {}
"""Class of an operation -> its gradient, where that is no method of the class."""


class RegisterGradient:
    """Give a class derived from `Operation` its gradient: `f(op, grad)`.

    `f` returns the gradient for each input, or the only one. It may be written with
    daskflow's ops, on `op.inputs`, `op.output` and `grad` as tensors, and can then be
    differentiated again; or with NumPy, and gets their values while the graph runs.

    >>> class cubed(df.Operation):
    ...     def __init__(self, x):
    ...         super().__init__([x])
    ...     def compute(self, x_value):
    ...         return x_value**3
    >>> @df.RegisterGradient("cubed")
    ... def cubed_gradient(op, grad):
    ...     return grad * 3.0 * op.inputs[0] ** 2.0
    >>> x = df.constant(2.0)
    >>> session.run(df.gradients(cubed(x), x))
    [np.float32(12.0)]
    """

    def __init__(self, op_type: str) -> None:
        if op_type in OPS and not _is_class_name(op_type):
            raise GradientError(
                f"the op {op_type!r} has its gradient; derive a class of your own from "
                "Operation to give it another"
            )
        self._op_type = op_type

    def __call__(self, function: Callable[..., Any]) -> Callable[..., Any]:
        GRADIENTS[self._op_type] = function
        return function


def _is_class_name(name: str) -> bool:
    ahead = [Operation]
    while ahead:
        cls = ahead.pop()
        if cls.__name__ == name:
            return True
        ahead += cls.__subclasses__()
    return False


class UnconnectedGradients(enum.Enum):
    """What the gradient is where no `y` depends on an `x`: None, or zeros.

    >>> x, y = df.constant(1.0), df.constant(2.0)
    >>> df.gradients(y, x)
    [None]
    >>> session.run(df.gradients(y, x, unconnected_gradients="zero"))
    [np.float32(0.0)]
    """

    NONE = "none"
    ZERO = "zero"


def gradients(
    ys: Any,
    xs: Any,
    grad_ys: Any = None,
    name: str = "gradients",
    colocate_gradients_with_ops: bool = False,
    gate_gradients: bool = False,
    aggregation_method: Any = None,
    stop_gradients: Any = None,
    unconnected_gradients: Any = UnconnectedGradients.NONE,
) -> list[Part | None]:
    """The derivatives of the sum of `ys` with respect to each of `xs`.

    They are tensors of the same graph, so they can be differentiated again. An `x` on
    which no `y` depends has None, or zeros with `unconnected_gradients="zero"`, and one
    that rows are gathered from, and that nothing else is done with, has
    `IndexedSlices`. `grad_ys` weights the elements of each `y`, with ones unless given.
    What leads to `stop_gradients` counts as constant.

    A run reads all variables as they are when it starts, so `gate_gradients` decides
    nothing; nor do `colocate_gradients_with_ops` and `aggregation_method`.

    >>> x = df.placeholder(df.float32)
    >>> [slope] = df.gradients(x * x, [x])
    >>> [curvature] = df.gradients(slope, [x])
    >>> session.run([slope, curvature], {x: 3.0})
    [np.float32(6.0), np.float32(2.0)]
    """
    ys = [as_tensor(y) for y in _listed(ys)]
    xs = _differentiable(xs)
    grad_ys = [None] * len(ys) if grad_ys is None else _listed(grad_ys)
    if len(grad_ys) != len(ys):
        raise GradientError(f"got {len(ys)} ys and {len(grad_ys)} grad_ys")
    unconnected = UnconnectedGradients(unconnected_gradients)
    stops = () if stop_gradients is None else _listed(stop_gradients)
    graph: Graph = (ys + xs)[0].graph
    with graph.as_default(), graph.name_scope(name):
        adjoints = _Adjoints()
        for y, g in zip(ys, grad_ys, strict=True):
            adjoints.add(y, ones_like(y) if g is None else as_tensor(g, y.dtype))
        for op in _between(xs, ys, {as_tensor(stop).op for stop in stops}):
            if any(y in adjoints for y in op._outputs):
                _differentiate(op, adjoints)
        found = [adjoints.get(x) for x in xs]
        if unconnected is UnconnectedGradients.NONE:
            return found
        return [
            zeros_like(x) if g is None else g for x, g in zip(xs, found, strict=True)
        ]


def hessians(
    ys: Any,
    xs: Any,
    name: str = "hessians",
    colocate_gradients_with_ops: bool = False,
    gate_gradients: bool = False,
    aggregation_method: Any = None,
) -> list[Tensor]:
    """The second derivatives of the sum of `ys` in the elements of each of `xs`.

    Those for an `x` of a shape `s`, which must be known, have the shape `s + s`. They
    are built element by element: what they cost grows with the square of their number.

    >>> x = df.placeholder(df.float32, [2])
    >>> [hessian] = df.hessians(x[0] * x[0] * x[1], [x])
    >>> session.run(hessian, {x: [1.0, 2.0]})
    array([[4., 2.],
           [2., 0.]], dtype=float32)
    """
    xs = _differentiable(xs)
    graph: Graph = xs[0].graph
    with graph.as_default():
        slopes = gradients(ys, xs, unconnected_gradients="zero")
        return [_hessian(g, x) for g, x in zip(slopes, xs, strict=True)]


def _hessian(slope: Any, x: Tensor) -> Tensor:
    """The derivatives of `slope`, one row for each of its elements."""
    size = x.shape.num_elements()
    if size is None:
        raise ShapeError(f"hessians needs xs of known shape, got {x}")
    slope = reshape(slope, [-1])
    rows = [
        gradients(slope[i], x, unconnected_gradients="zero")[0] for i in range(size)
    ]
    return reshape(stack(rows), [*x.shape, *x.shape])


def _listed(values: Any) -> list[Any]:
    return list(values) if isinstance(values, list | tuple) else [values]


def _differentiable(xs: Any) -> list[Tensor]:
    """What `xs` are as tensors: a variable is the one that all its reads come from."""
    return [x.tensor if isinstance(x, Stored) else as_tensor(x) for x in _listed(xs)]


Part = Tensor | IndexedSlices


class _Adjoints:
    """The gradient gathered so far at each tensor."""

    def __init__(self) -> None:
        self._parts: dict[Tensor, list[Part]] = {}

    def __contains__(self, tensor: Tensor) -> bool:
        return tensor in self._parts

    def add(self, tensor: Tensor, part: Part) -> None:
        self._parts.setdefault(tensor, []).append(part)

    def get(self, tensor: Tensor) -> Part | None:
        """Their sum, added up once."""
        parts = self._parts.get(tensor)
        if parts is None:
            return None
        rows = [part for part in parts if isinstance(part, IndexedSlices)]
        if len(rows) > 1 and len(rows) == len(parts):
            parts[:] = [_together(rows[::-1])]  # in the order they were gathered in
        while len(parts) > 1:
            parts[:2] = [add(parts[0], parts[1])]
        return parts[0]


def _together(parts: Sequence[IndexedSlices]) -> IndexedSlices:
    values = concat([part.values for part in parts], 0)
    places = [part.indices for part in parts]
    if len({tensor.dtype for tensor in places}) > 1:
        places = [cast(tensor, "int64") for tensor in places]
    return IndexedSlices(values, concat(places, 0), parts[0].dense_shape)


def _between(
    xs: Sequence[Tensor], ys: Sequence[Tensor], stops: Set[Operation]
) -> list[Operation]:
    """The operations on a way from `xs` to `ys` past `stops`, the last one first."""
    before: set[Operation] = set()
    ahead = [y.op for y in ys]
    while ahead:
        op = ahead.pop()
        if op not in before and op not in stops:
            before.add(op)
            ahead += [t.op for t in op._inputs]
    moved = set(xs)
    between = []
    for op in sorted(before, key=lambda op: op._id):
        if not moved.isdisjoint(op._inputs):
            moved.update(op._outputs)
            between.append(op)
    return between[::-1]


def _differentiate(op: Operation, adjoints: _Adjoints) -> None:
    """Pass the adjoints of an operation's outputs on to its inputs."""
    for x, g in zip(op._inputs, _input_gradients(op, adjoints), strict=True):
        if g is None or not _has_gradient(x):
            continue
        if isinstance(g, Tensor) and _may_be_broadcast(op, x, g):
            g = sum_like(g, x)
        adjoints.add(x, g)


def _has_gradient(x: Tensor) -> bool:
    """Whether `x` can move by a little: ints cannot."""
    return x.spec.dtype is None or x.spec.dtype.kind in "fc"


_HANDING_ON = ("read", "identity")
"""Ops that hand a gradient on as it is: of others it is dense."""


def _input_gradients(op: Operation, adjoints: _Adjoints) -> list[Part | None]:
    y: Any = op._outputs
    g: Any = [adjoints.get(output) for output in op._outputs]
    if op._op.name not in _HANDING_ON:
        g = [None if part is None else as_tensor(part) for part in g]
    if len(y) == 1 and not op._op.several:
        [g], [y] = g, y
    if type(op) is not Operation:
        result = _class_gradient(op, g)
    elif op._op.grad is None:
        raise GradientError(f"op {op._op.name!r} has no gradient, at {_where(op)}")
    else:
        result = op._op.grad(g, y, *op._inputs, **op._attrs)
    parts = _listed(result)
    if len(parts) != len(op._inputs):
        raise GradientError(
            f"the gradient of {op._op.name!r} gives {len(parts)} parts for "
            f"{len(op._inputs)} inputs, at {_where(op)}"
        )
    return [
        part if part is None or isinstance(part, IndexedSlices) else as_tensor(part)
        for part in parts
    ]


def _where(op: Operation) -> str:
    return f"{op._name!r}, made at {op.made_at}"


def _may_be_broadcast(op: Operation, x: Tensor, g: Tensor) -> bool:
    if type(op) is Operation and not op._op.elementwise:
        return False
    shape = x.spec.shape
    return shape is None or None in shape or shape != g.spec.shape


# Gradients of users' classes


def _class_gradient(op: Operation, g: Tensor) -> Any:
    function = _function_for(type(op))
    if function is None:
        name = type(op).__name__
        raise GradientError(
            f"{name!r} has no gradient; give the class a method gradient(self, grad), "
            f"or register one with RegisterGradient({name!r}), at {_where(op)}"
        )
    try:
        return function(op, g)
    except SymbolicTensorError:  # it is written with NumPy: it becomes an op
        return _numpy_gradient(op, g, function)


def _function_for(cls: type) -> Callable[..., Any] | None:
    for base in cls.__mro__:
        if "gradient" in vars(base):
            method: Callable[..., Any] = vars(base)["gradient"]
            return method
        if base.__name__ in GRADIENTS and base is not Operation:
            return GRADIENTS[base.__name__]
    return None


def _numpy_gradient(
    op: Operation, g: Tensor, function: Callable[..., Any]
) -> Iterable[Tensor]:
    """The gradient as one operation, which calls `function` with values."""
    count = len(op._inputs)
    kernel = _NumPyGradient(function, Detached.of(op), count)

    def infer(g: Spec, y: Spec, *inputs: Spec) -> Any:
        return inputs[0] if count == 1 else inputs

    defined = OpDef(
        f"{op._op.name}_gradient",
        kernel,
        infer,
        agree=(0, 0),
        pure=False,
        several=count > 1,
    )
    return build(defined, (g, *op._outputs, *op._inputs))._outputs


class _NumPyGradient:
    """Calls a gradient written with NumPy, as the tutorial's are."""

    def __init__(self, function: Callable[..., Any], op: Detached, count: int) -> None:
        self._function = function
        self._op = op
        self._count = count

    def __call__(self, grad: Any, output: Any, *inputs: Any) -> Any:
        op = self._op.copy(inputs=list(inputs), output=output, outputs=[output])
        parts = _listed(self._function(op, grad))
        if len(parts) != self._count:
            raise ValueError(
                f"the gradient gives {len(parts)} parts for {self._count} inputs"
            )
        parts = [
            x * 0.0 if p is None else p for p, x in zip(parts, inputs, strict=True)
        ]
        return parts[0] if self._count == 1 else tuple(parts)
