"""What others install: the wheel alone, in an environment where nothing else is."""

import importlib
import inspect
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import daskflow

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
SECONDS = 300
ALONE = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "DASK"))}


def output(*command: Any, folder: Path, status: int = 0, **variables: str) -> str:
    """What a command prints in that folder; where it fails, its error is the test's."""
    done = subprocess.run(
        [*map(str, command)],
        cwd=folder,
        env=ALONE | variables,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout


@dataclass(frozen=True)
class Installed:
    """A wheel, and an environment with it, its dependencies and pytest."""

    wheel: Path
    bin: Path

    @property
    def files(self) -> set[str]:
        with zipfile.ZipFile(self.wheel) as file:
            return set(file.namelist())

    def metadata(self) -> Any:
        name = next(name for name in self.files if name.endswith("/METADATA"))
        with zipfile.ZipFile(self.wheel) as file:
            return message_from_bytes(file.read(name))


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """The source makes an sdist, that makes a wheel, and that is installed."""
    folder = tmp_path_factory.mktemp("wheel")
    pip = sys.executable, "-m", "pip"
    backend = tomllib.loads((ROOT / "pyproject.toml").read_text())["build-system"]
    output(*pip, "install", "-q", "-t", "backend", *backend["requires"], folder=folder)
    build = sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", folder
    output(*build, folder=ROOT, PYTHONPATH=str(folder / "backend"))
    [sdist] = folder.glob("*.tar.gz")
    output(*pip, "wheel", "-q", "--no-deps", "-w", ".", sdist, folder=folder)
    [wheel] = folder.glob("*.whl")
    output(sys.executable, "-m", "venv", "--without-pip", "env", folder=folder)
    output(*pip, "--python", "env", "install", "-q", wheel, "pytest", folder=folder)
    return Installed(wheel, folder / "env" / "bin")


def test_the_wheel_is_the_package_and_nothing_else(installed: Installed) -> None:
    source = ROOT / "src"
    package = {
        str(path.relative_to(source))
        for path in (source / "daskflow").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    mine = {name for name in installed.files if ".dist-info/" not in name}
    assert mine == package
    assert "daskflow/py.typed" in mine
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in installed.files)


def test_the_version_is_written_once(installed: Installed, tmp_path: Path) -> None:
    program = "import daskflow; print(daskflow.__version__)"
    version = output(installed.bin / "python", "-c", program, folder=tmp_path).strip()
    assert version == installed.metadata()["Version"] == daskflow.__version__
    info = output(installed.bin / "daskflow", "info", "--json", folder=tmp_path)
    assert json.loads(info)["daskflow"] == version
    tracked = [ROOT / "pyproject.toml", *(ROOT / "src").rglob("*.py")]
    written = [p.name for p in tracked if f'"{version}"' in p.read_text()]
    assert written == ["__init__.py"]


def test_nothing_of_the_source_tree_is_needed(
    installed: Installed, tmp_path: Path
) -> None:
    where = "import daskflow; print(daskflow.__file__)"
    found = output(installed.bin / "python", "-c", where, folder=tmp_path)
    assert Path(found.strip()).is_relative_to(installed.bin.parent)
    shown = output(installed.bin / "python", "-m", "daskflow", "info", folder=tmp_path)
    assert "absl-py is missing" in shown
    assert "usage: daskflow" in output(
        installed.bin / "daskflow", "--help", folder=tmp_path
    )


def test_a_step_is_the_same_on_threads_and_on_processes(
    installed: Installed, tmp_path: Path
) -> None:
    shutil.copy(ROOT / "tests" / "typed_program.py", tmp_path)
    program = installed.bin / "python", "typed_program.py"
    threads, processes = [
        json.loads(output(*program, scheduler, folder=tmp_path))
        for scheduler in ("threads", "processes")
    ]
    assert threads == processes
    assert np.isfinite(threads).all()


MODEL = """
import daskflow as df

class Halved(df.Operation):
    def __init__(self, x):
        super().__init__([x])
    def compute(self, x_value):
        return x_value / 2

w = df.Variable(2.0)
half = Halved(w)
step = df.train.GradientDescentOptimizer(0.25).minimize(w * w)
"""


@pytest.mark.parametrize("scheduler", ["threads", "processes"])
def test_the_command_trains_a_module_of_the_current_folder(
    installed: Installed, tmp_path: Path, scheduler: str
) -> None:
    (tmp_path / "model.py").write_text(MODEL)
    run = installed.bin / "daskflow", "run"
    output(*run, "model:step", "--scheduler", scheduler, "--save", "w", folder=tmp_path)
    again = "model:half", "--scheduler", scheduler, "--restore", "w"
    assert output(*run, *again, folder=tmp_path) == "0.5\n"


def test_pytest_has_the_plugin(installed: Installed, tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(
        "import daskflow as df\n"
        "def test_it(session):\n"
        "    assert session.run(df.constant(1.0) + 1.0) == 2.0\n"
    )
    asked = "-q", "--daskflow-scheduler=sync,threads"
    told = output(installed.bin / "python", "-m", "pytest", *asked, folder=tmp_path)
    assert "2 passed" in told


# Types


def complaints(installed: Installed, folder: Path, program: str) -> dict[str, str]:
    """What `mypy --strict` has to say of lines of a program: the codes of errors."""
    (folder / "program.py").write_text(program)
    # Most of the time would go into packages that no type of ours comes from.
    unread = "[mypy-distributed.*,bokeh.*,tornado.*]\nfollow_imports = skip\n"
    (folder / "mypy.ini").write_text(f"[mypy]\nstrict = true\n{unread}")
    command = (
        *(sys.executable, "-m", "mypy", "--no-pretty"),
        *("--python-executable", installed.bin / "python"),
        *("--cache-dir", installed.bin.parent / "mypy", "program.py"),
    )
    done = subprocess.run(
        [*map(str, command)],
        cwd=folder,
        env=ALONE,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode in (0, 1), done.stdout + done.stderr
    found = re.findall(r"^program\.py:(\d+): error: .*\[(.*)\]$", done.stdout, re.M)
    assert len(found) == done.stdout.count(": error: ")
    lines = program.splitlines()
    return {lines[int(line) - 1]: code for line, code in found}


def test_a_typed_program_has_no_complaint(installed: Installed, tmp_path: Path) -> None:
    program = (ROOT / "tests" / "typed_program.py").read_text()
    assert complaints(installed, tmp_path, program) == {}


MISTAKES = {
    "df.no_such_name(x)": "attr-defined",
    "df.nn.no_such_name(x)": "attr-defined",
    "df.Session().runs(x)": "attr-defined",
    "df.Session().run(x, feed={})": "call-arg",
    "df.placeholder(nme='x')": "call-arg",
    "df.train.AdamOptimizer(epsilon=1e-8).minimise(x)": "attr-defined",
    "x.shap": "attr-defined",
    "df.matmul(x, x).no_such": "attr-defined",
    "(2.0 * x).no_such": "attr-defined",
    "(np.ones(2) + x).no_such": "attr-defined",
    "df.Variable(1.0).no_such": "attr-defined",
    "len(df.nn.relu(x))": "arg-type",
    "[part for part in df.exp(x)]": "attr-defined",
    "number: float = df.reduce_mean(x)": "assignment",
    "df.split(x, 2).no_such": "attr-defined",
    "df.gradients(x, [x])[0].no_such": "union-attr",
    "df.assert_positive(x).no_such": "attr-defined",
}


def test_each_mistake_is_found_and_nothing_else(
    installed: Installed, tmp_path: Path
) -> None:
    head = "import numpy as np\nimport daskflow as df\nx = df.placeholder(df.float32)\n"
    program = head + "\n".join(MISTAKES)
    assert complaints(installed, tmp_path, program) == MISTAKES


def calls(path: str, module: ModuleType, seen: set[str]) -> Iterator[str]:
    """A call of everything public in a module, and of its public methods."""
    for name in getattr(module, "__all__", [n for n in dir(module) if n[0] != "_"]):
        value = getattr(module, name)
        full = f"{path}.{name}"
        if inspect.ismodule(value) and value.__name__ not in seen:
            seen.add(value.__name__)
            if value.__name__.startswith("daskflow."):
                yield from calls(full, value, seen)
        elif callable(value) and value.__module__.startswith("daskflow"):
            yield f"{full}(*a, **k)"
            methods = inspect.getmembers(value, inspect.isfunction)
            for method in dict(methods) if inspect.isclass(value) else ():
                if method[0] != "_":
                    yield f"{full}.{method}(*a, **k)"


def test_every_call_of_something_public_has_a_type(
    installed: Installed, tmp_path: Path
) -> None:
    for name in ("contrib", "compat"):
        importlib.import_module(f"daskflow.{name}")
    made = [*calls("df", daskflow, {"daskflow"})]
    assert len(made) > 1_000
    lines = [f"def f{i}(*a: Any, **k: Any) -> None: {c}" for i, c in enumerate(made)]
    head = "from typing import Any\nimport daskflow as df\n"
    assert complaints(installed, tmp_path, head + "\n".join(lines)) == {}
