"""`get_variable`: variables that are shared by name, and the scopes of such names."""

from __future__ import annotations

import enum
import inspect
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from functools import partial
from typing import Any

from daskflow.defaults import name_scope
from daskflow.errors import GraphError
from daskflow.graph import Graph, Operators, get_default_graph, graph_of
from daskflow.keys import GraphKeys
from daskflow.ops.array import zeros
from daskflow.ops.initializers import glorot_uniform_initializer
from daskflow.ops.state import Variable
from daskflow.spec import DType, TensorShape, as_dtype, full_shape

__all__ = [
    "AUTO_REUSE",
    "VariableScope",
    "get_local_variable",
    "get_variable",
    "get_variable_scope",
    "no_regularizer",
    "op_scope",
    "variable_op_scope",
    "variable_scope",
]


class _Reuse(enum.Enum):
    AUTO_REUSE = 1

    def __repr__(self) -> str:
        return "AUTO_REUSE"


AUTO_REUSE = _Reuse.AUTO_REUSE
"""For `reuse`: share a variable that is there, make one that is not."""

_INHERITED = (
    "initializer",
    "regularizer",
    "caching_device",
    "partitioner",
    "custom_getter",
    "dtype",
    "use_resource",
    "constraint",
)


def no_regularizer(_: Any) -> None:
    """For `regularizer`: none, whatever the scope outside has.

    >>> with df.variable_scope("layer", regularizer=df.nn.l2_loss):
    ...     w = df.get_variable("w", [3])
    ...     b = df.get_variable("b", [3], regularizer=df.no_regularizer)
    >>> [t.name for t in df.get_collection(df.GraphKeys.REGULARIZATION_LOSSES)]
    ['layer/w/Regularizer/L2Loss:0']
    """


class VariableScope:
    """A prefix of names, and what `get_variable` assumes where nothing is said.

    `reuse` is False (make variables), True (share those that are there) or
    `AUTO_REUSE`. `original_name_scope` is the scope of the operations that were made
    where it was opened first.

    >>> with df.variable_scope("layer", initializer=df.ones_initializer()) as scope:
    ...     w = df.get_variable("w", [2])
    >>> scope.name, scope.reuse, w.eval()
    ('layer', False, array([1., 1.], dtype=float32))
    >>> with df.variable_scope(scope, reuse=True):
    ...     df.get_variable("w") is w
    True
    """

    def __init__(
        self,
        reuse: Any,
        name: str = "",
        initializer: Any = None,
        regularizer: Any = None,
        caching_device: Any = None,
        partitioner: Any = None,
        custom_getter: Any = None,
        name_scope: str = "",
        dtype: Any = "float32",
        use_resource: Any = None,
        constraint: Any = None,
    ) -> None:
        self.name = name
        self.reuse = reuse
        self.initializer = initializer
        self.regularizer = regularizer
        self.caching_device = caching_device
        self.partitioner = partitioner
        self.custom_getter = custom_getter
        self.original_name_scope = name_scope
        self.dtype = DType(dtype)
        self.use_resource = use_resource
        self.constraint = constraint

    def reuse_variables(self) -> None:
        """Share variables from here on."""
        self.reuse = True

    def set_initializer(self, initializer: Any) -> None:
        """Initialize variables so where nothing else is said."""
        self.initializer = initializer

    def set_regularizer(self, regularizer: Any) -> None:
        """Regularize variables so where nothing else is said."""
        self.regularizer = regularizer

    def set_dtype(self, dtype: Any) -> None:
        """Make variables of this dtype where nothing else is said."""
        self.dtype = DType(dtype)

    def set_custom_getter(self, custom_getter: Any) -> None:
        """Get variables by this function where nothing else is said."""
        self.custom_getter = custom_getter

    def get_collection(self, name: str) -> list[Any]:
        """What of a collection was made in this scope."""
        scope = f"{self.name}/" if self.name else ""
        return get_default_graph().get_collection(name, scope)

    def trainable_variables(self) -> list[Variable]:
        """The trainable variables of this scope."""
        return self.get_collection(GraphKeys.TRAINABLE_VARIABLES)

    def global_variables(self) -> list[Variable]:
        """The global variables of this scope."""
        return self.get_collection(GraphKeys.GLOBAL_VARIABLES)

    def local_variables(self) -> list[Variable]:
        """The local variables of this scope."""
        return self.get_collection(GraphKeys.LOCAL_VARIABLES)

    def __repr__(self) -> str:
        return f"<VariableScope {self.name!r} reuse={self.reuse}>"


