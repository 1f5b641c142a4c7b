"""What an explanation may look at: one node, one index, and the values of the run."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from striate.errors import NetworkError
from striate.network.node import Node, Weight, replaced
from striate.network.rewrite import WholeLayer, tensor_at
from striate.network.why.why import Grid


@dataclass(frozen=True, slots=True)
class Context:
    """One value to be explained; `index` is (example, channel, *position)."""

    node: Node
    index: tuple[int, ...]
    values: Mapping[Node, Tensor]
    module: nn.Module

    @property
    def layer(self) -> nn.Module:
        """The module, for a layer that stands as one node."""
        assert isinstance(self.node.target, WholeLayer)
        return self.module.get_submodule(self.node.target.path)

    @property
    def training(self) -> bool:
        """Whether that layer was in training when the values were traced."""
        assert isinstance(self.node.target, WholeLayer)
        return self.node.target.training

    @property
    def value(self) -> float:
        """The traced value."""
        return float(self.tensor(self.node)[self.index])

    @property
    def number_type(self) -> torch.dtype:
        """What the operation computes in: shorter types than float32 are widened to it."""
        wide = self.tensor(self.node).dtype == torch.float64
        return torch.float64 if wide else torch.float32

    def argument(self, name: str) -> Any:
        """An argument of the operation by its name, a node or a number."""
        return self.node.arguments[name]

    def tensor(self, node: Node) -> Tensor:
        """The value of a node in this run, detached.

        Raises NetworkError when it was not kept.
        """
        if node.from_input and node not in self.values:
            raise NetworkError(
                f"{self.node.name} is computed from {node.name}, whose values were not kept; trace "
                f"with keep=[{self.node.name!r}, {node.name!r}], or without keep for all"
            )
        return (self.values[node] if node.from_input else self._constant(node)).detach()

    def weight(self, name: str) -> Tensor | None:
        """A tensor argument that does not come from the input, detached; None where not given."""
        value = self.node.arguments.get(name)
        if isinstance(value, Weight | Tensor | Node):
            return self.number_of(value)
        return None

    def number_of(self, value: Any) -> Tensor:
        """Any argument as a tensor: a node's value, a weight, a constant or a plain number."""
        if isinstance(value, Node):
            return self.tensor(value)
        if isinstance(value, Weight):
            return tensor_at(self.module, value.path).detach()
        if isinstance(value, float):
            return torch.tensor(value, dtype=torch.float64)  # float32 would round it
        return torch.as_tensor(value).detach()

    def read(self, tensor: Tensor, index: tuple[int | slice, ...]) -> Grid:
        """Part of a tensor in float64."""
        return np.asarray(tensor[index].to("cpu", torch.float64).numpy(), np.float64)

    def _constant(self, node: Node) -> Tensor:
        """The value of a node that is computed from weights alone."""

        def value(reference: Node | Weight) -> Any:
            return self.number_of(reference)

        assert node.target is not None
        with torch.no_grad():
            result: Tensor = node.target(
                *replaced(node.args, value), **replaced(node.kwargs, value)
            )
        return result
