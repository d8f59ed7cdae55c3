"""Pi by darts, and the logistic map to which a random start does not matter."""

import numpy as np


def main(tf):
    trials = 20000
    tf.set_random_seed(123)

    # Darts
    x = tf.random_uniform([trials], minval=-1, maxval=1, dtype=tf.float32)
    y = tf.random_uniform([trials], minval=-1, maxval=1, dtype=tf.float32)
    hits = tf.reduce_sum(tf.to_float(x**2 + y**2 < 1.0))
    estimate = 4.0 * hits / trials

    # The logistic map, iterated in a variable
    r = tf.placeholder(tf.float64, [])
    population = tf.Variable(tf.constant(0.3, tf.float64))
    update = tf.assign(population, r * population * (1 - population))

    # Throws of a die
    die = tf.random_uniform([6000], 1, 7, dtype=tf.int32)
    faces = tf.reduce_sum(tf.one_hot(die - 1, 6), axis=0)

    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        inside = sess.run([x, y])
        pi = np.mean([sess.run(estimate) for _ in range(5)])
        later = sess.run(x)
        orbit = [sess.run(update, {r: 3.2}) for _ in range(30)]
        sess.run(population.initializer)
        chaos = [sess.run(update, feed_dict={r: 3.7}) for _ in range(15)]
        thrown, counted = sess.run([die, faces])

    with tf.Session() as sess:
        again = sess.run([x, y])  # a fresh session begins anew

    return {
        "about pi": pi,
        "in the square": bool(np.all(np.abs(inside) <= 1)),
        "independent": bool(abs(np.corrcoef(*inside)[0, 1]) < 0.03),
        "drawn anew in each run": bool(np.any(inside[0] != later)),
        "begun anew in each session": bool(np.all(np.equal(inside, again))),
        "orbit": orbit[-4:],
        "chaos": chaos,
        "faces": [int(f) for f in np.unique(thrown)],
        "about the throws of each face": counted,
        "counted": bool(np.all(np.bincount(thrown)[1:] == counted)),
        "dtypes": [x.dtype.name, die.dtype.name],
    }
