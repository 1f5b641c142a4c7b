"""The blocks of networks for small machines: separable, squeeze-and-excite, inverted residual."""

from collections import OrderedDict
from collections.abc import Callable

import torch
from torch import nn

from striate.errors import LayerError
from striate.geometry import Padding, PerAxis
from striate.layers.blocks import batch_norm
from striate.layers.convolution import convolution

MakeActivation = Callable[[], nn.Module]


class DepthwiseSeparable(nn.Sequential):
    """A convolution of each channel by itself, then a 1x1 convolution that mixes the channels.

    K*K*C + C*C' weights in place of K*K*C*C'. The bias is added once, at the end.
    (N, C, H, W) -> (N, C', H', W'); 1 to 3 axes.
    Source: Howard et al., MobileNets, 2017, section 3.1.
    """

    def __init__(
        self,
        axes: int,
        in_channels: int,
        out_channels: int,
        kernel: PerAxis = 3,
        stride: PerAxis = 1,
        *,
        padding: Padding = "same",
        dilation: PerAxis = 1,
        bias: bool = True,
    ) -> None:
        depthwise = convolution(
            axes,
            in_channels,
            in_channels,
            kernel,
            stride,
            padding=padding,
            dilation=dilation,
            groups=in_channels,
            bias=False,
        )
        pointwise = convolution(axes, in_channels, out_channels, 1, bias=bias)
        super().__init__(OrderedDict(depthwise=depthwise, pointwise=pointwise))


class SqueezeExcite(nn.Module):
    """Each channel times a gate that is computed from the means of all channels.

    x * gate(fc2(activation(fc1(mean of x over the positions)))), fc1 a linear layer to `squeezed`
    features, or channels // reduction, and fc2 one back.
    (N, C, *spatial) -> (N, C, *spatial); any number of axes.
    Raises LayerError when `channels`, `reduction` or `squeezed` is below 1.
    Source: Hu, Shen and Sun, Squeeze-and-excitation networks, 2018, section 3.
    """

    def __init__(
        self,
        channels: int,
        reduction: int = 16,
        *,
        squeezed: int | None = None,
        activation: MakeActivation = nn.ReLU,
        gate: MakeActivation = nn.Sigmoid,
    ) -> None:
        super().__init__()
        for name, number in (
            ("channels", channels),
            ("reduction", reduction),
            ("squeezed", 1 if squeezed is None else squeezed),
        ):
            if number < 1:
                raise LayerError(f"{name} (={number}) must be at least 1")
        hidden = max(channels // reduction, 1) if squeezed is None else squeezed
        self.fc1 = nn.Linear(channels, hidden)
        self.activation = activation()
        self.fc2 = nn.Linear(hidden, channels)
        self.gate = gate()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The gated channels."""
        gates = self.gate(self.fc2(self.activation(self.fc1(x.flatten(2).mean(dim=2)))))
        y: torch.Tensor = x * gates.reshape(*gates.shape, *(1,) * (x.ndim - 2))
        return y


class InvertedResidual(nn.Module):
    """Widen by a 1x1 convolution, slide depthwise, squeeze and excite, narrow by a 1x1.

    Batch normalisation after every convolution, the activation after the first two; no
    activation at the narrow end. The widening is left out when `width` equals the input channels,
    squeeze-and-excite without `squeezed`. With stride 1 and equal channels the input is added.
    (N, C, H, W) -> (N, C', ceil(H/stride), ceil(W/stride)) for odd kernels; 1 to 3 axes.
    Sources: Sandler et al., MobileNetV2, 2018, section 3.3; Howard et al., Searching for
    MobileNetV3, 2019, section 4.
    """

    def __init__(
        self,
        axes: int,
        in_channels: int,
        out_channels: int,
        width: int,
        kernel: int = 3,
        *,
        stride: int = 1,
        squeezed: int | None = None,
        activation: MakeActivation = nn.ReLU6,
        gate: MakeActivation = nn.Hardsigmoid,
    ) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        if width != in_channels:
            layers.append(
                nn.Sequential(
                    convolution(axes, in_channels, width, 1, bias=False),
                    batch_norm(axes, width),
                    activation(),
                )
            )
        slide = convolution(
            axes, width, width, kernel, stride, padding="same", groups=width, bias=False
        )
        layers.append(nn.Sequential(slide, batch_norm(axes, width), activation()))
        if squeezed is not None:
            layers.append(SqueezeExcite(width, squeezed=squeezed, gate=gate))
        narrow = convolution(axes, width, out_channels, 1, bias=False)
        layers.append(nn.Sequential(narrow, batch_norm(axes, out_channels)))
        self.block = nn.Sequential(*layers)
        self.adds_input = stride == 1 and in_channels == out_channels

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The narrow output, with the input added where the shapes agree."""
        y: torch.Tensor = self.block(x)
        return x + y if self.adds_input else y
