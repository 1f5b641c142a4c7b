"""Stochastic depth: residual bodies that are skipped at random while training."""

from typing import Literal, get_args

import torch
from torch import nn

from striate.errors import LayerError

Mode = Literal["row", "batch"]


class StochasticDepth(nn.Module):
    """The body of a residual, dropped with probability p while training.

    y = b x / (1 - p), b drawn from Bernoulli(1 - p) for each example (`row`) or once for the batch
    (`batch`); y = x in evaluation mode and where p is 0. Stands between the body and the sum.
    (N, *) -> (N, *).

    The paper draws once for the batch, and multiplies by 1 - p when testing; here, as is usual now,
    the kept bodies are divided by it when training, which has the same mean.
    Raises LayerError for a p outside [0, 1] and an unknown mode.
    Source: Huang, Sun, Liu, Sedra and Weinberger, Deep networks with stochastic depth, 2016,
    section 3.
    """

    def __init__(self, p: float, mode: Mode = "row") -> None:
        super().__init__()
        if not 0 <= p <= 1:
            raise LayerError(f"p (={p}) of stochastic depth is a probability: give 0 to 1")
        if mode not in get_args(Mode):
            raise LayerError(f"mode (={mode!r}) of stochastic depth must be 'row' or 'batch'")
        self.p = p
        self.mode = mode

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The body's output, or 0."""
        if not self.training or self.p == 0:
            return x
        drawn = x.shape[0] if self.mode == "row" else 1
        kept = x.new_empty((drawn, *(1,) * (x.ndim - 1))).bernoulli_(1 - self.p)
        if self.p < 1:
            kept = kept / (1 - self.p)
        return x * kept

    def extra_repr(self) -> str:
        """The probability and the mode."""
        return f"p={self.p:g}, mode={self.mode!r}"


def linear_decay(blocks: int, last: float) -> tuple[float, ...]:
    """The probability with which each of so many blocks is dropped, growing with depth.

    p_l = l / L * p_L for l = 1 ... L, `last` = p_L: early blocks extract what all later ones use.
    Source: Huang et al. 2016, section 3, equation 4 (p there is what survives, here what drops).
    """
    return tuple(last * block / blocks for block in range(1, blocks + 1))
