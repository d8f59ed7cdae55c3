"""The names of `tf.logging`, over the logger "daskflow" of Python's `logging`."""

from __future__ import annotations

import logging
import sys
from collections import Counter
from typing import Any

from daskflow.missing import tell_missing

__all__ = [
    "DEBUG",
    "ERROR",
    "FATAL",
    "INFO",
    "WARN",
    "WARNING",
    "debug",
    "error",
    "fatal",
    "flush",
    "get_verbosity",
    "info",
    "log",
    "log_every_n",
    "log_first_n",
    "log_if",
    "set_verbosity",
    "vlog",
    "warn",
    "warning",
]

tell_missing(__name__)

DEBUG, INFO, WARN, ERROR, FATAL = 10, 20, 30, 40, 50
WARNING = WARN


class _Shown(logging.Handler):
    """Shows a record on standard error, unless the program has handlers of its own."""

    def emit(self, record: logging.LogRecord) -> None:
        if not logging.getLogger().handlers:
            print(self.format(record), file=sys.stderr)  # noqa: T201  # what it is for

    def flush(self) -> None:
        """Have all that was logged shown."""
        sys.stderr.flush()


_LOGGER = logging.getLogger("daskflow")
_SHOWN = _Shown()
_SHOWN.setFormatter(logging.Formatter("%(levelname)s:%(name)s:%(message)s"))
_LOGGER.addHandler(_SHOWN)
_LOGGER.setLevel(WARN)

debug = _LOGGER.debug
info = _LOGGER.info
warn = warning = _LOGGER.warning
error = _LOGGER.error
fatal = _LOGGER.critical
log = vlog = _LOGGER.log
flush = _SHOWN.flush
get_verbosity = _LOGGER.getEffectiveLevel

_CALLS: Counter[tuple[str, int]] = Counter()


def set_verbosity(v: int | str) -> None:
    """Log what is of this level or a higher one, `INFO` for one.

    >>> level = df.logging.get_verbosity()
    >>> df.logging.set_verbosity(df.logging.INFO)
    >>> df.logging.get_verbosity() == df.logging.INFO
    True
    >>> df.logging.set_verbosity(level)
    """
    _LOGGER.setLevel(v)


def log_every_n(level: int, msg: str, n: int, *args: Any) -> None:
    """Log `msg % args` in the first call of a line, and in every `n`th after it.

    >>> import logging, sys
    >>> shown = logging.StreamHandler(sys.stdout)
    >>> logging.getLogger("daskflow").addHandler(shown)
    >>> for step in range(5):
    ...     df.logging.log_every_n(df.logging.WARN, "step %d", 2, step)
    step 0
    step 2
    step 4
    >>> logging.getLogger("daskflow").removeHandler(shown)
    """
    log_if(level, msg, _calls() % n == 0, *args)


def log_first_n(level: int, msg: str, n: int, *args: Any) -> None:
    """Log `msg % args` in the first `n` calls of a line.

    >>> import logging, sys
    >>> shown = logging.StreamHandler(sys.stdout)
    >>> logging.getLogger("daskflow").addHandler(shown)
    >>> for step in range(5):
    ...     df.logging.log_first_n(df.logging.WARN, "step %d", 2, step)
    step 0
    step 1
    >>> logging.getLogger("daskflow").removeHandler(shown)
    """
    log_if(level, msg, _calls() < n, *args)


def log_if(level: int, msg: str, condition: Any, *args: Any) -> None:
    """Log `msg % args` if the condition holds.

    >>> import logging, sys
    >>> shown = logging.StreamHandler(sys.stdout)
    >>> logging.getLogger("daskflow").addHandler(shown)
    >>> for loss in 0.5, np.nan:
    ...     df.logging.log_if(df.logging.WARN, "loss is %f", np.isnan(loss), loss)
    loss is nan
    >>> logging.getLogger("daskflow").removeHandler(shown)
    """
    if condition:
        log(level, msg, *args)


def _calls() -> int:
    """How often the line of the program that logs has done so before."""
    frame = sys._getframe(2)
    line = frame.f_code.co_filename, frame.f_lineno
    _CALLS[line] += 1
    return _CALLS[line] - 1
