"""The names of `tf.bitwise`."""

from daskflow.missing import tell_missing
from daskflow.ops import bitwise
from daskflow.ops.bitwise import *

__all__ = [*bitwise.__all__]

tell_missing(__name__)
