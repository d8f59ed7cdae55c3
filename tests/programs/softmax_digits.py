"""A softmax classifier of digits in mini-batches, the first one in every course."""

import numpy as np


class DataSet:
    def __init__(self, images, labels):
        self.images, self.labels = images, labels
        self.num_examples = len(images)
        self._start = 0

    def next_batch(self, batch_size):
        start = self._start
        self._start = (start + batch_size) % self.num_examples
        rows = slice(start, start + batch_size)
        return self.images[rows], self.labels[rows]


def read_digits(n, seed):
    """Ten blurred patterns of 8 x 8 pixels, with noise, and which one each is."""
    patterns = np.random.RandomState(42).rand(10, 64)
    rng = np.random.RandomState(seed)
    digits = rng.randint(10, size=n)
    images = 0.5 * patterns[digits] + 0.5 * rng.rand(n, 64)
    return DataSet(images, np.eye(10)[digits])


def main(tf):
    train, test = read_digits(400, 0), read_digits(100, 1)

    learning_rate = 0.5
    training_epochs = 3
    batch_size = 50

    # tf Graph Input
    x = tf.placeholder(tf.float32, [None, 64])
    y = tf.placeholder(tf.float32, [None, 10])  # 0-9 digits recognition => 10 classes

    W = tf.Variable(tf.zeros([64, 10]))
    b = tf.Variable(tf.zeros([10]))

    pred = tf.nn.softmax(tf.matmul(x, W) + b)
    cost = tf.reduce_mean(-tf.reduce_sum(y * tf.log(pred), reduction_indices=1))
    optimizer = tf.train.GradientDescentOptimizer(learning_rate).minimize(cost)
    init = tf.initialize_all_variables()

    with tf.Session() as sess:
        sess.run(init)
        averages = []
        for epoch in range(training_epochs):
            avg_cost = 0.0
            total_batch = int(train.num_examples / batch_size)
            for _i in range(total_batch):
                batch_xs, batch_ys = train.next_batch(batch_size)
                _, c = sess.run([optimizer, cost], feed_dict={x: batch_xs, y: batch_ys})
                avg_cost += c / total_batch
            print("Epoch:", "%04d" % (epoch + 1), "cost=", f"{avg_cost:.9f}")
            averages.append(avg_cost)

        # Test model
        correct_prediction = tf.equal(tf.argmax(pred, 1), tf.argmax(y, 1))
        accuracy = tf.reduce_mean(tf.cast(correct_prediction, tf.float32))
        print("Accuracy:", accuracy.eval({x: test.images, y: test.labels}))
        guesses = sess.run(tf.argmax(pred, 1), {x: test.images})
        acc = sess.run(accuracy, {x: test.images, y: test.labels})
        W_value = sess.run(W)

    return {
        "averages": averages,
        "accuracy": acc,
        "guesses": guesses[:20],
        "W": W_value[::8],
        "names": [v.name for v in tf.trainable_variables()],
    }
