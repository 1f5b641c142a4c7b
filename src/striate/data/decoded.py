"""Decoded arrays: written once, then mapped into memory instead of being read again.

A decoder writes each array front to back into a sink and never holds a whole dataset. The disk
sink writes ordinary `.npy` files in a temporary folder that takes its final name only when all is
on the disk; a manifest in it holds every file's CRC-32. The memory sink serves where no
disk can be written.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import shutil
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO, Protocol

import numpy as np
import numpy.typing as npt

from striate.data.cache import locked, log
from striate.errors import DataError
from striate.files import sync_folder

Array = npt.NDArray[np.integer[Any]]
Arrays = dict[str, Array]

_REQUIRED = {"train_inputs", "train_targets", "test_inputs", "test_targets"}
_MANIFEST = "manifest.json"
_CHUNK = 1 << 20


class Writer(Protocol):
    """One array being written front to back."""

    def append(self, block: Array) -> None:
        """Write the next rows."""


class Sink(Protocol):
    """Where a decoder writes its arrays."""

    def array(self, name: str, shape: tuple[int, ...], dtype: npt.DTypeLike) -> Writer:
        """Begin an array: `train_inputs`, `train_targets`, `test_inputs`, `test_targets`."""


Decode = Callable[[Sink], None]


@dataclass(frozen=True)
class Source:
    """A dataset found on disk: its files, and how to decode them.

    `origin` is the folder or archive that the user would name; `paths` are all files read (none
    for embedded data, which is decoded in memory). `version` changes whenever the same files
    would decode to other arrays. `note` is what the user should know of this copy, such as that
    it is only a part of the dataset.
    """

    origin: Path
    paths: tuple[Path, ...]
    version: str
    decode: Decode
    note: str = ""


class _DiskUnusableError(Exception):
    """The cache cannot be written: read-only, full, or not ours."""


def decode(name: str, source: Source, cache: Path) -> Arrays:
    """The arrays of a dataset, from the cache where it holds them, else decoded now.

    Cached arrays are mapped copy-on-write: reading touches only the pages used, and writing to
    them changes this process's view but never the file. When the cache cannot be written, the
    arrays are held in memory and a warning is logged.

    Raises:
        DataError: a source file is missing, short, corrupt or of another format.
    """
    if not source.paths:
        return _in_memory(source.decode)
    folder = cache / "decoded" / _entry_name(name, source)
    if (arrays := _open(folder)) is not None:
        return arrays
    try:
        return _store(name, source, folder)
    except _DiskUnusableError as problem:
        log.warning(
            "The decoded %s arrays are held in memory, because the cache folder %s cannot be "
            "written (%s). They will be decoded again next time; the environment variable "
            "STRIATE_CACHE can name another folder.",
            name,
            cache,
            problem,
        )
    return _in_memory(source.decode)


def _entry_name(name: str, source: Source) -> str:
    """Same origin, same first hash; same files and decoder, same second hash."""
    identity: list[object] = [source.version]
    for path in source.paths:
        try:
            status = path.stat()
        except OSError as error:
            raise DataError(f"{path} cannot be read: {error.strerror}.") from error
        identity.append([path.name, str(path.parent), status.st_size, status.st_mtime_ns])
    return f"{name}-{_short_hash(str(source.origin.resolve()))}-{_short_hash(identity)}"


def _short_hash(value: object) -> str:
    return hashlib.sha256(json.dumps(value).encode()).hexdigest()[:16]


def _store(name: str, source: Source, folder: Path) -> Arrays:
    partial = folder.parent / f"{name}.partial"
    with ExitStack() as stack:
        with _disk():
            folder.parent.mkdir(parents=True, exist_ok=True)
            stack.enter_context(locked(folder.parent / f"{name}.lock"))
        if (arrays := _open(folder)) is not None:  # another process was faster
            return arrays
        with _disk():
            # Under the lock, a temporary folder that is there was left by a killed process.
            shutil.rmtree(partial, ignore_errors=True)
            partial.mkdir()
        stack.callback(shutil.rmtree, partial, ignore_errors=True)
        sink = _DiskSink(partial, stack)
        source.decode(sink)
        with _disk():
            sink.finish()
            origin, _, _ = folder.name.rpartition("-")
            for stale in folder.parent.glob(f"{origin}-*"):
                shutil.rmtree(stale, ignore_errors=True)
            partial.rename(folder)
            sync_folder(folder.parent)
        if (arrays := _open(folder)) is None:
            raise _DiskUnusableError("what was written does not read back")
        return arrays


@contextmanager
def _disk() -> Iterator[None]:
    """Tell failures to write the cache from failures to read the source."""
    try:
        yield
    except OSError as error:
        raise _DiskUnusableError(error.strerror or str(error)) from error


class _DiskWriter:
    def __init__(self, file: BinaryIO, shape: tuple[int, ...], dtype: np.dtype[Any]) -> None:
        self._file, self._dtype = file, dtype
        self._left = math.prod(shape) * dtype.itemsize
        header = BytesIO()
        fields = {"descr": dtype.str, "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(header, fields)
        file.write(header.getvalue())
        self._crc = zlib.crc32(header.getvalue())

    def append(self, block: Array) -> None:
        data = np.ascontiguousarray(block, self._dtype).reshape(-1).view(np.uint8).data
        self._left -= len(data)
        self._crc = zlib.crc32(data, self._crc)
        with _disk():
            self._file.write(data)

    def finish(self) -> int:
        if self._left:
            raise AssertionError(f"a decoder left {self._left} bytes unwritten")
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        return self._crc


class _DiskSink:
    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self._folder, self._stack = folder, stack
        self._writers: dict[str, _DiskWriter] = {}

    def array(self, name: str, shape: tuple[int, ...], dtype: npt.DTypeLike) -> Writer:
        with _disk():
            file = (self._folder / f"{name}.npy").open("wb")
            self._stack.callback(_close, file)
            self._writers[name] = _DiskWriter(file, shape, np.dtype(dtype))
        return self._writers[name]

    def finish(self) -> None:
        checksums = {name: writer.finish() for name, writer in self._writers.items()}
        with (self._folder / _MANIFEST).open("w") as file:
            json.dump(checksums, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        sync_folder(self._folder)


def _close(file: BinaryIO) -> None:
    with suppress(OSError):  # closing writes what is buffered, which a full disk refuses again
        file.close()


def _open(folder: Path) -> Arrays | None:
    """The arrays of a cache entry; None where it is absent, half there or damaged."""
    if not folder.is_dir():
        return None
    arrays = {}
    try:
        for name, checksum in json.loads((folder / _MANIFEST).read_text()).items():
            path = folder / f"{name}.npy"
            if _crc(path) != checksum:
                raise ValueError(f"{name} is not what was written")
            # Copy-on-write, because torch warns of arrays that cannot be written.
            arrays[name] = np.load(path, mmap_mode="c", allow_pickle=False)
        if missing := _REQUIRED - set(arrays):
            raise ValueError(f"{', '.join(sorted(missing))} not there")
    except (OSError, ValueError, AttributeError, EOFError, RecursionError) as error:
        log.info("the decoded arrays in %s are damaged and will be made again: %s", folder, error)
        return None
    return arrays


def _crc(path: Path) -> int:
    crc = 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            crc = zlib.crc32(chunk, crc)
    return crc


class _MemoryWriter:
    def __init__(self, array: Array) -> None:
        self._array, self._filled = array, 0

    def append(self, block: Array) -> None:
        self._array[self._filled : self._filled + len(block)] = block
        self._filled += len(block)


class _MemorySink:
    def __init__(self) -> None:
        self.arrays: Arrays = {}

    def array(self, name: str, shape: tuple[int, ...], dtype: npt.DTypeLike) -> Writer:
        try:
            self.arrays[name] = np.zeros(shape, dtype)
        except MemoryError as error:
            size = math.prod(shape) * np.dtype(dtype).itemsize
            raise DataError(
                f"the decoded array of shape {shape} takes {size / 2**30:.1f} GiB, which neither "
                "the cache folder nor the memory has room for."
            ) from error
        return _MemoryWriter(self.arrays[name])


def _in_memory(decode: Decode) -> Arrays:
    sink = _MemorySink()
    decode(sink)
    return sink.arrays
