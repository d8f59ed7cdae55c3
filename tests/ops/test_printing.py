"""What `Print` and `print` show, and where."""

import sys
from typing import NamedTuple

import numpy as np
import pytest
from distributed import LocalCluster
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import daskflow as df
from daskflow.errors import DTypeError, GraphError
from daskflow.ops.printing import element, formatted, summary
from tests.conftest import wait_for


def test_print_forwards_its_value_and_its_gradient(session):
    x = df.placeholder(df.float32, [2])
    y = df.Print(x, [x], "x = ") * 3.0
    assert df.Print(x, []).name == "Print_1:0"
    [g] = df.gradients(y, x)
    y, g = session.run([y, g], {x: [1.0, 2.0]})
    np.testing.assert_array_equal(y, [3, 6])
    np.testing.assert_array_equal(g, [3, 3])


@pytest.mark.parametrize("grouping", [True, False])
def test_print_shows_a_line_whenever_it_is_computed(capsys, grouping):
    x = df.placeholder(df.float32, [None])
    y = df.Print(x, [x, df.constant([[1, 2], [3, 4]]), "text", True], "seen: ")
    z = df.Print(x, [x], first_n=2, summarize=-1)
    unused = df.Print(x, [x], "never")
    with df.Session("threads", grouping=grouping) as session:
        session.run(y, {x: [0.5, 1 / 3]})
        assert capsys.readouterr().err == (
            "seen: [0.5 0.333333343][[1 2][3...]...][text][1]\n"
        )
        for i in range(4):
            session.run(z, {x: [i] * 5})
    assert capsys.readouterr().err == "[0 0 0 0 0]\n[1 1 1 1 1]\n"
    assert unused.dtype == df.float32


def test_on_a_cluster_it_appears_where_the_session_is(capsys, client):
    x = df.placeholder(df.float32, [2])
    printed = df.print("x", x, output_stream=sys.stdout)
    with df.Session(client) as session:
        session.run(df.Print(x, [x], "seen: "), {x: [1, 2]})
        session.run(printed, {x: [3, 4]})
    out, err = [], []

    def arrived():
        captured = capsys.readouterr()
        out.append(captured.out)
        err.append(captured.err)
        return "x [3 4]\n" in "".join(out) and "seen: [1 2]\n" in "".join(err)

    wait_for(arrived)
    assert "".join(out).count("[3 4]") == "".join(err).count("[1 2]") == 1


def test_on_a_cluster_in_this_process_it_appears_once(capfd):
    printed = df.print("once", df.constant(1))
    with (
        LocalCluster(
            n_workers=1, processes=False, dashboard_address="127.0.0.1:0"
        ) as cluster,
        df.Session(cluster) as session,
    ):
        session.run(printed)
        seen = []
        wait_for(lambda: seen.append(capfd.readouterr().err) or "once 1" in seen[-1])
    assert ("".join(seen) + capfd.readouterr().err).count("once 1\n") == 1


def test_print_to_a_file_orders_as_a_control_dependency(tmp_path, session):
    x = df.placeholder(df.float32, [None, 2])
    path = tmp_path / "log"
    printed = df.print("x", {"b": x, "a": (x[0], 1)}, output_stream=f"file://{path}")
    with df.control_dependencies([printed]):
        y = x * 2.0
    assert session.run(printed, {x: [[1, 2]]}) is None
    session.run(y, {x: [[3, 4.5]] * 8})
    first, rest = path.read_text().split("\n", 1)
    assert first == "x {'a': ([1 2], 1), 'b': [[1 2]]}"
    row = "[3 4.5]\n "
    assert rest == (
        f"x {{'a': ([3 4.5], 1), 'b': [{row * 3}...\n {row * 2}[3 4.5]]}}\n"
    )


def test_print_takes_what_pythons_print_takes(capsys):
    with df.Session("sync") as session:
        session.run(df.print("a", 1, df.constant("b"), sep="-", end="!\n"))
        session.run(df.print(df.constant("alone")))
        session.run(df.print())
        session.run(df.print(df.range(9), summarize=1, output_stream=sys.stdout))
        session.run(df.print(df.range(9), summarize=-1, output_stream=sys.stdout))
    captured = capsys.readouterr()
    assert captured.err == 'a-1-"b"!\nalone\n\n'
    assert captured.out == "[0 ... 8]\n[0 1 2 3 4 5 6 7 8]\n"


def test_tensors_are_found_in_nests(capsys):
    class Pair(NamedTuple):
        first: object
        second: object

    a, b, c = (df.constant(i) for i in (1, 2, 3))
    with df.Session("sync") as session:
        session.run(df.print(Pair({"z": a, "y": b}, [(c,)]), {3: b, "x": a, None: c}))
    assert capsys.readouterr().err == (
        "Pair(first={'y': 2, 'z': 1}, second=[(3,)]) {3: 2, 'x': 1, None: 3}\n"
    )


def test_print_writes_to_the_log(caplog):
    with df.Session("sync") as session, caplog.at_level("INFO", "daskflow"):
        session.run(df.print("x", df.constant(1), output_stream=df.logging.info))
    assert caplog.messages == ["x 1"]


def test_what_it_cannot_print_to_is_refused():
    with pytest.raises(GraphError, match="takes no \\['file'\\]"):
        df.print("a", file=sys.stderr)
    with pytest.raises(GraphError, match="got 3"):
        df.print("a", output_stream=3)
    with pytest.raises(DTypeError, match="expected a list of data"):
        df.Print(df.constant(1.0), df.constant(1.0))


@given(
    arrays(
        st.sampled_from([np.float32, np.float64, np.int32]),
        st.lists(st.integers(0, 4), max_size=3).map(tuple),
    )
)
def test_all_of_an_array_is_there_to_the_bit(array):
    texts = formatted(array, -1).replace("[", " ").replace("]", " ").split()
    read = np.array([array.dtype.type(text) for text in texts], array.dtype)
    np.testing.assert_array_equal(read, array.ravel())
    flat = summary(array, array.size).replace("[", " ").replace("]", " ").split()
    assert flat == texts


def test_special_values():
    values = np.array([np.nan, np.inf, -np.inf, 1e-7, 123456789], np.float32)
    assert list(map(element, values)) == ["nan", "inf", "-inf", "1e-07", "123456792"]
    assert element(np.float16(1)) == "1"
    assert formatted(np.array([b'a"b', b"c"], object)) == '["a\\"b" "c"]'
