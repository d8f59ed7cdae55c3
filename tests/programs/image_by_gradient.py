"""The input as the variable: an image that excites a feature, kept in its bounds."""

import numpy as np


def main(tf):
    rng = np.random.RandomState(45)
    content = rng.rand(1, 8, 8, 3).astype(np.float32)
    style = rng.rand(1, 8, 8, 3).astype(np.float32)
    filters = tf.constant(0.3 * rng.randn(3, 3, 3, 4), dtype=tf.float32)

    def features(image):
        with tf.name_scope("features"):
            h = tf.nn.relu(
                tf.nn.conv2d(image, filters, strides=[1, 1, 1, 1], padding="SAME")
            )
            return tf.nn.avg_pool(h, [1, 2, 2, 1], [1, 2, 2, 1], "SAME")

    def gram_matrix(tensor):
        num_channels = int(tensor.get_shape()[3])
        matrix = tf.reshape(tensor, shape=[-1, num_channels])
        return tf.matmul(tf.transpose(matrix), matrix)

    image = tf.Variable(0.5 * np.ones_like(content), name="image")
    found = features(image)
    content_loss = tf.nn.l2_loss(found - features(tf.constant(content)))
    style_loss = tf.reduce_mean(
        tf.squared_difference(
            gram_matrix(found), gram_matrix(features(tf.constant(style)))
        )
    )
    variation = tf.reduce_sum(
        tf.abs(image[:, 1:, :, :] - image[:, :-1, :, :])
    ) + tf.reduce_sum(tf.abs(image[:, :, 1:, :] - image[:, :, :-1, :]))
    total = content_loss + 0.1 * style_loss + 0.001 * variation
    gradient = tf.gradients(total, image)[0]
    normalized = gradient / (tf.sqrt(tf.reduce_mean(tf.square(gradient))) + 1e-5)
    step = image.assign_sub(0.02 * normalized)
    clip = image.assign(tf.clip_by_value(image, 0.0, 1.0))

    with tf.Session() as sess:
        sess.run(image.initializer)
        losses = []
        for _ in range(8):
            losses.append(sess.run([total, content_loss, style_loss]))
            sess.run(step)
            sess.run(clip)
        result = image.eval()
    return {
        "losses": losses,
        "image": result[0, ::3, ::3],
        "within bounds": bool(result.min() >= 0 and result.max() <= 1),
        "scope": [found.op.name.split("/")[0]],
        "shape": found.get_shape().as_list(),
    }
