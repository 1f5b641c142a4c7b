"""Signal files in the form of a dataset's inputs."""

import struct
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from striate.data import Description, describe, read_signal
from striate.errors import DataError


def signals(length: int, **changes: str) -> Description:
    return replace(describe("cinc2017"), input_shape=(1, length), **changes)  # type: ignore[arg-type]


def test_a_record(tmp_path: Path) -> None:
    path = tmp_path / "a.mat"
    values = [1, -2, 3, 4, 5]
    path.write_bytes(struct.pack("<5i4s5h", 30, 1, 5, 0, 4, b"val\0", *values))
    read = read_signal(path, signals(5))
    assert read.dtype == np.int16
    assert read.tolist() == [values]
    assert read_signal(path, signals(3)).tolist() == [[-2, 3, 4]]
    assert read_signal(path, signals(9)).tolist() == [[0, 0, *values, 0, 0]]


@pytest.mark.parametrize("text", ["1\n-2\n3\n", "1,-2,3", "1 -2\t3", " 1.0, -2e0,\n3 "])
def test_text(tmp_path: Path, text: str) -> None:
    for suffix in ("csv", "txt", "CSV"):
        path = tmp_path / f"a.{suffix}"
        path.write_text(text)
        assert read_signal(path, signals(3)).tolist() == [[1, -2, 3]]


@pytest.mark.parametrize("shape", [(4,), (1, 4), (4, 1)])
def test_arrays(tmp_path: Path, shape: tuple[int, ...]) -> None:
    np.save(tmp_path / "a.npy", np.arange(4).reshape(shape))
    assert read_signal(tmp_path / "a.npy", signals(4)).tolist() == [[0, 1, 2, 3]]


def test_millivolts_are_scaled(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.array([0.1, -0.4, 0.2]))
    read = read_signal(tmp_path / "a.npy", signals(3))
    np.testing.assert_allclose(read[0] / 32767, [0.25, -1.0, 0.5], atol=1e-4)
    with pytest.raises(DataError, match="must hold whole numbers from -32768 to 32767"):
        read_signal(tmp_path / "a.npy", signals(3, standardise="dataset"))


def npy(header: str) -> bytes:
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header.encode()


BAD: dict[str, tuple[str, Callable[[Path], object], str]] = {
    "empty text": ("a.csv", lambda path: path.write_text(""), "one signal"),
    "words": ("a.csv", lambda path: path.write_text("1,two"), "could not convert"),
    "not text": ("a.txt", lambda path: path.write_bytes(b"\xff\xfe"), "cannot be read"),
    "no number": ("a.csv", lambda path: path.write_text("1,nan"), "not finite numbers"),
    "no end": ("a.csv", lambda path: path.write_text("1e999"), "not finite numbers"),
    "two leads": ("a.npy", lambda path: np.save(path, np.zeros((2, 5))), r"shape \(2, 5\)"),
    "objects": (
        "a.npy",
        lambda path: np.save(path, np.array([None]), allow_pickle=True),
        "cannot be read as a signal",
    ),
    "complex": ("a.npy", lambda path: np.save(path, np.zeros(3, complex)), "type complex128"),
    "empty array": ("a.npy", lambda path: np.save(path, np.zeros(0)), "one signal"),
    "half an array": ("a.npy", lambda path: path.write_bytes(b"\x93NUMPY"), "cannot be read"),
    "an open header": ("a.npy", lambda path: path.write_bytes(npy("{'shape': (3,")), "header is"),
    "no type": (
        "a.npy",
        lambda path: path.write_bytes(npy("{'descr': (), 'fortran_order': 0, 'shape': (3,)}")),
        "cannot be read as a signal",
    ),
    "a long word": ("a.csv", lambda path: path.write_text("x" * 9999), "could not convert"),
    "empty record": ("a.mat", lambda path: path.write_bytes(b""), "0 bytes, less than the 24"),
    "other ending": ("a.wav", lambda path: path.write_bytes(b""), "none of the endings"),
    "folder": ("a.mat", lambda path: path.mkdir(), "is a folder, not a signal"),
    "absent": ("a.mat", lambda _: None, "does not exist"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_files(tmp_path: Path, case: str) -> None:
    name, write, message = BAD[case]
    write(tmp_path / name)
    with pytest.raises(DataError, match=message) as caught:
        read_signal(tmp_path / name, signals(5))
    assert str(tmp_path / name) in str(caught.value)
    assert len(str(caught.value)) < 600


def test_an_absurd_length(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    with path.open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(DataError, match="longer than the 67,108,864 bytes"):
        read_signal(path, signals(5))


def test_a_dataset_of_images(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="mnist has images"):
        read_signal(tmp_path / "a.mat", describe("mnist"))
