"""DS-CNN: depthwise separable keyword networks that fit a microcontroller."""

from dataclasses import dataclass
from functools import partial
from typing import Literal

import torch
from torch import nn

from striate.layers import convolution
from striate.models.entry import Accuracy, Entry
from striate.models.mobilenet import SeparableBlock

Size = Literal["small", "medium", "large"]


@dataclass(frozen=True, slots=True)
class _Plan:
    """One column of the paper's table of searched networks."""

    channels: int
    stride: tuple[int, int]
    block_strides: tuple[int, ...]
    accuracy: float
    parameters: int
    multiply_adds: int


_PLANS: dict[Size, _Plan] = {
    "small": _Plan(64, (2, 2), (1, 1, 1, 1), 0.944, 23_180, 2_656_768),
    "medium": _Plan(172, (2, 1), (2, 1, 1, 1), 0.949, 136_580, 9_816_384),
    "large": _Plan(276, (2, 1), (2, 1, 1, 1, 1), 0.954, 413_736, 28_327_812),
}


class DSCNN(nn.Module):
    """A convolution of 10 frames by 4 coefficients, separable blocks, means, a linear classifier.

    (N, C, frames, coefficients) -> (N, classes), any number of either.
    Source: Zhang, Suda, Lai and Chandra, Hello Edge: keyword spotting on microcontrollers, 2017,
    section 4; the layers stand in its appendix A.
    """

    def __init__(self, in_channels: int, classes: int, size: Size) -> None:
        super().__init__()
        plan = _PLANS[size]
        self.stem = nn.Sequential(
            convolution(
                2, in_channels, plan.channels, (10, 4), plan.stride, padding="same", bias=False
            ),
            nn.BatchNorm2d(plan.channels),
            nn.ReLU(inplace=True),
        )
        self.blocks = nn.Sequential(
            *(SeparableBlock(plan.channels, plan.channels, stride) for stride in plan.block_strides)
        )
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.classifier = nn.Linear(plan.channels, classes)
        for module in self.modules():
            if isinstance(module, (nn.Conv2d, nn.Linear)):
                nn.init.xavier_uniform_(module.weight)
        nn.init.zeros_(self.classifier.bias)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The scores of the keywords."""
        scores: torch.Tensor = self.classifier(self.avgpool(self.blocks(self.stem(x))).flatten(1))
        return scores


def ds_cnn(
    input_shape: tuple[int, ...] = (1, 49, 10), classes: int = 12, *, size: Size = "small"
) -> DSCNN:
    """DS-CNN of a size for (C, frames, coefficients)."""
    return DSCNN(input_shape[0], classes, size)


def _entry(size: Size, plan: _Plan) -> Entry:
    return Entry(
        name=f"ds_cnn_{size}",
        title=f"Keyword network DS-CNN, {size}",
        family="sound",
        year=2017,
        paper="Zhang et al., Hello Edge, arXiv 1711.07128, section 4",
        build=partial(ds_cnn, size=size),
        input_shape=(1, 49, 10),
        classes=12,
        parameters=plan.parameters,
        multiply_adds=plan.multiply_adds,
        least=(1, 1),
        accuracy=Accuracy(plan.accuracy, "Speech Commands, 12 classes", "Zhang et al. 2017"),
        differences="Convolutions have no bias, since batch normalisation brings one; it has "
        "torch's constants, and scales, which the published code's does not. A stride of 2 in a "
        "block begins one position earlier than there where the side is even.",
    )


ENTRIES = tuple(_entry(size, plan) for size, plan in _PLANS.items())
