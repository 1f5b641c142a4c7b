"""EfficientNet B0 to B7: one searched network, made larger in depth, width and size at once."""

from dataclasses import dataclass
from functools import partial
from math import ceil, sqrt

import torch
from torch import nn

from striate.errors import ModelError
from striate.models.channels import rounded_channels
from striate.models.convolution_unit import ConvolutionUnit
from striate.models.entry import Accuracy, Entry
from striate.models.initialisation import he_normal_convolutions
from striate.models.squeeze_excitation import SqueezeExcitation
from striate.models.stochastic_depth import StochasticDepth

_STAGES = (
    (1, 3, 1, 16, 1),
    (6, 3, 2, 24, 2),
    (6, 5, 2, 40, 2),
    (6, 3, 2, 80, 3),
    (6, 5, 1, 112, 3),
    (6, 5, 2, 192, 4),
    (6, 3, 1, 320, 1),
)
"""Expansion, kernel, stride of the first, channels, blocks of B0 (table 1, stages 2 to 8)."""


@dataclass(frozen=True, slots=True)
class Scaling:
    """Factors on the number of blocks and channels, and the side of the input in pixels."""

    depth: float
    width: float
    resolution: int


def compound_scaling(
    phi: float,
    *,
    alpha: float = 1.2,
    beta: float = 1.1,
    gamma: float = 1.15,
    resolution: int = 224,
) -> Scaling:
    """How much deeper, wider and larger a network becomes for 2^phi times the work.

    depth = alpha^phi, width = beta^phi, resolution = round(gamma^phi * resolution), where
    alpha * beta^2 * gamma^2 is about 2: work grows with the depth, and with the squares of the
    width and of the side. The defaults were searched on B0.
    Raises ModelError for a factor below 1 and a resolution below 1.
    Source: Tan and Le 2019, equation 3 and section 4. The published B1 to B7 are at phi of about
    0.5, 1, 2, 3, 4, 5, 6, with coefficients rounded and, from B4 on, chosen larger.
    """
    for name, factor in (("alpha", alpha), ("beta", beta), ("gamma", gamma)):
        if factor < 1:
            raise ModelError(f"{name} (={factor:g}) must be at least 1: networks are scaled up")
    if resolution < 1:
        raise ModelError(f"resolution (={resolution}) must be at least 1 pixel")
    return Scaling(alpha**phi, beta**phi, round(gamma**phi * resolution))


@dataclass(frozen=True, slots=True)
class _Variant:
    """What the published code sets for one letter, and the paper's accuracy."""

    scaling: Scaling
    dropout: float
    accuracy: float
    parameters: int
    multiply_adds: int
    eps: float = 1e-5
    momentum: float = 0.1


_VARIANTS = (
    _Variant(Scaling(1.0, 1.0, 224), 0.2, 0.771, 5_288_548, 385_814_752),
    _Variant(Scaling(1.1, 1.0, 240), 0.2, 0.791, 7_794_184, 686_802_832),
    _Variant(Scaling(1.2, 1.1, 260), 0.3, 0.801, 9_109_994, 993_561_872),
    _Variant(Scaling(1.4, 1.2, 300), 0.3, 0.816, 12_233_232, 1_827_141_392),
    _Variant(Scaling(1.8, 1.4, 380), 0.4, 0.829, 19_341_616, 4_393_771_024),
    _Variant(Scaling(2.2, 1.6, 456), 0.4, 0.836, 30_389_784, 10_266_384_752, 1e-3, 0.01),
    _Variant(Scaling(2.6, 1.8, 528), 0.5, 0.840, 43_040_704, 19_067_593_536, 1e-3, 0.01),
    _Variant(Scaling(3.1, 2.0, 600), 0.5, 0.843, 66_347_960, 37_745_884_192, 1e-3, 0.01),
)


class MobileBottleneck(nn.Module):
    """MBConv: widen by 1x1, slide each channel, gate the channels, narrow by 1x1.

    The gates come from a quarter of the narrow channels. The input is added where the shapes agree,
    and then the body is dropped with the probability of its depth while training.
    (N, C, H, W) -> (N, C', ceil(H/stride), ceil(W/stride)).
    Source: Tan and Le 2019, section 4, after Tan et al., MnasNet, 2019, figure 7.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel: int,
        stride: int,
        expansion: int,
        *,
        dropped: float,
        eps: float,
        momentum: float,
    ) -> None:
        super().__init__()
        unit = partial(ConvolutionUnit, eps=eps, momentum=momentum)
        width = rounded_channels(in_channels * expansion)
        layers: list[nn.Module] = []
        if width != in_channels:
            layers.append(unit(in_channels, width, 1, activation=nn.SiLU))
        layers += [
            unit(width, width, kernel, stride, groups=width, activation=nn.SiLU),
            SqueezeExcitation(width, max(1, in_channels // 4), activation=nn.SiLU),
            unit(width, out_channels, 1, activation=None),
        ]
        self.block = nn.Sequential(*layers)
        self.stochastic_depth = StochasticDepth(dropped)
        self.adds_input = stride == 1 and in_channels == out_channels

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The narrow output, with the input added where the shapes agree."""
        y: torch.Tensor = self.block(x)
        if self.adds_input:
            y = self.stochastic_depth(y)
            y += x
        return y


