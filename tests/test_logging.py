"""`tf.logging` is Python's logging, with TensorFlow's ways."""

import logging

import pytest

import daskflow as df


@pytest.fixture(autouse=True)
def verbosity(caplog):
    caplog.handler.setLevel(0)  # a cluster of another test may have silenced it
    outer = df.logging.get_verbosity()
    yield
    df.logging.set_verbosity(outer)


def test_the_verbosity_bounds_what_is_logged(caplog):
    assert df.logging.get_verbosity() == df.logging.WARN
    df.logging.info("unseen")
    df.logging.set_verbosity(df.logging.INFO)
    df.logging.info("step %d", 3)
    df.logging.vlog(df.logging.DEBUG, "unseen")
    df.logging.log(df.logging.FATAL, "last")
    assert caplog.messages == ["step 3", "last"]
    assert {r.name for r in caplog.records} == {"daskflow"}


def test_a_line_that_logs_often_can_do_so_rarely(caplog):
    for i in range(5):
        df.logging.log_every_n(df.logging.ERROR, "every %d", 2, i)
        df.logging.log_first_n(df.logging.ERROR, "first %d", 2, i)
        df.logging.log_if(df.logging.ERROR, "if %d", i == 3, i)
    assert caplog.messages == [
        "every 0", "first 0", "first 1", "every 2", "if 3", "every 4"
    ]  # fmt: skip


def test_it_shows_itself_unless_the_program_logs(capsys, monkeypatch):
    monkeypatch.setattr(logging.getLogger(), "handlers", [])
    df.logging.warning("seen")
    df.logging.flush()
    assert capsys.readouterr().err == "WARNING:daskflow:seen\n"
    logging.getLogger().addHandler(logging.NullHandler())
    df.logging.warning("elsewhere")
    assert capsys.readouterr().err == ""
