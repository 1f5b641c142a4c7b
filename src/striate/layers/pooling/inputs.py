"""What every pooling does with its input: check it, choose the arithmetic, keep the layout."""

import torch
from torch import Tensor

from striate.errors import LayerError


def check_input(x: Tensor) -> None:
    """Raise LayerError unless x is a floating-point (N, C, *spatial) with 1 to 3 spatial axes."""
    if not 3 <= x.dim() <= 5:
        raise LayerError(
            f"pooling got an input of shape {tuple(x.shape)}; it takes a batch of 1-, 2- or 3-D "
            "feature maps: (N, C, L), (N, C, H, W) or (N, C, D, H, W)"
        )
    if not x.is_floating_point():
        raise LayerError(
            f"pooling got an input of dtype {x.dtype}; it takes floating-point numbers: "
            "convert it first, for example with x.float()"
        )


def widened(x: Tensor) -> Tensor:
    """x in the type to compute powers, sums and transforms in: float32 for 16-bit numbers."""
    return x.float() if x.dtype in (torch.bfloat16, torch.float16) else x


def like_input(y: Tensor, x: Tensor) -> Tensor:
    """y in the dtype and the memory layout (channels last or not) of x."""
    return y.to(x.dtype).contiguous(memory_format=_layout(x))


def plane_scale(x: Tensor) -> Tensor:
    """The largest value of each (example, channel), (N, C, *spatial) -> (N, C, 1, ...), x >= 0.

    As `window_scale`, for all windows of a plane together.
    """
    return _scale(x.detach().amax(dim=tuple(range(2, x.dim())), keepdim=True))


def window_scale(values: Tensor) -> Tensor:
    """The largest value of each window, (..., K) -> (..., 1), values >= 0.

    It takes no part in the gradient, and is 1 where the largest value is no scale at all (zero,
    infinite, not a number). Dividing by it keeps powers from overflowing.
    """
    return _scale(values.detach().amax(dim=-1, keepdim=True))


def _scale(largest: Tensor) -> Tensor:
    return torch.where((largest > 0) & (largest < torch.inf), largest, 1.0)


def _layout(x: Tensor) -> torch.memory_format:
    channels_last = x.shape[1] > 1 and x.stride(1) == 1 and not x.is_contiguous()
    if channels_last and x.dim() == 4:
        return torch.channels_last
    if channels_last and x.dim() == 5:
        return torch.channels_last_3d
    return torch.contiguous_format
