"""The regions of fractional max pooling along one axis."""

from typing import Literal

import torch
from torch import Tensor

Mode = Literal["random", "pseudorandom"]
"""Steps in random order, or steps of a line with a random offset rounded up."""


def random_regions(
    count: int,
    size: int,
    outputs: int,
    mode: Mode,
    *,
    overlapping: bool,
    generator: torch.Generator | None = None,
    device: torch.device | None = None,
) -> tuple[Tensor, Tensor]:
    """The first and the last element of each region, `count` drawn sets of them.

    Boundaries 0 = b_0 < b_1 < ... < b_outputs are `step` apart, which is
    floor or ceil of total/outputs: 1 or 2 while that is between 1 and 2. Region i is
    b_i .. b_(i+1) - 1 of total = size elements, or, overlapping, b_i .. b_(i+1) with
    total = size - 1: either way every element is in a region.

    - `random`: as many long steps as it takes, in a random order;
    - `pseudorandom`: b_i = ceil(alpha (i + u)) - ceil(alpha u), alpha = total/outputs, u uniform.

    Returns two (count, outputs) tensors of integers.
    Source: Graham, Fractional max-pooling, 2014, section 2.
    """
    total = size - overlapping
    if mode == "random":
        keys = torch.rand(count, outputs, generator=generator, device=device)
        long_step = keys.argsort(dim=1) < total % outputs
        ends = (total // outputs + long_step.long()).cumsum(dim=1)
        return _regions(ends, overlapping)
    # ceil(alpha (i + u)) = ceil((total i + offset) / outputs) with offset = ceil(total u): whole
    # numbers, so that rounding cannot move a boundary.
    offset = torch.randint(1, total + 1, (count, 1), generator=generator, device=device)
    return _regions(_line(total, outputs, offset), overlapping)


def fixed_regions(
    size: int, outputs: int, *, overlapping: bool, device: torch.device | None = None
) -> tuple[Tensor, Tensor]:
    """The pseudorandom regions for u = 1/2, spread evenly: two (1, outputs) tensors."""
    total = size - overlapping
    offset = torch.full((1, 1), (total + 1) // 2, device=device)
    return _regions(_line(total, outputs, offset), overlapping)


def longest_region(size: int, outputs: int, *, overlapping: bool) -> int:
    """The number of elements of the longest region that there can be."""
    return -((overlapping - size) // outputs) + overlapping


def _line(total: int, outputs: int, offset: Tensor) -> Tensor:
    index = torch.arange(1, outputs + 1, device=offset.device)
    return _ceil_div(total * index + offset, outputs) - _ceil_div(offset, outputs)


def _ceil_div(numerator: Tensor, denominator: int) -> Tensor:
    return (numerator + denominator - 1) // denominator


def _regions(ends: Tensor, overlapping: bool) -> tuple[Tensor, Tensor]:
    first = torch.cat((torch.zeros_like(ends[:, :1]), ends[:, :-1]), dim=1)
    return first, ends if overlapping else ends - 1
