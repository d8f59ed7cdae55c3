"""The global step: the variable that counts the steps of a training."""

from __future__ import annotations

import logging
from typing import Any

from daskflow.errors import DTypeError, GraphError, UnknownNameError
from daskflow.graph import Graph, Tensor, get_default_graph
from daskflow.keys import GraphKeys
from daskflow.ops.array import zeros
from daskflow.ops.scopes import get_variable
from daskflow.ops.state import Variable

_LOG = logging.getLogger(__name__)


def get_global_step(graph: Graph | None = None) -> Any:
    """The global step of the graph; None if it has none.

    That is what is in the collection `GLOBAL_STEP`, or else what is called
    `global_step`. `DTypeError` (a TypeError) if it is not one int.

    >>> print(df.train.get_global_step())
    None
    >>> steps = df.train.create_global_step()
    >>> df.train.get_global_step() is steps
    True
    """
    graph = graph or get_default_graph()
    found = graph.get_collection(GraphKeys.GLOBAL_STEP)
    if len(found) > 1:
        _LOG.error("There are %d global steps in the collection.", len(found))
        return None
    step = found[0] if found else _named(graph)
    if step is not None:
        assert_global_step(step)
    return step


def _named(graph: Graph) -> Any:
    try:
        tensor = graph.get_tensor_by_name(f"{GraphKeys.GLOBAL_STEP}:0")
    except UnknownNameError:
        return None
    return next((v for v in graph.variables if v.tensor is tensor), tensor)


def create_global_step(graph: Graph | None = None) -> Variable:
    """A new global step, an int64 that starts at 0; `GraphError` if there is one.

    >>> steps = df.train.create_global_step()
    >>> w = df.Variable(4.0)
    >>> step = df.train.GradientDescentOptimizer(0.25).minimize(w * w, steps)
    >>> session.run(step)
    >>> session.run(steps)
    np.int64(1)
    """
    graph = graph or get_default_graph()
    if get_global_step(graph) is not None:
        raise GraphError('"global_step" already exists.')
    with graph.as_default(), graph.name_scope(None):
        return get_variable(
            GraphKeys.GLOBAL_STEP,
            shape=[],
            dtype="int64",
            initializer=zeros,
            trainable=False,
            collections=[GraphKeys.GLOBAL_VARIABLES, GraphKeys.GLOBAL_STEP],
        )


def get_or_create_global_step(graph: Graph | None = None) -> Any:
    """The global step of the graph; a new one if it has none.

    >>> steps = df.train.get_or_create_global_step()
    >>> df.train.get_or_create_global_step() is steps
    True
    """
    step = get_global_step(graph)
    return create_global_step(graph) if step is None else step


def assert_global_step(global_step_tensor: Any) -> None:
    """Raise `DTypeError` (a TypeError) unless that is one int, as far as is known.

    >>> df.train.assert_global_step(df.train.create_global_step())
    >>> df.train.assert_global_step(df.Variable(0.0))
    Traceback (most recent call last):
        ...
    daskflow.errors.DTypeError: Existing "global_step" does not have integer type: ...
    """
    if not isinstance(global_step_tensor, Tensor | Variable):
        raise DTypeError(
            'Existing "global_step" must be a Variable or Tensor: '
            f"{global_step_tensor!r}."
        )
    dtype, shape = global_step_tensor.dtype, global_step_tensor.shape
    if dtype is not None and not dtype.is_integer:
        raise DTypeError(f'Existing "global_step" does not have integer type: {dtype}')
    if shape.ndims not in (None, 0):
        raise DTypeError(f'Existing "global_step" is not scalar: {shape}')


def global_step(sess: Any, global_step_tensor: Any) -> int:
    """The value of the global step in a session.

    >>> steps = df.train.create_global_step()
    >>> session.run(steps.assign_add(5).op)
    >>> df.train.global_step(session, steps)
    5
    """
    return int(sess.run(global_step_tensor))
