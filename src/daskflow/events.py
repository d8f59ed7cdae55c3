"""`FileWriter`: summaries, graphs and traces to the event files that TensorBoard shows.

The files are written by the `tensorboard` package, an extra: `daskflow[tensorboard]`.
Without it there is a warning, and a program goes on without event files.
"""

from __future__ import annotations

import importlib
import os
import threading
import time
import warnings
import weakref
from dataclasses import asdict
from types import TracebackType
from typing import Any, ClassVar

from daskflow.errors import DTypeError, GraphError
from daskflow.graph import Graph
from daskflow.graph_def import GraphDef, NodeDef, graph_def_of
from daskflow.missing import protobuf
from daskflow.run_metadata import DeviceStepStats, RunMetadata

PathLike = str | os.PathLike[str]

_WRITER = "tensorboard.summary.writer.event_file_writer"
_INSTALL = (
    "no event file is written, for want of the tensorboard package: "
    "pip install 'daskflow[tensorboard]'"
)


class FileWriter:
    """Writes events to a new file in `logdir`, which is made if there is none.

    A `graph`, or else a `graph_def`, is written at once. Events go to the file in a
    thread of their own, for which at most `max_queue` of them may wait, and are flushed
    to the disk every `flush_secs` seconds. `filename_suffix` ends the name of the file.
    It is closed at the end of a `with` block, or else of the program.

    Without the `tensorboard` package it warns, and drops what it is given.

    >>> import os, tempfile
    >>> x = df.placeholder(df.float32, [])
    >>> loss = df.summary.scalar("loss", x)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with df.summary.FileWriter(folder, session.graph) as writer:
    ...         for step, value in enumerate([0.5, 0.25]):
    ...             writer.add_summary(session.run(loss, {x: value}), step)
    ...     [name] = os.listdir(folder)
    >>> name.partition(".tfevents.")[0]
    'events.out'
    """

    def __init__(
        self,
        logdir: PathLike,
        graph: Graph | GraphDef | None = None,
        max_queue: int = 10,
        flush_secs: float = 120,
        graph_def: GraphDef | None = None,
        filename_suffix: str | None = None,
        session: Any = None,
    ) -> None:
        self._logdir = os.fspath(logdir)
        self._settings = max_queue, flush_secs, filename_suffix or ""
        self._writer: Any = None
        self._described: set[str] = set()
        self._run_tags: set[str] = set()
        try:
            self._module: Any = importlib.import_module(_WRITER)
        except ImportError:
            warnings.warn(_INSTALL, stacklevel=2)
            os.makedirs(self._logdir, exist_ok=True)  # a program may save there, too
            self._module = None
        self.reopen()
        if graph is not None or graph_def is not None:
            self.add_graph(graph, graph_def=graph_def)

    def get_logdir(self) -> str:
        """The directory of the file."""
        return self._logdir

    def add_summary(self, summary: Any, global_step: Any = None) -> None:
        """Write a summary: the bytes that a run gave, or a `tf.Summary`."""
        if self._module is None:
            return
        if isinstance(summary, bytes):
            summary = protobuf("summary").Summary.FromString(summary)
        for value in summary.value:  # how to show a tag is said once
            if value.HasField("metadata") and value.tag in self._described:
                value.ClearField("metadata")
            self._described.add(value.tag)
        self._add({"summary": summary}, global_step)

    def add_graph(
        self,
        graph: Graph | GraphDef | None,
        global_step: Any = None,
        graph_def: GraphDef | None = None,
    ) -> None:
        """Write a graph, or else a `graph_def`, for the page of graphs."""
        if self._module is None:
            return
        shown = graph_def if graph is None else graph
        if isinstance(shown, Graph):
            shown = graph_def_of(shown, add_shapes=True, is_complete=False)
        if not isinstance(shown, GraphDef):
            raise DTypeError(f"expected a Graph or a GraphDef, got {shown!r}")
        message = protobuf("graph").GraphDef(node=list(map(_node, shown.node)))
        self._add({"graph_def": message.SerializeToString()}, global_step)

    def add_meta_graph(self, meta_graph_def: Any, global_step: Any = None) -> None:
        """Write the graph of a meta graph."""
        self.add_graph(meta_graph_def.graph_def, global_step)

    def add_run_metadata(
        self, run_metadata: RunMetadata, tag: str, global_step: Any = None
    ) -> None:
        """Write when the nodes of a traced run ran; a `tag` names one run only.

        >>> import tempfile
        >>> x = df.placeholder(df.float32)
        >>> options = df.RunOptions(trace_level=df.RunOptions.FULL_TRACE)
        >>> metadata = df.RunMetadata()
        >>> y = session.run(df.exp(x), {x: 0.0}, options, metadata)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     with df.summary.FileWriter(folder, session.graph) as writer:
        ...         writer.add_run_metadata(metadata, "step 1", global_step=1)
        """
        if tag in self._run_tags:
            raise GraphError(f"the tag {tag!r} names another run already")
        self._run_tags.add(tag)
        if self._module is None:
            return
        devices = map(_device, run_metadata.step_stats.dev_stats)
        stats = protobuf("step_stats").StepStats(dev_stats=devices)
        message = protobuf("config").RunMetadata(step_stats=stats)
        tagged = {"tag": tag, "run_metadata": message.SerializeToString()}
        self._add({"tagged_run_metadata": tagged}, global_step)

    def add_session_log(self, session_log: Any, global_step: Any = None) -> None:
        """Write a `tf.SessionLog`."""
        self._add({"session_log": session_log}, global_step)

    def add_event(self, event: Any) -> None:
        """Write a `tf.Event` as it is."""
        if self._writer is not None:
            self._writer.add_event(event)
        elif self._module is not None:
            warnings.warn("this FileWriter is closed; reopen() it", stacklevel=3)

    def _add(self, content: dict[str, Any], global_step: Any) -> None:
        if self._module is None:
            return
        step = None if global_step is None else int(global_step)
        event = protobuf("event").Event(wall_time=time.time(), step=step, **content)
        self.add_event(event)

    def flush(self) -> None:
        """Have all of it on the disk."""
        if self._writer is not None:
            self._writer.flush()

    def close(self) -> None:
        """Have all of it on the disk, and close the file."""
        if self._writer is not None:
            self._ending()
            self._writer = None

    def reopen(self) -> None:
        """Go on in another file, if it was closed."""
        if self._writer is None and self._module is not None:
            max_queue, flush_secs, suffix = self._settings
            self._writer = self._module.EventFileWriter(
                self._logdir, max_queue, flush_secs, suffix
            )
            # Few programs close theirs: what waits is written when they end, too.
            self._ending = weakref.finalize(self, self._writer.close)

    def __enter__(self) -> FileWriter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


