"""Regression with a squared exponential kernel; Cholesky in place of an inverse."""

import numpy as np


def main(tf):
    rng = np.random.RandomState(15)
    Xtrain = np.sort(rng.uniform(-5, 5, [12, 1]), axis=0)
    ytrain = np.sin(Xtrain) + 0.05 * rng.randn(12, 1)
    Xtest = np.linspace(-6, 6, 15).reshape(-1, 1)

    # Learned on a log scale, so that they stay positive
    log_length = tf.Variable(0.0, dtype=tf.float64, name="log_length")
    log_noise = tf.Variable(-2.0, dtype=tf.float64, name="log_noise")
    X = tf.placeholder(tf.float64, [None, 1], name="X")
    y = tf.placeholder(tf.float64, [None, 1], name="y")
    X_star = tf.placeholder(tf.float64, [None, 1], name="X_star")

    def rbf(a, b):
        sqdist = (
            tf.reduce_sum(tf.square(a), 1, keepdims=True)
            + tf.reshape(tf.reduce_sum(tf.square(b), 1), [1, -1])
            - 2 * tf.matmul(a, b, transpose_b=True)
        )
        return tf.exp(-0.5 * sqdist / tf.exp(2 * log_length))

    n = tf.shape(X)[0]
    K = rbf(X, X) + tf.exp(2 * log_noise) * tf.eye(n, dtype=tf.float64)
    L = tf.cholesky(K)
    alpha = tf.cholesky_solve(L, y)
    log_likelihood = (
        -0.5 * tf.reduce_sum(y * alpha)
        - tf.reduce_sum(tf.log(tf.diag_part(L)))
        - 0.5 * np.log(2 * np.pi) * tf.cast(n, tf.float64)
    )
    K_star = rbf(X, X_star)
    mu = tf.matmul(K_star, alpha, transpose_a=True)
    v = tf.matrix_triangular_solve(L, K_star, lower=True)
    variance = 1 - tf.reduce_sum(v**2, 0)

    grads = tf.gradients(log_likelihood, [log_length, log_noise])
    train = tf.train.GradientDescentOptimizer(0.01).minimize(-log_likelihood)

    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        feed = {X: Xtrain, y: ytrain, X_star: Xtest}
        first = sess.run(grads, feed)
        evidence = []
        for _ in range(15):
            evidence.append(sess.run([log_likelihood, train], feed)[0])
        mean, var = sess.run([mu, variance], feed)
        scales = sess.run([tf.exp(log_length), tf.exp(log_noise)])

    return {
        "gradients": first,
        "evidence": evidence,
        "mean": mean,
        "variance": var,
        "scales": scales,
        "shapes": [K.get_shape().as_list(), mu.get_shape().as_list()],
    }
