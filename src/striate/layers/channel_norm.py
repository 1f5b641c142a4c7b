"""Layer normalisation over the channels of each position."""

import torch
import torch.nn.functional as F
from torch import nn


class ChannelNorm(nn.Module):
    """(x - mean) / sqrt(variance + eps) * weight + bias over the channels of each position.

    Mean and (biased) variance are taken over C alone, so that every position of every example
    stands for itself. (N, C, *spatial) -> (N, C, *spatial); (N, C) too.
    Sources: Ba, Kiros and Hinton, Layer normalization, 2016; Liu et al., A ConvNet for the 2020s,
    2022, section 2.6.
    """

    def __init__(self, channels: int, eps: float = 1e-6) -> None:
        super().__init__()
        self.channels = channels
        self.eps = eps
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The normalised input."""
        last = x.movedim(1, -1)
        return F.layer_norm(last, (self.channels,), self.weight, self.bias, self.eps).movedim(-1, 1)

    def extra_repr(self) -> str:
        """The channels and eps."""
        return f"{self.channels}, eps={self.eps:g}"
