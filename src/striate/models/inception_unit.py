"""What GoogLeNet and Inception v3 are made of, in the form that their published weights have."""

from collections import OrderedDict

import torch
from torch import nn

from striate.errors import ModelError

_MEAN = (0.485, 0.456, 0.406)
_DEVIATION = (0.229, 0.224, 0.225)


class InceptionUnit(nn.Sequential):
    """A convolution without bias, batch normalisation with eps 0.001, and ReLU.

    Padded to keep the size at stride 1, unless `valid`. Parameters are named conv and bn.
    (N, C, H, W) -> (N, C', ceil(H/stride), ceil(W/stride)) for odd kernels.
    Source: Ioffe and Szegedy, Batch normalization, 2015, section 4.2; eps as in the published code.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel: int | tuple[int, int],
        stride: int = 1,
        *,
        valid: bool = False,
    ) -> None:
        kernels = (kernel, kernel) if isinstance(kernel, int) else kernel
        padding = (0, 0) if valid else (kernels[0] // 2, kernels[1] // 2)
        super().__init__(
            OrderedDict(
                conv=nn.Conv2d(in_channels, out_channels, kernels, stride, padding, bias=False),
                bn=nn.BatchNorm2d(out_channels, eps=0.001),
                relu=nn.ReLU(inplace=True),
            )
        )


class ToUnitRange(nn.Module):
    """Pixels normalised by ImageNet's mean and deviation, brought to [-1, 1] as (p - 0.5) / 0.5.

    The published weights of both networks come from a program that scaled pixels so, and their
    users normalise as for every other network. (N, 3, H, W) -> (N, 3, H, W).
    """

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Each channel times its deviation over 0.5, moved by its mean."""
        channels = [
            x[:, channel] * (deviation / 0.5) + (mean - 0.5) / 0.5
            for channel, (mean, deviation) in enumerate(zip(_MEAN, _DEVIATION, strict=True))
        ]
        return torch.stack(channels, dim=1)


def input_transform(wanted: bool, in_channels: int) -> ToUnitRange | None:
    """The change of range in front of the network, None where it is not wanted.

    Raises ModelError when it is wanted for another number of channels than 3.
    """
    if wanted and in_channels != 3:
        raise ModelError(
            f"transform_input knows the means of 3 channels, and this input has {in_channels}"
        )
    return ToUnitRange() if wanted else None
