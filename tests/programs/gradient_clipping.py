"""compute_gradients, clip, apply_gradients; by norm, by value and by global norm."""

import numpy as np


def main(tf):
    rng = np.random.RandomState(22)
    x_data, y_data = 4 * rng.randn(30, 3), 10 * rng.randn(30, 2)
    x = tf.placeholder(tf.float32, [None, 3])
    y = tf.placeholder(tf.float32, [None, 2])

    def model(scope):
        with tf.variable_scope(scope):
            w = tf.get_variable("w", initializer=np.ones([3, 2], np.float32))
            b = tf.get_variable("b", initializer=tf.zeros([2]))
        tf.Variable(1.0, name=f"{scope}_apart")  # no gradient reaches it
        return tf.reduce_mean(tf.square(tf.matmul(x, w) + b - y)), w, b

    # Each gradient by itself
    loss, w, b = model("by_value")
    optimizer = tf.train.AdamOptimizer(0.1)
    grads_and_vars = optimizer.compute_gradients(loss)
    capped = [
        (tf.clip_by_value(g, -1.0, 1.0), v) for g, v in grads_and_vars if g is not None
    ]
    by_value = optimizer.apply_gradients(capped)

    loss_norm, w_norm, b_norm = model("by_norm")
    optimizer = tf.train.GradientDescentOptimizer(0.1)
    pairs = optimizer.compute_gradients(loss_norm, var_list=[w_norm, b_norm])
    for i, (g, v) in enumerate(pairs):
        if g is not None:
            pairs[i] = (tf.clip_by_norm(g, 5), v)
    by_norm = optimizer.apply_gradients(pairs, name="clipped")

    # All of them together
    loss_all, _, _ = model("by_global_norm")
    tvars = tf.get_collection(tf.GraphKeys.TRAINABLE_VARIABLES, scope="by_global_norm/")
    grads, norm = tf.clip_by_global_norm(tf.gradients(loss_all, tvars), 2.0)
    counter = tf.Variable(0, name="counter", trainable=False)
    together = tf.train.MomentumOptimizer(0.05, 0.9, use_nesterov=True).apply_gradients(
        zip(grads, tvars, strict=True), global_step=counter
    )

    feed = {x: x_data, y: y_data}
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        first = sess.run([g for g, _ in capped] + [g for g, _ in pairs], feed)
        both = sess.run([list(pair) for pair in pairs], feed)
        losses = []
        for _ in range(8):
            step = [loss, loss_norm, loss_all, norm, by_value, by_norm, together]
            losses.append(sess.run(step, feed)[:4])
        steps = sess.run(counter)

    return {
        "gradients": first,
        "pairs": both,
        "losses": losses,
        "steps": steps,
        "without": [v.name for g, v in grads_and_vars if g is None],
        "ops": [by_value.name, by_norm.name, together.name],
        "tvars": [v.name for v in tvars],
    }
