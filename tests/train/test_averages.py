"""Averages of variables over the steps of a training."""

import numpy as np
import pytest

import daskflow as df
from daskflow.errors import DTypeError


def test_an_average_follows_what_a_step_leaves(session):
    w = df.Variable([0.0, 8.0])
    averages = df.train.ExponentialMovingAverage(0.75)
    with df.control_dependencies([w.assign_add([4.0, 4.0])]):
        update = averages.apply([w])
    for wanted in ([1.0, 9.0], [2.75, 10.75]):
        session.run(update)
        assert session.run(averages.average(w)).tolist() == wanted


def test_early_averages_follow_faster_with_num_updates(session):
    count = df.Variable(0)
    x = df.placeholder("float32", [])
    averages = df.train.ExponentialMovingAverage(0.9, num_updates=count)
    update = averages.apply([x])
    session.run(update, {x: 10.0})
    assert session.run(averages.average(x)) == pytest.approx(9.0)
    session.run(count.assign(10**6))
    session.run(update, {x: 0.0})
    assert session.run(averages.average(x)) == pytest.approx(8.1)


def test_the_zero_that_an_average_starts_from_can_be_taken_out(session):
    x = df.placeholder("float32", [None])
    averages = df.train.ExponentialMovingAverage(0.9, zero_debias=True)
    total = df.reduce_sum(x)
    update = averages.apply([total, df.Variable(1.0)])
    assert {v.op.name for v in df.global_variables()} >= {
        "Sum/ExponentialMovingAverage/biased",
        "Sum/ExponentialMovingAverage/local_step",
    }
    session.run(update, {x: [2.0, 3.0]})
    assert session.run(averages.average(total)) == pytest.approx(5.0)
    session.run(update, {x: [1.0]})
    assert session.run(averages.average(total)) == pytest.approx(
        (0.9 * 5.0 + 1.0) / 1.9
    )


def test_a_second_apply_brings_the_same_averages_up_to_date(session):
    w = df.Variable(1.0)
    averages = df.train.ExponentialMovingAverage(0.5)
    first, second = averages.apply([w]), averages.apply()
    assert len(df.moving_average_variables()) == 1
    session.run(first)
    session.run(w.assign(3.0))
    session.run(second)
    assert session.run(averages.average(w)) == 2.0


def test_a_saver_restores_averages_as_values(tmp_path):
    w = df.Variable(1.0, name="w")
    count = df.Variable(7, trainable=False, name="count")
    averages = df.train.ExponentialMovingAverage(0.5)
    update = averages.apply([w])
    with df.Session("sync") as session:
        session.run(w.assign(3.0))
        session.run([update, w.initializer])
        path = df.train.Saver().save(session, str(tmp_path / "model"))
        wanted = session.run(averages.average(w))
    renamed = averages.variables_to_restore()
    assert renamed == {"w/ExponentialMovingAverage": w, "count": count}
    with df.Session("sync") as session:
        df.train.Saver(renamed).restore(session, path)
        assert session.run([w, count]) == [wanted, 7]


def test_only_floats_are_averaged():
    averages = df.train.ExponentialMovingAverage(0.5)
    with pytest.raises(DTypeError, match="half, float, or double"):
        averages.apply([df.Variable(np.int32(1))])
