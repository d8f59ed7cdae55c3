"""The names of `tf.summary`."""

from daskflow.events import FileWriter, FileWriterCache
from daskflow.missing import missing_from
from daskflow.ops import summaries
from daskflow.ops.summaries import *

__all__ = [*summaries.__all__, "FileWriter", "FileWriterCache"]

__getattr__ = missing_from(__name__)
