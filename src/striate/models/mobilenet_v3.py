"""MobileNet v3, large and small: inverted residuals found by search, gated, with hard swish."""

from dataclasses import dataclass
from typing import Literal

import torch
from torch import nn

from striate.models.channels import rounded_channels
from striate.models.convolution_unit import ConvolutionUnit
from striate.models.entry import Accuracy, Entry
from striate.models.initialisation import truncated_normal
from striate.models.squeeze_excitation import SqueezeExcitation

_EPS, _MOMENTUM = 1e-3, 0.01


@dataclass(frozen=True, slots=True)
class Bneck:
    """One line of the paper's tables 1 and 2: `gated` is SE, `hard` is NL = HS."""

    kernel: int
    width: int
    out_channels: int
    gated: bool
    hard: bool
    stride: int


_LARGE = (
    Bneck(3, 16, 16, gated=False, hard=False, stride=1),
    Bneck(3, 64, 24, gated=False, hard=False, stride=2),
    Bneck(3, 72, 24, gated=False, hard=False, stride=1),
    Bneck(5, 72, 40, gated=True, hard=False, stride=2),
    Bneck(5, 120, 40, gated=True, hard=False, stride=1),
    Bneck(5, 120, 40, gated=True, hard=False, stride=1),
    Bneck(3, 240, 80, gated=False, hard=True, stride=2),
    Bneck(3, 200, 80, gated=False, hard=True, stride=1),
    Bneck(3, 184, 80, gated=False, hard=True, stride=1),
    Bneck(3, 184, 80, gated=False, hard=True, stride=1),
    Bneck(3, 480, 112, gated=True, hard=True, stride=1),
    Bneck(3, 672, 112, gated=True, hard=True, stride=1),
    Bneck(5, 672, 160, gated=True, hard=True, stride=2),
    Bneck(5, 960, 160, gated=True, hard=True, stride=1),
    Bneck(5, 960, 160, gated=True, hard=True, stride=1),
)
_SMALL = (
    Bneck(3, 16, 16, gated=True, hard=False, stride=2),
    Bneck(3, 72, 24, gated=False, hard=False, stride=2),
    Bneck(3, 88, 24, gated=False, hard=False, stride=1),
    Bneck(5, 96, 40, gated=True, hard=True, stride=2),
    Bneck(5, 240, 40, gated=True, hard=True, stride=1),
    Bneck(5, 240, 40, gated=True, hard=True, stride=1),
    Bneck(5, 120, 48, gated=True, hard=True, stride=1),
    Bneck(5, 144, 48, gated=True, hard=True, stride=1),
    Bneck(5, 288, 96, gated=True, hard=True, stride=2),
    Bneck(5, 576, 96, gated=True, hard=True, stride=1),
    Bneck(5, 576, 96, gated=True, hard=True, stride=1),
)


