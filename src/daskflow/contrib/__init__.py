"""The names of `tf.contrib` that programs use most, by their other names."""

from daskflow.contrib import framework, layers
from daskflow.missing import missing_from

__all__ = ["framework", "layers"]

__getattr__ = missing_from(__name__)
