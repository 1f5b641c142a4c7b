"""Which part of each operand a part of a node's output is computed from.

A region is a box of a tensor: an interval for each of its axes, the batch included.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

from striate.geometry import Interval
from striate.network.reach import EMPTY, Every, Reach, Same

Region = tuple[Interval, ...]
Shape = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Axis:
    """How one axis of an operand is read: by which axis of the output (None: by none), and how."""

    output: int | None
    reach: Reach


@dataclass(frozen=True, slots=True)
class Sliding:
    """An operand whose axes are read each for itself; one `Axis` for each axis of the operand."""

    axes: tuple[Axis, ...]

    def region(self, output: Region) -> Region:
        """The region of the operand that a region of the output reads, not clipped."""
        return tuple(
            axis.reach.reach(*((0, 0) if axis.output is None else output[axis.output]))
            for axis in self.axes
        )


@dataclass(frozen=True, slots=True)
class Regrouped:
    """An operand whose elements keep their order and get another shape.

    `before` and `after` are the shapes. Axes that are not regrouped (as the batch of a flatten)
    are read each for itself; `kept` has them as pairs (operand's axis, output's axis).
    """

    before: Shape
    after: Shape

    @property
    def blocks(self) -> tuple[tuple[range, range], ...]:
        """The runs of operand axes and of output axes that hold the same elements."""
        found: list[tuple[range, range]] = []
        i = j = 0
        while i < len(self.before) or j < len(self.after):
            start_i, start_j = i, j
            sizes = [1, 1]
            if i < len(self.before):
                sizes[0] = self.before[i]
                i += 1
            if j < len(self.after):
                sizes[1] = self.after[j]
                j += 1
            while sizes[0] != sizes[1]:
                if sizes[0] < sizes[1]:
                    sizes[0] *= self.before[i]
                    i += 1
                else:
                    sizes[1] *= self.after[j]
                    j += 1
            found.append((range(start_i, i), range(start_j, j)))
        return tuple(found)

    @property
    def kept(self) -> tuple[tuple[int, int], ...]:
        """The axes that stay as they are, as pairs (operand's axis, output's axis)."""
        return tuple(
            (before[0], after[0])
            for before, after in self.blocks
            if len(before) == 1 and len(after) == 1
        )

    def region(self, output: Region) -> Region:
        """The smallest region of the operand that holds what a region of the output reads."""
        read = [EMPTY] * len(self.before)
        for before, after in self.blocks:
            sizes = [self.after[axis] for axis in after]
            clipped = [
                (max(low, 0), min(high, size - 1))
                for (low, high), size in zip((output[axis] for axis in after), sizes, strict=True)
            ]
            if any(high < low for low, high in clipped):
                return (EMPTY,) * len(self.before)
            first = _flat([low for low, _ in clipped], sizes)
            last = _flat([high for _, high in clipped], sizes)
            intervals = _box(first, last, [self.before[axis] for axis in before])
            for axis, interval in zip(before, intervals, strict=True):
                read[axis] = interval
        return tuple(read)


Access = Sliding | Regrouped


def everything(shape: Shape) -> Sliding:
    """Each output reads the whole operand."""
    return Sliding(tuple(Axis(None, Every(0, size - 1)) for size in shape))


def elementwise(shape: Shape, output: Shape) -> Sliding:
    """Output i reads operand i, axes aligned at the end; axes of size 1 serve all outputs."""
    shift = len(output) - len(shape)
    return Sliding(
        tuple(
            Axis(None, Every(0, 0))
            if size == 1 and (axis + shift < 0 or output[axis + shift] != 1)
            else Axis(axis + shift, Same())
            for axis, size in enumerate(shape)
        )
    )


def with_axis(access: Sliding, axis: int, new: Axis) -> Sliding:
    """The same access but for one axis of the operand."""
    axes = list(access.axes)
    axes[axis] = new
    return Sliding(tuple(axes))


def clipped(region: Region, shape: Shape) -> Region | None:
    """The part of a region inside a tensor of the shape, None when nothing is."""
    inside = tuple(
        (max(low, 0), min(high, size - 1)) for (low, high), size in zip(region, shape, strict=True)
    )
    return None if any(high < low for low, high in inside) else inside


def hull(one: Region, other: Region) -> Region:
    """The smallest region that holds both."""
    return tuple((min(a, c), max(b, d)) for (a, b), (c, d) in zip(one, other, strict=True))


def _flat(index: Sequence[int], sizes: Sequence[int]) -> int:
    flat = 0
    for place, size in zip(index, sizes, strict=True):
        flat = flat * size + place
    return flat


def _box(first: int, last: int, sizes: Sequence[int]) -> list[Interval]:
    """The smallest box that holds the elements first..last, counted with the last axis fastest."""
    intervals: list[Interval] = []
    for axis in range(len(sizes)):
        step = prod(sizes[axis + 1 :])
        low, high = first // step, last // step
        first, last = first % step, last % step
        intervals.append((low, high))
        if low != high:  # below the first axis that varies, all may be met
            intervals.extend((0, size - 1) for size in sizes[axis + 1 :])
            break
    return intervals
