"""An image from its largest singular values."""

import numpy as np


def main(tf):
    r, c = np.mgrid[0:16, 0:12]
    image = np.sin(r / 3.0) * np.cos(c / 2.0) + 0.1 * (r > 8) * (c > 4)
    image = (image + 0.05 * (r % 2) * (c % 3 == 0)).astype(np.float32)

    tensor = tf.placeholder(tf.float32, [16, 12])
    k = tf.placeholder(tf.int32, [])
    s, u, v = tf.svd(tensor)

    def compress(rank):
        return tf.matmul(
            tf.matmul(u[:, :rank], tf.diag(s[:rank])), v[:, :rank], transpose_b=True
        )

    small = compress(2)
    variable = compress(k)
    energy = tf.cumsum(tf.square(s)) / tf.reduce_sum(tf.square(s))
    error = tf.sqrt(tf.reduce_mean(tf.square(variable - tensor)))

    with tf.Session() as sess:
        singular, shares = sess.run([s, energy], feed_dict={tensor: image})
        errors = [sess.run(error, feed_dict={tensor: image, k: i}) for i in (1, 2, 3)]
        approximation = sess.run(small, {tensor: image})
        orthogonal = sess.run(tf.matmul(u, u, transpose_a=True), {tensor: image})

    return {
        "largest": singular[:3],
        "others are small": bool(np.all(singular[3:] < 1e-5)),
        "shares": shares,
        "errors": errors[:2],
        "with three": bool(errors[2] < 1e-5),
        "approximation": approximation[2::4],
        "orthogonal": bool(np.allclose(orthogonal, np.eye(12), atol=1e-5)),
        "shapes": [t.get_shape().as_list() for t in (s, u, v, small, variable)],
    }
