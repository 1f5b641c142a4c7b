"""MobileNet (v1): depthwise and pointwise convolutions in turn."""

from functools import partial

import torch
from torch import nn

from striate.models.convolution_unit import ConvolutionUnit
from striate.models.entry import Accuracy, Entry
from striate.models.initialisation import truncated_normal
from striate.models.sequence_text import sequence_text

_BLOCKS = (
    (64, 1),
    (128, 2),
    (128, 1),
    (256, 2),
    (256, 1),
    (512, 2),
    (512, 1),
    (512, 1),
    (512, 1),
    (512, 1),
    (512, 1),
    (1024, 2),
    (1024, 1),
)
"""Output channels and stride of each separable block (table 1)."""


class SeparableBlock(nn.Sequential):
    """A 3x3 convolution of each channel, then a 1x1 convolution of all, each as a unit.

    (N, C, H, W) -> (N, C', ceil(H/stride), ceil(W/stride)).
    Source: Howard et al. 2017, figure 3.
    """

    def __init__(self, in_channels: int, out_channels: int, stride: int) -> None:
        super().__init__(
            ConvolutionUnit(in_channels, in_channels, 3, stride, groups=in_channels),
            ConvolutionUnit(in_channels, out_channels, 1),
        )


class MobileNet(nn.Module):
    """A first convolution, 13 separable blocks, the mean of each channel, a linear classifier.

    `width` thins every layer (alpha of the paper); a smaller input is its other way to save (rho).
    (N, C, H, W) -> (N, classes), any H and W.
    Source: Howard et al., MobileNets: efficient convolutional neural networks for mobile vision
    applications, 2017, section 3.
    """

    def __init__(self, in_channels: int, classes: int, width: float = 1.0) -> None:
        super().__init__()
        channels = _thinned(32, width)
        layers: list[nn.Module] = [ConvolutionUnit(in_channels, channels, 3, stride=2)]
        for out_channels, stride in _BLOCKS:
            layers.append(SeparableBlock(channels, _thinned(out_channels, width), stride))
            channels = _thinned(out_channels, width)
        self.features = nn.Sequential(*layers)
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.dropout = nn.Dropout(0.001)
        self.classifier = nn.Linear(channels, classes)
        truncated_normal(self, 0.09)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The scores of the classes."""
        means = self.avgpool(self.features(x)).flatten(1)
        scores: torch.Tensor = self.classifier(self.dropout(means))
        return scores


def mobilenet(
    input_shape: tuple[int, ...] = (3, 224, 224), classes: int = 1000, *, width: float = 1.0
) -> MobileNet:
    """MobileNet for an input (C, H, W), its layers thinned by `width`."""
    return MobileNet(input_shape[0], classes, width)


def _thinned(channels: int, width: float) -> int:
    return max(8, int(channels * width))


ENTRIES = (
    Entry(
        name="mobilenet",
        title="MobileNet",
        family="mobilenet",
        year=2017,
        paper="Howard et al., MobileNets, arXiv 1704.04861, table 1",
        build=mobilenet,
        input_shape=(3, 224, 224),
        classes=1000,
        parameters=4_231_976,
        multiply_adds=568_740_352,
        least=(1, 1),
        accuracy=Accuracy(0.706, "ImageNet", "Howard et al. 2017, table 4"),
        differences="The last block has stride 1: table 1 says 2, but its sizes, the counts and "
        "the published code say 1. First weights and the little dropout are the published code's; "
        "batch normalisation has torch's constants.",
        text=partial(sequence_text, mobilenet, "MobileNet, Howard et al. 2017"),
    ),
)
