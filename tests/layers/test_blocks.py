"""Blocks against the same thing written out by hand, and published counts."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from striate.errors import LayerError
from striate.layers import Bottleneck, Fire, Inception


def count(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


@pytest.mark.parametrize(("in_channels", "stride"), [(8, 1), (6, 1), (8, 2)])
def test_bottleneck_written_out(in_channels: int, stride: int) -> None:
    block = Bottleneck(2, in_channels, 2, stride).eval()
    state = block.state_dict()

    def normed(y: torch.Tensor, name: str) -> torch.Tensor:
        return F.batch_norm(
            y,
            state[f"{name}.running_mean"],
            state[f"{name}.running_var"],
            state[f"{name}.weight"],
            state[f"{name}.bias"],
        )

    for name in ("bn1", "bn2", "bn3", "downsample.1"):
        if f"{name}.weight" in state:
            state[f"{name}.running_mean"].normal_()
            state[f"{name}.weight"].uniform_(0.5, 2)
    x = torch.rand(2, in_channels, 5, 5)
    y = F.relu(normed(F.conv2d(x, state["conv1.weight"]), "bn1"))
    y = F.relu(normed(F.conv2d(y, state["conv2.weight"], stride=stride, padding=1), "bn2"))
    y = normed(F.conv2d(y, state["conv3.weight"]), "bn3")
    shortcut = x
    if stride != 1 or in_channels != 8:
        shortcut = normed(F.conv2d(x, state["downsample.0.weight"], stride=stride), "downsample.1")
    torch.testing.assert_close(block(x), F.relu(y + shortcut))
    assert ("downsample.0.weight" in state) == (stride != 1 or in_channels != 8)


def test_bottlenecks_of_resnet50_have_its_parameters() -> None:
    """The first stage of ResNet-50: 75,008 and twice 70,400 parameters."""
    assert count(Bottleneck(2, 64, 64)) == 75_008
    assert count(Bottleneck(2, 256, 64)) == 70_400


def test_inception_written_out() -> None:
    block = Inception(2, 4, ones=1, threes=(2, 3), fives=(1, 2), pooled=2)
    w = dict(block.named_parameters())

    def conv(x: torch.Tensor, name: str, padding: int = 0) -> torch.Tensor:
        return F.relu(F.conv2d(x, w[f"{name}.weight"], w[f"{name}.bias"], padding=padding))

    x = torch.rand(2, 4, 6, 6)
    expected = torch.cat(
        (
            conv(x, "branches.0.0"),
            conv(conv(x, "branches.1.0.0"), "branches.1.1.0", 1),
            conv(conv(x, "branches.2.0.0"), "branches.2.1.0", 2),
            conv(F.max_pool2d(x, 3, 1, 1), "branches.3.1.0"),
        ),
        dim=1,
    )
    torch.testing.assert_close(block(x), expected)
    assert block(x).shape == (2, 8, 6, 6)


def test_inception_3a_has_the_published_parameters() -> None:
    """Table 1 of the paper gives 159K for inception (3a), biases not counted."""
    block = Inception(2, 192, ones=64, threes=(96, 128), fives=(16, 32), pooled=32)
    weights = sum(p.numel() for name, p in block.named_parameters() if name.endswith("weight"))
    assert weights == 163_328
    assert count(block) == 163_328 + 64 + 96 + 128 + 16 + 32 + 32


def test_fire_written_out() -> None:
    block = Fire(2, 4, 2, 3, 5)
    w = dict(block.named_parameters())
    x = torch.rand(2, 4, 6, 6)
    squeezed = F.relu(F.conv2d(x, w["squeeze.weight"], w["squeeze.bias"]))
    expected = torch.cat(
        (
            F.relu(F.conv2d(squeezed, w["expand1x1.weight"], w["expand1x1.bias"])),
            F.relu(F.conv2d(squeezed, w["expand3x3.weight"], w["expand3x3.bias"], padding=1)),
        ),
        dim=1,
    )
    torch.testing.assert_close(block(x), expected)


def test_fire2_of_squeezenet_has_the_published_parameters() -> None:
    """Table 1 of the paper: 11,920 parameters before pruning."""
    assert count(Fire(2, 96, 16, 64, 64)) == 11_920


@pytest.mark.parametrize("axes", [1, 2, 3])
def test_every_number_of_axes(axes: int) -> None:
    x = torch.rand(2, 8, *(6,) * axes)
    assert Bottleneck(axes, 8, 3, 2)(x).shape == (2, 12, *(3,) * axes)
    inception = Inception(axes, 8, ones=1, threes=(1, 2), fives=(1, 2), pooled=3)
    assert inception(x).shape == (2, 8, *(6,) * axes)
    assert Fire(axes, 8, 2, 3, 4)(x).shape == (2, 7, *(6,) * axes)


@pytest.mark.parametrize("axes", [1, 2, 3])
def test_every_parameter_has_a_gradient(axes: int) -> None:
    x = torch.rand(4, 8, *(6,) * axes)
    for block in (
        Bottleneck(axes, 8, 3, 2),
        Inception(axes, 8, ones=2, threes=(2, 2), fives=(2, 2), pooled=3),
        Fire(axes, 8, 4, 3, 4),
    ):
        block(x).square().sum().backward()
        for name, parameter in block.named_parameters():
            assert parameter.grad is not None, name
            assert parameter.grad.isfinite().all(), name


def test_a_number_of_axes_that_there_is_not() -> None:
    with pytest.raises(LayerError, match=r"axes \(=4\) must be 1, 2 or 3"):
        Bottleneck(4, 8, 2)
