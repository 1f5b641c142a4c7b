"""Mixed pooling: between the maximum and the mean."""

from typing import Literal

import torch
from torch import Tensor, nn

from striate.errors import LayerError
from striate.geometry import Padding, PerAxis
from striate.layers.pooling.chance import Per, check_per, coins
from striate.layers.pooling.native import window_max, window_mean
from striate.layers.pooling.placement import Kernel, Placement
from striate.layers.pooling.window_pool import WindowPool


class MixedPool(WindowPool):
    """A mixture of the maximum and the mean of each window.

    y = a max_j x_j + (1 - a) mean_j x_j, with a

    - a number from 0 (mean) to 1 (maximum);
    - `"random"`: in training 0 or 1 with equal chance, drawn for each example, or with
      `per="call"` once for the batch; in evaluation its expectation, 1/2;
    - `"learned"`: one parameter, a = 1 / (1 + exp(-logit)), 1/2 at the start.

    Padding is neither in the maximum nor in the mean. Draws come from `generator`, else from
    torch's default one.
    (N, C, *spatial) -> (N, C, *output), 1 to 3 spatial axes.
    Raises GeometryError for arguments that no window can have, and LayerError for another a.
    Source: Yu et al., Mixed pooling for convolutional neural networks, 2014 (random); Lee,
    Gallagher and Tu, Generalizing pooling functions in convolutional neural networks: mixed,
    gated, and tree, 2016, section 3.1 (learned).
    """

    logit: nn.Parameter | None

    def __init__(
        self,
        kernel: Kernel,
        stride: PerAxis | None = None,
        padding: Padding = 0,
        *,
        a: float | Literal["random", "learned"] = 0.5,
        per: Per = "example",
        generator: torch.Generator | None = None,
        ceil_mode: bool = False,
    ) -> None:
        super().__init__(kernel, stride, padding, ceil_mode=ceil_mode)
        number = isinstance(a, int | float) and not isinstance(a, bool) and 0 <= a <= 1
        if not number and a not in ("random", "learned"):
            raise LayerError(
                f"a (={a!r}) of mixed pooling must be a number from 0 (mean) to 1 (maximum), "
                "'random' or 'learned'"
            )
        self.a = a
        self.per = check_per(per)
        self.generator = generator
        self.register_parameter("logit", nn.Parameter(torch.zeros(())) if a == "learned" else None)

    def mixture(self, x: Tensor) -> Tensor | float:
        """The a for an input: a number, or a tensor that broadcasts with the output."""
        if self.logit is not None:
            return self.logit.sigmoid().to(x.dtype)
        if not isinstance(self.a, str):
            return self.a
        if not self.training:
            return 0.5
        return coins(x, self.per, self.generator)

    def _pool(self, x: Tensor, placement: Placement) -> Tensor:
        a = self.mixture(x)
        largest = window_max(x, placement)
        return a * largest + (1 - a) * window_mean(x, placement, count_padding=False)

    def extra_repr(self) -> str:
        """The arguments, leaving out those that change nothing."""
        per = f", per={self.per!r}" if self.a == "random" else ""
        return f"{super().extra_repr()}, a={self.a!r}{per}"
