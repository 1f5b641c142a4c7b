"""From a user's picture, clip or signal to the tensor that a trained network expects."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

import numpy as np
import numpy.typing as npt
from PIL import Image

from striate.data.description import Description
from striate.data.images import MAX_PIXELS, Picture, opened, read_image, upright
from striate.data.signals import read_signal
from striate.errors import DataError

if TYPE_CHECKING:  # torch is slow to import, and describing needs none
    from torch import Tensor

Interpolation = Literal["bilinear", "bicubic"]

_FILTERS = {"bilinear": Image.Resampling.BILINEAR, "bicubic": Image.Resampling.BICUBIC}


class Preprocessing(Protocol):
    """What turns an input as a user has it into a network's, and names the network's outputs.

    `input_shape` is (C, *spatial) of the tensor it gives; `classes` has a name for each output of
    the network.
    """

    @property
    def input_shape(self) -> tuple[int, ...]:
        """The shape (C, *spatial) of the tensor."""

    @property
    def classes(self) -> tuple[str, ...]:
        """A name for each output of the network."""

    def __call__(self, given: Any, /) -> Tensor:
        """The tensor (C, *spatial) in float32, without a batch axis."""


@dataclass(frozen=True)
class CentreCrop:
    """The middle of a picture, as networks trained on ImageNet are tested.

    The picture is turned upright, made RGB (grey for one channel) with white behind transparent
    parts, and resized so that its shorter side is `resize` pixels and the longer one
    `int(resize * longer / shorter)`, antialiased; the central `crop` (H, W) is cut out; values from
    0 to 1 are centred by `mean` and divided by `std`, one for each channel. This is what
    torchvision's `ImageClassification` does to an upright Pillow image in mode RGB.
    """

    crop: tuple[int, int]
    resize: int
    mean: tuple[float, ...]
    std: tuple[float, ...]
    classes: tuple[str, ...]
    interpolation: Interpolation = "bilinear"

    def __post_init__(self) -> None:
        if not 1 <= min(self.crop) <= max(self.crop) <= self.resize:
            raise DataError(
                f"a crop of {self.crop[0]}x{self.crop[1]} does not fit into a picture whose "
                f"shorter side is resized to {self.resize}; the crop must be the smaller one"
            )

    @property
    def input_shape(self) -> tuple[int, ...]:
        """The shape (C, H, W) of the tensor."""
        return (len(self.mean), *self.crop)

    def __call__(self, given: Picture, /) -> Tensor:
        """The tensor (C, H, W) of a picture.

        Raises DataError for what cannot be read as a picture, or is so long and thin that its
        longer side would have to be enlarged beyond bounds.
        """
        with opened(given) as image:
            picture = upright(image, len(self.mean))
            picture = picture.resize(
                _shorter_side(picture.size, self.resize), _FILTERS[self.interpolation]
            )
            left, top = (
                round((side - wanted) / 2)
                for side, wanted in zip(picture.size, reversed(self.crop), strict=True)
            )
            picture = picture.crop((left, top, left + self.crop[1], top + self.crop[0]))
            pixels = np.asarray(picture, np.uint8)
        return _scaled(np.atleast_3d(pixels).transpose(2, 0, 1)[None], self.mean, self.std)[0]


def _shorter_side(size: tuple[int, int], shorter: int) -> tuple[int, int]:
    width, height = size
    if width <= height:
        resized = (shorter, int(shorter * height / width))
    else:
        resized = (int(shorter * width / height), shorter)
    if resized[0] * resized[1] > MAX_PIXELS:
        raise ValueError(
            f"it is {width}x{height}, too long and thin to be resized to a shorter side of "
            f"{shorter} pixels"
        )
    return resized


def _scaled(
    pixels: npt.NDArray[np.uint8], mean: tuple[float, ...], std: tuple[float, ...]
) -> Tensor:
    import torch  # noqa: PLC0415  (slow to import)

    from striate.data.normalisation import standardise_  # noqa: PLC0415  (brings torch)

    values = torch.from_numpy(pixels.astype(np.float32)).div_(255)
    return standardise_(values, mean, std)


@dataclass(frozen=True)
class AsDataset:
    """The form of the dataset that a network was trained on.

    Pictures as `read_image` brings them there, signals as `read_signal` does, then normalised.
    `invert` true or false overrules whether ink on paper is turned into light on dark.
    """

    description: Description
    invert: bool | None = None

    @property
    def input_shape(self) -> tuple[int, ...]:
        """The shape (C, *spatial) of the tensor."""
        return self.description.input_shape

    @property
    def classes(self) -> tuple[str, ...]:
        """A name for each output of the network."""
        return self.description.classes

    def stored(self, given: Picture) -> npt.NDArray[Any]:
        """The picture or signal as the dataset stores its own, (C, *spatial).

        Raises DataError for what cannot be read as one.
        """
        if not self.description.signal:
            return read_image(given, self.description, invert=self.invert)
        if isinstance(given, Image.Image | bytes):
            raise DataError(
                f"{self.description.name} has signals, and this is no file or array of one"
            )
        return read_signal(Path(given) if isinstance(given, str) else given, self.description)

    def __call__(self, given: Picture, /) -> Tensor:
        """The tensor (C, *spatial) of a picture or signal.

        Raises DataError for what cannot be read as one.
        """
        import torch  # noqa: PLC0415  (slow to import)

        from striate.data.normalisation import normalise  # noqa: PLC0415  (brings torch)

        return normalise(torch.from_numpy(np.array(self.stored(given))[None]), self.description)[0]
