"""Least squares in five ways: inverse, Cholesky, solve, QR, and lasso by steps."""

import numpy as np


def main(tf):
    rng = np.random.RandomState(38)
    x_vals = np.linspace(0, 10, 50)
    y_vals = x_vals + rng.normal(0, 1, 50)
    A = np.column_stack((x_vals, np.repeat(1, 50)))
    b = np.transpose([y_vals])

    sess = tf.Session()
    A_tensor = tf.constant(A)
    b_tensor = tf.constant(b)
    tA_A = tf.matmul(tf.transpose(A_tensor), A_tensor)
    tA_b = tf.matmul(tf.transpose(A_tensor), b_tensor)

    inverse = tf.matmul(tf.matrix_inverse(tA_A), tA_b)
    L = tf.cholesky(tA_A)
    cholesky = tf.matrix_solve(tf.transpose(L), tf.matrix_solve(L, tA_b))
    q, r = tf.qr(A_tensor)
    by_qr = tf.matrix_triangular_solve(
        r, tf.matmul(q, b_tensor, transpose_a=True), lower=False
    )
    least = tf.matrix_solve_ls(A_tensor, b_tensor)
    determinant = tf.matrix_determinant(tA_A)

    # Lasso with a continuous Heaviside step, one batch at a time
    x_data = tf.placeholder(shape=[None, 1], dtype=tf.float32)
    y_target = tf.placeholder(shape=[None, 1], dtype=tf.float32)
    slope = tf.Variable([[0.5]])
    intercept = tf.Variable([[0.1]])
    model_output = tf.add(tf.matmul(x_data, slope), intercept)
    lasso_param = tf.constant(0.9)
    heavyside_step = tf.truediv(
        1.0, tf.add(1.0, tf.exp(tf.multiply(-50.0, tf.subtract(slope, lasso_param))))
    )
    regularization_param = tf.multiply(heavyside_step, 99.0)
    loss = tf.add(
        tf.reduce_mean(tf.square(y_target - model_output)), regularization_param
    )
    train_step = tf.train.GradientDescentOptimizer(0.001).minimize(loss)

    sess.run(tf.global_variables_initializer())
    loss_vec = []
    for _ in range(20):
        rand_index = rng.choice(len(x_vals), size=10)
        feed = {
            x_data: np.transpose([x_vals[rand_index]]),
            y_target: np.transpose([y_vals[rand_index]]),
        }
        sess.run(train_step, feed_dict=feed)
        loss_vec.append(sess.run(loss, feed_dict=feed)[0][0])
    [[lasso_slope]], [[lasso_intercept]] = sess.run([slope, intercept])

    return {
        "inverse": sess.run(inverse),
        "cholesky": sess.run(cholesky),
        "qr": sess.run(by_qr),
        "least squares": sess.run(least),
        "determinant": sess.run(determinant),
        "losses": loss_vec,
        "lasso": [lasso_slope, lasso_intercept],
        "dtype": A_tensor.dtype.name,
    }
