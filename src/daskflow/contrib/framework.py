"""The names of `tf.contrib.framework`: defaults for a block, and lists of variables."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType
from typing import Any

from daskflow.defaults import get_collection
from daskflow.errors import DTypeError, GraphError
from daskflow.keys import GraphKeys
from daskflow.missing import tell_missing
from daskflow.ops.scopes import VariableScope
from daskflow.ops.state import Variable
from daskflow.train import get_global_step, get_or_create_global_step

__all__ = [
    "add_arg_scope",
    "arg_scope",
    "get_global_step",
    "get_local_variables",
    "get_model_variables",
    "get_or_create_global_step",
    "get_trainable_variables",
    "get_variables",
    "get_variables_by_name",
    "get_variables_by_suffix",
    "get_variables_to_restore",
]

tell_missing(__name__)

Defaults = Mapping[Any, Mapping[str, Any]]

_DEFAULTS: ContextVar[Defaults] = ContextVar("defaults", default=MappingProxyType({}))
"""The arguments that are set for functions in the block that is open."""


def add_arg_scope(func: Callable[..., Any]) -> Callable[..., Any]:
    """Let `arg_scope` set arguments of a function; for use as a decorator.

    >>> @df.contrib.framework.add_arg_scope
    ... def scaled(x, by=1.0):
    ...     return x * by
    >>> with df.contrib.framework.arg_scope([scaled], by=3.0):
    ...     scaled(2.0), scaled(2.0, by=5.0)
    (6.0, 10.0)
    >>> scaled(2.0)
    2.0
    """

    @functools.wraps(func)
    def with_defaults(*args: Any, **kwargs: Any) -> Any:
        return func(*args, **{**_DEFAULTS.get().get(with_defaults, {}), **kwargs})

    with_defaults.takes_defaults = True  # type: ignore[attr-defined]
    return with_defaults


@contextmanager
def arg_scope(list_ops_or_scope: Any, **kwargs: Any) -> Iterator[Defaults]:
    """Set arguments of functions for the calls in a `with` block.

    They hold where a call does not say otherwise. `list_ops_or_scope` is a list of
    functions, such as those of `contrib.layers`, or what an earlier block gave, to
    have its arguments again.

    >>> layers, arg_scope = df.contrib.layers, df.contrib.framework.arg_scope
    >>> x = df.placeholder(df.float32, [None, 3])
    >>> with arg_scope([layers.fully_connected], activation_fn=df.tanh):
    ...     layers.fully_connected(x, 2)
    <Tensor 'fully_connected/Tanh:0' float32 [?, 2]>
    """
    if isinstance(list_ops_or_scope, Mapping):
        if kwargs:
            raise GraphError("a scope that is opened again takes no more arguments")
        defaults: Defaults = list_ops_or_scope
    else:
        outer = _DEFAULTS.get()
        for function in list_ops_or_scope:
            if not getattr(function, "takes_defaults", False):
                raise GraphError(f"{function!r} is not decorated with add_arg_scope")
        inner = {f: {**outer.get(f, {}), **kwargs} for f in list_ops_or_scope}
        defaults = {**outer, **inner}
    token = _DEFAULTS.set(defaults)
    try:
        yield defaults
    finally:
        _DEFAULTS.reset(token)


def get_variables(
    scope: str | VariableScope | None = None,
    suffix: str | None = None,
    collection: str = GraphKeys.GLOBAL_VARIABLES,
) -> list[Variable]:
    """The variables of a `scope`, whose names end in `suffix`, from a collection.

    >>> with df.variable_scope("encoder"):
    ...     w, b = df.get_variable("w", [2]), df.get_variable("b", [2])
    >>> with df.variable_scope("decoder"):
    ...     v = df.get_variable("w", [2])
    >>> df.contrib.framework.get_variables("encoder") == [w, b]
    True
    >>> df.contrib.framework.get_variables(suffix="w") == [w, v]
    True
    """
    if isinstance(scope, VariableScope):
        scope = scope.name
    found: list[Variable] = get_collection(collection, scope)
    if suffix is None:
        return found
    return [v for v in found if v.op.name.endswith(suffix)]


def get_trainable_variables(
    scope: Any = None, suffix: str | None = None
) -> list[Variable]:
    """Those of the variables that training changes.

    >>> w, frozen = df.Variable(1.0), df.Variable(2.0, trainable=False)
    >>> df.contrib.framework.get_trainable_variables() == [w]
    True
    """
    return get_variables(scope, suffix, GraphKeys.TRAINABLE_VARIABLES)


def get_model_variables(scope: Any = None, suffix: str | None = None) -> list[Variable]:
    """Those of the variables that `contrib.layers` made.

    >>> y = df.contrib.layers.fully_connected(df.zeros([1, 2]), 3, scope="dense")
    >>> other = df.Variable(1.0)
    >>> [v.op.name for v in df.contrib.framework.get_model_variables()]
    ['dense/weights', 'dense/biases']
    """
    return get_variables(scope, suffix, GraphKeys.MODEL_VARIABLES)


def get_local_variables(scope: Any = None, suffix: str | None = None) -> list[Variable]:
    """The local variables.

    >>> value, update = df.metrics.mean([1.0, 2.0])
    >>> [v.op.name for v in df.contrib.framework.get_local_variables()]
    ['mean/total', 'mean/count']
    """
    return get_variables(scope, suffix, GraphKeys.LOCAL_VARIABLES)


def get_variables_by_suffix(suffix: str, scope: Any = None) -> list[Variable]:
    """The variables whose names end in `suffix`.

    >>> w, b = df.Variable(1.0, name="layer/w"), df.Variable(0.0, name="layer/b")
    >>> df.contrib.framework.get_variables_by_suffix("b") == [b]
    True
    """
    return get_variables(scope, suffix)


def get_variables_by_name(given_name: str, scope: Any = None) -> list[Variable]:
    """The variables of that name, in any scope or in the one that is given.

    >>> w, raw = df.Variable(1.0, name="layer/w"), df.Variable(1.0, name="layer/raw")
    >>> df.contrib.framework.get_variables_by_name("w") == [w]
    True
    >>> df.contrib.framework.get_variables_by_suffix("w") == [w, raw]
    True
    """
    found = get_variables(scope)
    return [v for v in found if f"/{v.op.name}".endswith(f"/{given_name}")]


def get_variables_to_restore(
    include: Iterable[str] | None = None, exclude: Iterable[str] | None = None
) -> list[Variable]:
    """The variables of the scopes in `include`, or all, but those in `exclude`.

    >>> w, v = df.Variable(1.0, name="body/w"), df.Variable(1.0, name="head/w")
    >>> df.contrib.framework.get_variables_to_restore(exclude=["head"]) == [w]
    True
    """
    for scopes in (include, exclude):
        if isinstance(scopes, str):
            raise DTypeError(f"expected a list of scopes, got {scopes!r}")
    wanted = [v for scope in include or ("",) for v in get_variables(scope)]
    unwanted = [v for scope in (exclude or []) for v in get_variables(scope)]
    return [v for v in wanted if not any(v is u for u in unwanted)]
