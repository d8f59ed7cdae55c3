"""Sentences by convolutions of several widths over embedded words."""

import numpy as np


class TextCNN:
    def __init__(
        self, tf, sequence_length, num_classes, vocab_size, embedding_size, rng
    ):
        def random(*shape):
            return (0.3 * rng.randn(*shape)).astype(np.float32)

        self.input_x = tf.placeholder(tf.int32, [None, sequence_length], name="input_x")
        self.input_y = tf.placeholder(tf.float32, [None, num_classes], name="input_y")
        self.dropout_keep_prob = tf.placeholder(tf.float32, name="dropout_keep_prob")
        l2_loss = tf.constant(0.0)

        with tf.device("/cpu:0"), tf.name_scope("embedding"):
            self.W = tf.Variable(random(vocab_size, embedding_size), name="W")
            self.embedded_chars = tf.nn.embedding_lookup(self.W, self.input_x)
            self.embedded_chars_expanded = tf.expand_dims(self.embedded_chars, -1)

        pooled_outputs = []
        filter_sizes, num_filters = [2, 3], 4
        for filter_size in filter_sizes:
            with tf.name_scope("conv-maxpool-%s" % filter_size):
                W = tf.Variable(
                    random(filter_size, embedding_size, 1, num_filters), name="W"
                )
                b = tf.Variable(tf.constant(0.1, shape=[num_filters]), name="b")
                conv = tf.nn.conv2d(
                    self.embedded_chars_expanded,
                    W,
                    [1, 1, 1, 1],
                    padding="VALID",
                    name="conv",
                )
                h = tf.nn.relu(tf.nn.bias_add(conv, b), name="relu")
                pooled = tf.nn.max_pool(
                    h,
                    ksize=[1, sequence_length - filter_size + 1, 1, 1],
                    strides=[1, 1, 1, 1],
                    padding="VALID",
                    name="pool",
                )
                pooled_outputs.append(pooled)

        num_filters_total = num_filters * len(filter_sizes)
        self.h_pool = tf.concat(pooled_outputs, 3)
        self.h_pool_flat = tf.reshape(self.h_pool, [-1, num_filters_total])
        with tf.name_scope("dropout"):
            self.h_drop = tf.nn.dropout(self.h_pool_flat, self.dropout_keep_prob)
        with tf.name_scope("output"):
            W = tf.get_variable("W", initializer=random(num_filters_total, num_classes))
            b = tf.Variable(tf.constant(0.1, shape=[num_classes]), name="b")
            l2_loss += tf.nn.l2_loss(W)
            l2_loss += tf.nn.l2_loss(b)
            self.scores = tf.nn.xw_plus_b(self.h_drop, W, b, name="scores")
            self.predictions = tf.argmax(self.scores, 1, name="predictions")
        with tf.name_scope("loss"):
            losses = tf.nn.softmax_cross_entropy_with_logits(
                logits=self.scores, labels=self.input_y
            )
            self.loss = tf.reduce_mean(losses) + 0.1 * l2_loss
        with tf.name_scope("accuracy"):
            correct_predictions = tf.equal(self.predictions, tf.argmax(self.input_y, 1))
            self.accuracy = tf.reduce_mean(
                tf.cast(correct_predictions, "float"), name="accuracy"
            )


def main(tf):
    rng = np.random.RandomState(35)
    x = rng.randint(12, size=(24, 6))
    y = np.eye(2)[np.any(x == 3, axis=1).astype(int)]

    with tf.Graph().as_default():
        session_conf = tf.ConfigProto(
            allow_soft_placement=True, log_device_placement=False
        )
        sess = tf.Session(config=session_conf)
        with sess.as_default():
            cnn = TextCNN(tf, 6, 2, 12, 5, rng)
            global_step = tf.Variable(0, name="global_step", trainable=False)
            optimizer = tf.train.AdamOptimizer(1e-2)
            grads_and_vars = optimizer.compute_gradients(cnn.loss)
            train_op = optimizer.apply_gradients(
                grads_and_vars, global_step=global_step
            )
            for g, v in grads_and_vars:
                if g is not None:
                    tf.summary.histogram(f"{v.name[:-2]}/grad/hist", g)
                    tf.summary.scalar(
                        f"{v.name[:-2]}/grad/sparsity", tf.nn.zero_fraction(g)
                    )
            merged = tf.summary.merge_all()
            sess.run(tf.global_variables_initializer())
            losses = []
            for _ in range(8):
                feed_dict = {cnn.input_x: x, cnn.input_y: y, cnn.dropout_keep_prob: 1.0}
                _, loss, summaries = sess.run([train_op, cnn.loss, merged], feed_dict)
                losses.append(loss)
            step, accuracy = sess.run([global_step, cnn.accuracy], feed_dict)
            scores = cnn.scores.eval({cnn.input_x: x[:3], cnn.dropout_keep_prob: 1.0})
            embedding = cnn.W.eval()

    return {
        "losses": losses,
        "step": step,
        "accuracy": accuracy,
        "scores": scores,
        "embedding": embedding,
        "bytes": isinstance(summaries, bytes),
        "names": [v.name for _, v in grads_and_vars],
        "tensors": [cnn.scores.name, cnn.predictions.name, cnn.accuracy.name],
        "shapes": [cnn.h_pool.get_shape().as_list(), cnn.scores.get_shape().as_list()],
    }
