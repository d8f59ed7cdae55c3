"""The passes that a plan goes through, in order."""

from collections.abc import Callable
from functools import reduce

from daskflow.passes.cse import merge_common_subexpressions
from daskflow.passes.fold import fold_constants
from daskflow.passes.prune import prune
from daskflow.passes.state import thread_state
from daskflow.plan import Plan

Pass = Callable[[Plan], Plan]

PIPELINE: tuple[Pass, ...] = (
    thread_state,  # reads and assignments become data edges
    fold_constants,  # compute now what depends on no feed, variable or draw
    merge_common_subexpressions,  # compute once what is written twice
    prune,  # drop what neither a fetch nor an update needs
)


def optimized(plan: Plan) -> Plan:
    """The plan after every pass."""
    return reduce(lambda plan, rewrite: rewrite(plan), PIPELINE, plan)
