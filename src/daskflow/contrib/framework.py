"""The names of `tf.contrib.framework`: defaults for a block, and lists of variables."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType
from typing import Any

from daskflow.errors import DTypeError, GraphError
from daskflow.graph import get_collection
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
    """Let `arg_scope` set arguments of a function; for use as a decorator."""

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

    >>> import daskflow as tf
    >>> layers = tf.contrib.layers
    >>> with tf.Graph().as_default():
    ...     x = tf.placeholder(tf.float32, [None, 3])
    ...     with tf.contrib.framework.arg_scope(
    ...         [layers.fully_connected], activation_fn=tf.tanh
    ...     ):
    ...         layers.fully_connected(x, 2)
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
    """The variables of a `scope`, whose names end in `suffix`, from a collection."""
    if isinstance(scope, VariableScope):
        scope = scope.name
    found: list[Variable] = get_collection(collection, scope)
    if suffix is None:
        return found
    return [v for v in found if v.op.name.endswith(suffix)]


def get_trainable_variables(
    scope: Any = None, suffix: str | None = None
) -> list[Variable]:
    """Those of the variables that training changes."""
    return get_variables(scope, suffix, GraphKeys.TRAINABLE_VARIABLES)


def get_model_variables(scope: Any = None, suffix: str | None = None) -> list[Variable]:
    """Those of the variables that `contrib.layers` made."""
    return get_variables(scope, suffix, GraphKeys.MODEL_VARIABLES)


def get_local_variables(scope: Any = None, suffix: str | None = None) -> list[Variable]:
    """The local variables."""
    return get_variables(scope, suffix, GraphKeys.LOCAL_VARIABLES)


def get_variables_by_suffix(suffix: str, scope: Any = None) -> list[Variable]:
    """The variables whose names end in `suffix`."""
    return get_variables(scope, suffix)


def get_variables_by_name(given_name: str, scope: Any = None) -> list[Variable]:
    """The variables of that name, in any scope or in the one that is given."""
    found = get_variables(scope)
    return [v for v in found if f"/{v.op.name}".endswith(f"/{given_name}")]


def get_variables_to_restore(
    include: Iterable[str] | None = None, exclude: Iterable[str] | None = None
) -> list[Variable]:
    """The variables of the scopes in `include`, or all, but those in `exclude`."""
    for scopes in (include, exclude):
        if isinstance(scopes, str):
            raise DTypeError(f"expected a list of scopes, got {scopes!r}")
    wanted = [v for scope in include or ("",) for v in get_variables(scope)]
    unwanted = [v for scope in (exclude or []) for v in get_variables(scope)]
    return [v for v in wanted if not any(v is u for u in unwanted)]
