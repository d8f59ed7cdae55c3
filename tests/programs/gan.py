"""Two nets that play against each other, each with the variables of its scope."""

import numpy as np


def main(tf):
    tf.reset_default_graph()
    rng = np.random.RandomState(8)

    def dense(x, size, name, activation=None):
        with tf.variable_scope(name):
            n = int(x.get_shape()[-1])
            start = (0.5 * rng.randn(n, size)).astype(np.float32)
            w = tf.get_variable(
                "w", [n, size], initializer=tf.constant_initializer(start)
            )
            b = tf.get_variable("b", [size], initializer=tf.zeros_initializer())
            y = tf.matmul(x, w) + b
            return y if activation is None else activation(y)

    def generator(z):
        with tf.variable_scope("generator"):
            h = dense(z, 8, "h1", tf.nn.relu)
            return dense(h, 2, "out")

    def discriminator(x, reuse=None):
        with tf.variable_scope("discriminator", reuse=reuse):
            h = dense(x, 8, "h1", lambda v: tf.maximum(0.2 * v, v))
            logit = dense(h, 1, "out")
            return tf.nn.sigmoid(logit), logit

    X = tf.placeholder(tf.float32, shape=[None, 2], name="X")
    Z = tf.placeholder(tf.float32, shape=[None, 3], name="Z")

    G_sample = generator(Z)
    D_real, D_logit_real = discriminator(X)
    D_fake, D_logit_fake = discriminator(G_sample, reuse=True)

    D_loss_real = tf.reduce_mean(
        tf.nn.sigmoid_cross_entropy_with_logits(
            logits=D_logit_real, labels=tf.ones_like(D_logit_real)
        )
    )
    D_loss_fake = tf.reduce_mean(
        tf.nn.sigmoid_cross_entropy_with_logits(
            logits=D_logit_fake, labels=tf.zeros_like(D_logit_fake)
        )
    )
    D_loss = D_loss_real + D_loss_fake
    G_loss = tf.reduce_mean(
        tf.nn.sigmoid_cross_entropy_with_logits(
            logits=D_logit_fake, labels=tf.ones_like(D_logit_fake)
        )
    )

    t_vars = tf.trainable_variables()
    theta_D = [var for var in t_vars if var.name.startswith("discriminator")]
    theta_G = tf.get_collection(tf.GraphKeys.TRAINABLE_VARIABLES, scope="generator")
    D_solver = tf.train.AdamOptimizer(0.01, beta1=0.5).minimize(
        D_loss, var_list=theta_D
    )
    G_solver = tf.train.AdamOptimizer(0.01, beta1=0.5).minimize(
        G_loss, var_list=theta_G
    )

    sess = tf.Session()
    sess.run(tf.global_variables_initializer())
    curve = []
    for _ in range(25):
        X_mb = np.array([2.0, -1.0]) + 0.3 * rng.randn(16, 2)
        Z_mb = rng.uniform(-1.0, 1.0, size=[16, 3])
        _, D_loss_curr = sess.run([D_solver, D_loss], feed_dict={X: X_mb, Z: Z_mb})
        _, G_loss_curr = sess.run([G_solver, G_loss], feed_dict={Z: Z_mb})
        curve.append([D_loss_curr, G_loss_curr])
    samples = sess.run(G_sample, feed_dict={Z: rng.uniform(-1, 1, [6, 3])})
    p = sess.run([D_real, D_fake], {X: X_mb, Z: Z_mb})

    return {
        "curve": curve,
        "samples": samples,
        "probabilities": p,
        "theta_D": [v.name for v in theta_D],
        "theta_G": [v.name for v in theta_G],
        "all": [v.name for v in tf.global_variables()],
    }
