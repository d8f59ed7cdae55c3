"""The names of `tf.summary`."""

from typing import Any

from daskflow.events import FileWriter, FileWriterCache
from daskflow.missing import tell_missing
from daskflow.ops import summaries
from daskflow.ops.summaries import *

__all__ = [*summaries.__all__, "FileWriter", "FileWriterCache"]

tell_missing(__name__)

# Of the tensorboard package; told to a type checker, which sees no `__getattr__`.
Event: Any
SessionLog: Any
Summary: Any
SummaryMetadata: Any
TaggedRunMetadata: Any
