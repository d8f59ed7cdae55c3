"""Workers as threads that train one global net, each with a copy of its own."""

import threading

import numpy as np


def main(tf):
    rng = np.random.RandomState(55)
    start = rng.randn(3, 1).astype(np.float32)
    data = rng.randn(3, 10, 3)
    target = data @ np.array([[1.0], [2.0], [3.0]])

    class Net:
        def __init__(self, scope, globalnet=None):
            self.s = tf.placeholder(tf.float32, [None, 3], "S")
            self.t = tf.placeholder(tf.float32, [None, 1], "T")
            with tf.variable_scope(scope):
                self.w = tf.get_variable("w", initializer=start)
                self.counter = tf.get_variable("n", initializer=0, trainable=False)
            self.params = tf.get_collection(
                tf.GraphKeys.TRAINABLE_VARIABLES, scope=scope
            )
            self.loss = tf.reduce_mean(tf.square(tf.matmul(self.s, self.w) - self.t))
            if globalnet is None:
                return
            with tf.name_scope("sync"):
                self.pull = [
                    l.assign(g)
                    for l, g in zip(self.params, globalnet.params, strict=True)
                ]
                grads = tf.gradients(self.loss, self.params)
                self.push = OPT.apply_gradients(
                    zip(grads, globalnet.params, strict=True)
                )
                self.count = globalnet.counter.assign_add(1)

    with tf.device("/cpu:0"):
        OPT = tf.train.GradientDescentOptimizer(0.05, use_locking=True)
        globalnet = Net("Global_Net")
        workers = [Net("W_%i" % i, globalnet) for i in range(3)]
    sess = tf.Session()
    sess.run(tf.global_variables_initializer())

    everything = {globalnet.s: data[0], globalnet.t: target[0]}
    before = sess.run(globalnet.loss, everything)

    def job(i):
        worker, feed = workers[i], {workers[i].s: data[i], workers[i].t: target[i]}
        for _ in range(12):
            sess.run(worker.pull)
            sess.run(worker.push, feed)
            sess.run(worker.count)

    threads = []
    for i in range(3):
        t = threading.Thread(target=lambda i=i: job(i))
        t.start()
        threads.append(t)
    for t in threads:
        t.join()
    loss = sess.run(globalnet.loss, everything)
    return {
        "no count is lost": sess.run(globalnet.counter),
        "learned": bool(loss < before),
        "names": [v.name for v in tf.global_variables()],
        "pull": [op.name.split("/")[0] for op in workers[1].pull],
        "push": workers[2].push.name,
    }
