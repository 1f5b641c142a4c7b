"""Which layers of a deep network to show when not all can be."""

from collections.abc import Sequence

from striate.network.graph import Graph
from striate.network.kind import Kind
from striate.network.node import Node
from striate.network.pictures.stack import layers_with_maps

_TOO_FEW = 8


def notable(graph: Graph, most: int = 24) -> tuple[Node, ...]:
    """At most so many layers with maps that tell most of a network.

    All of them where they are few enough; else convolutions, poolings and the outputs of blocks
    (a join, or the activation right behind it); else those of them on the trunk, which all
    paths through the network pass; of what are still too many, some at even distances.
    """
    layers = layers_with_maps(graph)
    if len(layers) <= most:
        return layers
    outputs = {_block_output(graph, node) for node in layers if node.kind is Kind.JOIN}
    wanted = (Kind.CONVOLUTION, Kind.POOLING)
    main = [node for node in layers if node.kind in wanted or node in outputs]
    if len(main) <= most:
        return tuple(main or _spread(layers, most))
    trunk = _trunk(graph)
    stages = [node for node in main if node in trunk]
    return tuple(_spread(main if len(stages) < _TOO_FEW else stages, most))


def _block_output(graph: Graph, join: Node) -> Node:
    readers = graph.readers[join]
    alone = len(readers) == 1 and readers[0].kind is Kind.ACTIVATION
    return readers[0] if alone else join


def _trunk(graph: Graph) -> set[Node]:
    """The layers that no path from the input to the output goes around."""
    place = {node: number for number, node in enumerate(graph.layers)}
    found = set()
    furthest = 0
    for number, node in enumerate(graph.layers):
        if furthest <= number:
            found.add(node)
        readers = [place[reader] for reader in graph.readers[node]]
        furthest = max(furthest, *readers) if readers else furthest
    return found


def _spread(layers: Sequence[Node], most: int) -> list[Node]:
    """So many layers at even distances, the first and the last among them."""
    if len(layers) <= most:
        return list(layers)
    places = [round(number * (len(layers) - 1) / (most - 1)) for number in range(most)]
    return [layers[place] for place in places]
