"""What all runs of one request have in common."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from daskflow.costs import Tuning
from daskflow.fetches import Request
from daskflow.graph import Tensor
from daskflow.plan import Plan
from daskflow.spec import ArrayDType, Spec
from daskflow.state import State
from daskflow.tracing import RunTrace

Signature = tuple[tuple[ArrayDType, tuple[int, ...]], ...]
"""The dtypes and shapes of some values."""


Reader = Callable[..., Sequence[Any] | None]


def read_nothing(values: Mapping[str, Any], run: int, *feeds: Any) -> None:
    """No feeds are known yet that need no second look."""


@dataclass(slots=True)
class Prepared:
    """All that runs of one request have in common.

    The groups depend on the sizes of the feeds, and of the `loose` variables, of which
    too little is known. `last` is what was chosen for the last feeds, and a function
    that takes such feeds without a second look. A run that is traced leaves in `trace`
    what it was.
    """

    request: Request
    plan: Plan
    fed: tuple[str, ...]
    variables: tuple[str, ...]
    numbers: tuple[str, ...]
    asked: tuple[str, ...]
    loose: tuple[str, ...]
    updates: tuple[str, ...]
    tunings: dict[Signature, tuple[Reader, Tuning]] = field(default_factory=dict)
    last: tuple[Reader, Any] = (read_nothing, None)
    has_values: bool = False
    trace: RunTrace | None = None

    @classmethod
    def of(cls, request: Request, plan: Plan, specs: Mapping[str, Spec]) -> Prepared:
        """What is the same in every run of this request."""
        fed = tuple([tensor.id for tensor in request.tensors])
        variables = tuple(plan.inputs_from("variable"))
        loose = tuple([id for id in variables if not specs[id].is_complete])
        numbers = tuple(plan.inputs_from("run"))
        asked = tuple(plan.inputs_from("known"))
        updates = tuple(plan.updates)
        return cls(request, plan, fed, variables, numbers, asked, loose, updates)

    def traced(self, trace: RunTrace | None) -> Prepared:
        """The same for a run that is traced, or for one that is not."""
        if trace is self.trace:
            return self
        return replace(self, last=(read_nothing, None), trace=trace)

    def seen(self, plan: Plan) -> set[str]:
        """The ids whose values the user gets; an operation gives None."""
        leaves = zip(self.request.leaves, plan.fetches, strict=True)
        return {id for leaf, id in leaves if isinstance(leaf, Tensor)}

    def reads(self, state: State) -> bool:
        """Whether the state has every variable that the plan starts from."""
        if not self.has_values:
            self.has_values = all(id in state.values for id in self.variables)
        return self.has_values

    def inputs(self, feeds: Sequence[Any], state: State, run: int) -> list[Any]:
        """The values of `fed`, `variables`, `numbers` and `asked`, in this order."""
        known = [state.values[id] for id in self.variables]
        numbers = [np.int64(run) for _ in self.numbers]
        have_value = [np.bool_(id[:-1] in state.values) for id in self.asked]
        return [*feeds, *known, *numbers, *have_value]

    def given(self, inputs: Sequence[Any]) -> dict[str, Any]:
        """The same under their ids."""
        ids = (*self.fed, *self.variables, *self.numbers, *self.asked)
        return dict(zip(ids, inputs, strict=True))

    def reader(self, signature: Signature) -> Reader:
        """`inputs(values, run, *feeds)` for arrays like these, None for others.

        It is written out, which takes a third of the time of a loop. A view of a feed
        counts as somebody else's array wherever it goes.
        """
        feeds = [f"feed_{i}" for i, _ in enumerate(signature)]
        views = [f"{feed}.view()" for feed in feeds]
        known = [f"values[{id!r}]" for id in self.variables]
        asked = [f"bool_({id[:-1]!r} in values)" for id in self.asked]
        inputs = [*views, *known, *["int64(run)"] * len(self.numbers), *asked]
        alike = " and ".join(
            f"type({feed}) is ndarray and {feed}.dtype is dtypes[{i}]"
            f" and {feed}.shape == {shape} and {feed}.flags.carray"
            for i, (feed, (_, shape)) in enumerate(zip(feeds, signature, strict=True))
        )
        names = {
            "ndarray": np.ndarray,
            "int64": np.int64,
            "bool_": np.bool_,
            "dtypes": [dtype for dtype, _ in signature],
        }
        head = ", ".join(["values", "run", *feeds])
        text = f"lambda {head}: [{', '.join(inputs)}] if {alike or True} else None"
        reader: Reader = eval(text, names)
        return reader
