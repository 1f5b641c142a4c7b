"""The MIT-BIH Arrhythmia Database: single heartbeats of half-hour two-lead ECGs.

Each record has a WFDB header, signals in format 212 (two 12-bit samples in three bytes, 360 Hz)
and expert annotations of every beat. A beat is the window of 256 samples (0.71 s) whose sample 96
is the annotated R peak, of lead MLII where the record has it; its class is that of the AAMI
standard. The four paced records are left out. Training and test are the two halves DS1 and DS2,
which share no patient. Sources: Moody and Mark, "The impact of the MIT-BIH Arrhythmia Database",
IEEE Engineering in Medicine and Biology 20(3), 2001; ANSI/AAMI EC57; for the halves, de Chazal et
al., "Automatic Classification of Heartbeats Using ECG Morphology and Heartbeat Interval Features",
IEEE Transactions on Biomedical Engineering 51(7), 2004, section II-B.
"""

from __future__ import annotations

import tempfile
import warnings
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from striate.data.decoded import Sink, Source
from striate.data.description import Description
from striate.data.members import Members, opened
from striate.errors import DataError

DS1 = (
    *("101", "106", "108", "109", "112", "114", "115", "116", "118", "119", "122"),
    *("124", "201", "203", "205", "207", "208", "209", "215", "220", "223", "230"),
)
DS2 = (
    *("100", "103", "105", "111", "113", "117", "121", "123", "200", "202", "210"),
    *("212", "213", "214", "219", "221", "222", "228", "231", "232", "233", "234"),
)
PEAK = 96  # the R peak's place in the window

# The annotation codes of each AAMI class, in the order of the classes.
_AAMI = ("NLRej", "AaJS", "VE", "F", "/fQ")
_CLASS = {code: number for number, codes in enumerate(_AAMI) for code in codes}
_RATE = 360
_LONGEST = 1 << 24
_EXTENSIONS = ("hea", "dat", "atr")
_ARCHIVES = ("mit-bih-arrhythmia-database*.zip", "mitdb*.zip")
_FOLDERS = ("", "mitdb", "mit-bih-arrhythmia-database-1.0.0")


def find(folder: Path, description: Description) -> Source | None:
    """The records in a folder, its usual sub-folders, or a zip archive as PhysioNet offers it."""
    for name in _FOLDERS:
        place = folder / name
        paths = sorted(path for ext in _EXTENSIONS for path in place.glob(f"[12][0-9][0-9].{ext}"))
        if any(path.suffix == ".dat" for path in paths):
            return _source(place, tuple(paths), {path.name for path in paths}, description)
    for pattern in _ARCHIVES:
        for archive in sorted(folder.glob(pattern)):
            with opened(archive) as members:
                return _source(archive, (archive,), members.names, description)
    return None


def _source(
    place: Path, paths: tuple[Path, ...], names: frozenset[str] | set[str], about: Description
) -> Source:
    records = [record for record in (*DS1, *DS2) if f"{record}.dat" in names]
    if not records:
        raise DataError(f"{place} holds none of the records of {about.title} (such as 100.dat).")
    whole = len(records) == len(DS1) + len(DS2)
    note = (
        ""
        if whole
        else f"Only {len(records)} of the {len(DS1) + len(DS2)} records of {about.title} are in "
        f"{place}. Instead of the halves DS1 and DS2, which share no patient, the last fifth of "
        "each record's beats is the test split: its accuracy says little about new patients."
    )
    return Source(
        origin=place,
        paths=paths,
        version="mitbih 1",
        decode=partial(_decode, place, tuple(sorted(records)), whole, about),
        note=note,
    )


@dataclass(frozen=True)
class _Beats:
    windows: npt.NDArray[np.int16]
    classes: npt.NDArray[np.int64]

    def part(self, rows: slice) -> _Beats:
        return _Beats(self.windows[rows], self.classes[rows])


