"""The schedules of learning rates over the steps of `minimize`."""

import numpy as np


def main(tf):
    w = tf.Variable(np.float32(5.0), name="w")
    loss = tf.square(w - 1.0)
    global_step = tf.Variable(0, trainable=False, name="global_step")
    boundaries, values = [4, 8], [0.1, 0.05, 0.01]
    rates = {
        "exponential": tf.train.exponential_decay(
            learning_rate=0.1, global_step=global_step, decay_steps=4, decay_rate=0.9
        ),
        "staircase": tf.train.exponential_decay(0.1, global_step, 4, 0.5, True),
        "piecewise": tf.train.piecewise_constant(global_step, boundaries, values),
        "polynomial": tf.train.polynomial_decay(0.1, global_step, 10, 0.01, power=0.5),
        "cycle": tf.train.polynomial_decay(0.1, global_step, 5, 0.01, cycle=True),
        "natural": tf.train.natural_exp_decay(0.1, global_step, 4, 0.5),
        "inverse": tf.train.inverse_time_decay(0.1, global_step, 4, 0.5),
        "cosine": tf.train.cosine_decay(0.1, global_step, 10, alpha=0.1),
    }
    rate = rates["piecewise"]
    train = tf.train.GradientDescentOptimizer(rate).minimize(loss, global_step)

    # The rate of a step by hand, with an op that counts
    increment = tf.assign_add(global_step, 1)

    table, track = [], []
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        for _ in range(12):
            now = sess.run(rates)
            table.append([now[name] for name in sorted(rates)])
            _, value = sess.run([train, loss])
            track.append(value)
        step = tf.train.global_step(sess, global_step)
        more = sess.run(increment)

    return {
        "rates": dict(zip(sorted(rates), np.transpose(table), strict=True)),
        "losses": track,
        "steps": int(step),
        "one more": more,
        "shapes": [rates[name].get_shape().as_list() for name in sorted(rates)],
        "dtype": rate.dtype.name,
    }
