"""Receptive fields against the support of the gradient."""

import random

import pytest
import torch
from tests.random_texts import Writer
from torch import nn

from striate.network import Box, Network, Node
from striate.notation import check

NETWORKS = 200
# Layers whose gradient is positive wherever they read, once their weights are.
KINDS = (
    *("conv", "depthwise", "separable", "transposed", "avgpool", "upsample"),
    *("relu", "batchnorm", "scale", "dropout", "gaussianpool", "topleftpool"),
)


def positive(network: nn.Module, inputs: torch.Tensor) -> None:
    """Let nothing cancel: weights and inputs above zero."""
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.uniform_(0.1, 1.0)
    inputs.uniform_(0.1, 1.0)


def support(gradient: torch.Tensor) -> list[tuple[int, int]] | None:
    """The first and the last element along each axis where the gradient is not zero."""
    places = gradient[0].abs().amax(dim=0).nonzero()
    if len(places) == 0:
        return None
    low, high = places.amin(dim=0).tolist(), places.amax(dim=0).tolist()
    return list(zip(low, high, strict=True))


def compare(network: Network, node: Node, index: tuple[int, ...], seen: torch.Tensor) -> Box:
    box = network.box(node.name, index[0] if index else 0, index[1:])
    spans = [(span.first, span.last) for span in box.spans]
    found = support(seen)
    if found is None:
        assert all(last < first for first, last in spans), (node, index, spans)
    else:
        assert spans == found, (node, index, spans, found)
    return box


def check_fields(network: Network, units: int, seed: int) -> int:
    """Compare so many units drawn at random; return how many lay inside the input."""
    network.module.double()
    x = torch.empty(1, *network.input_shape, dtype=torch.float64)
    positive(network.module, x)
    trace = network.trace(x, gradients=True)
    draw, inside = random.Random(seed), 0
    for _ in range(units):
        node = draw.choice(network.graph.layers[1:])
        index = tuple(draw.randrange(size) for size in node.size)
        value = trace[node.name][(0, *index)]
        (seen,) = torch.autograd.grad(
            value, trace.input, retain_graph=True, allow_unused=True, materialize_grads=True
        )
        box = compare(network, node, index, seen)
        for axis, (span, sight) in enumerate(zip(box.spans, node.sight.axes, strict=True)):
            if sight.field is None or sight.axis is None or sight.everything:
                continue
            first, last = sight.field.interval((0, *index)[sight.axis], (0, *index)[sight.axis])
            if first >= 0 and last < span.size and axis == 0 and span.last >= span.first:
                inside += 1
                assert first <= span.first
                assert span.last <= last
                assert last - first + 1 <= sight.field.size
    return inside


@pytest.mark.parametrize("first", range(0, NETWORKS, 25))
def test_fields_of_random_networks_are_the_support_of_the_gradient(first: int) -> None:
    inside = 0
    for seed in range(first, first + 25):
        text = Writer(seed, KINDS).text()
        assert check(text).ok
        try:
            inside += check_fields(Network(text), 6, seed)
        except Exception as error:
            raise AssertionError(text) from error
    assert inside > 10
