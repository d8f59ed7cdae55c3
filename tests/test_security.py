"""Who gets into a cluster, what is said of one that is open, and what nobody sees."""

import io
import logging
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import time
import traceback
import urllib.request
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from threading import Lock
from typing import Any

import dask
import numpy as np
import pytest
from distributed import Client, Security, performance_report

import daskflow as df
from daskflow import Session, errors, schedulers

RECIPE = (Path(__file__).parents[1] / "docs/security.md").read_text()


# Encrypted connections


def make_certificates(folder: Path) -> None:
    """Run the recipe's commands."""
    if shutil.which("openssl") is None:
        pytest.skip("the recipe needs the program openssl")
    for command in re.findall(r"^\$ (.*openssl .*)$", RECIPE, re.MULTILINE):
        subprocess.run(["bash", "-ec", command], cwd=folder, check=True)


def options_of(command: str) -> list[str]:
    """What the recipe gives to `dask scheduler` or `dask worker`."""
    [line] = re.findall(rf"^\$ dask {command} (?:\S+ )??(--.*)$", RECIPE, re.MULTILINE)
    return shlex.split(line)


@pytest.fixture(scope="module")
def encrypted(launched: Any) -> Iterator[Any]:
    """A cluster as in the recipe; the certificates are in its folder."""
    with launched() as cluster:
        make_certificates(cluster.folder)
        cluster.scheduler(*options_of("scheduler"))
        cluster.worker(*options_of("worker"))
        yield cluster


def security(folder: Path, authority: Path | None = None) -> Security:
    return Security(
        require_encryption=True,
        tls_ca_file=str((authority or folder) / "ca.pem"),
        tls_client_cert=str(folder / "client.pem"),
        tls_client_key=str(folder / "client.key"),
    )


