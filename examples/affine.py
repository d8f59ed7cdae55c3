"""An affine transformation, z = Ax + b: the smallest graph worth running."""

import argparse

import numpy as np

import daskflow as df


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scheduler", default="threads", help="what runs the graph")
    scheduler = parser.parse_args().scheduler

    # Build: nothing is computed here.
    df.Graph().as_default()
    a = df.Variable([[1.0, 0.0], [0.0, -1.0]])
    b = df.Variable([1.0, 1.0])
    x = df.placeholder()
    z = df.add(df.matmul(a, x), b)

    # Run: the session asks Dask for the value of z.
    with df.Session(scheduler=scheduler) as session:
        value = session.run(z, feed_dict={x: [1.0, 2.0]})
    print(np.array2string(value, formatter={"float": np.format_float_positional}))


if __name__ == "__main__":
    main()
