"""The API pages: Markdown, made of signatures and docstrings when the site is built."""

import inspect
import re
import sys
from collections.abc import Iterator
from functools import cache, partial
from pathlib import Path
from types import ModuleType
from typing import Any

from tests.documented import (
    Name,
    is_documentable,
    joined,
    listed,
    members,
    namespaces,
    public_names,
)

HEAD = """\
# API reference

Each name stands here once, and says by what other paths it can be reached. The examples
take three lines for granted, and the tests run every one of them:

```python
>>> import numpy as np
>>> import daskflow as df
>>> session = df.InteractiveSession()

```

With a default session a tensor has a value to ask for, `y.eval()`. Names mean what they
mean in TensorFlow 1.15; [coming from TensorFlow 1](../from-tensorflow.md) says what
differs, and which names are missing.
"""

# The pages for what `import daskflow` brings by itself, and the modules that define it.
TOPICS = {
    "Graphs and sessions": "graph values defaults session gradients graph_def "
    "train.meta_graph run_metadata keys spec config",
    "Variables": "ops.state ops.scopes ops.initializers ops.scatter ops.templates",
    "Element by element": "ops.math ops.functions ops.special",
    "Sums and other reductions": "ops.reduce ops.cumulative ops.segment",
    "Arrays": "ops.array ops.making ops.joining ops.indexing ops.slices ops.gathering "
    "ops.rearranging ops.ordering ops.blocks ops.strings",
    "Matrices and spectra": "ops.linalg ops.products ops.matrices ops.decompositions "
    "ops.fourier ops.clip",
    "Draws and activations": "ops.random ops.nn",
    "Checks, printing, Python": "ops.check ops.printing ops.py_func",
}
FIRST, *_, LAST = TOPICS


def setup(app: Any) -> dict[str, bool]:
    """Write the pages before Sphinx looks for pages."""
    app.connect("builder-inited", lambda app: write(Path(app.srcdir) / "api"))
    return {"parallel_read_safe": True}


