"""What is there of `tf.contrib`, by its own defaults."""

import numpy as np
import pytest

import daskflow as df
from daskflow.errors import DTypeError, GraphError

layers, framework = df.contrib.layers, df.contrib.framework


def names(variables=None):
    found = df.global_variables() if variables is None else variables
    return [v.op.name for v in found]


def test_what_is_missing_is_told_with_its_namespace():
    with pytest.raises(AttributeError, match="daskflow has no 'contrib.slim'"):
        df.contrib.slim  # noqa: B018
    with pytest.raises(AttributeError, match="no 'contrib.layers.summarize_tensor'"):
        layers.summarize_tensor  # noqa: B018


def test_fully_connected_has_relu_unless_said_otherwise(session):
    x = df.constant([[1.0, -3.0]])
    ones = df.ones_initializer()
    y = layers.fully_connected(x, 2, weights_initializer=ones)
    z = layers.linear(x, 1, weights_initializer=ones, scope="mine")
    assert y.name == "fully_connected/Relu:0"
    assert layers.relu(x, 1, scope="r", reuse=df.AUTO_REUSE).name == "r/Relu:0"
    assert session.run([y, z])[0].tolist() == [[0.0, 0.0]]
    assert session.run(z).tolist() == [[-2.0]]
    assert names() == [
        "fully_connected/weights",
        "fully_connected/biases",
        "mine/weights",
        "mine/biases",
        "r/weights",
        "r/biases",
    ]
    assert framework.get_model_variables() == df.global_variables()


def test_layers_are_numbered_and_shared_by_their_scope():
    x = df.ones([1, 2])
    layers.fully_connected(x, 1)
    layers.fully_connected(x, 1, weights_regularizer=layers.l2_regularizer(0.0))
    layers.fully_connected(x, 1, reuse=True, scope="fully_connected")
    assert names() == [
        "fully_connected/weights",
        "fully_connected/biases",
        "fully_connected_1/weights",
        "fully_connected_1/biases",
    ]
    assert df.losses.get_regularization_losses() == []
    with pytest.raises(GraphError, match="already exists"):
        layers.fully_connected(x, 1, scope="fully_connected")


def test_a_normalizer_takes_the_place_of_biases():
    x = df.ones([2, 2])
    layers.fully_connected(
        x,
        1,
        normalizer_fn=layers.batch_norm,
        normalizer_params={"is_training": False},
        weights_regularizer=layers.l2_regularizer(0.5),
        variables_collections={"weights": ["mine"]},
        outputs_collections="outputs",
    )
    assert names() == [
        "fully_connected/weights",
        "fully_connected/BatchNorm/beta",
        "fully_connected/BatchNorm/moving_mean",
        "fully_connected/BatchNorm/moving_variance",
    ]
    assert names(df.get_collection("mine")) == ["fully_connected/weights"]
    assert len(df.get_collection("outputs")) == 1
    assert len(df.losses.get_regularization_losses()) == 1


def test_conv2d_pads_and_has_relu(session):
    x = df.constant(np.arange(-4.0, 5.0).reshape(1, 3, 3, 1), df.float32)
    y = layers.conv2d(x, 1, 3, weights_initializer=df.ones_initializer())
    assert y.shape.as_list() == [1, 3, 3, 1]
    assert session.run(y)[0, :, :, 0].tolist() == [[0, 0, 0], [0, 0, 3], [4, 9, 8]]
    assert names() == ["Conv/weights", "Conv/biases"]
    first = layers.conv2d(df.ones([1, 2, 4, 4]), 3, [2, 2], data_format="NCHW")
    assert first.shape.as_list() == [1, 3, 4, 4]
    with pytest.raises(GraphError, match="'NHWC' or 'NCHW', got 'channels_last'"):
        layers.conv2d(x, 1, 3, data_format="channels_last")


def test_windows_of_pools_are_two_apart(session):
    x = df.constant(np.arange(16.0).reshape(1, 4, 4, 1), df.float32)
    largest, mean = layers.max_pool2d(x, 2), layers.avg_pool2d(x, [2, 2], scope="mean")
    assert session.run(largest)[0, :, :, 0].tolist() == [[5, 7], [13, 15]]
    assert session.run(mean)[0, :, :, 0].tolist() == [[2.5, 4.5], [10.5, 12.5]]
    assert largest.name.startswith("MaxPool2D/")
    assert mean.name.startswith("mean/")


def test_flatten_dropout_and_one_hot(session):
    x = df.ones([2, 3, 4])
    assert layers.flatten(x).shape.as_list() == [2, 12]
    assert session.run(layers.dropout(x, 0.5, is_training=False)).tolist() == (
        np.ones((2, 3, 4)).tolist()
    )
    kept = session.run(layers.dropout(df.ones([100, 100]), 0.75))
    assert set(np.unique(kept)) == {np.float32(0), np.float32(1 / 0.75)}
    hot = layers.one_hot_encoding([1, 0], 2)
    assert session.run(hot).tolist() == [[0, 1], [1, 0]]


