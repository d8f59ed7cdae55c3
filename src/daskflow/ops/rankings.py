"""How many of the best predictions are among the labels."""

import numpy as np

from daskflow.opdef import no_gradient
from daskflow.ops.define import args, several
from daskflow.spec import Spec, merge

FLOAT64 = np.dtype("float64")


def counts_specs(labels, top, class_id):
    if labels.shape is None or top.shape is None:
        return [Spec(FLOAT64, None)] * 3
    return [Spec(FLOAT64, merge(labels.shape[:-1], top.shape[:-1]))] * 3


@several(
    specs=counts_specs,
    grad=no_gradient,
    kinds="iu",
    examples=[
        args(
            np.array([[1, 1, 2], [0, 3, 4]]), np.array([[2, 0], [3, 4]]), class_id=None
        ),
        args(np.array([[1, 1, 2], [0, 3, 4]]), np.array([[2, 0], [3, 4]]), class_id=3),
        args(np.zeros((0, 2), int), np.zeros((0, 1), int), class_id=None),
    ],
)
def counts_in_top(labels, top, /, class_id):
    """For each row, how many of `top` are labels, how many not, and labels not in it.

    Of a label that is there twice one counts; with a `class_id` only that class does.
    """
    among = top[..., :, None] == labels[..., None, :]
    is_right, is_found = among.any(-1), among.any(-2)
    same = labels[..., :, None] == labels[..., None, :]
    is_again = (same & np.tri(labels.shape[-1], k=-1, dtype=bool)).any(-1)
    is_missed = ~is_found & ~is_again
    if class_id is not None:
        is_right, is_wrong = is_right & (top == class_id), ~is_right & (top == class_id)
        is_missed = is_missed & (labels == class_id)
    else:
        is_wrong = ~is_right
    return tuple(
        np.sum(is_so, -1, FLOAT64) for is_so in (is_right, is_wrong, is_missed)
    )
