"""`make_template`: a function whose variables are made once and then shared."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from daskflow.errors import GraphError
from daskflow.keys import GraphKeys
from daskflow.ops.scopes import VariableScope, variable_scope
from daskflow.ops.state import Variable, trainable_variables

__all__ = ["make_template"]


class Template:
    """A function in a variable scope of its own; what `make_template` gives."""

    def __init__(
        self,
        name: str,
        function: Callable[..., Any],
        create_scope_now: bool,
        unique_name: str | None,
        custom_getter: Callable[..., Any] | None,
    ) -> None:
        self._function = function
        self._called = False
        self._name = name
        self._open = partial(
            variable_scope, unique_name, name, custom_getter=custom_getter
        )
        self._scope: VariableScope | None = None
        if create_scope_now:
            with self._open(auxiliary_name_scope=False) as self._scope:
                pass

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the function, with its variables from the first time on."""
        if self._scope is None:
            with self._open() as self._scope:
                return self._result(args, kwargs)
        with variable_scope(self._scope, reuse=self._called):
            return self._result(args, kwargs)

    def _result(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        known = len(trainable_variables())
        result = self._function(*args, **kwargs)
        made = trainable_variables()[known:]
        if self._called and made:
            raise GraphError(
                f"template {self._name!r} made {[v.name for v in made]} in a call "
                "after its first; get_variable() shares variables, Variable() does not"
            )
        self._called = True
        return result

    @property
    def name(self) -> str:
        """The name it was given."""
        return self._name

    @property
    def func(self) -> Callable[..., Any]:
        """The function that it calls."""
        return self._function

    @property
    def variable_scope(self) -> VariableScope | None:
        """Its variable scope, None before the first call."""
        return self._scope

    var_scope = variable_scope

    def _collected(self, name: str) -> list[Variable]:
        return [] if self._scope is None else self._scope.get_collection(name)

    @property
    def global_variables(self) -> list[Variable]:
        """Its global variables."""
        return self._collected(GraphKeys.GLOBAL_VARIABLES)

    @property
    def local_variables(self) -> list[Variable]:
        """Its local variables."""
        return self._collected(GraphKeys.LOCAL_VARIABLES)

    @property
    def trainable_variables(self) -> list[Variable]:
        """Those of its variables that training changes."""
        return self._collected(GraphKeys.TRAINABLE_VARIABLES)

    @property
    def variables(self) -> list[Variable]:
        """Its global and its local variables."""
        return self.global_variables + self.local_variables

    weights = variables
    trainable_weights = trainable_variables

    def __repr__(self) -> str:
        return f"<Template {self._name!r}>"


def make_template(
    name_: str,
    func_: Callable[..., Any],
    create_scope_now_: bool = False,
    unique_name_: str | None = None,
    custom_getter_: Callable[..., Any] | None = None,
    **kwargs: Any,
) -> Template:
    """`func_(**kwargs)` as a function that makes its variables once.

    They are made by `get_variable`, in a variable scope that is named `name_`, with a
    number behind it if there is one, or `unique_name_` as it is. The first call makes
    them, later calls share them; `create_scope_now_` settles the name before.

    >>> scale = df.make_template("scale", lambda x: x * df.get_variable("by", []))
    >>> y = scale(1.0) + scale(2.0)
    >>> [v.name for v in df.global_variables()]
    ['scale/by:0']
    """
    function = partial(func_, **kwargs) if kwargs else func_
    return Template(name_, function, create_scope_now_, unique_name_, custom_getter_)
