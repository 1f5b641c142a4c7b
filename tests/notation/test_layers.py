"""The module that each kind of layer becomes: torch's own wherever torch has it."""

import pytest
import torch
from torch import nn

from striate import layers
from striate.layers import pooling
from striate.notation import build, check


def made(line: str, shape: str = "4x9x9") -> nn.Module:
    (module,) = build(f"input {shape}\n{line}\n").children()
    return module


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("conv 8 3", nn.Conv2d),
        ("conv 8 3 pad same", nn.Conv2d),
        ("conv 8 3 pad 1 boundary replicate", nn.Conv2d),
        ("conv 8 3 pad 1 boundary symmetric", layers.BoundaryConv2d),
        ("conv 8 2 pad same", layers.BoundaryConv2d),
        ("depthwise 3", nn.Conv2d),
        ("transposed 8 3 stride 2", nn.ConvTranspose2d),
        ("relu", nn.ReLU),
        ("relu6", nn.ReLU6),
        ("tanh", nn.Tanh),
        ("sigmoid", nn.Sigmoid),
        ("gelu", nn.GELU),
        ("silu", nn.SiLU),
        ("mish", nn.Mish),
        ("leakyrelu", nn.LeakyReLU),
        ("elu", nn.ELU),
        ("selu", nn.SELU),
        ("softplus", nn.Softplus),
        ("softsign", nn.Softsign),
        ("hardswish", nn.Hardswish),
        ("hardsigmoid", nn.Hardsigmoid),
        ("prelu", nn.PReLU),
        ("softmax", nn.Softmax),
        ("logsoftmax", nn.LogSoftmax),
        ("identity", nn.Identity),
        ("flatten", nn.Flatten),
        ("batchnorm", nn.BatchNorm2d),
        ("groupnorm 2", nn.GroupNorm),
        ("layernorm", layers.ChannelNorm),
        ("layernorm over all", nn.LayerNorm),
        ("lrn", nn.LocalResponseNorm),
        ("dropout", nn.Dropout),
        ("dropout channels", nn.Dropout2d),
        ("upsample 2", nn.Upsample),
        ("scale 0.125", layers.Scale),
        ("squeezeexcite 2", layers.SqueezeExcite),
        ("maxpool 2", nn.MaxPool2d),
        ("maxpool 3 pad 0,1", pooling.MaxPool),
        ("maxpool global", nn.AdaptiveMaxPool2d),
        ("avgpool 2", nn.AvgPool2d),
        ("avgpool 2 pad same", pooling.AveragePool),
        ("avgpool global", nn.AdaptiveAvgPool2d),
        ("topleftpool 2", pooling.TopLeftPool),
        ("lppool 2 p 3", pooling.LpPool),
        ("gaussianpool 3 sigma 1", pooling.GaussianL2Pool),
        ("mixedpool 2 a learned", pooling.MixedPool),
        ("stochasticpool 2", pooling.StochasticPool),
        ("fractionalpool ratio 1.5", pooling.FractionalMaxPool),
        ("spectralpool size 4", pooling.SpectralPool),
    ],
)
def test_the_class_of_a_layer(line: str, kind: type[nn.Module]) -> None:
    assert type(made(line)) is kind


@pytest.mark.parametrize(
    ("shape", "convolution", "maximum", "norm"),
    [
        ("2x9", nn.Conv1d, nn.MaxPool1d, nn.BatchNorm1d),
        ("2x9x9", nn.Conv2d, nn.MaxPool2d, nn.BatchNorm2d),
        ("2x9x9x9", nn.Conv3d, nn.MaxPool3d, nn.BatchNorm3d),
    ],
)
def test_the_number_of_axes_is_the_inputs(
    shape: str, convolution: type[nn.Module], maximum: type[nn.Module], norm: type[nn.Module]
) -> None:
    assert type(made("conv 3 3", shape)) is convolution
    assert type(made("maxpool 2", shape)) is maximum
    assert type(made("batchnorm", shape)) is norm
    assert type(made("batchnorm", "7")) is nn.BatchNorm1d


def test_the_options_of_a_convolution() -> None:
    module = made("conv 8 3x2 stride 2x1 pad 1x0 dilation 1x2 groups 4 bias no")
    assert isinstance(module, nn.Conv2d)
    assert (module.in_channels, module.out_channels) == (4, 8)
    assert (module.kernel_size, module.stride, module.dilation) == ((3, 2), (2, 1), (1, 2))
    assert (module.padding, module.groups, module.bias) == ((1, 0), 4, None)


def test_a_batchnorm_without_scale_learns_its_bias_only() -> None:
    module = made("batchnorm scale no momentum 0.4 eps 1e-3")
    assert isinstance(module, nn.BatchNorm2d)
    assert (module.momentum, module.eps) == (0.4, 0.001)
    module(torch.rand(2, 4, 9, 9)).sum().backward()
    assert module.weight.grad is None
    assert module.weight.tolist() == [1.0] * 4
    assert module.bias.grad is not None
    assert check("input 4x9x9\nbatchnorm scale no\n").total.parameters == 4
    assert list(made("batchnorm scale no bias no").parameters()) == []


def test_a_separable_convolution_has_one_bias() -> None:
    module = made("separable 8 3 pad same")
    names = [name for name, _ in module.named_parameters()]
    assert names == ["depthwise.weight", "pointwise.weight", "pointwise.bias"]
    assert check("input 4x9x9\nseparable 8 3\n").total.parameters == 4 * 9 + 4 * 8 + 8


def test_layernorm_is_over_the_channels_of_each_position() -> None:
    x = torch.rand(2, 4, 9, 9)
    y = made("layernorm")(x)
    torch.testing.assert_close(y.mean(dim=1), torch.zeros(2, 9, 9), atol=1e-5, rtol=0)


def test_softmax_is_over_the_channels() -> None:
    y = made("softmax")(torch.rand(2, 4, 9, 9))
    torch.testing.assert_close(y.sum(dim=1), torch.ones(2, 9, 9))


def test_the_stride_of_a_pooling_is_its_window() -> None:
    assert check("input 1x9x9\nmaxpool 3x2\n").output_shape == (1, 3, 4)
    assert check("input 1x9x9\nmaxpool 3x2 stride 1\n").output_shape == (1, 7, 8)
    assert check("input 1x9x9\nmaxpool 2 ceil\n").output_shape == (1, 5, 5)


def test_building_starts_as_torch_does() -> None:
    torch.manual_seed(0)
    built = made("conv 8 3")
    torch.manual_seed(0)
    expected = nn.Conv2d(4, 8, 3)
    for name, parameter in expected.named_parameters():
        torch.testing.assert_close(built.get_parameter(name), parameter, rtol=0, atol=0)


@pytest.mark.parametrize("count", ["no", "yes"])
def test_a_mean_in_three_axes_over_a_window_larger_than_the_input(count: str) -> None:
    line = f"avgpool 2x1x1 stride 1 pad 1x0x0 countpad {count}"
    x = torch.full((2, 1, 1, 1, 1), 6.0)
    expected = x.expand(2, 1, 2, 1, 1) / (2 if count == "yes" else 1)
    torch.testing.assert_close(made(line, "1x1x1x1")(x), expected)
    assert check(f"input 1x1x1x1\n{line}\n").output_shape == (1, 2, 1, 1)
    assert type(made(line, "1x2x1x1")) is nn.AvgPool3d
