"""`daskflow` on a command line: the words it takes, what it prints, how it ends."""

import doctest
import importlib
import json
import os
import re
import runpy
import shlex
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from importlib import metadata
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import numpy as np
import psutil
import pytest

import daskflow as df
from daskflow.command import main
from tests.conftest import wait_for

MODEL = """
import numpy as np
import daskflow as df

x = df.placeholder(df.float32, [None, 2], name="points")
w = df.Variable([[1.0], [2.0]], name="w")
y = df.matmul(x, w, name="line")
loss = df.reduce_mean(df.square(y - 1.0), name="loss")
train = df.train.GradientDescentOptimizer(0.01).minimize(loss, name="train")
texts = df.constant(["a", "text"])
text = df.constant("text")
parts = df.unstack(w, name="parts")
rate = 0.5

class Halved(df.Operation):
    def __init__(self, x):
        super().__init__([x])
    def compute(self, x_value):
        return x_value / 2

halved = Halved(y)
"""

OTHERS = {
    "broken": "import model\nraise LookupError('what the module says')\n",
    "lacking": "import no_such_package\n",
    "unreadable": "x = = 1\n",
    "stuck": """
import daskflow as df
class Stopped(df.Operation):
    def __init__(self):
        super().__init__([])
    def compute(self):
        raise KeyboardInterrupt
y = Stopped()
""",
    "second": "import daskflow as df\nz = df.constant([3, 4], name='z')\n",
    "apart": """
import daskflow as df
with df.Graph().as_default():
    x = df.placeholder(name="x")
    y = x + 1.0
""",
}

POINTS = np.array([[1.0, 2.0], [3.0, 4.0]], np.float32)
LINE = "[[ 5.]\n [11.]]\n"

Done = tuple[int, str, str]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with modules and arrays in it."""
    for name, text in {"model": MODEL, **OTHERS}.items():
        (tmp_path / f"{name}.py").write_text(text)
        monkeypatch.delitem(sys.modules, name, raising=False)
        monkeypatch.setitem(sys.modules, name, sys)  # so that it is undone
        monkeypatch.delitem(sys.modules, name)
    np.save(tmp_path / "points.npy", POINTS)
    np.save(tmp_path / "objects.npy", np.array([{}, None]), allow_pickle=True)
    np.save(tmp_path / "whole.npy", POINTS)
    (tmp_path / "cut.npy").write_bytes((tmp_path / "whole.npy").read_bytes()[:-4])
    (tmp_path / "empty.npy").write_bytes(b"")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    return tmp_path


@pytest.fixture
def command(folder: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., Done]:
    """`command(*words)` gives the status and what is printed, in this process."""

    def command(*words: str) -> Done:
        capsys.readouterr()
        try:
            status = main(words)
        except SystemExit as end:
            status = int(end.code or 0)
        return status, *capsys.readouterr()

    return command


def process(*words: str, **settings: Any) -> subprocess.Popen[str]:
    """`daskflow` in a process and a terminal's group of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "daskflow", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        **settings,
    )


# info


def test_info_tells_versions_and_what_is_there(command: Callable[..., Done]) -> None:
    status, out, err = command("info", "--json")
    found = json.loads(out)
    assert (status, err) == (0, "")
    assert found["daskflow"] == df.__version__
    assert found["distributed"] == metadata.version("distributed")
    assert {"sync", "threads", "processes"} <= {*found["schedulers"]}
    assert {*found["extras"]} == {"examples", "flags", "pictures", "tensorboard"}
    assert found["extras"]["flags"] == {"absl-py": metadata.version("absl-py")}
    assert all(blas["threads"] >= 1 for blas in found["BLAS"])
    assert found["cores"] >= 1


def test_info_reads_as_a_table(
    command: Callable[..., Done], monkeypatch: pytest.MonkeyPatch
) -> None:
    known = metadata.version

    def version(name: str) -> str:
        if name == "tensorboard":
            raise metadata.PackageNotFoundError(name)
        return known(name)

    monkeypatch.setattr(metadata, "version", version)
    status, out, _ = command("info")
    assert status == 0
    assert re.search(rf"^NumPy +{re.escape(np.__version__)}$", out, re.MULTILINE)
    one = r"\w+ [\d.]+, \d+ threads"  # SciPy brings one of its own
    assert re.search(rf"^BLAS +{one}(; {one})*$", out, re.MULTILINE)
    assert re.search(r"^ +tensorboard: tensorboard is missing$", out, re.MULTILINE)


