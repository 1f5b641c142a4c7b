"""MobileNet v2: residuals between narrow layers, wide and depthwise inside."""

import torch
from torch import nn

from striate.models.channels import rounded_channels
from striate.models.convolution_unit import ConvolutionUnit
from striate.models.entry import Accuracy, Entry
from striate.models.initialisation import truncated_normal

_STAGES = (
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
)
"""Expansion t, channels c, blocks n, stride s of the first (table 2)."""


class InvertedResidual(nn.Module):
    """Widen by 1x1, slide each channel by 3x3, narrow by 1x1; no activation at the narrow end.

    The input is added where the shapes agree. An expansion of 1 leaves the widening out.
    (N, C, H, W) -> (N, C', ceil(H/stride), ceil(W/stride)).
    Source: Sandler et al. 2018, section 3.3 and table 1.
    """

    def __init__(self, in_channels: int, out_channels: int, stride: int, expansion: int) -> None:
        super().__init__()
        width = in_channels * expansion
        layers: list[nn.Module] = []
        if expansion != 1:
            layers.append(ConvolutionUnit(in_channels, width, 1, activation=nn.ReLU6))
        layers += [
            ConvolutionUnit(width, width, 3, stride, groups=width, activation=nn.ReLU6),
            nn.Conv2d(width, out_channels, 1, bias=False),
            nn.BatchNorm2d(out_channels),
        ]
        self.conv = nn.Sequential(*layers)
        self.adds_input = stride == 1 and in_channels == out_channels

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The narrow output, with the input added where the shapes agree."""
        y: torch.Tensor = self.conv(x)
        if self.adds_input:
            y += x
        return y


class MobileNetV2(nn.Module):
    """A convolution, 17 inverted residuals, a 1x1 convolution, the channels' means, a classifier.

    `width` multiplies every number of channels; the last is never below 1280.
    (N, C, H, W) -> (N, classes), any H and W. Parameters are named as torchvision's.
    Source: Sandler, Howard, Zhu, Zhmoginov and Chen, MobileNetV2: inverted residuals and linear
    bottlenecks, 2018, section 4.
    """

    def __init__(self, in_channels: int, classes: int, width: float = 1.0) -> None:
        super().__init__()
        channels = rounded_channels(32 * width)
        layers: list[nn.Module] = [
            ConvolutionUnit(in_channels, channels, 3, stride=2, activation=nn.ReLU6)
        ]
        for expansion, plain, blocks, first_stride in _STAGES:
            for block in range(blocks):
                stride = first_stride if block == 0 else 1
                out_channels = rounded_channels(plain * width)
                layers.append(InvertedResidual(channels, out_channels, stride, expansion))
                channels = out_channels
        last = rounded_channels(1280 * max(1.0, width))
        layers.append(ConvolutionUnit(channels, last, 1, activation=nn.ReLU6))
        self.features = nn.Sequential(*layers)
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.classifier = nn.Sequential(nn.Dropout(0.2), nn.Linear(last, classes))
        truncated_normal(self, 0.09)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The scores of the classes."""
        scores: torch.Tensor = self.classifier(self.avgpool(self.features(x)).flatten(1))
        return scores


def mobilenet_v2(
    input_shape: tuple[int, ...] = (3, 224, 224), classes: int = 1000, *, width: float = 1.0
) -> MobileNetV2:
    """MobileNet v2 for an input (C, H, W), its channels multiplied by `width`."""
    return MobileNetV2(input_shape[0], classes, width)


ENTRIES = (
    Entry(
        name="mobilenet_v2",
        title="MobileNet v2",
        family="mobilenet",
        year=2018,
        paper="Sandler et al., MobileNetV2, CVPR 2018, table 2",
        build=mobilenet_v2,
        input_shape=(3, 224, 224),
        classes=1000,
        parameters=3_504_872,
        multiply_adds=300_774_272,
        least=(1, 1),
        accuracy=Accuracy(0.72, "ImageNet", "Sandler et al. 2018, table 4"),
        differences="First weights are the published code's; batch normalisation has torch's "
        "constants, as in torchvision.",
        layout="torchvision",
    ),
)
