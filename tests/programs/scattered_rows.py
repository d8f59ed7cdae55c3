"""A table of values learned by rows: gathers, scatters, masks, partitions."""

import numpy as np


def main(tf):
    rng = np.random.RandomState(57)
    states, actions = 6, 3
    Q = tf.Variable(tf.zeros([states, actions]), name="Q")
    visits = tf.Variable(tf.zeros([states], tf.int32), trainable=False)

    s = tf.placeholder(tf.int32, [None], name="s")
    a = tf.placeholder(tf.int32, [None], name="a")
    r = tf.placeholder(tf.float32, [None], name="r")
    s_next = tf.placeholder(tf.int32, [None])

    index = tf.stack([s, a], axis=1)
    q = tf.gather_nd(Q, index)
    target = r + 0.9 * tf.reduce_max(tf.gather(Q, s_next), axis=1)
    update = tf.scatter_nd_add(Q, index, 0.1 * (target - q))
    count = tf.scatter_add(visits, s, tf.ones_like(s))
    reset = tf.scatter_update(Q, [0, 2], tf.zeros([2, actions]))
    greedy = tf.argmax(Q, 1, output_type=tf.int32)

    # Rows that are worth something, and the rest
    best = tf.reduce_max(Q, 1)
    worthy = tf.boolean_mask(Q, best > 0)
    where = tf.where(best > 0)
    parts = tf.dynamic_partition(best, tf.cast(best > 0.1, tf.int32), 2)
    places = tf.dynamic_partition(tf.range(states), tf.cast(best > 0.1, tf.int32), 2)
    together = tf.dynamic_stitch(places, [parts[0], 2.0 * parts[1]])
    seen, inverse = tf.unique(s)
    sums = tf.segment_sum(tf.constant([1.0, 2.0, 3.0, 4.0]), tf.constant([0, 0, 1, 3]))
    dense = tf.scatter_nd([[0], [2], [0]], [1.0, 2.0, 3.0], [4])
    table = tf.one_hot([0, -1, 2], 3, on_value=5.0, off_value=-1.0)
    grad = tf.gradients(tf.reduce_sum(tf.square(tf.gather(Q, [1, 1, 4]))), Q)[0]

    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        for _ in range(6):
            old = rng.permutation(states)[:3]  # no row twice
            feed = {s: old, a: rng.randint(actions, size=3), s_next: (old + 1) % states}
            sess.run(update, {**feed, r: (old == 5).astype(float)})
            sess.run(count, feed)
        out = sess.run([Q, visits, greedy, worthy, where, together])
        gradient = sess.run(tf.convert_to_tensor(grad))
        unique, back = sess.run([seen, inverse], {s: [4, 2, 4, 0]})
        few = sess.run([sums, dense, table])
        after = sess.run(reset)
    return {
        "Q": out[0],
        "visits": out[1],
        "greedy": out[2],
        "worthy": out[3],
        "where": out[4],
        "stitched": out[5],
        "gradient": gradient,
        "unique": [unique, back],
        "sums": few,
        "after": after,
        "shapes": [
            t.get_shape().as_list() for t in (index, q, worthy, where, seen, together)
        ],
    }
