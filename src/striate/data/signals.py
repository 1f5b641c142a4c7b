"""Signal files as arrays of a dataset's form."""

from __future__ import annotations

from io import BytesIO
from math import prod
from pathlib import Path

import numpy as np
import numpy.typing as npt

from striate.data.cinc2017 import parse_mat, window
from striate.data.description import Description
from striate.errors import DataError

SUFFIXES = frozenset({".mat", ".npy", ".csv", ".txt"})

_LONGEST = 1 << 26
_LONGEST_REASON = 200  # what is wrong may be a word of megabytes
_INT16 = np.iinfo(np.int16)


def read_signal(
    path: Path | npt.NDArray[np.generic], description: Description
) -> npt.NDArray[np.int16]:
    """A recording in the form of a dataset's inputs, ready to be normalised and classified.

    The file is a record of the PhysioNet challenge 2017 (`.mat`), a NumPy array (`.npy`) or text
    with numbers apart by commas, spaces or line ends (`.csv`, `.txt`), sampled at
    `description.sampling_rate`; an array of such numbers may be given in its place. Of a longer
    recording the middle is taken; a shorter one stands in the middle of zeros. Values that are no
    int16 numbers are scaled to that range, which changes nothing where each example is standardised
    by itself. Shape: (1, samples), int16.

    Raises:
        DataError: the file is absent, of another format, damaged, empty, longer than 64 MiB, or
            not one signal; or the dataset consists of images.
    """
    if not description.signal:
        name = "the signal" if isinstance(path, np.ndarray) else path
        raise DataError(f"{name} cannot be read as a signal: {description.name} has images.")
    if isinstance(path, np.ndarray):
        name, values = "the signal", _one_row(path, "the signal")
    else:
        name, values = str(path), _from_file(path)
    return window(_as_int16(values, name, description), description.input_shape[1])[None]


def _from_file(path: Path) -> npt.NDArray[np.float64]:
    if not path.is_file():
        what = "is a folder, not a signal" if path.is_dir() else "does not exist, or is not a file"
        raise DataError(f"{path} {what}.")
    if path.stat().st_size > _LONGEST:
        raise DataError(f"{path} is longer than the {_LONGEST:,} bytes that are accepted.")
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DataError(f"{path} cannot be read as a signal: {error}.") from error
    return parse_signal(content, str(path))


def parse_signal(content: bytes, name: str) -> npt.NDArray[np.float64]:
    """The numbers in a signal file of that name, whose ending says its format. Shape: (samples,).

    Raises:
        DataError: the format is unknown, the content is not in it, or is not one signal.
    """
    return _one_row(_parse(content, name), name)


def _parse(content: bytes, name: str) -> npt.NDArray[np.generic]:
    suffix = Path(name).suffix.lower()
    try:
        if suffix == ".mat":
            return parse_mat(content, name)
        if suffix == ".npy":
            return _parse_npy(content)
        if suffix in SUFFIXES:
            words = content.decode("utf-8").replace(",", " ").split()
            return np.array([float(word) for word in words])
    except (ValueError, EOFError) as error:
        raise DataError(
            f"{name} cannot be read as a signal: {str(error)[:_LONGEST_REASON]}."
        ) from error
    except DataError:
        raise
    except Exception as error:  # a damaged header makes NumPy's reader raise almost anything
        raise DataError(f"{name} cannot be read as a signal: its header is damaged.") from error
    raise DataError(f"{name} has none of the endings .mat, .npy, .csv and .txt of signal files.")


def _parse_npy(content: bytes) -> npt.NDArray[np.generic]:
    file = BytesIO(content)
    version = np.lib.format.read_magic(file)
    read_header = (
        np.lib.format.read_array_header_1_0
        if version == (1, 0)
        else np.lib.format.read_array_header_2_0
    )
    shape, _, kind = read_header(file)
    # Room for all that a header announces would be taken before anything is read.
    if kind.hasobject or prod(shape) * kind.itemsize != len(content) - file.tell():
        raise ValueError(f"its header announces {shape} of {kind}, which does not follow")
    array: npt.NDArray[np.generic] = np.load(BytesIO(content), allow_pickle=False)
    return array


def _one_row(values: npt.NDArray[np.generic], name: str) -> npt.NDArray[np.float64]:
    signal = values.squeeze()
    if signal.ndim > 1 or not signal.size or signal.dtype.kind not in "iuf":
        raise DataError(
            f"{name} holds an array of shape {values.shape} and type {values.dtype}, but one "
            "signal (one row of real numbers) is expected."
        )
    numbers: npt.NDArray[np.float64] = np.atleast_1d(signal).astype(np.float64)
    if not np.isfinite(numbers).all():
        raise DataError(f"{name} holds values that are not finite numbers.")
    return numbers


def _as_int16(
    numbers: npt.NDArray[np.float64], name: str, description: Description
) -> npt.NDArray[np.int16]:
    steps: npt.NDArray[np.float64] = np.rint(numbers)
    if (steps == numbers).all() and steps.min() >= _INT16.min and steps.max() <= _INT16.max:
        return steps.astype(np.int16)
    if description.standardise != "example":
        raise DataError(
            f"{name} must hold whole numbers from {_INT16.min} to {_INT16.max}, the steps of the "
            f"converter that recorded {description.name}."
        )
    steps = np.rint(numbers * (_INT16.max / np.abs(numbers).max()))
    return steps.astype(np.int16)
