"""The names of `tf.nn`."""

from daskflow.missing import missing_from
from daskflow.ops import nn
from daskflow.ops.clip import l2_normalize
from daskflow.ops.nn import *

__all__ = [*nn.__all__, "l2_normalize"]

__getattr__ = missing_from(__name__)
