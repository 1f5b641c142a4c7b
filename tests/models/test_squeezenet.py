from collections.abc import Callable
from types import ModuleType

import pytest
import torch
from torch import nn

from striate.models.squeezenet import SqueezeNet, Version

Layout = list[tuple[str, tuple[int, ...]]]


@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_names_and_shapes_are_torchvision_s(
    layout: Callable[[str], Layout], version: Version
) -> None:
    with torch.device("meta"):
        state = SqueezeNet(version).state_dict()
    expected = layout(f"squeezenet{version.replace('.', '_')}")
    assert [(name, tuple(value.shape)) for name, value in state.items()] == expected


@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_outputs_are_torchvision_s(
    torchvision: ModuleType,
    assert_same_network: Callable[[nn.Module, nn.Module, torch.Tensor], None],
    version: Version,
) -> None:
    torch.manual_seed(0)
    ours = SqueezeNet(version, (3, 67, 60), 10)
    theirs = getattr(torchvision.models, f"squeezenet{version.replace('.', '_')}")(num_classes=10)
    # The last convolution begins small: its scores are rectified, and some would be compared as 0.
    nn.init.normal_(theirs.classifier[1].weight, std=0.1)
    assert_same_network(ours, theirs, torch.randn(3, 3, 67, 60))
