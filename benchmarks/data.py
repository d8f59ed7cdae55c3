"""What every side computes and on what: NumPy only, since each peer imports it."""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]

RATE = 0.01
"""The learning rate of a training step."""


def affine() -> tuple[Array, Array, Array]:
    """A, x and b of z = Ax + b."""
    return np.array([[1.0, 0.0], [0.0, -1.0]]), np.array([1.0, 2.0]), np.ones(2)


def example(batch: int, inputs: int, hidden: int, classes: int) -> tuple[Array, ...]:
    """Points, their classes as one-hot rows, and weights to begin with."""
    rng = np.random.default_rng(0)
    return (
        rng.normal(size=(batch, inputs)),
        np.eye(classes)[rng.integers(classes, size=batch)],
        rng.normal(size=(inputs, hidden)) / np.sqrt(inputs),
        np.zeros(hidden),
        rng.normal(size=(hidden, classes)) / np.sqrt(hidden),
        np.zeros(classes),
    )


def images(batch: int) -> tuple[Array, ...]:
    """Images of 28 x 28, their classes, and weights of `convolutional` in float32."""
    rng = np.random.default_rng(0)
    weights = []
    for shape in ((5, 5, 1, 32), (5, 5, 32, 64), (7 * 7 * 64, 1024), (1024, 10)):
        weights.append(rng.normal(size=shape) / np.sqrt(np.prod(shape[:-1])))
        weights.append(np.zeros(shape[-1]))
    return (
        rng.normal(size=(batch, 28, 28, 1)).astype(np.float32),
        rng.integers(10, size=batch),
        *[w.astype(np.float32) for w in weights],
    )


def convolutional(tf: Any, x: Array, c: Array, *weights: Array) -> tuple[Any, ...]:
    """A network of two convolutions and two dense layers, with the module `tf`.

    What a training step fetches, and what it is fed.
    """
    pictures = tf.placeholder(tf.float32, [None, 28, 28, 1])
    labels = tf.placeholder(tf.int64, [None])
    k1, b1, k2, b2, w3, b3, w4, b4 = map(tf.Variable, weights)
    y = pictures
    for k, b in ((k1, b1), (k2, b2)):
        y = tf.nn.relu(tf.nn.conv2d(y, k, [1, 1, 1, 1], "SAME") + b)
        y = tf.nn.max_pool(y, [1, 2, 2, 1], [1, 2, 2, 1], "SAME")
    y = tf.nn.relu(tf.matmul(tf.reshape(y, [-1, 7 * 7 * 64]), w3) + b3)
    loss = tf.reduce_mean(
        tf.nn.sparse_softmax_cross_entropy_with_logits(
            labels=labels, logits=tf.matmul(y, w4) + b4
        )
    )
    train = tf.train.AdamOptimizer(RATE).minimize(loss)
    return [loss, train], {pictures: x, labels: c}


def branch_inputs(kind: str, count: int) -> list[tuple[Array, ...]]:
    """What each of `count` branches starts from."""
    rng = np.random.default_rng(0)
    if kind == "product":
        square = (1_500, 1_500)
        return [
            (rng.random(square, np.float32), rng.random(square, np.float32))
            for _ in range(count)
        ]
    size = 4_000_000 if kind == "ufuncs" else 2_000_000
    return [(rng.random(size),) for _ in range(count)]


def long_input() -> Array:
    """What the twelve ufuncs start from."""
    return np.random.default_rng(0).random(10_000_000)


def ten(m: Any, x: Any) -> Any:
    """Ten cheap ufuncs, with the functions of the module `m`."""
    y = m.maximum(x * 1.5 + 0.5, 0.7) - x
    y = -m.minimum(m.abs(y * y), 10.0)
    return (y + x) * 0.25


def twelve(m: Any, x: Any) -> Any:
    """Twelve cheap ufuncs, with the functions of the module `m`."""
    return m.maximum(ten(m, x), x) - 0.5
