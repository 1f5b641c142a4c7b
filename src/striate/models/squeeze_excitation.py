"""Squeeze and excitation in the form that published weights have: 1x1 convolutions."""

import torch
from torch import nn

from striate.models.convolution_unit import Activation


class SqueezeExcitation(nn.Module):
    """Each channel times a gate that is computed from the means of all channels.

    x * scale_activation(fc2(activation(fc1(mean of x over the positions)))), fc1 to `squeezed`
    channels and fc2 back. (N, C, H, W) -> (N, C, H, W).
    Source: Hu, Shen and Sun, Squeeze-and-excitation networks, 2018, section 3.
    """

    def __init__(
        self,
        channels: int,
        squeezed: int,
        *,
        activation: Activation = nn.ReLU,
        gate: Activation = nn.Sigmoid,
    ) -> None:
        super().__init__()
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc1 = nn.Conv2d(channels, squeezed, 1)
        self.fc2 = nn.Conv2d(squeezed, channels, 1)
        self.activation = activation(inplace=True)
        self.scale_activation = gate()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The gated channels."""
        squeezed = self.activation(self.fc1(self.avgpool(x)))
        gates: torch.Tensor = self.scale_activation(self.fc2(squeezed))
        return gates * x
