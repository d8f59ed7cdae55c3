"""Blocks with a way around them, made in loops of scopes; weight decay over all."""

import numpy as np


def main(tf):
    rng = np.random.RandomState(54)
    tf.reset_default_graph()
    x = tf.placeholder(tf.float32, [None, 6, 6, 2], name="images")
    labels = tf.placeholder(tf.int64, [None], name="labels")

    def conv(name, x, out_filters, stride=1, filter_size=3):
        with tf.variable_scope(name):
            in_filters = int(x.get_shape()[-1])
            n = filter_size * filter_size * out_filters
            start = rng.normal(
                0, np.sqrt(2.0 / n), [filter_size, filter_size, in_filters, out_filters]
            )
            kernel = tf.get_variable(
                "DW",
                start.shape,
                tf.float32,
                initializer=tf.constant_initializer(start),
            )
            return tf.nn.conv2d(x, kernel, [1, stride, stride, 1], padding="SAME")

    def residual(x, out_filter, stride):
        with tf.variable_scope("residual_only_activation"):
            orig_x = x
            x = tf.nn.leaky_relu(x, 0.1)
        with tf.variable_scope("sub1"):
            x = conv("conv1", x, out_filter, stride)
        with tf.variable_scope("sub2"):
            x = conv("conv2", tf.nn.relu(x), out_filter)
        with tf.variable_scope("sub_add"):
            in_filter = int(orig_x.get_shape()[-1])
            if in_filter != out_filter:
                orig_x = tf.nn.avg_pool(
                    orig_x, [1, stride, stride, 1], [1, stride, stride, 1], "VALID"
                )
                pad = (out_filter - in_filter) // 2
                orig_x = tf.pad(orig_x, [[0, 0], [0, 0], [0, 0], [pad, pad]])
            return x + orig_x

    with tf.variable_scope("init"):
        net = conv("init_conv", x, 2)
    for i, (filters, stride) in enumerate([(2, 1), (4, 2)]):
        with tf.variable_scope("unit_%d" % i):
            net = residual(net, filters, stride)
    with tf.variable_scope("unit_last"):
        assert net.get_shape().ndims == 4
        pooled = tf.reduce_mean(tf.nn.relu(net), [1, 2])
    with tf.variable_scope("logit"):
        w = tf.get_variable(
            "DW", [4, 3], initializer=tf.constant_initializer(rng.randn(4, 3))
        )
        b = tf.get_variable("biases", [3], initializer=tf.constant_initializer())
        logits = tf.nn.xw_plus_b(pooled, w, b)

    with tf.variable_scope("costs"):
        xent = tf.nn.sparse_softmax_cross_entropy_with_logits(
            logits=logits, labels=labels
        )
        cost = tf.reduce_mean(xent, name="xent")
        costs = [
            tf.nn.l2_loss(v)
            for v in tf.trainable_variables()
            if v.op.name.find("DW") > 0
        ]
        cost += tf.multiply(0.002, tf.add_n(costs))
    in_top = tf.reduce_sum(tf.cast(tf.nn.in_top_k(logits, labels, 2), tf.int32))
    train = tf.train.MomentumOptimizer(0.05, 0.9).minimize(cost)

    data, target = rng.randn(10, 6, 6, 2), rng.randint(3, size=10)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        feed = {x: data, labels: target}
        history = [sess.run([train, cost], feed)[1] for _ in range(6)]
        out, top = sess.run([logits, in_top], feed)
    return {
        "history": history,
        "logits": out,
        "top": top,
        "names": [[v.name, v.get_shape().as_list()] for v in tf.trainable_variables()],
        "shapes": [net.get_shape().as_list(), pooled.get_shape().as_list()],
        "decayed": len(costs),
    }
