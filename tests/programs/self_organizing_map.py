"""A map of colours: the nearest unit and its neighbours move to each input."""

import numpy as np


class SOM:
    def __init__(self, tf, m, n, dim, n_iterations, rng):
        self._graph = tf.Graph()
        with self._graph.as_default():
            self.weightages = tf.Variable(rng.rand(m * n, dim).astype(np.float32))
            self.locations = tf.constant(
                np.array([[i, j] for i in range(m) for j in range(n)])
            )
            self.vect_input = tf.placeholder("float", [dim])
            self.iter_input = tf.placeholder("float")

            # The best matching unit
            bmu_index = tf.argmin(
                tf.sqrt(
                    tf.reduce_sum(
                        tf.pow(
                            tf.subtract(
                                self.weightages,
                                tf.stack([self.vect_input for i in range(m * n)]),
                            ),
                            2,
                        ),
                        1,
                    )
                ),
                0,
            )
            slice_input = tf.pad(tf.reshape(bmu_index, [1]), np.array([[0, 1]]))
            bmu_loc = tf.reshape(
                tf.slice(self.locations, slice_input, tf.constant(np.array([1, 2]))),
                [2],
            )
            learning_rate_op = tf.subtract(1.0, tf.div(self.iter_input, n_iterations))
            alpha_op = tf.multiply(0.3, learning_rate_op)
            sigma_op = tf.multiply(max(m, n) / 2.0, learning_rate_op)
            bmu_distance_squares = tf.reduce_sum(
                tf.pow(
                    tf.subtract(
                        self.locations, tf.stack([bmu_loc for i in range(m * n)])
                    ),
                    2,
                ),
                1,
            )
            neighbourhood_func = tf.exp(
                tf.negative(
                    tf.div(
                        tf.cast(bmu_distance_squares, "float32"), tf.pow(sigma_op, 2)
                    )
                )
            )
            rate = tf.multiply(alpha_op, neighbourhood_func)
            multiplier = tf.stack(
                [tf.tile(tf.slice(rate, [i], [1]), [dim]) for i in range(m * n)]
            )
            delta = tf.multiply(
                multiplier,
                tf.subtract(
                    tf.stack([self.vect_input for i in range(m * n)]), self.weightages
                ),
            )
            self._training_op = tf.assign(
                self.weightages, tf.add(self.weightages, delta)
            )
            self.bmu = bmu_loc
            self._sess = tf.Session()
            self._sess.run(tf.global_variables_initializer())

    def train(self, input_vects, iterations):
        for iter_no in range(iterations):
            for input_vect in input_vects:
                self._sess.run(
                    self._training_op,
                    feed_dict={self.vect_input: input_vect, self.iter_input: iter_no},
                )
        return self._sess.run(self.weightages)


def main(tf):
    colors = np.array(
        [[0.0, 0.0, 0.0], [0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [1.0, 1.0, 0.0]]
    )
    som = SOM(tf, 3, 4, 3, 8, np.random.RandomState(42))
    weights = som.train(colors, 6)
    places = [som._sess.run(som.bmu, {som.vect_input: c}) for c in colors]
    return {"weights": weights, "places": places}
