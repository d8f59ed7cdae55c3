"""Down with strided convolutions, up with transposed ones, bound to the batch."""

import math

import numpy as np


def lrelu(tf, x, leak=0.2, name="lrelu"):
    """Leaky rectifier."""
    with tf.variable_scope(name):
        f1 = 0.5 * (1 + leak)
        f2 = 0.5 * (1 - leak)
        return f1 * x + f2 * abs(x)


def main(tf):
    rng = np.random.RandomState(34)
    x = tf.placeholder(tf.float32, [None, 64], name="x")
    x_dim = np.sqrt(x.get_shape().as_list()[1])
    x_tensor = tf.reshape(x, [-1, int(x_dim), int(x_dim), 1])
    current_input = x_tensor

    encoder, shapes = [], []
    for n_output in (3, 4):
        n_input = current_input.get_shape().as_list()[3]
        shapes.append(current_input.get_shape().as_list())
        bound = 1.0 / math.sqrt(n_input)
        W = tf.Variable(
            rng.uniform(-bound, bound, [3, 3, n_input, n_output]).astype("float32")
        )
        b = tf.Variable(tf.zeros([n_output]))
        encoder.append(W)
        output = lrelu(
            tf,
            tf.add(
                tf.nn.conv2d(current_input, W, strides=[1, 2, 2, 1], padding="SAME"), b
            ),
        )
        current_input = output

    z = current_input
    encoder.reverse()
    shapes.reverse()
    for layer_i, shape in enumerate(shapes):
        W = encoder[layer_i]
        b = tf.Variable(tf.zeros([W.get_shape().as_list()[2]]))
        output = lrelu(
            tf,
            tf.add(
                tf.nn.conv2d_transpose(
                    current_input,
                    W,
                    tf.stack([tf.shape(x)[0], shape[1], shape[2], shape[3]]),
                    strides=[1, 2, 2, 1],
                    padding="SAME",
                ),
                b,
            ),
        )
        current_input = output

    y = current_input
    cost = tf.reduce_sum(tf.square(y - x_tensor))
    optimizer = tf.train.AdamOptimizer(0.02).minimize(cost)

    data = rng.rand(12, 64)
    mean = np.mean(data, axis=0)
    sess = tf.Session()
    sess.run(tf.global_variables_initializer())
    costs = []
    for i in range(10):
        batch = data[6 * (i % 2) : 6 * (i % 2) + 6] - mean
        _, c = sess.run([optimizer, cost], feed_dict={x: batch})
        costs.append(c)
    recon = sess.run(y, feed_dict={x: data[:1] - mean})
    return {
        "costs": costs,
        "reconstruction": recon[0, :2, :, 0],
        "shape": recon.shape,
        "code": z.get_shape().as_list(),
        "names": [z.op.name.split("/")[0], y.op.name.split("/")[0]],
    }
