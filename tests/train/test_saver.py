"""Checkpoints of sessions: what is saved, found again, restored and deleted."""

import glob
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import daskflow as df
from daskflow import Graph, Session, errors
from daskflow.train import CheckpointState, Saver
from daskflow.train.checkpoints import SUFFIX


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


# Values there and back


def test_values_come_back_from_what_a_program_usually_writes(session):
    w = df.Variable([1.0, 2.0], name="w")
    b = df.Variable(3, name="b")
    saver = df.train.Saver()
    session.run(df.global_variables_initializer())
    session.run([w.assign([5.0, 6.0]), b.assign_add(1)])
    assert saver.save(session, "./model.ckpt") == "./model.ckpt"
    session.run(df.global_variables_initializer())
    saver.restore(session, "./model.ckpt")
    assert [x.tolist() for x in session.run([w, b])] == [[5.0, 6.0], 4]
    assert os.path.exists("./model.ckpt.index")


def test_a_new_session_restores_without_an_initializer(session, daskflow_scheduler):
    w = df.Variable(1.0)
    step = w.assign_add(1.0)
    saver = Saver()
    session.run(step)
    saver.save(session, "model")
    with Session(daskflow_scheduler) as other:
        saver.restore(other, "model")
        assert other.run(w) == 2.0
        assert other.run(step) == 3.0
    assert session.run(w) == 2.0


def test_a_variable_that_was_never_used_is_saved_with_its_initial_value(session):
    df.Variable([1.0, 2.0], name="w")
    Saver().save(session, "model")
    assert df.train.load_variable("model", "w").tolist() == [1.0, 2.0]


def test_a_restored_array_is_nobody_elses(session):
    w = df.Variable([1.0, 2.0])
    saver = Saver()
    saver.restore(session, saver.save(session, "model"))
    fetched = session.run(w)
    fetched[:] = 9.0
    assert session.run(w).tolist() == [1.0, 2.0]


def test_sums_round_as_before_whatever_order_an_initial_value_has(session):
    value = np.asfortranarray(np.random.default_rng(5).normal(size=(300, 70)))
    w = df.Variable(value)
    total = df.reduce_sum(w)
    saver, before = Saver(), session.run(total)
    saver.save(session, "model")
    session.run(w.assign(np.zeros((300, 70))))
    saver.restore(session, "model")
    assert session.versions([w])[0][w].flags.c_contiguous
    assert session.run(total).tobytes() == before.tobytes()


def test_names_in_the_checkpoint_may_be_others_than_in_the_graph(session):
    w, b = df.Variable(1.0, name="w"), df.Variable(2.0, name="b")
    Saver({"weights": w, "bias": b}).save(session, "model")
    assert df.train.list_variables("model") == [("bias", []), ("weights", [])]
    Saver({"weights": b, "bias": w}).restore(session, "model")
    assert session.run([w, b]) == [2.0, 1.0]


def test_only_variables_in_var_list_are_saved_and_restored(session):
    w, b = df.Variable(1.0, name="w"), df.Variable(2.0, name="b")
    saver = Saver([w])
    saver.save(session, "model")
    session.run([w.assign(8.0), b.assign(9.0)])
    saver.restore(session, "model")
    assert session.run([w, b]) == [1.0, 9.0]


def test_a_saver_has_the_variables_that_there_are_when_it_is_made(session):
    w = df.Variable(1.0, name="w")
    saver, later = Saver(), Saver(defer_build=True)
    df.Variable(2.0, name="b")
    later.build()
    saver.save(session, "one")
    later.save(session, "two")
    assert df.train.list_variables("one") == [("w", [])]
    assert df.train.list_variables("two") == [("b", []), ("w", [])]
    Saver(defer_build=True).restore(session, "two")
    assert session.run(w) == 1.0


