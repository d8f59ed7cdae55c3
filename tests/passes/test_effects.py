"""A node that is not pure runs, even where only the shape of its value counts."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import daskflow as df
from daskflow import Session, errors
from daskflow.ops.array import broadcast_like, reshape_like, sum_like
from daskflow.ops.define import op

USES: dict[str, Callable[[Any, Any], Any]] = {
    "a shape to sum to": sum_like,
    "a shape to take": reshape_like,
    "a shape to spread to": lambda x, like: broadcast_like(x, like) * x,
    "zeros of a shape": lambda x, like: df.zeros_like(like) + x,
}


@op(shape=lambda x: x.shape, pure=False)
def fails(x):
    """An error."""
    raise ValueError("as it should")


@pytest.mark.parametrize("grouping", [True, False], ids=["grouped", "ungrouped"])
@pytest.mark.parametrize("use", USES)
def test_an_error_shows_where_only_a_shape_is_used(
    use: str, grouping: bool, daskflow_scheduler: Any
) -> None:
    x = df.placeholder("float64", [2, 3])
    y = USES[use](x, df.exp(fails(x)))
    with (
        Session(daskflow_scheduler, grouping=grouping) as session,
        pytest.raises(errors.InvalidArgumentError, match="as it should"),
    ):
        session.run(y, {x: np.ones((2, 3))})
