"""Noise on the weights in every step, drawn in the graph and assigned."""

import numpy as np


def main(tf):
    tf.set_random_seed(5)
    rng = np.random.RandomState(28)
    data = rng.randn(40, 4).astype(np.float32)
    target = data @ rng.randn(4, 25).astype(np.float32)

    x = tf.placeholder(tf.float32, [None, 4])
    y = tf.placeholder(tf.float32, [None, 25])
    stddev = tf.placeholder_with_default(0.1, [], name="stddev")
    W = tf.Variable(tf.zeros([4, 25]), name="W")
    noise = tf.random_normal(tf.shape(W), stddev=1.0) * stddev
    loss = tf.reduce_mean(tf.square(tf.matmul(x, W + noise) - y))
    clean = tf.reduce_mean(tf.square(tf.matmul(x, W) - y))
    train = tf.train.GradientDescentOptimizer(2.0).minimize(loss)
    add_noise = W.assign_add(tf.random_normal([4, 25], stddev=0.01, seed=7))

    feed = {x: data, y: target}
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        still = [sess.run([train, loss], {**feed, stddev: 0.0})[1] for _ in range(10)]
        draws = np.concatenate([sess.run(noise) for _ in range(30)])
        for _ in range(30):
            sess.run(train, feed)
        last = sess.run(clean, feed)
        moved = []
        for _ in range(10):
            before = W.eval()
            moved.append(np.abs(sess.run(add_noise) - before))
    return {
        "without noise": still,
        "about its spread": draws.std(),
        "centred": bool(abs(draws.mean()) < 0.03),
        "learned all the same": bool(last < 0.2),
        "about how far it moved": np.mean(moved),
        "names": [stddev.name, W.name],
        "shapes": [str(stddev.get_shape()), str(noise.get_shape())],
    }
