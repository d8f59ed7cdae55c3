"""Names that a public module does not have: loaded when asked for, or missing."""

import importlib
import sys
from collections.abc import Collection
from typing import Any, NoReturn

NAMESPACES = ("data", "estimator", "feature_column", "keras", "saved_model")
"""Namespaces of TensorFlow that are missing as a whole: the name in them is told."""

MESSAGES = {
    "Event": "event",
    "SessionLog": "event",
    "Summary": "summary",
    "SummaryMetadata": "summary",
    "TaggedRunMetadata": "event",
}
"""Messages that the tensorboard package brings, and where: `tf.Summary` for one."""


class Namespace:
    """A namespace that is not there; whatever is taken from it is missing."""

    _name = ""  # of a copy, until it is whole

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> NoReturn:
        raise _missing(f"{self._name}.{name}")


def tell_missing(module: str, later: Collection[str] = ()) -> None:
    """Give the public module of that name in the package its `__getattr__`.

    A submodule of those to import `later` is imported when somebody asks for it; what
    else is not there is missing, and what is said of it helps. A type checker does not
    see any of it, and tells of a missing name by itself.
    """
    prefix = module.partition(".")[2]

    def __getattr__(name: str) -> Any:  # noqa: N807
        if name in later:
            return importlib.import_module(f"{module}.{name}")
        full = f"{prefix}.{name}" if prefix else name
        if full in NAMESPACES:
            return Namespace(full)
        if name in MESSAGES and prefix in ("", "summary"):
            return getattr(protobuf(MESSAGES[name]), name)
        raise _missing(full)

    vars(sys.modules[module])["__getattr__"] = __getattr__


def protobuf(name: str) -> Any:
    """The module of that name with messages that TensorBoard reads."""
    try:
        return importlib.import_module(f"tensorboard.compat.proto.{name}_pb2")
    except ImportError as error:
        raise AttributeError(
            f"the messages of {name!r} come with the tensorboard package: "
            "pip install 'daskflow[tensorboard]'"
        ) from error


def _missing(name: str) -> AttributeError:
    return AttributeError(f"daskflow has no {name!r}; see docs/from-tensorflow.md")
