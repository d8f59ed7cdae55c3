"""Training: optimizers and checkpoints."""

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
from daskflow.train.optimizers import GradientDescentOptimizer
from daskflow.train.saver import Saver

__all__ = [
    "CheckpointState",
    "GradientDescentOptimizer",
    "Saver",
    "checkpoint_exists",
    "get_checkpoint_state",
    "latest_checkpoint",
    "list_variables",
    "load_checkpoint",
    "load_variable",
    "update_checkpoint_state",
]
