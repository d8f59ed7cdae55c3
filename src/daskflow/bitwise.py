"""The names of `tf.bitwise`."""

from daskflow.missing import missing_from
from daskflow.ops import bitwise
from daskflow.ops.bitwise import *

__all__ = [*bitwise.__all__]

__getattr__ = missing_from(__name__)
