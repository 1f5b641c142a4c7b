"""Convolution, batch normalisation, activation: what most networks since 2015 are made of."""

from collections.abc import Callable

from torch import nn

Activation = Callable[..., nn.Module]
"""The class of an activation that can work in place: `nn.ReLU6`, `nn.SiLU`."""


class ConvolutionUnit(nn.Sequential):
    """A convolution without bias, batch normalisation, and an activation unless it is None.

    Padded by (kernel - 1) // 2. Parameters are named 0 and 1, as torchvision's are.
    (N, C, H, W) -> (N, C', ceil(H/stride), ceil(W/stride)) for an odd kernel.
    Source: Ioffe and Szegedy, Batch normalization, 2015, section 3.2.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel: int = 3,
        stride: int = 1,
        *,
        groups: int = 1,
        eps: float = 1e-5,
        momentum: float = 0.1,
        activation: Activation | None = nn.ReLU,
    ) -> None:
        convolution = nn.Conv2d(
            in_channels,
            out_channels,
            kernel,
            stride,
            padding=(kernel - 1) // 2,
            groups=groups,
            bias=False,
        )
        layers = [convolution, nn.BatchNorm2d(out_channels, eps=eps, momentum=momentum)]
        if activation is not None:
            layers.append(activation(inplace=True))
        super().__init__(*layers)
