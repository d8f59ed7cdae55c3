"""Products in blocks: bits by shape alone, and threads of BLAS as they were."""

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
import threadpoolctl

from daskflow.blas import BLOCK, ONE_THREAD, SMALL, multiply

SHAPES = {
    "square": ((700, 700), (700, 700)),
    "tall": ((4_097, 80), (80, 200)),
    "wide": ((200, 80), (80, 4_097)),
    "odd": ((1_031, 257), (257, 331)),
    "thin": ((300, 2_000), (2_000, 299)),
    "small": ((20, 20), (20, 20)),
    "vector": ((3_000, 900), (900,)),
    "row": ((900,), (900, 3_000)),
    "batch": ((3, 300, 200), (200, 300)),
    "empty": ((0, 300), (300, 900)),
}


def drawn(shape: tuple[int, ...], dtype: Any = np.float32) -> Any:
    values = np.random.default_rng(len(shape)).standard_normal(shape)
    return values.astype(dtype)


def blas_threads() -> list[int]:
    """How many threads each BLAS of this process would use at this moment."""
    info = threadpoolctl.threadpool_info()
    return [i["num_threads"] for i in info if i["user_api"] == "blas"]


@pytest.fixture
def two_threads() -> Iterator[list[int]]:
    with threadpoolctl.threadpool_limits(2, user_api="blas"):
        before = blas_threads()
        assert set(before) == {2}
        yield before


def pools() -> dict[str, Callable[[Any, int], None]]:
    """Ways to run the pieces of a product."""

    def forwards(piece: Any, count: int) -> None:
        for i in range(count):
            piece(i)

    def backwards(piece: Any, count: int) -> None:
        for i in reversed(range(count)):
            piece(i)

    def crowded(piece: Any, count: int) -> None:
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(piece, range(count)))

    return {"forwards": forwards, "backwards": backwards, "crowded": crowded}


