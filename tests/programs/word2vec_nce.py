"""Skip-grams with noise-contrastive estimation, nearest words by cosine."""

import math

import numpy as np


def main(tf):
    rng = np.random.RandomState(7)
    # Words of one topic stand near each other
    topics = rng.randint(4, size=300)
    centers = topics * 5 + rng.randint(5, size=300)
    contexts = topics * 5 + rng.randint(5, size=300)

    vocabulary_size, batch_size, embedding_size, num_sampled = 20, 30, 8, 6
    graph = tf.Graph()
    with graph.as_default():
        tf.set_random_seed(3)
        with tf.name_scope("inputs"):
            train_inputs = tf.placeholder(tf.int32, shape=[batch_size])
            train_labels = tf.placeholder(tf.int32, shape=[batch_size, 1])
            valid_dataset = tf.constant([0, 7, 13, 19], dtype=tf.int32)

        # Ops and variables pinned to the CPU because of missing GPU implementation
        with tf.device("/cpu:0"):
            with tf.name_scope("embeddings"):
                start = rng.uniform(-1, 1, [vocabulary_size, embedding_size])
                embeddings = tf.Variable(start.astype(np.float32))
                embed = tf.nn.embedding_lookup(embeddings, train_inputs)
            with tf.name_scope("weights"):
                start = rng.randn(vocabulary_size, embedding_size)
                nce_weights = tf.Variable(
                    (start / math.sqrt(embedding_size)).astype(np.float32)
                )
            with tf.name_scope("biases"):
                nce_biases = tf.Variable(tf.zeros([vocabulary_size]))

        with tf.name_scope("loss"):
            loss = tf.reduce_mean(
                tf.nn.nce_loss(
                    weights=nce_weights,
                    biases=nce_biases,
                    labels=train_labels,
                    inputs=embed,
                    num_sampled=num_sampled,
                    num_classes=vocabulary_size,
                )
            )
        tf.summary.scalar("loss", loss)
        with tf.name_scope("optimizer"):
            optimizer = tf.train.GradientDescentOptimizer(1.0).minimize(loss)

        # Compute the cosine similarity between minibatch examples and all embeddings
        norm = tf.sqrt(tf.reduce_sum(tf.square(embeddings), 1, keepdims=True))
        normalized_embeddings = embeddings / norm
        valid_embeddings = tf.nn.embedding_lookup(normalized_embeddings, valid_dataset)
        similarity = tf.matmul(
            valid_embeddings, normalized_embeddings, transpose_b=True
        )
        merged = tf.summary.merge_all()
        init = tf.global_variables_initializer()

    with tf.Session(graph=graph) as session:
        init.run()
        sim_before = similarity.eval()
        losses = []
        for step in range(120):
            rows = slice(step % 10 * batch_size, step % 10 * batch_size + batch_size)
            feed_dict = {
                train_inputs: centers[rows],
                train_labels: contexts[rows, np.newaxis],
            }
            _, summary, loss_val = session.run(
                [optimizer, merged, loss], feed_dict=feed_dict
            )
            losses.append(loss_val)
        sim = similarity.eval()

    same = [sim[i, 5 * t : 5 * t + 5].mean() for i, t in enumerate([0, 1, 2, 3])]
    return {
        "similarity before": sim_before,
        "about the first losses": np.mean(losses[:20]),
        "about the last losses": np.mean(losses[-50:]),
        "topics found": bool(np.mean(same) > 1.5 * sim.mean()),
        "a summary is bytes": isinstance(summary, bytes),
        "names": [v.name for v in graph.get_collection("trainable_variables")],
        "loss": loss.op.name,
    }