def test_a_variable_may_be_restored_in_another_shape_if_asked(session):
    value = np.arange(6.0).reshape(2, 3)
    w = df.Variable(value, name="w")
    Saver().save(session, "model")
    with Graph().as_default(), Session("sync") as other:
        flat = df.Variable(np.zeros(6), name="w")
        with pytest.raises(errors.InvalidArgumentError, match="'w:0'"):
            Saver().restore(other, "model")
        Saver(reshape=True).restore(other, "model")
        assert other.run(flat).tolist() == value.ravel().tolist()
        wrong = {"w": df.Variable(np.zeros(7))}
        with pytest.raises(errors.InvalidArgumentError, match="'Variable:0'"):
            Saver(wrong, reshape=True).restore(other, "model")
    Saver(reshape=True).restore(session, "model")
    assert session.run(w).tolist() == value.tolist()


# A run that was interrupted


def noisy_training() -> tuple[Any, Any]:
    """A step whose loss draws at random, and the variables it leaves."""
    df.set_random_seed(3)
    w = df.Variable(df.random_normal([4, 5]), name="w")
    steps = df.Variable(0, trainable=False, name="steps")
    noise = df.random_uniform([4, 5])
    loss = df.reduce_sum(df.square(w - noise))
    train = df.train.GradientDescentOptimizer(0.1).minimize(loss, global_step=steps)
    return [train, loss, noise], [w, steps]


def bits(values: Any) -> list[bytes]:
    return [np.asarray(v).tobytes() for v in values if v is not None]


@pytest.fixture
def uninterrupted() -> list[list[bytes]]:
    """Loss and noise of ten steps, and what they leave, without any saving."""
    with Graph().as_default(), Session("sync") as session:
        step, variables = noisy_training()
        session.run(df.global_variables_initializer())
        return [bits(session.run(s)) for s in [step] * 10 + [variables]]


def resumed(first: Any, second: Any) -> list[list[bytes]]:
    """The same from two sessions: one goes on from a checkpoint of the other."""
    with Graph().as_default(), Session(first) as session:
        step, (_, steps) = noisy_training()
        saver = Saver(max_to_keep=2)
        session.run(df.global_variables_initializer())
        before = []
        for _ in range(4):
            before.append(bits(session.run(step)))
            saver.save(session, "model", global_step=steps)
        session.run(step)  # lost
    with Graph().as_default(), Session(second) as session:
        step, variables = noisy_training()
        session.run(df.global_variables_initializer())
        Saver().restore(session, df.train.latest_checkpoint("."))
        after = [bits(session.run(s)) for s in [step] * 6 + [variables]]
    return before + after


def test_training_goes_on_to_the_bit_with_the_same_draws(
    daskflow_scheduler, uninterrupted
):
    assert resumed(daskflow_scheduler, daskflow_scheduler) == uninterrupted


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("sync", "threads"),
        ("threads", "sync"),
        pytest.param("cluster", "threads", marks=pytest.mark.slow),
        pytest.param("sync", "cluster", marks=pytest.mark.slow),
    ],
)
def test_training_goes_on_to_the_bit_under_another_scheduler(
    first: str,
    second: str,
    uninterrupted: list[list[bytes]],
    scheduler_named: Callable[[str], Any],
) -> None:
    assert resumed(scheduler_named(first), scheduler_named(second)) == uninterrupted


def test_saving_changes_no_draw(session):
    noise, w = df.random_uniform([3]), df.Variable(1.0)
    saver = Saver()
    with Session("sync") as other:
        plain = [bits(other.run([w, noise])) for _ in range(4)]
    saved = []
    for i in range(4):
        saved.append(bits(session.run([w, noise])))
        saver.save(session, "model", global_step=i)
    assert saved == plain


def test_going_back_in_one_session_draws_again_what_followed(session):
    w = df.Variable(0.0)
    step = w.assign_add(df.random_normal([]))
    saver = Saver()
    session.run(step)
    saver.save(session, "model")
    first = [session.run(step) for _ in range(3)]
    saver.restore(session, "model")
    assert [session.run(step) for _ in range(3)] == first


def test_restoring_some_variables_alone_leaves_the_draws_as_they_are(session):
    v, noise = df.Variable(1.0), df.random_uniform([3])
    df.Variable(2.0)
    draws = [bits([session.run(noise)]) for _ in range(3)]
    Saver().save(session, "model")
    with Session("sync") as other:
        assert bits([other.run(noise)]) == draws[0]
        Saver([v]).restore(other, "model")
        assert bits([other.run(noise)]) == draws[1]


