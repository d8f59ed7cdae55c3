"""Metrics: what TensorFlow's recorded values do not say."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import daskflow as df
from daskflow.errors import GraphError, InvalidArgumentError

PREDICTIONS = st.floats(0, 1, width=32)


def test_a_metric_is_of_all_runs_since_its_variables_were_initialized(session):
    x = df.placeholder(df.float32, [None])
    value, update = df.metrics.mean(x)
    assert session.run(update, {x: [1.0, 2.0]}) == 1.5
    assert session.run(update, {x: [6.0]}) == 3.0
    assert session.run(value) == 3.0
    session.run(df.local_variables_initializer())
    assert session.run(update, {x: [8.0]}) == 8.0


def test_a_failed_update_counts_nothing(session):
    x = df.placeholder(df.float32, [None])
    value, update = df.metrics.auc([True, False], x)
    before = session.run(value)
    with pytest.raises(InvalidArgumentError, match="between 0 and 1"):
        session.run(update, {x: [0.5, 1.5]})
    assert session.run(value) == before


def test_what_metrics_keep_is_neither_saved_nor_trained():
    df.metrics.precision([True], [True])
    assert df.global_variables() == df.trainable_variables() == []
    assert [v.op.name for v in df.local_variables()] == [
        "precision/true_positives/count",
        "precision/false_positives/count",
    ]
    assert df.get_collection(df.GraphKeys.METRIC_VARIABLES) == df.local_variables()


def test_an_unknown_curve_is_told_those_there_are():
    with pytest.raises(GraphError, match="'ROC' or 'PR', got 'roc'"):
        df.metrics.auc([True], [0.5], curve="roc")
    with pytest.raises(GraphError, match="trapezoidal.*got 'left'"):
        df.metrics.auc([True], [0.5], summation_method="left")


@settings(max_examples=30)
@given(
    st.lists(st.tuples(st.booleans(), PREDICTIONS, st.floats(0, 8, width=16))),
    st.lists(st.floats(-1, 2, width=32), max_size=5),
)
def test_counts_at_thresholds_are_those_of_each_threshold(rows, thresholds):
    labels = np.array([row[0] for row in rows], bool)
    predictions, weights = (np.array([row[i] for row in rows], "f") for i in (1, 2))
    with df.Graph().as_default(), df.Session("sync") as session:
        counts = [
            metric(labels, predictions, thresholds, weights)[1]
            for metric in (
                df.metrics.true_positives_at_thresholds,
                df.metrics.false_positives_at_thresholds,
                df.metrics.true_negatives_at_thresholds,
                df.metrics.false_negatives_at_thresholds,
            )
        ]
        found = session.run(counts)
    above = predictions > np.array(thresholds, "f")[:, None]
    wanted = [above & labels, above & ~labels, ~above & ~labels, ~above & labels]
    for count, is_so in zip(found, wanted, strict=True):
        np.testing.assert_allclose(count, (is_so * weights).sum(-1), rtol=1e-5)


@settings(max_examples=30)
@given(st.lists(st.tuples(st.booleans(), PREDICTIONS), min_size=1))
def test_the_area_under_a_curve_is_between_those_that_err_to_either_side(rows):
    labels = [row[0] for row in rows]
    predictions = np.array([row[1] for row in rows], "f")
    with df.Graph().as_default(), df.Session("sync") as session:
        low, area, high = session.run(
            [
                df.metrics.auc(labels, predictions, summation_method=method)[1]
                for method in ("minoring", "trapezoidal", "majoring")
            ]
        )
    assert 0 <= low <= area <= high <= 1 + 1e-5
