"""The blocks of Inception v3, named for the grid that each works on.

Branches keep the names of the published code, which say the kernels.
Source: Szegedy, Vanhoucke, Ioffe, Shlens and Wojna, Rethinking the Inception architecture for
computer vision, 2016; numbers of channels as in the published code.
"""

import torch
from torch import nn

from striate.models.inception_unit import InceptionUnit


class GridBlock(nn.Module):
    """For the 35x35 grid: 1x1; 1x1, 5x5; 1x1 and two 3x3; average pooling, 1x1.

    (N, C, H, W) -> (N, 224 + pooled, H, W). Source: figure 5, with one 5x5 left whole.
    """

    def __init__(self, in_channels: int, pooled: int) -> None:
        super().__init__()
        self.branch1x1 = InceptionUnit(in_channels, 64, 1)
        self.branch5x5_1 = InceptionUnit(in_channels, 48, 1)
        self.branch5x5_2 = InceptionUnit(48, 64, 5)
        self.branch3x3dbl_1 = InceptionUnit(in_channels, 64, 1)
        self.branch3x3dbl_2 = InceptionUnit(64, 96, 3)
        self.branch3x3dbl_3 = InceptionUnit(96, 96, 3)
        self.pool = nn.AvgPool2d(3, 1, padding=1)
        self.branch_pool = InceptionUnit(in_channels, pooled, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The branches' outputs side by side."""
        five = self.branch5x5_2(self.branch5x5_1(x))
        double = self.branch3x3dbl_3(self.branch3x3dbl_2(self.branch3x3dbl_1(x)))
        pooled = self.branch_pool(self.pool(x))
        return torch.cat((self.branch1x1(x), five, double, pooled), dim=1)


class ReducingBlock(nn.Module):
    """From the 35x35 to the 17x17 grid: 3x3; 1x1 and two 3x3; max pooling, all with stride 2.

    (N, C, H, W) -> (N, C + 480, (H-1)//2, (W-1)//2). Source: section 5, figure 10.
    """

    def __init__(self, in_channels: int) -> None:
        super().__init__()
        self.branch3x3 = InceptionUnit(in_channels, 384, 3, 2, valid=True)
        self.branch3x3dbl_1 = InceptionUnit(in_channels, 64, 1)
        self.branch3x3dbl_2 = InceptionUnit(64, 96, 3)
        self.branch3x3dbl_3 = InceptionUnit(96, 96, 3, 2, valid=True)
        self.pool = nn.MaxPool2d(3, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The branches' outputs side by side."""
        double = self.branch3x3dbl_3(self.branch3x3dbl_2(self.branch3x3dbl_1(x)))
        return torch.cat((self.branch3x3(x), double, self.pool(x)), dim=1)


class OneSidedBlock(nn.Module):
    """For the 17x17 grid: 7x7 kernels taken apart into 1x7 and 7x1, once and twice; 1x1; pooling.

    (N, C, H, W) -> (N, 768, H, W), with `inside` channels between. Source: figure 6, n = 7.
    """

    def __init__(self, in_channels: int, inside: int) -> None:
        super().__init__()
        self.branch1x1 = InceptionUnit(in_channels, 192, 1)
        self.branch7x7_1 = InceptionUnit(in_channels, inside, 1)
        self.branch7x7_2 = InceptionUnit(inside, inside, (1, 7))
        self.branch7x7_3 = InceptionUnit(inside, 192, (7, 1))
        self.branch7x7dbl_1 = InceptionUnit(in_channels, inside, 1)
        self.branch7x7dbl_2 = InceptionUnit(inside, inside, (7, 1))
        self.branch7x7dbl_3 = InceptionUnit(inside, inside, (1, 7))
        self.branch7x7dbl_4 = InceptionUnit(inside, inside, (7, 1))
        self.branch7x7dbl_5 = InceptionUnit(inside, 192, (1, 7))
        self.pool = nn.AvgPool2d(3, 1, padding=1)
        self.branch_pool = InceptionUnit(in_channels, 192, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The branches' outputs side by side."""
        once = self.branch7x7_3(self.branch7x7_2(self.branch7x7_1(x)))
        twice = self.branch7x7dbl_3(self.branch7x7dbl_2(self.branch7x7dbl_1(x)))
        twice = self.branch7x7dbl_5(self.branch7x7dbl_4(twice))
        pooled = self.branch_pool(self.pool(x))
        return torch.cat((self.branch1x1(x), once, twice, pooled), dim=1)


class SecondReducingBlock(nn.Module):
    """From the 17x17 to the 8x8 grid: 1x1, 3x3; 1x1, 1x7, 7x1, 3x3; max pooling, with stride 2.

    (N, C, H, W) -> (N, C + 512, (H-1)//2, (W-1)//2). Source: section 5.
    """

    def __init__(self, in_channels: int) -> None:
        super().__init__()
        self.branch3x3_1 = InceptionUnit(in_channels, 192, 1)
        self.branch3x3_2 = InceptionUnit(192, 320, 3, 2, valid=True)
        self.branch7x7x3_1 = InceptionUnit(in_channels, 192, 1)
        self.branch7x7x3_2 = InceptionUnit(192, 192, (1, 7))
        self.branch7x7x3_3 = InceptionUnit(192, 192, (7, 1))
        self.branch7x7x3_4 = InceptionUnit(192, 192, 3, 2, valid=True)
        self.pool = nn.MaxPool2d(3, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The branches' outputs side by side."""
        three = self.branch3x3_2(self.branch3x3_1(x))
        seven = self.branch7x7x3_3(self.branch7x7x3_2(self.branch7x7x3_1(x)))
        return torch.cat((three, self.branch7x7x3_4(seven), self.pool(x)), dim=1)


class SpreadBlock(nn.Module):
    """For the 8x8 grid: 3x3 kernels spread into a 1x3 and a 3x1 side by side; 1x1; pooling.

    (N, C, H, W) -> (N, 2048, H, W). Source: figure 7.
    """

    def __init__(self, in_channels: int) -> None:
        super().__init__()
        self.branch1x1 = InceptionUnit(in_channels, 320, 1)
        self.branch3x3_1 = InceptionUnit(in_channels, 384, 1)
        self.branch3x3_2a = InceptionUnit(384, 384, (1, 3))
        self.branch3x3_2b = InceptionUnit(384, 384, (3, 1))
        self.branch3x3dbl_1 = InceptionUnit(in_channels, 448, 1)
        self.branch3x3dbl_2 = InceptionUnit(448, 384, 3)
        self.branch3x3dbl_3a = InceptionUnit(384, 384, (1, 3))
        self.branch3x3dbl_3b = InceptionUnit(384, 384, (3, 1))
        self.pool = nn.AvgPool2d(3, 1, padding=1)
        self.branch_pool = InceptionUnit(in_channels, 192, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The branches' outputs side by side."""
        three = self.branch3x3_1(x)
        double = self.branch3x3dbl_2(self.branch3x3dbl_1(x))
        joined = (
            self.branch1x1(x),
            self.branch3x3_2a(three),
            self.branch3x3_2b(three),
            self.branch3x3dbl_3a(double),
            self.branch3x3dbl_3b(double),
            self.branch_pool(self.pool(x)),
        )
        return torch.cat(joined, dim=1)
