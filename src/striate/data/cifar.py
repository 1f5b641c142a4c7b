"""CIFAR-10 and CIFAR-100 in their "binary version", in a folder or a tar archive.

Records without header or gaps: one label byte (CIFAR-10) or a coarse and a fine label byte
(CIFAR-100, whose fine label is the class), then 3072 bytes: the red, green and blue planes of a
32x32 image, row by row. Source: Krizhevsky, "Learning Multiple Layers of Features from Tiny
Images", 2009, and the page that offers the files.
"""

from __future__ import annotations

import lzma
import tarfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt

from striate.data.decoded import Sink, Source
from striate.data.description import Description
from striate.errors import DataError

_IMAGE = (3, 32, 32)
_PIXELS = 3 * 32 * 32
_SLACK = 1 << 24  # room in an archive for its headers, names and readme


@dataclass(frozen=True)
class Layout:
    """The files of one CIFAR dataset in order, each with its split and its number of records.

    `label_classes` has one entry a label byte, the number of classes it may name; the last label
    is the target.
    """

    folder: str
    archive: str
    files: tuple[tuple[str, str, int], ...]
    label_classes: tuple[int, ...]

    @property
    def record(self) -> int:
        """Bytes of one label-and-image record."""
        return len(self.label_classes) + _PIXELS

    def count(self, split: str) -> int:
        """Records in all files of a split."""
        return sum(records for _, part, records in self.files if part == split)


CIFAR10 = Layout(
    folder="cifar-10-batches-bin",
    archive="cifar-10-binary",
    files=(
        *((f"data_batch_{number}.bin", "train", 10_000) for number in range(1, 6)),
        ("test_batch.bin", "test", 10_000),
    ),
    label_classes=(10,),
)
CIFAR100 = Layout(
    folder="cifar-100-binary",
    archive="cifar-100-binary",
    files=(("train.bin", "train", 50_000), ("test.bin", "test", 10_000)),
    label_classes=(20, 100),
)


_Read = Callable[[Layout, Path], Iterator[tuple[str, bytes]]]


def find(layout: Layout, folder: Path, description: Description) -> Source | None:
    """The dataset in a folder: its `.bin` files, their usual sub-folder, or a tar archive.

    Raises:
        DataError: some of the `.bin` files are there and some are not.
    """
    for place in (folder, folder / layout.folder):
        paths = {name: place / name for name, _, _ in layout.files}
        present = [name for name, path in paths.items() if path.exists()]
        if not present:
            continue
        if missing := [name for name in paths if name not in present]:
            raise DataError(
                f"{place} holds only some of the files of {description.name}: "
                f"{', '.join(missing)} must be there too."
            )
        return Source(
            origin=place,
            paths=tuple(paths.values()),
            version="cifar 1",
            decode=partial(_decode, layout, _from_files, place),
        )
    for suffix in (".tar.gz", ".tar.xz", ".tar", ".tgz", ".tar.bz2"):
        archive = folder / f"{layout.archive}{suffix}"
        if archive.exists():
            return Source(
                origin=archive,
                paths=(archive,),
                version="cifar 1",
                decode=partial(_decode, layout, _from_archive, archive),
            )
    return None


def _decode(layout: Layout, read: _Read, place: Path, sink: Sink) -> None:
    inputs, targets = {}, {}
    for split in ("train", "test"):
        count = layout.count(split)
        inputs[split] = sink.array(f"{split}_inputs", (count, *_IMAGE), np.uint8)
        targets[split] = sink.array(f"{split}_targets", (count,), np.int64)
    waiting = list(layout.files)
    contents: dict[str, bytes] = {}
    for name, content in read(layout, place):
        contents[name] = content
        # An archive may hold the files in any order; they are written in the dataset's.
        while waiting and waiting[0][0] in contents:
            first, split, count = waiting.pop(0)
            records = np.frombuffer(contents.pop(first), np.uint8).reshape(count, layout.record)
            _check_labels(layout, place / first, records)
            labels = len(layout.label_classes)
            inputs[split].append(records[:, labels:].reshape(count, *_IMAGE))
            targets[split].append(records[:, labels - 1].astype(np.int64))
    if waiting:
        raise DataError(f"{place} does not hold {', '.join(name for name, _, _ in waiting)}.")


def _check_labels(layout: Layout, path: Path, records: npt.NDArray[np.uint8]) -> None:
    for column, classes in enumerate(layout.label_classes):
        labels = records[:, column]
        if labels.max() >= classes:
            where = int(np.argmax(labels >= classes))
            raise DataError(
                f"{path}: label byte {column + 1} of record {where} is {labels[where]}, but "
                f"only 0 to {classes - 1} occur in this format (records of {layout.record} bytes)."
            )


def _check_size(layout: Layout, path: Path, size: int, records: int) -> None:
    expected = records * layout.record
    if size != expected:
        raise DataError(
            f"{path} has {size} bytes, but {records} records of {layout.record} bytes make "
            f"{expected}."
        )


def _from_files(layout: Layout, folder: Path) -> Iterator[tuple[str, bytes]]:
    for name, _, records in layout.files:
        path = folder / name
        if not path.is_file():
            raise DataError(f"{path} is not a file, but one of records is expected there.")
        try:
            _check_size(layout, path, path.stat().st_size, records)
            content = path.read_bytes()
        except OSError as error:
            raise DataError(f"{path} cannot be read: {error.strerror or error}.") from error
        _check_size(layout, path, len(content), records)
        yield name, content


def _from_archive(layout: Layout, path: Path) -> Iterator[tuple[str, bytes]]:
    if not path.is_file():
        raise DataError(f"{path} is not a file, but a tar archive is expected there.")
    records = {name: count for name, _, count in layout.files}
    limit = sum(records.values()) * layout.record + _SLACK
    try:
        with tarfile.open(path) as archive:
            for member in archive:
                if member.offset_data + member.size > limit:
                    raise DataError(
                        f"{path} unpacks to more than the {limit} bytes that "
                        f"{layout.folder} can take: it holds something else."
                    )
                name = member.name.rpartition("/")[2]
                # Taken out on sight, so that a second member of that name is not read.
                if name not in records or (file := archive.extractfile(member)) is None:
                    continue
                _check_size(layout, path / name, member.size, records.pop(name))
                yield name, file.read()
            # The checksums of gzip and xz are seen only at the end of what they pack.
            if archive.fileobj is not None:
                archive.fileobj.read(_SLACK)
    except (tarfile.TarError, EOFError, lzma.LZMAError, zlib.error) as error:
        raise DataError(
            f"{path} is not a whole tar archive: {error}. It was cut off or damaged; fetch it "
            "again."
        ) from error
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}.") from error
