"""Conway's game of life: neighbours by a convolution, the rule by logic."""

import numpy as np


def main(tf):
    rng = np.random.RandomState(44)
    shape = (14, 18)
    initial_board = tf.cast(tf.constant(rng.randint(2, size=shape)), tf.int32)

    board = tf.placeholder(tf.int32, shape=shape, name="board")
    padded = tf.pad(board, [[1, 1], [1, 1]])
    image = tf.cast(tf.reshape(padded, [1, shape[0] + 2, shape[1] + 2, 1]), tf.float32)
    kernel = tf.reshape(
        tf.ones([3, 3]) - tf.pad(tf.ones([1, 1]), [[1, 1], [1, 1]]), [3, 3, 1, 1]
    )
    neighbours = tf.cast(
        tf.squeeze(tf.nn.conv2d(image, kernel, [1, 1, 1, 1], "VALID"), [0, 3]), tf.int32
    )
    alive = tf.equal(board, 1)
    survives = tf.logical_and(alive, tf.equal(neighbours, 2))
    rule = tf.logical_or(survives, tf.equal(neighbours, 3))
    board_update = tf.where(rule, tf.ones_like(board), tf.zeros_like(board))
    population = tf.count_nonzero(board_update)

    with tf.Session() as session:
        value = session.run(initial_board)
        sizes = []
        for _ in range(15):
            value, size = session.run(
                [board_update, population], feed_dict={board: value}
            )
            sizes.append(size)
    return {
        "board": value,
        "sizes": sizes,
        "shapes": [
            neighbours.get_shape().as_list(),
            board_update.get_shape().as_list(),
        ],
        "dtypes": [board_update.dtype.name, population.dtype.name],
    }
