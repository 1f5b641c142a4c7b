"""Curves of activations."""

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from striate.network import Network
from striate.network.pictures.curve import curve_of


@pytest.mark.parametrize(
    ("line", "function"),
    [
        ("relu", F.relu),
        ("tanh", torch.tanh),
        ("sigmoid", torch.sigmoid),
        ("gelu", F.gelu),
        ("hardswish", F.hardswish),
        ("leakyrelu", F.leaky_relu),
        ("elu", F.elu),
    ],
)
def test_a_curve_is_the_function(line: str, function: object) -> None:
    network = Network(f"input 2x4x4\n{line}")
    trace = network.trace(torch.randn(1, 2, 4, 4))
    why = trace.why(network.graph.output.name, 1, (2, 3))
    curve = curve_of(network, why)
    assert curve is not None
    x = torch.from_numpy(curve.x).float()
    assert callable(function)
    np.testing.assert_allclose(curve.y, function(x).double().numpy(), atol=1e-6)
    assert curve.x.min() <= -3 <= 3 <= curve.x.max()
    assert curve.x.min() < why.patches[0].values.item() < curve.x.max()


@pytest.mark.parametrize("channel", [0, 1, 2])
def test_a_slope_learned_for_each_channel(channel: int) -> None:
    module = nn.PReLU(3)
    with torch.no_grad():
        module.weight.copy_(torch.tensor([0.1, 0.5, 2.0]))
    network = Network(nn.Sequential(module), (3, 4, 4))
    curve = curve_of(network, network.trace(torch.randn(1, 3, 4, 4)).why("0", channel, (0, 0)))
    assert curve is not None
    slope = (0.1, 0.5, 2.0)[channel]
    expected = np.where(curve.x < 0, slope * curve.x, curve.x)
    np.testing.assert_allclose(curve.y, expected, atol=1e-6)


def test_of_vectors_too() -> None:
    network = Network("input 1x4x4\nflatten\nsoftplus")
    curve = curve_of(network, network.trace(torch.randn(1, 1, 4, 4)).why("softplus1", 7))
    assert curve is not None
    np.testing.assert_allclose(curve.y, np.logaddexp(0, curve.x), atol=1e-6)


class Logarithm(nn.Module):
    """A function that is no number on half of the line."""

    def forward(self, x: Tensor) -> Tensor:
        return torch.log(x)


def test_where_the_function_is_no_number_there_is_no_curve() -> None:
    network = Network(Logarithm(), (1, 2, 2))
    curve = curve_of(network, network.trace(torch.ones(1, 1, 2, 2)).why("log", 0, (0, 0)))
    assert curve is not None
    assert curve.x.min() > 0
    np.testing.assert_allclose(curve.y, np.log(curve.x), atol=1e-6)


def test_what_is_no_activation_has_none() -> None:
    network = Network("input 1x4x4\nconv 1 3x3\nresidual\n  relu\nflatten\nlinear 2\nsoftmax")
    trace = network.trace(torch.randn(1, 1, 4, 4))
    for layer in ("conv1", "residual1.add", "flatten1", "linear1", "softmax1"):
        index = (0,) * (len(network[layer].size) - 1)
        assert curve_of(network, trace.why(layer, 0, index)) is None