def test_a_checkpoint_of_some_variables_alone_leaves_the_draws_as_they_are(session):
    v, noise = df.Variable(1.0, name="v"), df.random_uniform([3], seed=5)
    df.Variable(2.0)
    draws = [bits([session.run(noise)]) for _ in range(3)]
    Saver([v]).save(session, "model")
    with Graph().as_default(), Session("sync") as other:
        df.Variable(0.0, name="v")  # the only one
        noise = df.random_uniform([3], seed=5)
        assert bits([other.run(noise)]) == draws[0]
        Saver().restore(other, "model")
        assert bits([other.run(noise)]) == draws[1]


def test_what_is_saved_while_other_threads_train_is_of_one_moment(session):
    v, w = df.Variable(0, name="v"), df.Variable(0, name="w")
    up = df.group(v.assign_add(1), w.assign_sub(1))
    saver, stop = Saver(max_to_keep=None), threading.Event()

    def train() -> None:
        while not stop.is_set():
            session.run(up)

    with ThreadPoolExecutor(2) as pool:
        runs = [pool.submit(train) for _ in range(2)]
        prefixes = [saver.save(session, "model", i) for i in range(20)]
        stop.set()
        assert [run.result() for run in runs] == [None, None]
    seen = [int(df.train.load_variable(prefix, "v")) for prefix in prefixes]
    assert seen == [-df.train.load_variable(prefix, "w") for prefix in prefixes]
    assert seen == sorted(seen)
    assert len(set(seen)) > 1


# Steps, and which checkpoints stay


def saved_steps(pattern: str = "model-*.index") -> list[int]:
    return sorted(int(p.split("-")[1].split(".")[0]) for p in glob.glob(pattern))


def test_the_step_is_a_number_a_variable_or_a_tensor(session):
    steps = df.Variable(41, trainable=False, dtype="int64", name="global_step")
    saver = Saver()
    assert saver.save(session, "model", global_step=40) == "model-40"
    assert saver.save(session, "model", global_step=np.int64(3)) == "model-3"
    assert saver.save(session, "model", global_step=steps) == "model-41"
    assert saver.save(session, "model", global_step=steps + 1) == "model-42"
    padded = Saver(pad_step_number=True)
    assert padded.save(session, "model", global_step=5) == "model-00000005"


def test_a_step_that_is_not_saved_itself_is_of_the_same_moment(session):
    w, steps = df.Variable(1.0, name="w"), df.Variable(7, name="steps")
    assert Saver([w]).save(session, "model", steps) == "model-7"
    assert df.train.list_variables("model-7") == [("w", [])]


@pytest.mark.parametrize(
    ("most", "left"), [(5, [6, 7, 8, 9, 10]), (1, [10]), (None, [*range(11)]),
                       (0, [*range(11)])],
)  # fmt: skip
def test_max_to_keep_deletes_older_ones(most, left, session):
    df.Variable(1.0)
    saver = Saver(max_to_keep=most)
    for step in range(11):
        saver.save(session, "model", global_step=step)
    assert saved_steps() == left
    assert saver.last_checkpoints == [f"model-{step}" for step in left]
    state = df.train.get_checkpoint_state(".")
    assert state.model_checkpoint_path == "./model-10"
    assert state.all_model_checkpoint_paths == [f"./model-{step}" for step in left]


def test_the_same_prefix_again_counts_once_as_the_latest(session):
    df.Variable(1.0)
    saver = Saver(max_to_keep=2)
    for step in [1, 2, 1, 3]:
        saver.save(session, "model", global_step=step)
    assert saver.last_checkpoints == ["model-1", "model-3"]
    assert saved_steps() == [1, 3]


