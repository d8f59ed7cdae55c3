"""The names of `tf.flags`: those of absl-py, an extra, `daskflow[flags]`."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from typing import Any


def absl(part: str) -> Any:
    """The module of absl-py of that name, `"flags"` or `"app"`."""
    try:
        return importlib.import_module(f"absl.{part}")
    except ImportError as error:
        raise AttributeError(
            "flags of the command line come with the absl-py package: "
            "pip install 'daskflow[flags]'"
        ) from error


def __getattr__(name: str) -> Any:
    return getattr(absl("flags"), name)


def _defining(
    kind: str, flag: str, default: Any, argument: str, value: Any
) -> Callable[..., None]:
    """absl's function of that name, with what TensorFlow once called its arguments.

    Its example has a flag, its default, an argument that sets it, and what it is then.
    """

    def define(*args: Any, **kwargs: Any) -> None:
        flags = absl("flags")
        flags.disclaim_key_flags()  # the flag is its caller's, for `--help`
        named = {_RENAMED.get(name, name): value for name, value in kwargs.items()}
        if _is_of_logging((*args, named.get("name"))[0]):
            named["allow_override"] = True
        getattr(flags, kind)(*args, **named)

    define.__name__ = define.__qualname__ = kind
    define.__doc__ = f"""Define a flag, as absl's `{kind}`: its name, default and help.

    >>> df.flags.{kind}({flag!r}, {default!r}, 'what --help says of it')
    >>> df.flags.FLAGS(['train.py', {argument!r}])
    ['train.py']
    >>> df.flags.FLAGS.{flag}
    {value!r}
    >>> del df.flags.FLAGS.{flag}
    """
    return define


def _is_of_logging(flag: str) -> bool:
    """Whether absl's own logging has that flag: `log_dir`, which programs have too."""
    logging, flags = absl("logging"), absl("flags").FLAGS
    return bool(flags.find_module_defining_flag(flag) == logging.__name__)


_RENAMED = {"flag_name": "name", "default_value": "default", "docstring": "help"}

DEFINE_string = _defining("DEFINE_string", "folder", "logs", "--folder=there", "there")
DEFINE_integer = _defining("DEFINE_integer", "steps", 3, "--steps=5", 5)
DEFINE_float = _defining("DEFINE_float", "rate", 0.5, "--rate=2", 2.0)
DEFINE_boolean = _defining("DEFINE_boolean", "fast", False, "--fast", True)
DEFINE_bool = DEFINE_boolean


class _Flags:
    """absl's `FLAGS`, which reads the command line when a flag is first asked for.

    Arguments that are no flags of the program's are left alone.
    """

    def __getattr__(self, name: str) -> Any:
        flags = absl("flags").FLAGS
        if not name.startswith("_") and name in flags and not flags.is_parsed():
            flags(sys.argv, known_only=True)
        return getattr(flags, name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(absl("flags").FLAGS, name, value)

    def __delattr__(self, name: str) -> None:
        delattr(absl("flags").FLAGS, name)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return absl("flags").FLAGS(*args, **kwargs)

    def __contains__(self, name: str) -> bool:
        return name in absl("flags").FLAGS

    def __getitem__(self, name: str) -> Any:
        return absl("flags").FLAGS[name]

    def __iter__(self) -> Iterator[str]:
        return iter(absl("flags").FLAGS)


FLAGS = _Flags()
