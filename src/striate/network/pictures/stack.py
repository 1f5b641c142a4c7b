"""A layer's output as a stack of maps, whichever of its axes are the spatial ones."""

from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from striate.errors import NetworkError
from striate.network.graph import Graph
from striate.network.labels import by
from striate.network.node import Node
from striate.network.trace import Trace

Values = npt.NDArray[Any]


def spatial_axes(node: Node) -> tuple[int, ...]:
    """The axes of a layer's tensor that lie over the input's spatial ones, () unless all do."""
    axes = [axis.axis for axis in node.sight.axes]
    found = tuple(axis for axis in axes if axis is not None)
    alike = len(found) == len(axes) == len(set(found)) and 0 not in found
    return found if alike else ()


def layers_with_maps(graph: Graph) -> tuple[Node, ...]:
    """The layers whose output is a map over the input for each channel, the inputs left out."""
    return tuple(node for node in graph.layers if spatial_axes(node) and node not in graph.inputs)


def maps_of(trace: Trace, layer: str, example: int = 0) -> Values:
    """The maps (C, *spatial) that a layer gave for one example, in float64.

    Axes that are neither the batch nor spatial are the channels, wherever they stand.
    Raises NetworkError for a layer without maps and an example that the batch does not have.
    """
    node = trace.graph[layer]
    axes = spatial_axes(node)
    if not axes:
        size = f"{by(node.size)} values" if node.size else "one number"
        with_maps = layers_with_maps(trace.graph)
        last = f"; the last layer with maps is {with_maps[-1].name}" if with_maps else ""
        raise NetworkError(f"{layer} gives {size}, which are no maps over the input{last}")
    values = numbers_of(trace, layer, example)
    spatial = [axis - 1 for axis in axes]
    channels_first = np.moveaxis(values, spatial, range(-len(spatial), 0))
    return channels_first.reshape(-1, *channels_first.shape[values.ndim - len(spatial) :])


def channel_and_place(node: Node, index: tuple[int, ...]) -> tuple[int, tuple[int, ...]]:
    """Where the unit at an index (C, *position) of a layer stands in its maps."""
    spatial = [axis - 1 for axis in spatial_axes(node)]
    others = [axis for axis in range(len(index)) if axis not in spatial]
    sizes = [node.size[axis] for axis in others]
    channel = int(np.ravel_multi_index([index[axis] for axis in others], sizes)) if others else 0
    return channel, tuple(index[axis] for axis in spatial)


def numbers_of(trace: Trace, layer: str, example: int = 0) -> Values:
    """What a layer gave for one example, in float64.

    Raises NetworkError for an example that the batch does not have.
    """
    tensor = trace[layer]
    count = tensor.shape[0] if tensor.ndim else 1
    if not -count <= example < count:
        raise NetworkError(f"there is no example {example}: the batch has {count}")
    return _array(tensor[example] if tensor.ndim else tensor)


def _array(tensor: Tensor) -> Values:
    if tensor.is_complex():
        tensor = tensor.abs()
    found: Values = tensor.detach().to("cpu", torch.float64).numpy()
    return found
