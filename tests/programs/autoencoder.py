"""Encoder and decoder with RMSProp; the input is the target."""

import numpy as np


def main(tf):
    rng = np.random.RandomState(4)
    codes = rng.rand(100, 3)
    data = 1 / (1 + np.exp(-codes.dot(2 * rng.randn(3, 12))))

    n_input, n_hidden_1, n_hidden_2 = 12, 8, 4
    X = tf.placeholder("float", [None, n_input])

    def random(*shape):
        return tf.Variable(tf.constant(rng.normal(0, 0.5, shape), tf.float32))

    weights = {
        "encoder_h1": random(n_input, n_hidden_1),
        "encoder_h2": random(n_hidden_1, n_hidden_2),
        "decoder_h1": random(n_hidden_2, n_hidden_1),
        "decoder_h2": random(n_hidden_1, n_input),
    }
    biases = {
        "encoder_b1": random(n_hidden_1),
        "encoder_b2": random(n_hidden_2),
        "decoder_b1": random(n_hidden_1),
        "decoder_b2": random(n_input),
    }

    def layer(x, name, number):
        return tf.nn.sigmoid(
            tf.add(
                tf.matmul(x, weights[f"{name}_h{number}"]), biases[f"{name}_b{number}"]
            )
        )

    encoder_op = layer(layer(X, "encoder", 1), "encoder", 2)
    decoder_op = layer(layer(encoder_op, "decoder", 1), "decoder", 2)

    y_pred = decoder_op
    y_true = X
    cost = tf.reduce_mean(tf.pow(y_true - y_pred, 2))
    optimizer = tf.train.RMSPropOptimizer(0.01).minimize(cost)

    sess = tf.Session()
    sess.run(tf.global_variables_initializer())
    costs = []
    for _epoch in range(5):
        for i in range(4):
            batch_xs = data[25 * i : 25 * i + 25]
            _, c = sess.run([optimizer, cost], feed_dict={X: batch_xs})
        costs.append(c)
    encode_decode = sess.run(y_pred, feed_dict={X: data[:5]})
    code = sess.run(encoder_op, feed_dict={X: data[:5]})
    return {"costs": costs, "decoded": encode_decode, "code": code}
