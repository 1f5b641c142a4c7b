"""Datasets by name: found on disk or downloaded, decoded, and split into training and test."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt

from striate.data import cifar, cinc2017, digits, idx, image_folder, mitbih
from striate.data.cache import cache_folder, expanded
from striate.data.catalogue import DESCRIPTIONS
from striate.data.decoded import Array, Arrays, Sink, Source, decode
from striate.data.description import Description, did_you_mean
from striate.data.download import Progress, fetch
from striate.errors import DataError

_Find = Callable[[Path, Description], Source | None]

_FORMATS: dict[str, _Find] = {
    "mnist": idx.find,
    "fashion-mnist": idx.find,
    "cifar10": partial(cifar.find, cifar.CIFAR10),
    "cifar100": partial(cifar.find, cifar.CIFAR100),
    "cinc2017": cinc2017.find,
    "mitbih": mitbih.find,
}


@dataclass(frozen=True)
class Split:
    """Inputs (N, C, *spatial), uint8 for images and int16 for signals, and targets (N,) int64."""

    inputs: Array
    targets: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.targets)


@dataclass(frozen=True)
class Dataset:
    """A training and a test split with their description.

    `note` is what the user should know of this copy, such as that it is only a part.
    """

    description: Description
    train: Split
    test: Split
    note: str = ""


def names() -> tuple[str, ...]:
    """The names of all known datasets; `folder:PATH` is one more."""
    return tuple(DESCRIPTIONS)


def describe(name: str) -> Description:
    """The description of the dataset of that name or alias.

    No data is read, except for `folder:PATH`, whose images are decoded to know it.

    Raises:
        DataError: there is no such dataset; the message suggests the nearest name.
    """
    if name.startswith(image_folder.PREFIX):
        return load(name).description
    wanted = name.strip().lower()
    for description in DESCRIPTIONS.values():
        if wanted == description.name or wanted in map(str.lower, description.aliases):
            return description
    raise DataError(f'There is no dataset "{name}". {did_you_mean(name, names())}')


def load(
    name: str,
    root: Path | None = None,
    progress: Progress | None = None,
    cache: Path | None = None,
) -> Dataset:
    """The dataset of that name, as memory-mapped arrays.

    `root` is a folder on disk: the dataset's own, or one with a sub-folder that has the dataset's
    name or an alias; a relative `folder:PATH` starts there. Without it the files are downloaded
    into `cache` (by default the user's cache folder), calling `progress` as bytes arrive. The
    decoded arrays are kept in `cache`.

    Raises:
        DataError: there is no such dataset, or a file is missing, short, corrupt or of another
            format; the message names it and says what was expected.
        DownloadError: a file cannot be downloaded.
    """
    place = cache_folder(cache)
    root = None if root is None else expanded(Path(root))
    try:
        if name.startswith(image_folder.PREFIX):
            folder = image_folder.find(name, root)
            arrays = decode("folder", folder.source(), place)
            return _dataset(folder.description(arrays), arrays)
        description = describe(name)
        source = _source(description, root, place, progress)
        return _dataset(description, decode(description.name, source, place), source.note)
    except OSError as error:  # a folder that may not be entered, a name that is too long
        raise DataError(
            f"{error.filename or name} cannot be read: {error.strerror or error}."
        ) from error


def _source(
    description: Description, root: Path | None, cache: Path, progress: Progress | None
) -> Source:
    if description.name == "digits":
        return digits.source()
    if root is not None:
        return _on_disk(description, root)
    return _downloaded(description, cache, progress)


def _dataset(description: Description, arrays: Arrays, note: str = "") -> Dataset:
    train, test = (
        Split(arrays[f"{split}_inputs"], arrays[f"{split}_targets"].astype(np.int64, copy=False))
        for split in ("train", "test")
    )
    return Dataset(description, train, test, note)


def download(
    name: str, progress: Progress | None = None, cache: Path | None = None
) -> tuple[Path, ...]:
    """The paths of a dataset's files in the cache, downloaded as far as they are not there.

    Raises:
        DataError: there is no such dataset.
        DownloadError: a file cannot be downloaded.
    """
    description = describe(name)
    folder = _download_folder(description, cache_folder(cache))
    return tuple(fetch(file, folder, progress) for file in description.files)


def _download_folder(description: Description, cache: Path) -> Path:
    return cache / "downloads" / description.name


def _downloaded(description: Description, cache: Path, progress: Progress | None) -> Source:
    download(description.name, progress, cache)
    folder = _download_folder(description, cache)
    source = _FORMATS[description.name](folder, description)
    if source is None:
        raise DataError(f"{folder} lost the files of {description.name} while they were read.")

    def decode_checked(sink: Sink) -> None:
        for file in description.files:
            fetch(file, folder, progress, check=True)
        try:
            source.decode(sink)
        except DataError as error:
            raise DataError(f"{error} Delete it to have it downloaded again.") from error

    return replace(source, decode=decode_checked)


def _on_disk(description: Description, root: Path) -> Source:
    if not root.exists():
        raise DataError(f"The data folder {root} does not exist.")
    if not root.is_dir():
        raise DataError(
            f"{root} is a file; the data folder is needed that holds it, or a folder above that."
        )
    # Sub-folders come first: MNIST and Fashion-MNIST use the same file names.
    subfolders = [root / name for name in (description.name, *description.aliases)]
    for folder in (*(sub for sub in subfolders if sub.is_dir()), root):
        if source := _FORMATS[description.name](folder, description):
            return source
    files = ", ".join(file.name for file in description.files)
    raise DataError(
        f"No files of {description.name} are in {root}, nor in a sub-folder "
        f'named "{description.name}". Expected there: {files}.'
    )
