"""For tests, ours and those of a user's own ops."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from daskflow.gradients import gradients
from daskflow.graph import Graph
from daskflow.opdef import OPS
from daskflow.plan import Node, Plan, Source, check
from daskflow.session import Session
from daskflow.spec import as_dtype
from daskflow.values import as_tensor, placeholder

_STEP = 1e-5
_TOLERANCE = 1e-7


def plan(
    text: str,
    *,
    fetch: str,
    updates: Mapping[str, str] | None = None,
    variables: str = "",
    feed: str | None = None,
) -> Plan:
    """A plan from the text that a plan has, to try a pass on.

    `fetch`, `variables` and `feed` are ids with spaces between them. What nothing
    binds is an input, fed unless it is a variable; naming the fed ids forbids that.

    >>> from daskflow.testing import plan
    >>> print(plan("y = exp(x); z = add(y, y) after y", fetch="z"))
    y = exp(x); z = add(y, y) after y
    """
    nodes: dict[str, Node] = {}
    values: dict[str, Any] = {}
    for statement in text.split("; "):
        body, _, after = statement.partition(" after ")
        id, _, source = body.partition(" = ")
        expression = ast.parse(source, mode="eval").body
        if isinstance(expression, ast.Call):
            nodes[id] = _node(id, expression, after)
        else:
            values[id] = ast.literal_eval(expression)
    needed = [
        *(id for node in nodes.values() for id in (*node.inputs, *node.after)),
        *fetch.split(),
    ]
    free = [id for id in needed if id not in nodes and id not in values]
    inputs: dict[str, Source] = {
        id: "variable" if id in variables.split() else "feed"
        for id in (free if feed is None else feed.split())
    }
    result = Plan(nodes, values, tuple(fetch.split()), dict(updates or {}), inputs)
    check(result)
    return result


def _node(id: str, call: ast.Call, after: str) -> Node:
    inputs = tuple(ast.unparse(argument) for argument in call.args)
    attrs = {str(k.arg): ast.literal_eval(k.value) for k in call.keywords}
    if "dtype" in attrs:
        attrs["dtype"] = as_dtype(attrs["dtype"])
    op = OPS[ast.unparse(call.func)]
    return Node(id, op, inputs, attrs, tuple(after.split(", ")) if after else ())


def check_gradient(function: Callable[..., Any], *arrays: Any) -> None:
    """Raise `AssertionError` unless `function` has the gradient that it should.

    `function` makes a tensor of as many tensors as there are `arrays`. The gradient of
    a weighted sum of its elements, by each array of floats, is compared with central
    differences, in float64; other arrays are fed as they are. No gradient (None) counts
    as zeros.

    >>> from daskflow.testing import check_gradient
    >>> check_gradient(lambda a, b: df.exp(a) * b, [[0.0, 1.0]], 2.0)
    >>> check_gradient(lambda x: df.stop_gradient(x) * x, 3.0)
    Traceback (most recent call last):
        ...
    AssertionError: input 0 at []: the gradient is 3, the difference quotient 6
    """
    values = [_in_float64(array) for array in arrays]
    with Graph().as_default(), Session("sync") as session:
        xs = [placeholder(value.dtype, value.shape) for value in values]
        y = as_tensor(function(*xs))

        def at(values: list[Any]) -> Any:
            return session.run(y, dict(zip(xs, values, strict=True)))

        # Uneven weights, so that errors in two elements do not make up for each other.
        value = at(values)
        weights = np.linspace(1.0, 2.0, value.size).reshape(value.shape)
        for i, slope in enumerate(gradients(y, xs, [weights])):
            if values[i].dtype.kind == "f":
                slope = None if slope is None else as_tensor(slope)
                feeds = dict(zip(xs, values, strict=True))
                found = 0.0 if slope is None else session.run(slope, feeds)
                _compare(i, found, _quotients(at, values, i, weights))


def _in_float64(array: Any) -> Any:
    value = np.asarray(array)
    return value.astype(np.float64) if value.dtype.kind == "f" else value


def _quotients(
    at: Callable[[list[Any]], Any], values: list[Any], i: int, weights: Any
) -> Any:
    """The central difference quotient of the weighted sum by each element of one."""
    quotients = np.empty(values[i].shape)
    for place in np.ndindex(values[i].shape):
        step = np.zeros(values[i].shape)
        step[place] = _STEP
        ahead, behind = (
            at([*values[:i], values[i] + s, *values[i + 1 :]]) for s in (step, -step)
        )
        quotients[place] = np.sum((ahead - behind) * weights) / (2 * _STEP)
    return quotients


def _compare(i: int, found: Any, quotients: Any) -> None:
    found = np.broadcast_to(found, quotients.shape)
    errors = np.abs(found - quotients) / (1 + np.abs(quotients))
    if not np.all(errors <= _TOLERANCE):
        worst = np.unravel_index(np.argmax(errors), errors.shape)
        raise AssertionError(
            f"input {i} at {[int(k) for k in worst]}: the gradient is "
            f"{found[worst]:.6g}, the difference quotient {quotients[worst]:.6g}"
        )
