"""What a graph is made of: names of variables and operations, scopes, devices."""

import numpy as np


def main(tf):
    config = tf.ConfigProto(allow_soft_placement=True, log_device_placement=False)
    config.gpu_options.allow_growth = True
    gpu_options = tf.GPUOptions(per_process_gpu_memory_fraction=0.5)

    g = tf.Graph()
    with g.as_default():
        with tf.device("/gpu:0"):
            a = tf.placeholder(tf.float32, [2, 3], name="a")
        with tf.name_scope("first") as scope:
            w = tf.Variable(np.ones([3, 2], np.float32), name="w")
            product = tf.matmul(a, w, name="product")
        with tf.name_scope("first"):
            again = tf.add(product, 1.0, name="product")
        with tf.name_scope(scope):
            third = tf.identity(again, name="out")
        with tf.variable_scope("vars"):
            v = tf.get_variable("v", initializer=np.float32(2.0))
            with tf.variable_scope("inner"):
                counter = tf.get_variable(
                    "n",
                    shape=[],
                    dtype=tf.int32,
                    trainable=False,
                    initializer=tf.zeros_initializer(),
                )
            with tf.device("/cpu:0"), tf.name_scope("ops"):
                scaled = tf.multiply(third, v, name="scaled")
        with tf.variable_scope("vars", reuse=True):
            same = tf.get_variable("v")
        x = tf.constant(1.0)
        x_1 = tf.constant(2.0)
        tf.add_to_collection("outputs", scaled)
        tf.add_to_collection("outputs", third)

    with tf.Session(graph=g, config=config) as sess:
        sess.run(tf.global_variables_initializer())
        fetched = g.get_tensor_by_name("vars/ops/scaled:0")
        value = sess.run(fetched, feed_dict={"a:0": [[1, 2, 3], [4, 5, 6]]})
        operation = g.get_operation_by_name("first/product")
        nodes = [n.name for n in g.as_graph_def().node]
        by_scope = [
            op.name
            for op in g.get_operations()
            if op.name in ("first/product", "vars/ops/scaled")
        ]
        try:
            g.get_tensor_by_name("nowhere:0")
            missing = "a tensor"
        except KeyError:
            missing = "KeyError"
    other = tf.Session(config=tf.ConfigProto(gpu_options=gpu_options))
    other.close()

    return {
        "value": value,
        "global": [u.name for u in g.get_collection("variables")],
        "trainable": [
            u.name for u in g.get_collection(tf.GraphKeys.TRAINABLE_VARIABLES)
        ],
        "in vars": [u.op.name for u in g.get_collection("variables", scope="vars")],
        "tensors": [t.name for t in (a, product, again, third, scaled, x, x_1)],
        "scope": scope,
        "outputs": [t.name for t in g.get_collection("outputs")],
        "operations": by_scope,
        "in the graph": ["a" in nodes, "first/out" in nodes, "b" in nodes],
        "inputs": [t.op.name for t in operation.inputs][:1],
        "consumers": [op.name for op in third.consumers()],
        "reused": same is v,
        "counter": [
            counter.name,
            counter.dtype.base_dtype.name,
            str(counter.get_shape()),
        ],
        "missing": missing,
        "of this graph": fetched.graph is g and operation.graph is g,
        "default again": tf.get_default_graph() is g,
    }
