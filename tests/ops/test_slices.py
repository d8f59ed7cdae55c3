"""Indexed slices, and the gradients that have them."""

import numpy as np
import pytest

import daskflow as df
from daskflow.errors import FeedError, GraphError, InvalidArgumentError


def slices(values=((1.0, 2.0), (3.0, 4.0)), indices=(2, 0), shape=(3, 2)):
    return df.IndexedSlices(values, indices, shape)


def test_fetching_them_gives_their_parts_in_any_structure(session):
    rows = slices()
    one, again = session.run((rows, {"again": rows}))
    assert isinstance(one, df.IndexedSlicesValue)
    assert one.values.tolist() == [[1.0, 2.0], [3.0, 4.0]]
    assert one.indices.tolist() == [2, 0]
    assert one.dense_shape.tolist() == [3, 2]
    assert again["again"].indices.tolist() == [2, 0]


def test_without_a_dense_shape_none_is_fetched_and_none_made_dense(session):
    rows = df.IndexedSlices([1.0], [0])
    assert session.run(rows).dense_shape is None
    assert rows.shape.ndims is None
    with pytest.raises(GraphError, match="dense_shape"):
        df.convert_to_tensor(rows)


def test_an_op_takes_them_for_the_dense_tensor(session):
    dense = [[3.0, 4.0], [0.0, 0.0], [1.0, 2.0]]
    rows = slices()
    assert session.run(df.negative(df.negative(rows))).tolist() == dense
    assert session.run(rows + 1.0).tolist() == (np.array(dense) + 1.0).tolist()
    assert session.run(2.0 * rows).tolist() == (2.0 * np.array(dense)).tolist()
    assert session.run(rows[0]).tolist() == dense[0]
    w = df.Variable(np.zeros((3, 2), np.float32))
    assert session.run(w.assign(rows)).tolist() == dense


def test_rows_of_one_place_add_up_in_the_dense_tensor(session):
    rows = slices(indices=(1, 1), shape=df.placeholder_with_default([3, 2], [2]))
    assert rows.shape.as_list() == [None, None]
    assert session.run(rows + 0.0).tolist() == [[0.0, 0.0], [4.0, 6.0], [0.0, 0.0]]


def test_a_place_that_is_not_there_fails_the_run(session):
    with pytest.raises(InvalidArgumentError):
        session.run(df.convert_to_tensor(slices(indices=(3, 0))))


def test_they_have_the_attributes_of_a_tensor():
    with df.name_scope("s"):
        rows = slices()
    assert rows.dtype == "float32"
    assert rows.shape == (3, 2)
    assert rows.graph is df.get_default_graph()
    assert rows.name == rows.values.name == "s/Const:0"
    assert rows.op is rows.values.op
    assert rows.device == ""
    negative = -rows
    assert isinstance(negative, df.IndexedSlices)
    assert rows.consumers() == [negative.values.op]
    assert repr(rows) == "<IndexedSlices 's/Const:0' float32 [2, 2] at 's/Const_1:0'>"


def test_control_dependencies_wait_for_them(session):
    w = df.Variable([1.0, 2.0])
    rows = df.IndexedSlices(w.assign_add([1.0, 1.0]), [0, 1])
    with df.control_dependencies([rows]):
        after = w.read_value()
    assert session.run(after).tolist() == [2.0, 3.0]


def test_their_tensors_are_fed_and_not_they_themselves(session):
    rows = slices()
    with pytest.raises(FeedError, match="made of"):
        session.run(rows, {rows: 1.0})
    assert session.run(rows, {rows.indices: [1, 1]}).indices.tolist() == [1, 1]


def test_a_variable_adds_them_up(session):
    w, total = df.Variable([1.0, 2.0]), df.Variable([0.0, 0.0])
    [slope] = df.gradients(df.gather(w, [1, 1]), w)
    session.run(total.assign_add(slope))
    assert session.run(total).tolist() == [0.0, 2.0]


def test_a_gradient_stays_rows_through_the_reads_of_a_variable(session):
    w = df.Variable([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    [by_value] = df.gradients(df.gather(w, [2, 2]), w)
    [by_reading] = df.gradients(df.gather(w.read_value(), [2]), w)
    assert session.run(by_value).indices.tolist() == [2, 2]
    assert session.run(by_reading).indices.tolist() == [2]


def test_rows_are_gathered_again_where_a_gradient_is_differentiated(session):
    w = df.Variable([1.0, 2.0, 3.0])
    [slope] = df.gradients(df.gather(w, [2, 0, 2]) ** 3.0, w)
    [curvature] = df.gradients(slope + 0.0, w)
    value = session.run(df.convert_to_tensor(curvature))
    np.testing.assert_allclose(value, [6.0, 0.0, 36.0])


def test_an_empty_gather_has_a_gradient_of_no_rows(session):
    w = df.Variable([[1.0, 2.0]])
    [slope] = df.gradients(df.gather(w, np.zeros(0, np.int32)), w)
    assert session.run(slope).values.shape == (0, 2)
    assert session.run(df.convert_to_tensor(slope)).tolist() == [[0.0, 0.0]]
