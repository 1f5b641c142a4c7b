"""The exact boxes of well-known networks, and what units behind global operations say."""

import random

import pytest
import torch
from torch import nn

from striate.errors import NetworkError
from striate.models import create
from striate.network import Network


def positive_average(name: str, side: int) -> tuple[nn.Module, torch.Tensor]:
    """A network in which nothing cancels and every value in a window counts."""
    module = create(name, input_shape=(3, side, side), classes=5, pooling="avgpool")
    module = module.double().eval()
    with torch.no_grad():
        for parameter in module.parameters():
            # The mean over what is summed keeps activations of a deep network near 1.
            fan_in = max(parameter[0].numel(), 1) if parameter.ndim > 1 else 1
            parameter.uniform_(0.5, 1.5).div_(fan_in)
    return module, torch.rand(1, 3, side, side, dtype=torch.float64) + 0.5


@pytest.mark.parametrize(("name", "side"), [("resnet18", 96), ("inception_v3", 107)])
def test_boxes_are_the_support_of_the_gradient(name: str, side: int) -> None:
    module, x = positive_average(name, side)
    network = Network(module, (3, side, side))
    trace = network.trace(x, gradients=True)
    draw = random.Random(0)
    spatial = [node for node in network if len(node.shape) == 4][1:]
    partial = 0
    for node in draw.sample(spatial, 40):
        index = tuple(draw.randrange(size) for size in node.size)
        (gradient,) = torch.autograd.grad(
            trace[node.name][(0, *index)], trace.input, retain_graph=True
        )
        places = gradient[0].abs().amax(dim=0).nonzero()
        box = network.box(node.name, index[0], index[1:])
        low, high = places.amin(dim=0).tolist(), places.amax(dim=0).tolist()
        assert [span.first for span in box.spans] == low, (node, index)
        assert [span.last for span in box.spans] == high, (node, index)
        partial += not all(span.whole for span in box.spans)
        for span, sight in zip(box.spans, node.sight.axes, strict=True):
            if sight.field is not None and not span.padding_before and not span.padding_after:
                assert span.last - span.first + 1 <= sight.field.size
    assert partial > 10


def test_padding_is_told_from_pixels() -> None:
    module = nn.Sequential(nn.Conv2d(1, 1, 5, padding=2), nn.Conv2d(1, 1, 3, padding=1))
    box = Network(module, (1, 9, 12)).box("1", 0, (0, 11))
    assert [(s.first, s.last) for s in box.spans] == [(0, 3), (8, 11)]
    assert [(s.padding_before, s.padding_after) for s in box.spans] == [(3, 0), (0, 3)]
    assert box.everything is None


class Gate(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 3, padding=1)
        self.fc = nn.Conv2d(3, 3, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y: torch.Tensor = self.conv(x)
        gated: torch.Tensor = y * self.fc(y.mean((2, 3), keepdim=True)).sigmoid()
        return gated


def test_a_unit_behind_a_gate_sees_everything_and_says_since_where() -> None:
    network = Network(Gate(), (3, 10, 10))
    node = network["mul"]
    assert node.sight.everything == "mean"
    assert node.sight.sizes_seen == (3, 3)
    box = network.box("mul", 0, (4, 4))
    assert all(span.whole for span in box.spans)
    assert box.everything == "mean"


@pytest.mark.parametrize("index", [(0, (9, 0)), (3, (0, 0)), (0, (0,)), (0, (0, 0, 0)), (0, ())])
def test_a_unit_that_is_not_there(index: tuple[int, tuple[int, ...]]) -> None:
    network = Network(nn.Sequential(nn.Conv2d(1, 2, 3)), (1, 10, 10))
    with pytest.raises(NetworkError, match="2x8x8"):
        network.box("0", *index)


def test_a_layer_that_is_not_there() -> None:
    network = Network(nn.Sequential(nn.Conv2d(1, 2, 3)), (1, 10, 10))
    with pytest.raises(NetworkError, match=r"no layer 'conv7'.*'input' to '0'"):
        network.box("conv7")
