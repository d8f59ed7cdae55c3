"""Products that sum over axes of one's choice: tensordot and einsum."""

import math
from typing import Any

import numpy as np

from daskflow.blas import multiply
from daskflow.errors import GradientError, GraphError, ShapeError
from daskflow.graph import Tensor
from daskflow.ops.array import ones_like, sum_like, transpose
from daskflow.ops.define import NUMBERS, args, axes_of, op
from daskflow.ops.known import is_full, known_value
from daskflow.ops.math import mirrored
from daskflow.spec import Shape, broadcast, merge, shape_text

__all__ = ["einsum", "tensordot"]

# Tensordot


def tensordot(a: Any, b: Any, axes: Any, name: str | None = None) -> Tensor:
    """The product of `a` and `b`, summed over axes: a matrix product of any rank.

    `axes` is the number of last axes of `a` to pair with the first of `b`, or a list
    for each of both with those to pair. The result has the other axes, those of `a`
    first.

    >>> df.tensordot([[1, 2], [3, 4]], [[1, 2], [3, 4]], 2).eval()  # 1 + 4 + 9 + 16
    np.int32(30)
    >>> a, b = df.ones([2, 3, 4]), df.ones([4, 3, 5])
    >>> df.tensordot(a, b, [[1, 2], [1, 0]]).shape
    TensorShape([2, 5])
    """
    return paired(a, b, axes=paired_axes(axes), name=name)


def paired_axes(axes):
    if isinstance(axes, Tensor):
        known = known_value(axes)
        if not is_full(known):
            raise GraphError(f"tensordot() needs axes known before a run, got {axes!r}")
        axes = known
    if isinstance(axes, int | np.integer):
        if axes < 0:
            raise GraphError(f"needs a number of axes that is not negative, got {axes}")
        return int(axes)
    if len(axes) != 2:
        raise GraphError(f"needs a number, or axes for a and for b, got {axes}")
    both = tuple(tuple(np.atleast_1d(np.asarray(part, int)).tolist()) for part in axes)
    if len(both[0]) != len(both[1]):
        raise GraphError(f"needs as many axes of a as of b, got {axes}")
    return both


def axes_of_both(axes, rank_a, rank_b):
    """The axes of either that are summed over, and those that are left."""
    if isinstance(axes, int):
        if axes > min(rank_a, rank_b):
            raise ShapeError(f"cannot pair {axes} axes of ranks {rank_a} and {rank_b}")
        axes = (tuple(range(rank_a - axes, rank_a)), tuple(range(axes)))
    summed = axes_of(axes[0], rank_a), axes_of(axes[1], rank_b)
    return summed, [
        tuple(i for i in range(rank) if i not in part)
        for rank, part in zip((rank_a, rank_b), summed, strict=True)
    ]


def paired_shape(a, b, axes):
    (sum_a, sum_b), (free_a, free_b) = axes_of_both(axes, len(a.shape), len(b.shape))
    for i, j in zip(sum_a, sum_b, strict=True):
        if None not in (a.shape[i], b.shape[j]) and a.shape[i] != b.shape[j]:
            raise ShapeError(
                f"axis {i} of {shape_text(a.shape)} and axis {j} of "
                f"{shape_text(b.shape)} differ in length"
            )
    return tuple(a.shape[i] for i in free_a) + tuple(b.shape[j] for j in free_b)


def paired_grad(g, y, a, b, axes):
    ranks = [None if x.spec.shape is None else len(x.spec.shape) for x in (a, b)]
    if None in ranks:
        raise GradientError("the gradient of tensordot() needs the ranks of a and b")
    (sum_a, sum_b), (free_a, free_b) = axes_of_both(axes, *ranks)
    n, m = len(free_a), len(free_b)
    of_a, of_b = tuple(range(n)), tuple(range(n, n + m))
    # Their axes: those of a that are left, then the others as they come in b; and the
    # others as they come in a, then those of b that are left.
    by_a = tensordot(g, mirrored(b), [of_b, free_b])
    by_b = tensordot(mirrored(a), g, [free_a, of_a])
    order_a = [sum_a[sum_b.index(j)] for j in sorted(sum_b)]
    order_b = [sum_b[sum_a.index(i)] for i in sorted(sum_a)]
    return (
        transpose(by_a, inverse((*free_a, *order_a))),
        transpose(by_b, inverse((*order_b, *free_b))),
    )


def inverse(perm):
    return tuple(perm.index(i) for i, _ in enumerate(perm))


@op(
    name="tensordot",
    label="Tensordot",
    shape=paired_shape,
    kinds=NUMBERS,
    grad=paired_grad,
    examples=[
        args((2, 3), (3, 4), axes=1),
        args((2, 3), (4,), axes=0),
        args((2, 3, 4), (4, 3, 5), axes=((1, 2), (1, 0))),
        args((2, 3, 4), (3, 2), axes=((1, 0), (0, -1))),
        args((2, 3), (2, 3), axes=2),
        args((0, 3), (3, 2), axes=1),
    ],
    work=lambda a, b, axes: 0.4 * math.prod(a.shape) * math.prod(b.shape) ** 0.5,
)
def paired(a, b, /, axes):
    """The product of `a` and `b`, summed over pairs of axes."""
    (sum_a, sum_b), (free_a, free_b) = axes_of_both(axes, np.ndim(a), np.ndim(b))
    left, right = np.transpose(a, free_a + sum_a), np.transpose(b, sum_b + free_b)
    rows, columns = np.shape(left)[: len(free_a)], np.shape(right)[len(sum_b) :]
    count = math.prod(np.shape(right)[: len(sum_b)])
    if count != math.prod(np.shape(left)[len(free_a) :]):
        raise ValueError(f"axes of {np.shape(a)} and {np.shape(b)} differ in length")
    left = np.reshape(left, (math.prod(rows), count))
    right = np.reshape(right, (count, math.prod(columns)))
    return np.reshape(multiply(left, right), rows + columns)


