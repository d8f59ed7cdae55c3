"""The names of `tf.contrib` that programs use most, by their other names."""

from daskflow.contrib import framework, layers
from daskflow.missing import tell_missing

__all__ = ["framework", "layers"]

tell_missing(__name__)
