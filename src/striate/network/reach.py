"""What a run of outputs reads along one axis of an input, one class for each way of reading.

`reach(first, last)` is the interval of input elements that the outputs first..last read. It is
not clipped to the input, and empty (last < first) where they read nothing. A `Window` and a
`TransposedWindow` of `striate.geometry` are reaches too. `through(field)` is the receptive field
above, None where the outputs are not all alike.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from striate.geometry import Interval, ReceptiveField, TransposedWindow, Window


class Reach(Protocol):
    """What every way of reading answers."""

    def reach(self, first: int, last: int) -> Interval:
        """The interval of inputs that the outputs first..last read."""
        ...


EMPTY: Interval = (0, -1)


@dataclass(frozen=True, slots=True)
class Same:
    """Output i reads input i + offset."""

    offset: int = 0

    def reach(self, first: int, last: int) -> Interval:
        """The outputs' own interval, moved by the offset."""
        return first + self.offset, last + self.offset


@dataclass(frozen=True, slots=True)
class Every:
    """Each output reads all of the first..last inputs, alike for all outputs."""

    first: int
    last: int

    def reach(self, first: int, last: int) -> Interval:
        """The whole interval."""
        return (self.first, self.last) if first <= last else EMPTY


@dataclass(frozen=True, slots=True)
class Statistics:
    """Output i reads input i, and with it statistics of all `size` inputs."""

    size: int

    def reach(self, first: int, last: int) -> Interval:
        """The whole axis."""
        return (0, self.size - 1) if first <= last else EMPTY


@dataclass(frozen=True, slots=True)
class Groups:
    """Output i reads the inputs of its group: `inputs` inputs serve `outputs` outputs."""

    inputs: int
    outputs: int

    def reach(self, first: int, last: int) -> Interval:
        """The inputs of the groups from that of `first` to that of `last`."""
        if last < first:
            return EMPTY
        low, high = first // self.outputs, last // self.outputs
        return low * self.inputs, (high + 1) * self.inputs - 1


@dataclass(frozen=True, slots=True)
class Table:
    """Output i reads the i-th interval; `nominal` is the window it would be without borders."""

    intervals: tuple[Interval, ...]
    nominal: Window | TransposedWindow | Same | None = None

    def reach(self, first: int, last: int) -> Interval:
        """From the first to the last input that any of them reads."""
        chosen = [
            (low, high)
            for low, high in self.intervals[max(first, 0) : max(last + 1, 0)]
            if low <= high
        ]
        if not chosen:
            return EMPTY
        return min(low for low, _ in chosen), max(high for _, high in chosen)


def sources(indices: Sequence[int], nominal: Same | Window | None = None) -> Table:
    """The table in which output i reads the one input indices[i]; -1 reads nothing."""
    return Table(
        tuple((index, index) if index >= 0 else EMPTY for index in indices), nominal=nominal
    )


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
