"""The shortcut without parameters: every second position, and zeros for the new channels."""

import torch
import torch.nn.functional as F
from torch import nn


class PaddedShortcut(nn.Module):
    """x at every `stride`-th position, with `extra` channels of zeros behind its own.

    (N, C, H, W) -> (N, C + extra, ceil(H/stride), ceil(W/stride)).
    Source: He, Zhang, Ren and Sun, Deep residual learning for image recognition, 2016,
    section 3.3, option A.
    """

    def __init__(self, stride: int, extra: int) -> None:
        super().__init__()
        self.stride = stride
        self.extra = extra

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The positions kept, the zeros behind."""
        kept = x[:, :, :: self.stride, :: self.stride]
        return F.pad(kept, (0, 0, 0, 0, 0, self.extra))

    def extra_repr(self) -> str:
        """The stride and the number of new channels."""
        return f"stride={self.stride}, extra={self.extra}"
