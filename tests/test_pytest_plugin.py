"""The plugin, in the tests of somebody who has daskflow installed."""

import re
import sys
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

USED = """
import pytest
import daskflow as df

w = {}

def test_a_session_runs_and_is_the_default(session):
    w["first"] = df.Variable(1.0, name="w")
    assert df.get_default_session() is session
    assert w["first"].assign_add(1.0).eval() == 2.0

def test_another_has_a_graph_of_its_own(session):
    assert df.Variable(5.0, name="w").graph is not w["first"].graph
    assert len(df.get_default_graph().variables) == 1

def test_one_that_asks_for_no_session_has_none_and_runs_once():
    assert df.get_default_session() is None
"""

PAGE = (Path(__file__).parents[1] / "docs/how-to/testing.md").read_text()

NAMES = "sync,threads,processes,cluster"


@pytest.fixture
def suite(pytester: pytest.Pytester) -> pytest.Pytester:
    pytester.makepyfile(USED)
    return pytester


def test_sessions_are_sync_unless_somebody_says_more(suite: pytest.Pytester) -> None:
    result = suite.runpytest_inprocess("-v")
    result.assert_outcomes(passed=3)
    result.stdout.fnmatch_lines(["*default?sync? PASSED*"])


def test_the_example_of_the_documents_is_true(pytester: pytest.Pytester) -> None:
    [example] = re.findall(r"```python\n(import .*?)```", PAGE, re.DOTALL)
    pytester.makepyfile(example)
    result = pytester.runpytest_inprocess("--daskflow-scheduler=sync,threads")
    result.assert_outcomes(passed=2 * 2)


@pytest.mark.slow
def test_each_test_of_a_session_runs_under_each_scheduler(
    suite: pytest.Pytester,
) -> None:
    result = suite.runpytest_inprocess("-v", f"--daskflow-scheduler={NAMES}")
    result.assert_outcomes(passed=4 + 4 + 1)
    for name in NAMES.split(","):
        result.stdout.fnmatch_lines([f"*default?{name}? PASSED*"])


def test_a_scheduler_that_is_none_is_answered_with_the_good_ones(
    suite: pytest.Pytester,
) -> None:
    result = suite.runpytest_inprocess("--daskflow-scheduler=sync,thread")
    wanted = NAMES.replace(",", ", ")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([f"*--daskflow-scheduler takes {wanted}, got 'thread'"])


def test_tests_of_something_else_never_import_daskflow(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "daskflow", raising=False)
    pytester.makepyfile(
        """
        import sys

        def test_something_else(daskflow_graph):
            assert daskflow_graph is None
            assert "daskflow" not in sys.modules
        """
    )
    pytester.runpytest_inprocess().assert_outcomes(passed=1)
    assert "daskflow" not in sys.modules


SOCKETS = """
import psutil

def test_nobody_else_can_connect(session):
    me = psutil.Process()
    found = [
        socket.laddr.ip
        for process in [me, *me.children(recursive=True)]
        for socket in process.net_connections("inet")
        if socket.status == psutil.CONN_LISTEN
    ]
    assert len(found) >= 3, found  # a scheduler and two workers, at least
    assert {*found} == {"127.0.0.1"}
"""


@pytest.mark.slow
def test_a_cluster_listens_to_this_machine_alone(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(SOCKETS)
    result = pytester.runpytest_subprocess("--daskflow-scheduler=cluster")
    result.assert_outcomes(passed=1)
