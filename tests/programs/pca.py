"""Principal components: the eigenvectors of the covariance."""

import numpy as np


def main(tf):
    rng = np.random.RandomState(29)
    data = rng.randn(80, 5).dot(np.diag([3.0, 2.0, 1.0, 0.5, 0.1])).dot(rng.randn(5, 5))

    X = tf.placeholder(tf.float64, shape=(None, 5), name="X")
    mean = tf.reduce_mean(X, axis=0, keepdims=True)
    centered = X - mean
    n = tf.cast(tf.shape(X)[0], tf.float64)
    covariance = tf.matmul(centered, centered, transpose_a=True) / (n - 1.0)
    e, v = tf.self_adjoint_eig(covariance)
    # Ascending; the last ones are the principal components
    values = tf.reverse(e, [0])
    components = tf.transpose(v[:, ::-1])[:2]
    # A component may point either way
    largest = tf.gather(components[0], tf.argmax(tf.abs(components[0])))
    first = components[0] * tf.sign(largest)
    scores = tf.matmul(centered, tf.expand_dims(first, 1))
    restored = tf.matmul(scores, tf.expand_dims(first, 0)) + mean

    with tf.Session() as sess:
        out = sess.run(
            {
                "values": values,
                "first": first,
                "explained": values / tf.reduce_sum(values),
                "scores": scores[:5],
                "error": tf.reduce_mean(tf.squared_difference(restored, X)),
                "trace": tf.trace(covariance),
            },
            feed_dict={X: data},
        )

    return {
        **out,
        "shapes": [
            t.get_shape().as_list() for t in (covariance, e, v, components, first)
        ],
    }
