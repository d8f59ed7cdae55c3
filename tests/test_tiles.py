"""Elementwise work in tiles: the same bits as whole."""

import numpy as np
import pytest

import daskflow as df
from daskflow.graph import apply
from daskflow.opdef import OPS
from daskflow.spec import Spec
from daskflow.tiles import TILE

SIZE = 4 * TILE + 12_345
TILED = sorted(
    name
    for name, op in OPS.items()
    if op.takes_out and op.role == "compute" and not op.examples[0].attrs
)


def taken(op, dtype):
    """`dtype`, or what the op takes instead of floats: bools, or ints of that size."""
    if op.kinds == "b":
        return "bool"
    return f"i{np.dtype(dtype).itemsize}" if op.kinds == "iu" else dtype


def drawn(op, dtype, shape=(SIZE,)):
    """Numbers of all sizes that the op takes, the hard ones among them."""
    rng = np.random.default_rng(3)
    if np.dtype(dtype).kind == "b":
        return [rng.random(shape) < 0.5 for _ in op.params]
    if np.dtype(dtype).kind == "i":
        return [rng.integers(0, 8, shape, dtype) for _ in op.params]
    if op.name == "where":
        return [rng.random(shape) < 0.5, *drawn(OPS["add"], dtype, shape)]
    scale = 10.0 ** rng.integers(-8, 3, shape)
    values = [(rng.standard_normal(shape) * scale).astype(dtype) for _ in op.params]
    for value in values:
        value.flat[:5] = 0.0, -0.0, np.inf, -np.inf, np.nan
    return values


def both(y, feeds):
    """A value in tiles, and node by node without any."""
    with df.Session("sync") as tiled, df.Session("sync", grouping=False) as plain:
        return tiled.run(y, feeds), plain.run(y, feeds)


@pytest.mark.parametrize("name", TILED)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_every_function_gives_the_same_bits_in_tiles(name, dtype):
    op = OPS[name]
    values = drawn(op, taken(op, dtype))
    xs = [df.placeholder(value.dtype) for value in values]
    tiled, plain = both(apply(op, tuple(xs)), dict(zip(xs, values, strict=True)))
    assert tiled.tobytes() == plain.tobytes()
    with np.errstate(all="ignore"):
        assert tiled.tobytes() == op.kernel(*values).tobytes()


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_activations_give_the_same_bits_in_tiles(dtype):
    x = df.placeholder(dtype)
    [value] = drawn(OPS["sigmoid"], dtype)
    chosen = df.where(
        df.sigmoid(x) > 0.5, df.relu(x), df.cast(df.cast(x, "int8"), dtype)
    )
    for y in (chosen * 2, df.relu(x) + df.sigmoid(x)):
        tiled, plain = both(y, {x: np.clip(np.nan_to_num(value), -9, 9)})
        assert tiled.tobytes() == plain.tobytes()


@pytest.mark.parametrize("name", sorted(n for n, op in OPS.items() if op.takes_out))
def test_a_result_may_go_into_an_input(name):
    op = OPS[name]
    for dtype in {taken(op, d): None for d in ("float16", "float32", "float64")}:
        numbers = [np.clip(np.abs(v), 0, 3) + 1 for v in drawn(op, "f4", (50,))]
        values = [np.nan_to_num(v).astype(dtype) for v in numbers]
        if name == "where":
            values[0] = numbers[0].astype(bool)
        attrs = {"dtype": np.dtype(dtype)} if name == "cast" else {}
        if op.role == "update":
            attrs = {"spec": Spec()}
        function = op.ufunc if isinstance(op.ufunc, np.ufunc) else op.kernel
        with np.errstate(all="ignore"):
            expected = op.kernel(*values, **attrs)
            for i, value in enumerate(values):
                if value.dtype == expected.dtype:
                    copies = [v.copy() for v in values]
                    found = function(*copies, **attrs, out=copies[i])
                    assert found is copies[i]
                    assert found.tobytes() == expected.tobytes()


def chain(x, y):
    a = x + y
    b = a * y - 1.0
    c = df.maximum(b, 0.5)
    return [df.sqrt(c) / (abs(a) + 2.0), c, df.reduce_sum(b * x)]


@pytest.mark.parametrize("dtype", ["float32", "float64", None])
@pytest.mark.parametrize("shape", [(SIZE,), (SIZE // 7, 7), (3, SIZE // 9, 3)])
def test_a_chain_gives_the_same_bits_in_tiles(dtype, shape):
    x, y = df.placeholder(dtype), df.placeholder(dtype)
    a, b = np.random.default_rng(0).standard_normal((2, *shape)).astype(dtype or "f8")
    for tiled, plain in zip(*both(chain(x, y), {x: a, y: b}), strict=True):
        assert tiled.tobytes() == plain.tobytes()


def test_what_lies_otherwise_in_memory_runs_whole():
    x, y = df.placeholder("float64"), df.placeholder("float64")
    a, b = np.random.default_rng(0).standard_normal((2, 900, 901))
    feeds = {x: np.asfortranarray(a), y: b}
    for tiled, plain in zip(*both(chain(x, y), feeds), strict=True):
        assert tiled.tobytes() == plain.tobytes()


def test_an_error_in_a_tile_names_the_operation():
    x = df.placeholder("int32")
    y = (x + 1) ** df.constant(-1)
    failure = pytest.raises(df.errors.InvalidArgumentError, match="'pow'.*negative")
    with df.Session("sync") as session, failure:
        session.run(y, {x: np.ones(SIZE, np.int32)})


def test_a_tiled_run_changes_neither_its_feeds_nor_its_variables(session):
    w = df.Variable(np.ones(SIZE))
    x = df.placeholder("float64")
    a = np.full(SIZE, 2.0)
    y = session.run((w + x) * 3.0 - w, {x: a})
    assert (a == 2.0).all()
    assert (session.run(w) == 1.0).all()
    assert (y == 8.0).all()


@pytest.mark.parametrize("change", ["assign_add", "assign_sub"])
def test_a_variable_changes_by_the_same_bits_in_tiles(change):
    values = np.abs(np.random.default_rng(4).standard_normal((2, SIZE)))
    w, delta = df.Variable(values[0]), df.placeholder()
    tiled, plain = both(getattr(w, change)(delta / 3.0), {delta: values[1]})
    assert tiled.tobytes() == plain.tobytes()
    with df.Session("sync") as session, pytest.raises(df.errors.InvalidArgumentError):
        session.run(w.assign_add(delta * 2.0), {delta: values})
