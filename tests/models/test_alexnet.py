from collections.abc import Callable
from types import ModuleType

import pytest
import torch
from torch import nn

from striate.models.alexnet import AlexNet, alexnet_2012
from striate.models.sizing import output_shape

Layout = list[tuple[str, tuple[int, ...]]]


def test_names_and_shapes_are_torchvision_s(layout: Callable[[str], Layout]) -> None:
    with torch.device("meta"):
        state = AlexNet().state_dict()
    assert [(name, tuple(value.shape)) for name, value in state.items()] == layout("alexnet")


def test_outputs_are_torchvision_s(torchvision: ModuleType) -> None:
    torch.manual_seed(0)
    ours = AlexNet((3, 224, 224), 10)
    with torch.device("meta"):
        theirs = torchvision.models.alexnet(num_classes=10)
    theirs.load_state_dict(ours.state_dict(), assign=True)
    for side in (224, 97):
        x = torch.randn(2, 3, side, side + 16)
        for training in (False, True):
            outputs = []
            for network in (ours.train(training), theirs.train(training)):
                torch.manual_seed(1)  # the same units are dropped
                with torch.no_grad():
                    outputs.append(network(x))
            assert outputs[1].std() > 1e-3
            torch.testing.assert_close(*outputs, rtol=1e-5, atol=1e-5)


def test_the_original_has_the_maps_of_the_paper() -> None:
    # Figure 2: 55x55x96, 27x27x256, 13x13x384, 13x13x384, 13x13x256.
    for shape, pad in (((3, 227, 227), 0), ((3, 224, 224), 2)):
        with torch.device("meta"):
            network = alexnet_2012(shape, pad=pad)
        seen = {
            name: output_shape(network[: number + 1], shape)
            for number, (name, layer) in enumerate(network.named_children())
            if isinstance(layer, nn.Conv2d)
        }
        assert list(seen.values()) == [
            (96, 55, 55),
            (256, 27, 27),
            (384, 13, 13),
            (384, 13, 13),
            (256, 13, 13),
        ]


def test_the_original_has_two_columns() -> None:
    # What one processor sees after the first convolution is not changed by the other's channels,
    # until the third convolution, which sees both (response normalisation is left out here).
    torch.manual_seed(0)
    network = alexnet_2012((3, 227, 227), 2)
    columns = nn.Sequential(*(network.get_submodule(name) for name in ("conv2", "relu2")))
    x = torch.randn(1, 96, 8, 8)
    other = x.clone()
    other[:, 48:] = 0
    same = columns(x) == columns(other)
    assert same[:, :128].all()
    assert not same[:, 128:].all()
    assert network.get_submodule("conv3").groups == 1


def test_first_weights_of_the_original() -> None:
    torch.manual_seed(0)
    network = alexnet_2012((3, 67, 67), 5)
    for name, parameter in network.named_parameters():
        layer, kind = name.split(".")
        if kind == "bias":
            one = layer in ("conv2", "conv4", "conv5", "fc6", "fc7")
            assert torch.equal(parameter, torch.full_like(parameter, float(one)))
        else:
            assert parameter.std().item() == pytest.approx(0.01, rel=0.05)
