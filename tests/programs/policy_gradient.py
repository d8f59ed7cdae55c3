"""The gradient of an action's log probability, weighted through `grad_ys`."""

import numpy as np


def main(tf):
    np.random.seed(10)
    n_states, n_actions = 4, 3
    states = np.random.randn(40, n_states)
    actions = np.random.randint(n_actions, size=40)
    rewards = np.where(actions == np.argmax(states[:, :n_actions], 1), 1.0, -0.2)

    observations = tf.placeholder(tf.float32, [None, n_states], name="observations")
    tf_acts = tf.placeholder(tf.int32, [None], name="actions_num")
    tf_vt = tf.placeholder(tf.float32, [None], name="actions_value")

    with tf.variable_scope("policy"):
        theta = tf.get_variable(
            "theta",
            shape=[n_states, n_actions],
            initializer=tf.constant_initializer(0.1 * np.random.randn(4, 3)),
        )
        bias = tf.get_variable("bias", [n_actions], initializer=tf.zeros_initializer)
    unused = tf.Variable(1.0, name="unused")
    all_act = tf.matmul(observations, theta) + bias
    all_act_prob = tf.nn.softmax(all_act, name="act_prob")

    log_prob = tf.reduce_sum(
        tf.log(all_act_prob) * tf.one_hot(tf_acts, n_actions), axis=1
    )
    # By hand: d(log_prob) weighted by -value; the same as the loss below
    params = tf.trainable_variables()
    grads = tf.gradients(log_prob, params, grad_ys=-tf_vt / 40.0)
    neg_log_prob = tf.nn.sparse_softmax_cross_entropy_with_logits(
        logits=all_act, labels=tf_acts
    )
    loss = tf.reduce_mean(neg_log_prob * tf_vt)
    others = tf.gradients(loss, params)

    optimizer = tf.train.GradientDescentOptimizer(0.5)
    found = [(g, v) for g, v in zip(grads, params, strict=True) if g is not None]
    train = optimizer.apply_gradients(found)

    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        feed = {observations: states, tf_acts: actions, tf_vt: rewards}
        by_hand, by_loss = sess.run([grads[:2], others[:2]], feed)
        losses = [sess.run([train, loss], feed)[1] for _ in range(15)]
        probs = sess.run(all_act_prob, feed_dict={observations: states[:3]})
        left_alone = sess.run(unused)

    return {
        "by hand": by_hand[0],
        "by loss": by_loss[0],
        "bias": by_hand[1],
        "no path": [grads[2] is None, others[2] is None],
        "losses": losses,
        "probabilities": probs,
        "unused": left_alone,
        "params": [p.name for p in params],
    }
