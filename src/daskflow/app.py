"""The names of `tf.app`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from daskflow import flags
from daskflow.missing import tell_missing

__all__ = ["flags", "run"]

tell_missing(__name__)


def run(
    main: Callable[[Sequence[str]], Any] | None = None,
    argv: Sequence[str] | None = None,
) -> NoReturn:
    r"""Read the flags of the command line, call `main` with the rest, and exit.

    `main` is that of the script unless given; `argv` is `sys.argv`.

    >>> import subprocess, sys
    >>> program = "import daskflow as df; df.app.run(lambda argv: print(argv[1:]))"
    >>> subprocess.check_output([sys.executable, "-c", program, "data.csv"], text=True)
    "['data.csv']\n"
    """
    main = main or sys.modules["__main__"].main

    def parse(args: Sequence[str]) -> Any:
        return flags.FLAGS(args, known_only=True)

    flags.absl("app").run(main, argv, flags_parser=parse)
    raise AssertionError("absl's run exits")
