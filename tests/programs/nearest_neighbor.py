"""One nearest neighbour, a test point at a time."""

import numpy as np


def main(tf):
    rng = np.random.RandomState(16)
    Xtr = rng.rand(100, 12)
    Ytr = np.eye(4)[np.argmax(Xtr[:, :4], axis=1)]
    Xte = rng.rand(20, 12)
    Yte = np.eye(4)[np.argmax(Xte[:, :4], axis=1)]

    # tf Graph Input
    xtr = tf.placeholder("float", [None, 12])
    xte = tf.placeholder("float", [12])

    # Nearest Neighbor calculation using L1 Distance
    distance = tf.reduce_sum(tf.abs(tf.add(xtr, tf.negative(xte))), reduction_indices=1)
    # Prediction: Get min distance index (Nearest neighbor)
    pred = tf.arg_min(distance, 0)
    values, indices = tf.nn.top_k(-distance, k=3)

    accuracy = 0.0
    neighbors, nearest = [], []
    init = tf.global_variables_initializer()

    with tf.Session() as sess:
        sess.run(init)
        for i in range(len(Xte)):
            nn_index = sess.run(pred, feed_dict={xtr: Xtr, xte: Xte[i, :]})
            neighbors.append(nn_index)
            top = sess.run(indices, feed_dict={xtr: Xtr, xte: Xte[i, :]})
            nearest.append(top)
            print(
                "Test",
                i,
                "Prediction:",
                np.argmax(Ytr[nn_index]),
                "True Class:",
                np.argmax(Yte[i]),
            )
            if np.argmax(Ytr[nn_index]) == np.argmax(Yte[i]):
                accuracy += 1.0 / len(Xte)

    return {
        "accuracy": accuracy,
        "neighbors": neighbors,
        "three": nearest,
        "dtypes": [pred.dtype.name, indices.dtype.name, values.dtype.name],
        "shapes": [distance.get_shape().as_list(), pred.get_shape().as_list()],
    }
