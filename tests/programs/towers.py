"""One model on several devices: towers that share variables, averaged gradients."""

import numpy as np


def average_gradients(tf, tower_grads):
    average_grads = []
    for grad_and_vars in zip(*tower_grads, strict=True):
        grads = []
        for g, _ in grad_and_vars:
            # Add 0 dimension to the gradients to represent the tower.
            grads.append(tf.expand_dims(g, 0))
        grad = tf.reduce_mean(tf.concat(axis=0, values=grads), 0)
        # The Variables are redundant because they are shared across towers
        average_grads.append((grad, grad_and_vars[0][1]))
    return average_grads


def main(tf):
    rng = np.random.RandomState(50)
    num_gpus, batch_size = 3, 8
    data = rng.randn(48, 4).astype(np.float32)
    target = np.tanh(data.sum(1, keepdims=True))

    with tf.Graph().as_default(), tf.device("/cpu:0"):
        global_step = tf.get_variable(
            "global_step", [], initializer=tf.constant_initializer(0), trainable=False
        )
        lr = tf.train.exponential_decay(0.3, global_step, 2, 0.9, staircase=True)
        opt = tf.train.GradientDescentOptimizer(lr)
        x = tf.placeholder(tf.float32, [num_gpus * batch_size, 4])
        y = tf.placeholder(tf.float32, [num_gpus * batch_size, 1])
        xs, ys = tf.split(x, num_gpus), tf.split(y, num_gpus)

        tower_grads, losses = [], []
        with tf.variable_scope(tf.get_variable_scope()):
            for i in range(num_gpus):
                with tf.device("/gpu:%d" % i), tf.name_scope("tower_%d" % i) as scope:
                    w = tf.get_variable(
                        "w",
                        [4, 1],
                        initializer=tf.constant_initializer(rng.randn(4, 1)),
                    )
                    b = tf.get_variable("b", [1], initializer=tf.zeros_initializer())
                    out = tf.tanh(tf.matmul(xs[i], w) + b)
                    loss = tf.reduce_mean(tf.square(out - ys[i]), name="loss")
                    tf.add_to_collection("losses", loss)
                    losses.append(tf.add_n(tf.get_collection("losses", scope)))
                    tf.get_variable_scope().reuse_variables()
                    tower_grads.append(opt.compute_gradients(loss))
        grads = average_gradients(tf, tower_grads)
        apply_gradient_op = opt.apply_gradients(grads, global_step=global_step)
        variable_averages = tf.train.ExponentialMovingAverage(0.9)
        averages_op = variable_averages.apply(tf.trainable_variables())

        with tf.Session(config=tf.ConfigProto(allow_soft_placement=True)) as sess:
            sess.run(tf.global_variables_initializer())
            history = []
            for step in range(6):
                rows = slice(step % 2 * 24, step % 2 * 24 + 24)
                feed = {x: data[rows], y: target[rows]}
                history.append(sess.run([*losses, apply_gradient_op], feed)[:num_gpus])
                sess.run(averages_op)
            weights, steps = sess.run([tf.trainable_variables(), global_step])
            average = sess.run(variable_averages.average(tf.trainable_variables()[0]))

        return {
            "history": history,
            "weights": weights[0],
            "bias": weights[1],
            "average": average,
            "steps": steps,
            "variables": [v.name for v in tf.global_variables()],
            "losses": [t.name for t in tf.get_collection("losses")],
            "loss": loss.name,
            "shape": xs[0].get_shape().as_list(),
        }
