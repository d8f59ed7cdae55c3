"""Record what TensorFlow gives for the expressions and programs of this folder.

    python tests/oracle/record.py [math ...]

Run it with a Python that has `tensorflow-cpu`; daskflow is not needed. Without names
every file is recorded anew.
"""

import json
import sys
from pathlib import Path

import tensorflow.compat.v1 as tf

sys.path.insert(0, str(Path(__file__).parent))

from harness import HERE, expressions, outcome  # type: ignore[import-not-found]

if __name__ == "__main__":
    tf.disable_v2_behavior()
    tf.logging.set_verbosity(tf.logging.ERROR)
    for path in sorted(HERE.glob("*.txt")):
        if sys.argv[1:] and path.stem not in sys.argv[1:]:
            continue
        recorded = {line: outcome(tf, line) for line in expressions(path)}
        lines = [f"{json.dumps(k)}: {json.dumps(v)}" for k, v in recorded.items()]
        path.with_suffix(".json").write_text("{\n" + ",\n".join(lines) + "\n}\n")
        print(f"{path.stem}: {len(recorded)} expressions")  # noqa: T201
