"""A critic whose gradient is kept near one: gradients of gradients, clipped weights."""

import numpy as np


def main(tf):
    rng = np.random.RandomState(51)

    def init(*shape):
        return tf.constant_initializer(0.4 * rng.randn(*shape))

    def G(z):
        with tf.variable_scope("G", reuse=tf.AUTO_REUSE):
            w = tf.get_variable("w", [2, 3], initializer=init(2, 3))
            b = tf.get_variable("b", [3], initializer=tf.zeros_initializer())
            return tf.nn.sigmoid(tf.matmul(z, w) + b)

    def D(x):
        with tf.variable_scope("D", reuse=tf.AUTO_REUSE):
            w1 = tf.get_variable("w1", [3, 6], initializer=init(3, 6))
            w2 = tf.get_variable("w2", [6, 1], initializer=init(6, 1))
            return tf.matmul(tf.nn.softplus(tf.matmul(x, w1)), w2)

    X = tf.placeholder(tf.float32, shape=[None, 3])
    z = tf.placeholder(tf.float32, shape=[None, 2])
    eps = tf.placeholder(tf.float32, [None, 1])

    G_sample = G(z)
    D_real, D_fake = D(X), D(G_sample)
    X_inter = eps * X + (1.0 - eps) * G_sample
    grad = tf.gradients(D(X_inter), [X_inter])[0]
    grad_norm = tf.sqrt(tf.reduce_sum(grad**2, axis=1))
    grad_pen = 10 * tf.reduce_mean((grad_norm - 1) ** 2)
    D_loss = tf.reduce_mean(D_fake) - tf.reduce_mean(D_real) + grad_pen
    G_loss = -tf.reduce_mean(D_fake)

    theta_G = [v for v in tf.trainable_variables() if v.name.startswith("G/")]
    theta_D = [v for v in tf.trainable_variables() if v.name.startswith("D/")]
    D_solver = tf.train.AdamOptimizer(0.02, beta1=0.5).minimize(
        D_loss, var_list=theta_D
    )
    G_solver = tf.train.RMSPropOptimizer(0.01).minimize(G_loss, var_list=theta_G)
    clip_D = [p.assign(tf.clip_by_value(p, -0.5, 0.5)) for p in theta_D]

    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        curve = []
        for it in range(10):
            for _ in range(2):
                feed = {
                    X: 0.8 + 0.1 * rng.randn(12, 3),
                    z: rng.uniform(-1, 1, (12, 2)),
                    eps: rng.rand(12, 1),
                }
                _, D_curr, pen = sess.run([D_solver, D_loss, grad_pen], feed)
            if it % 4 == 3:
                sess.run(clip_D)
            _, G_curr = sess.run([G_solver, G_loss], feed_dict={z: feed[z]})
            curve.append([D_curr, pen, G_curr])
        final = sess.run(theta_D + theta_G[:1])
    return {
        "curve": curve,
        "weights": final[0],
        "generator": final[2],
        "names": [v.name for v in theta_D + theta_G],
        "shapes": [grad.get_shape().as_list(), grad_norm.get_shape().as_list()],
    }
