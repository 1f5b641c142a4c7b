"""The residual networks of the ResNet paper for CIFAR-10: three stages, no parameters beside."""

from functools import partial

import torch
from torch import nn

from striate.errors import ModelError
from striate.models.entry import Accuracy, Entry
from striate.models.initialisation import he_normal_convolutions
from striate.models.padded_shortcut import PaddedShortcut
from striate.models.resnet import BasicBlock
from striate.models.stochastic_depth import linear_decay


class CifarResNet(nn.Module):
    """A 3x3 convolution, three stages of n basic blocks, the channels' means, a classifier.

    6n + 2 layers of 16, 32 and 64 channels; shortcuts have no parameters. Block l of L is dropped
    while training with probability l / L * `stochastic_depth`.
    (N, C, H, W) -> (N, classes), any H and W.
    Source: He, Zhang, Ren and Sun, Deep residual learning for image recognition, 2016,
    section 4.2; stochastic depth: Huang et al. 2016, section 4, who have 0.5 in the 110 layers.
    """

    def __init__(
        self, in_channels: int, classes: int, blocks: int, *, stochastic_depth: float = 0.0
    ) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, 16, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        self.relu = nn.ReLU(inplace=True)
        dropped = iter(linear_decay(3 * blocks, stochastic_depth))
        made = []
        before = 16
        for channels in (16, 32, 64):
            layers: list[nn.Module] = []
            for _ in range(blocks):
                if channels == before:
                    layers.append(BasicBlock(channels, channels, dropped=next(dropped)))
                else:
                    shortcut = PaddedShortcut(2, channels - before)
                    layers.append(
                        BasicBlock(before, channels, 2, shortcut=shortcut, dropped=next(dropped))
                    )
                before = channels
            made.append(nn.Sequential(*layers))
        self.layer1, self.layer2, self.layer3 = made
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(64, classes)
        he_normal_convolutions(self)
        nn.init.zeros_(self.fc.bias)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The scores of the classes."""
        x = self.relu(self.bn1(self.conv1(x)))
        x = self.layer3(self.layer2(self.layer1(x)))
        scores: torch.Tensor = self.fc(self.avgpool(x).flatten(1))
        return scores


def cifar_resnet(
    input_shape: tuple[int, ...] = (3, 32, 32),
    classes: int = 10,
    *,
    depth: int = 20,
    stochastic_depth: float = 0.0,
) -> CifarResNet:
    """The residual network of 6n + 2 layers for small images (C, H, W).

    `stochastic_depth` is the probability with which the last block is dropped while training.
    Raises ModelError for a depth that is not 6n + 2.
    """
    if depth < 8 or depth % 6 != 2:
        raise ModelError(
            f"depth (={depth}) of a residual network for CIFAR must be 6n + 2: 20, 32, 44, 56, 110"
        )
    return CifarResNet(input_shape[0], classes, depth // 6, stochastic_depth=stochastic_depth)


def _entry(depth: int, parameters: int, multiply_adds: int, accuracy: float) -> Entry:
    return Entry(
        name=f"resnet{depth}",
        title=f"ResNet-{depth}",
        family="resnet",
        year=2015,
        paper="He et al., Deep residual learning for image recognition, CVPR 2016, section 4.2",
        build=partial(cifar_resnet, depth=depth),
        input_shape=(3, 32, 32),
        classes=10,
        parameters=parameters,
        multiply_adds=multiply_adds,
        least=(1, 1),
        accuracy=Accuracy(accuracy, "CIFAR-10", "He et al. 2016, table 6"),
    )


ENTRIES = (
    _entry(20, 269_722, 40_551_040, 0.9125),
    _entry(56, 853_018, 125_485_696, 0.9303),
    _entry(110, 1_727_962, 252_887_680, 0.9357),
)
