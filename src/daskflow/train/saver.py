"""`Saver`: variables to a checkpoint and back."""

from __future__ import annotations

import math
import os
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

import numpy as np

from daskflow import logging
from daskflow.arrays import described
from daskflow.checkpoint import CheckpointReader, write
from daskflow.errors import (
    DTypeError,
    GraphError,
    InvalidArgumentError,
    NotFoundError,
)
from daskflow.graph import Graph, get_default_graph
from daskflow.keys import GraphKeys
from daskflow.ops.state import Variable, global_variables
from daskflow.spec import Spec, full_shape
from daskflow.train.checkpoints import (
    SUFFIX,
    PathLike,
    state_filename,
    update_checkpoint_state,
)
from daskflow.train.meta_graph import MetaGraphDef, meta_graph_of


class Saver:
    """Saves variables of a session to checkpoints, and restores them.

    `var_list` is a list of variables, or a dict from names in the checkpoint to
    variables; all variables that the default graph has now unless given. The newest
    `max_to_keep` checkpoints stay (None or 0: all), and of those that would go one for
    every `keep_checkpoint_every_n_hours`. `reshape` restores a variable from an array
    of another shape with as many elements; `pad_step_number` writes steps with eight
    digits; `save_relative_paths` makes the directory of checkpoints movable;
    `defer_build` collects the variables when `build` is called, or on first use;
    `allow_empty` admits a saver of none.

    `sharded`, `name`, `restore_sequentially`, `saver_def`, `builder`, `write_version`
    and `filename` are TensorFlow's, and nothing follows from them here.

    >>> import tempfile
    >>> w = df.Variable([1.0, 2.0], name="w")
    >>> saver = df.train.Saver()
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     prefix = saver.save(session, folder + "/model", global_step=7)
    ...     _ = session.run(w.assign([0.0, 0.0]))
    ...     saver.restore(session, prefix)
    >>> prefix.removeprefix(folder), session.run(w)
    ('/model-7', array([1., 2.], dtype=float32))
    """

    def __init__(
        self,
        var_list: Iterable[Variable] | Mapping[str, Variable] | None = None,
        reshape: bool = False,
        sharded: bool = False,
        max_to_keep: int | None = 5,
        keep_checkpoint_every_n_hours: float = 10_000.0,
        name: str | None = None,
        restore_sequentially: bool = False,
        saver_def: Any = None,
        builder: Any = None,
        defer_build: bool = False,
        allow_empty: bool = False,
        write_version: Any = None,
        pad_step_number: bool = False,
        save_relative_paths: bool = False,
        filename: str | None = None,
    ) -> None:
        self._var_list = var_list
        self._variables: dict[str, Variable] | None = None
        self._reshape = reshape
        self._max_to_keep = max_to_keep
        self._period = keep_checkpoint_every_n_hours * 3600
        self._next_to_preserve = time.time() + self._period
        self._allow_empty = allow_empty
        self._pad_step_number = pad_step_number
        self._save_relative_paths = save_relative_paths
        self._last: list[tuple[str, float]] = []
        self._saving = threading.Lock()
        if not defer_build:
            self.build()

    def build(self) -> None:
        """Collect the variables, as the constructor does without `defer_build`."""
        self._variables = _by_name(self._var_list)
        if not self._variables and not self._allow_empty:
            raise GraphError(
                "there are no variables to save; make the Saver after them, or pass "
                "allow_empty=True"
            )

    def save(
        self,
        sess: Any,
        save_path: PathLike,
        global_step: Any = None,
        latest_filename: str | None = None,
        meta_graph_suffix: str = "meta",
        write_meta_graph: bool = True,
        write_state: bool = True,
        strip_default_attrs: bool = False,
        save_debug_info: bool = False,
    ) -> str | None:
        """Write a checkpoint and give its prefix: `save_path`, `"-"` and the step.

        `global_step` is a number, a variable or a tensor. The values are those of one
        moment between two runs; a variable without one is initialized. The checkpoint
        appears whole, then the directory's file `checkpoint` (or `latest_filename`)
        names it unless `write_state` is False, then older ones go. Where this saver has
        all variables of the graph, the number of the last run is saved too.

        Beside it goes the graph, with `.meta` for an ending, or `meta_graph_suffix`,
        unless `write_meta_graph` is False or a part of the graph is code of the
        program: then `tf.logging` has a warning, and the checkpoint is as good
        without. Nothing follows from the last two arguments. None is returned if there
        are no variables.

        `NotFoundError` (a ValueError) if the directory does not exist.

        >>> import os, tempfile
        >>> w = df.Variable(1.0)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     _ = df.train.Saver().save(session, folder + "/model", global_step=7)
        ...     sorted(os.listdir(folder))
        ['checkpoint', 'model-7.index', 'model-7.meta']
        """
        save_path = os.fspath(save_path)
        folder = os.path.dirname(save_path)
        if not os.path.isdir(folder or os.curdir):
            raise NotFoundError(
                None,
                None,
                f"cannot save {save_path!r}: the directory {folder!r} does not exist; "
                "make it first, for instance with os.makedirs",
            )
        if not self._built():
            return None
        step, values, run_number = self._moment(sess, global_step)
        prefix = save_path + self._step_text(step)
        if os.path.basename(prefix) + SUFFIX == state_filename(latest_filename):
            raise InvalidArgumentError(
                None,
                None,
                f"{prefix + SUFFIX!r} is the checkpoint; choose another "
                "latest_filename",
            )
        with self._saving:  # other threads may save, and each deletes what is too old
            write(prefix + SUFFIX, values, run_number)
            if write_state:
                old = self._recorded(prefix)
                update_checkpoint_state(
                    folder,
                    prefix,
                    self.last_checkpoints,
                    latest_filename,
                    save_relative_paths=self._save_relative_paths,
                )
                self._delete(old, meta_graph_suffix)
        if write_meta_graph:
            self._write_meta_graph(sess.graph, f"{prefix}.{meta_graph_suffix}")
        return prefix

    def export_meta_graph(
        self,
        filename: PathLike | None = None,
        collection_list: Iterable[str] | None = None,
        as_text: bool = False,
        export_scope: str | None = None,
        clear_devices: bool = False,
        clear_extraneous_savers: bool = False,
        strip_default_attrs: bool = False,
        save_debug_info: bool = False,
    ) -> MetaGraphDef:
        """The default graph and this saver as data, as `train.export_meta_graph`."""
        meta_graph = meta_graph_of(
            get_default_graph(), self._settings(), collection_list, clear_devices
        )
        if filename is not None:
            meta_graph.write(filename, as_text)
        return meta_graph

    def restore(self, sess: Any, save_path: PathLike | None) -> None:
        """Store the values of a checkpoint in the session: all of them, or none.

        No initializer needs to run before. Where this saver has all variables of the
        graph, and the one that saved had, the runs that follow have the numbers that
        followed then, so that they draw the same.

        `NotFoundError` (a ValueError) if there is no checkpoint or a variable is not in
        it, `InvalidArgumentError` if it is there with another dtype or shape,
        `DataLossError` if the file is damaged.

        >>> import tempfile
        >>> w = df.Variable([1.0, 2.0], name="w")
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     prefix = df.train.Saver().save(session, folder + "/model")
        ...     with df.Graph().as_default(), df.Session("sync") as another:
        ...         again = df.Variable([0.0, 0.0], name="again")
        ...         df.train.Saver({"w": again}).restore(another, prefix)
        ...         another.run(again)
        array([1., 2.], dtype=float32)
        """
        if not self._built():
            return
        if save_path is None:
            raise NotFoundError(
                None,
                None,
                "there is no checkpoint to restore: save_path is None, which is what "
                "latest_checkpoint gives where it finds none",
            )
        variables = self._built()
        with CheckpointReader(os.fspath(save_path) + SUFFIX) as reader:
            shapes = {
                name: self._shape(reader.spec(name), name, variable)
                for name, variable in variables.items()
            }
            values = {
                variable: _shaped(reader.get_tensor(name), shapes[name])
                for name, variable in variables.items()
            }
            run_number = reader.run_number
        sess.load(values, run_number if self._has_all_of(sess) else None)

    @property
    def last_checkpoints(self) -> list[str]:
        """The prefixes that are kept, oldest first.

        >>> import tempfile
        >>> w = df.Variable(1.0)
        >>> saver = df.train.Saver(max_to_keep=2)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     for step in (1, 2, 3):
        ...         _ = saver.save(session, folder + "/model", step)
        >>> [prefix.removeprefix(folder) for prefix in saver.last_checkpoints]
        ['/model-2', '/model-3']
        """
        return [prefix for prefix, _ in self._last]

    def set_last_checkpoints(self, last_checkpoints: Sequence[str]) -> None:
        """Count these as saved by this saver, so that `max_to_keep` includes them."""
        self._last = [(prefix, math.inf) for prefix in last_checkpoints]

    def set_last_checkpoints_with_time(
        self, last_checkpoints_with_time: Sequence[tuple[str, float]]
    ) -> None:
        """The same with the time at which each was saved, in seconds since 1970."""
        self._last = list(last_checkpoints_with_time)

    def recover_last_checkpoints(self, checkpoint_paths: Sequence[str]) -> None:
        """The same for those that exist, with the times of their files.

        A program that goes on after a restart gives `all_model_checkpoint_paths` of
        `get_checkpoint_state`.

        >>> import tempfile
        >>> w = df.Variable(1.0)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     _ = df.train.Saver().save(session, folder + "/model", 1)
        ...     restarted = df.train.Saver(max_to_keep=1)
        ...     state = df.train.get_checkpoint_state(folder)
        ...     restarted.recover_last_checkpoints(state.all_model_checkpoint_paths)
        ...     _ = restarted.save(session, folder + "/model", 2)
        ...     [path.removeprefix(folder) for path in restarted.last_checkpoints]
        ['/model-2']
        """
        self._last = []
        for prefix in checkpoint_paths:
            with suppress(FileNotFoundError):
                self._last.append((prefix, os.path.getmtime(prefix + SUFFIX)))

    def _built(self) -> dict[str, Variable]:
        if self._variables is None:
            self.build()
        return self._variables or {}

    def _has_all_of(self, sess: Any) -> bool:
        every = sess.graph.get_collection(GraphKeys.GLOBAL_VARIABLES)
        return set(self._built().values()) >= set(every)

    # Saving

    def _settings(self) -> dict[str, Any]:
        """What makes such a saver, as data."""
        return {
            "var_list": {name: v.op.name for name, v in self._built().items()},
            "settings": {
                "reshape": self._reshape,
                "max_to_keep": self._max_to_keep,
                "keep_checkpoint_every_n_hours": self._period / 3600,
                "allow_empty": self._allow_empty,
                "pad_step_number": self._pad_step_number,
                "save_relative_paths": self._save_relative_paths,
            },
        }

    def _write_meta_graph(self, graph: Graph, path: str) -> None:
        try:
            meta_graph_of(graph, self._settings()).write(path)
        except GraphError as error:
            logging.warning("no %s is written: %s", path, error)

    def _moment(
        self, sess: Any, global_step: Any
    ) -> tuple[int | None, dict[str, Any], int | None]:
        """The step, the values by name, and the number of the last run."""
        variables = self._built()
        asked = list(variables.values())
        if isinstance(global_step, Variable):
            asked.append(global_step)
        elif global_step is not None and not isinstance(global_step, int | np.integer):
            global_step = sess.run(global_step)
        versions, run_number = sess.versions(asked)
        if isinstance(global_step, Variable):
            global_step = versions[global_step]
        values = {name: versions[variable] for name, variable in variables.items()}
        step = None if global_step is None else int(global_step)
        return step, values, run_number if self._has_all_of(sess) else None

    def _step_text(self, step: int | None) -> str:
        if step is None:
            return ""
        return f"-{step:08d}" if self._pad_step_number else f"-{step}"

    def _recorded(self, prefix: str) -> list[tuple[str, float]]:
        """Enter a new checkpoint, and give those that are now too many."""
        kept = [entry for entry in self._last if entry[0] != prefix]
        kept.append((prefix, time.time()))
        surplus = max(0, len(kept) - (self._max_to_keep or len(kept)))
        old, self._last = kept[:surplus], kept[surplus:]
        return old

    def _delete(self, old: list[tuple[str, float]], meta_graph_suffix: str) -> None:
        for prefix, saved_at in old:
            if saved_at > self._next_to_preserve:
                self._next_to_preserve += self._period
                continue
            for path in (prefix + SUFFIX, f"{prefix}.{meta_graph_suffix}"):
                with suppress(FileNotFoundError):
                    os.unlink(path)

    # Restoring

    def _shape(self, found: Spec, name: str, variable: Variable) -> tuple[int, ...]:
        """The shape that a variable is to have, from what a checkpoint has of it."""
        shape, spec = full_shape(found.shape), variable.tensor.spec
        if self._reshape and spec.is_complete:
            wanted = full_shape(spec.shape)
            shape = wanted if math.prod(wanted) == math.prod(shape) else shape
        if found.dtype != (spec.dtype or found.dtype) or not spec.admits(shape):
            raise InvalidArgumentError(
                None,
                variable.op,
                f"cannot restore {variable.name!r}: it holds {spec}, and {name!r} in "
                f"the checkpoint is {found}",
            )
        return shape


def _shaped(array: np.ndarray[Any, Any], shape: tuple[int, ...]) -> Any:
    # A reshaped array is a view even where nothing changes, and is copied to be kept.
    return array if array.shape == shape else array.reshape(shape)


def _by_name(
    var_list: Iterable[Variable] | Mapping[str, Variable] | None,
) -> dict[str, Variable]:
    """The name in a checkpoint of each variable, with the variable."""
    if isinstance(var_list, Mapping):
        return {name: _variable(v) for name, v in var_list.items()}
    variables = global_variables() if var_list is None else map(_variable, var_list)
    found: dict[str, Variable] = {}
    for variable in variables:
        if found.setdefault(variable.op.name, variable) is not variable:
            raise GraphError(f"two variables are named {variable.op.name!r}")
    return found


def _variable(value: Any) -> Variable:
    if not isinstance(value, Variable):
        raise DTypeError(f"a Saver saves Variables, got {described(value)}")
    return value
