"""Residual networks with pre-activation: what goes past the blocks is never touched."""

from dataclasses import dataclass
from functools import partial
from typing import Literal

import torch
from torch import nn

from striate.errors import ModelError
from striate.models.entry import Accuracy, Entry
from striate.models.initialisation import he_normal_convolutions
from striate.models.padded_shortcut import PaddedShortcut
from striate.models.stem import Stem, known_stem

First = Literal["none", "body", "both"]
"""What the first normalisation and activation of a unit come before: nothing, since the layer
before the unit has done it; the body; the body and the shortcut."""


class PreActivationUnit(nn.Module):
    """A residual whose body normalises and activates before each of its convolutions.

    body(x) + x, where the body is two 3x3 convolutions, or with `bottleneck` a 1x1 to a quarter of
    the channels, a 3x3 and a 1x1; nothing comes after the sum. With `first="both"` x is normalised
    and activated before it goes to the body and to the shortcut, which is a 1x1 convolution where
    the shape changes unless one is given. `dropout` stands before the last 3x3 of a plain body.
    (N, C, H, W) -> (N, C', ceil(H/stride), ceil(W/stride)).
    Source: He, Zhang, Ren and Sun, Identity mappings in deep residual networks, 2016, figure 4e and
    section 5; dropout: Zagoruyko and Komodakis, Wide residual networks, 2016, figure 1d.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        stride: int = 1,
        *,
        bottleneck: bool = False,
        first: First = "body",
        shortcut: nn.Module | None = None,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        inside = out_channels // 4 if bottleneck else out_channels
        self.first = first
        if first != "none":
            self.bn1 = nn.BatchNorm2d(in_channels)
        self.relu = nn.ReLU(inplace=True)
        if bottleneck:
            self.conv1 = nn.Conv2d(in_channels, inside, 1, bias=False)
        else:
            self.conv1 = nn.Conv2d(in_channels, inside, 3, stride, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(inside)
        if bottleneck:
            self.conv2 = nn.Conv2d(inside, inside, 3, stride, padding=1, bias=False)
            self.bn3 = nn.BatchNorm2d(inside)
            self.conv3 = nn.Conv2d(inside, out_channels, 1, bias=False)
        else:
            self.dropout = nn.Dropout(dropout) if dropout else None
            self.conv2 = nn.Conv2d(inside, out_channels, 3, padding=1, bias=False)
        self.bottleneck = bottleneck
        if shortcut is None and (stride != 1 or in_channels != out_channels):
            shortcut = nn.Conv2d(in_channels, out_channels, 1, stride, bias=False)
        self.shortcut = shortcut

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The sum of body and shortcut."""
        y: torch.Tensor = x if self.first == "none" else self.relu(self.bn1(x))
        if self.first == "both":
            x = y
        y = self.relu(self.bn2(self.conv1(y)))
        if self.bottleneck:
            y = self.conv3(self.relu(self.bn3(self.conv2(y))))
        else:
            y = self.conv2(y if self.dropout is None else self.dropout(y))
        y += x if self.shortcut is None else self.shortcut(x)
        return y


