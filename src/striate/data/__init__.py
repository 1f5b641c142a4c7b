"""Datasets: what they are, where their files come from, and their arrays.

`describe` tells what is known of a dataset without reading it, `load` finds or downloads its files
and gives its training and test split as memory-mapped arrays, and `read_image` and `read_signal`
bring a user's own file into the same form. A `Preprocessing` makes of it what a network takes: in
the form of a dataset (`AsDataset`) or as published weights expect it (`CentreCrop`, for
films `CentreClip`). Augmentation lives in `striate.data.augmentation`.
"""

from typing import TYPE_CHECKING, Any

from striate.data.cache import cache_folder
from striate.data.clips import CentreClip
from striate.data.decoded import Array
from striate.data.description import Description, RemoteFile
from striate.data.download import Progress
from striate.data.images import read_image
from striate.data.load import Dataset, Split, describe, download, load, names
from striate.data.preprocessing import AsDataset, CentreCrop, Preprocessing
from striate.data.signals import read_signal

if TYPE_CHECKING:
    from striate.data.normalisation import normalise

__all__ = [
    "Array",
    "AsDataset",
    "CentreClip",
    "CentreCrop",
    "Dataset",
    "Description",
    "Preprocessing",
    "Progress",
    "RemoteFile",
    "Split",
    "cache_folder",
    "describe",
    "download",
    "load",
    "names",
    "normalise",
    "read_image",
    "read_signal",
]


def __getattr__(name: str) -> Any:
    if name == "normalise":  # brings torch, which describing and downloading do without
        from striate.data.normalisation import normalise  # noqa: PLC0415

        return normalise
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
