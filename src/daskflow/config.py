"""What TensorFlow programs set up before they begin; it decides nothing here."""

from types import SimpleNamespace
from typing import Any


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


def disable_v2_behavior() -> None:
    """Nothing: TensorFlow 2's behaviour was never there."""


disable_eager_execution = disable_v2_behavior
disable_v2_tensorshape = disable_v2_behavior
disable_resource_variables = disable_v2_behavior
disable_control_flow_v2 = disable_v2_behavior


def executing_eagerly() -> bool:
    """False: operations run when a session runs them."""
    return False
