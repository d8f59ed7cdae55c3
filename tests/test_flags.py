"""`tf.flags` and `tf.app.run`, as programs use them: in a process of their own."""

import subprocess
import sys

import absl.app
import absl.flags
import pytest

import daskflow as df

PROGRAM = """
import daskflow as tf

flags = tf.app.flags
flags.DEFINE_integer("steps", 3, "how many")
flags.DEFINE_string(flag_name="folder", default_value="here", docstring="where")
tf.flags.DEFINE_float("rate", 0.5, "how fast")
tf.flags.DEFINE_boolean("fast", False, "whether")
tf.flags.DEFINE_enum("kind", "a", ["a", "b"], "which")
FLAGS = flags.FLAGS
"""
SHOW = "print(FLAGS.steps, FLAGS.folder, FLAGS.rate, FLAGS.fast, FLAGS.kind)\n"
MAIN = f"""
def main(argv):
    {SHOW}
    FLAGS.steps = 7
    print(argv[1:], FLAGS.steps, "steps" in FLAGS, "kind" in [*FLAGS])
    print(FLAGS["kind"].value)

if __name__ == "__main__":
    tf.app.run()
"""


def run(tmp_path, program, *args):
    path = tmp_path / "program.py"
    path.write_text(program)
    done = subprocess.run(
        [sys.executable, path, *args], capture_output=True, text=True, timeout=60
    )
    return done.returncode, done.stdout, done.stderr


def test_flags_are_read_when_one_is_asked_for(tmp_path):
    code, out, _ = run(tmp_path, PROGRAM + SHOW, "--steps=5", "--fast", "--other=1")
    assert (code, out) == (0, "5 here 0.5 True a\n")


def test_a_program_runs_with_its_flags_and_the_rest(tmp_path):
    args = "--rate", "2", "rest", "--kind=b", "--folder=there"
    code, out, _ = run(tmp_path, PROGRAM + MAIN, *args)
    assert code == 0
    assert out == "3 there 2.0 False b\n['rest'] 7 True True\nb\n"


def test_help_shows_the_flags_of_the_program(tmp_path):
    _, out, _ = run(tmp_path, PROGRAM + MAIN, "--help")
    assert "--steps: how many" in out
    assert "--folder: where" in out


def test_a_bad_flag_ends_the_program(tmp_path):
    code, _, err = run(tmp_path, PROGRAM + MAIN, "--steps=many")
    assert code != 0
    assert "invalid literal for int" in err


def test_a_flag_can_be_taken_away(tmp_path):
    program = PROGRAM + "del FLAGS.steps\nprint('steps' in FLAGS)\n"
    assert run(tmp_path, program)[1] == "False\n"


@pytest.fixture
def flags(monkeypatch):
    """`tf.flags` with flags that no other test sees."""
    own = absl.flags.FlagValues()
    monkeypatch.setattr(absl.flags, "FLAGS", own)
    monkeypatch.setattr(sys, "argv", ["program", "--steps=5", "--other", "rest"])
    df.flags.DEFINE_integer(flag_name="steps", default_value=3, docstring="how many",
        flag_values=own)  # fmt: skip
    return df.flags.FLAGS


def test_reading_a_flag_reads_the_command_line(flags):
    assert flags.steps == 5
    flags.steps = 6
    assert (flags.steps, flags["steps"].value) == (6, 6)
    assert "steps" in flags
    assert "steps" in [*flags]
    with pytest.raises(AttributeError, match="nothing"):
        _ = flags.nothing
    assert df.flags.DEFINE_enum is absl.flags.DEFINE_enum
    del flags.steps
    assert "steps" not in flags


def test_main_gets_the_rest_of_the_arguments(flags, monkeypatch):
    def run(main, argv, flags_parser):
        sys.exit(main(flags_parser(sys.argv if argv is None else argv)))

    monkeypatch.setattr(absl.app, "run", run)
    with pytest.raises(SystemExit) as exited:
        df.app.run(lambda argv: (argv, flags.steps))
    assert exited.value.code == (["program", "--other", "rest"], 5)
    with pytest.raises(SystemExit) as exited:
        df.app.run(len, ["program", "a", "b"])
    assert exited.value.code == 3


def test_without_absl_it_says_what_to_install(monkeypatch):
    for name in ["absl", "absl.flags", "absl.app"]:
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(AttributeError, match=r"pip install 'daskflow\[flags\]'"):
        df.flags.DEFINE_integer("steps", 3, "how many")
    with pytest.raises(AttributeError, match=r"'daskflow\[flags\]'"):
        df.app.run(print)


def test_a_program_may_define_a_flag_that_absls_logging_has(tmp_path):
    program = """
import daskflow as tf
tf.flags.DEFINE_string("log_dir", "logs", "where")
tf.flags.DEFINE_string(flag_name="v", default_value="a", docstring="which")
tf.app.run(lambda argv: print(tf.flags.FLAGS.log_dir, tf.flags.FLAGS.v))
"""
    code, out, errors = run(tmp_path, program, "--log_dir=there")
    assert (code, out) == (0, "there a\n"), errors
