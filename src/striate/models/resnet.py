"""ResNet: sums of what blocks compute and of what goes past them."""

from dataclasses import dataclass
from functools import partial

import torch
from torch import nn

from striate.layers import Bottleneck
from striate.models.entry import Accuracy, Entry
from striate.models.initialisation import he_normal_convolutions
from striate.models.resnet_text import resnet_text
from striate.models.stem import Stem, known_stem
from striate.models.stochastic_depth import StochasticDepth


class BasicBlock(nn.Module):
    """A residual of two 3x3 convolutions, each with batch normalisation.

    relu(body(x) + shortcut(x)). `shortcut` is by default the input, or a 1x1 convolution with batch
    normalisation where the shape changes. The body is dropped with probability `dropped` while
    training.
    (N, C, H, W) -> (N, C', ceil(H/stride), ceil(W/stride)).
    Source: He et al. 2016, figure 5; Huang et al., Deep networks with stochastic depth, 2016.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        stride: int = 1,
        *,
        shortcut: nn.Module | None = None,
        dropped: float = 0.0,
    ) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(out_channels)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(out_channels)
        self.stochastic_depth = StochasticDepth(dropped) if dropped else None
        if shortcut is None and (stride != 1 or in_channels != out_channels):
            shortcut = nn.Sequential(
                nn.Conv2d(in_channels, out_channels, 1, stride, bias=False),
                nn.BatchNorm2d(out_channels),
            )
        self.downsample = shortcut

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The rectified sum of body and shortcut."""
        y = self.relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        if self.stochastic_depth is not None:
            y = self.stochastic_depth(y)
        y += x if self.downsample is None else self.downsample(x)
        z: torch.Tensor = self.relu(y)
        return z


@dataclass(frozen=True, slots=True)
class Stages:
    """The four stages of a residual network: their blocks, and how wide the inside of a block is.

    Stage i gives 64 * 2^i channels with basic blocks, four times as many with bottlenecks; the
    inside of a bottleneck has `width` * 2^i, convolved in so many groups.
    """

    blocks: tuple[int, int, int, int]
    bottleneck: bool
    width: int = 64
    groups: int = 1

    def block(self, stage: int, in_channels: int, stride: int) -> nn.Module:
        """A block of a stage."""
        if not self.bottleneck:
            return BasicBlock(in_channels, self.channels(stage), stride)
        width = self.width << stage
        expansion = self.channels(stage) // width
        return Bottleneck(2, in_channels, width, stride, expansion=expansion, groups=self.groups)

    def channels(self, stage: int) -> int:
        """The channels that a stage gives."""
        return (256 if self.bottleneck else 64) << stage


class ResNet(nn.Module):
    """A convolution, four stages of residual blocks, the channels' means, a classifier.

    Each stage but the first halves the sizes in its first block.
    (N, C, H, W) -> (N, classes), any H and W. Parameters are named as torchvision's.
    Source: He, Zhang, Ren and Sun, Deep residual learning for image recognition, 2016, table 1;
    first weights as in its code, by He et al. 2015 with the fan of the outputs.
    """

    def __init__(
        self, in_channels: int, classes: int, stages: Stages, *, stem: Stem = "large"
    ) -> None:
        super().__init__()
        known_stem(stem)
        self.maxpool: nn.Module | None
        if stem == "large":
            self.conv1 = nn.Conv2d(in_channels, 64, 7, 2, padding=3, bias=False)
        else:
            self.conv1 = nn.Conv2d(in_channels, 64, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(3, 2, padding=1) if stem == "large" else None
        made = []
        channels = 64
        for stage, blocks in enumerate(stages.blocks):
            layers = [stages.block(stage, channels, 1 if stage == 0 else 2)]
            channels = stages.channels(stage)
            layers += [stages.block(stage, channels, 1) for _ in range(1, blocks)]
            made.append(nn.Sequential(*layers))
        self.layer1, self.layer2, self.layer3, self.layer4 = made
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(channels, classes)
        he_normal_convolutions(self)
        nn.init.zeros_(self.fc.bias)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The scores of the classes."""
        x = self.relu(self.bn1(self.conv1(x)))
        if self.maxpool is not None:
            x = self.maxpool(x)
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        scores: torch.Tensor = self.fc(self.avgpool(x).flatten(1))
        return scores


_STAGES = {
    18: Stages((2, 2, 2, 2), bottleneck=False),
    34: Stages((3, 4, 6, 3), bottleneck=False),
    50: Stages((3, 4, 6, 3), bottleneck=True),
    101: Stages((3, 4, 23, 3), bottleneck=True),
    152: Stages((3, 8, 36, 3), bottleneck=True),
}


def residual_network(
    stages: Stages,
    input_shape: tuple[int, ...] = (3, 224, 224),
    classes: int = 1000,
    *,
    stem: Stem = "large",
) -> ResNet:
    """The residual network of such stages, for an input (C, H, W).

    Raises ModelError for an unknown stem.
    """
    return ResNet(input_shape[0], classes, stages, stem=stem)


def residual_text(
    title: str,
    stages: Stages,
    input_shape: tuple[int, ...] = (3, 224, 224),
    classes: int = 1000,
    *,
    stem: Stem = "large",
) -> str:
    """The same network in the notation.

    Raises ModelError for an unknown stem.
    """
    known_stem(stem)
    return resnet_text(
        title,
        input_shape,
        classes,
        blocks=stages.blocks,
        channels=tuple(stages.channels(stage) for stage in range(4)),
        widths=tuple(stages.width << stage for stage in range(4)) if stages.bottleneck else (),
        groups=stages.groups,
        small=stem == "small",
    )


def _entry(depth: int, parameters: int, multiply_adds: int, top1: float) -> Entry:
    title = f"ResNet-{depth}"
    stages = _STAGES[depth]
    return Entry(
        name=f"resnet{depth}",
        title=title,
        family="resnet",
        year=2015,
        paper="He et al., Deep residual learning for image recognition, CVPR 2016, table 1",
        build=partial(residual_network, stages),
        input_shape=(3, 224, 224),
        classes=1000,
        parameters=parameters,
        multiply_adds=multiply_adds,
        least=(1, 1),
        accuracy=Accuracy(top1, "ImageNet", "torchvision, IMAGENET1K_V1, one central crop"),
        differences=(
            "The stride of a bottleneck is in its 3x3 convolution, as torchvision has it; the "
            "paper has it in the first 1x1. "
            if stages.bottleneck
            else ""
        )
        + "The small stem is not of the paper, whose networks for CIFAR are resnet20 to resnet110.",
        layout="torchvision",
        text=partial(residual_text, f"{title}, He et al. 2016", stages),
    )


ENTRIES = (
    _entry(18, 11_689_512, 1_814_073_344, 0.69758),
    _entry(34, 21_797_672, 3_663_761_408, 0.73314),
    _entry(50, 25_557_032, 4_089_184_256, 0.76130),
    _entry(101, 44_549_160, 7_801_405_440, 0.77374),
    _entry(152, 60_192_808, 11_513_626_624, 0.78312),
)
