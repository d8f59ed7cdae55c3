"""Layers: what TensorFlow's recorded values do not say."""

import inspect

import numpy as np
import pytest

import daskflow as df
from daskflow.errors import DTypeError, GraphError, ShapeError


def test_the_function_of_a_layer_has_the_parameters_of_its_class():
    parameters = list(inspect.signature(df.layers.conv2d).parameters)
    of_class = list(inspect.signature(df.layers.Conv2D).parameters)
    assert parameters == ["inputs", *of_class[:-1], "reuse"]
    assert "reuse" not in inspect.signature(df.layers.max_pooling2d).parameters
    assert df.layers.conv2d_transpose.__name__ == "conv2d_transpose"
    with pytest.raises(TypeError, match="missing a required argument: 'units'"):
        df.layers.dense([[1.0]])


def test_a_network_of_layers_learns(session):
    points = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float32)
    df.set_random_seed(1)
    hidden = df.layers.dense(points, 8, df.tanh)
    logits = df.layers.dense(hidden, 1)
    loss = df.losses.sigmoid_cross_entropy([[0], [1], [1], [0]], logits)
    step = df.train.GradientDescentOptimizer(1.0).minimize(loss)
    before = session.run(loss)
    for _ in range(20):
        session.run(step)
    assert session.run(loss) < before


def test_moving_averages_follow_in_training_and_serve_afterwards(session):
    x, training = df.placeholder(df.float32, [None, 1]), df.placeholder(df.bool, [])
    y = df.layers.batch_normalization(x, training=training, momentum=0.5, epsilon=0.0)
    updates = df.get_collection(df.GraphKeys.UPDATE_OPS)
    with df.control_dependencies(updates):
        trained = df.identity(y)
    mean, variance = df.global_variables()[2:]
    given = {x: [[1.0], [3.0]], training: True}
    np.testing.assert_allclose(session.run(trained, given), [[-1.0], [1.0]])
    np.testing.assert_allclose(session.run([mean, variance]), [[1.0], [1.0]])
    np.testing.assert_allclose(session.run(trained, given | {training: False})[0], 0.0)
    np.testing.assert_allclose(session.run([mean, variance]), [[1.0], [1.0]])


def test_statistics_that_are_nan_leave_the_moving_ones_alone_out_of_training(session):
    x, training = df.placeholder(df.float32, [None, 1]), df.placeholder(df.bool, [])
    df.layers.batch_normalization(x, training=training)
    updates = df.get_collection(df.GraphKeys.UPDATE_OPS)
    session.run(updates, {x: [[np.nan]], training: False})
    assert np.isfinite(session.run(df.global_variables())).all()


def test_training_may_be_a_constant_a_variable_or_an_int(session):
    x = np.array([[1.0], [3.0]], np.float32)
    for training in (1, df.constant(True), df.Variable(True)):
        y = df.layers.batch_normalization(x, training=training, epsilon=0.0)
        np.testing.assert_allclose(session.run(y), [[-1.0], [1.0]])


def test_dropout_drops_when_the_flag_is_fed(session):
    training = df.placeholder(df.bool, [])
    y = df.layers.dropout(df.ones([50, 50]), 0.25, training=training)
    dropped = session.run(y, {training: True})
    assert {*np.unique(dropped)} == {np.float32(0), np.float32(1 / 0.75)}
    assert (session.run(y, {training: False}) == 1).all()


class Affine(df.layers.Layer):
    """A layer of the user's own, with two inputs."""

    def build(self, input_shape):
        first, second = input_shape
        assert second.as_list() == [None, 2]
        self.w = self.add_weight(
            "w", [int(first[-1]), 2], initializer="ones", regularizer=df.nn.l2_loss
        )

    def call(self, inputs, scale=1.0):
        x, shift = inputs
        return scale * (x @ self.w) + shift


def test_a_layer_of_one_s_own_takes_several_inputs_and_arguments(session):
    layer = Affine(name="affine")
    x, shift = df.ones([1, 3]), df.placeholder(df.float32, [None, 2])
    y = layer([x, shift], scale=2.0)
    np.testing.assert_allclose(session.run(y, {shift: [[1.0, 2.0]]}), [[7.0, 8.0]])
    assert [v.name for v in layer.variables] == ["affine/w:0"]
    assert layer.count_params() == 6
    assert session.run(layer.losses) == [3.0]
    assert df.losses.get_regularization_losses() == layer.losses
    assert repr(layer) == "<Affine 'affine'>"


