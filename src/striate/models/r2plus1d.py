"""R(2+1)D: residual networks for video, each convolution split into one in space, one in time."""

import torch
from torch import nn

from striate.models.entry import Accuracy, Entry
from striate.models.initialisation import he_normal_convolutions, normal_linears


class SpaceThenTime(nn.Sequential):
    """A 1x3x3 convolution, batch normalisation, ReLU, a 3x1x1 convolution.

    `middle` channels between them; `middle_channels` gives as many weights as one 3x3x3 has.
    (N, C, T, H, W) -> (N, C', ceil(T/stride), ceil(H/stride), ceil(W/stride)).
    Source: Tran et al. 2018, section 3.5 and figure 1e.
    """

    def __init__(self, in_channels: int, out_channels: int, middle: int, stride: int = 1) -> None:
        super().__init__(
            nn.Conv3d(
                in_channels,
                middle,
                (1, 3, 3),
                stride=(1, stride, stride),
                padding=(0, 1, 1),
                bias=False,
            ),
            nn.BatchNorm3d(middle),
            nn.ReLU(inplace=True),
            nn.Conv3d(
                middle,
                out_channels,
                (3, 1, 1),
                stride=(stride, 1, 1),
                padding=(1, 0, 0),
                bias=False,
            ),
        )


def middle_channels(in_channels: int, out_channels: int) -> int:
    """The channels between a 1x3x3 and a 3x1x1 convolution that have the weights of one 3x3x3.

    floor(27 C C' / (9 C + 3 C')).
    Source: Tran et al. 2018, section 3.5.
    """
    return 27 * in_channels * out_channels // (9 * in_channels + 3 * out_channels)


class SplitBlock(nn.Module):
    """A residual of two split convolutions, each with batch normalisation.

    (N, C, T, H, W) -> (N, C', ceil(T/stride), ceil(H/stride), ceil(W/stride)).
    Source: Tran et al. 2018, section 3; the middle channels of torchvision, see `middle_as_paper`.
    """

    def __init__(
        self, in_channels: int, out_channels: int, stride: int, *, middle_as_paper: bool
    ) -> None:
        super().__init__()
        first = middle_channels(in_channels, out_channels)
        second = middle_channels(out_channels, out_channels) if middle_as_paper else first
        self.conv1 = nn.Sequential(
            SpaceThenTime(in_channels, out_channels, first, stride),
            nn.BatchNorm3d(out_channels),
            nn.ReLU(inplace=True),
        )
        self.conv2 = nn.Sequential(
            SpaceThenTime(out_channels, out_channels, second), nn.BatchNorm3d(out_channels)
        )
        self.relu = nn.ReLU(inplace=True)
        self.downsample: nn.Module | None = None
        if stride != 1 or in_channels != out_channels:
            self.downsample = nn.Sequential(
                nn.Conv3d(in_channels, out_channels, 1, stride=stride, bias=False),
                nn.BatchNorm3d(out_channels),
            )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The rectified sum of body and shortcut."""
        y = self.conv2(self.conv1(x))
        y += x if self.downsample is None else self.downsample(x)
        z: torch.Tensor = self.relu(y)
        return z


class R2Plus1D(nn.Module):
    """A split stem, four stages of two residual blocks, the mean of each channel, a classifier.

    The stem halves space; stages 2 to 4 halve space and time. The second convolution of a block has
    as many middle channels as the first; `middle_as_paper` counts them anew from its own channels.
    (N, C, T, H, W) -> (N, classes), any size. Parameters are named as torchvision's.
    Source: Tran, Wang, Torresani, Ray, LeCun and Paluri, A closer look at spatiotemporal
    convolutions for action recognition, 2018, sections 3 and 4.1.
    """

    def __init__(self, in_channels: int, classes: int, *, middle_as_paper: bool = False) -> None:
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv3d(in_channels, 45, (1, 7, 7), stride=(1, 2, 2), padding=(0, 3, 3), bias=False),
            nn.BatchNorm3d(45),
            nn.ReLU(inplace=True),
            nn.Conv3d(45, 64, (3, 1, 1), padding=(1, 0, 0), bias=False),
            nn.BatchNorm3d(64),
            nn.ReLU(inplace=True),
        )

        def stage(before: int, channels: int, stride: int) -> nn.Sequential:
            return nn.Sequential(
                SplitBlock(before, channels, stride, middle_as_paper=middle_as_paper),
                SplitBlock(channels, channels, 1, middle_as_paper=middle_as_paper),
            )

        self.layer1 = stage(64, 64, 1)
        self.layer2 = stage(64, 128, 2)
        self.layer3 = stage(128, 256, 2)
        self.layer4 = stage(256, 512, 2)
        self.avgpool = nn.AdaptiveAvgPool3d(1)
        self.fc = nn.Linear(512, classes)
        he_normal_convolutions(self)
        normal_linears(self, 0.01)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The scores of the classes."""
        x = self.layer4(self.layer3(self.layer2(self.layer1(self.stem(x)))))
        scores: torch.Tensor = self.fc(self.avgpool(x).flatten(1))
        return scores


def r2plus1d_18(
    input_shape: tuple[int, ...] = (3, 16, 112, 112),
    classes: int = 400,
    *,
    middle_as_paper: bool = False,
) -> R2Plus1D:
    """R(2+1)D of 18 layers for a clip (C, T, H, W)."""
    return R2Plus1D(input_shape[0], classes, middle_as_paper=middle_as_paper)


ENTRIES = (
    Entry(
        name="r2plus1d_18",
        title="R(2+1)D-18",
        family="video",
        year=2018,
        paper="Tran et al., A closer look at spatiotemporal convolutions, CVPR 2018, section 3.5",
        build=r2plus1d_18,
        input_shape=(3, 16, 112, 112),
        classes=400,
        parameters=31_505_325,
        multiply_adds=40_519_080_960,
        least=(1, 1, 1),
        accuracy=Accuracy(0.68, "Kinetics-400, video top-1", "Tran et al. 2018, table 2"),
        differences="Where a block widens, its second convolution has the middle channels of the "
        "first, as in torchvision; `middle_as_paper=True` follows the formula of the paper (33.3 M "
        "parameters). First weights are He et al. 2015, as torchvision's.",
        layout="torchvision",
    ),
)
