"""From the class of a layer to the function that makes one and calls it."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from daskflow.graph import Tensor
from daskflow.layers.base import Layer, snake_case


def function_of(
    layer: type[Layer], example: str, shared: bool = True
) -> Callable[..., Tensor]:
    """`function(inputs, ...)`, with the parameters of the class behind the inputs.

    With `reuse` last, which may be True to share the variables of the layer of that
    `name`; not so if layers of that class have none that could be `shared`. Its
    docstring is that of the class, with this `example`.
    """
    made = inspect.signature(layer)
    keyword = inspect.Parameter.POSITIONAL_OR_KEYWORD
    inputs = inspect.Parameter("inputs", keyword)
    reuse = [inspect.Parameter("reuse", keyword, default=None)] if shared else []
    settings = [p for p in made.parameters.values() if p.kind is keyword]
    signature = made.replace(
        parameters=[inputs, *settings, *reuse], return_annotation=Tensor
    )

    def function(*args: Any, **kwargs: Any) -> Tensor:
        given = signature.bind(*args, **kwargs).arguments
        values = given.pop("inputs")
        if shared:
            given |= {"_reuse": given.pop("reuse", None), "_scope": given.get("name")}
        return layer(**given)(values)

    function.__name__ = function.__qualname__ = snake_case(layer.__name__)
    about = inspect.cleandoc(layer.__doc__ or "").partition(">>>")[0].rstrip()
    function.__doc__ = (
        f"What a new layer, `{layer.__name__}(...)`, gives for `inputs`.\n\n"
        f"{about}\n\n{inspect.cleandoc(example)}\n"
    )
    function.__module__ = layer.__module__
    function.__signature__ = signature  # type: ignore[attr-defined]
    return function
