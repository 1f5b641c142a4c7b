"""A network as a graph: its operations in the order in which they run."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from torch.utils import _pytree as pytree

from striate.errors import NetworkError
from striate.names import nearest
from striate.network.node import Node, nodes_in, weights_in


@dataclass(frozen=True)
class Graph:
    """The operations of a network for one shape of input and one mode (training, evaluation).

    `nodes` are all in the order in which they run, those computed from weights alone included.
    `outputs` are what the module returns, flat, and `form` how it returns them. `random` says
    whether any of them may draw random numbers.
    """

    nodes: tuple[Node, ...]
    inputs: tuple[Node, ...]
    outputs: tuple[Any, ...]
    form: pytree.TreeSpec
    unused_parameters: tuple[str, ...]
    random: bool

    @cached_property
    def layers(self) -> tuple[Node, ...]:
        """The nodes that depend on the input, the inputs themselves first."""
        return tuple(node for node in self.nodes if node.from_input)

    @cached_property
    def by_name(self) -> Mapping[str, Node]:
        """The layers by their names."""
        return {node.name: node for node in self.layers}

    @cached_property
    def weight_paths(self) -> tuple[str, ...]:
        """The paths of all parameters and buffers that the nodes read."""
        found = (weights_in((node.args, node.kwargs)) for node in self.nodes)
        return tuple(dict.fromkeys(weight.path for weights in found for weight in weights))

    @cached_property
    def done_after(self) -> Mapping[Node, Sequence[Node]]:
        """For each node the nodes whose values nobody reads after it."""
        returned = set(nodes_in(self.outputs))
        last: dict[Node, Node] = {}
        for node in self.nodes:
            for operand in nodes_in((node.args, node.kwargs)):
                last[operand] = node
        done: dict[Node, list[Node]] = {}
        for operand, node in last.items():
            if operand not in returned:
                done.setdefault(node, []).append(operand)
        return done

    @property
    def output(self) -> Node:
        """The layer whose value the module returns, the first where it returns several.

        Raises NetworkError when it returns none that depends on the input.
        """
        for value in self.outputs:
            if isinstance(value, Node):
                return value
        raise NetworkError("the network returns nothing that depends on its input")

    def __getitem__(self, name: str) -> Node:
        found = self.by_name.get(name)
        if found is None:
            near = nearest(name, self.by_name, most=3, least=0.4)
            hint = f"; near it: {', '.join(near)}" if near else ""
            raise NetworkError(
                f"the network has no layer {name!r}{hint}; it has {len(self.by_name)}, from "
                f"{self.layers[0].name!r} to {self.layers[-1].name!r} (`striate table` lists them)"
            )
        return found

    def __iter__(self) -> Iterator[Node]:
        return iter(self.layers)

    def __len__(self) -> int:
        return len(self.layers)

    @cached_property
    def readers(self) -> Mapping[Node, tuple[Node, ...]]:
        """For each layer, the layers that read it."""
        found: dict[Node, list[Node]] = {node: [] for node in self.layers}
        for node in self.layers:
            for operand in dict.fromkeys(node.operands):
                found[operand].append(node)
        return {node: tuple(readers) for node, readers in found.items()}
