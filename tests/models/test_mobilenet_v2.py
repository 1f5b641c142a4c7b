from collections.abc import Callable
from types import ModuleType

import pytest
import torch
from torch import nn

from striate.models.mobilenet_v2 import mobilenet_v2

Layout = list[tuple[str, tuple[int, ...]]]


def test_names_and_shapes_are_torchvision_s(layout: Callable[[str], Layout]) -> None:
    with torch.device("meta"):
        state = mobilenet_v2().state_dict()
    assert [(name, tuple(value.shape)) for name, value in state.items()] == layout("mobilenet_v2")


@pytest.mark.parametrize("width", [1.0, 0.35, 1.4])
def test_outputs_are_torchvision_s(
    torchvision: ModuleType,
    assert_same_network: Callable[[nn.Module, nn.Module, torch.Tensor], None],
    width: float,
) -> None:
    torch.manual_seed(0)
    ours = mobilenet_v2((3, 64, 64), 10, width=width)
    theirs = torchvision.models.mobilenet_v2(num_classes=10, width_mult=width)
    assert_same_network(ours, theirs, torch.randn(3, 3, 64, 64))


def test_the_paper_s_widths() -> None:
    # Sandler et al. 2018, table 4: 3.4 M at width 1, 6.9 M at 1.4.
    for width, millions in ((1.0, 3.4), (1.4, 6.9)):
        with torch.device("meta"):
            network = mobilenet_v2(width=width)
        count = sum(parameter.numel() for parameter in network.parameters())
        assert count / 1e6 == pytest.approx(millions, rel=0.12)


def test_ten_residuals_add_their_input() -> None:
    # Every block of a stage but its first: 0 + 1 + 2 + 3 + 2 + 2 + 0.
    with torch.device("meta"):
        network = mobilenet_v2()
    assert sum(getattr(layer, "adds_input", False) for layer in network.features) == 10


def test_any_size_and_any_channels() -> None:
    network = mobilenet_v2((1, 1, 1), 4, width=0.35).eval()
    assert network(torch.randn(2, 1, 1, 1)).shape == (2, 4)