def test_what_only_a_cluster_needs_is_imported_for_a_cluster_alone() -> None:
    program = (
        "import sys; from daskflow.command import main; main(['info']); "
        "sys.exit({'distributed', 'bokeh', 'tornado'} & {*sys.modules} or 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


# run


@pytest.mark.parametrize(
    ("words", "printed"),
    {
        ("model:y", "--feed", "x=points.npy"): LINE,
        ("model:line", "--feed", "points=points.npy"): LINE,
        ("model:line:0", "--feed", "points:0=[[1, 2], [3, 4]]"): LINE,
        ("model:halved", "--feed", "y=[[3]]"): "[[1.5]]\n",
        ("model:w",): "[[1.]\n [2.]]\n",
        ("model:texts",): "[b'a' b'text']\n",
        ("apart:y", "--feed", "x=2.5"): "3.5\n",
        ("second:z", "model:w", "--scheduler", "sync"): (
            "second:z = [3 4]\nmodel:w = [[1.]\n           [2.]]\n"
        ),
        ("model:train", "model:loss", "--feed", "x=points.npy"): "58.0\n",
        ("model:train", "--feed", "x=points.npy"): "",
    }.items(),
)
def test_run_prints_the_values(
    command: Callable[..., Done], words: tuple[str, ...], printed: str
) -> None:
    assert command("run", *words) == (0, printed, "")


def test_run_trains_saves_and_goes_on(
    command: Callable[..., Done], folder: Path
) -> None:
    asked = ("run", "model:train", "model:w", "--feed", "x=points.npy")
    straight = command(*asked, "--steps", "5", "--out", "straight.npz")
    assert straight == (0, "", "")
    assert command(*asked, "--steps", "2", "--save", "two")[0] == 0
    status, *_ = command(
        *(*asked, "--steps", "3", "--restore", "two", "--out", "resumed.npy")
    )
    assert status == 0
    with np.load("straight.npz") as file:
        assert file.files == ["model:w"]
        np.testing.assert_array_equal(file["model:w"], np.load("resumed.npy"))
    assert not np.array_equal(np.load("resumed.npy"), [[1.0], [2.0]])


@pytest.mark.parametrize("scheduler", ["sync", "threads", "processes"])
def test_run_computes_a_class_of_the_module_everywhere(
    folder: Path, scheduler: str
) -> None:
    done = process(
        *("run", "model:halved", "--feed", "x=points.npy", "--scheduler", scheduler),
        *("--out", "halved.npy"),
        cwd=folder,
    )
    assert done.communicate(timeout=60) == ("", "")
    assert done.returncode == 0
    np.testing.assert_array_equal(np.load("halved.npy"), [[2.5], [5.5]])


def test_explain_tells_what_a_session_explains(
    command: Callable[..., Done], folder: Path
) -> None:
    asked = ("explain", "model:loss", "--feed", "x=points.npy")
    status, out, err = command(*asked)
    import model  # type: ignore[import-not-found]

    with df.Session(graph=model.x.graph) as session:
        told = session.explain([model.loss], {model.x: POINTS})
    assert (status, err) == (0, "")
    assert without_times(out) == without_times(told + "\n")
    assert command(*asked, "--picture", "plan.svg")[0] == 0
    assert "loss" in (folder / "plan.svg").read_text()


def without_times(text: str) -> str:
    return re.sub(r"[\d.]+ [mu]?s", "a time", text)


PAGE = (Path(__file__).parents[1] / "docs" / "command-line.md").read_text()


def test_the_page_shows_what_is_printed(
    command: Callable[..., Done], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "line", sys)  # so that it is undone
    monkeypatch.delitem(sys.modules, "line")
    [module] = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    (folder / "line.py").write_text(module)
    np.save("points.npy", np.array([1.0, 2.0, 3.0], np.float32))
    shown = re.findall(r"^\$ daskflow (.*)\n((?:[^$`].*\n)*)", PAGE, re.MULTILINE)
    assert len(shown) == 6
    for words, wanted in shown:
        if words.startswith("cluster"):  # which does not end by itself
            continue
        status, out, err = command(*shlex.split(words))
        assert (status, err) == (0, "")
        same = doctest.OutputChecker().check_output(wanted, out, doctest.ELLIPSIS)
        assert same, out
    np.testing.assert_array_equal(np.load("y.npy"), [2.0, 4.0, 6.0])


# What cannot be


RUN = ("run", "model:y", "--feed", "x=points.npy")
WRONG = {
    (): (2, "required: COMMAND"),
    ("dance",): (2, "invalid choice: 'dance'"),
    ("run",): (2, "required: MODULE:FETCH"),
    ("run", "model"): (2, "wanted MODULE:FETCH, such as model:loss, got 'model'"),
    ("run", ".model:y"): (2, "wanted MODULE:FETCH, such as model:loss, got '.model:y'"),
    ("run", "nobody:y"): (2, "no module 'nobody' in "),
    ("run", "model.py:y"): (2, "no module 'model.py' in "),
    ("run", "model:nothing"): (2, "no operation named 'nothing' in this graph"),
    ("run", "model:rate"): (2, "its 'rate' is a float"),
    ("run", "model:w", "apart:y"): (2, "'add:0' is in another graph"),
    ("run", "model:y"): (1, "placeholder 'points:0' (float32 [?, 2]) needs a value"),
    (*RUN, "--feed", "x=1"): (2, "'points:0' is fed twice"),
    (*RUN, "--feed", "points=1"): (2, "'points:0' is fed twice"),
    (*RUN, "--feed", "train=1"): (2, "cannot feed"),
    (*RUN, "--feed", "q=1"): (2, "no operation named 'q' in this graph"),
    (*RUN, "--feed", "word"): (2, "wanted X=VALUE, such as x=points.npy or rate=0.1"),
    ("run", "model:y", "--feed", "x=1"): (2, "Cannot feed value of shape []"),
    ("run", "model:y", "--feed", "x=secret"): (2, "'x' takes a .npy file, or numbers"),
    ("run", "model:y", "--feed", f"x={'[' * 9999}"): (2, "'x' takes a .npy file, or"),
    ("run", "model:y", "--feed", "x=null"): (2, "expected numbers, got a NoneType"),
    ("run", "model:y", "--feed", "x=no.npy"): (2, "cannot read 'no.npy': No such file"),
    ("run", "model:y", "--feed", "x=cut.npy"): (2, "cannot read 'cut.npy': "),
    ("run", "model:y", "--feed", "x=empty.npy"): (2, "cannot read 'empty.npy': "),
    ("run", "model:y", "--feed", "x=objects.npy"): (
        2,
        "Object arrays cannot be loaded",
    ),
    (*RUN, "--scheduler", "slow"): (2, "a scheduler is a name such as 'threads', "),
    (*RUN, "--steps", "0"): (2, "wanted 1 or more, got '0'"),
    ("run", "model:y", "--steps", "9" * 20): (1, "'points:0' (float32 [?, 2]) needs"),
    (*RUN, "--steps", "few"): (2, "wanted 1 or more, got 'few'"),
    (*RUN, "--restore", "nowhere"): (1, "there is no checkpoint 'nowhere.index'"),
    (*RUN, "--save", "no/where"): (2, "'no/where' is in a folder that is not there"),
    (*RUN, "--out", "y.csv"): (2, "wanted a name that ends in .npy or .npz, got 'y.cs"),
    ("run", "model:w", *RUN[1:], "--out", "y.npy"): (
        2,
        "'y.npy' takes one value, got 2",
    ),
    (*RUN[:1], "model:train", *RUN[2:], "--out", "y.npy"): (2, "one value, got 0"),
    ("run", "model:texts", "--out", "y.npy"): (
        2,
        "cannot write model:texts to 'y.npy'",
    ),
    ("run", "model:text", "--out", "y.npz"): (2, "cannot write model:text to 'y.npz'"),
    ("run", "model:parts"): (
        2,
        "'parts' has several outputs: name 'parts:0' or 'parts:1'",
    ),
    ("run", "second:z", "--save", "z"): (2, "there are no variables to save"),
    ("explain", "model:y"): (
        1,
        "placeholder 'points:0' (float32 [?, 2]) needs a value",
    ),
    ("explain", *RUN[1:], "--picture", "y.jpg"): (2, "ends in .svg or .png or .dot"),
    ("cluster", "--workers", "0"): (2, "wanted 1 or more, got '0'"),
    ("cluster", "--port", "99999"): (2, "wanted 0 to 65535, got '99999'"),
}


@pytest.mark.parametrize(
    ("words", "expected"), WRONG.items(), ids=[" ".join(words)[:70] for words in WRONG]
)
def test_what_is_wrong_is_said_in_a_line(
    command: Callable[..., Done], words: tuple[str, ...], expected: tuple[int, str]
) -> None:
    status, out, err = command(*words)
    line, *where = err.splitlines()
    assert (status, out) == (expected[0], "")
    assert re.match(r"daskflow( \w+)?: error: ", line)
    assert expected[1] in line
    assert not [more for more in where if "made at" not in more]
    assert "secret" not in err


def test_a_file_that_cannot_be_written_is_said_in_a_line(
    command: Callable[..., Done], folder: Path
) -> None:
    (folder / "taken.npy").mkdir()
    status, _, err = command(*RUN, "--out", "taken.npy")
    assert (status, err.count("\n")) == (1, 1)
    assert "taken.npy" in err


def test_an_address_where_nobody_answers_is_said_in_a_line(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"tcp://127.0.0.1:{server.getsockname()[1]}"
    done = process(
        *(*RUN, "--scheduler", address),
        env={**os.environ, "DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "1"},
        cwd=folder,
    )
    out, err = done.communicate(timeout=60)
    assert (done.returncode, out, err.count("\n")) == (1, "", 1)
    assert f"no Dask scheduler answers at {address}" in err


@pytest.mark.parametrize(
    ("module", "last"),
    {
        "broken": "LookupError: what the module says",
        "lacking": "ModuleNotFoundError: No module named 'no_such_package'",
        "unreadable": "SyntaxError: invalid syntax",
    }.items(),
)
def test_of_a_module_that_fails_the_traceback_begins_there(
    command: Callable[..., Done], folder: Path, module: str, last: str
) -> None:
    status, out, err = command("run", f"{module}:y")
    files = re.findall(r'File "(.*?)"', err)
    assert (status, out) == (1, "")
    assert err.endswith(last + "\n")
    assert files[0] == str(folder / f"{module}.py")


def test_an_interrupted_run_has_the_status_of_one(command: Callable[..., Done]) -> None:
    assert command("run", "stuck:y", "--scheduler", "sync") == (130, "", "")


@pytest.mark.parametrize("name", ["info", "run", "explain", "cluster"])
def test_each_command_has_help_with_an_example(
    command: Callable[..., Done], name: str
) -> None:
    status, out, err = command(name, "--help")
    assert (status, err) == (0, "")
    assert f"\n  daskflow {name}" in out
    assert name in command("--help")[1]


def test_the_package_runs_as_the_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    importlib.import_module("daskflow.__main__")  # which alone does nothing
    assert capsys.readouterr().out == ""
    main_file = str(Path(df.__file__).with_name("__main__.py"))
    monkeypatch.setattr(sys, "argv", ["daskflow", "info", "--json"])
    with pytest.raises(SystemExit, match="0"):
        runpy.run_path(main_file, run_name="__main__")
    assert json.loads(capsys.readouterr().out)["daskflow"] == df.__version__


# cluster

ANY_PORTS = ("--port", "0", "--dashboard-port", "0")


class Interrupting:
    """A stdout that sends this process a signal as soon as the cluster is there."""

    def __init__(self, number: int) -> None:
        self.number, self.text = number, ""

    def write(self, text: str) -> None:
        self.text += text

    def flush(self) -> None:
        signal.raise_signal(self.number)


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_cluster_runs_until_it_is_asked_to_stop(
    monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    handlers = [signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM)]
    stdout = Interrupting(number)
    monkeypatch.setattr(sys, "stdout", stdout)
    assert main(["cluster", "--workers", "1", *ANY_PORTS]) == 0
    [shown] = re.findall(r"^\$ daskflow cluster.*\n([^`]*)", PAGE, re.MULTILINE)
    assert re.sub(r":\d+", ":", stdout.text) == re.sub(r":\d+", ":", shown)
    assert handlers == [signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM)]
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, [])


@pytest.mark.parametrize("option", ["--port", "--dashboard-port"])
def test_a_port_that_is_taken_is_named(
    command: Callable[..., Done], option: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        status, out, err = command("cluster", *ANY_PORTS, option, str(port))
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert f"127.0.0.1:{port}: Address already in use; {option} takes another" in err


def test_two_ports_cannot_be_one(command: Callable[..., Done]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = str(server.getsockname()[1])
    status, out, err = command("cluster", "--port", port, "--dashboard-port", port)
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert "Address already in use; --dashboard-port takes another" in err


@contextmanager
def running_cluster(folder: Path) -> Iterator[tuple[Any, str, list[psutil.Process]]]:
    """`daskflow cluster`, its address and the processes that it has started."""
    cluster = process("cluster", "--workers", "2", *ANY_PORTS, cwd=folder)
    try:
        assert cluster.stdout is not None
        _, address = cluster.stdout.readline().split()
        pages = [cluster.stdout.readline().split()[1] for _ in range(2)]
        assert [urlopen(page).status for page in pages] == [200, 200]
        started = psutil.Process(cluster.pid).children(recursive=True)
        yield cluster, address, started
    finally:
        cluster.kill()
        cluster.communicate()


def has_ended(process: psutil.Process) -> bool:
    try:
        return bool(process.status() == psutil.STATUS_ZOMBIE)  # nobody asks for it
    except psutil.NoSuchProcess:
        return True


def listening(*processes: psutil.Process) -> set[str]:
    """The addresses at which any of these can be reached."""
    open_ones = [c for p in processes for c in p.net_connections("inet")]
    return {c.laddr.ip for c in open_ones if c.status == psutil.CONN_LISTEN}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("send", "number"),
    [
        (os.killpg, signal.SIGINT),  # Ctrl-C in a terminal
        (os.kill, signal.SIGINT),
        (os.kill, signal.SIGTERM),
    ],
)
def test_a_cluster_serves_sessions_and_leaves_nothing_behind(
    folder: Path, send: Any, number: int
) -> None:
    with running_cluster(folder) as (cluster, address, started):
        run = process(
            *("run", "model:halved", "--feed", "x=points.npy"),
            *("--scheduler", address, "--out", "halved.npy"),
            cwd=folder,
        )
        assert run.communicate(timeout=60) == ("", "")
        assert listening(psutil.Process(cluster.pid), *started) == {"127.0.0.1"}
        with df.Graph().as_default(), df.Session(address) as session:
            assert session.run(df.reduce_sum(df.constant([1.0, 2.0]))) == 3.0
        send(cluster.pid, number)
        _, err = cluster.communicate(timeout=60)
    assert (cluster.returncode, err) == (0, "")
    np.testing.assert_array_equal(np.load("halved.npy"), [[2.5], [5.5]])
    assert len(started) >= 2
    wait_for(lambda: all(map(has_ended, started)))


@pytest.mark.slow
def test_the_workers_of_a_killed_cluster_end_too(folder: Path) -> None:
    with running_cluster(folder) as (cluster, _, started):
        cluster.kill()
        cluster.wait()
        assert len(started) >= 2
        wait_for(lambda: all(map(has_ended, started)))


@pytest.mark.slow
def test_ctrl_c_while_a_cluster_starts_ends_it_as_well(folder: Path) -> None:
    cluster = process("cluster", "--workers", "2", *ANY_PORTS, cwd=folder)
    try:
        children = partial(psutil.Process(cluster.pid).children, recursive=True)
        wait_for(lambda: len(children()) >= 2)  # a worker is on its way
        started = children()
        os.killpg(cluster.pid, signal.SIGINT)
        _, err = cluster.communicate(timeout=60)
    finally:
        cluster.kill()
    assert (cluster.returncode, err) == (0, "")
    wait_for(lambda: all(map(has_ended, started)))
