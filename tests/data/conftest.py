"""Fixtures of the tests of datasets: a cache of their own, and writers of each file format."""

import gzip
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from striate.data import Dataset, load

WriteIdx = Callable[..., Path]


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache folder that stands in for the user's, which no test may touch."""
    folder = tmp_path / "user cache"
    monkeypatch.setenv("STRIATE_CACHE", str(folder))
    return folder


@pytest.fixture(scope="session")
def real(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Dataset]:
    """Load a real dataset of the shared folder, decoded once in the session."""
    folder = tmp_path_factory.mktemp("real")
    return lambda name: load(name, shared / "data", cache=folder)


@pytest.fixture
def idx() -> Callable[[npt.NDArray[np.uint8]], bytes]:
    """The bytes of an IDX file."""

    def content(values: npt.NDArray[np.uint8]) -> bytes:
        header = struct.pack(f">I{values.ndim}I", 0x800 + values.ndim, *values.shape)
        return header + values.tobytes()

    return content


@pytest.fixture
def write_mnist(idx: Callable[[npt.NDArray[np.uint8]], bytes]) -> Callable[[Path], Path]:
    """Write a whole small dataset in the files of MNIST: 6 training and 4 test images."""

    def write(folder: Path, *, packed: bool = True, first: int = 0) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        for stem, count in (("train", 6), ("t10k", 4)):
            images = np.arange(count * 784).reshape(count, 28, 28) % 251 + first
            labels = (np.arange(count) * 3 + first) % 10
            for name, values in (("images-idx3", images), ("labels-idx1", labels)):
                content = idx(values.astype(np.uint8))
                path = folder / f"{stem}-{name}-ubyte{'.gz' if packed else ''}"
                path.write_bytes(gzip.compress(content) if packed else content)
        return folder

    return write