def test_a_layer_makes_its_variables_when_it_is_built_and_not_later():
    class Late(df.layers.Layer):
        def call(self, inputs):
            return inputs * self.add_variable("by", [])

    with pytest.raises(GraphError, match="late/by does not exist"):
        Late()(1.0)


def test_losses_and_updates_may_be_given_as_lists():
    layer = df.layers.Layer()
    layer.add_loss([df.constant(1.0), df.constant(2.0)])
    layer.add_update([df.no_op()])
    assert df.losses.get_regularization_losses() == layer.losses
    assert df.get_collection(df.GraphKeys.UPDATE_OPS) == layer.updates
    still = df.layers.Layer(trainable=False)
    still.add_update(df.no_op())
    assert still.updates == []


def test_a_layer_may_be_called_in_a_scope_that_is_given():
    layer = df.layers.Dense(1)
    layer(df.ones([1, 1]), scope="mine")
    again = df.layers.Dense(1, _reuse=True)
    again(df.ones([1, 1]), scope="mine")
    assert layer.scope_name == "mine"
    assert len(df.global_variables()) == 2
    assert again.kernel is layer.kernel


@pytest.mark.parametrize(
    ("spec", "text"),
    [
        (df.layers.InputSpec(ndim=3), "of rank 3, got"),
        (df.layers.InputSpec(shape=[1, 1, 1]), "of rank 3, got"),
        (df.layers.InputSpec(min_ndim=3), "of rank 3 or more"),
        (df.layers.InputSpec(max_ndim=1), "of rank 1 or less"),
        (df.layers.InputSpec(axes={-1: 3}), "built for 3 on axis -1"),
    ],
)
def test_an_input_that_is_not_taken_is_told_what_is(spec, text):
    layer = df.layers.Layer(name="mine")
    layer.input_spec = spec
    with pytest.raises(ShapeError, match=f"mine.*{text}"):
        layer(df.ones([2, 2]))
    layer(df.placeholder(df.float32))


def test_a_layer_of_one_input_refuses_two():
    with pytest.raises(GraphError, match="takes one tensor, got 2"):
        df.layers.Dense(1)([df.ones([1, 1]), df.ones([1, 1])])


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda x: df.layers.dense(x, -1), "number of results, got -1"),
        (lambda x: df.layers.dense(x, 1, "rleu"), "one of elu, linear, relu.*'rleu'"),
        (lambda x: df.layers.dense(x, 1, kernel_initializer="one"), "glorot_normal"),
        (lambda x: df.layers.dropout(x, 2.0), "between 0 and 1, got 2.0"),
        (lambda x: df.layers.flatten(x, data_format="NHWC"), "'channels_first', got"),
        (lambda x: df.layers.conv2d(x, 1, [1, 0]), "kernel_size is a positive int"),
        (lambda x: df.layers.max_pooling1d(x, 1, 1, "full"), "'same', got 'full'"),
        (lambda x: df.layers.batch_normalization(x, renorm=True), "no renorm here"),
        (lambda x: df.layers.Dense(1).count_params(), "before it is called"),
    ],
)
def test_bad_settings_are_told_good_ones(make, text):
    with pytest.raises(GraphError, match=text):
        make(df.ones([1, 1]))


def test_ints_are_not_taken_by_layers_with_weights():
    with pytest.raises(DTypeError, match="takes floats, got int32"):
        df.layers.conv1d(np.ones((1, 2, 3), np.int32), 1, 1)


def test_variables_of_half_floats_are_normalized_in_single(session):
    x = df.constant([[1.0], [3.0]], df.float16)
    layer = df.layers.BatchNormalization(epsilon=0.0)
    y = layer(x, training=True)
    assert layer.moving_mean.dtype == layer.gamma.dtype == df.float32
    assert y.dtype == df.float16
    assert session.run(y).tolist() == [[-1.0], [1.0]]
