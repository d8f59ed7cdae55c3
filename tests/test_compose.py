"""The cluster of docker-compose.yml: a training run outlives one of its workers."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from distributed import Client

ROOT = Path(__file__).parents[1]
WORKERS = 3
BUILD_SECONDS = 600
RUN_SECONDS = 600


def output(*command: str, **settings: Any) -> str:
    """What the command prints; where it fails, that is in the error."""
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, **settings
    )
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}{done.stderr}"
    return str(done.stdout).strip()


def works(*command: str) -> bool:
    if shutil.which(command[0]) is None:
        return False
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def compose_command() -> tuple[str, ...]:
    """Docker Compose as the plugin or as the older program; else skip."""
    if not works("docker", "info"):
        pytest.skip("no Docker engine answers")
    for command in [("docker", "compose"), ("docker-compose",)]:
        if works(*command, "version"):
            return command
    pytest.skip("Docker Compose is not installed")


def wait_until(condition: Callable[[], Any], what: str, seconds: float) -> Any:
    """The first true value of `condition`."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, f"no {what} within {seconds} s"
        time.sleep(0.01)
    return value


def free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


class Cluster:
    """A scheduler and workers in containers of their own."""

    def __init__(self, compose: Sequence[str]) -> None:
        self.project = f"daskflow-test-{os.getpid()}"
        self.compose = (*compose, "-p", self.project)
        port, dashboard = free_ports(2)
        self.address = f"tcp://localhost:{port}"
        self.environ = {
            **os.environ,
            "DASKFLOW_PORT": str(port),
            "DASKFLOW_DASHBOARD_PORT": str(dashboard),
        }

    def do(self, *command: str) -> str:
        """Have Docker Compose do it."""
        return output(
            *self.compose, *command, cwd=ROOT, env=self.environ, timeout=BUILD_SECONDS
        )

    def containers(self, service: str = "") -> dict[str, str]:
        """The address of each container, stopped ones included."""
        labels = [f"label=com.docker.compose.project={self.project}"]
        if service:
            labels.append(f"label=com.docker.compose.service={service}")
        filters = [part for label in labels for part in ("--filter", label)]
        ids = output("docker", "ps", "--all", "--quiet", *filters).split()
        address = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}"
        return {i: output("docker", "inspect", "--format", address, i) for i in ids}


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    cluster = Cluster(compose_command())
    try:
        cluster.do("up", "--detach", "--build", "--scale", f"worker={WORKERS}")
        yield cluster
    finally:
        cluster.do("down", "--volumes", "--remove-orphans", "--timeout", "5")
    assert cluster.containers() == {}


@pytest.fixture
def client(cluster: Cluster) -> Iterator[Client]:
    with Client(cluster.address, timeout=60) as client:
        client.wait_for_workers(WORKERS, timeout=60)
        yield client


class Training:
    """`examples/digits.py` on a cluster, and the lines that it has printed so far."""

    def __init__(self, address: str, folder: Path) -> None:
        script = str(ROOT / "examples" / "digits.py")
        self.process = subprocess.Popen(
            [sys.executable, "-u", script, "--scheduler", address],
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.lines: deque[str] = deque()
        self.reader = Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as lines:
            self.lines.extend(lines)

    @property
    def text(self) -> str:
        return "".join(list(self.lines))

    @property
    def running(self) -> bool:
        return self.process.poll() is None

    def epochs(self) -> int:
        return self.text.count("epoch")

    def end(self, seconds: float) -> int:
        """Its exit code."""
        code = self.process.wait(seconds)
        self.reader.join(seconds)
        return code


@pytest.fixture
def training(cluster: Cluster, client: Client, tmp_path: Path) -> Iterator[Training]:
    training = Training(cluster.address, tmp_path)
    yield training
    training.process.kill()
    training.end(10)


def busy_worker(client: Client, training: Training) -> str | None:
    """The address of a worker that has a task of the training now."""
    assert training.running, training.text
    processing = client.processing()
    return next((address for address, keys in processing.items() if keys), None)


def accuracy(text: str) -> float:
    found = re.search(r"test accuracy\D*([\d.]+)", text)
    assert found, text
    return float(found[1])


@pytest.mark.docker
# The image's Python may differ from this one in its last number.
@pytest.mark.filterwarnings("ignore:Mismatched versions found")
def test_training_goes_on_when_a_worker_is_killed(
    cluster: Cluster, client: Client, training: Training
) -> None:
    workers = {address: i for i, address in cluster.containers("worker").items()}
    wait_until(lambda: training.epochs() or not training.running, "epoch", RUN_SECONDS)
    address = wait_until(lambda: busy_worker(client, training), "busy worker", 60)
    [host] = re.findall(r"//(.*):", address)

    output("docker", "kill", "--signal", "KILL", workers[host])
    assert training.running, f"it had ended before the kill:\n{training.text}"
    before = training.epochs()

    assert training.end(RUN_SECONDS) == 0, training.text
    assert training.epochs() > before, f"no epoch after the kill:\n{training.text}"
    assert accuracy(training.text) >= 0.95
    assert len(client.scheduler_info(n_workers=-1)["workers"]) == WORKERS - 1
