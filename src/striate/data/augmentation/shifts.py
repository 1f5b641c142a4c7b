"""Moves by whole pixels: shifts and crops, which interpolate nothing."""

from typing import Literal

import torch
from torch import Tensor
from typing_extensions import override

from striate.data.augmentation.step import (
    BoundedStep,
    Occasion,
    Pixels,
    Shape,
    Size,
    in_layout_of,
)
from striate.errors import RecipeError
from striate.geometry.axes import per_axis
from striate.layers.boundary import pad

_MOST_TIMES = 4  # the size of an example; more costs memory and shows nothing new


class _Padded(BoundedStep):
    """Pads with a boundary, then cuts one window out of every example."""

    def _margins(self, axes: int) -> Shape:
        """Return how many pixels are padded on both sides of each axis."""
        raise NotImplementedError

    def _check_margins(self, shape: Shape) -> None:
        for n, margin in zip(shape[1:], self._margins(len(shape) - 1), strict=True):
            if margin > _MOST_TIMES * n:
                raise RecipeError(
                    f"the augmentation {self.kind} reaches {margin} pixels beyond examples of {n}; "
                    f"{_MOST_TIMES * n} is the most that is possible"
                )

    @override
    def draw(self, shape: Shape, occasion: Occasion) -> Tensor:
        """Return int64 `(N, axes)`: where each window starts in the padded example."""
        margins = self._margins(len(shape) - 1)
        sizes = self.output_shape(shape)[1:]
        starts = zip(shape[1:], margins, sizes, strict=True)
        return occasion.integers(tuple(n + 2 * m - size + 1 for n, m, size in starts))

    @override
    def apply(self, batch: Tensor, drawn: Tensor) -> Tensor:
        axes = batch.ndim - 2
        margins = self._margins(axes)
        sizes = self.output_shape(tuple(batch.shape[1:]))[1:]
        padded = batch
        if any(margins):
            padded = pad(batch, [(m, m) for m in margins], self.boundary, self.value)
        # All windows as one view without a copy, of which indexing then copies one an example.
        windows = padded  # (N, C, *starts, *sizes) in the end
        for axis, size in enumerate(sizes):
            windows = windows.unfold(2 + axis, size, 1)
        windows = windows.movedim(1, 1 + axes)  # (N, *starts, C, *sizes)
        starts = drawn.to(batch.device, non_blocking=True)
        examples = torch.arange(len(batch), device=batch.device)
        return in_layout_of(batch, windows[examples, *starts.unbind(1)])


class Shift(_Padded):
    """Shifts each example by -pixels to +pixels along each axis; the boundary fills what is bared.

    Units: pixels, or samples of a signal, for every axis or one number an axis. For a signal
    without a beginning, boundary "circular" loses nothing.
    """

    kind: Literal["shift"] = "shift"
    pixels: Pixels

    @override
    def output_shape(self, shape: Shape) -> Shape:
        self._check_margins(shape)
        return shape

    @override
    def _margins(self, axes: int) -> Shape:
        return per_axis(self.pixels, axes, "pixels of the augmentation shift")


class Crop(_Padded):
    """Cuts a window of `size` out of each example at random, after padding it by `padding`.

    Units: pixels, or samples of a signal, for every axis or one number an axis. A network whose
    input has the size of the crop must be evaluated on examples cut to that size, too.
    """

    kind: Literal["crop"] = "crop"
    size: Size
    padding: Pixels = 0

    @override
    def output_shape(self, shape: Shape) -> Shape:
        self._check_margins(shape)
        axes = len(shape) - 1
        sizes = per_axis(self.size, axes, "size of the augmentation crop")
        for n, margin, size in zip(shape[1:], self._margins(axes), sizes, strict=True):
            if size > n + 2 * margin:
                raise RecipeError(
                    f"the augmentation crop has size (={size}) above the {n} + 2*{margin} = "
                    f"{n + 2 * margin} pixels that padded examples have; "
                    f"give a size of at most {n + 2 * margin}, or more padding"
                )
        return (shape[0], *sizes)

    @override
    def _margins(self, axes: int) -> Shape:
        return per_axis(self.padding, axes, "padding of the augmentation crop")
