"""The names of `tf.spectral`, which `tf.signal` has too."""

from daskflow import signal
from daskflow.missing import missing_from
from daskflow.signal import *

__all__ = [*signal.__all__]

__getattr__ = missing_from(__name__)
