"""The cases as sessions of TensorFlow 1, `tensorflow.compat.v1`."""

from __future__ import annotations

from functools import partial

import numpy as np
import tensorflow.compat.v1 as tf

from benchmarks import data
from benchmarks.measure import Function
from benchmarks.peers.worker import serve

tf.disable_eager_execution()

BRANCHES = {
    "product": tf.matmul,
    "ufuncs": partial(data.ten, tf),
    "sort": tf.sort,
    "fft": tf.signal.rfft,
}


def run(fetches: object, feeds: dict[object, object] | None = None) -> Function:
    """A run of the default graph, whose variables are initialised before."""
    session = tf.Session()
    session.run(tf.global_variables_initializer())
    return lambda: session.run(fetches, feeds)


def affine() -> Function:
    tf.reset_default_graph()
    a, x, b = data.affine()
    fed = tf.placeholder(tf.float64, [2, 1])
    z = tf.matmul(tf.Variable(a), fed) + tf.Variable(b[:, None])
    return run(z, {fed: x[:, None]})


def chain(count: int) -> Function:
    tf.reset_default_graph()
    x = y = tf.placeholder(tf.float64, [])
    for _ in range(count):
        y = y + x
    return run(y, {x: 0.5})


def fan(count: int) -> Function:
    tf.reset_default_graph()
    x = tf.placeholder(tf.float64, [])
    total = tf.reduce_sum(tf.stack([x + float(i) for i in range(count)]))
    return run(total, {x: 0.5})


def training(*sizes: int) -> Function:
    tf.reset_default_graph()
    x, c, *weights = data.example(*sizes)
    points, classes = tf.placeholder(tf.float64), tf.placeholder(tf.float64)
    w1, b1, w2, b2 = map(tf.Variable, weights)
    p = tf.nn.softmax(tf.sigmoid(tf.matmul(points, w1) + b1) @ w2 + b2)
    loss = -tf.reduce_sum(classes * tf.log(p))
    train = tf.train.GradientDescentOptimizer(data.RATE).minimize(loss)
    return run([loss, train], {points: x, classes: c})


def convolutional(batch: int) -> Function:
    tf.reset_default_graph()
    return run(*data.convolutional(tf, *data.images(batch)))


def first_convolutional(batch: int) -> Function:
    arrays = data.images(batch)

    def first() -> object:
        tf.reset_default_graph()
        return run(*data.convolutional(tf, *arrays))()

    return first


def branches(kind: str, count: int) -> Function:
    tf.reset_default_graph()
    inputs = [map(variable, some) for some in data.branch_inputs(kind, count)]
    sums = [tf.reduce_sum(BRANCHES[kind](*some)) for some in inputs]
    return run(tf.add_n(sums))


def ufuncs() -> Function:
    tf.reset_default_graph()
    return run(data.twelve(tf, variable(data.long_input())))


def variable(array: np.ndarray) -> tf.Variable:
    """A variable of that value, which is not written into the graph."""
    value = tf.py_func(lambda: array, [], tf.as_dtype(array.dtype))
    return tf.Variable(tf.ensure_shape(value, array.shape))


CASES = {
    f.__name__: f
    for f in (affine, chain, fan, training, convolutional, branches, ufuncs)
} | {
    "first_fan": fan,
    "first_convolutional": first_convolutional,
}

if __name__ == "__main__":
    serve("tensorflow-cpu", "tensorflow", CASES)
