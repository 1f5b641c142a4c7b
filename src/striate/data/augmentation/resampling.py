"""Reading a batch at positions between pixels: one interpolation for any chain of maps."""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from striate.data.augmentation.step import Boundary, in_layout_of

_PADDING_MODES = {"replicate": "border", "reflect": "reflection", "symmetric": "reflection"}


@dataclass(frozen=True)
class Warp:
    """Where every output pixel reads: `p -> linear p + displacement(p)`, about the centre.

    Shapes: linear `(N, axes, axes)`, displacement `(N, axes, *spatial)` or None.
    Units: pixels from the centre of the image; axes in the order of the array (row, column).
    """

    linear: Tensor
    displacement: Tensor | None = None

    def after(self, earlier: "Warp") -> "Warp":
        """Return the one warp that equals `earlier` and then this, applied to the images.

        The earlier displacement is taken at the output pixel rather than where this warp reads,
        which would interpolate the field; for random fields it is as good a draw.
        """
        moved = self.displacement
        if moved is not None:
            moved = torch.einsum("nij,nj...->ni...", earlier.linear, moved)
        if earlier.displacement is not None:
            moved = earlier.displacement if moved is None else moved + earlier.displacement
        return Warp(earlier.linear @ self.linear, moved)


def resample(batch: Tensor, warp: Warp, boundary: Boundary, value: float = 0.0) -> Tensor:
    """Return the batch read where the warp says, by (bi-, tri-)linear interpolation.

    Positions outside are read from the boundary. Interpolates in float32, whatever the batch.

    Shapes: `(N, C, *spatial) -> (N, C, *spatial)`, one to three spatial axes.
    """
    spatial = batch.shape[2:]
    # "reflect" mirrors about the middle of the edge pixels, "symmetric" about their outer edge.
    about_middles = boundary == "reflect"
    images = batch.float()
    if boundary == "constant":
        images = images - value
    if boundary == "circular":
        # One more pixel on each axis, so that the last and the first are neighbours.
        for axis in range(2, batch.ndim):
            images = torch.cat([images, images.narrow(axis, 0, 1)], axis)
    coordinates = []  # from -1 to 1
    for n, position in zip(spatial, _positions(warp, spatial, batch.device), strict=True):
        if boundary == "circular":
            inside = (position + (n - 1) / 2).remainder_(n).sub_(n / 2)
            coordinates.append(inside.mul_(2 / (n + 1)))
        else:
            coordinates.append(position * (2 / max(n - about_middles, 1)))
    grid = torch.stack(coordinates[::-1], -1)  # (N, *spatial, axes), last axis first
    if batch.ndim == 3:  # grid_sample wants two axes
        images = images.unsqueeze(2)
        grid = F.pad(grid, (0, 1)).unsqueeze(1)
    read = F.grid_sample(
        images,
        grid,
        mode="bilinear",
        padding_mode=_PADDING_MODES.get(boundary, "zeros"),
        align_corners=about_middles,
    )
    if batch.ndim == 3:
        read = read.squeeze(2)
    if boundary == "constant":
        read = read + value
    return in_layout_of(batch, read.to(batch.dtype))


def _positions(warp: Warp, sizes: torch.Size, device: torch.device) -> Iterator[Tensor]:
    """Yield where each output pixel reads along each axis, `(N, *spatial)`, from the centre.

    In sums rather than matrix products, whose last bits would depend on the size of the batch.
    """
    for axis in range(len(sizes)):
        moved = warp.displacement
        position = torch.zeros((), device=device) if moved is None else moved[:, axis]
        for along, n in enumerate(sizes):
            offsets = torch.arange(n, device=device) - (n - 1) / 2
            term = warp.linear[:, axis, along, None] * offsets  # (N, n)
            around = (n if other == along else 1 for other in range(len(sizes)))
            position = position + term.view(-1, *around)
        yield position
