"""Which elements of each operand some elements of a node's output are computed from.

A region is what is read of a tensor: for each of its axes, the batch included, the elements that
are read along it.
"""

from dataclasses import dataclass

import numpy as np

from striate.network.reach import Elements, Every, Reach, Same, elements

Region = tuple[Elements, ...]
Shape = tuple[int, ...]

_NONE = np.array([0], np.int64)


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
            elements(axis.reach, _NONE if axis.output is None else output[axis.output])
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
        read = [_NONE] * len(self.before)
        for before, after in self.blocks:
            if not before:  # an axis of size 1 that the operand has not
                continue
            if len(before) == 1 and len(after) == 1:
                read[before[0]] = output[after[0]]
                continue
            sizes = tuple(self.after[axis] for axis in after)
            flat = _NONE
            for axis, size in zip(after, sizes, strict=True):
                flat = (flat[:, None] * size + output[axis]).ravel()
            places = np.unravel_index(flat, tuple(self.before[axis] for axis in before))
            for axis, place in zip(before, places, strict=True):
                read[axis] = np.unique(place)
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
        places[(places >= 0) & (places < size)] for places, size in zip(region, shape, strict=True)
    )
    return None if any(len(places) == 0 for places in inside) else inside


def union(one: Region, other: Region) -> Region:
    """The smallest region that holds both."""
    return tuple(np.union1d(a, b) for a, b in zip(one, other, strict=True))
