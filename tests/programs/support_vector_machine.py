"""A linear support vector machine and one with a Gaussian kernel."""

import numpy as np


def main(tf):
    rng = np.random.RandomState(37)
    x_vals = rng.randn(40, 2)
    y_vals = np.where(np.sum(x_vals**2, axis=1) > 1.3, 1.0, -1.0)
    linear_y = np.where(x_vals[:, 0] - x_vals[:, 1] > 0.2, 1.0, -1.0)

    # Linear: soft margin loss = max(0, 1-pred*actual)
    x_data = tf.placeholder(shape=[None, 2], dtype=tf.float32)
    y_target = tf.placeholder(shape=[None, 1], dtype=tf.float32)
    A = tf.Variable(rng.randn(2, 1).astype(np.float32))
    b = tf.Variable(rng.randn(1, 1).astype(np.float32))
    model_output = tf.subtract(tf.matmul(x_data, A), b)
    l2_norm = tf.reduce_sum(tf.square(A))
    alpha = tf.constant([0.01])
    classification_term = tf.reduce_mean(
        tf.maximum(0.0, tf.subtract(1.0, tf.multiply(model_output, y_target)))
    )
    loss = tf.add(classification_term, tf.multiply(alpha, l2_norm))
    prediction = tf.sign(model_output)
    accuracy = tf.reduce_mean(tf.cast(tf.equal(prediction, y_target), tf.float32))
    train_step = tf.train.GradientDescentOptimizer(0.1).minimize(loss)

    # Gaussian (RBF) kernel
    prediction_grid = tf.placeholder(shape=[None, 2], dtype=tf.float32)
    c = tf.Variable(0.1 * rng.rand(1, 40).astype(np.float32))
    gamma = tf.constant(-2.0)
    dist = tf.reshape(tf.reduce_sum(tf.square(x_data), 1), [-1, 1])
    sq_dists = tf.add(
        tf.subtract(dist, tf.multiply(2.0, tf.matmul(x_data, tf.transpose(x_data)))),
        tf.transpose(dist),
    )
    my_kernel = tf.exp(tf.multiply(gamma, tf.abs(sq_dists)))
    first_term = tf.reduce_sum(c)
    b_vec_cross = tf.matmul(tf.transpose(c), c)
    y_target_cross = tf.matmul(y_target, tf.transpose(y_target))
    second_term = tf.reduce_sum(
        tf.multiply(my_kernel, tf.multiply(b_vec_cross, y_target_cross))
    )
    kernel_loss = tf.negative(tf.subtract(first_term, second_term))

    rA = tf.reshape(tf.reduce_sum(tf.square(x_data), 1), [-1, 1])
    rB = tf.reshape(tf.reduce_sum(tf.square(prediction_grid), 1), [-1, 1])
    pred_sq_dist = tf.add(
        tf.subtract(rA, 2.0 * tf.matmul(x_data, tf.transpose(prediction_grid))),
        tf.transpose(rB),
    )
    pred_kernel = tf.exp(tf.multiply(gamma, tf.abs(pred_sq_dist)))
    prediction_output = tf.matmul(tf.multiply(tf.transpose(y_target), c), pred_kernel)
    kernel_prediction = tf.sign(prediction_output - tf.reduce_mean(prediction_output))
    kernel_accuracy = tf.reduce_mean(
        tf.cast(
            tf.equal(tf.squeeze(kernel_prediction), tf.squeeze(y_target)), tf.float32
        )
    )
    kernel_step = tf.train.GradientDescentOptimizer(0.005).minimize(kernel_loss)

    sess = tf.Session()
    sess.run(tf.global_variables_initializer())
    losses, kernel_losses = [], []
    for _ in range(12):
        feed = {x_data: x_vals, y_target: np.transpose([linear_y])}
        sess.run(train_step, feed_dict=feed)
        losses.append(sess.run(loss, feed_dict=feed)[0])
    acc = sess.run(accuracy, feed)
    [[a1], [a2]] = sess.run(A)
    feed = {x_data: x_vals, y_target: np.transpose([y_vals])}
    for _ in range(12):
        sess.run(kernel_step, feed_dict=feed)
        kernel_losses.append(sess.run(kernel_loss, feed_dict=feed))
    kernel_acc = sess.run(kernel_accuracy, {**feed, prediction_grid: x_vals})
    grid = sess.run(
        prediction_output, {**feed, prediction_grid: [[0.0, 0.0], [2.0, 2.0]]}
    )
    return {
        "losses": losses,
        "kernel losses": kernel_losses,
        "accuracies": [acc, kernel_acc],
        "slope": -a2 / a1,
        "grid": grid,
        "shapes": [my_kernel.get_shape().as_list(), loss.get_shape().as_list()],
    }
