"""From the ink of a pen to what a network for digits has learned to read.

MNIST's digits were "size normalized to fit in a 20x20 pixel box while preserving their aspect
ratio", with grey levels from the antialiasing, and "centered in a 28x28 image by computing the
center of mass of the pixels" (LeCun, Bottou, Bengio and Haffner, Gradient-based learning applied
to document recognition, 1998, section III-A).
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image
from scipy.ndimage import distance_transform_edt

MNIST_STROKE = 2.1
"""The median width of MNIST's strokes in pixels, as `stroke_width` measures it."""

_FINE = 4
"""Pixels of a drawing for each one of the picture, when distances are measured."""

Ink = npt.NDArray[np.uint8]
"""What was drawn, (H, W): 0 where there is paper, 255 where there is ink."""


@dataclass(frozen=True)
class Frame:
    """How a drawing is fitted into the pictures of a dataset.

    Its longer side becomes `box` pixels, in a picture of `height` x `width`, and its centre of
    mass, or with `by_mass` false that of its box, is put into the middle. Strokes thinner than
    `stroke` pixels of that picture are made as thick; 0 leaves them as they are.
    """

    height: int
    width: int
    box: int
    by_mass: bool = True
    stroke: float = 0.0


DIGITS_FRAME = Frame(8, 8, box=8, by_mass=False, stroke=1.2)
"""That of the embedded digits, all of which are 8 pixels high."""


def mnist_frame(height: int = 28, width: int = 28) -> Frame:
    """MNIST's own frame, in proportion for pictures of another size."""
    side = min(height, width)
    return Frame(height, width, max(1, round(side * 20 / 28)), stroke=side * MNIST_STROKE / 28)


def fit_drawing(ink: Ink, frame: Frame) -> Ink:
    """The drawing in its frame, (H, W) -> (height, width); light on dark, as it came.

    A sheet without ink gives a picture without any.
    """
    field = np.zeros((frame.height, frame.width), np.uint8)
    drawn = _cropped(ink)
    if drawn is None:
        return field
    if frame.stroke:
        drawn = _thickened(drawn, frame)
    small = _resized(drawn, frame.box)
    if not small.any():  # a hair's breadth of faint ink
        return field
    top, left = (
        _start(small, axis, length, frame.by_mass) for axis, length in enumerate(field.shape)
    )
    field[top : top + small.shape[0], left : left + small.shape[1]] = small
    return field


def _cropped(ink: Ink) -> Ink | None:
    """The smallest rectangle with all ink."""
    rows, columns = np.flatnonzero(ink.any(1)), np.flatnonzero(ink.any(0))
    if not len(rows):
        return None
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _resized(drawn: Ink, longer: int) -> Ink:
    """The drawing with so many pixels on its longer side, each the mean of what it covers."""
    height, width = (max(1, round(side * longer / max(drawn.shape))) for side in drawn.shape)
    image = Image.fromarray(drawn).resize((width, height), Image.Resampling.BOX)
    return np.asarray(image, np.uint8)


def _start(small: Ink, axis: int, length: int, by_mass: bool) -> int:
    """Where the small picture begins along an axis of the field."""
    size = small.shape[axis]
    middle = size / 2
    if by_mass:
        weights = small.sum(1 - axis, dtype=np.float64)
        middle = float((np.arange(size) + 0.5) @ weights / weights.sum())
    # MNIST's centres lie between the middle and one pixel beyond it, never before it.
    return int(np.clip(np.ceil(length / 2 - middle), 0, length - size))


def stroke_width(ink: Ink) -> float:
    """The mean width of strokes in pixels: four times the mean distance of ink from paper.

    Across a straight stroke of width w the distances rise evenly to w/2, so their mean is w/4.
    """
    inside = np.pad(ink > 127, 1)
    if not inside.any():
        return 0.0
    distances = distance_transform_edt(inside)
    return float(4 * (distances[inside] - 0.5).mean())


def _thickened(drawn: Ink, frame: Frame) -> Ink:
    """The drawing with ink added evenly around its strokes, where they are too thin."""
    fine = drawn
    if max(drawn.shape) > _FINE * frame.box:
        fine = _resized(drawn, _FINE * frame.box)
    wanted = frame.stroke * max(fine.shape) / frame.box
    missing = (wanted - stroke_width(fine)) / 2
    if missing < 0.5:
        return drawn
    spread = np.pad(fine, int(missing + 0.5))  # as far as the sum below is above zero
    distances = distance_transform_edt(spread <= 127)
    # One pixel of the edge is grey, which keeps it smooth.
    added = (np.clip(missing + 0.5 - distances, 0, 1) * 255).astype(np.uint8)
    thick: Ink = np.maximum(spread, added)
    return thick