class PreActivationResNet(nn.Module):
    """A convolution, stages of pre-activation units, a last activation, means, a classifier.

    Each stage but the first halves the sizes in its first unit. The large stem normalises and
    activates before its pooling, so that the first unit need not.
    (N, C, H, W) -> (N, classes), any H and W.
    Source: He et al. 2016 (identity mappings), section 5 and appendix; the form for ImageNet is
    that of the code of Gross and Wilber, Training and investigating residual nets, 2016, which the
    paper uses for it. First weights by He et al. 2015 with the fan of the outputs.
    """

    def __init__(
        self,
        in_channels: int,
        classes: int,
        *,
        blocks: tuple[int, ...],
        channels: tuple[int, ...],
        bottleneck: bool = False,
        stem: Stem = "small",
        padded_shortcuts: bool = False,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        known_stem(stem)
        before = 64 if stem == "large" else 16
        if stem == "large":
            self.stem = nn.Sequential(
                nn.Conv2d(in_channels, before, 7, 2, padding=3, bias=False),
                nn.BatchNorm2d(before),
                nn.ReLU(inplace=True),
                nn.MaxPool2d(3, 2, padding=1),
            )
        else:
            self.stem = nn.Sequential(nn.Conv2d(in_channels, before, 3, padding=1, bias=False))
        self.stages = nn.Sequential()
        for stage, (count, width) in enumerate(zip(blocks, channels, strict=True)):
            stride = 1 if stage == 0 else 2
            padded = padded_shortcuts and before != width
            first = PreActivationUnit(
                before,
                width,
                stride,
                bottleneck=bottleneck,
                first="none" if stage == 0 and stem == "large" else "both",
                shortcut=PaddedShortcut(stride, width - before) if padded else None,
                dropout=dropout,
            )
            rest = (
                PreActivationUnit(width, width, bottleneck=bottleneck, dropout=dropout)
                for _ in range(1, count)
            )
            self.stages.append(nn.Sequential(first, *rest))
            before = width
        self.bn = nn.BatchNorm2d(before)
        self.relu = nn.ReLU(inplace=True)
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(before, classes)
        he_normal_convolutions(self)
        nn.init.zeros_(self.fc.bias)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The scores of the classes."""
        x = self.relu(self.bn(self.stages(self.stem(x))))
        scores: torch.Tensor = self.fc(self.avgpool(x).flatten(1))
        return scores


@dataclass(frozen=True, slots=True)
class _Variant:
    blocks: tuple[int, ...]
    channels: tuple[int, ...]
    bottleneck: bool


_LARGE = {
    18: _Variant((2, 2, 2, 2), (64, 128, 256, 512), bottleneck=False),
    34: _Variant((3, 4, 6, 3), (64, 128, 256, 512), bottleneck=False),
    50: _Variant((3, 4, 6, 3), (256, 512, 1024, 2048), bottleneck=True),
    101: _Variant((3, 4, 23, 3), (256, 512, 1024, 2048), bottleneck=True),
    152: _Variant((3, 8, 36, 3), (256, 512, 1024, 2048), bottleneck=True),
    200: _Variant((3, 24, 36, 3), (256, 512, 1024, 2048), bottleneck=True),
}
_SMALL = {
    110: _Variant((18, 18, 18), (16, 32, 64), bottleneck=False),
    164: _Variant((18, 18, 18), (64, 128, 256), bottleneck=True),
    1001: _Variant((111, 111, 111), (64, 128, 256), bottleneck=True),
}


def preactivation_resnet(
    input_shape: tuple[int, ...] = (3, 224, 224),
    classes: int = 1000,
    *,
    depth: int = 50,
    stem: Stem = "large",
) -> PreActivationResNet:
    """The pre-activation residual network of 18, 34, 50, 101, 152 or 200 layers, for (C, H, W).

    Raises ModelError for another depth and for an unknown stem.
    """
    variant = _variant(_LARGE, depth)
    return PreActivationResNet(
        input_shape[0],
        classes,
        blocks=variant.blocks,
        channels=variant.channels,
        bottleneck=variant.bottleneck,
        stem=stem,
    )


def cifar_preactivation_resnet(
    input_shape: tuple[int, ...] = (3, 32, 32), classes: int = 10, *, depth: int = 164
) -> PreActivationResNet:
    """The pre-activation residual network of 110, 164 or 1001 layers for small images (C, H, W).

    Raises ModelError for another depth.
    """
    variant = _variant(_SMALL, depth)
    return PreActivationResNet(
        input_shape[0],
        classes,
        blocks=variant.blocks,
        channels=variant.channels,
        bottleneck=variant.bottleneck,
        padded_shortcuts=not variant.bottleneck,
    )


def _variant(variants: dict[int, _Variant], depth: int) -> _Variant:
    if depth not in variants:
        raise ModelError(
            f"depth (={depth}) of a pre-activation residual network for images of this size must "
            f"be one of {', '.join(map(str, variants))}"
        )
    return variants[depth]


_PAPER = "He et al., Identity mappings in deep residual networks, ECCV 2016, "


def _imagenet(
    depth: int, parameters: int, multiply_adds: int, accuracy: Accuracy | None = None
) -> Entry:
    return Entry(
        name=f"preact_resnet{depth}",
        title=f"ResNet-{depth}, pre-activation",
        family="preactivation",
        year=2016,
        paper=_PAPER + "figure 4e and section 5",
        build=partial(preactivation_resnet, depth=depth),
        input_shape=(3, 224, 224),
        classes=1000,
        parameters=parameters,
        multiply_adds=multiply_adds,
        least=(1, 1),
        accuracy=accuracy,
        differences=("" if depth == 200 else "The paper's own for ImageNet has 200 layers. ")
        + "The small stem is not of the paper.",
    )


def _cifar(depth: int, parameters: int, multiply_adds: int, accuracy: float) -> Entry:
    return Entry(
        name=f"preact_resnet{depth}",
        title=f"ResNet-{depth}, pre-activation",
        family="preactivation",
        year=2016,
        paper=_PAPER + "figure 4e and section 4.2",
        build=partial(cifar_preactivation_resnet, depth=depth),
        input_shape=(3, 32, 32),
        classes=10,
        parameters=parameters,
        multiply_adds=multiply_adds,
        least=(1, 1),
        accuracy=Accuracy(accuracy, "CIFAR-10", _PAPER + "table 2"),
        differences="The stride of a bottleneck is in its 3x3 convolution; the published code has "
        "it in the first 1x1."
        if _SMALL[depth].bottleneck
        else "",
    )


ENTRIES = (
    _imagenet(18, 11_687_720, 1_814_073_344),
    _imagenet(50, 25_549_352, 4_089_184_256),
    _imagenet(
        200,
        64_666_152,
        15_007_481_856,
        Accuracy(0.793, "ImageNet", _PAPER + "table 5, one crop of 320 pixels"),
    ),
    _cifar(110, 1_727_962, 252_887_680, 0.9363),
    _cifar(164, 1_703_258, 247_646_720, 0.9454),
)
