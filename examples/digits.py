"""Handwritten digits: a network of two layers, trained in mini-batches.

The same program trains on a cluster: `--scheduler tcp://localhost:8786`.
"""

import argparse
import sys

import numpy as np
from matplotlib.figure import Figure
from sklearn.datasets import load_digits

import daskflow as df

EPOCHS = 10
BATCH = 100
HIDDEN = 48


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scheduler", default="threads", help="what runs the graph")
    parser.add_argument("--output", default="digits.png", help="the training curve")
    args = parser.parse_args()
    (images, labels), test = data()

    df.Graph().as_default()
    df.set_random_seed(0)  # the weights are then the same on every scheduler
    x = df.placeholder(df.float32, [None, 64])
    y = df.placeholder(df.int64, [None])
    p = df.softmax(dense(df.relu(dense(x, 64, HIDDEN)), HIDDEN, 10))
    surprise = -df.reduce_sum(df.one_hot(y, 10) * df.log(p), axis=1)
    loss = df.reduce_mean(surprise)
    right = df.equal(df.argmax(p, axis=1), y)
    accuracy = df.reduce_mean(df.cast(right, df.float32))
    step = df.train.GradientDescentOptimizer(0.5).minimize(loss)

    losses = []
    with df.Session(scheduler=args.scheduler) as session:
        for epoch in range(EPOCHS):
            batches = shuffled_batches(len(images), epoch)
            for i, batch in enumerate(batches, start=1):
                feeds = {x: images[batch], y: labels[batch]}
                value, _ = session.run([loss, step], feeds)
                losses.append(value)
                show_progress(epoch, i / len(batches), np.mean(losses[-i:]))
        print(f"test accuracy {session.run(accuracy, {x: test[0], y: test[1]}):.2f}")
    draw(args.output, losses)


def data():
    """1,437 images of 8 x 8 pixels with their labels to learn from, 360 to test on."""
    digits = load_digits()
    order = np.random.default_rng(0).permutation(len(digits.target))
    images, labels = digits.data[order] / 16.0, digits.target[order]
    return (images[360:], labels[360:]), (images[:360], labels[:360])


def dense(x, inputs, outputs):
    """Every input with a weight to every output."""
    deviation = np.sqrt(2.0 / inputs)
    weights = df.Variable(df.random_normal([inputs, outputs], stddev=deviation))
    return x @ weights + df.Variable(df.zeros([outputs]))


def shuffled_batches(count, seed):
    """The numbers below `count`, in a new order, in batches."""
    order = np.random.default_rng(seed).permutation(count)
    return np.array_split(order, count // BATCH)


def show_progress(epoch, done, loss):
    """A line for each epoch, which a terminal shows as it grows."""
    bar = "#" * round(40 * (epoch + done) / EPOCHS)
    line = f"epoch {epoch + 1:2}/{EPOCHS} [{bar:.<40}] loss {loss:.4f}"
    if sys.stdout.isatty():
        print(f"\r{line}", end="" if done < 1 else "\n", flush=True)
    elif done == 1:
        print(line, flush=True)


def draw(path, losses):
    figure = Figure()
    axes = figure.add_subplot(xlabel="step", ylabel="loss", yscale="log")
    axes.plot(losses)
    figure.savefig(path)
    print(f"the training curve is drawn in {path}")


if __name__ == "__main__":
    main()
