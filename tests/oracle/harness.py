"""What an expression gives under `tf`: TensorFlow when recorded, daskflow in the tests.

Each line of a `*.txt` file here is an expression with a tensor, an operation, a value
or a nest of them; `tf` is the library, `np` NumPy, `feed(value, shape)` a placeholder
that is fed `value`, and `grad(y, x)` the gradients of `y`, weighted by 1, 2, 3, ...;
`steps(build, start)` stands for the values of all variables after some runs of
`build(w)`, where `w` is a variable that starts so; `metric(pair)` is the value of a
metric before, between and after two updates of it; `within(scope, build)` is what
`build()` gives in a `with scope:`, and `run(fetches, feeds)` what a session gives.
Blank lines and lines that begin with `#` are skipped.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

HERE = Path(__file__).parent


def expressions(path: Path) -> list[str]:
    """The expressions in a file."""
    lines = path.read_text().splitlines()
    return [line for line in lines if line.strip() and not line.startswith("#")]


class Steps(NamedTuple):
    """Runs of an operation, for what they leave in the variables."""

    fetch: Any
    count: int


def outcome(tf: Any, expression: str, open_session: Any = None) -> dict[str, Any]:
    """What it gives, or the classes of the error that it raises."""
    feeds: dict[Any, Any] = {}

    def feed(value: Any, shape: Any = "its own", dtype: Any = None) -> Any:
        array = np.asarray(value, dtype)
        if array.dtype == np.float64 and dtype is None:
            array = array.astype(np.float32)
        own = isinstance(shape, str)
        x = tf.placeholder(array.dtype.type, array.shape if own else shape)
        feeds[x] = array
        return x

    def grad(y: Any, x: Any) -> Any:
        size = tf.size(y) if y.shape.num_elements() is None else y.shape.num_elements()
        weights = tf.reshape(tf.cast(tf.range(1, size + 1), y.dtype), tf.shape(y))
        return tf.gradients(y, x, grad_ys=weights)

    def steps(build: Any, start: Any, count: int = 3) -> Steps:
        return Steps(build(tf.Variable(start, name="w")), count)

    def metric(pair: Any) -> list[Any]:
        value, update = pair
        return [value, update, value, update, value, tf.local_variables()]

    with tf.Graph().as_default():
        try:
            helpers = {f.__name__: f for f in (feed, grad, metric, steps, within)}
            names = {"tf": tf, "np": np, "run": partial(run, tf, open_session)}
            built = eval(expression, names | helpers)
        except Exception as error:
            return {"raises": classes(error), "when": "build"}
        try:
            with initialized(tf, open_session) as session:
                return described(tf, built, lambda fetch: session.run(fetch, feeds))
        except Exception as error:
            return {"raises": classes(error), "when": "run"}


@contextmanager
def initialized(tf: Any, open_session: Any) -> Iterator[Any]:
    """A session whose variables have their initial values."""
    with (open_session or tf.Session)() as session:
        if tf.global_variables():
            session.run(tf.global_variables_initializer())
        if tf.local_variables():
            session.run(tf.local_variables_initializer())
        yield session


def run(tf: Any, open_session: Any, *request: Any) -> Any:
    """What a session gives for `request`."""
    with initialized(tf, open_session) as session:
        return session.run(*request)


def within(scope: Any, build: Any) -> Any:
    """What `build` gives inside `scope`."""
    with scope:
        return build()


def described(tf: Any, built: Any, run: Any) -> dict[str, Any]:
    """What was built, in a form that JSON has."""
    if isinstance(built, Steps):
        given = [described(tf, built.fetch, run) for _ in range(built.count)]
        kept = {v.name: v for v in tf.global_variables()}
        return {"list": [*given, described(tf, kept, run)]}
    if isinstance(built, list | tuple):
        return {"list": [described(tf, part, run) for part in built]}
    if isinstance(built, dict):
        return {"dict": {k: described(tf, part, run) for k, part in built.items()}}
    if hasattr(built, "op") and hasattr(built, "get_shape"):
        shape = built.get_shape()
        return {
            "name": built.name,
            "dtype": built.dtype.base_dtype.name,
            "shape": None if shape.ndims is None else shape.as_list(),
            **written(run(built)),
        }
    if hasattr(built, "values") and hasattr(built, "indices"):
        slices = {"values": built.values, "indices": built.indices}
        return {"slices": {k: described(tf, v, run) for k, v in slices.items()}}
    if hasattr(built, "control_inputs"):
        run(built)
        return {"operation": built.name}
    return written(built)


def written(value: Any) -> dict[str, Any]:
    """A value, as JSON has it."""
    if value is None or isinstance(value, str | bool):
        return {"plain": value}
    array = np.asarray(value)
    if array.dtype == object or array.dtype.kind in "SU":
        texts = [v.decode() if isinstance(v, bytes) else str(v) for v in array.flat]
        return {"texts": texts, "of_shape": list(array.shape)}
    parts = array.view(array.real.dtype) if array.dtype.kind == "c" else array
    return {
        "value": parts.tolist(),
        "of_dtype": array.dtype.name,
        "of_shape": list(array.shape),
    }


def classes(error: BaseException) -> list[str]:
    """The names of an error's classes, from its own to Exception."""
    names = [c.__name__ for c in type(error).__mro__]
    return names[: names.index("Exception")]
