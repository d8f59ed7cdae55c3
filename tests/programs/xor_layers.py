"""XOR with `layers.dense` and `losses`, and the names that they give."""

import numpy as np


def main(tf):
    tf.set_random_seed(777)
    x_data = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=np.float32)
    y_data = np.array([[0], [1], [1], [0]], dtype=np.float32)
    rng = np.random.RandomState(17)

    X = tf.placeholder(tf.float32, [None, 2], name="x-input")
    Y = tf.placeholder(tf.float32, [None, 1], name="y-input")

    hidden = tf.layers.dense(
        X,
        6,
        activation=tf.nn.tanh,
        kernel_initializer=tf.constant_initializer(rng.randn(2, 6)),
        name="hidden",
    )
    logits = tf.layers.dense(
        inputs=hidden,
        units=1,
        kernel_initializer=tf.constant_initializer(rng.randn(6, 1)),
    )
    prediction = tf.nn.sigmoid(logits, name="prediction")
    loss = tf.losses.mean_squared_error(labels=Y, predictions=prediction)
    train_op = tf.train.GradientDescentOptimizer(learning_rate=2.0).minimize(loss)

    sess = tf.Session()
    sess.run(
        tf.group(tf.global_variables_initializer(), tf.local_variables_initializer())
    )
    losses = []
    for step in range(75):
        _, l, pred = sess.run([train_op, loss, prediction], {X: x_data, Y: y_data})
        if step % 15 == 0:
            losses.append(l)
            print("loss:", l, "prediction:", pred.ravel())
    with tf.variable_scope("hidden", reuse=True):
        kernel = sess.run(tf.get_variable("kernel"))

    return {
        "losses": losses,
        "prediction": pred,
        "kernel": kernel,
        "names": [(v.name, v.get_shape().as_list()) for v in tf.trainable_variables()],
        "prediction's name": prediction.op.name,
        "all losses": len(tf.get_collection(tf.GraphKeys.LOSSES)),
        "total": sess.run(tf.losses.get_total_loss(), {X: x_data, Y: y_data}),
    }
