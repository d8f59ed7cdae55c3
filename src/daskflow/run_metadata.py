"""What a traced run tells: `RunOptions` ask for it, and `RunMetadata` holds it."""

from __future__ import annotations

from dataclasses import dataclass, field

from daskflow.notebook import trace_html
from daskflow.tracing import RunTrace, TaskTime, Transfer


class RunOptions:
    """How a session runs once: `Session.run(..., options=RunOptions(...))`.

    With the `trace_level` `FULL_TRACE`, or any but `NO_TRACE`, the run leaves in its
    `run_metadata` when each node ran and where. `timeout_in_ms` bounds the run unless
    it is 0. What else TensorFlow has here is taken and decides nothing.

    >>> x = df.placeholder(df.float32)
    >>> y = df.exp(x, name="y")
    >>> options = df.RunOptions(trace_level=df.RunOptions.FULL_TRACE)
    >>> metadata = df.RunMetadata()
    >>> session.run(y, {x: 0.0}, options, metadata)
    np.float32(1.0)
    >>> [node.node_name for node in metadata.step_stats.dev_stats[0].node_stats]
    ['y']
    """

    NO_TRACE, SOFTWARE_TRACE, HARDWARE_TRACE, FULL_TRACE = range(4)

    def __init__(
        self,
        trace_level: int = NO_TRACE,
        timeout_in_ms: int = 0,
        inter_op_thread_pool: int = 0,
        output_partition_graphs: bool = False,
        report_tensor_allocations_upon_oom: bool = False,
    ) -> None:
        self.trace_level = trace_level
        self.timeout_in_ms = timeout_in_ms
        self.inter_op_thread_pool = inter_op_thread_pool
        self.output_partition_graphs = output_partition_graphs
        self.report_tensor_allocations_upon_oom = report_tensor_allocations_upon_oom


@dataclass
class NodeExecStats:
    """When a node ran: microseconds since 1970, and from there on."""

    node_name: str
    timeline_label: str
    thread_id: int
    all_start_micros: int
    op_start_rel_micros: int
    op_end_rel_micros: int
    all_end_rel_micros: int


@dataclass
class DeviceStepStats:
    """The nodes that ran on one device: a worker, or a process of this machine."""

    device: str
    node_stats: list[NodeExecStats] = field(default_factory=list)


@dataclass
class StepStats:
    """The nodes that ran, by device.

    And beyond what TensorFlow has, the tasks that they ran in, of which the first is
    the whole run, and what was sent for it. Times there are seconds since 1970.
    """

    dev_stats: list[DeviceStepStats] = field(default_factory=list)
    tasks: list[TaskTime] = field(default_factory=list)
    transfers: list[Transfer] = field(default_factory=list)


class RunMetadata:
    """What a traced run was: `step_stats` says when each node ran, and where.

    >>> x = df.placeholder(df.float32)
    >>> options = df.RunOptions(trace_level=df.RunOptions.FULL_TRACE)
    >>> metadata = df.RunMetadata()
    >>> y = session.run(df.exp(-x), {x: 1.0}, options, metadata)
    >>> [device] = metadata.step_stats.dev_stats
    >>> [node.node_name for node in device.node_stats]
    ['Neg', 'Exp']
    >>> [task.name for task in metadata.step_stats.tasks]
    ['Session.run()', 'Neg+Exp']
    """

    def __init__(self) -> None:
        self.step_stats = StepStats()

    def _repr_html_(self) -> str:
        return trace_html(self.step_stats)

    def fill(self, trace: RunTrace) -> None:
        """Hold this trace, in place of what it holds."""
        devices: dict[str, list[NodeExecStats]] = {}
        for node in sorted(trace.nodes, key=lambda node: node.start):
            start, end = round(node.start * 1e6), round(node.end * 1e6)
            stats = NodeExecStats(
                node_name=node.name,
                timeline_label=f"{node.name} = {node.op}()",
                thread_id=node.thread,
                all_start_micros=start,
                op_start_rel_micros=0,
                op_end_rel_micros=end - start,
                all_end_rel_micros=end - start,
            )
            devices.setdefault(node.worker, []).append(stats)
        self.step_stats = StepStats(
            [DeviceStepStats(device, stats) for device, stats in devices.items()],
            [*trace.tasks],
            [*trace.transfers],
        )
