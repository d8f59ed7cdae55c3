"""Python in the graph: `py_func`, `Print`, `Assert`, a step straight backwards."""

import numpy as np


def main(tf):
    def clipped(values, low, high):
        return np.clip(values, low, high).astype(np.float32)

    x = tf.placeholder(tf.float32, [None])
    y = tf.py_func(clipped, [x, np.float32(-1.0), np.float32(1.0)], tf.float32)
    y.set_shape([None])
    total, count = tf.py_func(
        lambda v: (np.sum(v), np.int64(v.size)),
        [y],
        [tf.float32, tf.int64],
        name="stats",
    )
    printed = tf.Print(total, [total, count], message="total and count: ", summarize=3)
    positive = tf.Assert(tf.reduce_all(x > -10), [x], name="in_range")
    with tf.control_dependencies([positive]):
        checked = tf.identity(printed)

    # Straight through: the floor forwards, the identity backwards
    z = tf.placeholder(tf.float32, [3])
    through = z + tf.stop_gradient(tf.floor(z) - z)
    slope = tf.gradients(through, z)[0]

    with tf.Session() as sess:
        value = sess.run([y, total, count], {x: [-3.0, 0.5, 2.0]})
        result = sess.run(checked, {x: [-3.0, 0.5, 2.0]})
        try:
            sess.run(checked, {x: [-30.0]})
            failed = "nothing"
        except tf.errors.InvalidArgumentError as error:
            failed = "InvalidArgumentError " + error.op.name.split("/")[0]
        gradients = sess.run([through, slope], {z: [0.4, 1.6, -2.5]})
    return {
        "values": value,
        "checked": result,
        "failed": failed,
        "gradients": gradients,
        "shapes": [y.get_shape().as_list(), total.get_shape().ndims],
        "dtypes": [total.dtype.name, count.dtype.name],
    }
