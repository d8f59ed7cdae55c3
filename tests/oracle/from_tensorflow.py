"""Write docs/from-tensorflow.md: which of TensorFlow's names are there.

    python -m tests.oracle.from_tensorflow

The names of TensorFlow are those that record.py has recorded, those of daskflow are in
the package; what differs on purpose is written here.
"""

import json
import textwrap
from functools import reduce
from pathlib import Path
from typing import Any

import daskflow
from daskflow import missing
from tests.oracle.harness import HERE

PAGE = Path(__file__).parents[2] / "docs" / "from-tensorflow.md"

HEAD = """\
# Coming from TensorFlow 1

Change the import line, `import tensorflow as tf`, to `import daskflow as tf`
(`import tensorflow.compat.v1 as tf` to `import daskflow.compat.v1 as tf`). What the
names below mean is what they mean in TensorFlow 1.15: signatures, defaults, names
of nodes and variables, collections, static shapes, dtypes, classes of errors. The
tests hold them to values that TensorFlow itself gave. Where a graph runs is the
session's first argument: `tf.Session("threads")`, `tf.Session("tcp://host:8786")`.

A name that is missing says so at once: `AttributeError: daskflow has no
'contrib.slim'; see docs/from-tensorflow.md`.

This page is written by `python -m tests.oracle.from_tensorflow`, from the code.

## What differs on purpose

- **Runs are transactions.** Every read of a variable sees the value from before the
  run, unless an edge puts it behind an assignment; what a run assigns is stored
  when all of it has succeeded. In TensorFlow that is a race. So a variable that is
  fetched beside its update, `sess.run([train_op, global_step])`, has its value from
  before it; put the reading behind the update with `control_dependencies`, or fetch
  what the assignment gives. A run that fails changes nothing.
- **A variable needs no initializer run.** One that is read before has its initial
  value from then on, where TensorFlow raises `FailedPreconditionError`.
  `report_uninitialized_variables` and `is_variable_initialized` still tell the
  truth.
- **The same program gives the same bits**, on every scheduler and on every run of
  it. The draws of random ops are other numbers than TensorFlow's, with the same
  seed too; a graph without a seed has seed 0.
- **NumPy and BLAS compute.** Sums and products may differ from TensorFlow's in the
  last bits of a float.
- **Devices and session configurations decide nothing**: `tf.device`, `ConfigProto`,
  `GPUOptions` and `colocate_with` are taken and noted. `dask.annotate` places
  nodes.
- **Checkpoints, graphs and meta graphs are files of daskflow's own** (JSON and npz,
  never pickle); TensorFlow's cannot be read. Event files are TensorBoard's.
- **An operation's inside is one node** where TensorFlow builds several: a node of
  `dropout` is called `dropout`, not `dropout/mul_1`. Names that a program gives,
  and those of variables, are the same.
- **Errors say more**: an operation's name, its inputs' shapes, the line of the
  program. Bad shapes and dtypes are found while the graph is built wherever they
  can be. Some classes are two of Python's: a dtype that does not fit is a
  `TypeError` and a `ValueError`.
- `matmul` takes vectors too, and a placeholder needs no dtype.
- A vector of `svd` or `self_adjoint_eig` may point the other way than TensorFlow's;
  matrices have no gradient by `einsum` where a letter repeats in one of them.
- Batch normalization has no `renorm`, `virtual_batch_size` or `adjustment`. Where
  `training` is a tensor, the moments of the batch are computed either way.
- `tf.Session().run(v)` of a scalar gives a NumPy scalar, as TensorFlow does; a
  fetched array is the program's own to change.

## What is not planned

`keras`, `estimator`, `feature_column`, reading of TFRecord files and protocol
buffers, image codecs, TPUs, eager execution, `tf.function`, distributed runtimes of
TensorFlow's: a Dask address takes the place of `train.Server` and `ClusterSpec`.

To come: control flow (`cond`, `while_loop`, `scan`, `map_fn`), recurrent cells,
`tf.data`, queues, `train.MonitoredTrainingSession`.

## The names
"""


def there(path: str) -> Any:
    """The namespace of that path, None if it is missing."""
    try:
        found = reduce(getattr, path.split(".") if path else [], daskflow)
    except AttributeError:
        return None
    return None if isinstance(found, missing.Namespace) else found


def section(path: str, names: list[str]) -> str:
    """What is there of one namespace, and what is not."""
    namespace = there(path)
    has = [n for n in names if namespace is not None and has_name(namespace, n)]
    lacks = [n for n in names if n not in has]
    title = f"tf.{path}" if path else "tf"
    lines = [f"### `{title}`: {len(has)} of {len(names)}", ""]
    if has:
        lines += [wrapped(", ".join(f"`{n}`" for n in has)), ""]
    if lacks:
        lines += [wrapped(f"Missing: {', '.join(lacks)}"), ""]
    return "\n".join(lines)


def unrecorded(path: str) -> str:
    """What is there of a namespace that the TensorFlow of the record has not."""
    names = ", ".join(f"`{name}`" for name in there(path).__all__)
    return "\n".join([f"### `tf.{path}`", "", wrapped(names), ""])


def has_name(namespace: Any, name: str) -> bool:
    """Whether a namespace has a name, and not only what says that it is missing."""
    value = getattr(namespace, name, None)
    return value is not None and not isinstance(value, missing.Namespace)


def wrapped(text: str) -> str:
    """The text in lines of this page's width."""
    return textwrap.fill(text, 88, break_long_words=False, break_on_hyphens=False)


def page() -> str:
    """The whole page."""
    names = json.loads((HERE / "public_names.json").read_text())
    sections = [section(path, names[path]) for path in names]
    contrib = [unrecorded(f"contrib.{path}") for path in daskflow.contrib.__all__]
    return "\n".join([HEAD, *sections, *contrib])


if __name__ == "__main__":
    PAGE.write_text(page())
