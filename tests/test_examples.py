"""Every example runs as a reader would run it, and prints what it promises."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from distributed import Client

EXAMPLES = Path(__file__).parents[1] / "examples"
SECONDS = 300


def output(example: str, *arguments: str, folder: Path) -> str:
    """What the example prints; where it fails, its error is in the test's."""
    done = subprocess.run(
        [sys.executable, EXAMPLES / example, *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def losses(text: str) -> list[float]:
    return [float(loss) for loss in re.findall(r"loss +([\d.]+)", text)]


def accuracy(text: str) -> float:
    [found] = re.findall(r"accuracy ([\d.]+)", text)
    return float(found)


def is_picture(path: Path) -> bool:
    return path.read_bytes().startswith(b"\x89PNG") and path.stat().st_size > 5_000


@pytest.mark.parametrize("scheduler", ["threads", "sync", "processes"])
def test_affine_prints_the_value_that_the_tutorial_computes(
    scheduler: str, tmp_path: Path
) -> None:
    text = output("affine.py", "--scheduler", scheduler, folder=tmp_path)
    assert text == "[2. -1.]\n"


def test_custom_op_fits_the_line_and_shows_its_plan(tmp_path: Path) -> None:
    text = output("custom_op.py", folder=tmp_path)
    slope, intercept = re.findall(r"log-cosh +slope (\S+), intercept (\S+)", text)[0]
    assert (float(slope), float(intercept)) == pytest.approx((2.0, 1.0), abs=0.2)
    assert "LogCosh = LogCosh(sub)\n" in text


@pytest.mark.parametrize("example", ["perceptron", "multi_layer_perceptron"])
def test_a_perceptron_learns_its_clusters_and_draws_the_boundary(
    example: str, tmp_path: Path
) -> None:
    text = output(f"{example}.py", folder=tmp_path)
    assert losses(text) == sorted(losses(text), reverse=True)
    assert losses(text)[-1] < losses(text)[0] / 5
    assert accuracy(text) >= 0.98
    assert is_picture(tmp_path / f"{example}.png")


def test_digits_learns_to_read_and_draws_its_training_curve(tmp_path: Path) -> None:
    text = output("digits.py", "--output", "curve.png", folder=tmp_path)
    assert text.count("epoch ") == len(losses(text)) == 10
    assert losses(text)[-1] < losses(text)[0] / 5
    assert accuracy(text) >= 0.95
    assert is_picture(tmp_path / "curve.png")


def test_a_cluster_prints_what_threads_print(client: Client, tmp_path: Path) -> None:
    address = client.scheduler.address
    on_cluster = output("custom_op.py", "--scheduler", address, folder=tmp_path)
    assert on_cluster == output("custom_op.py", folder=tmp_path)
