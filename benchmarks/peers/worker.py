"""The process of a peer: reads what to measure, answers how long it took."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from functools import partial
from importlib.metadata import version

from benchmarks.measure import Function, Timer, seconds

Prepare = Callable[..., Function]


def serve(package: str, module: str, cases: Mapping[str, Prepare]) -> None:
    """Answer until the pipe is closed; only the last case is kept prepared."""
    pipe = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # whatever a library prints is no answer
    print(
        json.dumps({"version": version(package), "cases": [*cases, "imports"]}),
        file=pipe,
    )
    prepared, timer = None, None
    for line in sys.stdin:
        *request, calls = json.loads(line)
        try:
            if request != prepared:
                timer = None  # frees the last one
                timer, prepared = _timer(module, cases, *request), request
            answer = {"seconds": timer(calls)}
        except KeyError:
            answer = {"error": "has none"}
        except Exception as error:
            answer = {"error": type(error).__name__}
        print(json.dumps(answer), file=pipe)


def _timer(
    module: str, cases: Mapping[str, Prepare], case: str, arguments: list[object]
) -> Timer:
    if case == "imports":
        return lambda calls: import_time(module)
    if case.startswith("first_"):
        return lambda calls: seconds(cases[case](*arguments))
    function = cases[case](*arguments)
    for _ in range(3):  # it may compile
        function()
    return partial(seconds, function)


def import_time(modules: str) -> float:
    """How long a new process takes to import them."""
    code = (
        "from time import perf_counter as now; start = now(); "
        f"import {modules}; print(now() - start)"
    )
    command = [sys.executable, "-c", code]
    # Compiled modules are kept, as where anything is installed.
    env = {**os.environ, "PYTHONDONTWRITEBYTECODE": ""}
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=env)
    return float(done.stdout)
