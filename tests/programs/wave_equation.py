"""Rain on a pond: the wave equation with a Laplace kernel and two variables."""

import numpy as np


def main(tf):
    def make_kernel(a):
        """Transform a 2D array into a convolution kernel"""
        a = np.asarray(a)
        a = a.reshape([*a.shape, 1, 1])
        return tf.constant(a, dtype=tf.float32)

    def simple_conv(x, k):
        """A simplified 2D convolution operation"""
        x = tf.expand_dims(tf.expand_dims(x, 0), -1)
        y = tf.nn.depthwise_conv2d(x, k, [1, 1, 1, 1], padding="SAME")
        return y[0, :, :, 0]

    def laplace(x):
        """Compute the 2D laplacian of an array"""
        laplace_k = make_kernel([[0.5, 1.0, 0.5], [1.0, -6.0, 1.0], [0.5, 1.0, 0.5]])
        return simple_conv(x, laplace_k)

    N = 12
    sess = tf.InteractiveSession()
    rng = np.random.RandomState(12)
    u_init = np.zeros([N, N], dtype=np.float32)
    ut_init = np.zeros([N, N], dtype=np.float32)
    for _n in range(6):
        a, b = rng.randint(0, N, 2)
        u_init[a, b] = rng.uniform()

    eps = tf.placeholder(tf.float32, shape=())
    damping = tf.placeholder(tf.float32, shape=())
    U = tf.Variable(u_init)
    Ut = tf.Variable(ut_init)

    # Discretized PDE update rules
    U_ = U + eps * Ut
    Ut_ = Ut + eps * (laplace(U) - damping * Ut)
    # Both from the values before the step, whichever is written first
    with tf.control_dependencies([U_, Ut_]):
        step = tf.group(U.assign(U_), Ut.assign(Ut_))

    tf.global_variables_initializer().run()
    energies = []
    for i in range(40):
        step.run({eps: 0.03, damping: 0.04})
        if i % 20 == 0:
            energies.append(tf.nn.l2_loss(Ut).eval())
    result = {"U": U.eval(), "energies": energies, "laplacian": laplace(U).eval()}
    sess.close()
    return result
