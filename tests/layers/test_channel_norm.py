import pytest
import torch
from torch import nn

from striate.layers import ChannelNorm


@pytest.mark.parametrize("spatial", [(), (5,), (4, 3), (2, 3, 4)])
def test_each_position_is_normalised_by_itself(spatial: tuple[int, ...]) -> None:
    layer = ChannelNorm(6).double()
    nn.init.normal_(layer.weight)
    nn.init.normal_(layer.bias)
    x = torch.rand(2, 6, *spatial, dtype=torch.float64)
    mean = x.mean(1, keepdim=True)
    variance = ((x - mean) ** 2).mean(1, keepdim=True)
    each = (1, 6, *(1,) * len(spatial))
    expected = (x - mean) / (variance + 1e-6).sqrt() * layer.weight.reshape(
        each
    ) + layer.bias.reshape(each)
    torch.testing.assert_close(layer(x), expected)


def test_channels_last_stays_and_the_state_is_that_of_a_layer_norm() -> None:
    layer = ChannelNorm(3, eps=1e-5)
    x = torch.rand(2, 3, 4, 5).to(memory_format=torch.channels_last)
    assert layer(x).is_contiguous(memory_format=torch.channels_last)
    nn.LayerNorm(3).load_state_dict(layer.state_dict())
    assert repr(layer) == "ChannelNorm(3, eps=1e-05)"