def test_one_for_every_so_many_hours_stays(session):
    df.Variable(1.0)
    saver = Saver(max_to_keep=1, keep_checkpoint_every_n_hours=1.0)
    hours = [0.0, 0.5, 1.5, 1.7, 2.5, 2.9]  # since the saver was made
    for step in range(len(hours)):
        saver.save(session, "model", step, write_state=False)
    now = time.time()
    saver.set_last_checkpoints_with_time(
        [(f"model-{step}", now + 3600 * hour) for step, hour in enumerate(hours)]
    )
    saver.save(session, "model", global_step=6)
    assert saved_steps() == [2, 4, 6]
    assert saver.last_checkpoints == ["model-6"]


def test_a_program_that_starts_again_goes_on_deleting(session):
    df.Variable(1.0)
    saver = Saver(max_to_keep=3)
    for step in range(3):
        saver.save(session, "model", global_step=step)
    os.unlink("model-1.index")
    again = Saver(max_to_keep=3)
    again.recover_last_checkpoints(
        df.train.get_checkpoint_state(".").all_model_checkpoint_paths
    )
    assert again.last_checkpoints == ["./model-0", "./model-2"]
    for step in range(3, 5):
        again.save(session, "model", global_step=step)
    assert saved_steps() == [2, 3, 4]
    other = Saver(max_to_keep=2)
    other.set_last_checkpoints(again.last_checkpoints[-2:])
    other.save(session, "model", global_step=5)
    assert other.last_checkpoints == ["model-4", "model-5"]
    other.set_last_checkpoints_with_time([("model-5", 1.0)])
    assert other.last_checkpoints == ["model-5"]


def test_two_savers_keep_their_own_lists(session):
    df.Variable(1.0)
    often, best = Saver(max_to_keep=1), Saver(max_to_keep=1)
    best.save(session, "best", latest_filename="checkpoint_best")
    for step in range(3):
        often.save(session, "model", global_step=step)
    assert saved_steps() == [2]
    assert df.train.latest_checkpoint(".") == "./model-2"
    assert df.train.latest_checkpoint(".", "checkpoint_best") == "./best"
    best.restore(session, "best")


def test_without_state_a_checkpoint_is_neither_listed_nor_deleted(session):
    df.Variable(1.0)
    saver = Saver(max_to_keep=1)
    for step in range(3):
        saver.save(session, "model", step, write_state=False, write_meta_graph=False)
    assert saved_steps() == [0, 1, 2]
    assert df.train.latest_checkpoint(".") is None


# Finding them


def test_paths_are_written_as_they_can_be_found_again(session, folder):
    df.Variable(1.0)
    os.mkdir("logs")
    saver = Saver()
    saver.save(session, "logs/model", global_step=1)
    assert Path("logs/checkpoint").read_text() == (
        'model_checkpoint_path: "model-1"\nall_model_checkpoint_paths: "model-1"\n'
    )
    assert df.train.latest_checkpoint("logs") == "logs/model-1"
    absolute = str(folder / "logs" / "model")
    assert saver.save(session, absolute, global_step=2) == f"{absolute}-2"
    assert (
        f'model_checkpoint_path: "{absolute}-2"' in Path("logs/checkpoint").read_text()
    )
    assert df.train.latest_checkpoint("logs") == f"{absolute}-2"
    movable = Saver(save_relative_paths=True)
    movable.save(session, absolute, global_step=3)
    os.rename("logs", "moved")
    assert df.train.latest_checkpoint("moved") == "moved/model-3"
    Saver().restore(session, df.train.latest_checkpoint(folder / "moved"))
    Saver().save(session, Path("moved/other"))
    assert df.train.latest_checkpoint("moved") == "moved/other"


def test_a_directory_without_checkpoints_gives_none(session):
    assert df.train.latest_checkpoint(".") is None
    assert df.train.get_checkpoint_state("nowhere") is None
    assert not df.train.checkpoint_exists("model")
    df.Variable(1.0)
    prefix = Saver().save(session, "model")
    assert df.train.checkpoint_exists(prefix)
    os.unlink("model.index")
    assert df.train.get_checkpoint_state(".").model_checkpoint_path == "./model"
    assert df.train.latest_checkpoint(".") is None


