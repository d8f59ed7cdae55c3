"""Mean and log variance from one net, the noise drawn in the graph."""

import numpy as np


def main(tf):
    tf.reset_default_graph()
    tf.set_random_seed(0)
    np_rng = np.random.RandomState(5)
    data = (np_rng.rand(64, 10) < np_rng.rand(10)).astype(np.float32)
    latent_dim = 2

    def weight(name, shape):
        start = np_rng.normal(0, 0.4, shape).astype(np.float32)
        return tf.get_variable(name, initializer=tf.constant(start))

    with tf.variable_scope("encoder"):
        x = tf.placeholder(tf.float32, shape=[None, 10], name="x")
        h = tf.nn.tanh(tf.matmul(x, weight("w1", [10, 8])) + weight("b1", [8]))
        z_mean = tf.matmul(h, weight("w_mean", [8, latent_dim]))
        z_log_var = tf.matmul(h, weight("w_log_var", [8, latent_dim]))

    eps = tf.random_normal(tf.shape(z_log_var), dtype=tf.float32, mean=0.0, stddev=1.0)
    z = z_mean + tf.exp(z_log_var / 2) * eps

    with tf.variable_scope("decoder"):
        hidden = tf.nn.tanh(tf.matmul(z, weight("w1", [latent_dim, 8])))
        logits = tf.matmul(hidden, weight("w2", [8, 10]))

    reconstruction = tf.reduce_sum(
        tf.nn.sigmoid_cross_entropy_with_logits(labels=x, logits=logits), axis=1
    )
    kl_div = -0.5 * tf.reduce_sum(
        1 + z_log_var - tf.square(z_mean) - tf.exp(z_log_var), 1
    )
    loss_op = tf.reduce_mean(reconstruction + kl_div)
    train_op = tf.train.AdamOptimizer(0.01).minimize(loss_op)

    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        kl, mean = sess.run([kl_div, z_mean], feed_dict={x: data})
        # The same noise by a feed of what is no placeholder
        noise = np_rng.randn(64, latent_dim)
        exact = sess.run(loss_op, feed_dict={x: data, eps: noise})
        before = [sess.run(loss_op, feed_dict={x: data}) for _ in range(20)]
        for _ in range(30):
            _, loss = sess.run([train_op, loss_op], feed_dict={x: data})
        after = [sess.run(loss_op, feed_dict={x: data}) for _ in range(20)]
        one_draw = sess.run([z, eps, z_mean, z_log_var], feed_dict={x: data})

    z_value, e, m, v = one_draw
    return {
        "kl": kl,
        "mean": mean,
        "loss with this noise": exact,
        "about the loss before": np.mean(before),
        "about the loss after": np.mean(after),
        "one draw for all": bool(
            np.allclose(z_value, m + np.exp(v / 2) * e, atol=1e-5)
        ),
        "names": [v.name for v in tf.trainable_variables()],
        "shapes": [
            str(eps.get_shape()),
            z.get_shape().as_list(),
            logits.shape.as_list(),
        ],
    }
