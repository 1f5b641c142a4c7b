"""VGG: nothing but 3x3 convolutions and 2x2 poolings, to great depth."""

from functools import partial

import torch
from torch import nn

from striate.models.entry import Accuracy, Entry
from striate.models.initialisation import he_normal_convolutions, normal_linears
from striate.models.sequence_text import sequence_text

_PAPER = (
    "Simonyan and Zisserman, Very deep convolutional networks for large-scale image recognition, "
    "ICLR 2015, table 1"
)
_DIFFERENCES = (
    "As torchvision's: an adaptive pooling to 7x7, which lets other sizes in and is nothing at "
    "224x224, and first weights by He et al. 2015, since the paper's N(0, 0.01) trains the deeper "
    "ones only from the weights of a trained VGG-11 (section 3.1)."
)
_WIDTHS = (64, 128, 256, 512, 512)
_DEPTHS = {11: (1, 1, 2, 2, 2), 13: (2, 2, 2, 2, 2), 16: (2, 2, 3, 3, 3), 19: (2, 2, 4, 4, 4)}
"""The convolutions before each of the five poolings: configurations A, B, D and E of table 1."""
_LETTERS = {11: "A", 13: "B", 16: "D", 19: "E"}


class VGG(nn.Module):
    """Stages of 3x3 convolutions, a pooling after each, and three linear layers.

    `depth` counts the layers with weights: 11, 13, 16 or 19. With `batch_norm` each convolution is
    followed by batch normalisation. (N, C, H, W) -> (N, classes).
    Source: Simonyan and Zisserman, Very deep convolutional networks, 2015, section 2.1, table 1.
    """

    def __init__(
        self,
        depth: int,
        batch_norm: bool,
        input_shape: tuple[int, ...] = (3, 224, 224),
        classes: int = 1000,
        *,
        dropout: float = 0.5,
    ) -> None:
        super().__init__()
        self.features = nn.Sequential(*_features(depth, batch_norm, input_shape[0]))
        self.avgpool = nn.AdaptiveAvgPool2d((7, 7))
        self.classifier = nn.Sequential(
            nn.Linear(512 * 7 * 7, 4096),
            nn.ReLU(inplace=True),
            nn.Dropout(dropout),
            nn.Linear(4096, 4096),
            nn.ReLU(inplace=True),
            nn.Dropout(dropout),
            nn.Linear(4096, classes),
        )
        he_normal_convolutions(self)
        normal_linears(self, 0.01)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The class scores."""
        scores: torch.Tensor = self.classifier(self.avgpool(self.features(x)).flatten(1))
        return scores


def _features(depth: int, batch_norm: bool, channels: int) -> list[nn.Module]:
    layers: list[nn.Module] = []
    for width, convolutions in zip(_WIDTHS, _DEPTHS[depth], strict=True):
        for _ in range(convolutions):
            layers.append(nn.Conv2d(channels, width, 3, padding=1))
            if batch_norm:
                layers.append(nn.BatchNorm2d(width))
            layers.append(nn.ReLU(inplace=True))
            channels = width
        layers.append(nn.MaxPool2d(2, stride=2))
    return layers


def _entry(
    depth: int, batch_norm: bool, parameters: int, multiply_adds: int, accuracy: float
) -> Entry:
    name = f"vgg{depth}{'_bn' if batch_norm else ''}"
    normalised = " with batch normalisation" if batch_norm else ""
    build = partial(VGG, depth, batch_norm)
    title = f"VGG-{depth}{normalised}"
    return Entry(
        name=name,
        title=title,
        family="vgg",
        year=2015,
        paper=f"{_PAPER}, configuration {_LETTERS[depth]}",
        build=build,
        input_shape=(3, 224, 224),
        classes=1000,
        parameters=parameters,
        multiply_adds=multiply_adds,
        least=(32, 32),
        accuracy=Accuracy(
            accuracy, "ImageNet", f"torchvision, {name.upper()}_Weights.IMAGENET1K_V1"
        ),
        differences=("The paper has no batch normalisation. " if batch_norm else "") + _DIFFERENCES,
        layout="torchvision",
        text=partial(sequence_text, build, f"{title}, Simonyan and Zisserman 2015"),
    )


ENTRIES = (
    _entry(11, False, 132_863_336, 7_609_090_048, 0.69020),
    _entry(13, False, 133_047_848, 11_308_466_176, 0.69928),
    _entry(16, False, 138_357_544, 15_470_264_320, 0.71592),
    _entry(19, False, 143_667_240, 19_632_062_464, 0.72376),
    _entry(11, True, 132_868_840, 7_609_090_048, 0.70370),
    _entry(13, True, 133_053_736, 11_308_466_176, 0.71586),
    _entry(16, True, 138_365_992, 15_470_264_320, 0.73360),
    _entry(19, True, 143_678_248, 19_632_062_464, 0.74218),
)