def test_the_recipe_makes_a_cluster_and_a_session_on_it(
    encrypted: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert encrypted.address.startswith("tls://127.0.0.1:")
    [program] = re.findall(r"```python\n(from .*?)```", RECIPE, re.DOTALL)
    program = program.replace("tls://scheduler:8786", encrypted.address)
    monkeypatch.chdir(encrypted.folder)
    names: dict[str, Any] = {"df": df}
    exec(program, names)
    w = df.Variable(1.0)
    with names["session"] as session:
        assert session.run(w.assign_add(1.0)) == 2.0


def test_only_the_authority_s_key_can_sign(encrypted: Any) -> None:
    for name, is_one in [("ca", True), ("client", False), ("worker", False)]:
        text = subprocess.run(
            ["openssl", "x509", "-in", f"{name}.pem", "-noout", "-text"],
            cwd=encrypted.folder,
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        assert ("CA:TRUE" in text) is is_one


def test_dask_s_configuration_may_have_the_certificates(encrypted: Any) -> None:
    folder = encrypted.folder
    settings = {
        "distributed.comm.tls.ca-file": str(folder / "ca.pem"),
        "distributed.comm.tls.client.cert": str(folder / "client.pem"),
        "distributed.comm.tls.client.key": str(folder / "client.key"),
    }
    with dask.config.set(settings), Session(encrypted.address) as session:
        assert session.run(df.Variable(1.0) + 1.0) == 2.0


def test_a_client_of_another_authority_is_refused(
    encrypted: Any, tmp_path: Path
) -> None:
    make_certificates(tmp_path)
    for stranger in (
        security(tmp_path),  # does not know the scheduler
        security(tmp_path, authority=encrypted.folder),  # and is not known to it
    ):
        with pytest.raises(errors.UnavailableError, match="own authority") as caught:
            Session(encrypted.address, security=stranger)
        assert isinstance(caught.value.__cause__, OSError)


def test_a_client_without_certificates_is_refused(encrypted: Any) -> None:
    for none in (None, Security(), Security(require_encryption=True)):
        with pytest.raises(errors.UnavailableError, match="security=Security"):
            Session(encrypted.address, security=none)
    with pytest.raises(errors.UnavailableError, match="no Dask scheduler answers"):
        Session(encrypted.address.replace("tls:", "tcp:"))


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("tls://127.0.0.1:1", "there are no certificates"),
        ("tcp://127.0.0.1:1", "configuration asks for a tls:// address"),
    ],
)
def test_a_program_that_lacks_encryption_ends(address: str, reason: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", f"import daskflow as df; df.Session({address!r})"],
        env={**os.environ, "DASK_DISTRIBUTED__COMM__REQUIRE_ENCRYPTION": "True"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert "UnavailableError: no Dask scheduler answers" in ended.stderr
    assert reason in ended.stderr


def test_a_program_with_the_address_of_a_server_of_tensorflows_ends() -> None:
    ended = subprocess.run(
        [sys.executable, "-X", "dev", "-c", _SERVER], capture_output=True, text=True
    )
    assert ended.stdout == "unknown address scheme 'grpc', and no client is left\n"


_SERVER = """
import gc
import daskflow as df
from distributed import Client
try:
    df.Session("grpc://localhost:2222")
except df.errors.UnavailableError as error:
    left = any(isinstance(thing, Client) for thing in gc.get_objects())
    assert not left
    print(str(error).split(": ")[2].partition(" (")[0] + ", and no client is left")
"""


@pytest.mark.parametrize("scheduler", [None, "threads", "sync", dask.get])
def test_security_goes_with_an_address(scheduler: Any) -> None:
    with pytest.raises(errors.SessionError, match="goes with an address"):
        Session(scheduler, security=Security())


def test_security_does_not_go_with_a_client(client: Client) -> None:
    for scheduler in (client, client.cluster):
        with pytest.raises(errors.SessionError, match="goes with an address"):
            Session(scheduler, security=Security())


def test_security_is_not_ignored_on_a_plain_address() -> None:
    with pytest.raises(errors.SessionError, match="tls://, got 'tcp://127.0.0.1:1'"):
        Session("tcp://127.0.0.1:1", security=Security())


# Open connections


@pytest.fixture
def own_address(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An address of this machine that others may reach, with no scheduler there.

    None is put there: whoever runs the tests may not trust the network.
    """
    monkeypatch.setattr(schedulers, "_warned", set())
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing
        except OSError:
            pytest.skip("this machine has no address but loopback")
        address = probe.getsockname()[0]
    with (
        socket.socket() as taken,
        dask.config.set({"distributed.comm.timeouts.connect": "300ms"}),
    ):
        taken.bind((address, 0))  # and does not listen: connections are refused
        yield f"{address}:{taken.getsockname()[1]}"


def warned_of(*addresses: str) -> list[Any]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for address in addresses:
            with pytest.raises(errors.UnavailableError):
                Session(address)
    return [w for w in caught if w.category is errors.SecurityWarning]


def test_a_plain_connection_to_another_host_warns_once(own_address: str) -> None:
    host = own_address.partition(":")[0]
    address = f"tcp://{own_address}"
    [warning] = warned_of(address, address, f"tcp://{host}:1")
    assert warning.filename == __file__
    text = str(warning.message)
    assert text.startswith(address)
    assert "can run any code" in text
    assert "SecurityWarning" in text


def test_the_warning_can_be_silenced_as_it_says(own_address: str) -> None:
    [warning] = warned_of(f"tcp://{own_address}")
    [advice] = re.findall(r"warnings\.filterwarnings\(.*\)", str(warning.message))
    schedulers._warned.clear()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        exec(advice, {"warnings": warnings, "daskflow": df})
        with pytest.raises(errors.UnavailableError):
            Session(f"tcp://{own_address}")


def test_nothing_is_sent_where_the_warning_is_an_error(own_address: str) -> None:
    for _ in range(2):
        with pytest.raises(errors.SecurityWarning):
            Session(f"tcp://{own_address}")


def test_an_encrypted_connection_does_not_warn(own_address: str) -> None:
    assert not warned_of(f"tls://{own_address}")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.1.2.3", "[::1]"])
def test_a_connection_within_this_machine_does_not_warn(
    host: str, own_address: str
) -> None:
    assert not warned_of(f"tcp://{host}:1")


def test_a_name_server_that_is_slow_holds_nobody_up(own_address: str) -> None:
    begun = time.monotonic()
    assert warned_of("tcp://no-such-host.invalid:1")
    assert time.monotonic() - begun < 20


# What nobody sees


CANARY = 749776148 / 10_000  # source may be seen, and does not have it as it is shown
SHOWN = repr(CANARY)[:7]
"""Its first digits: NumPy may round the others."""


def secrets() -> tuple[Any, Any, Any, dict[Any, Any]]:
    """Tensors on a feed, a variable and a constant, and the feed."""
    value = np.full(3, CANARY)
    x = df.placeholder("float64", [None], name="x")
    w = df.Variable(value, name="w")
    y = df.exp(x * 0.0) * df.constant(value) + w + x
    return x, w, y, {x: [CANARY] * 3}


@pytest.mark.slow
def test_no_value_is_in_a_log_or_on_the_dashboard(
    launched: Any, tmp_path: Path, op_of: Any
) -> None:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    report = tmp_path / "report.html"
    raises = op_of(lambda *values: 1 / 0)
    lock = Lock()
    carries = op_of(lambda *values: lock)
    x, w, y, feeds = secrets()
    with launched() as cluster, watched("distributed", handler):
        cluster.environment["DASK_LOGGING__DISTRIBUTED"] = "debug"
        session = Session(cluster.scheduler())
        cluster.worker()
        client = session._scheduler.client
        texts = []
        with session, client.as_current(), performance_report(str(report)):
            assert session.run([y, w.assign(w + 0.0)], feeds)[0][0] > CANARY
            for fails in (raises(x, w, y), carries(y)):
                with pytest.raises(errors.OpError) as caught:
                    session.run([fails, y], feeds)
                texts += traceback.format_exception(caught.value)
            with during_a_run(session, y, feeds, tmp_path / "begun", op_of):
                texts += texts_of_tasks(client)
                pages = pages_of(client.dashboard_link.removesuffix("/status"))
        assert len(texts) > 10
        assert {"/info/main/workers.html", "/individual-graph", "/status"} <= {*pages}
        logs = {log.name: log.read_text() for log in cluster.folder.glob("*.log")}
    assert all("DEBUG" in log for log in logs.values())
    assert len(logs) == 2
    assert "update-graph" in logs["scheduler.log"]
    logs |= {"client": stream.getvalue(), "report": report.read_text()} | pages
    logs |= {"texts": "\n".join(map(str, texts))}
    assert stream.getvalue()
    assert [name for name, text in logs.items() if SHOWN in text] == []


@contextmanager
def watched(logger: str, handler: logging.Handler) -> Iterator[None]:
    """All that a logger of this process, and those below it, have to say."""
    found = [
        logging.getLogger(name)
        for name in [logger, *logging.Logger.manager.loggerDict]
        if name.partition(".")[0] == logger
    ]
    levels = [each.level for each in found]
    for each in found:
        each.setLevel(logging.DEBUG)
        each.addHandler(handler)
    yield
    for each, level in zip(found, levels, strict=True):
        each.setLevel(level)
        each.removeHandler(handler)


@contextmanager
def during_a_run(
    session: Session, y: Any, feeds: Any, begun: Path, op_of: Any
) -> Iterator[None]:
    """A run that goes on until the block has ended."""
    ended = begun.with_name("ended")

    def wait_between(value: Any) -> Any:
        begun.touch()
        while not ended.exists():
            time.sleep(0.02)
        return value

    waits = op_of(wait_between)(y)
    with ThreadPoolExecutor(1) as pool:
        run = pool.submit(session.run, [waits, y], feeds)
        while not begun.exists() and not run.done():
            time.sleep(0.02)
        try:
            yield
        finally:
            ended.touch()
        run.result()


def texts_of_tasks(client: Client) -> list[str]:
    """All that the scheduler can say of its tasks."""

    def texts(dask_scheduler: Any) -> list[str]:  # travels by value, being in here
        return [
            text(part)
            for key, state in dask_scheduler.tasks.items()
            for part in (
                *(key, state, state.run_spec, state.annotations, state.prefix),
                *getattr(state.run_spec, "args", ()),
            )
            for text in (repr, str)
        ]

    return list(client.run_on_scheduler(texts))


def pages_of(dashboard: str) -> dict[str, str]:
    """The text of each page that a dashboard has, by its path."""
    pages: dict[str, str] = {}
    paths = ["/status", "/info/main/workers.html", "/individual-plots.json"]
    while paths:
        path = paths.pop()
        if path in pages:
            continue
        with urllib.request.urlopen(dashboard + path, timeout=30) as answer:
            pages[path] = answer.read().decode()
        if path.endswith(".json"):
            paths += re.findall(r'"(/individual-[^"]*)"', pages[path])
        links = re.findall(
            r'href="\.\./((?:worker|logs|call-stacks)/[^"]*)"', pages[path]
        )
        paths += [f"/info/{link}" for link in links]
    return pages


BAD_FEEDS = {
    "shape": lambda v: [[v, v]],
    "dtype": lambda v: np.array([v, v], dtype="complex"),
    "text": lambda v: [repr(v)],
    "object": lambda v: [Decimal(v), Decimal(v)],
    "one object": lambda v: Decimal(v),
    "ragged": lambda v: [[v], [v, v]],
    "dict": lambda v: {"value": v},
    "set": lambda v: {v},
}


@pytest.mark.parametrize("kind", BAD_FEEDS)
def test_no_value_is_in_the_message_about_a_feed(kind: str) -> None:
    x = df.placeholder("float32", [2], name="x")
    with Session("sync") as session, pytest.raises(errors.FeedError) as caught:
        session.run(x, {x: BAD_FEEDS[kind](CANARY)})
    assert SHOWN not in "".join(traceback.format_exception(caught.value))


def test_no_value_is_in_the_message_about_a_run(op_of: Any) -> None:
    x, w, y, feeds = secrets()

    def raises(*values: Any) -> Any:
        raise ValueError("for a reason")

    with Session("threads") as session, pytest.raises(errors.OpError) as caught:
        session.run([op_of(raises)(x, w, y), y], feeds)
    assert SHOWN not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize("result", [Decimal, lambda v: {"value": v}, lambda v: {v}])
def test_no_value_is_in_the_message_about_a_result(op_of: Any, result: Any) -> None:
    returns = op_of(lambda v: result(float(v)))(df.placeholder("float64", name="x"))
    with Session("sync") as session, pytest.raises(errors.OpError) as caught:
        session.run(returns, {"x:0": CANARY})
    assert SHOWN not in "".join(traceback.format_exception(caught.value))
