"""A perceptron: one straight line between two clusters of points."""

import argparse

import numpy as np
from matplotlib.figure import Figure

import daskflow as df


def clusters(rng):
    """Fifty red points around (-2, -2), fifty blue ones around (2, 2); a class each."""
    points = np.concatenate([rng.normal(-2, 1, (50, 2)), rng.normal(2, 1, (50, 2))])
    return points, np.repeat(np.eye(2), 50, axis=0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scheduler", default="threads", help="what runs the graph")
    parser.add_argument("--output", default="perceptron.png", help="the picture")
    args = parser.parse_args()
    rng = np.random.default_rng(0)
    points, classes = clusters(rng)

    df.Graph().as_default()
    x = df.placeholder()  # points, a row each
    c = df.placeholder()  # their classes: [1, 0] is red, [0, 1] is blue
    weights = df.Variable(rng.normal(size=(2, 2)))
    bias = df.Variable(rng.normal(size=2))
    p = df.softmax(df.add(df.matmul(x, weights), bias))
    loss = df.negative(df.reduce_sum(df.reduce_sum(df.multiply(c, df.log(p)), axis=1)))
    step = df.train.GradientDescentOptimizer(learning_rate=0.01).minimize(loss)

    with df.Session(scheduler=args.scheduler) as session:
        for i in range(100):
            value, _ = session.run([loss, step], {x: points, c: classes})
            if i % 10 == 0:
                print(f"step {i:3}  loss {value:8.4f}", flush=True)
        right = session.run(p, {x: points}).argmax(axis=1) == classes.argmax(axis=1)
        print(f"accuracy {right.mean():.2f}")
        draw(args.output, points, lambda grid: session.run(p, {x: grid})[:, 1])


def draw(path, points, probability_of_blue):
    """The points, and the line on which both classes are equally probable."""
    across, up = np.meshgrid(np.linspace(-5, 5, 101), np.linspace(-5, 5, 101))
    grid = np.column_stack([across.ravel(), up.ravel()])
    figure = Figure()
    axes = figure.add_subplot(aspect="equal")
    blue = probability_of_blue(grid).reshape(across.shape)
    axes.contourf(across, up, blue, [0, 0.5, 1], colors=["mistyrose", "aliceblue"])
    axes.contour(across, up, blue, [0.5], colors="black")
    for color, cluster in zip(["red", "blue"], np.split(points, 2), strict=True):
        axes.scatter(*cluster.T, s=12, color=color)
    figure.savefig(path, bbox_inches="tight")
    print(f"the boundary is drawn in {path}")


if __name__ == "__main__":
    main()