def get_variable_scope() -> VariableScope:
    """The variable scope that is in force in the default graph.

    >>> with df.variable_scope("net"), df.variable_scope("layer"):
    ...     df.get_variable_scope().name
    'net/layer'
    """
    scopes = get_default_graph()._scopes
    if scopes.variable is None:
        scopes.variable = VariableScope(False)
    scope: VariableScope = scopes.variable
    return scope


class variable_scope:  # noqa: N801  # a context, named like the function it is in effect
    """Open a variable scope: a prefix for `get_variable`, and a name scope as well.

    `name_or_scope` is a name, to be put behind those of the scopes outside, or a
    `VariableScope`, to be opened again as it was. With None the scope is named
    `default_name`, with a number behind it if such a scope was opened before.
    `reuse=True` shares variables in here and in the scopes inside.

    >>> with df.variable_scope("layer"):
    ...     w = df.get_variable("w", [2, 3])
    >>> with df.variable_scope("layer", reuse=True):
    ...     w.name, df.get_variable("w") is w
    ('layer/w:0', True)
    """

    def __init__(
        self,
        name_or_scope: str | VariableScope | None,
        default_name: str | None = None,
        values: Iterable[Any] | None = None,
        initializer: Any = None,
        regularizer: Any = None,
        caching_device: Any = None,
        partitioner: Any = None,
        custom_getter: Any = None,
        reuse: Any = None,
        dtype: Any = None,
        use_resource: Any = None,
        constraint: Any = None,
        auxiliary_name_scope: bool = True,
    ) -> None:
        if name_or_scope is None and default_name is None:
            raise GraphError("variable_scope needs a name_or_scope or a default_name")
        if reuse not in (None, False, True, AUTO_REUSE):
            raise GraphError(f"reuse is True, False, None or AUTO_REUSE, got {reuse!r}")
        if name_or_scope is None and reuse is True:
            raise GraphError("a scope to be reused needs its name, not a default_name")
        self._name_or_scope = name_or_scope
        self._default_name = default_name
        self._values = tuple(values or ())
        self._reuse = reuse
        self._settings = {
            "initializer": initializer,
            "regularizer": regularizer,
            "caching_device": caching_device,
            "partitioner": partitioner,
            "custom_getter": custom_getter,
            "dtype": dtype,
            "use_resource": use_resource,
            "constraint": constraint,
        }
        self._opens_names = auxiliary_name_scope
        self._open: list[ExitStack] = []

    def __enter__(self) -> VariableScope:
        graph = graph_of(self._values)
        with ExitStack() as stack:
            stack.enter_context(graph.as_default())
            scopes, outer = graph._scopes, get_variable_scope()
            counts = dict(scopes.counts)
            name = self._full_name(scopes.counts, outer)
            names = graph._scopes.name
            if self._opens_names:
                names = stack.enter_context(graph.name_scope(self._last_name(name)))
            scope = self._scope(name, outer, names)
            scopes.variable = scope
            scopes.counts[name] = scopes.counts.get(name, 0) + 1
            stack.callback(self._leave, graph, outer, name, counts)
            self._open.append(stack.pop_all())
        return scope

    def __exit__(self, *exception: Any) -> None:
        self._open.pop().__exit__(*exception)

    def _full_name(self, counts: dict[str, int], outer: VariableScope) -> str:
        given = self._name_or_scope
        if isinstance(given, VariableScope):
            return given.name
        before = f"{outer.name}/" if outer.name else ""
        if given is not None:
            return before + given if given else outer.name
        full, i = f"{before}{self._default_name}", 0
        while counts.get(f"{full}_{i}" if i else full):
            i += 1
        return f"{full}_{i}" if i else full

    def _last_name(self, name: str) -> str | None:
        """What the name scope is called; that of an empty name is the one outside."""
        given = self._name_or_scope
        if isinstance(given, VariableScope):
            return given.name.rpartition("/")[2] or self._outside()
        return (self._default_name if given is None else given) or self._outside()

    def _outside(self) -> str | None:
        return get_default_graph()._scopes.name or None

    def _scope(self, name: str, outer: VariableScope, names: str) -> VariableScope:
        given = self._name_or_scope
        again = isinstance(given, VariableScope)
        like = given if isinstance(given, VariableScope) else outer
        settings = {
            key: getattr(like, key) if value is None else value
            for key, value in self._settings.items()
        }
        getter, inner = outer.custom_getter, self._settings["custom_getter"]
        if getter is not None and inner is not None and not again:
            settings["custom_getter"] = _chained(getter, inner)
        original = like.original_name_scope if again else names
        reuse = self._reuse or like.reuse
        if again and self._reuse is False:
            reuse = False
        return VariableScope(reuse, name, name_scope=original, **settings)

    def _leave(
        self, graph: Graph, outer: VariableScope, name: str, before: dict[str, int]
    ) -> None:
        scopes = graph._scopes
        scopes.variable = outer
        if isinstance(self._name_or_scope, VariableScope):
            scopes.counts = before
            return
        inside = f"{name}/"
        scopes.counts = {
            other: count
            for other, count in scopes.counts.items()
            if not other.startswith(inside)
        }


