"""Xception: Inception taken to its end, convolutions of single channels and then across them."""

from collections import OrderedDict
from itertools import pairwise

import torch
from torch import nn

from striate.models.entry import Accuracy, Entry
from striate.models.initialisation import he_normal_convolutions


def separable(in_channels: int, out_channels: int) -> nn.Sequential:
    """A 3x3 convolution of each channel by itself, then a 1x1 convolution; nothing between them.

    Without biases. (N, C, H, W) -> (N, C', H, W). Source: Chollet 2017, section 2.
    """
    depthwise = nn.Conv2d(in_channels, in_channels, 3, padding=1, groups=in_channels, bias=False)
    pointwise = nn.Conv2d(in_channels, out_channels, 1, bias=False)
    return nn.Sequential(OrderedDict(conv1=depthwise, pointwise=pointwise))


class XceptionBlock(nn.Module):
    """A residual of separable 3x3 convolutions with batch normalisation.

    `channels` are those before, between and behind the convolutions; ReLU comes before each of
    them, or with `activated`, where the input has been activated, before all but the first. With a
    stride of 2, max pooling ends the body, and a 1x1 convolution with batch normalisation is the
    shortcut.
    (N, C, H, W) -> (N, channels[-1], ceil(H/stride), ceil(W/stride)).
    Source: Chollet 2017, figure 5.
    """

    def __init__(
        self, channels: tuple[int, ...], stride: int = 1, *, activated: bool = False
    ) -> None:
        super().__init__()
        body: list[nn.Module] = []
        for number, (before, after) in enumerate(pairwise(channels)):
            if number or not activated:
                # The shortcut needs the input as it is.
                body.append(nn.ReLU(inplace=number > 0))
            body += [separable(before, after), nn.BatchNorm2d(after)]
        self.skip: nn.Module | None = None
        self.skipbn: nn.Module | None = None
        if stride != 1:
            body.append(nn.MaxPool2d(3, stride, padding=1))
            self.skip = nn.Conv2d(channels[0], channels[-1], 1, stride, bias=False)
            self.skipbn = nn.BatchNorm2d(channels[-1])
        self.rep = nn.Sequential(*body)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The sum of body and shortcut."""
        y: torch.Tensor = self.rep(x)
        if self.skip is not None and self.skipbn is not None:
            x = self.skipbn(self.skip(x))
        y += x
        return y


class Xception(nn.Module):
    """Two convolutions, twelve residual blocks, two separable convolutions, means, a classifier.

    (N, C, H, W) -> (N, classes). Parameters are named as timm's.
    Source: Chollet, Xception: deep learning with depthwise separable convolutions, 2017, figure 5.
    """

    def __init__(self, in_channels: int, classes: int, *, dropout: float = 0.5) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, 32, 3, 2, bias=False)
        self.bn1 = nn.BatchNorm2d(32)
        self.act1 = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(32, 64, 3, bias=False)
        self.bn2 = nn.BatchNorm2d(64)
        self.act2 = nn.ReLU(inplace=True)
        self.block1 = XceptionBlock((64, 128, 128), 2, activated=True)
        self.block2 = XceptionBlock((128, 256, 256), 2)
        self.block3 = XceptionBlock((256, 728, 728), 2)
        (
            self.block4,
            self.block5,
            self.block6,
            self.block7,
            self.block8,
            self.block9,
            self.block10,
            self.block11,
        ) = (XceptionBlock((728, 728, 728, 728)) for _ in range(8))
        self.block12 = XceptionBlock((728, 728, 1024), 2)
        self.conv3 = separable(1024, 1536)
        self.bn3 = nn.BatchNorm2d(1536)
        self.act3 = nn.ReLU(inplace=True)
        self.conv4 = separable(1536, 2048)
        self.bn4 = nn.BatchNorm2d(2048)
        self.act4 = nn.ReLU(inplace=True)
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.dropout = nn.Dropout(dropout)
        self.fc = nn.Linear(2048, classes)
        he_normal_convolutions(self)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The scores of the classes."""
        x = self.act1(self.bn1(self.conv1(x)))
        x = self.act2(self.bn2(self.conv2(x)))
        x = self.block3(self.block2(self.block1(x)))
        x = self.block7(self.block6(self.block5(self.block4(x))))
        x = self.block11(self.block10(self.block9(self.block8(x))))
        x = self.block12(x)
        x = self.act3(self.bn3(self.conv3(x)))
        x = self.act4(self.bn4(self.conv4(x)))
        scores: torch.Tensor = self.fc(self.dropout(self.avgpool(x).flatten(1)))
        return scores


def xception(
    input_shape: tuple[int, ...] = (3, 299, 299), classes: int = 1000, *, dropout: float = 0.5
) -> Xception:
    """Xception for an input (C, H, W), with dropout in front of the classifier."""
    return Xception(input_shape[0], classes, dropout=dropout)


ENTRIES = (
    Entry(
        name="xception",
        title="Xception",
        family="xception",
        year=2016,
        paper="Chollet, Xception: deep learning with depthwise separable convolutions, CVPR 2017, "
        "figure 5",
        build=xception,
        input_shape=(3, 299, 299),
        classes=1000,
        parameters=22_855_952,
        multiply_adds=8_357_403_496,
        least=(7, 7),
        accuracy=Accuracy(0.79, "ImageNet", "Chollet 2017, table 1"),
        differences="As timm has it: windows with stride 2 are padded alike at both ends, where "
        "the published code pads the far end more when the size is even; batch normalisation with "
        "torch's eps 1e-5 and momentum 0.1 (published code: 1e-3, 0.01). First weights by He et "
        "al. 2015, which the paper leaves open.",
    ),
)
