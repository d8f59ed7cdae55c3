"""Where something moves to, from noisy positions: predict, then update."""

import numpy as np


class KalmanFilter:
    def __init__(self, tf, x, A, P, Q, H, R):
        self.x = tf.Variable(x, name="x")
        self.P = tf.Variable(P, name="P")
        A, Q, H, R = (tf.constant(m, dtype=tf.float64) for m in (A, Q, H, R))
        self.z = tf.placeholder(tf.float64, [1, 1], name="measurement")

        with tf.name_scope("predict"):
            x_pred = tf.matmul(A, self.x)
            P_pred = tf.matmul(A, tf.matmul(self.P, A, transpose_b=True)) + Q

        with tf.name_scope("update"):
            S = tf.matmul(tf.matmul(H, P_pred), H, transpose_b=True) + R
            K = tf.matmul(tf.matmul(P_pred, tf.transpose(H)), tf.matrix_inverse(S))
            self.residual = tf.subtract(self.z, tf.matmul(H, x_pred), name="residual")
            x_new = x_pred + tf.matmul(K, self.residual)
            eye = tf.eye(2, dtype=tf.float64)
            P_new = tf.matmul(eye - tf.matmul(K, H), P_pred)

        self.gain = K
        self.predict = x_pred
        with tf.control_dependencies([x_new, P_new]):
            self.step = tf.group(
                self.x.assign(x_new), self.P.assign(P_new), name="step"
            )


def main(tf):
    rng = np.random.RandomState(13)
    dt = 0.5
    kf = KalmanFilter(
        tf,
        x=np.array([[0.0], [1.0]]),
        A=[[1.0, dt], [0.0, 1.0]],
        P=np.eye(2),
        Q=0.01 * np.eye(2),
        H=[[1.0, 0.0]],
        R=[[0.25]],
    )
    truth = 0.8 * dt * np.arange(40)
    measured = truth + 0.5 * rng.randn(40)

    sess = tf.Session()
    sess.run(tf.global_variables_initializer())
    track, gains = [], []
    for z in measured:
        _, gain = sess.run([kf.step, kf.gain], feed_dict={kf.z: [[z]]})
        track.append(sess.run(kf.x)[:, 0])
        gains.append(gain[:, 0])
    return {
        "track": track,
        "gains": gains,
        "P": sess.run(kf.P),
        "next": sess.run(kf.predict),
        "names": [kf.step.name, kf.residual.name, kf.z.name, kf.x.name, kf.P.name],
        "dtype": kf.predict.dtype.name,
    }
