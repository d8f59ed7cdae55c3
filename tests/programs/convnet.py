"""A small convolutional classifier with dropout, `conv2d` and `maxpool2d` wrapped."""

import numpy as np


def main(tf):
    rng = np.random.RandomState(3)
    labels = rng.randint(4, size=48)
    images = 0.3 * rng.rand(48, 8, 8)
    for image, label in zip(images, labels, strict=True):
        image[2 * label : 2 * label + 2] += 0.7
    targets = np.eye(4)[labels]

    x = tf.placeholder(tf.float32, [None, 64])
    y = tf.placeholder(tf.float32, [None, 4])
    keep_prob = tf.placeholder(tf.float32)  # dropout (keep probability)

    def conv2d(x, W, b, strides=1):
        x = tf.nn.conv2d(x, W, strides=[1, strides, strides, 1], padding="SAME")
        x = tf.nn.bias_add(x, b)
        return tf.nn.relu(x)

    def maxpool2d(x, k=2):
        return tf.nn.max_pool(
            x, ksize=[1, k, k, 1], strides=[1, k, k, 1], padding="SAME"
        )

    def conv_net(x, weights, biases, dropout):
        x = tf.reshape(x, shape=[-1, 8, 8, 1])
        conv1 = maxpool2d(conv2d(x, weights["wc1"], biases["bc1"]), k=2)
        conv2 = maxpool2d(conv2d(conv1, weights["wc2"], biases["bc2"]), k=2)
        fc1 = tf.reshape(conv2, [-1, weights["wd1"].get_shape().as_list()[0]])
        fc1 = tf.add(tf.matmul(fc1, weights["wd1"]), biases["bd1"])
        fc1 = tf.nn.relu(fc1)
        fc1 = tf.nn.dropout(fc1, dropout)
        return conv2, tf.add(tf.matmul(fc1, weights["out"]), biases["out"])

    def start(*shape):
        return tf.Variable((0.2 * rng.randn(*shape)).astype("float32"))

    weights = {
        "wc1": start(3, 3, 1, 4),  # 3x3 conv, 1 input, 4 outputs
        "wc2": start(3, 3, 4, 6),
        "wd1": start(2 * 2 * 6, 16),  # fully connected
        "out": start(16, 4),
    }
    biases = {"bc1": start(4), "bc2": start(6), "bd1": start(16), "out": start(4)}

    conv2, pred = conv_net(x, weights, biases, keep_prob)
    cost = tf.reduce_mean(
        tf.nn.softmax_cross_entropy_with_logits(logits=pred, labels=y)
    )
    optimizer = tf.train.AdamOptimizer(learning_rate=0.01).minimize(cost)
    correct_pred = tf.equal(tf.argmax(pred, 1), tf.argmax(y, 1))
    accuracy = tf.reduce_mean(tf.cast(correct_pred, tf.float32))

    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        losses = []
        for step in range(12):
            rows = slice(step % 3 * 16, step % 3 * 16 + 16)
            feed = {x: images[rows].reshape([16, 64]), y: targets[rows], keep_prob: 1.0}
            loss, acc, _ = sess.run([cost, accuracy, optimizer], feed_dict=feed)
            losses.append(loss)
            if step % 4 == 0:
                print(f"Iter {step}, Minibatch Loss= {loss:.6f}, Accuracy= {acc:.5f}")
        everything = {x: images.reshape([-1, 64]), y: targets, keep_prob: 1.0}
        final = sess.run(accuracy, everything)
        kernels = sess.run(weights["wc1"])

    return {
        "losses": losses,
        "accuracy": final,
        "kernels": kernels,
        "shapes": [conv2.get_shape().as_list(), pred.get_shape().as_list()],
        "names": [conv2.name, pred.name, keep_prob.name],
    }
