"""Beats of the MIT-BIH database, from records that wfdb itself wrote, and from real ones."""

import importlib.util
import shutil
import sys
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from striate.data import Dataset, load
from striate.data.mitbih import DS1, DS2
from striate.data.mitbih_files import MITBIH_FILES
from striate.errors import DataError

needs_wfdb = pytest.mark.skipif(
    importlib.util.find_spec("wfdb") is None, reason="the extra signals is not installed"
)
SAMPLES = 6000
PEAKS = np.arange(50, SAMPLES, 300)  # the first and the last lie too near the ends
SYMBOLS = ["N", "L", "+", "V", "A", "F", "/", "~", "e", "S"]


def lead(record: str) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    return np.random.default_rng(int(record)).integers(0, 2048, SAMPLES)


def write(folder: Path, record: str, leads: tuple[str, str] = ("MLII", "V1")) -> None:
    """Write a record as WFDB's own library does; MLII has the signal `lead(record)`."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import wfdb

        folder.mkdir(parents=True, exist_ok=True)
        signals = np.full((SAMPLES, 2), 1024)
        signals[:, leads.index("MLII")] = lead(record)
        wfdb.wrsamp(
            record,
            fs=360,
            units=["mV", "mV"],
            sig_name=list(leads),
            d_signal=signals,
            fmt=["212", "212"],
            adc_gain=[200.0, 200.0],
            baseline=[1024, 1024],
            write_dir=str(folder),
        )
        symbols = [SYMBOLS[number % 10] for number in range(len(PEAKS))]
        wfdb.wrann(record, "atr", PEAKS, symbol=symbols, write_dir=str(folder))


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three records in a folder."""
    folder = tmp_path_factory.mktemp("mitdb")
    for record in ("100", "101", "114"):
        write(folder, record, ("V5", "MLII") if record == "114" else ("MLII", "V1"))
    return folder


@pytest.fixture
def folder(written: Path, tmp_path: Path) -> Path:
    """A copy of the three records that a test may damage."""
    shutil.copytree(written, tmp_path / "mitdb")
    return tmp_path / "mitdb"


def test_the_halves() -> None:
    assert len(DS1) == len(DS2) == 22
    assert not set(DS1) & set(DS2)
    assert not {"102", "104", "107", "217"} & {*DS1, *DS2}
    assert [file.name for file in MITBIH_FILES] == [
        f"{record}.{ext}" for record in sorted({*DS1, *DS2}) for ext in ("hea", "dat", "atr")
    ]


@needs_wfdb
def test_windows_and_classes(folder: Path) -> None:
    dataset = load("mitbih", folder)
    kept = [(peak, SYMBOLS[n % 10]) for n, peak in enumerate(PEAKS) if 96 <= peak <= SAMPLES - 160]
    classes = {"N": 0, "L": 0, "e": 0, "A": 1, "S": 1, "V": 2, "F": 3, "/": 4}
    beats = [(peak, classes[symbol]) for peak, symbol in kept if symbol in classes]
    last = len(beats) // 5
    assert last == 3
    expected = {"train": beats[:-last], "test": beats[-last:]}
    for split, some in (("train", dataset.train), ("test", dataset.test)):
        assert some.targets.tolist() == [target for _, target in expected[split]] * 3
        windows = [
            lead(record)[peak - 96 : peak + 160]
            for record in ("100", "101", "114")
            for peak, _ in expected[split]
        ]
        np.testing.assert_array_equal(some.inputs[:, 0], windows)
        assert some.inputs.dtype == np.int16


@needs_wfdb
def test_a_part_of_the_records_says_so(folder: Path) -> None:
    assert "Only 3 of the 44 records" in load("mitbih", folder).note
    assert "the last fifth of each record's beats is the test split" in load("mitbih", folder).note


@needs_wfdb
def test_all_records_are_split_between_patients(tmp_path: Path) -> None:
    for record in (*DS1, *DS2):
        write(tmp_path / "mitdb", record)
    dataset = load("mitbih", tmp_path)
    assert dataset.note == ""
    beats = len(dataset.train) // 22
    assert len(dataset.train) == len(dataset.test) == 22 * beats
    assert dataset.train.inputs[0, 0, 96] == lead("101")[PEAKS[1]]
    assert dataset.test.inputs[0, 0, 96] == lead("100")[PEAKS[1]]