@pytest.mark.parametrize("layout", ["C", "F"])
@pytest.mark.parametrize("shapes", SHAPES)
def test_bits_depend_on_no_number_of_cores_or_threads(
    shapes: str, layout: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    a, b = (np.array(drawn(shape), order=layout) for shape in SHAPES[shapes])
    expected = multiply(a, b)
    assert np.allclose(expected, np.matmul(a, b), rtol=1e-3, atol=1e-3)
    for count in (1, 2, 3):
        with threadpoolctl.threadpool_limits(count, user_api="blas"):
            assert multiply(a, b).tobytes() == expected.tobytes()
    for pool in pools().values():
        monkeypatch.setattr("daskflow.blas.side_by_side", pool)
        assert multiply(a, b).tobytes() == expected.tobytes()


@pytest.mark.parametrize("dtype", ["float32", "float64", "int64", "complex64"])
@pytest.mark.parametrize("shapes", SHAPES)
def test_products_of_whole_numbers_are_exact(shapes: str, dtype: str) -> None:
    """Sums of so many small whole numbers are exact in any order."""
    a, b = (np.rint(drawn(shape)).astype("int64") for shape in SHAPES[shapes])
    expected = np.matmul(a, b)
    found = multiply(a.astype(dtype), b.astype(dtype))
    assert found.dtype == dtype
    assert np.array_equal(found, expected)


def test_factors_of_two_dtypes_give_their_common_one() -> None:
    a, b = drawn((700, 700), "float32"), drawn((700, 700), "float64")
    found = multiply(a, b)
    assert found.dtype == np.float64
    assert np.allclose(found, a.astype("float64") @ b)


def test_what_is_no_plain_array_is_left_to_numpy() -> None:
    a = np.arange(4.0).reshape(2, 2)
    masked = np.ma.masked_array(a, [[True, False], [False, False]])
    assert type(multiply(masked, a)) is type(np.matmul(masked, a))
    with pytest.raises(ValueError, match="matmul"):
        multiply(np.float64(2), a)


def blocks_of(a: Any, b: Any, monkeypatch: pytest.MonkeyPatch) -> int:
    """How many blocks a product is split into."""
    counts = [1]

    def spy(piece: Any, count: int) -> None:
        counts.append(count)
        for i in range(count):
            piece(i)

    with monkeypatch.context() as patch:
        patch.setattr("daskflow.blas.side_by_side", spy)
        multiply(a, b)
    return counts[-1]


def test_blocks_are_as_many_as_the_shape_is_worth(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = {
        name: blocks_of(*map(drawn, shapes), monkeypatch)
        for name, shapes in SHAPES.items()
    }
    assert found["small"] == found["vector"] == found["row"] == found["empty"] == 1
    assert found["thin"] == 1  # no side is worth two blocks
    for name, shapes in SHAPES.items():
        count = found[name]
        assert count & (count - 1) == 0
        work = np.prod(shapes[0]) * shapes[1][-1]
        assert count == 1 or work / count >= BLOCK
    assert found["square"] >= 2
    assert found["tall"] == found["wide"] >= 2


# The threads of BLAS


@pytest.mark.usefixtures("two_threads")
@pytest.mark.parametrize("shapes", SHAPES)
def test_blas_has_its_threads_back_after_a_product(shapes: str) -> None:
    before = blas_threads()
    multiply(*map(drawn, SHAPES[shapes]))
    assert blas_threads() == before


@pytest.mark.parametrize("side", [3, 900])
def test_blas_has_its_threads_back_after_a_product_that_fails(
    two_threads: list[int], side: int
) -> None:
    assert 900 * 900 > SMALL > 9
    with pytest.raises(ValueError, match="matmul"):
        multiply(np.ones((side, side)), np.ones((side + 1, side)))
    assert blas_threads() == two_threads


def test_blas_has_its_threads_back_after_a_block_that_fails(
    two_threads: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(piece: Any, count: int) -> None:
        raise MemoryError("no block")

    monkeypatch.setattr("daskflow.blas.side_by_side", fail)
    a = drawn((700, 700))
    with pytest.raises(MemoryError, match="no block"):
        multiply(a, a)
    assert blas_threads() == two_threads


def test_the_first_task_in_sets_the_threads_and_the_last_one_out_sets_them_back(
    two_threads: list[int],
) -> None:
    inside, leave = threading.Barrier(2), threading.Event()

    def other() -> None:
        with ONE_THREAD:
            inside.wait(30)
            assert leave.wait(30)

    with ThreadPoolExecutor(1) as pool:
        with ONE_THREAD:
            assert set(blas_threads()) == {1}
            with ONE_THREAD:
                assert set(blas_threads()) == {1}
            assert set(blas_threads()) == {1}
            task = pool.submit(other)
            inside.wait(30)
        assert set(blas_threads()) == {1}  # the other one is still inside
        leave.set()
        task.result(30)
    assert blas_threads() == two_threads


FORKING = """
import os
import numpy as np
import daskflow as df
from daskflow.blas import ONE_THREAD

a = np.random.default_rng(0).standard_normal((700, 700), dtype=np.float32)
x = df.placeholder("float32")
y = df.reduce_sum(df.matmul(x, x))
expected = df.Session("sync").run(y, {x: a})
with ONE_THREAD:  # another task may be in a product at that moment
    process = os.fork()
    if not process:
        os._exit(int(df.Session("sync").run(y, {x: a}) != expected))
print("child", os.waitpid(process, 0)[1])
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_forked_process_multiplies_in_threads_of_its_own() -> None:
    command = [sys.executable, "-W", "ignore::DeprecationWarning", "-c", FORKING]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.stdout, done.stderr) == ("child 0\n", "")


def test_somebody_else_may_set_the_threads_while_a_task_runs() -> None:
    others = threadpoolctl.threadpool_limits
    with ONE_THREAD, others(3, user_api="blas"), ONE_THREAD:
        info = threadpoolctl.threadpool_info()
        assert {i["num_threads"] for i in info if i["user_api"] == "blas"} == {1}
