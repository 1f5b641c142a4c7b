"""From stored values to what a network sees: centred, scaled floats."""

from collections.abc import Sequence

import torch
from torch import Tensor

from striate.data.description import Description

_SMALLEST_DEVIATION = 1e-3  # converter steps; a flat line stays zero instead of becoming noise


def normalise(
    stored: Tensor, description: Description, dtype: torch.dtype = torch.float32
) -> Tensor:
    """Return the batch centred and scaled as its dataset's description says.

    `(x - mean) / std`, by the training set's mean and standard deviation for each channel, or by
    each example's own where the description says `standardise = "example"`. The arithmetic is
    float32, rounded once at the end.

    Shapes: `(N, C, *spatial) -> (N, C, *spatial)`.
    """
    values = stored.to(torch.float32, copy=True)  # what follows works in place
    if description.standardise == "example":
        axes = list(range(2, values.ndim))
        centred = values.sub_(values.mean(axes, keepdim=True))
        deviation = centred.square().mean(axes, keepdim=True).sqrt_()
        return centred.div_(deviation.clamp_min_(_SMALLEST_DEVIATION)).to(dtype)
    return standardise_(values, description.mean, description.std).to(dtype)


def standardise_(values: Tensor, mean: Sequence[float], std: Sequence[float]) -> Tensor:
    """Return `(values - mean) / std`, in place, with one mean and one deviation for each channel.

    Shapes: `(N, C, *spatial) -> (N, C, *spatial)`, float32.
    """
    shape = (1, -1) + (1,) * (values.ndim - 2)
    means = torch.tensor(mean, device=values.device).view(shape)
    deviations = torch.tensor(std, device=values.device).view(shape)
    return values.sub_(means).div_(deviations)
