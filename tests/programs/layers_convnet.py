"""A convolutional net from `tf.layers`, with `tf.losses` and `tf.metrics`."""

import numpy as np


def cnn_model_fn(tf, features, labels, training, rng):
    """Model function for CNN."""

    def init(*shape):
        return tf.constant_initializer(0.3 * rng.randn(*shape))

    # Input Layer
    input_layer = tf.reshape(features, [-1, 8, 8, 1])
    conv1 = tf.layers.conv2d(
        inputs=input_layer,
        filters=4,
        kernel_size=[3, 3],
        padding="same",
        activation=tf.nn.relu,
        kernel_initializer=init(3, 3, 1, 4),
    )
    pool1 = tf.layers.max_pooling2d(inputs=conv1, pool_size=[2, 2], strides=2)
    conv2 = tf.layers.conv2d(
        pool1,
        5,
        2,
        strides=(1, 1),
        activation=tf.nn.relu,
        kernel_initializer=init(2, 2, 4, 5),
    )
    pool2 = tf.layers.average_pooling2d(conv2, 2, 1)
    flat = tf.layers.flatten(pool2)
    dense = tf.layers.dense(flat, 10, tf.nn.elu, kernel_initializer=init(20, 10))
    dropout = tf.layers.dropout(inputs=dense, rate=0.4, training=training)
    logits = tf.layers.dense(inputs=dropout, units=3, kernel_initializer=init(10, 3))

    predictions = {
        "classes": tf.argmax(input=logits, axis=1),
        "probabilities": tf.nn.softmax(logits, name="softmax_tensor"),
    }
    loss = tf.losses.sparse_softmax_cross_entropy(labels=labels, logits=logits)
    return predictions, loss, [conv1, pool1, conv2, pool2, flat, logits]


def main(tf):
    rng = np.random.RandomState(33)
    labels = rng.randint(3, size=36)
    images = 0.3 * rng.rand(36, 8, 8)
    for image, label in zip(images, labels, strict=True):
        image[:, 2 * label + 1] += 0.7
    images = images.reshape(36, 64).astype(np.float32)

    x = tf.placeholder(tf.float32, (None, 64))
    y = tf.placeholder(tf.int32, (None,))
    training = tf.placeholder_with_default(False, ())
    predictions, loss, tensors = cnn_model_fn(tf, x, y, training, rng)
    train_op = tf.train.GradientDescentOptimizer(0.1).minimize(
        loss=loss, global_step=tf.train.get_or_create_global_step()
    )
    accuracy, update_op = tf.metrics.accuracy(
        labels=y, predictions=predictions["classes"]
    )

    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        sess.run(tf.local_variables_initializer())
        losses = []
        for i in range(9):
            rows = slice(i % 3 * 12, i % 3 * 12 + 12)
            _, value = sess.run([train_op, loss], {x: images[rows], y: labels[rows]})
            losses.append(value)
        for i in range(3):
            rows = slice(12 * i, 12 * i + 12)
            sess.run(update_op, {x: images[rows], y: labels[rows]})
        acc = sess.run(accuracy)
        out = sess.run(predictions, feed_dict={x: images[:4]})
        step = sess.run(tf.train.get_global_step())
        noisy = [
            sess.run(loss, {x: images, y: labels, training: True}) for _ in range(60)
        ]

    return {
        "losses": losses,
        "accuracy": acc,
        "out": out,
        "step": step,
        "about the loss with dropout": np.mean(noisy),
        "shapes": [t.get_shape().as_list() for t in tensors],
        "variables": [[v.name, v.shape.as_list()] for v in tf.trainable_variables()],
        "local": len(tf.local_variables()),
    }
