"""Sums and products of all elements up to each."""

from typing import Any

import numpy as np

from daskflow.graph import Tensor
from daskflow.opdef import NONZERO
from daskflow.ops.define import (
    NUMBERS,
    args,
    axes_of,
    filled_in,
    of_first,
    op,
    with_holes,
)
from daskflow.ops.math import div_no_nan, mirrored

__all__ = ["cumprod", "cumsum"]


def cumsum(
    x: Any,
    axis: Any = 0,
    exclusive: bool = False,
    reverse: bool = False,
    name: str | None = None,
) -> Tensor:
    """At each element the sum of those up to it along `axis`, itself included.

    Without itself if it is `exclusive`; of those from it on if it is to `reverse`.

    >>> df.cumsum([1, 2, 3]).eval()
    array([1, 3, 6], dtype=int32)
    >>> df.cumsum([1, 2, 3], exclusive=True).eval()
    array([0, 1, 3], dtype=int32)
    >>> df.cumsum([1, 2, 3], reverse=True).eval()
    array([6, 5, 3], dtype=int32)
    """
    axis, holes = with_holes(axis)
    settings = {"axis": axis, "exclusive": bool(exclusive), "reverse": bool(reverse)}
    return sums_so_far(x, *holes, **settings, name=name)


def cumprod(
    x: Any,
    axis: Any = 0,
    exclusive: bool = False,
    reverse: bool = False,
    name: str | None = None,
) -> Tensor:
    """At each element the product of those up to it along `axis`, itself included.

    Without itself if it is `exclusive`; of those from it on if it is to `reverse`.
    Where an element is 0 its gradient is 0, which is not the slope.

    >>> df.cumprod([2, 3, 4]).eval()
    array([ 2,  6, 24], dtype=int32)
    >>> df.cumprod([2, 3, 4], exclusive=True).eval()
    array([1, 2, 6], dtype=int32)
    >>> df.cumprod([2, 3, 4], reverse=True).eval()
    array([24, 12,  4], dtype=int32)
    """
    axis, holes = with_holes(axis)
    settings = {"axis": axis, "exclusive": bool(exclusive), "reverse": bool(reverse)}
    return products_so_far(x, *holes, **settings, name=name)


def kept_shape(x, *holes, axis, **attrs):
    if x.shape is not None and not holes:
        axes_of(axis, len(x.shape))
    return x.shape


def accumulated(function, x, axis, exclusive, reverse, start):
    [axis] = axes_of(axis, np.ndim(x))
    if reverse:
        x = np.flip(x, axis)
    if exclusive:
        first, _ = np.split(x, [1], axis)
        before, _ = np.split(x, [-1], axis)
        x = np.concatenate([np.full_like(first, start), before], axis)
    y = function(x, axis, np.result_type(x))
    return np.flip(y, axis) if reverse else y


_ACCUMULATION: dict[str, Any] = {
    "gaps": True,
    "shape": kept_shape,
    "unranked": True,
    "agree": (0, 1),
    "examples": [
        args((3,), axis=0, exclusive=False, reverse=False),
        args((2, 3), axis=-1, exclusive=True, reverse=False),
        args((2, 3), axis=0, exclusive=True, reverse=True),
        args((2, 3), axis=1, exclusive=False, reverse=True),
        args((0, 3), axis=0, exclusive=True, reverse=False),
        args((2, 3), np.array(1), axis="#", exclusive=False, reverse=False),
    ],
}


@op(
    name="cumsum",
    label="Cumsum",
    kinds=NUMBERS,
    grad=of_first(
        lambda g, y, x, axis, exclusive, reverse: cumsum(
            g, axis, exclusive, not reverse
        )
    ),
    **_ACCUMULATION,
)
def sums_so_far(x, /, *holes, axis, exclusive, reverse):
    """The sums of all elements of `x` up to each along `axis`."""
    return accumulated(np.cumsum, x, filled_in(axis, holes), exclusive, reverse, 0)


def cumprod_grad(g, y, x, axis, exclusive, reverse):
    total = cumsum(mirrored(y) * g, axis, exclusive, not reverse)
    return div_no_nan(total, mirrored(x))


@op(
    name="cumprod",
    label="Cumprod",
    kinds=NUMBERS,
    domain=NONZERO,
    grad=of_first(cumprod_grad),
    **_ACCUMULATION,
)
def products_so_far(x, /, *holes, axis, exclusive, reverse):
    """The products of all elements of `x` up to each along `axis`."""
    return accumulated(np.cumprod, x, filled_in(axis, holes), exclusive, reverse, 1)
