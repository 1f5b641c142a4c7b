"""DenseNet: every layer of a block sees the outputs of all layers before it."""

from collections import OrderedDict
from functools import partial

import torch
from torch import nn

from striate.errors import ModelError
from striate.models.entry import Accuracy, Build, Entry
from striate.models.initialisation import he_normal_convolutions
from striate.models.stem import Stem, known_stem


def dense_layer(
    in_channels: int, growth: int, *, bottleneck: bool = True, dropout: float = 0.0
) -> nn.Sequential:
    """Normalisation, ReLU and convolution, 1x1 to 4 * growth channels and then 3x3 to growth.

    Without `bottleneck` the 3x3 alone. Dropout follows each convolution where it is above 0.
    (N, C, H, W) -> (N, growth, H, W).
    Source: Huang, Liu, van der Maaten and Weinberger 2017, section 3; dropout: section 4.2.
    """
    inside = 4 * growth if bottleneck else in_channels
    layers: OrderedDict[str, nn.Module] = OrderedDict()
    layers["norm1"] = nn.BatchNorm2d(in_channels)
    layers["relu1"] = nn.ReLU(inplace=True)
    if bottleneck:
        layers["conv1"] = nn.Conv2d(in_channels, inside, 1, bias=False)
        if dropout:
            layers["dropout1"] = nn.Dropout(dropout)
        layers["norm2"] = nn.BatchNorm2d(inside)
        layers["relu2"] = nn.ReLU(inplace=True)
    layers["conv2" if bottleneck else "conv1"] = nn.Conv2d(inside, growth, 3, padding=1, bias=False)
    if dropout:
        layers["dropout2" if bottleneck else "dropout1"] = nn.Dropout(dropout)
    return nn.Sequential(layers)


class DenseBlock(nn.Sequential):
    """Dense layers, each joined behind what it was given.

    (N, C, H, W) -> (N, C + layers * growth, H, W).
    Source: Huang et al. 2017, equation 2.
    """

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The input and the outputs of all layers, in their order."""
        for layer in self:
            x = torch.cat((x, layer(x)), dim=1)
        return x


class DenseNet(nn.Module):
    """A convolution, dense blocks with transitions between, the channels' means, a classifier.

    A transition normalises, activates, leaves `compression` of the channels by a 1x1 convolution,
    and halves the sizes by averages of 2x2.
    (N, C, H, W) -> (N, classes). Parameters are named as torchvision's.
    Source: Huang, Liu, van der Maaten and Weinberger, Densely connected convolutional networks,
    2017, table 1 and section 3; first weights as in its code, by He et al. 2015 with the fan of the
    outputs.
    """

    def __init__(
        self,
        in_channels: int,
        classes: int,
        *,
        blocks: tuple[int, ...],
        growth: int,
        channels: int,
        bottleneck: bool = True,
        compression: float = 0.5,
        dropout: float = 0.0,
        stem: Stem = "large",
    ) -> None:
        super().__init__()
        known_stem(stem)
        layers: OrderedDict[str, nn.Module] = OrderedDict()
        if stem == "large":
            layers["conv0"] = nn.Conv2d(in_channels, channels, 7, 2, padding=3, bias=False)
            layers["norm0"] = nn.BatchNorm2d(channels)
            layers["relu0"] = nn.ReLU(inplace=True)
            layers["pool0"] = nn.MaxPool2d(3, 2, padding=1)
        else:
            layers["conv0"] = nn.Conv2d(in_channels, channels, 3, padding=1, bias=False)
        for number, count in enumerate(blocks, 1):
            block = DenseBlock()
            for layer in range(1, count + 1):
                made = dense_layer(channels, growth, bottleneck=bottleneck, dropout=dropout)
                block.add_module(f"denselayer{layer}", made)
                channels += growth
            layers[f"denseblock{number}"] = block
            if number < len(blocks):
                left = int(channels * compression)
                layers[f"transition{number}"] = _transition(channels, left, dropout)
                channels = left
        layers[f"norm{len(blocks) + 1}"] = nn.BatchNorm2d(channels)
        self.features = nn.Sequential(layers)
        self.relu = nn.ReLU(inplace=True)
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.classifier = nn.Linear(channels, classes)
        he_normal_convolutions(self)
        nn.init.zeros_(self.classifier.bias)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The scores of the classes."""
        x = self.avgpool(self.relu(self.features(x)))
        scores: torch.Tensor = self.classifier(x.flatten(1))
        return scores


