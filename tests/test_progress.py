"""What a stream shows of how far it has come."""

import os
import re
import sys
import termios
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr
from io import StringIO
from typing import Any, TextIO

import pytest

import daskflow as df
from daskflow.progress import Line, followed


@contextmanager
def terminal() -> Iterator[Callable[[], str]]:
    """Has stderr be a real terminal; gives what that was told."""
    mine, theirs = os.openpty()
    termios.tcsetwinsize(theirs, (24, 100))
    with (
        os.fdopen(theirs, "w") as stderr,
        os.fdopen(mine, "rb", buffering=0) as screen,
        redirect_stderr(stderr),
    ):

        def told() -> str:
            print("the end", file=stderr, flush=True)
            text = ""
            while "the end" not in text:
                text += screen.read(100_000).decode()
            return text.partition("the end")[0]

        yield told


@pytest.fixture
def no_tqdm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)


def counting(count: int) -> tuple[Any, list[dict[Any, Any]]]:
    x, total = df.placeholder(df.float32), df.Variable(0.0)
    return total.assign_add(x), [{x: 1.0} for _ in range(count)]


@pytest.mark.usefixtures("no_tqdm")
def test_a_terminal_gets_a_line(session: Any) -> None:
    step, feeds = counting(5)
    with terminal() as told:
        results = list(session.stream(step, feeds, progress=True))
        *_, last = told().rstrip().split("\r")
    assert results == [1, 2, 3, 4, 5]
    assert re.fullmatch(r"5/5 runs, [\d.e+]+ runs/s", last)


@pytest.mark.usefixtures("no_tqdm")
def test_of_feeds_without_a_number_they_are_counted(session: Any) -> None:
    step, feeds = counting(3)
    with terminal() as told:
        for _ in session.stream(step, (feed for feed in feeds), progress=True):
            pass
        assert "\r3 runs, " in told()


@pytest.mark.usefixtures("no_tqdm")
def test_what_is_no_terminal_gets_nothing(
    session: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    step, feeds = counting(3)
    assert len([*session.stream(step, feeds, progress=True)]) == 3
    assert capsys.readouterr() == ("", "")


def test_tqdm_shows_it_where_there_is_tqdm(
    session: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("tqdm", reason="it is in the extra `dev`")
    step, feeds = counting(5)
    assert list(session.stream(step, feeds, progress=True)) == [1, 2, 3, 4, 5]
    assert re.search(r"100%.* 5/5 .*run/s", capsys.readouterr().err)


def restored() -> str:
    """What a terminal is told of a stream in which two things got lost."""
    losses = iter([4, 4, 5, 5, 6, 6])
    with terminal() as told:
        assert [*followed((i for i in range(3)), 3, lambda: next(losses))] == [0, 1, 2]
        return told()


@pytest.mark.usefixtures("no_tqdm")
def test_a_line_tells_of_losses() -> None:
    assert "restored 2" in restored()


def test_tqdm_tells_of_losses() -> None:
    pytest.importorskip("tqdm", reason="it is in the extra `dev`")
    assert "restored 2" in restored()


@pytest.mark.usefixtures("no_tqdm")
def test_a_stream_that_is_left_is_closed(session: Any) -> None:
    step, feeds = counting(8)
    with terminal() as told:
        stream = session.stream(step, feeds, progress=True)
        assert [next(stream), next(stream)] == [1, 2]
        stream.close()
        assert "\r2/8 runs" in told()
    assert session.run(step, feeds[0]) == 3


@pytest.mark.usefixtures("no_tqdm")
def test_an_error_ends_the_line(session: Any) -> None:
    step, feeds = counting(2)
    with terminal() as told:
        with pytest.raises(df.errors.FeedError):
            list(session.stream(step, [*feeds, {"nothing:0": 1.0}], progress=True))
        assert re.search(r"\r2/3 runs, .* runs/s *\r\n$", told())


def test_a_line_is_not_written_for_every_run() -> None:
    with terminal() as told:
        line = Line(1_000, sys.stderr)
        for _ in range(1_000):
            line.update()
        line.close()
        assert 2 <= told().count("\r") < 20


def closed() -> TextIO:
    file = StringIO()
    file.close()
    return file


@pytest.mark.parametrize(
    ("module", "stderr"),
    [
        ("tqdm", lambda: None),
        ("tqdm", closed),
        ("nothing", lambda: None),
        ("nothing", closed),
        ("nothing", object),
    ],
)
def test_without_a_stderr_the_results_come_all_the_same(
    session: Any,
    monkeypatch: pytest.MonkeyPatch,
    module: str,
    stderr: Callable[[], Any],
) -> None:
    if module == "tqdm":
        pytest.importorskip("tqdm", reason="it is in the extra `dev`")
    else:
        monkeypatch.setitem(sys.modules, "tqdm.auto", None)
    step, feeds = counting(3)
    monkeypatch.setattr(sys, "stderr", stderr())
    assert list(session.stream(step, feeds, progress=True)) == [1, 2, 3]


class Gone(StringIO):
    """A terminal that nobody has any more."""

    def flush(self) -> None:
        raise OSError


def test_a_terminal_that_goes_away_ends_no_stream() -> None:
    line = Line(3, Gone())
    line.update()
    line.close()
