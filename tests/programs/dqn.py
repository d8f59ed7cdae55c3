"""Q-learning with a replay memory; the target net is copied by assign ops."""

import numpy as np


class DeepQNetwork:
    def __init__(self, tf, n_actions, n_features):
        self.tf = tf
        self.n_actions, self.n_features = n_actions, n_features
        self.rng = np.random.RandomState(9)
        self.memory = self.rng.rand(50, n_features * 2 + 2)
        self.memory[:, n_features] = self.rng.randint(n_actions, size=50)
        self.learn_step_counter = 0
        self._build_net()
        t_params = tf.get_collection("target_net_params")
        e_params = tf.get_collection("eval_net_params")
        self.replace_target_op = [
            tf.assign(t, e) for t, e in zip(t_params, e_params, strict=True)
        ]
        self.sess = tf.Session()
        self.sess.run(tf.global_variables_initializer())
        self.cost_his = []

    def _build_net(self):
        tf = self.tf
        self.s = tf.placeholder(tf.float32, [None, self.n_features], name="s")
        self.q_target = tf.placeholder(
            tf.float32, [None, self.n_actions], name="Q_target"
        )

        def build_layers(x, c_names):
            w = tf.constant_initializer(self.rng.normal(0, 0.3, self.n_features * 6))
            v = tf.constant_initializer(self.rng.normal(0, 0.3, 6 * self.n_actions))
            with tf.variable_scope("l1"):
                w1 = tf.get_variable(
                    "w1", [self.n_features, 6], None, w, collections=c_names
                )
                b1 = tf.get_variable(
                    "b1",
                    [1, 6],
                    initializer=tf.constant_initializer(0.1),
                    collections=c_names,
                )
                l1 = tf.nn.relu(tf.matmul(x, w1) + b1)
            with tf.variable_scope("l2"):
                w2 = tf.get_variable(
                    "w2", [6, self.n_actions], initializer=v, collections=c_names
                )
                return tf.matmul(l1, w2)

        with tf.variable_scope("eval_net"):
            c_names = ["eval_net_params", tf.GraphKeys.GLOBAL_VARIABLES]
            self.q_eval = build_layers(self.s, c_names)
        with tf.variable_scope("loss"):
            self.loss = tf.reduce_mean(
                tf.squared_difference(self.q_target, self.q_eval)
            )
        with tf.variable_scope("train"):
            params = tf.get_collection("eval_net_params")
            self._train_op = tf.train.RMSPropOptimizer(0.01).minimize(
                self.loss, var_list=params
            )

        self.s_ = tf.placeholder(tf.float32, [None, self.n_features], name="s_")
        with tf.variable_scope("target_net"):
            c_names = ["target_net_params", tf.GraphKeys.GLOBAL_VARIABLES]
            self.q_next = build_layers(self.s_, c_names)

    def learn(self):
        if self.learn_step_counter % 5 == 0:
            self.sess.run(self.replace_target_op)
            print("\ntarget_params_replaced\n")
        batch = self.memory[self.rng.choice(50, size=16)]
        q_next, q_eval = self.sess.run(
            [self.q_next, self.q_eval],
            feed_dict={
                self.s_: batch[:, -self.n_features :],
                self.s: batch[:, : self.n_features],
            },
        )
        q_target = q_eval.copy()
        actions = batch[:, self.n_features].astype(int)
        reward = batch[:, self.n_features + 1]
        q_target[np.arange(16), actions] = reward + 0.9 * np.max(q_next, axis=1)
        _, cost = self.sess.run(
            [self._train_op, self.loss],
            feed_dict={self.s: batch[:, : self.n_features], self.q_target: q_target},
        )
        self.cost_his.append(cost)
        self.learn_step_counter += 1


def main(tf):
    RL = DeepQNetwork(tf, n_actions=3, n_features=4)
    for _ in range(20):
        RL.learn()
    observation = np.ones(4)[np.newaxis, :]
    return {
        "costs": RL.cost_his,
        "actions": RL.sess.run(RL.q_eval, {RL.s: observation}),
        "target": RL.sess.run(RL.q_next, feed_dict={RL.s_: observation}),
        "trainable": len(tf.trainable_variables()),
        "names": [v.name for v in tf.global_variables()],
        "copied": RL.sess.run(RL.replace_target_op),
    }