def _node(node: NodeDef) -> Any:
    """A node as TensorBoard has it: with the shapes of its outputs."""
    shapes = node.attr.get("_output_shapes", [])
    message = protobuf("node_def").NodeDef(
        name=node.name, op=node.op, input=node.input, device=node.device
    )
    shown = message.attr["_output_shapes"].list
    for shape in shapes:
        shown.shape.add(
            unknown_rank=shape is None,
            dim=[{"size": -1 if n is None else n} for n in shape or ()],
        )
    return message


def _device(device: DeviceStepStats) -> dict[str, Any]:
    """A device as TensorBoard has it.

    It leaves out what has another name than this, and takes a node of no microsecond
    for one that has not run.
    """
    nodes = [
        {**asdict(node), "all_end_rel_micros": max(node.all_end_rel_micros, 1)}
        for node in device.node_stats
    ]
    return {"device": f"{device.device}/device:CPU:0", "node_stats": nodes}


class FileWriterCache:
    """The writers of a program, one for each directory.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     writer = df.summary.FileWriterCache.get(folder)
    ...     df.summary.FileWriterCache.get(folder) is writer
    ...     df.summary.FileWriterCache.clear()
    True
    """

    _writers: ClassVar[dict[str, FileWriter]] = {}
    _lock: ClassVar[threading.Lock] = threading.Lock()

    @classmethod
    def get(cls, logdir: PathLike) -> FileWriter:
        """The writer for that directory."""
        path = os.fspath(logdir)
        with cls._lock:
            if path not in cls._writers:
                cls._writers[path] = FileWriter(path)
            return cls._writers[path]

    @classmethod
    def clear(cls) -> None:
        """Close them all and forget them."""
        with cls._lock:
            for writer in cls._writers.values():
                writer.close()
            cls._writers.clear()
