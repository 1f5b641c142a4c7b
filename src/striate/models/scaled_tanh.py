"""The squashing function of the networks of the 1990s."""

import torch
from torch import nn


class ScaledTanh(nn.Tanh):
    """y = 1.7159 tanh(2 x / 3): y(1) = 1 and y(-1) = -1, and it bends most there. Any shape.

    Source: LeCun, Bottou, Bengio and Haffner, Gradient-based learning applied to document
    recognition, 1998, appendix A.
    """

    amplitude = 1.7159
    slope = 2 / 3

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The squashed input."""
        return self.amplitude * super().forward(self.slope * x)
