"""Multiplication by a constant."""

import torch
from torch import nn


class Scale(nn.Module):
    """factor * x, with a factor that is not learned. Any shape, which is kept."""

    def __init__(self, factor: float) -> None:
        super().__init__()
        self.factor = float(factor)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The multiple."""
        return x * self.factor

    def extra_repr(self) -> str:
        """The factor."""
        return f"{self.factor:g}"
