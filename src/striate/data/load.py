"""Datasets by name: found on disk or downloaded, decoded, and split into training and test."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt

from striate.data import cifar, idx
from striate.data.cache import cache_folder
from striate.data.catalogue import DESCRIPTIONS
from striate.data.decoded import Array, Sink, Source, decode
from striate.data.description import Description, nearest
from striate.data.download import Progress, fetch, verified
from striate.errors import DataError

_Find = Callable[[Path, Description], Source | None]

_FORMATS: dict[str, _Find] = {
    "mnist": idx.find,
    "fashion-mnist": idx.find,
    "cifar10": partial(cifar.find, cifar.CIFAR10),
    "cifar100": partial(cifar.find, cifar.CIFAR100),
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
    """The description of the dataset of that name or alias; no data is read.

    Raises:
        DataError: there is no such dataset; the message suggests the nearest name.
    """
    wanted = name.strip().lower()
    for description in DESCRIPTIONS.values():
        if wanted == description.name or wanted in map(str.lower, description.aliases):
            return description
    raise DataError(f'There is no dataset "{name}". {nearest(name, names())}')


def load(
    name: str,
    root: Path | None = None,
    progress: Progress | None = None,
    cache: Path | None = None,
) -> Dataset:
    """The dataset of that name, as memory-mapped arrays.

    `root` is a folder on disk: the dataset's own, or one with a sub-folder that has the dataset's
    name or an alias. Without it the files are downloaded into `cache` (by default the user's
    cache folder), calling `progress` as bytes arrive. The decoded arrays are kept in `cache`.

    Raises:
        DataError: there is no such dataset, or a file is missing, short, corrupt or of another
            format; the message names it and says what was expected.
        DownloadError: a file cannot be downloaded.
    """
    description = describe(name)
    place = cache_folder(cache)
    if description.name == "digits":
        from striate.data import digits  # noqa: PLC0415  (scikit-learn takes a second to import)

        source = digits.source()
    elif root is not None:
        source = _on_disk(description, Path(root).expanduser())
    else:
        source = _downloaded(description, place, progress)
    arrays = decode(description.name, source, place)
    return Dataset(
        description=description,
        train=Split(arrays["train_inputs"], arrays["train_targets"].astype(np.int64, copy=False)),
        test=Split(arrays["test_inputs"], arrays["test_targets"].astype(np.int64, copy=False)),
        note=source.note,
    )


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
        # A file may have been damaged since it was downloaded; then it is fetched once more.
        for file in description.files:
            if not verified(folder / file.name, file):
                (folder / file.name).unlink()
                fetch(file, folder, progress)
        source.decode(sink)

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
