"""Metrics over several batches, in local variables that start anew."""

import numpy as np


def main(tf):
    rng = np.random.RandomState(56)
    labels = tf.placeholder(tf.int64, [None])
    scores = tf.placeholder(tf.float32, [None])
    predictions = tf.cast(scores > 0.5, tf.int64)
    metrics = {
        "accuracy": tf.metrics.accuracy(labels, predictions),
        "precision": tf.metrics.precision(labels, predictions),
        "recall": tf.metrics.recall(labels, predictions),
        "auc": tf.metrics.auc(labels, scores),
        "mean": tf.metrics.mean(scores, name="average"),
        "error": tf.metrics.mean_squared_error(tf.cast(labels, tf.float32), scores),
    }
    values = {name: value for name, (value, _) in metrics.items()}
    updates = {name: update for name, (_, update) in metrics.items()}
    confusion = tf.confusion_matrix(labels, predictions, num_classes=2)
    start = tf.variables_initializer(tf.get_collection(tf.GraphKeys.LOCAL_VARIABLES))

    truth = rng.randint(2, size=60)
    guesses = np.clip(0.3 * truth + 0.7 * rng.rand(60), 0, 1)
    with tf.Session() as sess:
        sess.run(tf.local_variables_initializer())
        running = []
        for i in range(3):
            feed = {
                labels: truth[20 * i : 20 * i + 20],
                scores: guesses[20 * i : 20 * i + 20],
            }
            running.append(sess.run(updates["accuracy"], feed))
            sess.run([updates[k] for k in updates if k != "accuracy"], feed)
        final = sess.run(values)
        table = sess.run(confusion, {labels: truth, scores: guesses})
        sess.run(start)
        emptied = sess.run(values["accuracy"])
    return {
        "running": running,
        **{name: final[name] for name in sorted(final)},
        "table": table,
        "emptied": emptied,
        "global": [v.name for v in tf.global_variables()],
        "local": [v.name.split("/")[0] for v in tf.local_variables()][:4],
    }
