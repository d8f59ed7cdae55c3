"""The command `daskflow`: what there is, a run, a look at its plan, a cluster."""

from __future__ import annotations

import argparse
import importlib
import json
import os
import platform
import re
import signal
import socket
import sys
import threading
import traceback
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from importlib import metadata
from itertools import compress
from multiprocessing import resource_tracker
from types import ModuleType
from typing import Any, NamedTuple, NoReturn

import numpy as np
from dask.base import named_schedulers
from dask.system import CPU_COUNT
from threadpoolctl import threadpool_info

from daskflow.errors import DaskflowError, OpError, UnknownNameError
from daskflow.graph import Graph, Operation, Tensor, get_default_graph
from daskflow.session import Session
from daskflow.train.saver import Saver

Node = Tensor | Operation


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line says, and give the status to exit with.

    0 where it was done, 1 where a run failed, 2 where the line asks for what cannot
    be; then stderr says so.
    """
    options = _parser().parse_args(arguments)
    if os.getcwd() not in sys.path:  # as with `python -m`, also for the workers
        sys.path.insert(0, os.getcwd())
    try:
        options.command(options)
    except (DaskflowError, OSError) as error:
        print(f"{options.prog}: error: {error}", file=sys.stderr)
        return 1 if isinstance(error, OpError | OSError) else 2
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    return 0


class UsageError(DaskflowError):
    """A command line that asks for what is not there."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Say it in one line; `--help` has the usage."""
        self.exit(2, f"{self.prog}: error: {message}\n")


# The words


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="daskflow",
        description="TensorFlow 1's graphs on NumPy, run by Dask.",
        epilog="`daskflow COMMAND --help` says more of each, with an example.",
    )
    commands = parser.add_subparsers(metavar="COMMAND", required=True)

    info = _command(commands, "info", _info, "say what is installed here", _INFO)
    info.add_argument("--json", action="store_true", help="as JSON")

    run = _command(commands, "run", _run, "compute nodes of a module's graph", _RUN)
    _add_request(run)
    run.add_argument(
        "--steps", type=_positive, default=1, metavar="N", help="how many runs (1)"
    )
    run.add_argument(
        "--restore", metavar="CHECKPOINT", help="begin with the variables of it"
    )
    run.add_argument(
        "--save",
        type=_path,
        metavar="CHECKPOINT",
        help="save the variables to it at the end",
    )
    run.add_argument(
        "--out",
        type=partial(_path, suffixes=(".npy", ".npz")),
        metavar="FILE",
        help="write the values instead of printing them: one to FILE.npy, any number "
        "to FILE.npz, each under the words that ask for it",
    )

    explain = _command(
        commands, "explain", _explain, "say what a run would do, and run nothing", _EX
    )
    _add_request(explain)
    explain.add_argument(
        "--picture",
        type=partial(_path, suffixes=(".svg", ".png", ".dot")),
        metavar="FILE",
        help="draw it too: FILE.svg, FILE.png, FILE.dot",
    )

    cluster = _command(
        commands, "cluster", _cluster, "run a Dask cluster on this machine", _CLUSTER
    )
    cluster.add_argument(
        "--workers",
        type=_positive,
        default=CPU_COUNT,
        metavar="N",
        help=f"processes (as many as cores: {CPU_COUNT})",
    )
    cluster.add_argument(
        "--threads", type=_positive, default=1, metavar="N", help="of each worker (1)"
    )
    cluster.add_argument(
        "--port", type=_port, default=8786, help="of the scheduler (8786); 0 is any"
    )
    cluster.add_argument(
        "--dashboard-port",
        type=_port,
        default=8787,
        metavar="PORT",
        help="of its pages for a browser (8787)",
    )
    return parser


_INFO = """\
Versions, cores, BLAS, schedulers that a session takes, extras.

  daskflow info --json"""

_RUN = """\
Import a module and compute nodes of its graph.

  daskflow run model:loss --feed x=points.npy --feed rate=0.1
  daskflow run model:train model:loss --feed x=points.npy --steps 100 --save trained
  daskflow run model:y --feed x=points.npy --restore trained --out y.npy

Of several values each is printed behind the words that ask for it."""