@needs_wfdb
def test_a_zip_holds_the_same(folder: Path, tmp_path: Path) -> None:
    plain = load("mitbih", folder)
    (tmp_path / "z").mkdir()
    with zipfile.ZipFile(tmp_path / "z" / "mit-bih-arrhythmia-database-1.0.0.zip", "w") as archive:
        for path in folder.iterdir():
            archive.write(path, f"mit-bih-arrhythmia-database-1.0.0/{path.name}")
    packed = load("mitbih", tmp_path / "z")
    np.testing.assert_array_equal(plain.train.inputs, packed.train.inputs)
    np.testing.assert_array_equal(plain.test.targets, packed.test.targets)


def test_without_the_library(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "wfdb", None)
    with pytest.raises(DataError, match=r"pip install 'striate\[signals\]'"):
        load("mitbih", folder)


def edit(old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    return lambda content: content.replace(old, new)


BAD: dict[str, tuple[str, Callable[[bytes], bytes], str]] = {
    "empty header": ("100.hea", lambda _: b"", "record 100 cannot be read as a WFDB record"),
    "binary header": ("100.hea", lambda _: bytes(range(256)), "record 100 cannot be read"),
    "short header": ("100.hea", lambda c: c[:25], "record 100"),
    "other rate": ("100.hea", edit(b" 360 ", b" 250 "), "must describe two signals at 360 Hz"),
    "other format": ("100.hea", edit(b" 212 ", b" 16 "), "both in format 212"),
    "other file": ("100.hea", edit(b"100.dat", b"101.dat"), r"both in format 212 in 100\.dat"),
    "no checksum": ("100.hea", lambda c: c.replace(b" 0 V1", b""), "with their checksums"),
    "absurd length": ("100.hea", edit(b" 6000", b" 2147483648"), r"make 6,442,450,944"),
    "empty signal": ("100.dat", lambda _: b"", r"100\.dat has 0 bytes, but the 6000 samples"),
    "short signal": ("100.dat", lambda c: c[:-3], r"100\.dat has 17,997 bytes"),
    "long signal": ("100.dat", lambda c: c + bytes(3), r"100\.dat has 18,003 bytes"),
    "changed signal": (
        "100.dat",
        lambda c: c[:500] + bytes([c[500] ^ 1]) + c[501:],
        "do not sum up to the checksum",
    ),
    "empty beats": ("100.atr", lambda _: b"", r"100\.atr is cut off"),
    "short beats": ("100.atr", lambda c: c[:-1], r"100\.atr is cut off"),
    "beats cut between": ("100.atr", lambda c: c[:-2], r"100\.atr is cut off"),
}


@needs_wfdb
@pytest.mark.parametrize("case", BAD)
def test_bad_records(folder: Path, case: str) -> None:
    name, damage, message = BAD[case]
    content = (folder / name).read_bytes()
    damaged = damage(content)
    assert damaged != content
    (folder / name).write_bytes(damaged)
    with pytest.raises(DataError, match=message) as caught:
        load("mitbih", folder)
    assert f"{folder}: record 100" in str(caught.value)


@needs_wfdb
@pytest.mark.parametrize("name", ["100.hea", "100.atr"])
def test_a_missing_file(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(DataError, match=f"{name} is not there"):
        load("mitbih", folder)


def test_other_records(tmp_path: Path) -> None:
    (tmp_path / "199.dat").write_bytes(bytes(3))
    with pytest.raises(DataError, match="holds none of the records"):
        load("mitbih", tmp_path)


@needs_wfdb
def test_the_real_records(real: Callable[[str], Dataset]) -> None:
    dataset = real("mitbih")
    counts = [np.bincount(split.targets, minlength=5) for split in (dataset.train, dataset.test)]
    # PhysioNet's tables of records 100, 118 and 208; five beats lie too near an end.
    published = np.array([2239 + 2166 + 1586, 33 + 96 + 2, 1 + 16 + 992, 373, 2])
    assert (published - counts[0] - counts[1]).tolist() == [4, 0, 0, 1, 0]
    # The window is in place: most beats are steepest about the R peak.
    slopes = np.abs(np.diff(dataset.train.inputs[:, 0].astype(np.int64), axis=1))
    assert abs(int(np.bincount(slopes.argmax(axis=1)).argmax()) - 96) < 12
