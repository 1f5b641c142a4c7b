"""Short films as networks of three dimensions see them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from striate.data.images import MAX_PIXELS, opened, upright
from striate.errors import DataError

if TYPE_CHECKING:  # torch is slow to import, and describing needs none
    from torch import Tensor

Clip = Path | str | bytes | npt.NDArray[Any]
"""A film as a user has it: an animated picture's file or what is in it, or an array.

An array has bytes and the shape (T, H, W, 3).
"""


@dataclass(frozen=True)
class CentreClip:
    """The middle of a film, in time and in space, as networks trained on Kinetics are tested.

    The middle `frames` pictures, which are best 1/15 s apart, are each resized to `resize` (H, W),
    bilinearly without antialiasing, whatever their proportions were; the central `crop` (H, W) is
    cut out; values from 0 to 1 are centred by `mean` and divided by `std`, one for each channel.
    This is what torchvision's `VideoClassification` does.
    """

    frames: int
    crop: tuple[int, int]
    resize: tuple[int, int]
    mean: tuple[float, ...]
    std: tuple[float, ...]
    classes: tuple[str, ...]

    @property
    def input_shape(self) -> tuple[int, ...]:
        """The shape (C, T, H, W) of the tensor."""
        return (len(self.mean), self.frames, *self.crop)

    def __call__(self, given: Clip, /) -> Tensor:
        """The tensor (C, T, H, W) of a film.

        Raises DataError for what cannot be read as one, and for a film with fewer frames.
        """
        import torch  # noqa: PLC0415  (slow to import)

        from striate.data.normalisation import standardise_  # noqa: PLC0415  (brings torch)

        film = self._from_array(given) if isinstance(given, np.ndarray) else self._from_file(given)
        pictures = torch.from_numpy(film.transpose(0, 3, 1, 2).astype(np.float32))
        pictures = torch.nn.functional.interpolate(pictures, self.resize, mode="bilinear")
        top, left = (
            round((side - wanted) / 2) for side, wanted in zip(self.resize, self.crop, strict=True)
        )
        height, width = self.crop
        # Rounded, because the network learned from pictures that were resized as bytes.
        pictures = pictures[:, :, top : top + height, left : left + width].round()
        return standardise_(pictures.div_(255), self.mean, self.std).transpose(0, 1)

    def _from_array(self, film: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
        if film.dtype != np.uint8 or film.ndim != 4 or film.shape[3] != 3 or 0 in film.shape:
            raise DataError(
                "a film as an array has bytes (uint8) and the shape (T, H, W, 3), not "
                f"{film.dtype} and {film.shape}"
            )
        start = self._start(len(film), "the film")
        return film[start : start + self.frames]

    def _from_file(self, path: Path | str | bytes) -> npt.NDArray[np.uint8]:
        with opened(path) as image:
            count = getattr(image, "n_frames", 1)
            name = "the film" if isinstance(path, bytes) else str(path)
            start = self._start(count, name)
            if image.width * image.height * self.frames > MAX_PIXELS:
                raise DataError(
                    f"{name} has {image.width}x{image.height} pixels in each of the {self.frames} "
                    f"frames that are needed, more than {MAX_PIXELS:,}. Save it smaller."
                )
            pictures = []
            for number in range(start, start + self.frames):
                image.seek(number)
                pictures.append(np.asarray(upright(image, 3)))
        return np.stack(pictures)

    def _start(self, count: int, name: str) -> int:
        if count < self.frames:
            raise DataError(
                f"{name} has {count} frame{'s' * (count != 1)}, and the network needs "
                f"{self.frames}. Films are animated pictures (GIF, WebP, PNG)."
            )
        return (count - self.frames) // 2
