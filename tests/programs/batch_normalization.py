"""Batch normalisation, with its moving averages as UPDATE_OPS of the training step."""

import numpy as np


def main(tf):
    rng = np.random.RandomState(18)
    x_data = 3.0 + 2.0 * rng.randn(60, 4)
    y_data = (x_data[:, :1] > x_data[:, 1:2]).astype(float)

    x = tf.placeholder(tf.float32, [None, 4])
    y = tf.placeholder(tf.float32, [None, 1])
    is_training = tf.placeholder(tf.bool, name="is_training")

    def init(*shape):
        return tf.constant_initializer(0.5 * rng.randn(*shape))

    with tf.variable_scope("net"):
        net = tf.layers.dense(x, 5, kernel_initializer=init(4, 5), use_bias=False)
        net = tf.layers.batch_normalization(net, momentum=0.8, training=is_training)
        net = tf.nn.relu(net)
        logits = tf.layers.dense(net, 1, kernel_initializer=init(5, 1))
    loss = tf.reduce_mean(
        tf.nn.sigmoid_cross_entropy_with_logits(labels=y, logits=logits)
    )

    update_ops = tf.get_collection(tf.GraphKeys.UPDATE_OPS)
    with tf.control_dependencies(update_ops):
        train_op = tf.train.AdamOptimizer(0.02).minimize(loss)

    bn_moving_vars = [g for g in tf.global_variables() if "moving_" in g.name]
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        losses = []
        for step in range(20):
            rows = slice(step % 3 * 20, step % 3 * 20 + 20)
            feed = {x: x_data[rows], y: y_data[rows], is_training: True}
            _, l = sess.run([train_op, loss], feed_dict=feed)
            losses.append(l)
        moving = sess.run(bn_moving_vars)
        test = sess.run(loss, {x: x_data, y: y_data, is_training: False})
        still = sess.run(bn_moving_vars)

    return {
        "losses": losses,
        "moving": moving,
        "loss in use": test,
        "use leaves them alone": bool(np.all(np.equal(moving, still))),
        "updates": len(update_ops),
        "moving names": [v.name for v in bn_moving_vars],
        "trainable": [v.name for v in tf.trainable_variables()],
    }
