"""What layers have in common: variables under a name, made where it is called first."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

from daskflow.errors import GraphError, ShapeError
from daskflow.graph import Graph, Operators, get_default_graph, graph_of
from daskflow.keys import GraphKeys
from daskflow.layers.named import initializer_named
from daskflow.ops.array import reshape
from daskflow.ops.array import shape as shape_of
from daskflow.ops.math import cast
from daskflow.ops.scopes import VariableScope, get_variable, variable_scope
from daskflow.ops.state import Variable
from daskflow.spec import DType, TensorShape
from daskflow.values import as_tensor

_LAYERS: WeakKeyDictionary[Graph, Counter[str]] = WeakKeyDictionary()
"""How many layers of each class without a name there are for a graph."""


class InputSpec:
    """What a layer takes: a rank, bounds of it, and the lengths of some axes.

    >>> spec = df.layers.InputSpec(ndim=2, axes={-1: 3})
    >>> spec.check(df.TensorShape([None, 3]), "scale")
    >>> spec.check(df.TensorShape([None, 4]), "scale")
    Traceback (most recent call last):
        ...
    daskflow.errors.ShapeError: scale was built for 3 on axis -1, got (?, 4)
    """

    def __init__(
        self,
        dtype: Any = None,
        shape: Any = None,
        ndim: int | None = None,
        max_ndim: int | None = None,
        min_ndim: int | None = None,
        axes: dict[int, int] | None = None,
    ) -> None:
        self.dtype = dtype
        self.shape = shape
        self.ndim = len(shape) if shape is not None else ndim
        self.max_ndim = max_ndim
        self.min_ndim = min_ndim
        self.axes = axes or {}

    def check(self, shape: TensorShape, layer: str) -> None:
        """Raise a `ShapeError` (a ValueError) if a value of that shape is not taken."""
        rank = shape.rank
        if rank is None:
            return
        if self.ndim is not None and rank != self.ndim:
            raise ShapeError(f"{layer} takes values of rank {self.ndim}, got {shape}")
        if self.min_ndim is not None and rank < self.min_ndim:
            raise ShapeError(
                f"{layer} takes values of rank {self.min_ndim} or more, got {shape}"
            )
        if self.max_ndim is not None and rank > self.max_ndim:
            raise ShapeError(
                f"{layer} takes values of rank {self.max_ndim} or less, got {shape}"
            )
        for axis, length in self.axes.items():
            if shape[axis].value not in (length, None):
                raise ShapeError(
                    f"{layer} was built for {length} on axis {axis}, got {shape}"
                )


class Layer:
    """A function of tensors, with variables that are made when it is called first.

    Derive from it: make variables with `add_variable` in `build(input_shape)`, and
    compute in `call(inputs)`. Its variables are named after the layer, within the
    variable scope that is open at the first call; later calls share them.

    >>> class Scale(df.layers.Layer):
    ...     def build(self, input_shape):
    ...         self.by = self.add_variable(
    ...             "by", [int(input_shape[-1])], initializer="ones"
    ...         )
    ...     def call(self, inputs):
    ...         return inputs * self.by
    >>> scale = Scale(name="scale")
    >>> scale(df.constant([[1.0, 2.0, 3.0]])).eval()
    array([[1., 2., 3.]], dtype=float32)
    >>> [v.name for v in scale.variables]
    ['scale/by:0']
    """

    def __init__(
        self,
        trainable: bool = True,
        name: str | None = None,
        dtype: Any = None,
        activity_regularizer: Callable[[Any], Any] | None = None,
        _reuse: Any = None,
        _scope: str | VariableScope | None = None,
    ) -> None:
        self.trainable = trainable
        self.activity_regularizer = activity_regularizer
        self.built = False
        self.input_spec: InputSpec | None = None
        self.losses: list[Any] = []
        self._updates: list[Any] = []
        self._variables: list[tuple[Variable, bool]] = []
        self._dtype = None if dtype is None else DType(dtype)
        self._base_name = name or snake_case(type(self).__name__)
        self.name = name or _numbered(self._base_name)
        self._reuse = _reuse
        self._scope: VariableScope | None = None
        if _scope is not None:
            with variable_scope(_scope) as self._scope:
                pass

    def build(self, input_shape: Any) -> None:
        """Make the variables, for inputs of that shape."""

    def call(self, inputs: Any, *args: Any, **kwargs: Any) -> Any:
        """What the layer gives for `inputs`."""
        return inputs

    def __call__(self, inputs: Any, *args: Any, **kwargs: Any) -> Any:
        """`call(inputs, ...)`, after `build` if this is the first time.

        `scope` is the variable scope for the layer, instead of one of its name.
        """
        inputs = _tensors(inputs)
        first = inputs[0] if isinstance(inputs, list) else inputs
        with graph_of((first,)).as_default() as graph:
            scope = self._scope_in(kwargs.pop("scope", None))
            reuse = True if self.built else self._reuse
            with (
                variable_scope(scope, reuse=reuse, auxiliary_name_scope=False) as scope,
                graph.name_scope(scope.original_name_scope),
            ):
                self._prepare(inputs, first)
                outputs = self.call(inputs, *args, **kwargs)
                self._regularize(outputs)
                return outputs

    apply = __call__

    def _scope_in(self, asked: Any) -> VariableScope:
        """The layer's own variable scope, which the first call opens."""
        if self._scope is None:
            name = self._base_name
            opened = variable_scope(
                asked or name if self._reuse else asked, default_name=name
            )
            with opened as self._scope:
                pass
        return self._scope

    def _prepare(self, inputs: Any, first: Any) -> None:
        """Check the inputs, and make the variables if there are none."""
        if self.built:
            self._check(inputs)
            return
        if self._dtype is None and getattr(first, "dtype", None) is not None:
            self._dtype = first.dtype
        self._check(inputs)
        several = isinstance(inputs, list)
        self.build([x.shape for x in inputs] if several else inputs.shape)
        self.built = True
        self._check(inputs)

    def _check(self, inputs: Any) -> None:
        if self.input_spec is None:
            return
        if isinstance(inputs, list):
            raise GraphError(f"{self.name} takes one tensor, got {len(inputs)}")
        self.input_spec.check(inputs.shape, self.name)

    def _regularize(self, outputs: Any) -> None:
        if self.activity_regularizer is None:
            return
        graph = get_default_graph()
        for output in outputs if isinstance(outputs, list | tuple) else [outputs]:
            with graph.name_scope("ActivityRegularizer"):
                loss = as_tensor(self.activity_regularizer(output))
                loss = loss / cast(shape_of(output)[0], loss.dtype)
            self.add_loss(loss)

    # What it is made of

    def add_variable(
        self,
        name: str,
        shape: Any,
        dtype: Any = None,
        initializer: Any = None,
        regularizer: Callable[[Any], Any] | None = None,
        trainable: bool = True,
        constraint: Any = None,
        **settings: Any,
    ) -> Variable:
        """A variable of the layer: made, or shared if the scope says so.

        For the arguments see `get_variable`.

        >>> class Offset(df.layers.Layer):
        ...     def build(self, input_shape):
        ...         self.by = self.add_variable("by", [], initializer="zeros")
        ...     def call(self, inputs):
        ...         return inputs + self.by
        >>> offset = Offset(name="offset")
        >>> y, z = offset(df.constant(1.0)), offset(df.constant(2.0))
        >>> offset.trainable_variables
        [<Variable 'offset/by:0' float32 []>]
        """

        def regularized(variable: Variable) -> Any:
            loss = regularizer(variable)  # type: ignore[misc]  # only if there is one
            if loss is not None:
                self.losses.append(loss)
            return loss

        trainable = trainable and self.trainable
        with self._own_scope():
            variable = get_variable(
                name,
                shape,
                dtype or self._dtype or "float32",
                initializer_named(initializer),
                regularized if regularizer is not None else None,
                trainable=trainable,
                constraint=constraint,
                **settings,
            )
        self._variables.append((variable, trainable))
        return variable

    def add_weight(
        self,
        name: str,
        shape: Any,
        dtype: Any = None,
        initializer: Any = None,
        regularizer: Callable[[Any], Any] | None = None,
        trainable: bool = True,
        constraint: Any = None,
        **settings: Any,
    ) -> Variable:
        """`add_variable`."""
        return self.add_variable(
            name,
            shape,
            dtype,
            initializer,
            regularizer,
            trainable,
            constraint,
            **settings,
        )

    def _own_scope(self) -> variable_scope:
        """The layer's scope, for `build` may also be called by itself."""
        scope = self._scope_in(None)
        reuse = self.built or self._reuse
        return variable_scope(scope, reuse=reuse, auxiliary_name_scope=False)

    def add_loss(self, losses: Any, inputs: Any = None) -> None:
        """Enter losses of the layer, into `REGULARIZATION_LOSSES` as well.

        >>> layer = df.layers.Dense(1, kernel_initializer="ones")
        >>> y = layer(df.constant([[3.0, 4.0]]))
        >>> layer.add_loss(df.nn.l2_loss(layer.kernel))
        >>> df.losses.get_regularization_loss().eval()
        np.float32(1.0)
        """
        self.losses += self._entered(losses, GraphKeys.REGULARIZATION_LOSSES)

    def add_update(self, updates: Any, inputs: Any = None) -> None:
        """Enter operations to run in each step, into `UPDATE_OPS`, if it trains.

        >>> class Counted(df.layers.Layer):
        ...     def build(self, input_shape):
        ...         self.n = self.add_variable("n", [], "int32", trainable=False)
        ...     def call(self, inputs):
        ...         self.add_update(self.n.assign_add(1).op)
        ...         return inputs
        >>> counted = Counted()
        >>> y = counted(df.constant(1.0))
        >>> counted.updates == df.get_collection(df.GraphKeys.UPDATE_OPS)
        True
        """
        if self.trainable:
            self._updates += self._entered(updates, GraphKeys.UPDATE_OPS)

    def _entered(self, values: Any, collection: str) -> list[Any]:
        values = list(values) if isinstance(values, list | tuple) else [values]
        graph = get_default_graph()
        for value in values:
            graph.add_to_collection(collection, value)
        return values

    @property
    def updates(self) -> list[Any]:
        """The operations to run in each step; none of a layer that is not trainable."""
        return list(self._updates) if self.trainable else []

    @property
    def trainable_weights(self) -> list[Variable]:
        """The variables that training changes."""
        return [v for v, trains in self._variables if trains and self.trainable]

    @property
    def non_trainable_weights(self) -> list[Variable]:
        """The others."""
        return [v for v, trains in self._variables if not (trains and self.trainable)]

    @property
    def weights(self) -> list[Variable]:
        """The variables; those that training changes come first."""
        return self.trainable_weights + self.non_trainable_weights

    variables = weights
    trainable_variables = trainable_weights
    non_trainable_variables = non_trainable_weights

    def count_params(self) -> int:
        """The number of elements that its variables have.

        >>> layer = df.layers.Dense(3)
        >>> y = layer(df.zeros([1, 2]))
        >>> layer.count_params()
        9
        """
        if not self.built:
            raise GraphError(f"{self.name} has no variables before it is called")
        return sum(v.shape.num_elements() or 0 for v in self.weights)

    @property
    def dtype(self) -> Any:
        """The dtype of its variables, None before the first call if it is not given."""
        return self._dtype

    @property
    def scope_name(self) -> str:
        """The name of its variable scope."""
        if self._scope is None:
            raise GraphError(f"{self.name} has no scope before it is called")
        return self._scope.name

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name!r}>"


def flag_of(training: Any) -> Any:
    """Whether it is training: a bool, or a scalar tensor of one."""
    if isinstance(training, Operators):
        return reshape(as_tensor(training, "bool"), [])
    return bool(training)


def snake_case(name: str) -> str:
    """`"Conv2D"` as `"conv2d"`, `"MaxPooling2D"` as `"max_pooling2d"`."""
    starts = r"(?<=[a-z])(?=[A-Z])|(?<=.)(?=[A-Z][a-z])"
    return re.sub(starts, "_", name).lower()


def _numbered(name: str) -> str:
    counts = _LAYERS.setdefault(get_default_graph(), Counter())
    counts[name] += 1
    return f"{name}_{counts[name]}"


def _tensors(inputs: Any) -> Any:
    if isinstance(inputs, list | tuple) and any(
        isinstance(x, Operators) for x in inputs
    ):
        return [as_tensor(x) for x in inputs]
    return as_tensor(inputs)
