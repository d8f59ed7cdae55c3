"""The names of `tf.spectral`, which `tf.signal` has too."""

from daskflow import signal
from daskflow.missing import tell_missing
from daskflow.signal import *

__all__ = [*signal.__all__]

tell_missing(__name__)