def test_batch_norm_moves_its_averages_where_it_is_told(session):
    x = df.constant([[1.0], [3.0]])
    y = layers.batch_norm(x, decay=0.5, epsilon=1e-5)
    assert y.shape.as_list() == [2, 1]
    updates = df.get_collection(df.GraphKeys.UPDATE_OPS)
    assert names() == [
        f"BatchNorm/{name}" for name in ("beta", "moving_mean", "moving_variance")
    ]
    session.run(updates)
    # The estimate of the variance from two samples is 2.
    assert session.run(df.global_variables()[1:]) == [[1.0], [1.5]]
    at_once = layers.batch_norm(
        x, decay=0.5, updates_collections=None, scope="at_once", scale=True
    )
    session.run(at_once)
    assert session.run(framework.get_variables("at_once", "mean"))[0] == [1.0]
    assert df.get_collection(df.GraphKeys.UPDATE_OPS) == updates
    images = layers.batch_norm(df.ones([1, 2, 2, 3]), is_training=False)
    assert images.shape.as_list() == [1, 2, 2, 3]
    with pytest.raises(GraphError, match="no batch_weights here"):
        layers.batch_norm(x, batch_weights=[1.0, 2.0])


def test_regularizers_give_what_they_say(session):
    w = df.constant([[1.0, -2.0]])
    total = layers.l1_l2_regularizer(0.5, 0.1)(w)
    assert session.run(layers.l1_regularizer(0.5)(w)) == 1.5
    assert session.run(layers.l2_regularizer(0.1)(w)) == 0.25
    assert session.run(total) == 1.75
    assert layers.l1_regularizer(0.0)(w) is None
    assert layers.sum_regularizer([None]) is None
    assert layers.sum_regularizer([layers.l1_regularizer(0.0)])(w) is None
    with pytest.raises(GraphError, match="a float, got 1"):
        layers.l1_regularizer(1)
    with pytest.raises(GraphError, match="not negative, got -0.5"):
        layers.l2_regularizer(-0.5)


def test_apply_regularization_takes_the_weights_in_the_collection(session):
    with pytest.raises(GraphError, match="no weights"):
        layers.apply_regularization(layers.l2_regularizer(0.1))
    df.add_to_collection(df.GraphKeys.WEIGHTS, df.constant([2.0]))
    loss = layers.apply_regularization(layers.l2_regularizer(0.5))
    assert session.run(loss) == 1.0
    assert df.losses.get_regularization_losses() == [loss]
    nothing = layers.apply_regularization(layers.l2_regularizer(0.0), [[1.0]])
    assert session.run(nothing) == 0.0


@pytest.mark.parametrize(
    ("mode", "uniform", "deviation"),
    [
        ("FAN_IN", False, np.sqrt(2 / 600)),
        ("FAN_OUT", True, np.sqrt(2 / 200)),
        ("FAN_AVG", False, np.sqrt(2 / 400)),
    ],
)
def test_draws_are_as_spread_as_the_shape_asks(session, mode, uniform, deviation):
    make = layers.variance_scaling_initializer(mode=mode, uniform=uniform, seed=1)
    draws = session.run(make([2, 300, 100]))
    assert abs(draws.std() / deviation - 1) < 0.02
    with pytest.raises(GraphError, match="got 'FAN'"):
        layers.variance_scaling_initializer(mode="FAN")


def test_xavier_s_draws_of_a_vector_are_there():
    assert layers.xavier_initializer()([3]).shape.as_list() == [3]


def test_arguments_are_set_for_a_block_and_a_call_may_say_otherwise():
    x = df.ones([1, 2])
    with framework.arg_scope([layers.fully_connected], activation_fn=None) as outer:
        assert layers.fully_connected(x, 1).name == "fully_connected/BiasAdd:0"
        with framework.arg_scope([layers.fully_connected], biases_initializer=None):
            inner = layers.fully_connected(x, 1, activation_fn=df.tanh, scope="inner")
    assert inner.name == "inner/Tanh:0"
    assert names(framework.get_variables("inner")) == ["inner/weights"]
    assert layers.fully_connected(x, 1, scope="after").name == "after/Relu:0"
    with framework.arg_scope(outer):
        assert layers.fully_connected(x, 1, scope="again").name == "again/BiasAdd:0"
    with pytest.raises(GraphError, match="no more arguments"):
        framework.arg_scope(outer, scope="x").__enter__()
    with pytest.raises(GraphError, match="not decorated with add_arg_scope"):
        framework.arg_scope([df.tanh], name="x").__enter__()


def test_variables_are_found_by_scope_and_name():
    with df.variable_scope("a") as scope:
        w = df.get_variable("w", [])
    v = df.get_variable("b_w", [], trainable=False)
    u = df.get_local_variable("w", [])
    assert framework.get_variables() == [w, v]
    assert framework.get_variables(scope) == [w]
    assert framework.get_variables_by_suffix("w") == [w, v]
    assert framework.get_variables_by_name("w") == [w]
    assert framework.get_trainable_variables() == [w]
    assert framework.get_local_variables() == [u]
    assert framework.get_variables_to_restore() == [w, v]
    assert framework.get_variables_to_restore(["a", "b"], exclude=["b"]) == [w]
    with pytest.raises(DTypeError, match="a list of scopes, got 'a'"):
        framework.get_variables_to_restore("a")
