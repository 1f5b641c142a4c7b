"""Colours for values: which map, between which limits."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib import colormaps
from matplotlib.colors import Colormap

BLUE, ORANGE, GREY = "#0072b2", "#d55e00", "#666666"  # told apart by any eye (Okabe and Ito)
BORDER = "#999999"
_NOT_A_NUMBER = "#ff00ff"  # in neither map


class Scale(StrEnum):
    """What the colours of a map span: its own values, those of its layer, of all layers."""

    UNIT = "unit"
    LAYER = "layer"
    NETWORK = "network"


@dataclass(frozen=True, slots=True)
class Shade:
    """The colours of values from `low` to `high`.

    Values of which none is negative go from 0 (dark) on in viridis, others from -peak (blue) over
    0 (white) to peak (red): two maps that no colour-blind eye mistakes, and in which zero always
    has the same colour.
    """

    low: float
    high: float

    @property
    def signed(self) -> bool:
        """Whether there are negative values to show."""
        return self.low < 0

    @property
    def map(self) -> Colormap:
        """The colour map; what is not a finite number shows in magenta."""
        return _map("RdBu_r" if self.signed else "viridis")

    def colour(self, value: float) -> tuple[float, float, float]:
        """The colour (R, G, B), each 0 to 1, of a value."""
        place = (value - self.low) / (self.high - self.low)
        red, green, blue, _ = self.map(min(max(place, 0.0), 1.0) if np.isfinite(place) else place)
        return (red, green, blue)


@cache
def _map(name: str) -> Colormap:
    return colormaps[name].with_extremes(bad=_NOT_A_NUMBER)


def peak_of(values: npt.NDArray[Any]) -> float:
    """The largest magnitude of the finite values, 0 where there is none."""
    finite = values[np.isfinite(values)]
    return float(np.abs(finite).max()) if finite.size else 0.0


def is_signed(values: npt.NDArray[Any]) -> bool:
    """Whether a value is negative."""
    return bool((values < 0).any())


def shade_of(signed: bool, peaks: Iterable[float]) -> Shade:
    """The shade in which values of the given largest magnitudes all have their place."""
    peak = max(peaks, default=0.0) or 1.0  # all zero: any limits show them as zero
    return Shade(-peak if signed else 0.0, peak)


def luminance(colour: tuple[float, float, float]) -> float:
    """How bright a colour is, 0 to 1, to choose between black and white text on it.

    Relative luminance of WCAG 2.1: linear light, weighted by the eye's sensitivity.
    """
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
