"""The IDX files of MNIST, whole and damaged."""

import gzip
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from striate.data import Dataset, load
from striate.data.idx import read_images, read_labels
from striate.errors import DataError

Idx = Callable[[npt.NDArray[np.uint8]], bytes]
WriteMnist = Callable[..., Path]

IMAGES = "train-images-idx3-ubyte"
LABELS = "train-labels-idx1-ubyte"


def images(path: Path, count: int = 2, shape: tuple[int, ...] = (1, 2, 3)) -> list[object]:
    read: list[object] = np.concatenate(list(read_images(path, count, shape))).tolist()
    return read


def test_written_out_images(tmp_path: Path) -> None:
    path = tmp_path / "images"
    header = bytes([0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 3])
    path.write_bytes(header + bytes(range(12)))
    assert images(path) == [[[[0, 1, 2], [3, 4, 5]]], [[[6, 7, 8], [9, 10, 11]]]]


def test_written_out_labels(tmp_path: Path) -> None:
    path = tmp_path / "labels.gz"
    path.write_bytes(gzip.compress(bytes([0, 0, 8, 1, 0, 0, 0, 3, 9, 0, 4])))
    assert read_labels(path, 10).tolist() == [9, 0, 4]


def test_blocks_join_without_gap(tmp_path: Path, idx: Idx) -> None:
    values = np.random.default_rng(0).integers(0, 256, (3000, 28, 28)).astype(np.uint8)
    path = tmp_path / "images.gz"
    path.write_bytes(gzip.compress(idx(values), 1))
    blocks = list(read_images(path, 3000, (1, 28, 28)))
    assert len(blocks) > 1
    np.testing.assert_array_equal(np.concatenate(blocks)[:, 0], values)


@pytest.mark.parametrize("packed", [True, False])
def test_round_trip(tmp_path: Path, write_mnist: WriteMnist, packed: bool) -> None:
    dataset = load("mnist", write_mnist(tmp_path / "m", packed=packed))
    assert dataset.train.inputs.shape == (6, 1, 28, 28)
    assert dataset.train.inputs.dtype == np.uint8
    assert dataset.train.targets.tolist() == [0, 3, 6, 9, 2, 5]
    assert dataset.test.targets.dtype == np.int64
    np.testing.assert_array_equal(
        dataset.test.inputs.reshape(-1), (np.arange(4 * 784) % 251).astype(np.uint8)
    )


def test_the_unpacked_names_with_a_dot(tmp_path: Path, write_mnist: WriteMnist) -> None:
    folder = write_mnist(tmp_path / "m", packed=False)
    for path in sorted(folder.iterdir()):
        path.rename(path.with_name(path.name.replace("-idx", ".idx")))
    assert len(load("mnist", folder).test) == 4


HEADER = struct.pack(">4I", 2051, 2, 2, 3)
BAD_IMAGES = {
    "empty": (b"", "ends after 0 bytes, within the IDX header of 16 bytes"),
    "half a header": (HEADER[:9], "ends after 9 bytes"),
    "wrong magic": (
        struct.pack(">4I", 2049, 2, 2, 3) + bytes(12),
        "begins with the number 2049, but an IDX file of 3 axes of unsigned bytes begins with 2051",
    ),
    "little-endian": (struct.pack("<4I", 2051, 2, 2, 3) + bytes(12), "begins with the number"),
    "short": (HEADER + bytes(11), "ends too early|more than a file of 27 bytes can hold"),
    "trailing": (HEADER + bytes(13), "goes on after the last value"),
    "other size": (struct.pack(">4I", 2051, 2, 3, 2) + bytes(12), "images are 3x2, but 2x3"),
    "other count": (
        struct.pack(">4I", 2051, 3, 2, 3) + bytes(18),
        "holds 3 images, but .* holds 2",
    ),
    "no images": (struct.pack(">4I", 2051, 0, 2, 3), "no values"),
    "absurd count": (
        struct.pack(">4I", 2051, 2**31, 28, 28) + bytes(99),
        "announces 2147483648 x 28 x 28 values .* more than a file of",
    ),
    "overflowing count": (struct.pack(">4I", 2051, *[2**32 - 1] * 3), "more than a file of"),
}


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("case", BAD_IMAGES)
def test_bad_images(tmp_path: Path, case: str, packed: bool) -> None:
    content, message = BAD_IMAGES[case]
    path = tmp_path / ("images.gz" if packed else "images")
    path.write_bytes(gzip.compress(content) if packed else content)
    with pytest.raises(DataError, match=message) as caught:
        images(path)
    assert str(path) in str(caught.value)


