"""Losses along a line of predictions, built by hand and from the library."""


def main(tf):
    sess = tf.Session()
    x_vals = tf.linspace(-1.0, 1.0, 9)
    target = tf.constant(0.0)
    delta = tf.constant(0.25)
    losses = {
        "l2": tf.square(target - x_vals),
        "l1": tf.abs(target - x_vals),
        "pseudo huber": tf.multiply(
            tf.square(delta), tf.sqrt(1.0 + tf.square((target - x_vals) / delta)) - 1.0
        ),
        "huber": tf.where(
            tf.abs(x_vals) < delta,
            0.5 * tf.square(x_vals),
            delta * (tf.abs(x_vals) - 0.5 * delta),
        ),
    }

    x_vals = tf.linspace(-3.0, 5.0, 9)
    target = tf.constant(1.0)
    targets = tf.fill([9], 1.0)
    probabilities = tf.clip_by_value(tf.sigmoid(x_vals), 1e-3, 1 - 1e-3)
    losses.update(
        {
            "hinge": tf.maximum(0.0, 1.0 - tf.multiply(target, x_vals)),
            "cross entropy": -tf.multiply(target, tf.log(probabilities))
            - tf.multiply((1.0 - target), tf.log(1.0 - probabilities)),
            "sigmoid": tf.nn.sigmoid_cross_entropy_with_logits(
                logits=x_vals, labels=targets
            ),
            "weighted": tf.nn.weighted_cross_entropy_with_logits(
                logits=x_vals, targets=targets, pos_weight=tf.constant(0.5)
            ),
        }
    )

    unscaled_logits = tf.constant([[1.0, -3.0, 10.0], [0.5, 0.0, -1.0]])
    target_dist = tf.constant([[0.1, 0.02, 0.88], [1.0, 0.0, 0.0]])
    sparse = tf.constant([2, 0])
    losses["softmax"] = tf.nn.softmax_cross_entropy_with_logits(
        logits=unscaled_logits, labels=target_dist
    )
    losses["sparse"] = tf.nn.sparse_softmax_cross_entropy_with_logits(
        logits=unscaled_logits, labels=sparse
    )
    losses["log softmax"] = tf.nn.log_softmax(unscaled_logits)
    labels = tf.constant([[0.0, 1.0], [1.0, 1.0]])
    guesses = tf.constant([[0.2, 0.7], [0.9, 0.5]])
    weights = tf.constant([[1.0], [3.0]])
    losses["mean squared"] = tf.losses.mean_squared_error(
        labels, guesses, weights=weights
    )
    losses["absolute"] = tf.losses.absolute_difference(labels, guesses)
    losses["huber loss"] = tf.losses.huber_loss(labels, guesses, delta=0.2)
    losses["log loss"] = tf.losses.log_loss(labels, guesses)
    losses["hinge loss"] = tf.losses.hinge_loss(labels, guesses)
    losses["in the collection"] = tf.losses.get_total_loss(
        add_regularization_losses=False
    )

    values = sess.run(losses)
    return {
        **values,
        "order": list(values) == list(losses),
        "collected": len(tf.losses.get_losses()),
        "shapes": [
            losses[k].get_shape().as_list() for k in ("huber", "softmax", "absolute")
        ],
    }
