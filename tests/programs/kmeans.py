"""Clusters by assigning points and moving centroids, all inside the graph."""

import numpy as np


def main(tf):
    rng = np.random.RandomState(11)
    N, K, MAX_ITERS = 90, 3, 20
    centers = np.array([[0.0, 0.0], [4.0, 4.0], [0.0, 5.0]])
    data = (centers[np.arange(N) % K] + 1.6 * rng.randn(N, 2)).astype(np.float32)

    points = tf.Variable(data)
    cluster_assignments = tf.Variable(tf.zeros([N], dtype=tf.int64))
    # Silly initialization: use the first K points as the starting centroids
    centroids = tf.Variable(tf.slice(points.initialized_value(), [0, 0], [K, 2]))

    # Replicate to N copies of each centroid and K copies of each point, then
    # subtract and compute the sum of squared distances.
    rep_centroids = tf.reshape(tf.tile(centroids, [N, 1]), [N, K, 2])
    rep_points = tf.reshape(tf.tile(points, [1, K]), [N, K, 2])
    sum_squares = tf.reduce_sum(
        tf.square(rep_points - rep_centroids), reduction_indices=2
    )
    best_centroids = tf.argmin(sum_squares, 1)
    did_assignments_change = tf.reduce_any(
        tf.not_equal(best_centroids, cluster_assignments)
    )

    def bucket_mean(data, bucket_ids, num_buckets):
        total = tf.unsorted_segment_sum(data, bucket_ids, num_buckets)
        count = tf.unsorted_segment_sum(tf.ones_like(data), bucket_ids, num_buckets)
        return total / count

    means = bucket_mean(points, best_centroids, K)

    # Do not write to the assigned clusters variable until after computing whether
    # the assignments have changed - hence with_dependencies
    with tf.control_dependencies([did_assignments_change]):
        do_updates = tf.group(
            centroids.assign(means), cluster_assignments.assign(best_centroids)
        )

    sess = tf.Session()
    sess.run(tf.global_variables_initializer())
    changed, iters = True, 0
    while changed and iters < MAX_ITERS:
        iters += 1
        [changed, _] = sess.run([did_assignments_change, do_updates])
    [found, assignments] = sess.run([centroids, cluster_assignments])
    print("Found in", iters, "iterations", found)
    return {
        "iterations": iters,
        "centroids": found,
        "assignments": assignments,
        "changed": changed,
        "update": do_updates.name,
    }
