"""A folder of images with one sub-folder per class: `folder:PATH`.

PATH holds the class folders, or `train` and `test` (also `val`, `valid` or `validation`) that hold
them. Where there is no test folder, a fixed stratified fifth is held out. All images are brought
to one size: that of `folder:PATH?size=HxW`, else the one they share, else their median height and
width; a size that was found is reduced in proportion to at most 256 pixels a side.
"""

from __future__ import annotations

import re
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt

from striate.data.cache import expanded
from striate.data.decoded import Arrays, Sink, Source
from striate.data.description import Description
from striate.data.images import SUFFIXES, is_grey, opened, to_pixels, upright
from striate.data.split import held_out
from striate.errors import DataError

PREFIX = "folder:"
_TEST_FOLDERS = ("test", "val", "valid", "validation")
_LARGEST = 256
_HISTOGRAM = "train_histogram"


@dataclass(frozen=True)
class ImageFolder:
    """The images of a folder, found but not yet opened."""

    name: str
    path: Path
    size: tuple[int, int] | None
    classes: tuple[str, ...]
    train: tuple[tuple[Path, int], ...] = field(repr=False)
    test: tuple[tuple[Path, int], ...] = field(repr=False)

    def source(self) -> Source:
        """Its files, and how to decode them."""
        images = (*self.train, *self.test)
        return Source(
            origin=self.path,
            paths=tuple(path for path, _ in images),
            version=f"folder 1 {self.size} {[target for _, target in images]}",
            decode=partial(_decode, self),
        )

    def description(self, arrays: Arrays) -> Description:
        """The description that the decoded arrays show."""
        histogram = arrays[_HISTOGRAM].astype(np.float64)
        values, count = np.arange(256), histogram.sum(axis=1)
        mean = histogram @ values / count
        variance = histogram @ values**2 / count - mean**2
        return Description(
            name=self.name,
            title=f"Images in {self.path}",
            input_shape=arrays["train_inputs"].shape[1:],
            classes=self.classes,
            mean=tuple(mean.tolist()),
            # Images of one single colour have no deviation to divide by.
            std=tuple(np.sqrt(variance.clip(1.0)).tolist()),
            licence="that of the images",
            citation="",
        )


def find(name: str, root: Path | None) -> ImageFolder:
    """The image folder of a name like `folder:PATH?size=64x64`; a relative PATH starts at `root`.

    Raises:
        DataError: the folder is absent or does not hold at least two classes of images.
    """
    match = re.fullmatch(r"folder:(.+?)(?:\?size=(\d{1,4})x(\d{1,4}))?", name, re.DOTALL)
    if match is None or "0" in match.group(2, 3):
        raise DataError(f'"{name}" must be folder:PATH or folder:PATH?size=HEIGHTxWIDTH.')
    path = expanded(Path(match[1]))
    path = path if root is None else root / path
    size = (int(match[2]), int(match[3])) if match[2] else None
    if not path.is_dir():
        what = "is a file" if path.exists() else "does not exist"
        raise DataError(f"The image folder {path} {what}; a folder of class folders is expected.")
    train_folder = path / "train" if (path / "train").is_dir() else path
    tests = [path / test for test in _TEST_FOLDERS if (path / test).is_dir()]
    classes, images = _scan(train_folder)
    if train_folder != path and tests:
        test_classes, test_images = _scan(tests[0])
        if unknown := sorted(set(test_classes) - set(classes)):
            raise DataError(
                f'{tests[0]} has the class "{unknown[0]}", which {train_folder} does not have.'
            )
        numbers = [classes.index(name) for name in test_classes]
        test = tuple((image, numbers[target]) for image, target in test_images)
        return ImageFolder(name, path, size, classes, images, test)
    keys = [image.relative_to(train_folder).as_posix() for image, _ in images]
    chosen = held_out(keys, [target for _, target in images])
    if not chosen.any():
        raise DataError(f"{path} holds too few images for a test split.")
    train = tuple(image for image, out in zip(images, chosen, strict=True) if not out)
    test = tuple(image for image, out in zip(images, chosen, strict=True) if out)
    return ImageFolder(name, path, size, classes, train, test)


def _scan(folder: Path) -> tuple[tuple[str, ...], tuple[tuple[Path, int], ...]]:
    subfolders = sorted(
        path for path in folder.iterdir() if path.is_dir() and not path.name.startswith(".")
    )
    if len(subfolders) < 2:
        raise DataError(
            f"{folder} has {len(subfolders)} sub-folders, but a sub-folder of images for each of "
            "at least two classes is expected."
        )
    images: list[tuple[Path, int]] = []
    for target, subfolder in enumerate(subfolders):
        found = sorted(
            path
            for path in subfolder.iterdir()
            if path.suffix.lower() in SUFFIXES and not path.name.startswith(".")
        )
        if not found:
            raise DataError(
                f"{subfolder} holds no images; files ending in {' '.join(sorted(SUFFIXES))} are "
                "expected in each class folder."
            )
        images.extend((path, target) for path in found)
    return tuple(path.name for path in subfolders), tuple(images)


def _decode(folder: ImageFolder, sink: Sink) -> None:
    shape = _common_shape(folder)
    histogram = np.zeros((shape[0], 256), np.int64)
    for split, images in (("train", folder.train), ("test", folder.test)):
        targets = np.array([target for _, target in images], np.int64)
        sink.array(f"{split}_targets", targets.shape, np.int64).append(targets)
        inputs = sink.array(f"{split}_inputs", (len(images), *shape), np.uint8)
        for path, _ in images:
            with opened(path) as image:
                pixels = to_pixels(upright(image, shape[0]), shape, extend=False)
            inputs.append(pixels[None])
            if split == "train":
                histogram += _histogram(pixels)
    sink.array(_HISTOGRAM, histogram.shape, np.int64).append(histogram)


def _histogram(pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.int64]:
    counts = [np.bincount(plane.reshape(-1), minlength=256) for plane in pixels]
    return np.stack(counts).astype(np.int64)


def _common_shape(folder: ImageFolder) -> tuple[int, int, int]:
    sizes, grey = [], True
    for path, _ in (*folder.train, *folder.test):
        with opened(path) as image:
            turned = image.getexif().get(0x0112, 1) >= 5  # the camera lay on its side
            sizes.append(image.size if turned else image.size[::-1])
            grey = grey and is_grey(image)
    return (1 if grey else 3, *(folder.size or _found_size(sizes)))


def _found_size(sizes: Sequence[tuple[int, int]]) -> tuple[int, int]:
    height = statistics.median_low(size[0] for size in sizes)
    width = statistics.median_low(size[1] for size in sizes)
    scale = min(1.0, _LARGEST / max(height, width))
    return max(1, round(height * scale)), max(1, round(width * scale))
