"""A network run on a batch, with the values of its layers."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from striate.errors import NetworkError
from striate.network.box import checked_index
from striate.network.graph import Graph
from striate.network.node import Node
from striate.network.rewrite import tensor_at
from striate.network.why import Why, explain


class Trace(Mapping[str, Tensor]):
    """What the layers of a network gave for a batch, by the layers' names.

    `trace["conv1"]` is that layer's output (N, C, *spatial), `trace.output` what the module
    returned. The graph it ran on is `graph`.
    """

    def __init__(
        self, graph: Graph, module: nn.Module, values: Mapping[Node, Tensor], output: Any
    ) -> None:
        self.graph = graph
        self.output = output
        self._module = module
        self._values = dict(values)
        self._weights = _versions(graph, module)

    def __getitem__(self, layer: str) -> Tensor:
        node = self.graph[layer]
        if node not in self._values:
            raise NetworkError(
                f"the values of {layer!r} were not kept; trace with keep=[{layer!r}], or without "
                "keep for all"
            )
        return self._values[node]

    def __contains__(self, layer: object) -> bool:
        return any(node.name == layer for node in self._values)

    def __iter__(self) -> Iterator[str]:
        return (node.name for node in self._values)

    def __len__(self) -> int:
        return len(self._values)

    @property
    def input(self) -> Tensor:
        """The (first) input as the network got it, (N, C, *spatial)."""
        return self._values[self.graph.inputs[0]]

    def gradients(self, of: Tensor, layers: Sequence[str] | None = None) -> dict[str, Tensor]:
        """The gradient of a number with respect to layers' values, zero where it depends on none.

        `of` is computed from values of this trace, such as `trace.output[0, 3]`. All kept layers if
        none are named. The parameters' own gradients stay as they are.
        Raises NetworkError for a trace without gradients and for an `of` of more than one number.
        """
        if of.numel() != 1 or not of.requires_grad:
            raise NetworkError(
                f"a gradient is that of one number of a trace with gradients=True; this has the "
                f"shape {tuple(of.shape)} and requires_grad={of.requires_grad}"
            )
        names = list(self) if layers is None else list(layers)
        values = [self[name] for name in names]
        able = [value for value in values if value.requires_grad]
        found = torch.autograd.grad(of.sum(), able, retain_graph=True, allow_unused=True)
        by_value = dict(zip(map(id, able), found, strict=True))
        return {
            name: torch.zeros_like(value) if (g := by_value.get(id(value))) is None else g
            for name, value in zip(names, values, strict=True)
        }

    def why(
        self,
        layer: str,
        channel: int = 0,
        position: Sequence[int] | int = (),
        *,
        example: int = 0,
    ) -> Why:
        """The arithmetic behind one value: the operands it was computed from, and how.

        `channel` and `position` are its index in the layer's output (C, *spatial), `example` that
        in the batch. The parts, in float64, give the traced value up to the rounding of its own
        number type.
        Raises NetworkError for a unit that the layer does not have, when the values of the layer or
        of its operands were not kept, and when the weights have changed since.
        """
        node = self.graph[layer]
        places = (position,) if isinstance(position, int) else tuple(position)
        batch = node.shape[0] if node.shape else 1
        if not -batch <= example < batch:
            raise NetworkError(f"there is no example {example}: the batch has {batch}")
        index = checked_index(node, (channel, *places) if node.size else ())
        if _versions(self.graph, self._module) != self._weights:
            raise NetworkError(
                "the network's weights have changed since this trace, so they no longer give its "
                "values; trace the input again"
            )
        return explain(self._values, self._module, node, (example % batch, *index))


def _versions(graph: Graph, module: nn.Module) -> dict[str, tuple[int, int]]:
    """Which tensors the weights are, and how often each was written to."""
    found: dict[str, tuple[int, int]] = {}
    for path in graph.weight_paths:
        tensor = tensor_at(module, path)
        found[path] = (id(tensor), 0 if tensor.is_inference() else tensor._version)
    return found
