"""Lp pooling."""

from collections.abc import Sequence
from math import inf

import torch
from torch import Tensor

from striate.errors import LayerError
from striate.geometry import Padding, PerAxis
from striate.layers.pooling.inputs import plane_scale, widened, window_scale
from striate.layers.pooling.native import weighted_window_sum, window_max, window_sum
from striate.layers.pooling.placement import Kernel, Placement, extract
from striate.layers.pooling.window_pool import WindowPool

Weights = Tensor | Sequence["Weights"] | Sequence[float]
"""A number for each place in a window: a tensor, or rows of rows of numbers."""

# Up to here x**p of float32 vanishes only below a float32 rounding error of the plane's largest
# value, so that one scale a plane serves all its windows.
_LARGEST_PLANE_POWER = 4.0


class LpPool(WindowPool):
    """The Lp norm of each window, from the sum (p = 1) to the maximum (p = inf).

    y = (sum_j w_j |x_j|^p)^(1/p), for any p > 0; w_j = 1 unless `weights` of the window's shape
    are given (for p = inf the maximum over the places of positive weight). The magnitude |x_j|
    makes odd and broken p defined for negative values (torch.nn.LPPool2d, the same for even p,
    is not a number there). Padding is zero. Computed without overflow; the gradient is finite
    everywhere, and zero where the norm has none: in windows of zeros, and for p < 1 at each zero.
    (N, C, *spatial) -> (N, C, *output), 1 to 3 spatial axes.
    Raises GeometryError for arguments that no window can have, and LayerError for a p that is
    not above zero or weights that are negative, all zero or of another shape than the window.
    Source: Sermanet, Chintala and LeCun, Convolutional neural networks applied to house numbers
    digit classification, 2012, section 2.2.
    """

    weights: Tensor | None

    def __init__(
        self,
        kernel: Kernel,
        stride: PerAxis | None = None,
        padding: Padding = 0,
        *,
        p: float = 2.0,
        weights: Weights | None = None,
        ceil_mode: bool = False,
    ) -> None:
        if not _is_power(p):
            raise LayerError(f"p (={p!r}) of Lp pooling must be a number above 0 (inf: maximum)")
        table = None if weights is None else _weight_table(weights, kernel)
        super().__init__(
            kernel if table is None else tuple(table.shape), stride, padding, ceil_mode=ceil_mode
        )
        self.p = float(p)
        self.register_buffer("weights", table)

    def window_weights(
        self,
        kernel: Sequence[int],  # noqa: ARG002 (a subclass's weights depend on it)
        like: Tensor | None = None,
    ) -> Tensor | None:
        """The weights w_j of a window of the given size, None when all are 1.

        With `like`, in its dtype and on its device.
        """
        if self.weights is None or like is None:
            return self.weights
        return self.weights.to(like)

    def _pool(self, x: Tensor, placement: Placement) -> Tensor:
        magnitude = widened(x).abs()
        weights = self.window_weights(placement.kernel, magnitude)
        if self.p == inf and weights is None:
            return window_max(magnitude, placement)
        if self.p <= _LARGEST_PLANE_POWER:
            return _norm_by_plane(magnitude, placement, self.p, weights)
        return _norm_by_window(extract(magnitude, placement), self.p, weights)

    def extra_repr(self) -> str:
        """The arguments, leaving out those that change nothing."""
        weighted = "" if self.weights is None else f", weights={self.weights.tolist()}"
        return f"{super().extra_repr()}, p={self.p:g}{weighted}"


def _norm_by_plane(
    magnitude: Tensor, placement: Placement, p: float, weights: Tensor | None
) -> Tensor:
    scale = plane_scale(magnitude)
    powers = _power(magnitude / scale, p)
    if weights is None:
        total = window_sum(powers, placement)
    else:
        total = weighted_window_sum(powers, placement, weights)
    return _root(total, p) * scale


def _norm_by_window(values: Tensor, p: float, weights: Tensor | None) -> Tensor:
    """The norm over the last axis, each window scaled by its own largest value."""
    if weights is not None:
        weights = weights.flatten()
        # What counts for nothing must not set the scale either.
        values = torch.where(weights > 0, values, 0.0)
    if p == inf:
        return values.amax(dim=-1)
    scale = window_scale(values)
    powers = _power(values / scale, p)
    total = (powers if weights is None else powers * weights).sum(dim=-1)
    return _root(total, p) * scale.squeeze(-1)


def _is_power(p: object) -> bool:
    return isinstance(p, int | float) and not isinstance(p, bool) and p > 0


def _power(x: Tensor, p: float) -> Tensor:
    """x**p for x >= 0, with the gradient zero at x = 0 for p < 1, where it would be infinite."""
    if p >= 1:
        return x.pow(p)
    positive = x > 0
    return torch.where(positive, torch.where(positive, x, 1.0).pow(p), x.detach())


def _root(total: Tensor, p: float) -> Tensor:
    """total**(1/p) with the gradient zero at zero; the inner 1 keeps infinities out of it."""
    positive = total != 0
    return torch.where(positive, torch.where(positive, total, 1.0).pow(1 / p), total.detach())


def _weight_table(weights: Weights, kernel: Kernel) -> Tensor:
    if isinstance(kernel, str):
        raise LayerError("a global pooling has windows of the input's size: it takes no weights")
    try:
        table = torch.as_tensor(weights).detach().clone()
    except (TypeError, ValueError) as error:
        raise LayerError(f"weights (={weights!r}) must be a table of numbers: {error}") from error
    if not table.is_floating_point():
        table = table.to(torch.get_default_dtype())
    expected = tuple(kernel) if isinstance(kernel, Sequence) else (kernel,) * table.dim()
    if tuple(table.shape) != expected or table.dim() == 0:
        raise LayerError(
            f"weights of shape {tuple(table.shape)} do not fit a window of kernel {kernel}: "
            "they need one number for each place in the window"
        )
    if not bool(torch.isfinite(table).all()) or bool((table < 0).any()) or not bool(table.any()):
        raise LayerError(
            f"weights (={table.tolist()}) of Lp pooling must be finite, not negative, and not "
            "all zero"
        )
    return table
