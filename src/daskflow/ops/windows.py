"""Windows that move over the axes of an array: how many there are, and where."""

from collections.abc import Iterator
from itertools import product
from math import prod
from typing import Any, NamedTuple

import numpy as np

from daskflow.errors import GraphError, ShapeError
from daskflow.spec import shape_text

CHUNK = 1 << 19
"""Elements: so many, about, are worked on at a time, to stay in a core's cache."""

Pads = tuple[tuple[int, int], ...]


class Windows(NamedTuple):
    """How windows move: by `strides`, over axes with a `padding`, `dilations` apart.

    As a setting of an op it is a plain tuple. The batch is the first axis; the
    channels are the last one, or the second if they are `leading`.
    """

    strides: tuple[int, ...]
    padding: Any
    dilations: tuple[int, ...]
    leading: bool = False

    def reach(self, size: Any) -> tuple[Any, ...]:
        """How far a window of that size reaches along each axis."""
        return tuple(
            None if k is None else (k - 1) * d + 1
            for k, d in zip(size, self.dilations, strict=True)
        )

    def counts(self, lengths: Any, size: Any) -> tuple[Any, ...]:
        """How many windows there are along each axis; None where that is not known."""
        if self.padding == "SAME":
            return tuple(
                None if n is None else -(-n // s)
                for n, s in zip(lengths, self.strides, strict=True)
            )
        pads = [(0, 0) for _ in size] if self.padding == "VALID" else self.padding
        reach = self.reach(size)
        rooms = [
            None if None in (n, k) else n + sum(pad) - k
            for n, k, pad in zip(lengths, reach, pads, strict=True)
        ]
        if any(
            room is not None and room < 0 < n
            for room, n in zip(rooms, lengths, strict=True)
        ):
            raise ShapeError(
                f"needs at least as many elements as a window reaches over, got "
                f"{shape_text(tuple(lengths))} for windows that reach over "
                f"{shape_text(reach)}, padding {self.padding!r}"
            )
        return tuple(
            None if room is None else max(room // s + 1, 0)
            for room, s in zip(rooms, self.strides, strict=True)
        )

    def pads(self, lengths: Any, size: Any) -> Pads:
        """How many elements are added before and after each axis.

        `"SAME"` adds what the last of its windows lacks, the odd one behind.
        """
        if self.padding == "VALID":
            return ((0, 0),) * len(size)
        if self.padding != "SAME":
            return tuple(self.padding)
        lacking = [
            max((-(-n // s) - 1) * s + k - n, 0)
            for n, k, s in zip(lengths, self.reach(size), self.strides, strict=True)
        ]
        return tuple((n // 2, n - n // 2) for n in lacking)

    def taps(self, size: Any, counts: Any) -> Iterator[tuple[Any, Any]]:
        """For each tap of a window its index, and that of what it meets in all windows.

        The second one is a slice for each axis that the windows move over.
        """
        for tap in product(*map(range, size)):
            starts = [i * d for i, d in zip(tap, self.dilations, strict=True)]
            met = zip(starts, counts, self.strides, strict=True)
            yield tap, tuple(slice(i, i + (n - 1) * s + 1, s) for i, n, s in met)

    def view(self, x: Any, size: Any, counts: Any) -> Any:
        """`[n, *counts, *size, c]` of `[n, ..., c]`: the windows, tap by tap."""
        n, *along, c = x.strides
        return np.lib.stride_tricks.as_strided(
            x,
            (len(x), *counts, *size, x.shape[-1]),
            (
                n,
                *[by * s for by, s in zip(along, self.strides, strict=True)],
                *[by * d for by, d in zip(along, self.dilations, strict=True)],
                c,
            ),
            writeable=False,
        )

    def split(self, lengths: Any) -> tuple[Any, list[Any], Any]:
        """The batch, the axes that the windows move over, and the channels."""
        n, *rest = lengths
        return (n, rest[1:], rest[0]) if self.leading else (n, rest[:-1], rest[-1])

    def joined(self, n: Any, lengths: Any, channels: Any) -> tuple[Any, ...]:
        """The shape with that batch, those axes and channels."""
        return (n, channels, *lengths) if self.leading else (n, *lengths, channels)

    def channels_last(self, x: Any) -> Any:
        """`x` in C order with its channels on the last axis."""
        return np.ascontiguousarray(np.moveaxis(x, 1, -1) if self.leading else x)

    def channels_back(self, y: Any) -> Any:
        """The channels where they belong, in C order."""
        return np.ascontiguousarray(np.moveaxis(y, -1, 1) if self.leading else y)


def padded(x: Any, pads: Pads) -> Any:
    """`x` with that many zeros more before and after each axis."""
    if not any(map(any, pads)):
        return x
    lengths = [n + sum(pad) for n, pad in zip(x.shape, pads, strict=True)]
    result = np.zeros(lengths, x.dtype)
    result[inside(x.shape, pads)] = x
    return result


def inside(lengths: Any, pads: Pads) -> tuple[slice, ...]:
    """The index of what was there before padding."""
    return tuple(
        slice(before, before + n) for n, (before, _) in zip(lengths, pads, strict=True)
    )


def parts_of(counts: Any, width: int) -> list[Any]:
    """Indices of parts of `[n, rows, ...]` with about `CHUNK` elements, `width` each.

    A part is some of the first axis, or some rows of one: shape and width say which.
    """
    n, rows, *rest = counts
    per_row = prod(rest) * width
    if not n * rows * per_row:
        return []
    if rows * per_row <= CHUNK:
        step = CHUNK // (rows * per_row)
        return [(slice(i, min(i + step, n)),) for i in range(0, n, step)]
    step = max(CHUNK // per_row, 1)
    return [
        (slice(i, i + 1), slice(j, min(j + step, rows)))
        for i in range(n)
        for j in range(0, rows, step)
    ]


# What users write


def windows(
    strides: Any, padding: Any, dilations: Any, data_format: Any, rank: int
) -> Windows:
    """Windows over `rank` axes, from the settings of a function of TensorFlow's."""
    leading = channels_lead(data_format, rank)
    return Windows(
        along("strides", strides, rank, leading),
        checked_padding(padding, rank, leading),
        along("dilations", dilations, rank, leading),
        leading,
    )


FORMATS = {1: ("NWC", "NCW"), 2: ("NHWC", "NCHW"), 3: ("NDHWC", "NCDHW")}


def channels_lead(data_format: Any, rank: int) -> bool:
    """Whether the channels come before the axes that windows move over."""
    last, first = FORMATS[rank]
    if data_format not in (None, "", last, first):
        raise GraphError(f"data_format is {last!r} or {first!r}, got {data_format!r}")
    return bool(data_format == first)


def along(what: str, setting: Any, rank: int, leading: bool) -> tuple[int, ...]:
    """A setting for each axis that windows move over; for the others it is to be 1."""
    if setting is None:
        return (1,) * rank
    values = list(setting) if isinstance(setting, list | tuple) else [setting]
    if len(values) == 1:
        values *= rank
    if len(values) == rank + 2:
        others = [values.pop(0), values.pop(0 if leading else -1)]
        if others != [1, 1]:
            raise ShapeError(f"{what} are 1 along batch and channels, got {setting}")
    if len(values) != rank or any(value < 1 for value in values):
        raise ShapeError(
            f"{what} are 1, {rank} or {rank + 2} positive ints, got {setting}"
        )
    return tuple(map(int, values))


def checked_padding(padding: Any, rank: int, leading: bool) -> Any:
    """`"SAME"`, `"VALID"`, or what is added before and after each moved axis."""
    if padding in ("SAME", "VALID"):
        return padding
    if isinstance(padding, list | tuple):
        pairs = [tuple(map(int, pair)) for pair in padding]
        if len(pairs) == rank + 2 and all(len(p) == 2 and min(p) >= 0 for p in pairs):
            return tuple(pairs[2:] if leading else pairs[1:-1])
    raise GraphError(
        f"padding is 'SAME', 'VALID' or {rank + 2} pairs of numbers to add before and "
        f"after each axis, got {padding!r}"
    )
