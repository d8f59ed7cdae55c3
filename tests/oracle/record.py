"""Record what TensorFlow gives for the expressions of this folder, and its names.

    python tests/oracle/record.py [math ... public_names]

Run it with a Python that has `tensorflow-cpu`; daskflow is not needed. Without names
every file is recorded anew.
"""

import inspect
import json
import sys
from pathlib import Path

import tensorflow.compat.v1 as tf

sys.path.insert(0, str(Path(__file__).parent))

from harness import HERE, expressions, outcome  # type: ignore[import-not-found]

NAMESPACES = [
    "app",
    "bitwise",
    "compat",
    "debugging",
    "distributions",
    "dtypes",
    "errors",
    "flags",
    "gfile",
    "graph_util",
    "image",
    "initializers",
    "io",
    "layers",
    "linalg",
    "logging",
    "losses",
    "manip",
    "math",
    "metrics",
    "nn",
    "python_io",
    "random",
    "sets",
    "signal",
    "sparse",
    "spectral",
    "strings",
    "summary",
    "test",
    "train",
    "train.experimental",
    "nn.rnn_cell",
]
"""Those of TensorFlow's whose names are worth counting one by one."""


def names() -> dict[str, dict[str, list[str] | None]]:
    """The public names in each namespace, that of TensorFlow itself being `""`.

    Each with its parameters, None where it takes none.
    """
    found = {}
    for path in ["", *NAMESPACES]:
        module = tf
        for part in path.split(".") if path else ():
            module = getattr(module, part)
        public = [name for name in dir(module) if not name.startswith("_")]
        found[path] = {name: parameters(getattr(module, name)) for name in public}
    return found


def parameters(value: object) -> list[str] | None:
    """The names of the parameters of a function or class, in their order."""
    try:
        return list(inspect.signature(value).parameters)
    except (TypeError, ValueError):
        return None


if __name__ == "__main__":
    tf.disable_v2_behavior()
    tf.logging.set_verbosity(tf.logging.ERROR)
    if not sys.argv[1:] or "public_names" in sys.argv:
        lines = [f"{json.dumps(k)}: {json.dumps(v)}" for k, v in names().items()]
        (HERE / "public_names.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")
    for path in sorted(HERE.glob("*.txt")):
        if sys.argv[1:] and path.stem not in sys.argv[1:]:
            continue
        recorded = {line: outcome(tf, line) for line in expressions(path)}
        lines = [f"{json.dumps(k)}: {json.dumps(v)}" for k, v in recorded.items()]
        path.with_suffix(".json").write_text("{\n" + ",\n".join(lines) + "\n}\n")
        print(f"{path.stem}: {len(recorded)} expressions")  # noqa: T201
