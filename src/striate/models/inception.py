"""Inception v3: large kernels taken apart into small and one-sided ones."""

import torch
from torch import nn

from striate.errors import ModelError
from striate.models.auxiliary import AuxiliaryOutputs
from striate.models.entry import Accuracy, Entry
from striate.models.inception_blocks import (
    GridBlock,
    OneSidedBlock,
    ReducingBlock,
    SecondReducingBlock,
    SpreadBlock,
)
from striate.models.inception_unit import InceptionUnit, input_transform
from striate.models.initialisation import truncated_normal

_LEAST_WITH_HEADS = 299


class AuxiliaryHead(nn.Module):
    """5x5 averages, a 1x1 and a 5x5 convolution, the channels' means, a classifier.

    (N, C, H, W) -> (N, classes), H and W from 17.
    Source: Szegedy et al. 2016, figure 8.
    """

    def __init__(self, in_channels: int, classes: int) -> None:
        super().__init__()
        self.pool = nn.AvgPool2d(5, 3)
        self.conv0 = InceptionUnit(in_channels, 128, 1)
        self.conv1 = InceptionUnit(128, 768, 5, valid=True)
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(768, classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The scores of the classes."""
        x = self.conv1(self.conv0(self.pool(x)))
        scores: torch.Tensor = self.fc(self.avgpool(x).flatten(1))
        return scores


class InceptionV3(nn.Module):
    """Five convolutions, eleven inception blocks, the channels' means, dropout, a classifier.

    With `heads`, an auxiliary classifier stands behind the last block of the 17x17 grid, and the
    network in training mode gives AuxiliaryOutputs.
    (N, C, H, W) -> (N, classes). Parameters are named as torchvision's, which follow TensorFlow's.
    Source: Szegedy, Vanhoucke, Ioffe, Shlens and Wojna, Rethinking the Inception architecture for
    computer vision, 2016, table 1; numbers of channels and first weights as in the published code.
    """

    def __init__(
        self,
        in_channels: int,
        classes: int,
        *,
        heads: bool = False,
        transform_input: bool = False,
        dropout: float = 0.5,
    ) -> None:
        super().__init__()
        self.transform_input = input_transform(transform_input, in_channels)
        self.Conv2d_1a_3x3 = InceptionUnit(in_channels, 32, 3, 2, valid=True)
        self.Conv2d_2a_3x3 = InceptionUnit(32, 32, 3, valid=True)
        self.Conv2d_2b_3x3 = InceptionUnit(32, 64, 3)
        self.maxpool1 = nn.MaxPool2d(3, 2)
        self.Conv2d_3b_1x1 = InceptionUnit(64, 80, 1)
        self.Conv2d_4a_3x3 = InceptionUnit(80, 192, 3, valid=True)
        self.maxpool2 = nn.MaxPool2d(3, 2)
        self.Mixed_5b = GridBlock(192, pooled=32)
        self.Mixed_5c = GridBlock(256, pooled=64)
        self.Mixed_5d = GridBlock(288, pooled=64)
        self.Mixed_6a = ReducingBlock(288)
        self.Mixed_6b = OneSidedBlock(768, inside=128)
        self.Mixed_6c = OneSidedBlock(768, inside=160)
        self.Mixed_6d = OneSidedBlock(768, inside=160)
        self.Mixed_6e = OneSidedBlock(768, inside=192)
        self.AuxLogits = AuxiliaryHead(768, classes) if heads else None
        self.Mixed_7a = SecondReducingBlock(768)
        self.Mixed_7b = SpreadBlock(1280)
        self.Mixed_7c = SpreadBlock(2048)
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.dropout = nn.Dropout(dropout)
        self.fc = nn.Linear(2048, classes)
        truncated_normal(self, 0.1)
        if self.AuxLogits is not None:
            truncated_normal(self.AuxLogits.conv1, 0.01)
            truncated_normal(self.AuxLogits.fc, 0.001)

    def forward(self, x: torch.Tensor) -> torch.Tensor | AuxiliaryOutputs:
        """The scores of the classes; in training mode with those of the head, if there is one."""
        if self.transform_input is not None:
            x = self.transform_input(x)
        x = self.maxpool1(self.Conv2d_2b_3x3(self.Conv2d_2a_3x3(self.Conv2d_1a_3x3(x))))
        x = self.maxpool2(self.Conv2d_4a_3x3(self.Conv2d_3b_1x1(x)))
        x = self.Mixed_5d(self.Mixed_5c(self.Mixed_5b(x)))
        x = self.Mixed_6c(self.Mixed_6b(self.Mixed_6a(x)))
        x = middle = self.Mixed_6e(self.Mixed_6d(x))
        x = self.Mixed_7c(self.Mixed_7b(self.Mixed_7a(x)))
        scores: torch.Tensor = self.fc(self.dropout(self.avgpool(x).flatten(1)))
        if self.training and self.AuxLogits is not None:
            return AuxiliaryOutputs(scores, (self.AuxLogits(middle),))
        return scores


def inception_v3(
    input_shape: tuple[int, ...] = (3, 299, 299),
    classes: int = 1000,
    *,
    heads: bool = False,
    transform_input: bool = False,
    dropout: float = 0.5,
) -> InceptionV3:
    """Inception v3 for an input (C, H, W).

    `heads` adds the auxiliary classifier. torchvision's weights take pixels from -1 to 1;
    `transform_input` makes these of pixels normalised by ImageNet's mean and deviation, as the
    other networks take them.
    Raises ModelError for `transform_input` without 3 channels, and for `heads` with an input below
    299x299, of which the auxiliary classifier's 5x5 convolution would have nothing.
    """
    if heads and min(input_shape[1:]) < _LEAST_WITH_HEADS:
        sizes = "x".join(map(str, input_shape[1:]))
        raise ModelError(
            "the auxiliary head (heads=True) needs an input of at least 299x299, and this is "
            f"{sizes}: its 5x5 averages and 5x5 convolution take a grid of 17x17; leave it out"
        )
    return InceptionV3(
        input_shape[0], classes, heads=heads, transform_input=transform_input, dropout=dropout
    )


ENTRIES = (
    Entry(
        name="inception_v3",
        title="Inception v3",
        family="inception",
        year=2015,
        paper="Szegedy et al., Rethinking the Inception architecture for computer vision, "
        "CVPR 2016, table 1",
        build=inception_v3,
        input_shape=(3, 299, 299),
        classes=1000,
        parameters=23_834_568,
        multiply_adds=5_713_216_096,
        least=(75, 75),
        accuracy=Accuracy(0.77294, "ImageNet", "torchvision, IMAGENET1K_V1, one central crop"),
        differences="As in the published code, which differs from the paper's table 1 in the stem "
        "(1x1 and 3x3 in place of three 3x3) and leaves one 5x5 kernel whole in the blocks of the "
        "first grid. The auxiliary head is left out unless `heads=True`; with it there are "
        "27,161,264 parameters. torchvision's weights take pixels from -1 to 1, as their "
        "registered preprocessing gives them; `transform_input=True` makes these of pixels "
        "normalised by ImageNet's mean and deviation.",
        layout="torchvision",
    ),
)
