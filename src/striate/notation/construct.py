"""How a module is made, as data: the class, its arguments and its children.

Specs say what to construct without importing torch; `build` alone imports the classes.
"""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Construct:
    """A call of the class with the dotted name `target`.

    Arguments may be constructs themselves, or tuples of them. `frozen` names the parameters that
    keep their first value and take no gradient.
    """

    target: str
    positional: tuple[Any, ...] = ()
    keywords: dict[str, Any] = field(default_factory=dict)
    frozen: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Chain:
    """Modules one after the other, each with its name: an nn.Sequential."""

    children: "tuple[tuple[str, Construct | Chain], ...]" = ()


def torch_layer(name: str, *positional: Any, **keywords: Any) -> Construct:
    """A class of torch.nn."""
    return Construct(f"torch.nn.{name}", positional, keywords)


def striate_layer(name: str, *positional: Any, **keywords: Any) -> Construct:
    """A class of striate.layers, or a factory in one of its modules."""
    return Construct(f"striate.layers.{name}", positional, keywords)
