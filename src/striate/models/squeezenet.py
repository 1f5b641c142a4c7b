"""SqueezeNet: fire modules, which narrow before they slide."""

from functools import partial
from typing import Literal

import torch
from torch import nn

from striate.layers import Fire
from striate.models.entry import Accuracy, Entry
from striate.models.initialisation import he_uniform_convolutions

_PAPER = (
    "Iandola et al., SqueezeNet: AlexNet-level accuracy with 50x fewer parameters and <0.5MB model "
    "size, arXiv 1602.07360"
)
_DIFFERENCES = (
    "As torchvision's: first weights by He et al. 2015, those of the last convolution from "
    "N(0, 0.01^2); the authors' are Glorot's."
)

Version = Literal["1.0", "1.1"]


class SqueezeNet(nn.Module):
    """A convolution, eight fire modules, and a 1x1 convolution averaged over all positions.

    Version 1.1 begins with a smaller window and pools earlier: the same accuracy at 2.3 times less
    cost. (N, C, H, W) -> (N, classes).
    Source: Iandola et al., SqueezeNet, 2016, table 1; the authors' release for version 1.1.
    """

    def __init__(
        self,
        version: Version,
        input_shape: tuple[int, ...] = (3, 224, 224),
        classes: int = 1000,
        *,
        dropout: float = 0.5,
    ) -> None:
        super().__init__()
        self.features = nn.Sequential(*_features(version, input_shape[0]))
        final = nn.Conv2d(512, classes, 1)
        self.classifier = nn.Sequential(
            nn.Dropout(dropout), final, nn.ReLU(inplace=True), nn.AdaptiveAvgPool2d((1, 1))
        )
        he_uniform_convolutions(self)
        nn.init.normal_(final.weight, std=0.01)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The class scores."""
        scores: torch.Tensor = self.classifier(self.features(x)).flatten(1)
        return scores


def _features(version: Version, channels: int) -> list[nn.Module]:
    def pool() -> nn.Module:
        return nn.MaxPool2d(3, stride=2, ceil_mode=True)

    if version == "1.0":
        first = nn.Conv2d(channels, 96, 7, stride=2)
        pools_after, before = (4, 8), 96
    else:
        first = nn.Conv2d(channels, 64, 3, stride=2)
        pools_after, before = (3, 5), 64
    layers = [first, nn.ReLU(inplace=True), pool()]
    for number in range(2, 10):
        squeezed = 16 * (number // 2)
        layers.append(Fire(2, before, squeezed, 4 * squeezed, 4 * squeezed))
        if number in pools_after:
            layers.append(pool())
        before = 8 * squeezed
    return layers


def _entry(
    version: Version, paper: str, parameters: int, multiply_adds: int, least: int, accuracy: float
) -> Entry:
    name = f"squeezenet{version.replace('.', '_')}"
    return Entry(
        name=name,
        title=f"SqueezeNet {version}",
        family="squeezenet",
        year=2016,
        paper=paper,
        build=partial(SqueezeNet, version),
        input_shape=(3, 224, 224),
        classes=1000,
        parameters=parameters,
        multiply_adds=multiply_adds,
        least=(least, least),
        accuracy=Accuracy(
            accuracy,
            "ImageNet",
            f"torchvision, SqueezeNet{version.replace('.', '_')}_Weights.IMAGENET1K_V1",
        ),
        differences=_DIFFERENCES,
        layout="torchvision",
    )


ENTRIES = (
    _entry("1.0", f"{_PAPER}, table 1", 1_248_424, 818_924_576, 21, 0.58092),
    _entry("1.1", f"{_PAPER}; the authors' release 1.1", 1_235_496, 349_151_936, 17, 0.58178),
)
