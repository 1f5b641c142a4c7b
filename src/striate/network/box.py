"""The exact box of input pixels that a unit sees."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from striate.errors import NetworkError
from striate.network.access import Region, clipped, union
from striate.network.graph import Graph
from striate.network.node import Node


@dataclass(frozen=True, slots=True)
class Span:
    """What a unit sees along one axis of the input: the elements first..last of `size`.

    `padding_before` and `padding_after` count the elements of padding that its window reaches
    beyond the ends. Empty (last < first) when it sees nothing but padding.
    """

    first: int
    last: int
    size: int
    padding_before: int = 0
    padding_after: int = 0

    @property
    def whole(self) -> bool:
        """Whether it sees the whole axis."""
        return self.first == 0 and self.last == self.size - 1


@dataclass(frozen=True, slots=True)
class Box:
    """The smallest box of the input that holds all that a unit sees, an entry a spatial axis.

    `everything` names the layer since which every unit sees all that any sees (a global pooling, a
    gate, a linear layer over all positions), None where the unit's place still matters.
    """

    spans: tuple[Span, ...]
    everything: str | None = None

    @property
    def slices(self) -> tuple[slice, ...]:
        """The box as an index of the input's spatial axes."""
        return tuple(slice(span.first, span.last + 1) for span in self.spans)


def checked_index(node: Node, index: Sequence[int]) -> tuple[int, ...]:
    """An index (C, *position) into one example of a layer, negative numbers counted from the end.

    Raises NetworkError when it has another length or lies outside, with the layer's size.
    """
    size = "x".join(map(str, node.size)) or "a single number"
    if len(index) != len(node.size):
        raise NetworkError(
            f"a unit of {node.name} has {len(node.size)} coordinates, for its size is {size}; "
            f"given are {len(index)}: {tuple(index)}"
        )
    for place, length in zip(index, node.size, strict=True):
        if not -length <= place < length:
            raise NetworkError(
                f"{node.name} has the size {size}: there is no unit {tuple(index)} (counted from 0)"
            )
    return tuple(place % length for place, length in zip(index, node.size, strict=True))


def regions_below(graph: Graph, node: Node, region: Region) -> dict[Node, Region]:
    """For each layer the smallest region that holds what a region of `node` is computed from.

    The region of `node` must lie inside it.
    """
    regions = {node: region}
    for current in reversed(graph.layers):
        if current not in regions:
            continue
        for operand, access in current.reads:
            read = clipped(access.region(regions[current]), operand.shape)
            if read is not None:
                below = regions.get(operand)
                regions[operand] = read if below is None else union(below, read)
    return regions


def box_of(graph: Graph, node: Node, index: Sequence[int]) -> Box:
    """The box of the network's (first) input that a unit sees.

    Raises NetworkError for an index that the layer does not have.
    """
    place = checked_index(node, index)
    at = (0, *place)
    source = graph.inputs[0]
    seen = regions_below(graph, node, tuple(np.array([i]) for i in at)).get(source)
    spans = []
    for number, sight in enumerate(node.sight.axes):
        axis = 2 + number
        size = source.shape[axis]
        first, last = (int(seen[axis][0]), int(seen[axis][-1])) if seen else (0, -1)
        before = after = 0
        if sight.field is not None and sight.everything is None:
            unit = at[sight.axis] if sight.axis is not None else 0
            low, high = sight.field.interval(unit, unit)
            before, after = max(-low, 0), max(high - (size - 1), 0)
        spans.append(Span(first, last, size, before, after))
    return Box(tuple(spans), node.sight.everything)