@pytest.mark.parametrize(
    "name", ['a "quoted" name', "back\\slash", "Ünï\n\tcode", "\udc80"]
)
def test_any_name_of_a_file_can_be_listed(name, session):
    df.Variable(1.0)
    Saver().save(session, name)
    assert Path("checkpoint").read_bytes().isascii()
    assert df.train.latest_checkpoint(".") == f"./{name}"


def test_the_list_of_checkpoints_may_be_one_that_tensorflow_wrote():
    Path("checkpoint").write_text(
        'model_checkpoint_path: "/logs/\\303\\274\\x41\\n\\\'-2"\n'
        'all_model_checkpoint_paths: "model-1"\n'
        'all_model_checkpoint_paths: "/logs/\\303\\274\\x41\\n\\\'-2"\n\n'
        "all_model_checkpoint_timestamps: 1571000000.25\n"
        "all_model_checkpoint_timestamps: 1.5e+09\n"
        "last_preserved_timestamp: 1571000000.0\n"
    )
    state = df.train.get_checkpoint_state(".")
    latest = "/logs/üA\n'-2"
    assert state == CheckpointState(latest, ["./model-1", latest])


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "it names no latest checkpoint"),
        ('model_checkpoint_path: ""', "it names no latest checkpoint"),
        ('model_checkpoint_path: "a"\nmodel_checkpoint_path: "b"', "or several"),
        ('model_checkpoint_path: "a', "line 1 is"),
        ("model_checkpoint_path: a", "line 1 is"),
        ("model_checkpoint_path: 'a'", "line 1 is"),
        ('model_checkpoint_path: "a" "b"', "line 1 is"),
        ('model_checkpoint_path: "a"\nsomething: "b"', "line 2 is b'something"),
        ('model_checkpoint_path: "a\\q"', "line 1: .* stands for no character"),
        ('model_checkpoint_path: "a\\0"', "line 1: .* stands for no byte of a path"),
        ('model_checkpoint_path: "a\\777"', "line 1: .* stands for no byte of a path"),
        ("\0\1\2", "line 1 is"),
    ],
)
def test_another_text_is_refused(text, complaint):
    Path("checkpoint").write_text(text)
    with pytest.raises(
        errors.DataLossError, match=f"checkpoint' is no list.*{complaint}"
    ):
        df.train.latest_checkpoint(".")


def test_update_checkpoint_state_lists_what_it_is_given():
    df.train.update_checkpoint_state(".", "model-2", ["model-1"])
    state = df.train.get_checkpoint_state(".")
    assert state.all_model_checkpoint_paths == ["./model-1", "./model-2"]
    df.train.update_checkpoint_state(".", "model-3", latest_filename="other")
    assert df.train.get_checkpoint_state(".", "other").all_model_checkpoint_paths == [
        "./model-3"
    ]


def test_a_checkpoint_can_be_looked_into_by_prefix_or_directory(session):
    df.Variable([1.0, 2.0], name="w")
    df.Variable(3, name="steps")
    with pytest.raises(errors.NotFoundError, match="no checkpoint is listed in .*'.'"):
        df.train.list_variables(".")
    Saver().save(session, "model")
    assert df.train.list_variables(".") == [("steps", []), ("w", [2])]
    assert df.train.load_variable("model", "w:0").tolist() == [1.0, 2.0]
    reader = df.train.load_checkpoint(".")
    assert reader.get_tensor("steps") == 3
    with pytest.raises(errors.NotFoundError, match="there is no checkpoint 'mo.index'"):
        df.train.load_checkpoint("mo")


# What is refused


def test_a_missing_checkpoint_is_refused(session):
    df.Variable(1.0)
    saver = Saver()
    with pytest.raises(errors.NotFoundError, match="no checkpoint './model-9.index'"):
        saver.restore(session, "./model-9")
    with pytest.raises(ValueError, match="save_path is None, which is what latest_ch"):
        saver.restore(session, df.train.latest_checkpoint("."))


def test_a_missing_directory_is_refused(session):
    df.Variable(1.0)
    with pytest.raises(ValueError, match="directory 'a/b' does not exist; make it"):
        Saver().save(session, "a/b/model")


