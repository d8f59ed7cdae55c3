"""Two operations of one's own: a line, fitted under a loss that outliers hardly bend.

A class derived from `Operation` computes with NumPy. Its gradient is a method, or a
function registered for the class.
"""

import argparse

import numpy as np

import daskflow as df


class LogCosh(df.Operation):
    """log(cosh(x)): a parabola near zero, a straight line far from it."""

    def __init__(self, x):
        super().__init__([x])

    def compute(self, x_value):
        return np.logaddexp(x_value, -x_value) - np.log(2.0)

    def gradient(self, grad):
        # Written with daskflow's ops, it can be differentiated again.
        return grad * df.tanh(self.inputs[0])


class Line(df.Operation):
    """slope * x + intercept."""

    def __init__(self, x, slope, intercept):
        super().__init__([x, slope, intercept])

    def compute(self, x_value, slope_value, intercept_value):
        return slope_value * x_value + intercept_value


@df.RegisterGradient("Line")
def line_gradient(op, grad):
    # Written with NumPy, it gets values and runs as an operation of the graph.
    x, slope, _ = op.inputs
    return [grad * slope, np.sum(grad * x), np.sum(grad)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scheduler", default="threads", help="what runs the graph")
    scheduler = parser.parse_args().scheduler

    df.Graph().as_default()
    x, y = df.placeholder(), df.placeholder()
    slope, intercept = df.Variable(0.0), df.Variable(0.0)
    errors = Line(x, slope, intercept) - y
    loss = df.reduce_mean(LogCosh(errors))
    step = df.train.GradientDescentOptimizer(0.5).minimize(loss)

    points = np.linspace(-2.0, 2.0, 41)
    heights = 2.0 * points + 1.0
    heights[::10] += 5.0  # the outliers, one point in ten
    feeds = {x: points, y: heights}

    with df.Session(scheduler=scheduler) as session:
        for _ in range(60):
            session.run(step, feeds)
        show("log-cosh", *session.run([slope, intercept]))
        show("least squares", *np.polyfit(points, heights, 1))
        print("what a run of the loss does:")
        print(str(session.plan(loss)).replace("; ", "\n"))


def show(loss, slope, intercept):
    print(f"{loss:15}slope {slope:.2f}, intercept {intercept:.2f}")


if __name__ == "__main__":
    main()
