"""The binary version of CIFAR, in a folder and in archives, whole and damaged."""

import io
import tarfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from striate.data import Dataset, describe
from striate.data.cifar import CIFAR10, CIFAR100, Layout, find
from striate.data.decoded import Arrays, decode
from striate.errors import DataError

# The layouts of the two datasets with few records, so that a test need not write 180 MB.
SMALL10 = Layout(
    CIFAR10.folder,
    CIFAR10.archive,
    tuple((name, split, 4) for name, split, _ in CIFAR10.files),
    CIFAR10.label_classes,
)
SMALL100 = Layout(
    CIFAR100.folder,
    CIFAR100.archive,
    tuple((name, split, 4) for name, split, _ in CIFAR100.files),
    CIFAR100.label_classes,
)
LAYOUTS = {"cifar10": SMALL10, "cifar100": SMALL100}


def contents(layout: Layout) -> dict[str, bytes]:
    """Each file's records: labels count up through the files, and pixels are random."""
    random = np.random.default_rng(0)
    files, number = {}, 0
    for name, _, count in layout.files:
        content = b""
        for _ in range(count):
            labels = [number % classes for classes in layout.label_classes]
            content += bytes(labels) + random.integers(0, 256, 3072, np.uint8).tobytes()
            number += 1
        files[name] = content
    return files


