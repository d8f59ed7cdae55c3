"""The names of `tf.strings`."""

from daskflow.missing import tell_missing
from daskflow.ops.strings import (
    as_string,
    string_join,
    string_length,
    string_strip,
    string_to_number,
)

__all__ = ["as_string", "join", "length", "strip", "to_number"]

tell_missing(__name__)

join = string_join
length = string_length
strip = string_strip
to_number = string_to_number
