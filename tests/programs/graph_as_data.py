"""A graph written down and read back, and a trace of a run."""

import os

import numpy as np


def main(tf):
    with tf.Graph().as_default() as graph:
        a = tf.placeholder(tf.float32, [None, 2], name="a")
        w = tf.constant(np.array([[1.0], [2.0]], np.float32), name="w")
        product = tf.matmul(a, w, name="product")
        tf.square(product, name="squared")
        graph_def = graph.as_graph_def()
        tf.train.write_graph(graph_def, "exported", "graph.pbtxt", as_text=True)
        names = [node.name for node in graph_def.node]

    options = tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE)
    run_metadata = tf.RunMetadata()
    with tf.Graph().as_default() as other:
        mine = tf.placeholder(tf.float32, [None, 2], name="mine")
        squared, op = tf.import_graph_def(
            graph_def,
            input_map={"a:0": mine},
            return_elements=["squared:0", "product"],
            name="net",
        )
        y = squared + 1.0
        tf.import_graph_def(graph_def)
        with tf.Session(graph=other) as sess:
            value = sess.run(y, {mine: [[1, 1], [0, 2]]})
            default = sess.run("import/squared:0", {"import/a:0": [[3.0, 0.0]]})
            sess.run(y, {mine: [[1, 1]]}, options=options, run_metadata=run_metadata)
        in_other = [
            o.name for o in other.get_operations() if o.name.endswith("product")
        ]

    return {
        "value": value,
        "default": default,
        "names": names,
        "in the other": in_other,
        "op": [op.name, op.type, squared.name, squared.graph is other],
        "traced": len(run_metadata.step_stats.dev_stats) > 0,
        "file": os.listdir("exported"),
    }
