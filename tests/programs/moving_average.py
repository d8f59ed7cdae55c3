"""The moving average of the weights, used in place of them for testing."""

import numpy as np


def main(tf):
    rng = np.random.RandomState(23)
    data = rng.randn(64, 5).astype(np.float32)
    labels = (data[:, 0] + 0.2 * rng.randn(64) > 0).astype(np.int64)

    def inference(input_tensor, avg_class, w1, b1, w2, b2):
        if avg_class is None:
            layer1 = tf.nn.relu(tf.matmul(input_tensor, w1) + b1)
            return tf.matmul(layer1, w2) + b2
        layer1 = tf.nn.relu(
            tf.matmul(input_tensor, avg_class.average(w1)) + avg_class.average(b1)
        )
        return tf.matmul(layer1, avg_class.average(w2)) + avg_class.average(b2)

    x = tf.placeholder(tf.float32, [None, 5], name="x-input")
    y_ = tf.placeholder(tf.int64, [None], name="y-input")
    params = [
        tf.Variable(0.3 * rng.randn(5, 6).astype("float32")),
        tf.Variable(tf.constant(0.1, shape=[6])),
        tf.Variable(0.3 * rng.randn(6, 2).astype("float32")),
        tf.Variable(tf.constant(0.1, shape=[2])),
    ]
    y = inference(x, None, *params)

    global_step = tf.Variable(0, trainable=False)
    variable_averages = tf.train.ExponentialMovingAverage(0.9, global_step)
    variables_averages_op = variable_averages.apply(tf.trainable_variables())
    average_y = inference(x, variable_averages, *params)

    cross_entropy = tf.nn.sparse_softmax_cross_entropy_with_logits(logits=y, labels=y_)
    loss = tf.reduce_mean(cross_entropy)
    train_step = tf.train.GradientDescentOptimizer(0.3).minimize(
        loss, global_step=global_step
    )
    with tf.control_dependencies([train_step, variables_averages_op]):
        train_op = tf.no_op(name="train")

    correct_prediction = tf.equal(tf.argmax(average_y, 1), y_)
    accuracy = tf.reduce_mean(tf.cast(correct_prediction, tf.float32))

    with tf.Session() as sess:
        tf.global_variables_initializer().run()
        feed = {x: data, y_: labels}
        losses = []
        for _ in range(15):
            losses.append(sess.run(loss, feed_dict=feed))
            sess.run(train_step, feed_dict=feed)
            # By itself, so that the average certainly has the new weights
            sess.run(variables_averages_op)
        averages = sess.run([variable_averages.average(v) for v in params])
        acc, out = sess.run([accuracy, average_y], feed_dict=feed)
        sess.run(train_op, feed_dict=feed)
        step = sess.run(global_step)

    return {
        "losses": losses,
        "averages": averages[0],
        "biases": averages[3],
        "accuracy": acc,
        "outputs": out[:5],
        "steps": step,
        "names": [variable_averages.average_name(v) for v in params],
        "all": [v.name for v in tf.global_variables()],
        "restored as": sorted(variable_averages.variables_to_restore()),
        "train": train_op.name,
    }
