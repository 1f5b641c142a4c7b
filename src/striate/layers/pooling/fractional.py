"""Fractional max pooling."""

from collections.abc import Sequence
from typing import get_args

import torch
from torch import Tensor

from striate.errors import LayerError
from striate.geometry import PerAxis
from striate.layers.pooling.chance import Per, check_per
from striate.layers.pooling.regions import Mode, fixed_regions, longest_region, random_regions
from striate.layers.pooling.shrinking import ShrinkPool
from striate.layers.pooling.sliding_window import SlidingWindow


class FractionalMaxPool(ShrinkPool):
    """The maximum of each of a grid of regions drawn at random, for any ratio of sizes.

    y_i = max of x from b_i to b_(i+1) - 1, or to b_(i+1) when `overlapping`, along each axis; the
    steps of b are floor or ceil of the ratio: 1 or 2 for a ratio between 1 and 2. In training
    they are `random` (in any order) or `pseudorandom` (as even as chance allows), drawn for each
    example, or with `per="call"` once for the batch, the same for all channels. In evaluation
    they are fixed: the pseudorandom ones for an offset of 1/2. (The paper averages the answers
    over several draws instead: keep this module in training mode for that.) Every element is in
    a region; of equal values the first gets the gradient. Draws come from `generator`, else from
    torch's default one.
    (N, C, *spatial) -> (N, C, *output), 1 to 3 spatial axes; give `ratio`, `output_size` or
    `like`. Raises LayerError for sizes that do not shrink or another mode.
    Source: Graham, Fractional max-pooling, 2014, section 2.
    """

    def __init__(
        self,
        *,
        ratio: float | Sequence[float] | None = None,
        output_size: PerAxis | None = None,
        like: SlidingWindow | None = None,
        mode: Mode = "random",
        overlapping: bool = False,
        per: Per = "example",
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__(ratio=ratio, output_size=output_size, like=like)
        if mode not in get_args(Mode):
            raise LayerError(
                f"mode (={mode!r}) of fractional max pooling must be 'random' or 'pseudorandom'"
            )
        self.mode: Mode = mode
        self.overlapping = overlapping
        self.per = check_per(per)
        self.generator = generator

    def output_shape(self, spatial: Sequence[int]) -> tuple[int, ...]:
        """The spatial size of the output for an input of the given spatial size."""
        outputs = super().output_shape(spatial)
        if self.overlapping and any(
            output == n for n, output in zip(spatial, outputs, strict=True)
        ):
            raise LayerError(
                f"overlapping regions have at least 2 elements and share 1 with the next: the "
                f"output (={outputs}) must be smaller than the input (={tuple(spatial)}) along "
                "every axis"
            )
        return outputs

    def regions(self, spatial: Sequence[int]) -> tuple[tuple[tuple[int, int], ...], ...]:
        """The (first, last) element of each region in evaluation, axis by axis."""
        both = (
            fixed_regions(n, output, overlapping=self.overlapping)
            for n, output in zip(spatial, self.output_shape(spatial), strict=True)
        )
        return tuple(
            tuple(zip(first[0].tolist(), last[0].tolist(), strict=True)) for first, last in both
        )

    def _pool(self, x: Tensor, outputs: tuple[int, ...]) -> Tensor:
        # The maximum over a box is the maximum over one axis of the maxima over the others.
        for axis, output in enumerate(outputs, start=2):
            first, last = self._draw(x, axis, output)
            longest = longest_region(x.shape[axis], output, overlapping=self.overlapping)
            steps = torch.arange(longest, device=x.device)
            places = torch.minimum(first.unsqueeze(-1) + steps, last.unsqueeze(-1)).flatten(1)
            taken = torch.unflatten(_take(x, axis, places), axis, (output, longest))
            x = taken.max(dim=axis + 1).values
        return x

    def _draw(self, x: Tensor, axis: int, output: int) -> tuple[Tensor, Tensor]:
        size, device = x.shape[axis], x.device
        if not self.training:
            return fixed_regions(size, output, overlapping=self.overlapping, device=device)
        return random_regions(
            x.shape[0] if self.per == "example" else 1,
            size,
            output,
            self.mode,
            overlapping=self.overlapping,
            generator=self.generator,
            device=device,
        )

    def extra_repr(self) -> str:
        """The arguments, leaving out those that change nothing."""
        overlapping = ", overlapping=True" if self.overlapping else ""
        return f"{super().extra_repr()}, mode={self.mode!r}{overlapping}, per={self.per!r}"


def _take(x: Tensor, axis: int, places: Tensor) -> Tensor:
    """x at the places along an axis; places is (1, M), or (N, M) to differ by example."""
    if places.shape[0] == 1:
        return x.index_select(axis, places[0])
    index = places.reshape(-1, *(1,) * (axis - 1), places.shape[1], *(1,) * (x.dim() - axis - 1))
    shape = list(x.shape)
    shape[axis] = places.shape[1]
    return x.gather(axis, index.expand(shape))
