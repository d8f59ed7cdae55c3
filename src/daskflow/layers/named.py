"""Activations and initializers that are given by their names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from daskflow.errors import GraphError
from daskflow.ops import initializers, nn
from daskflow.ops.math import identity

ACTIVATIONS: dict[str, Callable[..., Any]] = {
    "elu": nn.elu,
    "linear": identity,
    "relu": nn.relu,
    "selu": nn.selu,
    "sigmoid": nn.sigmoid,
    "softmax": nn.softmax,
    "softplus": nn.softplus,
    "softsign": nn.softsign,
    "tanh": nn.tanh,
}

INITIALIZERS: dict[str, Callable[..., Any]] = {
    "glorot_normal": initializers.glorot_normal_initializer,
    "glorot_uniform": initializers.glorot_uniform_initializer,
    "he_normal": initializers.he_normal,
    "he_uniform": initializers.he_uniform,
    "lecun_normal": initializers.lecun_normal,
    "lecun_uniform": initializers.lecun_uniform,
    "ones": initializers.ones_initializer,
    "orthogonal": initializers.orthogonal_initializer,
    "zeros": initializers.zeros_initializer,
}

ZEROS, ONES = initializers.zeros_initializer(), initializers.ones_initializer()
"""What variables are initialized with unless said otherwise."""


def activation_named(activation: Any) -> Any:
    """An activation, which may be given by its name; None if there is none."""
    return _named("activation", activation, ACTIVATIONS)


def initializer_named(initializer: Any) -> Any:
    """An initializer, which may be given by its name; None if there is none."""
    make = _named("initializer", initializer, INITIALIZERS)
    return make() if isinstance(initializer, str) else make


def _named(kind: str, given: Any, known: dict[str, Callable[..., Any]]) -> Any:
    if not isinstance(given, str):
        return given
    if given not in known:
        raise GraphError(
            f"{kind} is a function or one of {', '.join(known)}; got {given!r}"
        )
    return known[given]
