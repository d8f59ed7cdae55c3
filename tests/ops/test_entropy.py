"""Cross-entropies: far out, of labels that are none, called the wrong way."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

import daskflow as df
from daskflow.errors import DTypeError, GraphError, InvalidArgumentError, ShapeError

FUNCTIONS = [
    df.nn.softmax_cross_entropy_with_logits,
    df.nn.sparse_softmax_cross_entropy_with_logits,
    df.nn.sigmoid_cross_entropy_with_logits,
]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_it_is_called_by_names(function):
    with pytest.raises(GraphError, match=f"{function.__name__} with named arguments"):
        function([[0.0, 1.0]], [[1.0, 2.0]])
    with pytest.raises(GraphError, match=f"{function.__name__} needs logits"):
        function(labels=[[0.0, 1.0]])


def test_it_stays_finite_far_out(session):
    x = df.constant([[1e30, 0.0, -1e30], [-1e30, -1e30, -1e30]])
    dense = df.nn.softmax_cross_entropy_with_logits(
        labels=[[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]], logits=x
    )
    sparse = df.nn.sparse_softmax_cross_entropy_with_logits(labels=[0, 2], logits=x)
    for loss in (dense, sparse):
        value, [slope] = session.run([loss, df.gradients(loss, x)])
        assert_allclose(value, [0, np.log(3)], rtol=1e-6)
        assert_allclose(slope, [[0, 0, 0], [1 / 3, 1 / 3, -2 / 3]], rtol=1e-6)


def test_one_label_is_a_row_with_a_single_1(session):
    logits = np.random.default_rng(0).standard_normal((2, 3, 5))
    labels = np.array([[0, 4, 2], [1, 1, 3]])
    x = df.constant(logits)
    sparse = df.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=x)
    dense = df.nn.softmax_cross_entropy_with_logits_v2(np.eye(5)[labels], x)
    one, other, [slope], [like] = session.run(
        [sparse, dense, df.gradients(sparse, x), df.gradients(dense, x)]
    )
    assert_allclose(one, other, rtol=1e-12)
    assert_allclose(slope, like, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("label", [-1, 3])
def test_a_label_that_is_no_class_fails_the_run(label, session):
    labels, x = df.placeholder("int32", [None]), df.constant([[1.0, 2.0, 3.0]])
    loss = df.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=x)
    [slope] = df.gradients(loss, x)
    for fetch in (loss, slope):
        with pytest.raises(
            InvalidArgumentError, match="needs labels with 0 <= label < 3"
        ):
            session.run(fetch, {labels: [label]})


def test_labels_of_one_class_each_are_ints():
    with pytest.raises(DTypeError, match="needs ints for labels, got float32"):
        df.nn.sparse_softmax_cross_entropy_with_logits(labels=[1.0], logits=[[1.0]])
    with pytest.raises(ShapeError, match="needs a label for each row of logits, got"):
        df.nn.sparse_softmax_cross_entropy_with_logits(labels=[[1]], logits=[[1.0]])
    with pytest.raises(ShapeError, match="needs logits of rank 1 or more"):
        df.nn.sparse_softmax_cross_entropy_with_logits(labels=1, logits=1.0)


def test_the_older_one_takes_labels_for_constants():
    p, x = df.constant([[0.5, 0.5]]), df.constant([[1.0, 2.0]])
    older = df.nn.softmax_cross_entropy_with_logits(labels=p, logits=x)
    newer = df.nn.softmax_cross_entropy_with_logits_v2(labels=p, logits=x)
    assert df.gradients(older, [p]) == [None]
    assert df.gradients(newer, [p]) != [None]


def test_float16_is_computed_in_float32(session):
    x = np.full((1, 5_000), 3.0, np.float16)
    for loss in (
        df.nn.softmax_cross_entropy_with_logits_v2(np.eye(1, 5_000), x),
        df.nn.sparse_softmax_cross_entropy_with_logits(labels=[0], logits=x),
    ):
        value = session.run(loss)
        assert value.dtype == np.float16
        assert_allclose(value, np.log(5_000), rtol=1e-3)
