"""A net with many outputs, trained on a sample of them and tested on all."""

import numpy as np


def main(tf):
    tf.set_random_seed(9)
    rng = np.random.RandomState(58)
    num_classes, dim, batch = 40, 6, 32
    labels = rng.randint(num_classes, size=(160, 1))
    centers = rng.randn(num_classes, dim)
    inputs = centers[labels[:, 0]] + 0.1 * rng.randn(160, dim)

    x = tf.placeholder(tf.float32, [batch, dim])
    y = tf.placeholder(tf.int64, [batch, 1])
    weights = tf.get_variable(
        "proj_w", initializer=(0.1 * rng.randn(num_classes, dim)).astype("f")
    )
    biases = tf.get_variable(
        "proj_b", [num_classes], initializer=tf.zeros_initializer()
    )
    loss = tf.reduce_mean(
        tf.nn.sampled_softmax_loss(
            weights=weights,
            biases=biases,
            labels=y,
            inputs=x,
            num_sampled=15,
            num_classes=num_classes,
        )
    )
    logits = tf.nn.xw_plus_b(x, tf.transpose(weights), biases)
    full = tf.reduce_mean(
        tf.nn.sparse_softmax_cross_entropy_with_logits(
            labels=tf.squeeze(y, 1), logits=logits
        )
    )
    train = tf.train.AdamOptimizer(0.05).minimize(loss)

    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        first = {x: inputs[:batch], y: labels[:batch]}
        start = sess.run(full, first)
        sampled = [sess.run(loss, first) for _ in range(40)]
        for i in range(50):
            rows = slice(i % 5 * batch, i % 5 * batch + batch)
            sess.run(train, {x: inputs[rows], y: labels[rows]})
        end = sess.run(full, first)
    return {
        "at the start": start,
        "about the sampled loss": np.mean(sampled),
        "learned": bool(end < 0.5 * start),
        "names": [v.name for v in tf.trainable_variables()],
        "shape": logits.get_shape().as_list(),
    }
