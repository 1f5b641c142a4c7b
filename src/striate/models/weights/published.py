"""The weights that torchvision publishes, as torchvision 0.28.0 describes them.

Addresses, checksums, sizes, preprocessing and accuracy stand in `torchvision.csv`, one line for
each file, the one that torchvision prefers first. torchvision publishes the first eight digits of
each SHA-256, in the file's name. Where the column `sha256` has all of them, at least two public
projects that do not share code record that they found these when they downloaded the file.
"""

import csv
from functools import cache
from importlib.resources import files

from striate.data import CentreClip, CentreCrop, Preprocessing, RemoteFile
from striate.data.preprocessing import Interpolation
from striate.errors import ModelError
from striate.models.entry import Accuracy
from striate.models.registry import describe
from striate.models.weights.source import Source

_ADDRESS = "https://download.pytorch.org/models"
_SHA256_DIGITS = 64
_MEAN, _STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
_CLIP_MEAN, _CLIP_STD = (0.43216, 0.394666, 0.37645), (0.22803, 0.22145, 0.216989)
_CLIP_FRAMES = 16
_CONVERTED = ("googlenet", "inception_v3")
_LICENCE = (
    "as torchvision's, BSD 3-Clause; torchvision warns that the terms of the training data "
    "({data}) may bind too"
)
_NOTES = {
    "google": "converted from the weights of the network's authors, which take pixels from -1 to "
    "1; the preprocessing gives these, so the network is made without transform_input",
    "lukemelas": "converted by Luke Melas-Kyriazi from the authors' weights, Apache 2.0",
    "rwightman": "trained by Ross Wightman for timm, Apache 2.0",
}


def sources(name: str) -> tuple[Source, ...]:
    """The published weights of a registered network, the preferred ones first; often none.

    Raises ModelError for an unknown name.
    """
    return tuple(source for source in _all() if source.model == describe(name).name)


def find_source(name: str) -> Source:
    """The published weights of a name such as `resnet50`, `resnet50/torchvision` or, in full,
    `resnet50/torchvision-v2`; the preferred ones where there are several.

    Raises ModelError for an unknown name, with the known ones.
    """
    model, _, wanted = name.partition("/")
    known = sources(model)
    for source in known:
        if wanted in ("", source.publisher, f"{source.publisher}-{source.version}"):
            return source
    if not known:
        raise ModelError(
            f"no published weights of {model} are known here; `load_weights(model, Path(FILE))` "
            "loads a file that you have"
        )
    raise ModelError(
        f"there are no weights {name!r}; those of {model} are "
        f"{', '.join(source.name for source in known)}"
    )


@cache
def _all() -> tuple[Source, ...]:
    table = (files(__package__) / "torchvision.csv").read_text(encoding="utf-8")
    return tuple(_source(row) for row in csv.DictReader(table.splitlines()))


def _source(row: dict[str, str]) -> Source:
    model = row["model"]
    film = "x" in row["resize"]
    data = "Kinetics-400" if film else "ImageNet"
    whole = len(row["sha256"]) == _SHA256_DIGITS
    return Source(
        model=model,
        publisher="torchvision",
        version=row["version"],
        file=RemoteFile(
            row["file"],
            (f"{_ADDRESS}/{row['file']}",),
            row["sha256"] if whole else None,
            None,
            sha256_prefix="" if whole else row["sha256"],
        ),
        size=float(row["mebibytes"]),
        preprocessing=_clip(row) if film else _crop(row),
        accuracy=Accuracy(float(row["top1"]), data, "torchvision 0.28.0"),
        licence=_LICENCE.format(data=data),
        note=next((note for word, note in _NOTES.items() if f"_{word}-" in row["file"]), "")
        or (_NOTES["google"] if model in _CONVERTED else ""),
    )


def _crop(row: dict[str, str]) -> Preprocessing:
    side = int(row["crop"])
    interpolation: Interpolation = "bicubic" if row["interpolation"] == "bicubic" else "bilinear"
    # torchvision centres by ImageNet's mean and turns that into -1 to 1 inside the network.
    mean, std = ((0.5,) * 3, (0.5,) * 3) if row["model"] in _CONVERTED else (_MEAN, _STD)
    return CentreCrop(
        (side, side), int(row["resize"]), mean, std, class_names("imagenet"), interpolation
    )


def _clip(row: dict[str, str]) -> Preprocessing:
    side = int(row["crop"])
    height, width = map(int, row["resize"].split("x"))
    return CentreClip(
        _CLIP_FRAMES,
        (side, side),
        (height, width),
        _CLIP_MEAN,
        _CLIP_STD,
        class_names("kinetics400"),
    )


@cache
def class_names(data: str) -> tuple[str, ...]:
    """The classes of `imagenet` or `kinetics400`, in the order of the networks' outputs."""
    lines = (files(__package__) / f"{data}.txt").read_text(encoding="utf-8").splitlines()
    return tuple(line for line in lines if not line.startswith("#"))
