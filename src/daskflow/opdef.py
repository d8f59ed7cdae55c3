"""What an op is, and the table of all of them."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from daskflow.errors import GraphError
from daskflow.spec import Spec

Infer = Callable[..., Spec]
Gradient = Callable[..., Any]
Role = Literal[
    "compute",
    "constant",
    "placeholder",
    "run",
    "known",
    "variable",
    "read",
    "assign",
    "update",
]


@dataclass(frozen=True, slots=True)
class Domain:
    """Where an op is smooth: its test values lie in `low <= |x| < high`."""

    low: float = 0.0
    high: float = 2.0
    signed: bool = True


REAL = Domain()
POSITIVE = Domain(0.5, signed=False)
NONZERO = Domain(0.3)


@dataclass(frozen=True, slots=True)
class Example:
    """Inputs (a shape to be filled, or an array as it is) and attributes to try."""

    inputs: tuple[Any, ...]
    attrs: dict[str, Any]


class Examples(Sequence[Example]):
    """Examples that are made when somebody asks for them, since that takes a while."""

    def __init__(self, make: Callable[[], Iterable[Example]]) -> None:
        self._make = make

    @cached_property
    def _made(self) -> tuple[Example, ...]:
        return tuple(self._make())

    def __len__(self) -> int:
        return len(self._made)

    def __getitem__(self, index: Any) -> Any:
        return self._made[index]


@dataclass(frozen=True, slots=True, eq=False)
class OpDef:
    """A kind of operation: how it is computed, inferred and differentiated.

    - `kernel(*arrays, **attrs)` is NumPy only and never writes to its inputs;
    - `infer(*specs, **attrs)` gives the spec of the result;
    - `grad(g, y, *inputs, **attrs)` gives a tensor or None for each input. An op
      whose gradient is None cannot be differentiated; see `no_gradient` too;
    - `agree` bounds the inputs that have one dtype in common, `kinds` the dtype
      kinds (`numpy.dtype.kind`) they may have, any where it is empty;
    - a `pure` op may be folded, merged and run again;
    - `ufunc` is the function that the kernel only calls, a NumPy ufunc for one;
    - one that `takes_out` has a kernel with a parameter `out` as ufuncs have it: None
      or an array for the result, which may be an input too;
    - a result with `gaps` is a view that is neither in C nor in Fortran order;
    - `work(*specs, **attrs)` counts the elementary steps, the elements in and out
      unless given;
    - `forwards(*specs, **attrs)` says whether the result is the first input itself,
      `broadcasts(*specs, **attrs)` whether it is the first input, broadcast;
    - `written(*specs, **attrs)` is the kernel as NumPy that gives a new array of the
      same bits, for inputs of these complete specs: `{0}` stands for the first of them,
      `{y}` for the result, and an input that does not stand in it is not needed. None
      where the kernel does more;
    - a `product` is one of matrices, and `written` for operands that share no memory;
    - an `elementwise` op broadcasts its inputs; its gradient need not undo that;
    - a `valued` op has a result, the others (`group`) only an effect on the order;
      one of `several` results gives them as a tuple;
    - nodes get its `label` for a name, as TensorFlow names them, or else its name;
    - `role` says what the op is to a run: it computes, it is where a value comes
      from (`constant`, `placeholder`, `variable`, `run`: the number of the run,
      `known`: whether a variable has a value, which is named before the `?`), or its
      first input is a variable that it reads, replaces (`assign`) or changes
      from what it is (`update`).
    """

    name: str
    kernel: Callable[..., Any]
    infer: Infer
    params: tuple[str, ...] = ()
    grad: Gradient | None = None
    agree: tuple[int, int | None] = (0, None)
    kinds: str = ""
    pure: bool = True
    valued: bool = True
    several: bool = False
    role: Role = "compute"
    label: str | None = None
    elementwise: bool = False
    ufunc: Callable[..., Any] | None = None
    takes_out: bool = False
    gaps: bool = False
    work: Callable[..., float] | None = None
    forwards: Callable[..., bool] | None = None
    broadcasts: Callable[..., bool] | None = None
    written: Callable[..., str | None] | None = None
    product: bool = False
    examples: Sequence[Example] = ()
    domain: Domain = REAL

    def __repr__(self) -> str:
        return f"<op {self.name}>"

    def __reduce__(self) -> Any:
        # A worker finds the op under its name; only what a script defines itself
        # (`__main__`), or the method of a user's class, travels by value.
        module = getattr(self.kernel, "__module__", None)
        if OPS.get(self.name) is self and module != "__main__":
            return op_named, (self.name, module)
        return _shipped, (
            self.name,
            self.kernel,
            {
                "pure": self.pure,
                "valued": self.valued,
                "several": self.several,
                "ufunc": self.ufunc,
            },
        )


OPS: dict[str, OpDef] = {}


def register(op: OpDef) -> OpDef:
    """Enter `op` into `OPS`."""
    known = OPS.get(op.name)
    if known is not None and known.kernel.__module__ != op.kernel.__module__:
        raise GraphError(
            f"an op named {op.name!r} is already defined in "
            f"{known.kernel.__module__}; choose another name"
        )
    OPS[op.name] = op
    return op


def op_named(name: str, module: str) -> OpDef:
    """The op of that name; its module is imported if it has not been yet."""
    if name not in OPS:
        importlib.import_module(module)
    return OPS[name]


def _shipped(name: str, kernel: Callable[..., Any], settings: dict[str, Any]) -> OpDef:
    return OpDef(name, kernel, unknown, **settings)


def unknown(*specs: Spec, **attrs: Any) -> Spec:
    """Infer nothing."""
    return Spec()


def no_gradient(g: Any, y: Any, *inputs: Any, **attrs: Any) -> tuple[None, ...]:
    """No gradient flows: the op is constant almost everywhere."""
    return (None,) * len(inputs)
