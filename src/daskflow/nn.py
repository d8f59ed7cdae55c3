"""The names of `tf.nn`."""

from daskflow.missing import missing_from
from daskflow.ops import nn
from daskflow.ops.nn import *

__all__ = [*nn.__all__]

__getattr__ = missing_from(__name__)
