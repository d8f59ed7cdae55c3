"""Slots: variables that are kept beside another one, and named after it."""

from __future__ import annotations

from typing import Any

from daskflow.graph import Tensor
from daskflow.ops.array import zeros, zeros_like
from daskflow.ops.scopes import get_variable, variable_scope
from daskflow.ops.state import Variable


def make_slot(primary: Tensor | Variable, name: str, **settings: Any) -> Variable:
    """A variable `name` beside `primary`, with these settings of `get_variable`."""
    with variable_scope(None, f"{primary.op.name}/{name}"):
        return get_variable("", trainable=False, **settings)


def make_zeros_slot(primary: Tensor | Variable, name: str) -> Variable:
    """A slot of zeros in the shape of `primary`."""
    if not primary.shape.is_fully_defined():
        like = primary.initialized_value() if isinstance(primary, Variable) else primary
        return make_slot(primary, name, initializer=zeros_like(like))
    shape, dtype = primary.shape, primary.dtype
    return make_slot(primary, name, shape=shape, dtype=dtype, initializer=zeros)
