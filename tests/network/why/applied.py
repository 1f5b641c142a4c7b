"""One operation as a network, traced, and what its explanations are compared with."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
from tests.network.why.conftest import why_at
from torch import Tensor, nn

from striate.network import Network, Trace
from striate.network.node import Node
from striate.network.why import Why
from striate.network.why.why import Grid


class Applied(nn.Module):
    """A function or a layer as a module; the number type is that of its buffer."""

    def __init__(self, function: Callable[..., Any], dtype: torch.dtype = torch.float64) -> None:
        super().__init__()
        self.function = function
        self.register_buffer("type_of_numbers", torch.zeros((), dtype=dtype))

    def forward(self, x: Tensor) -> Any:
        return self.function(x)


def traced(
    function: Callable[..., Any],
    x: Tensor,
    *,
    training: bool = False,
    gradients: bool = False,
) -> tuple[Trace, Node]:
    """The trace of a function of x, and the layer that gives the output."""
    module = Applied(function, x.dtype).train(training)
    trace = Network(module, x).trace(x, gradients=gradients)
    return trace, trace.graph.output


def explanations(trace: Trace, layer: Node) -> Iterator[tuple[tuple[int, ...], Why]]:
    """Each value of a layer by its whole index, and its explanation."""
    for index in np.ndindex(*layer.shape):
        yield index, why_at(trace, layer, index)


def read_from(trace: Trace, layer: Node, index: tuple[int, ...]) -> set[tuple[int, ...]]:
    """The elements of the input that a value depends on: where its gradient is not zero."""
    gradient = trace.gradients(trace[layer.name][index], ["input"])["input"]
    return {tuple(place) for place in gradient.nonzero().tolist()}


def parents_of(why: Why) -> set[tuple[int, ...]]:
    """The whole indices of the values that an explanation says were read."""
    return {(parent.example, *parent.index) for parent in why.parents}


def winner_of(why: Why) -> tuple[int, ...]:
    """The whole index of the winner."""
    assert why.winner is not None
    number, place = why.winner
    patch = why.patches[number]
    assert patch.inside[place]
    assert patch.example is not None
    return patch.example, *patch.index(place)


def weights_of(why: Why) -> Grid:
    """The weights of the values that were read, where there is one patch."""
    (patch,) = why.patches
    assert patch.weights is not None
    return patch.weights


def close(found: float, expected: float, x: Tensor) -> bool:
    """Whether two numbers are equal up to the rounding of x's number type."""
    tolerance = 1e-12 if x.dtype == torch.float64 else 1e-5
    return abs(found - expected) <= tolerance * max(abs(expected), float(x.abs().max()))
