"""The blocks that well-known networks are made of: bottleneck, inception, fire.

Their parameters have the names that torchvision's published weights have.
"""

import torch
from torch import nn

from striate.errors import LayerError
from striate.layers.convolution import convolution
from striate.layers.joins import Parallel

_BATCH_NORMS: dict[int, type[nn.BatchNorm1d | nn.BatchNorm2d | nn.BatchNorm3d]] = {
    1: nn.BatchNorm1d,
    2: nn.BatchNorm2d,
    3: nn.BatchNorm3d,
}
_MAX_POOLS: dict[int, type[nn.MaxPool1d | nn.MaxPool2d | nn.MaxPool3d]] = {
    1: nn.MaxPool1d,
    2: nn.MaxPool2d,
    3: nn.MaxPool3d,
}


class Bottleneck(nn.Module):
    """A residual of a 1x1, a 3x3 and a 1x1 convolution, each with batch normalisation.

    The first narrows to `width` channels, the second slides with the stride, the third widens to
    expansion * width. The shortcut is the input, or a 1x1 convolution with batch normalisation
    where the shape changes.
    (N, C, H, W) -> (N, expansion * width, ceil(H/stride), ceil(W/stride)); 1 to 3 axes.
    Source: He, Zhang, Ren and Sun, Deep residual learning for image recognition, 2016, figure 5,
    with the stride in the 3x3 convolution.
    """

    def __init__(
        self,
        axes: int,
        in_channels: int,
        width: int,
        stride: int = 1,
        *,
        expansion: int = 4,
        groups: int = 1,
    ) -> None:
        super().__init__()
        out_channels = expansion * width
        self.conv1 = convolution(axes, in_channels, width, 1, bias=False)
        self.bn1 = batch_norm(axes, width)
        self.conv2 = convolution(
            axes, width, width, 3, stride, padding=1, groups=groups, bias=False
        )
        self.bn2 = batch_norm(axes, width)
        self.conv3 = convolution(axes, width, out_channels, 1, bias=False)
        self.bn3 = batch_norm(axes, out_channels)
        self.relu = nn.ReLU(inplace=True)
        self.downsample: nn.Module | None = None
        if stride != 1 or in_channels != out_channels:
            self.downsample = nn.Sequential(
                convolution(axes, in_channels, out_channels, 1, stride, bias=False),
                batch_norm(axes, out_channels),
            )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The rectified sum of body and shortcut."""
        y = self.relu(self.bn1(self.conv1(x)))
        y = self.relu(self.bn2(self.conv2(y)))
        y = self.bn3(self.conv3(y))
        y += x if self.downsample is None else self.downsample(x)
        z: torch.Tensor = self.relu(y)
        return z


class Inception(Parallel):
    """Four branches side by side: 1x1; 1x1 then 3x3; 1x1 then 5x5; max pooling then 1x1.

    Every convolution is rectified. `reduced` channels go into the 3x3 and the 5x5 convolution.
    (N, C, H, W) -> (N, ones + threes + fives + pooled, H, W); 1 to 3 axes.
    Source: Szegedy et al., Going deeper with convolutions, 2015, figure 2b.
    """

    def __init__(
        self,
        axes: int,
        in_channels: int,
        *,
        ones: int,
        threes: tuple[int, int],
        fives: tuple[int, int],
        pooled: int,
    ) -> None:
        super().__init__(
            (
                _rectified(axes, in_channels, ones, 1),
                nn.Sequential(
                    _rectified(axes, in_channels, threes[0], 1),
                    _rectified(axes, threes[0], threes[1], 3),
                ),
                nn.Sequential(
                    _rectified(axes, in_channels, fives[0], 1),
                    _rectified(axes, fives[0], fives[1], 5),
                ),
                nn.Sequential(
                    _MAX_POOLS[axes](3, stride=1, padding=1),
                    _rectified(axes, in_channels, pooled, 1),
                ),
            )
        )


class Fire(nn.Module):
    """A 1x1 convolution that squeezes, then 1x1 and 3x3 convolutions side by side that expand.

    All three are rectified, in place. (N, C, H, W) -> (N, ones + threes, H, W); 1 to 3 axes.
    Source: Iandola et al., SqueezeNet, 2016, section 3.2.
    """

    def __init__(self, axes: int, in_channels: int, squeezed: int, ones: int, threes: int) -> None:
        super().__init__()
        self.squeeze = convolution(axes, in_channels, squeezed, 1)
        self.squeeze_activation = nn.ReLU(inplace=True)
        self.expand1x1 = convolution(axes, squeezed, ones, 1)
        self.expand1x1_activation = nn.ReLU(inplace=True)
        self.expand3x3 = convolution(axes, squeezed, threes, 3, padding=1)
        self.expand3x3_activation = nn.ReLU(inplace=True)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The expanded channels, 1x1 first."""
        x = self.squeeze_activation(self.squeeze(x))
        ones = self.expand1x1_activation(self.expand1x1(x))
        threes = self.expand3x3_activation(self.expand3x3(x))
        return torch.cat((ones, threes), dim=1)


def batch_norm(axes: int, channels: int) -> nn.Module:
    """Batch normalisation of (N, C, *spatial) with so many spatial axes."""
    if axes not in _BATCH_NORMS:
        raise LayerError(f"axes (={axes}) must be 1, 2 or 3")
    return _BATCH_NORMS[axes](channels)


def _rectified(axes: int, in_channels: int, out_channels: int, kernel: int) -> nn.Sequential:
    conv = convolution(axes, in_channels, out_channels, kernel, padding="same")
    return nn.Sequential(conv, nn.ReLU())
