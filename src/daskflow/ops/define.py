"""From a NumPy kernel to an op: `@op`, `@elementwise`, `@reduction`.

The function below a decorator is the kernel: arrays in, array out. The parameters
before its `/` are tensors and those behind it fixed settings; without a `/` all are
tensors but those behind a `*`, and but `out`: an array for the result of an
elementwise op, or None. The decorator enters the kernel in `OPS` and leaves in
its place the function that adds it to a graph, with the same name, parameters and
docstring, and `name`.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from daskflow.arrays import described
from daskflow.errors import DTypeError, GraphError, ShapeError
from daskflow.graph import Operators, Tensor, build
from daskflow.opdef import REAL, Domain, Example, Gradient, OpDef, Role, register
from daskflow.ops.known import is_full, known_value
from daskflow.spec import (
    ArrayDType,
    Dimension,
    Shape,
    Spec,
    TensorShape,
    as_dtype,
    as_shape,
    broadcast,
    full_shape,
)
from daskflow.values import as_tensor

_signature_of = functools.lru_cache(4)(inspect.signature)  # asked for three times

Rule = Callable[..., Any]
Kernel = Callable[..., Any]
Builder = Callable[..., Tensor]
FLOATS = "fc"
NUMBERS = "iufc"


def args(*inputs: Any, **attrs: Any) -> Example:
    """An example for the tests: a shape to fill or an array per input, attributes."""
    return Example(inputs, attrs)


def op(
    *,
    shape: Rule | None = None,
    dtype: Rule | ArrayDType | None = None,
    specs: Rule | None = None,
    grad: Gradient | None = None,
    examples: Sequence[Example] = (),
    name: str | None = None,
    label: str | None = None,
    agree: tuple[int, int | None] = (0, None),
    kinds: str = "",
    domain: Domain = REAL,
    unranked: bool = False,
    pure: bool = True,
    valued: bool = True,
    role: Role = "compute",
    elementwise: bool = False,
    ufunc: Callable[..., Any] | None = None,
    gaps: bool = False,
    work: Rule | None = None,
    forwards: Rule | None = None,
    broadcasts: Rule | None = None,
    written: Rule | None = None,
    product: bool = False,
) -> Callable[[Kernel], Builder]:
    """Define an op by its kernel; the settings are those of `OpDef` and two rules.

    `shape(*specs, **attrs)` gives the shape of the result. It is asked only where
    every rank is known, unless it says that it copes with `unranked` inputs.
    `dtype(*specs, **attrs)`, or a dtype, that of the result; without it the inputs'
    common dtype. `specs` is for `several`.
    """
    infer = _several(specs) if specs else _single(shape, dtype, agree, unranked)

    def decorate(kernel: Kernel) -> Builder:
        tensors, settings = _parameters(kernel)
        takes_out = "out" in _signature_of(kernel).parameters
        defined = OpDef(
            name or kernel.__name__,
            kernel,
            infer,
            tuple(p.name for p in tensors),
            grad,
            agree=agree,
            kinds=kinds,
            pure=pure,
            valued=valued,
            several=specs is not None,
            role=role,
            label=label,
            elementwise=elementwise,
            ufunc=ufunc,
            takes_out=takes_out or isinstance(ufunc, np.ufunc),
            gaps=gaps,
            work=work,
            forwards=forwards,
            broadcasts=broadcasts,
            written=written,
            product=product,
            examples=examples,
            domain=domain,
        )
        return _builder(register(defined), tensors, settings)

    return decorate


def _several(rule: Rule) -> Rule:
    return lambda *inputs, **attrs: list(rule(*inputs, **attrs))


def _single(
    shape: Rule | None,
    dtype: Rule | ArrayDType | None,
    agree: tuple[int, int | None],
    unranked: bool,
) -> Rule:
    """What is known of the only result, by the rules for its shape and its dtype."""
    keeps = shape is _broadcast_shape and dtype is None

    def infer(*inputs: Spec, **attrs: Any) -> Spec:
        if keeps and all(spec is inputs[0] for spec in inputs):  # the usual case
            return inputs[0]
        return Spec(result_dtype(inputs, attrs), result_shape(inputs, attrs))

    def result_dtype(
        specs: tuple[Spec, ...], attrs: dict[str, Any]
    ) -> ArrayDType | None:
        if dtype is None:
            return common_dtype(specs[slice(*agree)])
        return dtype if isinstance(dtype, np.dtype) else dtype(*specs, **attrs)

    def result_shape(specs: tuple[Spec, ...], attrs: dict[str, Any]) -> Shape:
        if shape is None or not (unranked or all(s.shape is not None for s in specs)):
            return None
        result: Shape = shape(*specs, **attrs)
        return result

    return infer


def several(
    *, specs: Rule, **settings: Any
) -> Callable[[Kernel], Callable[..., list[Tensor]]]:
    """Define an op whose kernel gives several results, as a tuple.

    `specs(*specs, **attrs)` gives the spec of each; the other settings are those of
    `op`.
    """
    define: Any = op(specs=specs, **settings)
    return define


def elementwise(
    *,
    grad: Gradient | None = None,
    dtype: Rule | ArrayDType | None = None,
    examples: Sequence[Example] | None = None,
    **settings: Any,
) -> Callable[[Kernel], Builder]:
    """Define an op that computes each element by itself and broadcasts its inputs.

    `grad` need not undo the broadcasting.
    """

    def decorate(kernel: Kernel) -> Builder:
        arity = len(_parameters(kernel)[0])
        return op(
            shape=_broadcast_shape,
            dtype=dtype,
            grad=grad,
            examples=_ELEMENTWISE[arity] if examples is None else examples,
            unranked=True,
            elementwise=True,
            **settings,
        )(kernel)

    return decorate


_ELEMENTWISE = {
    1: [args(()), args((3,)), args((2, 3)), args((0, 2))],
    2: [
        args((2, 3), (2, 3)),
        args((2, 3), (3,)),
        args((2, 1), (1, 3)),
        args((), (2,)),
        args((0, 3), (3,)),
        args((1,), (0,)),
    ],
}


def _broadcast_shape(*specs: Spec, **attrs: Any) -> Shape:
    return broadcast(*[spec.shape for spec in specs])


def reduction(
    *,
    grad: Gradient | None = None,
    dtype: Rule | ArrayDType | None = None,
    empty: bool = True,
    **settings: Any,
) -> Callable[[Kernel], Builder]:
    """Define an op that reduces `axis` (an int, several, or None for all of them).

    The kernel takes `(x, /, *holes, axis, keepdims)`, and `dtype` too if it keeps the
    dtype of ints: that is the static dtype, None where unknown. `empty` says whether
    it has a value for no elements. The gradient gets `axis` as the user gave it.
    """

    def decorate(kernel: Kernel) -> Builder:
        keeps_dtype = "dtype" in _signature_of(kernel).parameters
        define = op(
            shape=reduced_shape,
            dtype=kept_dtype if keeps_dtype and dtype is None else dtype,
            grad=grad and of_first(grad),
            examples=_REDUCTION + _EMPTY_REDUCTION * empty,
            unranked=True,
            agree=(0, 1),
            **settings,
        )
        add = define(kernel)

        def reduce(
            input_tensor: Any,
            axis: Any = None,
            keepdims: bool | None = None,
            name: str | None = None,
            reduction_indices: Any = None,
            keep_dims: bool | None = None,
        ) -> Any:
            x = as_tensor(input_tensor)
            along = either(axis=axis, reduction_indices=reduction_indices)
            keeps = either(keepdims=keepdims, keep_dims=keep_dims)
            axis, holes = axis_with_holes(along)
            more = {"dtype": x.dtype} if keeps_dtype else {}
            return add(x, *holes, axis=axis, keepdims=bool(keeps), name=name, **more)

        return _documented(reduce, kernel)

    return decorate


_REDUCTION = [
    args((2, 3), axis=None, keepdims=False),
    args((2, 3), axis=0, keepdims=False),
    args((2, 3), axis=-1, keepdims=True),
    args((2, 3, 4), axis=(0, -1), keepdims=False),
    args((2, 3, 4), axis=(2, 1), keepdims=True),
    args((), axis=None, keepdims=False),
    args((3,), axis=(), keepdims=False),
    args((2, 3), np.array([0, -1]), axis="#", keepdims=False),
    args((2, 3), np.array(1), axis=("#",), keepdims=True),
]
_EMPTY_REDUCTION = [
    args((0, 3), axis=0, keepdims=False),
    args((2, 0), axis=None, keepdims=True),
]


def of_first(grad: Gradient) -> Gradient:
    """A gradient for the first of the inputs, of an op with an `axis` that may have
    holes: `grad` gets it with the tensors in them, and no holes.
    """

    def of_all(g: Any, y: Any, x: Any, *holes: Any, axis: Any, **attrs: Any) -> Any:
        part = grad(g, y, x, axis=holes[0] if holes else axis, **attrs)
        first = part[0] if isinstance(part, tuple) else part
        return (first, *[None for _ in holes])

    return of_all


def axis_with_holes(axis: Any) -> tuple[Any, list[Any]]:
    """`with_holes(axis)`, where None is all axes; there is one tensor at most."""
    if isinstance(axis, list | tuple) and any(isinstance(i, Operators) for i in axis):
        axis = as_tensor(axis)
    return (None, []) if axis is None else with_holes(axis)


def _documented(
    function: Callable[..., Any], kernel: Callable[..., Any]
) -> Callable[..., Any]:
    """`function` under the name, docstring and source of `kernel`."""
    signature = inspect.signature(function)
    named = ("__module__", "__name__", "__qualname__", "__doc__")
    functools.update_wrapper(function, kernel, named)
    function.__signature__ = signature  # type: ignore[attr-defined]
    return function


def reduced_shape(
    x: Spec, *holes: Spec, axis: Any = None, keepdims: bool = False, **attrs: Any
) -> Shape:
    """The shape that is left when `axis` is reduced."""
    if x.shape is None:
        return () if axis is None and not keepdims else None
    if holes:
        return (None,) * len(x.shape) if keepdims else None
    reduced = set(axes_of(axis, len(x.shape)))
    if keepdims:
        return tuple(1 if i in reduced else n for i, n in enumerate(x.shape))
    return tuple(n for i, n in enumerate(x.shape) if i not in reduced)


def axes_of(axis: Any, rank: int) -> tuple[int, ...]:
    """`axis` as axes counted from the front; all of them where it is None."""
    if axis is None:
        return tuple(range(rank))
    axes = axis if isinstance(axis, tuple) else (axis,)
    for i in axes:
        if not -rank <= i < rank:
            raise ShapeError(f"axis {i} is not one of a value of rank {rank}")
    counted = tuple(i % rank for i in axes)
    if len(set(counted)) < len(counted):
        raise ShapeError(f"needs each axis once, got {list(axes)}")
    return counted


def kept_dtype(
    x: Spec, *holes: Spec, dtype: ArrayDType | None = None, **attrs: Any
) -> ArrayDType | None:
    """The dtype of `x`; unknown of ints that are reduced as NumPy does it."""
    is_kept = dtype is not None or x.dtype is None or x.dtype.kind in FLOATS
    return x.dtype if is_kept else None


def given_shape(*specs: Spec, shape: Shape, **attrs: Any) -> Shape:
    """The shape that the user asked for; the tensors in its holes come last."""
    return without_holes(shape, specs[-1:]) if has_holes(shape) else full_shape(shape)


def given_dtype(*specs: Spec, dtype: ArrayDType, **attrs: Any) -> ArrayDType:
    """The dtype that the user asked for."""
    return dtype


def common_dtype(specs: Sequence[Spec]) -> ArrayDType | None:
    """The dtype that these have in common, None if one is unknown."""
    dtypes = {spec.dtype for spec in specs}
    return dtypes.pop() if len(dtypes) == 1 else None


def _parameters(
    kernel: Callable[..., Any],
) -> tuple[list[inspect.Parameter], list[inspect.Parameter]]:
    """The parameters that are tensors, and those that are settings."""
    parameters = [
        p for p in _signature_of(kernel).parameters.values() if p.name != "out"
    ]
    tensors = [
        p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.VAR_POSITIONAL)
    ] or [p for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD]
    return tensors, parameters[len(tensors) :]


def _builder(
    op: OpDef, tensors: list[inspect.Parameter], settings: list[inspect.Parameter]
) -> Callable[..., Any]:
    """The function that adds an `op` to a graph."""
    variadic = any(p.kind is p.VAR_POSITIONAL for p in tensors)
    arity = None if variadic else len(tensors)
    keyword = inspect.Parameter.POSITIONAL_OR_KEYWORD
    last = inspect.Parameter.KEYWORD_ONLY if variadic else keyword
    parameters = [p if variadic else p.replace(kind=keyword) for p in tensors]
    parameters += [p.replace(kind=last) for p in settings]
    parameters.append(inspect.Parameter("name", last, default=None))
    signature = inspect.Signature(parameters)
    preset = {p.name: p.default for p in settings}
    has_preset = inspect.Parameter.empty not in preset.values()

    def add(*values: Any, **keywords: Any) -> Any:
        if len(values) == arity and not keywords and has_preset:
            return _result(build(op, values, preset))
        bound = signature.bind(*values, **keywords)
        bound.apply_defaults()
        given = bound.arguments
        name = given.pop("name")
        attrs = {p.name: _setting(p.name, given.pop(p.name)) for p in settings}
        inputs = bound.args if variadic else tuple(given.values())
        return _result(build(op, inputs, attrs, name))

    functools.update_wrapper(add, op.kernel)
    add.__signature__ = signature  # type: ignore[attr-defined]
    return add


def _result(operation: Any) -> Any:
    """What the user gets of a new operation: its output, outputs, or itself."""
    if operation._op.several:
        return list(operation.outputs)
    return operation.outputs[0] if operation.outputs else operation


def with_holes(value: Any) -> tuple[Any, list[Any]]:
    """A setting of ints in its normal form, and the tensors that belong in its holes.

    A tensor in a list leaves the hole `"#"`. One instead of a whole list leaves one in
    each place of which nothing is known, or a lone one if not even their number is.
    The tensors become inputs of the operation, behind the others.

    >>> with_holes([2, -1])
    ((2, -1), [])
    """
    if isinstance(value, TensorShape):
        return full_shape(value), []
    if isinstance(value, Operators):
        tensor = as_tensor(value)
        if tensor.spec.dtype is not None and tensor.spec.dtype.kind not in "iu":
            raise DTypeError(
                f"expected ints or tensors of ints, got {described(value)}"
            )
        known = known_value(tensor)
        if is_full(known):
            return known, []
        shape = tensor.spec.shape
        if known is None and shape is not None and len(shape) == 1:
            known = None if shape[0] is None else (None,) * shape[0]
        return _pierced(known), [tensor]
    if not isinstance(value, list | tuple | range | np.ndarray):
        return _whole(value), []
    if any(isinstance(v, Operators) and as_tensor(v).shape.rank for v in value):
        return with_holes(as_tensor(value))
    parts = [with_holes(part) for part in value]
    return tuple(part for part, _ in parts), [t for _, holes in parts for t in holes]


def _pierced(known: Any) -> Any:
    if isinstance(known, tuple):
        return tuple(map(_pierced, known))
    return "#" if known is None else known


def _whole(value: Any) -> int:
    if isinstance(value, Dimension | np.ndarray):
        return int(value)
    if isinstance(value, int | np.integer):
        return int(value)
    raise DTypeError(f"expected ints or tensors of ints, got {described(value)}")


def has_holes(setting: Any) -> bool:
    """Whether a part of the setting is only known in a run."""
    if isinstance(setting, tuple):
        return any(map(has_holes, setting))
    return isinstance(setting, str) and setting == "#"


def filled_in(setting: Any, holes: Sequence[Any]) -> Any:
    """A setting with the values of `holes` in their places: what a kernel works with.

    >>> filled_in((2, "#"), [np.int32(3)]), filled_in("#", [np.array([4, 5])])
    ((2, 3), (4, 5))
    """
    if not has_holes(setting):
        return setting
    if np.ndim(holes[0]):  # the whole of it
        return _as_tuples(np.asarray(holes[0]).tolist())
    values = (np.asarray(hole).item() for hole in holes)

    def entry(part: Any) -> Any:
        if isinstance(part, tuple):
            return tuple(map(entry, part))
        return next(values) if part == "#" else part

    return entry(setting)


def _as_tuples(value: Any) -> Any:
    return tuple(map(_as_tuples, value)) if isinstance(value, list) else value


def without_holes(setting: Any, holes: Sequence[Spec]) -> Any:
    """A setting as a shape rule sees it: None for what only a run knows.

    A hole for a whole list is as many of them as its tensor is long, if that is known.

    >>> without_holes((2, "#"), [Spec(np.dtype("int32"), ())])
    (2, None)
    """
    if isinstance(setting, tuple):
        return tuple(without_holes(part, ()) for part in setting)
    if not has_holes(setting):
        return setting
    length = holes[0].shape[0] if len(holes) == 1 and holes[0].shape else None
    return None if length is None else (None,) * length


def either(**given: Any) -> Any:
    """The value of a parameter that had another name once; None if it has none.

    >>> either(axis=None, squeeze_dims=[0])
    [0]
    """
    names = [name for name, value in given.items() if value is not None]
    if len(names) > 1:
        raise GraphError(
            f"{' and '.join(names)} are one parameter: give only the first"
        )
    return given[names[0]] if names else None


def _setting(name: str, value: Any) -> Any:
    """A setting in its normal, hashable form."""
    if isinstance(value, Operators):
        known = known_value(as_tensor(value))
        if not is_full(known):
            raise DTypeError(f"a setting is known before any run, got {value!r}")
        value = known
    if name == "dtype":
        return as_dtype(value)
    if name == "shape" and not has_holes(value):
        return as_shape(value)  # None or -1 in it is for the op's rule to judge
    if isinstance(value, list | tuple):
        return tuple(_setting("", v) for v in value)
    if isinstance(value, np.ndarray | np.generic):
        return _setting(name, value.tolist())
    return int(value) if isinstance(value, Dimension) else value
