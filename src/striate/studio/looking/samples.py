"""Inputs that are always there: photographs of installed packages, and signals that are computed.

The photographs are those that scikit-learn (Creative Commons Attribution, China and flower) and
Matplotlib (Grace Hopper, a work of the United States' government) come with.
"""

from functools import cache
from importlib.resources import files
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from striate.errors import StudioError

NAME = "samples"
TITLE = "Samples"

_PICTURES = (
    ("flower", "sklearn.datasets.images", "flower.jpg"),
    ("temple", "sklearn.datasets.images", "china.jpg"),
    ("portrait", "matplotlib", "mpl-data/sample_data/grace_hopper.jpg"),
)
_LENGTH = 9000
_FILM_FRAMES = 32

SHAPES = {"picture": (3, 480, 640), "signal": (1, _LENGTH), "film": (3, _FILM_FRAMES, 240, 240)}
"""About the size (C, *spatial) of each kind."""

Signal = npt.NDArray[np.float64]


def picture_names() -> tuple[str, ...]:
    """The names of the pictures that are there."""
    return tuple(name for name, package, file in _PICTURES if _path(package, file) is not None)


@cache
def picture(index: int) -> npt.NDArray[np.uint8]:
    """A picture, (H, W, 3).

    Raises StudioError for a number that none has.
    """
    found = [path for _, package, file in _PICTURES if (path := _path(package, file)) is not None]
    if index >= len(found):
        raise StudioError(f"there is no sample {index}; there are {len(found)}, counted from 0")
    with Image.open(found[index]) as image:
        return np.asarray(image.convert("RGB"), np.uint8)


def _path(package: str, file: str) -> Path | None:
    path = Path(str(files(package) / file))
    return path if path.is_file() else None


def film(index: int) -> npt.NDArray[np.uint8]:
    """A short film, (T, H, W, 3): the camera moves across a picture."""
    still = picture(index)
    height, width = still.shape[:2]
    frame = min(height, width) // 2
    steps = np.linspace(0, 1, _FILM_FRAMES)
    places = [(round(s * (height - frame)), round(s * (width - frame))) for s in steps]
    return np.stack([still[top : top + frame, left : left + frame] for top, left in places])


def signal_names() -> tuple[str, ...]:
    """The names of the signals."""
    return ("beats", "sweep", "steps", "one sample")


@cache
def signal(index: int) -> Signal:
    """A signal of 9,000 samples with values from -1 to 1.

    Beats like those of a heart, a sine that rises from 1 to 50 periods in 300 samples, a square
    wave, and a single 1.
    Raises StudioError for a number that none has.
    """
    time = np.arange(_LENGTH)
    values: list[Signal] = [
        _beats(time),
        np.sin(2 * np.pi * (time / 300 + (50 - 1) * time**2 / (2 * _LENGTH * 300))),
        np.where(time // 250 % 2, -1.0, 1.0),
        np.where(time == _LENGTH // 2, 1.0, 0.0),
    ]
    if index >= len(values):
        raise StudioError(f"there is no sample {index}; there are {len(values)}, counted from 0")
    return values[index]


def _beats(time: npt.NDArray[np.int64]) -> Signal:
    """Waves P, Q, R, S and T as Gaussians, once in 250 samples.

    Places and widths follow McSharry, Clifford, Tarassenko and Smith, A dynamical model for
    generating synthetic electrocardiogram signals, 2003, table I.
    """
    phase = (time % 250) / 250 * 2 * np.pi - np.pi
    waves = [(-np.pi / 3, 0.06, 0.25), (-np.pi / 12, -0.1, 0.1), (0.0, 1.0, 0.1)]
    waves += [(np.pi / 12, -0.2, 0.1), (np.pi / 2, 0.25, 0.4)]
    total = np.zeros(len(time))
    for place, height, width in waves:
        total += height * np.exp(-((phase - place) ** 2) / (2 * width**2))
    return total
