from collections.abc import Callable
from types import ModuleType

import pytest
import torch
from torch import nn

from striate.models.mobilenet_v3 import mobilenet_v3_large, mobilenet_v3_small
from striate.models.squeeze_excitation import SqueezeExcitation

Layout = list[tuple[str, tuple[int, ...]]]
BUILD = {"mobilenet_v3_large": mobilenet_v3_large, "mobilenet_v3_small": mobilenet_v3_small}


@pytest.mark.parametrize("name", BUILD)
def test_names_and_shapes_are_torchvision_s(layout: Callable[[str], Layout], name: str) -> None:
    with torch.device("meta"):
        state = BUILD[name]().state_dict()
    assert [(key, tuple(value.shape)) for key, value in state.items()] == layout(name)


@pytest.mark.parametrize("width", [1.0, 0.75])
@pytest.mark.parametrize("name", BUILD)
def test_outputs_are_torchvision_s(
    torchvision: ModuleType,
    assert_same_network: Callable[[nn.Module, nn.Module, torch.Tensor], None],
    name: str,
    width: float,
) -> None:
    torch.manual_seed(0)
    ours = BUILD[name]((3, 64, 64), 10, width=width)
    theirs = getattr(torchvision.models, name)(num_classes=10, width_mult=width)
    assert_same_network(ours, theirs, torch.randn(3, 3, 64, 64))


def test_gates_where_the_tables_have_them() -> None:
    gates = {
        name: [
            any(isinstance(module, SqueezeExcitation) for module in layer.modules())
            for layer in list(BUILD[name](width=0.35).features)[1:-1]
        ]
        for name in BUILD
    }
    assert gates["mobilenet_v3_large"] == [False] * 3 + [True] * 3 + [False] * 4 + [True] * 5
    assert gates["mobilenet_v3_small"] == [True] + [False] * 2 + [True] * 8


def test_any_size_and_any_channels() -> None:
    network = mobilenet_v3_small((1, 1, 1), 4, width=0.35).eval()
    assert network(torch.randn(2, 1, 1, 1)).shape == (2, 4)


def test_squeeze_and_excitation_is_the_written_out_sum() -> None:
    torch.manual_seed(0)
    layer = SqueezeExcitation(6, 2).double()
    x = torch.randn(2, 6, 3, 4, dtype=torch.float64)
    first, second = layer.fc1, layer.fc2
    assert first.bias is not None
    assert second.bias is not None
    means = x.mean(dim=(2, 3))
    hidden = (means @ first.weight.flatten(1).T + first.bias).clamp(min=0)
    gates = 1 / (1 + torch.exp(-(hidden @ second.weight.flatten(1).T + second.bias)))
    torch.testing.assert_close(layer(x), x * gates[:, :, None, None])
