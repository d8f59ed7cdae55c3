"""L2 regularisation through `variable_scope(regularizer=...)` and a collection."""

import numpy as np


def main(tf):
    rng = np.random.RandomState(21)
    data = rng.randn(50, 6)
    target = data[:, :1] - 0.5 * data[:, 1:2]

    def regularizer(weights):
        return tf.multiply(0.01, tf.nn.l2_loss(weights), name="weight_loss")

    def inference(input_tensor):
        with tf.variable_scope("layer1", regularizer=regularizer):
            weights = tf.get_variable(
                "weights",
                [6, 4],
                initializer=tf.constant_initializer(0.5 * rng.randn(6, 4)),
            )
            biases = tf.get_variable(
                "biases",
                [4],
                initializer=tf.constant_initializer(0.0),
                regularizer=None,
            )
            layer1 = tf.nn.relu(tf.matmul(input_tensor, weights) + biases)
        with tf.variable_scope("layer2"):
            weights = tf.get_variable(
                "weights",
                [4, 1],
                initializer=tf.constant_initializer(0.5 * rng.randn(4, 1)),
                regularizer=regularizer,
            )
            return tf.matmul(layer1, weights)

    x = tf.placeholder(tf.float32, [None, 6], name="x-input")
    y_ = tf.placeholder(tf.float32, [None, 1], name="y-input")
    y = inference(x)
    mse_loss = tf.reduce_mean(tf.square(y_ - y))
    tf.add_to_collection("losses", mse_loss)
    for penalty in tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES):
        tf.add_to_collection("losses", penalty)
    loss = tf.add_n(tf.get_collection("losses"), name="total_loss")

    global_step = tf.Variable(0, trainable=False)
    learning_rate = tf.train.exponential_decay(0.2, global_step, 5, 0.8, staircase=True)
    train_op = tf.train.GradientDescentOptimizer(learning_rate).minimize(
        loss, global_step=global_step
    )

    with tf.Session() as sess:
        tf.global_variables_initializer().run()
        rows = []
        for i in range(20):
            _, total, plain, _, rate = sess.run(
                [train_op, loss, mse_loss, global_step, learning_rate],
                feed_dict={x: data, y_: target},
            )
            if i % 5 == 4:
                rows.append([total, plain, rate])
        last = sess.run(global_step)
        penalties = sess.run(tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES))

    return {
        "rows": rows,
        "steps": last,
        "penalties": penalties,
        "sum of them": len(tf.get_collection("losses")),
        "weights": [v.name for v in tf.get_collection("trainable_variables", "layer1")],
        "loss": loss.name,
        "learning rate": learning_rate.name,
    }