def write_folder(folder: Path, files: dict[str, bytes]) -> Path:
    folder.mkdir(parents=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


def write_archive(
    path: Path, files: dict[str, bytes], prefix: str = "cifar-10-batches-bin/"
) -> Path:
    mode = {".gz": "w:gz", ".xz": "w:xz", ".tar": "w:"}[path.suffix]
    with tarfile.open(path, mode) as archive:  # type: ignore[call-overload]
        for name, content in {"batches.meta.txt": b"airplane\n", **files}.items():
            info = tarfile.TarInfo(prefix + name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return path.parent


def read(folder: Path, cache: Path, layout: Layout = SMALL10, name: str = "cifar10") -> Arrays:
    source = find(layout, folder, describe(name))
    assert source is not None
    return decode(name, source, cache)


@pytest.mark.parametrize("name", LAYOUTS)
def test_written_out_records(tmp_path: Path, cache: Path, name: str) -> None:
    layout = LAYOUTS[name]
    files = contents(layout)
    arrays = read(write_folder(tmp_path / "c", files), cache, layout, name)
    train = b"".join(files[file] for file, split, _ in layout.files if split == "train")
    labels = len(layout.label_classes)
    second = train[layout.record : 2 * layout.record]
    assert arrays["train_targets"][1] == second[labels - 1]
    # Planes, then rows: green of row 2, column 5 is byte 1024 + 2 * 32 + 5 of the pixels.
    assert arrays["train_inputs"][1, 1, 2, 5] == second[labels + 1024 + 69]
    assert arrays["train_inputs"][1].tobytes() == second[labels:]
    assert arrays["train_targets"].tolist() == [
        number % layout.label_classes[-1] for number in range(len(train) // layout.record)
    ]
    assert arrays["test_inputs"].shape == (4, 3, 32, 32)


@pytest.mark.parametrize(
    "archive", ["cifar-10-binary.tar.gz", "cifar-10-binary.tar.xz", "cifar-10-binary.tar"]
)
def test_archives_hold_the_same(tmp_path: Path, cache: Path, archive: str) -> None:
    files = contents(SMALL10)
    plain = read(write_folder(tmp_path / "c", files), cache)
    (tmp_path / "a").mkdir()
    packed = read(write_archive(tmp_path / "a" / archive, files), cache)
    for name, array in plain.items():
        np.testing.assert_array_equal(packed[name], array)


def test_the_order_within_an_archive_does_not_matter(tmp_path: Path, cache: Path) -> None:
    files = contents(SMALL10)
    path = tmp_path / "cifar-10-binary.tar.gz"
    arrays = read(write_archive(path, dict(reversed(files.items()))), cache)
    assert arrays["train_targets"].tolist() == [number % 10 for number in range(20)]
    assert arrays["test_targets"].tolist() == [0, 1, 2, 3]


def test_the_usual_sub_folder(tmp_path: Path, cache: Path) -> None:
    write_folder(tmp_path / "c" / "cifar-10-batches-bin", contents(SMALL10))
    assert len(read(tmp_path / "c", cache)["test_targets"]) == 4


def test_a_path_in_an_archive_leads_nowhere(tmp_path: Path, cache: Path) -> None:
    folder = tmp_path / "a" / "b"
    folder.mkdir(parents=True)
    path = folder / "cifar-10-binary.tar.gz"
    read(write_archive(path, contents(SMALL10), prefix="../../"), cache)
    assert sorted(found.name for found in tmp_path.rglob("*.bin")) == []


def test_a_missing_file(tmp_path: Path, cache: Path) -> None:
    files = contents(SMALL10)
    del files["data_batch_3.bin"]
    with pytest.raises(DataError, match=r"only some of the files of cifar10: data_batch_3\.bin"):
        read(write_folder(tmp_path / "c", files), cache)
    with pytest.raises(DataError, match=r"does not hold data_batch_3\.bin"):
        read(write_archive(tmp_path / "cifar-10-binary.tar.gz", files), cache)


@pytest.mark.parametrize("change", [-1, 1, -3073, 3073, -4 * 3073])
def test_a_file_of_another_length(tmp_path: Path, cache: Path, change: int) -> None:
    files = contents(SMALL10)
    name = "data_batch_2.bin"
    files[name] = (files[name] + bytes(3073))[: len(files[name]) + change]
    message = rf"{name} has {4 * 3073 + change} bytes, but 4 records of 3073 bytes make 12292"
    with pytest.raises(DataError, match=message):
        read(write_folder(tmp_path / "c", files), cache)
    with pytest.raises(DataError, match=message):
        read(write_archive(tmp_path / "cifar-10-binary.tar.gz", files), cache)


@pytest.mark.parametrize(("name", "column"), [("cifar10", 0), ("cifar100", 0), ("cifar100", 1)])
def test_a_label_that_is_no_class(tmp_path: Path, cache: Path, name: str, column: int) -> None:
    layout = LAYOUTS[name]
    files = contents(layout)
    file = layout.files[-1][0]
    place = 2 * layout.record + column
    classes = layout.label_classes[column]
    files[file] = files[file][:place] + bytes([classes]) + files[file][place + 1 :]
    message = f"label byte {column + 1} of record 2 is {classes}, but only 0 to {classes - 1}"
    with pytest.raises(DataError, match=message):
        read(write_folder(tmp_path / "c", files), cache, layout, name)


@pytest.mark.parametrize("suffix", [".gz", ".xz", ".tar"])
def test_a_truncated_archive(tmp_path: Path, cache: Path, suffix: str) -> None:
    path = tmp_path / f"cifar-10-binary{'' if suffix == '.tar' else '.tar'}{suffix}"
    write_archive(path, contents(SMALL10))
    whole = path.read_bytes()
    for part in (0, 1, 10, len(whole) // 3, len(whole) - len(whole) // 8):
        path.write_bytes(whole[:part])
        with pytest.raises(DataError, match="cifar-10-binary"):
            read(tmp_path, cache)


def test_a_damaged_archive(tmp_path: Path, cache: Path) -> None:
    path = tmp_path / "cifar-10-binary.tar.gz"
    write_archive(path, contents(SMALL10))
    whole = bytearray(path.read_bytes())
    whole[len(whole) // 2] ^= 0xFF
    path.write_bytes(whole)
    with pytest.raises(DataError, match="cifar-10-binary"):
        read(tmp_path, cache)


def test_an_archive_of_something_else(tmp_path: Path, cache: Path) -> None:
    path = tmp_path / "cifar-10-binary.tar.gz"
    path.write_text("<html>moved</html>")
    with pytest.raises(DataError, match="is not a whole tar archive"):
        read(tmp_path, cache)
    write_archive(path, {"huge": bytes(64 << 20)})
    with pytest.raises(DataError, match="it holds something else"):
        read(tmp_path, cache)


def test_a_folder_where_a_file_should_be(tmp_path: Path, cache: Path) -> None:
    folder = write_folder(tmp_path / "c", contents(SMALL10))
    (folder / "test_batch.bin").unlink()
    (folder / "test_batch.bin").mkdir()
    with pytest.raises(DataError, match=r"test_batch\.bin is not a file, but one"):
        read(folder, cache)
    (tmp_path / "cifar-10-binary.tar.gz").mkdir()
    with pytest.raises(DataError, match=r"cifar-10-binary\.tar\.gz is not a file, but a tar"):
        read(tmp_path, cache)


def test_the_real_archive(real: Callable[[str], Dataset]) -> None:
    dataset = real("cifar10")
    assert dataset.train.inputs.shape == (50_000, 3, 32, 32)
    assert dataset.test.inputs.shape == (10_000, 3, 32, 32)
    assert dataset.train.targets[:10].tolist() == [6, 9, 9, 4, 1, 1, 2, 7, 8, 3]
    assert dataset.test.targets[:10].tolist() == [3, 8, 8, 0, 6, 6, 1, 6, 3, 1]
    assert np.bincount(dataset.train.targets).tolist() == [5000] * 10
    assert np.bincount(dataset.test.targets).tolist() == [1000] * 10