# Einsum


def einsum(equation: str, *inputs: Any, **kwargs: Any) -> Tensor:
    """The product of `inputs` in Einstein's notation, such as `"ij,jk->ik"`.

    Each letter is an axis. What the result does not have is summed over; without an
    arrow it has each letter that comes once, in the order of the alphabet. `...`
    stands for axes that are broadcast.

    >>> df.einsum("ij->ji", [[1, 2], [3, 4]]).eval()
    array([[1, 3],
           [2, 4]], dtype=int32)
    >>> df.einsum("bij,bjk->bik", df.ones([2, 3, 4]), df.ones([2, 4, 5])).shape
    TensorShape([2, 3, 5])
    """
    name = kwargs.pop("name", None)
    kwargs.pop("optimize", None)
    if kwargs:
        raise TypeError(f"einsum() takes name, and got {sorted(kwargs)}")
    parts, result = parsed(equation)
    if len(parts) != len(inputs):
        raise GraphError(f"{equation!r} is for {len(parts)} tensors, got {len(inputs)}")
    return summed(*inputs, equation=f"{','.join(parts)}->{result}", name=name)


def parsed(equation):
    """The letters of each input and those of the result."""
    text = equation.replace(" ", "")
    left, arrow, right = text.partition("->")
    letters = left.replace(",", "").replace("...", "") + right.replace("...", "")
    if not all(c.isalpha() for c in letters) or "->" in right:
        raise GraphError(f"expected an equation as 'ij,jk->ik', got {equation!r}")
    if not arrow:
        free = sorted(c for c in set(letters) if letters.count(c) == 1)
        right = "..." * ("..." in left) + "".join(free)
    if not set(right.replace("...", "")) <= set(left) or len(set(right) - {"."}) < len(
        right.replace("...", "")
    ):
        raise GraphError(f"the result of {equation!r} needs letters of inputs, once")
    return left.split(","), right


def summed_shape(*inputs, equation):
    parts, result = parsed(equation)
    lengths: dict[str, Any] = {}
    batch: Shape = ()
    for part, x in zip(parts, inputs, strict=True):
        before, dots, after = part.partition("...")
        count = len(x.shape) - len(before) - len(after)
        if count < 0 or (count and not dots):
            raise ShapeError(f"{part!r} are not the axes of {x}")
        batch = broadcast(batch, x.shape[len(before) : len(before) + count])
        ends = x.shape[: len(before)] + x.shape[len(before) + count :]
        for letter, n in zip(before + after, ends, strict=True):
            [lengths[letter]] = merge((lengths.get(letter),), (n,)) or ()
    before, dots, after = result.partition("...")
    middle = (batch or ()) if dots else ()
    ends = [tuple(map(lengths.get, part)) for part in (before, after)]
    return ends[0] + middle + ends[1]


def summed_grad(g, y, *inputs, equation):
    parts, result = parsed(equation)
    return [part_grad(g, inputs, parts, result, i) for i, _ in enumerate(inputs)]


def part_grad(g, inputs, parts, result, i):
    own = parts[i]
    letters = own.replace("...", "")
    if len(set(letters)) < len(letters):
        raise GradientError(
            f"einsum() has no gradient where a letter repeats in {own!r}"
        )
    others = [mirrored(x) for j, x in enumerate(inputs) if j != i]
    labels = [p for j, p in enumerate(parts) if j != i]
    elsewhere = set("".join([result, *labels]))
    if not set(own) <= elsewhere:  # it was summed over alone: each gets the same
        others.append(ones_like(inputs[i]))
        labels.append(own)
    target = own if "..." in own else "..." * ("..." in result) + own
    slope = einsum(f"{','.join([result, *labels])}->{target}", g, *others)
    return sum_like(slope, inputs[i]) if "..." in target else slope


@op(
    name="einsum",
    shape=summed_shape,
    kinds=NUMBERS,
    grad=summed_grad,
    examples=[
        args((2, 3), (3, 4), equation="ij,jk->ik"),
        args((2, 3), equation="ij->ji"),
        args((2, 3), equation="ij->"),
        args((2, 3), (2, 3), equation="ij,ij->j"),
        args((2,), (3,), equation="i,j->ij"),
        args((2, 3), (3, 4), (4, 2), equation="ij,jk,kl->il"),
        args((5, 2, 3), (3, 4), equation="...ij,jk->...ik"),
        args((5, 2, 3), (1, 3, 4), equation="...ij,...jk->...ik"),
        args((0, 3), (3, 2), equation="ij,jk->ik"),
    ],
)
def summed(*inputs, equation):
    """The product of `inputs` in Einstein's notation."""
    return np.asarray(np.einsum(equation, *inputs))[()]
