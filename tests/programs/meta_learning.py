"""Learning to learn: a loss after one step of gradients, differentiated through it."""

import numpy as np


def main(tf):
    rng = np.random.RandomState(52)
    inner_lr = 0.1
    inputa = tf.placeholder(tf.float32, [None, 5, 1], name="inputa")
    inputb = tf.placeholder(tf.float32, [None, 5, 1], name="inputb")
    labela = tf.placeholder(tf.float32, [None, 5, 1])
    labelb = tf.placeholder(tf.float32, [None, 5, 1])
    with tf.variable_scope("model"):
        weights = {
            "w1": tf.Variable(rng.randn(1, 6).astype(np.float32), name="w1"),
            "b1": tf.Variable(tf.zeros([6]), name="b1"),
            "w2": tf.Variable(0.5 * rng.randn(6, 1).astype(np.float32), name="w2"),
        }

    def forward(x, weights):
        return tf.matmul(
            tf.nn.tanh(tf.matmul(x, weights["w1"]) + weights["b1"]), weights["w2"]
        )

    def mse(pred, label):
        pred, label = tf.reshape(pred, [-1]), tf.reshape(label, [-1])
        return tf.reduce_mean(tf.square(pred - label))

    def task_metalearn(inp):
        xa, xb, ya, yb = inp
        lossa = mse(forward(xa, weights), ya)
        grads = tf.gradients(lossa, list(weights.values()))
        gradients = dict(zip(weights.keys(), grads, strict=True))
        fast = {key: weights[key] - inner_lr * gradients[key] for key in weights}
        return lossa, mse(forward(xb, fast), yb)

    tasks = [
        task_metalearn([t[i] for t in (inputa, inputb, labela, labelb)])
        for i in range(3)
    ]
    pre = tf.reduce_mean(tf.stack([a for a, _ in tasks]))
    post = tf.reduce_mean(tf.stack([b for _, b in tasks]))
    optimizer = tf.train.AdamOptimizer(0.01)
    gvs = optimizer.compute_gradients(post)
    gvs = [(tf.clip_by_value(grad, -10, 10), var) for grad, var in gvs]
    metatrain_op = optimizer.apply_gradients(gvs)

    sess = tf.InteractiveSession()
    tf.global_variables_initializer().run()
    curve = []
    for _ in range(8):
        phase = rng.uniform(0, np.pi, [3, 1, 1])
        x = rng.uniform(-2, 2, [2, 3, 5, 1])
        feed = {
            inputa: x[0],
            inputb: x[1],
            labela: np.sin(x[0] + phase),
            labelb: np.sin(x[1] + phase),
        }
        curve.append(sess.run([metatrain_op, pre, post], feed)[1:])
    grads = sess.run([g for g, _ in gvs], feed)
    sess.close()
    return {
        "curve": curve,
        "gradients": grads,
        "names": [v.name for _, v in gvs],
    }
