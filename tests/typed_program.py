"""A program with types, as a user writes one who runs `mypy --strict`."""

import sys
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

import daskflow as tf

Batch = dict[tf.Tensor, npt.NDArray[np.float32]]


class Clipped(tf.Operation):
    """`x`, but no more than `limit`."""

    def __init__(self, x: tf.Tensor, limit: float) -> None:
        super().__init__([x])
        self.limit = limit

    def compute(self, x_value: Any) -> Any:
        return np.minimum(x_value, self.limit)


def dense(x: tf.Tensor, units: int, name: str) -> tf.Tensor:
    with tf.variable_scope(name):
        w = tf.get_variable("w", [x.shape[-1], units])
        b = tf.Variable(tf.zeros([units]), name="b")
        return tf.nn.relu(tf.matmul(x, w) + b)


def model(x: tf.Tensor) -> tf.Tensor:
    hidden = dense(x, 16, "hidden")
    hidden = tf.layers.dense(hidden, 8, activation=tf.nn.tanh)
    hidden = tf.nn.dropout(hidden, keep_prob=0.9)
    left, right = tf.split(hidden, 2, axis=1)
    return tf.reshape(tf.concat([left, right], axis=1), [-1, 8])


def loss_of(logits: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
    entropy = tf.nn.softmax_cross_entropy_with_logits(labels=labels, logits=logits)
    decay = [tf.nn.l2_loss(v) for v in tf.trainable_variables()]
    return tf.reduce_mean(entropy, axis=0) + 1e-3 * tf.add_n(decay)


def batches(x: tf.Tensor, y: tf.Tensor) -> Iterator[Batch]:
    draws = np.random.default_rng(0)
    for _ in range(3):
        points = draws.normal(size=(8, 4)).astype(np.float32)
        yield {x: points, y: np.eye(8, dtype=np.float32)}


def main(scheduler: str = "threads") -> list[float]:
    """The loss after each step."""
    tf.set_random_seed(1)
    x = tf.placeholder(tf.float32, [None, 4], name="x")
    y = tf.placeholder(tf.float32, [None, 8], name="y")
    logits = model(x)
    loss = loss_of(logits, y)
    step = tf.train.get_or_create_global_step()
    rate = tf.train.exponential_decay(0.1, step, 100, 0.9)
    optimizer = tf.train.AdamOptimizer(rate)
    pairs = optimizer.compute_gradients(loss)
    clipped = [(tf.clip_by_value(g, -1.0, 1.0), v) for g, v in pairs if g is not None]
    train = optimizer.apply_gradients(clipped, global_step=step)
    norm = tf.global_norm(tf.gradients(loss, tf.trainable_variables()))
    right = tf.equal(tf.argmax(logits, 1), tf.argmax(y, 1))
    accuracy = tf.reduce_mean(tf.cast(right, tf.float32))
    shown = 100 * Clipped(accuracy, 1.0) - (-logits[0, 1:2]) ** 2 / 2
    losses: list[float] = []
    with tf.Session(scheduler) as session:
        session.run(tf.global_variables_initializer())
        for feed in batches(x, y):
            _, value = session.run([train, loss], feed_dict=feed)
            losses.append(float(value))
            session.verify([norm, shown], feed)
        predict = session.make_callable(tf.nn.softmax(logits), [x])
        assert predict(np.ones((2, 4))).shape == (2, 8)
        assert "softmax" in str(session.plan(loss)) + session.explain(loss, feed)
    assert loss.shape.as_list() == []
    assert loss.dtype == tf.float32
    return losses


if __name__ == "__main__":
    sys.stdout.write(f"{main(*sys.argv[1:])}\n")
