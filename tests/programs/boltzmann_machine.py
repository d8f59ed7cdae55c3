"""A restricted Boltzmann machine: contrastive divergence by assigns, no gradients."""

import numpy as np


class RBM:
    def __init__(self, tf, n_visible, n_hidden, lr=0.1):
        self.tf = tf
        self.x = tf.placeholder(tf.float32, [None, n_visible])
        self.draws = tf.placeholder(tf.float32, [None, n_hidden])
        rng = np.random.RandomState(40)
        self.w = tf.Variable((0.1 * rng.randn(n_visible, n_hidden)).astype(np.float32))
        self.hb = tf.Variable(tf.zeros([n_hidden]), dtype=tf.float32)
        self.vb = tf.Variable(tf.zeros([n_visible]), dtype=tf.float32)

        def sample_bernoulli(probs):
            return tf.nn.relu(tf.sign(probs - self.draws))

        hidden_p = tf.nn.sigmoid(tf.matmul(self.x, self.w) + self.hb)
        hidden = sample_bernoulli(hidden_p)
        visible_p = tf.nn.sigmoid(tf.matmul(hidden, tf.transpose(self.w)) + self.vb)
        hidden_recon = tf.nn.sigmoid(tf.matmul(visible_p, self.w) + self.hb)

        positive_grad = tf.matmul(tf.transpose(self.x), hidden_p)
        negative_grad = tf.matmul(tf.transpose(visible_p), hidden_recon)
        n = tf.to_float(tf.shape(self.x)[0])
        new_w = self.w + lr * (positive_grad - negative_grad) / n
        new_vb = self.vb + lr * tf.reduce_mean(self.x - visible_p, 0)
        new_hb = self.hb + lr * tf.reduce_mean(hidden_p - hidden_recon, 0)
        with tf.control_dependencies([new_w, new_vb, new_hb]):
            self.update_weights = [
                self.w.assign(new_w),
                self.vb.assign(new_vb),
                self.hb.assign(new_hb),
            ]
        self.error = tf.reduce_mean(tf.square(self.x - visible_p))
        self.cosine = -tf.reduce_mean(
            tf.reduce_sum(
                tf.nn.l2_normalize(self.x, 1) * tf.nn.l2_normalize(visible_p, dim=1), 1
            )
        )


def main(tf):
    rng = np.random.RandomState(41)
    patterns = np.array([[1, 1, 1, 0, 0, 0], [0, 0, 0, 1, 1, 1]])
    data = np.abs(patterns[rng.randint(2, size=30)] - (rng.rand(30, 6) < 0.05))
    bm = RBM(tf, n_visible=6, n_hidden=3)
    errors = []
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        for _ in range(20):
            feed = {bm.x: data, bm.draws: rng.rand(30, 3)}
            sess.run(bm.update_weights, feed_dict=feed)
            errors.append(sess.run(bm.error, feed_dict=feed))
        weights = bm.w.eval()
        similarity = sess.run(bm.cosine, feed)
    return {"errors": errors, "weights": weights, "similarity": similarity}
