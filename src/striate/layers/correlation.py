"""Correlation and true convolution of plain arrays, as the lectures define them.

Correlation slides the kernel as it is, convolution slides it flipped along every axis. What
the field calls a convolution layer correlates; where weights are learned it makes no difference.
"""

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F

from striate.errors import LayerError
from striate.geometry import Padding, PerAxis, conv_size, per_axis, resolve_padding
from striate.layers.boundary import Boundary, pad

_CONVOLVE: dict[int, Callable[..., torch.Tensor]] = {1: F.conv1d, 2: F.conv2d, 3: F.conv3d}
_PLAIN_AXES = (1, 2)


def correlate(
    x: Any,
    kernel: Any,
    stride: PerAxis = 1,
    padding: Padding = 0,
    dilation: PerAxis = 1,
    *,
    boundary: Boundary = "zeros",
    value: float = 0.0,
) -> torch.Tensor:
    """The correlation of an array with a kernel.

    y[i] = sum_j kernel[j] * x[i*stride - before + j*dilation], along every axis.

    Shapes: a signal (L) with a kernel (K) gives (L'), an image (H, W) with (K, K') gives (H', W').
    With channels the kernel is (C', C, *spatial), and (C, *spatial) gives (C', *spatial'),
    (N, C, *spatial) gives (N, C', *spatial'), in 1 to 3 axes. Whole numbers give whole numbers.
    `x` and `kernel` are tensors, numpy arrays or nested lists; `padding` is in elements, or
    `same`, `valid`, `full`; `value` fills the `constant` boundary.
    Raises LayerError for shapes that do not go together and as `pad` does; GeometryError when
    the kernel is larger than the padded input.
    """
    inputs, weights = _operands(x, kernel)
    plain = weights.ndim == inputs.ndim and weights.ndim in _PLAIN_AXES
    axes = weights.ndim if plain else weights.ndim - 2
    batched = inputs.ndim == axes + 2
    if plain:
        inputs, weights = inputs[None, None], weights[None, None]
    elif axes in _CONVOLVE and inputs.ndim == axes + 1:
        inputs = inputs[None]
    if axes not in _CONVOLVE or inputs.ndim != axes + 2 or inputs.shape[1] != weights.shape[1]:
        raise LayerError(
            f"an input of shape {tuple(inputs.shape)} does not go with a kernel of shape "
            f"{tuple(weights.shape)}: give a signal and a kernel of one axis, an image and a "
            "kernel of two, or (C, *spatial) or (N, C, *spatial) with a kernel (C', C, *spatial)"
        )
    taps, spatial = tuple(weights.shape[2:]), tuple(inputs.shape[2:])
    sides = resolve_padding(padding, taps, dilation, axes)
    conv_size(spatial, taps, stride, sides, dilation)
    y = _CONVOLVE[axes](
        pad(inputs, sides, boundary, value),
        weights,
        stride=per_axis(stride, axes, "stride"),
        dilation=per_axis(dilation, axes, "dilation"),
    )
    if plain:
        return y[0, 0]
    return y if batched else y[0]


def convolve(
    x: Any,
    kernel: Any,
    stride: PerAxis = 1,
    padding: Padding = 0,
    dilation: PerAxis = 1,
    *,
    boundary: Boundary = "zeros",
    value: float = 0.0,
) -> torch.Tensor:
    """The true convolution of an array with a kernel: the correlation with the flipped kernel.

    y[i] = sum_j kernel[K-1-j] * x[i*stride - before + j*dilation], along every axis. With padding
    `full` and stride 1 that is the convolution of mathematics, as numpy.convolve computes it.

    Shapes, units and errors as `correlate`.
    """
    inputs, weights = _operands(x, kernel)
    flipped = range(weights.ndim) if weights.ndim == inputs.ndim <= 2 else range(2, weights.ndim)
    return correlate(
        inputs,
        weights.flip(tuple(flipped)),
        stride,
        padding,
        dilation,
        boundary=boundary,
        value=value,
    )


def _operands(x: Any, kernel: Any) -> tuple[torch.Tensor, torch.Tensor]:
    """Both as tensors of one dtype; whole numbers as int64, in which no product overflows."""
    inputs = x if isinstance(x, torch.Tensor) else torch.tensor(x)
    weights = kernel if isinstance(kernel, torch.Tensor) else torch.tensor(kernel)
    dtype = torch.promote_types(inputs.dtype, weights.dtype)
    if not (dtype.is_floating_point or dtype.is_complex):
        dtype = torch.int64
    return inputs.to(dtype), weights.to(inputs.device, dtype)
