"""Image files of any kind as arrays of one kind."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps, UnidentifiedImageError

from striate.data.description import Description
from striate.errors import DataError

SUFFIXES = frozenset(
    {".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".ppm", ".pgm"}
)
MAX_PIXELS = 1 << 26  # 67 million: any camera's picture, and at most 256 MiB once decoded

_FORMATS = ("PNG", "JPEG", "BMP", "GIF", "WEBP", "TIFF", "PPM")
_GREY_MODES = frozenset({"1", "L", "LA", "I;16", "I;16L", "I;16B", "I;16N"})

Pixels = npt.NDArray[np.uint8]
Picture = Path | str | bytes | Image.Image | npt.NDArray[Any]
"""A picture as a user has it: a file or what is in it, a Pillow image, or an array of bytes.

An array has the shape (H, W) or (H, W, C).
"""


def read_image(path: Picture, description: Description, *, invert: bool | None = None) -> Pixels:
    """A picture in the form of a dataset's inputs, ready to be normalised and classified.

    Turned upright as its camera noted, made grey or RGB (transparent parts become white), brought
    to the dataset's proportions, then to its size (by area when shrunk, bicubic when enlarged) and
    its range of values. Photographs are cropped to the proportions around their centre; drawings
    on a dark background (`description.dark_background`) are extended with background instead, so
    that no stroke is lost. For such datasets a picture whose border is mostly bright, such as ink
    on paper, is inverted; `invert` true or false overrules that. Shape: (C, H, W), uint8.

    Raises:
        DataError: the file is absent, is no picture, is damaged or has more than 67 million
            pixels; or the dataset consists of signals.
    """
    if description.signal:
        name = _named(path)
        raise DataError(f"{name} cannot be read as an image: {description.name} has signals.")
    channels = description.input_shape[0]
    with opened(path) as image:
        picture = upright(image, channels)
        if invert is None:
            invert = description.dark_background and _border_is_bright(picture)
        if invert:
            picture = ImageOps.invert(picture)
        pixels = to_pixels(picture, description.input_shape, extend=description.dark_background)
    if description.maximum == 255:
        return pixels
    scaled: Pixels = np.rint(pixels * (description.maximum / 255)).astype(np.uint8)
    return scaled


@contextmanager
def opened(path: Picture) -> Iterator[Image.Image]:
    """A picture of at most `MAX_PIXELS`; whatever goes wrong inside the block names the file.

    Raises:
        DataError: the file is absent, is no picture, is damaged or too large; the array has no
            bytes, or not the shape of a picture.
    """
    given, path = path, _named(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's own, higher limit; odd metadata
            with _image(given) as image:
                if image.width * image.height > MAX_PIXELS:
                    raise DataError(
                        f"{path} has {image.width}x{image.height} pixels, more than the "
                        f"{MAX_PIXELS:,} that are accepted. Save it smaller."
                    )
                yield image
    except (DataError, MemoryError):
        raise
    except Image.DecompressionBombError as error:
        raise DataError(
            f"{path} has more than the {MAX_PIXELS:,} pixels that are accepted. Save it smaller."
        ) from error
    except UnidentifiedImageError as error:
        raise DataError(
            f"{path} is not a picture in any of the formats {', '.join(_FORMATS)}."
        ) from error
    except Exception as error:  # a damaged file makes Pillow's decoders raise almost anything
        raise DataError(f"{path} is a damaged picture: {error}.") from error


def _named(picture: Picture) -> str:
    return str(picture) if isinstance(picture, Path | str) else "the picture"


def _image(picture: Picture) -> AbstractContextManager[Image.Image]:
    if isinstance(picture, Image.Image):
        return nullcontext(picture)
    if isinstance(picture, np.ndarray):
        return nullcontext(_from_array(picture))
    if isinstance(picture, bytes):
        return Image.open(BytesIO(picture), formats=_FORMATS)
    path = Path(picture)
    if not path.is_file():
        what = "is a folder, not a picture" if path.is_dir() else "does not exist, or is not a file"
        raise DataError(f"{path} {what}.")
    return Image.open(path, formats=_FORMATS)


def _from_array(array: npt.NDArray[Any]) -> Image.Image:
    if array.dtype != np.uint8:
        raise DataError(
            f"a picture as an array has bytes (uint8, 0 to 255), not {array.dtype}: "
            "multiply fractions by 255, round them and convert them with .astype('uint8')"
        )
    channels = array.shape[2] if array.ndim == 3 else 1
    if array.ndim not in (2, 3) or channels not in (1, 3, 4) or 0 in array.shape:
        raise DataError(
            f"a picture as an array has the shape (H, W), (H, W, 3) or (H, W, 4), not {array.shape}"
        )
    return Image.fromarray(array[..., 0] if array.ndim == 3 and channels == 1 else array)


def is_grey(image: Image.Image) -> bool:
    """Whether a picture has brightness only; nothing is decoded."""
    return image.mode in _GREY_MODES


def upright(image: Image.Image, channels: int) -> Image.Image:
    """The picture as its camera was held, in mode L (1 channel) or RGB (3 channels)."""
    image = ImageOps.exif_transpose(image)
    if image.mode == "F":
        raise ValueError("its pixels are floating-point numbers, which have no common range")
    if image.mode.startswith("I"):
        # Pillow would clip 16 bits at 255 instead of scaling them.
        image = Image.fromarray((np.asarray(image).clip(0, 65535) >> 8).astype(np.uint8))
    if image.has_transparency_data:
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(white, image)
    return image.convert("L" if channels == 1 else "RGB")


def to_pixels(image: Image.Image, shape: tuple[int, ...], *, extend: bool) -> Pixels:
    """An L or RGB picture in the shape (C, H, W), cropped to its proportions or extended."""
    _, height, width = shape
    if extend:
        # Black above and below, or left and right, until the proportions are right.
        side = max(image.width / width, image.height / height)
        frame = (max(1, round(side * width)), max(1, round(side * height)))
        if frame[0] * frame[1] > MAX_PIXELS:
            raise ValueError(
                f"it is {image.width}x{image.height}, too long and thin to be extended to a "
                "picture of common proportions"
            )
        if frame != image.size:
            extended = Image.new(image.mode, frame)
            corner = ((frame[0] - image.width) // 2, (frame[1] - image.height) // 2)
            extended.paste(image, corner)
            image = extended
        box = (0.0, 0.0, float(image.width), float(image.height))
    else:
        side = min(image.width / width, image.height / height)
        left, top = (image.width - side * width) / 2, (image.height - side * height) / 2
        box = (left, top, left + side * width, top + side * height)
    if side > 1:
        image = image.resize((width, height), Image.Resampling.BOX, box)
    elif side < 1 or box != (0, 0, width, height):
        image = image.resize((width, height), Image.Resampling.BICUBIC, box)
    pixels = np.asarray(image, np.uint8)
    return pixels[None] if pixels.ndim == 2 else np.ascontiguousarray(pixels.transpose(2, 0, 1))


def _border_is_bright(image: Image.Image) -> bool:
    pixels = np.asarray(image)
    edges = (pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1])
    return bool(np.median(np.concatenate([edge.reshape(-1) for edge in edges])) > 127)