def _chained(outer: Callable[..., Any], inner: Callable[..., Any]) -> Any:
    """A getter that asks `inner`, whose getter is `outer`."""

    def get(getter: Any, *args: Any, **kwargs: Any) -> Any:
        return inner(partial(outer, getter), *args, **kwargs)

    return get


def op_scope(
    values: Iterable[Any], name: str | None, default_name: str | None = None
) -> Any:
    """`name_scope` with its arguments in the order of TensorFlow before 1.0.

    >>> x = df.constant([1.0, 2.0])
    >>> with df.op_scope([x], "double"):
    ...     y = df.add(x, x, name="sum")
    >>> y.name
    'double/sum:0'
    """
    return name_scope(name, default_name, values)


def variable_op_scope(
    values: Iterable[Any],
    name_or_scope: Any,
    default_name: str | None = None,
    **settings: Any,
) -> variable_scope:
    """`variable_scope` with its arguments in the order of TensorFlow before 1.0.

    >>> x = df.constant([1.0, 2.0])
    >>> with df.variable_op_scope([x], "layer"):
    ...     w = df.get_variable("w", [2])
    >>> w.name
    'layer/w:0'
    """
    return variable_scope(name_or_scope, default_name, values, **settings)


def get_variable(
    name: str,
    shape: Any = None,
    dtype: Any = None,
    initializer: Any = None,
    regularizer: Any = None,
    trainable: bool | None = None,
    collections: Iterable[str] | None = None,
    caching_device: Any = None,
    partitioner: Any = None,
    validate_shape: bool = True,
    use_resource: bool | None = None,
    custom_getter: Callable[..., Any] | None = None,
    constraint: Any = None,
    synchronization: Any = None,
    aggregation: Any = None,
) -> Variable:
    """The variable of that `name` in the variable scope: made, or shared.

    `initializer` is a function of a shape and a dtype, or a value that has both;
    unless given the scope's, or else draws by Glorot's rule, zeros for ints and bools.
    What a `regularizer` gives for a new variable enters `REGULARIZATION_LOSSES`.

    Raises `GraphError` (a ValueError) if the variable is there and may not be shared,
    is not there and may not be made, or is of another shape or dtype.

    >>> w = df.get_variable("w", [2], initializer=df.zeros_initializer())
    >>> w.eval()
    array([0., 0.], dtype=float32)
    >>> df.get_variable("w", [2])
    Traceback (most recent call last):
    ...
    daskflow.errors.GraphError: Variable w already exists, disallowed. ...
    >>> with df.variable_scope("", reuse=df.AUTO_REUSE):
    ...     df.get_variable("w", [2]) is w
    True
    """
    scope = get_variable_scope()

    full = f"{scope.name}/{name}" if scope.name else name
    get = partial(_shared_or_new, scope)
    settings: dict[str, Any] = {
        "shape": shape,
        "dtype": scope.dtype if dtype is None else DType(dtype),
        "initializer": scope.initializer if initializer is None else initializer,
        "regularizer": scope.regularizer if regularizer is None else regularizer,
        "reuse": scope.reuse,
        "trainable": trainable,
        "collections": collections,
        "caching_device": caching_device,
        "partitioner": partitioner,
        "validate_shape": validate_shape,
        "use_resource": use_resource,
        "constraint": scope.constraint if constraint is None else constraint,
    }
    if dtype is None and _is_value(initializer):
        settings["dtype"] = None
    getter = scope.custom_getter if custom_getter is None else custom_getter
    variable: Variable = (
        get(full, **settings) if getter is None else getter(get, full, **settings)
    )
    return variable


def get_local_variable(
    name: str,
    shape: Any = None,
    dtype: Any = None,
    initializer: Any = None,
    regularizer: Any = None,
    trainable: bool = False,
    collections: Iterable[str] | None = None,
    **settings: Any,
) -> Variable:
    """`get_variable` for a local variable: not trainable, and in no checkpoint.

    >>> seen = df.get_local_variable("seen", initializer=0)
    >>> seen.trainable, df.global_variables(), [v.name for v in df.local_variables()]
    (False, [], ['seen:0'])
    """
    local = [GraphKeys.LOCAL_VARIABLES, *(collections or ())]
    return get_variable(
        name, shape, dtype, initializer, regularizer, False, local, **settings
    )


