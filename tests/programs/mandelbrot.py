"""The Mandelbrot set with complex variables and a grouped step."""

import numpy as np


def main(tf):
    sess = tf.InteractiveSession()

    # Use NumPy to create a 2D array of complex numbers
    Y, X = np.mgrid[-1.3:1.3:0.1, -2:1:0.1]
    Z = X + 1j * Y

    xs = tf.constant(Z.astype(np.complex64))
    zs = tf.Variable(xs)
    ns = tf.Variable(tf.zeros_like(xs, tf.float32))

    tf.global_variables_initializer().run()

    # Compute the new values of z: z^2 + x
    zs_ = zs * zs + xs
    # Have we diverged with this new value?
    not_diverged = tf.abs(zs_) < 4

    # Operation to update the zs and the iteration count.
    # Note: We keep computing zs after they diverge! This is very wasteful!
    step = tf.group(
        zs.assign(tf.where(not_diverged, zs_, tf.zeros_like(zs_))),
        ns.assign_add(tf.cast(not_diverged, tf.float32)),
    )

    for _i in range(30):
        step.run()

    counts = ns.eval()
    z = zs.eval()
    sess.close()
    return {
        "shape": counts.shape,
        "dtypes": [xs.dtype.name, zs_.dtype.name, ns.dtype.base_dtype.name],
        # Near the border one rounding more or less is another count
        "inside": np.sum(counts >= 30),
        "first row": counts[0],
        "at the origin": z[13, 20],
    }