def test_a_variable_that_is_not_in_the_checkpoint_is_named(session):
    v = df.Variable(1.0, name="v")
    Saver([v]).save(session, "model")
    session.run(v.assign(2.0))
    df.Variable(1.0, name="w")
    with pytest.raises(errors.NotFoundError, match="no 'w' in 'model.index', .* 'v'"):
        Saver().restore(session, "model")
    assert session.run(v) == 2.0


@pytest.mark.parametrize(
    ("value", "spec"), [([1.0, 2.0], "float32 [2]"), (1, "int32 []")]
)
def test_a_variable_of_another_shape_or_dtype_is_named(value, spec, session):
    v, w = df.Variable(1.0, name="v"), df.Variable(value, name="w")
    Saver().save(session, "model")
    with Graph().as_default(), Session("sync") as other:
        v, w = df.Variable(5.0, name="v"), df.Variable(6.0, name="w")
        complaint = rf"'w:0': it holds float32 \[\], and 'w' .* is {spec[:-1]}"
        with pytest.raises(
            errors.InvalidArgumentError, match=complaint.replace(" [", r" \[")
        ) as e:
            Saver().restore(other, "model")
        assert e.value.op is w.op
        assert other.run([v, w]) == [5.0, 6.0]


def test_a_damaged_checkpoint_is_refused_and_nothing_restored(session):
    v, w = df.Variable(1.0), df.Variable(np.ones(50_000))
    saver = Saver()
    saver.save(session, "model")
    session.run([v.assign(2.0), w.assign(np.zeros(50_000))])
    with open("model.index", "r+b") as file:
        file.seek(200_000)
        file.write(b"\1")
    with pytest.raises(
        errors.DataLossError, match="'model.index' is damaged: its bytes"
    ):
        saver.restore(session, "model")
    assert session.run(v) == 2.0
    assert not session.run(w).any()


def test_variables_of_another_graph_are_refused(session):
    w = df.Variable(1.0, name="w")
    saver = Saver()
    saver.save(session, "model")
    with Graph().as_default(), Session("sync") as other:
        df.Variable(5.0, name="w")
        for use in [saver.save, saver.restore]:
            with pytest.raises(errors.GraphError, match="'w:0' is in another graph"):
                use(other, "model")
        both = {"a": w, "b": df.Variable(1.0)}
        with pytest.raises(errors.GraphError, match="two variables are named 'w'"):
            Saver([w, other.graph.variables[0]])
        with pytest.raises(errors.GraphError, match="'w:0' is in another graph"):
            Saver(both).save(other, "model")


def test_what_cannot_be_saved_is_refused(session):
    with pytest.raises(errors.GraphError, match="there are no variables to save"):
        Saver()
    empty = Saver(allow_empty=True)
    assert empty.save(session, "model") is None
    empty.restore(session, "model")
    w = df.Variable(1.0)
    for wrong in [[w + 1.0], {"w": 3}, ["w"]]:
        with pytest.raises(TypeError, match="a Saver saves Variables, got"):
            Saver(wrong)
    with pytest.raises(ValueError, match="latest_filename must have no directory"):
        Saver().save(session, "model", latest_filename="a/b")
    with pytest.raises(ValueError, match="choose another latest_filename"):
        Saver().save(session, "model", latest_filename="model.index")
    assert not glob.glob("*")


# Power that fails: kill -9

SAVES = """
import os, sys
import daskflow as df
import numpy as np

steps = df.Variable(0, dtype="int64", name="steps")
w = df.Variable(np.zeros(200_000), name="w")
up = steps.assign_add(1)
fill = w.assign(df.zeros_like(w) + df.cast(up, "float64"))
saver = df.train.Saver(max_to_keep=2)

def save_for_ever():
    with df.Session("sync") as session:
        state = df.train.get_checkpoint_state("logs")
        if state:
            saver.restore(session, state.model_checkpoint_path)
            saver.recover_last_checkpoints(state.all_model_checkpoint_paths)
        print("saving", os.getpid(), session.run(steps), flush=True)
        while True:
            session.run(fill)
            saver.save(session, "logs/model", global_step=steps)

for line in sys.stdin:  # a process that has imported everything, one fork for each line
    if not (child := os.fork()):
        save_for_ever()
    os.waitpid(child, 0)
    print("killed", flush=True)
"""

