"""What ran through a network, kept for as long as a page may ask for its maps."""

from collections import OrderedDict
from dataclasses import dataclass
from math import isfinite

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from striate.errors import StudioError
from striate.network import Trace
from striate.studio.looking.opening import Opened
from striate.studio.looking.prepared import Prepared
from striate.training import threads_for, using_threads

MOST_VALUES = 2**22
"""Values in one answer: 16 MiB."""

_MOST_TRACES = 6
_MOST_BYTES = 2**28

Values = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Kept:
    """A trace under its number, and the memory that its values take."""

    number: int
    trace: Trace
    prepared: Prepared
    bytes: int


class Traces:
    """The last traces of a page, as many as memory is set aside for, and always the newest."""

    def __init__(self) -> None:
        self._kept: OrderedDict[int, Kept] = OrderedDict()
        self._next = 1

    def add(self, opened: Opened, prepared: Prepared) -> Kept:
        """Run a network on an input and keep what its layers give.

        Raises NetworkError for an input that does not fit.
        """
        with using_threads(threads_for(opened.multiply_adds)):
            trace = opened.network.trace(prepared.batch)
        kept = Kept(self._next, trace, prepared, _bytes(trace))
        self._next += 1
        self._kept[kept.number] = kept
        while len(self._kept) > _MOST_TRACES or (
            len(self._kept) > 1 and sum(one.bytes for one in self._kept.values()) > _MOST_BYTES
        ):
            self._kept.popitem(last=False)
        return kept

    def __getitem__(self, number: int) -> Kept:
        """The trace of a number.

        Raises StudioError when it is no longer kept.
        """
        if number not in self._kept:
            raise StudioError(f"trace {number} is not kept any more; trace the input again")
        return self._kept[number]

    def clear(self) -> None:
        """Forget them all."""
        self._kept.clear()


def _bytes(trace: Trace) -> int:
    """The memory of a trace's values; layers that share theirs count once."""
    storages = (value.untyped_storage() for value in trace.values())
    return sum({one.data_ptr(): one.nbytes() for one in storages}.values())


def maps(trace: Trace, layer: str, first: int, end: int) -> Values:
    """The channels of a layer from `first` to before `end`, (n, *spatial).

    Raises NetworkError for a layer that does not exist, StudioError for a range that has nothing
    or is too much at once.
    """
    values = example_of(trace[layer])
    part = values[first:end]
    if not len(part):
        raise StudioError(
            f"{layer} has {len(values)} channels, counted from 0; from {first} to {end} are none"
        )
    if part.numel() > MOST_VALUES:
        raise StudioError(
            f"{len(part)} channels of {layer} are {part.numel():,} values, and at most "
            f"{MOST_VALUES:,} are sent at once; ask for fewer"
        )
    return np.array(part.numpy(), np.float32)


def example_of(value: Tensor) -> Tensor:
    """The values of a layer for the one example, with an axis of channels at least."""
    value = value.detach()
    value = value[0] if value.ndim else value
    if value.is_complex():
        value = value.abs()
    return value.float().reshape(value.shape or (1,))


def extremes(trace: Trace) -> dict[str, list[float | None]]:
    """The lowest and highest value of each layer; None for those that are no finite numbers."""
    return {name: _extremes(value) for name, value in trace.items()}


def _extremes(value: Tensor) -> list[float | None]:
    value = value.detach()
    if value.is_complex():
        value = value.abs()
    low, high = torch.aminmax(value)
    return [finite(float(low)), finite(float(high))]


def finite(value: float) -> float | None:
    """A number that JSON has a word for; None for any other."""
    return value if isfinite(value) else None


@dataclass(frozen=True)
class Statistics:
    """Of each channel (or of one alone) the extremes, the mean, and the share of zeros."""

    minimum: list[float | None]
    mean: list[float | None]
    maximum: list[float | None]
    zeros: list[float | None]


def statistics(trace: Trace, layer: str) -> tuple[Statistics, Statistics]:
    """The statistics of a whole layer, and of each of its channels.

    Raises NetworkError for a layer that does not exist.
    """
    values = example_of(trace[layer])
    return _statistics(values.reshape(1, -1)), _statistics(values.reshape(len(values), -1))


def _statistics(rows: Tensor) -> Statistics:
    found = (rows.amin(1), rows.double().mean(1), rows.amax(1), (rows == 0).double().mean(1))
    return Statistics(*([finite(value) for value in column.tolist()] for column in found))
