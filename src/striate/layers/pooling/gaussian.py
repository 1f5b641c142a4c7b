"""L2 pooling with a Gaussian window."""

from collections.abc import Sequence
from math import isfinite

import torch
from torch import Tensor

from striate.errors import LayerError
from striate.geometry import Padding, PerAxis
from striate.layers.pooling.lp import LpPool
from striate.layers.pooling.placement import Kernel
from striate.layers.pooling.window_pool import WindowPool


class GaussianL2Pool(LpPool):
    """The L2 norm of each window, weighted by a Gaussian at the window's centre.

    y = sqrt(sum_j w_j x_j^2), w_j proportional to exp(-d_j^2 / (2 sigma^2)) with d_j the distance
    from the centre, and sum_j w_j = 1. `sigma`, in elements, is one number or one an axis; without
    it a quarter of the window, which then reaches two sigma to each side. Padding is zero.
    The gradient is finite everywhere, and zero in windows of zeros.
    (N, C, *spatial) -> (N, C, *output), 1 to 3 spatial axes.
    Raises GeometryError for arguments that no window can have, and LayerError for a sigma that is
    not above zero.
    Source: Sermanet, Chintala and LeCun, Convolutional neural networks applied to house numbers
    digit classification, 2012, section 2.2.
    """

    def __init__(
        self,
        kernel: Kernel,
        stride: PerAxis | None = None,
        padding: Padding = 0,
        *,
        sigma: float | Sequence[float] | None = None,
        ceil_mode: bool = False,
    ) -> None:
        super().__init__(kernel, stride, padding, p=2.0, ceil_mode=ceil_mode)
        self.sigma = tuple(sigma) if isinstance(sigma, Sequence) else sigma
        for value in self.sigma if isinstance(self.sigma, tuple) else (self.sigma,):
            if value is not None and not (isfinite(value) and value > 0):
                raise LayerError(f"sigma (={sigma}) of a Gaussian window must be above 0")

    def window_weights(self, kernel: Sequence[int], like: Tensor | None = None) -> Tensor:
        """The weights w_j of a window of the given size, in the dtype and on the device of `like`.

        They sum to 1.
        """
        sigmas = self.sigma if isinstance(self.sigma, tuple) else (self.sigma,) * len(kernel)
        if len(sigmas) != len(kernel):
            raise LayerError(
                f"sigma (={self.sigma}) has {len(sigmas)} entries and the window has "
                f"{len(kernel)} axes: give one number for every axis, or {len(kernel)}"
            )
        one = torch.ones(()) if like is None else like.new_ones(())
        weights = one
        for size, sigma in zip(kernel, sigmas, strict=True):
            profile = _profile(size, size / 4 if sigma is None else sigma, one)
            weights = weights.unsqueeze(-1) * profile
        return weights

    def extra_repr(self) -> str:
        """The arguments, leaving out those that change nothing."""
        given = "" if self.sigma is None else f", sigma={self.sigma}"
        return WindowPool.extra_repr(self) + given


def _profile(size: int, sigma: float, like: Tensor) -> Tensor:
    # Made where it is used: a copy from the processor would end a CUDA graph's capture.
    distance = torch.arange(size, dtype=like.dtype, device=like.device) - (size - 1) / 2
    return (-0.5 * (distance / sigma).square()).softmax(dim=0)
