"""Reading a batch at positions between pixels: one interpolation for any chain of maps."""

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
    sizes = batch.shape[2:]
    positions = _positions(warp, sizes, batch.device)  # one (N, *spatial) an axis
    images = batch.float()
    if boundary == "constant":
        images = images - value
    if boundary == "circular":
        # One more pixel on each axis, so that the last and the first are neighbours.
        for axis in range(2, batch.ndim):
            images = torch.cat([images, images.narrow(axis, 0, 1)], axis)
        wrapped = zip(positions, sizes, strict=True)
        positions = [(p + (n - 1) / 2).remainder(n) - n / 2 for p, n in wrapped]
    # "reflect" mirrors about the middle of the edge pixels, "symmetric" about their outer edge.
    about_middles = boundary == "reflect"
    grid = torch.stack(
        [
            p * (2 / max(n - about_middles, 1))
            for p, n in zip(reversed(positions), reversed(images.shape[2:]), strict=True)
        ],
        -1,
    )  # (N, *spatial, axes), last axis first, -1 to 1
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


def _positions(warp: Warp, sizes: torch.Size, device: torch.device) -> list[Tensor]:
    """Return where each output pixel reads, in pixels from the centre, axis by axis."""
    offsets = [torch.arange(n, device=device) - (n - 1) / 2 for n in sizes]
    centred = torch.stack(torch.meshgrid(*offsets, indexing="ij"))  # (axes, *spatial)
    positions = torch.einsum("nij,j...->ni...", warp.linear, centred)
    if warp.displacement is not None:
        positions = positions + warp.displacement
    return list(positions.unbind(1))
