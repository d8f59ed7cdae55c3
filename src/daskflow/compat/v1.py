"""`import daskflow.compat.v1 as tf` gives the package itself: it is TensorFlow 1's."""

import sys

sys.modules[__name__] = sys.modules["daskflow"]
