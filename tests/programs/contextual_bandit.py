"""An agent that learns which arm to pull, from slices of its weights."""

import numpy as np


def main(tf):
    tf.reset_default_graph()
    bandits = np.array([[0.2, 0.0, -0.2], [0.1, -5.0, 1.0]])
    rng = np.random.RandomState(39)

    # The feed-forward part: a state to an action
    state_in = tf.placeholder(shape=[1], dtype=tf.int32)
    state_in_OH = tf.one_hot(state_in, 2)
    weights = tf.Variable(tf.ones([2, 3]))
    output = tf.reshape(tf.nn.sigmoid(tf.matmul(state_in_OH, weights)), [-1])
    chosen_action = tf.argmax(output, 0)

    # The training: a reward and the action that brought it
    reward_holder = tf.placeholder(shape=[1], dtype=tf.float32)
    action_holder = tf.placeholder(shape=[1], dtype=tf.int32)
    responsible_weight = tf.slice(output, action_holder, [1])
    loss = -(tf.log(responsible_weight) * reward_holder)
    optimizer = tf.train.GradientDescentOptimizer(learning_rate=0.05)
    update = optimizer.minimize(loss)

    def pull_bandit(bandit):
        return 1 if rng.randn(1) > bandit else -1

    total_reward = np.zeros(bandits.shape)
    init = tf.initialize_all_variables()
    with tf.Session() as sess:
        sess.run(init)
        for i in range(60):
            s = i % 2
            if rng.rand(1) < 0.25:
                action = rng.randint(3)
            else:
                action = sess.run(chosen_action, feed_dict={state_in: [s]})
            reward = pull_bandit(bandits[s, action])
            _, ww = sess.run(
                [update, weights],
                feed_dict={
                    reward_holder: [reward],
                    action_holder: [action],
                    state_in: [s],
                },
            )
            total_reward[s, action] += reward
        final = sess.run(weights)

    return {
        "weights": final,
        "rewards": total_reward,
        "best arm of the second": int(np.argmax(final[1])) + 1,
        "shapes": [
            output.get_shape().as_list(),
            responsible_weight.get_shape().as_list(),
            loss.get_shape().as_list(),
        ],
        "fetched": ww.shape,
    }
