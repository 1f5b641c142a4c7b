"""What outputs read along one axis of an input, one class for each way of reading.

`elements(reach, outputs)` gives the input elements that some outputs read, not clipped to the
input: those outside are padding. A `Window` and a `TransposedWindow` of `striate.geometry` are
ways of reading too. `through(field, reach)` is the receptive field above.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import assert_never

import numpy as np
import numpy.typing as npt

from striate.geometry import ReceptiveField, TransposedWindow, Window

Elements = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Same:
    """Output i reads input i + offset."""

    offset: int = 0


@dataclass(frozen=True, slots=True)
class Every:
    """Each output reads the inputs first..last, alike for all outputs."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Statistics:
    """Output i reads input i, and with it statistics of all `size` inputs."""

    size: int


@dataclass(frozen=True, slots=True)
class Groups:
    """Output i reads the inputs of its group: `inputs` inputs serve `outputs` outputs."""

    inputs: int
    outputs: int


@dataclass(frozen=True, slots=True)
class Table:
    """Output i reads the i-th entry; `nominal` is the window it would be without borders."""

    entries: tuple[tuple[int, ...], ...]
    nominal: Window | TransposedWindow | Same | None = None


Reach = Same | Every | Statistics | Groups | Table | Window | TransposedWindow


def runs(intervals: Iterable[tuple[int, int]]) -> tuple[tuple[int, ...], ...]:
    """The entries of a table in which output i reads all from the first to the last of a pair."""
    return tuple(tuple(range(first, last + 1)) for first, last in intervals)


def elements(reach: Reach, outputs: Elements) -> Elements:  # noqa: PLR0911 (one a class)
    """The input elements that the outputs read, in order, each once."""
    if len(outputs) == 0:
        return outputs
    if isinstance(reach, Same):
        return outputs + reach.offset
    if isinstance(reach, Every):
        return np.arange(reach.first, reach.last + 1)
    if isinstance(reach, Statistics):
        return np.arange(reach.size)
    if isinstance(reach, Groups):
        starts = np.unique(outputs // reach.outputs) * reach.inputs
        return (starts[:, None] + np.arange(reach.inputs)).ravel()
    if isinstance(reach, Table):
        inside = outputs[(outputs >= 0) & (outputs < len(reach.entries))]
        found = [place for output in inside for place in reach.entries[output]]
        return np.unique(np.array(found, np.int64))
    taps = reach.dilation * np.arange(reach.kernel)
    if isinstance(reach, Window):
        starts = outputs * reach.stride - reach.before
        return np.unique((starts[:, None] + taps).ravel())
    if isinstance(reach, TransposedWindow):
        written = ((outputs + reach.before)[:, None] - taps).ravel()
        return np.unique(written[written % reach.stride == 0] // reach.stride)
    assert_never(reach)


def through(field: ReceptiveField, reach: Reach) -> ReceptiveField | None:
    """The receptive field above a way of reading; None where units are not all alike."""
    if isinstance(reach, Table):
        return None if reach.nominal is None else through(field, reach.nominal)
    if isinstance(reach, Window | TransposedWindow):
        return field.through(reach)
    if isinstance(reach, Same):
        return field.shifted(reach.offset)
    if isinstance(reach, Statistics):
        return field
    return None
