"""Settings that TensorFlow programs make for a session; they decide nothing here."""

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
