"""Two classes with a sigmoid, `.eval()` in the default session and Momentum."""

import numpy as np


def main(tf):
    rng = np.random.RandomState(1)
    x_data = rng.randn(120, 3).astype(np.float32)
    y_data = (x_data.dot([1.0, -2.0, 0.5]) + 0.3 > 0).astype(np.float32)[:, np.newaxis]

    X = tf.placeholder(tf.float32, shape=[None, 3])
    Y = tf.placeholder(tf.float32, shape=[None, 1])
    W = tf.Variable(tf.zeros([3, 1]), name="weight")
    b = tf.Variable(tf.zeros([1]), name="bias")

    hypothesis = tf.sigmoid(tf.matmul(X, W) + b)
    cost = -tf.reduce_mean(
        Y * tf.log(hypothesis) + (1 - Y) * tf.log(1 - hypothesis), name="cost"
    )
    train = tf.train.MomentumOptimizer(learning_rate=0.1, momentum=0.9).minimize(cost)

    predicted = tf.cast(hypothesis > 0.5, dtype=tf.float32)
    accuracy = tf.reduce_mean(tf.cast(tf.equal(predicted, Y), dtype=tf.float32))

    history = []
    sess = tf.InteractiveSession()
    tf.global_variables_initializer().run()
    for step in range(40):
        cost_val, _ = sess.run([cost, train], {X: x_data, Y: y_data})
        history.append(cost_val)
        if step % 20 == 0:
            print(step, cost_val)

    result = {
        "history": history,
        "accuracy": accuracy.eval({X: x_data, Y: y_data}),
        "predicted": predicted.eval(feed_dict={X: x_data[:10].tolist()}),
        "W": W.eval(),
        "b": b.eval(session=sess),
        "shapes": [
            hypothesis.get_shape().as_list(),
            cost.get_shape().as_list(),
            predicted.shape.as_list(),
        ],
        "cost": cost.name,
    }
    sess.close()
    return result
