"""Response normalisation across neighbouring channels, in any floating-point type."""

import torch
from torch import nn


class ResponseNorm(nn.LocalResponseNorm):
    """y_i = x_i / (k + alpha sum_j x_j^2)^beta over the n channels j around i.

    n = 5, k = 2, alpha = 1e-4 and beta = 0.75 are AlexNet's. torch's layer divides its own alpha
    by n, and does not know 16-bit numbers on every device: those are normalised in float32.
    (N, C, *spatial) -> (N, C, *spatial).
    Source: Krizhevsky, Sutskever and Hinton, ImageNet classification with deep convolutional neural
    networks, 2012, section 3.3.
    """

    def __init__(
        self, channels: int = 5, alpha: float = 1e-4, beta: float = 0.75, k: float = 2.0
    ) -> None:
        super().__init__(channels, channels * alpha, beta, k)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The normalised input."""
        wide = x.float() if x.dtype in (torch.bfloat16, torch.float16) else x
        return super().forward(wide).to(x.dtype)
