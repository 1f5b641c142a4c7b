"""The IDX files of MNIST and its relatives, plain or gzip-compressed.

Big-endian: magic number (two zero bytes, type 0x08 for unsigned bytes, number of axes), the size
of each axis as 32 bits, then the values. Source: LeCun, Cortes, Burges, "The MNIST database of
handwritten digits", section "File formats".
"""

from __future__ import annotations

import gzip
import math
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np
import numpy.typing as npt

from striate.data.decoded import Sink, Source
from striate.data.description import Description
from striate.errors import DataError

_STEMS = {
    "train": ("train-images-idx3-ubyte", "train-labels-idx1-ubyte"),
    "test": ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"),
}
_CHUNK = 1 << 20
_DEFLATE_LIMIT = 1032  # no deflate stream expands further
_MOST = 1 << 24  # examples: twenty times the largest dataset that comes in this format


def find(folder: Path, description: Description) -> Source | None:
    """The four IDX files in a folder, or None where not even one of them is there.

    Raises:
        DataError: some of the four are there and some are not.
    """
    stems = [stem for pair in _STEMS.values() for stem in pair]
    found = {stem: _variant(folder, stem) for stem in stems}
    if not any(found.values()):
        return None
    if missing := [stem for stem, path in found.items() if path is None]:
        raise DataError(
            f"{folder} holds only some of the files of {description.name}: "
            f"{', '.join(missing)} (with or without .gz) must be there too."
        )
    paths = {stem: path for stem, path in found.items() if path is not None}
    pairs = {split: (paths[images], paths[labels]) for split, (images, labels) in _STEMS.items()}
    return Source(
        origin=folder,
        paths=tuple(paths.values()),
        version="idx 1",
        decode=partial(_decode, pairs, description),
    )


def _variant(folder: Path, stem: str) -> Path | None:
    # Some programs unpack "train-images-idx3-ubyte" under the name "train-images.idx3-ubyte".
    dotted = stem.replace("-idx", ".idx")
    for name in (f"{stem}.gz", stem, f"{dotted}.gz", dotted):
        if (folder / name).exists():
            return folder / name
    return None


def _decode(pairs: dict[str, tuple[Path, Path]], description: Description, sink: Sink) -> None:
    shape = description.input_shape
    for split, (images, labels) in pairs.items():
        targets = read_labels(labels, len(description.classes))
        sink.array(f"{split}_targets", targets.shape, np.int64).append(targets)
        inputs = sink.array(f"{split}_inputs", (len(targets), *shape), np.uint8)
        for block in read_images(images, len(targets), shape):
            inputs.append(block)


def read_labels(path: Path, classes: int) -> npt.NDArray[np.int64]:
    """The labels of an IDX file of one axis, (N,).

    Raises:
        DataError: the file is not such a file, is short or long, or a label is no class.
    """
    with _opened(path) as file:
        (count,) = _header(file, path, axes=1)
        labels = np.frombuffer(_read(file, path, count), np.uint8).astype(np.int64)
        _end(file, path)
    if labels.max() >= classes:
        where = int(np.argmax(labels >= classes))
        raise DataError(
            f"{path}: label {where} is {labels[where]}, but the classes are 0 to {classes - 1}."
        )
    return labels


def read_images(path: Path, count: int, shape: tuple[int, ...]) -> Iterator[npt.NDArray[np.uint8]]:
    """The images of an IDX file of three axes, in blocks (n, *shape).

    `count` is the number of labels that go with them.

    Raises:
        DataError: the file is not such a file, is short or long, or the images are not `count` or
            not of that shape.
    """
    with _opened(path) as file:
        found, *sizes = _header(file, path, axes=3)
        if tuple(sizes) != shape[1:]:
            raise DataError(
                f"{path}: the images are {'x'.join(map(str, sizes))}, but "
                f"{'x'.join(map(str, shape[1:]))} is expected."
            )
        if found != count:
            raise DataError(
                f"{path} holds {found} images, but the file of labels beside it holds {count}: "
                "the two do not belong together."
            )
        size = math.prod(shape)
        step = max(1, _CHUNK // size)
        for start in range(0, count, step):
            rows = min(step, count - start)
            block = np.frombuffer(_read(file, path, rows * size), np.uint8)
            yield block.reshape(rows, *shape)
        _end(file, path)


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    """The decompressed content of a file; whatever goes wrong in reading it names the file."""
    if not path.is_file():
        raise DataError(f"{path} is not a file, but one in the IDX format is expected there.")
    try:
        with path.open("rb") as file:
            if path.suffix == ".gz":
                with gzip.open(file) as unpacked:
                    yield cast(BinaryIO, unpacked)
            else:
                yield file
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DataError(
            f"{path} is not a whole gzip file: {error}. It was cut off or damaged; fetch it again."
        ) from error
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}.") from error


def _header(file: BinaryIO, path: Path, axes: int) -> tuple[int, ...]:
    """The axis sizes, checked against what a file of this length can hold at all."""
    header = file.read(4 + 4 * axes)
    if len(header) < 4 + 4 * axes:
        raise DataError(
            f"{path} ends after {len(header)} bytes, within the IDX header of {4 + 4 * axes} bytes."
        )
    magic, *sizes = struct.unpack(f">{1 + axes}I", header)
    if magic != 0x800 + axes:
        raise DataError(
            f"{path} begins with the number {magic}, but an IDX file of {axes} "
            f"{'axes' if axes > 1 else 'axis'} of unsigned bytes begins with {0x800 + axes}."
        )
    total, stored = math.prod(sizes), path.stat().st_size
    limit = stored * (_DEFLATE_LIMIT if path.suffix == ".gz" else 1)
    if total > limit:
        raise DataError(
            f"{path}: the header announces {' x '.join(map(str, sizes))} values ({total} bytes), "
            f"more than a file of {stored} bytes can hold."
        )
    if sizes[0] > _MOST:
        raise DataError(f"{path}: the header announces {sizes[0]:,} examples, more than {_MOST:,}.")
    if not total:
        raise DataError(f"{path}: the header announces {' x '.join(map(str, sizes))}: no values.")
    return tuple(sizes)


def _read(file: BinaryIO, path: Path, size: int) -> bytes:
    data = file.read(size)
    if len(data) < size:
        raise DataError(f"{path} ends too early: the header announces more values than follow it.")
    return data


def _end(file: BinaryIO, path: Path) -> None:
    if file.read(1):
        raise DataError(f"{path} goes on after the last value that its header announces.")
