"""What is public, and what of it has no docstring or no example.

    python -m tests.documented

prints the public classes and functions that lack a docstring or an example that the
tests run, and public methods and properties without a docstring, each under the module
that defines it.
"""

import doctest
import functools
import inspect
import sys
from collections.abc import Iterator
from itertools import groupby
from types import FunctionType, ModuleType
from typing import Any, NamedTuple

import daskflow
import daskflow.testing
from daskflow.graph import public

OWN = (daskflow.testing,)
"""Public modules that `import daskflow` does not bring."""

MEMBER = (FunctionType, property, classmethod, staticmethod, public)


class Name(NamedTuple):
    """Something public, and the paths that lead to it, the one to say first."""

    value: Any
    paths: list[str]

    @property
    def source(self) -> str:
        """The module that defines it."""
        return str(self.value.__module__)


def namespaces() -> dict[str, ModuleType]:
    """The public modules by their paths, `""` for the package itself."""
    found = {"": daskflow}
    waiting = [("", daskflow)]
    for path, module in waiting:
        for name in listed(module):
            inner = getattr(module, name)
            if isinstance(inner, ModuleType) and inner not in found.values():
                waiting.append((joined(path, name), inner))
                found[joined(path, name)] = inner
    return found | {m.__name__.partition(".")[2]: m for m in OWN}


def joined(path: str, name: str) -> str:
    """The path of a name in the namespace of that path."""
    return f"{path}.{name}" if path else name


def listed(module: ModuleType) -> list[str]:
    """The public names of a namespace: those it lists, or else those it defines."""
    own = vars(module).items()
    defined = [n for n, v in own if is_defined_in(module, v) or isinstance(v, int)]
    return [n for n in getattr(module, "__all__", defined) if not n.startswith("_")]


def is_defined_in(module: ModuleType, value: Any) -> bool:
    """Whether a value is a class or function of the module's own."""
    return is_documentable(value) and value.__module__ == module.__name__


def is_documentable(value: Any) -> bool:
    """Whether it is a class or function of daskflow's: no module, no constant."""
    return (
        isinstance(value, type | FunctionType)
        and value.__module__.partition(".")[0] == "daskflow"
    )


@functools.cache
def public_names() -> tuple[Name, ...]:
    """The classes and functions of all public namespaces, each once."""
    values = [
        (joined(path, name), getattr(module, name), module)
        for path, module in namespaces().items()
        for name in listed(module)
    ]
    values.sort(key=lambda item: distance(*item))
    found: dict[int, Name] = {}
    for path, value, _ in values:
        if is_documentable(value):
            found.setdefault(id(value), Name(value, [])).paths.append(path)
    return tuple(found.values())


def distance(path: str, value: Any, module: ModuleType) -> tuple[bool, bool, bool]:
    """What makes another path the one to say first.

    What a namespace defines by itself is at home there, everything else at the top.
    """
    space, _, name = path.rpartition(".")
    is_its_own = name == getattr(value, "__name__", None)
    return not is_defined_in(module, value), bool(space), not is_its_own


def members(cls: type) -> dict[str, Any]:
    """The public methods and properties of a class, but those of a public base."""
    named = {id(name.value) for name in public_names()}
    own = [
        base
        for base in cls.__mro__
        if base is cls or (is_documentable(base) and id(base) not in named)
    ]
    found: dict[str, Any] = {}
    for base in own:
        for name, value in vars(base).items():
            if not name.startswith("_") and isinstance(value, MEMBER):
                found.setdefault(name, value)
    return found


@functools.cache
def shown(module: str) -> frozenset[int]:
    """The ids of what the tests find an example in the docstring of."""
    source = sys.modules[module]
    tests = doctest.DocTestFinder(exclude_empty=True).find(source, module)
    names = {test.name for test in tests if test.examples}
    return frozenset(id(v) for n, v in vars(source).items() if f"{module}.{n}" in names)


def lacks(name: Name) -> Iterator[str]:
    """What of its documentation is missing, a line for each."""
    path = name.paths[0]
    if not name.value.__doc__:
        yield f"{path}: no docstring"
    elif id(name.value) not in shown(name.source):
        yield f"{path}: no example"
    if isinstance(name.value, type):
        for member in members(name.value):
            if not inspect.getdoc(getattr(name.value, member)):
                yield f"{path}.{member}: no docstring"


def main() -> None:
    """Print what is missing, by the module that defines it."""
    names = sorted(public_names(), key=lambda name: name.source)
    for source, group in groupby(names, key=lambda name: name.source):
        if missing := [line for name in group for line in lacks(name)]:
            print(source, *missing, sep="\n    ")  # noqa: T201


if __name__ == "__main__":
    main()
