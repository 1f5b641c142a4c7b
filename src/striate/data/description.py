"""What is known of a dataset before any of its bytes are read."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, Self

from striate.errors import DataError
from striate.names import nearest

_NOT_A_DESCRIPTION = (
    "This is not the description of a dataset; it was edited, or written by another version"
)


@dataclass(frozen=True)
class RemoteFile:
    """One file as its publisher offers it.

    `urls` are tried in order. `sha256` is None where no whole checksum is published;
    `sha256_prefix` then has the hexadecimal digits with which it is known to begin, and where there
    are none, `note` says how the content is checked instead. `bytes` is None where the size is not
    known.
    """

    name: str
    urls: tuple[str, ...]
    sha256: str | None
    bytes: int | None
    note: str = ""
    sha256_prefix: str = ""

    @property
    def known_digits(self) -> str:
        """What is known of the file's SHA-256: all its digits, the first of them, or none."""
        return self.sha256 or self.sha256_prefix


@dataclass(frozen=True)
class Description:
    """A dataset's shape, classes, files and terms.

    `input_shape` is (C, *spatial). `mean` and `std` have one entry a channel and are in units of
    the decoded values (0 to `maximum` for images, converter steps for signals), measured on the
    training split. `standardise` says how inputs are meant to be centred and scaled: "dataset"
    by `mean` and `std`, "example" each example by its own mean and standard deviation (signals,
    whose offset and gain differ from recording to recording). `dark_background` marks drawings
    that are bright on black, so that a photograph of ink on paper must be inverted first.
    `sampling_rate` is in Hz, None for images.
    """

    name: str
    title: str
    input_shape: tuple[int, ...]
    classes: tuple[str, ...]
    mean: tuple[float, ...]
    std: tuple[float, ...]
    licence: str
    citation: str
    homepage: str = ""
    files: tuple[RemoteFile, ...] = ()
    aliases: tuple[str, ...] = ()
    task: Literal["classification"] = "classification"
    standardise: Literal["dataset", "example"] = "dataset"
    maximum: int = 255
    dark_background: bool = False
    sampling_rate: float | None = None
    note: str = ""

    @property
    def signal(self) -> bool:
        """Whether the inputs are one-dimensional signals rather than images."""
        return len(self.input_shape) == 2

    @property
    def download_bytes(self) -> int:
        """Bytes to download, counting only the files whose size is known."""
        return sum(file.bytes or 0 for file in self.files)

    def as_dict(self) -> dict[str, Any]:
        """Everything in this description as plain values that JSON and TOML can hold."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Self:
        """The description that `as_dict` gave, from its plain values.

        Raises:
            DataError: a value is absent, unknown, or of another type than it should be.
        """
        from pydantic import TypeAdapter, ValidationError  # noqa: PLC0415  (slow to import)

        try:
            if unknown := sorted(set(values) - {field.name for field in fields(cls)}):
                raise ValueError(f"unknown keys: {', '.join(unknown)}")
            description = TypeAdapter(cls).validate_python(values)
            description._check()
        except ValidationError as error:
            wrong = error.errors()[0]
            key = ".".join(map(str, wrong["loc"]))
            raise DataError(f"{_NOT_A_DESCRIPTION}: {key}: {wrong['msg']}.") from error
        except ValueError as error:
            raise DataError(f"{_NOT_A_DESCRIPTION}: {error}.") from error
        return description

    def _check(self) -> None:
        shape = self.input_shape
        if len(shape) < 2 or min(shape) < 1:
            raise ValueError(f"input_shape (={shape}) must be channels and sizes, all positive")
        if not self.classes:
            raise ValueError("there must be at least one class")
        channels = shape[0]
        if len(self.mean) != channels or len(self.std) != channels:
            raise ValueError(f"mean and std must have one entry for each of {channels} channels")
        if not all(math.isfinite(m) for m in self.mean) or not all(s > 0 for s in self.std):
            raise ValueError("mean must be finite and std positive")


def did_you_mean(name: str, known: Sequence[str]) -> str:
    """A sentence that suggests the known name nearest to the given one, or lists them all."""
    close = nearest(name, known)
    listing = f"The datasets are {', '.join(known)} and folder:PATH."
    return f'Did you mean "{close[0]}"? {listing}' if close else listing
