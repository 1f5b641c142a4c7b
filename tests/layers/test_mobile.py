"""Blocks of small networks against the same thing written out by hand."""

import re

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from striate.errors import LayerError
from striate.layers import DepthwiseSeparable, InvertedResidual, SqueezeExcite


def test_depthwise_separable_written_out() -> None:
    block = DepthwiseSeparable(2, 3, 5, 3, 2)
    w = block.state_dict()
    assert list(w) == ["depthwise.weight", "pointwise.weight", "pointwise.bias"]
    x = torch.rand(2, 3, 7, 7)
    each = [
        F.conv2d(x[:, c : c + 1], w["depthwise.weight"][c : c + 1], stride=2, padding=1)
        for c in range(3)
    ]
    expected = F.conv2d(torch.cat(each, 1), w["pointwise.weight"], w["pointwise.bias"])
    torch.testing.assert_close(block(x), expected)


@pytest.mark.parametrize("spatial", [(5,), (4, 3), (2, 3, 4)])
def test_squeeze_excite_written_out(spatial: tuple[int, ...]) -> None:
    block = SqueezeExcite(8, 4)
    x = torch.rand(2, 8, *spatial)
    assert block.fc1.out_features == 2
    for n in range(2):
        means = torch.stack([x[n, c].mean() for c in range(8)])
        hidden = F.relu(block.fc1.weight @ means + block.fc1.bias)
        gates = torch.sigmoid(block.fc2.weight @ hidden + block.fc2.bias)
        for c in range(8):
            torch.testing.assert_close(block(x)[n, c], gates[c] * x[n, c])


def test_squeeze_excite_keeps_at_least_one_feature() -> None:
    assert SqueezeExcite(8).fc1.out_features == 1
    assert SqueezeExcite(8, squeezed=3).fc1.out_features == 3
    with pytest.raises(LayerError, match=re.escape("reduction (=0) must be at least 1")):
        SqueezeExcite(8, 0)


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("width", [4, 12])
@pytest.mark.parametrize("squeezed", [None, 3])
def test_inverted_residual_written_out(stride: int, width: int, squeezed: int | None) -> None:
    block = InvertedResidual(2, 4, 4, width, 5, stride=stride, squeezed=squeezed).eval()
    convolutions = [m for m in block.modules() if isinstance(m, nn.Conv2d)]
    norms = [m for m in block.modules() if isinstance(m, nn.BatchNorm2d)]
    for norm in norms:
        assert norm.running_mean is not None
        norm.running_mean.normal_()
    assert len(convolutions) == (3 if width != 4 else 2)
    x = torch.rand(2, 4, 6, 6)
    y = x
    if width != 4:
        y = F.relu6(norms[0](F.conv2d(y, convolutions[0].weight)))
    y = F.conv2d(y, convolutions[-2].weight, stride=stride, padding=2, groups=width)
    y = F.relu6(norms[-2](y))
    if squeezed is not None:
        (excite,) = (m for m in block.modules() if isinstance(m, SqueezeExcite))
        gates = F.hardsigmoid(excite.fc2(F.relu(excite.fc1(y.mean((2, 3))))))
        y = y * gates[:, :, None, None]
    y = norms[-1](F.conv2d(y, convolutions[-1].weight))
    torch.testing.assert_close(block(x), x + y if stride == 1 else y)


@pytest.mark.parametrize("axes", [1, 2, 3])
def test_every_number_of_axes_and_a_gradient_everywhere(axes: int) -> None:
    x = torch.rand(4, 6, *(5,) * axes)
    blocks = (
        DepthwiseSeparable(axes, 6, 8),
        InvertedResidual(axes, 6, 8, 12, squeezed=4, activation=nn.Hardswish),
    )
    for block in blocks:
        y = block(x)
        assert y.shape == (4, 8, *(5,) * axes)
        y.square().sum().backward()
        for name, parameter in block.named_parameters():
            assert parameter.grad is not None, name
            assert parameter.grad.isfinite().all(), name
