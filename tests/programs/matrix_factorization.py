"""Ratings of films by people, with embeddings and an Adagrad that touches rows."""

import numpy as np


def main(tf):
    tf.reset_default_graph()
    rng = np.random.RandomState(14)
    user_num, item_num, dim = 12, 9, 3
    people, films = rng.randn(user_num, dim), rng.randn(item_num, dim)
    users, items = rng.randint(user_num, size=80), rng.randint(item_num, size=80)
    rates = 3 + np.sum(people[users] * films[items], axis=1)

    user_batch = tf.placeholder(tf.int32, shape=[None], name="id_user")
    item_batch = tf.placeholder(tf.int32, shape=[None], name="id_item")
    rate_batch = tf.placeholder(tf.float32, shape=[None])

    with tf.device("/cpu:0"):
        bias_global = tf.get_variable(
            "bias_global", shape=[], initializer=tf.zeros_initializer()
        )
        w_bias_user = tf.get_variable(
            "embd_bias_user", shape=[user_num], initializer=tf.zeros_initializer()
        )
        w_bias_item = tf.get_variable(
            "embd_bias_item", shape=[item_num], initializer=tf.zeros_initializer()
        )
        bias_user = tf.nn.embedding_lookup(w_bias_user, user_batch, name="bias_user")
        bias_item = tf.nn.embedding_lookup(w_bias_item, item_batch, name="bias_item")
        w_user = tf.get_variable(
            "embd_user", initializer=(0.2 * rng.randn(user_num, dim)).astype("float32")
        )
        w_item = tf.get_variable(
            "embd_item", initializer=(0.2 * rng.randn(item_num, dim)).astype("float32")
        )
        embd_user = tf.nn.embedding_lookup(w_user, user_batch, name="embedding_user")
        embd_item = tf.nn.embedding_lookup(w_item, item_batch, name="embedding_item")

    infer = tf.reduce_sum(tf.multiply(embd_user, embd_item), 1)
    infer = tf.add(infer, bias_global)
    infer = tf.add(infer, bias_user)
    infer = tf.add(infer, bias_item, name="svd_inference")
    regularizer = tf.add(
        tf.nn.l2_loss(embd_user), tf.nn.l2_loss(embd_item), name="svd_regularizer"
    )

    global_step = tf.train.get_or_create_global_step()
    cost_l2 = tf.nn.l2_loss(tf.subtract(infer, rate_batch))
    penalty = tf.constant(0.05, dtype=tf.float32, shape=[], name="l2")
    cost = tf.add(cost_l2, tf.multiply(regularizer, penalty))
    train_op = tf.train.AdagradOptimizer(0.1).minimize(cost, global_step=global_step)

    errors = []
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        for i in range(20):
            rows = slice(i % 4 * 20, i % 4 * 20 + 20)
            feed = {
                user_batch: users[rows],
                item_batch: items[rows],
                rate_batch: rates[rows],
            }
            _, pred_batch = sess.run([train_op, infer], feed_dict=feed)
            pred_batch = np.clip(pred_batch, 1.0, 5.0)
            errors.append(np.sqrt(np.mean((pred_batch - rates[rows]) ** 2)))
        final, steps = sess.run([w_user, global_step])
        in_order = sess.run(infer, {user_batch: [0, 0, 11], item_batch: [8, 8, 0]})

    return {
        "errors": errors,
        "users": final,
        "steps": steps,
        "inferred": in_order,
        "names": [v.op.name for v in tf.global_variables()],
        "infer": infer.name,
        "shapes": [embd_user.get_shape().as_list(), infer.get_shape().as_list()],
    }
