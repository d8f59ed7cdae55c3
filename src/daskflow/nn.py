"""The names of `tf.nn`."""

from daskflow.missing import tell_missing
from daskflow.ops import conv, embedding, entropy, nn, norm, sampling
from daskflow.ops import pool as pooling
from daskflow.ops.blocks import depth_to_space, space_to_batch, space_to_depth
from daskflow.ops.clip import l2_normalize
from daskflow.ops.conv import *
from daskflow.ops.embedding import *
from daskflow.ops.entropy import *
from daskflow.ops.nn import *
from daskflow.ops.norm import *
from daskflow.ops.pool import *
from daskflow.ops.sampling import *

__all__ = [
    *conv.__all__,
    *embedding.__all__,
    *entropy.__all__,
    *nn.__all__,
    *norm.__all__,
    *pooling.__all__,
    *sampling.__all__,
    "depth_to_space",
    "l2_normalize",
    "space_to_batch",
    "space_to_depth",
]

tell_missing(__name__)