def _decode(
    place: Path, records: tuple[str, ...], whole: bool, about: Description, sink: Sink
) -> None:
    wfdb = _wfdb()
    splits: dict[str, list[_Beats]] = {"train": [], "test": []}
    with opened(place) as members:
        for record in records:
            beats = _read_record(wfdb, place, members, record, about.input_shape[1])
            if whole:
                splits["train" if record in DS1 else "test"].append(beats)
            else:
                test = len(beats.classes) - len(beats.classes) // 5
                splits["train"].append(beats.part(slice(test)))
                splits["test"].append(beats.part(slice(test, None)))
    for split, parts in splits.items():
        count = sum(len(beats.classes) for beats in parts)
        if not count:
            raise DataError(f"{place} holds too few beats for a {split} split.")
        inputs = sink.array(f"{split}_inputs", (count, *about.input_shape), np.int16)
        targets = sink.array(f"{split}_targets", (count,), np.int64)
        for beats in parts:
            inputs.append(beats.windows[:, None])
            targets.append(beats.classes)


def _wfdb() -> Any:
    try:
        with warnings.catch_warnings():
            # Its own imports use what other libraries have deprecated; no user can mend that.
            warnings.simplefilter("ignore")
            import wfdb  # noqa: PLC0415  (an extra, and slow to import)
    except ImportError as error:
        raise DataError(
            "The records of the MIT-BIH database are read with the library wfdb, which is not "
            "installed. Install it with: pip install 'striate[signals]'"
        ) from error
    return wfdb


def _read_record(wfdb: Any, place: Path, members: Members, record: str, length: int) -> _Beats:
    where = f"{place}: record {record}"
    contents = {ext: members.read(f"{record}.{ext}", _LONGEST) for ext in _EXTENSIONS}
    # WFDB's annotations end with a zero word; without it the file was cut off.
    if len(contents["atr"]) % 2 or not contents["atr"].endswith(b"\0\0"):
        raise DataError(f"{where}: {record}.atr is cut off: it must end with two zero bytes.")
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        base = Path(folder) / record
        for ext, content in contents.items():
            base.with_suffix(f".{ext}").write_bytes(content)
        try:
            header = wfdb.rdheader(str(base))
            _check_header(header, record, len(contents["dat"]), where)
            signals = wfdb.rdrecord(str(base), physical=False).d_signal
            annotations = wfdb.rdann(str(base), "atr")
        except DataError:
            raise
        except Exception as error:  # wfdb raises whatever its parsing runs into
            raise DataError(f"{where} cannot be read as a WFDB record: {error}.") from error
    for lead, checksum in enumerate(header.checksum):
        found = int(signals[:, lead].sum(dtype=np.int64))
        if (found - checksum) % 65536:
            raise DataError(
                f"{where}: the samples of lead {header.sig_name[lead]} do not sum up to the "
                f"checksum in {record}.hea, so {record}.dat is damaged."
            )
    lead = header.sig_name.index("MLII") if "MLII" in header.sig_name else 0
    return _cut(signals[:, lead].astype(np.int16), annotations, length, where)


def _check_header(header: Any, record: str, size: int, where: str) -> None:
    leads = 2
    expected = header.sig_len * leads * 3 // 2 if header.sig_len else 0
    if (
        header.n_sig != leads
        or header.fs != _RATE
        or header.fmt != ["212"] * leads
        # Another name here would have wfdb read another file.
        or header.file_name != [f"{record}.dat"] * leads
        or None in (*header.checksum, *header.sig_name)
    ):
        raise DataError(
            f"{where}: {record}.hea must describe two signals at {_RATE} Hz, both in format 212 "
            f"in {record}.dat, with their checksums and names."
        )
    if size != expected:
        raise DataError(
            f"{where}: {record}.dat has {size:,} bytes, but the {header.sig_len} samples that "
            f"{record}.hea announces for each of two leads make {expected:,}."
        )


def _cut(signal: npt.NDArray[np.int16], annotations: Any, length: int, where: str) -> _Beats:
    """The windows around all beats that lie whole within the recording."""
    peaks = np.asarray(annotations.sample, np.int64)
    classes = np.array([_CLASS.get(code, -1) for code in annotations.symbol], np.int64)
    if len(peaks) and (peaks.min() < 0 or peaks.max() >= len(signal)):
        raise DataError(f"{where}: an annotation lies outside the {len(signal)} samples.")
    starts = peaks - PEAK
    kept = (classes >= 0) & (starts >= 0) & (starts + length <= len(signal))
    windows = signal[starts[kept][:, None] + np.arange(length)]
    return _Beats(windows, classes[kept])
