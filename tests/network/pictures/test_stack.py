"""Layers as stacks of maps."""

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from striate.errors import NetworkError
from striate.network import Network
from striate.network.pictures.stack import (
    channel_and_place,
    layers_with_maps,
    maps_of,
    numbers_of,
)

from .conftest import Seen


def test_maps_are_the_traced_values(plane: Seen) -> None:
    _, trace = plane
    for layer in ("conv1", "pool1", "residual1.add"):
        for example in (0, 1, -1):
            found = maps_of(trace, layer, example)
            assert found.dtype == np.float64
            np.testing.assert_array_equal(found, trace[layer][example].double().numpy())


def test_layers_with_maps_end_where_the_places_do(plane: Seen) -> None:
    network, _ = plane
    names = [node.name for node in layers_with_maps(network.graph)]
    assert names[0] == "conv1"
    assert names[-1] == "conv2"
    assert not {"input", "flatten1", "linear1"} & set(names)


class ChannelsLast(nn.Module):
    """A convolution whose result is turned to (N, H, W, C), as ConvNeXt's blocks do."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, 3, 3)

    def forward(self, x: Tensor) -> Tensor:
        turned = self.conv(x).permute(0, 2, 3, 1)
        return torch.relu(turned)


def test_channels_may_stand_last() -> None:
    network = Network(ChannelsLast(), (1, 6, 7))
    trace = network.trace(torch.randn(1, 1, 6, 7))
    node = network.graph.output
    assert node.size == (4, 5, 3)
    maps = maps_of(trace, node.name)
    assert maps.shape == (3, 4, 5)
    np.testing.assert_array_equal(maps, trace.output[0].detach().double().permute(2, 0, 1).numpy())
    channel, place = channel_and_place(node, (1, 4, 2))
    assert (channel, place) == (2, (1, 4))
    assert maps[channel][place] == trace.output[0, 1, 4, 2].item()


def test_where_there_are_no_maps_the_last_that_has_some_is_named(plane: Seen) -> None:
    _, trace = plane
    with pytest.raises(NetworkError, match=r"linear1 gives 4 values, .* with maps is conv2"):
        maps_of(trace, "linear1")
    with pytest.raises(NetworkError, match="no example 2: the batch has 2"):
        numbers_of(trace, "linear1", 2)