def _shared_or_new(
    scope: VariableScope,
    name: str,
    shape: Any,
    dtype: Any,
    reuse: Any = None,
    **settings: Any,
) -> Variable:
    reuse = scope.reuse if reuse is None else reuse
    known: Any = get_default_graph().shared_variables.get(name)
    if known is None and reuse is True:
        raise GraphError(
            f"Variable {name} does not exist, or was not created with get_variable(). "
            "Did you mean to set reuse=tf.AUTO_REUSE in VarScope?"
        )
    if known is None:
        return _new(name, shape, dtype, **settings)
    if not reuse:
        raise GraphError(
            f"Variable {name} already exists, disallowed. Did you mean to set "
            "reuse=True or reuse=tf.AUTO_REUSE in VarScope? Originally defined at "
            f"{known.op.made_at}"
        )
    _check_shared(known, shape, dtype)
    return known


def _check_shared(variable: Variable, shape: Any, dtype: Any) -> None:
    said = f"Trying to share variable {variable.op.name}, but specified"
    if not variable.shape.is_compatible_with(shape):
        wanted = TensorShape(shape)
        raise GraphError(f"{said} shape {wanted} and found shape {variable.shape}.")
    if dtype is not None and variable.dtype != dtype:
        raise GraphError(f"{said} dtype {dtype} and found dtype {variable.dtype}.")


def _new(
    name: str,
    shape: Any,
    dtype: Any,
    initializer: Any = None,
    regularizer: Any = None,
    partitioner: Any = None,
    **settings: Any,
) -> Variable:
    graph = get_default_graph()
    with graph.control_dependencies(None), graph.name_scope(None):
        initial = _initial_value(name, shape, dtype, initializer)
        variable = Variable(
            initial,
            name=name,
            dtype=None if _is_value(initializer) and dtype is None else dtype,
            **settings,
        )
        graph.shared_variables[name] = variable
        if regularizer is not None:
            with graph.name_scope(f"{name}/Regularizer/"):
                loss = regularizer(variable)
            if loss is not None:
                graph.add_to_collection(GraphKeys.REGULARIZATION_LOSSES, loss)
    return variable


def _is_value(initializer: Any) -> bool:
    return initializer is not None and (
        isinstance(initializer, Operators) or not callable(initializer)
    )


def _initial_value(name: str, shape: Any, dtype: Any, initializer: Any) -> Any:
    """What makes the initial value, when it is called, or the value itself."""
    if _is_value(initializer):
        if shape is not None:
            raise GraphError("If initializer is a constant, do not specify shape.")
        return initializer
    if isinstance(initializer, type):
        initializer = initializer()
    if initializer is not None and shape is None and not _parameters(initializer):
        return initializer
    lengths = _full_lengths(name, shape)
    make = _default_initializer(dtype) if initializer is None else initializer

    def initial() -> Any:
        with get_default_graph().name_scope("Initializer"):
            return _called(make, lengths, dtype)

    return initial


def _full_lengths(name: str, shape: Any) -> list[int]:
    if shape is None:
        raise GraphError(
            f"Variable {name} did not get an initializer that knows its shape, so its "
            "`shape` argument must be specified."
        )
    known = TensorShape(shape)
    if not known.is_fully_defined():
        raise GraphError(
            f"Shape of a new variable ({name}) must be fully defined, but instead was "
            f"{known}."
        )
    return list(full_shape(known))


def _called(initializer: Any, shape: list[Any], dtype: Any) -> Any:
    parameters = _parameters(initializer)
    given = {"dtype": dtype, "partition_info": None}
    return initializer(shape, **{k: v for k, v in given.items() if k in parameters})


def _parameters(function: Any) -> dict[str, Any]:
    """The parameters of an initializer; those of `**kwargs` count as there."""
    parameters = dict(inspect.signature(function).parameters)
    if any(p.kind is p.VAR_KEYWORD for p in parameters.values()):
        parameters["dtype"] = next(iter(parameters.values()))
    return parameters


def _default_initializer(dtype: Any) -> Callable[..., Any]:
    kind = as_dtype(dtype).kind  # type: ignore[union-attr]  # a scope has a dtype
    if kind == "f":
        return glorot_uniform_initializer()
    if kind in "iub":
        return zeros
    raise GraphError(f"a variable of {DType(dtype).name} needs an initializer")
