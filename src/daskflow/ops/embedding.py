"""Rows of tables, picked by id."""

from typing import Any

from daskflow.defaults import name_scope
from daskflow.errors import GraphError, ShapeError
from daskflow.graph import Tensor
from daskflow.ops.array import reshape, shape
from daskflow.ops.gathering import dynamic_partition, dynamic_stitch, gather
from daskflow.ops.joining import concat
from daskflow.ops.making import range as numbers
from daskflow.ops.math import cast, identity, less, maximum, select, sqrt, square
from daskflow.ops.reduce import reduce_sum
from daskflow.values import as_tensor

__all__ = ["embedding_lookup"]


def embedding_lookup(
    params: Any,
    ids: Any,
    partition_strategy: str = "mod",
    name: str | None = None,
    validate_indices: bool = True,
    max_norm: Any = None,
) -> Tensor:
    """The rows of the table `params` with these `ids`.

    `params` may be a list of n parts of one table: with the `"mod"` strategy its row
    `i` is row `i // n` of part `i % n`; with `"div"` the parts lie one behind the
    other, the first ones perhaps a row longer. Rows longer than `max_norm` are scaled
    to it.

    >>> table = df.constant([[0.0, 0.0], [1.0, 10.0], [2.0, 20.0]])
    >>> df.nn.embedding_lookup(table, [2, 1, 2]).eval()
    array([[ 2., 20.],
           [ 1., 10.],
           [ 2., 20.]], dtype=float32)
    >>> even, odd = [[0.0], [2.0]], [[1.0], [3.0]]
    >>> df.nn.embedding_lookup([even, odd], [0, 1, 2, 3]).eval().ravel()
    array([0., 1., 2., 3.], dtype=float32)
    """
    parts = list(params) if isinstance(params, list | tuple) else [params]
    if not parts:
        raise GraphError("needs a table to look rows up in")
    with name_scope(name, "embedding_lookup", [*parts, ids]) as scope:
        ids = as_tensor(ids)
        rows = rows_of(parts, ids, partition_strategy)
        if max_norm is not None:
            rows = shortened(rows, ids, max_norm)
        return identity(rows, name=scope)


def rows_of(parts, ids, strategy):
    if len(parts) == 1:
        return gather(parts[0], ids)
    count = len(parts)
    flat = reshape(ids, [-1])
    part, row = places(parts, flat, strategy)
    part = cast(part, "int32")
    picked = [
        gather(table, some)
        for table, some in zip(parts, dynamic_partition(row, part, count), strict=True)
    ]
    order = dynamic_partition(numbers(shape(flat)[0]), part, count)
    rows = dynamic_stitch(order, picked)
    return reshape(rows, concat([shape(ids), shape(rows)[1:]], 0))


def places(parts, ids, strategy):
    """The part of the table that the row of each id is in, and where in it."""
    count = len(parts)
    if strategy == "mod":
        return ids % count, ids // count
    if strategy != "div":
        raise GraphError(f"partition_strategy is 'mod' or 'div', got {strategy!r}")
    lengths = [(as_tensor(part).spec.shape or (None,))[0] for part in parts]
    known = [n for n in lengths if n is not None]
    if len(known) < count:
        raise ShapeError("needs parts whose lengths are known for the 'div' strategy")
    shorter, longer = divmod(sum(known), count)
    behind = ids - longer
    part = maximum(ids // (shorter + 1), behind // shorter)
    return part, select(less(part, longer), ids % (shorter + 1), behind % shorter)


def shortened(rows, ids, max_norm):
    if None in (ids.shape.rank, rows.shape.rank):
        raise ShapeError("needs ids and a table of known rank to shorten rows")
    axes = tuple(range(ids.shape.rank, rows.shape.rank))
    norm = sqrt(reduce_sum(square(rows), axes, keepdims=True))
    return rows * (max_norm / maximum(norm, max_norm))