_EX = """\
Say what a run would do: what is left out, what runs together, what bounds its time.

  daskflow explain model:loss --feed x=points.npy --picture plan.svg"""

_CLUSTER = """\
Run a Dask cluster with a dashboard until Ctrl-C. All of it listens on 127.0.0.1.

  daskflow cluster --workers 4
  daskflow run model:loss --feed x=points.npy --scheduler tcp://127.0.0.1:8786"""


def _command(
    commands: Any, name: str, command: Any, summary: str, description: str
) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(
        name,
        help=summary,
        description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(command=command, prog=parser.prog)
    return parser


def _add_request(parser: argparse.ArgumentParser) -> None:
    """What `run` and `explain` have in common."""
    parser.add_argument(
        "fetches",
        type=_fetch,
        nargs="+",
        metavar="MODULE:FETCH",
        help="a module, as `python -m` finds it, and a tensor, variable or operation: "
        "an attribute of the module, or a name in the graph that it builds",
    )
    parser.add_argument(
        "--feed",
        type=_feed,
        action="append",
        default=[],
        metavar="X=VALUE",
        help="the value of a tensor, found as fetches are: a .npy file, or numbers as "
        "JSON has them (3.5, [1, 2])",
    )
    parser.add_argument(
        "--scheduler",
        metavar="NAME",
        help="threads (unless Dask's configuration has another one), sync, processes, "
        "or an address such as tcp://host:8786",
    )


class _Word(NamedTuple):
    """`module:name`, as it was written."""

    module: str
    name: str

    def __str__(self) -> str:
        return f"{self.module}:{self.name}"


def _fetch(text: str) -> _Word:
    module, _, name = text.partition(":")
    if not module or module.startswith(".") or not name:
        raise argparse.ArgumentTypeError(
            f"wanted MODULE:FETCH, such as model:loss, got {text!r}"
        )
    return _Word(module, name)


def _feed(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise argparse.ArgumentTypeError(
            f"wanted X=VALUE, such as x=points.npy or rate=0.1, got {name!r}"
        )
    if value.endswith(".npy"):
        return name, _loaded(value)
    try:
        return name, json.loads(value)
    except (ValueError, RecursionError) as error:  # whose text is not of the value
        raise argparse.ArgumentTypeError(
            f"{name!r} takes a .npy file, or numbers as JSON has them ({error})"
        ) from None


def _loaded(path: str) -> Any:
    try:
        with open(path, "rb") as file:
            return np.lib.format.read_array(file, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        reason = getattr(error, "strerror", None) or error
        raise argparse.ArgumentTypeError(f"cannot read {path!r}: {reason}") from None


def _positive(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"wanted 1 or more, got {text!r}")
    return int(text)


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65_535:
        raise argparse.ArgumentTypeError(f"wanted 0 to 65535, got {text!r}")
    return int(text)


def _path(text: str, suffixes: tuple[str, ...] = ("",)) -> str:
    """A file that can be written when there is something to write."""
    if not text.endswith(suffixes):
        raise argparse.ArgumentTypeError(
            f"wanted a name that ends in {' or '.join(suffixes)}, got {text!r}"
        )
    if not os.path.isdir(os.path.dirname(text) or os.curdir):
        raise argparse.ArgumentTypeError(f"{text!r} is in a folder that is not there")
    return text


# info


def _info(options: argparse.Namespace) -> None:
    versions = {"daskflow": "daskflow", "NumPy": "numpy", "Dask": "dask"}
    versions["distributed"] = "distributed"
    found = {
        "Python": platform.python_version(),
        **{title: _version(name) for title, name in versions.items()},
        "cores": CPU_COUNT,
        "BLAS": [
            {
                "library": library["internal_api"],
                "version": library["version"],
                "threads": library["num_threads"],
            }
            for library in threadpool_info()
            if library["user_api"] == "blas"
        ],
        "schedulers": [*sorted(named_schedulers), "tcp://HOST:PORT", "tls://HOST:PORT"],
        "extras": _extras(),
    }
    if options.json:
        print(json.dumps(found, indent=2))
        return
    for title, value in found.items():
        print(f"{title:<12}", _INFO_TEXT.get(title, str)(value))


def _version(distribution: str) -> str | None:
    """The installed version; None where there is none. Nothing is imported."""
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None


def _extras() -> dict[str, dict[str, str | None]]:
    """What each of daskflow's extras asks for, and which version is here."""
    extras: dict[str, dict[str, str | None]] = {}
    for line in metadata.requires("daskflow") or ():
        if asked := re.match(r"([\w.-]+).*; extra == .(\w+)", line):
            package, extra = asked.groups()
            extras.setdefault(extra, {})[package] = _version(package)
    theirs = {"dev", "docs"}  # of those who work on daskflow itself
    return {extra: parts for extra, parts in extras.items() if extra not in theirs}


_INFO_TEXT: dict[str, Callable[[Any], str]] = {
    "BLAS": lambda found: "; ".join(
        f"{blas['library']} {blas['version']}, {blas['threads']} threads"
        for blas in found
    ),
    "schedulers": ", ".join,
    "extras": lambda extras: "\n             ".join(
        f"{extra}: " + ", ".join(f"{p} {v or 'is missing'}" for p, v in parts.items())
        for extra, parts in extras.items()
    ),
}


# run and explain


def _run(options: argparse.Namespace) -> None:
    graph, fetches, feeds = _request(options)
    valued = [type(fetch) is not Operation for fetch in fetches]
    if options.out and options.out.endswith(".npy") and sum(valued) != 1:
        raise UsageError(
            f"{options.out!r} takes one value, got {sum(valued)}; a .npz file takes any"
        )
    with Session(options.scheduler, graph) as session:
        saver = Saver(allow_empty=not (options.restore or options.save))
        if options.restore:
            saver.restore(session, options.restore)
        runs = session.stream(fetches, (feeds for _ in range(options.steps)))
        [values] = deque(runs, maxlen=1)
        if options.save:
            saver.save(session, options.save)
    named = zip(map(str, options.fetches), values, strict=True)
    results = dict(compress(named, valued))
    if options.out:
        _write(options.out, results)
    else:
        _print(results)


def _explain(options: argparse.Namespace) -> None:
    graph, fetches, feeds = _request(options)
    with Session(options.scheduler, graph) as session:
        print(session.explain(fetches, feeds))
        if options.picture:
            session.visualize(fetches, feeds, options.picture)


def _request(
    options: argparse.Namespace,
) -> tuple[Graph, list[Node], dict[Node, Any]]:
    """The graph that the modules build, what to fetch of it, and what to feed."""
    modules = {word.module: _imported(word.module) for word in options.fetches}
    found = [getattr(modules[m], name, None) for m, name in options.fetches]
    graph = next(filter(None, map(_graph_of, found)), get_default_graph())
    fetches = [_node(name, [modules[m]], graph) for m, name in options.fetches]
    feeds: dict[Node, Any] = {}
    for name, value in options.feed:
        node = _node(name, list(modules.values()), graph)
        if node in feeds:
            raise UsageError(f"{node.name!r} is fed twice")
        feeds[node] = value
    return graph, fetches, feeds


def _imported(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except Exception as error:
        missing = isinstance(error, ModuleNotFoundError) and error.name
        if missing and f"{name}.".startswith(f"{missing}."):
            raise UsageError(
                f"no module {name!r} in {os.getcwd()!r} or where Python looks; wanted "
                "its name as `python -m` takes it"
            ) from None
        # The module's own mistake: the traceback begins where the module does.
        trace = error.__traceback__
        while trace and _is_machinery(trace.tb_frame.f_code.co_filename):
            trace = trace.tb_next
        traceback.print_exception(error.with_traceback(trace))
        raise SystemExit(1) from None


def _is_machinery(filename: str) -> bool:
    return filename == __file__ or "importlib" in filename


def _node(name: str, modules: Iterable[ModuleType], graph: Graph) -> Node:
    """The node that is an attribute of a module, or has that name in the graph."""
    found = [getattr(module, name) for module in modules if hasattr(module, name)]
    try:
        node = graph.as_graph_element(next(filter(_graph_of, found), name))
    except UnknownNameError as error:
        kinds = [f"its {name!r} is a {type(value).__name__}" for value in found]
        raise UsageError(
            f"{' and '.join(module.__name__ for module in modules)}: wanted a tensor, "
            "variable or operation, as an attribute or by its name in the graph: "
            + (kinds[0] if kinds else str(error))
        ) from None
    if type(node) is not Operation or not node.outputs:
        return node
    if len(node.outputs) > 1:
        names = " or ".join([repr(output.name) for output in node.outputs])
        raise UsageError(f"{node.name!r} has several outputs: name {names}")
    return node.outputs[0]  # whoever names it wants what it computes


def _graph_of(value: Any) -> Graph | None:
    graph = getattr(value, "graph", None)
    return graph if isinstance(graph, Graph) else None


def _print(results: Mapping[str, Any]) -> None:
    for words, value in results.items():
        label = f"{words} = " if len(results) > 1 else ""
        is_array = isinstance(value, np.ndarray)
        text = np.array2string(value, prefix=label) if is_array else str(value)
        print(label + text)


def _write(path: str, results: Mapping[str, Any]) -> None:
    arrays = {words: np.asarray(value) for words, value in results.items()}
    for words, array in arrays.items():
        if array.dtype.kind in "OSU":
            raise UsageError(f"cannot write {words} to {path!r}: it is text")
    if path.endswith(".npy"):
        [array] = arrays.values()
        np.save(path, array)
    else:
        np.savez(path, **arrays)  # type: ignore[arg-type]


# cluster


def _cluster(options: argparse.Namespace) -> None:
    # Costs a second: only who wants a cluster pays.
    from daskflow.dashboard import page_of

    ports = {"--port": options.port, "--dashboard-port": options.dashboard_port}
    with ExitStack() as taken:  # at the same time: the two cannot share one
        for option, port in ports.items():
            try:
                taken.enter_context(socket.create_server((_HERE, port)))
            except OSError as error:
                reason = os.strerror(error.errno or 0)
                raise UsageError(
                    f"cannot listen on {_HERE}:{port}: {reason}; {option} takes "
                    "another one, 0 takes any"
                ) from None
    with _asked_to_stop() as stop, _local_cluster(options) as cluster:
        print(f"scheduler  {cluster.scheduler_address}")
        print(f"dashboard  {cluster.dashboard_link}")
        print(f"daskflow   {page_of(cluster.dashboard_link)}")
        print("Ctrl-C ends it.", flush=True)
        stop.wait()


_HERE = "127.0.0.1"


@contextmanager
def _local_cluster(options: argparse.Namespace) -> Iterator[Any]:
    # Costs a second: only who wants a cluster pays.
    from distributed import LocalCluster

    # A terminal sends Ctrl-C to the workers too. They inherit from the thread that
    # starts them that they do not take it, unless starting multiprocessing's own
    # helper has undone that; here it waits until they are there.
    resource_tracker.ensure_running()
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        cluster = LocalCluster(
            n_workers=options.workers,
            threads_per_worker=options.threads,
            host=_HERE,
            scheduler_port=options.port,
            dashboard_address=f"{_HERE}:{options.dashboard_port}",
            scheduler_kwargs={"preload": "daskflow.dashboard"},
        )
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
    with cluster:
        yield cluster


@contextmanager
def _asked_to_stop() -> Iterator[threading.Event]:
    """Is set by Ctrl-C or SIGTERM, which do nothing else meanwhile."""
    stop = threading.Event()
    outer = {
        number: signal.signal(number, lambda *_: stop.set())
        for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield stop
    finally:
        for number, handler in outer.items():
            signal.signal(number, handler)
