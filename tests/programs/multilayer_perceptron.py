"""Dictionaries of weights, a function that builds the net, Adam."""

import numpy as np


def main(tf):
    rng = np.random.RandomState(2)
    n_input, n_hidden_1, n_hidden_2, n_classes = 8, 16, 12, 4
    images = rng.rand(200, n_input)
    labels = np.eye(n_classes)[np.argmax(images[:, :n_classes], axis=1)]

    X = tf.placeholder("float", [None, n_input])
    Y = tf.placeholder("float", [None, n_classes])

    def start(*shape):
        return (0.3 * rng.randn(*shape)).astype(np.float32)

    # Store layers weight & bias
    weights = {
        "h1": tf.Variable(start(n_input, n_hidden_1)),
        "h2": tf.Variable(start(n_hidden_1, n_hidden_2)),
        "out": tf.Variable(start(n_hidden_2, n_classes)),
    }
    biases = {
        "b1": tf.Variable(tf.zeros([n_hidden_1])),
        "b2": tf.Variable(tf.zeros([n_hidden_2])),
        "out": tf.Variable(tf.zeros([n_classes])),
    }

    # Create model
    def multilayer_perceptron(x):
        layer_1 = tf.add(tf.matmul(x, weights["h1"]), biases["b1"])
        layer_1 = tf.nn.relu(layer_1)
        layer_2 = tf.nn.relu(tf.add(tf.matmul(layer_1, weights["h2"]), biases["b2"]))
        return tf.matmul(layer_2, weights["out"]) + biases["out"]

    logits = multilayer_perceptron(X)
    loss_op = tf.reduce_mean(
        tf.nn.softmax_cross_entropy_with_logits(logits=logits, labels=Y)
    )
    optimizer = tf.train.AdamOptimizer(learning_rate=0.01)
    train_op = optimizer.minimize(loss_op)
    init = tf.global_variables_initializer()

    with tf.Session() as sess:
        sess.run(init)
        for _epoch in range(10):
            for i in range(0, 200, 50):
                batch_x, batch_y = images[i : i + 50], labels[i : i + 50]
                _, c = sess.run([train_op, loss_op], feed_dict={X: batch_x, Y: batch_y})
        pred = tf.nn.softmax(logits)  # Apply softmax to logits
        correct_prediction = tf.equal(tf.argmax(pred, 1), tf.argmax(Y, 1))
        accuracy = tf.reduce_mean(tf.cast(correct_prediction, "float"))
        acc = accuracy.eval({X: images, Y: labels})
        kept, first = sess.run([weights, optimizer.get_slot(weights["h1"], "m")])

    return {
        "last cost": c,
        "accuracy": acc,
        "weights": kept["out"],
        "first moment": first[0],
        "variables": [v.name for v in tf.global_variables()],
        "slots": optimizer.get_slot_names(),
        "logits": logits.get_shape().as_list(),
    }
