"""The filters of a layer: the weights by which its channels see the layer below."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from torch import Tensor

from striate.errors import StudioError
from striate.network import Network, Node
from striate.network.node import Weight
from striate.network.rewrite import WholeLayer, tensor_at

_MOST_INPUTS = 64
_MOST_VALUES = 2**21


@dataclass(frozen=True)
class Filters:
    """Filters of some channels, (n, inputs, *kernel), and the biases (n,) if there are any.

    `inputs` is how many inputs each filter has; of more than 64 the array has the first 64.
    For a linear layer the inputs are single values, and the kernel has no axes.
    """

    kind: str
    inputs: int
    channels: int
    values: npt.NDArray[np.float32]
    bias: npt.NDArray[np.float32] | None


def has_filters(network: Network, node: Node) -> bool:
    """Whether a layer is a weighted sum with weights of its own."""
    return _weight(network, node) is not None


def filters(network: Network, layer: str, first: int, end: int) -> Filters:
    """The filters of the channels from `first` to before `end`.

    Raises NetworkError for a layer that does not exist, StudioError for one without filters.
    """
    node = network[layer]
    weight = _weight(network, node)
    if weight is None:
        raise StudioError(f"{layer} ({node.operation}) has no filters")
    if "transpose" in node.operation:
        groups = int(node.arguments["groups"])
        parts = weight.reshape(groups, -1, *weight.shape[1:]).transpose(1, 2)
        weight = parts.reshape(-1, *parts.shape[2:])
    linear = weight.ndim == 2
    most = _MOST_VALUES // max(1, end - first) if linear else _MOST_INPUTS
    part = weight[first:end, :most].detach().float()
    if part.numel() > _MOST_VALUES:
        raise StudioError(f"{end - first} filters of {layer} are too many at once; ask for fewer")
    bias = _tensor(network, node, "bias")
    return Filters(
        "linear" if linear else "convolution",
        weight.shape[1],
        weight.shape[0],
        np.ascontiguousarray(part.numpy()),
        None if bias is None else bias[first:end].detach().float().numpy(),
    )


def _weight(network: Network, node: Node) -> Tensor | None:
    weight = _tensor(network, node, "weight")
    sums = "conv" in node.operation.lower() or node.operation == "linear"
    return weight if sums and weight is not None and weight.ndim > 1 else None


def _tensor(network: Network, node: Node, name: str) -> Tensor | None:
    if isinstance(node.target, WholeLayer):
        found = getattr(network.module.get_submodule(node.target.path), name, None)
        return found if isinstance(found, Tensor) else None
    given = node.arguments.get(name)
    return tensor_at(network.module, given.path) if isinstance(given, Weight) else None