class EfficientNet(nn.Module):
    """A convolution, seven stages of MBConv, a 1x1 convolution, means, dropout, a classifier.

    `scaling` multiplies blocks (rounded up) and channels (to multiples of 8); block l of L, counted
    from 0, is dropped with probability l / L * `stochastic_depth`. `eps` and `momentum` are those
    of every batch normalisation.
    (N, C, H, W) -> (N, classes), any H and W. Parameters are named as torchvision's.
    Source: Tan and Le, EfficientNet: rethinking model scaling for convolutional neural networks,
    2019, table 1 and section 5.2.
    """

    def __init__(
        self,
        in_channels: int,
        classes: int,
        scaling: Scaling,
        *,
        dropout: float = 0.2,
        stochastic_depth: float = 0.2,
        eps: float = 1e-5,
        momentum: float = 0.1,
    ) -> None:
        super().__init__()
        unit = partial(ConvolutionUnit, eps=eps, momentum=momentum, activation=nn.SiLU)
        depths = [ceil(blocks * scaling.depth) for *_, blocks in _STAGES]
        channels = rounded_channels(32 * scaling.width)
        layers: list[nn.Module] = [unit(in_channels, channels, 3, stride=2)]
        before = 0
        for (expansion, kernel, first_stride, plain, _), depth in zip(_STAGES, depths, strict=True):
            out_channels = rounded_channels(plain * scaling.width)
            stage = nn.Sequential()
            for block in range(depth):
                stage.append(
                    MobileBottleneck(
                        channels,
                        out_channels,
                        kernel,
                        first_stride if block == 0 else 1,
                        expansion,
                        dropped=stochastic_depth * (before + block) / sum(depths),
                        eps=eps,
                        momentum=momentum,
                    )
                )
                channels = out_channels
            layers.append(stage)
            before += depth
        layers.append(unit(channels, 4 * channels, 1))
        self.features = nn.Sequential(*layers)
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        last = nn.Linear(4 * channels, classes)
        self.classifier = nn.Sequential(nn.Dropout(dropout, inplace=True), last)
        he_normal_convolutions(self)
        nn.init.uniform_(last.weight, -1 / sqrt(classes), 1 / sqrt(classes))
        nn.init.zeros_(last.bias)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The scores of the classes."""
        scores: torch.Tensor = self.classifier(self.avgpool(self.features(x)).flatten(1))
        return scores


def efficientnet(
    input_shape: tuple[int, ...] = (3, 224, 224),
    classes: int = 1000,
    *,
    variant: int = 0,
    phi: float | None = None,
    dropout: float | None = None,
    stochastic_depth: float = 0.2,
) -> EfficientNet:
    """EfficientNet of a variant 0 to 7, or of any compound coefficient `phi`, for (C, H, W).

    `dropout` is the variant's by default, and 0.2 with a `phi`. Only depth and width come from
    `phi`; give an input of the side that `compound_scaling` says.
    Raises ModelError for another variant.
    """
    if variant not in range(len(_VARIANTS)):
        raise ModelError(f"variant (={variant}) of EfficientNet must be 0 to {len(_VARIANTS) - 1}")
    published = _VARIANTS[variant if phi is None else 0]
    return EfficientNet(
        input_shape[0],
        classes,
        published.scaling if phi is None else compound_scaling(phi),
        dropout=published.dropout if dropout is None else dropout,
        stochastic_depth=stochastic_depth,
        eps=published.eps,
        momentum=published.momentum,
    )


def _entry(letter: int, variant: _Variant) -> Entry:
    side = variant.scaling.resolution
    return Entry(
        name=f"efficientnet_b{letter}",
        title=f"EfficientNet-B{letter}",
        family="efficientnet",
        year=2019,
        paper="Tan and Le, EfficientNet, ICML 2019, table 1"
        + (
            ""
            if letter == 0
            else f", scaled in depth by {variant.scaling.depth:g} and in width by "
            f"{variant.scaling.width:g}"
        ),
        build=partial(efficientnet, variant=letter),
        input_shape=(3, side, side),
        classes=1000,
        parameters=variant.parameters,
        multiply_adds=variant.multiply_adds,
        least=(1, 1),
        accuracy=Accuracy(variant.accuracy, "ImageNet", "Tan and Le 2019, table 2"),
        differences="Padded alike at both ends, where the published code pads the far end more; "
        + (
            "batch normalisation with torch's eps 1e-5 and momentum 0.1 (published: 1e-3, 0.01), "
            "as torchvision has it."
            if variant.eps == 1e-5
            else "batch normalisation as published."
        ),
        layout="torchvision",
    )


ENTRIES = tuple(_entry(letter, variant) for letter, variant in enumerate(_VARIANTS))
