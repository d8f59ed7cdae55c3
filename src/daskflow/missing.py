"""What is said of a name that TensorFlow has and daskflow has not."""

from collections.abc import Callable
from typing import Any, NoReturn

NAMESPACES = ("data", "estimator", "feature_column", "keras", "saved_model")
"""Namespaces of TensorFlow that are missing as a whole: the name in them is told."""


class Namespace:
    """A namespace that is not there; whatever is taken from it is missing."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> NoReturn:
        raise _missing(f"{self._name}.{name}")


def missing_from(module: str) -> Callable[[str], Any]:
    """`__getattr__` of the public module of that name in the package."""
    prefix = module.partition(".")[2]

    def __getattr__(name: str) -> Any:  # noqa: N807
        full = f"{prefix}.{name}" if prefix else name
        if full in NAMESPACES:
            return Namespace(full)
        raise _missing(full)

    return __getattr__


def _missing(name: str) -> AttributeError:
    return AttributeError(f"daskflow has no {name!r}; see docs/from-tensorflow.md")
