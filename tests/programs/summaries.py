"""Summaries of scalars and histograms, merged and written for TensorBoard."""

import os

import numpy as np


def variable_summaries(tf, var):
    """Attach a lot of summaries to a Tensor (for TensorBoard visualization)."""
    with tf.name_scope("summaries"):
        mean = tf.reduce_mean(var)
        tf.summary.scalar("mean", mean)
        with tf.name_scope("stddev"):
            stddev = tf.sqrt(tf.reduce_mean(tf.square(var - mean)))
        tf.summary.scalar("stddev", stddev)
        tf.summary.histogram("histogram", var)


def main(tf):
    none_yet = tf.summary.merge_all()
    rng = np.random.RandomState(26)
    data = rng.rand(20, 4)
    with tf.name_scope("input"):
        x = tf.placeholder(tf.float32, [None, 4], name="x-input")
        y_ = tf.placeholder(tf.float32, [None, 2], name="y-input")

    def nn_layer(input_tensor, input_dim, output_dim, layer_name, act=tf.nn.relu):
        with tf.name_scope(layer_name):
            with tf.name_scope("weights"):
                start = 0.4 * rng.randn(input_dim, output_dim)
                weights = tf.Variable(start.astype(np.float32))
                variable_summaries(tf, weights)
            with tf.name_scope("biases"):
                biases = tf.Variable(tf.constant(0.1, shape=[output_dim]))
                variable_summaries(tf, biases)
            with tf.name_scope("Wx_plus_b"):
                preactivate = tf.matmul(input_tensor, weights) + biases
                tf.summary.histogram("pre_activations", preactivate)
            activations = act(preactivate, name="activation")
            tf.summary.histogram("activations", activations)
            return activations

    hidden1 = nn_layer(x, 4, 5, "layer1")
    y = nn_layer(hidden1, 5, 2, "layer2", act=tf.identity)
    with tf.name_scope("cross_entropy"):
        diff = tf.nn.softmax_cross_entropy_with_logits_v2(labels=y_, logits=y)
        with tf.name_scope("total"):
            cross_entropy = tf.reduce_mean(diff)
    scalar = tf.summary.scalar("cross_entropy", cross_entropy)
    with tf.name_scope("train"):
        train_step = tf.train.AdamOptimizer(0.05).minimize(cross_entropy)

    with tf.Session() as sess:
        # Merge all the summaries and write them out
        merged = tf.summary.merge_all()
        train_writer = tf.summary.FileWriter("logs/train", sess.graph)
        tf.global_variables_initializer().run()
        feed = {x: data, y_: np.eye(2)[(data[:, 0] > 0.5).astype(int)]}
        losses = []
        for i in range(6):
            summary, loss, _ = sess.run(
                [merged, cross_entropy, train_step], feed_dict=feed
            )
            train_writer.add_summary(summary, i)
            losses.append(loss)
        train_writer.flush()
        train_writer.close()
        one = sess.run(tf.summary.merge([scalar]), feed_dict=feed)

    return {
        "losses": losses,
        "none yet": none_yet,
        "bytes": [isinstance(summary, bytes), isinstance(one, bytes)],
        "files": len(os.listdir("logs/train")),
        "summaries": len(tf.get_collection(tf.GraphKeys.SUMMARIES)),
        "scalar": scalar.name,
        "names": [hidden1.op.name, cross_entropy.op.name],
        "variables": [v.name for v in tf.trainable_variables()],
    }
