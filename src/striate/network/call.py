"""An operation as it stands in a captured network, with its arguments by name."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from torch import nn

from striate.errors import NetworkError
from striate.network.node import Node

Shape = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Call:
    """What the rules of an operation may look at.

    `arguments` are all of the operation's by name, defaults included; `output` is the shape of
    the result, the `pick`-th where there are several; `weights` the shapes of what it reads that
    does not come from the input. `layer` is the module itself where a whole layer stands as one
    node.
    """

    name: str
    arguments: Mapping[str, Any]
    output: Shape
    weights: Mapping[str, Shape]
    layer: nn.Module | None = None
    pick: int = 0

    def node(self, argument: str) -> Node:
        """The node that is given for an argument.

        Raises NetworkError when something else is.
        """
        value = self.arguments[argument]
        if not isinstance(value, Node):
            raise NetworkError(f"{argument} of {self.name} does not come from the network's input")
        return value

    @property
    def subject(self) -> Node:
        """The operand of an operation that has one.

        Raises NetworkError when it does not come from the network's input.
        """
        return self.node("self" if "self" in self.arguments else "input")

    def axis(self, argument: str, axes: int) -> int:
        """An axis that is given as a number, counted from the first."""
        return int(self.arguments[argument]) % axes

    def from_input(self, argument: str) -> bool:
        """Whether an argument is a node that depends on the network's input."""
        value = self.arguments.get(argument)
        return isinstance(value, Node) and value.from_input

    def shape(self, argument: str) -> Shape:
        """The shape of a tensor argument, whether a node or a weight."""
        value = self.arguments[argument]
        return value.shape if isinstance(value, Node) else self.weights[argument]

    def numbers(self, argument: str, axes: int) -> tuple[int, ...]:
        """A list of numbers with one an axis, or one for all, or none: then an empty tuple."""
        value = self.arguments.get(argument)
        if value is None:
            return ()
        entries = tuple(value) if isinstance(value, list | tuple) else (value,)
        return entries * axes if len(entries) == 1 else entries
