"""Training: optimizers and checkpoints."""

from daskflow.graph_def import write_graph
from daskflow.train.checkpoints import (
    CheckpointState,
    checkpoint_exists,
    get_checkpoint_state,
    latest_checkpoint,
    list_variables,
    load_checkpoint,
    load_variable,
    update_checkpoint_state,
)
from daskflow.train.meta_graphs import export_meta_graph, import_meta_graph
from daskflow.train.optimizers import GradientDescentOptimizer
from daskflow.train.saver import Saver

__all__ = [
    "CheckpointState",
    "GradientDescentOptimizer",
    "Saver",
    "checkpoint_exists",
    "export_meta_graph",
    "get_checkpoint_state",
    "import_meta_graph",
    "latest_checkpoint",
    "list_variables",
    "load_checkpoint",
    "load_variable",
    "update_checkpoint_state",
    "write_graph",
]