KILLS = 40


@pytest.mark.slow
def test_a_checkpoint_survives_kill_9_at_any_moment(folder):
    seed = random.SystemRandom().randrange(2**32)
    print("seed", seed)  # noqa: T201  # for whoever sees this fail
    delay = random.Random(seed)
    os.mkdir("logs")
    steps, torn = 0, 0
    with subprocess.Popen(
        [sys.executable, "-c", SAVES],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as parent:
        for _ in range(KILLS):
            parent.stdin.write("go\n")
            parent.stdin.flush()
            word, pid, found = parent.stdout.readline().split()
            assert (word, int(found)) == ("saving", steps)
            time.sleep(delay.uniform(0.0, 0.1))
            os.kill(int(pid), signal.SIGKILL)
            assert parent.stdout.readline() == "killed\n"
            steps = whole_checkpoint(steps)
            torn += bool(left := glob.glob("logs/.*"))
            for path in left:
                os.unlink(path)
        parent.stdin.close()
    assert parent.returncode == 0
    assert steps > 0
    assert torn > 0  # or no kill came while a file was being written


def whole_checkpoint(at_least: int) -> int:
    """The step of the latest checkpoint, which is whole and no older than that."""
    state = df.train.get_checkpoint_state("logs")
    if state is None:
        assert at_least == 0
        return 0
    with Graph().as_default(), Session("sync") as session:
        steps = df.Variable(0, dtype="int64", name="steps")
        w = df.Variable(np.zeros(200_000), name="w")
        saver = Saver()
        for prefix in state.all_model_checkpoint_paths:
            saver.restore(session, prefix)
            assert prefix == f"logs/model-{session.run(steps)}"
            assert (session.run(w) == session.run(steps)).all()
        assert prefix == state.model_checkpoint_path
        assert session.run(steps) >= at_least
        return int(session.run(steps))


def test_a_local_variable_is_not_saved_and_draws_go_on_all_the_same(
    tmp_path: Path,
) -> None:
    w = df.Variable(0.0, name="w")
    local = df.Variable(0.0, name="l", collections=[df.GraphKeys.LOCAL_VARIABLES])
    step = df.group(w.assign_add(df.random_normal([])), local.assign_add(1.0))
    saver = df.train.Saver()
    with df.Session("sync") as session:
        session.run(step)
        prefix = saver.save(session, str(tmp_path / "model"))
        session.run(step)
        wanted = session.run(w)
    assert df.train.list_variables(prefix) == [("w", [])]
    with df.Session("sync") as session:
        saver.restore(session, prefix)
        session.run(step)
        assert session.run([w, local]) == [wanted, 1.0]


def test_several_threads_may_save_with_one_saver(folder, monkeypatch):
    update = df.train.update_checkpoint_state

    def slowly(*args, **settings):
        recorded = list(args[2])
        time.sleep(0.002)  # time for others to record and delete, if they may
        assert saver.last_checkpoints == recorded
        update(*args, **settings)

    monkeypatch.setattr("daskflow.train.saver.update_checkpoint_state", slowly)
    df.Variable(np.ones(1_000), name="w")
    saver = Saver(max_to_keep=3)
    with Session("sync") as session, ThreadPoolExecutor(4) as pool:
        save = lambda step: saver.save(  # noqa: E731
            session, "./model", step, write_meta_graph=False
        )
        assert sorted(pool.map(save, range(60))) == sorted(
            f"./model-{step}" for step in range(60)
        )
        state = df.train.get_checkpoint_state(".")
        assert state.all_model_checkpoint_paths == saver.last_checkpoints
        assert len(saver.last_checkpoints) == 3
        there = {file.name for file in folder.iterdir()}
        assert there == {
            "checkpoint",
            *(f"{p[2:]}{SUFFIX}" for p in saver.last_checkpoints),
        }
        saver.restore(session, state.model_checkpoint_path)
