"""The layers that LeNet-5 has of its own."""

from collections.abc import Sequence
from itertools import groupby

import torch
from torch import nn

from striate.models.radial_basis_codes import radial_basis_codes

TABLE_I = (
    (0, 1, 2),
    (1, 2, 3),
    (2, 3, 4),
    (3, 4, 5),
    (0, 4, 5),
    (0, 1, 5),
    (0, 1, 2, 3),
    (1, 2, 3, 4),
    (2, 3, 4, 5),
    (0, 3, 4, 5),
    (0, 1, 4, 5),
    (0, 1, 2, 5),
    (0, 1, 3, 4),
    (1, 2, 4, 5),
    (0, 2, 3, 5),
    (0, 1, 2, 3, 4, 5),
)
"""The maps of S2 that each of the sixteen maps of C3 sees. LeCun et al. 1998, table I."""


class PartialConvolution(nn.Module):
    """A convolution whose every output channel sees some of the input channels only.

    `connections` names them for each output channel. Output channels with equally many inputs,
    one after the other, are one grouped convolution: no weight is kept or used that is not there.
    (N, C, H, W) -> (N, C', H - kernel + 1, W - kernel + 1).
    Source: LeCun, Bottou, Bengio and Haffner, Gradient-based learning applied to document
    recognition, 1998, section II-B, table I.
    """

    def __init__(self, connections: Sequence[Sequence[int]], kernel: int) -> None:
        super().__init__()
        self.parts = nn.ModuleList()
        for number, (inputs, alike) in enumerate(groupby(connections, key=len)):
            seen = [channel for channels in alike for channel in channels]
            outputs = len(seen) // inputs
            self.parts.append(nn.Conv2d(len(seen), outputs, kernel, groups=outputs))
            self.register_buffer(f"seen{number}", torch.tensor(seen))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The maps in the order of the connections."""
        seen = (self.get_buffer(f"seen{number}") for number in range(len(self.parts)))
        maps = [
            part(x.index_select(1, channels))
            for part, channels in zip(self.parts, seen, strict=True)
        ]
        return torch.cat(maps, dim=1)


class Subsampling(nn.Module):
    """Each map at half the size, with a coefficient and a bias that are learned for the map.

    y = w (x1 + x2 + x3 + x4) + b over windows of 2x2, without overlap.
    (N, C, H, W) -> (N, C, floor(H/2), floor(W/2)).
    Source: LeCun, Bottou, Bengio and Haffner, Gradient-based learning applied to document
    recognition, 1998, section II-B, layer S2.
    """

    inputs = 4

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.pool = nn.AvgPool2d(2)
        self.weight = nn.Parameter(torch.empty(channels, 1, 1))
        self.bias = nn.Parameter(torch.empty(channels, 1, 1))
        # As every weight of the network, by the number of inputs of a unit: appendix A.
        for parameter in (self.weight, self.bias):
            nn.init.uniform_(parameter, -2.4 / self.inputs, 2.4 / self.inputs)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The scaled sums."""
        y: torch.Tensor = self.weight * (self.inputs * self.pool(x)) + self.bias
        return y


class RadialBasisOutput(nn.Module):
    """Minus the squared distance of the input to the code of each class, which is fixed.

    y_i = -sum_j (x_j - w_ij)^2. The paper's units give the distance, a penalty, and the least wins;
    with the sign turned the largest wins, and cross entropy over the outputs is the paper's
    criterion that lets classes compete (equation 9, without its class of rubbish).
    (N, 84) -> (N, classes).
    Source: LeCun, Bottou, Bengio and Haffner, Gradient-based learning applied to document
    recognition, 1998, section II-B, equation 7.
    """

    codes: torch.Tensor

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.register_buffer("codes", torch.tensor(radial_basis_codes(classes)))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The negative penalties."""
        return -(x.unsqueeze(1) - self.codes).square().sum(dim=2)
