"""Summaries: values as the bytes of a protobuf message, for TensorBoard to show.

A message is a `Summary` of TensorBoard's. Its few fields are written here, so that
neither a worker nor a run needs a package for it; events.py brings them to a file.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Iterator, Sequence
from struct import pack
from typing import Any

import numpy as np

from daskflow.errors import GraphError
from daskflow.graph import Operators, Tensor, get_default_graph, graph_of
from daskflow.keys import GraphKeys
from daskflow.opdef import no_gradient
from daskflow.ops.define import args, op
from daskflow.spec import STRING

__all__ = ["histogram", "image", "merge", "merge_all", "scalar", "text"]

REALS, TEXTS = "iuf", "O"


def scalar(
    name: str,
    tensor: Any,
    collections: Iterable[str] | None = None,
    family: str | None = None,
) -> Tensor:
    """A summary of one number, under the name of the operation.

    `family` stands before the tag, by which TensorBoard groups them; `collections`
    are those that the summary is put in, that of all summaries unless given.

    >>> summary = df.summary.scalar("loss", 0.5)
    >>> df.Summary.FromString(summary.eval())
    value {
      tag: "loss"
      simple_value: 0.5
    }
    """
    return _added(_scalar, name, family, tensor, collections)


def histogram(
    name: str,
    values: Any,
    collections: Iterable[str] | None = None,
    family: str | None = None,
) -> Tensor:
    """A summary of how numbers of any shape are distributed.

    Its buckets grow by a tenth each, from 1e-12 to 1e20 on either side of zero. A run
    fails with NaN or infinity.

    >>> summary = df.summary.histogram("weights", [1.0, 1.0, 3.0])
    >>> [value] = df.Summary.FromString(summary.eval()).value
    >>> value.histo.num, value.histo.max, list(value.histo.bucket)
    (3.0, 3.0, [0.0, 2.0, 0.0, 1.0, 0.0])
    """
    return _added(_histogram, name, family, values, collections)


def image(
    name: str,
    tensor: Any,
    max_outputs: int = 3,
    collections: Iterable[str] | None = None,
    family: str | None = None,
) -> Tensor:
    """A summary of the first `max_outputs` images of `[n, height, width, channels]`.

    Channels are 1 (gray), 3 (RGB) or 4 (RGBA). Bytes are taken as they are. Floats are
    scaled for each image: so that the largest is 255, or where one is negative, that
    zero is 128 and all have room. A pixel that is not finite is red.

    >>> summary = df.summary.image("faces", df.zeros([2, 8, 8, 3]))
    >>> values = df.Summary.FromString(summary.eval()).value
    >>> [(value.tag, value.image.height) for value in values]
    [('faces/image/0', 8), ('faces/image/1', 8)]
    """
    if max_outputs < 1:
        raise GraphError(f"max_outputs is at least 1, got {max_outputs}")
    settings = {"max_outputs": int(max_outputs)}
    return _added(_image, name, family, tensor, collections, settings)


def text(name: str, tensor: Any, collections: Iterable[str] | None = None) -> Tensor:
    """A summary of texts, which TensorBoard shows as Markdown.

    >>> summary = df.summary.text("note", "**lower** is better")
    >>> [value] = df.Summary.FromString(summary.eval()).value
    >>> value.tag, value.tensor.string_val
    ('note', [b'**lower** is better'])
    """
    return _added(_text, name, None, tensor, collections)


def merge(
    inputs: Sequence[Any],
    collections: Iterable[str] | None = None,
    name: str | None = None,
) -> Tensor:
    """One summary of all of `inputs`; a run fails if two have one tag.

    >>> losses = [df.summary.scalar("first", 1.0), df.summary.scalar("second", 2.0)]
    >>> df.Summary.FromString(df.summary.merge(losses).eval())
    value {
      tag: "first"
      simple_value: 1
    }
    value {
      tag: "second"
      simple_value: 2
    }
    """
    if isinstance(inputs, Operators) or not inputs:
        raise GraphError(f"expected a list of summaries, got {inputs!r}")
    graph = graph_of(tuple(inputs))
    with graph.as_default(), graph.name_scope(name or "Merge"):
        merged: Tensor = _merged(*inputs)
    graph.add_to_collections(collections or (), merged)
    return merged


def merge_all(
    key: str = GraphKeys.SUMMARIES, scope: str | None = None, name: str | None = None
) -> Tensor | None:
    """One summary of all in the collection `key`; None where there is none.

    With a `scope`, a regular expression, those whose names begin so.

    >>> df.summary.merge_all() is None
    True
    >>> loss = df.summary.scalar("loss", 0.5)
    >>> weights = df.summary.histogram("weights", [1.0, 3.0])
    >>> values = df.Summary.FromString(df.summary.merge_all().eval()).value
    >>> [value.tag for value in values]
    ['loss', 'weights']
    """
    summaries = get_default_graph().get_collection(key, scope)
    return merge(summaries, name=name) if summaries else None


def _added(add, name, family, value, collections, settings=None):
    """A summary, under the tag that its scope gives it."""
    name, family = _cleaned(name), family and _cleaned(family)
    graph = graph_of((value,))
    base = f"{family}/{name}" if family else name
    with graph.as_default(), graph.name_scope(base) as scope:
        tag = scope.rstrip("/")
        tag = f"{family}/{tag}" if family else tag
        summary: Tensor = add(value, tag=tag, name=scope, **(settings or {}))
    places = [GraphKeys.SUMMARIES] if collections is None else collections
    graph.add_to_collections(places, summary)
    return summary


def _cleaned(name: str) -> str:
    """A tag that can be the name of an operation."""
    return re.sub(r"[^-/\w.]", "_", name, flags=re.ASCII).lstrip("/")


def _one(*inputs, **attrs):
    return ()


@op(
    name="ScalarSummary",
    kinds=REALS,
    dtype=STRING,
    shape=_one,
    unranked=True,
    grad=no_gradient,
    examples=[args((), tag="a/b")],
)
def _scalar(x, /, tag):
    """A summary of one number."""
    if np.ndim(x):
        raise ValueError(f"summary.scalar takes one number, got {list(x.shape)}")
    return _summary(tag, _field(2, np.float32(x)))


@op(
    name="HistogramSummary",
    kinds=REALS,
    dtype=STRING,
    shape=_one,
    unranked=True,
    grad=no_gradient,
    examples=[args((2, 3), tag="a"), args((), tag="a"), args((0,), tag="a")],
)
def _histogram(x, /, tag):
    """A summary of how numbers are distributed."""
    values = np.asarray(x, np.float64).ravel()
    if not np.isfinite(values).all():
        found = "NaN" if np.isnan(values).any() else "Infinity"
        raise ValueError(f"{found} in the histogram {tag!r}")
    places = np.searchsorted(_LIMITS, values, side="right")
    counts = np.bincount(places, minlength=len(_LIMITS))
    # Of a row of empty buckets the last one stands for all.
    kept = (counts > 0) | np.append(counts[1:] > 0, True)
    statistics = (
        values.min(initial=_LIMITS[-1]),
        values.max(initial=-_LIMITS[-1]),
        float(values.size),
        values.sum(),
        np.square(values).sum(),
    )
    fields = [_field(i, value) for i, value in enumerate(statistics, 1)]
    fields.append(_field(6, _LIMITS[kept].tobytes()))
    fields.append(_field(7, counts[kept].astype(np.float64).tobytes()))
    return _summary(tag, _field(5, b"".join(fields)))


def _bucket_limits() -> Any:
    """Where the buckets end: geometric, by factors of 1.1, on both sides of 0."""
    ends = [1e-12]
    while ends[-1] * 1.1 < 1e20:
        ends.append(ends[-1] * 1.1)
    ends.append(float(np.finfo(np.float64).max))
    return np.array([-end for end in reversed(ends)] + [0.0, *ends])


_LIMITS = _bucket_limits()


@op(
    name="ImageSummary",
    kinds="uf",
    dtype=STRING,
    shape=_one,
    unranked=True,
    grad=no_gradient,
    examples=[
        args((2, 3, 2, 1), tag="a", max_outputs=3),
        args((2, 1, 2, 3), tag="a", max_outputs=1),
        args((0, 1, 1, 4), tag="a", max_outputs=1),
    ],
)
def _image(x, /, tag, max_outputs):
    """A summary of images, as PNG."""
    if x.ndim != 4 or x.shape[3] not in (1, 3, 4):
        raise ValueError(
            "summary.image takes [n, height, width, channels] with 1, 3 or 4 channels, "
            f"got {list(x.shape)}"
        )
    values = []
    for i, pixels in enumerate(x[:max_outputs]):
        height, width, channels = pixels.shape
        fields = [_field(1, height), _field(2, width), _field(3, channels)]
        fields.append(_field(4, png(_as_bytes(pixels))))
        place = f"/{i}" if max_outputs > 1 else ""
        values.append(_value(f"{tag}/image{place}", _field(4, b"".join(fields))))
    return _message(values)


def _as_bytes(pixels):
    """Pixels from 0 to 255."""
    if pixels.dtype == np.uint8:
        return pixels
    pixels = pixels.astype(np.float32)
    finite = np.isfinite(pixels).all(axis=-1, keepdims=True)
    shown = np.where(finite, pixels, 0)
    largest, middle = np.abs(shown).max(initial=0), 128 if (shown < 0).any() else 0
    scale = 0 if largest < 1e-6 else np.float32(127 if middle else 255) / largest
    red = np.array([255, 0, 0, 255][: pixels.shape[-1]])
    return np.where(finite, shown * scale + middle, red).astype(np.uint8)


def png(pixels: np.ndarray[Any, np.dtype[np.uint8]]) -> bytes:
    """`[height, width, channels]` as a PNG (W3C, "PNG Specification", 3rd edition)."""
    height, width, channels = pixels.shape
    color = {1: 0, 3: 2, 4: 6}[channels]
    rows = np.zeros(
        (height, 1 + width * channels), np.uint8
    )  # each after its filter, 0
    rows[:, 1:] = pixels.reshape(height, -1)

    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return pack(">I", len(data)) + body + pack(">I", zlib.crc32(body))

    header = pack(">IIBBBBB", width, height, 8, color, 0, 0, 0)
    chunks = [
        (b"IHDR", header),
        (b"IDAT", zlib.compress(rows.tobytes())),
        (b"IEND", b""),
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join([chunk(*part) for part in chunks])


@op(
    name="TensorSummaryV2",
    kinds=TEXTS,
    dtype=STRING,
    shape=_one,
    unranked=True,
    grad=no_gradient,
    examples=[args(np.array([b"a", b"b"], object), tag="a")],
)
def _text(x, /, tag):
    """A summary of texts."""
    texts = np.asarray(x, object)
    sizes = b"".join([_field(2, _field(1, n)) for n in texts.shape])
    strings = b"".join([_field(8, value) for value in texts.ravel()])
    tensor = _field(1, 7) + _field(2, sizes) + strings  # 7 is the dtype of texts
    plugin = _field(1, _field(1, b"text"))
    return _summary(tag, _field(8, tensor) + _field(9, plugin))


@op(
    name="MergeSummary",
    kinds=TEXTS,
    dtype=STRING,
    shape=_one,
    unranked=True,
    grad=no_gradient,
    examples=[args(np.array(b"", object), np.array(b"", object))],
)
def _merged(*summaries):
    """One summary of several: their bytes, one after the other."""
    data = b"".join([part for s in summaries for part in np.ravel(s)])
    tags = [tag for _, value in fields(data) for n, tag in fields(value) if n == 1]
    if len(set(tags)) < len(tags):
        twice = next(tag for tag in tags if tags.count(tag) > 1)
        raise ValueError(f"two of the summaries have the tag {twice.decode()!r}")
    return _text_of(data)


# Protobuf, as much as a summary needs (protobuf.dev, "Encoding")


def _summary(tag: str, content: bytes) -> Any:
    return _message([_value(tag, content)])


def _value(tag: str, content: bytes) -> bytes:
    return _field(1, _field(1, tag.encode()) + content)


def _message(values: Iterable[bytes]) -> Any:
    return _text_of(b"".join(values))


def _text_of(data: bytes) -> Any:
    result = np.empty((), object)
    result[()] = data
    return result


def _field(number: int, value: Any) -> bytes:
    """A field of a message: bytes, a float of its size, or an int.

    A zero is left out, but for a float32: the only one is a choice among fields.
    """
    if isinstance(value, bytes):
        return _varint(number << 3 | 2) + _varint(len(value)) + value
    if isinstance(value, np.float32):
        return _varint(number << 3 | 5) + pack("<f", value)
    if not value:
        return b""
    if isinstance(value, int):
        return _varint(number << 3) + _varint(value)
    return _varint(number << 3 | 1) + pack("<d", value)


def _varint(n: int) -> bytes:
    """A number, seven bits to a byte, the lowest first."""
    parts = bytearray()
    while n > 127:
        parts.append(n & 127 | 128)
        n >>= 7
    return bytes([*parts, n])


def fields(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The numbers and bytes of the fields in a message that are of bytes."""
    at = 0
    while at < len(data):
        key, at = _read_varint(data, at)
        if key & 7 == 0:
            _, at = _read_varint(data, at)
            continue
        size = {1: 8, 5: 4}.get(key & 7)
        if size is None:
            size, at = _read_varint(data, at)
            yield key >> 3, data[at : at + size]
        at += size


def _read_varint(data: bytes, at: int) -> tuple[int, int]:
    n = shift = 0
    while True:
        byte = data[at]
        n |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return n, at
