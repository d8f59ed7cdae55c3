"""`tf.compat`: texts and bytes, and `tf.compat.v1`, which is this very package."""

from typing import Any

from daskflow.compat import v1

__all__ = ["as_bytes", "as_str", "as_str_any", "as_text", "v1"]


def as_bytes(bytes_or_text: str | bytes, encoding: str = "utf-8") -> bytes:
    r"""A text as bytes.

    >>> df.compat.as_bytes("naïve"), df.compat.as_bytes(b"as it is")
    (b'na\xc3\xafve', b'as it is')
    """
    if isinstance(bytes_or_text, str):
        return bytes_or_text.encode(encoding)
    return bytes(bytes_or_text)


def as_text(bytes_or_text: str | bytes, encoding: str = "utf-8") -> str:
    r"""Bytes as a text.

    >>> df.compat.as_text(b"na\xc3\xafve"), df.compat.as_text("as it is")
    ('naïve', 'as it is')
    """
    if isinstance(bytes_or_text, str):
        return bytes_or_text
    return bytes(bytes_or_text).decode(encoding)


as_str = as_text


def as_str_any(value: Any, encoding: str = "utf-8") -> str:
    """Anything as a text.

    >>> df.compat.as_str_any(b"text"), df.compat.as_str_any(0.5)
    ('text', '0.5')
    """
    return as_text(value, encoding) if isinstance(value, bytes) else str(value)
