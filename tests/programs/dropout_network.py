"""Dropout whose keep probability is fed: 0.5 in training, 1 in testing."""

import numpy as np


def main(tf):
    tf.set_random_seed(1)
    rng = np.random.RandomState(20)
    x_data = np.linspace(-1, 1, 20)[:, np.newaxis]
    y_data = x_data + 0.3 * rng.randn(20, 1)

    keep_prob = tf.placeholder(tf.float32)
    xs = tf.placeholder(tf.float32, [None, 1])
    ys = tf.placeholder(tf.float32, [None, 1])

    def add_layer(inputs, in_size, out_size, activation_function=None):
        Weights = tf.Variable(rng.normal(0, 0.5, [in_size, out_size]).astype("f"))
        biases = tf.Variable(tf.zeros([1, out_size]) + 0.1)
        Wx_plus_b = tf.nn.dropout(tf.matmul(inputs, Weights) + biases, keep_prob)
        if activation_function is None:
            return Wx_plus_b
        return activation_function(Wx_plus_b)

    l1 = add_layer(xs, 1, 30, activation_function=tf.nn.tanh)
    pred = tf.matmul(l1, tf.Variable(rng.normal(0, 0.3, [30, 1]).astype(np.float32)))
    loss = tf.reduce_mean(tf.reduce_sum(tf.square(ys - pred), reduction_indices=[1]))
    train_step = tf.train.GradientDescentOptimizer(0.05).minimize(loss)

    ones = tf.ones([2000])
    dropped = tf.nn.dropout(ones, keep_prob=keep_prob)
    by_rate = tf.nn.dropout(ones, rate=0.25)

    sess = tf.Session()
    sess.run(tf.global_variables_initializer())
    before = sess.run(loss, feed_dict={xs: x_data, ys: y_data, keep_prob: 1})
    many = {xs: np.tile(x_data, [50, 1]), ys: np.tile(y_data, [50, 1]), keep_prob: 0.5}
    noisy = [sess.run(loss, feed_dict=many) for _ in range(20)]
    exact = [
        sess.run([train_step, loss], {xs: x_data, ys: y_data, keep_prob: 1.0})[1]
        for _ in range(8)
    ]
    for _ in range(10):
        sess.run(train_step, feed_dict={xs: x_data, ys: y_data, keep_prob: 0.5})
    half, quarter = sess.run([dropped, by_rate], feed_dict={keep_prob: 0.5})
    again = sess.run(dropped, feed_dict={keep_prob: 0.5})

    return {
        "loss before": before,
        "about the noisy loss": np.mean(noisy),
        "losses without dropout": exact,
        "about what is kept": np.mean(half > 0),
        "about what is kept by rate": np.mean(quarter > 0),
        "kept are scaled": [np.unique(half), np.unique(quarter)],
        "drawn anew": bool(np.any(again != half)),
        "all kept": sess.run(tf.reduce_sum(dropped), {keep_prob: 1.0}),
    }
