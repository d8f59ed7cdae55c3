"""Other libraries, each in an environment and a process of its own.

A worker gets one line per measurement, `[case, arguments, calls]`, and answers with the
seconds that a call took. So all sides of a case can take turns in one run.
"""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.measure import Timer

ROOT = Path(__file__).parents[2]
CACHE = ROOT / ".bench"
PATIENCE = 300.0
"""Seconds for an installation."""

LIMIT = 30.0
"""Seconds for one answer, what a library compiles before it included."""

PEERS = {
    "tensorflow": ("TensorFlow 1", ["tensorflow-cpu"]),
    "jax": ("JAX", ["jax"]),
    "pytensor": ("PyTensor", ["pytensor"]),
    "torch": ("PyTorch", ["torch==2.13.0", "numpy"]),
}

QUIET = {
    "CUDA_VISIBLE_DEVICES": "",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    # A thread that waits for more work must not take a core from the next side.
    "OMP_WAIT_POLICY": "PASSIVE",
    "KMP_BLOCKTIME": "0",
}


class PeerError(Exception):
    """A peer cannot be installed, or cannot do what it was asked."""


class Peer:
    """A library that answers measurements over a pipe."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.title, requirements = PEERS[name]
        self._python = installed(name, requirements)
        self._start()

    def timer(self, case: str, arguments: Sequence[Any]) -> Timer | None:
        """The timer of a case, None if the peer does not know it."""
        return partial(self._ask, case, arguments) if case in self._cases else None

    def _start(self) -> None:
        self._process = subprocess.Popen(
            [self._python, "-m", f"benchmarks.peers.with_{self.name}"],
            cwd=ROOT,
            env={**os.environ, **QUIET},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        answer = self._answer()
        self.version, self._cases = answer["version"], set(answer["cases"])

    def _ask(self, case: str, arguments: Sequence[Any], calls: int) -> float:
        if self._process.poll() is not None:
            self._start()
        assert self._process.stdin
        self._process.stdin.write(json.dumps([case, arguments, calls]) + "\n")
        self._process.stdin.flush()
        answer = self._answer()
        time.sleep(0.01)  # its threads may spin for a moment
        if "error" in answer:
            raise PeerError(answer["error"])
        return float(answer["seconds"])

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout
        ready, _, _ = select.select([self._process.stdout], [], [], LIMIT)
        line = self._process.stdout.readline() if ready else ""
        if line:
            answer: dict[str, Any] = json.loads(line)
            return answer
        self.close()
        raise PeerError("it died" if ready else f"over {LIMIT:.0f} s")

    def close(self) -> None:
        """End the worker."""
        self._process.kill()
        self._process.wait()


def installed(name: str, requirements: Sequence[str]) -> Path:
    """The Python of an environment with these packages, made the first time."""
    folder = CACHE / name
    python, marker = folder / "bin" / "python", folder / "installed"
    wanted = " ".join(requirements)
    if marker.exists() and marker.read_text() == wanted:
        return python
    install = ["-m", "pip", "install", "-qq", "--disable-pip-version-check"]
    try:
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        subprocess.run([python, *install, *requirements], check=True, timeout=PATIENCE)
    except (subprocess.SubprocessError, OSError) as error:
        raise PeerError(f"cannot install {wanted}: {error}") from error
    marker.write_text(wanted)
    return python
