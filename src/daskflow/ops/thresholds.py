"""How often predictions that are above a threshold are right."""

import numpy as np

from daskflow.opdef import no_gradient
from daskflow.ops.define import args, several
from daskflow.spec import Spec

FLOAT32 = np.dtype("float32")


def counts_specs(labels, predictions, weights, thresholds):
    return [Spec(FLOAT32, thresholds.shape)] * 4


@several(
    specs=counts_specs,
    grad=no_gradient,
    agree=(1, None),
    examples=[
        args(
            np.array([True, False, True]),
            np.array([0.5, 0.5, 0.75], np.float32),
            np.array([1.0, 2.0, 4.0], np.float32),
            np.array([0.5, 0.0, 0.9], np.float32),
        ),
        args(
            np.zeros((0, 2), bool),
            *[np.zeros(n, np.float32) for n in ((0, 2),) * 2],
            np.zeros(0, np.float32),
        ),
    ],
)
def counts_at_thresholds(labels, predictions, weights, thresholds):
    """The weights of four kinds of predictions, for each threshold.

    Those above it that are right, those not above it that are wrong, those not above
    it that are right, and those above it that are wrong.
    """
    if not np.all((predictions >= 0) & (predictions <= 1)):
        raise ValueError("predictions must be between 0 and 1")
    order = np.argsort(thresholds)
    passed = np.searchsorted(thresholds[order], np.ravel(predictions))
    above, below = [], []
    for of_kind in (np.ravel(labels), ~np.ravel(labels)):
        weight = np.ravel(weights) * of_kind
        passing = np.bincount(passed, weight, len(order) + 1)
        running = np.empty((2, len(order)))
        running[1, order] = np.cumsum(passing)[:-1]
        running[0, order] = np.cumsum(passing[::-1])[-2::-1]
        above.append(running[0].astype(np.float32))
        below.append(running[1].astype(np.float32))
    return above[0], below[0], below[1], above[1]
