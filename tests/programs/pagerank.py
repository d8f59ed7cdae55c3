"""The rank of pages by power iteration, with a keep_dims of old."""

import numpy as np


def main(tf):
    links = np.array(
        [
            [0, 1, 1, 0, 0],
            [0, 0, 1, 1, 0],
            [1, 0, 0, 0, 1],
            [0, 0, 1, 0, 1],
            [1, 0, 0, 0, 0],
        ],
        dtype=np.float64,
    )
    n = links.shape[0]
    d = 0.85

    adjacency = tf.constant(links, name="adjacency")
    out_degree = tf.reduce_sum(adjacency, 1, keep_dims=True)
    transition = tf.transpose(adjacency / out_degree)
    rank = tf.Variable(tf.fill([n, 1], tf.constant(1.0 / n, tf.float64)), name="rank")

    new_rank = d * tf.matmul(transition, rank) + (1 - d) / n
    change = tf.reduce_max(tf.abs(new_rank - rank))
    with tf.control_dependencies([change]):
        step = rank.assign(new_rank)

    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        changes = []
        for _i in range(100):
            difference, _ = sess.run([change, step])
            changes.append(difference)
            if difference < 1e-10:
                break
        ranks = sess.run(rank)

    return {
        "ranks": ranks,
        "steps": len(changes),
        "total": ranks.sum(),
        "order": np.argsort(-ranks[:, 0]),
    }
