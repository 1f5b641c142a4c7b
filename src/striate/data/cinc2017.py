"""The PhysioNet/Computing in Cardiology Challenge 2017: rhythm from a short single-lead ECG.

Each record is a MATLAB v4 file of one int16 row named "val" (1000 steps a millivolt) with a WFDB
header beside it; REFERENCE.csv has each record's class. Records last 9 to 61 s at 300 Hz; the
middle 30 s are used, shorter records stand in the middle of zeros. Source: Clifford et al., "AF
Classification from a Short Single Lead ECG Recording", Computing in Cardiology 44, 2017.
"""

from __future__ import annotations

import struct
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt

from striate.data.decoded import Sink, Source
from striate.data.description import Description
from striate.data.members import Members, opened
from striate.data.split import held_out
from striate.errors import DataError

CODES = ("N", "A", "O", "~")
_RECORDS = 8528
_LABELS = "REFERENCE-v3.csv"  # the corrected labels, which the archive may not have
_ARCHIVED_LABELS = "REFERENCE.csv"
_MAT_HEADER = struct.Struct("<5i4s")
_INT16_LITTLE_ENDIAN = 30  # MATLAB's code MOPT: little-endian, int16, full matrix
_LONGEST = 1 << 22


def find(folder: Path, description: Description) -> Source | None:
    """The records in a folder: unpacked there or in `training2017`, or a `training2017*.zip`."""
    place = None
    for candidate in (folder, folder / "training2017"):
        if (candidate / _ARCHIVED_LABELS).exists() and any(candidate.glob("*.mat")):
            place, paths = candidate, sorted((*candidate.glob("*.mat"), *candidate.glob("*.hea")))
            paths.append(place / _ARCHIVED_LABELS)
            break
    else:
        for archive in sorted(folder.glob("training2017*.zip")):
            place, paths = archive, [archive]
            break
    if place is None:
        return None
    labels = folder / _LABELS
    if labels.exists():
        paths.append(labels)
    return Source(
        origin=place,
        paths=tuple(paths),
        version="cinc2017 1",
        decode=partial(_decode, place, labels if labels.exists() else None, description),
    )


def _decode(place: Path, labels: Path | None, description: Description, sink: Sink) -> None:
    with opened(place) as members:
        classes = _read_labels(place, labels, members)
        records = sorted(
            name.removesuffix(".mat") for name in members.names if name.endswith(".mat")
        )
        if labels is None and (missing := sorted(set(classes) - set(records))):
            raise DataError(
                f"{place} lacks {len(missing)} of the records that its {_ARCHIVED_LABELS} lists, "
                f"{missing[0]}.mat first."
            )
        if unlabelled := [record for record in records if record not in classes]:
            raise DataError(
                f"{place}: {labels or _ARCHIVED_LABELS} gives no class for {unlabelled[0]}."
            )
        if not records:
            raise DataError(f"{place} holds no records (files named A00001.mat and so on).")
        targets = np.array([classes[record] for record in records], np.int64)
        test = held_out(records, targets.tolist())
        for split, chosen in (("train", ~test), ("test", test)):
            rows = np.flatnonzero(chosen)
            if not len(rows):
                raise DataError(f"{place} holds too few records for a {split} split.")
            sink.array(f"{split}_targets", (len(rows),), np.int64).append(targets[rows])
            inputs = sink.array(f"{split}_inputs", (len(rows), *description.input_shape), np.int16)
            for row in rows:
                signal = _read_record(place, members, records[row])
                inputs.append(window(signal, description.input_shape[1])[None, None])


def _read_labels(place: Path, labels: Path | None, members: Members) -> dict[str, int]:
    if labels is not None:
        where = str(labels)
        with opened(labels.parent) as beside:
            content = beside.read(labels.name, _LONGEST)
    else:
        where = f"{place}: {_ARCHIVED_LABELS} in it"
        content = members.read(_ARCHIVED_LABELS, _LONGEST)
    classes = {}
    for number, line in enumerate(content.decode("latin-1").splitlines(), start=1):
        record, _, code = line.strip().partition(",")
        if code not in CODES:
            raise DataError(
                f"{where}: line {number} is {line[:80]!r}, but a record's name, a comma and "
                f"one of {' '.join(CODES)} are expected."
            )
        classes[record] = CODES.index(code)
    return classes


def _read_record(place: Path, members: Members, record: str) -> npt.NDArray[np.int16]:
    signal = parse_mat(members.read(f"{record}.mat", _LONGEST), f"{place}: {record}.mat")
    header = members.read(f"{record}.hea", _LONGEST).decode("latin-1").split()
    if header[:4] != [record, "1", "300", str(len(signal))]:
        raise DataError(
            f"{place}: {record}.hea begins with {' '.join(header[:4])!r}, but {record}.mat calls "
            f"for '{record} 1 300 {len(signal)}' (one signal, 300 Hz, {len(signal)} samples)."
        )
    return signal


def parse_mat(content: bytes, where: str) -> npt.NDArray[np.int16]:
    """The signal in a MATLAB v4 file of one int16 row named "val", (samples,).

    Raises:
        DataError: the content is not such a file, or is short or long; it names `where`.
    """
    if len(content) < _MAT_HEADER.size:
        raise DataError(
            f"{where} has {len(content)} bytes, less than the {_MAT_HEADER.size} of its header."
        )
    kind, rows, samples, imaginary, _, name = _MAT_HEADER.unpack_from(content)
    if (kind, rows, imaginary, name) != (_INT16_LITTLE_ENDIAN, 1, 0, b"val\0") or samples < 1:
        raise DataError(f'{where} is not a MATLAB v4 file of one int16 row named "val".')
    expected = _MAT_HEADER.size + 2 * samples
    if len(content) != expected:
        raise DataError(f"{where} has {len(content)} bytes, but {samples} samples make {expected}.")
    return np.frombuffer(content, "<i2", offset=_MAT_HEADER.size).astype(np.int16, copy=False)


def window(signal: npt.NDArray[np.int16], length: int) -> npt.NDArray[np.int16]:
    """The middle of a signal, or the signal in the middle of zeros: (samples,) -> (length,)."""
    surplus = len(signal) - length
    if surplus >= 0:
        return signal[surplus // 2 : surplus // 2 + length]
    before = -surplus // 2
    return np.pad(signal, (before, -surplus - before))
