"""Two inputs through one net: `scope.reuse_variables()` and a contrastive loss."""

import numpy as np


class Siamese:
    def __init__(self, tf, start):
        self.tf, self.start = tf, start
        self.x1 = tf.placeholder(tf.float32, [None, 6])
        self.x2 = tf.placeholder(tf.float32, [None, 6])

        with tf.variable_scope("siamese") as scope:
            self.o1 = self.network(self.x1)
            scope.reuse_variables()
            self.o2 = self.network(self.x2)
            self.reused = [scope.reuse is True, tf.get_variable_scope().name]

        self.y_ = tf.placeholder(tf.float32, [None])
        self.loss = self.loss_with_spring()

    def network(self, x):
        fc1 = self.fc_layer(x, 5, "fc1")
        ac1 = self.tf.nn.relu(fc1)
        return self.fc_layer(ac1, 2, "fc2")

    def fc_layer(self, bottom, n_weight, name):
        tf = self.tf
        assert len(bottom.get_shape()) == 2
        n_prev_weight = bottom.get_shape()[1]
        initer = tf.constant_initializer(self.start[name])
        W = tf.get_variable(
            name + "W",
            dtype=tf.float32,
            shape=[n_prev_weight, n_weight],
            initializer=initer,
        )
        b = tf.get_variable(
            name + "b",
            dtype=tf.float32,
            initializer=tf.constant(0.01, shape=[n_weight], dtype=tf.float32),
        )
        return tf.nn.bias_add(tf.matmul(bottom, W), b)

    def loss_with_spring(self):
        tf = self.tf
        margin = 5.0
        labels_t = self.y_
        labels_f = tf.subtract(1.0, self.y_, name="one_minus_yi")  # labels_ = !labels;
        eucd2 = tf.pow(tf.subtract(self.o1, self.o2), 2)
        eucd2 = tf.reduce_sum(eucd2, 1)
        eucd = tf.sqrt(eucd2 + 1e-6, name="eucd")
        C = tf.constant(margin, name="C")
        pos = tf.multiply(labels_t, eucd2, name="yi_x_eucd2")
        neg = tf.multiply(labels_f, tf.pow(tf.maximum(tf.subtract(C, eucd), 0), 2))
        return tf.reduce_mean(tf.add(pos, neg, name="losses"), name="loss")


def main(tf):
    rng = np.random.RandomState(24)
    start = {"fc1": 0.5 * rng.randn(6, 5), "fc2": 0.5 * rng.randn(5, 2)}
    sess = tf.InteractiveSession()
    siamese = Siamese(tf, start)
    train_step = tf.train.GradientDescentOptimizer(0.01).minimize(siamese.loss)
    tf.initialize_all_variables().run()

    kinds = rng.randint(2, size=(40, 2))
    x1 = rng.randn(40, 6) + kinds[:, :1]
    x2 = rng.randn(40, 6) + kinds[:, 1:]
    y = (kinds[:, 0] == kinds[:, 1]).astype("float")
    losses = []
    for _step in range(20):
        _, loss_v = sess.run(
            [train_step, siamese.loss],
            feed_dict={siamese.x1: x1, siamese.x2: x2, siamese.y_: y},
        )
        assert not np.isnan(loss_v), "Model diverged with loss = NaN"
        losses.append(loss_v)
    embed = siamese.o1.eval({siamese.x1: x1[:6]})
    sess.close()
    return {
        "losses": losses,
        "embedding": embed,
        "reused": siamese.reused,
        "names": [v.name for v in tf.global_variables()],
        "outputs": [siamese.o1.name.split("/")[0], siamese.loss.name],
        "shape": siamese.o2.get_shape().as_list(),
    }
