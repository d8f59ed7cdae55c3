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
    """What a program says of GPUs, which are not used."""


class OptimizerOptions(SimpleNamespace):
    """What a program says of TensorFlow's own graph optimizer."""

    L0, L1 = -1, 0
    OFF, ON_1, ON_2 = -1, 1, 2


class GraphOptions(SimpleNamespace):
    """What a program says of how TensorFlow prepares a graph."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**{"optimizer_options": OptimizerOptions()} | settings)


class ConfigProto(SimpleNamespace):
    """What a program says of devices and threads: taken, and without effect.

    Where a graph runs is the session's `scheduler`, and what a node needs of a cluster
    is said by `dask.annotate`.

    >>> config = ConfigProto(allow_soft_placement=True)
    >>> config.gpu_options.allow_growth = True
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
    """Ways to add up gradients; there is one here."""

    ADD_N = DEFAULT = 0
    EXPERIMENTAL_TREE = 1
    EXPERIMENTAL_ACCUMULATE_N = 2


class VariableSynchronization(IntEnum):
    """When the copies of a distributed variable meet; there are none here."""

    AUTO, NONE, ON_WRITE, ON_READ = range(4)


class VariableAggregation(IntEnum):
    """How the copies of a distributed variable become one; there are none here."""

    NONE, SUM, MEAN, ONLY_FIRST_REPLICA = range(4)


@contextmanager
def colocate_with(op: Any, ignore_existing: bool = False) -> Iterator[None]:
    """Nothing: a scheduler places nodes where their inputs are anyhow."""
    yield


@contextmanager
def container(container_name: str) -> Iterator[None]:
    """Nothing: each session has variables of its own."""
    yield


def disable_v2_behavior() -> None:
    """Nothing: TensorFlow 2's behaviour was never there."""


disable_eager_execution = disable_v2_behavior
disable_v2_tensorshape = disable_v2_behavior
disable_resource_variables = disable_v2_behavior
disable_control_flow_v2 = disable_v2_behavior


def executing_eagerly() -> bool:
    """False: operations run when a session runs them."""
    return False
