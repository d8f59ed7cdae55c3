"""A graph that grows while a session uses it, as programs in notebooks do."""

import numpy as np


def main(tf):
    sess = tf.Session()
    rng = np.random.RandomState(46)
    x = tf.placeholder("float", [None, 2])
    results = []

    # New operations and variables in every turn of the loop
    net = x
    for _ in range(3):
        w = tf.Variable(rng.randn(2, 2).astype(np.float32), name="w")
        net = tf.tanh(tf.matmul(net, w))
        sess.run(tf.variables_initializer([w]))
        results.append(sess.run(tf.reduce_sum(net), {x: np.ones((2, 2))}))

    loss = tf.reduce_mean(tf.square(net - 0.5))
    before = sess.run(tf.trainable_variables())
    losses = []
    for _i in range(4):
        # Not that one should: an optimizer's operations are added every time
        train = tf.train.GradientDescentOptimizer(0.5).minimize(loss)
        sess.run(train, {x: [[1, 2]]})
        losses.append(sess.run(loss, {x: [[1, 2]]}))
    after = sess.run(tf.trainable_variables())

    # A variable of later leaves the values of the others alone
    late = tf.Variable(tf.reduce_sum(w) * 0.0 + 7.0, name="late")
    sess.run(late.initializer)
    sess.run(tf.global_variables_initializer())
    again = sess.run(tf.trainable_variables()[:3])

    total = tf.constant(0.0)
    for i in range(200):
        total = total + tf.constant(float(i))
    return {
        "sums": results,
        "losses": losses,
        "weights moved": [
            bool(np.any(a != b)) for a, b in zip(before, after, strict=True)
        ],
        "initialized again": bool(np.all(np.equal(before, again))),
        "late": sess.run(late),
        "total": sess.run(total),
        "last names": [total.name, late.name, w.name, train.name],
    }
