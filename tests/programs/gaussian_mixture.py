"""Expectation and maximisation, alternating inside one grouped step."""

import numpy as np


def main(tf):
    rng = np.random.RandomState(43)
    centers = np.array([[0.0, 0.0], [3.0, 3.0], [-3.0, 3.0]])
    points = centers[np.arange(90) % 3] + rng.randn(90, 2)

    K, D = 3, 2
    data = tf.placeholder(tf.float64, [None, D])
    means = tf.Variable(points[:K] + rng.randn(K, D), name="means")
    variances = tf.Variable(tf.ones([K], dtype=tf.float64), name="variances")
    weights = tf.Variable(tf.cast(tf.fill([K], 1.0 / K), tf.float64), name="weights")

    # E-step
    sq_distances = tf.squared_difference(
        tf.expand_dims(data, 0), tf.expand_dims(means, 1)
    )
    sum_sq_dist = tf.reduce_sum(sq_distances, 2)
    log_coefficients = tf.expand_dims(-0.5 * D * tf.log(2 * np.pi * variances), 1)
    log_components = log_coefficients - 0.5 * sum_sq_dist / tf.expand_dims(variances, 1)
    log_weighted = log_components + tf.expand_dims(tf.log(weights), 1)
    log_sum = tf.reduce_logsumexp(log_weighted, axis=0)
    gamma = tf.exp(log_weighted - log_sum)
    mean_loglikelihood = tf.reduce_mean(log_sum)

    # M-step
    gamma_sum = tf.reduce_sum(gamma, 1)
    gamma_weighted = gamma / tf.expand_dims(gamma_sum, 1)
    means_ = tf.reduce_sum(
        tf.expand_dims(data, 0) * tf.expand_dims(gamma_weighted, 2), 1
    )
    distances_ = tf.squared_difference(
        tf.expand_dims(data, 0), tf.expand_dims(means_, 1)
    )
    variances_ = tf.reduce_sum(
        tf.reduce_sum(distances_, 2) * gamma_weighted, 1
    ) / tf.cast(D, tf.float64)
    weights_ = gamma_sum / tf.cast(tf.shape(data)[0], tf.float64)
    with tf.control_dependencies([means_, variances_, weights_]):
        train_step = tf.group(
            means.assign(means_), variances.assign(variances_), weights.assign(weights_)
        )

    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        likelihoods, previous = [], -np.inf
        for _step in range(40):
            current = sess.run(mean_loglikelihood, feed_dict={data: points})
            sess.run(train_step, feed_dict={data: points})
            likelihoods.append(current)
            if current - previous <= 1e-4:
                break
            previous = current
        assignments = tf.argmax(gamma, axis=0)
        final = sess.run([means, variances, weights, assignments], {data: points})

    return {
        "likelihoods": likelihoods,
        "means": final[0],
        "variances": final[1],
        "weights": final[2],
        "assignments": final[3],
        "shape": gamma.get_shape().as_list(),
    }
