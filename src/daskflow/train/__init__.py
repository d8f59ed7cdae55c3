"""Training: optimizers."""

from daskflow.train.optimizers import GradientDescentOptimizer

__all__ = ["GradientDescentOptimizer"]
