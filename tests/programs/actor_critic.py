"""Actor and critic; soft copies of both nets, gradients through the critic."""

import numpy as np

TAU, GAMMA, STATES, ACTIONS = 0.1, 0.9, 3, 2


def main(tf):
    rng = np.random.RandomState(32)
    S = tf.placeholder(tf.float32, shape=[None, STATES], name="s")
    R = tf.placeholder(tf.float32, [None, 1], name="r")
    S_ = tf.placeholder(tf.float32, shape=[None, STATES], name="s_")

    def init(*shape):
        return tf.constant_initializer(0.4 * rng.randn(*shape))

    def build_a(s, scope, trainable):
        with tf.variable_scope(scope):
            net = tf.layers.dense(
                s,
                4,
                activation=tf.nn.relu,
                kernel_initializer=init(3, 4),
                name="l1",
                trainable=trainable,
            )
            a = tf.layers.dense(
                net,
                ACTIONS,
                activation=tf.nn.tanh,
                kernel_initializer=init(4, 2),
                name="a",
                trainable=trainable,
            )
            return tf.multiply(a, 2.0, name="scaled_a")

    def build_c(s, a, scope, trainable):
        with tf.variable_scope(scope):
            w1_s = tf.get_variable(
                "w1_s", [STATES, 4], initializer=init(3, 4), trainable=trainable
            )
            w1_a = tf.get_variable(
                "w1_a", [ACTIONS, 4], initializer=init(2, 4), trainable=trainable
            )
            b1 = tf.get_variable(
                "b1", [1, 4], initializer=init(1, 4), trainable=trainable
            )
            net = tf.nn.relu(tf.matmul(s, w1_s) + tf.matmul(a, w1_a) + b1)
            return tf.layers.dense(
                net, 1, kernel_initializer=init(4, 1), trainable=trainable
            )

    with tf.variable_scope("Actor"):
        a = build_a(S, scope="eval", trainable=True)
        a_ = build_a(S_, scope="target", trainable=False)
    with tf.variable_scope("Critic"):
        # Assign self.a = a in memory when calculating q for td_error,
        # otherwise self.a is from Actor when updating Actor
        q = build_c(S, a, scope="eval", trainable=True)
        q_ = build_c(S_, a_, scope="target", trainable=False)

    ae_params = tf.get_collection(tf.GraphKeys.GLOBAL_VARIABLES, scope="Actor/eval")
    at_params = tf.get_collection(tf.GraphKeys.GLOBAL_VARIABLES, scope="Actor/target")
    ce_params = tf.get_collection(tf.GraphKeys.GLOBAL_VARIABLES, scope="Critic/eval")
    ct_params = tf.get_collection(tf.GraphKeys.GLOBAL_VARIABLES, scope="Critic/target")
    soft_replace = [
        [
            tf.assign(ta, (1 - TAU) * ta + TAU * ea),
            tf.assign(tc, (1 - TAU) * tc + TAU * ec),
        ]
        for ta, ea, tc, ec in zip(
            at_params, ae_params, ct_params, ce_params, strict=False
        )
    ]
    q_target = tf.stop_gradient(R + GAMMA * q_)
    td_error = tf.losses.mean_squared_error(labels=q_target, predictions=q)
    ctrain = tf.train.AdamOptimizer(0.02).minimize(td_error, var_list=ce_params)
    action_grads = tf.gradients(q, a)[0]
    # Gated: without it TensorFlow may change a weight while others still need it
    policy_grads = tf.gradients(
        ys=a, xs=ae_params, grad_ys=-action_grads / 16, gate_gradients=True
    )
    atrain = tf.train.AdamOptimizer(0.01).apply_gradients(
        zip(policy_grads, ae_params, strict=True)
    )

    sess = tf.Session()
    sess.run(tf.global_variables_initializer())
    errors = []
    for _ in range(15):
        bs, br = rng.randn(16, STATES), rng.randn(16, 1)
        ba, bs_ = rng.uniform(-2, 2, [16, ACTIONS]), rng.randn(16, STATES)
        sess.run(soft_replace)
        sess.run(atrain, {S: bs})
        _, error = sess.run([ctrain, td_error], {S: bs, a: ba, R: br, S_: bs_})
        errors.append(error)

    return {
        "errors": errors,
        "action": sess.run(a, {S: bs[:2]}),
        "policy gradient": sess.run(policy_grads[0], {S: bs}),
        "target": sess.run(at_params[0]),
        "eval": [v.name for v in ae_params + ce_params],
        "targets": [v.name for v in at_params + ct_params],
        "trainable": len(tf.trainable_variables()),
        "a": a.name,
    }
