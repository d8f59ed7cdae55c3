"""What TensorFlow programs set up before they begin; it decides nothing here."""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum
from types import SimpleNamespace
from typing import Any

__all__ = [
    "AggregationMethod",
    "ConfigProto",
    "GPUOptions",
    "GraphOptions",
    "OptimizerOptions",
    "VariableAggregation",
    "VariableSynchronization",
    "colocate_with",
    "container",
    "disable_control_flow_v2",
    "disable_eager_execution",
    "disable_resource_variables",
    "disable_v2_behavior",
    "disable_v2_tensorshape",
    "executing_eagerly",
]


class GPUOptions(SimpleNamespace):
    """What a program says of GPUs, which are not used.

    >>> options = df.GPUOptions(allow_growth=True)
    >>> config = df.ConfigProto(gpu_options=options)
    >>> config.gpu_options.allow_growth
    True
    """


class OptimizerOptions(SimpleNamespace):
    """What a program says of TensorFlow's own graph optimizer.

    >>> options = df.OptimizerOptions(opt_level=df.OptimizerOptions.L0)
    >>> options.opt_level
    -1
    """

    L0, L1 = -1, 0
    OFF, ON_1, ON_2 = -1, 1, 2


class GraphOptions(SimpleNamespace):
    """What a program says of how TensorFlow prepares a graph.

    >>> options = df.GraphOptions(place_pruned_graph=True)
    >>> options.optimizer_options.opt_level = df.OptimizerOptions.L0
    >>> config = df.ConfigProto(graph_options=options)
    >>> config.graph_options.place_pruned_graph
    True
    """

    def __init__(self, **settings: Any) -> None:
        super().__init__(**{"optimizer_options": OptimizerOptions()} | settings)


class ConfigProto(SimpleNamespace):
    """What a program says of devices and threads: taken, and without effect.

    Where a graph runs is the session's `scheduler`, and what a node needs of a cluster
    is said by `dask.annotate`.

    >>> config = df.ConfigProto(allow_soft_placement=True)
    >>> config.gpu_options.allow_growth = True
    >>> with df.Session("sync", config=config) as session:
    ...     session.run(df.constant(1.0) + 1.0)
    np.float32(2.0)
    """

    def __init__(self, **settings: Any) -> None:
        given = {
            "allow_soft_placement": False,
            "device_count": {},
            "gpu_options": GPUOptions(),
            "graph_options": GraphOptions(),
            "inter_op_parallelism_threads": 0,
            "intra_op_parallelism_threads": 0,
            "log_device_placement": False,
        }
        super().__init__(**given | settings)


class AggregationMethod:
    """Ways to add up gradients; there is one here.

    >>> w = df.Variable(3.0)
    >>> method = df.AggregationMethod.EXPERIMENTAL_ACCUMULATE_N
    >>> [slope] = df.gradients(w * w + w, [w], aggregation_method=method)
    >>> slope.eval()
    np.float32(7.0)
    """

    ADD_N = DEFAULT = 0
    EXPERIMENTAL_TREE = 1
    EXPERIMENTAL_ACCUMULATE_N = 2


class VariableSynchronization(IntEnum):
    """When the copies of a distributed variable meet; there are none here.

    >>> on_read = df.VariableSynchronization.ON_READ
    >>> df.get_variable("w", [2], synchronization=on_read)
    <Variable 'w:0' float32 [2]>
    """

    AUTO, NONE, ON_WRITE, ON_READ = range(4)


class VariableAggregation(IntEnum):
    """How the copies of a distributed variable become one; there are none here.

    >>> mean = df.VariableAggregation.MEAN
    >>> df.get_variable("w", [2], aggregation=mean)
    <Variable 'w:0' float32 [2]>
    """

    NONE, SUM, MEAN, ONLY_FIRST_REPLICA = range(4)


@contextmanager
def colocate_with(op: Any, ignore_existing: bool = False) -> Iterator[None]:
    """Nothing: a scheduler places nodes where their inputs are anyhow.

    >>> w = df.Variable(1.0)
    >>> with df.colocate_with(w):
    ...     y = w + 1.0
    >>> y.eval()
    np.float32(2.0)
    """
    yield


@contextmanager
def container(container_name: str) -> Iterator[None]:
    """Nothing: each session has variables of its own.

    >>> with df.container("experiment"):
    ...     w = df.Variable(1.0, name="w")
    >>> w.name
    'w:0'
    """
    yield


def disable_v2_behavior() -> None:
    """Nothing: TensorFlow 2's behaviour was never there.

    >>> df.disable_v2_behavior()
    >>> df.constant(1.0)
    <Tensor 'Const:0' float32 []>
    """


disable_eager_execution = disable_v2_behavior
disable_v2_tensorshape = disable_v2_behavior
disable_resource_variables = disable_v2_behavior
disable_control_flow_v2 = disable_v2_behavior


def executing_eagerly() -> bool:
    """False: operations run when a session runs them.

    >>> df.executing_eagerly()
    False
    """
    return False
