"""Maxima, sums and weighted sums of windows by torch's own kernels, any padding."""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from striate.layers.pooling.placement import Placement, padded

_MAX: dict[int, Callable[..., Tensor]] = {1: F.max_pool1d, 2: F.max_pool2d, 3: F.max_pool3d}
_GLOBAL_MAX: dict[int, Callable[..., Tensor]] = {
    1: F.adaptive_max_pool1d,
    2: F.adaptive_max_pool2d,
    3: F.adaptive_max_pool3d,
}
_AVERAGE: dict[int, Callable[..., Tensor]] = {1: F.avg_pool1d, 2: F.avg_pool2d, 3: F.avg_pool3d}
_CORRELATE: dict[int, Callable[..., Tensor]] = {1: F.conv1d, 2: F.conv2d, 3: F.conv3d}


def window_max(x: Tensor, placement: Placement) -> Tensor:
    """The largest value of each window; padding never wins.

    (N, C, *spatial) -> (N, C, *output).
    """
    if placement.is_global:
        return _GLOBAL_MAX[placement.axes](x, 1)
    kernel, stride, dilation = placement.kernel, placement.stride, placement.dilation
    max_pool = _MAX[placement.axes]
    padding = placement.native_padding
    if padding is None:
        return max_pool(padded(x, placement, -torch.inf), kernel, stride, 0, dilation)
    return max_pool(x, kernel, stride, padding, dilation, placement.ceil_mode)


def window_mean(x: Tensor, placement: Placement, count_padding: bool) -> Tensor:
    """The mean of each window, over its real values or over the layer's padding too.

    What hangs over the padded input in `ceil_mode` is never counted.
    (N, C, *spatial) -> (N, C, *output).
    """
    if placement.is_global:
        return x.mean(dim=tuple(range(2, x.dim())), keepdim=True)
    padding = placement.native_padding
    if padding is None:
        return window_sum(x, placement) / _counts(x, placement, count_padding)
    return _AVERAGE[placement.axes](
        x, placement.kernel, placement.stride, padding, placement.ceil_mode, count_padding
    )


def window_sum(x: Tensor, placement: Placement) -> Tensor:
    """The sum of each window; padding is zero. (N, C, *spatial) -> (N, C, *output)."""
    if placement.is_global:
        return x.sum(dim=tuple(range(2, x.dim())), keepdim=True)
    x = padded(x, placement, 0.0)
    kernel, stride = placement.kernel, placement.stride
    if placement.axes == 1:  # torch's 1-D average has no divisor to override
        flat = F.avg_pool2d(x.unsqueeze(2), (1, *kernel), (1, *stride), divisor_override=1)
        return flat.squeeze(2)
    return _AVERAGE[placement.axes](x, kernel, stride, divisor_override=1)


def weighted_window_sum(x: Tensor, placement: Placement, weights: Tensor) -> Tensor:
    """The sum of each window's values times the weights; padding is zero.

    (N, C, *spatial) -> (N, C, *output), with weights of the window's shape.
    """
    channels = x.shape[1]
    kernels = weights.expand(channels, 1, *weights.shape)
    x = padded(x, placement, 0.0)
    return _CORRELATE[placement.axes](x, kernels, stride=placement.stride, groups=channels)


def _counts(x: Tensor, placement: Placement, count_padding: bool) -> Tensor:
    counts = x.new_ones(())
    for n, window, outputs in zip(
        placement.spatial, placement.windows, placement.output, strict=True
    ):
        before, after = (window.before, window.after) if count_padding else (0, 0)
        start = torch.arange(outputs, device=x.device) * window.stride - window.before
        end = (start + window.kernel).clamp(max=n + after)
        counts = counts.unsqueeze(-1) * (end - start.clamp(min=-before))
    return counts
