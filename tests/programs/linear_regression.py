"""A line through points, one example at a time."""

import numpy

# Parameters
learning_rate = 0.01
training_epochs = 6
display_step = 2


def main(tf):
    rng = numpy.random.RandomState(0)
    # Training Data
    train_X = numpy.linspace(1.0, 10.0, 17)
    train_Y = 0.25 * train_X + 0.8 + 0.1 * rng.randn(17)
    n_samples = train_X.shape[0]

    # tf Graph Input
    X = tf.placeholder("float")
    Y = tf.placeholder("float")

    # Set model weights
    W = tf.Variable(rng.randn(), name="weight", dtype=tf.float32)
    b = tf.Variable(rng.randn(), name="bias", dtype=tf.float32)

    # Construct a linear model
    pred = tf.add(tf.multiply(X, W), b)

    # Mean squared error
    cost = tf.reduce_sum(tf.pow(pred - Y, 2)) / (2 * n_samples)
    # Gradient descent
    optimizer = tf.train.GradientDescentOptimizer(learning_rate).minimize(cost)

    # Initialize the variables
    init = tf.global_variables_initializer()

    costs = []
    with tf.Session() as sess:
        sess.run(init)

        # Fit all training data
        for epoch in range(training_epochs):
            for x, y in zip(train_X, train_Y, strict=True):
                sess.run(optimizer, feed_dict={X: x, Y: y})

            if (epoch + 1) % display_step == 0:
                c = sess.run(cost, feed_dict={X: train_X, Y: train_Y})
                costs.append(c)
                print(
                    "Epoch:",
                    "%04d" % (epoch + 1),
                    f"cost={c:.9f}",
                    "W=",
                    sess.run(W),
                    "b=",
                    sess.run(b),
                )

        print("Optimization Finished!")
        training_cost = sess.run(cost, feed_dict={X: train_X, Y: train_Y})
        weights = sess.run([W, b])

    return {
        "costs": costs,
        "training cost": training_cost,
        "weights": weights,
        "names": [W.name, b.name, X.name, pred.name, optimizer.name],
    }
