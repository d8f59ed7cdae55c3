"""The names of `tf.random`."""

from daskflow.defaults import set_random_seed
from daskflow.missing import tell_missing
from daskflow.ops.random import (
    categorical,
    multinomial,
    random_gamma,
    random_normal,
    random_poisson,
    random_shuffle,
    random_uniform,
    truncated_normal,
)

__all__ = [
    "categorical",
    "gamma",
    "multinomial",
    "normal",
    "poisson",
    "set_random_seed",
    "shuffle",
    "truncated_normal",
    "uniform",
]

tell_missing(__name__)

gamma = random_gamma
normal = random_normal
poisson = random_poisson
shuffle = random_shuffle
uniform = random_uniform
