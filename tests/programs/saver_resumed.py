"""Training that stops, and goes on from its latest checkpoint in another session."""

import os

import numpy as np

SAVE_PATH = "./checkpoints"


def main(tf):
    rng = np.random.RandomState(25)
    data = rng.randn(40, 3)
    target = data.dot(np.array([[1.0], [-2.0], [0.5]])) + 0.1 * rng.randn(40, 1)

    x = tf.placeholder(tf.float32, [None, 3], name="x")
    y = tf.placeholder(tf.float32, [None, 1], name="y")
    w = tf.Variable(tf.zeros([3, 1]), name="w")
    b = tf.Variable(tf.zeros([1]), name="b")
    loss = tf.reduce_mean(tf.square(tf.matmul(x, w) + b - y))
    global_step = tf.Variable(0, name="global_step", trainable=False)
    train_op = tf.train.AdamOptimizer(0.1).minimize(loss, global_step=global_step)
    saver = tf.train.Saver(max_to_keep=2)
    feed = {x: data, y: target}

    if not os.path.exists(SAVE_PATH):
        os.makedirs(SAVE_PATH)

    def train(steps):
        with tf.Session() as sess:
            sess.run(tf.global_variables_initializer())
            ckpt = tf.train.get_checkpoint_state(SAVE_PATH)
            if ckpt and ckpt.model_checkpoint_path:
                print("Restoring", ckpt.model_checkpoint_path)
                saver.restore(sess, ckpt.model_checkpoint_path)
            losses = []
            for _ in range(steps):
                _, value = sess.run([train_op, loss], feed)
                losses.append(value)
                step = global_step.eval()
                if step % 5 == 0:
                    saver.save(
                        sess, os.path.join(SAVE_PATH, "model.ckpt"), global_step=step
                    )
            return losses

    first = train(12)
    latest = tf.train.latest_checkpoint(SAVE_PATH)
    # Goes on at step 10: steps 11 and 12 are done again
    second = train(10)

    # Only some variables, under their names, into a fresh session without initializer
    with tf.Session() as sess:
        some = tf.train.Saver({"w": w, "b": b})
        some.restore(sess, tf.train.latest_checkpoint(SAVE_PATH))
        weights, bias = sess.run([w, b])
        path = some.save(sess, "./final")

    names = [os.path.basename(p) for p in saver.last_checkpoints]
    return {
        "first": first,
        "second": second,
        "the same twice": bool(np.allclose(first[10:], second[:2])),
        "weights": weights,
        "bias": bias,
        "latest": latest.replace(os.sep, "/"),
        "kept": names,
        "path": path,
        "in the file": sorted(n for n, _ in tf.train.list_variables("./final")),
        "none here": tf.train.latest_checkpoint("elsewhere"),
    }