class GatedInvertedResidual(nn.Module):
    """Widen by 1x1, slide each channel, gate the channels, narrow by 1x1 without activation.

    The input is added where the shapes agree; equal widths leave the widening out.
    (N, C, H, W) -> (N, C', ceil(H/stride), ceil(W/stride)).
    Source: Howard et al. 2019, figure 4 and section 5.3.
    """

    def __init__(self, in_channels: int, out_channels: int, width: int, line: Bneck) -> None:
        super().__init__()
        activation = nn.Hardswish if line.hard else nn.ReLU
        layers: list[nn.Module] = []
        if width != in_channels:
            layers.append(
                ConvolutionUnit(
                    in_channels, width, 1, eps=_EPS, momentum=_MOMENTUM, activation=activation
                )
            )
        layers.append(
            ConvolutionUnit(
                width,
                width,
                line.kernel,
                line.stride,
                groups=width,
                eps=_EPS,
                momentum=_MOMENTUM,
                activation=activation,
            )
        )
        if line.gated:
            squeezed = rounded_channels(width // 4)
            layers.append(SqueezeExcitation(width, squeezed, gate=nn.Hardsigmoid))
        layers.append(
            ConvolutionUnit(width, out_channels, 1, eps=_EPS, momentum=_MOMENTUM, activation=None)
        )
        self.block = nn.Sequential(*layers)
        self.adds_input = line.stride == 1 and in_channels == out_channels

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The narrow output, with the input added where the shapes agree."""
        y: torch.Tensor = self.block(x)
        if self.adds_input:
            y += x
        return y


class MobileNetV3(nn.Module):
    """A convolution, gated inverted residuals, a 1x1 convolution, means, two linear layers.

    `width` multiplies every number of channels, that of the hidden linear layer too.
    (N, C, H, W) -> (N, classes), any H and W. Parameters are named as torchvision's.
    Source: Howard et al., Searching for MobileNetV3, 2019, tables 1 and 2.
    """

    def __init__(
        self, in_channels: int, classes: int, size: Literal["large", "small"], width: float = 1.0
    ) -> None:
        super().__init__()
        lines, last = (_LARGE, 1280) if size == "large" else (_SMALL, 1024)
        hidden = rounded_channels(last * width)
        channels = rounded_channels(16 * width)
        layers: list[nn.Module] = [
            ConvolutionUnit(
                in_channels,
                channels,
                3,
                stride=2,
                eps=_EPS,
                momentum=_MOMENTUM,
                activation=nn.Hardswish,
            )
        ]
        for line in lines:
            out_channels = rounded_channels(line.out_channels * width)
            wide = rounded_channels(line.width * width)
            layers.append(GatedInvertedResidual(channels, out_channels, wide, line))
            channels = out_channels
        layers.append(
            ConvolutionUnit(
                channels, 6 * channels, 1, eps=_EPS, momentum=_MOMENTUM, activation=nn.Hardswish
            )
        )
        self.features = nn.Sequential(*layers)
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.classifier = nn.Sequential(
            nn.Linear(6 * channels, hidden),
            nn.Hardswish(inplace=True),
            nn.Dropout(0.2, inplace=True),
            nn.Linear(hidden, classes),
        )
        truncated_normal(self, 0.09)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The scores of the classes."""
        scores: torch.Tensor = self.classifier(self.avgpool(self.features(x)).flatten(1))
        return scores


def mobilenet_v3_large(
    input_shape: tuple[int, ...] = (3, 224, 224), classes: int = 1000, *, width: float = 1.0
) -> MobileNetV3:
    """MobileNet v3 large for an input (C, H, W), its channels multiplied by `width`."""
    return MobileNetV3(input_shape[0], classes, "large", width)


def mobilenet_v3_small(
    input_shape: tuple[int, ...] = (3, 224, 224), classes: int = 1000, *, width: float = 1.0
) -> MobileNetV3:
    """MobileNet v3 small for an input (C, H, W), its channels multiplied by `width`."""
    return MobileNetV3(input_shape[0], classes, "small", width)


_DIFFERENCES = (
    "Gates come from a quarter of the wide channels rounded to a multiple of 8, and from biased "
    "1x1 convolutions, as in the published code and torchvision; so do the first weights."
)

ENTRIES = (
    Entry(
        name="mobilenet_v3_large",
        title="MobileNet v3 large",
        family="mobilenet",
        year=2019,
        paper="Howard et al., Searching for MobileNetV3, ICCV 2019, table 1",
        build=mobilenet_v3_large,
        input_shape=(3, 224, 224),
        classes=1000,
        parameters=5_483_032,
        multiply_adds=216_589_760,
        least=(1, 1),
        accuracy=Accuracy(0.752, "ImageNet", "Howard et al. 2019, table 3"),
        differences=_DIFFERENCES,
        layout="torchvision",
    ),
    Entry(
        name="mobilenet_v3_small",
        title="MobileNet v3 small",
        family="mobilenet",
        year=2019,
        paper="Howard et al., Searching for MobileNetV3, ICCV 2019, table 2",
        build=mobilenet_v3_small,
        input_shape=(3, 224, 224),
        classes=1000,
        parameters=2_542_856,
        multiply_adds=56_510_400,
        least=(1, 1),
        accuracy=Accuracy(0.674, "ImageNet", "Howard et al. 2019, table 3"),
        differences=_DIFFERENCES,
        layout="torchvision",
    ),
)