def write(folder: Path) -> None:
    """Write all pages, and nothing else, into the folder."""
    folder.mkdir(exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    for name, text in pages().items():
        (folder / f"{name}.md").write_text(text)


def pages() -> dict[str, str]:
    """The text of each page by its name."""
    topics = {slug(title): topic(title) for title in TOPICS}
    spaces = {path: namespace(path, m) for path, m in namespaces().items() if path}
    return topics | spaces | {"index": contents([*topics, *spaces])}


def contents(names: list[str]) -> str:
    """The page that leads to the others."""
    tree = ["```{toctree}", ":hidden:", "", *names, "```", ""]
    top = [f"- [{title}]({slug(title)}.md)" for title in TOPICS]
    rows = [
        f"| [`daskflow.{path}`]({path}.md) | {headline(module)} |"
        for path, module in namespaces().items()
        if path
    ]
    table = ["## Its namespaces", "", "| name | what is in it |", "| --- | --- |"]
    return "\n".join([HEAD, *tree, "## `daskflow`", "", *top, "", *table, *rows, ""])


def slug(title: str) -> str:
    """The name of the page with that title."""
    return title.lower().replace(" ", "-").replace(",", "")


def headline(module: ModuleType) -> str:
    """What a module is for, in a line."""
    return (module.__doc__ or "").partition("\n")[0].rstrip(".")


def topic(title: str) -> str:
    """A page of names of the package itself, in sections by what defines them."""
    top = [name for name in public_names() if not space_of(name.paths[0])]
    sources = [f"daskflow.{module}" for module in TOPICS[title].split()]
    if title == LAST:  # it takes what nobody has thought of
        known = {
            f"daskflow.{m}" for modules in TOPICS.values() for m in modules.split()
        }
        sources += sorted({name.source for name in top} - known)
    lines = [f"# {title}", ""]
    for source in sources:
        lines += [f"## {headline(sys.modules[source])}", ""]
        lines += [entry(name) for name in top if name.source == source]
    if title == FIRST:
        lines += others("", namespaces()[""])
    return "\n".join(lines)


def namespace(path: str, module: ModuleType) -> str:
    """The page of a namespace: what is at home there, and what else it has."""
    home = [name for name in public_names() if space_of(name.paths[0]) == path]
    away = [
        link(name.paths[0])
        for name in public_names()
        if name not in home and path in map(space_of, name.paths)
    ]
    lines = [f"# `daskflow.{path}`", "", markdown(module.__doc__), ""]
    if away:
        lines += [f"Explained elsewhere: {', '.join(away)}.", ""]
    return "\n".join([*lines, *map(entry, home), *others(path, module)])


def space_of(path: str) -> str:
    """The path of the namespace that a path leads through."""
    return path.rpartition(".")[0]


def entry(name: Name) -> str:
    """What explains a class or function."""
    value, (first, *more) = name
    parts = [markdown(value.__doc__)]
    if more:
        parts.insert(0, f"Also {', '.join(f'`{path}`' for path in more)}.")
    if not isinstance(value, type):
        return directive("function", first, signature(value), parts)
    if bases := dict.fromkeys(map(base_text, shown_bases(value))):
        parts.insert(0, f"Derives from {', '.join(bases)}.")
    parts += [member(value, *item) for item in members(value).items()]
    kind = "exception" if issubclass(value, Exception) else "class"
    return directive(kind, first, signature(value), parts, fence=5)


def shown_bases(cls: type) -> Iterator[type]:
    """The nearest bases of which it says something to have them."""
    for base in cls.__bases__:
        if base in known() or issubclass(base, BaseException):
            yield base
        else:
            yield from shown_bases(base)


def base_text(base: type) -> str:
    """A base class, with a link if it is public."""
    return link(known()[base]) if base in known() else f"`{base.__name__}`"


@cache
def known() -> dict[Any, str]:
    """The path of all that is public."""
    return {name.value: name.paths[0] for name in public_names()}


def member(cls: type, name: str, value: Any) -> str:
    """What explains a method or property."""
    text = [markdown(inspect.getdoc(getattr(cls, name)))]
    function = getattr(value, "__func__", value)
    if not inspect.isfunction(function):
        return directive("property", name, "", text)
    skipped = 0 if isinstance(value, staticmethod) else 1
    return directive("method", name, signature(function, skipped), text)


def directive(
    kind: str, name: str, arguments: str, parts: list[str], fence: int = 4
) -> str:
    """A directive of Sphinx's for Python, around what explains it."""
    options = [] if kind in ("method", "property") else [":module: daskflow"]
    head = [f"{'`' * fence}{{py:{kind}}} {name}{arguments}", *options, ""]
    return "\n".join([*head, "\n\n".join(parts), "`" * fence, ""])


def others(path: str, module: ModuleType) -> list[str]:
    """What else is in a namespace: constants, and what others have written."""
    values = {name: getattr(module, name) for name in listed(module)}
    rows = [
        f"| `{joined(path, name)}` | {cell(value)} |"
        for name, value in values.items()
        if not isinstance(value, ModuleType) and not is_documentable(value)
    ]
    head = ["## Constants and others", "", "| name | what it is |", "| --- | --- |"]
    return [*head, *rows, ""] if rows else []


def cell(value: Any) -> str:
    """What a constant is, or who has written a function and what it does."""
    written_by = getattr(value, "__module__", None) or ""
    if isinstance(value, partial):
        settings = ", ".join(f"{k}={default(v)!r}" for k, v in value.keywords.items())
        return f"{link(known()[value.func])} with `{settings}`"
    if not callable(value) or value.__class__ in known():
        return f"`{value!r}`"
    line = (inspect.getdoc(value) or "").partition("\n")[0]
    text = re.sub(r"([<>*|_])", r"\\\1", line.replace(":class:", ""))
    return f"{text} (of `{written_by.partition('._')[0]}`)".strip()


def signature(value: Any, skipped: int = 0) -> str:
    """The parameters, with types where these say something, and the result."""
    try:
        found = inspect.signature(value)
    except ValueError:  # that of an exception without one of its own
        return ""
    parameters = [
        p.replace(annotation=written(p.annotation), default=default(p.default))
        for p in [*found.parameters.values()][skipped:]
    ]
    result = None if isinstance(value, type) else found.return_annotation
    return str(inspect.Signature(parameters, return_annotation=written(result)))


class Written(str):
    """A piece of a signature that stands there as it is."""

    __slots__ = ()
    __repr__ = str.__str__


def written(annotation: Any) -> Any:
    """An annotation without quotes; none where it says nothing."""
    text = annotation.__name__ if isinstance(annotation, type) else str(annotation)
    is_silent = text in ("Any", "typing.Any", "None") or re.search(r"\b_", text)
    return inspect.Parameter.empty if is_silent else Written(text)


def default(value: Any) -> Any:
    """A default in words that Python could read."""
    if value is inspect.Parameter.empty or not repr(value).startswith("<"):
        return value
    return Written(getattr(value, "__name__", None) or f"{type(value).__name__}()")


def markdown(doc: str | None) -> str:
    """A docstring as Markdown: examples in fences, links from public names."""
    text = CODE.sub(on_one_line, inspect.cleandoc(doc or ""))
    return "\n".join(lines_of(text.splitlines()))


CODE = re.compile(r"(?<!`)`(?:(?!\n\n|>>>)[^`])+`(?!`)")


def on_one_line(code: re.Match[str]) -> str:
    """Code in backticks, of which no line may begin as one of a list does."""
    return re.sub(r"\s*\n\s*", " ", code[0])


def lines_of(lines: list[str]) -> Iterator[str]:
    """The lines, with a fence around each run of examples."""
    is_example = False
    for i, line in enumerate(lines):
        following = next((after for after in lines[i:] if after), "")
        if line.startswith(">>>") and not is_example:
            is_example = True
            yield from ["", "```python"]
        elif is_example and not line and not following.startswith(">>>"):
            is_example = False
            yield "```"
        is_code = is_example or line.startswith("    ")
        yield line if is_code else NAME.sub(linked, line)
    if is_example:
        yield "```"


NAME = re.compile(r"(?<!`)`([A-Za-z_][\w.]*)`(?!`)")


def linked(match: re.Match[str]) -> str:
    """A name in backticks as a link, where it can only be a public one."""
    path = re.sub(r"^(tf|df|daskflow)\.", "", match[1])
    is_sure = "." in match[1] or path[0].isupper()
    return link(path) if is_sure and path in homes() else match[0]


def link(path: str) -> str:
    """A link to the entry of that path."""
    return f"{{py:obj}}`{path} <daskflow.{homes()[path]}>`"


@cache
def homes() -> dict[str, str]:
    """The first path of each name by each of its paths."""
    return {path: name.paths[0] for name in public_names() for path in name.paths}
