"""Test examples to pick from: thumbnails of many, and one as the network's input."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log, prod
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from striate.data import AsDataset, Dataset, Description, describe
from striate.errors import StudioError
from striate.studio.looking import samples
from striate.studio.looking.datasets import Datasets
from striate.studio.looking.layers import reads
from striate.studio.looking.opening import Opened
from striate.studio.looking.prepared import (
    Prepared,
    as_pixels,
    enlarged,
    from_drawing,
    from_film,
    from_picture,
    from_signal,
    from_stored,
)

_THUMBNAIL = 64
_POINTS = 512


@dataclass(frozen=True)
class Examples:
    """Some examples of a dataset in their order, with pictures or curves to know them by.

    `pictures` (n, H, W, C) have at most 64 pixels a side; `signals` (n, C, points) at most 512
    points. `total` counts all there are to choose from.
    """

    classes: tuple[str, ...]
    total: int
    indices: tuple[int, ...]
    labels: tuple[int | None, ...]
    pictures: npt.NDArray[np.uint8] | None = None
    signals: npt.NDArray[np.float32] | None = None


def datasets_for(opened: Opened, datasets: Datasets) -> tuple[str, ...]:
    """The datasets whose examples an open network can be given.

    First its own, then those with the same classes, and among these by their size.
    """
    kind, shape = reads(opened), opened.network.input_shape
    known = [describe(name) for name in datasets.available()]
    sizes = {one.name: one.input_shape for one in known if _fits(one, kind, shape[0])}
    takes_samples = kind in ("signal", "film") or opened.network.preprocessing is not None
    if takes_samples and kind != "digit":
        sizes[samples.NAME] = samples.SHAPES[kind]
    own = opened.description.name if opened.description is not None else None
    alike = {one.name for one in known if one.classes == opened.classes}

    def distance(name: str) -> tuple[bool, bool, float]:
        size = abs(log(prod(sizes[name][1:]) / prod(shape[1:])))
        return name != own, name not in alike, size

    return tuple(sorted(sizes, key=distance))


def _fits(description: Description, kind: str, channels: int) -> bool:
    if kind == "film" or description.signal != (kind == "signal"):
        return False
    return kind == "signal" or description.input_shape[0] == channels


def title_of(name: str) -> str:
    """What a dataset is called."""
    return samples.TITLE if name == samples.NAME else describe(name).title


def examples_of(
    opened: Opened, datasets: Datasets, name: str, first: int, count: int, label: int | None
) -> Examples:
    """`count` test examples from the `first` on, of one class only if `label` names one.

    Raises StudioError for a dataset that the network cannot be given.
    """
    _check(opened, datasets, name)
    if name == samples.NAME:
        return _samples(reads(opened), first, count)
    dataset = datasets.load(name)
    description, test = dataset.description, dataset.test
    places = np.arange(len(test)) if label is None else np.flatnonzero(test.targets == label)
    chosen = places[first : first + count]
    pictures = signals = None
    stored = [np.asarray(test.inputs[index]) for index in chosen]
    if description.signal:
        signals = _curves([values.astype(np.float32) for values in stored])
    else:
        pictures = _thumbnails([as_pixels(values, description) for values in stored])
    labels = tuple(test.targets[chosen].tolist())
    indices = tuple(chosen.tolist())
    return Examples(description.classes, len(places), indices, labels, pictures, signals)


def _check(opened: Opened, datasets: Datasets, name: str) -> None:
    known = datasets_for(opened, datasets)
    if name not in known:
        raise StudioError(
            f"{opened.network.name} cannot be given examples of {name[:60]!r}; those that it can "
            f"be given here are {', '.join(known) or 'none'}"
        )


def _samples(kind: str, first: int, count: int) -> Examples:
    names = samples.signal_names() if kind == "signal" else samples.picture_names()
    indices = tuple(range(len(names)))[first : first + count]
    labels = (None,) * len(indices)
    if kind == "signal":
        curves = [samples.signal(index).astype(np.float32)[None] for index in indices]
        return Examples((), len(names), indices, labels, signals=_curves(curves))
    pictures = _thumbnails([samples.picture(index) for index in indices])
    return Examples((), len(names), indices, labels, pictures=pictures)


def _thumbnails(pictures: Sequence[npt.NDArray[np.uint8]]) -> npt.NDArray[np.uint8]:
    """Pictures (H, W, C) in one array: as they are where small, else the middle, made smaller."""
    small = [_small(picture) for picture in pictures]
    return np.stack(small) if small else np.zeros((0, 1, 1, 1), np.uint8)


def _small(picture: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    height, width, channels = picture.shape
    if max(height, width) <= _THUMBNAIL:
        return picture
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    middle = picture[top : top + side, left : left + side]
    image = Image.fromarray(middle[..., 0] if channels == 1 else middle)
    reduced = np.asarray(image.resize((_THUMBNAIL, _THUMBNAIL), Image.Resampling.BOX), np.uint8)
    return reduced.reshape(_THUMBNAIL, _THUMBNAIL, channels)


def _curves(signals: Sequence[npt.NDArray[np.float32]]) -> npt.NDArray[np.float32]:
    """Signals (C, L) in one array; of a long one the lowest and highest of each short run."""
    short = [_outline(signal) for signal in signals]
    return np.stack(short) if short else np.zeros((0, 1, 1), np.float32)


def _outline(signal: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    channels, length = signal.shape
    run = -(-length // (_POINTS // 2))
    if length <= _POINTS:
        return signal
    padded = np.pad(signal, ((0, 0), (0, -length % run)), mode="edge")
    runs = padded.reshape(channels, -1, run)
    return np.stack([runs.min(2), runs.max(2)], axis=2).reshape(channels, -1)


def example_of(opened: Opened, datasets: Datasets, name: str, index: int) -> Prepared:
    """A test example as the network's input, with its class where the network has the same ones.

    Raises StudioError for a dataset that the network cannot be given, and for a number beyond it.
    """
    _check(opened, datasets, name)
    if name == samples.NAME:
        return _sample(opened, index)
    dataset = datasets.load(name)
    if index >= len(dataset.test):
        raise StudioError(
            f"{name} has {len(dataset.test):,} test examples, counted from 0; there is no {index}"
        )
    same_classes = dataset.description.classes == opened.classes
    truth = int(dataset.test.targets[index]) if same_classes else None
    return _prepared(opened, dataset, dataset.test.inputs[index]).labelled(truth)


def _prepared(opened: Opened, dataset: Dataset, stored: Any) -> Prepared:
    description, own = dataset.description, opened.network.preprocessing
    if isinstance(own, AsDataset) and _same_form(own.description, description):
        return from_stored(stored, own.description)
    if description.signal:
        return from_signal(np.asarray(stored)[0], opened)
    if description.dark_background and reads(opened) == "digit":
        return from_drawing(enlarged(stored, description), opened)
    return from_picture(as_pixels(stored, description), opened)


def _same_form(one: Description, other: Description) -> bool:
    return (one.name, one.input_shape) == (other.name, other.input_shape)


def _sample(opened: Opened, index: int) -> Prepared:
    match reads(opened):
        case "signal":
            return from_signal(samples.signal(index), opened)
        case "film":
            return from_film(samples.film(index), opened)
    return from_picture(samples.picture(index), opened)
