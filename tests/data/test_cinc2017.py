"""Records of the PhysioNet challenge 2017, unpacked and zipped, whole and damaged."""

import io
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import scipy.io

from striate.data import Dataset, load
from striate.data.cinc2017 import parse_mat, window
from striate.errors import DataError

Signal = npt.NDArray[np.int16]
CODES = "NAO~"


def mat(signal: Signal) -> bytes:
    file = io.BytesIO()
    scipy.io.savemat(file, {"val": signal[None]}, format="4")
    return file.getvalue()


def header(record: str, signal: Signal) -> bytes:
    return (
        f"{record} 1 300 {len(signal)} 05:05:15 1/05/2000\n"
        f"{record}.mat 16+24 1000/mV 16 0 {signal[0]} 0 0 ECG\n"
    ).encode()


def signal(number: int) -> Signal:
    length = 8990 + number
    return np.random.default_rng(number).integers(-2000, 2000, length).astype(np.int16)


@pytest.fixture
def files() -> dict[str, bytes]:
    """Twenty records, five of each class, 8990 to 9009 samples long."""
    names = [f"A{number:05}" for number in range(20)]
    content = {"REFERENCE.csv": b"", "RECORDS": "\n".join(names).encode()}
    for number, name in enumerate(names):
        content[f"{name}.mat"] = mat(signal(number))
        content[f"{name}.hea"] = header(name, signal(number))
        content["REFERENCE.csv"] += f"{name},{CODES[number % 4]}\n".encode()
    return content


