"""The curve of an element-wise operation around one of its values."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from striate.network.kind import Kind
from striate.network.network import Network
from striate.network.node import Node, Weight, replaced
from striate.network.why.context import Context
from striate.network.why.why import Why

_POINTS = 241
_LEAST = 3.0  # the curve reaches at least so far to both sides of zero


@dataclass(frozen=True, slots=True)
class Curve:
    """Values of an operation: `y` for each `x`."""

    x: npt.NDArray[np.float64]
    y: npt.NDArray[np.float64]


def curve_of(network: Network, why: Why) -> Curve | None:
    """How an activation's value depends on what it reads, by running the operation itself.

    None for an operation that is no activation of one value, or whose values are not those of the
    curve, as with a slope that is drawn anew.
    """
    node = network.graph.by_name.get(why.unit.layer)
    if node is None or node.kind is not Kind.ACTIVATION or len(set(node.operands)) != 1:
        return None
    if len(why.patches) != 1 or why.patches[0].values.size != 1:
        return None
    value = why.patches[0].values.item()
    if not np.isfinite(value) or not np.isfinite(why.total):
        return None
    reach = max(1.4 * abs(value), _LEAST)
    x = np.append(np.linspace(-reach, reach, _POINTS), value)
    y = _values(network, node, why.unit.index, x)
    if y is None or not np.isclose(y[-1], why.total, rtol=1e-3, atol=1e-5):
        return None
    known = np.isfinite(y[:-1])
    return Curve(x[:-1][known], y[:-1][known])


def _values(
    network: Network, node: Node, index: tuple[int, ...], x: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64] | None:
    """The operation's values at a unit when the operand is x there."""
    (operand,) = set(node.operands)
    context = Context(node, (0, *index), {}, network.module)
    # The points lie along the batch; the channels stay, for the sake of slopes learned for each.
    shape = (len(x), *operand.shape[1:2], *[1] * (len(operand.shape) - 2))
    line = torch.from_numpy(x).to(operand.dtype).reshape(-1, *[1] * (len(shape) - 1))
    flat: Tensor = line.expand(shape)

    def value(reference: Node | Weight) -> Tensor:
        return flat if reference is operand else context.number_of(reference)

    if node.target is None:
        return None
    with torch.no_grad(), torch.random.fork_rng(devices=[]):
        result = node.target(*replaced(node.args, value), **replaced(node.kwargs, value))
    if not isinstance(result, Tensor) or result.shape != shape:
        return None
    line = result.flatten(1)[:, index[0] if index else 0]
    found: npt.NDArray[np.float64] = line.to("cpu", torch.float64).numpy()
    return found
