"""From what a page has (ink, pictures, signals, films) to a network's input."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image
from torch import Tensor

from striate.data import AsDataset, CentreClip, CentreCrop, Description, normalise
from striate.errors import StudioError
from striate.studio.looking.drawing import DIGITS_FRAME, Frame, Ink, fit_drawing, mnist_frame
from striate.studio.looking.layers import reads
from striate.studio.looking.opening import Opened

Pixels = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Prepared:
    """An input as the network takes it, (1, C, *spatial), and as one would show it, (H, W, C).

    `truth` is the number of its class, where it is known.
    """

    batch: Tensor
    picture: Pixels | None = None
    truth: int | None = None

    def labelled(self, truth: int | None) -> "Prepared":
        """The same with its class."""
        return replace(self, truth=truth)


def from_stored(stored: npt.NDArray[Any], description: Description) -> Prepared:
    """An example as a dataset stores it, (C, *spatial)."""
    batch = normalise(torch.from_numpy(np.array(stored)[None]), description)
    return Prepared(batch, None if description.signal else as_pixels(stored, description))


def as_pixels(stored: npt.NDArray[Any], description: Description) -> Pixels:
    """A stored picture (C, H, W) as one to show, (H, W, C), from 0 to 255."""
    pixels = np.moveaxis(np.asarray(stored), 0, -1)
    if description.maximum == 255:
        return np.ascontiguousarray(pixels, np.uint8)
    return np.rint(pixels * (255 / description.maximum)).astype(np.uint8)


def from_drawing(ink: Ink, opened: Opened) -> Prepared:
    """A drawing: in the frame of the digits, or as a picture of ink on paper.

    Raises StudioError for networks that take no pictures.
    """
    kind, shape = reads(opened), opened.network.input_shape
    if kind in ("signal", "film"):
        raise StudioError(f"{opened.network.name} takes a {kind}, which cannot be drawn")
    frame = _frame(opened)
    if frame is None:
        return from_picture(255 - ink, opened)
    field = fit_drawing(ink, frame)
    description = opened.description
    if description is None:
        return Prepared(torch.from_numpy(field[None, None]).float() / 255, field[..., None])
    stored = np.rint(field * (description.maximum / 255)).astype(np.uint8)
    return from_stored(np.broadcast_to(stored, shape), description)


def _frame(opened: Opened) -> Frame | None:
    height, width = opened.network.input_shape[1:]
    if reads(opened) == "digit":
        if (height, width) == (DIGITS_FRAME.height, DIGITS_FRAME.width):
            return DIGITS_FRAME
        return mnist_frame(height, width)
    if opened.description is not None and opened.description.dark_background:
        return Frame(height, width, min(height, width), by_mass=False)
    return None


def enlarged(stored: npt.NDArray[Any], description: Description, side: int = 196) -> Ink:
    """A stored drawing, light on dark, as the ink of a larger sheet."""
    image = Image.fromarray(as_pixels(stored, description)[..., 0])
    return np.asarray(image.resize((side, side), Image.Resampling.BICUBIC), np.uint8)


def from_picture(given: Pixels | bytes, opened: Opened) -> Prepared:
    """A picture, (H, W), (H, W, 3) or the bytes of a file, by the network's own preprocessing.

    Raises StudioError for networks that take none; DataError for files that are no pictures.
    """
    network = opened.network
    preprocessing = network.preprocessing
    if isinstance(preprocessing, AsDataset) and not preprocessing.description.signal:
        return from_stored(preprocessing.stored(given), preprocessing.description)
    if preprocessing is None or len(preprocessing.input_shape) != 3:
        shape = "x".join(map(str, network.input_shape))
        raise StudioError(f"{network.name} takes inputs of {shape}, which no picture gives")
    batch = preprocessing(given)[None]
    return Prepared(batch, _shown(batch[0], preprocessing))


def _shown(example: Tensor, preprocessing: Any) -> Pixels:
    """An input before it was centred and scaled, (C, H, W) -> (H, W, C)."""
    if isinstance(preprocessing, CentreCrop | CentreClip):
        shape = (-1, *(1,) * (example.ndim - 1))
        mean, std = torch.tensor(preprocessing.mean), torch.tensor(preprocessing.std)
        values = example * std.view(shape) + mean.view(shape)
    else:
        low, high = example.aminmax()
        values = (example - low) / (high - low).clamp_min(1e-12)
    pixels = (values * 255).round().clamp(0, 255).byte()
    return np.ascontiguousarray(pixels.movedim(0, -1).numpy())


def from_signal(values: npt.NDArray[np.generic], opened: Opened) -> Prepared:
    """A signal, (samples,), by the network's own preprocessing.

    Where it has none, the middle of it, centred and scaled to a deviation of 1.
    Raises StudioError for networks that take none; DataError for what is no signal.
    """
    network = opened.network
    if reads(opened) != "signal":
        raise StudioError(f"{network.name} takes a {reads(opened)}, not a signal")
    if isinstance(network.preprocessing, AsDataset):
        stored = network.preprocessing.stored(values)
        return from_stored(stored, network.preprocessing.description)
    channels, length = network.input_shape
    window = np.zeros(length, np.float32)
    part = values[max(0, (len(values) - length) // 2) :][:length].astype(np.float64)
    part = (part - part.mean()) / max(float(part.std()), 1e-12)
    start = (length - len(part)) // 2
    window[start : start + len(part)] = part
    return Prepared(torch.from_numpy(window).expand(1, channels, length).contiguous())


def from_film(given: Pixels | bytes, opened: Opened) -> Prepared:
    """A film, (T, H, W, 3) or the bytes of an animated picture.

    Raises StudioError for networks that take none; DataError for files that are no films.
    """
    network = opened.network
    preprocessing = network.preprocessing
    if isinstance(preprocessing, CentreClip):
        example = preprocessing(given)
        middle = _shown(example, preprocessing)[preprocessing.frames // 2]
        return Prepared(example[None], middle)
    if reads(opened) != "film" or isinstance(given, bytes) or network.input_shape[0] != 3:
        raise StudioError(f"{network.name} does not say how a film becomes its input")
    _, frames, height, width = network.input_shape
    chosen = given[np.linspace(0, len(given) - 1, frames).round().astype(int)]
    pictures = torch.from_numpy(chosen.transpose(0, 3, 1, 2).astype(np.float32)) / 255
    small = torch.nn.functional.interpolate(
        pictures, (height, width), mode="bilinear", antialias=True
    )
    middle = (small[frames // 2] * 255).round().byte().movedim(0, -1).numpy()
    return Prepared(small.transpose(0, 1)[None].contiguous(), np.ascontiguousarray(middle))