def test_a_bomb_of_labels_is_not_unpacked(tmp_path: Path) -> None:
    count = (1 << 24) + 1
    path = tmp_path / "labels.gz"
    path.write_bytes(gzip.compress(struct.pack(">2I", 2049, count) + bytes(count), 1))
    with pytest.raises(DataError, match=r"announces 16,777,217 examples, more than 16,777,216"):
        read_labels(path, 10)


def test_a_label_that_is_no_class(tmp_path: Path, idx: Idx) -> None:
    path = tmp_path / "labels"
    path.write_bytes(idx(np.array([0, 9, 10, 3], np.uint8)))
    with pytest.raises(DataError, match="label 2 is 10, but the classes are 0 to 9"):
        read_labels(path, 10)


def test_every_truncation_of_a_packed_file(tmp_path: Path, idx: Idx) -> None:
    whole = gzip.compress(idx(np.arange(12, dtype=np.uint8).reshape(2, 2, 3)))
    path = tmp_path / "images.gz"
    for size in range(len(whole)):
        path.write_bytes(whole[:size])
        with pytest.raises(DataError, match=r"images\.gz"):
            images(path)
    path.write_bytes(whole)
    assert len(images(path)) == 2


def test_every_flipped_byte_of_a_packed_file_is_seen_or_harmless(tmp_path: Path, idx: Idx) -> None:
    values = np.arange(12, dtype=np.uint8).reshape(2, 2, 3)
    whole = gzip.compress(idx(values))
    path = tmp_path / "images.gz"
    for place in range(len(whole)):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0x41]) + whole[place + 1 :])
        try:
            read = images(path)
        except DataError:
            continue
        assert read == values[:, None].tolist()  # the byte was the time stamp, say


def test_a_bomb_is_read_no_further_than_its_header_announces(tmp_path: Path) -> None:
    path = tmp_path / "images.gz"
    with gzip.open(path, "wb", 1) as file:
        file.write(HEADER)
        for _ in range(64):
            file.write(bytes(1 << 20))
    with pytest.raises(DataError, match="goes on after the last value"):
        images(path)


def test_not_gzip_at_all(tmp_path: Path) -> None:
    path = tmp_path / "images.gz"
    path.write_text("<html>404</html>")
    with pytest.raises(DataError, match="is not a whole gzip file"):
        images(path)


def test_a_folder_where_a_file_should_be(tmp_path: Path, write_mnist: WriteMnist) -> None:
    folder = write_mnist(tmp_path / "m")
    (folder / f"{IMAGES}.gz").unlink()
    (folder / f"{IMAGES}.gz").mkdir()
    with pytest.raises(DataError, match=f"{IMAGES}.gz is not a file, but one"):
        load("mnist", folder)


def test_a_file_that_is_missing(tmp_path: Path, write_mnist: WriteMnist) -> None:
    folder = write_mnist(tmp_path / "m")
    (folder / f"{LABELS}.gz").unlink()
    with pytest.raises(DataError, match=f"only some of the files of mnist: {LABELS} "):
        load("mnist", folder)


@pytest.mark.parametrize(
    ("name", "train", "test"),
    [
        ("mnist", [5, 0, 4, 1, 9, 2, 1, 3, 1, 4], [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]),
        ("fashion-mnist", [9, 0, 0, 3, 0, 2, 7, 2, 5, 5], [9, 2, 1, 1, 6, 1, 4, 6, 5, 7]),
    ],
)
def test_the_real_files(
    real: Callable[[str], Dataset], name: str, train: list[int], test: list[int]
) -> None:
    dataset = real(name)
    assert dataset.train.inputs.shape == (60_000, 1, 28, 28)
    assert dataset.test.inputs.shape == (10_000, 1, 28, 28)
    assert dataset.train.targets[:10].tolist() == train
    assert dataset.test.targets[:10].tolist() == test
    counts = np.bincount(dataset.train.targets)
    published = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert counts.tolist() == (published if name == "mnist" else [6000] * 10)
