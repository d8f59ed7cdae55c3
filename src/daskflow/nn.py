"""The names of `tf.nn`."""

from daskflow.missing import missing_from
from daskflow.ops import conv, entropy, nn, norm
from daskflow.ops import pool as pooling
from daskflow.ops.conv import *
from daskflow.ops.entropy import *
from daskflow.ops.nn import *
from daskflow.ops.norm import *
from daskflow.ops.pool import *

__all__ = [
    *conv.__all__,
    *entropy.__all__,
    *nn.__all__,
    *norm.__all__,
    *pooling.__all__,
]

__getattr__ = missing_from(__name__)
