"""A session at a prompt: `.eval()`, `.run()`, names, errors and what they leave."""

import numpy as np


def main(tf):
    sess = tf.InteractiveSession()
    x = tf.Variable([1.0, 2.0])
    a = tf.constant([3.0, 3.0])

    # Initialize 'x' using the run() method of its initializer op.
    x.initializer.run()
    sub = tf.subtract(x, a)
    first = sub.eval()

    state = tf.Variable(0, name="counter")
    new_value = tf.add(state, tf.constant(1))
    update = tf.assign(state, new_value)
    state.initializer.run()
    counted = []
    for _ in range(3):
        sess.run(update)
        counted.append(sess.run(state))

    input1 = tf.placeholder(tf.float32)
    input2 = tf.placeholder(tf.float32)
    output = tf.multiply(input1, input2)
    try:
        output.eval({input1: [7.0]})
        unfed = "a value"
    except tf.errors.InvalidArgumentError:
        unfed = "InvalidArgumentError"
    try:
        tf.matmul(tf.zeros([2, 3]), tf.zeros([2, 3]))
        mismatch = "a tensor"
    except ValueError:
        mismatch = "ValueError"
    try:
        tf.constant([1, 2]) + tf.constant([1.0, 2.0])
        mixed = "a tensor"
    except (TypeError, ValueError):
        mixed = "an error"

    square = tf.placeholder(tf.float32, [2, 2], name="square")
    try:
        sess.run(square, {square: np.zeros([3, 2])})
        wrong = "a value"
    except ValueError as error:
        wrong = "Cannot feed" in str(error) and "square:0" in str(error)

    x.load([10.0, 20.0], sess)
    increments = tf.assign_add(x, [1.0, 1.0])
    result = {
        "first": first,
        "counted": counted,
        "output": sess.run([output], feed_dict={input1: [7.0], input2: [2.0]}),
        "unfed": unfed,
        "mismatch": mismatch,
        "mixed": mixed,
        "wrong shape": wrong,
        "loaded": x.eval(),
        "incremented": increments.eval(),
        "by name": sess.run("Variable:0"),
        "fed on the way": sub.eval({x: [0.0, 1.0]}),
        "state": [state.name, update.name, state.op.name, x.dtype.base_dtype.name],
        "session": tf.get_default_session() is sess,
        "graph": x.graph is tf.get_default_graph(),
    }
    sess.close()
    return result
