"""How the initial weights of layers are spread, by every initializer."""

import numpy as np


def main(tf):
    tf.set_random_seed(1234)
    shape = [60, 40]
    initializers = {
        "zeros": tf.zeros_initializer(),
        "ones": tf.ones_initializer(),
        "constant": tf.constant_initializer(0.1),
        "normal": tf.random_normal_initializer(mean=1.0, stddev=0.02),
        "truncated": tf.truncated_normal_initializer(stddev=0.1),
        "uniform": tf.random_uniform_initializer(-0.05, 0.05),
        "glorot": tf.glorot_uniform_initializer(),
        "glorot normal": tf.glorot_normal_initializer(),
        "scaling": tf.variance_scaling_initializer(scale=2.0, mode="fan_in"),
        "orthogonal": tf.orthogonal_initializer(gain=1.5),
        "he": tf.initializers.he_normal(),
    }
    variables = {
        name: tf.get_variable(name.replace(" ", "_"), shape, initializer=initializer)
        for name, initializer in initializers.items()
    }
    by_hand = tf.Variable(
        tf.truncated_normal(shape, stddev=0.1, seed=3), name="by_hand"
    )
    uniform = tf.Variable(tf.random_uniform([1000], -1.0, 1.0), name="uniform_by_hand")
    conv = tf.get_variable(
        "conv", [3, 3, 8, 16], initializer=tf.glorot_uniform_initializer()
    )
    default = tf.get_variable("default", [100, 50])

    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        values = sess.run(variables)
        w, u, c, d = sess.run([by_hand, uniform, conv, default])

    q = values["orthogonal"]
    return {
        "constant ones": [
            values[name][0, :2] for name in ("zeros", "ones", "constant")
        ],
        "about their spread": [
            v.std() for n, v in values.items() if n not in ("zeros", "ones", "constant")
        ],
        "about the mean": values["normal"].mean(),
        "within two deviations": bool(
            max(np.abs(values["truncated"]).max(), np.abs(w).max()) < 0.2001
        ),
        "within bounds": bool(
            np.abs(values["uniform"]).max() <= 0.05 and np.abs(u).max() <= 1
        ),
        "orthogonal": bool(np.allclose(q.T @ q, 2.25 * np.eye(40), atol=1e-4)),
        "about the bounds": [values["glorot"].max(), c.max(), d.max()],
        "different": bool(np.any(values["glorot"] != values["he"])),
        "dtypes": sorted({v.dtype.name for v in values.values()}),
    }
