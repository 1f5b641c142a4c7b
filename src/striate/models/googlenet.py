"""GoogLeNet: layers of several kernels side by side."""

import torch
from torch import nn

from striate.errors import ModelError
from striate.models.auxiliary import AuxiliaryOutputs
from striate.models.entry import Accuracy, Entry
from striate.models.inception_unit import InceptionUnit, input_transform
from striate.models.initialisation import truncated_normal


class InceptionBlock(nn.Module):
    """Four branches, joined: 1x1; 1x1 then 3x3; 1x1 then `largest`; max pooling then 1x1.

    `threes` and `fives` are the channels into and out of the larger convolutions.
    (N, C, H, W) -> (N, ones + threes[1] + fives[1] + pooled, H, W).
    Source: Szegedy et al. 2015, figure 2b.
    """

    def __init__(
        self,
        in_channels: int,
        *,
        ones: int,
        threes: tuple[int, int],
        fives: tuple[int, int],
        pooled: int,
        largest: int,
    ) -> None:
        super().__init__()
        self.branch1 = InceptionUnit(in_channels, ones, 1)
        self.branch2 = nn.Sequential(
            InceptionUnit(in_channels, threes[0], 1), InceptionUnit(*threes, 3)
        )
        self.branch3 = nn.Sequential(
            InceptionUnit(in_channels, fives[0], 1), InceptionUnit(*fives, largest)
        )
        self.branch4 = nn.Sequential(
            nn.MaxPool2d(3, 1, padding=1, ceil_mode=True), InceptionUnit(in_channels, pooled, 1)
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The branches' outputs side by side."""
        branches = (self.branch1, self.branch2, self.branch3, self.branch4)
        return torch.cat([branch(x) for branch in branches], dim=1)


class AuxiliaryHead(nn.Module):
    """Means over a 4x4 grid, a 1x1 convolution to 128 channels, 1024 units, dropout, a classifier.

    (N, C, H, W) -> (N, classes), any H and W.
    Source: Szegedy et al. 2015, section 5, whose 5x5 averages of 14x14 give the same grid.
    """

    def __init__(self, in_channels: int, classes: int, dropout: float) -> None:
        super().__init__()
        self.avgpool = nn.AdaptiveAvgPool2d(4)
        self.conv = InceptionUnit(in_channels, 128, 1)
        self.fc1 = nn.Linear(2048, 1024)
        self.relu = nn.ReLU(inplace=True)
        self.dropout = nn.Dropout(dropout)
        self.fc2 = nn.Linear(1024, classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The scores of the classes."""
        x = self.conv(self.avgpool(x)).flatten(1)
        scores: torch.Tensor = self.fc2(self.dropout(self.relu(self.fc1(x))))
        return scores


class GoogLeNet(nn.Module):
    """Three convolutions, nine inception blocks, the channels' means, dropout, a classifier.

    With `heads`, auxiliary classifiers stand behind blocks 4a and 4d, and the network in training
    mode gives AuxiliaryOutputs. `largest` is the side of the largest kernels.
    (N, C, H, W) -> (N, classes). Parameters are named as torchvision's.
    Source: Szegedy et al., Going deeper with convolutions, 2015, table 1; batch normalisation:
    Ioffe and Szegedy 2015.
    """

    def __init__(
        self,
        in_channels: int,
        classes: int,
        *,
        heads: bool = False,
        transform_input: bool = False,
        largest: int = 3,
        dropout: float = 0.2,
        dropout_heads: float = 0.7,
    ) -> None:
        super().__init__()

        def block(
            channels: int,
            ones: int,
            threes: tuple[int, int],
            fives: tuple[int, int],
            pooled: int,
        ) -> InceptionBlock:
            return InceptionBlock(
                channels, ones=ones, threes=threes, fives=fives, pooled=pooled, largest=largest
            )

        self.transform_input = input_transform(transform_input, in_channels)
        self.conv1 = InceptionUnit(in_channels, 64, 7, 2)
        self.maxpool1 = nn.MaxPool2d(3, 2, ceil_mode=True)
        self.conv2 = InceptionUnit(64, 64, 1)
        self.conv3 = InceptionUnit(64, 192, 3)
        self.maxpool2 = nn.MaxPool2d(3, 2, ceil_mode=True)
        self.inception3a = block(192, 64, (96, 128), (16, 32), 32)
        self.inception3b = block(256, 128, (128, 192), (32, 96), 64)
        self.maxpool3 = nn.MaxPool2d(3, 2, ceil_mode=True)
        self.inception4a = block(480, 192, (96, 208), (16, 48), 64)
        self.inception4b = block(512, 160, (112, 224), (24, 64), 64)
        self.inception4c = block(512, 128, (128, 256), (24, 64), 64)
        self.inception4d = block(512, 112, (144, 288), (32, 64), 64)
        self.inception4e = block(528, 256, (160, 320), (32, 128), 128)
        self.maxpool4 = nn.MaxPool2d(2, 2, ceil_mode=True)
        self.inception5a = block(832, 256, (160, 320), (32, 128), 128)
        self.inception5b = block(832, 384, (192, 384), (48, 128), 128)
        self.aux1 = AuxiliaryHead(512, classes, dropout_heads) if heads else None
        self.aux2 = AuxiliaryHead(528, classes, dropout_heads) if heads else None
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.dropout = nn.Dropout(dropout)
        self.fc = nn.Linear(1024, classes)
        truncated_normal(self, 0.01)

    def forward(self, x: torch.Tensor) -> torch.Tensor | AuxiliaryOutputs:
        """The scores of the classes; in training mode with those of the heads, if there are any."""
        if self.transform_input is not None:
            x = self.transform_input(x)
        x = self.conv3(self.conv2(self.maxpool1(self.conv1(x))))
        x = self.inception3b(self.inception3a(self.maxpool2(x)))
        x = early = self.inception4a(self.maxpool3(x))
        x = late = self.inception4d(self.inception4c(self.inception4b(x)))
        x = self.maxpool4(self.inception4e(x))
        x = self.inception5b(self.inception5a(x))
        scores: torch.Tensor = self.fc(self.dropout(self.avgpool(x).flatten(1)))
        if self.training and self.aux1 is not None and self.aux2 is not None:
            return AuxiliaryOutputs(scores, (self.aux1(early), self.aux2(late)))
        return scores


def googlenet(
    input_shape: tuple[int, ...] = (3, 224, 224),
    classes: int = 1000,
    *,
    heads: bool = False,
    transform_input: bool = False,
    largest: int = 3,
    dropout: float = 0.2,
) -> GoogLeNet:
    """GoogLeNet for an input (C, H, W).

    `heads` adds the auxiliary classifiers. torchvision's weights take pixels from -1 to 1;
    `transform_input` makes these of pixels normalised by ImageNet's mean and deviation, as the
    other networks take them. `largest` is the side of the largest kernels, 5 in the paper.
    Raises ModelError for `transform_input` without 3 channels, and for a `largest` that is not
    3 or 5.
    """
    if largest not in (3, 5):
        raise ModelError(
            f"largest (={largest}) must be 3, as in torchvision's weights, or 5, as in the paper"
        )
    return GoogLeNet(
        input_shape[0],
        classes,
        heads=heads,
        transform_input=transform_input,
        largest=largest,
        dropout=dropout,
    )


ENTRIES = (
    Entry(
        name="googlenet",
        title="GoogLeNet",
        family="googlenet",
        year=2014,
        paper="Szegedy et al., Going deeper with convolutions, CVPR 2015, table 1",
        build=googlenet,
        input_shape=(3, 224, 224),
        classes=1000,
        parameters=6_624_904,
        multiply_adds=1_498_376_192,
        least=(15, 15),
        accuracy=Accuracy(0.69778, "ImageNet", "torchvision, IMAGENET1K_V1, one central crop"),
        differences="As torchvision has it: batch normalisation in place of local response "
        "normalisation and of biases; 3x3 kernels where the paper has 5x5 (`largest=5` has them); "
        "dropout of 0.2 (paper: 0.4). The auxiliary heads are left out unless `heads=True`; in "
        "front of them stand means over a 4x4 grid of any size. torchvision's weights take pixels "
        "from -1 to 1, as their registered preprocessing gives them; `transform_input=True` makes "
        "these of pixels normalised by ImageNet's mean and deviation.",
        layout="torchvision",
    ),
)
