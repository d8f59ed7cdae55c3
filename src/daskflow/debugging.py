"""The names of `tf.debugging`."""

from daskflow.missing import tell_missing
from daskflow.ops import check
from daskflow.ops.check import *
from daskflow.ops.check import verify_tensor_all_finite as assert_all_finite
from daskflow.ops.functions import (
    is_finite,
    is_inf,
    is_nan,
    is_non_decreasing,
    is_strictly_increasing,
)

__all__ = [
    *check.__all__,
    "assert_all_finite",
    "is_finite",
    "is_inf",
    "is_nan",
    "is_non_decreasing",
    "is_strictly_increasing",
]

tell_missing(__name__)
