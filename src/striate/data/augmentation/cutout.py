"""Cutout: hiding squares of each example."""

from typing import Literal

import torch
from pydantic import Field
from torch import Tensor
from typing_extensions import override

from striate.data.augmentation.step import AugmentationStep, Occasion, Shape, Size
from striate.geometry.axes import per_axis


class Cutout(AugmentationStep):
    """Fills squares of each example with zero, which is the dataset's mean in a normalised batch.

    Each square is centred on a pixel drawn uniformly, so that part of it may lie outside. Of a
    signal it hides stretches of time.

    Units: pixels, or samples of a signal, for every axis or one number an axis.

    Source: DeVries and Taylor 2017, "Improved regularization of convolutional neural networks with
    cutout", section 3.2.
    """

    kind: Literal["cutout"] = "cutout"
    size: Size
    count: int = Field(default=1, ge=1, le=100)

    @override
    def output_shape(self, shape: Shape) -> Shape:
        self._sizes(len(shape) - 1)
        return shape

    @override
    def draw(self, shape: Shape, occasion: Occasion) -> Tensor:
        """Return int64 `(N, count, axes)`: the middle of each square, past the centre if even."""
        middles = occasion.integers(shape[1:] * self.count)
        return middles.view(-1, self.count, len(shape) - 1)

    @override
    def apply(self, batch: Tensor, drawn: Tensor) -> Tensor:
        spatial = batch.shape[2:]
        sizes = self._sizes(len(spatial))
        hidden = torch.ones((), dtype=torch.bool, device=batch.device)
        starts = drawn.to(batch.device) - torch.tensor(sizes, device=batch.device) // 2
        for axis, (n, size) in enumerate(zip(spatial, sizes, strict=True)):
            start = starts[..., axis, None]  # (N, count, 1)
            places = torch.arange(n, device=batch.device)
            inside = (places >= start) & (places < start + size)  # (N, count, n)
            around = [1] * len(spatial)
            around[axis] = n
            hidden = hidden & inside.view(*inside.shape[:2], *around)
        return batch.clone().masked_fill_(hidden.any(1, keepdim=True), 0)

    def _sizes(self, axes: int) -> Shape:
        return per_axis(self.size, axes, "size of the augmentation cutout")