def _transition(in_channels: int, out_channels: int, dropout: float) -> nn.Sequential:
    layers: OrderedDict[str, nn.Module] = OrderedDict(
        norm=nn.BatchNorm2d(in_channels),
        relu=nn.ReLU(inplace=True),
        conv=nn.Conv2d(in_channels, out_channels, 1, bias=False),
    )
    if dropout:
        layers["dropout"] = nn.Dropout(dropout)
    layers["pool"] = nn.AvgPool2d(2, 2)
    return nn.Sequential(layers)


_BLOCKS = {121: (6, 12, 24, 16), 161: (6, 12, 36, 24), 169: (6, 12, 32, 32), 201: (6, 12, 48, 32)}


def densenet(
    input_shape: tuple[int, ...] = (3, 224, 224),
    classes: int = 1000,
    *,
    depth: int = 121,
    dropout: float = 0.0,
    stem: Stem = "large",
) -> DenseNet:
    """The densely connected network of 121, 161, 169 or 201 layers, for an input (C, H, W).

    Raises ModelError for another depth and for an unknown stem.
    """
    if depth not in _BLOCKS:
        raise ModelError(
            f"depth (={depth}) of DenseNet must be one of {', '.join(map(str, _BLOCKS))}"
        )
    growth = 48 if depth == 161 else 32
    return DenseNet(
        input_shape[0],
        classes,
        blocks=_BLOCKS[depth],
        growth=growth,
        channels=2 * growth,
        dropout=dropout,
        stem=stem,
    )


def cifar_densenet(
    input_shape: tuple[int, ...] = (3, 32, 32),
    classes: int = 10,
    *,
    depth: int = 100,
    growth: int = 12,
    bottleneck: bool = True,
    dropout: float = 0.0,
) -> DenseNet:
    """The densely connected network of the paper for small images (C, H, W): three equal blocks.

    With `bottleneck` it is DenseNet-BC, of 6n + 4 layers, which also halves the channels in its
    transitions; without, DenseNet of 3n + 4 layers. `dropout` was 0.2 where the data were not
    augmented.
    Raises ModelError for another depth, and for a growth below 1.
    """
    step = 6 if bottleneck else 3
    if depth < step + 4 or (depth - 4) % step:
        examples = "40, 100, 190, 250" if bottleneck else "40, 100"
        raise ModelError(f"depth (={depth}) of this DenseNet must be {step}n + 4: {examples}")
    if growth < 1:
        raise ModelError(f"growth (={growth}) must be at least 1: the channels that a layer adds")
    return DenseNet(
        input_shape[0],
        classes,
        blocks=((depth - 4) // step,) * 3,
        growth=growth,
        channels=2 * growth if bottleneck else 16,
        bottleneck=bottleneck,
        compression=0.5 if bottleneck else 1.0,
        dropout=dropout,
        stem="small",
    )


_PAPER = "Huang et al., Densely connected convolutional networks, CVPR 2017, "


def _imagenet(depth: int, parameters: int, multiply_adds: int, top1: float) -> Entry:
    return Entry(
        name=f"densenet{depth}",
        title=f"DenseNet-{depth}",
        family="densenet",
        year=2016,
        paper=_PAPER + "table 1",
        build=partial(densenet, depth=depth),
        input_shape=(3, 224, 224),
        classes=1000,
        parameters=parameters,
        multiply_adds=multiply_adds,
        least=(29, 29),
        accuracy=Accuracy(top1, "ImageNet", "torchvision, IMAGENET1K_V1, one central crop"),
        differences="The small stem is that of the paper's networks for CIFAR.",
        layout="torchvision",
    )


def _cifar(
    name: str,
    title: str,
    build: Build,
    counts: tuple[int, int],
    accuracy: float,
) -> Entry:
    return Entry(
        name=name,
        title=title,
        family="densenet",
        year=2016,
        paper=_PAPER + "section 4.2",
        build=build,
        input_shape=(3, 32, 32),
        classes=10,
        parameters=counts[0],
        multiply_adds=counts[1],
        least=(4, 4),
        accuracy=Accuracy(accuracy, "CIFAR-10, augmented", _PAPER + "table 2"),
    )


ENTRIES = (
    _imagenet(121, 7_978_856, 2_834_161_664, 0.74434),
    _imagenet(161, 28_681_000, 7_727_907_072, 0.77138),
    _imagenet(169, 14_149_480, 3_359_843_328, 0.75600),
    _imagenet(201, 20_013_928, 4_291_365_888, 0.76896),
    _cifar(
        "densenet40_12",
        "DenseNet, 40 layers, growth 12",
        partial(cifar_densenet, depth=40, bottleneck=False),
        (1_019_722, 264_812_928),
        0.9476,
    ),
    _cifar(
        "densenet_bc100_12",
        "DenseNet-BC, 100 layers, growth 12",
        cifar_densenet,
        (769_162, 287_929_692),
        0.9549,
    ),
)
