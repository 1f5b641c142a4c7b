"""A tensor as it can be shown: figures over all of it, and as much of it as a picture has room for.

Large maps are thinned to every so many-th pixel; many channels are cut off after the first.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from torch import Tensor

BINS = 24


@dataclass(frozen=True)
class Room:
    """The most that is shown of one tensor: channels, pixels a side, and values in a row."""

    channels: int = 32
    inputs: int = 16
    side: int = 64
    row: int = 1024
    rows: int = 64
    columns: int = 256

    def halved(self) -> "Room":
        """Half as much of everything, but always something."""
        sizes = (self.channels, self.inputs, self.side, self.row, self.rows, self.columns)
        return Room(*(max(1, size // 2) for size in sizes))


@dataclass(frozen=True)
class Figures:
    """What a tensor is like as a whole; the figures leave out values that are not finite.

    `zeros` is the share of values that are exactly zero, `histogram` counts values in equal bins
    from `low` to `high` (all in the first where they are equal).
    """

    shape: tuple[int, ...]
    low: float
    high: float
    mean: float
    deviation: float
    zeros: float
    finite: bool
    histogram: tuple[int, ...]

    def plain(self) -> dict[str, Any]:
        """The figures as JSON takes them."""
        return {
            "shape": list(self.shape),
            "low": self.low,
            "high": self.high,
            "mean": self.mean,
            "deviation": self.deviation,
            "zeros": self.zeros,
            "finite": self.finite,
            "histogram": list(self.histogram),
        }


def figures(tensor: Tensor) -> Figures:
    """Return what a tensor is like as a whole."""
    shape = tuple(tensor.shape)
    # numpy's, because torch's threads would wait for each other at every one of these small sums.
    values = tensor.detach().float().cpu().numpy().reshape(-1)
    low, high = _range(values)
    finite = math.isfinite(low) and math.isfinite(high)  # as they are if all values are
    if not finite:
        values = values[np.isfinite(values)]
        low, high = _range(values)
    if not len(values):
        return Figures(shape, 0.0, 0.0, 0.0, 0.0, 0.0, finite, (0,) * BINS)
    exact = values.astype(np.float64)
    mean = exact.mean()
    centred = exact - mean
    width = (high - low) / BINS or 1.0
    bins = np.minimum((exact - low) / width, BINS - 1).astype(np.int64)
    return Figures(
        shape,
        low,
        high,
        mean=float(mean),
        deviation=math.sqrt(centred @ centred / len(exact)),
        zeros=1 - int(np.count_nonzero(values)) / len(values),
        finite=finite,
        histogram=tuple(np.bincount(bins, minlength=BINS).tolist()),
    )


def _range(values: npt.NDArray[np.float32]) -> tuple[float, float]:
    return (float(values.min()), float(values.max())) if len(values) else (0.0, 0.0)


def maps(values: Tensor, room: Room) -> tuple[Tensor, int]:
    """Return what is shown of activations, a view of them, and which pixels: every so many-th.

    Shapes: `(C, H, W) -> (c, h, w)`; `(C, D, H, W) -> (c, h, w)` of the middle slice;
    `(C, L) -> (c, l)`; `(N,) -> (n,)`.
    """
    if values.ndim == 1:
        return values[: room.row], 1
    if values.ndim == 4:
        values = values[:, values.shape[1] // 2]
    spatial = values.shape[1:]
    step = math.ceil(max(spatial) / (room.row if len(spatial) == 1 else room.side))
    thinned = (slice(None, None, step) for _ in spatial)
    return values[(slice(room.channels), *thinned)], step


def filters(values: Tensor, room: Room) -> tuple[Tensor, int]:
    """Return what is shown of weights, a view of them; no pixel is left out.

    Shapes: `(O, I, H, W) -> (o, i, h, w)`; `(O, I, D, H, W) -> (o, i, h, w)` of the middle slice;
    `(O, I, L) -> (o, i, l)`; `(O, I) -> (o, i)`; `(N,) -> (n,)`.
    """
    if values.ndim < 2:
        return values.reshape(-1)[: room.row], 1
    if values.ndim == 2:
        return values[: room.rows, : room.columns], 1
    if values.ndim == 5:
        values = values[:, :, values.shape[2] // 2]
    return values[: room.channels, : room.inputs], 1