def unpacked(folder: Path, files: dict[str, bytes]) -> Path:
    folder.mkdir(parents=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


def zipped(path: Path, files: dict[str, bytes]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(f"training2017/{name}", content)
    return path.parent


def test_window() -> None:
    row = np.arange(1, 6, dtype=np.int16)
    assert window(row, 5).tolist() == [1, 2, 3, 4, 5]
    assert window(row, 3).tolist() == [2, 3, 4]
    assert window(row, 2).tolist() == [2, 3]
    assert window(row, 8).tolist() == [0, 1, 2, 3, 4, 5, 0, 0]


def test_parse_against_scipy(tmp_path: Path) -> None:
    path = tmp_path / "a.mat"
    path.write_bytes(mat(signal(3)))
    np.testing.assert_array_equal(parse_mat(path.read_bytes(), "a"), signal(3))
    np.testing.assert_array_equal(scipy.io.loadmat(path)["val"][0], signal(3))


def test_parse_the_real_bytes_of_a_header() -> None:
    content = struct.pack("<5i", 30, 1, 3, 0, 4) + b"val\0" + struct.pack("<3h", -127, 0, 32767)
    assert parse_mat(content, "a").tolist() == [-127, 0, 32767]


def test_every_truncation_of_a_record() -> None:
    whole = mat(np.arange(9, dtype=np.int16))
    for size in range(len(whole)):
        with pytest.raises(DataError, match=r"here/a\.mat"):
            parse_mat(whole[:size], "here/a.mat")
    with pytest.raises(DataError, match="has 43 bytes, but 9 samples make 42"):
        parse_mat(whole + b"!", "a")


@pytest.mark.parametrize(
    "fields",
    [
        (0, 1, 3, 0, 4, b"val\0"),  # double
        (1030, 1, 3, 0, 4, b"val\0"),  # big-endian
        (30, 2, 3, 0, 4, b"val\0"),  # two rows
        (30, 1, 3, 1, 4, b"val\0"),  # complex
        (30, 1, 3, 0, 4, b"ecg\0"),
        (30, 1, -3, 0, 4, b"val\0"),
        (30, 1, 0, 0, 4, b"val\0"),
    ],
)
def test_another_kind_of_matrix(fields: tuple[object, ...]) -> None:
    with pytest.raises(DataError, match="not a MATLAB v4 file of one int16 row"):
        parse_mat(struct.pack("<5i4s", *fields) + bytes(6), "a")


def test_an_absurd_length() -> None:
    content = struct.pack("<5i4s", 30, 1, 2**31 - 1, 0, 4, b"val\0") + bytes(6)
    with pytest.raises(DataError, match="has 30 bytes, but 2147483647 samples make 4294967318"):
        parse_mat(content, "a")


@pytest.mark.parametrize("packed", [True, False])
def test_round_trip(tmp_path: Path, files: dict[str, bytes], packed: bool) -> None:
    if packed:
        root = zipped(tmp_path / "e" / "training2017.zip", files)
    else:
        root = unpacked(tmp_path / "e" / "training2017", files).parent
    dataset = load("cinc2017", root)
    assert dataset.train.inputs.shape == (16, 1, 9000)
    assert dataset.test.inputs.shape == (4, 1, 9000)
    assert dataset.train.inputs.dtype == np.int16
    assert np.bincount(dataset.train.targets).tolist() == [4] * 4
    assert np.bincount(dataset.test.targets).tolist() == [1] * 4
    # Every record is in one of the splits, with its class.
    rows = {
        (int(target), row.tobytes())
        for split in (dataset.train, dataset.test)
        for row, target in zip(split.inputs, split.targets, strict=True)
    }
    assert rows == {(number % 4, window(signal(number), 9000).tobytes()) for number in range(20)}


def test_the_corrected_labels_count(tmp_path: Path, files: dict[str, bytes]) -> None:
    root = zipped(tmp_path / "e" / "training2017.zip", files)
    labels = "".join(f"A{number:05},{CODES[(number + 1) % 4]}\n" for number in range(30))
    before = {tuple(load("cinc2017", root).train.targets.tolist())}
    (root / "REFERENCE-v3.csv").write_text(labels)
    assert tuple(load("cinc2017", root).train.targets.tolist()) not in before


def change(files: dict[str, bytes], name: str, content: bytes | None) -> None:
    if content is None:
        del files[name]
    else:
        files[name] = content


BAD = {
    "no header": ("A00007.hea", None, r"A00007\.hea"),
    "empty header": ("A00007.hea", b"", r"A00007\.hea begins with ''"),
    "other rate": (
        "A00007.hea",
        b"A00007 1 250 8997\n",
        r"A00007\.hea begins with 'A00007 1 250 8997', but .* calls for 'A00007 1 300 8997'",
    ),
    "other length": ("A00007.hea", b"A00007 1 300 9000\n", "calls for 'A00007 1 300 8997'"),
    "empty record": ("A00007.mat", b"", r"A00007\.mat has 0 bytes, less than the 24"),
    "lost record": ("A00007.mat", None, r"lacks 1 of the records .* A00007\.mat first"),
    "unlabelled": ("REFERENCE.csv", b"A00000,N\n", r"gives no class for A00001"),
    "no labels": ("REFERENCE.csv", b"", r"gives no class for A00000"),
    "other labels": ("REFERENCE.csv", b"A00000,N\nA00001,X\n", "line 2 is 'A00001,X'"),
    "binary labels": ("REFERENCE.csv", bytes(range(256)), "line 1 is"),
}


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("case", BAD)
def test_bad_records(tmp_path: Path, files: dict[str, bytes], case: str, packed: bool) -> None:
    name, content, message = BAD[case]
    change(files, name, content)
    if packed:
        root = zipped(tmp_path / "training2017.zip", files)
    else:
        root = unpacked(tmp_path / "e", files)
    with pytest.raises(DataError, match=message) as caught:
        load("cinc2017", root)
    assert str(root) in str(caught.value)


def test_a_member_of_absurd_size(tmp_path: Path, files: dict[str, bytes]) -> None:
    files["A00007.mat"] = bytes(5 << 20)
    with pytest.raises(DataError, match=r"A00007\.mat in it has more than the 4,194,304 bytes"):
        load("cinc2017", zipped(tmp_path / "training2017.zip", files))


def test_damaged_archives(tmp_path: Path, files: dict[str, bytes]) -> None:
    root = zipped(tmp_path / "training2017.zip", files)
    path = root / "training2017.zip"
    whole = path.read_bytes()
    for part in (0, 1, 100, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:part])
        with pytest.raises(DataError, match=r"training2017\.zip is not a whole zip archive"):
            load("cinc2017", root)
    for place in range(100, len(whole) // 2, len(whole) // 16):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :])
        with pytest.raises(DataError, match=r"training2017\.zip"):
            load("cinc2017", root)
    path.unlink()
    path.mkdir()
    with pytest.raises(DataError, match=r"training2017\.zip"):
        load("cinc2017", root)


def test_the_real_records(real: Callable[[str], Dataset]) -> None:
    dataset = real("cinc2017")
    train, test = np.bincount(dataset.train.targets), np.bincount(dataset.test.targets)
    assert (train + test).tolist() == [200, 180, 180, 80]
    assert test.tolist() == [40, 36, 36, 16]
    assert dataset.train.inputs.shape == (512, 1, 9000)
    deviation = dataset.train.inputs.std(dtype=np.float64)
    assert deviation == pytest.approx(dataset.description.std[0], rel=0.2)
