"""Record what the programs of this folder give under TensorFlow.

    python tests/programs/record.py [kmeans ...]

Run it with a Python that has `tensorflow-cpu`, and `tf_keras` for the layers and cells
of TensorFlow 1; daskflow is not needed. Without names all are recorded anew.
"""

import json
import os
import sys
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory

os.environ["TF_USE_LEGACY_KERAS"] = "1"

import tensorflow.compat.v1 as tf

sys.path.insert(0, str(Path(__file__).parent))

from running import EXPECTED, PROGRAMS, written  # type: ignore[import-not-found]

if __name__ == "__main__":
    tf.disable_v2_behavior()
    tf.logging.set_verbosity(tf.logging.ERROR)
    expected = json.loads(EXPECTED.read_text()) if EXPECTED.exists() else {}
    for name in sys.argv[1:] or PROGRAMS:
        tf.reset_default_graph()
        with TemporaryDirectory() as folder:
            os.chdir(folder)
            expected[name] = written(import_module(name).main(tf))
    kept = {name: expected[name] for name in PROGRAMS if name in expected}
    lines = [f"{json.dumps(name)}: {json.dumps(kept[name])}" for name in kept]
    EXPECTED.write_text("{\n" + ",\n".join(lines) + "\n}\n")
