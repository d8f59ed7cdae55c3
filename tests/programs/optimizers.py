"""A polynomial fitted by every optimizer, each in a graph of its own."""

import numpy as np


def main(tf):
    rng = np.random.RandomState(27)
    n_observations, degree = 40, 3
    xs = np.linspace(-1, 1, n_observations)
    ys = np.sin(2 * xs) + 0.1 * rng.uniform(-0.5, 0.5, n_observations)
    start = (0.5 * rng.randn(degree + 1)).astype(np.float32)

    optimizers = {
        "GradientDescent": lambda: tf.train.GradientDescentOptimizer(0.1),
        "Momentum": lambda: tf.train.MomentumOptimizer(0.05, 0.9),
        "Nesterov": lambda: tf.train.MomentumOptimizer(0.05, 0.9, use_nesterov=True),
        "Adagrad": lambda: tf.train.AdagradOptimizer(0.3),
        "Adadelta": lambda: tf.train.AdadeltaOptimizer(1.0, rho=0.9, epsilon=1e-4),
        "RMSProp": lambda: tf.train.RMSPropOptimizer(0.02, decay=0.9, momentum=0.3),
        "Centered": lambda: tf.train.RMSPropOptimizer(0.02, centered=True),
        "Adam": lambda: tf.train.AdamOptimizer(learning_rate=0.05, beta2=0.99),
        "Ftrl": lambda: tf.train.FtrlOptimizer(0.5, l1_regularization_strength=0.01),
        "ProximalGD": lambda: tf.train.ProximalGradientDescentOptimizer(0.1, 0.001),
    }

    curves, names, slots = {}, {}, {}
    for name, optimizer in optimizers.items():
        with tf.Graph().as_default():
            X = tf.placeholder(tf.float32, name="X")
            Y = tf.placeholder(tf.float32, name="Y")
            Y_pred = tf.Variable(start[0], name="bias")
            for pow_i in range(1, degree + 1):
                W = tf.Variable(start[pow_i], name="weight_%d" % pow_i)
                Y_pred = tf.add(tf.multiply(tf.pow(X, pow_i), W), Y_pred)
            cost = tf.reduce_sum(tf.pow(Y_pred - Y, 2)) / (n_observations - 1)
            opt = optimizer()
            train = opt.minimize(cost)
            with tf.Session() as sess:
                sess.run(tf.global_variables_initializer())
                curve = []
                for _ in range(7):
                    training_cost, _ = sess.run([cost, train], feed_dict={X: xs, Y: ys})
                    curve.append(training_cost)
                curves[name] = curve
                names[name] = [v.name for v in tf.global_variables()][degree + 1 :]
                slots[name] = opt.get_slot_names()

    return {
        "curves": curves,
        "variables": names,
        "slots": slots,
        "best": min(curves, key=lambda name: curves[name][-1]),
    }
