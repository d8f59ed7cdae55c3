"""A model saved by one graph and used by another, by the names of its tensors."""

import numpy as np


def train_and_save(tf):
    rng = np.random.RandomState(47)
    data = rng.randn(30, 3)
    with tf.Graph().as_default(), tf.Session() as sess:
        x = tf.placeholder(tf.float32, [None, 3], name="x")
        y = tf.placeholder(tf.float32, [None, 1], name="y")
        w = tf.Variable(tf.zeros([3, 1]), name="w")
        prediction = tf.matmul(x, w, name="prediction")
        loss = tf.reduce_mean(tf.square(prediction - y), name="loss")
        train_op = tf.train.GradientDescentOptimizer(0.1).minimize(loss, name="train")
        tf.add_to_collection("predict", prediction)
        sess.run(tf.global_variables_initializer())
        for _ in range(5):
            sess.run(train_op, {x: data, y: data[:, :1]})
        saver = tf.train.Saver()
        path = saver.save(sess, "./model", global_step=5)
        expected = sess.run(prediction, {x: np.eye(3)})
    return path, expected


def main(tf):
    path, expected = train_and_save(tf)
    with tf.Graph().as_default() as graph, tf.Session() as sess:
        new_saver = tf.train.import_meta_graph(path + ".meta")
        new_saver.restore(sess, tf.train.latest_checkpoint("./"))
        x = graph.get_tensor_by_name("x:0")
        y = graph.get_tensor_by_name("y:0")
        prediction = tf.get_collection("predict")[0]
        loss = graph.get_tensor_by_name("loss:0")
        restored = sess.run(prediction, feed_dict={x: np.eye(3)})
        train = graph.get_operation_by_name("train")
        feed = {x: np.eye(3), y: np.ones([3, 1])}
        losses = []
        for _ in range(3):
            sess.run(train, feed)
            losses.append(sess.run(loss, feed))
        # A new layer on top of the old net
        w2 = tf.Variable(tf.ones([1, 2]), name="w2")
        new = tf.matmul(prediction, w2)
        sess.run(w2.initializer)
        stacked = sess.run(new, feed)
        names = [v.name for v in tf.global_variables()]
    return {
        "the same": bool(np.all(restored == expected)),
        "restored": restored,
        "losses": losses,
        "stacked": stacked,
        "names": names,
        "path": path,
        "shape": x.get_shape().as_list(),
    }
