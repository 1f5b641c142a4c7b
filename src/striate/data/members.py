"""The files of a record-wise dataset, read by name from a folder or a zip archive.

Nothing is ever unpacked to a path that an archive names, so a hostile path in it has no effect.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from striate.errors import DataError


class Members(Protocol):
    """Files that are known by their name alone, wherever in an archive they lie."""

    @property
    def names(self) -> frozenset[str]:
        """The names of all files, without folders."""

    def read(self, name: str, limit: int) -> bytes:
        """The content of one file, which must have at most `limit` bytes.

        Raises:
            DataError: the file is absent, longer, or cannot be read.
        """


@contextmanager
def opened(path: Path) -> Iterator[Members]:
    """The files in a folder, or in a zip archive.

    Raises:
        DataError: the archive is not a whole zip file.
    """
    if path.is_dir():
        yield _Folder(path)
        return
    if not path.is_file():  # a device or a pipe, which would be read without end
        raise DataError(f"{path} is not a file, but a zip archive is expected there.")
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise DataError(
            f"{path} is not a whole zip archive ({error}): it was cut off or damaged, or is "
            "something else. Fetch it again."
        ) from error
    with archive:
        yield _Zip(path, archive)


class _Folder:
    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def names(self) -> frozenset[str]:
        return frozenset(path.name for path in self._path.iterdir())

    def read(self, name: str, limit: int) -> bytes:
        path = self._path / name
        if not path.is_file():
            raise DataError(f"{path} is not there, or is not a file.")
        try:
            with path.open("rb") as file:
                content = file.read(limit + 1)
        except OSError as error:
            raise DataError(f"{path} cannot be read: {error.strerror or error}.") from error
        return _within(content, limit, str(path))


class _Zip:
    def __init__(self, path: Path, archive: zipfile.ZipFile) -> None:
        self._path, self._archive = path, archive
        self._members = {
            info.filename.rpartition("/")[2]: info
            for info in archive.infolist()
            if not info.is_dir()
        }

    @property
    def names(self) -> frozenset[str]:
        return frozenset(self._members)

    def read(self, name: str, limit: int) -> bytes:
        if name not in self._members:
            raise DataError(f"{self._path} holds no file {name}.")
        try:
            with self._archive.open(self._members[name]) as file:
                content = file.read(limit + 1)
        except (
            zipfile.BadZipFile,
            zlib.error,
            EOFError,
            OSError,
            NotImplementedError,
            RuntimeError,  # an encrypted member
        ) as error:
            raise DataError(f"{self._path}: {name} in it is damaged: {error}.") from error
        return _within(content, limit, f"{self._path}: {name} in it")


def _within(content: bytes, limit: int, where: str) -> bytes:
    if len(content) > limit:
        raise DataError(f"{where} has more than the {limit:,} bytes that such a file can have.")
    return content
